"""What the directory commands share: a house for one command, and listings as a table or as JSON."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import click
import msgspec

from polyshare.cli.options import finish
from polyshare.domain.directory import Scope
from polyshare.domain.principals import Access
from polyshare.engine.directory import directing
from polyshare.engine.work import House, Work
from polyshare.opening import opened
from polyshare.settings import Settings

T = TypeVar("T")
PAGE = 200  # rows that are read at once
STATUSES = ("active", "inactive", "pending")

as_json = click.option("--json", "in_json", is_flag=True, help="As JSON, with every field.")
status_option = click.option(
    "--status",
    type=click.Choice([*STATUSES, "deleted"]),
    help="Only these; by default all that were not removed.",
)


def in_house(settings: Settings, job: Callable[[House], Awaitable[T]]) -> T:
    """Run *job* in a house that is open for just this."""

    async def run() -> T:
        async with opened(settings) as home:
            return await job(home.house)

    return finish(run())


def looking(settings: Settings, job: Callable[[Work], Awaitable[T]]) -> T:
    """Run *job* on one consistent view."""
    return in_house(settings, lambda house: house.read(None, job))


def changing(settings: Settings, job: Callable[[Work], Awaitable[T]]) -> T:
    """Run *job* in one transaction."""
    return in_house(settings, lambda house: directing.changing(house, None, job))


def show_all(rows: Sequence[msgspec.Struct], columns: Sequence[str], in_json: bool) -> None:
    """Print rows as a table of these columns, or all of their fields as a JSON array."""
    if in_json:
        click.echo(msgspec.json.format(msgspec.json.encode(rows), indent=2).decode())
        return
    table = [[name.replace("_", " ").upper() for name in columns]]
    table += [[_text(getattr(row, name)) for name in columns] for row in rows]
    widths = [max(len(line[at]) for line in table) for at in range(len(columns))]
    for line in table:
        click.echo("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())


def show_one(row: msgspec.Struct, in_json: bool) -> None:
    """Print every field of one row, a line each, or as JSON."""
    if in_json:
        click.echo(msgspec.json.format(msgspec.json.encode(row), indent=2).decode())
        return
    for name in row.__struct_fields__:
        click.echo(f"{name.replace('_', ' ')}: {_text(getattr(row, name))}")


def _text(value: Any) -> str:
    """A field for people."""
    plain = msgspec.to_builtins(value)
    if plain is None or plain in ("", [], {}):
        return "-"
    if isinstance(plain, bool):
        return "yes" if plain else "no"
    if isinstance(plain, dict):
        return ", ".join(f"{key} {_text(one)}" for key, one in plain.items())
    return ", ".join(map(str, plain)) if isinstance(plain, list) else str(plain)


class Reach(click.ParamType):  # type: ignore[type-arg] # generic in newer releases of click only
    """An account or organization and how far: `ID=read` or `ID=edit`."""

    name = "ID=read|edit"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, Access]:
        """The id and the access."""
        if isinstance(value, tuple):
            return value
        ident, found, access = str(value).rpartition("=")
        if not found or access not in tuple(Access):
            self.fail(f"{value!r}: write an id, an equals sign, and read or edit", param, ctx)
        return ident, Access(access)


def reach_options(command: Callable[..., T]) -> Callable[..., T]:
    """The options --account and --organization, each of which may be given several times."""
    for name, what in (
        ("organization", "An organization, for all of its accounts."),
        ("account", "An account."),
    ):
        option = click.option(
            f"--{name}", f"{name}s", type=Reach(), multiple=True, help=f"{what} Repeatable."
        )
        command = option(command)
    return command


def scope_of(
    accounts: Sequence[tuple[str, Access]], organizations: Sequence[tuple[str, Access]]
) -> Scope | None:
    """What --account and --organization name; None if neither was given."""
    return Scope(dict(accounts), dict(organizations)) if accounts or organizations else None
