"""The table of calls: of the cloud services, and of devices, whose calls begin with their id."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from polyshare.dialects.base.calls import Route
from polyshare.dialects.mycloud.routes import (
    auth,
    config,
    content,
    devices,
    files,
    permissions,
    shares,
    uploads,
)

BESIDE = "/shares"
"""The share service is reached under two addresses: some clients have this one built in."""


def _with_head(routes: Iterable[Route]) -> Iterator[Route]:
    """Whatever can be asked for by GET can be by HEAD, too."""
    for route in routes:
        yield route
        if route.method == "GET":
            yield replace(route, method="HEAD")


def _beside(routes: Iterable[Route]) -> tuple[Route, ...]:
    return tuple(replace(route, template=BESIDE + route.template) for route in routes)


ROUTES = tuple(
    _with_head(
        (
            *config.ROUTES,
            *auth.ROUTES,
            *shares.ROUTES,
            *_beside(shares.ROUTES),
            *devices.ROUTES,
            *permissions.ROUTES,
            *files.ROUTES,
            *content.ROUTES,
            *uploads.ROUTES,
        )
    )
)
