"""Rows of refresh tokens that need no client: of users among the credentials, of providers in `provider_token`."""

from collections.abc import Sequence
from dataclasses import dataclass

from polyshare.domain.refresh_tokens import Holder, RefreshToken
from polyshare.store.database import Row, Rows
from polyshare.store.statements import statement

BROWSER = "browser"
"""Name of what a browser gets when somebody signs in, which has an end."""
OF_BROWSERS = f"(expires_at is not null and client is null and name = '{BROWSER}')"

_USERS = (
    "select c.id, c.public_id, u.login, '' as provider, c.name, c.created_at, c.expires_at, c.revoked_at"
    " from credential c join person u on u.principal = c.person where c.kind = 'refresh' and c.client is null"
)
_PROVIDERS = (
    "select t.id, t.public_id, '' as login, t.provider, '' as name, t.created_at, null as expires_at, t.revoked_at"
    " from provider_token t where"
)
FIND = statement(
    "refresh.find",
    f"{_USERS} and c.public_id = :public_id union all {_PROVIDERS} t.public_id = :public_id",
)
LISTED = statement(
    "refresh.listed",
    f"{_USERS} and c.id > :after union all {_PROVIDERS} t.id > :after order by 1 limit :limit",
)
LISTED_OF = statement(
    "refresh.listed_of",
    f"{_USERS} and c.id > :after and u.login = :login"
    f" union all {_PROVIDERS} t.id > :after and t.provider = :provider order by 1 limit :limit",
)
ADD = statement(
    "user_refresh.add",
    """
    insert into credential
      (id, public_id, kind, hash, person, name, access, narrowed, created_at, expires_at)
    values (:id, :public_id, 'refresh', :hash, :person, :name, 2, 0, :now, :expires_at)
    """,
)
ADD_OF_PROVIDER = statement(
    "provider_token.add",
    """
    insert into provider_token (id, public_id, hash, provider, created_at)
    values (:id, :public_id, :hash, :provider, :now)
    """,
)
BY_HASH = statement(
    "refresh.by_hash",
    """
    select c.public_id, c.person, '' as provider, c.expires_at, c.revoked_at from credential c
    where c.kind = 'refresh' and c.hash = :hash and c.client is null
    union all
    select t.public_id, null as person, t.provider, null as expires_at, t.revoked_at from provider_token t where t.hash = :hash
    """,
)
PROVIDERS_BY_HASH = statement(
    "provider_token.by_hash",
    "select hash, public_id, provider from provider_token where hash in :hashes[] and revoked_at is null",
)
REVOKE = statement(
    "user_refresh.revoke",
    """
    update credential set revoked_at = :now
    where kind = 'refresh' and client is null and public_id = :public_id and revoked_at is null
    """,
)
REVOKE_OF_PROVIDER = statement(
    "provider_token.revoke",
    "update provider_token set revoked_at = :now where public_id = :public_id and revoked_at is null",
)
# What was given to a browser is gone with it; what an operator gave stays to be seen.
END = statement(
    "user_refresh.end",
    f"delete from credential where kind = 'refresh' and hash = :hash and {OF_BROWSERS}",  # noqa: S608 - a fragment of ours
)
END_STANDING = statement(
    "user_refresh.end_standing",
    """
    update credential set revoked_at = :now
    where kind = 'refresh' and client is null and hash = :hash and revoked_at is null
    """,
)
END_OF_PROVIDER = statement(
    "provider_token.end",
    "update provider_token set revoked_at = :now where hash = :hash and revoked_at is null",
)
REMOVE_OF_PROVIDER = statement(
    "provider_token.remove", "delete from provider_token where provider = :provider"
)


@dataclass(frozen=True, slots=True)
class Held:
    """A refresh token, who holds it, and until when, in microseconds; a provider's has no `person`."""

    public_id: str
    person: int | None
    provider: str
    expires_at: int | None
    revoked_at: int | None


def _token(row: Row) -> RefreshToken:
    ident, public_id, login, provider, name, created_at, expires_at, revoked_at = row
    return RefreshToken(ident, public_id, Holder(login, provider), name, created_at, expires_at, revoked_at)


async def by_hash(rows: Rows, digest: str) -> Held | None:
    """Who holds the token of that hash, whether it is live or not."""
    row = await rows.one(BY_HASH, hash=digest)
    return None if row is None else Held(*row)


async def providers_by_hash(rows: Rows, digests: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Public id and provider of each live token among these hashes, by the hash."""
    found = await rows.all(PROVIDERS_BY_HASH, hashes=list(digests))
    return {digest: (public_id, provider) for digest, public_id, provider in found}


async def find(rows: Rows, public_id: str) -> RefreshToken | None:
    """The token of that public id."""
    row = await rows.one(FIND, public_id=public_id)
    return None if row is None else _token(row)


async def listed(rows: Rows, after: int, limit: int, holder: Holder | None = None) -> list[RefreshToken]:
    """At most *limit* tokens after the id *after*, oldest first; those of one holder, if it is given."""
    if holder is None:
        found = await rows.all(LISTED, after=after, limit=limit)
    else:
        found = await rows.all(
            LISTED_OF, after=after, limit=limit, login=holder.user, provider=holder.provider
        )
    return [_token(row) for row in found]
