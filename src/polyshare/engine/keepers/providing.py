"""Makes providers from the directory's rows, and notices when those rows have changed."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec
import structlog
from msgspec import Meta, Struct

from polyshare.domain.errors import Invalid
from polyshare.domain.shares import FILE, NODE
from polyshare.engine.directory import provider_settings
from polyshare.engine.directory.provider_settings import at, decoded
from polyshare.engine.work import House
from polyshare.providers import ucloud, ucloud_reading
from polyshare.providers.applied import Applied
from polyshare.providers.base import Keeper, Provider
from polyshare.providers.guard import networks
from polyshare.providers.instant import Instant
from polyshare.providers.outbound import Outbound, endpoint
from polyshare.providers.registry import Providers
from polyshare.providers.signing import signing_key
from polyshare.providers.ucloud import UcloudProvider
from polyshare.providers.unusable import Unusable
from polyshare.providers.webhook import Webhook
from polyshare.settings import Settings
from polyshare.store.database import Database, Rows
from polyshare.store.directory import providers as store

log = structlog.get_logger(__name__)

# What a provider of kind `files` keeps lies in our own tree; one of kind `ucloud` keeps folders, whose kind is `path:` and
# its name. Neither can claim a kind of resource that lies elsewhere.
CARRYING = ("applied", "webhook")
KEEPING = "ucloud"
KINDS = (*CARRYING, "files", KEEPING)

_TIMEOUT_S = 10.0
_CLAIM_PART = 0.8  # a call ends before the claim on its grant does, so that its outcome can be recorded


class AppliedSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """What a provider of kind `applied` needs; None: the setting `applied_delay_s`."""

    delay_s: Annotated[float, Meta(ge=0, le=86_400)] | None = None  # from a change to its being carried out


class WebhookSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """What a provider of kind `webhook` needs; every secret given signs, so that secrets can be rotated."""

    url: str
    secret: str = ""
    secrets: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()  # let past the guard, in CIDR notation
    timeout_s: Annotated[float, Meta(gt=0, le=3600)] | None = None  # seconds for a whole call

    def keys(self) -> tuple[bytes, ...]:
        """The keys of all secrets, the single one first."""
        given = (*((self.secret,) if self.secret else ()), *self.secrets)
        if not given:
            raise Invalid("A webhook needs a secret to sign with: whsec_ and base64 of 32 random bytes.")
        return tuple(signing_key(secret) for secret in dict.fromkeys(given))


async def load(database: Database, settings: Settings) -> Providers:
    """The registry as the rows are now; a row that can't be used is stood in for by `Unusable`."""
    number, rows = await database.read(_read)
    return _registry(number, rows, settings, None)


async def refresh(house: House) -> bool:
    """
    Take the directory's providers over if its epoch has moved; whether it had.

    Providers whose rows are the same stay. Those that were replaced finish what is under way before this returns.
    """
    number = await house.database.read(store.epoch)
    if number == house.providers.epoch:
        return False
    number, rows = await house.database.read(_read)
    old = house.providers
    house.providers = _registry(number, rows, house.settings, old)
    kept = house.providers.made.values()
    for provider in old.made.values():
        if not any(provider is other for other in kept):
            await provider.close()
    return True


def check(kind: str, text: str, kinds: Sequence[str], settings: Settings) -> None:
    """
    Refuse a provider that could not work, before its row is written.

    Args:
        text: Its settings as JSON.
        kinds: The resource kinds that it claims.

    Raises:
        Invalid: `where` is ("kind",), ("resource_types",), or ("settings",) with the name of what is wrong in them.
    """
    if kind not in KINDS:
        raise Invalid(f"A provider of kind {kind!r} is unknown; use {', '.join(KINDS)}.", "kind")
    if kind in CARRYING:
        _made("", kind, text, settings, strict=True)
        return
    if kinds:
        raise Invalid(
            f"A provider of kind {kind!r} carries no resource types; leave them out.", "resource_types"
        )
    if kind == KEEPING:
        _keeper("", text, settings, strict=True)
    else:
        provider_settings.check_files(text)


def shown(kind: str, text: str) -> str:
    """Settings as they may be shown and logged: JSON text without secrets, and without the query of a URL."""
    try:
        values = msgspec.json.decode(text, type=dict[str, object])
    except msgspec.DecodeError:
        return "{}"
    open_ones = {
        "applied": ("delay_s",),
        "webhook": ("url", "networks", "timeout_s"),
    }.get(kind, ("url", "public_key", "networks", "timeout_s"))
    seen = {name: values[name] for name in open_ones if name in values}
    if isinstance(url := seen.get("url"), str):
        seen["url"] = url.partition("?")[0]
    return msgspec.json.encode(seen).decode()


async def unusable(database: Database, settings: Settings) -> list[tuple[str, str]]:
    """Providers that can't be used as they are set up, by name, each with what is wrong; texts for the operator."""
    found = []
    for row in await database.read(store.providers):
        try:
            check(row.kind, row.settings, row.kinds, settings)
        except Invalid as error:
            found.append((row.name, error.message))
    return found


async def _read(rows: Rows) -> tuple[int, list[store.ProviderRow]]:
    return await store.epoch(rows), await store.providers(rows)


def _registry(
    number: int, rows: Sequence[store.ProviderRow], settings: Settings, old: Providers | None
) -> Providers:
    """The providers that carry or keep something, taken from *old* where they were made from the same."""
    tree = Instant("files")
    by_kind: dict[str, Provider] = {NODE: tree, FILE: tree}
    keepers: dict[str, Keeper] = {}
    made: dict[tuple[str, str, str], Provider] = {}
    before: Mapping[tuple[str, str, str], Provider] = {} if old is None else old.made
    for row in rows:
        source = (row.name, row.kind, row.settings)
        kinds = [kind for kind in row.kinds if kind not in (NODE, FILE)]  # the file tree is ours alone
        if row.kind == KEEPING:
            known = old.keepers.get(row.name) if old is not None and source in before else None
            made[source] = keepers[row.name] = known or _usable_keeper(row, settings)
        elif kinds:
            made[source] = before.get(source) or _usable(row, settings)
            by_kind.update(dict.fromkeys(kinds, made[source]))
    rest = Applied("applied", settings.applied_delay_s)
    return Providers(by_kind, rest, keepers=keepers, epoch=number, made=made)


def _usable(row: store.ProviderRow, settings: Settings) -> Provider:
    """The provider of a row, or what stands in for it."""
    try:
        return _made(row.name, row.kind, row.settings, settings)
    except Invalid as error:
        return _unusable(row, error)


def _usable_keeper(row: store.ProviderRow, settings: Settings) -> Keeper:
    """The keeper of a row, or what stands in for it."""
    try:
        return _keeper(row.name, row.settings, settings)
    except Invalid as error:
        return _unusable(row, error)


def _unusable(row: store.ProviderRow, error: Invalid) -> Unusable:
    log.error("provider.unusable", provider=row.name, problem=error.message, where=error.where)
    return Unusable(row.name, error.message)


def _keeper(name: str, text: str, settings: Settings, *, strict: bool = False) -> Keeper:
    """A provider of kind `ucloud` from its settings; *strict* also refuses what would only be bounded."""
    given = provider_settings.ready(text)
    if "?" in given.to.target:
        raise Invalid(
            "The URL of this provider has no query: what is called lies below it.", "settings", "url"
        )
    most_s = min(_most_s(settings, given.timeout_s, strict=strict), ucloud.LONGEST_S)
    timeout_s = min(given.timeout_s, most_s)
    outbound = Outbound(
        given.to,
        given.let_past,
        timeout_s,
        wait_s=most_s - timeout_s,
        answer_limit_bytes=ucloud_reading.ANSWER_LIMIT_BYTES,
    )
    return UcloudProvider(name, outbound, given.key, most_s)


def _most_s(settings: Settings, timeout_s: float | None, *, strict: bool) -> float:
    """The longest that a provider may take for an errand."""
    most_s = settings.claim_s * _CLAIM_PART
    if strict and timeout_s is not None and timeout_s > most_s:
        raise Invalid(f"timeout_s may be {most_s:g} at most, as `claim_s` stands.", "settings", "timeout_s")
    return most_s


def _made(name: str, kind: str, text: str, settings: Settings, *, strict: bool = False) -> Provider:
    """A provider from its settings; *strict* also refuses what would only be bounded."""
    if kind == "applied":
        delay_s = decoded(text, AppliedSettings).delay_s
        return Applied(name, settings.applied_delay_s if delay_s is None else delay_s)
    if kind != "webhook":
        raise Invalid(f"A provider of kind {kind!r} carries no resources of this kind.", "kind")
    given = decoded(text, WebhookSettings)
    most_s = _most_s(settings, given.timeout_s, strict=strict)
    with at("settings", "url"):
        to = endpoint(given.url)
    with at("settings", "networks"):
        let_past = networks(given.networks)
    with at("settings", "secret"):
        keys = given.keys()
    timeout_s = min(given.timeout_s or _TIMEOUT_S, most_s)
    return Webhook(name, Outbound(to, let_past, timeout_s, wait_s=most_s - timeout_s), keys)
