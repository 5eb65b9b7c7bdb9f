-- Folders that are offered to one user, who approves; providers that are asked first; products, projects and drives that lie elsewhere.

-- storage as its provider sells it. terms: JSON of what else is told of it
create table product (
  id {sqlite: integer}{postgres: bigint} primary key,
  provider text{postgres:  collate "C"} not null,
  category text{postgres:  collate "C"} not null,
  name text{postgres:  collate "C"} not null,
  free bigint not null,
  terms text not null,
  created_at bigint not null,
  modified_at bigint not null,
  constraint product_name unique (provider, category, name)
);
-- what a user or a project may use of a product that is not free
create table allocation (
  holder bigint not null references principal (id),
  product bigint not null references product (id),
  balance bigint not null,
  primary key (holder, product)
){sqlite:  without rowid};
-- role: PI, ADMIN or USER; a project is a principal of kind project
create table project_member (
  project bigint not null references principal (id),
  person bigint not null references principal (id),
  role text not null,
  primary key (project, person)
){sqlite:  without rowid};
create index project_member_by_person on project_member (person, project);

-- of drives without one the house's own product is told; a drive of a project belongs to the project
alter table drive add column product bigint references product (id);
-- when a drive was removed; its row stays, so that no other drive gets its number
alter table drive add column gone_at bigint;

-- a drive whose files lie at its provider. owner: null, the provider keeps it for us, to show what a share offers.
-- ref: the provider's own id of it; ids are drawn with those of our own drives
-- closed: what it showed is offered no more; its row goes later, once the provider has taken access to it back
create table remote_drive (
  id {sqlite: integer}{postgres: bigint} primary key,
  owner bigint references principal (id),
  title text not null,
  title_folded text{postgres:  collate "C"} not null,
  provider text{postgres:  collate "C"} not null,
  category text{postgres:  collate "C"} not null,
  product text{postgres:  collate "C"} not null,
  ref text{postgres:  collate "C"},
  closed bigint not null,
  created_at bigint not null,
  modified_at bigint not null,
  constraint remote_drive_ref unique (provider, ref)
);
create index remote_drive_by_owner on remote_drive (owner, id) where owner is not null;
create index remote_drive_closed on remote_drive (modified_at, id) where closed = 1;

-- product: null, that of the drive. asked: permissions as they were sent, which is luggage; null: spelled from the set
-- location: where the provider shows a recipient what is shared; provider_ref: the provider's own id of the grant
alter table share add column product bigint references product (id);
alter table share_grant add column asked text;
alter table share_grant add column location text{postgres:  collate "C"};
alter table share_grant add column provider_ref text;
create index share_grant_located on share_grant (location) where location is not null;
create index share_grant_referred on share_grant (provider_ref) where provider_ref is not null;

-- the one live share of a folder that lies elsewhere with a principal; `claim` is the same for our own nodes
create table path_claim (
  provider text{postgres:  collate "C"} not null,
  path text{postgres:  collate "C"} not null,
  principal bigint not null references principal (id),
  share bigint not null references share (id),
  primary key (provider, path, principal)
){sqlite:  without rowid};
create index path_claim_by_share on path_claim (share);

-- a row only while a share waits for its provider's word: to begin (nobody but the provider sees it) or to end.
-- batch: what was asked for together stands or falls together; again_at: from then on the worker sees to what was left
create table draft (
  share {sqlite: integer}{postgres: bigint} primary key references share (id),
  batch bigint not null,
  step text not null,
  provider text{postgres:  collate "C"} not null,
  attempts bigint not null,
  again_at bigint not null
);
create index draft_again on draft (again_at, batch);
create index draft_by_batch on draft (batch);

-- what befell a share, as its provider or its recipient said
create table share_update (
  id {sqlite: integer}{postgres: bigint} primary key,
  share bigint not null references share (id),
  at bigint not null,
  consent text not null,
  text text,
  location text
);
create index share_update_of on share_update (share, id);

-- charges that a provider has named, so that none counts twice
create table charge (
  share bigint not null references share (id),
  charge text{postgres:  collate "C"} not null,
  primary key (share, charge)
){sqlite:  without rowid};

-- shares of one folder with one user as they are listed: a row for the owner and one for the recipient, in the transaction of
-- each change. facet: asleep * 100 + side * 10 + refused (asleep: it or something above lies in the trash, and nobody is shown
-- it; side: 0 sent, 1 received); path: /drive/names as they are now; created: milliseconds; created_by: the owner's login;
-- told: a digest of all that lists tell of it; 0, a migration wrote the row and the worker is to look at it
create table folder_share (
  viewer bigint not null,
  share bigint not null references share (id),
  facet bigint not null,
  path text{postgres:  collate "C"} not null,
  created bigint not null,
  created_by text{postgres:  collate "C"} not null,
  provider text{postgres:  collate "C"} not null,
  category text{postgres:  collate "C"} not null,
  product text{postgres:  collate "C"} not null,
  told bigint not null,
  primary key (viewer, share)
){sqlite:  without rowid};
create index folder_share_by_path on folder_share (viewer, facet, path, share);
create index folder_share_by_created on folder_share (viewer, facet, created, share);
create index folder_share_by_creator on folder_share (viewer, facet, created_by, share);
create index folder_share_of on folder_share (share);
create index folder_share_by_provider on folder_share (provider, share) where facet < 10;
create index folder_share_to_look_at on folder_share (share) where told = 0;
-- what searches look through: path and recipient's login, folded, found by any three letters in a row
{sqlite: create virtual table folder_share_words using fts5 (words, tokenize = 'trigram')}{postgres: create table folder_share_words (
  share bigint primary key,
  words text not null
)};
-- what is shared already; its words are lower-case where we fold more than that, until the worker has looked at them
-- each way up takes along what is told of its share: what is found on the way can only be joined by comparing all with all
insert into folder_share (viewer, share, facet, path, created, created_by, provider, category, product, told)
with recursive offered (share, owner, created_at, node, principal, consent, login) as (
  select s.id, s.owner, s.created_at, i.node, g.principal, g.consent, po.login
  from item i join share s on s.id = i.share join share_grant g on g.share = s.id
  join principal o on o.id = s.owner join person po on po.principal = o.id
  join principal r on r.id = g.principal join person pr on pr.principal = r.id
  where i.node is not null and i.kind = 'node' and i.leaving_at is null and s.leaving_at is null and g.leaving_at is null
  and g.permissions > 1 and g.principal <> s.owner and o.kind = 'user' and r.kind = 'user'
  and not exists (select 1 from item x where x.share = s.id and x.leaving_at is null and x.id <> i.id)
  and not exists (select 1 from share_grant x where x.share = s.id and x.leaving_at is null and x.id <> g.id)
), climb (share, owner, principal, consent, login, created_at, parent, drive, path, asleep, level) as (
  select f.share, f.owner, f.principal, f.consent, f.login, f.created_at, n.parent, n.drive,
    case when n.parent is null then '' else '/' || n.name end, case when n.trashed_at is null then 0 else 1 end, 0
  from offered f join node n on n.id = f.node where n.kind = 'folder'
  union all
  select c.share, c.owner, c.principal, c.consent, c.login, c.created_at, n.parent, n.drive,
    case when n.parent is null then c.path else '/' || n.name || c.path end,
    case when n.trashed_at is null then c.asleep else 1 end, c.level + 1
  from climb c join node n on n.id = c.parent where c.level <= 100
), side (number) as (select 0 union all select 10)
select case when v.number = 0 then c.owner else c.principal end, c.share,
  c.asleep * 100 + v.number + case when c.consent = 'refused' then 1 else 0 end,
  '/' || cast(c.drive as text) || c.path, c.created_at / 1000, c.login, 'polyshare', 'storage', 'storage', 0
from climb c join drive d on d.id = c.drive and d.owner = c.owner
cross join side v where c.parent is null;
insert into folder_share_words ({sqlite: rowid}{postgres: share}, words)
with mark (id, text) as not materialized (
  select p.principal, substr('abcdefghijklmnopqrstuvwxyz', cast(p.id / 1 % 26 as integer) + 1, 1) || substr('0123456789', cast(p.id / 26 % 10 as integer) + 1, 1)
    || substr('abcdefghijklmnopqrstuvwxyz', cast(p.id / 260 % 26 as integer) + 1, 1) || substr('abcdefghijklmnopqrstuvwxyz', cast(p.id / 6760 % 26 as integer) + 1, 1)
    || substr('0123456789', cast(p.id / 175760 % 10 as integer) + 1, 1) || substr('abcdefghijklmnopqrstuvwxyz', cast(p.id / 1757600 % 26 as integer) + 1, 1)
  from (select principal, principal % 45697600 as id from person) p
)
select f.share, lower(f.path) || {sqlite: char(31)}{postgres: chr(31)} || lower(pr.login)
  || {sqlite: char(30)}{postgres: chr(30)} || mo.text || {sqlite: char(30)}{postgres: chr(30)} || mr.text
from folder_share f join share s on s.id = f.share join person pr on pr.principal = f.viewer
join mark mo on mo.id = s.owner join mark mr on mr.id = f.viewer where f.facet in (10, 11, 110, 111);
{postgres: do $$ begin if exists (select 1 from pg_extension where extname = 'pg_trgm') then create index folder_share_by_words on folder_share_words using gin (words gin_trgm_ops); end if; end $$};

-- a link that makes whoever redeems it a recipient, and opens nothing itself. path: where it leads on a drive that lies elsewhere
-- asked: permissions as they were sent, for the grants that come of it
alter table link add column joins bigint not null default 0;
alter table link add column path text{postgres:  collate "C"};
alter table link add column asked text;
create index link_by_path on link (path, id) where path is not null;
create index link_joining_by_end on link (expires_at) where joins = 1;

-- the grant by which an upload came, which alone opens its folder; null: by whatever its person holds
alter table upload add column via bigint;

-- refresh tokens of providers, by their hash; those of users are credentials
create table provider_token (
  id {sqlite: integer}{postgres: bigint} primary key,
  public_id text{postgres:  collate "C"} not null,
  hash text{postgres:  collate "C"} not null,
  provider text{postgres:  collate "C"} not null references provider (name),
  created_at bigint not null,
  revoked_at bigint,
  constraint provider_token_public_id unique (public_id),
  constraint provider_token_hash unique (hash)
);
create index provider_token_of on provider_token (provider);
create index credential_refresh_by_end on credential (expires_at, id) where kind = 'refresh';
