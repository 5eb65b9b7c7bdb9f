"""`polyshare migrate`, `backup` and `load`: bringing a database's schema and its world up to date, and keeping a copy."""

from pathlib import Path

import click
import msgspec

from polyshare.cli.options import Failure, file_of, finish, settings_options
from polyshare.engine.worlds import loading
from polyshare.opening import open_rows, opened
from polyshare.settings import Settings, without_password
from polyshare.store.migrations import Migration
from polyshare.store.migrations import migrate as migrate_schema
from polyshare.store.sqlite.database import SqliteDatabase

MIGRATING_S = 24 * 3600.0
"""How long one statement of a migration may take: it goes through whole tables, and nobody waits for its answer."""


@click.command()
@settings_options("database")
def migrate(settings: Settings) -> None:
    """
    Bring the database's schema up to this release.

    All pending migrations are applied, or none. An older SQLite file is copied aside first (and `serve` does the same by
    itself); on PostgreSQL make a backup first, stop nothing, run this once, then restart the servers one by one: a schema
    lets the release before it keep running.

    \b
    Example:
      polyshare migrate --database postgresql://polyshare@db.example.com/polyshare
    """
    applied = finish(_migrate(settings))
    for each in applied:
        click.echo(f"applied {each.number:04}_{each.name}")
    click.echo(f"{without_password(settings.database)}: the schema is current")


async def _migrate(settings: Settings) -> tuple[Migration, ...]:
    database = await open_rows(msgspec.structs.replace(settings, statement_timeout_s=MIGRATING_S))
    try:
        return await migrate_schema(database)
    finally:
        await database.close()


@click.command()
@settings_options("database")
@click.argument("file", type=click.Path(path_type=Path))
def backup(settings: Settings, file: Path) -> None:
    """
    Copy the SQLite database to FILE, also while a server is running.

    The copy is one consistent state, readable to its owner only, and can be served as it is. FILE must not be there yet.
    For PostgreSQL use pg_dump.

    \b
    Example:
      polyshare backup /var/backups/polyshare-$(date +%F).db
    """
    if file.exists():
        raise Failure(f"{file} is there already; name a new file")
    if (source := file_of(settings)) is None:
        raise Failure("only SQLite databases are copied; for PostgreSQL use pg_dump")
    if not source.exists():
        raise Failure(f"database file {source} is not there; name it with --database")
    finish(_backup(settings, file.absolute()))
    click.echo(f"copied to {file}")


async def _backup(settings: Settings, file: Path) -> None:
    database = await open_rows(settings)
    try:
        assert isinstance(database, SqliteDatabase)  # noqa: S101 - its URL says so
        database.copy_aside(file)
    finally:
        await database.close()


@click.command()
@settings_options("database")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--overwrite", is_flag=True, help="Write passwords also of users who have one.")
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
def load(settings: Settings, file: Path, overwrite: bool, dry_run: bool) -> None:
    """
    Make what a world file describes, as often as you like.

    What is there already is brought in line, what the file does not name is left alone. Secrets that the file leaves out
    are generated and printed, this once.

    \b
    Examples:
      polyshare load examples/world.toml --dry-run
      polyshare load examples/world.toml
    """
    report = finish(_load(settings, file, overwrite, dry_run))
    for line in report.changes or ["nothing to change"]:
        click.echo(line)
    for name, secret in report.secrets.items():
        click.echo(f"{name}: {secret}  (shown this once)")
    if dry_run:
        click.echo("dry run: nothing was changed")


async def _load(settings: Settings, file: Path, overwrite: bool, dry_run: bool) -> loading.Report:
    async with opened(settings) as home:
        return await loading.load(home.house, file, overwrite=overwrite, dry_run=dry_run)
