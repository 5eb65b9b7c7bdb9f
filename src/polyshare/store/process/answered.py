"""Requests that carried an idempotency key, and the answers they got."""

from dataclasses import dataclass

from polyshare.domain.errors import KeyReused
from polyshare.store.database import Rows
from polyshare.store.statements import statement


@dataclass(frozen=True, slots=True)
class Request:
    """One request: `call` is its method, route, identifiers and query, `body_hash` the SHA-256 of its body as hex."""

    credential: int
    call: str
    key: str
    body_hash: str


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it was sent; `headers` is a JSON array of name and value pairs."""

    status: int
    headers: str
    body: bytes


INSERT = statement(
    "insert answered",
    """
    insert into answered (credential, call, key, body_hash, at)
    values (:credential, :call, :key, :body_hash, :now)
    on conflict (credential, call, key) do nothing
    """,
)
FIND = statement(
    "find answered",
    """
    select body_hash, status, headers, answer, at from answered
    where credential = :credential and call = :call and key = :key
    """,
)
TAKE_OVER = statement(
    "take over answered",
    """
    update answered set body_hash = :body_hash, status = null, headers = null, answer = null, at = :now
    where credential = :credential and call = :call and key = :key
    """,
)
FILL = statement(
    "fill answered",
    """
    update answered set status = :status, headers = :headers, answer = :answer
    where credential = :credential and call = :call and key = :key
    """,
)
PURGE = statement(
    "purge answered",
    """
    delete from answered where (credential, call, key) in (
      select credential, call, key from answered where at < :before order by at limit :limit
    )
    """,
)


async def begin(rows: Rows, request: Request, now: int, forgotten_before: int) -> Kept | None:
    """
    Take the key for *request* before it is carried out, or find the answer that it got the first time.

    Whoever comes second at the same moment waits here for the first one's transaction.

    Args:
        forgotten_before: Answers older than this time (microseconds) do not count any more.

    Raises:
        KeyReused: The key came with another body before.
    """
    names = {"credential": request.credential, "call": request.call, "key": request.key}
    if await rows.run(INSERT, **names, body_hash=request.body_hash, now=now):
        return None
    found = await rows.one(FIND, **names)
    if found is None or found[1] is None or found[4] < forgotten_before:
        await rows.run(TAKE_OVER, **names, body_hash=request.body_hash, now=now)
        return None
    body_hash, status, headers, answer, _ = found
    if body_hash != request.body_hash:
        raise KeyReused("This idempotency key was used with another request body; use a new key.")
    return Kept(status, headers, bytes(answer))


async def fill(rows: Rows, request: Request, kept: Kept) -> None:
    """Keep the answer that *request* gets, in the transaction that carried it out."""
    await rows.run(
        FILL,
        credential=request.credential,
        call=request.call,
        key=request.key,
        status=kept.status,
        headers=kept.headers,
        answer=kept.body,
    )


async def purge(rows: Rows, before: int, limit: int) -> int:
    """Forget at most *limit* answers that are older than *before* (microseconds), oldest first; how many went."""
    return await rows.run(PURGE, before=before, limit=limit)
