"""Which node or principal a vendor-shaped id means, and which id is shown for it: one that was fixed, else a spelled one."""

from collections.abc import Iterable, Mapping

from polyshare.domain import link_ids
from polyshare.domain.nodes import Node, NodeKind, PersonSeen
from polyshare.domain.vendor_ids import Letter, read, spelled
from polyshare.engine.work import Work
from polyshare.store.directory import vendor_aliases
from polyshare.store.tree import drives

ORACLE = "oracle"


async def tail(work: Work) -> str:
    """The 20 digits on which spelled ids of this installation end; the same for ever, and so asked for once."""
    if not work.house.tail:
        work.house.tail = await drives.tail(work.rows)
    return work.house.tail


async def link_secret(work: Work) -> str:
    """What the ids of public links are spelled with, so that nobody can work one out from others; the same for ever."""
    return (await drives.tail_and_link_secret(work.rows))[1]


async def tail_and_link_secret(work: Work) -> tuple[str, str]:
    """Both at once, for an answer in which ids of both kinds stand."""
    return await drives.tail_and_link_secret(work.rows)


def shown_node(node: Node, aliases: Mapping[str, str], tail: str) -> str:
    """The id of a node: the one that was fixed, else F… for folders and collections and D… for files."""
    letter = Letter.FILE if node.kind is NodeKind.FILE else Letter.FOLDER
    return aliases.get(ORACLE) or spelled(letter, node.id, tail)


def shown_parent(parent: int, aliases: Mapping[str, str], tail: str) -> str:
    """The id of the folder that a node lies in."""
    return aliases.get(ORACLE) or spelled(Letter.FOLDER, parent, tail)


def shown_person(person: PersonSeen, tail: str) -> str:
    """The id of a user."""
    return shown_principal(Letter.USER, person.id, person.aliases, tail)


def shown_principal(letter: Letter, id_: int, aliases: Mapping[str, str], tail: str) -> str:
    """The id of a user or group."""
    return aliases.get(ORACLE) or spelled(letter, id_, tail)


def shown_link(link: int, secret: str) -> str:
    """The id of a public link; *secret* is what `link_secret` gives."""
    return link_ids.spelled(link, secret)


async def node(work: Work, text: str) -> int | None:
    """
    The node that an id means; None when it can mean none, whether there is such a node is not asked.

    One statement.
    """
    fixed = await vendor_aliases.nodes(work.rows, ORACLE, [text])
    if text.upper() in fixed:
        return fixed[text.upper()]
    found = read(text, await tail(work))
    return found[1] if found is not None and found[0] in (Letter.FOLDER, Letter.FILE) else None


async def principals(work: Work, texts: Iterable[str]) -> dict[str, int]:
    """The users and groups that ids mean, by the text as given; what means none is left out. One statement."""
    asked = list(texts)
    fixed = await vendor_aliases.principals(work.rows, ORACLE, asked)
    ending = await tail(work)
    meant = {}
    for text in asked:
        found = read(text, ending)
        if text.upper() in fixed:
            meant[text] = fixed[text.upper()]
        elif found is not None and found[0] in (Letter.USER, Letter.GROUP):
            meant[text] = found[1]
    return meant


async def link(work: Work, text: str) -> int | None:
    """The public link that an id means; None when it can mean none."""
    return link_ids.read(text, await link_secret(work))


async def fix(work: Work, node_id: int, value: str, namespace: str = ORACLE) -> None:
    """
    Let a node be known under a given id.

    Raises:
        Taken: The id is another node's, or the node has one.
    """
    await vendor_aliases.fix_node(work.rows, namespace, value, node_id)
