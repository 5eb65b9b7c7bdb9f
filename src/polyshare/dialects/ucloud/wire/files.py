"""Files and folders, and how their bytes come and go.  Source: UCloud developer guide, "Files" and "Upload Protocol"."""

from collections.abc import Mapping, Sequence
from typing import Literal

from msgspec import Struct, field

from polyshare.dialects.ucloud.wire.common import Owner, Permissions, ProductReference
from polyshare.dialects.ucloud.wire.drives import ResolvedFSSupport
from polyshare.dialects.ucloud.wire.products import Storage
from polyshare.dialects.ucloud.wire.shares import Sorted

ConflictPolicy = Literal["RENAME", "REJECT", "REPLACE", "MERGE_RENAME"]
FileType = Literal["FILE", "DIRECTORY"]
Icon = Literal["DIRECTORY_STAR", "DIRECTORY_SHARES", "DIRECTORY_TRASH", "DIRECTORY_JOBS"]


class UFileSpec(Struct):
    """UFileSpecification: the drive, and its product."""

    collection: str
    product: ProductReference


class Metadata(Struct):
    """FileMetadataHistory; UCloud's own metadata are none of ours."""

    metadata: Mapping[str, None]
    templates: Mapping[str, None]


class UFileStatus(Struct):
    """UFileStatus; sizes, metadata, support and product where they were asked for."""

    type: FileType
    icon: Icon | None
    sizeInBytes: int | None
    sizeIncludingChildrenInBytes: int | None
    modifiedAt: int
    accessedAt: int | None
    unixMode: int | None
    unixOwner: int | None
    unixGroup: int | None
    metadata: Metadata | None
    resolvedSupport: ResolvedFSSupport | None
    resolvedProduct: Storage | None


class UFile(Struct):
    """UFile; owner and permissions are the drive's."""

    id: str
    specification: UFileSpec
    createdAt: int
    status: UFileStatus
    owner: Owner
    permissions: Permissions
    updates: Sequence[None]


class FileFlags(Struct, kw_only=True):
    """UFileIncludeFlags: what is told of a file, and which ones are listed."""

    includeOthers: bool = False
    includeUpdates: bool = False
    includeSupport: bool = False
    includeProduct: bool = False
    includePermissions: bool = False
    includeTimestamps: bool = False
    includeSizes: bool = False
    includeUnixInfo: bool = False
    includeMetadata: bool = False
    allowUnsupportedInclude: bool = True
    filterHiddenFiles: bool = False
    path: str | None = None


class FileSearch(Sorted, kw_only=True):
    """Body of POST …/search; `flags.path` is where to look."""

    query: str
    flags: FileFlags = field(default_factory=FileFlags)


class FindByPath(Struct):
    """Names a file or folder."""

    id: str


class NewFolder(Struct):
    """FilesCreateFolderRequestItem."""

    id: str
    conflictPolicy: ConflictPolicy


class FromTo(Struct):
    """FilesMoveRequestItem and FilesCopyRequestItem."""

    oldId: str
    newId: str
    conflictPolicy: ConflictPolicy


class NewUpload(Struct):
    """FilesCreateUploadRequestItem."""

    id: str
    conflictPolicy: ConflictPolicy
    supportedProtocols: list[str]
    type: Literal["FILE", "FOLDER"] = "FILE"


class Complete(Struct):
    """LongRunningTask.Complete: it is done already."""

    type: Literal["complete"] = "complete"


class UploadSession(Struct):
    """FilesCreateUploadResponseItem."""

    endpoint: str
    protocol: Literal["CHUNKED"]
    token: str


class DownloadSession(Struct):
    """FilesCreateDownloadResponseItem."""

    endpoint: str
