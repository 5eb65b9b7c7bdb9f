"""What providers say of shares and drives: from their words to ours and back."""

from collections.abc import Iterable, Mapping, Sequence

from polyshare.dialects.base.calls import Call
from polyshare.dialects.base.refusals import BadBody
from polyshare.dialects.ucloud.translate import drives, paging, share_lists, shares
from polyshare.dialects.ucloud.translate.drives import Drives
from polyshare.dialects.ucloud.translate.products import reference_from
from polyshare.dialects.ucloud.translate.reading import Query, id_from
from polyshare.dialects.ucloud.translate.share_lists import Listing, Shares
from polyshare.dialects.ucloud.wire import control as wire
from polyshare.dialects.ucloud.wire.common import Paged
from polyshare.domain.delivery import Consent
from polyshare.domain.remote_drives import Holder, NewRemoteDrive, RemoteDrive
from polyshare.engine.sharing.reporting import Registered, Report
from polyshare.providers import ucloud_telling as telling
from polyshare.providers.ucloud_wire import SYSTEM, Drive, State

LONGEST_REF = 255
_CONSENTS: Mapping[State, Consent] = {state: consent for consent, state in telling.STATES.items()}
_PAGED: Query[Paged] = Query(Paged)


def shares_browsed(call: Call) -> Listing[Shares]:
    """What GET …/shares/control/browse asks for: shares come by id; raises BadQuery."""
    paged = _PAGED(call)
    asked = Shares(share_lists.FLAGS(call), None, False, paging.size(paged))
    return share_lists.listing("shares.control.browse", paged, asked, lambda _: int)


def drives_browsed(call: Call) -> Listing[Drives]:
    """What GET …/files/collections/control/browse asks for: drives come by id; raises BadQuery."""
    paged = _PAGED(call)
    asked = Drives(drives.FLAGS(call), None, False, paging.size(paged))
    return share_lists.listing("files.collections.control.browse", paged, asked, lambda _: int)


def drive_out(drive: RemoteDrive, holders: Iterable[Holder] | None) -> Drive:
    """A drive as its provider sees it; *holders* where others are to be told of."""
    if holders is None:
        return telling.drive(drive, None)
    return telling.drive(
        drive, [telling.entry(one.login, telling.opened(one.permissions)) for one in holders]
    )


def drives_from(items: Sequence[wire.RegisteredDrive]) -> list[NewRemoteDrive]:
    """Drives that a provider registers; raises BadBody."""
    return [
        NewRemoteDrive(
            item.spec.title,
            reference_from(item.spec.product),
            owner_from(item, at),
            item.project or None,
            ref_from(item, at),
        )
        for at, item in enumerate(items)
    ]


def reports_from(items: Sequence[wire.ShareReport]) -> list[Report]:
    """What a provider says of shares; that one is accepted or waits is its recipient's to say."""
    return [
        (
            id_from(item.id),
            None if item.update.newState is None else _CONSENTS[item.update.newState],
            item.update.shareAvailableAt,
            item.update.status,
        )
        for item in items
    ]


def shares_from(items: Sequence[wire.RegisteredShare]) -> list[Registered]:
    """Shares that a provider registers; raises BadBody."""
    found = []
    for at, item in enumerate(items):
        sharer = owner_from(item, at)
        if item.project:
            raise BadBody("Shares lie in personal workspaces; leave the project out.", "items", at, "project")
        found.append(Registered(shares.new_from(item.spec), ref_from(item, at) or "", sharer or SYSTEM))
    return found


def charges_from(items: Sequence[wire.Charge]) -> list[tuple[int, str]]:
    """The shares that are charged for, and the provider's ids of the charges; raises BadBody."""
    for at, item in enumerate(items):
        if not item.chargeId or not item.chargeId.isprintable() or len(item.chargeId) > LONGEST_REF:
            raise BadBody(f"chargeId: use 1 to {LONGEST_REF} characters.", "items", at, "chargeId")
    return [(id_from(item.id), item.chargeId) for item in items]


def owner_from(item: wire.Registered, at: int) -> str:
    """
    Login of whose it is that a provider registers; empty for the house's own.

    Raises:
        BadBody: All members of a project shall have it, but there is none.
    """
    if (item.projectAllRead or item.projectAllWrite) and not item.project:
        raise BadBody("projectAllRead and projectAllWrite need a project.", "items", at, "project")
    return "" if item.createdBy in (None, "", SYSTEM) else item.createdBy or ""


def ref_from(item: wire.Registered, at: int) -> str | None:
    """
    The provider's own id; None for none.

    Raises:
        BadBody: It could not be listed between commas, or is too long.
    """
    ref = item.providerGeneratedId or ""
    if "," in ref or len(ref) > LONGEST_REF or (ref and not ref.isprintable()):
        raise BadBody(
            f"providerGeneratedId: use at most {LONGEST_REF} characters, and no comma.",
            "items",
            at,
            "providerGeneratedId",
        )
    return ref or None
