"""The table of calls: the Documents API in both versions, and what clients call beside it."""

from dataclasses import replace

from polyshare.dialects.base.calls import Route
from polyshare.dialects.oracle.routes import (
    beside,
    collections,
    files,
    folders,
    links,
    metadata,
    shares,
    tokens,
    users,
)

BASE = "/documents/api"
OLD, NEW = "1.1", "1.2"

_BOTH = (
    *shares.ROUTES,
    *users.ROUTES,
    *folders.ROUTES,
    *files.ROUTES,
    *links.ROUTES,
    *metadata.ROUTES,
)


def _under(version: str, routes: tuple[Route, ...]) -> tuple[Route, ...]:
    return tuple(replace(route, template=f"{BASE}/{version}{route.template}") for route in routes)


ROUTES = (
    *_under(OLD, _BOTH),
    *_under(NEW, _BOTH),
    *_under(OLD, collections.ROUTES),
    *beside.ROUTES,
    *tokens.ROUTES,
)
