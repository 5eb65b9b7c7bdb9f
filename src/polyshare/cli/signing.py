"""`polyshare signing-keys` and `polyshare issuers`: what our tokens are signed with, and whose else are believed."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click
import msgspec
from msgspec import Struct

from polyshare.cli.options import WRONG_USE, Failure, settings_options
from polyshare.cli.showing import as_json, changing, in_house, looking, show_all, show_one
from polyshare.engine.credentials import keeping_keys, trusting
from polyshare.engine.credentials.trusting import Trust
from polyshare.engine.memory.keyring import Purpose, SigningKey
from polyshare.engine.work import House, Work
from polyshare.settings import Settings
from polyshare.store.credentials.issuers import IssuerRow
from polyshare.web import admin_shapes as shapes


class KeyOut(Struct):
    """A signing key, without what is secret in it."""

    id: str
    purpose: str
    signs_now: bool
    created_at: datetime


class IssuerOut(Struct):
    """A trusted issuer, without what is secret of it."""

    api: str
    issuer: str
    algorithm: str
    keys: str
    audience: str | None
    networks: list[str]
    create_users: bool
    created_at: datetime
    modified_at: datetime


def _issuer(row: IssuerRow) -> IssuerOut:
    terms = msgspec.json.decode(row.settings, type=Trust)
    given = {
        "jwks": terms.jwks,
        "certificate": terms.certificate,
        "secret": terms.secret,
    }
    keys = terms.jwks_url or next(name for name, value in given.items() if value is not None)
    return IssuerOut(
        row.dialect,
        row.issuer,
        terms.algorithm,
        keys,
        terms.audience,
        terms.networks,
        terms.create_users,
        shapes.moment(row.created_at),
        shapes.moment(row.modified_at),
    )


@click.group("signing-keys")
def signing_keys() -> None:
    """
    List and replace the keys that sign tokens and cookies.

    Keys are made when they are needed first, and those of tokens replaced by themselves (setting signing_key_days). What a
    replaced key signed stays good until it ends.

    \b
    Examples:
      polyshare signing-keys list
      polyshare signing-keys rotate user
      polyshare signing-keys rotate link --revoke
    """


@signing_keys.command("list")
@as_json
@settings_options("database")
def list_keys(settings: Settings, in_json: bool) -> None:
    """List the keys, the newest of each purpose first."""

    async def job(house: House) -> list[KeyOut]:
        ring = await keeping_keys.ring(house)
        return [_key(one, ring.newest(purpose)) for purpose in Purpose for one in ring.all(purpose)]

    show_all(in_house(settings, job), ("id", "purpose", "signs_now", "created_at"), in_json)


def _key(one: SigningKey, newest: SigningKey | None) -> KeyOut:
    return KeyOut(one.kid, one.purpose.value, one is newest, shapes.moment(one.created_at))


@signing_keys.command("show")
@click.argument("ident", metavar="ID")
@settings_options("database")
def show_key(settings: Settings, ident: str) -> None:
    """Print the public half of a key as PEM, for who is to check what it signs."""

    async def job(house: House) -> str:
        found = (await keeping_keys.ring(house)).by_kid(ident)
        if found is None or found.purpose is Purpose.PAGE:  # of that one there is no half to show
            raise Failure("There is no key of this id that signs tokens.")
        return found.key.as_pem(private=False).decode()  # type: ignore[union-attr] # all but those of pages

    click.echo(in_house(settings, job), nl=False)


@signing_keys.command()
@click.argument("purpose", type=click.Choice([purpose.value for purpose in Purpose]))
@click.option("--revoke", is_flag=True, help="Refuse from now on what the keys before it signed.")
@settings_options("database")
def rotate(settings: Settings, purpose: str, revoke: bool) -> None:
    """Have a new key sign users' tokens (user), links' tokens (link), or cookies and forms (page)."""

    async def job(house: House) -> SigningKey:
        present = (await keeping_keys.ring(house)).newest(Purpose(purpose))
        instead_of = None if present is None else present.id
        made = await keeping_keys.rotate(house, Purpose(purpose), instead_of)
        if revoke:
            await keeping_keys.revoke_others(house, Purpose(purpose))
        return made

    click.echo(f"key {in_house(settings, job).kid} signs from now on")


@click.group()
def issuers() -> None:
    """
    List and change the issuers whose tokens are believed besides our own.

    A token of such an issuer lets in whoever has its subject as an alias in the namespace of the API (a user's
    `aliases` in a world file), at UCloud's API as login; or, with --create-users, whoever comes.

    \b
    Examples:
      polyshare issuers trust https://tenant.example.com/ --jwks-url https://tenant.example.com/.well-known/jwks.json
      polyshare issuers trust cloud.sdu.dk --api ucloud --algorithm HS512 --secret secret.txt
      polyshare issuers list
    """


_API = click.option(
    "--api",
    default="mycloud",
    show_default=True,
    type=click.Choice(["mycloud", "oracle", "cloudflare", "ucloud"]),
    help="The API at which its tokens are believed.",
)


@issuers.command("list")
@as_json
@settings_options("database")
def list_issuers(settings: Settings, in_json: bool) -> None:
    """List the issuers; their secrets are left out."""
    rows = [_issuer(row) for row in looking(settings, trusting.page)]
    show_all(rows, ("api", "issuer", "algorithm", "keys", "create_users"), in_json)


@issuers.command()
@click.argument("issuer", metavar="ISSUER")
@_API
@as_json
@settings_options("database")
def show(settings: Settings, issuer: str, api: str, in_json: bool) -> None:
    """Show an issuer; its secrets are left out."""
    rows = looking(settings, trusting.page)
    found = [row for row in rows if (row.dialect, row.issuer) == (api, issuer)]
    if not found:
        raise Failure("There is no issuer of this name for this API.")
    show_one(_issuer(found[0]), in_json)


@issuers.command()
@click.argument("issuer", metavar="ISSUER")
@_API
@click.option(
    "--algorithm", default="RS256", show_default=True, type=click.Choice(["RS256", "ES256", "HS512"])
)
@click.option("--jwks-url", metavar="URL", help="Where it publishes its keys.")
@click.option("--jwks", metavar="FILE", help="A JSON file with its keys, instead.")
@click.option("--certificate", metavar="FILE", help="A PEM file with its public key, instead.")
@click.option(
    "--secret", metavar="FILE", help="A file with the secret that HS512 shares; at UCloud's API only."
)
@click.option("--audience", metavar="TEXT", help="For whom its tokens must be; else as for our own.")
@click.option(
    "--network",
    "networks",
    metavar="NETWORK",
    multiple=True,
    help="A network besides the public internet in which the URL may lie. Repeatable.",
)
@click.option("--create-users", is_flag=True, help="Make users whom nobody knows when they come first.")
@settings_options("database")
def trust(
    settings: Settings,
    issuer: str,
    api: str,
    algorithm: str,
    jwks_url: str | None,
    jwks: str | None,
    certificate: str | None,
    secret: str | None,
    audience: str | None,
    networks: Sequence[str],
    create_users: bool,
) -> None:
    """Believe an issuer, or on other terms from now on; ISSUER is what its tokens have as `iss`."""
    terms = Trust(
        algorithm,
        None if secret is None else _text(secret).rstrip("\r\n"),
        None if certificate is None else _text(certificate),
        jwks_url,
        None if jwks is None else _keys(jwks),
        audience,
        list(networks),
        create_users,
    )
    different = changing(settings, lambda work: trusting.trust(work, api, issuer, terms))
    click.echo(f"{'changed' if different else 'nothing new for'} issuer {issuer}")


@issuers.command()
@click.argument("issuer", metavar="ISSUER")
@_API
@settings_options("database")
def distrust(settings: Settings, issuer: str, api: str) -> None:
    """Believe an issuer no longer; its tokens are refused within the setting credential_recheck_s."""

    async def job(work: Work) -> None:
        await trusting.distrust(work, api, issuer)

    changing(settings, job)
    click.echo(f"removed issuer {issuer}")


def _text(file: str) -> str:
    try:
        return Path(file).read_text("utf-8")
    except OSError as error:
        raise Failure(f"{file}: {error.strerror}; name a file that can be read", WRONG_USE) from error
    except ValueError as error:
        raise Failure(f"{file}: not UTF-8 text", WRONG_USE) from error


def _keys(file: str) -> dict[str, object]:
    try:
        found = json.loads(_text(file))
    except (ValueError, RecursionError) as error:
        raise Failure(f"{file}: not JSON", WRONG_USE) from error
    if not isinstance(found, dict):
        raise Failure(f"{file}: not a set of keys", WRONG_USE)
    return found
