"""Fills a database with shares as the engine would have left them: all of them delivered, listed and counted."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from polyshare.domain.delivery import Consent, Delivery
from polyshare.domain.events import What
from polyshare.domain.permissions import Permission
from polyshare.domain.shares import Grant, Item, Standing
from polyshare.domain.views import Side
from polyshare.engine.work import House
from polyshare.engine.worlds import loading
from polyshare.opening import now_us, opened
from polyshare.settings import Settings
from polyshare.store.database import Rows
from polyshare.store.ids import new_public_id
from polyshare.store.process import events
from polyshare.store.shares import grants, items, listing, shares
from polyshare.store.statements import statement
from tools.benching import folders, links, tree
from tools.benching.folders import Sharer
from tools.benching.links import Linked

TOKEN = "bench-token-0123456789abcdef0123456789abcdef"  # noqa: S105 - of a world that lives for minutes
ORGANIZATION = "0" * 31 + "1"
ACCOUNTS = 100  # among which the shares are spread
KINDS = ("custom-ruleset", "gateway-policy", "trust-grant")
BATCH = 2000  # shares in one transaction

WHO = statement("bench.who", "select public_id, id from principal where kind in ('account', 'organization')")
LIST = statement(
    "bench.list",
    """
    insert into listing (viewer, share, side, facet, created, name)
    values (:viewer, :share, :side, :facet, :created, :name)
    """,
)
CHECK = statement(
    "bench.check",
    """
    select (select count(*) from listing), (select coalesce(sum(delta), 0) from tally), (select count(*) from share)
    """,
)
SENT = listing.facet(Side.SENT, Standing.ACTIVE, to_audience=False)
RECEIVED = listing.facet(Side.RECEIVED, Standing.ACTIVE, to_audience=False)


@dataclass(frozen=True, slots=True)
class Filled:
    """
    A world with `size` shares in the account `one`, and as many spread over the `others`.

    `shares` are (account, share) pairs to read, taken evenly from all; all ids are public ones. Beside them there are
    `size` links, of which `linked` knows some, and `sharers` of folders.
    """

    size: int
    one: str
    others: Sequence[str]
    shares: Sequence[tuple[str, str]]
    linked: Linked
    sharers: Sequence[Sharer]


def account(number: int) -> str:
    """The public id of account *number*; 0 is the one that has as many shares as all others together."""
    return f"acc{number:029x}"


def world() -> str:
    """A world file: one organization, its accounts, and a user who may act for all of them."""
    lines = [f'organizations = [{{ id = "{ORGANIZATION}", name = "Organization" }}]']
    for number in range(ACCOUNTS + 1):
        lines += [
            "[[accounts]]",
            f'id = "{account(number)}"',
            f'name = "Account {number}"',
            f'organization = "{ORGANIZATION}"',
        ]
    lines += ["[[users]]", 'login = "bench"', 'name = "Bench"', 'email = "bench@example.com"']
    lines += [f'organizations = {{ "{ORGANIZATION}" = "edit" }}']
    lines += ["[[tokens]]", f'token = "{TOKEN}"', 'user = "bench"']
    return "\n".join(lines)


async def fill(
    url: str,
    size: int,
    folder: Path,
    huge_bytes: int = 0,
    part_bytes: int = 0,
    folders_shared: Sequence[int] = (),
) -> Filled:
    """
    Fill the empty database at *url*; the sizes are those of `tree.fill`.

    Args:
        folders_shared: How many folders somebody shares, for each sharer.

    Raises:
        RuntimeError: What was written does not add up.
    """
    file = folder / "world.toml"
    file.write_text(world())
    async with opened(Settings(database=url, files=str(folder / "files"))) as home:
        await loading.load(home.house, file)
        found = await home.house.database.read(lambda rows: rows.all(WHO))
        filling = _Filling(home.house, {row[0]: row[1] for row in found}, size)
        for start in range(0, 2 * size, BATCH):
            await filling.write(range(start, min(start + BATCH, 2 * size)))
        counted = await home.house.database.read(lambda rows: rows.one(CHECK))
        await tree.fill(home.house, folder, huge_bytes, part_bytes)
        linked = await links.fill(home.house, size)
        sharers = await folders.fill(home.house, folder, folders_shared)
    if counted is None or tuple(counted) != (8 * size, 8 * size, 2 * size):
        raise RuntimeError(
            f"{counted} listing rows, their tally and shares, instead of {8, 8, 2} times {size}"
        )
    others = [account(n) for n in range(1, ACCOUNTS + 1)]
    return Filled(size, account(0), others, filling.shares, linked, sharers)


class _Filling:
    """Share number n: those of even numbers are the one account's, the others' senders take turns."""

    def __init__(self, house: House, ids: Mapping[str, int], size: int) -> None:
        self.shares: list[tuple[str, str]] = []
        self._house = house
        self._ids = ids
        self._every = max(2 * size // 2000, 1) | 1  # odd, so that both sorts are among those to read
        self._from = now_us() - 2 * size * 1_000_000

    async def write(self, numbers: range) -> None:
        """Write shares with everything that belongs to them, in one transaction."""
        made = [self._made(number) for number in numbers]

        async def job(rows: Rows) -> None:
            await events.append_all(rows, [one["event"] for one in made])
            await rows.many(shares.ADD, [one["share"] for one in made])
            await rows.many(shares.ADD_TAG, [one["tag"] for one in made if one["share"]["tags"]])
            await items.add(rows, [one["item"] for one in made])
            await grants.add(rows, [one["grant"] for one in made], Permission.VIEW, due=0)
            listed = [row for one in made for row in one["listed"]]
            await rows.many(LIST, listed)
            tallied = Counter((row["viewer"], row["facet"]) for row in listed)
            await rows.many(
                listing.COUNT,
                [
                    {"viewer": viewer, "facet": facet, "delta": delta}
                    for (viewer, facet), delta in tallied.items()
                ],
            )

        await self._house.database.write(job)

    def _made(self, number: int) -> dict[str, Any]:
        turn = number // 2
        sender = account(0 if number % 2 == 0 else 1 + turn % ACCOUNTS)
        receiver = account(1 + (turn + 1) % ACCOUNTS)
        owner, to, organization = self._ids[sender], self._ids[receiver], self._ids[ORGANIZATION]
        new_id, at = self._house.ids.new_id, self._from + number * 1_000_000
        event, share, public_id = new_id(), new_id(), new_public_id()
        name = f"Share {number * 7919 % 1_000_003:07}"  # in another order than they were made
        if number % self._every == 0:
            self.shares.append((sender, public_id))
        listed = [
            (viewer, side, facet)
            for side, facet, viewers in ((0, SENT, (owner, organization)), (1, RECEIVED, (to, organization)))
            for viewer in viewers
        ]
        return {
            "event": (event, at, None, What.SHARE_OFFERED, share, None, "{}"),
            "share": {
                "id": share,
                "public_id": public_id,
                "owner": owner,
                "created_by": owner,
                "name": name,
                "tags": '{"team": "red"}' if turn % 10 == 0 else None,
                "audience": None,
                "within": organization,
                "consent": Consent.GIVEN,
                "permissions": 1,
                "now": at,
                "settle_at": None,
                "product": None,
            },
            "tag": {"share": share, "key": "team", "value": "red"},
            "item": Item(
                new_id(),
                new_public_id(),
                share,
                KINDS[turn % 3],
                f"{number:032x}",
                owner,
                "{}",
                1,
                at,
                at,
                None,
                None,
            ),
            "grant": Grant(
                new_id(),
                new_public_id(),
                share,
                to,
                Consent.GIVEN,
                Delivery.DELIVERED,
                1,
                "",
                at,
                at,
                at,
                None,
                None,
            ),
            "listed": [
                {"viewer": viewer, "share": share, "side": side, "facet": facet, "created": at, "name": name}
                for viewer, side, facet in listed
            ],
        }
