"""The file tree: drives, folders, files and their versions."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from polyshare.domain.errors import Invalid
from polyshare.domain.permissions import Permission
from polyshare.domain.principals import Status

LONGEST_NAME_BYTES = 255
LONGEST_ENDING_BYTES = 32
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
DEEPEST = 100
"""How many folders may lie above one another."""


class NodeKind(StrEnum):
    """What sort of node."""

    FOLDER = "folder"
    FILE = "file"
    COLLECTION = "collection"


class Taken(StrEnum):
    """
    What happens when a name is in use.

    NUMBER: the next free number, from 2 on, for it is the second of that name. COUNT: the same, from 1 on. VERSION: a new
    version of the file there. REFUSE: a refusal. REPLACE: what is there goes into the trash. MERGE: a folder's content goes into
    the folder there, and so on below; all else is as for COUNT.
    """

    NUMBER = "number"
    COUNT = "count"
    VERSION = "version"
    REFUSE = "refuse"
    REPLACE = "replace"
    MERGE = "merge"

    @property
    def first_number(self) -> int | None:
        """The number that the first one gets whose name is in use; None: it gets none."""
        return {Taken.NUMBER: 2, Taken.COUNT: 1}.get(self)


class Trashed(StrEnum):
    """What becomes of shares of what goes into the trash: they sleep until it is restored, or they end."""

    KEEP = "keep"
    WITHDRAW = "withdraw"


class NodeOrder(StrEnum):
    """By what nodes are sorted; ties are broken by id. SIZE and MODIFIER (the display name) are for searches."""

    NAME = "name"
    CREATED = "created"
    MODIFIED = "modified"
    SIZE = "size"
    MODIFIER = "modifier"


@dataclass(frozen=True, slots=True)
class Drive:
    """A tree of its own: `root` is the id of the folder at its top, `owner` owns everything in it."""

    id: int
    owner: int
    root: int
    title: str
    device: str


@dataclass(frozen=True, slots=True)
class DriveSeen:
    """A drive as whoever reaches something in it is told of it; `created_at` is in microseconds."""

    id: int
    owner: int
    title: str
    device: str
    created_at: int


@dataclass(frozen=True, slots=True)
class Node:
    """
    A folder, a file or a collection; its id is the same for life.

    Attributes:
        parent: None for a drive's root and for a collection.
        size: In bytes: of the current version, or of everything in a folder that is not trashed.
        children: How many live nodes a folder has.
        version: Number of a file's current version, from 1; 0 for what is no file.
        owner: Of the drive, and so of everything in it.
    """

    id: int
    drive: int
    parent: int | None
    kind: NodeKind
    name: str
    description: str
    mime: str
    size: int
    children: int
    version: int
    created_by: int
    modified_by: int
    created_at: int
    modified_at: int
    trashed_at: int | None
    owner: int


@dataclass(frozen=True, slots=True)
class Version:
    """
    One version of a file.

    Attributes:
        blob: Key of its bytes in the byte store.
        sha256: Their digest as hex.
        created_at: When its content came to be, which may be long before its bytes were brought here.
        stored_at: When its bytes began to come.
    """

    node: int
    number: int
    blob: str
    size: int
    sha256: str
    mime: str
    created_by: int
    created_at: int
    stored_at: int


@dataclass(frozen=True, slots=True)
class Reach:
    """
    What one actor may do with a node: everything as its owner, else what the grants in place on it or above give.

    Attributes:
        permissions: Closed.
        top: Whether the actor sees nothing above this node, so that it is at the top for the actor.
    """

    node: Node
    permissions: Permission
    owner: bool
    top: bool


@dataclass(frozen=True, slots=True)
class PersonSeen:
    """A user as others see it beside a node; `aliases` are the ids that somebody fixed, by namespace."""

    id: int
    public_id: str
    name: str
    login: str
    status: Status
    aliases: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class NodeSeen:
    """
    A node as one viewer sees it.

    Attributes:
        permissions: What the viewer holds, closed.
        owner: Whether the viewer owns it.
        at_top: Whether it stands in the viewer's home: in the home folder itself, or shared with nothing above it shown.
        name: Its name; the home folder of somebody else bears its owner's display name.
        aliases: The ids that somebody fixed, by namespace.
        parent_aliases: The same of its parent.
    """

    node: Node
    name: str
    created_by: PersonSeen
    modified_by: PersonSeen
    owned_by: PersonSeen
    permissions: Permission
    owner: bool
    at_top: bool
    aliases: Mapping[str, str]
    parent_aliases: Mapping[str, str]


def checked_node_name(text: str, *where: str | int) -> str:
    """
    A name as it may stand in the tree, in normal form C.

    Raises:
        Invalid: Empty, `.` or `..`, too long, or with a slash, a backslash, a control character or a surrogate.
    """
    name = unicodedata.normalize("NFC", text)
    if name in ("", ".", "..") or not name.strip():
        raise Invalid("A name can't be empty, . or ..; give it at least one letter or digit.", *where)
    if any("\ud800" <= char <= "\udfff" for char in name):
        raise Invalid("A name must be text in UTF-8.", *where)
    if any(char in "/\\" or unicodedata.category(char) == "Cc" for char in name):
        raise Invalid("A name can't contain slashes or control characters.", *where)
    if len(name.encode()) > LONGEST_NAME_BYTES:
        raise Invalid(f"A name can have at most {LONGEST_NAME_BYTES} bytes in UTF-8.", *where)
    return name


def without_turns(name: str, instead: str = "_") -> str:
    """
    A name in which nothing turns the direction it is read in: the ending that people see is the one that counts.

    Embeddings, overrides and isolates of the bidirectional algorithm are replaced; right-to-left names need none of them.
    """
    return _TURNS.sub(instead, name)


def folded_name(name: str) -> str:
    """How a name is compared and sorted where case does not count."""
    return unicodedata.normalize("NFC", name.casefold())


def numbered_name(name: str, number: int) -> str:
    """The name that takes the place of one in use: `docs(2)`, `report(2).txt`; its stem is cut where it grows too long."""
    stem, ending = split_name(name)
    return f"{stem}({number}){ending}"


def split_name(name: str) -> tuple[str, str]:
    """
    A name's stem and its ending with the dot, which numbers are put between.

    Where a number of up to six digits would make the name too long, the stem is cut.
    """
    stem, dot, ending = name.rpartition(".")
    if not dot or not stem or len(ending.encode()) > LONGEST_ENDING_BYTES:
        stem, ending = name, ""
    else:
        ending = dot + ending
    room = LONGEST_NAME_BYTES - len(ending.encode()) - len("(999999)")
    return stem.encode()[:room].decode(errors="ignore"), ending


def words_of(name: str, description: str) -> str:
    """What a search looks through: folded name and description."""
    return f"{folded_name(name)}\n{folded_name(description)}" if description else folded_name(name)
