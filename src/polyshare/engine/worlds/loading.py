"""Making a world file so: what it names is added or brought in line, what it does not name is left alone."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from polyshare.engine.directory import directing
from polyshare.engine.work import House, Work
from polyshare.engine.worlds import planting
from polyshare.engine.worlds.load import Load, Prepared
from polyshare.engine.worlds.populating import populate
from polyshare.engine.worlds.secrets import Secrets, code_hashes, password_hashes
from polyshare.engine.worlds.world import World, read_world, world_of


@dataclass(slots=True)
class Report:
    """
    What loading a world did, or would do.

    `changes` are lines such as "account 0000…000b: added", `secrets` what was generated, by what it is for; it is shown
    once.
    """

    changes: list[str] = field(default_factory=list)
    secrets: dict[str, str] = field(default_factory=dict, repr=False)


class _Undone(Exception):
    """Carries the report of a dry run out of its transaction, which is thereby undone."""

    def __init__(self, report: Report) -> None:
        super().__init__()
        self.report = report


async def load(house: House, path: Path, *, overwrite: bool = False, dry_run: bool = False) -> Report:
    """
    Load a world file in one transaction.

    Args:
        overwrite: Write passwords also of users who have one, and content also of files that are there.
        dry_run: Undo everything in the end and only report.

    Raises:
        WrongWorld: The file can't be loaded; nothing of it was.
        Unavailable: The database did not answer.
    """
    return await load_world(house, read_world(path), overwrite=overwrite, dry_run=dry_run)


async def load_world(
    house: House,
    given: World | Mapping[str, Any],
    *,
    overwrite: bool = False,
    dry_run: bool = False,
    environment: Mapping[str, str] | None = None,
) -> Report:
    """
    `load` for a world that was read already, or that is the content of a world file.

    Args:
        environment: Where `{ env = "NAME" }` looks; None: the process's own.
    """
    world = given if isinstance(given, World) else world_of(given, Path("world"))
    secrets = Secrets(world, os.environ if environment is None else environment)
    prepared = Prepared(
        secrets.all(),
        await password_hashes(house, world, secrets, overwrite=overwrite),
        await planting.prepare(house, world, overwrite=overwrite, dry_run=dry_run),
        await code_hashes(house, world, secrets),
    )

    async def job(work: Work) -> Report:
        load = Load(work, world, secrets, prepared)
        await populate(load)
        report = Report(load.changes, secrets=load.drawn)
        if dry_run:
            raise _Undone(report)
        return report

    try:
        report = await directing.changing(house, None, job)
    except _Undone as undone:
        report = undone.report
        report.secrets.clear()  # they were drawn for nothing
    return report
