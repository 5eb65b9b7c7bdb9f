"""`polyshare trash`: what a user deleted is listed, brought back, or removed for good."""

from datetime import UTC, datetime

import click
import msgspec

from polyshare.cli.options import settings_options
from polyshare.cli.showing import as_json, in_house, looking, show_all
from polyshare.domain.nodes import Node, NodeSeen
from polyshare.domain.views import Window
from polyshare.engine.directory import enrolling
from polyshare.engine.tree import browsing, filing
from polyshare.engine.work import Work
from polyshare.settings import Settings


class InTrash(msgspec.Struct):
    """Something in the trash; `size` in bytes, `deleted` in UTC."""

    id: int
    kind: str
    name: str
    size: int
    deleted: str


@click.group()
def trash() -> None:
    """What users deleted, until it is removed for good after `trash_days`."""


@trash.command("list")
@click.argument("login")
@as_json
@settings_options("database")
def list_(settings: Settings, login: str, in_json: bool) -> None:
    """List what a user, by login or id, can take out of the trash, the latest first."""

    async def job(work: Work) -> list[NodeSeen]:
        owner = await enrolling.show(work, login)
        return list((await browsing.in_trash(work, owner.id, window=Window(0, None))).rows)

    rows = [_shown(one.node) for one in looking(settings, job)]
    show_all(rows, ("id", "kind", "name", "size", "deleted"), in_json)


@trash.command()
@click.argument("login")
@click.argument("id_", metavar="ID", type=int)
@settings_options("database")
def restore(settings: Settings, login: str, id_: int) -> None:
    """Bring something back to where it was, or to the nearest folder above that is still there."""

    async def job(work: Work) -> Node:
        owner = await enrolling.show(work, login)
        return await filing.restore(work, await filing.in_trash(work, owner.id, id_))

    made = in_house(settings, lambda house: house.write(None, job))
    click.echo(f"{made.name} is back")


@trash.command()
@click.argument("login")
@click.argument("id_", metavar="ID", type=int)
@settings_options("database")
def purge(settings: Settings, login: str, id_: int) -> None:
    """Remove something for good, with everything in it; the worker of a server takes its bytes away."""

    async def job(work: Work) -> None:
        owner = await enrolling.show(work, login)
        await filing.remove(work, await filing.in_trash(work, owner.id, id_))

    in_house(settings, lambda house: house.write(None, job))
    click.echo("removed")


def _shown(node: Node) -> InTrash:
    deleted = datetime.fromtimestamp((node.trashed_at or 0) / 1_000_000, UTC)
    return InTrash(node.id, node.kind.value, node.name, node.size, f"{deleted:%Y-%m-%dT%H:%M:%SZ}")
