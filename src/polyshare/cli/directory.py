"""The commands that list and change the directory: `polyshare organizations`, `accounts`, `users` and so on."""

from collections.abc import Callable, Sequence
from typing import Any

import click

from polyshare.cli.clients import clients
from polyshare.cli.credentials import keys, tokens
from polyshare.cli.equipment import providers
from polyshare.cli.links import links
from polyshare.cli.options import demand_a_change, settings_options
from polyshare.cli.people import users
from polyshare.cli.refreshing import refresh_tokens
from polyshare.cli.showing import (
    PAGE,
    STATUSES,
    as_json,
    changing,
    looking,
    show_all,
    show_one,
    status_option,
)
from polyshare.cli.signing import issuers, signing_keys
from polyshare.cli.storage import allocations, products
from polyshare.domain.directory import Listed, Member, NewPrincipal, PrincipalChange
from polyshare.domain.principals import Kind, Status
from polyshare.domain.projects import Part
from polyshare.engine.directory import directing, projecting, seating
from polyshare.engine.work import Work
from polyshare.settings import Settings
from polyshare.web import admin_shapes as shapes

COLUMNS = {
    Kind.ORGANIZATION: ("id", "name", "status"),
    Kind.ACCOUNT: ("id", "name", "organization", "status"),
    Kind.GROUP: ("id", "name", "status"),
    Kind.PROJECT: ("id", "name", "status"),
}


def _listing(kind: Kind) -> Callable[..., None]:
    def listing(settings: Settings, in_json: bool, status: str | None, organization: str = "") -> None:
        async def job(work: Work) -> list[Listed]:
            found: list[Listed] = []
            statuses = directing.LIVING if status is None else (Status(status),)
            after = ""
            while True:
                rows = await directing.page(
                    work, kind, after, PAGE, statuses=statuses, organization=organization
                )
                found += rows
                if len(rows) < PAGE:
                    return found
                after = rows[-1].public_id

        rows = looking(settings, job)
        show_all([shapes.principal(row) for row in rows], COLUMNS[kind], in_json)

    return listing


def _adding(kind: Kind) -> Callable[..., None]:
    def adding(settings: Settings, name: str, ident: str | None, organization: str = "") -> None:
        if kind is Kind.GROUP:
            ident, name = name, ident or name
        new = NewPrincipal(kind, name, ident, organization)
        made = changing(settings, lambda work: directing.add(work, new))
        click.echo(f"added {kind.value} {made.public_id}")

    return adding


def _changing(kind: Kind) -> Callable[..., None]:
    def change(settings: Settings, ident: str, **given: Any) -> None:
        demand_a_change()
        status = given.pop("status")
        wanted = PrincipalChange(status=None if status is None else Status(status), **given)
        changing(settings, lambda work: directing.change(work, kind, ident, wanted))
        click.echo(f"changed {kind.value} {ident}")

    return change


def _showing(kind: Kind) -> Callable[..., None]:
    def showing(settings: Settings, ident: str, in_json: bool) -> None:
        show_one(shapes.principal(looking(settings, lambda work: directing.show(work, kind, ident))), in_json)

    return showing


def _removing(kind: Kind) -> Callable[..., None]:
    def removing(settings: Settings, ident: str) -> None:
        changing(settings, lambda work: directing.remove(work, kind, ident))
        click.echo(f"removed {kind.value} {ident}")

    return removing


_ID = click.argument("ident", metavar="ID")
_NAME = click.argument("name")
_NEW_ID = click.option("--id", "ident", help="Its id, of letters, digits, - and _; drawn if it is left out.")
_NEW_NAME = click.option("--name", help="Another display name.")
_NEW_STATUS = click.option("--status", type=click.Choice(STATUSES), help="Whether it takes part.")
_IN = click.option("--organization", metavar="ID", default="", help="The organization that it is in.")
_MOVE = click.option(
    "--organization", metavar="ID", help='The organization to join; "" leaves the present one.'
)


def _command(group: click.Group, name: str, text: str, job: Callable[..., None], *options: Any) -> None:
    """Add one command that works on the database which the settings name."""
    made: Any = job
    for option in reversed(options):
        made = option(made)
    made = settings_options("database")(made)
    group.add_command(click.command(name, help=text)(made))


def _principals(name: str, kind: Kind, text: str, remove: str) -> click.Group:
    group = click.Group(name, help=text, short_help=f"List and change {name}.")
    noun = kind.value
    account = kind is Kind.ACCOUNT
    within = [
        click.option("--organization", metavar="ID", default="", help="Only those of this organization.")
    ]
    _command(
        group, "list", f"List {name}.", _listing(kind), as_json, status_option, *(within if account else [])
    )
    _command(group, "show", f"Show one {noun}.", _showing(kind), _ID, as_json)
    if kind is Kind.GROUP:
        title = click.option("--name", "ident", metavar="NAME", help="Display name; by default the id.")
        _command(
            group,
            "add",
            "Add a group with this id.",
            _adding(kind),
            click.argument("name", metavar="ID"),
            title,
        )
    else:
        _command(group, "add", f"Add one {noun}.", _adding(kind), _NAME, _NEW_ID, *([_IN] if account else []))
    options = (_ID, _NEW_NAME, _NEW_STATUS, *([_MOVE] if account else []))
    _command(group, "change", f"Rename one {noun}, or (de)activate it.", _changing(kind), *options)
    _command(group, "remove", remove, _removing(kind), _ID)
    return group


organizations = _principals(
    "organizations",
    Kind.ORGANIZATION,
    """
    List and change organizations: accounts that may share with each other.

    \b
    Examples:
      polyshare organizations add "Example Organization"
      polyshare organizations list --json
    """,
    "Take an organization out of use; it must have no accounts any more.",
)
accounts = _principals(
    "accounts",
    Kind.ACCOUNT,
    """
    List and change accounts: they offer and receive shares.

    \b
    Examples:
      polyshare accounts add "Account A" --organization 9a7806061c88ada191ed06f989cc3dac
      polyshare accounts change 023e105f4ecef8ad9ca31a8372d0c353 --organization ""
    """,
    "Take an account out of use; its id stays taken.",
)
groups = _principals(
    "groups",
    Kind.GROUP,
    """
    List and change groups of users; groups hold groups too.

    \b
    Examples:
      polyshare groups add designers
      polyshare groups join designers bob group:interns
    """,
    "Take a group out of use; it loses its members.",
)


def _list_members(settings: Settings, ident: str, in_json: bool) -> None:
    async def job(work: Work) -> list[Member]:
        found: list[Member] = []
        while True:
            rows = await seating.members(work, ident, found[-1].id if found else 0, PAGE)
            found += rows
            if len(rows) < PAGE:
                return found

    show_all([shapes.member(row) for row in looking(settings, job)], ("member", "name"), in_json)


def _join(settings: Settings, ident: str, members: Sequence[str]) -> None:
    async def job(work: Work) -> None:
        for member in members:
            await seating.join(work, ident, member)

    changing(settings, job)
    click.echo(f"changed group {ident}")


def _leave(settings: Settings, ident: str, members: Sequence[str]) -> None:
    async def job(work: Work) -> None:
        for member in members:
            await seating.leave(work, ident, member)

    changing(settings, job)
    click.echo(f"changed group {ident}")


_MEMBERS = click.argument("members", metavar="MEMBER…", nargs=-1, required=True)
_command(groups, "members", "List a group's members.", _list_members, _ID, as_json)
_command(groups, "join", "Put users (logins) and groups (group:ID) into a group.", _join, _ID, _MEMBERS)
_command(groups, "leave", "Take users and groups out of a group.", _leave, _ID, _MEMBERS)

projects = _principals(
    "projects",
    Kind.PROJECT,
    """
    List and change projects: people who share drives that are nobody's own.

    \b
    Examples:
      polyshare projects add "A project" --id proj-1
      polyshare projects put proj-1 alice --as PI
    """,
    "Take a project out of use; it loses its members.",
)


def _list_parts(settings: Settings, ident: str, in_json: bool) -> None:
    found = looking(settings, lambda work: projecting.members(work, ident))
    show_all([shapes.project_member(one) for one in found], ("member", "name", "part"), in_json)


def _put(settings: Settings, ident: str, members: Sequence[str], part: str) -> None:
    async def job(work: Work) -> None:
        for login in members:
            await projecting.put(work, ident, login, Part(part))

    changing(settings, job)
    click.echo(f"changed project {ident}")


def _take(settings: Settings, ident: str, members: Sequence[str]) -> None:
    async def job(work: Work) -> None:
        for login in members:
            await projecting.take(work, ident, login)

    changing(settings, job)
    click.echo(f"changed project {ident}")


_LOGINS = click.argument("members", metavar="LOGIN…", nargs=-1, required=True)
_PART = click.option(
    "--as",
    "part",
    type=click.Choice([*Part]),
    default=Part.USER,
    show_default=True,
    help="In which part; its PI and ADMINs look after its drives.",
)
_command(projects, "members", "List a project's members.", _list_parts, _ID, as_json)
_command(projects, "put", "Have users (logins) be in a project.", _put, _ID, _LOGINS, _PART)
_command(projects, "leave", "Take users out of a project.", _take, _ID, _LOGINS)

COMMANDS: list[click.Command] = [
    organizations,
    accounts,
    users,
    groups,
    projects,
    tokens,
    keys,
    refresh_tokens,
    clients,
    providers,
    products,
    allocations,
    links,
    signing_keys,
    issuers,
]
