"""`polyshare import` and `export`: folders of this machine into the tree, and out of it."""

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import click

from polyshare.cli.options import FAILED, finish, settings_options
from polyshare.engine.content import bringing, machine
from polyshare.engine.work import House
from polyshare.opening import opened
from polyshare.settings import Settings

Measure = Callable[[House], Awaitable[int]]
Bring = Callable[[House, machine.Tell], Awaitable[bringing.Brought]]


@click.command("import")
@settings_options("database", "files")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--into",
    metavar="PATH",
    required=True,
    help="A drive's number and a folder in it, made if it is not there: /5123/photos.",
)
def import_(settings: Settings, folder: Path, into: str) -> None:
    """
    Bring what lies in FOLDER into a folder of a drive, whose owner it belongs to from then on.

    Files keep the time of their last change. Run it again after a break, or later: what is there with the same content is
    left alone, what differs becomes a new version. Links are not followed. What can't be brought is told, and the rest goes on; a server may run meanwhile.

    \b
    Example:
      polyshare import /srv/photos --into /5123/photos
    """

    async def measure(_: House) -> int:
        return bringing.measured(folder)

    finish(_bring(settings, measure, lambda house, tell: bringing.bring_in(house, folder, into, tell)))


@click.command()
@settings_options("database", "files")
@click.argument("path")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def export(settings: Settings, path: str, folder: Path) -> None:
    """
    Write what lies at PATH, a folder or file of a drive, into FOLDER, which is made if it is not there.

    Current versions only, with their times, readable to you alone, as are the folders made for them. Run it again after a break: what is there with the same content is left alone,
    files that differ are replaced.

    \b
    Example:
      polyshare export /5123/photos /mnt/backup/photos
    """
    finish(
        _bring(
            settings,
            lambda house: bringing.measured_out(house, path),
            lambda house, tell: bringing.bring_out(house, path, folder, tell),
        )
    )


async def _bring(settings: Settings, measure: Measure, bring: Bring) -> None:
    async with opened(settings) as home:
        if sys.stderr.isatty():
            length = await measure(home.house)
            with click.progressbar(length=length, label="bringing", file=sys.stderr, show_pos=False) as bar:
                brought = await bring(home.house, bar.update)
        else:
            brought = await bring(home.house, lambda _: None)
    for line in brought.problems:
        click.echo(line, err=True)
    click.echo(
        f"{brought.files} files ({brought.bytes} bytes) and {brought.folders} folders brought,"
        f" {brought.unchanged} files unchanged, {len(brought.problems)} left out"
    )
    if brought.problems:
        raise click.exceptions.Exit(FAILED)
