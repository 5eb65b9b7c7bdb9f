"""
The shapes of the Documents REST API on the wire, versions 1.1 and 1.2.

All scalars of answers are strings, numbers and flags too; fields go out in the order given here, and what is UNSET is
left out. Requests come in two formats with loose names and places, and are read into these shapes leniently; what must be
there is said by `translate`.
"""

from msgspec import UNSET, Struct, UnsetType

OK = "0"
"""The errorCode of a success."""

RFC = "https://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html"

# Requests


class ShareInput(Struct):
    """
    Who is to be given a role, in `userID` one or, in 1.2, many parted by commas.

    Source: docs.oracle.com, REST API for Documents, Shares > Share a Folder, Edit a User's Role.
    """

    userID: str | None = None
    role: str | None = None
    message: str | None = None


class RevokeInput(Struct):
    """
    From whom a folder is taken back; in the query or the body.

    Source: docs.oracle.com, REST API for Documents, Shares > Revoke User.
    """

    userID: str | None = None
    message: str | None = None


class UnshareInput(Struct):
    """What those are told from whom a folder is taken back; in the query or the body."""

    message: str | None = None


class MembersQuery(Struct):
    """Whether shares of folders above are left out; in the query or the body."""

    currentOnly: str | None = None


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


class LinkInput(Struct):
    """
    What a public link is to be; the toolkit says `roleName` for `role`.

    Source: docs.oracle.com, REST API for Documents, Publiclinks > Create Folder Public Link.
    """

    assignedUsers: str | None = None
    role: str | None = None
    roleName: str | None = None
    expirationTime: str | None = None
    password: str | None = None
    linkName: str | None = None


class AssetsInput(Struct):
    """
    Files that are to be added to or removed from a collection; what can't be is an error unless skipping is asked for.

    Source: docs.oracle.com, REST API for Content Management 1.1, Collections > Add a List of Assets to a Collection.
    """

    idList: str | None = None
    fileIDs: str | None = None
    skipDuplicate: str | None = None
    skipIfNotInCollection: str | None = None


class FieldInput(Struct):
    """A field to be defined or changed."""

    fieldName: str | None = None
    fieldType: str | None = None
    defaultValue: str | None = None
    fieldDescription: str | None = None
    isEnabled: str | None = None


class DefinitionInput(Struct):
    """
    Fields of a new metadata collection, by name parted by commas or one by one.

    Source: docs.oracle.com, REST API for Documents, Metadata Collection > Create Metadata Collection.
    """

    fields: str | None = None
    fieldsArray: list[FieldInput] = []


class DefinitionChange(Struct):
    """
    What is to change in a metadata collection.

    Source: docs.oracle.com, REST API for Documents, Metadata Collection > Edit Metadata Collection.
    """

    addFields: str | None = None
    addFieldsArray: list[FieldInput] = []
    removeFields: str | None = None
    settings: str | None = None


class FieldsChange(Struct):
    """
    What is to change in fields of a metadata collection.

    Source: docs.oracle.com, REST API for Documents, Metadata Collection > Edit Fields in a Metadata Collection.
    """

    fields: str | None = None
    settings: str | None = None
    fieldsArray: list[FieldInput] = []


class DefinitionsQuery(Struct):
    """Whether fields are told too; in the query or the body."""

    retrieveFields: str | None = None


class DirectQuery(Struct):
    """Whether what folders above have is left out."""

    directAssigned: str | None = None


class ResetInput(Struct):
    """
    Which values are to be taken away; in the query or the body.

    Source: docs.oracle.com, REST API for Documents, Metadata Collection > Delete Values in a Folder Metadata Collection.
    """

    collection: str | None = None
    fields: str | None = None


# Answers


class User(Struct):
    """
    A user or group; a group has no loginName, by which clients tell the two apart.

    Source: docs.oracle.com, REST API for Documents, Shares > Share a Folder, schema User.
    """

    displayName: str
    id: str
    loginName: str | UnsetType = UNSET
    type: str = "user"
    provisioningStatus: str | UnsetType = UNSET


class MemberOutcome(Struct):
    """
    What came of a change for one who was named; `id` is as the caller spelled it.

    Source: docs.oracle.com, REST API for Documents, Shares > Share a Folder, schema members.
    """

    displayName: str
    id: str
    isSuccessful: str
    provisioningStatus: str | UnsetType = UNSET
    type: str = "user"


class Share(Struct, kw_only=True):
    """
    Answer of all calls that change shares; `role` and `user` where somebody was given one.

    Source: docs.oracle.com, REST API for Content Management 1.1 and REST API for Documents, Shares.
    """

    errorCode: str = OK
    id: str
    role: str | UnsetType = UNSET
    type: str = "share"
    user: User | UnsetType = UNSET
    members: list[MemberOutcome] | UnsetType = UNSET


class Member(Struct, kw_only=True):
    """One member of a folder; groups stand under `user` too."""

    type: str = "share"
    role: str
    user: User


class Members(Struct, kw_only=True):
    """
    Answer of GET shares/{id}/items.

    Source: docs.oracle.com, REST API for Documents, Shares > Get Shared Folder Users.
    """

    errorCode: str = OK
    count: str
    id: str
    type: str = "share"
    items: list[Member]
    ownedBy: User


class Users(Struct, kw_only=True):
    """
    Answer of the users searches; without a match there are no `items`.

    Source: docs.oracle.com, REST API for Documents, Users > Get Users.
    """

    count: str
    errorCode: str = OK
    items: list[User] | UnsetType = UNSET


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


class Done(Struct, kw_only=True):
    """
    Answer of calls that have nothing else to tell than what they were about.

    Source: docs.oracle.com, REST API for Documents, Folders > Delete Folder, Copy Folder.
    """

    errorCode: str = OK
    id: str
    version: str | UnsetType = UNSET
    type: str


class PublicLink(Struct, kw_only=True):
    """
    A public link; its access code is never told.

    Source: docs.oracle.com, REST API for Documents, Publiclinks > Create Folder Public Link.
    """

    errorCode: str | UnsetType = UNSET
    id: str
    linkID: str
    linkName: str | UnsetType = UNSET
    assignedUsers: str
    role: str
    type: str = "publiclink"
    createdTime: str
    lastModifiedTime: str
    expirationTime: str | UnsetType = UNSET
    ownedBy: User


class PublicLinks(Struct, kw_only=True):
    """Answer of GET publiclinks/folder/{id} and publiclinks/file/{id}; `type` is folder or file."""

    count: str
    errorCode: str = OK
    id: str
    type: str
    items: list[PublicLink]


class LinkGone(Struct, kw_only=True):
    """Answer of DELETE publiclinks/{linkID}."""

    errorCode: str = OK
    linkID: str
    type: str = "publiclink"


class Asset(Struct):
    """What came of adding or removing one of many assets; only told when skipping was asked for."""

    id: str
    message: str


class Assets(Struct, kw_only=True):
    """
    Answer of the calls that add and remove assets.

    Source: docs.oracle.com, REST API for Content Management 1.1, Collections > Add a List of Assets to a Collection.
    """

    count: str | UnsetType = UNSET
    errorCode: str = OK
    id: str
    idList: str | UnsetType = UNSET
    itemID: str | UnsetType = UNSET
    type: str = "collection"
    items: list[Asset] | UnsetType = UNSET


class Field(Struct, kw_only=True):
    """
    A field of a metadata collection.

    Source: docs.oracle.com, REST API for Documents, Metadata Collection > Get Metadata Collection Definition.
    """

    type: str = "field"
    fieldName: str
    fieldType: str
    isEnabled: str
    defaultValue: str | UnsetType = UNSET
    fieldDescription: str | UnsetType = UNSET


class Definition(Struct, kw_only=True):
    """A metadata collection; `errorCode` where it is the answer itself, `isInherited` where it stands beside an item."""

    errorCode: str | UnsetType = UNSET
    isEnabled: str
    isInherited: str | UnsetType = UNSET
    type: str = "collection"
    items: list[Field] | UnsetType = UNSET


class Definitions(Struct, kw_only=True):
    """Answer of GET metadata: definitions by name."""

    errorCode: str = OK
    metadataCollections: dict[str, Definition]


class Described(Struct, kw_only=True):
    """
    Answer of the calls on an item's metadata.

    Source: docs.oracle.com, REST API for Documents, Metadata Collection > Get Folder Metadata Collection,
    Get Folder Assigned Metadata Collections, Assign Values to a Folder Metadata Collection.
    """

    errorCode: str = OK
    idList: str | UnsetType = UNSET
    type: str | UnsetType = UNSET
    metadata: dict[str, dict[str, str]] | UnsetType = UNSET
    metadataFields: dict[str, Definition] | UnsetType = UNSET


class Acknowledged(Struct):
    """Answer of calls that only say that it was done."""

    errorCode: str = OK


class Failure(Struct, kw_only=True):
    """
    Every error; `name` where the request carried one, `members` where it named several.

    Source: docs.oracle.com, REST API for Documents, Shares > Share a Folder, 400, 403 and 404 responses.
    """

    errorCode: str
    errorKey: str
    errorMessage: str
    errorType: str = "folder"
    id: str
    name: str | UnsetType = UNSET
    title: str
    type: str = RFC
    members: list[MemberOutcome] | UnsetType = UNSET


class Link(Struct):
    """A call that the API catalog lists."""

    rel: str
    href: str
    method: str | UnsetType = UNSET


class Catalog(Struct, kw_only=True):
    """
    Answer of GET metadata-catalog/shares.

    Source: docs.oracle.com, REST API for Documents, Catalog > Get Shares API Catalog.
    """

    errorCode: str = OK
    type: str = "object"
    links: list[Link]


# Beside the Documents API. Numbers and flags are real ones there.


class Group(Struct, kw_only=True):
    """A group as the Conversations API shows it; `groupID` is what shares take. Source: the vendor's toolkit."""

    id: str
    groupID: str
    name: str
    displayName: str
    groupType: str = "PUBLIC_CLOSED"


class Groups(Struct, kw_only=True):
    """Answer of GET osn/social/api/v1/groups. Source: the vendor's toolkit."""

    items: list[Group]
    count: int
    hasMore: bool


class Person(Struct):
    """A user as the Conversations API shows it. Source: the vendor's toolkit."""

    id: str
    name: str
    displayName: str


class People(Struct, kw_only=True):
    """Answer of GET osn/social/api/v1/people. Source: the vendor's toolkit."""

    items: list[Person]
    count: int
    hasMore: bool


class Integration(Struct):
    """Answer of the integration services. Source: the vendor's toolkit."""

    LocalData: dict[str, str]
