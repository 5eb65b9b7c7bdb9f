"""Keeping the providers: who carries which kinds of resource, and what each one needs."""

import difflib
from collections.abc import Sequence

from polyshare.domain.directory import checked_id
from polyshare.domain.errors import Invalid, NotFound, Taken
from polyshare.domain.events import What
from polyshare.domain.refresh_tokens import Holder
from polyshare.engine.credentials import refreshing
from polyshare.engine.directory import provider_settings
from polyshare.engine.directory.directing import bump, facts
from polyshare.engine.directory.provider_settings import at
from polyshare.engine.keepers import providing
from polyshare.engine.work import Work
from polyshare.store.credentials import refresh_tokens
from polyshare.store.directory import providers
from polyshare.store.directory.providers import ProviderRow


async def page(work: Work) -> list[ProviderRow]:
    """All providers by name; their settings may hold secrets, `providing.shown` leaves those out."""
    return await providers.providers(work.rows)


async def show(work: Work, name: str) -> ProviderRow:
    """
    One provider.

    Raises:
        NotFound: There is none of that name.
    """
    for row in await providers.providers(work.rows):
        if row.name == name:
            return row
    raise NotFound("provider", "There is no provider with this id.")


async def equip(work: Work, name: str, kind: str, settings: str, kinds: Sequence[str]) -> bool:
    """
    Add a provider, or make the one of that name different; every process takes it over by itself.

    Args:
        settings: JSON text of what its kind needs. A refresh token in it is kept as a hash, as one of the provider's, and
            those that it had stay.
        kinds: The kinds of resource that it carries.

    Returns:
        Whether anything was different.

    Raises:
        Invalid: It could not work like this, or no dialect knows one of the kinds.
        Taken: One of the kinds is another provider's.
    """
    checked_id(name, "id")
    providing.check(kind, settings, kinds, work.house.settings)
    settings, token = provider_settings.without_token(settings)
    for number, one in enumerate(kinds):
        check_kind(work, one, "resource_types", number)
    wanted = tuple(sorted(set(kinds)))
    for row in await providers.providers(work.rows):
        if row.name == name and (row.kind, row.settings, row.kinds) == (kind, settings, wanted):
            return await _has_token(work, name, token)
        if row.name != name and (both := set(wanted) & set(row.kinds)):
            raise Taken(
                "provider_kind_pkey", f"{min(both)} is carried by provider {row.name}; only one can carry it."
            )
    await work.note(What.PROVIDER_CHANGED, facts=facts(id=name, kind=kind))
    await providers.put(work.rows, name, kind, settings, wanted, work.now)
    await bump(work)
    await _has_token(work, name, token)
    return True


async def _has_token(work: Work, name: str, token: str) -> bool:
    """Have a refresh token that stood among a provider's settings be one of its own; whether it was none before."""
    if not token:
        return False
    with at("settings", "refresh_token"):
        return await refreshing.give(work, Holder(provider=name), token)


def check_kind(work: Work, kind: str, *where: str | int) -> None:
    """Refuse a kind of resource that nobody could ever share; raises Invalid."""
    checked_id(kind, *where)
    known = work.house.kinds
    if known and kind not in known:
        near = difflib.get_close_matches(kind, known, 1)
        right = f"did you mean {near[0]}?" if near else f"use {', '.join(sorted(known))}"
        raise Invalid(f"resource type {kind!r} is known to no dialect; {right}", *where)


async def dismiss(work: Work, name: str) -> None:
    """
    Remove a provider; its kinds of resource go to the built-in one.

    Raises:
        NotFound: There is none of that name.
    """
    await show(work, name)
    await work.rows.run(refresh_tokens.REMOVE_OF_PROVIDER, provider=name)
    await work.note(What.PROVIDER_REMOVED, facts=facts(id=name))
    await providers.delete(work.rows, name)
    await bump(work)
