"""Ann's drive with real files in it, links on what lies there, and browsers and programs that come by them."""

import io
from dataclasses import replace

import httpx
from PIL import Image

from polyshare.domain.directory import NewPerson
from polyshare.domain.links import Audience, LinkTerms
from polyshare.domain.nodes import Reach
from polyshare.domain.permissions import Permission
from polyshare.domain.principals import Access, Actor
from polyshare.engine.content import storing
from polyshare.engine.credentials import hashing, staying
from polyshare.engine.directory import directing, enrolling
from polyshare.engine.links import joining, publishing
from polyshare.engine.tree import filing
from polyshare.store.tree import nodes
from polyshare.web import sessions
from polyshare.web.links import LinkPages

VIEW, DOWNLOAD, EDIT = Permission.VIEW, Permission.DOWNLOAD, Permission.EDIT
PLAIN = LinkTerms(Audience.ANYONE, DOWNLOAD)
PASSWORD = "correct horse"
HTML = {"accept": "text/html,application/xhtml+xml;q=0.9"}


def a_picture(width=40, height=30, kind="PNG", mode="RGB", **more):
    """The bytes of a picture."""
    made = io.BytesIO()
    Image.new(mode, (width, height), "teal").save(made, kind, **more)
    return made.getvalue()


async def pieces(content):
    """Bytes as they arrive over a network."""
    for at in range(0, len(content), 1000):
        yield content[at : at + 1000]


class Desk:
    """Ann's home, and who opens what she shares; clients end with `close`."""

    ann: int
    root: int

    def __init__(self, house, clock):
        self.house, self.clock = house, clock
        self._clients = []

    async def open(self):
        self.ann = await self.person("ann", "Ann")
        self.root = (await self.write(lambda work: filing.home(work, self.ann))).root
        return self

    async def close(self):
        for client in self._clients:
            await client.aclose()

    async def person(self, login, name=None, password=None):
        """A user's id."""
        hashed = None if password is None else await hashing.hash_password(self.house, password)
        new = NewPerson(login, name or login.capitalize(), password_hash=hashed)
        made = await directing.changing(self.house, None, lambda work: enrolling.enroll(work, new))
        return made.id

    async def write(self, job):
        """A transaction of Ann's."""
        return await self.house.write(Actor(self.ann, "ann", 1, Access.EDIT, False, False), job)

    async def folder(self, name, parent=None):
        """A folder's id."""

        async def job(work):
            return await filing.create_folder(work, await self._owned(work, parent or self.root), name)

        return (await self.write(job)).id

    async def file(self, name, content=b"some words\n", mime="", parent=None):
        """A file with these very bytes; its id."""
        staged = await storing.stage(self.house, pieces(content))

        async def job(work):
            return await storing.keep(work, await self._owned(work, parent or self.root), name, staged, mime)

        return (await self.write(job)).id

    async def link(self, node, terms=PLAIN, password=None, **more):
        """A link on a node; `more` changes the terms."""
        code = None if password is None else await publishing.hash_code(self.house, password)
        terms = replace(terms, code_hash=code, **more)

        async def job(work):
            return await publishing.create(work, await self._owned(work, node), terms)

        return await self.write(job)

    async def invitation(self, path, permissions=DOWNLOAD):
        """A link that joins, to a folder by its path in Ann's home."""
        drive = await self.write(lambda work: filing.home(work, self.ann))
        link = await self.write(lambda work: joining.create(work, f"/{drive.id}/{path}"))
        if permissions is not DOWNLOAD:
            await self.write(lambda work: joining.revise(work, link.token, permissions, None))
        return link

    async def change_password(self, link, password):
        """Give a link another password; the new hash."""
        code = await publishing.hash_code(self.house, password)
        terms = LinkTerms(link.audience, link.permissions, code_hash=code)
        await self.write(lambda work: publishing.change(work, self.ann, link.id, terms, keep_code=False))
        return code

    async def remove(self, link):
        """Take a link away."""
        await self.write(lambda work: publishing.remove(work, self.ann, link.id))

    async def as_it_is(self, link):
        """A link as its row has it now."""
        return await self.house.read(None, lambda work: publishing.find(work, link.id))

    async def _owned(self, work, node):
        found = await nodes.one(work.rows, node)
        return Reach(found, Permission.MANAGE.closed, owner=True, top=False)

    def browser(self, address="127.0.0.1"):
        """A person's browser, which keeps cookies and does not follow by itself."""
        return self._client(HTML, address)

    async def signed_in(self, person):
        """The browser of somebody who has signed in."""
        secret = await staying.begin(self.house, Actor(person, "login", -person, Access.EDIT, False, False))
        browser = self.browser()
        browser.cookies.set(sessions.SESSION, secret)
        return browser

    def program(self):
        """What curl sends."""
        return self._client({"accept": "*/*"})

    def _client(self, headers, address="127.0.0.1"):
        app = LinkPages(self.house)
        transport = httpx.ASGITransport(app, raise_app_exceptions=True, client=(address, 1))
        client = httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers)
        self._clients.append(client)
        return client


def at(link, *rest):
    """The address of a link, or of something behind it; nodes are named by their ids."""
    return "/".join([f"/l/{link.token}", *(f"{one:x}" if isinstance(one, int) else one for one in rest)])
