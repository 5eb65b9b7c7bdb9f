"""Rows of who carries resources: providers, and the kinds of resource that each one claims."""

from collections.abc import Sequence
from dataclasses import dataclass

from polyshare.store.database import Rows
from polyshare.store.statements import statement

_EPOCH = statement("providers.epoch", "select number from epoch")
_PROVIDERS = statement(
    "providers.all", "select name, kind, settings, created_at, modified_at from provider order by name"
)
_CLAIMS = statement(
    "providers.claims", "select provider, resource_kind from provider_kind order by resource_kind"
)
_CLAIMANTS = statement(
    "providers.claimants",
    "select resource_kind, provider from provider_kind where resource_kind in :kinds[]",
)
_STORAGE = statement(
    "providers.storage", "select name, settings from provider where kind in ('files', 'ucloud') order by name"
)
_KIND_OF = statement("providers.kind_of", "select kind from provider where name = :name")
# Names are a provider's own to give: whoever takes some in waits for who took some in of the same provider.
LOCK = statement(
    "providers.lock", "select name from provider where name = :provider {postgres: for no key update}"
)
_PUT = statement(
    "providers.put",
    """
    insert into provider (name, kind, settings, created_at, modified_at)
    values (:name, :kind, :settings, :now, :now)
    on conflict (name) do update
      set kind = excluded.kind, settings = excluded.settings, modified_at = excluded.modified_at
    """,
)
_RELEASE = statement("providers.release", "delete from provider_kind where provider = :name")
_CLAIM = statement(
    "providers.claim", "insert into provider_kind (resource_kind, provider) values (:kind, :name)"
)
_DELETE = statement("providers.delete", "delete from provider where name = :name")


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """
    A provider as it is kept.

    Attributes:
        settings: JSON text of what its kind needs; it may hold secrets, so it is never shown or logged as it is.
        kinds: Resource kinds that it claims, in order.
        created_at: Microseconds since the epoch, UTC; so is `modified_at`.
    """

    name: str
    kind: str
    settings: str
    kinds: tuple[str, ...]
    created_at: int
    modified_at: int


async def providers(rows: Rows) -> list[ProviderRow]:
    """All providers by name: two statements."""
    kinds: dict[str, list[str]] = {}
    for provider, kind in await rows.all(_CLAIMS):
        kinds.setdefault(provider, []).append(kind)
    return [
        ProviderRow(name, kind, settings, tuple(kinds.get(name, ())), created_at, modified_at)
        for name, kind, settings, created_at, modified_at in await rows.all(_PROVIDERS)
    ]


async def storage(rows: Rows) -> list[tuple[str, str]]:
    """Who keeps files, ours or elsewhere, with their settings: one statement."""
    return [(name, settings) for name, settings in await rows.all(_STORAGE)]


async def kind_of(rows: Rows, name: str) -> str | None:
    """The kind of the provider of that name; None: there is none."""
    row = await rows.one(_KIND_OF, name=name)
    return None if row is None else str(row[0])


async def claimants(rows: Rows, kinds: Sequence[str]) -> dict[str, str]:
    """Which of these resource kinds are claimed, and the name of the provider that claims each."""
    return dict(await rows.all(_CLAIMANTS, kinds=list(kinds)))  # type: ignore[arg-type] # rows of two columns


async def put(rows: Rows, name: str, kind: str, settings: str, kinds: Sequence[str], now: int) -> None:
    """
    Add a provider, or replace the one of that name with the kinds that it claimed.

    Raises:
        Taken: Another provider claims one of the kinds; ask `claimants` first to say which.
    """
    await rows.run(_PUT, name=name, kind=kind, settings=settings, now=now)
    await rows.run(_RELEASE, name=name)
    await rows.many(_CLAIM, [{"kind": claimed, "name": name} for claimed in dict.fromkeys(kinds)])


async def delete(rows: Rows, name: str) -> bool:
    """Remove a provider and its claims; whether it was there."""
    await rows.run(_RELEASE, name=name)
    return await rows.run(_DELETE, name=name) > 0


async def epoch(rows: Rows) -> int:
    """The number that moves whenever credentials or providers change."""
    row = await rows.one(_EPOCH)
    return int(row[0]) if row is not None else 0
