"""What `polyshare serve` does before it listens: the schema, the world, and on a first start an administrator."""

import multiprocessing
import sys
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from polyshare import logs
from polyshare.cli.options import Failure, finish, told_in_a_line
from polyshare.engine.credentials import issuing
from polyshare.engine.worlds import loading
from polyshare.opening import opened
from polyshare.settings import Settings


@dataclass(frozen=True, slots=True)
class First:
    """
    What was made that must be told now, because it is stored as a hash only.

    Attributes:
        token: Of the administrator that was made because there was no user at all; None otherwise.
        secrets: What the world file left out and was therefore generated, by what it is for.
    """

    token: str | None = field(repr=False)
    secrets: dict[str, str] = field(default_factory=dict, repr=False)


def prepare(settings: Settings) -> First:
    """
    Make the database ready, once, before any server process starts.

    This is done by a process of its own. Server processes may be forks of this one, and would inherit pools and
    libraries that were used here without the threads that do their work: who asks them for something waits forever.

    Raises:
        Failure: What the reader can mend.
    """
    ours, theirs = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.Process(target=_prepare_and_tell, args=(settings, theirs), name="prepare")
    process.start()
    theirs.close()
    try:
        said: First | tuple[str, int] = ours.recv()
    except EOFError:  # it has told what happened on standard error
        process.join()
        sys.exit(process.exitcode or 1)
    process.join()
    if isinstance(said, First):
        return said
    raise Failure(*said)


def _prepare_and_tell(settings: Settings, to: Connection) -> None:
    logs.configure(settings.log_level)
    try:
        to.send(told_in_a_line(finish)(_prepared(settings)))
    except Failure as error:
        to.send((error.message, error.exit_code))


async def _prepared(settings: Settings) -> First:
    async with opened(settings) as home:
        secrets = (await loading.load(home.house, Path(settings.world))).secrets if settings.world else {}
        return First(await issuing.first_administrator(home.house), secrets)
