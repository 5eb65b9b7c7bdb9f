"""Folders shared with one user each: as they are asked for, as they are told of, and how they are listed."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from polyshare.domain.delivery import Consent
from polyshare.domain.errors import Invalid
from polyshare.domain.filters import Filter
from polyshare.domain.permissions import Permission
from polyshare.domain.products import ProductRef
from polyshare.domain.shares import NODE

ELSEWHERE = "path:"
"""What the kind of a folder begins with that lies on a drive of a provider, whose name follows; its key is the path."""


def may_be_folder(kind: str) -> bool:
    """Whether a resource of this kind can be a folder that is shared with one user."""
    return kind == NODE or kind.startswith(ELSEWHERE)


def demand_giveable(permissions: Permission) -> None:
    """
    Refuse what nobody can be given: what makes an owner an owner.

    Raises:
        Invalid
    """
    if Permission.MANAGE in permissions:
        raise Invalid("Folders are given to read and to edit; what else their owner may do can't be given.")


@dataclass(frozen=True, slots=True)
class NewFolderShare:
    """
    A folder to be offered to one user, who then approves or not.

    Attributes:
        path: In normal form: `/drive/names…`, the drive by its number.
        recipient: A login, letter for letter.
        permissions: As they count.
        asked: As they were sent, as JSON text; luggage, None where nobody sent any.
        product: As the caller names it; None: that of the drive.
    """

    path: str
    recipient: str
    permissions: Permission
    asked: str | None
    product: ProductRef | None


@dataclass(frozen=True, slots=True)
class Update:
    """
    What befell a share, as its provider or its recipient said; `at` is in microseconds.

    Attributes:
        consent: How things stood with it then.
        text: What the provider wrote.
        location: Where the provider shows what is shared; in its own words a path.
    """

    at: int
    consent: Consent
    text: str | None
    location: str | None


@dataclass(frozen=True, slots=True)
class FolderShare:
    """
    A share of one folder with one user, whichever API made it; times are microseconds.

    Attributes:
        id: Of the share.
        grant: Id of its one grant; also the number of the drive that shows it where the files are ours.
        owner, recipient: Logins.
        node: The folder, if it lies in our own tree.
        path: As it is now.
        provider: Name of who keeps the files.
        asked: Permissions as they were sent, as JSON text; None: spelled from `permissions`.
        location: Where the recipient finds the files, `/number`; None while the provider has not said.
        provider_ref: The provider's own id of it; empty for none.
        begun: False while its provider is still being asked: then nobody but the provider sees it.
    """

    id: int
    grant: int
    owner_id: int
    owner: str
    recipient_id: int
    recipient: str
    node: int | None
    path: str
    product: ProductRef
    permissions: Permission
    asked: str | None
    consent: Consent
    location: str | None
    provider_ref: str
    created_at: int
    begun: bool = True
    updates: Sequence[Update] = ()

    @property
    def provider(self) -> str:
        """Who keeps the files."""
        return self.product.provider


class FolderOrder(StrEnum):
    """By what shares of folders are sorted; ties are broken by id, in the same direction."""

    PATH = "path"
    CREATED = "created"
    CREATOR = "created_by"


@dataclass(frozen=True, slots=True)
class FolderShareFilter(Filter):
    """
    Which shares of folders; words are looked for in the path and in the recipient's login.

    Attributes:
        received: True: those that the viewer received; False: those that it sent.
        refused: True: also those that were refused; False: none of them; None: of those that were sent, but not of those
            that were received.
        path: In normal form; the folder itself, not what lies below.
    """

    received: bool | None = None
    refused: bool | None = None
    path: str | None = None


@dataclass(frozen=True, slots=True)
class SharedFolder:
    """A folder that its owner shares, and with whom: every share of it, in order of the recipients' logins."""

    path: str
    product: ProductRef
    shares: Sequence[FolderShare]
