"""A user's own links over HTTP: made, listed, changed, taken away; and what bad input gets."""

import json
from pathlib import Path

import httpx
import msgspec
import pytest

import polyshare.web
from polyshare.domain.directory import NewCredential, NewPrincipal, Scope
from polyshare.domain.errors import NotFound
from polyshare.domain.link_shares import Entity, NewLinkShare, Thing
from polyshare.domain.links import Audience, Reader
from polyshare.domain.principals import Access, Kind
from polyshare.engine.credentials import issuing, verifying
from polyshare.engine.directory import directing, enrolling
from polyshare.engine.links import linking, permitting
from polyshare.engine.tree import access, filing
from polyshare.store.tree import drives
from polyshare.web import link_shapes, me
from tests.web.linking import HTML, PASSWORD, Desk, at

DOCUMENT = Path(polyshare.web.__file__).with_name("me.openapi.json")
ANN, BOB, READ, NARROW = (f"{name}-secret-0001" for name in ("ann", "bob", "read", "narrow"))


class Api(Desk):
    """Ann's and Bob's tokens, and the API as Ann calls it."""

    async def open(self):
        await super().open()
        await self.person("bob")

        async def issue(work):
            await directing.add(work, NewPrincipal(Kind.ACCOUNT, "First", "first"))
            await issuing.issue(work, NewCredential("token", "ann"), ANN)
            await issuing.issue(work, NewCredential("token", "bob"), BOB)
            await issuing.issue(work, NewCredential("token", "ann", access=Access.READ), READ)
            scope = Scope({"first": Access.EDIT})
            await issuing.issue(work, NewCredential("token", "ann", scope=scope), NARROW)

        await directing.changing(self.house, None, issue)
        return self

    def client(self, token=ANN):
        transport = httpx.ASGITransport(me.me_app(self.house), raise_app_exceptions=True)
        headers = {"authorization": f"Bearer {token}"}
        client = httpx.AsyncClient(transport=transport, base_url="http://test/me/v1", headers=headers)
        self._clients.append(client)
        return client


@pytest.fixture
async def api(house, clock):
    """The API on both engines."""
    made = await Api(house, clock).open()
    yield made
    await made.close()


@pytest.fixture
async def quick(sqlite_house, clock):
    """The API on SQLite, for what does not depend on the engine."""
    made = await Api(sqlite_house, clock).open()
    yield made
    await made.close()


def problem(answer, status, slug):
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == f"urn:polyshare:problem:{slug}"
    return answer.json()


async def test_a_link_lives_from_making_to_taking_away(api):
    folder = await api.folder("photos")
    await api.file("sea.txt", b"waves", parent=folder)
    client = api.client()

    made = await client.post("/links", json={"path": "photos/sea.txt", "name": "for Bob", "uses": 2})
    changed = await client.patch(f"/links/{made.json()['id']}", json={"uses": 0, "gives": "view"})
    listed = await client.get("/links")
    gone = await client.delete(f"/links/{made.json()['id']}")

    assert made.status_code == 201
    assert made.json() == {
        "id": made.json()["id"],
        "url": made.json()["url"],
        "name": "for Bob",
        "share": None,
        "item": {"name": "sea.txt", "kind": "file", "size": 5},
        "others": 0,
        "gives": "download",
        "audience": "anyone",
        "readers": [],
        "password": False,
        "expires_at": None,
        "uses_left": 2,
        "opened": 0,
        "opened_at": None,
        "created_at": "2026-01-01T12:00:00Z",
        "modified_at": "2026-01-01T12:00:00Z",
    }
    assert made.json()["url"].startswith("http://127.0.0.1:8300/l/")
    assert (changed.json()["uses_left"], changed.json()["gives"]) == (None, "view")
    assert listed.json() == {"items": [changed.json()], "next": None}
    assert gone.status_code == 204
    problem(await client.get(f"/links/{made.json()['id']}"), 404, "not-found")
    assert (await client.get("/links")).json()["items"] == []


async def test_its_maker_sees_how_often_and_when_a_link_was_opened(api):
    link = await api.link(await api.file("note.txt"))
    for _ in range(2):
        api.clock.pass_s(60)
        await api.browser().get(at(link))

    shown = (await api.client().get(f"/links/{link.public_id}")).json()

    assert (shown["opened"], shown["opened_at"]) == (2, "2026-01-01T12:02:00Z")


async def share(api, *nodes, audience=Audience.ANYONE, readers=(), **more):
    """A share of Ann's by link with these nodes in it, opened by a permission on each."""

    async def make(work):
        things = tuple(Thing(f"key {node}", node) for node in nodes)
        new = NewLinkShare(await _device(work, api.ann), things, audience, readers, "{}", **more)
        made = await linking.offer(work, new)
        for node in nodes:
            await permitting.permit(work, await access.reach(work, api.ann, node), Entity.LINK, made.entity)
        return made

    return await api.write(make)


async def _device(work, person):
    return (await drives.first_of(work.rows, person)).device


async def only(api):
    """Ann's one link."""
    [found] = (await api.client().get("/links")).json()["items"]
    return found


async def test_the_owner_of_a_share_sees_what_its_link_leads_to_and_how_often_it_was_opened(api):
    made = await share(api, await api.file("sea.txt", b"waves"), await api.file("sky.txt"))
    for _ in range(3):
        api.clock.pass_s(60)
        await api.browser().get(f"/action/share/{made.public_id}")

    found = await only(api)

    assert found == (await api.client().get(f"/links/{found['id']}")).json()
    assert found["url"] == f"http://127.0.0.1:8300/action/share/{made.public_id}"
    assert (found["share"], found["gives"], found["others"]) == (made.public_id, "download", 1)
    assert found["item"] == {"name": "sea.txt", "kind": "file", "size": 5}
    assert (found["opened"], found["opened_at"]) == (3, "2026-01-01T12:03:00Z")


async def test_links_of_shares_and_of_files_are_one_list(api):
    file = await api.file("note.txt")
    await api.link(file, name="first")
    made = await share(api, file)
    await api.link(file, name="last")

    rows = (await api.client().get("/links")).json()["items"]

    assert [(row["name"], row["share"]) for row in rows] == [
        ("last", None), ("", made.public_id), ("first", None),
    ]  # fmt: skip


async def test_what_a_share_names_and_its_owner_does_not_reach_is_not_told(api):
    await share(api)
    other = await api.person("cid")
    theirs = (await api.house.write(None, lambda work: filing.home(work, other))).root
    things = (Thing("theirs", theirs),)
    new = NewLinkShare("device", things, Audience.ANYONE, (), "{}")
    await api.write(lambda work: linking.offer(work, new))

    rows = (await api.client().get("/links")).json()["items"]

    assert [(row["item"], row["others"]) for row in rows] == [(None, 0), (None, 0)]


async def test_the_link_of_a_share_is_changed_in_all_that_it_can_be(api):
    made = await share(api, await api.file("note.txt", b"words"), audience=Audience.LISTED, readers=(Reader(None, "auth0|x"),))  # fmt: skip
    client, address = api.client(), f"/action/share/{made.public_id}"
    ident = (await only(api))["id"]

    kept = (await client.patch(f"/links/{ident}", json={"name": "old", "uses": 5})).json()
    bob = (await client.patch(f"/links/{ident}", json={"readers": ["bob"]})).json()
    wide = (await client.patch(f"/links/{ident}", json={"audience": "signed_in", "uses": 0})).json()
    stranger = await api.browser().get(address)
    coded = (await client.patch(f"/links/{ident}", json={"audience": "anyone", "password": PASSWORD})).json()
    asked = await api.browser().get(address)
    ended = await client.patch(f"/links/{ident}", json={"expires_at": "2025-01-01T00:00:00Z"})

    assert (kept["name"], kept["uses_left"], kept["readers"]) == ("old", 5, ["auth0|x"])
    assert bob["readers"] == [await _subject(api, "bob")]
    assert (wide["audience"], wide["readers"], wide["uses_left"]) == ("signed_in", ["somebody"], None)
    assert "words" not in stranger.text
    assert (coded["audience"], coded["readers"], coded["password"]) == ("anyone", [], True)
    assert 'type="password"' in asked.text
    assert (await client.get(f"/links/{ident}")).json() == ended.json()


async def _subject(api, login):
    async def look(work):
        return await verifying.subject_of(work, (await enrolling.show(work, login)).id)

    return await api.house.read(None, look)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"gives": "view"}, "/gives"),
        ({"gives": "drop"}, "/gives"),
        ({"audience": "listed"}, "/readers"),
        ({"audience": "listed", "readers": ["crew"]}, "/readers/0"),
        ({"audience": "listed", "readers": ["nobody"]}, "/readers/0"),
    ],
)
async def test_what_the_link_of_a_share_can_not_be_is_refused(quick, body, pointer):
    await share(quick, await quick.file("note.txt"))
    await directing.changing(
        quick.house, None, lambda work: directing.add(work, NewPrincipal(Kind.GROUP, "crew", "crew"))
    )

    answer = await quick.client().patch(f"/links/{(await only(quick))['id']}", json=body)

    assert problem(answer, 422, "invalid")["pointer"] == pointer


async def test_taking_the_link_of_a_share_away_takes_the_share_along_also_after_its_end(api):
    made = await share(api, await api.file("note.txt"), expires_at=api.clock.now + 1_000_000)
    api.clock.pass_s(2)
    ident = (await only(api))["id"]

    others = await api.client(BOB).delete(f"/links/{ident}")
    gone = await api.client().delete(f"/links/{ident}")

    assert (others.status_code, gone.status_code) == (404, 204)
    assert (await api.client().get("/links")).json()["items"] == []
    with pytest.raises(NotFound):
        await api.house.read(None, lambda work: linking.find(work, made.public_id))


async def test_a_password_is_set_kept_and_taken_away(api):
    await api.file("note.txt", b"words")
    client, browser = api.client(), api.browser()
    made = (await client.post("/links", json={"path": "note.txt", "password": PASSWORD})).json()
    address = made["url"].removeprefix("http://127.0.0.1:8300")

    asked = await browser.get(address)
    kept = (await client.patch(f"/links/{made['id']}", json={"name": "new"})).json()
    still = await browser.get(address)
    opened = (await client.patch(f"/links/{made['id']}", json={"password": ""})).json()

    assert made["password"]
    assert kept["password"]
    assert not opened["password"]
    assert all('type="password"' in page.text for page in (asked, still))
    assert "words" in (await browser.get(address)).text


async def test_a_change_lifts_no_limit_that_it_does_not_name(api):
    file = await api.file("note.txt", b"words")
    link = await api.link(file, uses=1)
    await api.browser().post(at(link))

    renamed = (await api.client().patch(f"/links/{link.public_id}", json={"name": "new"})).json()
    shut = await api.browser().get(at(link))
    more = (await api.client().patch(f"/links/{link.public_id}", json={"uses": 2})).json()

    assert renamed["uses_left"] == 0
    assert shut.status_code == 410
    assert more["uses_left"] == 2


async def test_an_expiry_is_set_kept_and_lifted(quick):
    await quick.file("note.txt")
    client = quick.client()
    made = (
        await client.post("/links", json={"path": "note.txt", "expires_at": "2026-02-01T00:00:00+01:00"})
    ).json()

    kept = (await client.patch(f"/links/{made['id']}", json={})).json()
    wrong = await client.patch(f"/links/{made['id']}", json={"expires_at": "2026-02-01"})
    lifted = (await client.patch(f"/links/{made['id']}", json={"expires_at": "never"})).json()

    assert made["expires_at"] == kept["expires_at"] == "2026-01-31T23:00:00Z"
    assert lifted["expires_at"] is None
    assert problem(wrong, 422, "invalid")["pointer"] == "/expires_at"


async def test_a_link_for_some_people_names_them(quick):
    await quick.file("note.txt")
    client = quick.client()

    made = await client.post("/links", json={"path": "note.txt", "audience": "listed", "readers": ["bob"]})
    wider = await client.patch(f"/links/{made.json()['id']}", json={"audience": "anyone"})
    unknown = await client.post(
        "/links", json={"path": "note.txt", "name": "2", "audience": "listed", "readers": ["bob", "nobody"]}
    )

    assert made.json()["readers"] == ["bob"]
    assert (wider.json()["audience"], wider.json()["readers"]) == ("anyone", [])
    assert problem(unknown, 422, "invalid")["pointer"] == "/readers/1"


async def test_lists_come_in_pages_newest_first(api):
    file = await api.file("note.txt")
    for number in range(5):
        await api.link(file, name=f"n{number}")
    client = api.client()

    names, after = [], ""
    while after is not None:
        page = (await client.get("/links", params={"limit": 2, "after": after})).json()
        names.append([one["name"] for one in page["items"]])
        after = page["next"]

    assert names == [["n4", "n3"], ["n2", "n1"], ["n0"]]


async def test_nobody_sees_or_changes_the_links_of_others(api):
    link = await api.link(await api.file("note.txt"))
    bob = api.client(BOB)

    answers = [
        await bob.get(f"/links/{link.public_id}"),
        await bob.patch(f"/links/{link.public_id}", json={"name": "mine"}),
        await bob.delete(f"/links/{link.public_id}"),
        await bob.post("/links", json={"path": f"/{await _drive_of(api)}/note.txt"}),
    ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert (await bob.get("/links")).json()["items"] == []
    assert (await api.as_it_is(link)).name == ""


async def _drive_of(api):
    return (await api.house.read(None, lambda work: drives.first_of(work.rows, api.ann))).id


async def test_a_path_may_begin_with_the_number_of_a_drive(quick):
    await quick.file("note.txt")

    made = await quick.client().post("/links", json={"path": f"/{await _drive_of(quick)}/note.txt"})

    assert made.json()["item"]["name"] == "note.txt"


async def test_a_narrowed_or_missing_token_opens_nothing_and_one_that_reads_changes_nothing(quick):
    await quick.file("note.txt")
    body = {"path": "note.txt"}

    problem(await quick.client(NARROW).get("/links"), 403, "denied")
    problem(await quick.client("unknown").get("/links"), 401, "unknown-credential")
    problem(await quick.client(READ).post("/links", json=body), 403, "read-only")
    assert (await quick.client(READ).get("/links")).status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        (b"{", 422, None),
        (b"{}", 422, "/path"),
        (b'{"path": 1}', 422, "/path"),
        (b'{"path": "nothing"}', 404, None),
        (b'{"path": "/nothing"}', 404, None),
        (b'{"path": "/99999999999999999999/x"}', 404, None),
        (b'{"path": "a/../note.txt"}', 422, "/path"),
        (b'{"path": "note.txt", "gives": "all"}', 422, "/gives"),
        (b'{"path": "note.txt", "uses": -1}', 422, "/uses"),
        (b'{"path": "note.txt", "uses": 99999999999999999999}', 422, "/uses"),
        (b'{"path": "note.txt", "password": "short"}', 422, "/password"),
        (b'{"path": "note.txt", "audience": "listed"}', 422, "/readers"),
        (b'{"path": "note.txt", "readers": ["bob"]}', 422, "/readers"),
        (b'{"path": "note.txt", "name": "\\u0000"}', 422, "/name"),
        (b'{"path": "note\\u0000.txt"}', 422, "/path"),
        (b'{"path": "note.txt", "expires_at": "tomorrow"}', 422, "/expires_at"),
        (b'{"path": "note.txt", "more": 1}', 422, None),
    ],
)
async def test_bad_input_gets_a_problem(quick, body, status, pointer):
    await quick.file("note.txt")

    answer = await quick.client().post("/links", content=body)

    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json().get("pointer") == pointer


async def test_odd_ids_are_not_found(quick):
    for ident in ("x", "%00", "%ff", "x" * 500):
        problem(await quick.client().get(f"/links/{ident}", headers=HTML), 404, "not-found")


def test_the_document_and_the_calls_agree():
    document = json.loads(DOCUMENT.read_text("utf-8"))
    told = {
        (method.upper(), path): call
        for path, calls in document["paths"].items()
        for method, call in calls.items()
    }

    assert told.keys() == {(rule.method, rule.path) for rule in me.RULES}
    for rule in me.RULES:
        call = told[rule.method, rule.path]
        assert str(rule.status) in call["responses"]
        assert ({"408", "413"} <= call["responses"].keys()) is (rule.body is not None)


def test_the_document_tells_every_field():
    schemas = json.loads(DOCUMENT.read_text("utf-8"))["components"]["schemas"]
    structs = (link_shapes.NewLink, link_shapes.LinkChange, link_shapes.LinkOut, link_shapes.LinkedItem)

    for each in structs:
        assert issubclass(each, msgspec.Struct)
        assert list(schemas[each.__name__]["properties"]) == list(each.__struct_fields__)
