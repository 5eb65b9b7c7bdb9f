"""Oracle's Documents API: a folder is shared, a viewer may not download, a downloader may, and it ends for both."""

from base64 import b64encode

from tools.conversations.talking import Talk

TITLE = "Oracle Content Management, Documents API"
PATH = "/documents/api/1.2"


def basic(login: str) -> dict[str, str]:
    """How a person of the demo world logs in by name and password."""
    return {"Authorization": f"Basic {b64encode(f'{login}:{login}-password'.encode()).decode()}"}


ALICE = basic("alice")
BOB = {"Authorization": "Bearer bob-token-0123456789abcdef0123456789abcdef"}
FOLDER = "F1321DC48E3B123D02DBEE88T0000000000100000001"  # /5123/work/my-project/my-collaboration
REPORT = "Quarterly report\n"

CREDENTIALS = (
    ("Alice, by name and password", f"Authorization: {ALICE['Authorization']}"),
    ("Bob, by token", f"Authorization: {BOB['Authorization']}"),
)


def play(talk: Talk) -> None:
    """
    Play the conversation against a server that holds the demo world.

    Raises:
        WrongAnswer: The server answered otherwise than it should.
    """
    share = f"{PATH}/shares/{FOLDER}"
    talk.say("Alice looks Bob up.")
    found = talk.ask("GET", f"{PATH}/users/items?info=bob", ALICE)["items"]
    talk.check(found[0]["loginName"] == "bob", "the exact login comes first")

    talk.say("She shares a folder with him as a viewer.")
    body = {"userID": found[0]["id"], "role": "viewer", "message": "Have a look."}
    shared = talk.ask("POST", share, ALICE, body=body)
    talk.check([one["isSuccessful"] for one in shared["members"]] == ["1"], "it was done for Bob")

    talk.say("The members of the folder, in JSON, and in XML for who asks for that.")
    listed = talk.ask("GET", f"{share}/items", ALICE)
    talk.check(
        [(one["user"]["loginName"], one["role"]) for one in listed["items"]] == [("bob", "viewer")],
        "Bob is the only member, as a viewer",
    )
    in_xml = talk.ask_text("GET", f"{share}/items", ALICE | {"Accept": "application/xml"})
    talk.check("<role>viewer</role>" in in_xml, "the XML says the same")

    talk.say("Bob lists the folder, but a viewer downloads nothing.")
    items = talk.ask("GET", f"{PATH}/folders/{FOLDER}/items", BOB)["items"]
    talk.check([one["name"] for one in items] == ["report.txt"], "the report is in the folder")
    content = f"{PATH}/files/{items[0]['id']}/data"
    refused = talk.ask("GET", content, BOB, 403)
    talk.check(refused["errorCode"] == "-20", "the role is named as the reason")

    talk.say("As a downloader he may.")
    changed = talk.ask("PUT", f"{share}/role", ALICE, body={"userID": found[0]["id"], "role": "downloader"})
    talk.check(changed["role"] == "downloader", "the role was changed")
    talk.check(talk.ask_text("GET", content, BOB) == REPORT, "what he gets is the report")

    talk.say("Alice takes him out again, and the folder is closed to him at once.")
    talk.ask("DELETE", f"{share}/user", ALICE, body={"userID": found[0]["id"]})
    talk.check(talk.ask("GET", f"{share}/items", ALICE)["count"] == "0", "nobody is a member any more")
    talk.ask("GET", f"{PATH}/folders/{FOLDER}/items", BOB, 403)
