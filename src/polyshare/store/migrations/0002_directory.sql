-- Who there is: principals, what only people have, who acts for whom, credentials, and who carries resources.
create table principal (
  id {sqlite: integer}{postgres: bigint} primary key,
  kind text{postgres:  collate "C"} not null,
  public_id text{postgres:  collate "C"} not null,
  name text not null,
  status text not null,
  organization bigint references principal (id),
  created_at bigint not null,
  modified_at bigint not null,
  constraint principal_public_id unique (kind, public_id)
);
create index principal_by_organization on principal (organization, id) where organization is not null;

create table person (
  principal {sqlite: integer}{postgres: bigint} primary key references principal (id),
  login text{postgres:  collate "C"} not null,
  email text,
  email_folded text{postgres:  collate "C"},
  password_hash text,
  administrator bigint not null,
  role text not null,
  constraint person_login unique (login),
  constraint person_email unique (email_folded)
);

create table principal_alias (
  namespace text{postgres:  collate "C"} not null,
  value text{postgres:  collate "C"} not null,
  principal bigint not null references principal (id),
  primary key (namespace, value)
){sqlite:  without rowid};
create index principal_alias_by_principal on principal_alias (principal);

create table group_member (
  group_id bigint not null references principal (id),
  member bigint not null references principal (id),
  primary key (group_id, member)
){sqlite:  without rowid};
create index group_member_by_member on group_member (member, group_id);

-- access: 1 read, 2 edit; on an organization it holds for all of its accounts
create table acting (
  person bigint not null references principal (id),
  principal bigint not null references principal (id),
  access bigint not null,
  primary key (person, principal)
){sqlite:  without rowid};
create index acting_by_principal on acting (principal);

-- kind: token or key; hash: SHA-256 of the secret as hex; access caps what it may do; narrowed: only what credential_scope names
create table credential (
  id {sqlite: integer}{postgres: bigint} primary key,
  public_id text{postgres:  collate "C"} not null,
  kind text{postgres:  collate "C"} not null,
  hash text{postgres:  collate "C"} not null,
  person bigint not null references principal (id),
  name text not null,
  access bigint not null,
  narrowed bigint not null,
  created_at bigint not null,
  expires_at bigint,
  revoked_at bigint,
  constraint credential_public_id unique (public_id),
  constraint credential_hash unique (kind, hash)
);
create index credential_by_person on credential (person, id);

create table credential_scope (
  credential bigint not null references credential (id),
  principal bigint not null references principal (id),
  access bigint not null,
  primary key (credential, principal)
){sqlite:  without rowid};

-- settings: JSON of what its kind needs
create table provider (
  name text{postgres:  collate "C"} primary key,
  kind text not null,
  settings text not null,
  created_at bigint not null,
  modified_at bigint not null
);
create table provider_kind (
  resource_kind text{postgres:  collate "C"} primary key,
  provider text{postgres:  collate "C"} not null references provider (name)
);
