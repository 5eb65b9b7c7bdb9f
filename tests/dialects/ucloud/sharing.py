"""Short words for shares at the desk: offering, answering, looking."""

from typing import Any

from polyshare.engine.directory import notifying
from polyshare.engine.worlds import loading
from tests.dialects.ucloud.desk import PRODUCT, SOURCE, Caller, Desk, good

BASE = "/api/shares"


def spec(to: str = "bob", path: str = SOURCE, permissions: Any = ("EDIT",), **more: Any) -> dict[str, Any]:
    """What is asked for in one item."""
    asked = {"sharedWith": to, "sourceFilePath": path, "permissions": list(permissions), "product": PRODUCT}
    return asked | more


async def offer(caller: Caller, *specs: dict[str, Any]) -> list[str]:
    """Offer folders, all of which must work; the ids."""
    told = good(await caller.bulk(BASE, *(specs or (spec(),))))
    assert set(told) == {"responses"}
    return [one["id"] for one in told["responses"]]


async def one(caller: Caller, *specs: dict[str, Any]) -> str:
    """Offer one folder; its id."""
    [share] = await offer(caller, *specs)
    return share


async def say(caller: Caller, verb: str, *shares: str) -> Any:
    """Call approve or reject; the answer, whatever it is."""
    return await caller.bulk(f"{BASE}/{verb}", *({"id": share} for share in shares))


async def end(caller: Caller, *shares: str) -> Any:
    """Delete shares; the answer, whatever it is."""
    return await caller.delete(BASE, {"items": [{"id": share} for share in shares]})


async def permit(caller: Caller, share: str, *permissions: str) -> Any:
    """Replace the permissions of a share; the answer, whatever it is."""
    return await caller.bulk(f"{BASE}/permissions", {"id": share, "permissions": permissions})


async def show(caller: Caller, share: str, **flags: Any) -> dict[str, Any]:
    """A share as the caller sees it."""
    told: dict[str, Any] = good(await caller.get(f"{BASE}/retrieve", id=share, **flags))
    return told


async def state(caller: Caller, share: str) -> str:
    """How things stand with a share."""
    return str((await show(caller, share))["status"]["state"])


async def browse(caller: Caller, **query: Any) -> list[dict[str, Any]]:
    """The first page of the caller's shares."""
    told: list[dict[str, Any]] = good(await caller.get(f"{BASE}/browse", **query))["items"]
    return told


async def ids(caller: Caller, **query: Any) -> list[str]:
    """The ids on the first page of the caller's shares."""
    return [share["id"] for share in await browse(caller, **query)]


async def found(caller: Caller, query: str, **more: Any) -> list[str]:
    """The ids on the first page of a search."""
    return [
        share["id"] for share in good(await caller.post(f"{BASE}/search", {"query": query, **more}))["items"]
    ]


async def folders(caller: Caller, **query: Any) -> list[dict[str, Any]]:
    """The first page of the folders that the caller shares."""
    told: list[dict[str, Any]] = good(await caller.get(f"{BASE}/browseOutgoing", **query))["items"]
    return told


async def walk(caller: Caller, call: str, **query: Any) -> list[list[dict[str, Any]]]:
    """All pages of a list, each by the token of the one before it."""
    pages: list[list[dict[str, Any]]] = []
    more: dict[str, str] = {}
    while True:
        page = good(await caller.get(f"{BASE}/{call}", **query, **more))
        pages.append(page["items"])
        if page["next"] is None:
            return pages
        more = {"next": page["next"]}


async def told(desk: Desk, login: str) -> list[tuple[str, str]]:
    """What somebody was told: of what kind, about which folder; the oldest first."""
    person = await desk.id_of(login)
    found = await desk.house.read(None, lambda work: notifying.page(work, person))
    return [(one.kind.value, one.name) for one in reversed(found)]


async def grow(desk: Desk, *paths: str) -> None:
    """Have these folders be there."""
    await loading.load_world(desk.house, {"folders": [{"path": path} for path in paths]})
