"""Rows of `issuer`: who else signs tokens that are believed, and on what terms."""

from dataclasses import dataclass, field

from polyshare.store.database import Rows
from polyshare.store.statements import statement

ALL = statement(
    "issuer.all",
    "select dialect, issuer, settings, created_at, modified_at from issuer order by dialect, issuer",
)
PUT = statement(
    "issuer.put",
    """
    insert into issuer (dialect, issuer, settings, created_at, modified_at)
    values (:dialect, :issuer, :settings, :now, :now)
    on conflict (dialect, issuer) do update set settings = excluded.settings, modified_at = excluded.modified_at
    """,
)
REMOVE = statement("issuer.remove", "delete from issuer where dialect = :dialect and issuer = :issuer")


@dataclass(frozen=True, slots=True)
class IssuerRow:
    """An issuer as it is kept; `settings` is JSON and may hold a secret, so it is never shown as it is."""

    dialect: str
    issuer: str
    settings: str = field(repr=False)
    created_at: int
    modified_at: int


async def everything(rows: Rows) -> list[IssuerRow]:
    """All issuers, by dialect and name."""
    return [IssuerRow(*row) for row in await rows.all(ALL)]
