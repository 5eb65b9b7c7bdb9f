"""A provider at the operator's own HTTP endpoint: told by signed messages, it answers what it could not carry out."""

import hashlib
import time
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import structlog
from msgspec import Raw, Struct

from polyshare.domain.errors import Unavailable
from polyshare.domain.permissions import Permission
from polyshare.providers.base import PASSING, Away, Entry, Errand, Outcome, Refusal
from polyshare.providers.guard import NotLetOut
from polyshare.providers.outbound import Answer, Outbound
from polyshare.providers.signing import signed_headers
from polyshare.providers.texts import plain

log = structlog.get_logger(__name__)

MESSAGE_LIMIT = 500  # characters of an endpoint's message that are kept
_TO_S = 1_000_000

# Client errors that speak of the endpoint's own set-up, not of the errand: asking again may help, as it may with PASSING.
_SET_UP = frozenset({401, 404, 407})


class TellEntry(Struct, rename={"ident": "id"}):
    """One entry in the message; `meta` is the item's luggage, embedded as it came."""

    ident: str
    kind: str
    key: str
    owner: str
    meta: Raw
    revision: int
    leaving: bool


class TellGrant(Struct):
    """`data` of the message: the grant, and those of its entries whose kinds this provider carries."""

    grant: str
    generation: int
    share: str
    share_name: str
    owner: str
    recipient: str
    recipient_kind: str
    permissions: list[str]
    entries: list[TellEntry]


class Tell(Struct, rename={"kind": "type"}):
    """The message: `type` is grant.deliver or grant.withdraw."""

    kind: str
    timestamp: str
    data: TellGrant


class ToldError(Struct):
    """One entry that the endpoint did not carry out."""

    entry: str
    message: str = ""
    final: bool = False


class Told(Struct):
    """The endpoint's answer; entries that are not named were carried out."""

    errors: list[ToldError] = []


_ANSWERS = msgspec.json.Decoder(Told)
_MESSAGES = msgspec.json.Encoder()


def _now() -> int:
    return time.time_ns() // 1000


class Webhook:
    """Tells one endpoint, and reads from its answer what was carried out."""

    delay_s = 0.0

    def __init__(
        self, name: str, outbound: Outbound, keys: tuple[bytes, ...], clock: Callable[[], int] = _now
    ) -> None:
        """`keys` sign every message, each with a signature of its own; the clock tells microseconds since the epoch, UTC."""
        self.name = name
        self._outbound = outbound
        self._keys = keys
        self._clock = clock

    @property
    def timeout_s(self) -> float:
        """Seconds after which a call is given up."""
        return self._outbound.timeout_s

    async def deliver(self, errand: Errand) -> Outcome:
        """
        Tell the endpoint `grant.deliver`.

        Raises:
            Away: It was not reached, or its answer does not say what became of the errand.
        """
        return await self._tell("grant.deliver", errand)

    async def withdraw(self, errand: Errand) -> Outcome:
        """
        Tell the endpoint `grant.withdraw`; a refusal comes back as it was said, though nobody takes it for the last word.

        Raises:
            Away: It was not reached, or its answer does not say what became of the errand.
        """
        return await self._tell("grant.withdraw", errand)

    async def close(self) -> None:
        """Let messages under way finish, then close the connections."""
        await self._outbound.close()

    async def _tell(self, kind: str, errand: Errand) -> Outcome:
        now = self._clock()
        body = message(kind, errand, now)
        headers = signed_headers(self._keys, message_id(self.name, kind, errand), now // _TO_S, body)
        headers |= {"content-type": "application/json", "user-agent": "Polyshare"}
        try:
            answer = await self._outbound.post(body, headers)
            found = outcome(answer, errand, now / _TO_S)
        except NotLetOut as error:
            raise Away(self.name, errand, f"{error.message} ({error.detail})") from error
        except Unavailable as error:
            raise Away(self.name, errand, error.message, error.retry_after_s) from error
        if answer.status >= 400:
            log.warning("webhook.refused", provider=self.name, grant=errand.public_id, status=answer.status)
        return found


def message(kind: str, errand: Errand, now: int) -> bytes:
    """The body of the message; *now* in microseconds since the epoch, UTC."""
    at = datetime.fromtimestamp(now // _TO_S, UTC).replace(microsecond=now % _TO_S)
    data = TellGrant(
        grant=errand.public_id,
        generation=errand.generation,
        share=errand.share,
        share_name=errand.share_name,
        owner=errand.owner,
        recipient=errand.recipient,
        recipient_kind=errand.recipient_kind.value,
        permissions=[flag.name.lower() for flag in Permission if flag in errand.permissions and flag.name],
        entries=[_entry(entry) for entry in errand.entries],
    )
    return _MESSAGES.encode(Tell(kind, at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), data))


def _entry(entry: Entry) -> TellEntry:
    meta = Raw(entry.meta.encode())
    return TellEntry(entry.public_id, entry.kind, entry.key, entry.owner, meta, entry.revision, entry.leaving)


def message_id(provider: str, kind: str, errand: Errand) -> str:
    """
    The same for every try of one errand, so that the endpoint can tell a repetition.

    It depends on the entries too: after a partial success the rest comes as a message of its own, which an endpoint that
    remembers ids does not take for what it has done already.
    """
    entries = sorted((entry.public_id, entry.revision, entry.leaving) for entry in errand.entries)
    digest = hashlib.sha256(msgspec.json.encode((provider, errand.share, entries))).hexdigest()[:16]
    return f"{kind.removeprefix('grant.')}_{errand.grant:x}_{errand.generation}_{digest}"


def outcome(answer: Answer, errand: Errand, now_s: float) -> Outcome:
    """
    What an answer says; messages of its own are for the recipients, those of errors for the operator.

    Args:
        now_s: Seconds since the epoch.

    Raises:
        Unavailable: It says to come back later, or it does not say what became of the errand.
    """
    status = answer.status
    if 200 <= status < 300:
        return _told(answer.body, errand)
    if 300 <= status < 400:
        raise Unavailable(
            f"The endpoint answered {status}; redirects are not followed, configure its final URL."
        )
    if 400 <= status < 500 and status not in PASSING | _SET_UP:
        return Outcome(
            tuple(Refusal(entry.item, "The provider refused.", final=True) for entry in errand.entries)
        )
    later = plain(answer.headers.get("retry-after", ""), 40)
    raise Unavailable(
        f"The endpoint answered {status}{f' and asks to retry after: {later}' if later else ''}.",
        answer.retry_after_s(now_s),
    )


def _told(body: bytes | None, errand: Errand) -> Outcome:
    """What the body of a good answer says."""
    if body is None:
        raise Unavailable("The endpoint's answer is too long; it may have 64 KiB.")
    if not body.strip():
        return Outcome()
    try:
        errors = _ANSWERS.decode(body).errors
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unavailable(f"The endpoint's answer is not as agreed: {plain(str(error), 200)}.") from error
    items = {entry.public_id: entry.item for entry in errand.entries}
    refusals: dict[int, Refusal] = {}
    for one in errors:
        item = items.get(one.entry)
        if item is None or item in refusals:
            wrong = "that was not in the message" if item is None else "twice"
            raise Unavailable(f"The endpoint's answer names an entry {wrong}: {plain(one.entry, 64)!r}.")
        text = plain(one.message, MESSAGE_LIMIT) or "The provider refused and gave no reason."
        refusals[item] = Refusal(item, text, one.final)
    return Outcome(tuple(refusals.values()))
