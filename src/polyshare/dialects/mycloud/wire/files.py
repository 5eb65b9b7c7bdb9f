"""Files and folders of a device. Source: My Cloud Home developer guide, "Get file", "Search files", "Create file"."""

from msgspec import UNSET, Struct, UnsetType


class File(Struct, kw_only=True):
    """
    A file or folder, or those of its fields that were asked for.

    Clients take whatever has `childCount` for a folder, and join `id` and `parentID` to addresses.
    """

    id: str | UnsetType = UNSET
    parentID: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    mimeType: str | UnsetType = UNSET
    size: int | UnsetType = UNSET
    childCount: int | UnsetType = UNSET
    eTag: str | UnsetType = UNSET
    mTime: str | UnsetType = UNSET
    cTime: str | UnsetType = UNSET
    extension: str | UnsetType = UNSET
    storageType: str | UnsetType = UNSET
    hidden: str | UnsetType = UNSET
    publiclyShared: bool | UnsetType = UNSET
    privatelyShared: bool | UnsetType = UNSET


class Files(Struct):
    """A stretch of a list; both keys are always there, for clients read them unguarded."""

    pageToken: str
    files: list[File]


class NewFile(Struct):
    """The first part of an upload; what it says of times is not kept."""

    name: str
    parentID: str = "root"
    mimeType: str = ""


class FilePatch(Struct):
    """What is to be other about a file or folder."""

    name: str | None = None
    parentID: str | None = None
