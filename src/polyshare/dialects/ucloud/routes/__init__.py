"""The table of calls, service by service; handlers translate, call the engine once and translate back."""

from polyshare.dialects.base.calls import Route
from polyshare.dialects.ucloud.routes import drives, files, transfers

ROUTES: tuple[Route, ...] = (*drives.ROUTES, *files.ROUTES, *transfers.ROUTES)
