"""Rows of OAuth clients, and of the tokens that they got for people."""

from collections.abc import Sequence

from polyshare.domain.directory import Client
from polyshare.store.credentials import codes
from polyshare.store.database import Row, Rows
from polyshare.store.statements import statement

_CLIENT = "select id, public_id, secret_hash, redirect_uris, created_at from client"
ADD = statement(
    "client.add",
    """
    insert into client (id, public_id, secret_hash, redirect_uris, created_at)
    values (:id, :public_id, :secret_hash, :redirect_uris, :now)
    """,
)
CHANGE = statement(
    "client.change",
    "update client set secret_hash = :secret_hash, redirect_uris = :redirect_uris where id = :id",
)
REMOVE = statement("client.remove", "delete from client where id = :id")
FIND = statement("client.find", f"{_CLIENT} where public_id = :public_id{{postgres:  for update}}")
SEE = statement("client.see", f"{_CLIENT} where public_id = :public_id")
LIST = statement("client.list", f"{_CLIENT} where public_id > :after order by public_id limit :limit")
ADD_TOKEN = statement(
    "client.add_token",
    """
    insert into credential (id, public_id, kind, hash, person, name, access, narrowed, created_at, expires_at, client)
    values (:id, :public_id, 'token', :hash, :person, :name, :access, 0, :now, :expires_at, :client)
    """,
)
TOKENS = statement("client.tokens", "select id from credential where client = :client")
ENDED = statement(
    "client.ended_tokens",
    "select id from credential where client is not null and expires_at < :before order by expires_at, id limit :limit",
)
KNOWN = statement("client.known", "select public_id from client where public_id in :ids[]")
REMOVE_SCOPES = statement("client.remove_scopes", "delete from credential_scope where credential in :ids[]")
REMOVE_TOKENS = statement("client.remove_tokens", "delete from credential where id in :ids[]")


def _client(row: Row) -> Client:
    ident, public_id, secret_hash, redirect_uris, created_at = row
    return Client(ident, public_id, secret_hash, tuple(redirect_uris.split()), created_at)


async def find(rows: Rows, public_id: str, *, lock: bool = False) -> Client | None:
    """The client with that public id."""
    row = await rows.one(FIND if lock else SEE, public_id=public_id)
    return None if row is None else _client(row)


async def listed(rows: Rows, after: str, limit: int) -> list[Client]:
    """At most *limit* clients after the public id *after*, in its order."""
    return [_client(row) for row in await rows.all(LIST, after=after, limit=limit)]


async def known(rows: Rows, ids: Sequence[str]) -> set[str]:
    """Which of these public ids are clients'."""
    return {row[0] for row in await rows.all(KNOWN, ids=list(ids))}


async def remove(rows: Rows, client: int) -> None:
    """Remove a client with every token that it got."""
    await _remove_tokens(rows, [row[0] for row in await rows.all(TOKENS, client=client)])
    await rows.run(codes.OF_CLIENT, client=client)
    await rows.run(REMOVE, id=client)


async def purge_tokens(rows: Rows, before: int, limit: int) -> int:
    """Remove at most *limit* tokens of clients that ended before *before* (microseconds); how many went."""
    ended = [row[0] for row in await rows.all(ENDED, before=before, limit=limit)]
    await _remove_tokens(rows, ended)
    return len(ended)


async def _remove_tokens(rows: Rows, ids: list[int]) -> None:
    if ids:
        await rows.run(REMOVE_SCOPES, ids=ids)
        await rows.run(REMOVE_TOKENS, ids=ids)
