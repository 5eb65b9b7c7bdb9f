"""An application with people who sign in, and a client program of theirs."""

import contextlib

from tests.application import client_of, running, settings_in
from tests.engine.tokens import APP, SECRET, a_client, a_person

ROOT = "https://shares.example.com"
PASSWORD = "right-password"
REALM = "http://auth0.com/oauth/grant-type/password-realm"
QUICK = {"password_time_cost": 1, "password_memory_kib": 8, "password_parallelism": 1}


@contextlib.asynccontextmanager
async def a_door(folder, *, again=False, **settings):
    """The application at ROOT with alice, bob and the client APP, or *again* on what is there; yields a client and the house."""
    values = {"public_url": ROOT, "background": False, **QUICK, **settings}
    async with running(settings_in(folder, **values)) as app, client_of(app) as http:
        if not again:
            for login in ("alice", "bob"):
                await a_person(app.house, login, PASSWORD)
            await a_client(app.house)
        yield http, app.house


def fields(**changes):
    """What a client sends for alice's tokens; None takes a field away."""
    given = {
        "grant_type": REALM,
        "username": "alice@example.com",
        "password": PASSWORD,
        "realm": "Username-Password-Authentication",
        "audience": "mycloud.com",
        "scope": "openid offline_access nas_read_only nas_read_write",
        "client_id": APP,
        "client_secret": SECRET,
    } | changes
    return {name: value for name, value in given.items() if value is not None}


def bearer(token):
    """The header of a token."""
    return {"authorization": f"Bearer {token}"}
