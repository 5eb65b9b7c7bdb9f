"""My Cloud Home: an owner shares a folder by link, somebody without an account downloads it, and the link is shut again."""

from tools.conversations.talking import Talk

TITLE = "My Cloud Home, shares by link"
PATH = "/config/v1/config"
OLD = "57c81860-0f2b-4a5d-8e5c-4b8a3b6f9d01"
REPORT, FOLDER = "report-file-id", "work-folder-id"
CONTENT = "Quarterly report\n"
NOBODY: dict[str, str] = {}

CREDENTIALS = (
    ("Alice, with the client demo-client", "login alice, password alice-password"),
    ("A link that was sent long ago, in a browser", f"/action/share/{OLD}"),
)


def play(talk: Talk) -> None:
    """
    Play the conversation against a server that holds the demo world.

    Raises:
        WrongAnswer: The server answered otherwise than it should.
    """
    owner, share, entity = _owner(talk)
    _reader(talk, share["url"].rsplit("/", 1)[1])

    talk.say("Alice makes the share private: at once the link is shut to strangers.")
    at = f"/shares/v1/shares/{share['shareId']}"
    talk.ask("PUT", at, owner, body={"userIds": [share["ownerId"]]})
    talk.check(
        talk.ask("GET", at, NOBODY, 401)["error"]["label"] == "GENERAL_INVALID_TOKEN", "nobody is let in"
    )

    talk.say("She takes it back, and its permission goes with it.")
    talk.check(talk.ask("DELETE", at, owner)["data"] == "deleted", "it is deleted")
    left = talk.ask(
        "GET", f"{share['device']}/sdk/v1/filePermsSearch/granting?fileID={FOLDER}&entityID={entity}", owner
    )
    talk.check(left["filePerms"] == [], "nothing is left of it")

    talk.say("A link from the vendor's time goes on working: the world file kept its id.")
    kept = talk.ask("GET", f"/shares/v1/shares/{OLD}", NOBODY)["data"]
    token = {"Authorization": f"Bearer {kept['shareToken']}"}
    base = _path(kept["network"]["proxyURL"])
    content = talk.ask_text("GET", f"{base}/sdk/v3/files/{kept['fileIds'][0]}/content", token)
    talk.check(content == CONTENT, "what it gives is the report")


def _owner(talk: Talk) -> tuple[dict[str, str], dict[str, str], str]:
    """What the vendor's own client does: who calls from now on, the share, and its authId."""
    talk.say("A client learns where the services are.")
    urls = talk.ask("GET", PATH, NOBODY)["data"]["componentMap"]["cloud.service.urls"]
    service = {name.split(".")[1]: _path(url) for name, url in urls.items()}

    talk.say("Alice signs in.")
    asked = {
        "grant_type": "http://auth0.com/oauth/grant-type/password-realm",
        "realm": "Username-Password-Authentication",
        "username": "alice",
        "password": "alice-password",
        "audience": "mycloud.com",
        "scope": "openid nas_read_write device_read",
        "client_id": "demo-client",
        "client_secret": "demo-client-secret",
    }
    tokens = talk.ask("POST", f"{service['auth0']}/oauth/token", NOBODY, body=asked)
    owner = {"Authorization": f"Bearer {tokens['access_token']}"}
    subject = talk.ask("GET", f"{service['auth0']}/userinfo", owner)["sub"]

    talk.say("Her devices.")
    [device] = talk.ask("GET", f"{service['device']}/device/v1/user/{subject}", owner)["data"]
    base = _path(device["network"]["proxyURL"])

    talk.say("First step: a record says what is shared. It opens nothing yet.")
    body = {"deviceId": device["deviceId"], "fileIds": [FOLDER], "ownerId": subject, "userIds": ["anybody"]}
    share = talk.ask("POST", f"{service['share']}/v1/shares", owner, 201, body)["data"]
    opened = talk.ask("GET", f"{service['share']}/v1/shares/{share['shareId']}", NOBODY)["data"]
    reader = {"Authorization": f"Bearer {opened['shareToken']}"}
    talk.ask("GET", f"{base}/sdk/v2/files/{FOLDER}", reader, 404)

    talk.say("Second step: the device is told that the link may read.")
    entity = {"id": share["authId"], "type": "cloudShare"}
    permission = {"fileID": FOLDER, "entity": entity, "value": "ReadFile"}
    talk.ask("POST", f"{base}/sdk/v1/filePerms", owner, 201, permission)
    talk.ask("POST", f"{base}/sdk/v1/filePerms", owner, 409, permission)
    return owner, share | {"device": base}, share["authId"]


def _reader(talk: Talk, share: str) -> None:
    """What a downloader does with the last part of a link."""
    talk.say("Somebody without an account opens the link.")
    opened = talk.ask("GET", f"/shares/v1/shares/{share}", NOBODY)["data"]
    base, reader = _path(opened["network"]["proxyURL"]), {"Authorization": f"Bearer {opened['shareToken']}"}
    for file in opened["fileIds"]:
        about = talk.ask("GET", f"{base}/sdk/v2/files/{file}", reader)
        talk.check("childCount" in about, "it is a folder")
        talk.say(f"The folder {about['name']} comes as one archive.")
        archive = f"{base}/sdk/v1/filesZip?ids={file}&access_token={opened['shareToken']}"
        talk.check(talk.ask_bytes("GET", archive, NOBODY).startswith(b"PK"), "what comes is an archive")
    talk.say("Or file by file; the parent of what was shared stays closed.")
    content = f"{base}/sdk/v2/files/{REPORT}/content?download=true&access_token={opened['shareToken']}"
    talk.check(talk.ask_text("GET", content, NOBODY) == CONTENT, "what comes is the report")
    talk.ask("GET", f"{base}/sdk/v2/files/root", reader, 404)


def _path(url: str) -> str:
    """An address without the server, which the conversation knows."""
    return "/" + url.split("/", 3)[3] if url.count("/") > 2 else ""
