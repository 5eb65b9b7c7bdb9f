"""`polyshare providers`: who carries which kinds of resource."""

import json
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

import click

from polyshare.cli.options import WRONG_USE, Failure, settings_options
from polyshare.cli.showing import as_json, changing, looking, show_all, show_one
from polyshare.engine.keepers import equipping
from polyshare.settings import Settings
from polyshare.web import admin_shapes as shapes


@click.group()
def providers() -> None:
    """
    List and change providers: who carries grants out, by kind of resource.

    Kinds of resource that nobody claims are marked as carried out by the built-in provider. Running servers take a
    change over by themselves.

    \b
    Examples:
      polyshare providers put gateway --kind applied --carries gateway-policy
      polyshare providers put hook --kind webhook --needs hook.toml --carries custom-ruleset
      polyshare providers put storage --kind ucloud --needs storage.toml
    """


@providers.command("list")
@as_json
@settings_options("database")
def list_providers(settings: Settings, in_json: bool) -> None:
    """List providers; their secrets are left out."""
    rows = [shapes.provider(row) for row in looking(settings, equipping.page)]
    show_all(rows, ("id", "kind", "resource_types"), in_json)


@providers.command()
@click.argument("ident", metavar="ID")
@as_json
@settings_options("database")
def show(settings: Settings, ident: str, in_json: bool) -> None:
    """Show a provider; its secrets are left out."""
    show_one(shapes.provider(looking(settings, lambda work: equipping.show(work, ident))), in_json)


@providers.command()
@click.argument("ident", metavar="ID")
@click.option("--kind", required=True, type=click.Choice(["applied", "webhook", "files", "ucloud"]))
@click.option(
    "--needs",
    metavar="FILE",
    help="A TOML file with what its kind needs, such as url and secret; -: standard input.",
)
@click.option(
    "--carries", metavar="TYPE", multiple=True, help="A kind of resource that it carries. Repeatable."
)
@settings_options("database")
def put(settings: Settings, ident: str, kind: str, needs: str | None, carries: Sequence[str]) -> None:
    """
    Add a provider, or replace the one with this id.

    Secrets stand in a file, never on the command line. A webhook needs `url` and `secret` (whsec_ and base64), and may
    have `networks` and `timeout_s`; `applied` may have `delay_s`. One of kind `ucloud` needs `url` and `private_key` (PEM:
    what calls to it are signed with), and may have `public_key` (PEM: what its own tokens are checked with),
    `refresh_token`, `networks` and `timeout_s`; of these `files` may have `public_key` and `refresh_token`.
    """
    text = json.dumps({} if needs is None else _needs(needs))
    different = changing(settings, lambda work: equipping.equip(work, ident, kind, text, carries))
    click.echo(f"{'changed' if different else 'nothing new for'} provider {ident}")


@providers.command()
@click.argument("ident", metavar="ID")
@settings_options("database")
def remove(settings: Settings, ident: str) -> None:
    """Remove a provider; what it carried goes to the built-in one."""
    changing(settings, lambda work: equipping.dismiss(work, ident))
    click.echo(f"removed provider {ident}")


def _needs(file: str) -> dict[str, object]:
    try:
        return tomllib.loads(sys.stdin.read() if file == "-" else Path(file).read_text("utf-8"))
    except OSError as error:
        raise Failure(
            f"--needs {file}: {error.strerror}; name a TOML file that can be read", WRONG_USE
        ) from error
    except ValueError as error:
        raise Failure(f"--needs {file}: not TOML: {error}", WRONG_USE) from error
