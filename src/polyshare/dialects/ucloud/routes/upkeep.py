"""What providers tell us while they run of things that are not kept here: who uses how much, and whom they know."""

from collections.abc import Sequence

from polyshare.dialects.base.calls import Call, Doing, Route
from polyshare.dialects.ucloud.translate.reading import Body, Bulk
from polyshare.dialects.ucloud.wire import control as wire
from polyshare.dialects.ucloud.wire.common import Nothing, Responses
from polyshare.domain.errors import Denied


async def report_usage(call: Call, _: None, items: Sequence[wire.Usage]) -> Responses:
    """POST …/reportUsage: nothing is billed, so that all may go on."""
    if any(item.categoryIdV2.provider != call.actor.provider for item in items):
        raise Denied("A provider reports what is used of its own products alone.")
    return Responses([True for _ in items])


async def connect(_: Call, __: None, ___: wire.Connected) -> Nothing:
    """POST …/approveConnection and …/clearConnection: providers know everybody by their login, connected or not."""
    return Nothing()


_KNOWN = "/api/providers/integration/control"
_person: Body[wire.Connected] = Body(wire.Connected)

ROUTES = (
    Route(
        "POST", "/api/accounting/v2/reportUsage", report_usage, Doing.READ, Bulk(wire.Usage), has_body=True
    ),
    *(
        Route("POST", f"{_KNOWN}/{verb}", connect, Doing.READ, _person, has_body=True)
        for verb in ("approveConnection", "clearConnection")
    ),
)
