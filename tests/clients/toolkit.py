"""A client program that makes the calls of the vendor's command-line toolkit over a socket, byte for byte as it does."""

import http.client
import itertools
import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

API = "/documents/api/1.2"
AS_TEXT = {"Content-Type": "text/plain;charset=UTF-8"}
BOUNDARY = "--------------------------043712345678901234567890"
PIECE = 64 * 1024


class Failed(Exception):
    """A command ended with exit code 1; the text is what it printed."""


@dataclass(frozen=True)
class Answer:
    """What came back; `reason` is the phrase beside the status, which the toolkit prints."""

    status: int
    reason: str
    headers: Mapping[str, str]
    content: bytes

    @property
    def ok(self) -> bool:
        """Whether the status is one of success, as fetch has it."""
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The body, which has to be JSON."""
        return json.loads(self.content)


def as_a_url_parser_does(path: str) -> str:
    """A path as a browser's URL parser escapes it: blanks and letters beyond ASCII, but no plus and no at."""
    return quote(path, safe="/?&=+@:,;!$'()*~%")


class Server:
    """A registered server: its address, and how this client logs in there."""

    def __init__(self, base_url: str, kind: str, login: Callable[["Server"], str]) -> None:
        self.kind = kind
        self._at = urlsplit(base_url).netloc
        self._login = login
        self._authorization = ""

    def log_in(self) -> None:
        """What goes before each command."""
        self._authorization = self._authorization or self._login(self)
        self.check()

    def log_out(self) -> None:
        """What comes after each command; whatever the last call says is fine."""
        self.check()
        self.send("GET", "/system/api/v1/release/version")

    def check(self) -> None:
        """Ask who one is, in the way for this kind of server."""
        service = "SCS_GET_TENANT_CONFIG" if self.kind == "dev_ec" else "GET_USER_INFO"
        answer = self.send("GET", f"/documents/integration?IdcService={service}&IsJson=1")
        said = answer.json()["LocalData"] if answer.ok else {}
        if said.get("StatusCode") != "0" or said.get("dUser") == "anonymous":
            raise Failed(f"ERROR: failed to connect to the server: {answer.reason}")

    def send(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One call on a connection of its own; an iterator as body goes in chunks, without a length."""
        given = {"X-Oracle-Ocm-App-Key": "toolkit", **(headers or {})}
        if self._authorization:
            given.setdefault("Authorization", self._authorization)
        connection = http.client.HTTPConnection(self._at, timeout=60)
        try:
            connection.request(method, as_a_url_parser_does(path), body, given)
            came = connection.getresponse()
            return Answer(came.status, came.reason, dict(came.getheaders()), came.read())
        finally:
            connection.close()


def basic(login: str, password: str) -> str:
    """Name and password, or id and secret, as a header."""
    return f"Basic {b64encode(f'{login}:{password}'.encode()).decode()}"


def by_password_grant(client: tuple[str, str], login: str, password: str) -> Callable[[Server], str]:
    """A login that gets itself a token from the identity provider, which is the same server here."""

    def log_in(server: Server) -> str:
        form = {"grant_type": "password", "username": login, "password": password, "scope": "urn:cec:all"}
        headers = {
            "Authorization": basic(*client),
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
        }
        answer = server.send("POST", "/oauth2/v1/token", urlencode(form).encode(), headers)
        said = answer.json()
        if not answer.ok or said["token_type"] != "Bearer":
            raise Failed(f"ERROR: failed to get a token: {said}")
        return f"Bearer {said['access_token']}"

    return log_in


class Toolkit:
    """The toolkit's commands on folders; each logs in, and checks of an answer what the toolkit checks."""

    def __init__(self, server: Server) -> None:
        self.server = server

    def create_folder(self, path: str) -> str:
        """`create-folder`: every part that is not there yet; the id of the last."""
        with self._command():
            at = "self"
            for depth, name in enumerate(path.split("/")):
                found = self._named(at, depth, name, "folder")
                at = found or self._call("POST", f"/folders/{at}", {"name": name, "description": ""})["id"]
            return at

    def upload_file(self, path: str, name: str, content: bytes) -> str:
        """`upload-file`: always in chunks without a length, to an address with a slash at its end; the file's id."""
        with self._command():
            body = _multipart({"parentID": self._folder(path)}, name, content)
            headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
            answer = self.server.send("POST", f"{API}/files/data/", body, headers)
            return str(self._good(answer)["id"])

    def share_folder(self, path: str, users: str, groups: str, role: str) -> dict[str, str]:
        """`share-folder`: one call for each principal, all at the same moment; the ids by the names given."""
        with self._command():
            folder = self._folder(path)
            found, there = self._principals(users, groups), self._members(folder)

            def share(id_: str) -> None:
                method, at = ("PUT", "/role") if id_ in there else ("POST", "")
                said = self._call(
                    method, f"/shares/{folder}{at}", {"userID": id_, "role": role}, labelled=AS_TEXT
                )
                if said["user"]["id"] != id_ or said["role"] != role:
                    raise Failed(f"ERROR: failed to share with {id_}: {said}")

            with ThreadPoolExecutor(8) as pool:
                list(pool.map(share, found.values()))
            return found

    def unshare_folder(self, path: str, users: str, groups: str) -> None:
        """`unshare-folder`: who is in the member list is revoked, by a DELETE with a body."""
        with self._command():
            folder = self._folder(path)
            found, there = self._principals(users, groups), self._members(folder)
            strangers = [name for name, id_ in found.items() if id_ not in there]

            def unshare(id_: str) -> None:
                if self._call("DELETE", f"/shares/{folder}/user", {"userID": id_})["user"]["id"] != id_:
                    raise Failed(f"ERROR: failed to unshare with {id_}")

            with ThreadPoolExecutor(8) as pool:
                list(pool.map(unshare, [id_ for id_ in found.values() if id_ in there]))
            if strangers:
                raise Failed(f"ERROR: no share with {', '.join(strangers)}")

    def members(self, path: str) -> dict[str, str]:
        """The member list that `share-folder` reads: roles by login or, of groups, which have no login, display name."""
        with self._command():
            folder = self._folder(path)
            said = self._call("GET", f"/shares/{folder}/items")
            if said["ownedBy"]["type"] != "user":
                raise Failed(f"ERROR: the folder {folder} has no owner")
            return {
                one["user"].get("loginName", one["user"]["displayName"]): one["role"] for one in said["items"]
            }

    def list_folder(self, path: str, page: int = 2) -> list[str]:
        """`list-folder`: page after page by the folder's count of children; the names in order."""
        with self._command():
            folder, names = self._folder(path), []
            for offset in itertools.count(0, page):
                query = f"orderby=name:asc&limit={page}&offset={offset}"
                said = self._call("GET", f"/folders/{folder}/items?{query}")
                names += [one["name"] for one in said["items"]]
                more = offset + page < int(said["childItemsCount"])
                if (said["hasMore"] == "1") != more:
                    raise Failed(f"ERROR: the pages of {folder} contradict each other: {said}")
                if not more:
                    return names
            raise AssertionError

    def download_file(self, path: str, name: str) -> bytes:
        """`download-file`: by its listing and its own page; only a 200 is taken for the whole file."""
        with self._command():
            folder = self._folder(path)
            file = self._named(folder, 1, name, "file")
            self._call("GET", f"/files/{file}")
            answer = self.server.send("GET", f"{API}/files/{file}/data/")
            if answer.status != 200:
                raise Failed(f"ERROR: failed to download file: {answer.reason}")
            return answer.content

    def create_folder_link(self, path: str, role: str) -> dict[str, Any]:
        """A public link as the toolkit makes it: the role under another name, and JSON that says it is text."""
        with self._command():
            body = {"assignedUsers": "@everybody", "roleName": role}
            return self._call("POST", f"/publiclinks/folder/{self._folder(path)}", body, labelled=AS_TEXT)

    def delete_folder(self, path: str) -> None:
        """`delete-folder`: into the trash."""
        with self._command():
            self._call("DELETE", f"/folders/{self._folder(path)}")

    def _command(self) -> "_Command":
        return _Command(self.server)

    def _call(
        self, method: str, path: str, body: Any = None, labelled: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        headers = {"Content-Type": "application/json"} if labelled is None else labelled
        content = None if body is None else json.dumps(body).encode()
        return self._good(self.server.send(method, f"{API}{path}", content, headers if content else None))

    def _good(self, answer: Answer) -> dict[str, Any]:
        said = answer.json()
        if not answer.ok or said["errorCode"] != "0":
            ecid = answer.headers["x-oracle-dms-ecid"]
            raise Failed(f"ERROR: {answer.reason}: {said['title']} [{said['errorKey']}] (ecid: {ecid})")
        return dict(said)

    def _named(self, folder: str, depth: int, name: str, kind: str) -> str:
        at = "/folders/items" if depth == 0 else f"/folders/{folder}/items"
        said = self._call("GET", f"{at}?limit=9999&filterName={name}")
        for one in said["items"]:
            if one["name"] == name and one["type"] == kind:
                return str(one["id"])
        return ""

    def _folder(self, path: str) -> str:
        at = "self"
        if path != "/":
            for depth, name in enumerate(path.split("/")):
                at = self._named(at, depth, name, "folder")
                if not at:
                    raise Failed(f"ERROR: folder {name} does not exist")
        return at

    def _principals(self, users: str, groups: str) -> dict[str, str]:
        found = {}
        for name in filter(None, groups.split(",")):
            answer = self.server.send("GET", f"/osn/social/api/v1/groups/{name}")
            if not answer.ok or answer.json()["name"].lower() != name.lower():
                raise Failed(f"ERROR: group {name} does not exist")
            found[name] = answer.json()["groupID"]
        for name in filter(None, users.split(",")):  # what the name holds of plus and at goes as it is
            said = self._call("GET", f"/users/items?info={name}")
            ids = [one["id"] for one in said.get("items", []) if one["loginName"].lower() == name.lower()]
            if not ids:
                raise Failed(f"ERROR: user {name} does not exist")
            found[name] = ids[0]
        return found

    def _members(self, folder: str) -> dict[str, str]:
        said = self._call("GET", f"/shares/{folder}/items")
        return {one["user"]["id"]: one["role"] for one in said["items"]}


class _Command:
    """What stands around every command."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def __enter__(self) -> None:
        self._server.log_in()

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._server.log_out()


def _multipart(given: Mapping[str, str], name: str, content: bytes) -> Iterator[bytes]:
    """A form in pieces, the JSON first and without a content type."""
    part = f"--{BOUNDARY}\r\nContent-Disposition: form-data; name="
    yield f'{part}"jsonInputParameters"\r\n\r\n{json.dumps(given)}\r\n'.encode()
    yield f'{part}"primaryFile"; filename="{name}"\r\nContent-Type: text/plain\r\n\r\n'.encode()
    for at in range(0, len(content), PIECE):
        yield content[at : at + PIECE]
    yield f"\r\n--{BOUNDARY}--\r\n".encode()
