"""Drives whose files lie at their provider, which made them and registered them here."""

from dataclasses import dataclass

from polyshare.domain.permissions import Permission
from polyshare.domain.products import ProductRef


@dataclass(frozen=True, slots=True)
class NewRemoteDrive:
    """
    A drive that its provider registers.

    Attributes:
        owner: Login of whose it is; empty: the house's own, to show what a share offers.
        project: Public id of the project that it belongs to; None: its owner's own.
        ref: How its provider knows it; None: not at all.
    """

    title: str
    product: ProductRef
    owner: str
    project: str | None
    ref: str | None


@dataclass(frozen=True, slots=True)
class RemoteDrive:
    """
    A drive that lies at its provider.

    Attributes:
        id: The number with which paths in it begin.
        owner: Login of whose it is; empty: the house's own, or a project's.
        project: Public id of the project that it belongs to; None: nobody's but its owner's.
        ref: How its provider knows it; empty for not at all.
        created_at: Microseconds since the epoch, UTC.
    """

    id: int
    owner: str
    project: str | None
    title: str
    product: ProductRef
    ref: str
    created_at: int


@dataclass(frozen=True, slots=True)
class Holder:
    """A user who may use a drive on which a folder is shared, and what with."""

    login: str
    permissions: Permission
