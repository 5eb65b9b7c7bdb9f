"""People with drives, and what they reach, for tests of the file tree."""

from polyshare.domain.directory import NewPerson, NewPrincipal
from polyshare.domain.nodes import Reach
from polyshare.domain.permissions import Permission
from polyshare.domain.principals import Access, Actor, Kind
from polyshare.engine import directing, enrolling, filing
from polyshare.store import groups, nodes


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
            return await filing.move(work, await owned(work, node), await owned(work, into), **more)

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
