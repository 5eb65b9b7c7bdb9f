"""Opening the house: database, schema, a number for ids, providers; and keeping them good while it is open."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import structlog

from polyshare.dialects.cloudflare.translate.inward import RESOURCE_TYPES
from polyshare.domain.errors import PolyshareError, Unavailable
from polyshare.engine.keepers import providing
from polyshare.engine.links import counting
from polyshare.engine.work import House
from polyshare.settings import Settings, without_password
from polyshare.store.database import Database, Options
from polyshare.store.ids import Ids, Lease
from polyshare.store.migrations import prepare_schema
from polyshare.store.opening import open_database

LEASE_S = 30.0  # how long a process number holds without being renewed

KINDS = frozenset(RESOURCE_TYPES)  # of all dialects, also of those that are switched off

log = structlog.get_logger("polyshare")


@dataclass(frozen=True, slots=True)
class Opened:
    """A house that is open in this process, and the lease of its process number."""

    house: House
    lease: Lease


def now_us() -> int:
    """Microseconds since the epoch, UTC."""
    return time.time_ns() // 1000


async def open_rows(settings: Settings, *, guard_library: bool = True) -> Database:
    """
    Open the database alone, whatever its schema.

    Args:
        guard_library: Refuse a process that holds a second SQLite library; see `store.database.Options`.

    Raises:
        NotUsable: The URL, the file or the SQLite library is not one to work with.
        Unavailable: The database did not answer; the message names it, and the setting.
    """
    options = Options(
        max_connections=settings.pool_size,
        acquire_timeout_s=settings.pool_wait_s,
        connect_timeout_s=settings.connect_timeout_s,
        statement_timeout_s=settings.statement_timeout_s,
        guard_library=guard_library,
    )
    try:
        return await open_database(settings.database, options)
    except Unavailable as error:
        message = f"{without_password(settings.database)}: {error.message.rstrip('.')}"
        raise Unavailable(f"{message}; start it, or correct setting 'database'") from error


@contextlib.asynccontextmanager
async def opened(
    settings: Settings, *, refreshing: bool = False, guard_library: bool = True
) -> AsyncIterator[Opened]:
    """
    Open the house for as long as the block runs.

    An empty database is filled and an older SQLite file migrated, a copy being kept; then a process number is leased,
    and the providers are loaded.

    Args:
        refreshing: Whether to load the providers again when they change; the worker does that by itself.
        guard_library: As for `open_rows`.

    Raises:
        SchemaRefused: The schema is newer, altered, or older on PostgreSQL; the message says what to do.
        NotUsable, Unavailable: The database can't be used, or did not answer.
    """
    async with contextlib.AsyncExitStack() as closing:
        database = await open_rows(settings, guard_library=guard_library)
        closing.push_async_callback(database.close)
        await prepare_schema(database)
        lease = Lease(database, now_us, LEASE_S)
        await lease.take()
        ids = Ids(lease, now_us)
        closing.push_async_callback(_give_back, ids)
        registry = await providing.load(database, settings)
        house = House(database, ids, now_us, settings, registry, KINDS)
        closing.push_async_callback(_close_providers, house)
        closing.push_async_callback(house.files.close)
        await house.files.tidy()
        closing.push_async_callback(house.finish)
        keeping = asyncio.create_task(_keep(house, lease, refreshing), name="housekeeping")
        closing.push_async_callback(_end, keeping)
        closing.push_async_callback(_count_last, house)
        yield Opened(house, lease)


async def _keep(house: House, lease: Lease, refreshing: bool) -> None:
    """Renew the lease well before it ends, and take over changed providers if nobody else does."""
    pause_s = min(house.settings.poll_interval_s, LEASE_S / 6)
    renewed = time.monotonic()
    while True:
        await asyncio.sleep(pause_s)
        try:
            if time.monotonic() - renewed >= LEASE_S / 3 or not lease.held:
                if not await lease.renew():
                    log.warning("lease.lost", number_now=lease.number)
                renewed = time.monotonic()
            await counting.flush(house)
            if refreshing:
                await providing.refresh(house)
        except PolyshareError as error:
            log.warning("housekeeping.waits", reason=error.message)
        except Exception:
            log.exception("housekeeping.broke")


async def _end(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def _give_back(ids: Ids) -> None:
    with contextlib.suppress(PolyshareError):  # the lease ends by itself if the database does not answer
        await ids.close()


async def _count_last(house: House) -> None:
    with contextlib.suppress(PolyshareError):  # a few openings less; nobody is left to try again
        await counting.flush(house)


async def _close_providers(house: House) -> None:
    await house.providers.close()
