"""Getting tokens: by a password, by a code that a browser brings, by a refresh token; and staying signed in."""

import asyncio
import base64
import hashlib

import pytest

from polyshare.domain.directory import PersonChange
from polyshare.domain.errors import Braked, Invalid, UnknownCredential
from polyshare.domain.principals import Status
from polyshare.engine.credentials import exchanging, hashing, registering, signing_in, staying, verifying
from polyshare.engine.credentials.admitting import digest_of
from polyshare.engine.credentials.exchanging import Asked
from polyshare.engine.directory import directing, enrolling
from polyshare.engine.worker import tidying
from polyshare.store.credentials import credentials
from tests.engine.tokens import FULL, a_client, a_person, read
from tests.house import a_house

BACK = "https://app.example.com/back"
VERIFIER = "a-verifier-of-forty-three-characters-or-more-0"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
PASSWORD = "right-password"


async def alice_at(house, **fields):
    """Alice with a password, signed in, and a client of hers."""
    await a_person(house, password=PASSWORD, **fields)
    client = await a_client(house, redirect_uris=[BACK])
    return await signing_in.by_password(house, "alice", PASSWORD), client


async def changed(house, verb, *given):
    async def job(work):
        return await verb(work, *given)

    return await directing.changing(house, None, job)


async def refused(calling):
    with pytest.raises(UnknownCredential):
        await calling
    return True


@pytest.mark.parametrize("name", ["alice", "ALICE", "alice@example.com", "Alice@Example.com"])
async def test_a_login_or_an_email_address_and_its_password_get_tokens(house, name):
    alice, client = await alice_at(house)

    made = await exchanging.by_password(house, client, name, PASSWORD, FULL)

    assert (await verifying.bearer(house, made.tokens.access)).id == alice.id
    assert (await verifying.bearer(house, made.tokens.id_token)).id == alice.id
    assert made.refresh is not None


async def test_an_address_that_is_anothers_login_means_the_one_who_has_it_as_login(house):
    await a_person(house, "bob@example.com", password="bobs-password", email="")
    await a_person(house, "mallory", password="mallorys-password", email="bob@example.com")
    client = await a_client(house)

    assert await refused(exchanging.by_password(house, client, "bob@example.com", "mallorys-password", FULL))
    made = await exchanging.by_password(house, client, "bob@example.com", "bobs-password", FULL)
    assert (await verifying.bearer(house, made.tokens.access)).login == "bob@example.com"


async def test_guesses_by_address_and_by_login_are_counted_together(sqlite_house):
    house = sqlite_house
    _, client = await alice_at(house)
    for number in range(house.settings.password_guesses_per_minute):
        name = "alice" if number % 2 else "alice@example.com"
        assert await refused(exchanging.by_password(house, client, name, f"wrong{number}", FULL, "192.0.2.1"))

    with pytest.raises(Braked):
        await exchanging.by_password(house, client, "alice@example.com", PASSWORD, FULL, "192.0.2.1")


async def test_who_does_not_ask_to_come_back_gets_no_refresh_token(house):
    _, client = await alice_at(house)

    made = await exchanging.by_password(house, client, "alice", PASSWORD, "openid")

    assert made.refresh is None
    assert made.tokens.scope == "openid"


async def test_a_refresh_token_gets_new_tokens_of_as_much_or_less(house, clock):
    alice, client = await alice_at(house)
    first = await exchanging.by_password(
        house, client, "alice", PASSWORD, "openid offline_access nas_read_only"
    )
    clock.pass_s(7200)

    same = await exchanging.by_refresh(house, client, first.refresh, "")
    less = await exchanging.by_refresh(house, client, first.refresh, "openid nas_read_write")

    assert (await verifying.bearer(house, same.tokens.access)).id == alice.id
    assert same.tokens.scope == first.tokens.scope
    assert less.tokens.scope == "openid"
    assert same.refresh == less.refresh == first.refresh
    assert read(same.tokens.access)[1]["gty"] == "refresh_token"


@pytest.mark.parametrize(
    "end", ["time", "user deactivated", "client removed", "password changed", "another client's", "garbage"]
)
async def test_a_refresh_token_that_is_over_or_not_the_clients_gets_nothing(house, clock, end):
    _, client = await alice_at(house)
    refresh = (await exchanging.by_password(house, client, "alice", PASSWORD, FULL)).refresh
    other = await a_client(house, "other")
    await exchanging.by_refresh(house, client, refresh, "")

    if end == "time":
        clock.pass_s(house.settings.refresh_token_days * 86_400)
    elif end == "user deactivated":
        await changed(house, enrolling.change, "alice", PersonChange(status=Status.INACTIVE))
    elif end == "client removed":
        await changed(house, registering.remove, client.public_id)
    elif end == "password changed":
        new = await hashing.hash_password(house, "new-password")
        await changed(house, enrolling.change, "alice", PersonChange(password_hash=new))
    elif end == "another client's":
        client = other
    else:
        refresh = "\ud800\x00"

    assert await refused(exchanging.by_refresh(house, client, refresh, ""))


async def test_a_code_gets_tokens_once(house):
    alice, client = await alice_at(house)
    code = await exchanging.give_code(house, alice, client, Asked(BACK, FULL, CHALLENGE, "n-1"))

    made = await exchanging.by_code(house, client, code, BACK, VERIFIER)

    assert (await verifying.bearer(house, made.tokens.access)).id == alice.id
    assert read(made.tokens.id_token)[1]["nonce"] == "n-1"
    assert await refused(exchanging.by_code(house, client, code, BACK, VERIFIER))


async def test_of_many_who_bring_one_code_at_once_one_gets_tokens(house):
    alice, client = await alice_at(house)
    code = await exchanging.give_code(house, alice, client, Asked(BACK, "openid"))

    tries = [exchanging.by_code(house, client, code, BACK, "") for _ in range(8)]
    said = await asyncio.gather(*tries, return_exceptions=True)

    assert sum(isinstance(one, exchanging.Exchanged) for one in said) == 1


@pytest.mark.parametrize(
    "wrong", ["verifier", "no verifier", "address", "client", "late", "garbage", "verifier unasked"]
)
async def test_a_code_that_does_not_fit_gets_nothing(house, clock, wrong):
    alice, client = await alice_at(house)
    other = await a_client(house, "other", redirect_uris=[BACK])
    challenge = "" if wrong == "verifier unasked" else CHALLENGE
    code = await exchanging.give_code(house, alice, client, Asked(BACK, FULL, challenge))
    if wrong == "late":
        clock.pass_s(120)

    given = {
        "verifier": (client, code, BACK, VERIFIER + "x"),
        "no verifier": (client, code, BACK, ""),
        "address": (client, code, BACK + "/", VERIFIER),
        "client": (other, code, BACK, VERIFIER),
        "garbage": (client, "\ud800\x00", BACK, VERIFIER),
    }.get(wrong, (client, code, BACK, VERIFIER))

    assert await refused(exchanging.by_code(house, *given))


async def test_codes_go_to_registered_addresses_only_and_to_public_clients_with_a_challenge(house):
    alice, client = await alice_at(house)
    public = await a_client(house, "public", None, [BACK])

    for of, asked in (
        (client, Asked("https://elsewhere.example.com/back")),
        (client, Asked(BACK + "?x=1")),
        (client, Asked(BACK, challenge="short")),
        (public, Asked(BACK)),
    ):
        with pytest.raises(Invalid):
            await exchanging.give_code(house, alice, of, asked)
    assert await exchanging.give_code(house, alice, public, Asked(BACK, challenge=CHALLENGE))


async def test_secrets_of_all_kinds_are_kept_as_hashes(house):
    alice, client = await alice_at(house)
    refresh = (await exchanging.by_password(house, client, "alice", PASSWORD, FULL)).refresh
    session = await staying.begin(house, alice)

    assert len({refresh, session}) == 2
    for kind, secret in (("refresh", refresh), ("session", session)):
        assert await house.read(None, lambda work, k=kind, s=secret: kept(work, k, s)) == (True, False)


async def kept(work, kind, secret):

    found = [await credentials.by_hash(work.rows, kind, text) for text in (digest_of(secret), secret)]
    return found[0] is not None, found[1] is not None


# Staying signed in


async def test_a_browser_stays_signed_in_until_its_time_is_over(house, clock):
    alice, _ = await alice_at(house)
    secret = await staying.begin(house, alice)

    assert (await staying.person(house, secret)).id == alice.id
    clock.pass_s(house.settings.session_hours * 3600)
    assert await refused(staying.person(house, secret))


@pytest.mark.parametrize("end", ["signed out", "user deactivated", "password changed"])
async def test_a_browser_is_signed_out_in_every_process(house, database_url, clock, end):
    alice, _ = await alice_at(house)
    secret = await staying.begin(house, alice)
    async with a_house(database_url, clock) as other:
        await staying.person(other, secret)

        if end == "signed out":
            await staying.end(house, secret)
            await staying.end(house, secret)
        elif end == "user deactivated":
            await changed(house, enrolling.change, "alice", PersonChange(status=Status.INACTIVE))
        else:
            new = await hashing.hash_password(house, "new-password")
            await changed(house, enrolling.change, "alice", PersonChange(password_hash=new))
        clock.pass_s(house.settings.credential_recheck_s)

        assert await refused(staying.person(other, secret))
        assert await refused(staying.person(house, secret))


async def test_what_has_ended_is_tidied_away(house, clock):
    alice, client = await alice_at(house)
    code = await exchanging.give_code(house, alice, client, Asked(BACK))
    session = await staying.begin(house, alice)
    clock.pass_s(house.settings.session_hours * 3600 + 1)
    lasting = await staying.begin(house, alice)

    await tidying.forget_signing_in(house)

    assert await house.read(None, lambda work: kept(work, "session", session)) == (False, False)
    assert await house.read(None, lambda work: kept(work, "session", lasting)) == (True, False)
    assert await refused(exchanging.by_code(house, client, code, BACK, ""))
