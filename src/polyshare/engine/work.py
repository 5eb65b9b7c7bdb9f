"""The house that a verb works in, and the work itself: one transaction with its time, its ids and its event."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

from polyshare.domain.events import What
from polyshare.domain.nodes import Reach
from polyshare.domain.principals import Actor
from polyshare.engine.memory.braking import Brakes
from polyshare.engine.memory.declared import Declared
from polyshare.engine.memory.keyring import Keyring
from polyshare.engine.memory.openings import Openings
from polyshare.engine.memory.rationing import Ration
from polyshare.engine.memory.remembering import Recognized, Remembered, Verified
from polyshare.files.bytes import Bytes
from polyshare.files.opening import open_bytes
from polyshare.providers.registry import Providers
from polyshare.settings import Settings, files_keys, files_place
from polyshare.store.database import Database, Rows
from polyshare.store.ids import Ids, new_public_id
from polyshare.store.process import events

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reached:
    """What was asked about access in one transaction, and the answer."""

    answer: Reach
    person: int | None
    link: int | None
    via: int | None
    in_trash: bool


@dataclass(slots=True)
class House:
    """
    Everything that lives as long as the process.

    Attributes:
        clock: Microseconds since the epoch, UTC.
        files: Where bytes are kept, as the settings say.
        kinds: The kinds of resource that dialects speak of; empty: whatever comes.
        woken: Set when a commit here left the worker something to do.
        under_way: How many grants each provider, by its name, is being asked about.
        tidied_at: When this process last tidied up, in microseconds.
        recounted_at: When this process last told keepers of their shares, in microseconds.
        keyring: What tokens and cookies are signed with.
        guesses: The brakes on wrong passwords.
        checking: The checks of passwords under way, by what they are remembered under.
        guessed_codes: The brakes on wrong access codes of links.
        checking_codes: The checks of access codes under way, likewise.
        chores: What goes on outside requests and is soon done.
        openings: How often links were opened, until that is written to their rows.
        declared: Which of their products keepers share, as they said lately.
        pictures: Memory for the files of pictures that are drawn anew.
        tail: What spelled ids of this installation end on; empty until somebody asks `naming.tail`.
    """

    database: Database
    ids: Ids
    clock: Callable[[], int]
    settings: Settings
    providers: Providers
    files: Bytes = field(init=False)
    kinds: frozenset[str] = frozenset()
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    under_way: Counter[str] = field(default_factory=Counter)
    tidied_at: int = 0
    recounted_at: int = 0
    remembered: Remembered = field(default_factory=Remembered)
    verified: Verified = field(default_factory=Verified)
    keyring: Keyring = field(default_factory=Keyring)
    guesses: Brakes = field(default_factory=Brakes)
    checking: "dict[str, asyncio.Task[Recognized | None]]" = field(default_factory=dict)
    guessed_codes: Brakes = field(default_factory=Brakes)
    checking_codes: "dict[bytes, asyncio.Task[bool]]" = field(default_factory=dict)
    chores: "set[asyncio.Task[None]]" = field(default_factory=set)
    openings: Openings = field(default_factory=Openings)
    declared: Declared = field(default_factory=Declared)
    pictures: Ration = field(init=False)
    tail: str = ""

    def __post_init__(self) -> None:
        """Open the byte store, of which nothing is made or asked until it is used, and allot memory."""
        self.files = open_bytes(files_place(self.settings), files_keys(self.settings))
        self.pictures = Ration(self.settings.preview_memory_bytes)

    def later(self, chore: Coroutine[Any, Any, None]) -> None:
        """Run a short *chore* outside the request that found it; it handles its errors itself."""
        task = asyncio.create_task(chore)
        self.chores.add(task)
        task.add_done_callback(self.chores.discard)

    async def finish(self) -> None:
        """Wait until the chores under way are done."""
        while self.chores:
            await asyncio.wait(self.chores)

    async def read(self, actor: Actor | None, job: "Callable[[Work], Awaitable[T]]") -> T:
        """Run *job* on one consistent view of the database."""
        now = self.clock()

        async def run(rows: Rows) -> T:
            return await job(Work(self, rows, actor, now))

        return await self.database.read(run)

    async def write(self, actor: Actor | None, job: "Callable[[Work], Awaitable[T]]") -> T:
        """
        Run *job* in one transaction and return after it is durable.

        The database may run the job again: a re-run draws the same time, ids and public ids, so that its event
        tells whether the first run's commit held.
        """
        now, drawn = self.clock(), Drawn(self.ids)
        work: Work | None = None

        async def run(rows: Rows) -> T:
            nonlocal work
            drawn.rewind()
            work = Work(self, rows, actor, now, drawn)
            return await job(work)

        result = await self.database.write(run)
        if work is not None and work.leaves_due:
            self.woken.set()
        return result


class Drawn:
    """Ids drawn for one transaction, handed out again in the same order when it is run again."""

    __slots__ = ("_at", "_ids", "_public_at", "_public_ids", "_source")

    def __init__(self, source: Ids) -> None:
        self._source = source
        self._ids: list[int] = []
        self._public_ids: list[str] = []
        self.rewind()

    def rewind(self) -> None:
        """Start handing out from the first again."""
        self._at = self._public_at = 0

    def new_id(self) -> int:
        """The next id: 63 bits, growing."""
        if self._at == len(self._ids):
            self._ids.append(self._source.new_id())
        self._at += 1
        return self._ids[self._at - 1]

    def new_public_id(self) -> str:
        """The next public id: 32 hex digits."""
        if self._public_at == len(self._public_ids):
            self._public_ids.append(new_public_id())
        self._public_at += 1
        return self._public_ids[self._public_at - 1]


class Work:
    """
    One transaction as a verb sees it: rows, the actor, the time (microseconds) and fresh ids.

    Attributes:
        reached: What `access.reach` has said so far, for `access.check_again` behind a lock.
    """

    __slots__ = ("_drawn", "actor", "house", "leaves_due", "now", "reached", "rows")

    def __init__(
        self, house: House, rows: Rows, actor: Actor | None, now: int, drawn: Drawn | None = None
    ) -> None:
        self.house = house
        self.rows = rows
        self.actor = actor
        self.now = now
        self.leaves_due = False
        self.reached: list[Reached] = []
        self._drawn = drawn

    def new_id(self) -> int:
        """A fresh id; only in a write."""
        assert self._drawn is not None, "ids are drawn in writes only"  # noqa: S101 - a fault of ours
        return self._drawn.new_id()

    def new_public_id(self) -> str:
        """A fresh public id; only in a write."""
        assert self._drawn is not None, "ids are drawn in writes only"  # noqa: S101 - a fault of ours
        return self._drawn.new_public_id()

    async def note(
        self, what: What, share: int | None = None, grant: int | None = None, facts: str = "{}"
    ) -> None:
        """Write the event of this transaction; a verb does it before its first change, so that a re-run knows its own."""
        actor = self.actor.id or None if self.actor is not None else None  # a machine is no principal
        await events.append(self.rows, (self.new_id(), self.now, actor, what, share, grant, facts))

    def due(self) -> None:
        """Tell the worker, once this is committed, that it has something to carry out."""
        self.leaves_due = True
