"""How the engines find rows: by index, in order, without reading or sorting what is not asked for."""

import re

import apsw
import pytest

from polyshare.store.content import packing_lists, uploads
from polyshare.store.credentials import clients, credentials
from polyshare.store.directory import acting, notifications, principals
from polyshare.store.links import file_permissions, join_links, link_doors, link_shares, links
from polyshare.store.migrations import prepare_schema
from polyshare.store.shares import (
    audiences,
    claims,
    deliveries,
    exclusions,
    grants,
    items,
    listing,
    members,
    shares,
)
from polyshare.store.shares.listing import _counting, _reading
from polyshare.store.sqlite.file import open_reader, open_writer
from polyshare.store.statements import composed
from polyshare.store.tree import access, covers, held, pointers

PAGES = {
    f"{arms} facets by {by}{' descending' * descending}{' filtered' * filtered}{' going on' * after}": _reading(
        arms, by, descending, filtered, (True, False) if filtered else (), after
    )
    for arms in (1, 2, 12)
    for by in ("created", "name")
    for descending in (False, True)
    for filtered in (False, True)
    for after in (False, True)
}
FOUND = (
    acting.SEAT,
    audiences.ACCOUNTS,
    audiences.MEMBERS,
    clients.ENDED,
    clients.SEE,
    clients.TOKENS,
    credentials.RECOGNIZE,
    deliveries.CLAIM,
    deliveries.ERRANDS,
    deliveries.STATES,
    deliveries.WAITING,
    exclusions.ONE,
    grants.COUNTS,
    grants.LIVE_OF,
    grants.ONE,
    items.KINDS_OF_SHARES,
    items.LIVE_OF,
    items.ONE,
    items.SAME,
    join_links.BY_TOKEN,
    join_links.DROP_ENDED,
    join_links.MADE_BY,
    join_links.OWNS_REMOTE,
    join_links.REVISE,
    join_links.STAMP_OF_NODE,
    join_links.STAMP_OF_PATH,
    link_doors.COUNT,
    link_doors.REDEEM,
    link_doors.TOPS,
    listing.ADVANCE,
    listing.TOTALS,
    notifications.READ,
    notifications.READ_ALL,
    packing_lists.CHILDREN_AFTER,
    packing_lists.CHILDREN_OF,
    packing_lists.SOME,
    principals.SIGN_IN,
    shares.FINISH,
    shares.LEAVE,
    shares.SEEN,
    shares.TO_SETTLE,
    uploads.COUNT,
    uploads.EXPIRED,
    uploads.OF_NODE,
    uploads.ONE,
    uploads.PARTS,
    _counting(True, (True, False)),
    composed("join_link.of_node", join_links.OF_NODE, ()),
    composed("join_link.of_path", join_links.OF_PATH, (join_links.BEHIND,)),
    composed("notification.count", notifications.COUNT, ()),
    composed("notification.list", notifications.LIST, (notifications.OF_KINDS, notifications.SINCE)),
)
# Statements that walk up a tree or through groups: they scan what they have gathered, and no table.
WALKING = (
    access.REACH,
    access.REACH_BY_LINK,
    access.LINK_OF,
    claims.FREE_RECALLED,
    link_doors.BY_ID,
    link_doors.BY_SHARE,
    link_doors.BY_TOKEN,
    covers.PERMISSIONS,
    covers.SHARES,
    link_shares.ADMITS,
    link_shares.ONE,
    links.BY_PUBLIC_ID,
    links.DOOR,
    links.DOOR_BY_PUBLIC_ID,
    links.MADE_BY,
    links.OF_NODE,
    links.UNNAMED,
    members.HERE,
    members.HERE_AND_ABOVE,
    members.IN_PLACE_OF,
    members.LIVE_ON,
    members.REACHING,
    members.WHO_IS,
    notifications.ADD,
    notifications.CLAIM,
    notifications.LETTERS,
    notifications.PAGE,
    notifications.TURN,
)
OF_PEOPLE = (
    access.REACH,
    access.REACH_BY_LINK,
    file_permissions.OF_PEOPLE,
    held.ON,
    members.HERE,
    members.HERE_AND_ABOVE,
    members.IN_PLACE_OF,
    members.LIVE_ON,
    members.REACHING,
    pointers.WITHIN_REACH,
)
GATHERED = {
    "SCAN " + name for name in ("l", "line", "h", "holder", "sharer", "opened", "c", "concerned", "u")
}
OF_NO_TABLE = {
    "SCAN CONSTANT ROW",
    "SCAN json_each VIRTUAL TABLE INDEX 1:",
    "SCAN e",
}  # e: the one row of epoch


@pytest.fixture
async def planned(sqlite):
    """A function that tells the steps in which SQLite carries a statement out."""
    await prepare_schema(sqlite)
    connection = open_reader(sqlite.path)

    def steps(statement):
        return [
            row[3]
            for row in connection.execute(f"explain query plan {statement.sqlite}", _nothing(statement))
        ]

    yield steps
    connection.close()


def _nothing(statement):
    values = dict.fromkeys(statement.parameters) | dict.fromkeys(statement.lists, ())
    return statement.for_sqlite(values)


async def test_a_page_walks_one_index_for_each_facet_and_sorts_nothing(planned):
    for name, page in PAGES.items():
        steps = planned(page)

        walks = [step for step in steps if step.startswith("SEARCH l ")]
        order = "created" if "l.created as sort_key" in page.sqlite else "name"
        start = f"SEARCH l USING COVERING INDEX listing_by_{order} (viewer=? AND facet=?"
        assert len(walks) == page.sqlite.count("from listing l"), name
        assert all(walk.startswith(start) for walk in walks), name
        assert not [step for step in steps if "TEMP B-TREE" in step], name
        assert {step for step in steps if step.startswith("SCAN")} <= {"SCAN p", *OF_NO_TABLE}, name


async def test_what_is_read_at_a_call_is_found_by_index(planned):
    for statement in FOUND:
        scans = {step for step in planned(statement) if step.startswith("SCAN")}

        assert scans <= OF_NO_TABLE, statement.name


async def test_access_and_members_are_read_from_what_is_known_to_its_neighbours(planned):
    for statement in WALKING:
        steps = planned(statement)

        scans = {step for step in steps if step.startswith("SCAN")}
        assert scans <= OF_NO_TABLE | GATHERED, statement.name
        by_kind = [step for step in steps if step.endswith("(kind=?)") or ">?)" in step]
        assert not by_kind, statement.name  # all users, or everything that is shared


async def test_whoever_asks_for_people_on_a_node_walks_past_the_links_that_share_it(planned):
    for statement in OF_PEOPLE:
        found = [step for step in planned(statement) if step.startswith("SEARCH i ")]

        assert found, statement.name
        at = "USING (COVERING )?INDEX item_by_node_and_kind .node=. AND kind=.( AND share=.)?."
        assert all(re.fullmatch(f"SEARCH i {at}", step) for step in found), statement.name


async def test_the_reconciler_finds_what_is_due_without_looking_at_what_is_not(planned):
    assert "SEARCH g USING INDEX share_grant_due (next_attempt_at<?)" in planned(deliveries.CLAIM)
    assert "SEARCH g USING INDEX share_grant_due (next_attempt_at>?)" in planned(deliveries.WAITING)
    leaver = " ".join(planned(shares.SENT_OR_HELD))
    assert "INDEX share_live_by_owner (owner=? AND id>?)" in leaver
    assert "INDEX share_grant_held (principal=? AND share>?)" in leaver
    assert any("share_to_settle" in step for step in planned(shares.TO_SETTLE))


@pytest.mark.parametrize("opening", [open_reader, open_writer])
async def test_a_statement_is_not_made_anew_for_other_values(sqlite, opening):
    await prepare_schema(sqlite)
    connection = opening(sqlite.path)
    connection.execute(shares.SEEN.sqlite, (1, "a")).fetchall()
    made = []

    def note(*about):
        made.append(about)
        return apsw.SQLITE_OK

    connection.authorizer = note  # asked while a statement is made; setting it has all made once more
    connection.execute(shares.SEEN.sqlite, (1, "a")).fetchall()
    once = len(made)
    connection.execute(shares.SEEN.sqlite, (1, "b")).fetchall()

    assert len(made) == once > 0
    connection.close()
