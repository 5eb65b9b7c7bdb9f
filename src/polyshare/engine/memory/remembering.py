"""What a process remembers of credentials, so that recognizing one costs no statement, and when it must forget."""

import hmac
import secrets
from dataclasses import dataclass

from polyshare.domain.principals import Actor


@dataclass(frozen=True, slots=True)
class Recognized:
    """A live credential as it was at `epoch`; a key also has the folded e-mail that must come with it."""

    actor: Actor
    email_folded: str | None
    expires_at: int | None
    epoch: int


class Remembered:
    """
    Live credentials by the hash of their secret, all of one epoch; unknown ones are not kept.

    A credential is kept with the epoch that was read in the same statement. One that was read before a change and comes
    to be kept after it therefore never answers.
    """

    __slots__ = ("_by_hash", "_epoch", "_looked_at", "key")

    def __init__(self) -> None:
        self.key = secrets.token_bytes(
            32
        )  # what hashes of weak secrets are keyed with; it dies with the process
        self._by_hash: dict[tuple[str, str], Recognized] = {}
        self._epoch = -1
        self._looked_at: int | None = None

    def __len__(self) -> int:
        return len(self._by_hash)

    @property
    def epoch(self) -> int:
        """The epoch that was looked at last; -1 before the first look."""
        return self._epoch

    def is_fresh(self, now: int, recheck_us: int) -> bool:
        """Whether the epoch was looked at less than *recheck_us* ago."""
        return self._looked_at is not None and 0 <= now - self._looked_at < recheck_us

    def looked(self, at: int, epoch: int) -> None:
        """Note the epoch that a look begun at *at* found; a new one empties the memory."""
        if epoch != self._epoch:
            self._by_hash.clear()
            self._epoch = epoch
        self._looked_at = at

    def forget(self) -> None:
        """Empty the memory, and look again before anything is believed."""
        self._by_hash.clear()
        self._looked_at = None

    def get(self, kind: str, digest: str) -> Recognized | None:
        """The credential, if it is known as of the present epoch."""
        return self._by_hash.get((kind, digest))

    def keep(self, kind: str, digest: str, recognized: Recognized, most: int) -> None:
        """Remember a credential of the present epoch; beyond *most* the oldest goes."""
        if recognized.epoch != self._epoch or most == 0:
            return
        while len(self._by_hash) >= most:
            del self._by_hash[next(iter(self._by_hash))]
        self._by_hash[kind, digest] = recognized


class Verified:
    """
    Passwords and codes that were right, as digests under a key that only this process has ever had.

    What is remembered must name the stored hash that it was right for: a changed password is then never recognized.
    """

    __slots__ = ("_key", "_seen")

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._seen: dict[bytes, None] = {}

    def digest(self, stored_hash: str, secret: bytes) -> bytes:
        """What stands for a secret in this memory."""
        return hmac.digest(self._key, stored_hash.encode() + b"\0" + secret, "sha256")

    def knows(self, digest: bytes) -> bool:
        """Whether it was right before."""
        return digest in self._seen

    def keep(self, digest: bytes, most: int) -> None:
        """Remember that it was right; beyond *most* the oldest goes."""
        if most == 0:
            return
        while len(self._seen) >= most:
            del self._seen[next(iter(self._seen))]
        self._seen[digest] = None
