"""Exchanging what a client brings, a password, a code or a refresh token, for signed tokens of a user."""

import base64
import hashlib
import hmac
from dataclasses import dataclass, field

import msgspec

from polyshare.domain.directory import Client
from polyshare.domain.errors import Invalid, UnknownCredential
from polyshare.domain.events import What
from polyshare.domain.principals import Access, Actor
from polyshare.engine.credentials import issuing, minting, signing_in
from polyshare.engine.credentials.admitting import digest_of
from polyshare.engine.credentials.minting import OFFLINE, UserTokens
from polyshare.engine.directory.directing import facts
from polyshare.engine.work import House, Work
from polyshare.store.credentials import clients, codes

MINUTE_US, DAY_US = 60_000_000, 86_400_000_000
CODE_US = 2 * MINUTE_US
"""How long a code can be brought; browsers bring it at once."""


class Asked(msgspec.Struct, frozen=True):
    """
    What a client asked for when it sent somebody to us.

    Attributes:
        redirect_uri: Where the code goes; the client names it again when it brings the code.
        challenge: SHA-256 of the verifier, in base64url without padding (RFC 7636); empty: there is none.
    """

    redirect_uri: str
    scope: str = ""
    challenge: str = ""
    nonce: str | None = None


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What a client gets; `refresh` is None unless it asked to be able to come back."""

    tokens: UserTokens
    refresh: str | None = field(repr=False)


async def by_password(
    house: House, of: Client, name: str, password: str, scope: str, address: str = ""
) -> Exchanged:
    """
    Tokens for whoever has this login, or e-mail address, and password; nothing may be open meanwhile.

    Args:
        of: A client that was recognized.
        address: Where the client comes from; empty if nobody knows.

    Raises:
        UnknownCredential: No active user has them, or the client was removed.
        Braked, Unavailable: As for `signing_in.by_password`.
    """
    actor = await signing_in.by_login_or_email(house, name, password, address)
    return await _hand_out(house, of, actor.id, scope, None, "password")


async def give_code(house: House, actor: Actor, of: Client, asked: Asked) -> str:
    """
    A code that the actor's browser brings to a client, good once and for CODE_US.

    Raises:
        Invalid: Not an address that the client registered, or a public client came without a challenge.
        UnknownCredential: The client was removed.
    """
    check(of, asked)
    secret = issuing.new_secret()

    async def job(work: Work) -> None:
        await _still(work, of)
        await work.rows.run(
            codes.ADD,
            hash=digest_of(secret),
            client=of.id,
            person=actor.id,
            asked=msgspec.json.encode(asked).decode(),
            expires_at=work.now + CODE_US,
        )

    await house.write(actor, job)
    return secret


def check(of: Client, asked: Asked) -> None:
    """
    Refuse what a client may not ask for.

    Raises:
        Invalid: As `give_code`.
    """
    if asked.redirect_uri not in of.redirect_uris:
        raise Invalid("This is not an address that the client has registered.", "redirect_uri")
    if of.secret_hash is None and not asked.challenge:
        raise Invalid("A client without a secret comes with a code_challenge.", "code_challenge")
    if asked.challenge and (len(asked.challenge) != 43 or not asked.challenge.isascii()):
        raise Invalid("A code_challenge of S256 has 43 characters.", "code_challenge")


async def by_code(house: House, of: Client, code: str, redirect_uri: str, verifier: str) -> Exchanged:
    """
    Tokens for whoever agreed in the browser; the code is spent, whatever comes of it. Nothing may be open meanwhile.

    Args:
        of: A client that was recognized.
        verifier: What the challenge is the hash of; empty: there was no challenge.

    Raises:
        UnknownCredential: The code is unknown, spent, too old, another client's, or was asked for with other words.
    """

    async def take(work: Work) -> codes.Code | None:
        return await codes.take(work.rows, digest_of(code), of.id)

    found = await house.write(None, take)
    if found is None or found.expires_at <= house.clock():
        raise UnknownCredential("code")
    asked = msgspec.json.decode(found.asked, type=Asked)
    if asked.redirect_uri != redirect_uri or not _verified(asked.challenge, verifier):
        raise UnknownCredential("code")
    return await _hand_out(house, of, found.person, asked.scope, asked.nonce, "authorization_code")


def _verified(challenge: str, verifier: str) -> bool:
    if not challenge:
        return not verifier
    hashed = hashlib.sha256(verifier.encode("utf-8", "surrogatepass")).digest()
    spelled = base64.urlsafe_b64encode(hashed).rstrip(b"=")
    return hmac.compare_digest(spelled, challenge.encode())


async def by_refresh(house: House, of: Client, refresh: str, scope: str) -> Exchanged:
    """
    New tokens for a client that got a refresh token earlier, which stays the same; nothing may be open meanwhile.

    Args:
        of: A client that was recognized.
        scope: What the new tokens are to be good for: as much as before or less; empty: as much.

    Raises:
        UnknownCredential: The refresh token is unknown, has ended or is another client's, or its user is not active.
    """

    async def find(work: Work) -> tuple[int, str] | None:
        return await codes.refreshes(work.rows, digest_of(refresh), of.id, work.now)

    found = await house.read(None, find)
    if found is None:
        raise UnknownCredential("refresh token")
    person, before = found
    allowed = before.split()
    wanted = [one for one in scope.split() if one in allowed] or allowed
    made = await minting.user_tokens(house, person, of, " ".join(wanted), grant="refresh_token")
    return Exchanged(made, refresh)


async def _hand_out(
    house: House, of: Client, person: int, scope: str, nonce: str | None, grant: str
) -> Exchanged:
    made = await minting.user_tokens(house, person, of, scope, nonce, grant=grant)
    secret = issuing.new_secret() if OFFLINE in made.scope.split() else None

    async def job(work: Work) -> None:
        await _still(work, of)
        public_id = work.new_public_id()
        kind = "jwt" if secret is None else "refresh"
        await work.note(
            What.CREDENTIAL_ISSUED, facts=facts(kind=kind, id=public_id, user=person, client=of.public_id)
        )
        if secret is None:
            return
        await work.rows.run(
            codes.ADD_REFRESH,
            id=work.new_id(),
            public_id=public_id,
            hash=digest_of(secret),
            person=person,
            name=f"client {of.public_id}",
            access=Access.EDIT.rank,
            now=work.now,
            expires_at=work.now + round(house.settings.refresh_token_days * DAY_US),
            client=of.id,
            scope=made.scope,
        )

    await house.write(None, job)
    return Exchanged(made, secret)


async def _still(work: Work, of: Client) -> None:
    """Have the client stay while something is written for it."""
    found = await clients.find(work.rows, of.public_id, lock=True)
    if found is None or found.id != of.id:
        raise UnknownCredential("client")
