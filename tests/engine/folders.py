"""People who share folders with one another and approve: short words for tests of the verbs behind that."""

from polyshare.domain.delivery import Consent
from polyshare.domain.errors import Hidden, NotFound
from polyshare.domain.folder_shares import NewFolderShare
from polyshare.domain.permissions import Permission
from polyshare.domain.principals import Access, Actor
from polyshare.engine.sharing import asking, consenting, retracting
from polyshare.engine.tree import access
from polyshare.store.statements import statement
from tests.engine.tree import Tree, a_person

READ, EDIT = Permission.DOWNLOAD, Permission.EDIT
LISTED = statement(
    "test.listed",
    """
    select f.share, f.facet, f.path, g.consent, g.permissions, g.asked from folder_share f
    join share_grant g on g.share = f.share where f.viewer = :viewer and f.facet < 100 order by f.share
    """,
)
UPDATES = statement(
    "test.updates", "select consent, location, text from share_update where share = :share order by id"
)
GRANT = statement(
    "test.grant",
    "select id, consent, delivery, permissions, asked, leaving_at, gone_at from share_grant where share = :share",
)
CLAIMS = statement("test.claims", "select count(*) from claim")


class Person(Tree):
    """Somebody with a drive, who shares its folders and answers others."""

    login: str
    drive: int
    top: int

    @property
    def actor(self):
        return Actor(self.person, self.login, 1, Access.EDIT, narrowed=False, administrator=False)

    def path(self, *names):
        return "/".join(["", str(self.drive), *names])

    def wants(self, names, to, permissions=EDIT, *, asked=None, product=None):
        """A folder below the drive's root, as it is to be shared."""
        path = names if names.startswith("/") else self.path(*names.split("/"))
        return NewFolderShare(path, to.login if hasattr(to, "login") else to, permissions, asked, product)

    async def ask(self, *wanted, **more):
        return await asking.ask(self.house, self.actor, wanted, **more)

    async def shares(self, names, to, permissions=EDIT, **more):
        """Share one folder; the share's id."""
        [share] = await self.ask(self.wants(names, to, permissions, **more))
        return share

    async def accept(self, *ids):
        await self.house.write(self.actor, lambda work: consenting.accept(work, ids))

    async def decline(self, *ids):
        await self.house.write(self.actor, lambda work: consenting.decline(work, ids))

    async def regrant(self, *wanted):
        await self.house.write(self.actor, lambda work: consenting.regrant(work, wanted))

    async def end(self, *ids):
        await retracting.end(self.house, self.actor, ids)

    async def listed(self):
        """Consent and permissions of what stands in the person's lists, by share."""
        rows = await rows_of(self.house, LISTED, viewer=self.person)
        return {row[0]: (Consent(row[3]), Permission(row[4])) for row in rows}

    async def may(self, node, *, via=None):
        """What the person may do with a node; None: it is not to be seen."""
        more = {} if via is None else {"via": via}
        try:
            reached = await self.house.read(
                self.actor, lambda work: access.reach(work, self.person, node, **more)
            )
        except (Hidden, NotFound):
            return None
        return reached.permissions


async def somebody(house, login):
    """A user with a drive."""
    one = Person(house, await a_person(house, login))
    one.login = login
    root = await one.node(await one.root())
    one.drive, one.top = root.drive, root.id
    return one


async def rows_of(house, asked, **values):
    """What a statement reads."""
    return [tuple(row) for row in await house.database.read(lambda rows: rows.all(asked, **values))]


async def grant_of(house, share):
    """Id, consent, delivery, permissions, what was asked, and when it left and went, of a share's grant."""
    [row] = await rows_of(house, GRANT, share=share)
    return row
