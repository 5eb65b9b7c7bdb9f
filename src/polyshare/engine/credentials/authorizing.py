"""Granting tokens to OAuth clients, for people who gave them their password."""

import hmac
from dataclasses import dataclass, field

from polyshare.domain.directory import Client
from polyshare.domain.errors import UnknownCredential
from polyshare.domain.events import What
from polyshare.domain.principals import Access
from polyshare.engine.credentials import issuing, signing_in
from polyshare.engine.credentials.admitting import digest_of
from polyshare.engine.directory.directing import facts
from polyshare.engine.work import House, Work
from polyshare.store.credentials import clients

MINUTE_US = 60_000_000


@dataclass(frozen=True, slots=True)
class Granted:
    """A token that is told once, and how long it holds from now, in seconds."""

    secret: str = field(repr=False)
    expires_in_s: int


async def client(house: House, public_id: str, secret: str) -> Client:
    """
    The client that has this secret; a public one has the empty one.

    Raises:
        UnknownCredential: There is none; its kind is "client".
        Unavailable: The database did not answer.
    """

    async def find(work: Work) -> Client | None:
        return await clients.find(work.rows, public_id) if public_id.isprintable() else None

    found = await house.read(None, find)
    right = found is not None and (
        hmac.compare_digest(found.secret_hash, digest_of(secret)) if found.secret_hash else not secret
    )
    if found is None or not right:
        raise UnknownCredential("client")
    return found


async def by_password(house: House, of: Client, login: str, password: str, address: str = "") -> Granted:
    """
    A token for whoever has this login and password, which may do what they may; nothing may be open meanwhile.

    It is an ordinary token, holds for `settings.access_token_minutes`, and ends with its client.

    Args:
        of: A client that was recognized.
        address: Where the client comes from; empty if nobody knows.

    Raises:
        UnknownCredential: No active user has them, or the client was removed.
        Braked, Unavailable: As for `signing_in.by_password`.
    """
    actor = await signing_in.by_password(house, login, password, address)
    secret = issuing.new_secret()
    lasts_us = round(house.settings.access_token_minutes * MINUTE_US)

    async def grant(work: Work) -> None:
        found = await clients.find(work.rows, of.public_id, lock=True)
        if found is None or found.id != of.id:
            raise UnknownCredential("client")
        public_id = work.new_public_id()
        await work.note(
            What.CREDENTIAL_ISSUED,
            facts=facts(kind="token", id=public_id, user=actor.id, client=of.public_id),
        )
        await work.rows.run(  # nothing is remembered of a secret that was never seen, so no epoch passes
            clients.ADD_TOKEN,
            id=work.new_id(),
            public_id=public_id,
            hash=digest_of(secret),
            person=actor.id,
            name=f"client {of.public_id}",
            access=Access.EDIT.rank,
            now=work.now,
            expires_at=work.now + lasts_us,
            client=of.id,
        )

    await house.write(actor, grant)
    return Granted(secret, lasts_us // 1_000_000)
