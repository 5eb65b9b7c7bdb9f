"""The table of calls, service by service; handlers translate, call the engine once and translate back."""

from polyshare.dialects.base.calls import Route
from polyshare.dialects.ucloud.routes import (
    auth,
    control,
    drives,
    files,
    links,
    notifications,
    products,
    projects,
    shares,
    shell,
    transfers,
    upkeep,
)

ROUTES: tuple[Route, ...] = (
    *auth.ROUTES,
    *shares.ROUTES,
    *links.ROUTES,
    *control.ROUTES,
    *upkeep.ROUTES,
    *drives.ROUTES,
    *files.ROUTES,
    *transfers.ROUTES,
    *notifications.ROUTES,
    *products.ROUTES,
    *projects.ROUTES,
    *shell.ROUTES,
)
