"""`polyshare users`: people, their passwords, and for whom they act."""

import sys
from collections.abc import Sequence
from typing import Any

import click

from polyshare.cli.options import WRONG_USE, Failure, demand_a_change, settings_options
from polyshare.cli.showing import (
    PAGE,
    STATUSES,
    as_json,
    changing,
    in_house,
    looking,
    reach_options,
    show_all,
    show_one,
    status_option,
)
from polyshare.domain.directory import NewPerson, Person, PersonChange
from polyshare.domain.principals import Access, Kind, Status
from polyshare.engine.credentials import hashing
from polyshare.engine.directory import directing, enrolling, seating
from polyshare.engine.work import House, Work
from polyshare.settings import Settings
from polyshare.web import admin_shapes as shapes


@click.group()
def users() -> None:
    """
    List and change users.

    A user comes in with a token or key (see `polyshare tokens`), and acts for accounts and organizations by roles.
    Passwords are asked for, or read from standard input; they are never given on the command line.

    \b
    Examples:
      polyshare users add alice --name "Alice Lee" --email alice@example.com
      polyshare users act alice --account 023e105f4ecef8ad9ca31a8372d0c353=edit
      polyshare users change alice --status inactive
    """


@users.command("list")
@as_json
@status_option
@settings_options("database")
def list_users(settings: Settings, in_json: bool, status: str | None) -> None:
    """List users by login."""

    async def job(work: Work) -> list[Person]:
        found: list[Person] = []
        statuses = directing.LIVING if status is None else (Status(status),)
        while True:
            rows = await enrolling.page(work, found[-1].login if found else "", PAGE, statuses)
            found += rows
            if len(rows) < PAGE:
                return found

    rows = [shapes.user(row) for row in looking(settings, job)]
    show_all(rows, ("login", "name", "email", "administrator", "status"), in_json)


@users.command()
@click.argument("login")
@as_json
@settings_options("database")
def show(settings: Settings, login: str, in_json: bool) -> None:
    """Show a user, by login or id."""

    async def job(work: Work) -> shapes.UserWithAliases:
        found = await enrolling.show(work, login)
        return shapes.user_with_aliases(found, await enrolling.aliases(work, found))

    show_one(looking(settings, job), in_json)


def password_options(command: Any) -> Any:
    """The options --password and --password-stdin."""
    command = click.option(
        "--password-stdin", is_flag=True, help="Read a password, one line, from standard input."
    )(command)
    return click.option("--password", "ask", is_flag=True, help="Ask for a password.")(command)


def password_of(ask: bool, password_stdin: bool) -> str | None:
    """The password that was asked for or is read; None: neither option was given."""
    if password_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True)) if ask else None


@users.command()
@click.argument("login")
@click.option("--name", help="Display name; by default the login.")
@click.option("--email", default="", help="E-mail address; a key goes with it.")
@click.option("--id", "ident", help="Its id; drawn if it is left out.")
@click.option("--administrator", is_flag=True, help="May use the admin API.")
@password_options
@settings_options("database")
def add(
    settings: Settings, login: str, name: str | None, ask: bool, password_stdin: bool, **given: Any
) -> None:
    """Add a user."""
    password = password_of(ask, password_stdin)

    async def job(house: House) -> Person:
        hashed = None if password is None else await hashing.hash_password(house, password)
        new = NewPerson(
            login,
            name or login,
            given["email"],
            given["ident"],
            password_hash=hashed,
            administrator=given["administrator"],
        )
        return await directing.changing(house, None, lambda work: enrolling.enroll(work, new))

    click.echo(f"added user {in_house(settings, job).login}")


@users.command()
@click.argument("login")
@click.option("--login", "new_login", help="Another login.")
@click.option("--name", help="Another display name.")
@click.option("--email", help='Another e-mail address; "" removes it.')
@click.option("--status", type=click.Choice(STATUSES), help="Only active users come in.")
@click.option("--administrator/--no-administrator", default=None, help="Whether the admin API is open.")
@password_options
@settings_options("database")
def change(settings: Settings, login: str, ask: bool, password_stdin: bool, **given: Any) -> None:
    """Change a user; who is not active any more is refused within the setting credential_recheck_s."""
    demand_a_change()
    password = password_of(ask, password_stdin)

    async def job(house: House) -> Person:
        wanted = PersonChange(
            login=given["new_login"],
            name=given["name"],
            email=given["email"],
            password_hash=None if password is None else await hashing.hash_password(house, password),
            administrator=given["administrator"],
            status=None if given["status"] is None else Status(given["status"]),
        )
        return await directing.changing(house, None, lambda work: enrolling.change(work, login, wanted))

    click.echo(f"changed user {in_house(settings, job).login}")


@users.command()
@click.argument("login")
@settings_options("database")
def remove(settings: Settings, login: str) -> None:
    """Take a user out of use: every token and key of it is refused, and the login stays taken."""
    changing(settings, lambda work: enrolling.remove(work, login))
    click.echo(f"removed user {login}")


@users.command()
@click.argument("login")
@as_json
@settings_options("database")
def roles(settings: Settings, login: str, in_json: bool) -> None:
    """List for whom a user acts."""
    rows = [shapes.role(row) for row in looking(settings, lambda work: seating.roles(work, login))]
    show_all(rows, ("kind", "id", "name", "access"), in_json)


@users.command()
@click.argument("login")
@reach_options
@settings_options("database")
def act(
    settings: Settings,
    login: str,
    accounts: Sequence[tuple[str, Access]],
    organizations: Sequence[tuple[str, Access]],
) -> None:
    """Let a user act for accounts, and for organizations with all of their accounts."""
    if not accounts and not organizations:
        raise Failure("name at least one: --account ID=edit or --organization ID=edit", WRONG_USE)

    async def job(work: Work) -> None:
        for ident, access in accounts:
            await seating.give_role(work, login, Kind.ACCOUNT, ident, access)
        for ident, access in organizations:
            await seating.give_role(work, login, Kind.ORGANIZATION, ident, access)

    changing(settings, job)
    click.echo(f"changed user {login}")


@users.command("stop-acting")
@click.argument("login")
@click.option("--account", "accounts", metavar="ID", multiple=True, help="An account. Repeatable.")
@click.option(
    "--organization", "organizations", metavar="ID", multiple=True, help="An organization. Repeatable."
)
@settings_options("database")
def stop_acting(
    settings: Settings, login: str, accounts: Sequence[str], organizations: Sequence[str]
) -> None:
    """Let a user act for these no longer; it holds from the next call on."""
    if not accounts and not organizations:
        raise Failure("name at least one: --account ID or --organization ID", WRONG_USE)

    async def job(work: Work) -> None:
        for ident in accounts:
            await seating.take_role(work, login, Kind.ACCOUNT, ident)
        for ident in organizations:
            await seating.take_role(work, login, Kind.ORGANIZATION, ident)

    changing(settings, job)
    click.echo(f"changed user {login}")
