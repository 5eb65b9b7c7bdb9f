"""
What each call is named, and whose token covers it: by role and by scope.

A call's name comes from its address, so that a new route needs nothing more: the segments below `/api`, without a version,
joined by dots, and the operation at the end; where the operation is not spelled, POST creates, DELETE deletes and GET retrieves.
What is named otherwise than it is addressed stands in the tables here. Providers call what lies below `control`, users all else,
but for what a table says.

Source: UCloud developer guide, "Authentication" (roles and security scopes) and "API conventions" (names of calls).
"""

import re
from collections.abc import Set
from functools import lru_cache

from polyshare.dialects.base.calls import Route
from polyshare.dialects.ucloud.errors import Uncovered
from polyshare.domain.principals import Actor

ALL = "all:write"
USERS = frozenset({"USER", "ADMIN"})
PROVIDERS = frozenset({"PROVIDER", "SERVICE"})

_ROLES: dict[str, Set[str]] = {
    "products.browse": USERS | PROVIDERS,
    "products.retrieve": USERS | PROVIDERS,
    "products.create": frozenset({"PROVIDER"}),
    "accounting.reportUsage": frozenset({"PROVIDER"}),
}
"""Whose a call is that is not said by its address."""

_NAMESPACES: dict[tuple[str, ...], tuple[str, ...]] = {("shares", "links"): ("share", "links")}
_OPERATIONS = {
    "shares.permissions": "shares.updatePermissions",
    "share.links.accept": "share.links.acceptInvite",
    "files.folder": "files.createFolder",
    "files.upload": "files.createUpload",
    "files.download": "files.createDownload",
    "providers.integration.browse": "providers.im.browse",
    "notifications.read": "notifications.markAsRead",
    "notifications.read.all": "notifications.markAllAsRead",
}
_UNSPELLED = {"POST": "create", "DELETE": "delete", "GET": "retrieve"}
_RESOURCES = frozenset(
    {"shares", "share.links", "shares.control", "files", "files.collections", "notifications"}
)
"""Namespaces at whose own address something is made, deleted or found."""
_VERSION = re.compile(r"v\d+")


@lru_cache(maxsize=1024)
def name_of(method: str, template: str) -> str:
    """The name by which scopes speak of a call, such as `shares.browse`."""
    parts = tuple(
        part
        for part in template.split("/")
        if part and not part.startswith("{") and not _VERSION.fullmatch(part)
    )
    parts = parts[1:] if parts[:1] == ("api",) else parts
    parts = _NAMESPACES.get(parts[:2], parts[:2]) + parts[2:]
    name = ".".join(parts)
    if name in _RESOURCES or len(parts) == 1:
        return f"{name}.{_UNSPELLED.get(method, method.lower())}"
    return _OPERATIONS.get(name, name)


def roles_of(method: str, template: str) -> Set[str]:
    """Whose call it is."""
    usual = PROVIDERS if "control" in template.split("/") else USERS
    return _ROLES.get(name_of(method, template), usual)


def demand_covered(actor: Actor, route: Route) -> None:
    """
    Refuse a call that is not this caller's, or for which its token was not given.

    Raises:
        Uncovered: It says which.
    """
    roles = roles_of(route.method, route.template)
    if actor.role not in roles:
        raise Uncovered(f"This call is for the roles {' and '.join(sorted(roles))}.")
    if actor.scopes is not None and not _covered(actor.scopes, route.method, route.template):
        right = "read" if route.method == "GET" else "write"
        wanted = f"{name_of(route.method, route.template)}:{right}"
        raise Uncovered(f"The token was not given for this call; it needs the scope {wanted}.")


@lru_cache(maxsize=4096)
def _covered(scopes: Set[str], method: str, template: str) -> bool:
    if ALL in scopes:
        return True
    name = name_of(method, template)
    return any(_covers(scope, name, method) for scope in scopes)


def _covers(scope: str, name: str, method: str) -> bool:
    """Whether one scope, `path:right[:metadata]`, covers a call; to write includes to read."""
    path, _, rest = scope.partition(":")
    right = rest.partition(":")[0]
    if right != "write" and not (right == "read" and method == "GET"):
        return False
    return path == "all" or name == path or name.startswith(f"{path}.")
