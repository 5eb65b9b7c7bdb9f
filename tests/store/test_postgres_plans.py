"""How PostgreSQL finds the few rows that belong to one thing among many: by what they belong to, never through them all."""

import json
from dataclasses import replace

import asyncpg
import pytest

from polyshare.store.content import uploads
from polyshare.store.database import Options
from polyshare.store.directory import acting, notifications, people, principals, projects
from polyshare.store.links import file_permissions, link_shares
from polyshare.store.migrations import migrate, migrations_in, prepare_schema
from polyshare.store.opening import open_database
from polyshare.store.shares import audiences, consents, exclusions, grants, listing, members, reports
from polyshare.store.statements import composed
from polyshare.store.tree import attached, covers, drives, held, node_pages

MANY = 5000
# Everything has the same number as what it belongs to. Foreign keys are not looked at, for some of it belongs to nothing.
CROWD = f"""
    set session_replication_role = replica;
    insert into principal (id, kind, public_id, name, status, created_at, modified_at)
      select n, 'user', n, n, 'active', 1, 1 from generate_series(1, {MANY}) n;
    insert into share (id, public_id, owner, created_by, name, consent, permissions, created_at, modified_at)
      select n, n, n, n, '', 'given', 1, 1, 1 from generate_series(1, {MANY}) n;
    insert into item (id, public_id, share, kind, key, owner, meta, revision, created_at, modified_at, node)
      select n, n, n, 'node', n, n, '', 1, 1, 1, n from generate_series(1, {MANY}) n;
    insert into share_grant (id, public_id, share, principal, permissions, consent, delivery, generation, error, attempts,
      joined_at, created_at, modified_at)
      select n, n, n, n, 1, 'given', 'delivered', 1, '', 0, 1, 1, 1 from generate_series(1, {MANY}) n;
    insert into exclusion (id, public_id, share, principal, created_at, modified_at)
      select n, n, n, n, 1, 1 from generate_series(1, {MANY}) n;
    insert into file_permission (id, public_id, node, entity, named, permissions, created_by, created_at)
      select n, n, n, 'link', n, 1, n, 1 from generate_series(1, {MANY}) n;
    insert into acting (person, principal, access) select n, n, 1 from generate_series(1, {MANY}) n;
    insert into drive (id, owner, root, title, device, created_at, modified_at)
      select n, n, n, n, n, 1, 1 from generate_series(1, {MANY}) n;
    insert into node (id, drive, parent, kind, name, name_folded, description, mime, size, children, version,
      created_by, modified_by, created_at, modified_at)
      select n, n, null, 'folder', n, n, '', '', 0, 0, 0, 1, 1, 1, 1 from generate_series(1, {MANY}) n;
    insert into folder_share (viewer, share, facet, path, created, created_by, provider, category, product, told)
      select n, n, 0, n, 1, n, n, n, n, n from generate_series(1, {MANY}) n;
    update share_grant set provider_ref = id;
    insert into node (id, drive, parent, kind, name, name_folded, description, mime, size, children, version,
      created_by, modified_by, created_at, modified_at, trashed_at)
      select {MANY} + n, n, n, 'file', n, n, '', '', 0, 0, 0, 1, 1, 1, 1, n from generate_series(1, {MANY}) n;
    insert into person (principal, login, login_folded, administrator, role)
      select n, n, n, 0, 'USER' from generate_series(1, {MANY}) n;
    insert into principal_alias (namespace, value, principal) select 'mycloud', n, n from generate_series(1, {MANY}) n;
    insert into project_member (project, person, role) select n, n, 'PI' from generate_series(1, {MANY}) n;
    insert into group_member (group_id, member) select n, n from generate_series(1, {MANY}) n;
    insert into link (id, public_id, share, token, token_hash, name, audience, permissions, drops, joins, opened, created_by,
      created_at, modified_at)
      select n, n, n, n, cast(cast(n as text) as bytea), '', 'listed', 1, 0, 0, 0, n, 1, 1 from generate_series(1, {MANY}) n;
    insert into link_reader (link, position, named, principal) select n, 0, n, case when n % 2 = 0 then n end from generate_series(1, {MANY}) n;
    insert into upload (id, person, node, name, mime, taken, created_at, expires_at)
      select n, n, n, n, '', '', 1, n from generate_series(1, {MANY}) n;
    analyze;
    """
# Each shares the one folder of its drive with the next one, as it was before such shares were listed.
SHARED = f"""
    set session_replication_role = replica;
    insert into principal (id, kind, public_id, name, status, created_at, modified_at)
      select n, 'user', n, n, 'active', 1, 1 from generate_series(1, {MANY}) n;
    insert into person (principal, login, login_folded, administrator, role)
      select n, n, n, 0, 'USER' from generate_series(1, {MANY}) n;
    insert into drive (id, owner, root, title, device, created_at, modified_at)
      select n, n, n, n, n, 1, 1 from generate_series(1, {MANY}) n;
    insert into node (id, drive, parent, kind, name, name_folded, description, mime, size, children, version,
      created_by, modified_by, created_at, modified_at)
      select n, 1 + (n - 1) % {MANY}, case when n > {MANY} then n - {MANY} end, 'folder', n, n, '', '', 0, 0, 0, 1, 1, 1, 1
      from generate_series(1, {2 * MANY}) n;
    insert into share (id, public_id, owner, created_by, name, consent, permissions, created_at, modified_at)
      select n, n, n, n, '', 'given', 4, 1, 1 from generate_series(1, {MANY}) n;
    insert into item (id, public_id, share, kind, key, owner, meta, revision, created_at, modified_at, node)
      select n, n, n, 'node', n, n, '', 1, 1, 1, {MANY} + n from generate_series(1, {MANY}) n;
    insert into share_grant (id, public_id, share, principal, permissions, consent, delivery, generation, error, attempts,
      joined_at, created_at, modified_at)
      select n, n, n, 1 + n % {MANY}, 4, 'given', 'delivered', 1, '', 0, 1, 1, 1 from generate_series(1, {MANY}) n;
    analyze;
    """
GIVEN = {"person": 1, "owner": 1, "now": 1, "limit": 10}
OF_ONE = (
    (acting.OF, {"person": 1}),
    (audiences.SURPLUS, {"shares": [1], "limit": 10}),
    (consents.LOCK, {"viewer": 1, "shares": [1, 2]}),
    (consents.LOCK_DRIVES, {"viewer": 1, "shares": [1, 2]}),
    (consents.LOCK_DRIVES_OF, {"shares": [1, 2]}),
    (consents.STAKES, {"viewer": 1, "shares": [1, 2]}),
    (drives.LOCK_OF_NODES, {"nodes": [1, 2]}),
    (exclusions.OF, {"share": 1}),
    (exclusions.PAGE, {"share": 1, "limit": 10, "skip": 0}),
    (file_permissions.OF_NODE, {"node": 1, "entity": None, "named": None, "limit": 10}),
    (file_permissions.OF_PEOPLE, {"node": 1, "person": None, "limit": 10}),
    (grants.ALL_OF, {"share": 1}),
    (grants.LIVE_OF, {"shares": [1, 2]}),
    (grants.PAGE, {"share": 1, "only": None, "limit": 10, "skip": 0}),
    (members.IN_PLACE_OF, {"node": 1, "principals": [1, 2]}),
    (members.LIVE_ON, {"node": 1}),
    (composed("link_share.given", link_shares.GIVEN, (link_shares.OF_OWNER,)), GIVEN),
    (node_pages.IN_TRASH, {"owner": 1, "limit": 10, "skip": 0}),
    (notifications.TURN, {"principals": [1, 2]}),
    (people.BY_LOGINS, {"folded": ["1", "2"]}),
    (principals.ALIASES, {"id": 1}),
    (principals.NAMED, {"kind": "group", "name": "1"}),
    (projects.MEMBERS, {"project": 1}),
    (reports.BY_REF, {"provider": "1", "kind": "node", "refs": ["1", "2"]}),
    (reports.BY_REF, {"provider": "1", "kind": "path:1", "refs": ["1", "2"]}),
    (reports.LOCK, {"provider": "1", "kind": "node", "shares": [1, 2]}),
    (reports.LOCK_DRIVES, {"provider": "1", "shares": [1, 2]}),
    (reports.PATHS, {"shares": [1, 2]}),
    (uploads.OF_NODE, {"node": 1, "person": 1, "now": 0}),
)


# As a large import looks while it lasts: nearly everything belongs to the same.
UNEVEN = """
    set session_replication_role = replica;
    update share_grant set principal = 1 where id > 20;
    update item set node = 1 where id > 20;
    update share set owner = 1 where id > 20;
    update node set parent = 1 where id > 20;
    analyze;
    """
LARGE = {"drive", "item", "node", "share", "share_grant"}
OF_FEW = (
    (attached.ONE, {"person": 2, "device": "2"}),
    (
        composed("attached.drives", attached.DRIVES, (attached.BEHIND,)),
        {"person": 2, "after": 0, "limit": 10},
    ),
    (consents.SOME, {"shares": [2]}),
    (covers.SHARES, {"nodes": [2], "now": 1}),
    (held.ABOVE, {"person": 2, "nodes": [2]}),
    (held.TOPS, {"person": 2}),
    (listing.ADD_NEW, {"shares": [2]}),
    (listing.DROP_RECEIVED, {"shares": [2]}),
)


@pytest.fixture
async def crowded(postgres_url):
    """A database with thousands of shares, each with one item, grant, exclusion and permission."""
    database = await open_database(postgres_url, Options())
    await prepare_schema(database)
    connection = await asyncpg.connect(postgres_url)
    await connection.execute(CROWD)
    await connection.close()
    yield database
    await database.close()


def scans(plan):
    """Every step of a plan that reads a table."""
    found = [plan] if "Relation Name" in plan else []
    return found + [step for below in plan.get("Plans", ()) for step in scans(below)]


async def unkeyed(database, asked, values):
    """The tables that a statement reads from end to end."""
    explained = replace(asked, postgres=f"explain (format json) {asked.postgres}")
    row = await database.write(lambda rows: rows.one(explained, **values))
    steps = scans(json.loads(row[0])[0]["Plan"])
    assert steps, asked.name
    return [step["Relation Name"] for step in steps if "Index Cond" not in step]


async def test_what_belongs_to_one_is_found_without_reading_what_belongs_to_others(crowded):
    for asked, values in OF_ONE:
        assert await unkeyed(crowded, asked, values) == [], asked.name


async def test_what_belongs_to_few_is_found_so_where_nearly_all_belongs_to_one(crowded, postgres_url):
    connection = await asyncpg.connect(postgres_url)
    await connection.execute(UNEVEN)
    await connection.close()

    for asked, values in OF_FEW:
        assert not LARGE & set(await unkeyed(crowded, asked, values)), asked.name


def compared(plan):
    """How many pairs of rows a plan compared for nothing."""
    own = plan.get("Rows Removed by Join Filter", 0) * plan.get("Actual Loops", 1)
    return own + sum(compared(below) for below in plan.get("Plans", ()))


async def test_listing_what_is_shared_already_compares_each_share_with_few(postgres_url):
    known = migrations_in()
    database = await open_database(postgres_url, Options())
    await migrate(database, known[:5])
    connection = await asyncpg.connect(postgres_url)
    await connection.execute(SHARED)
    pairs = 0

    for one in known[5].statements("postgres"):
        if one.postgres.startswith("insert"):
            text = await connection.fetchval(f"explain (analyze, format json) {one.postgres}")
            pairs += compared(json.loads(text)[0]["Plan"])
        else:
            await connection.execute(one.postgres)

    assert await connection.fetchval("select count(*) from folder_share") == 2 * MANY
    assert await connection.fetchval("select count(*) from folder_share_words") == MANY
    assert pairs < 20 * MANY
    await connection.close()
    await database.close()
