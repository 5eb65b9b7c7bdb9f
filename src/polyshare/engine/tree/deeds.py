"""Which permission each deed on a node needs, and for what a folder that is shared itself needs more than what lies in it."""

from polyshare.domain.errors import Insufficient
from polyshare.domain.nodes import NodeKind, Reach
from polyshare.domain.permissions import Permission
from polyshare.engine.tree import access


def allow_adding(into: Reach) -> None:
    """Put something into a folder: contributors; raises Insufficient."""
    access.allow(into, Permission.EDIT)


def allow_reading(reach: Reach) -> None:
    """Read a file's content, or copy something out: downloaders; raises Insufficient."""
    access.allow(reach, Permission.DOWNLOAD)


def allow_renaming(reach: Reach) -> None:
    """Change name or description: contributors, but managers for the folder that is shared itself; raises Insufficient."""
    access.allow(reach, Permission.MANAGE if _is_door(reach) else Permission.EDIT)


def allow_removing(reach: Reach) -> None:
    """Delete something: contributors, but only the owner for the folder that is shared itself; raises Insufficient."""
    access.allow(reach, Permission.EDIT)
    if _is_door(reach) and not reach.owner:
        raise Insufficient(reach.node.id, "Only its owner deletes a folder that is shared; leave it instead.")


def allow_moving(reach: Reach, into: Reach) -> None:
    """Put something elsewhere: what removing it here and adding it there need; raises Insufficient."""
    allow_removing(reach)
    allow_adding(into)


def allow_copying(reach: Reach, into: Reach) -> None:
    """Put a copy elsewhere: what reading it here and adding it there need; raises Insufficient."""
    allow_reading(reach)
    allow_adding(into)


def _is_door(reach: Reach) -> bool:
    """Whether this is the folder or collection by which the actor comes in, with nothing open above it."""
    return reach.top and not reach.owner and reach.node.kind is not NodeKind.FILE
