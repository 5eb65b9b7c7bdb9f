"""Three accounts of one organization, the verbs at hand, and a provider that does as it is told and remembers it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from polyshare.domain.delivery import Consent
from polyshare.domain.directory import NewPrincipal
from polyshare.domain.errors import Unavailable
from polyshare.domain.permissions import Permission
from polyshare.domain.principals import Access, Kind, Principal, Seat, Status
from polyshare.domain.terms import Terms
from polyshare.domain.views import NewItem, NewOffer, Order, ShareFilter, Wanted, Window
from polyshare.engine.directory import directing
from polyshare.engine.sharing import aligning, delivering, listing
from polyshare.providers.base import Entry, Errand, Outcome, Refusal
from polyshare.providers.registry import Providers

TERMS = Terms(Consent.GIVEN, frozenset({Kind.ACCOUNT, Kind.ORGANIZATION}), Permission.VIEW)
EVERYTHING = Window()
EVERY = ShareFilter()
RULESET, POLICY = "custom-ruleset", "gateway-policy"


class World:
    """A house, its clock, and seats to act from."""

    org: Seat
    a: Seat
    b: Seat
    c: Seat

    def __init__(self, house, clock):
        self.house, self.clock = house, clock

    async def organization(self, public_id):
        """Make an organization."""
        await self.do(directing.add, NewPrincipal(Kind.ORGANIZATION, "Organization", public_id))
        return await self.seat(public_id, Kind.ORGANIZATION)

    async def account(self, public_id, organization="org"):
        """Make an account; an empty organization means none."""
        new = NewPrincipal(Kind.ACCOUNT, f"Account {public_id}", public_id, organization=organization)
        await self.do(directing.add, new)
        return await self.seat(public_id)

    async def seat(self, public_id, kind=Kind.ACCOUNT):
        """Who acts as this account or organization, as it is now."""

        async def job(work):
            one = await directing.show(work, kind, public_id)
            above = (
                await directing.show(work, Kind.ORGANIZATION, one.organization) if one.organization else None
            )
            principal = Principal(
                one.id, kind, public_id, one.name, Status.ACTIVE, above.id if above is not None else None
            )
            return Seat(principal, one.organization, Access.EDIT)

        return await self.house.read(None, job)

    async def do(self, verb, *args, **kwargs):
        """One verb in a transaction of its own."""
        return await self.house.write(None, lambda work: verb(work, *args, **kwargs))

    async def see(self, verb, *args, **kwargs):
        """One look."""
        return await self.house.read(None, lambda work: verb(work, *args, **kwargs))

    async def listed(self, seat, wanted=EVERY):
        """The public ids of the shares that a seat sees."""
        found = await self.see(listing.shares, seat, wanted, Order(), EVERYTHING, Wanted())
        return [one.share.public_id for one in found.rows]

    async def recipients(self, seen, seat=None):
        """What the owner sees of each recipient, by the account's public id."""
        found = await self.see(listing.recipients, seat or self.a, seen, EVERYTHING, crossings=True)
        return {one.principal: one for one in found.rows}

    async def items(self, seen):
        """The entries of a share by key; of several with one key, the last."""
        found = await self.see(listing.items, seen, None, None, EVERYTHING)
        return {one.item.key: one for one in found.rows}

    async def look(self, seconds=1.0):
        """Let time pass and the worker look once."""
        self.clock.pass_s(seconds)
        return await delivering.deliver_due(self.house)

    async def settle_late(self):
        """Let so much time pass that every pause between two tries is over, then settle."""
        self.clock.pass_s(600)
        await self.settle()

    async def settle(self):
        """Let time pass and the worker look until nothing is left to carry out."""
        for _ in range(200):
            self.clock.pass_s(1)
            if not (
                await aligning.realign_next(self.house)
                or await delivering.deliver_due(self.house)
                or await aligning.settle_shares(self.house)
            ):
                return
        raise AssertionError("the worker always finds something to do")


async def a_world(house, clock):
    """An organization `org` with the accounts `a`, `b` and `c`."""
    world = World(house, clock)
    world.org = await world.organization("org")
    world.a, world.b, world.c = [await world.account(name) for name in "abc"]
    return world


def an_offer(*to, items=1, name="share", kinds=(RULESET,)):
    """An offer to the accounts named, else to the organization, with *items* entries of each kind in turn."""
    new = tuple(NewItem(kinds[n % len(kinds)], f"r{n}", "{}") for n in range(items))
    return NewOffer(name, tuple(to), not to, new)


Meanwhile = Callable[[Errand], Awaitable[None]]


@dataclass
class Scripted:
    """
    A provider that keeps what it carried out.

    Attributes:
        refusing: By entry's key: why it is refused, and whether for good. Also when it is leaving.
        breaking: Raised by every call while it is set.
        away: Recipients for whom nothing can be done at the moment.
        meanwhile: Awaited in the middle of each call.
        holds: What each recipient has: the revision by recipient and key.
    """

    name: str = "scripted"
    delay_s: float = 0.0
    refusing: dict[str, tuple[str, bool]] = field(default_factory=dict)
    breaking: Exception | None = None
    away: set[str] = field(default_factory=set)
    meanwhile: Meanwhile | None = None
    holds: dict[tuple[str, str, str], int] = field(default_factory=dict)
    calls: list[Errand] = field(default_factory=list)
    under_way: set[int] = field(default_factory=set)

    async def deliver(self, errand: Errand) -> Outcome:
        """Give and take back, but for what is refused."""
        return await self._carry_out(errand)

    async def withdraw(self, errand: Errand) -> Outcome:
        """Take everything back, but for what is refused."""
        return await self._carry_out(errand)

    async def close(self) -> None:
        """There is nothing to let go of."""

    async def _carry_out(self, errand: Errand) -> Outcome:
        assert errand.grant not in self.under_way, "two calls for one grant at a time"
        self.under_way.add(errand.grant)
        self.calls.append(errand)
        try:
            if self.meanwhile is not None:
                await self.meanwhile(errand)
            if self.breaking is not None:
                raise self.breaking
            if errand.recipient in self.away:
                raise Unavailable("The recipient is away.")
            return Outcome(tuple(filter(None, (self._entry(errand, entry) for entry in errand.entries))))
        finally:
            self.under_way.remove(errand.grant)

    def _entry(self, errand: Errand, entry: Entry) -> Refusal | None:
        if entry.key in self.refusing:
            message, final = self.refusing[entry.key]
            return Refusal(entry.item, message, final)
        place = (errand.share, errand.recipient, entry.key)
        if errand.withdraw or entry.leaving:
            self.holds.pop(place, None)
        else:
            self.holds[place] = entry.revision
        return None

    def has(self, recipient: str) -> dict[str, int]:
        """What one recipient has, of all shares: the revision by key."""
        return {key: revision for (_, who, key), revision in self.holds.items() if who == recipient}

    def told(self) -> list[list[tuple[str, int]]]:
        """The entries of each call so far: key and revision, negative if it was to be taken back."""
        return [
            [
                (entry.key, -entry.revision if errand.withdraw or entry.leaving else entry.revision)
                for entry in errand.entries
            ]
            for errand in self.calls
        ]


def carried_by(house, ruleset, policy=None):
    """Let these providers carry the two kinds that the tests use."""
    by_kind = {RULESET: ruleset, POLICY: policy or ruleset}
    house.providers = Providers(by_kind, ruleset, epoch=house.providers.epoch)
