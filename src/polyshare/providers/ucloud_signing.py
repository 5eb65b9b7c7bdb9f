"""The token by which UCloud's providers know who calls them.  Source: UCloud developer guide, "Authentication"."""

from collections.abc import Callable
from typing import Any

from joserfc import jwt
from joserfc.jwk import Key

from polyshare.providers import ucloud_wire as wire

ISSUER = "cloud.sdu.dk"
TOKEN_S = 600  # how long a token of ours holds
RENEWED_S = 180  # from how much of that is left it is used no more


class Bearer:
    """Makes tokens with the private half of the pair that exists for one provider; its clock tells seconds since the epoch."""

    def __init__(self, key: Key, clock: Callable[[], float]) -> None:
        self._key = key
        self._clock = clock
        self._token = ("", 0.0)

    def token(self) -> str:
        """One that still holds for a while; a signature costs more than all the rest of a call, so that one does for minutes."""
        text, until = self._token
        now = self._clock()
        if now > until - RENEWED_S or now < until - TOKEN_S:
            text, until = (
                jwt.encode({"typ": "JWT", "alg": "RS256"}, _claims(int(now)), self._key),
                now + TOKEN_S,
            )
            self._token = (text, until)
        return text


def _claims(now: int) -> dict[str, Any]:
    return {
        "sub": wire.CORE,
        "role": "SERVICE",
        "principalType": "service",
        "aud": ["all:write"],
        "extendedByChain": [],
        "iss": ISSUER,
        "iat": now,
        "exp": now + TOKEN_S,
    }
