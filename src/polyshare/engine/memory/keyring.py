"""What a process remembers of the keys that tokens are signed with, parsed once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

import msgspec
from joserfc import jwk
from joserfc.jwk import Key

from polyshare.domain.link_shares import Bearer
from polyshare.store.credentials.issuers import IssuerRow
from polyshare.store.credentials.signing_keys import KeyRow

T = TypeVar("T")


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


@dataclass(frozen=True, slots=True)
class Read:
    """What was read of one moment; `providers` are those that keep files, each with its settings."""

    keys: Sequence[KeyRow]
    issuers: Sequence[IssuerRow]
    providers: Sequence[tuple[str, str]] = field(repr=False)


class Keyring:
    """
    The signing keys, trusted issuers and keys of providers as of one epoch, the tokens of links that they were found to have signed, and users' ids in tokens.

    What was read after an epoch was looked at is at least as new as it.
    """

    __slots__ = (
        "_by_kid",
        "_issuer_rows",
        "_issuers",
        "_newest",
        "_provider_keys",
        "_provider_settings",
        "_tokens",
        "epoch",
        "loaded_at",
        "subjects",
    )

    def __init__(self) -> None:
        self.epoch = -2
        self.loaded_at = 0
        self._by_kid: dict[str, SigningKey] = {}
        self._newest: dict[Purpose, SigningKey] = {}
        self._tokens: dict[str, tuple[Bearer, int]] = {}
        self.subjects: dict[int, str] = {}
        self._issuer_rows: dict[tuple[str, str], IssuerRow] = {}
        self._issuers: dict[IssuerRow, Any] = {}
        self._provider_settings: dict[str, str] = {}
        self._provider_keys: dict[tuple[str, str], Key | None] = {}

    def fill(self, epoch: int, at: int, read: Read) -> None:
        """Take over what was read for *epoch* at *at*; what is known already is kept as it was opened."""
        before, self._by_kid, self._newest = self._by_kid, {}, {}
        for row in read.keys:
            known = before.get(row.kid)
            key = known.key if known is not None else jwk.import_key(msgspec.json.decode(row.jwk))
            found = SigningKey(row.id, row.kid, Purpose(row.purpose), key, row.created_at)
            self._by_kid[row.kid] = self._newest[found.purpose] = found  # they come oldest first
        self._issuer_rows = {(row.dialect, row.issuer): row for row in read.issuers}
        opened, self._issuers = self._issuers, {}
        for issuer in self._issuer_rows.values():
            if issuer in opened:
                self._issuers[issuer] = opened[issuer]
        self._provider_settings = dict(read.providers)
        present = self._provider_settings.items()
        self._provider_keys = {row: key for row, key in self._provider_keys.items() if row in present}
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

    def issuer(self, dialect: str, issuer: str, opened: Callable[[IssuerRow], T]) -> T | None:
        """The issuer of that name, made ready by *opened* once; None if it is not believed."""
        row = self._issuer_rows.get((dialect, issuer))
        if row is None:
            return None
        if row not in self._issuers:
            self._issuers[row] = opened(row)
        found: T = self._issuers[row]
        return found

    def has_provider(self, name: str) -> bool:
        """Whether somebody of that name keeps files."""
        return name in self._provider_settings

    def provider(self, name: str, opened: Callable[[str], Key | None]) -> Key | None:
        """By what a provider's own tokens are checked, found in its settings by *opened* once; None if it has no such key."""
        row = (name, self._provider_settings.get(name, ""))
        if name not in self._provider_settings:
            return None
        if row not in self._provider_keys:
            self._provider_keys[row] = opened(row[1])
        return self._provider_keys[row]

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
