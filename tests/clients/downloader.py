"""Client programs of My Cloud Home over a socket: one that downloads a link, and one with which an owner makes links."""

import base64
import http.client
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

REALM_GRANT = "http://auth0.com/oauth/grant-type/password-realm"
SCOPE = "openid profile email offline_access nas_read_write nas_read_only user_read device_read"
IN_LINK = re.compile(r"/action/share/([A-Za-z0-9-]{8,64})")
AGAIN = (408, 429, 500, 502, 503, 504)
PAUSES_S = (2, 4, 6, 6)
FOLDER = "application/x.wd.dir"


class Failed(Exception):
    """The program gave up; the text is what it printed."""


@dataclass(frozen=True)
class Answer:
    """What came back; names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    def json(self) -> Any:
        """The body, which has to be JSON."""
        return json.loads(self.content)


def call(
    method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
) -> Answer:
    """One call on a connection of its own, to an address that is taken as it stands."""
    at = urlsplit(url)
    connection = http.client.HTTPConnection(at.netloc, timeout=60)
    try:
        path = f"{at.path}?{at.query}" if at.query else at.path
        connection.request(method, path, body, dict(headers or {}))
        came = connection.getresponse()
        return Answer(came.status, {name.lower(): value for name, value in came.getheaders()}, came.read())
    finally:
        connection.close()


class Downloader:
    """
    A program that is given a link and a folder, as the vendor's page or a script in its place.

    It knows the gateway by a built-in address with the prefix, sends no token for the share, brings the share's token in the
    header for metadata and in the query for bytes, and gives up on any status that is not one of AGAIN.
    """

    def __init__(self, gateway: str, pause: Callable[[float], None]) -> None:
        self.gateway = gateway
        self._pause = pause
        self.asked: list[str] = []

    def download(self, link: str, into: Path) -> list[str]:
        """Everything behind a link; the names as they were told, in the order of the link."""
        found = IN_LINK.search(link)
        if found is None:
            raise Failed(f"not a link: {link}")
        share = self._get(f"{self.gateway}/shares/v1/shares/{found[1]}", {}).json()["data"]
        if not share["device"]["deviceId"]:
            raise Failed("no device")
        proxy, token = share["device"]["network"]["proxyURL"], share["shareToken"]
        proxy = proxy if proxy.startswith("http") else f"https://{proxy}"
        return [self._item(proxy, token, file, into) for file in share["fileIds"]]

    def _item(self, proxy: str, token: str, file: str, into: Path) -> str:
        bearer = {"Authorization": f"Bearer {token}"}
        about = self._get(f"{proxy}/sdk/v2/files/{file}", bearer).json()
        query = urlencode({"access_token": token})
        if "childCount" in about:
            answer = self._get(f"{proxy}/sdk/v1/filesZip?ids={file}&{query}", {})
            (into / f"{about['name']}.zip").write_bytes(answer.content)
        else:
            answer = self._get(f"{proxy}/sdk/v2/files/{file}/content?download=true&{query}", {})
            if len(answer.content) != about["size"]:
                raise Failed(f"{about['name']} has {len(answer.content)} bytes, not {about['size']}")
            (into / about["name"]).write_bytes(answer.content)
        return str(about["name"])

    def _get(self, url: str, headers: Mapping[str, str]) -> Answer:
        for pause in PAUSES_S:
            answer = self._ask(url, headers)
            if answer.status == 200:
                return answer
            self._pause(pause)
        raise Failed(f"tried too often: {url.partition('?')[0]}")

    def _ask(self, url: str, headers: Mapping[str, str]) -> Answer:
        self.asked.append(url)
        answer = call("GET", url, headers=headers)
        if answer.status not in (200, *AGAIN):
            raise Failed(f"{answer.status} {url.partition('?')[0]}")
        return answer


class Owner:
    """A program with which the owner of a device signs in, uploads and shares, as the vendor's own does."""

    def __init__(self, config_url: str, client: tuple[str, str], *, form: bool = False) -> None:
        said = call("GET", f"{config_url}?clienttype=desktop&fwVersion=1.0").json()
        urls = said["data"]["componentMap"]["cloud.service.urls"]
        if not all(isinstance(value, str) for value in urls.values()):
            raise Failed("the map of services holds more than text")
        self.urls: dict[str, str] = urls
        self._client, self._form = client, form
        self._tokens: dict[str, Any] = {}
        self.subject = self.device = self.proxy = ""

    def sign_in(self, email: str, password: str) -> None:
        """Get tokens for a password, learn who one is from the ID token, and find one's first device."""
        self._token(
            {"grant_type": REALM_GRANT, "username": email, "password": password, "scope": SCOPE}
            | {"realm": "Username-Password-Authentication", "audience": "mycloud.com"}
        )
        self.subject = _claims(self._tokens["id_token"])["sub"]
        base = self.urls["service.device.url"]
        found = self._good("GET", f"{base}/device/v1/user/{quote(self.subject, safe='')}?pretty=false", 200)
        [device] = [one for one in found.json()["data"] if one["ownerAccess"] and one["cloudConnected"]]
        self.device, self.proxy = device["deviceId"], device["network"]["internalURL"]

    def refresh(self) -> None:
        """What is done on 401 or 403: other tokens for the one that lasts."""
        self._token({"grant_type": "refresh_token", "refresh_token": self._tokens["refresh_token"]})

    def upload(self, name: str, content: bytes | None, parent: str = "root") -> str:
        """A file, or with None a folder, in the body that the vendor's clients send; the id behind the last slash."""
        about = {"name": name, "parentID": parent} | ({"mimeType": FOLDER} if content is None else {})
        second = b"" if content is None else b"--foo\n\n" + content + b"\n"
        body = b"\n--foo\n\n" + json.dumps(about).encode() + b"\n" + second + b"--foo--"
        sent = {"Content-Type": "multipart/related;boundary=foo"}
        answer = self._good("POST", f"{self.proxy}/sdk/v2/files?resolveNameConflict=1", 201, body, sent)
        return answer.headers["location"].rpartition("/")[2]

    def upload_in_pieces(self, name: str, *pieces: bytes) -> str:
        """A file of which each piece is a call; where it goes is joined to the device's address."""
        begun = self._good(
            "POST",
            f"{self.proxy}/sdk/v2/files/resumable?done=false",
            201,
            json.dumps({"name": name}).encode(),
        )
        at, offset = self.proxy + begun.headers["location"], 0
        for piece in pieces:
            self._good("PUT", f"{at}/resumable/content?offset={offset}", 204, piece)
            offset += len(piece)
        self._good("PUT", f"{at}/resumable/content?done=true", 204)
        return at.rpartition("/")[2]

    def share(self, *files: str, users: tuple[str, ...] = ("anybody",)) -> str:
        """Make the record, look at it, tell the device; the link."""
        base = f"{self.urls['service.share.url']}/v1/shares"
        body = {"deviceId": self.device, "fileIds": files, "ownerId": self.subject, "userIds": users}
        made = self._good("POST", base, 201, json.dumps(body).encode()).json()["data"]
        seen = self._good("GET", f"{base}/{made['shareId']}", 200).json()["data"]
        for file in seen["fileIds"]:
            self.permit(file, seen["authId"])
        return str(seen["url"])

    def permit(self, file: str, entity: str) -> int:
        """Let the entity of a link read a file; that it may already is as good."""
        body = {"fileID": file, "entity": {"id": entity, "type": "cloudShare"}, "value": "ReadFile"}
        answer = self.send("POST", f"{self.proxy}/sdk/v1/filePerms", json.dumps(body).encode())
        if answer.status not in (201, 409):
            raise Failed(f"{answer.status} {answer.content!r}")
        return answer.status

    def forbid(self, file: str, entity: str) -> None:
        """Take the first permission that the search finds."""
        query = urlencode({"fileID": file, "entityID": entity, "entityType": "cloudShare"})
        found = self._good("GET", f"{self.proxy}/sdk/v1/filePermsSearch/granting?{query}", 200).json()
        self._good("DELETE", f"{self.proxy}/sdk/v1/filePerms/{found['filePerms'][0]['id']}", 204)

    def names(self, folder: str = "root") -> Iterator[str]:
        """What lies in a folder, page by page, by the keys that this client reads without looking whether they are there."""
        token = ""
        while True:
            query = urlencode({"ids": folder, "limit": 2, "pageToken": token, "fields": "id,name"})
            said = self._good("GET", f"{self.proxy}/sdk/v2/filesSearch/parents?{query}", 200).json()
            yield from (one["name"] for one in said["files"])
            token = said["pageToken"]
            if not token:
                return

    def send(
        self, method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """A call with the token; after 401 or 403 once more with another token."""
        answer = call(method, url, body, self._bearer() | dict(headers or {}))
        if answer.status in (401, 403):
            self.refresh()
            answer = call(method, url, body, self._bearer() | dict(headers or {}))
        return answer

    def forget_access(self) -> None:
        """Have the token be one that has ended."""
        self._tokens["access_token"] = "ended"

    def _bearer(self) -> dict[str, str]:
        # The scheme is written as some clients write it.
        return {"Authorization": f"bearer {self._tokens['access_token']}"}

    def _good(
        self,
        method: str,
        url: str,
        status: int,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        answer = self.send(method, url, body, headers)
        if answer.status != status:
            raise Failed(f"{method} {url}: {answer.status} {answer.content!r}")
        return answer

    def _token(self, asked: Mapping[str, str]) -> None:
        given = {**asked, "client_id": self._client[0], "client_secret": self._client[1]}
        body = urlencode(given) if self._form else json.dumps(given)
        kind = "application/x-www-form-urlencoded" if self._form else "application/json"
        url = f"{self.urls['service.auth0.url']}/oauth/token"
        answer = call("POST", url, body.encode(), {"Content-Type": kind})
        if answer.status != 200:
            raise Failed(f"{answer.status} {answer.content!r}")
        self._tokens |= answer.json()


def unpacked(path: Path) -> dict[str, bytes]:
    """The files in an archive by their names; folders are left out."""
    with zipfile.ZipFile(path) as archive:
        if archive.testzip() is not None:
            raise Failed(f"{path.name} is broken")
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}


def _claims(token: str) -> dict[str, Any]:
    """What a token says, without asking whether that is so, as clients read it."""
    middle = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    return claims
