"""Users and groups, as everything that refers to one shows it, and as the users searches find them."""

from msgspec import UNSET, Struct, UnsetType

from polyshare.dialects.oracle.wire.outcomes import OK


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


class Users(Struct, kw_only=True):
    """
    Answer of the users searches; without a match there are no `items`.

    Source: docs.oracle.com, REST API for Documents, Users > Get Users.
    """

    count: str
    errorCode: str = OK
    items: list[User] | UnsetType = UNSET
