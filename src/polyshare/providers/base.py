"""What every provider of resources does for a grant, and which provider carries which kind of resource."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from polyshare.domain.errors import Unavailable
from polyshare.domain.folder_shares import ELSEWHERE, FolderShare
from polyshare.domain.permissions import Permission
from polyshare.domain.principals import Kind
from polyshare.domain.products import Product, ProductRef
from polyshare.domain.remote_drives import RemoteDrive

log = structlog.get_logger(__name__)

UNKNOWN = frozenset({404, 410})
"""Statuses with which a provider says that it does not know, or no longer, what it is asked about."""

PASSING = frozenset({408, 421, 425, 429})
"""Statuses of client errors that speak of the moment, not of what was asked: asking again may help."""


@dataclass(frozen=True, slots=True)
class Entry:
    """
    One item of a share, as the provider that carries its resource sees it.

    Attributes:
        item: Id of the item, by which a refusal names it.
        owner: Public id of the principal that owns the resource.
        meta: The item's luggage, raw JSON text.
        leaving: The recipient shall have it no longer, though the grant itself may stay.
    """

    item: int
    public_id: str
    kind: str
    key: str
    owner: str
    meta: str
    revision: int
    leaving: bool


@dataclass(frozen=True, slots=True)
class Errand:
    """
    One grant's entries at one provider, to be carried out or to be taken back.

    Attributes:
        grant: Id of the grant.
        share: Public id of the share.
        owner: Public id of the share's owner.
        recipient: Public id of who holds the grant.
        generation: Grows with every change of the grant: an errand with a lower one is out of date.
        withdraw: Everything shall be taken back.
        login: Of a recipient that is a user; else empty.
        mount: Where its keeper shows what is shared; None where there is no keeper, or it has not said.
        joined: The grant was in place before, as a whole.
        first: Nobody was asked to carry anything of this grant out yet.
    """

    grant: int
    public_id: str
    share: str
    share_name: str
    owner: str
    recipient: str
    recipient_kind: Kind
    permissions: Permission
    generation: int
    entries: tuple[Entry, ...]
    withdraw: bool
    login: str = ""
    mount: RemoteDrive | None = None
    joined: bool = False
    first: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """An entry that was not carried out, and why; `final` means that asking again will not help."""

    item: int
    message: str
    final: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What came of an errand: entries that are not named in `refusals` were carried out.

    Attributes:
        retry_after_s: How long the provider asks to be left alone, in seconds; None: it does not say.
    """

    refusals: tuple[Refusal, ...] = ()
    retry_after_s: float | None = None


class NoTurn(Unavailable):
    """Earlier errands keep the provider busy; this one was not begun, which is nobody's failure."""

    slug = "no-turn"


class Away(Unavailable):
    """
    A provider did not carry an errand out, and may do so later.

    The message reaches whoever sees the share and tells nothing of the operator's set-up; the reason is logged here.
    """

    def __init__(
        self, provider: str, errand: Errand, reason: str, retry_after_s: float | None = None
    ) -> None:
        super().__init__("The provider could not be reached; it will be tried again.", retry_after_s)
        log.warning("provider.away", provider=provider, grant=errand.public_id, reason=reason)


@dataclass(frozen=True, slots=True)
class Asked:
    """
    What a keeper is asked about with nothing open, before it holds: shares of folders that begin or end.

    Attributes:
        shares: At least one, all of this keeper's products.
        by: Login of the user who wants it; empty: nobody in person.
        products: Those of the shares, as far as they are known.
    """

    shares: Sequence[FolderShare]
    by: str = ""
    products: Mapping[ProductRef, Product] = field(default_factory=dict)


class Provider(Protocol):
    """
    Someone who carries grants out on resources.

    Whatever text of a refusal or an error leaves it is shown to whoever sees the share: what an operator alone should
    know is logged.

    An errand may come again after a lost answer, so carrying out what is carried out already is no fault. Errands of one
    grant never overlap. Nothing is called while a transaction is open.
    """

    @property
    def name(self) -> str:
        """Its name in the directory."""

    @property
    def delay_s(self) -> float | None:
        """
        Seconds to let pass between a change and the errand about it; >= 0.

        None: instant. There is nothing to carry out, a change holds with its own commit.
        """

    async def deliver(self, errand: Errand) -> Outcome:
        """
        Give the recipient the entries, and take back those that are leaving.

        Raises:
            NoTurn: It was not begun.
            Unavailable: Nothing is known to have been carried out; trying again later may help.
        """

    async def withdraw(self, errand: Errand) -> Outcome:
        """
        Take all entries back from the recipient.

        Raises:
            NoTurn: It was not begun.
            Unavailable: Nothing is known to have been carried out; trying again later may help.
        """

    async def close(self) -> None:
        """Finish the errands under way, then let go of connections."""


def path_kind(provider: str) -> str:
    """The kind of resource that a folder on a drive of this keeper is; its key is the path in normal form."""
    return f"{ELSEWHERE}{provider}"


class Keeper(Provider, Protocol):
    """
    A provider that keeps folders of files, of which one may be shared only if it agrees.

    What it writes about a refusal reaches the user who asked. While it is asked it may call back about the very shares:
    they are committed, and nothing that such calls need is held.
    """

    async def prepare(self, asked: Asked) -> Sequence[str]:
        """
        Have it make ready what is to be shared.

        Returns:
            Its own id of each share, in order; empty for none.

        Raises:
            ProviderRefused: It said no. Some may be ready nevertheless: have it forget all of them.
            ProviderAway: It did not answer, or not so that it makes sense; likewise.
        """

    async def forget(self, asked: Asked) -> None:
        """
        Have it take back what it made ready; what it does not know any more, or never did, it should not mind.

        Raises:
            ProviderRefused: It said no. Some may be forgotten nevertheless: have it prepare them again.
            ProviderAway: It did not answer, or not so that it makes sense; likewise.
        """

    async def verify(self, asked: Asked) -> None:
        """
        Tell it of shares that there are; it says in calls of its own what it does not know.

        Raises:
            ProviderRefused, ProviderAway: It was not told.
        """

    async def greet(self, login: str) -> None:
        """
        Tell it that a user is about to use it.

        Raises:
            ProviderRefused, ProviderAway: It was not told.
        """

    async def furnish(self, login: str, project: str | None) -> None:
        """
        Have it register the drives that a user or a project is to have there, if it makes any by itself.

        Args:
            project: Id of the one for which the user acts.

        Raises:
            ProviderRefused, ProviderAway: It was not told.
        """

    async def supported(self) -> Sequence[ProductRef]:
        """
        Which of its products can be shared.

        Raises:
            ProviderRefused, ProviderAway: It did not say.
        """
