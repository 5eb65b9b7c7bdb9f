"""Tokens of ours: who they let in, and everything that does not."""

import base64
import json
import math

import pytest

from polyshare.domain.directory import PersonChange
from polyshare.domain.errors import UnknownCredential
from polyshare.domain.link_shares import Bearer
from polyshare.domain.principals import Status
from polyshare.engine.credentials import keeping_keys, minting, registering, verifying
from polyshare.engine.directory import directing, enrolling
from polyshare.engine.memory.keyring import Purpose
from tests.engine.tokens import FULL, a_client, a_key, a_person, claims_of, hashed, part, read, signed
from tests.house import a_house

SHARE, ENTITY = "57c81860-0000-4000-8000-000000000001", "57c81860-0000-4000-8000-000000000002"


async def subject(house, person):
    return await house.read(None, lambda work: verifying.subject_of(work, person.id))


async def refused(house, token):
    with pytest.raises(UnknownCredential) as caught:
        await verifying.bearer(house, token)
    assert caught.value.kind == "jwt"
    return True


async def own_key(house, purpose=Purpose.USER):
    return await keeping_keys.signing(house, purpose)


# Good ones


async def test_a_users_token_tells_who_calls_and_for_what(house):
    alice, client = await a_person(house), await a_client(house)
    made = await minting.user_tokens(house, alice.id, client, "openid nas_read_only sorcery")

    actor = await verifying.bearer(house, made.access)

    assert (actor.id, actor.login, actor.name) == (alice.id, "alice", "Alice")
    assert actor.scopes == {"openid", "nas_read_only"}
    assert (made.scope, made.expires_in_s) == ("openid nas_read_only", 3600)


async def test_claims_are_spelled_so_that_plain_base64_reads_them_too(house):
    alice = await a_person(house, email="~?>@example.com", name="Zoë ???>>>~~~ 名前")
    made = await minting.user_tokens(house, alice.id, await a_client(house), "openid")

    _, claims, _ = made.id_token.split(".")
    decoded = json.loads(base64.b64decode(claims + "=" * (-len(claims) % 4), validate=True))

    assert (decoded["name"], decoded["email"]) == (alice.name, alice.email)


async def test_the_claims_are_those_that_clients_read(house):
    alice, client = await a_person(house), await a_client(house)
    made = await minting.user_tokens(house, alice.id, client, FULL, nonce="n-1")

    (header, access), (_, identity) = read(made.access), read(made.id_token)

    now_s = house.clock() // 1_000_000
    common = {"iss": "http://127.0.0.1:8300/authrouter/", "sub": await subject(house, alice)}
    common |= {"iat": now_s, "exp": now_s + 3600}
    assert header == {"typ": "JWT", "alg": "RS256", "kid": (await own_key(house)).kid}
    assert access == common | {"aud": ["mycloud.com"], "azp": "app", "gty": "password", "scope": FULL}
    assert identity == common | {
        "aud": "app",
        "email": "alice@example.com",
        "name": "Alice",
        "nickname": "alice",
        "nonce": "n-1",
    }


async def test_the_id_token_lets_its_user_in_too_as_the_vendors_own_client_sends_it(house):
    alice, client = await a_person(house), await a_client(house)
    made = await minting.user_tokens(house, alice.id, client, FULL)

    actor = await verifying.user(house, made.id_token)

    assert (actor.id, actor.scopes) == (alice.id, None)


async def test_a_links_token_tells_the_link_the_share_and_the_reader(house):
    alice = await a_person(house)

    known = await minting.link_token(house, ENTITY, SHARE, alice.id)
    unknown = await minting.link_token(house, ENTITY, SHARE, None)

    assert await verifying.bearer(house, known) == Bearer(ENTITY, SHARE, alice.id)
    assert await verifying.bearer(house, unknown) == Bearer(ENTITY, SHARE, None)
    header, claims = read(known)
    assert (header["alg"], claims["sub"], claims["gty"]) == (
        "ES256",
        f"{ENTITY}@clients",
        "client-credentials",
    )
    assert claims["exp"] - claims["iat"] == 24 * 3600
    assert (claims["shareId"], claims["authId"]) == (SHARE, ENTITY)
    assert claims["reader"] == await subject(house, alice)
    assert read(unknown)[1]["reader"] is None


async def test_each_token_of_a_link_is_a_new_one(house):
    first, second = [await minting.link_token(house, ENTITY, SHARE, None) for _ in range(2)]

    assert first != second
    assert await verifying.bearer(house, first) == await verifying.bearer(house, second)


async def test_where_users_are_asked_for_a_links_token_is_as_good_as_none(house):
    token = await minting.link_token(house, ENTITY, SHARE, None)

    with pytest.raises(UnknownCredential):
        await verifying.user(house, token)


async def test_what_was_checked_and_what_signs_cost_no_statement_any_more(house):
    alice, client = await a_person(house), await a_client(house)
    access = (await minting.user_tokens(house, alice.id, client, FULL)).access
    link = await minting.link_token(house, ENTITY, SHARE, alice.id)
    first = [await verifying.bearer(house, token) for token in (access, link)]
    before = house.database.statements

    again = [await verifying.bearer(house, token) for token in (access, link)]
    await minting.link_token(house, ENTITY, SHARE, alice.id)

    assert again == first
    assert house.database.statements == before


# Ids


async def test_a_users_id_is_spelled_from_ours_and_read_back_letter_for_letter(house):
    alice = await a_person(house)

    spelled = await subject(house, alice)

    assert spelled.startswith("auth0|")
    assert len(spelled) == 30
    assert await house.read(None, lambda work: verifying.person_of(work, spelled)) == alice.id
    for other in (
        spelled.upper(),
        spelled[:-1],
        spelled + "0",
        spelled[:-1] + "g",
        "auth0|" + "0" * 24,
        "",
        "\x00",
    ):
        assert await house.read(None, lambda work, other=other: verifying.person_of(work, other)) is None


async def test_a_fixed_id_is_the_users(house):
    alice = await a_person(house, aliases={"mycloud": "auth0|582641749a46021f65565df0"})

    assert await subject(house, alice) == "auth0|582641749a46021f65565df0"
    found = await house.read(None, lambda work: verifying.person_of(work, "auth0|582641749a46021f65565df0"))
    assert found == alice.id


# Bad ones


async def forged(house, person):
    """Tokens that are good but for one thing, by that thing."""
    who, now_s = await subject(house, person), house.clock() // 1_000_000
    ours, link = await own_key(house), await own_key(house, Purpose.LINK)
    good = claims_of(house, who)
    public = ours.key.as_pem(private=False)
    again = json.dumps(good)[:-1] + f', "sub": {json.dumps(who)}}}'
    twice = json.dumps({"alg": "RS256", "kid": ours.kid})[:-1] + ', "alg": "none"}'
    critical = {"alg": "RS256", "kid": ours.kid, "crit": ["x"], "x": 1}
    endless = json.dumps(good | {"exp": math.inf})

    def mine(**changes):
        return signed(claims_of(house, who, **changes), ours.key, "RS256", kid=ours.kid)

    whole = mine()
    head, body, signature = whole.split(".")
    foreign, page = a_key(), await keeping_keys.page_keys(house)
    page_key = house.keyring.newest(Purpose.PAGE)
    assert page == [page_key.key.raw_value]
    return {
        "none": f"{part({'typ': 'JWT', 'alg': 'none', 'kid': ours.kid})}.{part(good)}.",
        "none, signed": f"{part({'typ': 'JWT', 'alg': 'none', 'kid': ours.kid})}.{part(good)}.{signature}",
        "public key as a secret": hashed(good, public, kid=ours.kid),
        "key of pages": signed(good, page_key.key, "HS256", kid=page_key.kid),
        "another algorithm of the key": signed(good, ours.key, "PS256", kid=ours.kid),
        "longer hash": signed(good, ours.key, "RS512", kid=ours.kid),
        "foreign key under our kid": signed(good, foreign, "RS256", kid=ours.kid),
        "foreign kid": signed(good, foreign, "RS256", kid=foreign.kid),
        "our key under a foreign kid": signed(good, ours.key, "RS256", kid="other"),
        "key brought along": signed(
            good, foreign, "RS256", kid=foreign.kid, jwk=foreign.as_dict(private=False)
        ),
        "no kid": signed(good, ours.key, "RS256"),
        "kid that is no text": f"{part({'typ': 'JWT', 'alg': 'RS256', 'kid': 7})}.{body}.{signature}",
        "key of links": signed(good, link.key, "ES256", kid=link.kid),
        "wrong issuer": mine(iss="https://elsewhere.example.com/"),
        "issuer without its slash": mine(iss="http://127.0.0.1:8300/authrouter"),
        "no issuer": mine(iss=None),
        "issuer that is no text": mine(iss=["http://127.0.0.1:8300/authrouter/"]),
        "wrong audience": mine(aud=["elsewhere.example.com"]),
        "audience that no client is": mine(aud="nobody"),
        "audience that looks like ours": mine(aud="xmycloud.com"),
        "no audience": mine(aud=None),
        "audience that is no text": mine(aud={"mycloud.com": 1}),
        "client that is not there": mine(azp="gone"),
        "expired": mine(iat=now_s - 3700, exp=now_s - 60),
        "never expiring": mine(exp=None),
        "expiry that is no number": mine(exp="soon"),
        "expiry that is true": mine(exp=True),
        "expiry without end": signed(endless, ours.key, "RS256", kid=ours.kid),
        "not yet valid": mine(nbf=now_s + 300),
        "issued to come": mine(iat=now_s + 300),
        "nobody's": mine(sub="auth0|000000000000000000000000"),
        "no subject": mine(sub=None),
        "subject that is no text": mine(sub=7),
        "subject of a link": mine(sub=f"{ENTITY}@clients"),
        "other claims": f"{head}.{part(good | {'sub': 'auth0|1'})}.{signature}",
        "claim twice": signed(again, ours.key, "RS256", kid=ours.kid),
        "header twice": f"{part(twice)}.{body}.{signature}",
        "unknown critical header": f"{part(critical)}.{body}.{signature}",
        "claims that are a list": signed("[]", ours.key, "RS256", kid=ours.kid),
        "claims that are no JSON": signed("x", ours.key, "RS256", kid=ours.kid),
        "claims nested deeply": f"{head}.{part('[' * 3000)}.{signature}",
        "no signature": f"{head}.{body}.",
        "two parts": f"{head}.{body}",
        "four parts": f"{whole}.{signature}",
        "encrypted": f"{head}.{body}.{signature}.{signature}.{signature}",
        "cut off": whole[:-1],
        "blank around": f" {whole}",
        "line end": f"{whole}\n",
        "huge": mine(more="x" * 10_000),
        "endless": "x" * 1_000_000,
        "empty": "",
        "dots": "..",
        "not ASCII": "é.ü.ñ",
        "lone surrogate": "\ud800.a.b",
        "U+0000": "a\x00.b.c",
        "opaque": "alice-token-0123456789",
        "UUID": "e0e5b5d0-0000-4000-8000-000000000000",
    }


async def test_whatever_is_wrong_with_a_token_is_refused_in_one_way(sqlite_house):
    alice = await a_person(sqlite_house)
    good = claims_of(sqlite_house, await subject(sqlite_house, alice))
    key = await own_key(sqlite_house)
    assert (await verifying.bearer(sqlite_house, signed(good, key.key, "RS256", kid=key.kid))).id == alice.id

    for how, token in (await forged(sqlite_house, alice)).items():
        assert await refused(sqlite_house, token), how
        assert await refused(sqlite_house, token), f"{how}, again"


async def test_a_leeway_of_a_minute_is_given(house):
    alice = await a_person(house)
    key, who, now_s = await own_key(house), await subject(house, alice), house.clock() // 1_000_000
    late = claims_of(house, who, iat=now_s - 3659, exp=now_s - 59)
    early = claims_of(house, who, iat=now_s + 60, nbf=now_s + 60)

    over = claims_of(house, who, iat=now_s - 3660, exp=now_s - 60)
    to_come = claims_of(house, who, iat=now_s + 61)
    for claims in (over, to_come):
        assert await refused(house, signed(claims, key.key, "RS256", kid=key.kid))
    for claims in (late, early):
        actor = await verifying.bearer(house, signed(claims, key.key, "RS256", kid=key.kid))
        assert actor.id == alice.id


async def test_a_remembered_token_ends_at_its_time(house, clock):
    alice, client = await a_person(house), await a_client(house)
    access = (await minting.user_tokens(house, alice.id, client, FULL)).access
    link = await minting.link_token(house, ENTITY, SHARE, None)
    clock.pass_s(3659)
    await verifying.bearer(house, access)
    await verifying.bearer(house, link)

    clock.pass_s(1)
    assert await refused(house, access)
    await verifying.bearer(house, link)
    clock.pass_s(23 * 3600)
    assert await refused(house, link)


@pytest.mark.parametrize("end", ["deactivated", "removed", "client removed"])
async def test_a_token_ends_with_its_user_and_with_its_client_in_every_process(
    house, database_url, clock, end
):
    alice, client = await a_person(house), await a_client(house)
    made = await minting.user_tokens(house, alice.id, client, FULL)
    async with a_house(database_url, clock) as other:
        for token in (made.access, made.id_token):
            await verifying.bearer(other, token)

        async def job(work):
            if end == "deactivated":
                await enrolling.change(work, "alice", PersonChange(status=Status.INACTIVE))
            elif end == "removed":
                await enrolling.remove(work, "alice")
            else:
                await registering.remove(work, client.public_id)

        await directing.changing(house, None, job)

        clock.pass_s(house.settings.credential_recheck_s)
        for token in (made.access, made.id_token):
            assert await refused(house, token)
            assert await refused(other, token)


async def test_who_is_not_active_gets_no_tokens(house):
    alice, client = await a_person(house, status=Status.INACTIVE), await a_client(house)

    with pytest.raises(UnknownCredential):
        await minting.user_tokens(house, alice.id, client, FULL)


# Keys


async def test_processes_that_need_a_first_key_at_once_make_one(house, database_url, clock):
    async with a_house(database_url, clock) as other:
        await keeping_keys.ring(other)  # it looked before the key was made
        first = await keeping_keys.signing(house, Purpose.LINK)
        second = await keeping_keys.rotate(other, Purpose.LINK)

    assert first.kid == second.kid


async def test_another_process_knows_a_new_key_at_once_and_a_restarted_one_the_old_ones(
    house, database_url, clock
):
    alice, client = await a_person(house), await a_client(house)
    async with a_house(database_url, clock) as other:
        await keeping_keys.ring(other)
        clock.pass_s(1.0)
        await keeping_keys.ring(other)
        made = await minting.user_tokens(house, alice.id, client, FULL)

        assert (await verifying.bearer(other, made.access)).id == alice.id


async def test_foreign_kids_cost_no_statements_beyond_one_look_a_second(sqlite_house):
    house = sqlite_house
    alice = await a_person(house)
    foreign, who = a_key(), await subject(house, alice)
    await own_key(house)
    token = signed(claims_of(house, who), foreign, "RS256", kid="foreign")
    assert await refused(house, token)
    before = house.database.statements

    for _ in range(20):
        assert await refused(house, token)

    assert house.database.statements == before


async def test_the_public_keys_hold_nothing_private(house):
    document = json.loads(await minting.jwks(house))

    by_use = {one["kty"]: one for one in document["keys"]}
    assert set(by_use["RSA"]) == {"kty", "kid", "alg", "use", "n", "e"}
    assert set(by_use["EC"]) == {"kty", "kid", "alg", "use", "crv", "x", "y"}
    assert (by_use["RSA"]["alg"], by_use["EC"]["alg"]) == ("RS256", "ES256")


async def test_keys_stay_out_of_what_is_said_of_a_house(house):
    key = await own_key(house)

    assert key.key.as_dict(private=True)["d"] not in repr(house) + repr(key)
