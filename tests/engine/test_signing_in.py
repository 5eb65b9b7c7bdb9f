"""People come in by login and password; who guesses is braked, and nobody else."""

import asyncio

import pytest
from argon2 import PasswordHasher

from polyshare.domain.directory import NewPerson, PersonChange
from polyshare.domain.errors import Braked, Taken, Unavailable, UnknownCredential
from polyshare.domain.principals import Access, Status
from polyshare.engine.credentials import hashing
from polyshare.engine.credentials.signing_in import by_password
from polyshare.engine.directory import directing, enrolling
from polyshare.engine.memory.braking import Brakes
from polyshare.store.statements import statement
from tests.house import a_house, clock, database_url, house, sqlite_house

__all__ = ["clock", "database_url", "house", "sqlite_house"]

HASH = statement("test.hash", "select password_hash from person where login = :login")
RIGHT, WRONG = "right-password", "wrong"
HERE, THERE = "192.0.2.1", "192.0.2.2"


async def enrolled(house, login="Alice", password=RIGHT, status=Status.ACTIVE, **more):
    hashed = None if password is None else await hashing.hash_password(house, password)
    new = NewPerson(login, login, password_hash=hashed, status=status, **more)
    return await directing.changing(house, None, lambda work: enrolling.enroll(work, new))


async def changed(house, who="Alice", **fields):
    await directing.changing(house, None, lambda work: enrolling.change(work, who, PersonChange(**fields)))


async def refused(house, login="alice", password=WRONG, address=HERE):
    with pytest.raises(UnknownCredential) as caught:
        await by_password(house, login, password, address)
    assert caught.value.kind == "password"


async def test_login_and_password_tell_who_calls(house):
    person = await enrolled(house, administrator=True)

    actor = await by_password(house, "Alice", "right-password", HERE)

    assert (actor.id, actor.login, actor.cap) == (person.id, "Alice", Access.EDIT)
    assert actor.administrator
    assert not actor.narrowed


async def test_what_is_kept_for_a_credential_is_kept_apart_for_each_person(house):
    await enrolled(house)
    await enrolled(house, "bob")

    credentials = {
        (await by_password(house, login, "right-password")).credential for login in ("alice", "bob")
    }

    assert len(credentials) == 2
    assert all(credential < 0 for credential in credentials)


async def test_case_does_not_matter_in_a_login_and_does_in_a_password(house):
    await enrolled(house, "Jürgen")

    for login in ("jürgen", "JÜRGEN", "Ju\u0308rgen"):
        assert (await by_password(house, login, "right-password")).login == "Jürgen"
    await refused(house, "jürgen", "Right-Password")


async def test_two_logins_that_differ_in_case_only_are_refused(house):
    await enrolled(house)
    await enrolled(house, "bob")

    with pytest.raises(Taken, match="upper and lower case"):
        await enrolled(house, "ALICE")
    with pytest.raises(Taken, match="upper and lower case"):
        await changed(house, "bob", login="aLiCe")
    await changed(house, login="ALICE")
    assert (await by_password(house, "alice", "right-password")).login == "ALICE"


@pytest.mark.parametrize("login", ["nobody", "", "a\0b", "\ud800"])
async def test_an_unknown_login_is_refused(house, login):
    await enrolled(house)

    await refused(house, login, "right-password")


@pytest.mark.parametrize("password", ["", "x" * 2000, "\0", "\ud800", "right-password "])
async def test_a_wrong_password_is_refused_whatever_it_is(house, password):
    await enrolled(house)

    await refused(house, password=password)


async def test_a_password_of_the_most_characters_is_not_cut(house):
    await enrolled(house, password="x" * 1024)

    await refused(house, password="x" * 1025)
    await by_password(house, "alice", "x" * 1024)


async def test_a_user_without_a_password_is_refused(house):
    await enrolled(house, password=None)

    await refused(house, password="")
    await refused(house, password="anything")


@pytest.mark.parametrize("status", [Status.INACTIVE, Status.PENDING, Status.DELETED])
async def test_who_is_not_active_is_refused_with_the_right_password(house, status):
    await enrolled(house, status=status)

    await refused(house, password="right-password")


async def test_a_hash_that_is_none_is_refused(house):
    await enrolled(house)
    await changed(house, password_hash="$argon2id$nonsense")

    await refused(house, password="right-password")


# Remembering


async def test_a_right_password_is_computed_once(house, monkeypatch):
    await enrolled(house)
    first = await by_password(house, "alice", "right-password", HERE)
    before = house.database.statements

    assert await by_password(house, "ALICE", "right-password", THERE) is first

    assert house.database.statements == before


async def test_many_at_once_with_one_password_are_checked_once(house):
    await enrolled(house)
    house.remembered.forget()

    actors = await asyncio.gather(*(by_password(house, "alice", "right-password", HERE) for _ in range(50)))

    assert len({id(actor) for actor in actors}) == 1
    assert house.checking == {}


async def test_one_of_many_that_goes_away_takes_nobody_along(house):
    await enrolled(house)
    first, second = (asyncio.create_task(by_password(house, "alice", "right-password")) for _ in range(2))
    async with asyncio.timeout(10):
        while not house.checking:
            await asyncio.sleep(0)

    first.cancel()

    assert (await second).login == "Alice"
    assert first.cancelled()


async def test_a_wrong_password_is_never_remembered(house):
    await enrolled(house)
    await by_password(house, "alice", "right-password", HERE)
    known = len(house.remembered)

    await refused(house)

    assert len(house.remembered) == known


async def test_a_changed_password_counts_at_once_here_and_soon_elsewhere(database_url, clock):
    async with a_house(database_url, clock) as here, a_house(database_url, clock) as there:
        await enrolled(here)
        for house in (here, there):
            await by_password(house, "alice", "right-password")

        await changed(here, password_hash=await hashing.hash_password(here, "new-password"))

        await refused(here, password="right-password")
        clock.pass_s(here.settings.credential_recheck_s)
        await refused(there, password="right-password")
        await by_password(there, "alice", "new-password")


async def test_who_is_deactivated_is_refused_though_remembered(house):
    await enrolled(house)
    await by_password(house, "alice", "right-password")

    await changed(house, status=Status.INACTIVE)

    await refused(house, password="right-password")


async def test_a_password_is_computed_again_after_its_minutes(house, clock):
    await enrolled(house)
    first = await by_password(house, "alice", "right-password")

    clock.pass_s(house.settings.password_cache_minutes * 60)

    assert await by_password(house, "alice", "right-password") is not first


async def test_what_is_remembered_does_not_hold_the_password(house):
    await enrolled(house)
    await by_password(house, "alice", "right-password")
    stolen = house.remembered.key

    house.remembered.key = b"another process's"

    before = house.database.statements
    await by_password(house, "alice", "right-password")
    assert house.database.statements > before
    assert len(stolen) == 32


# Costs


async def test_an_unknown_user_is_hashed_for_like_a_wrong_password(tmp_path, clock):
    quick = {"password_guesses_per_minute": 100, "password_checks": 3}
    async with a_house(f"sqlite://{tmp_path}/h.db", clock, **quick) as house:
        await enrolled(house)
        await enrolled(house, "pending", status=Status.PENDING)
        await enrolled(house, "without", password=None)

        async def hashed_for(login, password):
            before = hashing.pool_of(house.settings).taken
            await refused(house, login, password)
            return hashing.pool_of(house.settings).taken - before

        guesses = [
            ("alice", "wrong"),
            ("nobody", "wrong"),
            ("pending", "right-password"),
            ("without", "x"),
            ("alice", ""),
        ]
        assert [await hashed_for(*guess) for guess in guesses] == [1] * len(guesses)


async def test_more_checks_than_may_wait_are_refused_and_not_counted_as_guesses(tmp_path, clock):
    slow = {
        "password_checks": 1,
        "password_queue": 2,
        "password_memory_kib": 8192,
        "password_guesses_per_minute": 1,
    }
    async with a_house(f"sqlite://{tmp_path}/h.db", clock, **slow) as house:
        logins = [f"user{number}" for number in range(10)]
        tries = [by_password(house, login, "wrong", HERE) for login in logins]

        said = [type(error) for error in await asyncio.gather(*tries, return_exceptions=True)]

        assert said.count(UnknownCredential) == 3
        assert said.count(Unavailable) == 7
        for login, error in zip(logins, said, strict=True):
            expected = UnknownCredential if error is Unavailable else Braked
            with pytest.raises(expected):
                await by_password(house, login, "wrong", HERE)


async def test_a_hash_of_other_parameters_is_made_anew_after_the_answer(house):
    old = PasswordHasher(2, 16, 2).hash("right-password")
    await enrolled(house)
    await changed(house, password_hash=old)

    await by_password(house, "alice", "right-password")
    await house.finish()

    async def stored(work):
        return (await work.rows.one(HASH, login="Alice"))[0]

    after = await house.read(None, stored)
    assert after != old
    assert not hashing.is_outdated(house.settings, after)
    house.remembered.forget()
    await by_password(house, "alice", "right-password")
    assert await house.read(None, stored) == after


async def test_a_password_that_changes_before_it_is_hashed_anew_stays_changed(house):
    old = PasswordHasher(2, 16, 2).hash("right-password")
    await enrolled(house)
    await changed(house, password_hash=old)
    checking = asyncio.create_task(by_password(house, "alice", "right-password"))
    await checking

    await changed(house, password_hash=await hashing.hash_password(house, "new-password"))
    await house.finish()

    await by_password(house, "alice", "new-password")


# The brake


async def test_wrong_guesses_above_the_number_are_refused_also_if_the_next_were_right(house, clock):
    await enrolled(house)
    for _ in range(house.settings.password_guesses_per_minute):
        await refused(house)

    for password in ("wrong", "right-password"):
        with pytest.raises(Braked) as caught:
            await by_password(house, "ALICE", password, HERE)
        assert 5 < caught.value.retry_after_s <= 6
    clock.pass_s(6)
    await refused(house)
    with pytest.raises(Braked):
        await by_password(house, "alice", "right-password", HERE)


async def test_who_guesses_does_not_shut_others_out(house):
    await enrolled(house)
    await enrolled(house, "bob")
    for _ in range(house.settings.password_guesses_per_minute):
        await refused(house)

    await by_password(house, "alice", "right-password", THERE)
    await by_password(house, "bob", "right-password", HERE)
    with pytest.raises(Braked):  # a password that is remembered helps a guesser no further
        await by_password(house, "alice", "right-password", HERE)


async def test_guesses_at_many_logins_are_counted_by_address(sqlite_house):
    house = sqlite_house
    await enrolled(house)
    for number in range(house.settings.password_guesses_per_address):
        await refused(house, f"user{number}")

    with pytest.raises(Braked):
        await by_password(house, "alice", "right-password", HERE)
    await by_password(house, "alice", "right-password", THERE)


async def test_guesses_at_once_are_counted_before_they_are_checked(house):
    await enrolled(house)
    tries = [by_password(house, "alice", f"wrong{number}", HERE) for number in range(30)]

    said = [type(error) for error in await asyncio.gather(*tries, return_exceptions=True)]

    assert said.count(UnknownCredential) == house.settings.password_guesses_per_minute
    assert said.count(Braked) == 30 - house.settings.password_guesses_per_minute


async def test_right_passwords_are_not_counted(house):
    await enrolled(house)

    for _ in range(3 * house.settings.password_guesses_per_minute):
        house.remembered.forget()
        await by_password(house, "alice", "right-password", HERE)


async def test_an_ipv6_network_counts_as_one_address(house):
    await enrolled(house)
    for number in range(house.settings.password_guesses_per_minute):
        await refused(house, address=f"2001:db8::{number:x}:1")

    with pytest.raises(Braked):
        await by_password(house, "alice", "right-password", "2001:db8::ffff")
    await by_password(house, "alice", "right-password", "2001:db8:0:1::1")


def test_a_brake_forgets_the_key_that_was_used_longest_ago():
    brakes = Brakes(most=2)
    for key in ("a", "b", "a", "c"):
        brakes.take(key, 3, 0)

    assert len(brakes) == 2
    brakes.take("a", 3, 0)
    with pytest.raises(Braked):
        brakes.take("a", 3, 0)
    brakes.check("b", 1, 0)
