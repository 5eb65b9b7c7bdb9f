"""The registry follows the directory's rows, and refuses what could not work before it is written."""

import json
import time

import msgspec
import pytest

from polyshare.domain.errors import Invalid, ProviderAway, Taken
from polyshare.domain.shares import NODE
from polyshare.engine.keepers import providing
from polyshare.engine.work import House
from polyshare.providers.applied import Applied
from polyshare.providers.base import Outcome
from polyshare.providers.instant import Instant
from polyshare.providers.webhook import Webhook
from polyshare.settings import Settings
from polyshare.store.directory import providers as store
from polyshare.store.ids import Ids, Lease
from polyshare.store.migrations import migrate
from polyshare.store.opening import open_database
from polyshare.store.statements import statement
from tests.engine.tokens import a_key
from tests.house import OPTIONS
from tests.providers.conftest import an_entry, an_errand, away
from tests.providers.endpoint import NEXT_SECRET, SECRET
from tests.ucloud_provider import pem, settings

_KEY = a_key()
PRIVATE_PEM, PUBLIC_PEM = (_KEY.as_pem(private=private).decode() for private in (True, False))
SHORT_PEM = a_key(size=1024).as_pem(private=True).decode()
BUMP = statement("tests.bump", "update epoch set number = number + 1")


def now():
    return time.time_ns() // 1000


@pytest.fixture(params=["sqlite", "postgres"])
async def database(request, tmp_path):
    url = (
        f"sqlite://{tmp_path / 'db'}"
        if request.param == "sqlite"
        else request.getfixturevalue("postgres_url")
    )
    opened = await open_database(url, OPTIONS)
    await migrate(opened)
    yield opened
    await opened.close()


@pytest.fixture
async def house(database):
    settings = Settings(applied_delay_s=0.7)
    lease = Lease(database, now)
    await lease.take()
    made = House(database, Ids(lease, now), now, settings, await providing.load(database, settings))
    yield made
    await made.providers.close()


async def put(database, name, kind, settings, *kinds):
    async def job(rows):
        await store.put(rows, name, kind, json.dumps(settings), kinds, 5)
        await rows.run(BUMP)

    await database.write(job)


async def remove(database, name):
    async def job(rows):
        await rows.run(BUMP)
        return await store.delete(rows, name)

    return await database.write(job)


def keeper_settings(url="https://example.com/", **more):
    return settings(url, **{"networks": [], **more})


def hook(url="https://hooks.example.com/", **more):
    return {"url": url, "secret": SECRET, **more}


def keeper(**more):
    return {"url": "https://files.example.com/", "private_key": PRIVATE_PEM, **more}


async def test_with_no_rows_everything_goes_to_the_built_in_provider(house):
    assert house.providers.of("anything") == Applied("applied", 0.7)


async def test_a_claimed_kind_goes_to_its_provider(house):
    await put(house.database, "slow", "applied", {"delay_s": 3}, "zone", "rule")
    await put(house.database, "plain", "applied", {}, "policy")

    providers = await providing.load(house.database, house.settings)

    assert providers.of("zone") is providers.of("rule")
    assert providers.of("zone") == Applied("slow", 3.0)
    assert providers.of("policy") == Applied("plain", 0.7)


async def test_a_webhook_row_tells_its_endpoint(house, endpoint):
    settings = hook(endpoint.url, networks=["127.0.0.0/8"], secrets=[NEXT_SECRET], timeout_s=5)
    await put(house.database, "gateway", "webhook", settings, "zone")
    await providing.refresh(house)

    outcome = await house.providers.of("zone").deliver(an_errand(an_entry(kind="zone")))

    assert outcome == Outcome()
    assert endpoint.heard[0].headers["webhook-signature"].count("v1,") == 2


async def test_a_webhook_row_calls_no_inner_network_that_it_does_not_name(house, endpoint):
    await put(house.database, "gateway", "webhook", hook(endpoint.url), "zone")
    await providing.refresh(house)

    with away("public internet"):
        await house.providers.of("zone").deliver(an_errand())

    assert endpoint.connections == 0


async def test_a_provider_of_the_tree_is_passed_over(house):
    await put(house.database, "example", "files", {})

    providers = await providing.load(house.database, house.settings)

    assert [one.name for one in providers.all()] == ["files", "applied"]
    assert providers.of(NODE) == Instant("files")


async def test_a_keeper_carries_the_folders_that_lie_with_it(house):
    await put(house.database, "example", "ucloud", keeper_settings("https://example.com/"))

    providers = await providing.load(house.database, house.settings)

    assert list(providers.keepers) == ["example"]
    assert providers.of("path:example") is providers.keepers["example"]
    assert providers.of("path:other").name == "applied"
    assert providers.kinds_of(["example"]) == ["path:example"]
    await providers.close()


async def test_a_reload_keeps_a_keeper_whose_row_is_the_same(house):
    await put(house.database, "example", "ucloud", keeper_settings("https://example.com/"))
    await providing.refresh(house)
    before = house.providers.keepers["example"]
    await put(house.database, "slow", "applied", {"delay_s": 3}, "zone")
    await providing.refresh(house)
    kept = house.providers.keepers["example"]
    await put(house.database, "example", "ucloud", keeper_settings("https://new.example.com/"))

    assert await providing.refresh(house)

    assert kept is before
    assert house.providers.keepers["example"] is not before


async def test_a_keeper_that_cannot_be_used_refuses_what_it_is_asked(house):
    await put(house.database, "example", "ucloud", {"url": "https://example.com/"})
    await providing.refresh(house)
    keeper = house.providers.of("path:example")

    for asking in (
        keeper.prepare(None),
        keeper.forget(None),
        keeper.verify(None),
        keeper.supported(),
        keeper.greet(""),
        keeper.furnish("", None),
    ):
        with pytest.raises(ProviderAway, match="operator"):
            await asking


async def test_nobody_else_can_claim_the_nodes_of_our_own_tree(house):
    await put(house.database, "example", "applied", {}, NODE, "rule")

    providers = await providing.load(house.database, house.settings)

    assert providers.of(NODE) == Instant("files")
    assert providers.of("rule").name == "example"
    assert (providers.delay_s([NODE]), providers.delay_s([NODE, "rule"])) == (
        None,
        house.settings.applied_delay_s,
    )


@pytest.mark.parametrize(
    ("kind", "settings"),
    [("webhook", {"url": "ftp://x/", "secret": SECRET}), ("applied", {"delay_s": "soon"}), ("files", {})],
)
async def test_a_row_that_cannot_be_used_keeps_its_grants_waiting(house, kind, settings):
    await put(house.database, "broken", kind, settings, "zone")
    await put(house.database, "sound", "applied", {}, "rule")
    await providing.refresh(house)

    broken = house.providers.of("zone")
    with away("can't be used|do not fit|carries no|http"):
        await broken.deliver(an_errand())
    with away("can't be used|do not fit|carries no|http"):
        await broken.withdraw(an_errand(withdraw=True))

    assert house.providers.of("rule").name == "sound"


async def test_nothing_is_reloaded_while_the_epoch_stands(house):
    before, statements = house.providers, house.database.statements

    assert not await providing.refresh(house)

    assert house.providers is before
    assert house.database.statements - statements == 1


async def test_a_reload_keeps_providers_whose_rows_are_the_same(house, endpoint):
    kept = hook(endpoint.url, networks=["127.0.0.0/8"])
    await put(house.database, "gateway", "webhook", kept, "zone")
    await put(house.database, "other", "webhook", hook(), "rule")
    await providing.refresh(house)
    gateway, other = house.providers.of("zone"), house.providers.of("rule")
    await put(house.database, "other", "webhook", hook(secret=NEXT_SECRET), "rule")

    assert await providing.refresh(house)

    assert house.providers.of("zone") is gateway
    assert await gateway.deliver(an_errand()) == Outcome()
    assert house.providers.of("rule") is not other
    with away("closed"):
        await other.deliver(an_errand())


async def test_a_provider_that_was_removed_leaves_its_kinds_to_the_built_in_one(house):
    await put(house.database, "slow", "applied", {"delay_s": 3}, "zone")
    await providing.refresh(house)

    assert await remove(house.database, "slow")
    assert not await remove(house.database, "slow")
    await providing.refresh(house)

    assert house.providers.of("zone").name == "applied"


async def test_putting_a_provider_again_replaces_its_kinds_and_keeps_its_birthday(database):
    await put(database, "slow", "applied", {}, "zone", "rule")

    async def again(rows):
        await store.put(rows, "slow", "applied", '{"delay_s":1}', ["rule", "policy", "rule"], 9)

    await database.write(again)

    (row,) = await database.read(store.providers)
    assert row == store.ProviderRow("slow", "applied", '{"delay_s":1}', ("policy", "rule"), 5, 9)


async def test_a_kind_is_claimed_by_one_provider_only(database):
    await put(database, "first", "applied", {}, "zone")

    with pytest.raises(Taken):
        await put(database, "second", "applied", {}, "zone")

    assert [row.name for row in await database.read(store.providers)] == ["first"]

    async def claimed(rows):
        return await store.claimants(rows, ["zone", "rule"])

    assert await database.read(claimed) == {"zone": "first"}


@pytest.mark.parametrize(
    ("kind", "settings", "where"),
    [
        ("smtp", {}, ("kind",)),
        ("applied", {"delay_s": -1}, ("settings", "delay_s")),
        ("applied", {"url": "https://x.example/"}, ("settings",)),
        ("webhook", {"secret": SECRET}, ("settings", "url")),
        ("webhook", hook("http://user:pw@x.example/"), ("settings", "url")),
        ("webhook", hook(secret=""), ("settings", "secret")),
        ("webhook", hook(secrets=["short"]), ("settings", "secret")),
        ("webhook", hook(networks=["10.0.0.0/8", "loopback"]), ("settings", "networks", 1)),
        ("webhook", hook(timeout_s=0), ("settings", "timeout_s")),
        ("webhook", hook(timeout_s=25), ("settings", "timeout_s")),
        ("files", {}, ("resource_types",)),
        ("ucloud", keeper_settings(), ("resource_types",)),
    ],
)
def test_a_provider_that_could_not_work_is_refused(kind, settings, where):
    with pytest.raises(Invalid) as refused:
        providing.check(kind, json.dumps(settings), ["zone"], Settings(claim_s=30))

    assert refused.value.where == where
    assert SECRET not in refused.value.message


@pytest.mark.parametrize(
    ("differs", "where"),
    [
        ({"url": "ftp://x.example/"}, "url"),
        ({"url": "https://x.example/?a=1"}, "url"),
        ({"private_key": "no key"}, "private_key"),
        ({"private_key": pem("core", private=False)}, "private_key"),
        ({"public_key": "no key"}, "public_key"),
        ({"networks": ["loopback"]}, "networks"),
        ({"timeout_s": 25}, "timeout_s"),
    ],
)
def test_a_keeper_that_could_not_work_is_refused(differs, where):
    text = json.dumps(keeper_settings(**differs))

    with pytest.raises(Invalid) as refused:
        providing.check("ucloud", text, [], Settings(claim_s=30))

    assert refused.value.where[:2] == ("settings", where)
    assert "PRIVATE" not in refused.value.message


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("applied", {}),
        ("applied", {"delay_s": 0}),
        ("webhook", hook(timeout_s=24)),
        ("files", {}),
        ("files", {"public_key": PUBLIC_PEM, "refresh_token": "r" * 20}),
        ("ucloud", keeper()),
        ("ucloud", keeper(public_key=PUBLIC_PEM, networks=["10.0.0.0/8"], refresh_token="r" * 20)),
        ("ucloud", keeper_settings(timeout_s=24)),
    ],
)
def test_a_provider_that_can_work_is_let_in(kind, settings):
    kinds = ["zone"] if kind in providing.CARRYING else []

    providing.check(kind, json.dumps(settings), kinds, Settings(claim_s=30))


@pytest.mark.parametrize(
    ("settings", "where"),
    [
        ({"private_key": None}, ("settings", "private_key")),
        ({"url": None}, ("settings", "url")),
        ({"url": "ftp://x.example/"}, ("settings", "url")),
        ({"private_key": "no PEM"}, ("settings", "private_key")),
        ({"private_key": PUBLIC_PEM}, ("settings", "private_key")),
        ({"private_key": SHORT_PEM}, ("settings", "private_key")),
        ({"public_key": "no PEM"}, ("settings", "public_key")),
        ({"networks": ["loopback"]}, ("settings", "networks", 0)),
        ({"timeout_s": 0}, ("settings", "timeout_s")),
        ({"refresh_token": "short"}, ("settings", "refresh_token")),
        ({"secret": "x"}, ("settings",)),
    ],
)
def test_a_keeper_of_files_that_could_not_work_is_refused(settings, where):
    given = {name: value for name, value in (keeper() | settings).items() if value is not None}

    with pytest.raises(Invalid) as refused:
        providing.check("ucloud", json.dumps(given), [], Settings())

    assert refused.value.where == where
    assert "PRIVATE KEY" not in refused.value.message


@pytest.mark.parametrize(
    ("kind", "settings", "seen"),
    [
        ("applied", {"delay_s": 2}, {"delay_s": 2}),
        (
            "webhook",
            hook("https://x.example/?token=1", timeout_s=3),
            {"url": "https://x.example/", "timeout_s": 3},
        ),
        ("ucloud", {"url": "https://x.example/", "private_key": "k"}, {"url": "https://x.example/"}),
    ],
)
def test_settings_are_shown_without_secrets(kind, settings, seen):
    shown = providing.shown(kind, json.dumps(settings))

    assert msgspec.json.decode(shown) == seen


async def test_a_call_ends_before_the_claim_on_its_grant_does(database):
    await put(database, "gateway", "webhook", hook(timeout_s=20), "zone")

    providers = await providing.load(database, Settings(claim_s=5))

    gateway = providers.of("zone")
    assert isinstance(gateway, Webhook)
    assert gateway.timeout_s == 4.0
    await providers.close()
