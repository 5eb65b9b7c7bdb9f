"""Rows of `signing_key`: what tokens and cookies are signed with."""

from dataclasses import dataclass, field

from polyshare.store.database import Rows
from polyshare.store.statements import statement

_KEY = "select id, kid, purpose, jwk, created_at from signing_key"
ADD = statement(
    "signing_key.add",
    "insert into signing_key (id, kid, purpose, jwk, created_at) values (:id, :kid, :purpose, :jwk, :now)",
)
ALL = statement("signing_key.all", f"{_KEY} order by id")
NEWEST = statement("signing_key.newest", f"{_KEY} where purpose = :purpose order by id desc limit 1")
REMOVE = statement("signing_key.remove", "delete from signing_key where id in :ids[]")
# Who makes a key holds this row until its transaction ends, so that two processes do not make one each.
LOCK = statement("signing_key.lock", "select id from installation where id = 1 {postgres: for update}")


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key as it is kept; `jwk` is its whole JWK as JSON text, `created_at` is in microseconds."""

    id: int
    kid: str
    purpose: str
    jwk: str = field(repr=False)
    created_at: int


async def everything(rows: Rows) -> list[KeyRow]:
    """All keys, the oldest first."""
    return [KeyRow(*row) for row in await rows.all(ALL)]


async def newest(rows: Rows, purpose: str) -> KeyRow | None:
    """The newest key of a purpose, behind a lock that is held until the transaction ends."""
    await rows.one(LOCK)
    row = await rows.one(NEWEST, purpose=purpose)
    return None if row is None else KeyRow(*row)
