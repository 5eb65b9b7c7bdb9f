"""Files: from their words to ours and back."""

from collections.abc import Mapping

from msgspec import Struct

from polyshare.dialects.base.calls import Call
from polyshare.dialects.base.refusals import BadQuery
from polyshare.dialects.ucloud.translate import paging
from polyshare.dialects.ucloud.translate.drives import owner_out, permissions_out, support_out
from polyshare.dialects.ucloud.translate.products import product_out, reference_out
from polyshare.dialects.ucloud.translate.reading import Body, Query
from polyshare.dialects.ucloud.translate.share_lists import Listing, listing
from polyshare.dialects.ucloud.wire import files as wire
from polyshare.dialects.ucloud.wire.shares import Retrieved, Sorted
from polyshare.domain.drives import DriveShown
from polyshare.domain.errors import NotSupported, WrongState
from polyshare.domain.nodes import Node, NodeKind, NodeOrder, Taken
from polyshare.domain.products import Product

# Files are sorted by their names; their sizes are those of everything in a folder.
_ORDERS = {"CREATED_AT": NodeOrder.CREATED, "MODIFIED_AT": NodeOrder.MODIFIED, "SIZE": NodeOrder.SIZE}
_TEXTS = frozenset({NodeOrder.NAME})

FLAGS: Query[wire.FileFlags] = Query(wire.FileFlags)
_RETRIEVED: Query[Retrieved] = Query(Retrieved)
_SORTED: Query[Sorted] = Query(Sorted)
_SEARCH: Body[wire.FileSearch] = Body(wire.FileSearch)

# The web client reckons with `file(1)`: it shows the row of a copy before it is answered, and does not look again.
TAKEN: Mapping[wire.ConflictPolicy, Taken] = {
    "RENAME": Taken.COUNT,
    "REJECT": Taken.REFUSE,
    "REPLACE": Taken.REPLACE,
    "MERGE_RENAME": Taken.MERGE,
}
# A file that is uploaded again keeps what it was as its version before; of folders there is nothing to merge.
TAKEN_BY_UPLOADS: Mapping[wire.ConflictPolicy, Taken] = {
    "RENAME": Taken.COUNT,
    "REJECT": Taken.REFUSE,
    "REPLACE": Taken.VERSION,
    "MERGE_RENAME": Taken.COUNT,
}


def rooted(path: str) -> str:
    """A path with the slash that it begins with; UCloud's servers miss none, and its web client leaves it out of a drive's."""
    return path if path.startswith("/") or not path else f"/{path}"


class Files(Struct):
    """What a list of files was asked for; a token carries it."""

    flags: wire.FileFlags
    sortBy: str | None
    descending: bool
    size: int
    words: str = ""

    @property
    def order(self) -> NodeOrder:
        """By what they are sorted."""
        return _ORDERS.get((self.sortBy or "").upper(), NodeOrder.NAME)

    @property
    def path(self) -> str:
        """The folder that is meant."""
        return rooted(self.flags.path or "")


def file_out(
    node: Node,
    path: str,
    drive: DriveShown,
    flags: wire.FileFlags,
    product: Product | None = None,
) -> wire.UFile:
    """A file or folder at a path of a drive; *product* where it is to be told of."""
    sizes = flags.includeSizes
    folder = node.kind is NodeKind.FOLDER
    return wire.UFile(
        path,
        wire.UFileSpec(str(drive.id), reference_out(drive.product)),
        node.created_at // 1000,
        wire.UFileStatus(
            type="DIRECTORY" if folder else "FILE",
            icon=None,
            sizeInBytes=node.size if sizes and not folder else None,
            sizeIncludingChildrenInBytes=node.size if sizes else None,
            modifiedAt=node.modified_at // 1000,
            accessedAt=None,
            unixMode=None,
            unixOwner=None,
            unixGroup=None,
            metadata=wire.Metadata({}, {}) if flags.includeMetadata else None,
            resolvedSupport=support_out(product) if product is not None and flags.includeSupport else None,
            resolvedProduct=product_out(product) if product is not None else None,
        ),
        owner_out(drive),
        permissions_out(drive, others=flags.includeOthers),
        (),
    )


def demand_known(flags: wire.FileFlags) -> None:
    """Raise NotSupported if something is asked for that nobody knows, and it shall not be left out in silence."""
    if flags.includeUnixInfo and not flags.allowUnsupportedInclude:
        raise NotSupported("Nothing is known here of Unix owners and modes; leave includeUnixInfo out.")


def demand_folder(node: Node) -> None:
    """
    Raise WrongState if nothing can lie in it.

    By these very words the web client knows that an address leads to a file, and opens it as one.
    """
    if node.kind is not NodeKind.FOLDER:
        raise WrongState("Invalid file type")


def browsed(call: Call) -> Listing[Files]:
    """What GET …/browse asks for; raises BadQuery."""
    return _files("files.browse", _SORTED(call), FLAGS(call))


def searched(call: Call) -> Listing[Files]:
    """What POST …/search asks for; raises BadBody and BadQuery."""
    body = _SEARCH(call)
    return _files("files.search", body, body.flags, body.query)


def _files(kind: str, read: Sorted, flags: wire.FileFlags, query: str = "") -> Listing[Files]:
    asked = Files(flags, read.sortBy, read.sortDirection == "descending", paging.size(read), query)
    found = listing(kind, read, asked, lambda of: str if of.order in _TEXTS and not of.words else int)
    if not found.position.asked.path:
        raise BadQuery("path", "path: name a folder")
    return found


def retrieved(call: Call) -> tuple[str, wire.FileFlags]:
    """The file that GET …/retrieve names, and what shall be told; raises BadQuery."""
    return rooted(_RETRIEVED(call).id), FLAGS(call)


def demand_chunks(item: wire.NewUpload) -> None:
    """Raise NotSupported unless an upload comes in chunks, and of one file."""
    if item.type != "FILE" or "CHUNKED" not in item.supportedProtocols:
        raise NotSupported("Files are uploaded one by one, by the protocol CHUNKED.")
