"""Whoever holds a link comes to a device, and short words for what is asked there."""

from dataclasses import dataclass
from typing import Any

import httpx

from tests.dialects.mycloud.desk import DEVICE, FOLDER, Caller, Desk, good


@dataclass
class Opened:
    """A share that was opened: its record, its permission, and who came by its token."""

    record: dict[str, Any]
    permission: dict[str, Any]
    reader: Caller


async def opened(desk: Desk, *files: str, by: Caller | None = None, **more: Any) -> Opened:
    """Share files of Alice's by link, permit it on each, and open it; *by*: as a user."""
    files = files or (FOLDER,)
    record = await desk.alice.share(*files, **more)
    permissions = [await desk.alice.permit(file, record["authId"]) for file in files]
    return Opened(record, permissions[0], await reader(desk, record, by))


async def reader(desk: Desk, record: dict[str, Any], by: Caller | None = None) -> Caller:
    """Whoever opens a share, with a token of its own."""
    found = good(await (by or desk.nobody).get(f"/shares/v1/shares/{record['shareId']}"))
    return Caller(desk.http, found["shareToken"])


async def metadata(caller: Caller, file: str, device: str = DEVICE, **query: Any) -> httpx.Response:
    """Ask for a file's metadata."""
    return await caller.get(f"/{device}/sdk/v2/files/{file}", **query)


async def content(
    caller: Caller, file: str, device: str = DEVICE, version: str = "v2", **more: Any
) -> httpx.Response:
    """Ask for a file's bytes."""
    return await caller.call("GET", f"/{device}/sdk/{version}/files/{file}/content", **more)


async def zipped(caller: Caller, *files: str, device: str = DEVICE, **more: Any) -> httpx.Response:
    """Ask for an archive."""
    query = {"ids": ",".join(files), **more.pop("params", {})}
    return await caller.call("GET", f"/{device}/sdk/v1/filesZip", params=query, **more)


async def listed(caller: Caller, *folders: str, device: str = DEVICE, **query: Any) -> dict[str, Any]:
    """What lies in folders."""
    query = {"ids": ",".join(folders), **query}
    answer = await caller.get(f"/{device}/sdk/v2/filesSearch/parents", **query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def upload(
    caller: Caller, name: str, data: bytes | None = b"hello", parent: str | None = None, **more: Any
) -> httpx.Response:
    """Send a file as the vendor's own clients do."""
    about = f'{{"name":"{name}"' + (f',"parentID":"{parent}"' if parent else "") + "}"
    second = b"" if data is None else b"\r\n--foo\r\n\r\n" + data
    body = b"\r\n--foo\r\n\r\n" + about.encode() + second + b"\r\n--foo--"
    headers = {"content-type": "multipart/related; boundary=foo"}
    return await caller.call("POST", f"/{DEVICE}/sdk/v2/files", body, headers=headers, **more)


def id_in(answer: httpx.Response, status: int = 201) -> str:
    """The id of a file that was made, as clients cut it out of its address."""
    assert answer.status_code == status, answer.text
    return answer.headers["location"].rpartition("/")[2]
