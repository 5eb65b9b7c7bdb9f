"""People with drives, and what they reach, for tests of the file tree."""

from dataclasses import replace

from polyshare.domain.directory import NewPerson, NewPrincipal
from polyshare.domain.nodes import NodeKind, Reach, Taken
from polyshare.domain.permissions import Permission
from polyshare.domain.principals import Access, Actor, Kind
from polyshare.domain.views import Window
from polyshare.engine.directory import directing, enrolling
from polyshare.engine.tree import browsing, copying, filing, moving, searching
from polyshare.engine.tree.placing import locked, settled_name
from polyshare.store.directory import groups
from polyshare.store.shares import listing
from polyshare.store.statements import statement
from polyshare.store.tree import nodes


async def a_person(house, login, name=""):
    """A new user's id."""
    made = await directing.changing(
        house, None, lambda work: enrolling.enroll(work, NewPerson(login, name or login.capitalize()))
    )
    return made.id


async def a_group(house, name, *members):
    """A new group's id."""

    async def job(work):
        made = await directing.add(work, NewPrincipal(Kind.GROUP, name, name))
        for member in members:
            await work.rows.run(groups.ADD, group=made.id, member=member)
        return made.id

    return await directing.changing(house, None, job)


def acting(person):
    """The user as the one who calls."""
    return Actor(person, "login", 1, Access.EDIT, False, False)


async def owned(work, node):
    """The owner's reach of a node."""
    found = await nodes.one(work.rows, node)
    return Reach(found, Permission.MANAGE.closed, owner=True, top=False)


class Tree:
    """What one person does in trees of its own, each verb in a transaction of its own."""

    def __init__(self, house, person):
        self.house, self.person = house, person

    async def write(self, job):
        return await self.house.write(acting(self.person), job)

    async def root(self):
        return (await self.write(lambda work: filing.home(work, self.person))).root

    async def node(self, node):
        return await self.house.read(None, lambda work: nodes.one(work.rows, node))

    async def folder(self, parent, name, **more):
        async def job(work):
            return await filing.create_folder(work, await owned(work, parent), name, **more)

        return await self.write(job)

    async def rename(self, node, *args, **more):
        async def job(work):
            return await filing.rename(work, await owned(work, node), *args, **more)

        return await self.write(job)

    async def move(self, node, into, **more):
        async def job(work):
            return await moving.move(work, await owned(work, node), await owned(work, into), **more)

        return await self.write(job)

    async def trash(self, node):
        async def job(work):
            return await filing.trash(work, await owned(work, node))

        return await self.write(job)

    async def restore(self, node):
        async def job(work):
            return await filing.restore(work, await filing.in_trash(work, self.person, node))

        return await self.write(job)

    async def remove(self, node):
        async def job(work):
            await filing.remove(work, await filing.in_trash(work, self.person, node))

        return await self.write(job)

    async def file(self, parent, name, size=0):
        """A file with bytes of its own, which are nowhere."""

        async def job(work):
            [place] = await locked(work, parent)
            name_ = await settled_name(work, parent, name, Taken.NUMBER)
            id_, blob = work.new_id(), work.new_id()
            node = filing.new_node(work, place.node, parent, id_, NodeKind.FILE, name_)
            node = replace(node, size=size, version=1, mime="text/plain")
            await nodes.add(work.rows, [node])
            await work.rows.run(ADD_BLOB, id=blob, key=f"{blob:032x}", size=size, now=work.now)
            await work.rows.run(ADD_VERSION, node=id_, blob=blob, size=size, by=self.person, now=work.now)
            await nodes.grow(work.rows, parent, size, 1)
            return node

        return await self.write(job)

    async def copy(self, node, into, **more):
        async def reaches(work):
            return await owned(work, node), await owned(work, into)

        source, target = await self.house.read(None, reaches)
        return await copying.copy(self.house, acting(self.person), source, target, **more)

    async def children(self, folder, *, skip=0, limit=None, after=None, **more):
        async def job(work):
            window = Window(skip, limit, after)
            return await browsing.children(work, await owned(work, folder), window=window, **more)

        return await self.house.read(acting(self.person), job)

    async def at_top(self, *, skip=0, limit=None, **more):
        async def job(work):
            return await browsing.at_top(work, self.person, window=Window(skip, limit), **more)

        return await self.house.read(acting(self.person), job)

    async def search(self, words, within=None, *, skip=0, limit=None, **more):
        async def job(work):
            reach = await owned(work, within) if within else None
            return await searching.search(work, self.person, words, reach, window=Window(skip, limit), **more)

        return await self.house.read(acting(self.person), job)


async def share(house, node, principal, permissions=Permission.VIEW):
    """Let a user or group have a share of a node, in place at once; the share's id."""

    async def job(work):
        owner = (await nodes.one(work.rows, node)).owner
        share_id, item_id, grant_id = work.new_id(), work.new_id(), work.new_id()
        for table, values in {
            "share": {
                "id": share_id,
                "public_id": work.new_public_id(),
                "owner": owner,
                "created_by": owner,
                "name": "",
                "consent": "given",
                "permissions": 1,
            },
            "item": {
                "id": item_id,
                "public_id": work.new_public_id(),
                "share": share_id,
                "kind": "node",
                "key": str(node),
                "owner": owner,
                "meta": "{}",
                "revision": 1,
                "node": node,
            },
            "share_grant": {
                "id": grant_id,
                "public_id": work.new_public_id(),
                "share": share_id,
                "principal": principal,
                "permissions": int(permissions),
                "consent": "given",
                "delivery": "delivered",
                "generation": 1,
                "error": "",
                "attempts": 0,
                "joined_at": work.now,
            },
        }.items():
            row = {**values, "created_at": work.now, "modified_at": work.now}
            text = f"insert into {table} ({', '.join(row)}) values ({', '.join(f':{name}' for name in row)})"
            await work.rows.run(statement(f"test.{table}", text), **row)
        await work.rows.run(CLAIM, node=node, principal=principal, share=share_id)
        await listing.add(work.rows, share_id, False, senders=[owner], receivers=[principal])
        return share_id

    return await house.write(None, job)


CLAIM = statement(
    "test.claim", "insert into claim (node, principal, share) values (:node, :principal, :share)"
)
ADD_BLOB = statement(
    "test.blob",
    "insert into blob (id, key, size, sha256, created_at) values (:id, :key, :size, '', :now)",
)
ADD_VERSION = statement(
    "test.version",
    """
    insert into version (node, number, blob, size, mime, created_by, created_at)
    values (:node, 1, :blob, :size, 'text/plain', :by, :now)
    """,
)
