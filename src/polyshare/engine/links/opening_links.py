"""Opening a link as people do: what stands before it, its code, its uses, and what it shows once it is open."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from polyshare.domain.access import not_expired
from polyshare.domain.errors import CodeNeeded, Hidden, Insufficient, LinkShut, NotFound, PolyshareError
from polyshare.domain.links import LONGEST_CODE, Link
from polyshare.domain.nodes import Node, NodeKind, Reach
from polyshare.domain.permissions import Permission
from polyshare.engine.credentials import passes
from polyshare.engine.credentials.admitting import digest_of
from polyshare.engine.directory import naming
from polyshare.engine.links import guessing
from polyshare.engine.memory.braking import network_of
from polyshare.engine.tree import access, deeds
from polyshare.engine.work import House, Work
from polyshare.store.database import Row, Rows
from polyshare.store.links import link_doors
from polyshare.store.links.links import links_of
from polyshare.store.statements import Statement
from polyshare.store.tree import nodes

T = TypeVar("T")

LONGEST_ADDRESS = 64
DRAWN_FROM = 20
"""Letters from which on an address was drawn and not thought up: only who was given one knows it, and is told of its end."""

UNKNOWN_PER_MINUTE = 60
"""Addresses of links that could be guessed, and are none, from one place; then it has to wait."""


class State(StrEnum):
    """What stands between who came and what the link leads to."""

    OPEN = "open"
    CODE = "code"
    REDEEM = "redeem"
    SIGN_IN = "sign_in"
    EXPIRED = "expired"
    USED_UP = "used_up"


@dataclass(frozen=True, slots=True)
class Door:
    """
    A link, and what stands before its opening.

    Attributes:
        maker: The display name of who made it.
        person: Id of who came, if that is known.
    """

    link: Link
    code_hash: str | None
    maker: str
    person: int | None
    state: State

    @property
    def may_read(self) -> bool:
        """Whether it shows and gives what lies there; a link for leaving files shows nothing."""
        return not self.link.drops

    @property
    def may_add(self) -> bool:
        """Whether who comes may leave files in its folders."""
        return Permission.EDIT in self.link.permissions.closed

    @property
    def may_download(self) -> bool:
        """Whether the original bytes may leave."""
        return self.may_read and Permission.DOWNLOAD in self.link.permissions.closed


@dataclass(frozen=True, slots=True)
class Visitor:
    """
    Who comes to a link.

    Attributes:
        person: Who is signed in; None: nobody.
        held: A pass that was given out before.
        address: Where the request comes from; empty if nobody knows.
    """

    person: int | None
    held: str | None
    address: str


async def by_token(house: House, token: str, visitor: Visitor) -> Door:
    """
    The link whose short address ends in *token*, as it is met now.

    Raises:
        LinkShut: There is none that this visitor may know of.
        Braked: Too many that there are not were asked for from there.
        Unavailable: The database did not answer.
    """
    drawn = len(token) >= DRAWN_FROM
    return await _met(house, (link_doors.BY_TOKEN, digest_of(token)), token, visitor, drawn=drawn)


async def by_share(house: House, share: str, visitor: Visitor) -> Door:
    """The link of the share that is known outside by that id; otherwise as `by_token`."""
    drawn = len(share) >= DRAWN_FROM
    return await _met(house, (link_doors.BY_SHARE, share), share, visitor, drawn=drawn)


async def by_vendor_id(house: House, text: str, visitor: Visitor) -> Door:
    """The link that an id in Oracle's shape means, sealed so that nobody can guess it; otherwise as `by_token`."""
    number = await house.read(None, lambda work: naming.link(work, text))
    return await _met(house, (link_doors.BY_ID, number or 0), text, visitor, drawn=True)


async def _met(
    house: House, asked: tuple[Statement, int | str], name: str, visitor: Visitor, *, drawn: bool
) -> Door:
    brake = ("link", network_of(visitor.address)), UNKNOWN_PER_MINUTE
    if not drawn:
        house.guesses.check(*brake, house.clock())
    try:
        return await _known(house, asked, name, visitor, drawn=drawn)
    except LinkShut:
        if not drawn:
            house.guesses.take(*brake, house.clock())
        raise


async def _known(
    house: House, asked: tuple[Statement, int | str], name: str, visitor: Visitor, *, drawn: bool
) -> Door:
    statement, value = asked

    async def look(rows: Rows) -> list[Row]:
        return list(await rows.all(statement, value=value, person=visitor.person))

    usable = len(name) <= LONGEST_ADDRESS and name.isprintable() and name.isascii()
    found = await house.database.read(look, snapshot=False) if usable else []
    if not found:
        raise _unknown()
    link = links_of(found)[0]
    code_hash, admitted, maker = found[0][19:22]
    door = Door(link, code_hash, maker, visitor.person, State.OPEN)
    state = _ended(door, house.clock()) or await _before(house, door, bool(admitted), visitor.held)
    if state in (State.EXPIRED, State.USED_UP) and not drawn:
        raise _unknown()
    return replace(door, state=state)


def _ended(door: Door, now: int) -> State | None:
    return None if not_expired(door.link.expires_at, now) else State.EXPIRED


async def _before(house: House, door: Door, admitted: bool, held: str | None) -> State:
    """What stands before a link that has not ended."""
    if not admitted:
        if door.person is not None:
            raise _unknown()
        return State.SIGN_IN
    limited = door.link.uses_left is not None
    if (limited or door.code_hash is not None) and await passes.holds(
        house, held, door.link.id, door.code_hash
    ):
        return State.OPEN
    if limited and not door.link.uses_left:
        return State.USED_UP
    if door.code_hash is not None:
        return State.CODE
    return State.REDEEM if limited else State.OPEN


async def enter(house: House, door: Door, code: str | None, address: str = "", *, using: bool) -> Door:
    """
    Give a link's code, and redeem one of its uses if they are limited; the door as it is then.

    Redeeming is one statement: of a link with three uses left, three are let in, however many come at once.

    Args:
        code: What was given as the code; None: nothing.
        address: Where the caller comes from; empty if nobody knows.
        using: Whether a use may be redeemed; if not, a link with limited uses stays in REDEEM.

    Raises:
        CodeNeeded: It asks for its code, and this is none or a wrong one.
        Braked: Too many wrong codes were given.
        LinkShut: It has gone meanwhile.
        Unavailable: The database did not answer, or too many codes are being checked.
    """
    if door.state is State.CODE:
        if not await _is_code(house, door, code, address):
            raise CodeNeeded("This link asks for its password.")
        door = replace(door, state=State.REDEEM if door.link.uses_left is not None else State.OPEN)
    if door.state is State.REDEEM and using:
        redeemed = await house.write(None, lambda work: _redeem(work, door.link.id))
        return replace(door, state=State.OPEN if redeemed else State.USED_UP)
    return door


async def _is_code(house: House, door: Door, code: str | None, address: str) -> bool:
    if code is None or door.code_hash is None or len(code) > LONGEST_CODE:
        return False
    return await guessing.is_right(house, door.link.id, door.code_hash, code, address)


async def _redeem(work: Work, link: int) -> bool:
    return bool(await work.rows.run(link_doors.REDEEM, link=link, now=work.now))


async def tops(work: Work, door: Door) -> list[Reach]:
    """
    What an open link leads to: its node, or the items of its share that open now.

    Raises:
        LinkShut: There is nothing any more.
    """
    link = door.link
    if link.node is not None:
        found = [link.node]
    else:
        found = [row[0] for row in await work.rows.all(link_doors.TOPS, share=link.share)]
    reached = []
    for node in found:
        try:
            reached.append(await access.reach(work, door.person, node, link=link.id))
        except NotFound:
            continue
    if not reached:
        raise _unknown()
    return reached


async def reach(work: Work, door: Door, node: int) -> Reach:
    """
    A node behind an open link.

    Raises:
        NotFound: There is none, or it does not lie behind this link.
    """
    if not door.may_read and node != door.link.node:
        raise Hidden("item")
    reached = await access.reach(work, door.person, node, link=door.link.id)
    if door.link.node is None and all(top.node.drive != reached.node.drive for top in await tops(work, door)):
        raise Hidden("item")  # its share names another place
    return reached


async def trail(work: Work, door: Door, reached: Reach) -> list[tuple[int, str]]:
    """The folders between a link's top and a node, outermost first, without the node itself: (id, name)."""
    if reached.node.id == door.link.node:
        return []
    above = (await nodes.ways_up(work.rows, [reached.node.id])).get(reached.node.id, [])
    tops_ = {door.link.node} if door.link.node else {one.node.id for one in await tops(work, door)}
    steps: list[tuple[int, str]] = []
    for step in above:
        if step.id != reached.node.id:
            steps.append((step.id, step.name))
        if step.id in tops_:
            return steps[::-1]
    return []


def allow_reading(door: Door, reached: Reach) -> None:
    """Let the original bytes out; raises Insufficient."""
    allow_seeing(door, reached)
    if not door.may_download:
        raise Insufficient(reached.node.id, "This link shows what is here, but does not give it away.")
    deeds.allow_reading(reached)


def allow_seeing(door: Door, reached: Reach) -> None:
    """Show what is there; raises Insufficient."""
    if not door.may_read:
        raise Insufficient(reached.node.id, "This link is for leaving files; it shows none.")


def folder_for(reached: Reach) -> Node:
    """
    The folder that files can be left in.

    Raises:
        Insufficient: The link does not let anybody leave files.
        NotFound: It is no folder.
    """
    deeds.allow_adding(reached)
    if reached.node.kind is not NodeKind.FOLDER:
        raise NotFound("folder")
    return reached.node


async def looking(house: House, job: Callable[[Work], Awaitable[T]]) -> T:
    """Run *job* on one view; what vanished meanwhile is told like what never was."""
    try:
        return await house.read(None, job)
    except LinkShut:
        raise
    except NotFound as error:
        raise _unknown() from error


def _unknown() -> PolyshareError:
    return LinkShut("There is no such link, or it was removed.")
