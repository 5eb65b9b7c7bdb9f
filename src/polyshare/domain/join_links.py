"""Links that join: whoever redeems one becomes a recipient of a folder, with a share of its own."""

from dataclasses import dataclass

from polyshare.domain.permissions import Permission

LASTS_US = 10 * 86_400 * 1_000_000
"""How long after it was made a link that joins can be redeemed, in microseconds."""


@dataclass(frozen=True, slots=True)
class JoinLink:
    """
    A link that joins; times are microseconds.

    Attributes:
        token: Whoever knows it has the link.
        node: The folder that it leads to, if that lies in our own tree.
        path: Of the folder, as it is now, in normal form.
        owner: Id of who made it; the folder is theirs.
        owner_login, owner_name: How they log in, and how they are shown.
        permissions: What recipients get from now on.
        asked: The same as it was sent, as JSON text; luggage, None where nobody sent any.
    """

    id: int
    token: str
    node: int | None
    path: str
    owner: int
    owner_login: str
    owner_name: str
    permissions: Permission
    asked: str | None
    expires_at: int
