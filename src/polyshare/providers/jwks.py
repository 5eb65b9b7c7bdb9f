"""Keys of others: read from a JWK set, which may have to be fetched from outside."""

import json
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from joserfc import jwk
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, Key, RSAKey

from polyshare.domain.errors import Unavailable
from polyshare.providers.guard import Network
from polyshare.providers.outbound import Outbound, endpoint

TIMEOUT_S = 5.0
SMALLEST_RSA_BITS = 2048
MOST_KEYS = 100
KINDS = {"RS256": "RSA", "ES256": "EC"}


async def fetched(url: str, let_past: Sequence[Network], algorithm: str) -> dict[str, Key]:
    """
    The keys at *url* that sign by *algorithm*, by their ids; the call is guarded as every one that leaves the house.

    Raises:
        Unavailable: No set came back.
    """
    caller = Outbound(endpoint(url), let_past, TIMEOUT_S)
    try:
        answer = await caller.get({"accept": "application/json"})
    finally:
        await caller.close()
    if answer.status != 200 or answer.body is None:
        raise Unavailable(f"The keys could not be fetched: status {answer.status}.")
    try:
        document = json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise Unavailable("What came back in place of keys is no JSON.") from error
    if not isinstance(document, dict):
        raise Unavailable("What came back is no set of keys.")
    return usable(document, algorithm)


def usable(document: Mapping[str, Any], algorithm: str) -> dict[str, Key]:
    """The public keys of a set that have an id and sign by *algorithm*, by id; whatever else stands there is passed over."""
    listed = document.get("keys")
    found: dict[str, Key] = {}
    for one in listed[:MOST_KEYS] if isinstance(listed, list) else ():
        if not isinstance(one, dict) or not isinstance(one.get("kid"), str):
            continue
        if one.get("use", "sig") != "sig" or one.get("alg", algorithm) != algorithm:
            continue
        key = _strong(partial(jwk.import_key, one)) if one.get("kty") == KINDS[algorithm] else None
        if key is not None:
            found[one["kid"]] = key
    return found


def certified(pem: str, algorithm: str) -> Key | None:
    """The public key in a certificate or a bare public key, as PEM; None if it is none that signs by *algorithm*."""
    kind = RSAKey if KINDS[algorithm] == "RSA" else ECKey
    return _strong(lambda: kind.import_key(pem))


def private(pem: str, algorithm: str) -> Key | None:
    """The private key in a PEM; None if it is none that signs by *algorithm*."""
    found = certified(pem, algorithm)
    return found if found is not None and found.is_private else None


def _strong(read: Callable[[], Key]) -> Key | None:
    """A key, if it can be read, is long enough, and on the curve that we know."""
    try:
        with warnings.catch_warnings(action="error", category=SecurityWarning):  # of weak keys
            key = read()
    except (JoseError, SecurityWarning, ValueError, TypeError, KeyError):
        return None
    if isinstance(key, RSAKey):
        return key if key.public_key.key_size >= SMALLEST_RSA_BITS else None
    return key if isinstance(key, ECKey) and key.curve_name == "P-256" else None
