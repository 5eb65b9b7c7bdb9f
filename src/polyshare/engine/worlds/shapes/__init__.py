"""The shapes of a world file's sections, key by key, and which section has which."""

from polyshare.engine.worlds.shapes.base import Shape
from polyshare.engine.worlds.shapes.directory import (
    Account,
    Client,
    Group,
    Key,
    Organization,
    Project,
    RefreshToken,
    Token,
    TrustedIssuer,
    User,
)
from polyshare.engine.worlds.shapes.equipment import Allocation, Product, Provider
from polyshare.engine.worlds.shapes.shares import Share
from polyshare.engine.worlds.shapes.tree import (
    Collection,
    Drive,
    File,
    FilePermission,
    Folder,
    FolderMember,
    Link,
    Offer,
)

SECTIONS: dict[str, type[Shape]] = {
    "organizations": Organization,
    "accounts": Account,
    "users": User,
    "groups": Group,
    "projects": Project,
    "tokens": Token,
    "keys": Key,
    "providers": Provider,
    "clients": Client,
    "shares": Share,
    "drives": Drive,
    "folders": Folder,
    "files": File,
    "members": FolderMember,
    "collections": Collection,
    "jwt": TrustedIssuer,
    "links": Link,
    "file_permissions": FilePermission,
    "offers": Offer,
    "refresh_tokens": RefreshToken,
    "products": Product,
    "allocations": Allocation,
}
# Keys of which an entry needs exactly one.
ONE_OF: dict[str, tuple[str, ...]] = {
    "refresh_tokens": ("user", "provider"),
    "allocations": ("user", "project"),
    "drives": ("owner", "project"),
    "members": ("user", "group"),
    "files": ("text", "base64", "source"),
    "shares": ("recipients", "organization"),
}
