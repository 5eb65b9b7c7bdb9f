"""What operators ask of the database: whether it answers, and how much waits to be carried out."""

import apsw

from polyshare.store.database import Rows
from polyshare.store.statements import statement

MOST_COUNTED = 10_000

_PING = statement("does the database answer", "select 1")
_BACKLOG = statement(
    "what waits to be carried out",
    "select count(*), count(case when attempts > 0 then 1 end), min(next_attempt_at) from ("
    "  select attempts, next_attempt_at from share_grant where next_attempt_at is not null"
    "  order by next_attempt_at, id limit :most) as waiting",
)

_HELD = statement(
    "process numbers in use",
    "select number, holder, until from process_lease where until > :now and holder is not null order by number",
)
_NEWEST = statement("time of the newest event", "select at from event order by id desc limit 1")
_CLOCK = statement(
    "the database's clock",
    "{sqlite: select null}{postgres: select (extract(epoch from clock_timestamp()) * 1000000)::bigint}",
)


def library_version() -> str:
    """The version of the SQLite library that is used."""
    return apsw.sqlite_lib_version()


async def ping(rows: Rows) -> None:
    """Ask for a row, to see that the database answers."""
    await rows.one(_PING)


async def backlog(rows: Rows) -> tuple[int, int, int | None]:
    """Grants that wait for the worker, those of them that failed before, and the earliest time due; counted up to MOST_COUNTED."""
    row = await rows.one(_BACKLOG, most=MOST_COUNTED)
    waiting, failed, earliest = row or (0, 0, None)
    return int(waiting), int(failed), earliest


async def held_numbers(rows: Rows, now: int) -> list[tuple[int, str, int]]:
    """The process numbers that are leased at *now* (microseconds): (number, holder as `host:pid:random`, until)."""
    return [(number, holder, until) for number, holder, until in await rows.all(_HELD, now=now)]


async def newest_event(rows: Rows) -> int | None:
    """When the newest event was written (microseconds), or None if there is none."""
    row = await rows.one(_NEWEST)
    return None if row is None else int(row[0])


async def its_clock(rows: Rows) -> int | None:
    """The time on the database's own clock (microseconds); None where it is this machine's."""
    row = await rows.one(_CLOCK)
    return None if row is None or row[0] is None else int(row[0])
