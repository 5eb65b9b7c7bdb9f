"""Whose tokens are believed, whom they let in, and which calls they cover."""

import json
from dataclasses import replace

import pytest
from msgspec import Struct

from polyshare.dialects.base.calls import Doing, Route
from polyshare.dialects.base.road import Road
from polyshare.dialects.ucloud import DIALECT
from polyshare.dialects.ucloud.routes import ROUTES
from polyshare.dialects.ucloud.scopes import name_of
from polyshare.domain.directory import PersonChange
from polyshare.domain.principals import Status
from polyshare.engine.credentials import keeping_keys, trusting
from polyshare.engine.directory import directing, enrolling, projecting
from polyshare.engine.keepers import equipping
from polyshare.engine.memory.keyring import Purpose
from tests.dialects.ucloud.desk import (
    ISSUER,
    SECRET,
    a_desk,
    both_engines,
    claims_of,
    good,
    refused,
    signed,
)
from tests.engine.tokens import a_key, hashed, part
from tests.engine.tokens import signed as signed_by

USERS = "/api/shares/browse"
CONTROL = "/api/shares/control/browse"
APPROVE = "/api/shares/approve"
FOR_ALL = {"/api/products/v2/browse", "/api/products/v2/retrieve", "/api/products/retrieve"}
PROVIDERS_OWN = {("POST", "/api/products/v2"), ("POST", "/api/accounting/v2/reportUsage")}


class Who(Struct):
    """Who calls, as the probe of a test tells it."""

    id: int
    login: str
    role: str
    provider: str
    name: str
    project: str | None


async def _tell(call, _subject, _given):
    who = call.actor
    project = await projecting.project_of(call.work, who, call.header(b"project"))
    return Who(who.id, who.login, who.role, who.provider, who.name, project and project.part)


PROBES = tuple(
    Route(method, template, _tell, Doing.READ)
    for method, template in (("GET", USERS), ("GET", CONTROL), ("POST", APPROVE), ("POST", "/api/shares"))
)


def probing(house):
    """The dialect with nothing to call but what tells who calls."""
    return Road(replace(DIALECT, routes=PROBES), house)


@pytest.fixture
async def desk(database, tmp_path):
    """A desk with nothing to call but what tells who calls."""
    async with a_desk(database, str(tmp_path / "files"), application=probing) as opened:
        yield opened


async def changed(desk, job):
    """Do something to the directory, and wait until every process must have felt it."""
    await directing.changing(desk.house, None, job)
    desk.clock.pass_s(desk.house.settings.credential_recheck_s)


# Who comes in


@both_engines
async def test_a_user_is_known_by_a_token_whose_issuer_is_trusted(desk):
    told = good(await desk.alice.get(USERS))

    assert told == {
        "id": await desk.id_of("alice"),
        "login": "alice",
        "role": "USER",
        "provider": "",
        "name": "Alice",
        "project": None,
    }


async def test_an_administrator_calls_as_any_user(desk):
    assert good(await desk.user("alice", role="ADMIN").get(USERS))["role"] == "ADMIN"


async def test_providers_and_services_call_what_is_for_them(desk):
    told = good(await desk.provider("example").get(CONTROL))
    served = good(await desk.service().get(CONTROL))

    assert (told["id"], told["provider"], told["role"]) == (0, "example", "PROVIDER")
    assert (served["id"], served["login"], served["role"]) == (0, "_UCloud", "SERVICE")


@pytest.mark.behaviour("ucloud", 3)
async def test_users_and_providers_do_not_make_each_others_calls(desk):
    for caller in (desk.provider("example"), desk.service()):
        assert "ADMIN and USER" in refused(await caller.get(USERS), 403)
    for caller in (desk.alice, desk.user("alice", role="ADMIN")):
        assert "PROVIDER and SERVICE" in refused(await caller.get(CONTROL), 403)


@pytest.mark.behaviour("ucloud", 3)
async def test_without_a_good_token_nobody_calls_anything(desk):
    for caller in (
        desk.nobody,
        desk.with_token("garbage"),
        desk.user("alice", exp=desk.clock() // 1_000_000 - 1),
        desk.with_token(signed(claims_of(desk.clock, "alice"), "x" * 64)),
        desk.user("alice", iss="elsewhere.example.com"),
    ):
        for path in (USERS, CONTROL, "/api/nothing"):
            answer = await caller.get(path)
            assert refused(answer, 401)
            assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_header_that_is_no_bearer_is_told_what_it_should_be(desk):
    for given in ("Basic YWxpY2U6cGFzc3dvcmQ=", "Bearer", "Bearer ", "token", "Bearer é"):
        headers = {"authorization": given.encode("latin-1")}
        assert refused(await desk.http.get(USERS, headers=headers), 401)


async def test_what_is_no_call_is_told_to_whoever_is_known(desk):
    for method, path in (("GET", "/api/nothing"), ("PUT", USERS), ("GET", "/")):
        refused(await desk.alice.call(method, path), 404)
        refused(await desk.provider().call(method, path), 404)


def whose(route):
    """Who may call something; what lies below `control` and what is sold and used is for providers."""
    if (route.method, route.template) in PROVIDERS_OWN or "/control/" in route.template:
        return ("providers",)
    return ("users", "providers") if route.template in FOR_ALL else ("users",)


async def test_every_call_is_for_those_whose_call_it_is(database, tmp_path):
    async with a_desk(database, str(tmp_path / "files")) as desk:
        callers = {"users": desk.alice, "providers": desk.provider(), "nobody": desk.nobody}
        for route in ROUTES:
            if route.is_open:
                continue
            statuses = {
                who: (await caller.call(route.method, route.template, "no JSON")).status_code
                for who, caller in callers.items()
            }

            assert statuses.pop("nobody") == 401, route.template
            for who in whose(route):
                assert statuses.pop(who) not in (401, 403), route.template
            assert set(statuses.values()) <= {403}, route.template


async def test_a_token_for_reading_changes_nothing(database, tmp_path):
    async with a_desk(database, str(tmp_path / "files")) as desk:
        reader = desk.user("alice", aud=["all:read"])
        for route in ROUTES:
            if not route.is_open and "/control/" not in route.template:
                answer = await reader.call(route.method, route.template, "no JSON")
                assert (answer.status_code == 403) is (route.method != "GET"), route.template


# Odd tokens


def odd(desk):
    """Tokens that are good but for one thing, by that thing."""
    clock = desk.clock
    now_s = clock() // 1_000_000
    whole = claims_of(clock, "alice")
    text = signed(whole)
    head, body, signature = text.split(".")

    def mine(**changes):
        return signed(claims_of(clock, "alice", **changes))

    return {
        "none": f"{part({'typ': 'JWT', 'alg': 'none'})}.{part(whole)}.",
        "none, signed": f"{part({'typ': 'JWT', 'alg': 'none'})}.{body}.{signature}",
        "shorter hash": signed(whole, algorithm="HS256"),
        "the secret as text of another algorithm": hashed(whole, SECRET.encode()),
        "other secret": signed(whole, SECRET + "x"),
        "key brought along": signed_by(whole, a_key(), "RS256", jwk={"kty": "oct", "k": "AAAA"}),
        "other claims": f"{head}.{part(whole | {'sub': 'bob'})}.{signature}",
        "claim twice": signed(json.dumps(whole)[:-1] + ', "sub": "bob"}'),
        "claims that are a list": signed("[]"),
        "claims that are no JSON": signed("x"),
        "no signature": f"{head}.{body}.",
        "two parts": f"{head}.{body}",
        "cut off": text[:-1],
        "huge": mine(more="x" * 40_000),
        "dots": "..",
        "no issuer": mine(iss=None),
        "issuer that is no text": mine(iss=[ISSUER]),
        "issuer with a slash": mine(iss=f"{ISSUER}/"),
        "expired this moment": mine(exp=now_s),
        "never expiring": mine(exp=None),
        "expiry that is no number": mine(exp="soon"),
        "issued to come": mine(iat=now_s + 6),
        "not yet valid": mine(nbf=now_s + 6),
        "no subject": mine(sub=None),
        "empty subject": mine(sub=""),
        "subject that is no text": mine(sub=7),
        "nobody's": mine(sub="nobody"),
        "other capitals": mine(sub="Alice"),
        "id in place of a login": mine(sub="alice@example.com"),
        "no role": mine(role=None),
        "unknown role": mine(role="ROOT"),
        "role that is no text": mine(role=["USER"]),
        "provider as a user": mine(sub="#P_example"),
        "user as a provider": mine(role="PROVIDER"),
        "provider as a service": mine(sub="#P_example", role="SERVICE"),
        "unknown provider": mine(sub="#P_nobody", role="PROVIDER"),
        "nameless provider": mine(sub="#P_", role="PROVIDER"),
        "audience that is a number": mine(aud=7),
        "audience that is an object": mine(aud={"all:write": True}),
        "audience with a number in it": mine(aud=["all:write", 7]),
    }


async def test_whatever_is_wrong_with_a_token_is_told_in_one_way(desk):
    for how, token in odd(desk).items():
        for path in (USERS, CONTROL):
            answer = await desk.with_token(token).get(path)
            assert answer.status_code == 401, (how, path, answer.text)
            assert answer.json()["why"] == "This token is not a good one.", how


async def test_a_long_token_of_somebody_in_many_projects_is_read(desk):
    many = {f"{number:036}": "USER" for number in range(300)}

    assert good(await desk.user("alice", membership=many).get(USERS))["login"] == "alice"


async def test_a_token_ends_at_its_second_and_clocks_may_differ_a_little_at_its_start(desk):
    caller = desk.user("alice", iat=desk.clock() // 1_000_000 + 5)
    good(await caller.get(USERS))

    desk.clock.pass_s(599.999)
    good(await caller.get(USERS))
    desk.clock.pass_s(0.001)
    refused(await caller.get(USERS), 401)


# Keys


async def test_a_token_that_we_signed_is_believed_and_one_that_names_our_key_falsely_is_not(desk):
    key = await keeping_keys.signing(desk.house, Purpose.USER)
    links = await keeping_keys.signing(desk.house, Purpose.LINK)
    whole = claims_of(desk.clock, "alice")

    good(await desk.with_token(signed_by(whole, key.key, "RS256", kid=key.kid)).get(USERS))
    public = key.key.as_pem(private=False)
    for token in (
        signed_by(whole, a_key(), "RS256", kid=key.kid),
        signed_by(whole, key.key, "RS256"),
        signed_by(whole, key.key, "RS256", kid="other"),
        signed_by(whole, key.key, "RS512", kid=key.kid),
        signed_by(whole, links.key, "ES256", kid=links.kid),
        hashed(whole, public, kid=key.kid),
        signed(whole, kid=key.kid),
    ):
        refused(await desk.with_token(token).get(USERS), 401)


async def test_a_token_of_my_cloud_opens_nothing_here(desk):
    key = await keeping_keys.signing(desk.house, Purpose.USER)
    claims = claims_of(desk.clock, "alice", iss="https://shares.example.com/authrouter/")

    refused(await desk.with_token(signed_by(claims, key.key, "RS256", kid=key.kid)).get(USERS), 401)


async def put_provider(desk, name, key, kind="files", **more):
    """Have a provider be known by that key."""
    settings = json.dumps({"public_key": key.as_pem(private=False).decode(), **more})
    await changed(desk, lambda work: equipping.equip(work, name, kind, settings, []))


async def test_a_provider_that_lies_elsewhere_signs_its_own_tokens_too(desk):
    ours, its = a_key(), a_key()
    private = ours.as_pem(private=True).decode()
    await put_provider(desk, "away", its, "ucloud", url="https://files.example.com", private_key=private)
    whole = claims_of(desk.clock, "#P_away", role="PROVIDER")

    assert good(await desk.with_token(signed_by(whole, its, "RS256")).get(CONTROL))["provider"] == "away"
    for claims in (
        whole,
        claims_of(desk.clock, "_UCloud", role="SERVICE"),
    ):  # what it was called with opens nothing
        refused(await desk.with_token(signed_by(claims, ours, "RS256")).get(CONTROL), 401)


@both_engines
async def test_a_provider_signs_its_own_tokens_until_it_has_another_key(desk):
    old, new = a_key(), a_key()
    whole = claims_of(desk.clock, "#P_example", role="PROVIDER")
    await put_provider(desk, "example", old)
    first = desk.with_token(signed_by(whole, old, "RS256"))
    second = desk.with_token(signed_by(whole, new, "RS256"))
    assert good(await first.get(CONTROL))["provider"] == "example"
    refused(await second.get(CONTROL), 401)

    await put_provider(desk, "example", new)

    refused(await first.get(CONTROL), 401)
    assert good(await second.get(CONTROL))["provider"] == "example"


async def test_a_providers_key_vouches_for_that_provider_alone(desk):
    key = a_key()
    await put_provider(desk, "example", key)

    for claims in (
        {"sub": "#P_other", "role": "PROVIDER"},
        {"sub": "alice"},
        {"sub": "#P_example", "role": "SERVICE"},
        {"sub": "#P_example", "role": "USER"},
        {"sub": "_UCloud", "role": "SERVICE"},
    ):
        token = signed_by(claims_of(desk.clock, "") | claims, key, "RS256")
        refused(await desk.with_token(token).get(CONTROL), 401)
        refused(await desk.with_token(token).get(USERS), 401)
    public = key.as_pem(private=False)
    forged = hashed(claims_of(desk.clock, "#P_example", role="PROVIDER"), public)
    refused(await desk.with_token(forged).get(CONTROL), 401)


async def test_a_provider_that_was_removed_is_known_no_longer(desk):
    caller = desk.provider("other")
    good(await caller.get(CONTROL))

    await changed(desk, lambda work: equipping.dismiss(work, "other"))

    refused(await caller.get(CONTROL), 401)


async def trusted(desk, issuer=ISSUER, **terms):
    """Trust an issuer on these terms."""
    await changed(desk, lambda work: trusting.trust(work, "ucloud", issuer, trusting.Trust(**terms)))


async def test_a_certificate_takes_the_place_of_a_secret(desk):
    key = a_key()
    await trusted(desk, algorithm="RS256", certificate=key.as_pem(private=False).decode())
    whole = claims_of(desk.clock, "alice")

    good(await desk.with_token(signed_by(whole, key, "RS256")).get(USERS))
    refused(await desk.alice.get(USERS), 401)
    refused(await desk.with_token(hashed(whole, key.as_pem(private=False))).get(USERS), 401)


async def test_keys_of_a_set_are_found_by_their_id(desk):
    key, other = a_key(), a_key()
    await trusted(desk, algorithm="RS256", jwks={"keys": [key.as_dict(private=False)]})
    whole = claims_of(desk.clock, "alice")

    good(await desk.with_token(signed_by(whole, key, "RS256", kid=key.kid)).get(USERS))
    for token in (
        signed_by(whole, other, "RS256", kid=other.kid),
        signed_by(whole, other, "RS256", kid=key.kid),
        signed_by(whole, key, "RS256"),
    ):
        refused(await desk.with_token(token).get(USERS), 401)


async def test_an_issuer_that_is_trusted_no_longer_is_refused(desk):
    good(await desk.alice.get(USERS))

    await changed(desk, lambda work: trusting.distrust(work, "ucloud", ISSUER))

    refused(await desk.alice.get(USERS), 401)


async def test_an_issuer_besides_ucloud_speaks_of_people_alone(desk):
    other, secret = "https://id.example.com", "y" * 64
    await trusted(desk, other, algorithm="HS512", secret=secret, audience="shares")

    def caller(subject, **claims):
        return desk.with_token(signed(claims_of(desk.clock, subject, iss=other, **claims), secret))

    good(await caller("alice", aud="shares").get(USERS))
    good(await caller("alice", aud=["shares", "shares:read"]).get(USERS))
    refused(await caller("alice", aud=["shares", "files:read"]).get(USERS), 403)
    refused(await caller("alice").get(USERS), 401)
    refused(await caller("#P_example", role="PROVIDER", aud="shares").get(CONTROL), 401)
    refused(await caller("_UCloud", role="SERVICE", aud="shares").get(CONTROL), 401)


# People who come and go


@both_engines
async def test_who_is_not_known_is_made_where_the_issuer_may_bring_people(desk):
    await trusted(desk, algorithm="HS512", secret=SECRET, create_users=True)
    erin = desk.user("erin#1234", firstNames="Erin", lastName="Example", email="erin@example.com")

    told = good(await erin.get(USERS))

    assert (told["login"], told["name"]) == ("erin#1234", "Erin Example")
    found = await desk.house.read(None, lambda work: enrolling.show(work, "erin#1234"))
    assert (found.email, found.role) == ("", "USER")
    for login in ("ALICE", "no login", "x/y", "y" * 200):
        refused(await desk.user(login).get(USERS), 401)


async def test_nobody_is_made_of_a_provider_or_a_service(desk):
    await trusted(desk, algorithm="HS512", secret=SECRET, create_users=True)

    refused(await desk.user("#P_made", role="PROVIDER").get(CONTROL), 401)
    good(await desk.service("_made").get(CONTROL))

    people = await desk.house.read(None, enrolling.page)
    assert not {"#P_made", "_made"} & {one.login for one in people}


@both_engines
@pytest.mark.parametrize("status", [Status.INACTIVE, Status.DELETED, Status.PENDING])
async def test_who_is_not_active_any_more_is_refused_within_the_bound(desk, status):
    good(await desk.alice.get(USERS))

    await directing.changing(
        desk.house, None, lambda work: enrolling.change(work, "alice", PersonChange(status=status))
    )

    desk.clock.pass_s(desk.house.settings.credential_recheck_s)
    refused(await desk.alice.get(USERS), 401)


async def test_another_process_feels_it_within_the_bound_too(database, tmp_path, desk):
    async with a_desk(database, str(tmp_path / "files"), desk.clock, application=probing) as other:
        good(await other.alice.get(USERS))
        change = PersonChange(status=Status.INACTIVE)
        await directing.changing(desk.house, None, lambda work: enrolling.change(work, "alice", change))

        desk.clock.pass_s(desk.house.settings.credential_recheck_s - 0.001)
        good(await other.alice.get(USERS))
        desk.clock.pass_s(0.001)
        refused(await other.alice.get(USERS), 401)


async def test_a_token_that_came_before_costs_no_statement(desk):
    callers = (desk.alice, desk.user("bob", role="ADMIN"))
    for caller in callers:
        good(await caller.get(USERS))
    good(await desk.provider().get(CONTROL))
    before = desk.house.database.statements

    for caller in callers:
        good(await caller.get(USERS))
    good(await desk.provider().get(CONTROL))

    assert desk.house.database.statements == before


# Scopes


@pytest.mark.parametrize(
    ("scopes", "reads", "writes"),
    [
        (["all:write"], True, True),
        (["all:read"], True, False),
        (["shares:read"], True, False),
        (["shares:write"], True, True),
        (["shares.browse:read"], True, False),
        (["shares.browse:write"], True, False),
        (["shares.approve:write"], False, True),
        (["shares.approve:read"], False, False),
        (["shares.approve:write", "shares.browse:read"], True, True),
        (["shares:read:anything", "shares.approve:write:x:y"], True, True),
        (["files:write", "shares.control:write", "share:write", "shares.b:write"], False, False),
        (["all"], False, False),
        (["shares.browse"], False, False),
        (["all:execute"], False, False),
        (["ALL:WRITE"], False, False),
        ([""], False, False),
        ([], False, False),
    ],
)
async def test_scopes_bound_what_a_token_is_good_for(desk, scopes, reads, writes):
    caller = desk.user("alice", aud=scopes)

    answers = [await caller.get(USERS), await caller.post(APPROVE)]

    assert [answer.status_code for answer in answers] == [200 if good else 403 for good in (reads, writes)]


async def test_a_token_that_says_nothing_of_scopes_is_good_for_all(desk):
    good(await desk.user("alice", aud=None).post(APPROVE))
    good(await desk.user("alice", aud="shares:write").post(APPROVE))


async def test_who_lacks_a_scope_is_told_which(desk):
    why = refused(await desk.user("alice", aud=["shares:read"]).post(APPROVE), 403)

    assert "shares.approve:write" in why


async def test_providers_are_bound_by_scopes_too(desk):
    good(await desk.provider(aud=["shares.control:read"]).get(CONTROL))
    good(await desk.provider(aud=["shares:read"]).get(CONTROL))
    refused(await desk.provider(aud=["shares.browse:read"]).get(CONTROL), 403)


@pytest.mark.parametrize(
    ("method", "template", "name"),
    [
        ("GET", "/api/shares/browse", "shares.browse"),
        ("GET", "/api/shares/browseOutgoing", "shares.browseOutgoing"),
        ("GET", "/api/shares/retrieve", "shares.retrieve"),
        ("GET", "/api/shares/retrieveProducts", "shares.retrieveProducts"),
        ("POST", "/api/shares/search", "shares.search"),
        ("POST", "/api/shares/approve", "shares.approve"),
        ("POST", "/api/shares", "shares.create"),
        ("DELETE", "/api/shares", "shares.delete"),
        ("POST", "/api/shares/init", "shares.init"),
        ("POST", "/api/shares/reject", "shares.reject"),
        ("POST", "/api/shares/updateAcl", "shares.updateAcl"),
        ("POST", "/api/shares/permissions", "shares.updatePermissions"),
        ("POST", "/api/shares/updatePermissions", "shares.updatePermissions"),
        ("GET", "/api/shares/control/browse", "shares.control.browse"),
        ("POST", "/api/shares/control/update", "shares.control.update"),
        ("POST", "/api/shares/control/chargeCredits", "shares.control.chargeCredits"),
        ("POST", "/api/shares/links", "share.links.create"),
        ("GET", "/api/shares/links/browse", "share.links.browse"),
        ("POST", "/api/shares/links/delete", "share.links.delete"),
        ("GET", "/api/files/collections/browse", "files.collections.browse"),
        ("DELETE", "/api/files/collections", "files.collections.delete"),
        ("POST", "/api/files/collections/control/register", "files.collections.control.register"),
        ("POST", "/api/files/folder", "files.createFolder"),
        ("DELETE", "/api/files", "files.delete"),
        ("GET", "/api/products/v2/browse", "products.browse"),
        ("GET", "/api/notifications", "notifications.retrieve"),
        ("POST", "/api/notifications/read/all", "notifications.markAllAsRead"),
        ("GET", "/api/hpc/apps/retrieveLandingPage", "hpc.apps.retrieveLandingPage"),
        ("GET", "/api/sla", "sla.retrieve"),
    ],
)
def test_calls_are_named_by_their_address(method, template, name):
    assert name_of(method, template) == name


def test_every_call_that_somebody_must_be_known_for_has_a_name_of_its_own():
    named = [(name_of(one.method, one.template), one) for one in ROUTES if not one.is_open]

    assert all("." in name for name, _ in named)
    aliases = {"shares.updatePermissions", "products.retrieve"}
    seen = [(name, one.method) for name, one in named if name not in aliases]
    assert len(set(seen)) == len(seen)


# Projects


@pytest.mark.behaviour("ucloud", 34)
async def test_a_project_is_acted_in_by_its_members_alone(desk):
    assert good(await desk.alice.acting_in("proj-1").get(USERS))["project"] == "PI"
    assert good(await desk.bob.acting_in("proj-1").get(USERS))["project"] == "USER"
    assert good(await desk.alice.acting_in("").get(USERS))["project"] is None
    strangers = refused(await desk.carol.acting_in("proj-1").get(USERS), 403)
    nowhere = refused(await desk.alice.acting_in("proj-2").get(USERS), 403)

    assert strangers == nowhere
