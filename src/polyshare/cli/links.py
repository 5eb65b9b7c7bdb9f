"""`polyshare links`: addresses that open a file or folder for whoever has them."""

from collections.abc import Sequence
from typing import Any

import click

from polyshare.cli.credentials import moment_of
from polyshare.cli.options import WRONG_USE, Failure, settings_options
from polyshare.cli.people import password_of, password_options
from polyshare.cli.showing import PAGE, as_json, in_house, looking, show_all, show_one
from polyshare.domain.link_shares import LinkShare
from polyshare.domain.links import Audience, Link, LinkTerms
from polyshare.domain.permissions import Permission
from polyshare.domain.principals import Access, Actor
from polyshare.engine import addressing
from polyshare.engine.content import bringing
from polyshare.engine.directory import enrolling
from polyshare.engine.links import handing_out, publishing
from polyshare.engine.links.handing_out import Made
from polyshare.engine.work import House, Work
from polyshare.engine.worlds import binding
from polyshare.settings import Settings
from polyshare.web import link_shapes, me
from polyshare.web.admin_shapes import moment

COLUMNS = ("id", "name", "item", "others", "gives", "expires_at", "uses_left", "opened", "url")


@click.group()
def links() -> None:
    """
    List, make, change and take away links.

    A link is an address that opens a file or folder for whoever has it. Its page needs no account and no program but a
    browser. What is done here is done in the name of who owns the file or folder.

    \b
    Examples:
      polyshare links add /5123/photos --expires 2030-12-31
      polyshare links add /5123/photos/sea.jpg --gives view --uses 3
      polyshare links add /5123/inbox --gives drop --password
      polyshare links add /5123/photos --share-id 57c81860-0f2b-4a5d-8e5c-4b8a3b6f9d01
      polyshare links list --user alice
    """


def _acting(owner: int) -> Actor:
    return Actor(owner, "", 0, Access.EDIT, narrowed=False, administrator=False)


async def _owner_of(work: Work, ident: str) -> int:
    """Who owns what a link leads to: the node, or the share."""
    made = await handing_out.one(work, await publishing.find(work, ident))
    return made.node.owner if made.share is None and made.node is not None else made.link.created_by


def _terms_options(command: Any) -> Any:
    command = password_options(command)
    command = click.option("--name", help="To tell several links of one folder apart.")(command)
    command = click.option(
        "--uses", type=click.IntRange(min=0), metavar="N", help="How often it can be opened; 0: any number."
    )(command)
    command = click.option(
        "--reader", "readers", metavar="LOGIN", multiple=True, help="For this user or group only. Repeatable."
    )(command)
    command = click.option("--signed-in", is_flag=True, help="For whoever is signed in here.")(command)
    return click.option(
        "--gives",
        type=click.Choice(list(link_shapes.PERMISSIONS)),
        help="view: looking; download: the files too; contribute: and adding some; drop: adding, and seeing nothing.",
    )(command)


def _audience(given: dict[str, Any]) -> link_shapes.Audience | None:
    if given["readers"]:
        return "listed"
    return "signed_in" if given["signed_in"] else None


@links.command("add")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("--expires", metavar="TIME", help="Opens nothing from then on; UTC unless it says otherwise.")
@_terms_options
@click.option(
    "--share-id", metavar="ID", help="A My Cloud share's, so that links sent with it go on working."
)
@click.option("--auth-id", metavar="ID", help="That share's authId, if it is known; else one is drawn.")
@settings_options("database", "public_url")
def add(settings: Settings, paths: Sequence[str], ask: bool, password_stdin: bool, **given: Any) -> None:
    """
    Make a link on what lies at PATH, a drive's number and names: /5123/photos. Prints its address.

    A My Cloud share that is kept by its old id may hold several files and folders of one drive, and lets them be
    downloaded.
    """
    kept = given["share_id"] is not None
    if not kept and (len(paths) > 1 or given["auth_id"] is not None):
        raise Failure("several paths and --auth-id are for a share that is kept: add --share-id", WRONG_USE)
    if kept and (given["name"] or given["gives"] not in (None, "download")):
        raise Failure("a share gives download and has no name: leave out --gives and --name", WRONG_USE)
    given["expires"] = moment_of(given["expires"])
    password = password_of(ask, password_stdin)
    if kept:
        share = in_house(settings, lambda house: _kept(house, paths, password, given))
        said = f"kept share {share.public_id}, authId {share.entity}; whoever has this address has the link:"
        _tell(settings, said, f"/action/share/{share.public_id}")
    else:
        link = in_house(settings, lambda house: _made(house, paths[0], password, given))
        said = f"added link {link.public_id}; whoever has this address has the link:"
        _tell(settings, said, f"/l/{link.token}")


async def _made(house: House, path: str, password: str | None, given: dict[str, Any]) -> Link:
    body = link_shapes.NewLink(
        path=path,
        name=given["name"] or "",
        gives=given["gives"] or "download",
        audience=_audience(given) or "anyone",
        readers=list(given["readers"]),
        expires_at=None if given["expires"] is None else moment(given["expires"]),
        uses=given["uses"] or 0,
    )
    code = await me.hashed(house, password)

    async def make(work: Work) -> Link:
        return await me.make(work, await bringing.found(work, path), body, code)

    return await house.write(await _at(house, path), make)


async def _kept(house: House, paths: Sequence[str], password: str | None, given: dict[str, Any]) -> LinkShare:
    code = await me.hashed(house, password)

    async def keep(work: Work) -> LinkShare:
        terms = LinkTerms(
            Audience(_audience(given) or "anyone"),
            Permission.DOWNLOAD,
            await handing_out.readers_of_share(work, given["readers"]),
            expires_at=given["expires"],
            code_hash=code,
            uses=given["uses"] or None,
        )
        reached = [await bringing.found(work, path) for path in paths]
        return await binding.keep(work, reached, (given["share_id"], given["auth_id"]), terms)

    return await house.write(await _at(house, paths[0]), keep)


async def _at(house: House, path: str) -> Actor:
    """The owner of what lies at a path, acting."""
    return _acting((await house.read(None, lambda work: bringing.found(work, path))).node.owner)


def _tell(settings: Settings, said: str, path: str) -> None:
    click.echo(said, err=True)
    if not settings.public_url:
        click.echo(
            "(public_url is not set: as this machine reaches the server, and maybe no other)", err=True
        )
    click.echo(f"{addressing.root(settings)}{path}")


@links.command("list")
@click.option("--user", metavar="LOGIN", required=True, help="Whose links.")
@as_json
@settings_options("database", "public_url")
def list_links(settings: Settings, user: str, in_json: bool) -> None:
    """List the links that a user made, newest first, and how often they were opened."""

    async def job(work: Work) -> list[Made]:
        person = await enrolling.show(work, user)
        found: list[Made] = []
        while True:
            rows = await handing_out.page(work, person.id, found[-1].link.id if found else None, PAGE)
            found += rows
            if len(rows) < PAGE:
                return found

    base = addressing.root(settings)
    show_all([link_shapes.link_out(made, base) for made in looking(settings, job)], COLUMNS, in_json)


@links.command("show")
@click.argument("ident", metavar="ID")
@as_json
@settings_options("database", "public_url")
def show(settings: Settings, ident: str, in_json: bool) -> None:
    """Show one link."""

    async def job(work: Work) -> Made:
        return await handing_out.one(work, await publishing.find(work, ident))

    show_one(link_shapes.link_out(looking(settings, job), addressing.root(settings)), in_json)


@links.command("change")
@click.argument("ident", metavar="ID")
@click.option("--expires", metavar="TIME", help="Opens nothing from then on; never: lift the limit.")
@click.option("--no-password", is_flag=True, help="Take the password away.")
@click.option("--anyone", is_flag=True, help="For anyone who has the address.")
@_terms_options
@settings_options("database")
def change(
    settings: Settings, ident: str, ask: bool, password_stdin: bool, no_password: bool, **given: Any
) -> None:
    """Change a link; what is not said stays."""
    expires = given["expires"]
    if expires not in (None, "never"):
        expires = moment(moment_of(expires) or 0).isoformat()
    password = "" if no_password else password_of(ask, password_stdin)
    body = link_shapes.LinkChange(
        name=given["name"],
        gives=given["gives"],
        audience="anyone" if given["anyone"] else _audience(given),
        readers=list(given["readers"]) or None,
        password=password,
        expires_at=expires,
        uses=given["uses"],
    )

    async def run(house: House) -> None:
        code = await me.hashed(house, password)

        owner = await house.read(None, lambda work: _owner_of(work, ident))
        await house.write(_acting(owner), lambda work: me.revise(work, owner, ident, body, code))

    in_house(settings, run)
    click.echo(f"changed link {ident}")


@links.command("remove")
@click.argument("ident", metavar="ID")
@settings_options("database")
def remove(settings: Settings, ident: str) -> None:
    """Take a link away, and the share whose it is; its address opens nothing from now on."""

    async def run(house: House) -> None:
        owner = await house.read(None, lambda work: _owner_of(work, ident))
        await house.write(_acting(owner), lambda work: handing_out.remove(work, owner, ident))

    in_house(settings, run)
    click.echo(f"removed link {ident}")
