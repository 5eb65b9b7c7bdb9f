-- Who shares what with whom, how far it has been carried out, and the lists and totals that are read from it.
-- consent and permissions of a share: what a grant that follows from its audience starts with
-- within: the owner's organization when the share was made, which it never leaves; null if there was none
create table share (
  id {sqlite: integer}{postgres: bigint} primary key,
  public_id text{postgres:  collate "C"} not null,
  owner bigint not null references principal (id),
  created_by bigint not null,
  name text{postgres:  collate "C"} not null,
  tags text,
  audience bigint references principal (id),
  within bigint references principal (id),
  consent text not null,
  permissions bigint not null,
  created_at bigint not null,
  modified_at bigint not null,
  leaving_at bigint,
  gone_at bigint,
  settle_at bigint,
  constraint share_public_id unique (public_id)
);
create index share_to_settle on share (settle_at, id) where settle_at is not null;
create index share_by_audience on share (audience, id) where audience is not null and leaving_at is null;
create index share_live_by_owner on share (owner, id) where leaving_at is null;
create index share_gone on share (gone_at, id) where gone_at is not null;

create table share_tag (
  share bigint not null references share (id),
  key text{postgres:  collate "C"} not null,
  value text{postgres:  collate "C"} not null,
  primary key (share, key)
){sqlite:  without rowid};

create table item (
  id {sqlite: integer}{postgres: bigint} primary key,
  public_id text{postgres:  collate "C"} not null,
  share bigint not null references share (id),
  kind text{postgres:  collate "C"} not null,
  key text{postgres:  collate "C"} not null,
  owner bigint not null references principal (id),
  meta text not null,
  revision bigint not null,
  created_at bigint not null,
  modified_at bigint not null,
  leaving_at bigint,
  gone_at bigint
);
create index item_by_share on item (share, id);
create unique index item_public_id on item (share, public_id);
create unique index item_live on item (share, owner, kind, key) where gone_at is null;

create table share_grant (
  id {sqlite: integer}{postgres: bigint} primary key,
  public_id text{postgres:  collate "C"} not null,
  share bigint not null references share (id),
  principal bigint not null references principal (id),
  permissions bigint not null,
  consent text not null,
  delivery text not null,
  generation bigint not null,
  error text not null,
  attempts bigint not null,
  next_attempt_at bigint,
  claimed_until bigint,
  joined_at bigint,
  created_at bigint not null,
  modified_at bigint not null,
  leaving_at bigint,
  gone_at bigint
);
create unique index share_grant_of on share_grant (share, principal);
create unique index share_grant_public_id on share_grant (share, public_id);
create index share_grant_held on share_grant (principal, share) where gone_at is null;
create index share_grant_due on share_grant (next_attempt_at, id) where next_attempt_at is not null;

-- a row only while that crossing differs: not applied yet, being added or leaving, or failed
create table cell (
  share_grant bigint not null references share_grant (id),
  item bigint not null references item (id),
  revision bigint not null,
  error text not null,
  final bigint not null,
  primary key (share_grant, item)
){sqlite:  without rowid};
create index cell_by_item on cell (item);

create table exclusion (
  id {sqlite: integer}{postgres: bigint} primary key,
  public_id text{postgres:  collate "C"} not null,
  share bigint not null references share (id),
  principal bigint not null references principal (id),
  created_at bigint not null,
  modified_at bigint not null
);
create unique index exclusion_of on exclusion (share, principal);
create unique index exclusion_public_id on exclusion (share, public_id);

-- facet: side * 100 + standing * 10 + aim (side: 0 sent, 1 received; standing: 0 active, 1 leaving, 2 gone; aim: 0 named recipients, 1 audience)
create table listing (
  viewer bigint not null,
  share bigint not null references share (id),
  side bigint not null,
  facet bigint not null,
  created bigint not null,
  name text{postgres:  collate "C"} not null,
  primary key (viewer, share, side)
){sqlite:  without rowid};
create index listing_by_created on listing (viewer, facet, created, share);
create index listing_by_name on listing (viewer, facet, name, share);
create index listing_by_share on listing (share);

-- how many listing rows a viewer has in a facet: the sum of delta. SQLite keeps one row each, PostgreSQL appends and folds.
create table tally (
  viewer bigint not null,
  facet bigint not null,
  delta bigint not null
  {sqlite: , primary key (viewer, facet)}
){sqlite:  without rowid};
{postgres: create index tally_of on tally (viewer, facet);}

-- an account joined or left an organization: the shares that this concerns are gone through in batches after the cursor.
-- The subject is the organization (its audiences are aligned) or an account that left one (what it shares and holds is)
create table realignment (
  subject {sqlite: integer}{postgres: bigint} primary key references principal (id),
  at bigint not null,
  cursor bigint not null
);

create table event (
  id {sqlite: integer}{postgres: bigint} primary key,
  at bigint not null,
  actor bigint,
  what text not null,
  share bigint,
  share_grant bigint,
  facts text not null
);
create index event_by_share on event (share, id) where share is not null;

-- a request that carried an idempotency key, and the answer it got
create table answered (
  credential bigint not null,
  call text{postgres:  collate "C"} not null,
  key text{postgres:  collate "C"} not null,
  body_hash text not null,
  status bigint,
  headers text,
  answer {sqlite: blob}{postgres: bytea},
  at bigint not null,
  primary key (credential, call, key)
);
create index answered_by_age on answered (at);
