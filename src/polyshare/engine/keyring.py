"""What a process remembers of the keys that tokens are signed with, parsed once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec
from joserfc import jwk
from joserfc.jwk import Key

from polyshare.domain.link_shares import Bearer
from polyshare.store.signing_keys import KeyRow


class Purpose(StrEnum):
    """What a key signs."""

    USER = "user"
    LINK = "link"
    PAGE = "page"


ALGORITHMS = {Purpose.USER: "RS256", Purpose.LINK: "ES256", Purpose.PAGE: "HS256"}


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key ready for use; `created_at` is in microseconds."""

    id: int
    kid: str
    purpose: Purpose
    key: Key = field(repr=False)
    created_at: int


class Keyring:
    """
    The signing keys as of one epoch, the tokens of links that they were found to have signed, and users' ids in tokens.

    What was read after an epoch was looked at is at least as new as it.
    """

    __slots__ = ("_by_kid", "_newest", "_tokens", "epoch", "loaded_at", "subjects")

    def __init__(self) -> None:
        self.epoch = -2
        self.loaded_at = 0
        self._by_kid: dict[str, SigningKey] = {}
        self._newest: dict[Purpose, SigningKey] = {}
        self._tokens: dict[str, tuple[Bearer, int]] = {}
        self.subjects: dict[int, str] = {}

    def fill(self, epoch: int, at: int, rows: Iterable[KeyRow]) -> None:
        """Take over the keys that were read for *epoch* at *at*; those that are known are not parsed again."""
        before, self._by_kid, self._newest = self._by_kid, {}, {}
        for row in rows:
            known = before.get(row.kid)
            key = known.key if known is not None else jwk.import_key(msgspec.json.decode(row.jwk))
            found = SigningKey(row.id, row.kid, Purpose(row.purpose), key, row.created_at)
            self._by_kid[row.kid] = self._newest[found.purpose] = found  # they come oldest first
        self._tokens.clear()
        self.subjects.clear()
        self.epoch, self.loaded_at = epoch, at

    def newest(self, purpose: Purpose) -> SigningKey | None:
        """What signs now."""
        return self._newest.get(purpose)

    def by_kid(self, kid: str) -> SigningKey | None:
        """The key of that id."""
        return self._by_kid.get(kid)

    def all(self, purpose: Purpose) -> Sequence[SigningKey]:
        """The keys of a purpose, the newest first."""
        return [key for key in reversed(self._by_kid.values()) if key.purpose is purpose]

    def bearer(self, digest: str, now: int) -> Bearer | None:
        """Who came with the token of a link that was checked before and has not ended at *now* (microseconds)."""
        known = self._tokens.get(digest)
        return known[0] if known is not None and now < known[1] else None

    def keep(self, digest: str, bearer: Bearer, until: int, most: int) -> None:
        """Remember a link's token until *until* (microseconds); beyond *most* the oldest goes."""
        if most == 0:
            return
        while len(self._tokens) >= most:
            del self._tokens[next(iter(self._tokens))]
        self._tokens[digest] = (bearer, until)
