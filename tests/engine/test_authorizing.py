"""OAuth clients and the tokens that they get for people."""

import pytest

from polyshare.domain.directory import CredentialChange, NewPerson, NewPrincipal, PersonChange, Scope
from polyshare.domain.errors import Invalid, NotFound, Taken, UnknownCredential
from polyshare.domain.principals import Access, Kind, Status
from polyshare.engine.credentials import authorizing, hashing, issuing, registering
from polyshare.engine.credentials.admitting import identify
from polyshare.engine.directory import directing, enrolling
from polyshare.engine.worker import tidying
from polyshare.engine.worlds import loading
from polyshare.engine.worlds.world import WrongWorld
from tests.house import clock, database_url, house

__all__ = ["clock", "database_url", "house"]

SECRET = "a-secret-of-a-client"
HERE = "https://app.example.com/back"


async def doing(house, verb, *given):
    return await directing.changing(house, None, lambda work: verb(work, *given))


@pytest.fixture
async def alice(house):
    hashed = await hashing.hash_password(house, "right-password")
    return await doing(house, enrolling.enroll, NewPerson("alice", "Alice", password_hash=hashed))


@pytest.fixture
async def client(house):
    await doing(house, registering.register, "app", SECRET, (HERE,))
    return await authorizing.client(house, "app", SECRET)


async def test_a_client_is_made_shown_listed_and_removed(house):
    made = await doing(house, registering.register, "app", SECRET, (HERE, "app:back"))
    drawn = await doing(house, registering.register, None, None)

    assert (made.public_id, made.redirect_uris) == ("app", (HERE, "app:back"))
    assert SECRET not in repr(made)
    assert made.secret_hash not in (None, SECRET)
    assert drawn.secret_hash is None
    assert {one.public_id for one in await house.read(None, registering.page)} == {"app", drawn.public_id}
    await doing(house, registering.remove, "app")
    for verb in (registering.show, registering.remove):
        with pytest.raises(NotFound):
            await doing(house, verb, "app")


async def test_two_clients_of_one_id_are_refused(house, client):
    with pytest.raises(Taken, match="another client's"):
        await doing(house, registering.register, "app", None)


@pytest.mark.parametrize(
    ("ident", "secret", "redirects", "where"),
    [
        ("a b", SECRET, (), ("id",)),
        ("a:b", SECRET, (), ("id",)),
        ("app", "short", (), ("secret",)),
        ("app", SECRET, (HERE, "/relative"), ("redirect_uris", 1)),
        ("app", SECRET, ("https://a.example/#part",), ("redirect_uris", 0)),
        ("app", SECRET, ("https://a.example/ b",), ("redirect_uris", 0)),
    ],
)
async def test_a_client_that_can_not_be_is_refused_with_the_place(house, ident, secret, redirects, where):
    with pytest.raises(Invalid) as caught:
        await doing(house, registering.register, ident, secret, redirects)

    assert caught.value.where == where


async def test_a_client_is_known_by_its_secret_and_a_public_one_without(house, client):
    await doing(house, registering.register, "public", None)

    assert (await authorizing.client(house, "public", "")).public_id == "public"
    for ident, secret in [("app", ""), ("app", "other"), ("public", "x"), ("nobody", ""), ("\0", "")]:
        with pytest.raises(UnknownCredential) as caught:
            await authorizing.client(house, ident, secret)
        assert caught.value.kind == "client"


async def test_a_client_gets_a_token_that_is_its_users_and_ends(house, client, alice, clock):
    granted = await authorizing.by_password(house, client, "ALICE", "right-password")

    actor = await identify(house, "token", granted.secret)
    assert (actor.id, actor.cap, actor.narrowed) == (alice.id, Access.EDIT, False)
    assert granted.expires_in_s == house.settings.access_token_minutes * 60
    assert granted.secret not in repr(granted)
    clock.pass_s(granted.expires_in_s)
    with pytest.raises(UnknownCredential):
        await identify(house, "token", granted.secret)


async def test_each_grant_is_a_token_of_its_own_and_lets_nobody_be_forgotten(house, client, alice):
    first = await authorizing.by_password(house, client, "alice", "right-password")
    await identify(house, "token", first.secret)
    known = len(house.remembered)

    second = await authorizing.by_password(house, client, "alice", "right-password")

    assert first.secret != second.secret
    assert len(house.remembered) == known


async def test_no_token_without_the_right_password_or_for_who_is_not_active(house, client, alice):
    with pytest.raises(UnknownCredential) as caught:
        await authorizing.by_password(house, client, "alice", "wrong")
    assert caught.value.kind == "password"
    await doing(house, enrolling.change, "alice", PersonChange(status=Status.INACTIVE))
    with pytest.raises(UnknownCredential):
        await authorizing.by_password(house, client, "alice", "right-password")

    assert await house.read(None, lambda work: issuing.page(work, "token")) == []


async def test_with_a_client_go_its_tokens_and_no_others(house, client, alice):
    other = await doing(house, registering.register, "other", None)
    gone = await authorizing.by_password(house, client, "alice", "right-password")
    kept = await authorizing.by_password(house, other, "alice", "right-password")
    await identify(house, "token", gone.secret)

    await doing(house, registering.remove, "app")

    with pytest.raises(UnknownCredential):
        await identify(house, "token", gone.secret)
    await identify(house, "token", kept.secret)
    with pytest.raises(UnknownCredential):
        await authorizing.by_password(house, client, "alice", "right-password")


async def test_tokens_of_clients_are_removed_a_day_after_their_end_even_if_narrowed(
    house, client, alice, clock
):
    await doing(house, directing.add, NewPrincipal(Kind.ACCOUNT, "A", "acc-a"))
    await authorizing.by_password(house, client, "alice", "right-password")
    [token] = await house.read(None, lambda work: issuing.page(work, "token"))
    narrower = CredentialChange(scope=Scope({"acc-a": Access.READ}))
    await doing(house, issuing.change, "token", token.public_id, narrower)
    clock.pass_s(house.settings.access_token_minutes * 60 + 24 * 3600)

    await tidying.forget_tokens(house)
    assert len(await house.read(None, lambda work: issuing.page(work, "token"))) == 1
    clock.pass_s(1)
    await tidying.forget_tokens(house)

    assert await house.read(None, lambda work: issuing.page(work, "token")) == []


async def test_a_world_names_clients_and_naming_them_twice_changes_nothing(house):
    app = {"id": "app", "secret": SECRET, "redirect_uris": [HERE]}
    world = {"clients": [app, {"id": "public", "public": True}]}
    report = await loading.load_world(house, world)
    again = await loading.load_world(house, world)
    await authorizing.client(house, "app", SECRET)
    app["secret"] = "another-secret"
    changed = await loading.load_world(house, world)

    assert report.changes == ["client app: added", "client public: added"]
    assert again.changes == []
    assert changed.changes == ["client app: changed"]
    await authorizing.client(house, "app", "another-secret")
    await authorizing.client(house, "public", "")


@pytest.mark.parametrize("more", [{}, {"public": True, "secret": SECRET}])
async def test_a_client_of_a_world_has_a_secret_or_is_public(house, more):
    with pytest.raises(WrongWorld, match="public"):
        await loading.load_world(house, {"clients": [{"id": "app", **more}]})
