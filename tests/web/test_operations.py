"""What operators ask a running server."""

import asyncio

import apsw
import pytest

from polyshare.engine.credentials import issuing
from tests.application import client_of, running, settings_in


@pytest.fixture
async def app(tmp_path):
    async with running(settings_in(tmp_path)) as app:
        yield app


@pytest.fixture
async def client(app):
    async with client_of(app) as client:
        yield client


def numbers(text):
    """The samples of a /metrics answer by name and labels."""
    lines = (line.rpartition(" ") for line in text.splitlines() if line and not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


async def test_a_ready_server_names_all_its_parts(client):
    answer = await client.get("/readyz")

    assert answer.status_code == 200
    assert {name: part["ok"] for name, part in answer.json()["checks"].items()} == {
        "database": True,
        "schema": True,
        "writing": True,
        "ids": True,
        "worker": True,
    }


async def test_a_database_that_is_gone_makes_the_server_alive_but_not_ready(app, client):
    await app.house.database.close()

    ready, alive = await client.get("/readyz"), await client.get("/livez")

    assert ready.status_code == 503
    assert ready.json()["status"] == "not ready"
    assert "closed" in ready.json()["checks"]["database"]["reason"]
    assert alive.status_code == 200


async def test_a_worker_that_ended_makes_the_server_not_ready(app, client):
    app.worker.cancel()
    await asyncio.wait([app.worker])

    answer = await client.get("/readyz")

    assert answer.status_code == 503
    assert "Restart" in answer.json()["checks"]["worker"]["reason"]


async def test_a_server_without_a_worker_does_not_miss_it(tmp_path):
    async with running(settings_in(tmp_path, background=False)) as app, client_of(app) as client:
        answer = await client.get("/readyz")

    assert answer.status_code == 200
    assert "worker" not in answer.json()["checks"]


async def test_a_lost_process_number_makes_the_server_not_ready(app, client):
    app.lease.until = 0

    answer = await client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"]["ids"]["ok"] is False


async def test_a_database_that_takes_no_writes_makes_the_server_not_ready(app, client):
    rows = apsw.Connection(app.settings.database.removeprefix("sqlite://"))
    rows.execute("create trigger full before update on process_lease begin select raise(abort, 'full'); end")
    with pytest.raises(Exception, match="full"):
        await app.lease.renew()

    broken = await client.get("/readyz")
    rows.execute("drop trigger full")
    await app.lease.renew()
    mended = await client.get("/readyz")
    rows.close()

    assert (broken.status_code, mended.status_code) == (503, 200)
    assert broken.json()["checks"]["database"]["ok"] is True
    assert "disk" in broken.json()["checks"]["writing"]["reason"]


async def test_metrics_count_requests_by_dialect_and_never_by_path(client):
    await client.get("/client/v4/accounts/some-path-that-somebody-made-up/shares")
    await client.get("/another-path-that-somebody-made-up")

    text = (await client.get("/metrics")).text
    found = numbers(text)

    assert (
        sum(
            value
            for name, value in found.items()
            if name.startswith('polyshare_requests_total{dialect="cloudflare"')
        )
        == 1
    )
    assert "made-up" not in text
    assert found["polyshare_statements_total"] > 0
    assert found["polyshare_grants_waiting"] == 0


async def test_metrics_are_for_this_machine_and_for_administrators(app):
    token = await issuing.first_administrator(app.house)
    outcomes = {}
    for name, address, headers in (
        ("here", "127.0.0.1", {}),
        ("here, for somebody else", "127.0.0.1", {"x-forwarded-for": "203.0.113.9"}),
        ("elsewhere", "203.0.113.9", {}),
        ("elsewhere, with a wrong token", "203.0.113.9", {"authorization": "Bearer wrong-token"}),
        ("elsewhere, with the administrator's token", "203.0.113.9", {"authorization": f"Bearer {token}"}),
    ):
        async with client_of(app, address) as client:
            outcomes[name] = (await client.get("/metrics", headers=headers)).status_code

    assert outcomes == {
        "here": 200,
        "here, for somebody else": 401,
        "elsewhere": 401,
        "elsewhere, with a wrong token": 401,
        "elsewhere, with the administrator's token": 200,
    }


async def test_a_server_on_postgresql_is_ready_and_counts_what_waits(tmp_path, postgres_url):
    async with running(settings_in(tmp_path, database=postgres_url)) as app, client_of(app) as client:
        ready, metrics = await client.get("/readyz"), await client.get("/metrics")

    assert ready.status_code == 200, ready.text
    assert numbers(metrics.text)["polyshare_grants_waiting"] == 0
