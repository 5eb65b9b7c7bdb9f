"""What providers tell us of shares and drives, and ask about them.  Source: UCloud developer guide, "Provider APIs" and "Shares"."""

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta, Struct

from polyshare.dialects.base.bodies import Whole
from polyshare.dialects.ucloud.wire.common import FindById
from polyshare.dialects.ucloud.wire.drives import DriveSpec
from polyshare.dialects.ucloud.wire.shares import Spec, State

Amount = Annotated[int, Meta(ge=0, le=2**63 - 1)]


class NewUpdate(Struct):
    """Share.Update as a provider sends it; when it says that this was is not looked at."""

    newState: State | None = None  # the guide needs it, providers of today leave it out
    shareAvailableAt: str | None = None
    timestamp: Whole | None = None
    status: str | None = None


class ShareReport(Struct):
    """ResourceUpdateAndId: item of POST …/update."""

    id: str
    update: NewUpdate


class Registered(Struct, kw_only=True):
    """ProviderRegisteredResource, but for what it is."""

    providerGeneratedId: str | None = None
    createdBy: str | None = None
    project: str | None = None
    projectAllRead: bool = False
    projectAllWrite: bool = False


class RegisteredShare(Registered, kw_only=True):
    """Item of POST …/shares/control/register."""

    spec: Spec


class RegisteredDrive(Registered, kw_only=True):
    """Item of POST …/files/collections/control/register."""

    spec: DriveSpec


class Charge(Struct):
    """ResourceChargeCredits: item of POST …/chargeCredits and …/checkCredits."""

    id: str
    chargeId: str
    units: Amount
    periods: Amount = 1
    performedBy: str | None = None
    description: str | None = None


class Charged(Struct):
    """ResourceChargeCreditsResponse: shares whose charges could not be met, or were made before."""

    insufficientFunds: Sequence[FindById]
    duplicateCharges: Sequence[FindById]


class CategoryId(Struct):
    """ProductCategoryIdV2: a category and whose it is."""

    name: str
    provider: str


class Usage(Struct):
    """ReportUsageRequest: item of POST …/reportUsage, of which nothing else is looked at."""

    categoryIdV2: CategoryId


class Connected(Struct):
    """A user whom a provider knows, or knows no more: body of POST …/approveConnection and …/clearConnection."""

    username: str
