"""Tickets: what somebody without a credential shows to bring or fetch the bytes of one file; nothing is stored here."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from enum import StrEnum

from polyshare.domain.errors import NotFound
from polyshare.domain.principals import Access, Actor
from polyshare.engine.credentials import keeping_keys
from polyshare.engine.work import House

LONGEST = 200
FETCHING_US = 3600 * 1_000_000
"""How long a ticket to fetch bytes is good; one to bring them is good while its upload is under way."""


class For(StrEnum):
    """What a ticket is for."""

    BRINGING = "bring"
    FETCHING = "fetch"


@dataclass(frozen=True, slots=True)
class Ticket:
    """
    Who may do what with which file; whether access is still given is asked whenever it is shown.

    Attributes:
        subject: Id of the upload, or of the node.
        person: Id of the user whom it was given to.
        via: The grant that alone counts; 0: whatever the person holds.
        until: In microseconds; 0: as long as its subject is there.
    """

    what: For
    subject: int
    person: int
    via: int = 0
    until: int = 0

    @property
    def actor(self) -> Actor:
        """The person, who came by this ticket and nothing else."""
        return Actor(self.person, "", 0, Access.EDIT, narrowed=True, administrator=False)

    @property
    def _fields(self) -> str:
        return f"{self.subject}.{self.person}.{self.via}.{self.until}"

    def seal(self, key: bytes) -> str:
        """What only who has the key can put under it."""
        said = f"ticket\0{self.what}\0{self._fields}".encode()
        return urlsafe_b64encode(hmac.digest(key, said, hashlib.sha256)).rstrip(b"=").decode()

    def spelled(self, key: bytes) -> str:
        """The ticket as text, in letters that headers and queries may have."""
        return f"{self._fields}.{self.seal(key)}"


async def spelled(house: House, tickets: "list[Ticket]") -> list[str]:
    """These tickets as texts; nothing may be open meanwhile."""
    newest, *_ = await keeping_keys.page_keys(house)
    return [one.spelled(newest) for one in tickets]


async def read(house: House, what: For, text: str | None) -> Ticket:
    """
    The ticket that a text is; nothing may be open meanwhile.

    Raises:
        NotFound: It is none, or not any more; `what` is "ticket".
    """
    found = _read(what, text or "")
    if found is not None:
        brought = (text or "").rpartition(".")[2].encode("utf-8", "replace")
        right = [
            hmac.compare_digest(found.seal(key).encode(), brought)
            for key in await keeping_keys.page_keys(house)
        ]
        if any(right) and (not found.until or found.until > house.clock()):
            return found
    raise NotFound("ticket", "This address is not good, or not any more; ask for a new one.")


def _read(what: For, text: str) -> Ticket | None:
    parts = text.split(".")
    if len(text) > LONGEST or len(parts) != 5:
        return None
    if not all(part.isascii() and part.isdecimal() and len(part) < 20 for part in parts[:4]):
        return None
    subject, person, via, until = (int(part) for part in parts[:4])
    return Ticket(what, subject, person, via, until)
