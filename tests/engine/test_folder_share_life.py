"""The life of folders that wait for approval against a small plain model: whatever happens in whatever order, it holds."""

import asyncio
import itertools
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine

from polyshare.domain.delivery import Consent
from polyshare.domain.errors import (
    AlreadyThere,
    Denied,
    Invalid,
    NotFound,
    ProviderAway,
    WrongState,
)
from polyshare.domain.nodes import Trashed
from polyshare.domain.permissions import Permission
from polyshare.engine.sharing import aligning, delivering, drafting, membering
from polyshare.engine.tree import filing
from tests.consistency import broken_laws, unfinished
from tests.engine.folders import EDIT, READ, rows_of, somebody
from tests.engine.keepers import AWAY, NO, Keeper, kept_by
from tests.engine.test_drafting import DRAFTS
from tests.engine.tree import owned
from tests.house import Clock, a_house

AWAITED, GIVEN, REFUSED = Consent.AWAITED, Consent.GIVEN, Consent.REFUSED
HERE, BELOW, FAR = "a", "a/b", "far"
PLACE = st.sampled_from([HERE, BELOW, FAR])
WHO = st.sampled_from(["bob", "carol"])
GIVES = st.sampled_from([READ, EDIT])
PICKS = st.lists(st.integers(0, 5), min_size=1, max_size=3)
SURE = st.integers(0, 3)
STRANGER = st.integers(0, 7)
PAIRS = st.lists(st.tuples(PLACE, WHO), min_size=1, max_size=4, unique=True)
MOOD = st.sampled_from([None, None, None, None, NO, AWAY])
NUMBERS = itertools.count()


@dataclass
class Share:
    """What the model knows of one: who has it, what it gives, how it was answered."""

    id: int
    place: str
    who: str
    gives: Permission
    consent: Consent = AWAITED


class FolderShareLife(RuleBasedStateMachine):
    """Alice's folders, two here and one at a provider in changing moods, and two who are asked to have them."""

    def __init__(self, runner, house, clock):
        super().__init__()
        self.run, self.house, self.clock = runner.run, house, clock
        self.shares: list[Share] = []
        self.asleep = False
        self.people = {}

    @initialize(pairs=PAIRS, gives=GIVES)
    def begin(self, pairs, gives):
        self.run(self._begin(pairs, gives))

    async def _begin(self, pairs, gives):
        number = next(NUMBERS)
        self.keeper = Keeper(self.house, f"keeper{number}")
        kept_by(self.house, self.keeper)
        self.people = {
            name: await somebody(self.house, f"{name}{number}") for name in ("alice", "bob", "carol")
        }
        self.alice = self.people["alice"]
        drive = await self.keeper.owned(self.alice.login)
        upper = (await self.alice.folder(self.alice.top, "a")).id
        self.nodes = {HERE: upper, BELOW: (await self.alice.folder(upper, "b")).id}
        self.paths = {
            HERE: self.alice.path("a"),
            BELOW: self.alice.path("a", "b"),
            FAR: f"/{drive}/far",
        }
        await self._ask(pairs, gives, None)

    # what people do

    @rule(pairs=PAIRS, gives=GIVES, mood=MOOD, twice=st.integers(0, 9))
    def ask(self, pairs, gives, mood, twice):
        self.run(self._ask([*pairs, pairs[0]] if twice == 0 else pairs, gives, mood))

    async def _ask(self, pairs, gives, mood):
        wanted = [self.alice.wants(self.paths[place], self.people[who], gives) for place, who in pairs]
        if error := self._ask_error(pairs, mood):
            with pytest.raises(error):
                await self._in_mood("prepare", mood, self.alice.ask(*wanted))
            return
        ids = await self._in_mood("prepare", mood, self.alice.ask(*wanted))
        for (place, who), share in zip(pairs, ids, strict=True):
            self.shares = [one for one in self.shares if (one.place, one.who) != (place, who)]
            self.shares.append(Share(share, place, who, gives))

    def _ask_error(self, pairs, mood):
        """What asking for these must fail with: the first that is wrong in order counts."""
        seen = set()
        for place, who in pairs:
            if self.asleep and place != FAR:
                return Invalid
            if (place, who) in seen or any(
                (one.place, one.who) == (place, who) and one.consent is not REFUSED for one in self.shares
            ):
                return AlreadyThere
            seen.add((place, who))
        return type(mood) if mood and any(place == FAR for place, _ in pairs) else None

    @rule(picks=PICKS, who=WHO, stranger=STRANGER)
    def accept(self, picks, who, stranger):
        shares, who = self._some(picks, who), self._actor(who, stranger)
        error = self._first(shares, who, lambda one: Denied if one.consent is REFUSED else None)
        if self._do(self.people[who].accept, shares, error):
            for one in shares:
                one.consent = GIVEN

    @rule(picks=PICKS, who=WHO, stranger=STRANGER)
    def decline(self, picks, who, stranger):
        shares, who = self._some(picks, who), self._actor(who, stranger)
        if self._do(self.people[who].decline, shares, self._first(shares, who)):
            for one in shares:
                one.consent = REFUSED

    @rule(picks=PICKS, who=WHO, gives=GIVES)
    def regrant(self, picks, who, gives):
        shares = self._some(picks, who)
        error = next(
            (
                NotFound if self._is_asleep(one) else WrongState
                for one in shares
                if self._is_asleep(one) or one.consent is REFUSED
            ),
            None,
        )

        async def verb(*ids):
            await self.alice.regrant(*((share, gives, None) for share in ids))

        if self._do(verb, shares, error):
            for one in shares:
                one.gives = gives

    @rule(picks=PICKS, who=WHO, owner=st.booleans(), stranger=STRANGER, mood=MOOD, sure=SURE)
    def end(self, picks, who, owner, stranger, mood, sure):
        if sure > 1:
            return
        shares = self._some(picks, who)
        who = "alice" if owner else self._actor(who, stranger)
        error = self._first(shares, who, owner=None)
        if error is None and mood and any(one.place == FAR for one in shares):
            error = type(mood)

        async def verb(*ids):
            await self._in_mood("forget", mood, self.people[who].end(*ids))

        if self._do(verb, shares, error):
            self.shares = [one for one in self.shares if one not in shares]

    # what others do to the same

    @precondition(lambda self: not self.asleep)
    @rule(place=st.sampled_from([HERE, BELOW]), who=WHO)
    def make_member(self, place, who):
        """Somebody is made a member by another API; who has the folder already stays as it is."""
        self.run(self._make_member(place, who))

    async def _make_member(self, place, who):
        async def job(work):
            node = await owned(work, self.nodes[place])
            return await membering.share_with(work, node, [self.people[who].person], READ)

        await self.alice.write(job)
        [before] = [one for one in self.shares if (one.place, one.who) == (place, who)] or [None]
        if before is None or before.consent is not GIVEN:
            listed = await self.people[who].listed()
            [new] = set(listed) - {one.id for one in self.shares}
            self.shares = [one for one in self.shares if one is not before]
            self.shares.append(Share(new, place, who, READ, GIVEN))

    @precondition(lambda self: not self.asleep)
    @rule(place=st.sampled_from([HERE, BELOW]), who=WHO, sure=SURE)
    def revoke(self, place, who, sure):
        if sure:
            return

        async def job(work):
            node = await owned(work, self.nodes[place])
            await membering.revoke(work, node, [self.people[who].person])

        self.run(self.alice.write(job))
        self.shares = [one for one in self.shares if (one.place, one.who, one.consent) != (place, who, GIVEN)]

    @precondition(lambda self: not self.asleep)
    @rule(ends=st.sampled_from(list(Trashed)), sure=SURE)
    def trash(self, ends, sure):
        if sure:
            return

        async def job(work):
            await filing.trash(work, await owned(work, self.nodes[HERE]), ends)

        self.run(self.alice.write(job))
        self.asleep = True
        if ends is Trashed.WITHDRAW:
            self.shares = [one for one in self.shares if one.place == FAR]

    @precondition(lambda self: self.asleep)
    @rule()
    def restore(self):
        self.run(self.alice.restore(self.nodes[HERE]))
        self.asleep = False

    @rule(seconds=st.sampled_from([0, 2, 700]))
    def work(self, seconds):
        self.run(self._work(seconds))

    async def _work(self, seconds):
        self.clock.pass_s(seconds)
        await drafting.see_to(self.house)
        await delivering.deliver_due(self.house)
        await aligning.settle_shares(self.house)

    # what always holds

    @invariant()
    def lists_and_access_are_the_models(self):
        if self.people:
            self.run(self._compare())

    async def _compare(self):
        assert await broken_laws(self.house.database) == []
        seen = [one for one in self.shares if not self._is_asleep(one)]
        for who, person in self.people.items():
            expected = {one.id: (one.consent, one.gives) for one in seen if who in ("alice", one.who)}
            assert await person.listed() == expected, who
        for who in ("bob", "carol"):
            for place, covering in ((HERE, (HERE,)), (BELOW, (HERE, BELOW))):
                given = [
                    one.gives.closed
                    for one in seen
                    if one.who == who and one.consent is GIVEN and one.place in covering
                ]
                assert await self.people[who].may(self.nodes[place]) == (max(given) if given else None)

    def teardown(self):
        """When everything is calm, providers and drives hold exactly what the shares say, and nothing waits."""
        if not self.people:
            return

        async def calm():
            self.keeper.fails.clear()
            for _ in range(20):
                await self._work(700)
                if not await unfinished(self.house.database) and not await rows_of(self.house, DRAFTS):
                    break
            else:
                raise AssertionError("it never comes to rest")
            far = [one for one in self.shares if one.place == FAR]
            assert self.keeper.knows == {one.id for one in far}
            having = sorted(self.people[one.who].login for one in far if one.consent is GIVEN)
            assert sorted(self.keeper.access.values()) == having

        self.run(calm())

    def _some(self, picks, who):
        """Some of somebody's shares, and one that there is none of if there are none."""
        those = [one for one in self.shares if one.who == who]
        found = {those[at % len(those)].id: those[at % len(those)] for at in picks if those}
        return list(found.values()) or [Share(7, HERE, "nobody", READ)]

    def _actor(self, who, stranger):
        """Who does it: as a rule whose shares they are."""
        other = "carol" if who == "bob" else "bob"
        return {0: other, 1: "alice"}.get(stranger, who)

    def _first(self, shares, who, also=None, owner=Denied):
        """Why somebody may not do something to all of these; the first that is wrong in order counts."""
        for one in shares:
            if who not in ("alice", one.who) or one.id == 7 or self._is_asleep(one):
                return NotFound
            if who == "alice" and owner is not None:
                return owner
            if also is not None and (error := also(one)):
                return error
        return None

    def _is_asleep(self, one):
        return one.id == 7 or (self.asleep and one.place != FAR)

    def _do(self, verb, shares, error):
        """Do something to shares, or see it refused; whether it was done."""

        async def doing():
            await verb(*(one.id for one in shares))

        async def refused():
            with pytest.raises(error) as said:
                await doing()
            assert said.type is error

        if error is None and any(self._waits(one) for one in shares):
            return self._try(doing)
        self.run(refused() if error is not None else doing())
        return error is None

    def _waits(self, one):
        """Whether the provider is still to be told that it is to keep the share."""
        drafts = dict(self.run(rows_of(self.house, DRAFTS)))
        return one.id in drafts

    def _try(self, doing):
        """What the provider is being asked about may be refused for now."""

        async def tried():
            try:
                await doing()
            except ProviderAway:
                return False
            return True

        return self.run(tried())

    async def _in_mood(self, call, mood, doing):
        self.keeper.fails[call] = [mood] if mood else []
        try:
            return await doing
        finally:
            self.keeper.fails[call] = []


def test_the_laws_of_folder_shares_hold_in_every_life(tmp_path):
    live(f"sqlite://{tmp_path}/life.db", lives=40)


def test_the_laws_of_folder_shares_hold_in_every_life_on_postgresql(postgres_url):
    live(postgres_url, lives=8)


@pytest.mark.heavy
def test_the_laws_of_folder_shares_hold_in_very_many_lives(tmp_path):
    live(f"sqlite://{tmp_path}/life.db", lives=1000)


def live(url, lives):
    clock = Clock()
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        house = runner.run(stack.enter_async_context(a_house(url, clock)))
        try:
            run_machine(
                lambda: FolderShareLife(runner, house, clock),
                settings=settings(
                    max_examples=lives,
                    stateful_step_count=40,
                    database=None,
                    print_blob=True,
                    suppress_health_check=list(HealthCheck),
                ),
            )
        finally:
            runner.run(stack.aclose())
