-- Shares that open by a link, the permissions on nodes that these need as well, and what signing in by tokens and pages needs.

-- place: where the items lie, as whoever shared them named it (a device); meta: luggage of the share, raw JSON text;
-- gated: what it gives opens a node only while a file_permission for the same link, or for everyone, stands on it or above
alter table share add column place text;
alter table share add column meta text;
alter table share add column gated bigint not null default 0;
create index item_by_key on item (kind, key, share) where node is null;

-- a second key to a node: entity is link (named: the public id of the link as a principal, also one that does not exist),
-- everyone (who has any token of ours, also one got by a link) or signed_in
create table file_permission (
  id {sqlite: integer}{postgres: bigint} primary key,
  public_id text{postgres:  collate "C"} not null,
  node bigint not null references node (id),
  entity text not null,
  named text{postgres:  collate "C"} not null,
  permissions bigint not null,
  created_by bigint not null,
  created_at bigint not null,
  constraint file_permission_public_id unique (public_id),
  constraint file_permission_of unique (node, entity, named, permissions)
);
create index file_permission_named on file_permission (named, entity, node);

-- what tokens are signed with, as JWK text; served as a public key until after the last token that it signed has ended.
-- purpose: user (RS256), link (ES256), page (an oct key for cookies)
create table signing_key (
  id {sqlite: integer}{postgres: bigint} primary key,
  kid text{postgres:  collate "C"} not null,
  purpose text not null,
  jwk text not null,
  created_at bigint not null,
  constraint signing_key_kid unique (kid)
);
create index signing_key_by_purpose on signing_key (purpose, id);

-- issuers that are trusted besides our own, each for one dialect; settings: JSON of algorithm, keys and where to get them
create table issuer (
  dialect text{postgres:  collate "C"} not null,
  issuer text{postgres:  collate "C"} not null,
  settings text not null,
  created_at bigint not null,
  modified_at bigint not null,
  primary key (dialect, issuer)
);

-- codes that a browser brings to a client, once each; hash: SHA-256 as hex; asked: JSON of what was asked for
create table authorization_code (
  hash text{postgres:  collate "C"} primary key,
  client bigint not null references client (id),
  person bigint not null references principal (id),
  asked text not null,
  expires_at bigint not null
);
create index authorization_code_by_age on authorization_code (expires_at);

-- what a refresh token or a session was given for
alter table credential add column scope text;
create index credential_session_by_end on credential (expires_at, id) where kind = 'session';

-- an upload in pieces: id is the id that the file will have; node: the file that gets a new version, if there is one already
create table upload (
  id {sqlite: integer}{postgres: bigint} primary key,
  person bigint not null references principal (id),
  parent bigint references node (id),
  node bigint references node (id),
  name text not null,
  mime text not null,
  taken text not null,
  created_at bigint not null,
  expires_at bigint not null
);
create index upload_by_age on upload (expires_at);
create index upload_by_person on upload (person);
create index upload_by_parent on upload (parent) where parent is not null;
create index upload_by_node on upload (node) where node is not null;
create table upload_part (
  upload bigint not null references upload (id),
  start bigint not null,
  size bigint not null,
  blob bigint not null references blob (id),
  primary key (upload, start)
){sqlite:  without rowid};
