"""`polyshare refresh-tokens`: what users and providers get new access tokens by."""

import click

from polyshare.cli.credentials import moment_of
from polyshare.cli.options import WRONG_USE, Failure, settings_options
from polyshare.cli.showing import PAGE, as_json, changing, looking, show_all, show_one
from polyshare.domain.refresh_tokens import Holder, RefreshToken
from polyshare.engine.credentials import issuing, refreshing
from polyshare.engine.work import Work
from polyshare.settings import Settings
from polyshare.web import admin_shapes as shapes

_USER = click.option("--user", metavar="LOGIN", default="", help="The user whose it is.")
_PROVIDER = click.option("--provider", metavar="ID", default="", help="The provider whose it is.")


@click.group("refresh-tokens")
def refresh_tokens() -> None:
    """
    List, issue and revoke UCloud refresh tokens, of users and of providers.

    Whoever has one gets access tokens by it, for ten minutes each. The secret is printed on standard output when it is
    issued, and kept only as a hash; it never ends, unless --expires says so of a user's. Those that browsers get when
    somebody signs in are listed too, with their end.

    \b
    Examples:
      polyshare refresh-tokens add --provider example
      polyshare refresh-tokens add --user alice --name backup --expires 2030-12-31
      polyshare refresh-tokens list --user alice
    """


@refresh_tokens.command("list")
@_USER
@_PROVIDER
@as_json
@settings_options("database")
def list_tokens(settings: Settings, user: str, provider: str, in_json: bool) -> None:
    """List refresh tokens, oldest first; their secrets are known to nobody."""
    holder = _holder(user, provider) if user or provider else None

    async def job(work: Work) -> list[RefreshToken]:
        found: list[RefreshToken] = []
        while rows := await refreshing.page(work, found[-1].id if found else 0, PAGE, holder):
            found += rows
        return found

    rows = [shapes.refresh_token(row) for row in looking(settings, job)]
    show_all(rows, ("id", "user", "provider", "name", "expires_at", "revoked_at"), in_json)


@refresh_tokens.command("show")
@click.argument("ident", metavar="ID")
@as_json
@settings_options("database")
def show_token(settings: Settings, ident: str, in_json: bool) -> None:
    """Show one refresh token, without its secret."""
    show_one(shapes.refresh_token(looking(settings, lambda work: refreshing.show(work, ident))), in_json)


@refresh_tokens.command("add")
@_USER
@_PROVIDER
@click.option("--name", default="", help="A name to know a user's by.")
@click.option("--expires", metavar="TIME", help="When a user's ends; UTC unless it says otherwise.")
@settings_options("database")
def add_token(settings: Settings, user: str, provider: str, name: str, expires: str | None) -> None:
    """Issue a refresh token for a user or a provider and print it, once."""
    holder, secret, ends = _holder(user, provider), issuing.new_secret(), moment_of(expires)
    issued = changing(settings, lambda work: refreshing.issue(work, holder, secret, name, ends))
    whose = user or provider
    click.echo(
        f"refresh token {issued.public_id} of {whose}; keep its secret, it is not shown again:", err=True
    )
    click.echo(secret)


@refresh_tokens.command("revoke")
@click.argument("ident", metavar="ID")
@settings_options("database")
def revoke_token(settings: Settings, ident: str) -> None:
    """Revoke a refresh token; access tokens that were got by it hold until they are over."""
    changing(settings, lambda work: refreshing.revoke(work, ident))
    click.echo(f"revoked refresh token {ident}")


def _holder(user: str, provider: str) -> Holder:
    if bool(user) == bool(provider):
        raise Failure("name the user (--user) or the provider (--provider), one of both", WRONG_USE)
    return Holder(user, provider)
