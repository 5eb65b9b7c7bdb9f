"""JSON Web Tokens as text: taken apart before they are believed, and checked with one key and one algorithm."""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import Key

from polyshare.domain.errors import UnknownCredential

LONGEST = 8192  # characters of a token
_FORM = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")

Claims = Mapping[str, Any]

# The signs of ASCII that base64 can spell with - or _ where addresses have it; in text that is all ASCII there are no others.
_SPELLED = str.maketrans({sign: f"\\u{ord(sign):04x}" for sign in ">?~"})


class Leeway(NamedTuple):
    """How far other people's clocks may be off, in seconds: how long before a token begins, and after it is over, it is good."""

    early_s: float
    late_s: float


USUAL = Leeway(60, 60)


@dataclass(frozen=True, slots=True)
class Unchecked:
    """What a token says of itself; nothing of it may be believed yet."""

    text: str
    kid: str | None
    algorithm: str
    issuer: str
    subject: str | None


def apart(text: str, longest: int = LONGEST) -> Unchecked:
    """
    Take a token apart.

    Args:
        longest: Most characters that it may have.

    Raises:
        UnknownCredential: It is no signed token of three parts, is too long, or names a claim twice.
    """
    if len(text) > longest or not _FORM.fullmatch(text):
        raise UnknownCredential("jwt")
    header, claims, _ = text.split(".")
    said, claimed = _object(header), _object(claims)
    kid, algorithm, issuer = said.get("kid"), said.get("alg"), claimed.get("iss")
    if not isinstance(algorithm, str) or not isinstance(issuer, str) or not isinstance(kid, str | None):
        raise UnknownCredential("jwt")
    subject = claimed.get("sub")
    return Unchecked(text, kid, algorithm, issuer, subject if isinstance(subject, str) else None)


def opened(token: Unchecked, key: Key, algorithm: str) -> Claims:
    """
    The claims of a token, if it was signed with *key* by that algorithm; whether it holds now is not asked.

    Raises:
        UnknownCredential: It was not.
    """
    if token.algorithm != algorithm:
        raise UnknownCredential("jwt")
    try:
        payload = jws.deserialize_compact(token.text, key, algorithms=[algorithm]).payload
    except (JoseError, ValueError, TypeError) as error:
        raise UnknownCredential("jwt") from error
    return _parsed(payload or b"")


def demand_in_time(claims: Claims, now_s: float, leeway: Leeway = USUAL) -> None:
    """
    Refuse claims that are over or still to come.

    Raises:
        UnknownCredential: They are, or `exp` is missing, or a time is none.
    """
    begins, ends = max(_moment(claims, "nbf"), _moment(claims, "iat")), _moment(claims, "exp")
    if "exp" not in claims or not begins - leeway.early_s <= now_s < ends + leeway.late_s:
        raise UnknownCredential("jwt")


def signed(claims: Claims, key: Key, kid: str, algorithm: str) -> str:
    """
    A token of these claims.

    They are spelled so that their part is plain base64, too: UCloud's client in browsers decodes it with `atob`, which knows
    no other, and takes a token that it can't read for the end of the session.
    """
    header = {"typ": "JWT", "alg": algorithm, "kid": kid}
    spelled = json.dumps(claims).translate(_SPELLED)
    return jws.serialize_compact(header, spelled, key, algorithms=[algorithm])


def texts(claims: Claims, name: str) -> list[str]:
    """A claim that is one text or several, as a list; of anything else none."""
    value = claims.get(name)
    found = value if isinstance(value, list) else [value]
    return [one for one in found if isinstance(one, str)]


def text(claims: Claims, name: str) -> str:
    """A claim that must be a text that is not blank; raises UnknownCredential."""
    value = claims.get(name)
    if not isinstance(value, str) or not value or not value.isprintable():
        raise UnknownCredential("jwt")
    return value


def _moment(claims: Claims, name: str) -> float:
    """A time in seconds; 0 if it is not there."""
    value = claims.get(name, 0)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e12:
        raise UnknownCredential("jwt")
    return value


def _object(part: str) -> dict[str, Any]:
    try:
        raw = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (binascii.Error, ValueError) as error:
        raise UnknownCredential("jwt") from error
    return _parsed(raw)


def _parsed(raw: bytes) -> dict[str, Any]:
    try:
        value = json.loads(raw, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise UnknownCredential("jwt") from error
    if not isinstance(value, dict):
        raise UnknownCredential("jwt")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Readers differ in which of two equal names they believe, so that none is believed."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found
