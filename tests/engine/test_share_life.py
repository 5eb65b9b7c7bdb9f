"""A share's life against a small plain model: whatever happens in whatever order, the laws of a share hold."""

import asyncio
import itertools
from contextlib import AsyncExitStack
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine

from polyshare.domain.delivery import Delivery
from polyshare.domain.directory import PrincipalChange
from polyshare.domain.errors import AlreadyThere, NotFound, WrongState
from polyshare.domain.principals import Kind
from polyshare.domain.shares import Joining, Standing
from polyshare.domain.views import NewItem, NewOffer
from polyshare.engine.directory import directing
from polyshare.engine.sharing import aligning, delivering, excluding, inviting, itemizing, listing, offering
from polyshare.store.statements import statement
from tests.consistency import broken_laws, unfinished
from tests.engine.world import EVERYTHING, POLICY, RULESET, TERMS, Scripted, World, carried_by
from tests.house import Clock, a_house

NAMES = ("b", "c", "d", "e")
KEYS = ("r0", "r1", "r2", "r3")
WHO, KEY = st.sampled_from(NAMES), st.sampled_from(KEYS)
EMPTY = [
    statement(f"empty {table}", f"delete from {table}")
    for table in (
        "tally",
        "listing",
        "cell",
        "exclusion",
        "share_grant",
        "item",
        "share_tag",
        "share",
        "realignment",
    )
]
NUMBERS = itertools.count()


class ShareLife(RuleBasedStateMachine):
    """One share, four accounts that come and go, and a provider in every mood."""

    def __init__(self, runner, house, clock):
        super().__init__()
        self.run, self.house, self.clock = runner.run, house, clock
        self.world = World(house, clock)
        self.provider = Scripted()
        carried_by(house, self.provider)
        self.seen: Any = None
        self.before = {}

    @initialize(
        audience=st.booleans(),
        to=st.sets(WHO, min_size=1),
        keys=st.sets(KEY, min_size=1),
        members=st.sets(WHO, min_size=1),
    )
    def offer(self, audience, to, keys, members):
        self.number = next(NUMBERS)
        self.members = members if audience else set(NAMES)
        self.audience, self.named, self.excluded = audience, set(to), set()
        self.items = dict.fromkeys(keys, 1)
        self.withdrawn = False
        self.run(self._offer())

    async def _offer(self):
        world = self.world
        await self.house.database.write(self._empty)
        world.org = await world.organization(self._id("org"))
        for name in ("a", *NAMES):
            member = name == "a" or name in self.members
            seat = await world.account(self._id(name), organization=self._id("org") if member else "")
            setattr(world, name, seat)
        new = tuple(NewItem(RULESET if key < "r2" else POLICY, key, "{}") for key in sorted(self.items))
        to = () if self.audience else tuple(self._id(name) for name in sorted(self.named))
        self.seen = await world.do(offering.offer, world.a, NewOffer("share", to, self.audience, new), TERMS)
        while await aligning.realign_next(self.house):
            pass

    async def _empty(self, rows):
        for emptying in EMPTY:
            await rows.run(emptying)

    # what the owner does

    def offered(self):
        """Whether changes are allowed."""
        return self.seen is not None and not self.withdrawn

    def by_name(self):
        """Whether recipients are named."""
        return self.offered() and not self.audience

    def by_rule(self):
        """Whether recipients follow from the organization."""
        return self.offered() and self.audience

    @precondition(by_name)
    @rule(who=WHO)
    def invite(self, who):
        self.run(self._invite(who))

    async def _invited(self, work, seen, who, terms):
        return await inviting.invite(work, self.world.a, seen, who, terms)

    async def _matched(self, work, seen, who, terms):
        await inviting.match_recipients(work, self.world.a, seen, who, terms)

    async def _invite(self, who):
        if who in self.named:
            with pytest.raises(AlreadyThere):
                await self._do(self._invited, self._id(who), TERMS)
        else:
            await self._do(self._invited, self._id(who), TERMS)
            self.named.add(who)

    @precondition(by_name)
    @rule(who=WHO)
    def dismiss(self, who):
        self.run(self._dismiss(who))

    async def _dismiss(self, who):
        recipient = (await self._recipients()).get(who)
        if recipient is not None:
            await self._do(inviting.dismiss, recipient)
            self.named.discard(who)

    @precondition(by_name)
    @rule(to=st.sets(WHO))
    def match(self, to):
        self.run(self._do(self._matched, tuple(self._id(who) for who in sorted(to)), TERMS))
        self.named = set(to)

    @precondition(offered)
    @rule(key=KEY)
    def add(self, key):
        self.run(self._add(key))

    async def _add(self, key):
        new = NewItem(RULESET if key < "r2" else POLICY, key, "{}")
        there = (await self.world.items(self.seen)).get(key)
        if there is not None and there.item.standing is not Standing.GONE:
            with pytest.raises(AlreadyThere):
                await self._do(itemizing.add, new)
        else:
            await self._do(itemizing.add, new)
            self.items[key] = 1

    @precondition(offered)
    @rule(key=KEY)
    def revise(self, key):
        self.run(self._revise(key))

    async def _revise(self, key):
        if key in self.items:
            await self._do(itemizing.revise, (await self.world.items(self.seen))[key], '{"new":1}')
            self.items[key] += 1

    @precondition(offered)
    @rule(key=KEY)
    def remove(self, key):
        self.run(self._remove(key))

    async def _remove(self, key):
        if key not in self.items:
            return
        item = (await self.world.items(self.seen))[key]
        if len(self.items) == 1:
            with pytest.raises(WrongState):
                await self._do(itemizing.remove, item)
        else:
            await self._do(itemizing.remove, item)
            del self.items[key]

    @precondition(by_rule)
    @rule(who=WHO)
    def exclude(self, who):
        if who in self.members:
            if who in self.excluded:
                with pytest.raises(AlreadyThere):
                    self.run(self._do(excluding.exclude, self._id(who)))
            else:
                self.run(self._do(excluding.exclude, self._id(who)))
                self.excluded.add(who)

    @precondition(by_rule)
    @rule(who=WHO)
    def readmit(self, who):
        self.run(self._readmit(who))

    async def _readmit(self, who):
        found = await self.world.see(listing.exclusions, self.seen, EVERYTHING)
        for exclusion in found.rows:
            if exclusion.principal_public_id == self._id(who):
                await self._do(excluding.readmit, exclusion.public_id)
                self.excluded.discard(who)

    @precondition(offered)
    @rule(name=st.sampled_from(["share", "another"]))
    def rename(self, name):
        self.run(self._rename(name))

    async def _rename(self, name):
        now = await self.world.see(listing.share, self.world.a, self.seen.share.public_id)
        await self.world.do(offering.revise, now, name=name, tags=None)
        self.before.pop("share", None)

    @precondition(offered)
    @rule(sure=st.integers(0, 4))
    def withdraw(self, sure):
        if sure == 0:
            self.run(self._withdraw())

    async def _withdraw(self):
        await self._do(offering.withdraw)
        self.withdrawn = True

    @precondition(lambda self: self.withdrawn)
    @rule(who=WHO)
    def change_too_late(self, who):
        async def late():
            for verb in (
                self._do(self._invited, self._id(who), TERMS),
                self._do(excluding.exclude, self._id(who)),
                self._do(itemizing.add, NewItem(RULESET, "late", "{}")),
            ):
                with pytest.raises(WrongState):
                    await verb

        self.run(late())

    # what happens around it

    @precondition(lambda self: self.seen is not None and self.audience)
    @rule(who=WHO)
    def join_or_leave(self, who):
        self.members ^= {who}
        to = self._id("org") if who in self.members else ""
        change = PrincipalChange(organization=to)
        self.run(self.world.do(directing.change, Kind.ACCOUNT, self._id(who), change))

    @rule()
    def align(self):
        self.run(aligning.realign_next(self.house))

    @rule()
    def settle_shares(self):
        self.run(aligning.settle_shares(self.house, limit=1))

    @rule(key=KEY, final=st.booleans())
    def start_refusing(self, key, final):
        self.provider.refusing[key] = ("Refused.", final)

    @rule(key=KEY)
    def stop_refusing(self, key):
        self.provider.refusing.pop(key, None)

    @rule(who=WHO)
    def come_or_go(self, who):
        self.provider.away ^= {self._id(who)}

    @rule()
    def break_or_mend(self):
        self.provider.breaking = None if self.provider.breaking else ValueError("broken")

    @precondition(lambda self: self.seen is not None)
    @rule(
        seconds=st.sampled_from([0, 1, 40, 600]),
        change=st.sampled_from(["", "dismiss", "invite", "revise", "remove", "add", "withdraw"]),
        who=WHO,
        key=KEY,
    )
    def deliver(self, seconds, change, who, key):
        """The worker looks at one grant; in the middle of the call something may change."""
        calls = len(self.provider.calls)

        async def meanwhile(errand):
            self.provider.meanwhile = None
            if change in ("revise", "remove", "add") and self.offered():
                await getattr(self, f"_{change}")(key)
            elif change in ("dismiss", "invite") and self.by_name():
                await getattr(self, f"_{change}")(who)
            elif change == "withdraw" and self.offered():
                await self._withdraw()

        async def deliver():
            self.clock.pass_s(seconds)
            self.provider.meanwhile = meanwhile if change else None
            await delivering.deliver_due(self.house, limit=1)
            self.provider.meanwhile = None
            found = {one.grant.id: one for one in (await self._recipients()).values()}
            for errand in self.provider.calls[calls:]:
                after = found[errand.grant].grant
                if after.generation != errand.generation:
                    assert after.delivery in (Delivery.DUE, Delivery.RECALLED), "an old outcome moved a grant"

        self.run(deliver())

    @precondition(offered)
    @rule()
    def calm(self):
        """In good weather, with a new version of all entries, everybody gets exactly what it shall have."""
        self.run(self._calm())

    async def _calm(self):
        self._mend()
        for key in sorted(self.items):
            await self._revise(key)
        await self._settle()
        recipients = await self._recipients()
        joined = {who for who, one in recipients.items() if one.grant.joining is Joining.JOINED}
        assert joined == self.wanted()
        assert {one.grant.joining for who, one in recipients.items() if who not in joined} <= {Joining.LEFT}
        assert all(one.grant.error == "" for one in recipients.values())
        share = self.seen.share.public_id
        assert self.provider.holds == {
            (share, self._id(who), key): revision for who in joined for key, revision in self.items.items()
        }
        standings = {key: one.item.standing for key, one in (await self.world.items(self.seen)).items()}
        assert {key for key, standing in standings.items() if standing is not Standing.GONE} == set(
            self.items
        )

    def wanted(self):
        """Who shall be a recipient."""
        return self.members - self.excluded if self.audience else self.named

    # what always holds

    @invariant()
    def laws_hold(self):
        if self.seen is not None:
            assert self.run(broken_laws(self.house.database)) == []

    @invariant()
    def the_model_is_right(self):
        if self.seen is not None:
            self.run(self._compare())

    async def _compare(self):
        recipients = await self._recipients()
        live = {who for who, one in recipients.items() if one.grant.leaving_at is None}
        if self.withdrawn:
            assert live == set()
        elif not self.audience:
            assert live == self.named
        there = {who for who, one in recipients.items() if one.grant.joining is not Joining.LEFT}
        for who in NAMES:
            await self._may_see(getattr(self.world, who), who in there)
        share = (await self.world.see(listing.share, self.world.a, self.seen.share.public_id)).share
        found = await self.world.see(listing.items, self.seen, None, None, EVERYTHING)
        now = {
            "share": (share.standing, share.modified_at, share.id, share.created_at),
            **{
                ("grant", who): (one.grant.joining, one.grant.modified_at, one.grant.id, one.grant.created_at)
                for who, one in recipients.items()
            },
            **{
                ("item", one.item.id): (
                    (one.item.standing, one.item.revision),
                    one.item.modified_at,
                    one.item.id,
                    one.item.created_at,
                )
                for one in found.rows
            },
        }
        for what, (status, modified_at, *fixed) in self.before.items():
            assert now[what][2:] == tuple(fixed), f"{what} has another id or beginning"
            moved = now[what][0] != status
            assert (now[what][1] != modified_at) == moved, f"{what}: {status} to {now[what][0]}"
        self.before = now

    async def _may_see(self, seat, may):
        assert await self.world.listed(seat) == ([self.seen.share.public_id] if may else [])
        if may:
            await self.world.see(listing.share, seat, self.seen.share.public_id)
        else:
            with pytest.raises(NotFound):
                await self.world.see(listing.share, seat, self.seen.share.public_id)

    def teardown(self):
        """Whatever state it is in, it can end, and then nobody holds anything."""
        if self.seen is None:
            return

        async def end():
            if self.offered():
                await self._calm()
                await self._withdraw()
            self._mend()
            await self._settle()
            share = (await self.world.see(listing.share, self.world.a, self.seen.share.public_id)).share
            assert share.standing is Standing.GONE
            assert self.provider.holds == {}
            assert await broken_laws(self.house.database) == []

        self.run(end())

    def _mend(self):
        self.provider.refusing.clear()
        self.provider.away.clear()
        self.provider.breaking = None

    async def _settle(self):
        for _ in range(100):
            self.clock.pass_s(600)
            await aligning.realign_next(self.house)
            await delivering.deliver_due(self.house)
            await aligning.settle_shares(self.house)
            if not await unfinished(self.house.database):
                return
        raise AssertionError("it never comes to rest")

    def _id(self, name):
        return f"{name}{self.number}"

    async def _do(self, verb, *args):
        now = await self.world.see(listing.share, self.world.a, self.seen.share.public_id)
        return await self.world.do(verb, now, *args)

    async def _recipients(self):
        found = await self.world.recipients(self.seen)
        return {who: found[self._id(who)] for who in NAMES if self._id(who) in found}


def test_the_laws_of_a_share_hold_in_every_life(request, tmp_path):
    live(f"sqlite://{tmp_path}/life.db", lives=25)


def test_the_laws_of_a_share_hold_in_every_life_on_postgresql(postgres_url):
    live(postgres_url, lives=6)


@pytest.mark.heavy
def test_the_laws_of_a_share_hold_in_very_many_lives(tmp_path):
    live(f"sqlite://{tmp_path}/life.db", lives=1500)


def live(url, lives):
    clock = Clock()
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        house = runner.run(stack.enter_async_context(a_house(url, clock)))
        try:
            run_machine(
                lambda: ShareLife(runner, house, clock),
                settings=settings(
                    max_examples=lives,
                    stateful_step_count=25,
                    database=None,
                    print_blob=True,
                    suppress_health_check=list(HealthCheck),
                ),
            )
        finally:
            runner.run(stack.aclose())
