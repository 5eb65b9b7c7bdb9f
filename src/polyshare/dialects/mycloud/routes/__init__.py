"""The table of calls: of the cloud services, and of devices, whose calls begin with their id."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from polyshare.dialects.base.calls import Route
from polyshare.dialects.mycloud.routes import auth, config


def _with_head(routes: Iterable[Route]) -> Iterator[Route]:
    """Whatever can be asked for by GET can be by HEAD, too."""
    for route in routes:
        yield route
        if route.method == "GET":
            yield replace(route, method="HEAD")


ROUTES = tuple(_with_head((*config.ROUTES, *auth.ROUTES)))
