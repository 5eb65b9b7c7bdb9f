"""Organizations, accounts, groups and who is in them."""

from datetime import datetime

from msgspec import Struct

from polyshare.domain.directory import Listed, Member
from polyshare.domain.principals import Kind, Status
from polyshare.web.admin_shapes.common import Active, Given, moment


class NewOrganization(Given, kw_only=True):
    """Body of POST /organizations."""

    id: str | None = None
    name: str


class OrganizationChange(Given, kw_only=True):
    """Body of PATCH /organizations/{id}."""

    name: str | None = None
    status: Active | None = None


class NewAccount(Given, kw_only=True):
    """Body of POST /accounts; an empty organization is none."""

    id: str | None = None
    name: str
    organization: str = ""


class AccountChange(Given, kw_only=True):
    """Body of PATCH /accounts/{id}; an empty organization leaves it."""

    name: str | None = None
    status: Active | None = None
    organization: str | None = None


class NewGroup(Given, kw_only=True):
    """Body of POST /groups; the id is the group's name in world files."""

    id: str
    name: str | None = None


class GroupChange(Given, kw_only=True):
    """Body of PATCH /groups/{id}."""

    name: str | None = None
    status: Active | None = None


class PrincipalOut(Struct):
    """An organization, account or group."""

    id: str
    name: str
    status: Status
    created_at: datetime
    modified_at: datetime


class AccountOut(PrincipalOut):
    """An account; an empty organization is none."""

    organization: str


class MemberOut(Struct):
    """A user or a group in a group; `member` is what a path names it by."""

    member: str
    kind: Kind
    id: str
    name: str


def principal(found: Listed) -> PrincipalOut:
    """An organization, account or group as it goes out."""
    fields = (found.public_id, found.name, found.status, moment(found.created_at), moment(found.modified_at))
    return AccountOut(*fields, found.organization) if found.kind is Kind.ACCOUNT else PrincipalOut(*fields)


def member(found: Member) -> MemberOut:
    """A member as it goes out."""
    named = f"group:{found.public_id}" if found.kind is Kind.GROUP else found.login
    return MemberOut(named, found.kind, found.public_id, found.name)
