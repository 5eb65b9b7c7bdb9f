"""A share's life in any order of events, on both engines, against a small model and the laws that hold throughout."""

import asyncio
from collections import Counter
from dataclasses import dataclass

import hypothesis
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from polyshare.domain.delivery import Consent
from polyshare.domain.directory import NewPrincipal
from polyshare.domain.errors import AlreadyThere, Unavailable, WrongState
from polyshare.domain.permissions import Permission
from polyshare.domain.principals import Access, Kind, Principal, Seat, Status
from polyshare.domain.shares import Joining, Standing
from polyshare.domain.terms import Terms
from polyshare.domain.views import NewItem, NewOffer, Wanted, Window
from polyshare.engine import aligning, delivering, directing, inviting, itemizing, listing, offering
from polyshare.engine.work import House
from polyshare.providers.base import Errand, Outcome, Providers, Refusal
from polyshare.store.statements import statement
from tests.house import Clock, a_house

TERMS = Terms(Consent.GIVEN, frozenset({Kind.ACCOUNT}), Permission.VIEW)
ACCOUNTS = ("b", "c", "d")
KEYS = ("r0", "r1", "r2")
LATER_S = 1000.0  # longer than any pause between two tries

GRANTS = statement(
    "test_grants", "select id, principal, delivery, gone_at from share_grant where share = :share"
)
CELLS = statement(
    "test_cells",
    "select c.share_grant, c.item, g.gone_at, i.gone_at from cell c join share_grant g on g.id = c.share_grant"
    " join item i on i.id = c.item where g.share = :share",
)
LISTED = statement("test_listed", "select viewer, facet, count(*) from listing group by viewer, facet")
TALLIED = statement(
    "test_tallied", "select viewer, facet, cast(sum(delta) as bigint) from tally group by viewer, facet"
)
SEEN_BY = statement("test_seen_by", "select viewer from listing where share = :share and side = 1")


class Moody:
    """A provider that carries out, refuses for good, refuses for now, or does not answer, as it is told."""

    name = "moody"
    delay_s = 0.0

    def __init__(self) -> None:
        self.mood = "works"

    async def deliver(self, errand: Errand) -> Outcome:
        if self.mood == "away":
            raise Unavailable("The provider is away.")
        if self.mood == "works":
            return Outcome()
        final = self.mood == "refuses"
        return Outcome(
            tuple(Refusal(entry.item, "No.", final) for entry in errand.entries if not entry.leaving)
        )

    async def withdraw(self, errand: Errand) -> Outcome:
        if self.mood == "away":
            raise Unavailable("The provider is away.")
        if self.mood == "works":
            return Outcome()
        return Outcome(tuple(Refusal(entry.item, "No.", self.mood == "refuses") for entry in errand.entries))

    async def close(self) -> None:
        pass


@dataclass
class Stage:
    """What all lives on one database share: the loop, the house and its clock, the provider, and the accounts' seats."""

    runner: asyncio.Runner
    house: House
    clock: Clock
    provider: Moody
    seats: dict[str, Seat]

    def do(self, verb, *args, **kwargs):
        """Run a verb in one transaction."""
        return self.runner.run(self.house.write(None, lambda work: verb(work, *args, **kwargs)))

    def see(self, verb, *args, **kwargs):
        """Run a verb that reads."""
        return self.runner.run(self.house.read(None, lambda work: verb(work, *args, **kwargs)))

    def rows(self, query, **values):
        """Rows as they are kept."""
        return [tuple(row) for row in self.see(lambda work: work.rows.all(query, **values))]

    def step_worker(self):
        """One look at everything that may be due after a long pause."""
        self.clock.pass_s(LATER_S)
        moved = self.runner.run(delivering.deliver_due(self.house))
        return moved + self.runner.run(aligning.settle_shares(self.house))


@pytest.fixture
def stage(database_url, clock):
    with asyncio.Runner() as runner:
        opening = a_house(database_url, clock)
        house = runner.run(opening.__aenter__())
        try:
            provider = Moody()
            house.providers = Providers({}, provider)
            yield Stage(runner, house, clock, provider, runner.run(directing.changing(house, None, _people)))
        finally:
            runner.run(opening.__aexit__(None, None, None))


async def _people(work):
    organization = await directing.add(work, NewPrincipal(Kind.ORGANIZATION, "Organization", "org"))
    seats = {}
    for name in ("a", *ACCOUNTS):
        one = await directing.add(work, NewPrincipal(Kind.ACCOUNT, name.upper(), name, "org"))
        principal = Principal(one.id, Kind.ACCOUNT, name, one.name, Status.ACTIVE, organization.id)
        seats[name] = Seat(principal, "org", Access.EDIT)
    return seats


def lives_on(stage):  # noqa: C901 - one class, closed over its stage
    """The machine of a share's life on this stage."""

    class Life(RuleBasedStateMachine):
        """The model: who is wanted as a recipient, which entries are wanted, and whether the share still is."""

        def __init__(self):
            super().__init__()
            self.wanted = {}  # account -> whether it is to have the share; absent: never named
            self.ids = {}  # account -> (public id, created_at) of its grant
            self.entries = {}  # public id of the item -> whether it is to stay
            self.withdrawn = False
            self.revived = set()  # accounts that the last step named again
            self.deliveries = {}  # grant id -> delivery after the step before
            stage.provider.mood = "works"

        # looking

        def share(self, **wanted):
            return stage.see(listing.share, stage.seats["a"], self.public_id, Wanted(**wanted))

        def recipients(self):
            found = stage.see(listing.recipients, stage.seats["a"], self.share(), Window(), crossings=True)
            return {one.principal: one for one in found.rows}

        def items(self):
            found = stage.see(listing.items, self.share(), None, None, Window())
            return {one.item.public_id: one for one in found.rows}

        def locked(self, verb, *args):
            async def job(work):
                seen = await listing.share(work, stage.seats["a"], self.public_id, lock=True)
                return await verb(work, seen, *args)

            return stage.runner.run(stage.house.write(None, job))

        # living

        @initialize(
            to=st.sets(st.sampled_from(ACCOUNTS), min_size=1), keys=st.sets(st.sampled_from(KEYS), min_size=1)
        )
        def offer(self, to, keys):
            new = NewOffer(
                "share", tuple(sorted(to)), False, tuple(NewItem("kind", key, "{}") for key in sorted(keys))
            )
            self.public_id = stage.do(offering.offer, stage.seats["a"], new, TERMS).share.public_id
            self.wanted = dict.fromkeys(to, True)
            self.entries = dict.fromkeys(self.items(), True)
            self.note_ids()

        def note_ids(self):
            for account, one in self.recipients().items():
                self.ids.setdefault(account, (one.grant.public_id, one.grant.created_at))

        @rule(account=st.sampled_from(ACCOUNTS))
        def invite(self, account):
            if self.withdrawn:
                with pytest.raises(WrongState):
                    self.locked(inviting.invite, account, TERMS)
            elif self.wanted.get(account):
                with pytest.raises(AlreadyThere):
                    self.locked(inviting.invite, account, TERMS)
            else:
                grant = self.locked(inviting.invite, account, TERMS).grant
                assert grant.joining is Joining.JOINING
                self.wanted[account] = True
                self.revived = {account}
                self.note_ids()

        @precondition(lambda self: not self.withdrawn)
        @rule(accounts=st.sets(st.sampled_from(ACCOUNTS)))
        def match(self, accounts):
            self.locked(inviting.match_recipients, tuple(sorted(accounts)), TERMS)
            self.revived = {account for account in accounts if not self.wanted.get(account)}
            self.wanted = {**dict.fromkeys(self.wanted, False), **dict.fromkeys(accounts, True)}
            self.note_ids()

        @rule(account=st.sampled_from(ACCOUNTS))
        def dismiss(self, account):
            one = self.recipients().get(account)
            if one is None:
                return
            if not self.withdrawn:
                after = self.locked(inviting.dismiss, one).grant
                assert after.joining in (Joining.LEAVING, Joining.LEFT)
                self.wanted[account] = False

        @precondition(lambda self: not self.withdrawn)
        @rule(key=st.sampled_from(KEYS))
        def add(self, key):
            if any(
                one.item.key == key and one.item.standing is not Standing.GONE
                for one in self.items().values()
            ):
                with pytest.raises(AlreadyThere):
                    self.locked(itemizing.add, NewItem("kind", key, "{}"))
            else:
                self.entries[self.locked(itemizing.add, NewItem("kind", key, "{}")).item.public_id] = True

        @rule(data=st.data())
        def revise(self, data):
            one = self.items()[data.draw(st.sampled_from(sorted(self.entries)))]
            if self.withdrawn or not self.entries[one.item.public_id]:
                with pytest.raises(WrongState):
                    self.locked(itemizing.revise, one, '{"new":1}')
            else:
                assert self.locked(itemizing.revise, one, '{"new":1}').item.revision == one.item.revision + 1

        @precondition(lambda self: not self.withdrawn)
        @rule(data=st.data())
        def remove(self, data):
            one = self.items()[data.draw(st.sampled_from(sorted(self.entries)))]
            staying = sum(self.entries.values())
            if self.entries[one.item.public_id] and staying == 1:
                with pytest.raises(WrongState):
                    self.locked(itemizing.remove, one)
            else:
                self.locked(itemizing.remove, one)
                self.entries[one.item.public_id] = False

        @rule()
        def rename(self):
            if self.withdrawn:
                with pytest.raises(WrongState):
                    self.locked(_rename)
            else:
                self.locked(_rename)

        @rule(really=st.integers(0, 3))
        def withdraw(self, really):
            if really == 0:  # seldom, so that lives are long
                self.locked(offering.withdraw)
                self.withdrawn = True

        @rule(mood=st.sampled_from(["works", "works", "away", "refuses", "falters"]))
        def work(self, mood):
            stage.provider.mood = mood
            stage.step_worker()
            stage.provider.mood = "works"

        @rule()
        def heal(self):
            """A provider that works again, and new versions of all entries, bring everything where it is wanted."""
            self.bring_everything_through()
            recipients = self.recipients()
            for account, one in recipients.items():
                stays = self.wanted[account] and not self.withdrawn
                assert one.grant.joining is (Joining.JOINED if stays else Joining.LEFT)
                assert all((each.error, each.final) == ("", False) for each in one.crossings or () if stays)
            for public_id, one in self.items().items():
                stays = self.entries[public_id] and not self.withdrawn
                assert one.item.standing is (Standing.ACTIVE if stays else Standing.GONE)
            assert self.share().share.standing is (Standing.GONE if self.withdrawn else Standing.ACTIVE)
            assert stage.rows(CELLS, share=self.share().share.id) == []

        def bring_everything_through(self):
            if not self.withdrawn:
                for public_id, one in self.items().items():
                    if self.entries[public_id]:
                        self.locked(itemizing.revise, one, '{"healed":1}')
            for _ in range(10):
                if stage.step_worker() == 0:
                    return
            raise AssertionError("the worker always finds something to do")

        # what holds throughout

        @invariant()
        def the_model_is_what_is_seen(self):
            recipients, share = self.recipients(), self.share(items=True, counts=True)
            assert set(recipients) == set(self.wanted)
            for account, one in recipients.items():
                wanted = self.wanted[account] and not self.withdrawn
                assert one.grant.joining in (
                    (Joining.JOINING, Joining.JOINED) if wanted else (Joining.LEAVING, Joining.LEFT)
                )
                assert (one.grant.public_id, one.grant.created_at) == self.ids[account]
            seen = Counter(one.grant.joining for one in recipients.values())
            counts = share.counts
            assert (counts.joining, counts.joined, counts.leaving, counts.left) == tuple(
                seen[each] for each in (Joining.JOINING, Joining.JOINED, Joining.LEAVING, Joining.LEFT)
            )
            for public_id, one in self.items().items():
                stays = self.entries[public_id] and not self.withdrawn
                assert (one.item.standing is Standing.ACTIVE) == stays
            assert (share.share.standing is Standing.ACTIVE) == (not self.withdrawn)

        @invariant()
        def nothing_leaves_withdrawn_but_by_revival(self):
            share = self.share().share
            now = {
                id_: (principal, delivery)
                for id_, principal, delivery, _ in stage.rows(GRANTS, share=share.id)
            }
            names = {seat.principal.id: name for name, seat in stage.seats.items()}
            for id_, (principal, delivery) in now.items():
                if self.deliveries.get(id_) == "withdrawn" and delivery != "withdrawn":
                    assert names[principal] in self.revived
            self.deliveries = {id_: delivery for id_, (_, delivery) in now.items()}
            self.revived = set()

        @invariant()
        def a_part_is_gone_only_with_its_last_grant_or_cell(self):
            share = self.share().share
            grants = stage.rows(GRANTS, share=share.id)
            if share.gone_at is not None:
                assert all(gone_at is not None for *_, gone_at in grants)
                assert all(one.item.standing is Standing.GONE for one in self.items().values())
            for _, _, delivery, gone_at in grants:
                assert (gone_at is not None) == (delivery == "withdrawn")
            for _, _, grant_gone, item_gone in stage.rows(CELLS, share=share.id):
                assert (grant_gone, item_gone) == (None, None)

        @invariant()
        def totals_are_what_is_listed(self):
            listed = {(viewer, facet): count for viewer, facet, count in stage.rows(LISTED)}
            tallied = {(viewer, facet): count for viewer, facet, count in stage.rows(TALLIED) if count}
            assert tallied == listed
            share = self.share().share
            viewers = {viewer for (viewer,) in stage.rows(SEEN_BY, share=share.id)}
            holders = {
                principal
                for _, principal, _, gone_at in stage.rows(GRANTS, share=share.id)
                if gone_at is None
            }
            accounts = {seat.principal.id for seat in stage.seats.values()}
            assert viewers & accounts == holders

        def teardown(self):
            """From wherever this life has come to, everything can be gone."""
            if not hasattr(self, "public_id"):
                return
            stage.provider.mood = "works"
            self.locked(offering.withdraw)
            self.withdrawn = True
            self.bring_everything_through()
            assert self.share().share.standing is Standing.GONE
            assert {one.grant.joining for one in self.recipients().values()} <= {Joining.LEFT}
            assert {one.item.standing for one in self.items().values()} == {Standing.GONE}
            self.totals_are_what_is_listed()

    return Life


async def _rename(work, seen):
    return await offering.revise(work, seen, name="renamed", tags=None)


def test_every_life_of_a_share_keeps_its_laws(stage):
    run_state_machine_as_test(
        lives_on(stage),
        settings=hypothesis.settings(
            max_examples=15,
            stateful_step_count=20,
            deadline=None,
            database=None,
            print_blob=True,
            suppress_health_check=list(hypothesis.HealthCheck),
        ),
    )
