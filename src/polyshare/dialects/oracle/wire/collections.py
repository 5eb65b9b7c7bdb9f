"""What collections hold: assets."""

from msgspec import UNSET, Struct, UnsetType

from polyshare.dialects.oracle.wire.outcomes import OK


class AssetsInput(Struct):
    """
    Files that are to be added to or removed from a collection; what can't be is an error unless skipping is asked for.

    Source: docs.oracle.com, REST API for Content Management 1.1, Collections > Add a List of Assets to a Collection.
    """

    idList: str | None = None
    fileIDs: str | None = None
    skipDuplicate: str | None = None
    skipIfNotInCollection: str | None = None


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
