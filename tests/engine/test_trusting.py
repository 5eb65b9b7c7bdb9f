"""Issuers besides our own: whose tokens are believed, by which keys, and how often these are fetched."""

import asyncio
import json

import pytest

from polyshare.domain.errors import Invalid, NotFound, UnknownCredential
from polyshare.engine.credentials import keeping_keys, minting, trusting, verifying
from polyshare.engine.credentials.trusting import Trust
from polyshare.engine.directory import directing
from polyshare.engine.memory.keyring import Purpose
from polyshare.engine.worlds import loading
from tests.engine.tokens import a_client, a_key, a_person, claims_of, hashed, signed
from tests.house import a_house
from tests.providers.endpoint import http, listening

ISSUER = "https://tenant.example.com/"
SUBJECT = "auth0|582641749a46021f65565df0"
PUBLIC = a_key().as_pem(private=False).decode()
LOOPBACK = ["127.0.0.0/8"]


async def trusted(house, issuer=ISSUER, dialect="mycloud", **terms):
    """Have the house believe an issuer."""

    async def job(work):
        return await trusting.trust(work, dialect, issuer, Trust(**({"algorithm": "RS256"} | terms)))

    return await directing.changing(house, None, job)


def key_set(*keys):
    return {"keys": [key.as_dict(private=False, alg="RS256", use="sig") for key in keys]}


def token_of(house, key, subject=SUBJECT, **changes):
    return signed(claims_of(house, subject, iss=ISSUER, **changes), key, "RS256", kid=key.kid)


async def refused(house, token):
    with pytest.raises(UnknownCredential):
        await verifying.bearer(house, token)
    return True


async def test_a_token_of_a_trusted_issuer_lets_its_user_in(house):
    alice, key = await a_person(house, aliases={"mycloud": SUBJECT}), a_key()
    token = token_of(house, key)
    assert await refused(house, token)

    assert await trusted(house, jwks=key_set(key)) is True
    assert await trusted(house, jwks=key_set(key)) is False

    assert (await verifying.bearer(house, token)).id == alice.id


async def test_a_certificate_does_for_keys(house):
    alice, key = await a_person(house, aliases={"mycloud": SUBJECT}), a_key()
    await trusted(house, certificate=key.as_pem(private=False).decode())

    assert (await verifying.bearer(house, token_of(house, key))).id == alice.id
    assert await refused(house, token_of(house, a_key()))


async def test_another_issuer_speaks_only_of_users_who_were_given_it(house):
    alice, key = await a_person(house), a_key()
    await trusted(house, jwks=key_set(key))
    spelled = await house.read(None, lambda work: verifying.subject_of(work, alice.id))

    assert await refused(house, token_of(house, key, spelled))


async def test_an_issuer_is_believed_in_its_own_dialect_alone(house):
    await a_person(house, aliases={"mycloud": SUBJECT})
    key = a_key()
    await trusted(house, dialect="oracle", jwks=key_set(key))

    assert await refused(house, token_of(house, key))


async def test_its_tokens_are_held_to_its_own_keys_algorithm_and_audience(sqlite_house):
    house = sqlite_house
    await a_person(house, aliases={"mycloud": SUBJECT})
    key, other = a_key(), a_key()
    ours = await keeping_keys.signing(house, Purpose.USER)
    await trusted(house, jwks=key_set(key), audience="urn:shares")
    good = {"iss": ISSUER, "aud": ["urn:shares"]}
    assert await verifying.bearer(house, signed(claims_of(house, SUBJECT, **good), key, "RS256", kid=key.kid))
    claims = claims_of(house, SUBJECT, **good)

    for token in (
        token_of(house, key),  # for mycloud.com
        signed(claims, other, "RS256", kid=key.kid),
        signed(claims, key, "RS256", kid=other.kid),
        signed(claims, key, "RS256"),
        signed(claims, key, "PS256", kid=key.kid),
        signed(claims, ours.key, "RS256", kid=ours.kid),
        hashed(claims, key.as_pem(private=False), kid=key.kid),
        signed(
            claims_of(house, SUBJECT, aud=["urn:shares"]), key, "RS256", kid=key.kid
        ),  # as if it were ours
    ):
        assert await refused(house, token)


async def test_a_token_for_a_registered_client_is_for_us(house):
    alice, key = await a_person(house, aliases={"mycloud": SUBJECT}), a_key()
    await trusted(house, jwks=key_set(key))
    await a_client(house)

    assert (await verifying.bearer(house, token_of(house, key, aud="app", azp="whoever"))).id == alice.id
    assert await refused(house, token_of(house, key, aud=["app", "elsewhere"]))


async def test_users_come_in_on_first_sight_where_that_is_wanted(house):
    await a_person(house, "auth0", email="taken@example.com")
    key = a_key()
    await trusted(house, jwks=key_set(key))
    said = {"name": "Zoë", "email": "taken@example.com", "email_verified": True}
    assert await refused(house, token_of(house, key, **said))

    await trusted(house, jwks=key_set(key), create_users=True)
    tokens = [token_of(house, key, **said, jti=str(number)) for number in range(4)]
    actors = await asyncio.gather(*(verifying.bearer(house, token) for token in tokens))

    assert len({actor.id for actor in actors}) == 1
    assert (actors[0].login, actors[0].name, actors[0].administrator) == (SUBJECT, "Zoë", False)
    who = await house.read(None, lambda work: verifying.subject_of(work, actors[0].id))
    assert who == SUBJECT


async def test_a_token_for_somebody_else_makes_no_user(house):
    key = a_key()
    await trusted(house, jwks=key_set(key), create_users=True)

    assert await refused(house, token_of(house, key, aud="elsewhere"))
    assert await house.read(None, lambda work: verifying.person_of(work, SUBJECT)) is None


async def test_keys_are_fetched_once_and_again_for_an_unknown_one_but_not_often(house, clock):
    alice, old, new = await a_person(house, aliases={"mycloud": SUBJECT}), a_key(), a_key()
    async with listening() as endpoint:
        endpoint.answer = http(body=json.dumps(key_set(old)).encode())
        await trusted(house, jwks_url=endpoint.url, networks=LOOPBACK)
        tokens = [token_of(house, old, jti=str(number)) for number in range(5)]
        actors = await asyncio.gather(*(verifying.bearer(house, token) for token in tokens))
        assert {actor.id for actor in actors} == {alice.id}
        assert [one.line for one in endpoint.heard] == ["GET /hooks HTTP/1.1"]

        endpoint.answer = http(body=json.dumps(key_set(new)).encode())
        for _ in range(5):
            assert await refused(house, token_of(house, new))
        assert len(endpoint.heard) == 1
        clock.pass_s(30)

        assert (await verifying.bearer(house, token_of(house, new))).id == alice.id
        assert await refused(house, token_of(house, old, jti="later"))
        assert len(endpoint.heard) == 2


async def test_keys_that_cannot_be_fetched_again_do_for_a_day(house, clock):
    alice, key = await a_person(house, aliases={"mycloud": SUBJECT}), a_key()
    async with listening() as endpoint:
        endpoint.answer = http(body=json.dumps(key_set(key)).encode())
        await trusted(house, jwks_url=endpoint.url, networks=LOOPBACK)
        await verifying.bearer(house, token_of(house, key))
        endpoint.answer = http(500)
        clock.pass_s(23 * 3600)
        assert (await verifying.bearer(house, token_of(house, key))).id == alice.id
        assert len(endpoint.heard) == 2

        clock.pass_s(3600)
        assert await refused(house, token_of(house, key))


@pytest.mark.parametrize(
    "answer",
    [
        http(404),
        http(302, location="http://127.0.0.1:1/"),
        http(body=b"nothing"),
        http(body=b"[]"),
        http(body=b'{"keys": 7}'),
        http(body=b'{"keys": [7, {}, {"kid": "x", "kty": "RSA"}, {"kid": 7}]}'),
        http(body=b"[" * 60_000),
        http(body=b" " * 70_000),
    ],
)
async def test_whatever_comes_back_in_place_of_keys_only_refuses(sqlite_house, answer):
    await a_person(sqlite_house, aliases={"mycloud": SUBJECT})
    async with listening() as endpoint:
        endpoint.answer = answer
        await trusted(sqlite_house, jwks_url=endpoint.url, networks=LOOPBACK)

        assert await refused(sqlite_house, token_of(sqlite_house, a_key()))


async def test_keys_are_not_fetched_from_inner_addresses(sqlite_house):
    await a_person(sqlite_house, aliases={"mycloud": SUBJECT})
    key = a_key()
    async with listening() as endpoint:
        endpoint.answer = http(body=json.dumps(key_set(key)).encode())
        await trusted(sqlite_house, jwks_url=endpoint.url)

        assert await refused(sqlite_house, token_of(sqlite_house, key))
        assert endpoint.heard == []


async def test_weak_and_foreign_keys_of_a_set_are_passed_over(sqlite_house):
    house = sqlite_house
    await a_person(house, aliases={"mycloud": SUBJECT})
    weak, curve, good = a_key(size=1024), a_key("EC", "P-256"), a_key()
    listed = key_set(good)["keys"] + [weak.as_dict(private=False), curve.as_dict(private=False)]
    await trusted(house, jwks={"keys": [*listed, {"kty": "oct", "kid": "o", "k": "AAAA"}]})

    assert await verifying.bearer(house, token_of(house, good))
    assert await refused(house, token_of(house, weak))
    assert await refused(house, signed(claims_of(house, SUBJECT, iss=ISSUER), curve, "ES256", kid=curve.kid))


async def test_an_issuer_that_is_believed_no_longer_is_refused_in_every_process(house, database_url, clock):
    await a_person(house, aliases={"mycloud": SUBJECT})
    key = a_key()
    await trusted(house, jwks=key_set(key))
    token = token_of(house, key)
    async with a_house(database_url, clock) as other:
        await verifying.bearer(other, token)

        async def job(work):
            await trusting.distrust(work, "mycloud", ISSUER)

        await directing.changing(house, None, job)
        clock.pass_s(house.settings.credential_recheck_s)

        assert await refused(other, token)
        assert await refused(house, token)
    with pytest.raises(NotFound):
        await directing.changing(house, None, job)


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"algorithm": "none"}, "algorithm"),
        ({"algorithm": "HS256", "secret": "x" * 64}, "algorithm"),
        ({"algorithm": "HS512", "secret": "x" * 64}, "algorithm"),
        ({}, "jwks_url"),
        ({"jwks_url": "https://a.example.com/k", "jwks": {"keys": []}}, "jwks_url"),
        ({"jwks": {"keys": []}}, "jwks"),
        ({"certificate": "no PEM"}, "certificate"),
        ({"certificate": a_key(size=1024).as_pem(private=False).decode()}, "certificate"),
        ({"dialect": "ucloud", "algorithm": "HS512", "secret": "x" * 63}, "secret"),
        ({"dialect": "ucloud", "algorithm": "HS512", "secret": PUBLIC}, "secret"),
        ({"issuer": "http://127.0.0.1:8300/authrouter/", "jwks_url": "https://a.example.com/k"}, "issuer"),
        ({"issuer": "", "jwks_url": "https://a.example.com/k"}, "issuer"),
    ],
)
async def test_terms_that_could_not_work_are_refused(sqlite_house, terms, field):
    with pytest.raises(Invalid) as caught:
        await trusted(sqlite_house, **terms)

    assert caught.value.where == (field,)


# Our own keys


async def test_a_key_is_replaced_at_its_age_and_kept_until_what_it_signed_has_ended(house, clock):
    alice = await a_person(house)
    first = await keeping_keys.signing(house, Purpose.USER)
    who = await house.read(None, lambda work: verifying.subject_of(work, alice.id))
    clock.pass_s(house.settings.signing_key_days * 86_400 - 1)
    await keeping_keys.replace_old(house)
    assert (await keeping_keys.signing(house, Purpose.USER)).kid == first.kid
    token = signed(claims_of(house, who), first.key, "RS256", kid=first.kid)

    clock.pass_s(1)
    await keeping_keys.replace_old(house)
    await keeping_keys.remove_ended(house)

    second = await keeping_keys.signing(house, Purpose.USER)
    assert second.kid != first.kid
    assert (await verifying.bearer(house, token)).id == alice.id
    clock.pass_s(25 * 3600 + 1)
    await keeping_keys.remove_ended(house)
    assert await keeping_keys.named(house, first.kid) is None
    assert (await keeping_keys.signing(house, Purpose.USER)).kid == second.kid


async def test_of_two_processes_that_replace_a_key_one_does(house, database_url, clock):
    first = await keeping_keys.signing(house, Purpose.LINK)
    async with a_house(database_url, clock) as other:
        made = [await keeping_keys.rotate(one, Purpose.LINK, first.id) for one in (house, other)]

    assert made[0].kid == made[1].kid != first.kid


async def test_a_replaced_key_leaves_what_it_signed_good(sqlite_house):
    house = sqlite_house
    first = await minting.link_token(house, "entity", "share", None)
    present = house.keyring.newest(Purpose.LINK)

    await keeping_keys.rotate(house, Purpose.LINK, present.id)

    second = await minting.link_token(house, "entity", "share", None)
    assert await verifying.bearer(house, first) == await verifying.bearer(house, second)
    assert len(json.loads(await minting.jwks(house))["keys"]) == 3


async def test_a_world_file_names_issuers_and_their_users(sqlite_house, tmp_path):
    house, key = sqlite_house, a_key()
    (tmp_path / "key.pem").write_bytes(key.as_pem(private=False))
    entry = {
        "dialect": "mycloud",
        "issuer": ISSUER,
        "algorithm": "RS256",
        "certificate": {"file": str(tmp_path / "key.pem")},
    }
    world = {
        "users": [{"login": "alice", "name": "Alice", "aliases": {"mycloud": SUBJECT}}],
        "jwt": [entry],
    }

    first = await loading.load_world(house, world)
    again = await loading.load_world(house, world)
    other = await loading.load_world(house, world | {"jwt": [entry | {"create_users": True}]})

    assert f"issuer {ISSUER}: added" in first.changes
    assert again.changes == []
    assert other.changes == [f"issuer {ISSUER}: changed"]
    await a_client(house)
    token = signed(claims_of(house, SUBJECT, iss=ISSUER), key, "RS256", kid=key.kid)
    assert (await verifying.bearer(house, token)).login == "alice"
    assert "PUBLIC KEY" not in repr(await house.read(None, trusting.page))


async def test_what_a_revoked_key_signed_is_refused_in_every_process(house, database_url, clock):
    first = await minting.link_token(house, "entity", "share", None)
    present = house.keyring.newest(Purpose.LINK)
    async with a_house(database_url, clock) as other:
        await verifying.bearer(other, first)

        await keeping_keys.rotate(house, Purpose.LINK, present.id)
        await keeping_keys.revoke_others(house, Purpose.LINK)
        clock.pass_s(house.settings.credential_recheck_s)

        assert await refused(other, first)
        assert await refused(house, first)
        assert await verifying.bearer(other, await minting.link_token(house, "entity", "share", None))
