"""The files page of UCloud's web client, and how bytes come and go there."""

import base64
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.clients.webclient import (
    Browser,
    Lost,
    Refused,
    at,
    bulk,
    items,
    number,
    query,
    several,
    several_of,
    text,
)

FILES, DRIVES = "/api/files", "/api/files/collections"
FLAGS = {
    "includeMetadata": True,
    "includeSizes": True,
    "includeTimestamps": True,
    "includeUnixInfo": True,
    "allowUnsupportedInclude": True,
    "itemsPerPage": 250,
}
CHUNK = 16_000_000  # bytes; Files/Upload.ts, UploadConfig.maxChunkSize
KEPT_MS = 2 * 24 * 3600 * 1000

Wire = Callable[[str, dict[str, str], bytes], httpx.Response]


@dataclass(frozen=True)
class Row:
    """A row of the page (Files/FileBrowse.tsx, renderRow)."""

    path: str
    is_folder: bool
    size: int | None
    mine: tuple[str, ...]
    product: Any

    @property
    def name(self) -> str:
        """What it is called."""
        return self.path.rpartition("/")[2]

    @property
    def is_read_only(self) -> bool:
        """Its name then says so."""
        return "READ" in self.mine and "EDIT" not in self.mine


@dataclass
class FilesPage:
    """A folder (Files/FileBrowse.tsx) and what can be done in it (UCloud/FilesApi.tsx, retrieveOperations)."""

    browser: Browser
    project: str = ""
    path: str = ""
    rows: list[Row] = field(default_factory=list)
    drive: Any = None

    def _get(self, path: str, /, **params: Any) -> Any:
        return self.browser.call("GET", query(path, **params), project=self.project)

    def _post(self, path: str, *given: Any) -> Any:
        return self.browser.call("POST", path, bulk(*given), project=self.project)

    def open(self, path: str) -> list[Row]:
        """A folder by its path, as the address of the page has it: with or without a slash in front or at its end."""
        at(self._get(f"{FILES}/retrieve", id=path), "permissions", "myself")
        drive = path.strip("/").split("/")[0]
        self.drive = self._get(f"{DRIVES}/retrieve", id=drive, includeOthers=True, includeSupport=True)
        provider = text(self.drive, "specification", "product", "provider")
        # Syncthing/api.tsx, fetchProducts; its failure would be an unhandled one.
        machines = at(self._get("/api/jobs/retrieveProducts", providers=provider), "productsByProvider")
        assert at(machines, provider) is None
        self.path, self.rows = path, []
        page = self._get(f"{FILES}/browse", path=path, **FLAGS)
        while True:
            self.rows += [self._row(one) for one in items(page)]
            if at(page, "next") is None:
                return self.rows
            page = self._get(f"{FILES}/browse", path=path, next=text(page, "next"), **FLAGS)

    def opens_in_preview(self, path: str) -> bool:
        """Whether an address that turns out to be a file's is opened as one: the client knows that by these very words."""
        try:
            self._get(f"{FILES}/browse", path=path, **FLAGS)
        except Refused as refused:
            return refused.why == "Invalid file type"
        return False

    @staticmethod
    def _row(file: Any) -> Row:
        kind, folder = text(file, "status", "type"), at(file, "status", "type") == "DIRECTORY"
        assert kind in ("FILE", "DIRECTORY")
        number(file, "status", "modifiedAt")
        size = at(file, "status", "sizeIncludingChildrenInBytes")
        size = at(file, "status", "sizeInBytes") if size is None else size
        assert list(at(file, "status", "metadata", "templates").values()) == []  # no stars, no sensitivity
        mine = several_of(str, file, "permissions", "myself")
        text(file, "specification", "collection"), text(file, "owner", "createdBy")
        return Row(text(file, "id"), folder, size, tuple(mine), at(file, "specification", "product"))

    @property
    def can_write(self) -> bool:
        """Whether uploading and making folders is offered."""
        support = at(self.drive, "status", "resolvedSupport", "support")
        mine = several_of(str, self.drive, "permissions", "myself")
        return at(support, "files", "isReadOnly") is not True and any(
            one in ("EDIT", "ADMIN") for one in mine
        )

    def can_share(self, row: Row) -> bool:
        """Whether the dialog is offered: for a folder of one's own, outside projects."""
        support = at(self.drive, "status", "resolvedSupport", "support")
        if self.project or at(support, "files", "sharesSupported") is False:
            return False
        return "ADMIN" in row.mine and row.is_folder

    def create_folder(self, name: str) -> str:
        """Shown at once under the name that it is expected to have; nothing is read of the answer."""
        path = f"/{self.path.strip('/')}/{name}"
        self._post(f"{FILES}/folder", {"id": path, "conflictPolicy": "RENAME"})
        return path

    def rename(self, path: str, name: str) -> str:
        """F2; a name in use is refused."""
        there = f"{path.rpartition('/')[0]}/{name}"
        self._post(f"{FILES}/move", {"oldId": path, "newId": there, "conflictPolicy": "REJECT"})
        return there

    def move(self, path: str, folder: str) -> str:
        """By the dialog, whose folder has no slash at its end."""
        there = f"{folder.rstrip('/')}/{path.rpartition('/')[2]}"
        self._post(f"{FILES}/move", {"oldId": path, "newId": there, "conflictPolicy": "RENAME"})
        return there

    def copy_here(self, path: str) -> str:
        """
        Copy and paste in the same folder; the path of the row that is shown at once, and stays until the page is left.

        The client reckons its name itself (insertFakeEntry), and asks for nothing afterwards.
        """
        folder, _, name = path.rpartition("/")
        there = {row.name for row in self.rows}
        stem, dot, ending = name.rpartition(".")
        stem = stem if dot else name
        shown, attempt = name, 0
        while shown in there:
            attempt += 1
            shown = f"{stem}({attempt})" + (f".{ending}" if dot else "")
        self._post(f"{FILES}/copy", {"oldId": path, "newId": f"{folder}/{name}", "conflictPolicy": "RENAME"})
        return f"{folder}/{shown}"

    def trash(self, *paths: str) -> None:
        """The menu's line."""
        self._post(f"{FILES}/trash", *({"id": path} for path in paths))

    def press_delete(self, *paths: str) -> None:
        """The key: into the drive's folder of trash if it has one, which is told by its icon; else as the menu does."""
        drive = paths[0].split("/")[1]
        try:
            found = self._get(f"{FILES}/retrieve", id=f"/{drive}/Trash")
            assert at(found, "status", "icon") != "DIRECTORY_TRASH"
        except Refused:
            pass
        self.trash(*paths)

    def properties(self, path: str) -> Any:
        """A file on a page of its own, and in the dialog of that name."""
        wanted = {"includeUpdates": True, "includeOthers": True, "includeSupport": True}
        flags = {name: value for name, value in FLAGS.items() if name != "itemsPerPage"}
        told = self._get(f"{FILES}/retrieve", id=path, **wanted, **flags)
        number(told, "createdAt"), number(told, "status", "modifiedAt")
        text(told, "specification", "product", "provider"), text(told, "id")
        return told

    def download(self, path: str) -> bytes:
        """What comes by the address that is asked for; it is followed as a link, and must be one to something to be saved."""
        told = self._post(f"{FILES}/download", {"id": path})
        endpoint = text(several(told, "responses")[0], "endpoint")
        hint = base64.b64encode(self.browser.username.encode()).decode()
        mark = "&" if "?" in endpoint else "?"
        answer = self.browser.fetch("GET", f"{endpoint}{mark}usernameHint={hint}")
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-disposition"].startswith("attachment")
        return answer.content


@dataclass
class Uploader:
    """
    Files that are dropped on a folder (Files/Uploader.tsx, Files/Upload.ts); how far each came is in the browser's storage.

    `wire` sends a chunk; a test breaks it. `begins_anew`: the newest release asks for a session even where it goes on with an
    upload, and sends only what is left to that one.
    """

    browser: Browser
    wire: Wire | None = None
    begins_anew: bool = False

    def upload(self, folder: str, name: str, content: bytes, policy: str = "RENAME") -> None:
        """
        Upload, or go on where an upload to that path broke off.

        Raises:
            Refused: An answer was no success; the line then says that the upload failed.
            Lost: An answer never came; the line stays as it is until the page is left.
        """
        path = f"{folder}/{name}"
        kept = self._kept(path)
        session = self._begun(path, policy) if kept is None or self.begins_anew else kept["strategy"]
        offset = 0 if kept is None else kept["offset"]
        assert text(session, "protocol") == "CHUNKED"
        while offset < len(content):
            chunk = content[offset : offset + CHUNK]
            self._send(session, chunk, offset, len(content))
            offset += len(chunk)
            ends = int(time.time() * 1000) + KEPT_MS
            there = {"offset": offset, "size": len(content), "strategy": session, "expiration": ends}
            self.browser.storage[f"file-upload:{path}"] = json.dumps(there)
        self.browser.storage.pop(f"file-upload:{path}", None)

    def resumable(self, folder: str) -> list[str]:
        """What the dialog lists as paused in a folder."""
        kept = [
            name.removeprefix("file-upload:")
            for name in self.browser.storage
            if name.startswith("file-upload:")
        ]
        return [path for path in kept if path.rpartition("/")[0] == folder]

    def clear(self, path: str) -> None:
        """Forget how far an upload came."""
        del self.browser.storage[f"file-upload:{path}"]

    def save(self, path: str, content: str) -> None:
        """The editor's save (FilesApi.tsx, PreviewVfs.writeFile): the folder keeps the slash at its end."""
        head, _, name = path.rpartition("/")
        self.upload(f"{head}/", name, content.encode(), "REPLACE")

    def _kept(self, path: str) -> Any:
        kept = self.browser.storage.get(f"file-upload:{path}")
        found = None if kept is None else json.loads(kept)
        return found if found and found["expiration"] > time.time() * 1000 else None

    def upload_folder(self, folder: str, name: str) -> Any:
        """What a folder that is dropped begins with; it then goes over a web socket."""
        return self._begun(f"{folder}/{name}", "RENAME", "FOLDER")

    def _begun(self, path: str, policy: str, kind: str = "FILE") -> Any:
        protocols = ["CHUNKED", "WEBSOCKET"]
        wanted = {"supportedProtocols": protocols, "type": kind, "conflictPolicy": policy, "id": path}
        return several(self.browser.post(f"{FILES}/upload", bulk(wanted)), "responses")[0]

    def _send(self, session: Any, chunk: bytes, offset: int, total: int) -> None:
        headers = {
            "Chunked-Upload-Token": text(session, "token"),
            "Chunked-Upload-Offset": str(offset),
            "Chunked-Upload-Total-Size": str(total),
            "UCloud-Username": base64.b64encode(self.browser.username.encode()).decode(),
        }
        send = self.wire or self.sent
        answer = send(text(session, "endpoint"), headers, chunk)
        if not answer.is_success:
            raise Refused(answer.status_code, answer.json())

    def sent(self, endpoint: str, headers: dict[str, str], chunk: bytes) -> httpx.Response:
        """The answer to a chunk."""
        return self.browser.fetch("POST", endpoint, headers, content=chunk)


def losing(uploader: Uploader, *, at: int) -> Wire:
    """A wire that loses the answer to the chunk at an offset once, after the server took it."""
    return _failing(at, uploader.sent, uploader.sent)


def breaking(uploader: Uploader, *, at: int) -> Wire:
    """A wire that breaks once in the middle of the chunk at an offset."""

    def half(chunk: bytes) -> Iterator[bytes]:
        yield chunk[: len(chunk) // 2]
        raise Lost

    def broken(endpoint: str, headers: dict[str, str], chunk: bytes) -> httpx.Response:
        announced = headers | {"Content-Length": str(len(chunk))}
        return uploader.browser.fetch("POST", endpoint, announced, content=half(chunk))

    return _failing(at, broken, uploader.sent)


def _failing(at: int, once: Wire, then: Wire) -> Wire:
    failed: list[int] = []

    def send(endpoint: str, headers: dict[str, str], chunk: bytes) -> httpx.Response:
        offset = int(headers["Chunked-Upload-Offset"])
        if offset != at or failed:
            return then(endpoint, headers, chunk)
        failed.append(offset)
        once(endpoint, headers, chunk)
        raise Lost

    return send
