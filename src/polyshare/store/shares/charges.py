"""Rows of `charge`: charges that providers have named, so that none counts twice."""

from collections.abc import Sequence

from polyshare.store.database import Rows
from polyshare.store.statements import statement

ADD = statement("charge.add", "insert into charge (share, charge) values (:share, :charge)")
KNOWN = statement(
    "charge.known", "select share, charge from charge where share in :shares[] and charge in :charges[]"
)

Charge = tuple[int, str]
"""A share, and its provider's id of the charge."""


async def known(rows: Rows, charged: Sequence[Charge]) -> set[Charge]:
    """Those of these charges that were named before."""
    shares, charges = sorted({share for share, _ in charged}), sorted({charge for _, charge in charged})
    return {(row[0], row[1]) for row in await rows.all(KNOWN, shares=shares, charges=charges)}


async def add(rows: Rows, charged: Sequence[Charge]) -> None:
    """Remember charges."""
    await rows.many(ADD, [{"share": share, "charge": charge} for share, charge in charged])
