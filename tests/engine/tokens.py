"""People and clients to mint tokens for, and tokens forged in every way that somebody may try."""

import base64
import hashlib
import hmac
import json
import warnings

from joserfc import jwk, jws
from joserfc.errors import SecurityWarning

from polyshare.domain.directory import NewPerson
from polyshare.engine.addressing import issuer
from polyshare.engine.credentials import hashing, registering
from polyshare.engine.directory import directing, enrolling

APP, SECRET = "app", "app-secret-0123456789"
FULL = "openid profile email offline_access nas_read_only nas_read_write user_read device_read"


async def a_person(house, login="alice", password=None, **fields):
    """A user; the row of the directory."""
    hashed = None if password is None else await hashing.hash_password(house, password)
    email = fields.pop("email", f"{login}@example.com")
    name = fields.pop("name", login.title())
    new = NewPerson(login, name, email, password_hash=hashed, **fields)

    async def enroll(work):
        return await enrolling.enroll(work, new)

    return await directing.changing(house, None, enroll)


async def a_client(house, public_id=APP, secret=SECRET, redirect_uris=()):
    """A registered client; a secret of None makes it a public one."""

    async def register(work):
        return await registering.register(work, public_id, secret, redirect_uris)

    return await directing.changing(house, None, register)


def read(token):
    """Header and claims of a token, unchecked."""
    header, claims, _ = token.split(".")
    return tuple(
        json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in (header, claims)
    )


def part(value):
    """One part of a token: JSON, or text as it is, in base64url."""
    raw = (value if isinstance(value, str) else json.dumps(value)).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def claims_of(house, subject, **changes):
    """The claims of a good access token; None takes one away."""
    now_s = house.clock() // 1_000_000
    claims = {
        "iss": issuer(house.settings),
        "sub": subject,
        "aud": ["mycloud.com"],
        "iat": now_s,
        "exp": now_s + 3600,
        "scope": FULL,
    } | changes
    return {name: value for name, value in claims.items() if value is not None}


def signed(claims, key, algorithm, **header):
    """A token of these claims; of claims that are text, as they stand."""
    head = {"typ": "JWT", "alg": algorithm, **header}
    text = claims if isinstance(claims, str) else json.dumps(claims)
    with warnings.catch_warnings(action="ignore", category=SecurityWarning):
        willing = jwk.import_key({**key.as_dict(private=True), "alg": algorithm})
    return jws.serialize_compact(head, text, willing, algorithms=[algorithm])


def hashed(claims, secret, **header):
    """A token with an HMAC under *secret*, which a good library would not make of a public key."""
    text = f"{part({'typ': 'JWT', 'alg': 'HS256', **header})}.{part(claims)}"
    digest = hmac.digest(secret, text.encode(), hashlib.sha256)
    return f"{text}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def a_key(kind="RSA", size=2048, **parameters):
    """A key that is not ours; the library warns of weak ones."""
    with warnings.catch_warnings(action="ignore", category=SecurityWarning):
        return jwk.generate_key(kind, size, parameters or None, auto_kid=True)
