"""What an operator's endpoint is told, and what its answers come to."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError
from structlog.testing import capture_logs

from polyshare.domain.errors import Invalid
from polyshare.domain.permissions import Permission
from polyshare.providers.base import Outcome, Refusal
from polyshare.providers.signing import signing_key
from tests.providers.conftest import an_entry, an_errand, away, telling
from tests.providers.endpoint import NEXT_SECRET, SECRET, http

PAGE = Path(__file__).resolve().parents[2] / "docs" / "webhook-provider.md"
WRONG_SECRET = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


def answer(*errors):
    return http(200, json.dumps({"errors": errors}).encode())


async def test_the_message_tells_the_whole_errand(webhook, endpoint):
    entry = an_entry(11, meta='{"tier": 3}', revision=4, leaving=True)
    errand = an_errand(entry, generation=9, permissions=Permission.VIEW | Permission.EDIT)

    await webhook.deliver(errand)

    told = json.loads(endpoint.heard[0].body)
    sent = datetime.strptime(told.pop("timestamp"), "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    assert abs(datetime.now(UTC) - sent) < timedelta(minutes=1)
    assert told == {
        "type": "grant.deliver",
        "data": {
            "grant": errand.public_id,
            "generation": 9,
            "share": "5" * 32,
            "share_name": "Policies",
            "owner": "a" * 32,
            "recipient": "b" * 32,
            "recipient_kind": "account",
            "permissions": ["view", "edit"],
            "entries": [
                {
                    "id": entry.public_id,
                    "kind": "gateway-policy",
                    "key": "policy-11",
                    "owner": "a" * 32,
                    "meta": {"tier": 3},
                    "revision": 4,
                    "leaving": True,
                }
            ],
        },
    }


async def test_the_documented_message_has_the_fields_that_are_sent(webhook, endpoint):
    await webhook.deliver(an_errand(an_entry()))

    example = PAGE.read_text("utf-8").split("```http\n")[1].split("```")[0]
    documented = json.loads(example.partition("\n\n")[2])
    told = json.loads(endpoint.heard[0].body)
    assert list(documented) == list(told)
    assert list(documented["data"]) == list(told["data"])
    assert list(documented["data"]["entries"][0]) == list(told["data"]["entries"][0])


async def test_the_message_is_a_post_of_json_to_the_configured_path(endpoint):
    async with telling(f"{endpoint.url}?tenant=7") as webhook:
        await webhook.deliver(an_errand())

    (heard,) = endpoint.heard
    assert heard.line == "POST /hooks?tenant=7 HTTP/1.1"
    assert heard.headers["content-type"] == "application/json"
    assert heard.headers["host"] == f"127.0.0.1:{endpoint.port}"


async def test_a_withdrawal_says_so(webhook, endpoint):
    await webhook.withdraw(an_errand(withdraw=True))

    assert json.loads(endpoint.heard[0].body)["type"] == "grant.withdraw"


async def test_luggage_arrives_byte_for_byte(webhook, endpoint):
    meta = '{"b": 1.00,  "a": 12345678901234567890123, "a": "é\\u00e9"}'

    await webhook.deliver(an_errand(an_entry(meta=meta)))

    assert meta.encode() in endpoint.heard[0].body


async def test_the_official_verifier_accepts_the_signature(webhook, endpoint):
    await webhook.deliver(an_errand(an_entry(meta='{"name": "Zürich"}')))

    (heard,) = endpoint.heard
    told = Verifier(SECRET).verify(heard.body, heard.headers)
    assert told["data"]["entries"][0]["meta"] == {"name": "Zürich"}


async def test_the_official_verifier_refuses_another_secret(webhook, endpoint):
    await webhook.deliver(an_errand())

    (heard,) = endpoint.heard
    with pytest.raises(WebhookVerificationError):
        Verifier(WRONG_SECRET).verify(heard.body, heard.headers)


async def test_while_secrets_are_rotated_either_of_them_verifies(endpoint):
    async with telling(endpoint.url, NEXT_SECRET, SECRET) as webhook:
        await webhook.deliver(an_errand())

    (heard,) = endpoint.heard
    Verifier(SECRET).verify(heard.body, heard.headers)
    Verifier(NEXT_SECRET).verify(heard.body, heard.headers)


@pytest.mark.parametrize(
    "secret",
    ["", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwW5dCkFVbDRM=", "whsec_", "whsec_c2hvcnQ=", "whsec_not base64!"],
)
def test_a_secret_of_another_form_is_refused_without_being_repeated(secret):
    with pytest.raises(Invalid) as refused:
        signing_key(secret)

    assert not secret.removeprefix("whsec_") or secret.removeprefix("whsec_") not in str(refused.value)


def test_a_secret_may_lack_its_padding():
    assert signing_key(SECRET.rstrip("=")) == signing_key(SECRET)


async def ids_of(webhook, endpoint, *errands):
    for errand in errands:
        await (webhook.withdraw if errand.withdraw else webhook.deliver)(errand)
    return [heard.headers["webhook-id"] for heard in endpoint.heard]


async def test_another_try_of_the_same_errand_has_the_same_id(webhook, endpoint):
    errand = an_errand(an_entry(11), an_entry(12))
    turned_round = an_errand(an_entry(12), an_entry(11), share_name="Renamed since")

    first, second = await ids_of(webhook, endpoint, errand, turned_round)

    assert first == second


async def test_what_is_another_errand_has_another_id(webhook, endpoint):
    ids = await ids_of(
        webhook,
        endpoint,
        an_errand(),
        an_errand(generation=2),
        an_errand(withdraw=True),
        an_errand(grant=8),
        an_errand(an_entry(11)),
        an_errand(an_entry(11), an_entry(12, leaving=True)),
    )

    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("body", [b"", b" \n", b"{}", b'{"errors": []}', b'{"thanks": 1}'])
async def test_a_good_answer_without_errors_means_that_everything_was_carried_out(webhook, endpoint, body):
    endpoint.answer = http(202, body)

    assert await webhook.deliver(an_errand()) == Outcome()


async def test_no_content_means_that_everything_was_carried_out(webhook, endpoint):
    endpoint.answer = b"HTTP/1.1 204 No Content\r\n\r\n"

    assert await webhook.deliver(an_errand()) == Outcome()


async def test_an_entry_may_be_refused_for_good_and_another_for_now(webhook, endpoint):
    one, two, three = an_entry(11), an_entry(12), an_entry(13)
    endpoint.answer = answer(
        {"entry": three.public_id, "message": "no such zone", "final": True},
        {"entry": one.public_id, "message": "busy"},
    )

    outcome = await webhook.deliver(an_errand(one, two, three))

    assert outcome == Outcome((Refusal(13, "no such zone", final=True), Refusal(11, "busy", final=False)))


async def test_a_withdrawal_that_is_refused_comes_back_as_it_was_said(webhook, endpoint):
    entry = an_entry(11)
    endpoint.answer = answer({"entry": entry.public_id, "message": "locked", "final": True})

    outcome = await webhook.withdraw(an_errand(entry, withdraw=True))

    assert outcome == Outcome((Refusal(11, "locked", final=True),))


async def test_a_refusal_without_a_reason_gets_words(webhook, endpoint):
    entry = an_entry(11)
    endpoint.answer = answer({"entry": entry.public_id})

    (refusal,) = (await webhook.deliver(an_errand(entry))).refusals

    assert refusal.message == "The provider refused and gave no reason."


async def test_a_reason_is_kept_on_one_line_without_nul_and_cut_short(webhook, endpoint):
    one, two = an_entry(11), an_entry(12)
    endpoint.answer = answer(
        {"entry": one.public_id, "message": "no\u0000such\nzone \u202e"},
        {"entry": two.public_id, "message": "x" * 60_000},
    )

    first, second = (await webhook.deliver(an_errand(one, two))).refusals

    assert first.message == "no such zone"
    assert second.message == "x" * 499 + "…"


@pytest.mark.parametrize("status", [400, 402, 403, 405, 409, 410, 413, 418, 422, 451])
async def test_a_client_error_refuses_every_entry_for_good(webhook, endpoint, status):
    endpoint.answer = http(status, b"<html>no</html>")

    with capture_logs() as logs:
        outcome = await webhook.deliver(an_errand(an_entry(11), an_entry(12)))

    message = "The provider refused."
    assert [(line["event"], line["status"]) for line in logs] == [("webhook.refused", status)]
    assert outcome == Outcome((Refusal(11, message, final=True), Refusal(12, message, final=True)))


@pytest.mark.parametrize("status", [401, 404, 407, 408, 421, 425, 429, 500, 502, 503, 504, 599])
async def test_a_status_of_the_moment_or_of_the_set_up_is_tried_again(webhook, endpoint, status):
    endpoint.answer = http(status, b"<html>later</html>")

    with away(f"answered {status}"):
        await webhook.deliver(an_errand())


async def test_when_to_come_back_is_told(endpoint):
    at = datetime(2026, 11, 29, 12, tzinfo=UTC)
    async with telling(endpoint.url, clock=lambda: int(at.timestamp() * 1_000_000)) as webhook:
        waits = []
        for said in ("120", "Sun, 29 Nov 2026 12:01:30 GMT"):
            endpoint.answer = http(503, retry_after=said)
            with away(f"asks to retry after: {said}") as caught:
                await webhook.deliver(an_errand())
            waits.append(caught.value.retry_after_s)

    assert waits == [120.0, 90.0]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 304])
async def test_a_redirect_is_not_followed(webhook, endpoint, status):
    endpoint.answer = http(status, location=endpoint.url)

    with away("redirects are not followed"):
        await webhook.deliver(an_errand())

    assert len(endpoint.heard) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"ok",
        b"{",
        b"[]",
        b"null",
        b'{"errors": {}}',
        b'{"errors": [{}]}',
        b'{"errors": [{"entry": 5}]}',
        b'{"errors": [{"entry": "x", "final": "yes"}]}',
        b'{"errors": "\xff"}',
        b'{"errors": [{"entry": "\\ud800"}]}',
        b"[" * 60_000,
    ],
)
async def test_an_answer_of_another_form_is_tried_again(webhook, endpoint, body):
    endpoint.answer = http(200, body)

    with away("not as agreed"):
        await webhook.deliver(an_errand())


async def test_an_answer_about_an_entry_that_was_not_sent_is_tried_again(webhook, endpoint):
    endpoint.answer = answer({"entry": "somebody else's", "final": True})

    with away("not in the message"):
        await webhook.deliver(an_errand())


async def test_an_answer_that_names_an_entry_twice_is_tried_again(webhook, endpoint):
    entry = an_entry(11)
    endpoint.answer = answer(
        {"entry": entry.public_id, "final": True}, {"entry": entry.public_id, "final": False}
    )

    with away("twice"):
        await webhook.deliver(an_errand(entry))
