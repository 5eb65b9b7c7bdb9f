"""`polyshare tokens` and `polyshare keys`: issuing them, narrowing and revoking them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import click

from polyshare.cli.options import WRONG_USE, Failure, demand_a_change, settings_options
from polyshare.cli.showing import (
    PAGE,
    as_json,
    changing,
    looking,
    reach_options,
    scope_of,
    show_all,
    show_one,
)
from polyshare.domain.directory import Acting, Credential, CredentialChange, NewCredential
from polyshare.domain.principals import Access
from polyshare.engine.credentials import issuing
from polyshare.engine.work import Work
from polyshare.settings import Settings
from polyshare.web import admin_shapes as shapes

Found = tuple[list[Credential], Mapping[int, Sequence[Acting]]]


def moment_of(text: str | None) -> int | None:
    """The moment that --expires names, in microseconds."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise Failure(
            f"--expires {text!r}: write it as 2030-12-31 or 2030-12-31T12:00:00Z", WRONG_USE
        ) from error
    return shapes.microseconds(at if at.tzinfo is not None else at.replace(tzinfo=UTC))


def _options(command: Any) -> Any:
    command = reach_options(command)
    command = click.option(
        "--expires", metavar="TIME", help="Refused from then on; UTC unless it says otherwise."
    )(command)
    command = click.option(
        "--access", type=click.Choice(["read", "edit"]), help="The most that it may do anywhere."
    )(command)
    return click.option("--name", help="A name to know it by.")(command)


def _listing(kind: issuing.CredentialKind) -> click.Command:
    @click.command("list", help=f"List {kind}s, oldest first; their secrets are known to nobody.")
    @click.option("--user", metavar="LOGIN", default="", help="Only those of this user.")
    @as_json
    @settings_options("database")
    def list_them(settings: Settings, user: str, in_json: bool) -> None:
        async def job(work: Work) -> Found:
            found: list[Credential] = []
            while True:
                rows = await issuing.page(work, kind, found[-1].id if found else 0, PAGE, user=user)
                found += rows
                if len(rows) < PAGE:
                    return found, await issuing.scopes(work, found)

        found, scopes = looking(settings, job)
        rows = [shapes.credential(row, scopes[row.id]) for row in found]
        show_all(rows, ("id", "user", "name", "access", "scope", "expires_at", "revoked_at"), in_json)

    return list_them


def _showing(kind: issuing.CredentialKind) -> click.Command:
    @click.command("show", help=f"Show one {kind}, without its secret.")
    @click.argument("ident", metavar="ID")
    @as_json
    @settings_options("database")
    def show(settings: Settings, ident: str, in_json: bool) -> None:
        async def job(work: Work) -> shapes.CredentialOut:
            found = await issuing.show(work, kind, ident)
            return shapes.credential(found, (await issuing.scopes(work, [found]))[found.id])

        show_one(looking(settings, job), in_json)

    return show


def _adding(kind: issuing.CredentialKind) -> click.Command:
    @click.command("add", help=f"Issue a {kind} for a user and print it, once.")
    @click.argument("login")
    @_options
    @settings_options("database")
    def add(settings: Settings, login: str, **given: Any) -> None:
        scope = scope_of(given["accounts"], given["organizations"])
        access = Access(given["access"] or "edit")
        new = NewCredential(kind, login, given["name"] or "", access, scope, moment_of(given["expires"]))
        secret = issuing.new_secret()
        issued = changing(settings, lambda work: issuing.hand_out(work, new, secret))
        click.echo(
            f"{kind} {issued.public_id} of {issued.login}; keep its secret, it is not shown again:", err=True
        )
        click.echo(secret)

    return add


def _changing(kind: issuing.CredentialKind) -> click.Command:
    @click.command("change", help=f"Change a {kind}; --account and --organization replace what it reached.")
    @click.argument("ident", metavar="ID")
    @_options
    @settings_options("database")
    def change(settings: Settings, ident: str, **given: Any) -> None:
        demand_a_change()
        scope = scope_of(given["accounts"], given["organizations"])
        access = None if given["access"] is None else Access(given["access"])
        wanted = CredentialChange(given["name"], access, scope, moment_of(given["expires"]))
        changing(settings, lambda work: issuing.change(work, kind, ident, wanted))
        click.echo(f"changed {kind} {ident}")

    return change


def _revoking(kind: issuing.CredentialKind) -> click.Command:
    @click.command("revoke", help=f"Revoke a {kind}; it is refused within the setting credential_recheck_s.")
    @click.argument("ident", metavar="ID")
    @settings_options("database")
    def revoke(settings: Settings, ident: str) -> None:
        changing(settings, lambda work: issuing.revoke(work, kind, ident))
        click.echo(f"revoked {kind} {ident}")

    return revoke


def _credentials(kind: issuing.CredentialKind, text: str) -> click.Group:
    """The commands for one kind of credential; *text* is their help."""
    made = [make(kind) for make in (_listing, _showing, _adding, _changing, _revoking)]
    return click.Group(f"{kind}s", made, help=text, short_help=f"List, issue and revoke {kind}s.")


tokens = _credentials(
    "token",
    """
    List, issue and revoke bearer tokens.

    A token may do what its user may, unless --access read caps it or --account and --organization narrow it. The secret is
    printed on standard output when it is issued, and kept only as a hash.

    \b
    Examples:
      polyshare tokens add alice --name laptop
      polyshare tokens add alice --account 023e105f4ecef8ad9ca31a8372d0c353=read --expires 2030-12-31
      polyshare tokens list --user alice
    """,
)
keys = _credentials(
    "key",
    """
    List, issue and revoke API keys, which are sent together with their user's e-mail address.

    \b
    Examples:
      polyshare keys add alice
      polyshare keys list --json
    """,
)
