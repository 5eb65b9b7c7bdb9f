"""Where the services are, for whoever asks."""

from polyshare.dialects.base.calls import Call, Doing, Route
from polyshare.dialects.mycloud.translate import services
from polyshare.dialects.mycloud.wire.common import Envelope
from polyshare.engine import addressing


async def show_config(call: Call, _: None, __: None) -> Envelope:
    """GET config/v1/config, and v2; what the query says makes no difference."""
    root = addressing.root(call.house.settings)
    return Envelope(services.config(root), "Configuration retrieved successfully")


ROUTES = tuple(
    Route("GET", f"/config/{version}/config", show_config, Doing.STEPS, is_open=True)
    for version in ("v1", "v2")
)
