"""The page of a link that joins: who sees what there, and what comes of accepting."""

import re
from contextlib import aclosing

import pytest

from polyshare.domain.delivery import Consent
from polyshare.domain.folder_shares import FolderOrder, FolderShareFilter
from polyshare.domain.permissions import Permission
from polyshare.domain.principals import Access, Actor
from polyshare.domain.views import Sorting, Window
from polyshare.engine.links import joining, redeeming
from polyshare.engine.sharing import surveying
from polyshare.engine.tree import filing
from polyshare.web import sessions
from tests.web.linking import Desk

READ, EDIT = Permission.DOWNLOAD, Permission.EDIT
EVERYTHING = FolderShareFilter()
UNKNOWN = "k" * 32


class Inviting(Desk):
    """Ann, who hands out links to a folder, and Bob, who has signed in."""

    bob: int

    async def begin(self):
        await self.open()
        self.bob = await self.person("bob", "Bob")
        self.drive = (await self.write(lambda work: filing.home(work, self.ann))).id
        await self.folder("Summer at the sea")
        return self

    async def aclose(self):
        await self.close()

    async def invited(self, permissions=READ, name="Summer at the sea"):
        """A link that joins."""
        return await self.invitation(name, permissions)

    async def received(self):
        """What Bob has been offered."""

        async def look(work):
            order = Sorting(FolderOrder.PATH)
            return await surveying.page(work, self.bob, EVERYTHING, order, Window(0, 10), updates=False)

        return (await self.house.read(None, look))[0]

    async def bobs(self):
        """Bob's browser."""
        return await self.signed_in(self.bob)


def at(link):
    """The address of an invitation."""
    return f"/app/shares/invite/{link.token}"


async def form_of(browser, link, **headers):
    """What stands in the page's form."""
    page = await browser.get(at(link), headers=headers)
    assert page.status_code == 200, page.text
    return {"form": re.search(r'name="form" value="([^"]+)"', page.text)[1]}


async def accepted(browser, link, **headers):
    """Accept as a browser does; where it is sent."""
    return await browser.post(at(link), data=await form_of(browser, link), headers=headers)


@pytest.fixture
async def desk(house, clock):
    """Ann's folder on both engines."""
    async with aclosing(Inviting(house, clock)) as made:
        yield await made.begin()


@pytest.fixture
async def quick(sqlite_house, clock):
    """Ann's folder on SQLite, for what does not depend on the engine."""
    async with aclosing(Inviting(sqlite_house, clock)) as made:
        yield await made.begin()


# What is shown, and to whom


async def test_who_is_signed_in_sees_who_invites_to_what_with_which_rights(quick):
    browser = await quick.bobs()

    reading = await browser.get(at(await quick.invited()))
    editing = await browser.get(at(await quick.invited(EDIT)))

    for page in (reading, editing):
        assert page.status_code == 200
        assert "<h1>Ann invites you to Summer at the sea</h1>" in page.text
        assert "11 January 2026, 12:00 UTC" in page.text
        assert "signed in as <strong>Bob</strong>" in page.text
    assert "You can open and download what is in it.<" in reading.text
    assert "and add, change and remove files there.<" in editing.text
    assert await quick.received() == []  # looking accepts nothing


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
async def test_strangers_are_asked_to_sign_in_and_learn_nothing_not_even_whether_it_exists(quick, method):
    known, unknown = at(await quick.invited()), f"/app/shares/invite/{UNKNOWN}"
    before = quick.house.database.statements

    there, nowhere = [await quick.browser().request(method, path) for path in (known, unknown)]
    plain = [await quick.program().request(method, path) for path in (known, unknown)]

    assert there.status_code == nowhere.status_code == 403
    assert there.text == nowhere.text.replace(unknown.replace("/", "%2F"), known.replace("/", "%2F")).replace(
        unknown, known
    )
    assert plain[0].status_code == plain[1].status_code == 403
    assert plain[0].text == plain[1].text
    assert quick.house.database.statements == before
    for word in ("Ann", "Summer"):
        assert word not in there.text + plain[0].text
    if method != "HEAD":
        assert f'href="/sign-in?next={known}"' in there.text
        assert plain[0].text.count("\n") == 1
        assert plain[0].headers["content-type"] == "text/plain; charset=utf-8"


async def test_what_has_ended_was_taken_back_or_never_was_looks_the_same(quick, clock):
    taken, ended = await quick.invited(), await quick.invited()
    await quick.write(lambda work: joining.remove(work, taken.token))
    never = "/app/shares/invite/"
    clock.now = ended.expires_at
    browser, program = await quick.bobs(), await quick.bobs()
    program.headers["accept"] = "*/*"
    paths = [at(taken), at(ended), never + UNKNOWN, f"{never}%C3%A9", f"{at(ended)}/more", f"{never}..%2Fx"]

    pages = [await browser.get(path) for path in paths]
    lines = [await program.get(path) for path in paths]
    sent = [await browser.post(path) for path in paths[:3]]

    assert {page.status_code for page in (*pages, *lines)} == {404}
    assert len({page.text for page in pages}) == len({line.text for line in lines}) == 1
    assert "does not exist, has ended, or was taken back" in pages[0].text
    assert all(answer.status_code == 404 for answer in sent)
    assert "Ann" not in pages[0].text


async def test_the_bare_address_leads_nowhere(quick):
    browser = await quick.bobs()

    for path in ("/app/shares/invite", "/app/shares/invite/"):
        answer = await browser.get(path)
        assert answer.status_code == 404
        assert "There is nothing here" in answer.text


async def test_who_made_it_sees_the_invitation_and_no_button(quick):
    link = await quick.invited(EDIT)
    browser = await quick.signed_in(quick.ann)

    page = await browser.get(at(link))

    assert "Your invitation to Summer at the sea" in page.text
    assert "They can open and download" in page.text
    assert "<form" not in page.text
    assert f"/{quick.drive}/Summer at the sea" in page.text


async def test_names_are_written_so_that_nothing_in_them_counts(quick):
    await quick.folder("<b>l\u202egpj.exe")
    link = await quick.invited(name="<b>l\u202egpj.exe")

    page = await (await quick.bobs()).get(at(link))

    assert "&lt;b&gt;l\N{REPLACEMENT CHARACTER}gpj.exe" in page.text
    assert "\u202e" not in page.text
    assert "<b>l" not in page.text


async def test_nobody_else_learns_the_address_and_nothing_runs(quick):
    link = await quick.invited()

    for answer in (await (await quick.bobs()).get(at(link)), await quick.browser().get(at(link))):
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-robots-tag"] == "noindex, nofollow, noarchive"
        assert answer.headers["cache-control"] == "private, no-cache"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "script" not in answer.headers["content-security-policy"]
        assert "<script" not in answer.text


async def test_programs_get_a_line(quick):
    link = await quick.invited()
    bob, ann = await quick.bobs(), await quick.signed_in(quick.ann)
    for program in (bob, ann):
        program.headers["accept"] = "*/*"

    invited, own = await bob.get(at(link)), await ann.get(at(link))
    await redeeming.redeem(quick.house, Actor(quick.bob, "bob", 1, Access.EDIT, False, False), link.token)
    there = await bob.get(at(link))

    assert invited.text == "Ann invites you to Summer at the sea. Open this address in a browser to accept.\n"
    assert own.text.startswith("This is your invitation to Summer at the sea;")
    [share] = await quick.received()
    assert there.text == f"Ann shares Summer at the sea with you; it is at {share.location}.\n"


# Accepting


async def test_who_accepts_has_the_folder_and_is_told_where(desk):
    link = await desk.invited(EDIT)
    browser = await desk.bobs()

    answer = await accepted(browser, link)
    after = await browser.get(answer.headers["location"])
    again = await browser.get(at(link))

    assert answer.status_code == 303
    assert answer.headers["location"] == f"{at(link)}?accepted"
    [share] = await desk.received()
    assert (share.owner, share.recipient, share.consent) == ("ann", "bob", Consent.GIVEN)
    assert share.permissions == EDIT
    for page in (after, again):
        assert f"<code>{share.location}</code>" in page.text
        assert "<form" not in page.text
    assert "You have this folder now." in after.text
    assert "You have this folder now." not in again.text


async def test_accepting_twice_leaves_one_share(desk):
    link = await desk.invited()
    browser = await desk.bobs()
    form = await form_of(browser, link)

    answers = [await browser.post(at(link), data=form) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert len(await desk.received()) == 1


@pytest.mark.parametrize(
    ("form", "headers"),
    [
        ({}, {}),
        ({"form": ""}, {}),
        ({"form": "0" * 64}, {}),
        ({"form": "\ud800".encode("utf-8", "surrogatepass").decode("latin-1")}, {}),
        (None, {"sec-fetch-site": "cross-site"}),
        (None, {"sec-fetch-site": "same-site"}),
    ],
)
async def test_a_form_of_somebody_elses_accepts_nothing(quick, form, headers):
    link = await quick.invited()
    browser = await quick.bobs()
    ours = await form_of(browser, link)

    answer = await browser.post(at(link), data=ours if form is None else form, headers=headers)

    assert answer.status_code == 403
    assert await quick.received() == []
    if headers.get("sec-fetch-site") != "cross-site":
        assert 'role="alert">This form was no longer good; please try again.' in answer.text
        assert "Accept</button>" in answer.text


async def test_the_form_of_one_browser_is_not_good_in_another(quick):
    link = await quick.invited()
    form = await form_of(await quick.bobs(), link)
    other = await quick.bobs()
    await other.get(at(link))

    assert (await other.post(at(link), data=form)).status_code == 403
    assert await quick.received() == []


async def test_who_made_it_can_not_accept_it(quick):
    link = await quick.invited()
    bob, ann = await quick.bobs(), await quick.signed_in(quick.ann)
    form = await form_of(bob, link)
    ann.cookies.set(sessions.FORM, bob.cookies[sessions.FORM])

    answer = await ann.post(at(link), data=form)

    assert answer.status_code == 400
    assert "This is your own link" in answer.text
    assert await quick.received() == []


async def test_a_form_with_more_fields_than_any_of_ours_is_refused(quick):
    link = await quick.invited()

    answer = await (await quick.bobs()).post(at(link), content="&".join(["a=1"] * 100_000))

    assert answer.status_code == 400
    assert "too many fields" in answer.text


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_it_is_got_and_posted_and_nothing_else(quick, method):
    answer = await (await quick.bobs()).request(method, at(await quick.invited()))

    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, POST"
