"""What the Python client of Cloudflare is asked to do, and by whom."""

import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import anyio
from cloudflare import AsyncCloudflare, Cloudflare
from cloudflare.resources.resource_sharing import (
    RecipientsResource,
    ResourceSharingResource,
    ResourcesResource,
)

T = TypeVar("T")

A = "023e105f4ecef8ad9ca31a8372d0c353"
B = "0000000000000000000000000000000b"
FOREIGN = "0000000000000000000000000000000f"
NOBODY = "00000000000000000000000000099999"

ALICE = "alice-edit-token-0123456789abcdef0123456789"
ALICE_READING = "alice-read-token-0123456789abcdef0123456789"
BOB = "bob-token-0123456789abcdef0123456789abcdef"
EMAIL = "alice@example.com"
KEY = "144c9defac04969c7bfad8efaa8ea194"

SETTLED_S = 20.0  # longest wait for the background part of a real server

GROUPS: dict[str, type] = {
    "": ResourceSharingResource,
    "recipients": RecipientsResource,
    "resources": ResourcesResource,
}


def methods() -> set[str]:
    """Every call that the client's resource has, such as `recipients.create`, as the client itself tells."""
    return {
        f"{group}.{name}".lstrip(".")
        for group, resource in GROUPS.items()
        for name, function in inspect.getmembers(resource, inspect.isfunction)
        if not name.startswith("_") and function.__qualname__.startswith(resource.__name__)
    }


class Counting:
    """A client's resource that notes which of its methods were called."""

    def __init__(self, resource: Any, called: set[str], group: str = "") -> None:
        self._resource, self._called, self._group = resource, called, group

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._resource, name)
        if name in GROUPS:
            return Counting(found, self._called, name)
        self._called.add(f"{self._group}.{name}".lstrip("."))
        return found


def client(base_url: str, **credentials: Any) -> Any:
    """The synchronous client, with nothing changed but its base URL, and told to be strict."""
    return Cloudflare(
        base_url=f"{base_url}/client/v4",
        _strict_response_validation=True,
        **(credentials or {"api_token": ALICE}),
    )


def async_client(base_url: str, **credentials: Any) -> Any:
    """The asynchronous client, likewise."""
    return AsyncCloudflare(
        base_url=f"{base_url}/client/v4",
        _strict_response_validation=True,
        **(credentials or {"api_token": ALICE}),
    )


def a_resource(number: int = 1, kind: Any = "custom-ruleset", **meta: Any) -> Any:
    """A resource as the client names it."""
    return {"resource_id": f"{number:032x}", "resource_type": kind, "resource_account_id": A, "meta": meta}


def until(look: Callable[[], T], claim: Callable[[T], bool]) -> T:
    """Look at a real server until *claim* holds, at most as long as its background part may take."""
    deadline = time.monotonic() + SETTLED_S
    while not claim(seen := look()):
        assert time.monotonic() < deadline, seen
        time.sleep(0.05)
    return seen


async def until_async(look: Callable[[], Awaitable[T]], claim: Callable[[T], bool]) -> T:
    """The same for the asynchronous client."""
    deadline = time.monotonic() + SETTLED_S
    while not claim(seen := await look()):
        assert time.monotonic() < deadline, seen
        await anyio.sleep(0.05)
    return seen
