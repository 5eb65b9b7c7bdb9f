"""Lists that are asked for whole and are longer than one stretch: every share once, in order, as the pages have them."""

import pytest

from polyshare.dialects.base.answers import HEAVY_STRETCH, STRETCH
from polyshare.dialects.cloudflare.routes import TERMS
from polyshare.domain.principals import Access, Kind
from polyshare.domain.views import NewItem, NewOffer
from polyshare.engine.credentials import admitting
from polyshare.engine.sharing import offering
from tests.dialects.cloudflare.desk import A, B, a_desk

MANY = 2 * STRETCH + 14


@pytest.fixture(params=["sqlite", "postgres"])
async def desk(request, tmp_path):
    """A desk with more shares of account A than two stretches hold, all made at one moment, with names that repeat."""
    url = (
        f"sqlite://{tmp_path}/many.db"
        if request.param == "sqlite"
        else request.getfixturevalue("postgres_url")
    )
    async with a_desk(url, shares_per_account=MANY) as opened:
        me = await admitting.identify(opened.house, "token", opened.alice.headers["Authorization"].split()[1])

        async def offer_many(work):
            seat = await admitting.seat(work, Kind.ACCOUNT, A, Access.EDIT)
            for number in range(MANY):
                kind = "trust-grant" if number % 3 else "custom-ruleset"
                tags = {"parity": "even"} if number % 2 == 0 else None
                new = NewOffer(f"{number % 7}", (B,), False, (NewItem(kind, "r", "{}"),), tags=tags)
                await offering.offer(work, seat, new, TERMS)

        await opened.house.write(me, offer_many)
        yield opened


async def paged(party, **query):
    """What the pages of a list have, one after the other."""
    ids, page = [], 1
    while found := (await party.get(page=page, per_page=100, **query)).json()["result"]:
        ids += [share["id"] for share in found]
        page += 1
    return ids


QUERIES: tuple[tuple[dict[str, str], int], ...] = (
    ({}, MANY),
    ({"direction": "desc"}, MANY),
    ({"order": "name"}, MANY),
    ({"order": "name", "direction": "desc"}, MANY),
    ({"kind": "sent", "status": "active", "target_type": "account"}, MANY),
    ({"tag": "parity=even"}, MANY // 2),
    ({"resource_types": "trust-grant", "order": "name", "direction": "desc"}, MANY * 2 // 3),
)


async def test_a_whole_list_is_what_its_pages_are(desk):
    for query, length in QUERIES:  # in one test: the shares take longer to make than to list
        said = (await desk.alice.get(**query)).json()

        ids = [share["id"] for share in said["result"]]
        assert len(ids) == len(set(ids)) == length, query
        assert ids == await paged(desk.alice, **query), query
        info = said["result_info"]
        assert (info["count"], info["per_page"], info["total_count"]) == (length, length, length), query
        assert (info["page"], info["total_pages"]) == (1, 1), query


async def test_a_page_with_resources_is_read_in_short_stretches_and_is_the_page_without(desk):
    for query in ({}, {"order": "name", "direction": "desc"}, {"tag": "parity=even"}):
        for page, per_page in ((1, 100), (11, 95), (3, 10), (2, 7), (200, 100)):
            light = (await desk.alice.get(page=page, per_page=per_page, **query)).json()
            before = desk.house.database.statements

            heavy = (
                await desk.alice.get(page=page, per_page=per_page, include_resources=True, **query)
            ).json()

            # each stretch admits the caller and reads shares and resources; the first counts, too
            stretches = -(-len(heavy["result"]) // HEAVY_STRETCH)
            assert desk.house.database.statements - before <= 2 + 3 * max(stretches, 1)
            assert {len(share.pop("resources")) for share in heavy["result"]} <= {1}
            assert heavy == light, (query, page, per_page)


async def test_every_stretch_of_a_whole_list_says_what_was_asked_for(desk):
    shares = (await desk.alice.get(include_resources=True, include_recipient_counts=True)).json()["result"]

    assert len(shares) == MANY
    assert {len(share["resources"]) for share in shares} == {1}
    assert {share["associating_recipient_count"] for share in shares} == {1}
    for party in (desk.organization, desk.bob):
        assert [share["id"] for share in (await party.get()).json()["result"]] == [
            share["id"] for share in shares
        ]
