"""Who is signed in in a browser: the cookie that it keeps, and what is written into forms so that only ours are sent."""

import hashlib
import hmac
import secrets

from polyshare.domain.errors import UnknownCredential
from polyshare.domain.principals import Actor
from polyshare.engine import addressing
from polyshare.engine.credentials import keeping_keys, staying
from polyshare.engine.work import House

SESSION, FORM = "polyshare-session", "polyshare-form"


async def person(house: House, cookies: str | None) -> Actor | None:
    """
    Who is signed in; None: nobody.

    Args:
        cookies: The header Cookie of the request.

    Raises:
        Unavailable: The database did not answer.
    """
    secret = held(house, cookies, SESSION)
    if secret is None:
        return None
    try:
        return await staying.person(house, secret)
    except UnknownCredential:
        return None


def held(house: House, cookies: str | None, name: str) -> str | None:
    """The value of one of our cookies; None if the browser sent none, or an empty one."""
    wanted = _named(house, name)
    for part in (cookies or "").split(";"):
        key, equals, value = part.strip().partition("=")
        if equals and key == wanted and value:
            return value
    return None


def cookie(house: House, name: str, value: str, lasts_s: int | None = None) -> str:
    """
    The header Set-Cookie that has a browser keep *value*, out of reach of scripts and of other sites' forms.

    Args:
        lasts_s: Seconds; 0 has the browser drop it, None keep it until it is closed.
    """
    words = [f"{_named(house, name)}={value}", "Path=/", "HttpOnly", "SameSite=Lax"]
    if lasts_s is not None:
        words.append(f"Max-Age={lasts_s}")
    if _is_secure(house):
        words.append("Secure")
    return "; ".join(words)


async def form_mark(house: House, cookies: str | None) -> tuple[str, str | None]:
    """What is written into a form for this browser, and the header Set-Cookie that goes with it, if it needs one."""
    kept = held(house, cookies, FORM)
    value = kept or secrets.token_urlsafe(24)
    mark = _mark((await keeping_keys.page_keys(house))[0], value)
    return mark, None if kept else cookie(house, FORM, value)


async def is_ours(house: House, cookies: str | None, mark: str, fetch_site: str | None) -> bool:
    """
    Whether a form that was sent is one that we gave to this browser.

    Args:
        mark: What stood in the form.
        fetch_site: The header Sec-Fetch-Site, by which newer browsers say where a form came from.
    """
    kept = held(house, cookies, FORM)
    if kept is None or (fetch_site or "same-origin") not in ("same-origin", "none"):
        return False
    keys = await keeping_keys.page_keys(house)
    given = mark.encode("utf-8", "surrogatepass")
    return any(hmac.compare_digest(_mark(key, kept).encode(), given) for key in keys)


def _mark(key: bytes, value: str) -> str:
    return hmac.new(key, b"form\0" + value.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def _is_secure(house: House) -> bool:
    return addressing.root(house.settings).startswith("https://")


def _named(house: House, name: str) -> str:
    """With this prefix browsers take a cookie from this very host only, over an encrypted connection."""
    return f"__Host-{name}" if _is_secure(house) else name
