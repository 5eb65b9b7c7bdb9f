"""What the benchmark measures on is what the engine itself would have left."""

from polyshare.dialects.ucloud import credentials
from polyshare.domain.delivery import Consent
from polyshare.domain.folder_shares import FolderOrder, FolderShareFilter
from polyshare.domain.permissions import Permission
from polyshare.domain.principals import Access, Kind
from polyshare.domain.shares import Standing
from polyshare.domain.views import Counts, Order, ShareFilter, Side, Sorting, Wanted, Window
from polyshare.engine.credentials import admitting
from polyshare.engine.links import linking, opening_links
from polyshare.engine.links.opening_links import State, Visitor
from polyshare.engine.sharing import listing, surveying
from polyshare.opening import opened
from polyshare.settings import Settings
from tests.consistency import broken_laws
from tools.benching import folders, rows, tree

SIZE = 20


async def test_a_filled_world_reads_as_if_the_engine_had_made_it(postgres_url, tmp_path):
    filled = await rows.fill(postgres_url, SIZE, tmp_path)

    async with opened(Settings(database=postgres_url)) as home:
        actor = await admitting.identify(home.house, "token", rows.TOKEN)

        async def job(work):
            seat = await admitting.seat(work, Kind.ACCOUNT, filled.one, Access.EDIT)
            wanted = Wanted(items=True, counts=True)
            return await listing.shares(work, seat, ShareFilter(), Order(), Window(0, None), wanted)

        found = await home.house.read(actor, job)
    assert found.total == len(found.rows) == SIZE
    assert {(seen.side, seen.share.standing, seen.counts) for seen in found.rows} == {
        (Side.SENT, Standing.ACTIVE, Counts(joined=1))
    }
    assert all(len(seen.items) == 1 for seen in found.rows)
    assert {share for sender, share in filled.shares if sender == filled.one} <= {
        seen.share.public_id for seen in found.rows
    }


async def test_the_links_of_a_filled_world_open_as_if_the_engine_had_made_them(postgres_url, tmp_path):
    filled = await rows.fill(postgres_url, SIZE, tmp_path)
    visitor = Visitor(None, None, "")

    async with opened(Settings(database=postgres_url)) as home:

        async def of_shares(work):
            return [await linking.find(work, one) for one in filled.linked.shares]

        shares = await home.house.read(None, of_shares)
        by_share = [await opening_links.by_share(home.house, one.public_id, visitor) for one in shares]
        by_token = [await opening_links.by_token(home.house, one, visitor) for one in filled.linked.tokens]
        doors = [*by_share, *by_token]
        behind = [
            await opening_links.looking(home.house, lambda work, door=door: opening_links.tops(work, door))
            for door in doors
        ]
    assert len(by_share) == len(by_token) == SIZE // 2
    assert {(one.place, len(one.things)) for one in shares} == {(tree.DEVICE, 1)}
    assert {door.state for door in doors} == {State.OPEN}
    assert {(len(reached), reached[0].permissions) for reached in behind} == {(1, Permission.DOWNLOAD.closed)}


async def test_the_folders_of_a_filled_world_are_shared_as_if_the_engine_had_done_it(postgres_url, tmp_path):
    filled = await rows.fill(postgres_url, SIZE, tmp_path, folders_shared=(2, 7))

    async with opened(Settings(database=postgres_url)) as home:
        for sharer in filled.sharers:
            actor = await credentials.actor_of(home.house, sharer.token)

            async def job(work, actor=actor):
                sent = FolderShareFilter(received=False)
                return await surveying.page(
                    work, actor.id, sent, Sorting(FolderOrder.PATH), Window(0, 100), updates=True
                )

            found, _ = await home.house.read(actor, job)
            assert len(found) == sharer.size
            assert {share.recipient for share in found} == {folders.RECEIVER}
            assert sum(share.consent is Consent.GIVEN for share in found) == -(-sharer.size // 2)
        assert await broken_laws(home.house.database) == []
