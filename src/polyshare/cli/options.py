"""Settings as command line options, and errors as one line with an exit code."""

import asyncio
import functools
import typing
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Literal, TypeVar

import click
from click.core import ParameterSource

from polyshare.domain.errors import PolyshareError
from polyshare.settings import Settings, WrongSetting, load_settings

T = TypeVar("T")
FAILED = 1
WRONG_USE = 2
WHERE = ("settings_file", "database")  # options that say where something is done, not what

HINTS = typing.get_type_hints(Settings, include_extras=True)


class Failure(click.ClickException):
    """Something went wrong; told in one line on standard error."""

    def __init__(self, message: str, exit_code: int = FAILED) -> None:
        super().__init__(message)
        self.exit_code = exit_code  # type: ignore[misc]  # click declares it a class variable, and reads it from the error

    def show(self, file: Any = None) -> None:
        """Print the line."""
        click.echo(f"polyshare: {self.format_message()}", err=True, file=file)


def told_in_a_line(command: Callable[..., T]) -> Callable[..., T]:
    """Turn the errors that we foresee into a line and an exit code; anything else is a fault of ours and keeps its trace."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> T:
        try:
            return command(*args, **kwargs)
        except WrongSetting as error:
            raise Failure(str(error), WRONG_USE) from error
        except PolyshareError as error:
            raise Failure(error.message) from error

    return run


def setting(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """An option for the setting *name*: its meaning and default are those of the settings' own table."""
    kind, meta = typing.get_args(HINTS[name])
    words = {"help": meta.description, "default": None}
    flag = "--" + name.replace("_", "-")
    if kind is bool:
        return click.option(f"{flag}/--no-{flag[2:]}", name, **words)
    if typing.get_origin(kind) is tuple:
        return click.option(flag, name, metavar="NETWORK,…", **words)
    if typing.get_origin(kind) is Literal:
        words["type"] = click.Choice(typing.get_args(kind))
    words["metavar"] = {"database": "URL", "public_url": "URL"}.get(name) or {int: "N", float: "N"}.get(kind)
    if name in ("tls_certificate", "tls_key", "world"):
        words["metavar"] = "FILE"
    return click.option(flag, name, **{key: value for key, value in words.items() if value is not None})


def settings_options(*names: str) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """Options for the settings file and the settings *names*; the command gets `settings`, filled."""

    def wrap(command: Callable[..., T]) -> Callable[..., T]:
        @functools.wraps(command)
        @told_in_a_line
        def run(*args: Any, settings_file: str | None, **kwargs: Any) -> T:
            given = {name: kwargs.pop(name) for name in names}
            return command(*args, settings=load_settings(settings_file, overrides=given), **kwargs)

        made: Callable[..., Any] = run
        for name in reversed(names):
            made = setting(name)(made)
        file_help = "A TOML file with settings; also POLYSHARE_SETTINGS."
        return click.option("--settings", "settings_file", metavar="FILE", help=file_help)(made)

    return wrap


def demand_a_change() -> None:
    """Refuse a command of which every option was left out but those that say where: it would change nothing."""
    context = click.get_current_context()
    options = {one.name or "": one.opts[0] for one in context.command.params if isinstance(one, click.Option)}
    whats = {name: spelled for name, spelled in options.items() if name not in WHERE}
    if not any(context.get_parameter_source(name) is ParameterSource.COMMANDLINE for name in whats):
        names = ", ".join(whats.values())
        raise Failure(f"say what to change: {names}", WRONG_USE)


def finish(job: Coroutine[Any, Any, T]) -> T:
    """Run *job* to its end on an event loop of its own."""
    return asyncio.run(job)


def file_of(settings: Settings) -> Path | None:
    """The SQLite file, or None on PostgreSQL."""
    place = settings.database.partition("://")[2]
    if not settings.database.startswith("sqlite://") or place == ":memory:":
        return None
    return Path(place).expanduser().absolute()
