"""UCloud: the guide's own example letter for letter, then the folder as Oracle and My Cloud show it, and Bob leaves."""

import json
from urllib.parse import urlsplit

from tools.conversations import oracle
from tools.conversations.talking import Talk

TITLE = "UCloud, folders for approval"
PATH = "/api/shares"
REFRESH = {
    "alice": "alice-refresh-0123456789abcdef0123456789ab",
    "bob": "bob-refresh-0123456789abcdef0123456789abcd",
}
JSON = {"Content-Type": "content-type: application/json; charset=utf-8"}  # as the guide's example sends it
DEVICE = "5e4ff150-5a74-4809-b41d-fcd03da95de7"
SOURCE = "/5123/work/my-project/my-collaboration"
FOLDER, REPORT = "work-folder-id", "report-file-id"

CREATE = (
    '{"items":[{"sharedWith":"bob","sourceFilePath":"/5123/work/my-project/my-collaboration","permissions":["EDIT"],'
    '"product":{"id":"example-ssd","category":"example-ssd","provider":"example"}}]}'
)
BROWSE = (
    f"{PATH}/browse?includeOthers=false&includeUpdates=false&includeSupport=false&includeProduct=false"
    "&filterIngoing=true&sortDirection=ascending"
)
LISTED = (
    '{{"itemsPerPage":50,"items":[{{"id":"{id}","specification":{{"sharedWith":"bob",'
    '"sourceFilePath":"/5123/work/my-project/my-collaboration","permissions":["EDIT"],'
    '"product":{{"id":"example-ssd","category":"example-ssd","provider":"example"}}}},"createdAt":{created},'
    '"status":{{"shareAvailableAt":{at},"state":"{state}","resolvedSupport":null,"resolvedProduct":null}},"updates":[],'
    '"owner":{{"createdBy":"alice","project":null}},"permissions":{{"myself":["READ"],"others":null}}}}],"next":null}}'
)

CREDENTIALS = tuple(
    (
        f"{login.capitalize()}, once POST /auth/refresh has made a token of it",
        f"Authorization: Bearer {token}",
    )
    for login, token in REFRESH.items()
)


def play(talk: Talk) -> None:
    """
    Play the conversation against a server that holds the demo world.

    Raises:
        WrongAnswer: The server answered otherwise than it should.
    """
    talk.say("Alice and Bob get access tokens.")
    alice, bob = _signed_in(talk, "alice"), _signed_in(talk, "bob")
    share = _offered(talk, alice, bob)
    at = _approved(talk, bob, share)
    _elsewhere(talk)

    talk.say("Bob leaves: at once the folder is shut to him, whichever door he takes.")
    talk.ask("POST", f"{PATH}/reject", bob | JSON, body=_named(share))
    talk.check(talk.ask("GET", BROWSE, bob)["items"] == [], "his list is empty")
    talk.ask("GET", f"/api/files/browse?path={at}", bob, 404)
    talk.ask("GET", f"{oracle.PATH}/folders/{oracle.FOLDER}/items", oracle.BOB, 403)

    talk.say("Alice sees that he did, and removes the share.")
    talk.check(_outgoing(talk, alice) == {share: "REJECTED"}, "it was left")
    talk.ask("DELETE", PATH, alice | JSON, body=_named(share))
    talk.check(_outgoing(talk, alice) == {}, "nothing is left of it")


def _signed_in(talk: Talk, login: str) -> dict[str, str]:
    """Who calls from now on."""
    token = talk.ask("POST", "/auth/refresh", {"Authorization": f"Bearer {REFRESH[login]}"})["accessToken"]
    talk.keep(login.upper(), token)
    return {"Authorization": f"Bearer {token}"}


def _offered(talk: Talk, alice: dict[str, str], bob: dict[str, str]) -> str:
    """The share that the guide's example makes, which Bob then finds."""
    talk.say("Alice offers Bob a folder.")
    made = talk.ask_text("POST", PATH, alice | JSON, body=CREATE)
    share: str = json.loads(made)["responses"][0]["id"]
    talk.check(made == f'{{"responses":[{{"id":"{share}"}}]}}', "the answer is that of the guide")

    talk.say("Bob finds it. It waits for his answer, and he is not told where the files are.")
    listed = talk.ask_text("GET", BROWSE, bob)
    talk.check(_same(listed, share, "PENDING"), "the answer is that of the guide")
    talk.check('"shareAvailableAt":null' in listed, "the files have no address yet")
    talk.ask("GET", f"{oracle.PATH}/folders/{oracle.FOLDER}/items", oracle.BOB, 403)
    return share


def _approved(talk: Talk, bob: dict[str, str], share: str) -> str:
    """Where the files are once Bob has approved."""
    talk.say("He approves, and finds it again with an address.")
    answer = talk.ask_text("POST", f"{PATH}/approve", bob | JSON, body=_named(share))
    talk.check(answer == "{}", "the answer is that of the guide")
    listed = talk.ask_text("GET", BROWSE, bob)
    talk.check(_same(listed, share, "APPROVED"), "the answer is that of the guide")
    at: str = json.loads(listed)["items"][0]["status"]["shareAvailableAt"]
    talk.check(at.startswith("/") and at[1:].isdecimal(), "the files have an address")

    talk.say("There he finds the report, and asks for an address of its bytes.")
    files = talk.ask("GET", f"/api/files/browse?path={at}", bob)["items"]
    talk.check([one["id"] for one in files] == [f"{at}/report.txt"], "the report is in the folder")
    wanted = f'{{"items":[{{"id":"{at}/report.txt"}}]}}'
    [download] = talk.ask("POST", "/api/files/download", bob | JSON, body=wanted)["responses"]
    place = urlsplit(download["endpoint"])
    content = talk.ask_text("GET", f"{place.path}?{place.query}", {})
    talk.check(content == oracle.REPORT, "what he gets is the report")
    return at


def _elsewhere(talk: Talk) -> None:
    """One world: the folder is Bob's through every door."""
    talk.say("For Oracle's clients Bob is now a contributor of that folder, and lists it.")
    members = talk.ask("GET", f"{oracle.PATH}/shares/{oracle.FOLDER}/items", oracle.ALICE)["items"]
    talk.check(
        [(one["user"]["loginName"], one["role"]) for one in members] == [("bob", "contributor")],
        "Bob is the only member, as a contributor",
    )
    listed = talk.ask("GET", f"{oracle.PATH}/folders/{oracle.FOLDER}/items", oracle.BOB)["items"]
    talk.check([one["name"] for one in listed] == ["report.txt"], "the report is in the folder")

    talk.say("For My Cloud's clients he may write, and reads the report from Alice's device.")
    alice, bob = _on_device(talk, "alice"), _on_device(talk, "bob")
    subject = talk.ask("GET", "/authrouter/userinfo", bob)["sub"]
    granting = f"/{DEVICE}/sdk/v1/filePermsSearch/granting?fileID={FOLDER}&entityType=user&entityID={subject}"
    given = talk.ask("GET", granting, alice)["filePerms"]
    talk.check([one["value"] for one in given] == ["WriteFile"], "Bob may write")
    content = talk.ask_text("GET", f"/{DEVICE}/sdk/v2/files/{REPORT}/content", bob)
    talk.check(content == oracle.REPORT, "what he gets is the report")


def _on_device(talk: Talk, login: str) -> dict[str, str]:
    """Somebody of the demo world, signed in to My Cloud."""
    asked = {
        "grant_type": "password",
        "username": login,
        "password": f"{login}-password",
        "scope": "openid nas_read_write",
        "client_id": "demo-client",
        "client_secret": "demo-client-secret",
    }
    token = talk.ask("POST", "/authrouter/oauth/token", {}, body=asked)["access_token"]
    talk.keep(f"{login.upper()}_ON_DEVICES", token)
    return {"Authorization": f"Bearer {token}"}


def _outgoing(talk: Talk, alice: dict[str, str]) -> dict[str, str]:
    """How things stand with Alice's shares of the folder."""
    groups = talk.ask("GET", f"{PATH}/browseOutgoing", alice)["items"]
    previews = [one for group in groups if group["sourceFilePath"] == SOURCE for one in group["sharePreview"]]
    return {one["shareId"]: one["state"] for one in previews}


def _named(share: str) -> str:
    """A body that names one share."""
    return f'{{"items":[{{"id":"{share}"}}]}}'


def _same(listed: str, share: str, state: str) -> bool:
    """Whether a list is that of the guide letter for letter, but for id, time and address."""
    [shown] = json.loads(listed)["items"]
    at = json.dumps(shown["status"]["shareAvailableAt"])
    return listed == LISTED.format(id=share, created=shown["createdAt"], at=at, state=state)
