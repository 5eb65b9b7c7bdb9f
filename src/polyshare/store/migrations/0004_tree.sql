-- The file tree for all dialects: drives, folders, files, versions and the bytes behind them; shares of nodes; links, notifications.

-- One row: what makes the vendor-shaped ids of this installation its own, drawn here once.
-- tail: 20 upper-case hex digits, on which ids end. link_secret: what LinkIDs are sealed with, at least 240 random bits; never shown.
create table installation (
  id bigint primary key check (id = 1),
  tail text not null,
  link_secret text not null
);
insert into installation (id, tail, link_secret)
select
  1,
  {sqlite: hex(randomblob(10))}{postgres: upper(left(replace(gen_random_uuid()::text, '-', ''), 20))},
  {sqlite: hex(randomblob(32))}{postgres: replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '')};

-- id goes out as a JSON number and stays small; root is the id of the folder at its top; device is the UUID that My Cloud clients know
create table drive (
  id {sqlite: integer}{postgres: bigint} primary key,
  owner bigint not null references principal (id),
  root bigint not null,
  title text not null,
  device text{postgres:  collate "C"} not null,
  created_at bigint not null,
  modified_at bigint not null,
  constraint drive_device unique (device)
);
create index drive_by_owner on drive (owner, id);

-- kind: folder, file or collection. name is exact; name_folded is how a dialect that ignores case compares and sorts it.
-- size: of the current version, or of everything in a folder that is not trashed; children: live ones of a folder.
-- trashed_at: when this very node was put into the trash; what lies beneath it is trashed with it and not marked.
create table node (
  id {sqlite: integer}{postgres: bigint} primary key,
  drive bigint not null references drive (id),
  parent bigint references node (id),
  kind text not null,
  name text{postgres:  collate "C"} not null,
  name_folded text{postgres:  collate "C"} not null,
  description text not null,
  mime text not null,
  size bigint not null,
  children bigint not null,
  version bigint not null,
  created_by bigint not null,
  modified_by bigint not null,
  created_at bigint not null,
  modified_at bigint not null,
  trashed_at bigint,
  trashed_by bigint
);
create unique index node_name on node (parent, name) where trashed_at is null;
create index node_by_name on node (parent, name_folded, id) where trashed_at is null;
create index node_by_created on node (parent, created_at, id) where trashed_at is null;
create index node_by_modified on node (parent, modified_at, id) where trashed_at is null;
create index node_below on node (parent, id);
create index node_trashed on node (drive, trashed_at, id) where trashed_at is not null;
create index node_by_trashed_at on node (trashed_at, id) where trashed_at is not null;
create index node_folders on node (parent, id) where kind = 'folder';

-- trees that are removed for good from `at` on, batch by batch and the deepest first; a copy being made is one until it is whole
create table sweep (
  node {sqlite: integer}{postgres: bigint} primary key references node (id),
  depth bigint not null,
  at bigint not null
);
create index sweep_due on sweep (at);

-- what a search looks through: a node's folded name and description, found by any three letters in a row.
-- PostgreSQL does that with pg_trgm; where it is missing and can't be made, a search reads what its caller may see.
{sqlite: create virtual table node_words using fts5 (words, tokenize = 'trigram')}{postgres: create table node_words (
  node bigint primary key references node (id),
  words text not null
)};
{postgres: do $$ begin create extension if not exists pg_trgm; exception when others then null; end $$};
{postgres: do $$ begin if exists (select 1 from pg_extension where extname = 'pg_trgm') then create index node_by_words on node_words using gin (words gin_trgm_ops); end if; end $$};

-- vendor ids that somebody fixed; all others are spelled from the node's id
create table node_alias (
  namespace text{postgres:  collate "C"} not null,
  value text{postgres:  collate "C"} not null,
  node bigint not null references node (id),
  primary key (namespace, value)
){sqlite:  without rowid};
create unique index node_alias_of on node_alias (node, namespace);

-- bytes in the byte store under key; staged until a version refers to them, collected when none does any more
create table blob (
  id {sqlite: integer}{postgres: bigint} primary key,
  key text{postgres:  collate "C"} not null,
  size bigint not null,
  sha256 text not null,
  created_at bigint not null,
  collect_at bigint,
  constraint blob_key unique (key)
);
create index blob_to_collect on blob (collect_at, id) where collect_at is not null;

create table version (
  node bigint not null references node (id),
  number bigint not null,
  blob bigint not null references blob (id),
  size bigint not null,
  mime text not null,
  created_by bigint not null,
  created_at bigint not null,
  primary key (node, number)
){sqlite:  without rowid};
create index version_by_blob on version (blob);

-- shares of nodes: an item that is a node, and the one live share of a node with a principal
alter table item add column node bigint references node (id);
create index item_by_node on item (node, share) where node is not null;
create table claim (
  node bigint not null references node (id),
  principal bigint not null references principal (id),
  share bigint not null references share (id),
  primary key (node, principal)
){sqlite:  without rowid};
create index claim_by_share on claim (share);

-- a door to one node, or to all items of a share whose one grant it holds (then it is a principal with the same id, too).
-- audience: anyone, signed_in or listed (then link_reader says whom); access code as a hash; token: the short address, readable
-- to who manages the link and looked up by its hash. drops: whoever comes may only leave files there. uses_left: null, no limit.
create table link (
  id {sqlite: integer}{postgres: bigint} primary key,
  public_id text{postgres:  collate "C"} not null,
  node bigint references node (id),
  share bigint references share (id),
  token text not null,
  token_hash text{postgres:  collate "C"} not null,
  name text not null,
  audience text not null,
  permissions bigint not null,
  drops bigint not null,
  code_hash text,
  expires_at bigint,
  uses_left bigint,
  opened bigint not null,
  opened_at bigint,
  created_by bigint not null,
  created_at bigint not null,
  modified_at bigint not null,
  constraint link_public_id unique (public_id),
  constraint link_token unique (token_hash)
);
create index link_by_node on link (node, id) where node is not null;
create unique index link_by_share on link (share) where share is not null;
create index link_by_creator on link (created_by, id);
-- named: as it was sent; principal is null while nobody bears that name
create table link_reader (
  link bigint not null references link (id),
  position bigint not null,
  principal bigint references principal (id),
  named text{postgres:  collate "C"} not null,
  primary key (link, position)
){sqlite:  without rowid};
create index link_reader_by_principal on link_reader (principal, link) where principal is not null;
create index link_reader_by_name on link_reader (named, link) where principal is null;

-- one table behind outboxes and lists of notifications. number is small and counts per user
create table notification (
  person bigint not null references principal (id),
  number bigint not null,
  kind text not null,
  sender bigint not null,
  node bigint,
  role text not null,
  text text not null,
  meta text not null,
  at bigint not null,
  read_at bigint,
  mailed_at bigint,
  mail_at bigint,
  mail_attempts bigint not null,
  primary key (person, number)
){sqlite:  without rowid};
create index notification_to_mail on notification (mail_at) where mail_at is not null;

-- collections: assets are nodes from anywhere
create table collection_asset (
  collection bigint not null references node (id),
  node bigint not null references node (id),
  added_at bigint not null,
  primary key (collection, node)
){sqlite:  without rowid};
create index collection_asset_by_node on collection_asset (node);

-- metadata collections: definitions with their fields, what they are assigned to, and the values there.
-- name_folded: how a name is compared; what is personal is unique among its owner's, and has the owner's id there too
create table metadata_collection (
  id {sqlite: integer}{postgres: bigint} primary key,
  name text not null,
  name_folded text{postgres:  collate "C"} not null,
  owner bigint not null references principal (id),
  personal bigint not null,
  enabled bigint not null,
  fields text not null,
  created_at bigint not null,
  modified_at bigint not null,
  constraint metadata_collection_name unique (name_folded)
);
create index metadata_collection_by_owner on metadata_collection (personal, owner, name_folded);
create table metadata_assignment (
  node bigint not null references node (id),
  collection bigint not null references metadata_collection (id),
  assigned_by bigint not null,
  assigned_at bigint not null,
  primary key (node, collection)
){sqlite:  without rowid};
create index metadata_assignment_by_collection on metadata_assignment (collection);
create table metadata_value (
  node bigint not null references node (id),
  collection bigint not null references metadata_collection (id),
  field text{postgres:  collate "C"} not null,
  value text not null,
  primary key (node, collection, field)
){sqlite:  without rowid};
create index metadata_value_by_collection on metadata_value (collection, field);

-- OAuth clients; a public one has no secret
create table client (
  id {sqlite: integer}{postgres: bigint} primary key,
  public_id text{postgres:  collate "C"} not null,
  secret_hash text,
  redirect_uris text not null,
  created_at bigint not null,
  constraint client_public_id unique (public_id)
);
-- the client through which a token was got; such tokens are many and short-lived, and are removed some time after their end
alter table credential add column client bigint references client (id);
create index credential_by_client on credential (client, id) where client is not null;
create index credential_to_remove on credential (expires_at, id) where client is not null;

-- people sign in with their login, whose case does not matter then
alter table person add column login_folded text{postgres:  collate "C"};
update person set login_folded = lower(login);
create unique index person_login_folded on person (login_folded);
