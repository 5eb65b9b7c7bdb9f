"""Products of storage, and that providers share what lies on them.  Source: UCloud developer guide, "Products" and "Shares"."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from polyshare.providers.ucloud_wire import (
    AccountingUnit,
    Category,
    ResolvedSupport,
    ShareSupport,
    Storage,
)

__all__ = ["AccountingUnit", "Category", "ResolvedSupport", "ShareSupport", "Storage", "SupportByProvider"]


class SupportByProvider(Struct):
    """Answer to GET …/retrieveProducts."""

    productsByProvider: Mapping[str, Sequence[ResolvedSupport]]
