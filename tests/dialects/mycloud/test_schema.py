"""Requests made from the OpenAPI document: every answer is one that the document names, and none is our fault."""

import json
from itertools import count
from pathlib import Path

import httpx
import pytest
from hypothesis import strategies as st

import polyshare.dialects.mycloud
from tests.dialects.exploring import explored, laws_of
from tests.server import live_server

__all__ = ["live_server"]

DOCUMENT = json.loads(Path(polyshare.dialects.mycloud.__file__).with_name("openapi.json").read_text("utf-8"))
DEVICE = "5e4ff150-5a74-4809-b41d-fcd03da95de7"
ALICE = "auth0|582641749a46021f65565df0"
FOLDER, FILE = "work-folder-id", "report-file-id"
CLIENT = {"client_id": "demo-client", "client_secret": "demo-client-secret"}
PASSWORD = {
    "grant_type": "password",
    "username": "alice",
    "password": "alice-password",
    "scope": "openid offline_access nas_read_write",
}
RELATED = '--b\r\n\r\n{{"name":"tried {}.txt"}}\r\n--b\r\n\r\ntried\r\n--b--\r\n'
WITHOUT_INPUT = {  # nothing about a request of these can be wrong
    ("get", "/shares/v1/shares/{share}"),
    ("get", "/authrouter/userinfo"),
    ("get", "/authrouter/.well-known/jwks.json"),
    ("get", "/authrouter/.well-known/openid-configuration"),
}
EXPLORED = explored(DOCUMENT, WITHOUT_INPUT)


class Known:
    """A server and what it holds, so that requests get past the first door; what a request removed is made anew."""

    def __init__(self, base_url):
        self.base_url = base_url
        self.numbers = count()
        self.http = httpx.Client(base_url=base_url, trust_env=False)
        given = self.http.post("/authrouter/oauth/token", json=PASSWORD | CLIENT).raise_for_status().json()
        self.alice = {"Authorization": f"Bearer {given['access_token']}"}
        self.http.headers.update(self.alice)
        self.link = {"Authorization": f"Bearer {self.opened()}"}

    def of(self, name, path):
        """An id of that kind; None: this kind is left as it was drawn."""
        match name:
            case "version":
                return "v1"
            case "device":
                return DEVICE
            case "user":
                return ALICE
            case "share":
                return self.share()["shareId"]
            case "permission":
                return self.permission(self.share()["authId"])
            case "file":
                return self.upload() if path.endswith(("/resumable", "/resumable/content")) else self.file()
        return None

    def share(self):
        """A new share of everyone's."""
        body = {"deviceId": DEVICE, "fileIds": [FOLDER], "ownerId": ALICE, "userIds": ["anybody"]}
        return self.http.post("/shares/v1/shares", json=body).raise_for_status().json()["data"]

    def permission(self, entity):
        """A permission for a share's link; its id."""
        body = {"fileID": FOLDER, "entity": {"id": entity, "type": "cloudShare"}, "value": "ReadFile"}
        return self.http.post(f"/{DEVICE}/sdk/v1/filePerms", json=body).raise_for_status().json()["id"]

    def opened(self):
        """The token of a share that opens its folder."""
        share = self.share()
        self.permission(share["authId"])
        found = self.http.get(f"/shares/v1/shares/{share['shareId']}").raise_for_status().json()
        return found["data"]["shareToken"]

    def file(self):
        """A new file; its id."""
        return self._sent(f"/{DEVICE}/sdk/v2/files")

    def upload(self):
        """An upload that has begun; its id."""
        return self._sent(f"/{DEVICE}/sdk/v2/files/resumable")

    def _sent(self, path):
        headers = {"content-type": "multipart/related; boundary=b"}
        content = RELATED.format(next(self.numbers))
        answer = self.http.post(path, content=content, headers=headers).raise_for_status()
        return answer.headers["location"].split("/files/")[1].split("/")[0]


@pytest.fixture(scope="module")
def known(live_server):
    """A server that holds the example world."""
    known = Known(live_server().base_url)
    yield known
    known.http.close()


@pytest.fixture
def prepare(known):
    """Puts what the server holds into a request."""

    def put(case, data):
        for name in case.path_parameters or {}:
            if data.draw(st.integers(0, 4)):
                case.path_parameters[name] = known.of(name, case.path) or case.path_parameters[name]
        for name, value in {"ids": f"{FOLDER},{FILE}", "parentID": FOLDER, "fileID": FILE}.items():
            if name in (case.query or {}) and data.draw(st.booleans()):
                case.query[name] = value
        if isinstance(case.body, dict):
            body(case, data)
        reads = case.method.upper() == "GET" and "/sdk/" in case.path
        headers = known.link if reads and data.draw(st.booleans()) else known.alice
        return {"base_url": known.base_url, "headers": headers}

    def body(case, data):
        right = {
            "deviceId": DEVICE,
            "ownerId": ALICE,
            "fileIds": [FOLDER],
            "fileID": FILE,
            "parentID": FOLDER,
            "entity": {"id": ALICE, "type": "user"},
            **PASSWORD,
            **CLIENT,
        }
        for name in case.body.keys() & right.keys():
            if data.draw(st.booleans()):
                case.body[name] = right[name]

    return put


(
    test_every_answer_is_documented,
    test_every_answer_is_documented_however_often_one_asks,
    test_the_document_is_valid_and_names_every_schema_it_uses,
) = laws_of(DOCUMENT, EXPLORED, 10, 500, 32)
