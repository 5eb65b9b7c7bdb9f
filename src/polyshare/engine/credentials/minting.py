"""Minting tokens that clients carry to us: for users, signed RS256, and for those who open a link, signed ES256."""

from dataclasses import dataclass, field
from typing import Any

import msgspec

from polyshare.domain.directory import Client
from polyshare.domain.errors import UnknownCredential
from polyshare.domain.principals import Status
from polyshare.engine.addressing import issuer
from polyshare.engine.credentials import keeping_keys, tokens, verifying
from polyshare.engine.credentials.verifying import AUDIENCE
from polyshare.engine.memory.keyring import ALGORITHMS, Purpose, SigningKey
from polyshare.engine.work import House, Work
from polyshare.store.directory import people

OFFLINE = "offline_access"
SCOPES = (
    "openid",
    "profile",
    "email",
    OFFLINE,
    "nas_read_only",
    "nas_read_write",
    "user_read",
    "device_read",
)
MINUTE_S, HOUR_S = 60, 3600


@dataclass(frozen=True, slots=True)
class UserTokens:
    """What a client gets for a user: two tokens, how long they hold from now in seconds, and for what they are good."""

    access: str = field(repr=False)
    id_token: str = field(repr=False)
    expires_in_s: int
    scope: str


def granted(scope: str) -> str:
    """What of the scopes that were asked for is given: those that there are; all but refreshing if none was named."""
    asked = list(dict.fromkeys(scope.split()))
    return " ".join(one for one in asked or SCOPES if one in SCOPES and (asked or one != OFFLINE))


async def user_tokens(
    house: House,
    person: int,
    client: Client,
    scope: str,
    nonce: str | None = None,
    *,
    grant: str = "password",
) -> UserTokens:
    """
    Tokens for a user, fresh each time; nothing may be open meanwhile.

    Args:
        person: Our own id of the user.
        client: Who carries them.
        scope: What they are to be good for, parted by blanks.
        nonce: What the client wants to find in the ID token.
        grant: How the client got them, as the access token says it.

    Raises:
        UnknownCredential: The user is not active.
        Unavailable: The database did not answer.
    """

    async def find(work: Work) -> tuple[Any, str]:
        found = await people.by_ids(work.rows, [person])
        if not found or found[0].status is not Status.ACTIVE:
            raise UnknownCredential("jwt")
        return found[0], await verifying.subject_of(work, person)

    who, subject = await house.read(None, find)
    key = await keeping_keys.signing(house, Purpose.USER)
    lasts_s = max(1, round(house.settings.access_token_minutes * MINUTE_S))
    given, common = granted(scope), _common(house, subject, lasts_s)
    identity = common | {
        "aud": client.public_id,
        "email": who.email,
        "name": who.name,
        "nickname": who.login,
    }
    if nonce is not None:
        identity["nonce"] = nonce
    access = common | {"aud": [AUDIENCE], "azp": client.public_id, "scope": given, "gty": grant}
    return UserTokens(_signed(access, key), _signed(identity, key), lasts_s, given)


async def link_token(house: House, entity: str, share_public_id: str, reader: int | None) -> str:
    """
    A token for whoever opened a link's share, fresh each time.

    It says who it was given to and nothing of what it opens, which is asked at each use. No statement once the key and the
    reader's id are known; nothing may be open meanwhile.

    Args:
        entity: Public id of the link as a principal.
        reader: Our own id of the user who opened it; None: nobody known.

    Raises:
        Unavailable: The database did not answer.
    """
    key = await keeping_keys.signing(house, Purpose.LINK)
    named = None if reader is None else await _subject(house, reader)
    claims = _common(house, f"{entity}@clients", max(1, round(house.settings.share_token_hours * HOUR_S))) | {
        "aud": [AUDIENCE],
        "azp": entity,
        "gty": "client-credentials",
        "scope": "nas_read_only",
        "shareId": share_public_id,
        "authId": entity,
        "reader": named,
    }
    return _signed(claims, key)


async def sign(house: House, claims: tokens.Claims) -> str:
    """
    A token of these claims, signed as those of users are; nothing may be open meanwhile.

    Raises:
        Unavailable: The database did not answer.
    """
    return _signed(claims, await keeping_keys.signing(house, Purpose.USER))


async def jwks(house: House) -> bytes:
    """The public keys as a JWK set, those that signed before too until their last token has ended, the newest first."""
    for purpose in (Purpose.USER, Purpose.LINK):
        await keeping_keys.signing(house, purpose)
    keys = [*house.keyring.all(Purpose.USER), *house.keyring.all(Purpose.LINK)]
    return msgspec.json.encode({"keys": [one.key.as_dict(private=False) for one in keys]})


async def _subject(house: House, person: int) -> str:
    subjects = house.keyring.subjects
    if person not in subjects:
        found = await house.read(None, lambda work: verifying.subject_of(work, person))
        if len(subjects) >= house.settings.credential_cache_size:
            subjects.clear()
        subjects[person] = found
        return found
    return subjects[person]


def _common(house: House, subject: str, lasts_s: int) -> dict[str, Any]:
    now_s = house.clock() // 1_000_000
    return {"iss": issuer(house.settings), "sub": subject, "iat": now_s, "exp": now_s + lasts_s}


def _signed(claims: tokens.Claims, key: SigningKey) -> str:
    return tokens.signed(claims, key.key, key.kid, ALGORITHMS[key.purpose])
