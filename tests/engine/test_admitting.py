"""Letting callers in: credentials, how soon a change is felt, and which seat an actor gets."""

import pytest

from polyshare.domain.directory import (
    NewCredential,
    NewPerson,
    NewPrincipal,
    PersonChange,
    PrincipalChange,
    Scope,
)
from polyshare.domain.errors import ClosedTo, ReadOnly, Unavailable, UnknownCredential
from polyshare.domain.principals import Access, Kind, Status
from polyshare.engine.credentials import issuing
from polyshare.engine.credentials.admitting import digest_of, identify, seat
from polyshare.engine.directory import directing, enrolling, seating
from tests.house import a_house

SECRET = "alice-token-0123456789"
KEY = "alice-key-0123456789"


async def a_world(house, **credential):
    """An organization with account A, account F in none, and alice, who acts for A and has a token and a key."""

    async def job(work):
        await directing.add(work, NewPrincipal(Kind.ORGANIZATION, "Org", "org"))
        await directing.add(work, NewPrincipal(Kind.ACCOUNT, "A", "acc-a", "org"))
        await directing.add(work, NewPrincipal(Kind.ACCOUNT, "F", "acc-f"))
        await enrolling.enroll(work, NewPerson("alice", "Alice", "Alice@Example.com"))
        await seating.give_role(work, "alice", Kind.ACCOUNT, "acc-a", Access.EDIT)
        await issuing.issue(work, NewCredential("key", "alice"), KEY)
        return await issuing.issue(work, NewCredential("token", "alice", **credential), SECRET)

    return await directing.changing(house, None, job)


async def changed(house, verb, *given):
    async def job(work):
        return await verb(work, *given)

    return await directing.changing(house, None, job)


async def seated(house, actor, public_id, need=Access.READ, kind=Kind.ACCOUNT):
    async def job(work):
        return await seat(work, kind, public_id, need)

    return await house.read(actor, job)


async def refused(house, *given):
    with pytest.raises(UnknownCredential):
        await identify(house, *given)
    return True


async def test_a_token_tells_who_calls(house):
    await a_world(house)

    actor = await identify(house, "token", SECRET)

    assert (actor.login, actor.cap, actor.narrowed, actor.administrator) == (
        "alice",
        Access.EDIT,
        False,
        False,
    )


async def test_a_credential_is_remembered_and_costs_no_statement(house):
    await a_world(house)
    first = await identify(house, "token", SECRET)
    before = house.database.statements

    assert await identify(house, "token", SECRET) == first
    assert house.database.statements == before


async def test_an_unknown_secret_and_one_of_the_other_kind_are_refused_and_not_remembered(house):
    await a_world(house)

    assert await refused(house, "token", "nobody's")
    assert await refused(house, "token", KEY)
    assert await refused(house, "token", "\ud800\x00")
    assert len(house.remembered) == 0


async def test_a_key_comes_with_its_users_email_whatever_its_case(house):
    await a_world(house)

    assert (await identify(house, "key", KEY, "aLICE@example.COM")).login == "alice"
    assert await refused(house, "key", KEY, "bob@example.com")
    assert await refused(house, "key", KEY, None)


async def test_a_token_ends_at_the_microsecond_of_its_expiry(house, clock):
    await a_world(house, expires_at=clock.now + 10)
    await identify(house, "token", SECRET)

    clock.now += 9
    await identify(house, "token", SECRET)
    clock.now += 1
    assert await refused(house, "token", SECRET)


@pytest.mark.parametrize("change", ["token revoked", "user deactivated", "user removed"])
async def test_another_process_refuses_a_credential_once_the_recheck_time_has_passed(
    house, database_url, clock, change
):
    token = await a_world(house)
    async with a_house(database_url, clock, credential_recheck_s=1.0) as other:
        await identify(other, "token", SECRET)
        clock.pass_s(0.5)

        if change == "token revoked":
            await changed(house, issuing.revoke, "token", token.public_id)
        elif change == "user deactivated":
            await changed(house, enrolling.change, "alice", PersonChange(status=Status.INACTIVE))
        else:
            await changed(house, enrolling.remove, "alice")

        clock.pass_s(0.499999)
        before = other.database.statements
        await identify(other, "token", SECRET)
        assert other.database.statements == before
        clock.pass_s(0.000001)
        assert await refused(other, "token", SECRET)
        assert await refused(house, "token", SECRET)


async def test_the_process_that_revokes_refuses_at_once(house):
    token = await a_world(house)
    await identify(house, "token", SECRET)

    await changed(house, issuing.revoke, "token", token.public_id)

    assert await refused(house, "token", SECRET)


async def test_a_user_who_is_active_again_comes_in_again(house, clock):
    await a_world(house)
    await changed(house, enrolling.change, "alice", PersonChange(status=Status.INACTIVE))
    assert await refused(house, "token", SECRET)

    await changed(house, enrolling.change, "alice", PersonChange(status=Status.ACTIVE))

    assert (await identify(house, "token", SECRET)).login == "alice"


async def test_when_the_epoch_cannot_be_read_nothing_remembered_is_believed(database_url, clock):
    async with a_house(database_url, clock) as house:
        await a_world(house)
        await identify(house, "token", SECRET)
        assert len(house.remembered) == 1
        await house.database.close()
        await identify(house, "token", SECRET)
        clock.pass_s(house.settings.credential_recheck_s)

        with pytest.raises(Unavailable):
            await identify(house, "token", SECRET)

        assert len(house.remembered) == 0


async def test_what_is_remembered_is_bounded(database_url, clock):
    async with a_house(database_url, clock, credential_cache_size=1) as house:
        await a_world(house)

        await identify(house, "token", SECRET)
        await identify(house, "key", KEY, "alice@example.com")

        assert len(house.remembered) == 1
        assert (await identify(house, "token", SECRET)).login == "alice"


async def test_secrets_stay_out_of_what_is_remembered_and_said(house):
    await a_world(house)
    actor = await identify(house, "token", SECRET)
    with pytest.raises(UnknownCredential) as caught:
        await identify(house, "token", "not-a-token-of-ours")

    assert SECRET not in repr(house)
    assert SECRET not in repr(actor)
    assert "not-a-token-of-ours" not in repr(caught.value)


async def test_an_account_is_open_to_whom_it_was_given_as_far_as_it_was_given(house):
    await a_world(house)
    alice = await identify(house, "token", SECRET)

    taken = await seated(house, alice, "acc-a", Access.EDIT)

    assert (taken.principal.public_id, taken.organization_public_id, taken.access) == (
        "acc-a",
        "org",
        Access.EDIT,
    )
    for closed in ("acc-f", "no-such-account", "org", "\x00", "\ud800"):
        with pytest.raises(ClosedTo):
            await seated(house, alice, closed)


async def test_taking_a_seat_is_one_statement(house):
    await a_world(house)
    alice = await identify(house, "token", SECRET)
    before = house.database.statements

    await seated(house, alice, "acc-a", Access.EDIT)

    assert house.database.statements == before + 1


async def test_who_may_only_read_changes_nothing(house):
    await a_world(house)
    await changed(house, seating.give_role, "alice", Kind.ACCOUNT, "acc-a", Access.READ)
    alice = await identify(house, "token", SECRET)

    assert (await seated(house, alice, "acc-a")).access is Access.READ
    with pytest.raises(ReadOnly):
        await seated(house, alice, "acc-a", Access.EDIT)


async def test_a_tokens_cap_bounds_what_its_user_may(house):
    await a_world(house, access=Access.READ)
    alice = await identify(house, "token", SECRET)

    with pytest.raises(ReadOnly):
        await seated(house, alice, "acc-a", Access.EDIT)


async def test_a_role_on_the_organization_holds_for_its_accounts_and_edit_beats_read(house):
    await a_world(house)
    await changed(house, seating.give_role, "alice", Kind.ACCOUNT, "acc-a", Access.READ)
    await changed(house, seating.give_role, "alice", Kind.ORGANIZATION, "org", Access.EDIT)
    alice = await identify(house, "token", SECRET)

    assert (await seated(house, alice, "acc-a", Access.EDIT)).access is Access.EDIT
    assert (await seated(house, alice, "org", Access.EDIT, Kind.ORGANIZATION)).access is Access.EDIT
    with pytest.raises(ClosedTo):
        await seated(house, alice, "acc-f")


async def test_a_narrowed_token_reaches_only_what_it_names_and_no_more_than_its_user(house):
    await a_world(house, scope=Scope({"acc-a": Access.READ, "acc-f": Access.EDIT}))
    await changed(house, seating.give_role, "alice", Kind.ORGANIZATION, "org", Access.EDIT)
    alice = await identify(house, "token", SECRET)

    assert (await seated(house, alice, "acc-a")).access is Access.READ
    with pytest.raises(ReadOnly):
        await seated(house, alice, "acc-a", Access.EDIT)
    with pytest.raises(ClosedTo):
        await seated(house, alice, "acc-f")
    with pytest.raises(ClosedTo):
        await seated(house, alice, "org", kind=Kind.ORGANIZATION)


async def test_a_token_narrowed_to_an_organization_reaches_its_accounts(house):
    await a_world(house, scope=Scope(organizations={"org": Access.EDIT}))
    alice = await identify(house, "token", SECRET)

    assert (await seated(house, alice, "acc-a", Access.EDIT)).access is Access.EDIT


async def test_a_role_that_is_taken_away_is_gone_at_the_next_call(house, database_url, clock):
    await a_world(house)
    async with a_house(database_url, clock) as other:
        alice = await identify(other, "token", SECRET)
        await seated(other, alice, "acc-a")

        await changed(house, seating.take_role, "alice", Kind.ACCOUNT, "acc-a")

        with pytest.raises(ClosedTo):
            await seated(other, alice, "acc-a")


async def test_an_account_or_organization_that_is_not_active_opens_nothing(house):
    await a_world(house)
    await changed(house, seating.take_role, "alice", Kind.ACCOUNT, "acc-a")
    await changed(house, seating.give_role, "alice", Kind.ORGANIZATION, "org", Access.EDIT)
    alice = await identify(house, "token", SECRET)
    await seated(house, alice, "acc-a")

    await changed(house, directing.change, Kind.ORGANIZATION, "org", PrincipalChange(status=Status.INACTIVE))
    with pytest.raises(ClosedTo):
        await seated(house, alice, "acc-a")

    await changed(house, directing.change, Kind.ORGANIZATION, "org", PrincipalChange(status=Status.ACTIVE))
    await changed(house, directing.change, Kind.ACCOUNT, "acc-a", PrincipalChange(status=Status.INACTIVE))
    with pytest.raises(ClosedTo):
        await seated(house, alice, "acc-a")


def test_a_secret_is_kept_as_its_sha_256():
    assert digest_of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
