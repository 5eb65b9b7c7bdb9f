"""Rows of `authorization_code` and of what clients keep to get new tokens by: each secret as its SHA-256."""

from dataclasses import dataclass

from polyshare.store.database import Rows
from polyshare.store.statements import statement

ADD = statement(
    "authorization_code.add",
    """
    insert into authorization_code (hash, client, person, asked, expires_at)
    values (:hash, :client, :person, :asked, :expires_at)
    """,
)
# One statement, so that of two who bring the same code one gets it.
TAKE = statement(
    "authorization_code.take",
    "delete from authorization_code where hash = :hash and client = :client returning person, asked, expires_at",
)
OF_CLIENT = statement("authorization_code.of_client", "delete from authorization_code where client = :client")
ENDED = statement("authorization_code.ended", "delete from authorization_code where expires_at < :before")
ADD_REFRESH = statement(
    "refresh_token.add",
    """
    insert into credential
      (id, public_id, kind, hash, person, name, access, narrowed, created_at, expires_at, client, scope)
    values (:id, :public_id, 'refresh', :hash, :person, :name, :access, 0, :now, :expires_at, :client, :scope)
    """,
)
REFRESH = statement(
    "refresh_token.find",
    """
    select person, scope from credential
    where kind = 'refresh' and hash = :hash and client = :client and expires_at > :now and revoked_at is null
    """,
)


@dataclass(frozen=True, slots=True)
class Code:
    """Whom a code is for and what was asked for with it, as JSON; `expires_at` is in microseconds."""

    person: int
    asked: str
    expires_at: int


async def take(rows: Rows, digest: str, client: int) -> Code | None:
    """The code of that hash, given to that client; it is gone afterwards."""
    row = await rows.one(TAKE, hash=digest, client=client)
    return None if row is None else Code(*row)


async def refreshes(rows: Rows, digest: str, client: int, now: int) -> tuple[int, str] | None:
    """Whom a refresh token of that client is for, and with which scope, if it is live at *now* (microseconds)."""
    row = await rows.one(REFRESH, hash=digest, client=client, now=now)
    return None if row is None else (row[0], row[1] or "")
