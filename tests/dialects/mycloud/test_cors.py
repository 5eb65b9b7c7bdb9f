"""Web pages of other origins may call: the headers that let them, on every answer."""

import pytest

from tests.dialects.mycloud.desk import DEVICE, a_desk

ALL = "/v1/shares"
PAGE = "https://app.example.com"


@pytest.mark.behaviour("mycloud", 20)
async def test_every_answer_may_be_read_by_every_page(desk):
    made = await desk.alice.share()
    answers = [
        (await desk.alice.post(ALL, desk.alice.body()), 201),
        (await desk.nobody.get(f"{ALL}/{made['shareId']}"), 200),
        (await desk.alice.post(ALL, {}), 400),
        (await desk.nobody.call("GET", ALL, headers={"authorization": "Bearer x"}), 401),
        (await desk.nobody.get(f"{ALL}/x"), 404),
        (await desk.nobody.put(ALL, {}), 405),
        (await desk.nobody.get(f"/{DEVICE}/sdk/v1/filePermsSearch/granting"), 401),
        (await desk.nobody.get("/config/v1/config"), 200),
    ]

    for answer, status in answers:
        assert answer.status_code == status
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "X-Correlation-ID" in answer.headers["access-control-expose-headers"]
        assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.behaviour("mycloud", 20)
@pytest.mark.parametrize(
    ("path", "methods"),
    [
        (ALL, "GET, HEAD, OPTIONS, POST"),
        (f"{ALL}/some-share", "DELETE, GET, HEAD, OPTIONS, PUT"),
        (f"/{DEVICE}/sdk/v1/filePerms", "OPTIONS, POST"),
    ],
)
async def test_a_preflight_needs_no_token(desk, path, methods):
    asked = {"origin": PAGE, "access-control-request-method": "POST"}

    answer = await desk.nobody.call("OPTIONS", path, headers=asked)

    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-methods"] == methods
    allowed = answer.headers["access-control-allow-headers"].split(", ")
    assert {"Authorization", "Content-Type", "X-Correlation-ID"} < set(allowed)
    assert answer.headers["access-control-max-age"] == "600"
    assert answer.headers["access-control-allow-origin"] == "*"


async def test_a_list_of_origins_lets_only_these_read(tmp_path):
    async with a_desk(f"sqlite://{tmp_path / 'p.db'}", str(tmp_path / "files"), cors_origins=(PAGE,)) as desk:
        let_in, shut_out = [
            await desk.nobody.call("GET", "/config/v1/config", headers={"origin": origin})
            for origin in (PAGE, "https://evil.example.com")
        ]

    assert let_in.headers["access-control-allow-origin"] == PAGE
    assert "access-control-allow-origin" not in shut_out.headers
    assert let_in.headers["vary"] == shut_out.headers["vary"] == "Origin"


@pytest.mark.parametrize("name", ["X-Correlation-ID", "correlationID"])
async def test_the_callers_own_id_comes_back_if_it_is_one(desk, name):
    kept = await desk.nobody.call("GET", ALL, headers={name: "abc-123"})
    dropped = await desk.nobody.call("GET", ALL, headers={name: "a b"})

    assert kept.headers["x-correlation-id"] == "abc-123"
    assert "x-correlation-id" not in dropped.headers
