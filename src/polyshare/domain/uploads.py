"""Files that come in pieces."""

from dataclasses import dataclass

from polyshare.domain.nodes import Taken


@dataclass(frozen=True, slots=True)
class Upload:
    """
    A file on its way; times are microseconds.

    Attributes:
        id: The id that the file will have, if it becomes a new one.
        parent: The folder that it goes to; None: it becomes the next version of `node`.
        taken: What happens when the name is in use by then.
        expires_at: When it is given up, unless more comes.
        via: The grant by which it came, which alone must open its folder; None: whatever the person holds does.
    """

    id: int
    person: int
    parent: int | None
    node: int | None
    name: str
    mime: str
    taken: Taken
    created_at: int
    expires_at: int
    via: int | None = None


@dataclass(frozen=True, slots=True)
class UploadPart:
    """One piece: where it begins, how many of its stored bytes count, and those bytes: id, key, size, digest as hex."""

    start: int
    size: int
    blob: int
    key: str
    stored: int
    sha256: str

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.start + self.size
