"""Rows of credentials: tokens and keys as hashes, and what a narrowed one may reach."""

from collections.abc import Sequence
from typing import Any

from polyshare.domain.directory import Acting, Credential
from polyshare.store.credentials.refresh_tokens import OF_BROWSERS
from polyshare.store.database import Row, Rows
from polyshare.store.directory.acting import access_of, acting
from polyshare.store.statements import composed, statement

_CREDENTIAL = (
    "select c.id, c.public_id, c.kind, c.name, u.login, c.access, c.narrowed, c.created_at, c.expires_at, c.revoked_at"
    " from credential c join person u on u.principal = c.person"
)
# One statement, so that the credential and the epoch are of the same moment.
RECOGNIZE = statement(
    "credential.recognize",
    """
    select c.id, c.person, u.login, u.email_folded, c.access, c.narrowed, u.administrator, c.expires_at, c.revoked_at,
      p.status, e.number, p.name
    from credential c join person u on u.principal = c.person join principal p on p.id = c.person cross join epoch e
    where c.kind = :kind and c.hash = :hash
    """,
)
ADD = statement(
    "credential.add",
    """
    insert into credential (id, public_id, kind, hash, person, name, access, narrowed, created_at, expires_at, revoked_at)
    values (:id, :public_id, :kind, :hash, :person, :name, :access, :narrowed, :now, :expires_at, :revoked_at)
    """,
)
CHANGE = statement(
    "credential.change",
    """
    update credential set name = :name, access = :access, narrowed = :narrowed, expires_at = :expires_at,
      revoked_at = :revoked_at where id = :id
    """,
)
FIND = statement(
    "credential.find", f"{_CREDENTIAL} where c.public_id = :public_id{{postgres:  for update of c}}"
)
SEE = statement("credential.see", f"{_CREDENTIAL} where c.public_id = :public_id")
BY_HASH = statement("credential.by_hash", f"{_CREDENTIAL} where c.kind = :kind and c.hash = :hash")
END_SESSION = statement(
    "credential.end_session", "delete from credential where kind = 'session' and hash = :hash"
)
# What an operator gave was not given for a password, and stays to be seen.
FOR_A_PASSWORD = f"(client is not null or {OF_BROWSERS})"
SIGN_OUT = statement(
    "credential.sign_out",
    f"""
    delete from credential where person = :person
      and (kind = 'session' or (kind = 'refresh' and {FOR_A_PASSWORD}))
    """,  # noqa: S608 - a fragment of ours
)
ENDED_SESSIONS = statement(
    "credential.ended_sessions",
    """
    delete from credential where id in
      (select id from credential where kind = 'session' and expires_at < :before order by expires_at, id limit :limit)
    """,
)
ENDED_REFRESH = statement(
    "credential.ended_refresh",
    f"""
    delete from credential where id in (
      select id from credential where kind = 'refresh' and expires_at < :before and {FOR_A_PASSWORD}
      order by expires_at, id limit :limit)
    """,  # noqa: S608 - a fragment of ours
)
ADD_SCOPE = statement(
    "credential_scope.add",
    "insert into credential_scope (credential, principal, access) values (:credential, :principal, :access)",
)
CLEAR_SCOPE = statement(
    "credential_scope.clear", "delete from credential_scope where credential = :credential"
)
SCOPES = statement(
    "credential_scope.of",
    """
    select p.kind, p.public_id, p.name, s.access, s.credential
    from credential_scope s join principal p on p.id = s.principal
    where s.credential in :credentials[] order by s.credential, p.kind, p.public_id
    """,
)


def _credential(row: Row) -> Credential:
    ident, public_id, kind, name, login, rank, narrowed, created_at, expires_at, revoked_at = row
    access = access_of(rank)
    return Credential(
        ident, public_id, kind, name, login, access, bool(narrowed), created_at, expires_at, revoked_at
    )


async def find(rows: Rows, public_id: str, *, lock: bool = False) -> Credential | None:
    """The credential with that public id."""
    row = await rows.one(FIND if lock else SEE, public_id=public_id)
    return None if row is None else _credential(row)


async def by_hash(rows: Rows, kind: str, digest: str) -> Credential | None:
    """The credential whose secret has that SHA-256, whether it is live or not."""
    row = await rows.one(BY_HASH, kind=kind, hash=digest)
    return None if row is None else _credential(row)


async def listed(
    rows: Rows, kind: str, after: int, limit: int, person: int | None = None
) -> list[Credential]:
    """At most *limit* credentials of one kind, and of one person if given, after the id *after*, oldest first."""
    values: dict[str, Any] = {"kind": kind, "after": after, "limit": limit}
    if person is not None:
        values["person"] = person
    page = composed(
        "credential.list",
        f"{_CREDENTIAL} where c.kind = :kind and c.id > :after {{filters}} order by c.id limit :limit",
        ("c.person = :person",) if person is not None else (),
    )
    return [_credential(row) for row in await rows.all(page, **values)]


async def scopes(rows: Rows, credentials: Sequence[int]) -> dict[int, list[Acting]]:
    """What narrowed credentials name, by the credential's id."""
    found: dict[int, list[Acting]] = {ident: [] for ident in credentials}
    for *row, ident in await rows.all(SCOPES, credentials=list(credentials)):
        found[ident].append(acting(row))
    return found
