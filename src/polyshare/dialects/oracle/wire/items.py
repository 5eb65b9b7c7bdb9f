"""Folders, files and collections, one and many."""

from msgspec import UNSET, Struct, UnsetType

from polyshare.dialects.oracle.wire.outcomes import OK
from polyshare.dialects.oracle.wire.users import User


class FolderInput(Struct):
    """
    Name and description of a folder, a file or a collection.

    Source: docs.oracle.com, REST API for Documents, Folders > Create Folder, Edit Folder.
    """

    name: str | None = None
    description: str | None = None


class Destination(Struct):
    """
    Where a copy or a thing itself is to go.

    Source: docs.oracle.com, REST API for Documents, Folders > Copy Folder, Move Folder.
    """

    destinationID: str | None = None


class UploadInput(Struct):
    """
    The part `jsonInputParameters` of an upload.

    Source: docs.oracle.com, REST API for Documents, Files > Upload File.
    """

    parentID: str | None = None


class Item(Struct, kw_only=True):
    """
    A folder, a file or a collection; `errorCode` where it is the answer itself.

    Source: docs.oracle.com, REST API for Documents, Folders > Get Folder Information, Files > Get File Information.
    """

    errorCode: str | UnsetType = UNSET
    type: str
    id: str
    parentID: str | UnsetType = UNSET
    name: str
    description: str | UnsetType = UNSET
    size: str
    childItemsCount: str | UnsetType = UNSET
    version: str | UnsetType = UNSET
    mimeType: str | UnsetType = UNSET
    createdTime: str
    modifiedTime: str
    createdBy: User
    modifiedBy: User
    ownedBy: User
    role: str


class Listing(Struct, kw_only=True):
    """
    Answer of the calls that list items; of a folder's, with the folder's own fields before them.

    Source: docs.oracle.com, REST API for Documents, Folders > Get Folder Contents, Get Home Folder Contents, Search.
    """

    errorCode: str = OK
    type: str | UnsetType = UNSET
    id: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    parentID: str | UnsetType = UNSET
    childItemsCount: str | UnsetType = UNSET
    ownerFolderID: str | UnsetType = UNSET
    count: str
    totalCount: str | UnsetType = UNSET
    totalResults: str
    totalOwned: str | UnsetType = UNSET
    totalShared: str | UnsetType = UNSET
    hasMore: str
    limit: str | UnsetType = UNSET
    offset: str
    items: list[Item]
