"""Passes: what a browser keeps to show that it gave a link's code, or redeemed one of its uses; nothing is stored here."""

import contextlib
import hashlib
import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode

import msgspec

from polyshare.domain.errors import Taken
from polyshare.engine.work import House, Work
from polyshare.store import link_doors
from polyshare.store.database import Row, Rows

HOUR_US = 3_600_000_000
LONGEST = 100


async def issue(house: House, link: int, code_hash: str | None) -> str:
    """
    A pass for a link, good for `settings.link_visit_hours`, in letters that a cookie may have.

    It is tied to the hash of the link's code: with another code, or none any more, it is void.
    """
    until = house.clock() + round(house.settings.link_visit_hours * HOUR_US)
    return f"{until}.{await _seal(house, link, code_hash, until)}"


async def holds(house: House, text: str | None, link: int, code_hash: str | None) -> bool:
    """Whether *text* is a pass for this link that still holds."""
    if text is None or len(text) > LONGEST:
        return False
    until, dot, seal = text.partition(".")
    if not dot or not until.isascii() or not until.isdecimal() or len(until) > 18:
        return False
    right = await _seal(house, link, code_hash, int(until))
    return hmac.compare_digest(right.encode(), seal.encode("utf-8", "replace")) and int(until) > house.clock()


async def _seal(house: House, link: int, code_hash: str | None, until: int) -> str:
    said = f"link pass\0{link}\0{code_hash or ''}\0{until}".encode()
    digest = hmac.digest(await _key(house), said, hashlib.sha256)
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


async def _key(house: House) -> bytes:
    """The key that all processes share; made when it is first needed."""
    if not house.page_key:
        found = await house.database.read(_read_key, snapshot=False)
        if found is None:
            jwk = {"kty": "oct", "k": urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()}

            async def add(work: Work) -> None:
                text = msgspec.json.encode(jwk).decode()
                await work.rows.run(link_doors.ADD_PAGE_KEY, id=work.new_id(), jwk=text, now=work.now)

            with contextlib.suppress(Taken):  # another process was first
                await house.write(None, add)
            found = await house.database.read(_read_key, snapshot=False)
        if found is None:
            raise RuntimeError("the key of the pages was written and is not there")
        house.page_key = urlsafe_b64decode(msgspec.json.decode(found[0])["k"] + "==")
    return house.page_key


async def _read_key(rows: Rows) -> Row | None:
    return await rows.one(link_doors.PAGE_KEY)
