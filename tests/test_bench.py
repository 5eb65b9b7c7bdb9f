"""What the benchmark measures on is what the engine itself would have left."""

from polyshare.domain.principals import Access, Kind
from polyshare.domain.shares import Standing
from polyshare.domain.views import Counts, Order, ShareFilter, Side, Wanted, Window
from polyshare.engine import admitting, listing
from polyshare.opening import opened
from polyshare.settings import Settings
from tools.benching import rows

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
