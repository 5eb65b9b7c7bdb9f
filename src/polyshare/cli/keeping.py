"""`polyshare migrate` and `polyshare load`: bringing a database's schema and its world up to date."""


import click

from polyshare.cli.options import finish, settings_options
from polyshare.opening import open_rows
from polyshare.settings import Settings, without_password
from polyshare.store.migrations import Migration
from polyshare.store.migrations import migrate as migrate_schema


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
    database = await open_rows(settings)
    try:
        return await migrate_schema(database)
    finally:
        await database.close()
