"""Short words for files and drives: what lies where, what is shared and approved, and how bytes come and go."""

from polyshare.domain.principals import Access, Actor
from polyshare.store.statements import statement
from tests.dialects.ucloud.desk import SOURCE, good
from tests.dialects.ucloud.sharing import one, say, spec

FILES, DRIVES = "/api/files", "/api/files/collections"
GRANT = statement("test.grant_of", "select id from share_grant where share = :share")
CHUNK = 32_000_000


async def an_actor(desk, login):
    return Actor(await desk.id_of(login), login, 1, Access.EDIT, narrowed=False, administrator=False)


async def asked(desk, path=SOURCE, to="bob", *permissions):
    """Share a folder of Alice's; the share's id, and the path at which its recipient will find it."""
    share = await one(desk.alice, spec(to, path, permissions or ("READ", "EDIT")))
    row = await desk.house.read(None, lambda work: work.rows.one(GRANT, share=int(share)))
    return share, f"/{row[0]}"


async def approve(desk, share, login="bob"):
    """Approve a share."""
    assert good(await say(getattr(desk, login), "approve", share)) == {}


async def decline(desk, share, login="bob"):
    """Reject a share, or leave it."""
    assert good(await say(getattr(desk, login), "reject", share)) == {}


async def shared(desk, path=SOURCE, to="bob", *permissions):
    """Share a folder and have it approved; the path of the mount."""
    share, mount = await asked(desk, path, to, *permissions)
    await approve(desk, share, to)
    return mount


async def names(caller, path, **query):
    """What lies in a folder, sorted."""
    page = good(await caller.get(f"{FILES}/browse", path=path, itemsPerPage="250", **query))
    return [one["id"].removeprefix(f"{path}/") for one in page["items"]]


async def status(caller, path):
    """With what status a file is shown, or not."""
    return (await caller.get(f"{FILES}/retrieve", id=path)).status_code


async def folder(caller, path, policy="REJECT"):
    return await caller.bulk(f"{FILES}/folder", {"id": path, "conflictPolicy": policy})


async def move(caller, old, new, policy="REJECT"):
    return await caller.bulk(f"{FILES}/move", {"oldId": old, "newId": new, "conflictPolicy": policy})


async def copy(caller, old, new, policy="REJECT"):
    return await caller.bulk(f"{FILES}/copy", {"oldId": old, "newId": new, "conflictPolicy": policy})


async def trash(caller, *paths):
    return await caller.bulk(f"{FILES}/trash", *({"id": path} for path in paths))


async def delete(caller, *paths):
    return await caller.delete(FILES, {"items": [{"id": path} for path in paths]})


async def begun(caller, path, policy="REJECT", **more):
    """Begin an upload; its answer."""
    item = {"id": path, "type": "FILE", "supportedProtocols": ["CHUNKED"], "conflictPolicy": policy}
    return await caller.bulk(f"{FILES}/upload", item | more)


async def session(caller, path, policy="REJECT"):
    """Begin an upload; what is needed to go on."""
    [found] = good(await begun(caller, path, policy))["responses"]
    return found


async def chunk(desk, found, content, at=0, total=None):
    """Send a chunk, as nobody."""
    headers = {"chunked-upload-token": found["token"], "chunked-upload-offset": str(at)}
    if total is not None:
        headers["chunked-upload-total-size"] = str(total)
    return await desk.nobody.call("POST", found["endpoint"], content, headers=headers)


async def upload(desk, caller, path, content=b"hello", policy="REJECT"):
    """Upload a file in one go."""
    found = await session(caller, path, policy)
    good(await chunk(desk, found, content, 0, len(content)))


async def address(caller, path):
    """Where a file's bytes are fetched."""
    [found] = good(await caller.bulk(f"{FILES}/download", {"id": path}))["responses"]
    return found["endpoint"]


async def content(desk, caller, path):
    """A file's bytes."""
    answer = await desk.nobody.call("GET", await address(caller, path))
    assert answer.status_code == 200, answer.text
    return answer.content


async def drives(caller, **query):
    """Ids and titles of the drives that somebody has."""
    page = good(await caller.get(f"{DRIVES}/browse", itemsPerPage="250", **query))
    return {one["id"]: one["specification"]["title"] for one in page["items"]}
