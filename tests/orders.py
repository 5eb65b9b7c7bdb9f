"""A slow obvious model of one shared folder, and the search for an order of operations that explains what was seen."""

from dataclasses import dataclass, field
from typing import NamedTuple

from polyshare.domain.permissions import Permission

OWNER = "ann"


class Operation(NamedTuple):
    """Somebody does something at a node: `whom` is a person, a folder to move into or the name of a file."""

    actor: str
    verb: str
    node: str
    whom: str = ""
    permission: Permission = Permission(0)


class Refused(Exception):
    """The model says no; the text is the name of the error that the engine must give."""


@dataclass(frozen=True)
class Shared:
    """
    Folders, who has which grant of its own on which, and the files that were uploaded.

    Attributes:
        parents: Of each folder but the top.
        grants: By folder and person; as given, not closed.
        files: The number of versions by folder and name.
    """

    parents: tuple[tuple[str, str], ...]
    grants: frozenset[tuple[str, str, Permission]] = field(default_factory=frozenset)
    files: frozenset[tuple[str, str, int]] = field(default_factory=frozenset)

    def above(self, node: str) -> list[str]:
        """The node and what lies above it."""
        way, parents = [node], dict(self.parents)
        while (node := parents.get(node, "")) != "":
            way.append(node)
        return way

    def held(self, person: str, node: str) -> Permission:
        """What somebody may do at a node."""
        if person == OWNER:
            return Permission.MANAGE.closed
        way, total = self.above(node), Permission(0)
        for at, who, permission in self.grants:
            if who == person and at in way:
                total |= permission.closed
        return total

    def own_grant(self, person: str, node: str) -> Permission | None:
        """The grant that somebody has on this very node."""
        return next((one[2] for one in self.grants if one[:2] == (node, person)), None)

    def need(self, person: str, node: str, permission: Permission) -> None:
        """Refuse who may not do so much."""
        held = self.held(person, node)
        if permission not in held:
            raise Refused("Insufficient" if held else "Hidden")

    def without(self, person: str, node: str) -> frozenset[tuple[str, str, Permission]]:
        """The grants but that of one person on one node."""
        return frozenset(one for one in self.grants if one[:2] != (node, person))

    def after(self, one: Operation) -> tuple["Shared", str]:
        """What the operation leaves, and what it answers: ok, a version's number, or the name of an error."""
        try:
            return getattr(self, f"_{one.verb}")(one)  # type: ignore[no-any-return]
        except Refused as refused:
            return self, str(refused)

    def _share(self, one: Operation) -> tuple["Shared", str]:
        self.need(one.actor, one.node, Permission.MANAGE)
        if self.own_grant(one.whom, one.node) is not None:
            raise Refused("AlreadyMember")
        grants = self.grants | {(one.node, one.whom, one.permission)}
        return Shared(self.parents, grants, self.files), "ok"

    def _change(self, one: Operation) -> tuple["Shared", str]:
        self.need(one.actor, one.node, Permission.MANAGE)
        if not self.held(one.whom, one.node):
            raise Refused("NotMember")
        grants = self.without(one.whom, one.node) | {(one.node, one.whom, one.permission)}
        return Shared(self.parents, grants, self.files), "ok"

    def _revoke(self, one: Operation) -> tuple["Shared", str]:
        self.need(one.actor, one.node, Permission.VIEW if one.actor == one.whom else Permission.MANAGE)
        if self.own_grant(one.whom, one.node) is None:
            raise Refused("NotMember")
        return Shared(self.parents, self.without(one.whom, one.node), self.files), "ok"

    def _move(self, one: Operation) -> tuple["Shared", str]:
        self.need(one.actor, one.node, Permission.EDIT)
        self.need(one.actor, one.whom, Permission.EDIT)
        if one.node in self.above(one.whom):
            raise Refused("Invalid")
        parents = tuple(sorted((dict(self.parents) | {one.node: one.whom}).items()))
        return Shared(parents, self.grants, self.files), "ok"

    def _upload(self, one: Operation) -> tuple["Shared", str]:
        self.need(one.actor, one.node, Permission.EDIT)
        before = next((number for *at, number in self.files if at == [one.node, one.whom]), 0)
        files = (self.files - {(one.node, one.whom, before)}) | {(one.node, one.whom, before + 1)}
        return Shared(self.parents, self.grants, files), str(before + 1)


class Said(NamedTuple):
    """An operation with what was answered."""

    operation: Operation
    answer: str


def explained(start: Shared, said: list[list[Said]], end: Shared) -> bool:
    """
    Whether some order of all operations gives every answer that was given and leaves what was found at the end.

    Args:
        said: What each caller did, one after another; callers went on at the same time.
    """
    seen: set[tuple[tuple[int, ...], Shared]] = set()
    todo = [(tuple(0 for _ in said), start)]
    while todo:
        done, now = todo.pop()
        if (done, now) in seen:
            continue
        seen.add((done, now))
        if all(at == len(line) for at, line in zip(done, said, strict=True)):
            if now == end:
                return True
            continue
        for caller, line in enumerate(said):
            if done[caller] == len(line):
                continue
            following, answer = now.after(line[done[caller]].operation)
            if answer == line[done[caller]].answer:
                todo.append((tuple(at + (n == caller) for n, at in enumerate(done)), following))
    return False
