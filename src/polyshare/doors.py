"""Who answers beneath which path, who is let in at all, and what is said where nobody answers."""

import ipaddress
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from polyshare.dialects import cloudflare, mycloud, oracle, ucloud
from polyshare.dialects.base import Dialect, Road
from polyshare.engine.work import House
from polyshare.settings import Settings
from polyshare.web import docs, signing_in
from polyshare.web.admin import admin_app
from polyshare.web.links import PREFIXES, LinkPages
from polyshare.web.me import me_app
from polyshare.web.operations import Station, is_loopback

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Room = Callable[[Scope, Receive, Send], Awaitable[None]]

DIALECTS = {
    "cloudflare": cloudflare.DIALECT,
    "oracle": oracle.DIALECT,
    "mycloud": mycloud.DIALECT,
    "ucloud": ucloud.DIALECT,
}
ANY = "*"
"""Stands in a prefix for a word that is an id."""


@dataclass(frozen=True, slots=True)
class Door:
    """
    A path prefix and who answers beneath it; `name` is what metrics call it.

    `folds_slashes`: also where the path begins with several slashes.
    """

    prefix: str
    name: str
    room: Room
    folds_slashes: bool = False


def hung(house: House, station: Station) -> tuple[Mapping[str, tuple[Door, ...]], Door]:
    """
    A door before every room that the settings open.

    Returns:
        Doors by the first word of their paths, the longest prefix first, and the door of our pages, for all other paths.
    """
    settings = house.settings
    pages = Starlette(
        routes=[*station.routes(), *signing_in.routes(house), *docs.routes(documents(settings))],
        exception_handlers=WRONG,
    )
    made = [Door("/admin/v1", "admin", admin_app(house))]
    made.append(Door("/me/v1", "me", me_app(house)))
    links = LinkPages(house)
    made += [Door(prefix, "links", links) for prefix in PREFIXES]
    for name in settings.dialects:
        dialect = DIALECTS[name]
        road = Road(dialect, house)
        made += [Door(prefix, name, road, dialect.folds_slashes) for prefix in below(dialect)]
    by_segment: dict[str, list[Door]] = {}
    for door in sorted(made, key=lambda door: -len(door.prefix)):
        by_segment.setdefault(door.prefix.split("/")[1], []).append(door)
    found = {segment: tuple(doors) for segment, doors in by_segment.items()}
    return found, Door("", "web", pages)


def documents(settings: Settings) -> tuple[docs.Described, ...]:
    """The OpenAPI documents that are served: of the dialects that are switched on, and of our own APIs."""
    folder = Path(str(files("polyshare")))
    dialects = tuple(
        docs.Described(name, folder / "dialects" / name / "openapi.json") for name in settings.dialects
    )
    ours = tuple(docs.Described(name, folder / "web" / f"{name}.openapi.json") for name in ("me", "admin"))
    return (*dialects, *ours)


def below(dialect: Dialect) -> set[str]:
    """The paths beneath which a dialect answers; where it has no prefix, the first words of its calls, up to one that is no id."""
    words = set()
    for route in dialect.routes:
        _, first, *rest = route.template.split("/")
        words.add(f"/{ANY}/{rest[0]}" if first.startswith("{") else f"/{first}")
    return {each for prefix in dialect.prefixes for each in ([prefix] if prefix else words)}


def let_in(settings: Settings) -> Callable[[str], bool] | None:
    """Who may speak plain HTTP to us: this machine and the trusted proxies. None: no need to ask."""
    if settings.tls_certificate or is_loopback(_address(settings.host)):
        return None
    networks = [ipaddress.ip_network(network) for network in settings.trusted_proxies]

    @lru_cache(maxsize=4096)
    def comes_in(address: str) -> bool:
        if is_loopback(address):
            return True
        try:
            found = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return False
        found = getattr(found, "ipv4_mapped", None) or found
        return any(found in network for network in networks)

    return comes_in


def _address(host: str) -> str:
    return "127.0.0.1" if host == "localhost" else host


async def _wrong(request: Request, error: Exception) -> Response:
    """What an unknown path gets: a page for browsers, JSON for everyone else."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    title = {404: "There is nothing here", 405: "This can only be read"}.get(status, "This did not work")
    message = (
        "The front page says what this server answers; check the address." if status == 404 else str(error)
    )
    request_id = request.scope["polyshare.request_id"]
    if "text/html" in request.headers.get("accept", ""):
        return docs.page("wrong.html", status, title=title, message=message, request_id=request_id)
    headers = error.headers if isinstance(error, HTTPException) else None
    return JSONResponse({"error": f"{title}. {message}", "request_id": request_id}, status, headers)


async def _starting(scope: Scope, receive: Receive, send: Send) -> None:
    await JSONResponse({"status": "not ready", "error": "The server is starting."}, 503)(scope, receive, send)


async def _stranger(scope: Scope, receive: Receive, send: Send) -> None:
    message = "Plain HTTP is answered to trusted proxies only; come through the proxy, or set tls_certificate and tls_key."
    await JSONResponse({"error": message, "request_id": scope["polyshare.request_id"]}, 403)(
        scope, receive, send
    )


WRONG: Any = {HTTPException: _wrong}
STARTING = Door("", "web", _starting)
STRANGER = Door("", "web", _stranger)
