"""People, groups, drives and nodes for tests, and shares of nodes as plain rows, in whatever state a test wants."""

from itertools import count

from polyshare.domain.directory import NewPerson, NewPrincipal
from polyshare.domain.permissions import Permission
from polyshare.domain.principals import Access, Actor, Kind, Status
from polyshare.engine.directory import directing, enrolling
from polyshare.engine.tree import access
from polyshare.store.directory import groups
from polyshare.store.statements import statement

ADD_DRIVE = statement(
    "test.add_drive",
    """
    insert into drive (id, owner, root, title, device, created_at, modified_at)
    values (:id, :owner, :root, 'Drive', :device, :now, :now)
    """,
)
ADD_NODE = statement(
    "test.add_node",
    """
    insert into node (id, drive, parent, kind, name, name_folded, description, mime, size, children, version,
      created_by, modified_by, created_at, modified_at)
    values (:id, :drive, :parent, :kind, :name, :name, '', '', 0, 0, 0, :owner, :owner, :now, :now)
    """,
)
SET_STATUS = statement("test.set_status", "update principal set status = :status where id = :id")
COUNT_CHILD = statement("test.count_child", "update node set children = children + 1 where id = :parent")
MOVE = statement("test.move", "update node set parent = :parent where id = :node")
TRASH = statement("test.trash", "update node set trashed_at = :at where id = :node")
ADD_SHARE = statement(
    "test.add_share",
    """
    insert into share (id, public_id, owner, created_by, name, consent, permissions, created_at, modified_at, leaving_at)
    values (:id, :public_id, :owner, :owner, '', 'given', 1, :now, :now, :leaving_at)
    """,
)
ADD_ITEM = statement(
    "test.add_item",
    """
    insert into item (id, public_id, share, kind, key, owner, meta, revision, created_at, modified_at, leaving_at, node)
    values (:id, :public_id, :share, 'node', :key, :owner, '', 1, :now, :now, :leaving_at, :node)
    """,
)
ADD_GRANT = statement(
    "test.add_grant",
    """
    insert into share_grant (id, public_id, share, principal, permissions, consent, delivery, generation, error,
      attempts, joined_at, created_at, modified_at, leaving_at)
    values (:id, :public_id, :share, :principal, :permissions, :consent, :delivery, 1, '', 0, :joined_at, :now, :now,
      :leaving_at)
    """,
)
ADD_LINK = statement(
    "test.add_link",
    """
    insert into link (id, public_id, node, token, token_hash, name, audience, permissions, drops, expires_at, opened,
      created_by, created_at, modified_at)
    values (:id, :public_id, :node, '', :public_id, '', 'anyone', :permissions, 0, :expires_at, 0, :owner, :now, :now)
    """,
)


class Trees:
    """A house with people in it, and the rows of trees."""

    def __init__(self, house):
        self.house = house
        self._numbers = count(1)

    async def write(self, statement, **values):
        """One statement in a transaction of its own."""
        return await self.house.database.write(lambda rows: rows.run(statement, **values))

    async def person(self, login, *, name=None, email="", status=Status.ACTIVE):
        """A user; its id."""
        new = NewPerson(login, name or login.capitalize(), email, status=status)
        return (await self.house.write(None, lambda work: enrolling.enroll(work, new))).id

    async def set_status(self, principal, status):
        """Have a user or group be of that status."""
        await self.write(SET_STATUS, id=principal, status=status.value)

    async def group(self, name, *members, status=Status.ACTIVE):
        """A group with those members; its id."""
        new = NewPrincipal(Kind.GROUP, name, name, status=status)
        made = (await self.house.write(None, lambda work: directing.add(work, new))).id
        for member in members:
            await self.join(made, member)
        return made

    async def join(self, group, member):
        """Put a user or group into a group."""
        await self.write(groups.ADD, group=group, member=member)

    async def drive(self, owner):
        """A drive; its id and that of its root."""

        async def job(work):
            drive, root = work.new_id(), work.new_id()
            await work.rows.run(
                ADD_DRIVE, id=drive, owner=owner, root=root, device=work.new_public_id(), now=work.now
            )
            await work.rows.run(
                ADD_NODE, id=root, drive=drive, parent=None, kind="folder", name="", owner=owner, now=work.now
            )
            return drive, root

        return await self.house.write(None, job)

    async def node(self, drive, parent, *, name=None, kind="folder", owner=0):
        """A folder or file; its id."""

        async def job(work):
            made = work.new_id()
            await work.rows.run(
                ADD_NODE,
                id=made,
                drive=drive,
                parent=parent,
                kind=kind,
                name=name or f"node {next(self._numbers)}",
                owner=owner,
                now=work.now,
            )
            await work.rows.run(COUNT_CHILD, parent=parent)
            return made

        return await self.house.write(None, job)

    async def move(self, node, parent):
        """Hang a node elsewhere."""
        await self.write(MOVE, node=node, parent=parent)

    async def trash(self, node, at=1):
        """Put a node into the trash, or with `at=None` take it out."""
        await self.write(TRASH, node=node, at=at)

    async def grant(
        self,
        node,
        owner,
        principal,
        permissions,
        *,
        consent="given",
        delivery="delivered",
        joined_at=1,
        leaving=(None, None, None),
    ):
        """A share of one node with one principal, its row in whatever state; the share's id."""

        async def job(work):
            share, item, one = work.new_id(), work.new_id(), work.new_id()
            by_share, by_item, by_grant = leaving
            names = [work.new_public_id() for _ in range(3)]
            same = {"now": work.now, "owner": owner}
            await work.rows.run(ADD_SHARE, id=share, public_id=names[0], leaving_at=by_share, **same)
            await work.rows.run(
                ADD_ITEM,
                id=item,
                public_id=names[1],
                share=share,
                key=str(node),
                node=node,
                leaving_at=by_item,
                **same,
            )
            await work.rows.run(
                ADD_GRANT,
                id=one,
                public_id=names[2],
                share=share,
                principal=principal,
                permissions=int(permissions),
                consent=consent,
                delivery=delivery,
                joined_at=joined_at,
                leaving_at=by_grant,
                now=work.now,
            )
            return share

        return await self.house.write(None, job)

    async def link(self, node, permissions=Permission.VIEW, expires_at=None):
        """A public link on a node; its id."""

        async def job(work):
            made = work.new_id()
            await work.rows.run(
                ADD_LINK,
                id=made,
                public_id=work.new_public_id(),
                node=node,
                permissions=int(permissions),
                expires_at=expires_at,
                owner=0,
                now=work.now,
            )
            return made

        return await self.house.write(None, job)

    async def reach(self, person, node, **by):
        """What somebody may do with a node."""
        return await self.house.read(None, lambda work: access.reach(work, person, node, **by))


def an_actor(person, login="somebody"):
    """A caller with a credential for everything."""
    return Actor(person, login, 0, Access.EDIT, narrowed=False, administrator=False)
