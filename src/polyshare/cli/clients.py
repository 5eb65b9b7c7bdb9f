"""`polyshare clients`: OAuth clients, which get tokens for people."""

from collections.abc import Sequence
from datetime import datetime

import click
from msgspec import Struct

from polyshare.cli.options import WRONG_USE, Failure, settings_options
from polyshare.cli.showing import PAGE, as_json, changing, looking, show_all, show_one
from polyshare.domain.directory import Client
from polyshare.engine.credentials import issuing, registering
from polyshare.engine.work import Work
from polyshare.settings import Settings
from polyshare.web import admin_shapes as shapes


class ClientOut(Struct):
    """A client without its secret."""

    id: str
    public: bool
    redirect_uris: list[str]
    created_at: datetime


def _out(found: Client) -> ClientOut:
    return ClientOut(
        found.public_id, found.secret_hash is None, list(found.redirect_uris), shapes.moment(found.created_at)
    )


@click.group()
def clients() -> None:
    """
    List, add and remove OAuth clients.

    A client gets short-lived tokens for people who give it their login and password. Its secret is printed on standard
    output when it is added, and kept only as a hash.

    \b
    Examples:
      polyshare clients add toolkit
      polyshare clients add app --public --redirect http://127.0.0.1:8765/callback
    """


@clients.command("list")
@as_json
@settings_options("database")
def list_clients(settings: Settings, in_json: bool) -> None:
    """List clients in the order of their ids."""

    async def job(work: Work) -> list[Client]:
        found: list[Client] = []
        while True:
            rows = await registering.page(work, found[-1].public_id if found else "", PAGE)
            found += rows
            if len(rows) < PAGE:
                return found

    rows = [_out(row) for row in looking(settings, job)]
    show_all(rows, ("id", "public", "redirect_uris", "created_at"), in_json)


@clients.command()
@click.argument("ident", metavar="ID")
@as_json
@settings_options("database")
def show(settings: Settings, ident: str, in_json: bool) -> None:
    """Show one client, without its secret."""
    show_one(_out(looking(settings, lambda work: registering.show(work, ident))), in_json)


@clients.command()
@click.argument("ident", metavar="[ID]", required=False)
@click.option("--public", is_flag=True, help="Without a secret: a program that can keep none.")
@click.option(
    "--redirect",
    "redirects",
    metavar="URL",
    multiple=True,
    help="Where browsers may come back to. Repeatable.",
)
@settings_options("database")
def add(settings: Settings, ident: str | None, public: bool, redirects: Sequence[str]) -> None:
    """Add a client and print its secret, once; without an ID one is drawn."""
    if ident == "":
        raise Failure("ID '': leave it out to have one drawn", WRONG_USE)
    secret = None if public else issuing.new_secret()
    added = changing(settings, lambda work: registering.register(work, ident, secret, redirects))
    if secret is None:
        click.echo(f"added client {added.public_id}")
        return
    click.echo(f"client {added.public_id}; keep its secret, it is not shown again:", err=True)
    click.echo(secret)


@clients.command()
@click.argument("ident", metavar="ID")
@settings_options("database")
def remove(settings: Settings, ident: str) -> None:
    """Remove a client and every token that it got."""
    changing(settings, lambda work: registering.remove(work, ident))
    click.echo(f"removed client {ident}")
