"""Keeping OAuth clients: who may get tokens for people who tell it their password, or who agree to it in their browser."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from polyshare.domain.directory import Client, checked_id, checked_secret
from polyshare.domain.errors import Invalid, NotFound
from polyshare.domain.events import What
from polyshare.engine.credentials.admitting import digest_of
from polyshare.engine.directory.directing import bump, facts
from polyshare.engine.work import Work
from polyshare.store.credentials import clients


async def show(work: Work, public_id: str, *, lock: bool = False) -> Client:
    """
    One client.

    Raises:
        NotFound: There is none of that id.
    """
    found = await clients.find(work.rows, public_id, lock=lock) if public_id.isprintable() else None
    if found is None:
        raise NotFound("client", "There is no client with this id.")
    return found


async def page(work: Work, after: str = "", limit: int = 100) -> list[Client]:
    """At most *limit* clients after the id *after*, in the order of ids."""
    return await clients.listed(work.rows, after, limit)


async def register(
    work: Work, public_id: str | None, secret: str | None, redirect_uris: Sequence[str] = ()
) -> Client:
    """
    Make a client.

    Args:
        public_id: None: one is drawn.
        secret: Only its SHA-256 is kept; None: a public client, which has none.

    Raises:
        Invalid: A field can't be used.
        Taken: The id is in use.
    """
    public_id = work.new_public_id() if public_id is None else _checked_id(public_id)
    secret_hash = None if secret is None else digest_of(checked_secret(secret, "secret"))
    _check_addresses(redirect_uris)
    await work.note(What.CLIENT_CHANGED, facts=facts(id=public_id))
    await work.rows.run(
        clients.ADD,
        id=work.new_id(),
        public_id=public_id,
        secret_hash=secret_hash,
        redirect_uris=" ".join(redirect_uris),
        now=work.now,
    )
    return await show(work, public_id)


async def change(work: Work, public_id: str, secret: str | None, redirect_uris: Sequence[str]) -> Client:
    """
    Give a client this secret, or none, and these addresses; what it got by another secret holds on.

    Raises:
        NotFound: There is none of that id.
        Invalid: A field can't be used.
    """
    found = await show(work, public_id, lock=True)
    secret_hash = None if secret is None else digest_of(checked_secret(secret, "secret"))
    _check_addresses(redirect_uris)
    if (secret_hash, tuple(redirect_uris)) == (found.secret_hash, found.redirect_uris):
        return found
    await work.note(What.CLIENT_CHANGED, facts=facts(id=public_id))
    await work.rows.run(
        clients.CHANGE, id=found.id, secret_hash=secret_hash, redirect_uris=" ".join(redirect_uris)
    )
    return await show(work, public_id)


async def remove(work: Work, public_id: str) -> None:
    """
    Remove a client and every token that it got; they are refused everywhere within `settings.credential_recheck_s`.

    Raises:
        NotFound: There is none of that id.
    """
    found = await show(work, public_id, lock=True)
    await work.note(What.CLIENT_REMOVED, facts=facts(id=public_id))
    await clients.remove(work.rows, found.id)
    await bump(work)


def _checked_id(public_id: str) -> str:
    checked_id(public_id, "id")
    if ":" in public_id:  # it is told before a colon and the secret
        raise Invalid("a client's id has no colon", "id")
    return public_id


def _check_addresses(redirect_uris: Sequence[str]) -> None:
    for at, uri in enumerate(redirect_uris):
        parts = urlsplit(uri) if uri.isascii() and uri.isprintable() and " " not in uri else None
        if parts is None or not parts.scheme or "#" in uri or not (parts.netloc or parts.path):
            raise Invalid("an address to come back to is a full URL without a fragment", "redirect_uris", at)
