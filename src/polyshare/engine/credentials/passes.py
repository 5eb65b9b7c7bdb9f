"""Passes: what a browser keeps to show that it gave a link's code, or redeemed one of its uses; nothing is stored here."""

import hashlib
import hmac
from base64 import urlsafe_b64encode

from polyshare.engine.credentials import keeping_keys
from polyshare.engine.work import House

HOUR_US = 3_600_000_000
LONGEST = 100


async def issue(house: House, link: int, code_hash: str | None) -> str:
    """
    A pass for a link, good for `settings.link_visit_hours`, in letters that a cookie may have; nothing may be open.

    It is tied to the hash of the link's code: with another code, or none any more, it is void.
    """
    until = house.clock() + round(house.settings.link_visit_hours * HOUR_US)
    newest, *_ = await keeping_keys.page_keys(house)
    return f"{until}.{_seal(newest, link, code_hash, until)}"


async def holds(house: House, text: str | None, link: int, code_hash: str | None) -> bool:
    """Whether *text* is a pass for this link that still holds; nothing may be open meanwhile."""
    if text is None or len(text) > LONGEST:
        return False
    said, dot, seal = text.partition(".")
    if not dot or not said.isascii() or not said.isdecimal() or len(said) > 18:
        return False
    until, brought = int(said), seal.encode("utf-8", "replace")
    keys = await keeping_keys.page_keys(house)
    right = [hmac.compare_digest(_seal(key, link, code_hash, until).encode(), brought) for key in keys]
    return any(right) and until > house.clock()


def _seal(key: bytes, link: int, code_hash: str | None, until: int) -> str:
    said = f"link pass\0{link}\0{code_hash or ''}\0{until}".encode()
    return urlsafe_b64encode(hmac.digest(key, said, hashlib.sha256)).rstrip(b"=").decode()
