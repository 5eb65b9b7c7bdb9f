"""
The shapes of the Documents REST API on the wire, versions 1.1 and 1.2.

    outcomes     how it went, errors
    users        who
    shares       shares and their members
    items        folders, files and collections
    links        public links
    collections  what collections hold
    metadata     metadata collections and values
    beside       what clients call beside the Documents API

All scalars of answers are strings, numbers and flags too; fields go out in the order given here, and what is UNSET is
left out. Requests come in two formats with loose names and places, and are read into these shapes leniently; what must be
there is said by `translate`.
"""

from polyshare.dialects.oracle.wire.beside import Group, Groups, Integration, People, Person
from polyshare.dialects.oracle.wire.collections import Asset, Assets, AssetsInput
from polyshare.dialects.oracle.wire.items import Destination, FolderInput, Item, Listing, UploadInput
from polyshare.dialects.oracle.wire.links import LinkGone, LinkInput, PublicLink, PublicLinks
from polyshare.dialects.oracle.wire.metadata import (
    Definition,
    DefinitionChange,
    DefinitionInput,
    Definitions,
    DefinitionsQuery,
    Described,
    DirectQuery,
    Field,
    FieldInput,
    FieldsChange,
    ResetInput,
)
from polyshare.dialects.oracle.wire.outcomes import OK, Acknowledged, Done, Failure, MemberOutcome
from polyshare.dialects.oracle.wire.shares import (
    Catalog,
    Link,
    Member,
    Members,
    MembersQuery,
    RevokeInput,
    Share,
    ShareInput,
    UnshareInput,
)
from polyshare.dialects.oracle.wire.users import User, Users

__all__ = [
    "OK",
    "Acknowledged",
    "Asset",
    "Assets",
    "AssetsInput",
    "Catalog",
    "Definition",
    "DefinitionChange",
    "DefinitionInput",
    "Definitions",
    "DefinitionsQuery",
    "Described",
    "Destination",
    "DirectQuery",
    "Done",
    "Failure",
    "Field",
    "FieldInput",
    "FieldsChange",
    "FolderInput",
    "Group",
    "Groups",
    "Integration",
    "Item",
    "Link",
    "LinkGone",
    "LinkInput",
    "Listing",
    "Member",
    "MemberOutcome",
    "Members",
    "MembersQuery",
    "People",
    "Person",
    "PublicLink",
    "PublicLinks",
    "ResetInput",
    "RevokeInput",
    "Share",
    "ShareInput",
    "UnshareInput",
    "UploadInput",
    "User",
    "Users",
]
