"""Providers that keep folders, for tests: what they were told, what they know, and the moods that they can be in."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from polyshare.domain.errors import ProviderAway, ProviderRefused
from polyshare.domain.principals import Access, Actor
from polyshare.domain.products import MOUNT, ChargeType, Product, ProductRef, Unit
from polyshare.domain.remote_drives import NewRemoteDrive
from polyshare.engine.keepers import mounting
from polyshare.engine.sharing import reporting
from polyshare.providers.base import Asked, Errand, Outcome
from polyshare.providers.registry import Providers
from polyshare.store.directory import products

NO = ProviderRefused("Not this one.", 400)
BROKEN = ProviderRefused("Something is wrong here.", 500)
AWAY = ProviderAway("The provider could not be reached.")


class Killed(BaseException):
    """The process ends here, as far as a test is concerned."""


@dataclass
class Keeper:
    """
    One provider.

    Attributes:
        fails: What goes wrong next, by the name of the call: for each call the first is taken, None for nothing.
        after: Whether what goes wrong goes wrong after all was done.
        shows: Whether it makes a drive and says where it is, before it answers `prepare`.
        meanwhile: Awaited in the middle of each call.
        knows: Shares that it has made ready.
        told: Each call: its name, the shares, and for whom.
        access: Who may use which drive, as it was told.
    """

    house: object
    name: str = "far"
    delay_s: float = 0.0
    fails: dict[str, list[BaseException | None]] = field(default_factory=dict)
    after: bool = False
    shows: bool = True
    meanwhile: Callable[[str, Asked], Awaitable[None]] | None = None
    knows: set[int] = field(default_factory=set)
    told: list[tuple[str, list[int], str]] = field(default_factory=list)
    access: dict[int, str] = field(default_factory=dict)

    @property
    def product(self):
        return ProductRef("disk", "disk", self.name)

    async def prepare(self, asked):
        await self._called("prepare", asked)
        for one in asked.shares:
            self.knows.add(one.id)
            if self.shows and one.location is None:
                await self.show(one.id, one.path)
        self._fail("prepare", done=True)
        return [f"ref-{one.id}" for one in asked.shares]

    async def forget(self, asked):
        await self._called("forget", asked)
        unknown = [one.id for one in asked.shares if one.id not in self.knows]
        if unknown:
            raise ProviderRefused("There is no such share.", 404)
        self.knows -= {one.id for one in asked.shares}
        self._fail("forget", done=True)

    async def verify(self, asked):
        await self._called("verify", asked)

    async def greet(self, login):
        self.told.append(("greet", [], login))

    async def furnish(self, login, project):
        self.told.append(("furnish", [], login))

    async def supported(self):
        return [self.product]

    async def deliver(self, errand: Errand) -> Outcome:
        if errand.mount is not None:
            self.access[errand.mount.id] = errand.login
        return Outcome()

    async def withdraw(self, errand: Errand) -> Outcome:
        if errand.mount is not None:
            self.access.pop(errand.mount.id, None)
        return Outcome()

    async def close(self):
        """There is nothing to let go of."""

    @property
    def caller(self):
        """The provider as the one who calls."""
        return Actor(0, "", 0, Access.EDIT, False, False, role="PROVIDER", provider=self.name)

    async def show(self, share, path):
        """Make a drive for a share, and say where it is."""
        product = ProductRef(MOUNT, MOUNT, self.name)
        new = NewRemoteDrive(path.rpartition("/")[2], product, "", None, f"s-{share}")
        [drive] = await self.house.write(self.caller, lambda work: mounting.register(work, self.name, [new]))
        await self.report((share, None, f"/{drive}", None))
        return drive

    async def report(self, *told):
        await self.house.write(self.caller, lambda work: reporting.report(work, self.name, told))

    async def owned(self, login, title="Far away"):
        """Make a drive of a user's; its number."""
        new = NewRemoteDrive(title, self.product, login, None, f"d-{login}-{title}")
        [drive] = await self.house.write(self.caller, lambda work: mounting.register(work, self.name, [new]))
        return drive

    async def sells(self, *, free=True):
        """Let the house know the provider's product; its id."""
        terms = Product(self.product, "", free, Unit.PER_UNIT, ChargeType.ABSOLUTE, 0)

        async def job(work):
            id_ = work.new_id()
            await work.rows.run(
                products.ADD,
                id=id_,
                provider=self.name,
                category=self.product.category,
                name=self.product.name,
                free=int(free),
                terms=products.terms_of(terms),
                now=work.now,
            )
            return id_

        return await self.house.write(None, job)

    def calls(self, name):
        """The shares of each call of that name."""
        return [shares for called, shares, _ in self.told if called == name]

    async def _called(self, name, asked):
        self.told.append((name, [one.id for one in asked.shares], asked.by))
        if self.meanwhile is not None:
            await self.meanwhile(name, asked)
        self._fail(name, done=False)

    def _fail(self, name, *, done):
        if self.after is done and (waiting := self.fails.get(name)):
            error = waiting.pop(0)
            if error is not None:
                raise error


def kept_by(house, *keepers):
    """Let these providers keep folders."""
    house.providers = Providers(
        {"node": house.providers.of("node")},
        house.providers.unclaimed,
        keepers={one.name: one for one in keepers},
        epoch=house.providers.epoch,
    )
