"""
The guide's own example, letter for letter: Alice offers a folder, Bob sees it, approves it, and sees where it is.

Source: UCloud developer guide, "Shares", "Complete example".
"""

import json

import pytest

from tests.dialects.ucloud.desk import MEDIA, both_engines

CREATE = (
    '{"items":[{"sharedWith":"bob","sourceFilePath":"/5123/work/my-project/my-collaboration","permissions":["EDIT"],'
    '"product":{"id":"example-ssd","category":"example-ssd","provider":"example"}}]}'
)
BROWSE = (
    "/api/shares/browse?includeOthers=false&includeUpdates=false&includeSupport=false&includeProduct=false"
    "&filterIngoing=true&sortDirection=ascending"
)
LISTED = (
    '{"itemsPerPage":50,"items":[{"id":"ID","specification":{"sharedWith":"bob",'
    '"sourceFilePath":"/5123/work/my-project/my-collaboration","permissions":["EDIT"],'
    '"product":{"id":"example-ssd","category":"example-ssd","provider":"example"}},"createdAt":CREATED,'
    '"status":{"shareAvailableAt":AT,"state":"STATE","resolvedSupport":null,"resolvedProduct":null},"updates":[],'
    '"owner":{"createdBy":"alice","project":null},"permissions":{"myself":["READ"],"others":null}}],"next":null}'
)


def listed(share, created, at, state):
    """What the list says of the share."""
    text = LISTED.replace("ID", share, 1).replace("CREATED", str(created))
    return text.replace("AT", at, 1).replace("STATE", state)


@both_engines
@pytest.mark.behaviour("ucloud", 1)
async def test_the_example_of_the_guide_is_answered_letter_for_letter(desk):
    now_ms = desk.clock() // 1000
    headers = {"content-type": MEDIA}

    made = await desk.alice.call("POST", "/api/shares", CREATE, headers=headers)
    share = made.json()["responses"][0]["id"]
    pending = await desk.bob.get(BROWSE)
    approved = await desk.bob.call(
        "POST", "/api/shares/approve", f'{{"items":[{{"id":"{share}"}}]}}', headers=headers
    )
    after = await desk.bob.get(BROWSE)
    at = after.json()["items"][0]["status"]["shareAvailableAt"]

    assert (made.status_code, made.text) == (200, f'{{"responses":[{{"id":"{share}"}}]}}')
    assert share.isdecimal()
    assert (pending.status_code, pending.text) == (200, listed(share, now_ms, "null", "PENDING"))
    assert (approved.status_code, approved.text) == (200, "{}")
    assert (after.status_code, after.text) == (200, listed(share, now_ms, f'"{at}"', "APPROVED"))
    assert at[0] == "/"
    assert at[1:].isdecimal()
    for answer in (made, pending, approved, after):
        assert answer.headers["content-type"] == "application/json; charset=utf-8"


@pytest.mark.behaviour("ucloud", 2)
@pytest.mark.parametrize(
    "media", [None, MEDIA, "text/plain", "multipart/form-data; boundary=x", "application/xml"]
)
async def test_what_a_body_claims_to_be_makes_no_difference(desk, media):
    body = json.loads(CREATE) | {"type": "bulk", "more": [1]}
    body["items"][0] |= {"conflictPolicy": "RENAME", "unknown": {"a": None}}
    body["items"][0]["product"]["unknown"] = 5
    headers = {"authorization": f"Bearer {desk.alice.token}"} | (
        {} if media is None else {"content-type": media}
    )

    made = await desk.http.request("POST", "/api/shares", content=json.dumps(body), headers=headers)

    assert made.status_code == 200
    assert [share["id"] for share in (await desk.bob.get(BROWSE)).json()["items"]] == [
        made.json()["responses"][0]["id"]
    ]


@pytest.mark.parametrize("path", ["/api/shares/", "http://desk//api//shares", "/api//shares//"])
async def test_slashes_too_many_make_no_difference(desk, path):
    assert (await desk.alice.call("POST", path, CREATE)).status_code == 200
