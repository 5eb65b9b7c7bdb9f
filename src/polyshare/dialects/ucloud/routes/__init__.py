"""The table of calls, service by service; handlers translate, call the engine once and translate back."""

from polyshare.dialects.base.calls import Route
from polyshare.dialects.ucloud.routes import auth, control, links, notifications, shares, shell

ROUTES: tuple[Route, ...] = (
    *auth.ROUTES,
    *shares.ROUTES,
    *control.ROUTES,
    *links.ROUTES,
    *notifications.ROUTES,
    *shell.ROUTES,
)
