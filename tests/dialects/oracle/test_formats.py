"""Two formats, whatever they are labelled; and who calls."""

import base64
from xml.etree import ElementTree

import pytest

from polyshare.engine.worlds import loading
from tests.dialects.oracle.desk import PASSWORD, bad, good

pytestmark = pytest.mark.anyio

XML = {"accept": "application/XML"}
DECLARED = b'<?xml version="1.0" encoding="UTF-8"?>'


def parsed(answer):
    """An XML answer as JSON would say it."""
    assert answer.headers["content-type"] == "application/xml;charset=UTF-8"
    assert answer.content.startswith(DECLARED)
    root = ElementTree.fromstring(answer.content)  # noqa: S314 - our own answer

    def value(element):
        if element.tag in ("items", "members"):
            return [value(child) for child in element]
        return {child.tag: value(child) for child in element} if len(element) else element.text or ""

    return root.tag, value(root)


@pytest.mark.behaviour("oracle", 22)
@pytest.mark.parametrize("version", ["1.1", "1.2"])
async def test_xml_says_what_json_says_in_all_six_operations(desk, version):
    alice = desk.alice.of(version)

    async def told(kind):
        folder = await alice.folder()
        form = (
            "<any><USERID> bob </USERID><role>viewer</role></any>"
            if kind
            else {"userID": "bob", "role": "viewer"}
        )
        change = form.replace("viewer", "manager") if kind else {"userID": "bob", "role": "manager"}
        more = {"headers": XML} if kind else {}
        answers = [
            await alice.post(f"/shares/{folder}", form, **more),
            await alice.put(f"/shares/{folder}/role", change, **more),
            await alice.get(
                f"/shares/{folder}/items", "<q><currentOnly>true</currentOnly></q>" if kind else None, **more
            ),
            await alice.delete(f"/shares/{folder}/user", form, **more),
            await alice.delete(f"/shares/{folder}", **more),
            await alice.delete(f"/shares/{folder}/myuser", **more),
        ]
        said = []
        for answer in answers:
            root, body = parsed(answer) if kind else ("", answer.json())
            if kind:
                assert root == ("share" if answer.status_code == 200 else "error")
            said.append((answer.status_code, {key: one for key, one in body.items() if key != "id"}))
        return said

    assert await told("xml") == await told("")


@pytest.mark.behaviour("oracle", 22)
@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("*/*", "application/json"),
        ("text/html", "application/json"),
        ("application/json;q=0.5, text/xml", "application/xml"),
        ("application/xml;q=0.5, application/json;q=0.5", "application/json"),
    ],
)
async def test_the_format_is_the_one_that_is_liked_best(desk, accept, media):
    answer = await desk.alice.get("/folders/items", headers={"accept": accept})

    assert answer.headers["content-type"] == f"{media};charset=UTF-8"


@pytest.mark.behaviour("oracle", 22)
@pytest.mark.parametrize(
    "body",
    [
        "{",
        "[1]",
        "userID=bob",
        "<a><b></a>",
        '<!DOCTYPE a [<!ENTITY x "y">]><a><userID>&x;</userID></a>',
        '{"userID":["bob"],"role":{}}',
        '{"userID":"\\u0000","role":"viewer"}',
        '{"a":' * 5000,
        "<a>" * 5000,
        b"\xff\xfe",
    ],
)
async def test_a_body_that_can_not_be_read_is_refused(desk, body):
    folder = await desk.alice.folder()

    bad(await desk.alice.post(f"/shares/{folder}", body), 400, "-32", "!csInvalidParameter")
    assert await desk.alice.members(folder) == {}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ('{"userID":["bob"]}', "userID: Expected a string, got an array."),
        ("<x><userID><a>bob</a></userID></x>", "userID: Expected a string, got an object."),
        ('{"userID":"bob"', "The request body is not JSON: Input data was truncated"),
        ("userID=bob", "The request body is neither JSON nor XML; it must begin with { or <."),
    ],
)
async def test_what_is_wrong_with_a_body_is_told_in_words_of_people(desk, body, says):
    folder = await desk.alice.folder()

    assert bad(await desk.alice.post(f"/shares/{folder}", body), 400, "-32")["title"] == says


@pytest.mark.behaviour("oracle", 22)
async def test_json_labelled_as_text_is_understood(desk):
    folder = await desk.alice.folder()

    good(
        await desk.alice.post(
            f"/shares/{folder}",
            ' {"userid":"bob","ROLE":"viewer","other":1}',
            headers={"content-type": "text/plain;charset=UTF-8"},
        )
    )


async def test_errors_come_in_the_format_asked_for(desk):
    answer = await desk.alice.get("/shares/F123/items", headers=XML)

    root, said = parsed(answer)
    assert (answer.status_code, root, said["errorCode"], said["id"]) == (404, "error", "-16", "F123")


async def test_a_body_that_is_too_long_is_refused(desk):
    folder = await desk.alice.folder()

    bad(await desk.alice.post(f"/shares/{folder}", "{" + " " * 2_000_000), 413, "-32")


def basic(login, password):
    return {"authorization": "Basic " + base64.b64encode(f"{login}:{password}".encode()).decode()}


@pytest.mark.behaviour("oracle", 23)
async def test_people_log_in_by_password_or_by_token(desk):
    good(
        await desk.http.get(
            "/documents/api/1.2/folders/items", headers=basic("ALICE", PASSWORD.format("alice"))
        )
    )
    good(await desk.alice.get("/folders/items"))


@pytest.mark.behaviour("oracle", 23)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        basic("alice", "wrong"),
        basic("nobody", "x"),
        basic("idle", PASSWORD.format("idle")),
        basic("gone", PASSWORD.format("gone")),
        {"authorization": "Basic !!!"},
        {"authorization": "Bearer unknown-token-0123456789"},
        {"authorization": "Digest x"},
        {"authorization": ""},
    ],
)
async def test_who_is_not_known_is_asked_to_log_in(desk, headers):
    answer = await desk.http.get("/documents/api/1.2/shares/self/items", headers=headers)

    bad(answer, 401, "-21", "!csLoginRequired")
    assert answer.headers["www-authenticate"] == 'Basic realm="documents"'


async def test_a_credential_that_may_only_read_changes_nothing(desk):
    token = "reading-token-0123456789abcdef0123456789"
    await loading.load_world(desk.house, {"tokens": [{"token": token, "user": "alice", "access": "read"}]})
    headers = {"authorization": f"Bearer {token}"}

    good(await desk.http.get("/documents/api/1.2/folders/items", headers=headers))
    refused = await desk.http.post("/documents/api/1.2/folders/self", json={"name": "x"}, headers=headers)
    bad(refused, 403, "-20", ",Alice Lee,fFolderGUID:self,CREATE_FOLDER")
