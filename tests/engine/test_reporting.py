"""What providers report of the shares that they keep, at any time and also while they are being asked."""

import pytest

from polyshare.domain.delivery import Consent
from polyshare.domain.errors import (
    AlreadyThere,
    Denied,
    Invalid,
    NotFound,
    OwnersPlace,
    PolyshareError,
    WrongState,
)
from polyshare.domain.folder_shares import NewFolderShare
from polyshare.domain.products import OURS
from polyshare.engine.directory import notifying
from polyshare.engine.sharing import aligning, delivering, reporting
from polyshare.engine.sharing.reporting import Registered
from polyshare.store.statements import statement
from tests.consistency import broken_laws
from tests.engine.folders import EDIT, READ, UPDATES, rows_of, somebody
from tests.engine.keepers import Keeper, kept_by

AWAITED, GIVEN, REFUSED = Consent.AWAITED, Consent.GIVEN, Consent.REFUSED
LOCATION = statement("test.location", "select location, provider_ref from share_grant where share = :share")


@pytest.fixture
async def far(house):
    """A provider that keeps folders, and says nothing by itself of where it shows them."""
    keeper, other = Keeper(house, shows=False), Keeper(house, "other", shows=False)
    kept_by(house, keeper, other)
    keeper.other = other
    await keeper.sells()
    return keeper


@pytest.fixture
async def alice(house, far):
    """Alice, with a drive at the provider; whatever a test did, every law holds in the end."""
    one = await somebody(house, "alice")
    one.far = await far.owned("alice")
    yield one
    assert await broken_laws(house.database) == []


@pytest.fixture
async def bob(house, alice):
    return await somebody(house, "bob")


def at(alice, name="work"):
    return f"/{alice.far}/{name}"


async def mount(far, name="mount"):
    """A drive of the provider's to show something."""
    return f"/{await far.owned('', name)}"


async def located(house, share):
    [(location, ref)] = await rows_of(house, LOCATION, share=share)
    return location, ref


async def test_the_place_that_is_named_first_counts(house, far, alice, bob):
    share = await alice.shares(at(alice), bob)
    first, second = await mount(far, "first"), await mount(far, "second")

    await far.report((share, None, None, "still at it"), (share, None, f"/{first}//", None))
    await far.report((share, GIVEN, second, "elsewhere"))
    await far.report((share, None, None, None))

    assert await located(house, share) == (first, f"ref-{share}")
    assert await rows_of(house, UPDATES, share=share) == [
        ("awaited", None, "still at it"),
        ("awaited", first, None),
        ("given", second, "elsewhere"),
        ("awaited", None, None),
    ]
    assert await bob.listed() == {share: (AWAITED, EDIT)}


async def test_a_provider_accepts_for_nobody(far, alice, bob):
    share = await alice.shares(at(alice), bob)

    await far.report((share, GIVEN, await mount(far), None))

    assert await bob.listed() == {share: (AWAITED, EDIT)}
    await bob.accept(share)
    await far.report((share, AWAITED, None, None))
    assert await bob.listed() == {share: (GIVEN, EDIT)}


@pytest.mark.parametrize("accepted", [False, True])
async def test_what_a_provider_refuses_is_refused(house, far, alice, bob, clock, accepted):
    share = await alice.shares(at(alice), bob)
    await far.report((share, None, await mount(far), None))
    if accepted:
        await bob.accept(share)
        clock.pass_s(1)
        await delivering.deliver_due(house)

    await far.report((share, REFUSED, None, "gone"), (share, None, None, None))
    clock.pass_s(1)
    await delivering.deliver_due(house)

    assert await alice.listed() == {share: (REFUSED, EDIT)}
    assert far.access == {}
    assert (await rows_of(house, UPDATES, share=share))[-2:] == [
        ("refused", None, "gone"),
        ("refused", None, None),
    ]
    with pytest.raises(Denied):
        await bob.accept(share)
    await far.report((share, REFUSED, None, None))
    assert await alice.shares(at(alice), bob) != share


@pytest.mark.parametrize(
    ("place", "error"),
    [
        ("nowhere", Invalid),
        ("", Invalid),
        ("/", Invalid),
        ("/abc", Invalid),
        ("/99999", Invalid),
        ("{mount}/below", Invalid),
        ("{other}", Denied),
        ("{ours}", Denied),
    ],
)
async def test_a_place_is_a_drive_of_the_providers_own(house, far, alice, bob, place, error):
    shares = await alice.ask(alice.wants(at(alice), bob), alice.wants(at(alice, "plans"), bob))
    good = await mount(far)
    bad = (
        place.replace("{mount}", good)
        .replace("{other}", await mount(far.other, "other mount"))
        .replace("{ours}", f"/{alice.drive}")
    )

    with pytest.raises(error) as refused:
        await far.report((shares[0], None, good, None), (shares[1], None, bad, None))

    assert refused.type is error
    assert [await located(house, share) for share in shares] == [(None, f"ref-{share}") for share in shares]
    assert await rows_of(house, UPDATES, share=shares[0]) == []


async def test_shares_of_others_are_not_there(house, far, alice, bob):
    await alice.folder(alice.top, "here")
    mine = await alice.shares(at(alice), bob)
    here = await alice.shares("here", bob)

    for reporter, share in ((far.other, mine), (far, here), (far, 7)):
        with pytest.raises(NotFound) as unknown:
            await reporter.report((mine, None, None, "x"), (share, None, None, "x"))
        assert unknown.value.what == "share"

    assert await rows_of(house, UPDATES, share=mine) == []
    await alice.end(mine)
    with pytest.raises(NotFound):
        await far.report((mine, None, None, None))


# registering


async def register(far, *wanted):
    """Have the provider register shares; their ids."""
    return await far.house.write(far.caller, lambda work: reporting.register(work, far.name, list(wanted)))


def a_share(far, alice, to="bob", *, name="work", permissions=EDIT, ref="r1", sharer="alice", product=None):
    new = NewFolderShare(at(alice, name), to, permissions, None, product or far.product)
    return Registered(new, ref, sharer)


async def test_what_a_provider_registers_waits_for_approval_and_nobody_is_asked(house, far, alice, bob):
    [share, other] = await register(
        far, a_share(far, alice), a_share(far, alice, name="plans", ref="", permissions=READ)
    )

    assert await alice.listed() == await bob.listed() == {share: (AWAITED, EDIT), other: (AWAITED, READ)}
    assert [(await located(house, one))[1] for one in (share, other)] == ["r1", None]
    assert far.calls("prepare") == []
    assert await house.read(None, lambda work: notifying.page(work, bob.person)) == []
    await far.report((share, None, await mount(far), None))
    await bob.accept(share)
    assert (await bob.listed())[share] == (GIVEN, EDIT)


async def test_what_is_registered_again_gives_what_is_said_now(far, alice, bob):
    [share] = await register(far, a_share(far, alice))

    again = await register(far, a_share(far, alice, permissions=READ))

    assert again == [share]
    assert await bob.listed() == {share: (AWAITED, READ)}


async def test_what_was_declined_is_not_registered_again_under_its_id(far, alice, bob):
    [share] = await register(far, a_share(far, alice))
    await bob.decline(share)

    with pytest.raises(WrongState):
        await register(far, a_share(far, alice, permissions=READ))

    [fresh] = await register(far, a_share(far, alice, ref="r2"))
    assert await bob.listed() == {fresh: (AWAITED, EDIT)}


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"product": OURS}, Denied),
        ({"sharer": ""}, Denied),
        ({"sharer": "nobody"}, Denied),
        ({"sharer": "bob"}, OwnersPlace),
        ({"sharer": "bob", "to": "alice"}, Denied),
        ({"to": "alice"}, OwnersPlace),
        ({"to": "nobody"}, Denied),
        ({"ref": "a,b"}, Invalid),
        ({"ref": "known"}, Invalid),
        ({"ref": "good"}, Invalid),
        ({"name": "known"}, AlreadyThere),
    ],
)
async def test_what_can_not_be_registered_is_refused_with_all_else(far, alice, bob, changed, error):
    await register(far, a_share(far, alice, name="known", ref="known"))

    with pytest.raises(error) as refused:
        await register(far, a_share(far, alice, name="good", ref="good"), a_share(far, alice, **changed))

    assert refused.type is error
    assert len(await alice.listed()) == 1


# charging


async def charge(far, *charged, keep=True):
    return await far.house.write(
        far.caller, lambda work: reporting.charge(work, far.name, charged, keep=keep)
    )


async def test_a_charge_counts_once_for_its_share(far, alice, bob):
    one, two = await alice.ask(alice.wants(at(alice), bob), alice.wants(at(alice, "plans"), bob))

    assert await charge(far, (one, "c"), keep=False) == []
    assert await charge(far, (one, "c"), (two, "c"), (one, "c")) == [one]
    assert await charge(far, (one, "c"), (one, "d")) == [one]
    assert await charge(far, (one, "d"), (two, "d"), keep=False) == [one]
    with pytest.raises(NotFound):
        await charge(far.other, (one, "e"))
    with pytest.raises(PolyshareError):
        await charge(far, (one, "e"), (7, "e"))
    assert await charge(far, (one, "e")) == []


async def test_a_share_of_a_provider_can_be_purged_with_all_that_was_said_of_it(
    house, far, alice, bob, clock
):
    share = await alice.shares(at(alice), bob)
    await far.report((share, None, await mount(far), "here"))
    await charge(far, (share, "c"))
    await alice.end(share)
    clock.pass_s(1)
    await aligning.settle_shares(house)
    clock.pass_s(400 * 24 * 3600)

    await aligning.purge(house)

    assert await rows_of(house, UPDATES, share=share) == []
    assert await rows_of(house, LOCATION, share=share) == []
