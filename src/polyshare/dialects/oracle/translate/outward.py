"""From what the engine tells to Oracle's objects."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from msgspec import UNSET, UnsetType

from polyshare.dialects.oracle import wire
from polyshare.dialects.oracle.translate.inward import SELF, Page
from polyshare.domain.directory import Person
from polyshare.domain.links import Audience, Link
from polyshare.domain.members import MemberSeen, MembersSeen, Outcome
from polyshare.domain.metadata import MetadataCollection, MetadataField, MetadataSeen
from polyshare.domain.nodes import NodeKind, NodeSeen, PersonSeen
from polyshare.domain.permissions import Permission, role_of
from polyshare.domain.vendor_ids import Letter, spelled
from polyshare.domain.views import Slice

NAMESPACE = "oracle"
TYPES = {NodeKind.FOLDER: "folder", NodeKind.FILE: "file", NodeKind.COLLECTION: "collection"}
AUDIENCES = {Audience.ANYONE: "@everybody", Audience.SIGNED_IN: "@serviceinstance"}


@dataclass(frozen=True, slots=True)
class Spelling:
    """How ids are shown: spelled with the tail, unless somebody fixed another, which stands in `fixed` by principal."""

    tail: str
    fixed: Mapping[int, str]

    def principal(self, letter: Letter, id_: int) -> str:
        """The id of a user or group."""
        return self.fixed.get(id_) or spelled(letter, id_, self.tail)


@lru_cache(maxsize=4096)
def _second(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def time_out(at: int) -> str:
    """Microseconds since 1970 as a time in UTC, in whole seconds."""
    return _second(at // 1_000_000)


def flag_out(value: bool) -> str:
    """A flag as text."""
    return "1" if value else "0"


# Shares


def member_out(member: MemberSeen, spelling: Spelling, *, status: bool = False) -> wire.User:
    """A member as a user; a group has neither login nor status."""
    who = member.principal
    if member.is_group:
        return wire.User(who.name, spelling.principal(Letter.GROUP, who.id), type="group")
    return wire.User(
        who.name,
        spelling.principal(Letter.USER, who.id),
        member.login,
        provisioningStatus=who.status.value if status else UNSET,
    )


def outcome_out(named: str, outcome: Outcome) -> wire.MemberOutcome:
    """What came of one who was named as *named*; who is unknown is shown by that name."""
    done, member = flag_out(outcome.refusal is None), outcome.member
    if member is None:
        return wire.MemberOutcome(named, named, done)
    if member.is_group:
        return wire.MemberOutcome(member.principal.name, named, done, type="group")
    return wire.MemberOutcome(member.principal.name, named, done, member.principal.status.value)


def first_done(outcomes: Iterable[Outcome], spelling: Spelling) -> wire.User | UnsetType:
    """The first for whom it was done."""
    for outcome in outcomes:
        if outcome.refusal is None and outcome.member is not None:
            return member_out(outcome.member, spelling)
    return UNSET


def members_out(id_: str, seen: MembersSeen, spelling: Spelling, *, status: bool) -> wire.Members:
    """The members of a folder."""
    items = [
        wire.Member(role=role_of(member.permissions), user=member_out(member, spelling, status=status))
        for member in seen.members
    ]
    return wire.Members(count=str(len(items)), id=id_, items=items, ownedBy=member_out(seen.owner, spelling))


# Users


def users_out(people: Sequence[Person], spelling: Spelling) -> wire.Users:
    """People that were found; without any there are no items."""
    items = [
        wire.User(person.name, spelling.principal(Letter.USER, person.id), person.login) for person in people
    ]
    return wire.Users(count=str(len(items)), items=items or UNSET)


def person_out(person: PersonSeen, tail: str) -> wire.User:
    """Who made, changed or owns something."""
    id_ = person.aliases.get(NAMESPACE) or spelled(Letter.USER, person.id, tail)
    return wire.User(person.name, id_, person.login)


# Items


def item_id(seen: NodeSeen, tail: str) -> str:
    """The id of an item: the one that was fixed, else F… for folders and collections and D… for files."""
    letter = Letter.FILE if seen.node.kind is NodeKind.FILE else Letter.FOLDER
    return seen.aliases.get(NAMESPACE) or spelled(letter, seen.node.id, tail)


def parent_id(seen: NodeSeen, tail: str) -> str | UnsetType:
    """The id of the folder that an item lies in: `self` for what stands in the viewer's home."""
    if seen.at_top and not (seen.owner and seen.node.parent is None):
        return SELF
    if seen.node.parent is None:
        return UNSET
    return seen.parent_aliases.get(NAMESPACE) or spelled(Letter.FOLDER, seen.node.parent, tail)


def item_out(seen: NodeSeen, tail: str, *, alone: bool = False, id_: str | None = None) -> wire.Item:
    """
    A folder, file or collection.

    Args:
        alone: Whether it is the answer itself.
        id_: What it is to be called; None: its own id.
    """
    node = seen.node
    is_file = node.kind is NodeKind.FILE
    return wire.Item(
        errorCode=wire.OK if alone else UNSET,
        type=TYPES[node.kind],
        id=id_ or item_id(seen, tail),
        parentID=parent_id(seen, tail),
        name=seen.name,
        description=UNSET if is_file and not node.description else node.description,
        size=str(node.size),
        childItemsCount=UNSET if is_file else str(node.children),
        version=str(node.version) if is_file else UNSET,
        mimeType=node.mime if is_file else UNSET,
        createdTime=time_out(node.created_at),
        modifiedTime=time_out(node.modified_at),
        createdBy=person_out(seen.created_by, tail),
        modifiedBy=person_out(seen.modified_by, tail),
        ownedBy=person_out(seen.owned_by, tail),
        role="owner" if seen.owner else role_of(seen.permissions),
    )


def listing_out(found: Slice[NodeSeen], page: Page, tail: str) -> wire.Listing:
    """A stretch of a listing."""
    items = [item_out(seen, tail) for seen in found.rows]
    return wire.Listing(
        count=str(len(items)),
        totalResults=str(found.total),
        hasMore=flag_out(page.offset + len(items) < found.total),
        limit=str(page.limit),
        offset=str(page.offset),
        items=items,
    )


# Links


def link_out(link: Link, link_id: str, item: str, owner: wire.User, *, alone: bool) -> wire.PublicLink:
    """A public link on *item*, which is known by *link_id*."""
    return wire.PublicLink(
        errorCode=wire.OK if alone else UNSET,
        id=item,
        linkID=link_id,
        linkName=link.name or UNSET,
        assignedUsers=AUDIENCES.get(link.audience) or ",".join(reader.named for reader in link.readers),
        role=role_of(Permission(link.permissions)),
        createdTime=time_out(link.created_at),
        lastModifiedTime=time_out(link.modified_at),
        expirationTime=UNSET if link.expires_at is None else time_out(link.expires_at),
        ownedBy=owner,
    )


# Metadata


def definition_out(
    collection: MetadataCollection, *, fields: bool, alone: bool = False, inherited: bool | None = None
) -> wire.Definition:
    """A metadata collection, with its fields if they are asked for."""
    return wire.Definition(
        errorCode=wire.OK if alone else UNSET,
        isEnabled=flag_out(collection.enabled),
        isInherited=UNSET if inherited is None else flag_out(inherited),
        items=[_field_out(field) for field in collection.fields] if fields else UNSET,
    )


def _field_out(field: MetadataField) -> wire.Field:
    return wire.Field(
        fieldName=field.name,
        fieldType=field.type.value,
        isEnabled=flag_out(field.enabled),
        defaultValue=field.default or UNSET,
        fieldDescription=field.description or UNSET,
    )


def values_out(seen: Iterable[MetadataSeen]) -> dict[str, dict[str, str]]:
    """Values by collection and field; what is switched off is not shown."""
    shown = {}
    for one in seen:
        if one.collection.enabled:
            on = {field.name for field in one.collection.fields if field.enabled}
            shown[one.collection.name] = {name: value for name, value in one.values.items() if name in on}
    return shown
