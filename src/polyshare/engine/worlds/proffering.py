"""Laying down the folders that a world file offers to users: with fixed ids, and answered as if it had been long ago."""

import msgspec

from polyshare.domain import paths
from polyshare.domain.delivery import Consent
from polyshare.domain.errors import Invalid, NotFound, PolyshareError
from polyshare.domain.folder_shares import NewFolderShare
from polyshare.domain.nodes import Reach
from polyshare.domain.permissions import Permission
from polyshare.engine.content import bringing
from polyshare.engine.sharing import asking, partaking
from polyshare.engine.sharing.screening import Sharer
from polyshare.engine.work import Work
from polyshare.engine.worlds.planting import How
from polyshare.engine.worlds.shapes import tree
from polyshare.store.shares import consents, folder_places, laid
from polyshare.store.shares.consents import Stake

SHARE_ID = "ucloud"
GIVES = {"READ": Permission.DOWNLOAD, "EDIT": Permission.EDIT}


async def offer(work: Work, entry: tree.Offer) -> How:
    """
    Make sure that a folder is offered to a user, and gives what it is to give; nobody is told.

    How it was answered counts when it is new: from then on that is its recipient's to say. One that was ended stays so
    if its id is fixed, for the id is used up.

    Raises:
        Invalid: Path or user are unknown, it is the owner, or the id is something else's.
    """
    if unknown := set(entry.ids) - {SHARE_ID}:
        raise Invalid(f"there is no such id; use {SHARE_ID}", "ids", min(unknown))
    number = _number(entry)
    reached = await _reached(work, entry.path)
    who = (await folder_places.people(work.rows, [entry.to])).get(entry.to)
    if who is None:
        raise Invalid("there is no user of this login; add it first", "to")
    held = [one.share for one in await folder_places.on_nodes(work.rows, [reached.node.id], [who])]
    found = list((await consents.some(work.rows, held)).values())
    if found:
        if number is not None and number != found[0].share:
            raise Invalid(f"this offer is there with the id {found[0].share}; ids stay as they are", "ids")
        return await _revise(work, found[0], entry)
    if number is not None and await laid.is_share(work.rows, number):
        if await laid.was_of(work.rows, number, reached.node.id, who):
            return ""
        raise Invalid("this id is another share's; give each its own", "ids", SHARE_ID)
    await _add(work, reached, entry, number)
    return "added"


async def _add(work: Work, reached: Reach, entry: tree.Offer, number: int | None) -> None:
    """Offer the folder, and answer."""
    owner = await laid.login(work.rows, reached.node.owner)
    new = NewFolderShare(_normal(entry.path), entry.to, _permissions(entry), _asked(entry), None)
    fixed = () if number is None else (number,)
    try:
        wish = asking.Wish(Sharer(reached.node.owner, owner), [new], told=False, fixed=fixed)
        [made] = await asking.offer_here(work, wish)
    except PolyshareError as error:
        raise Invalid(error.message) from error
    consent = Consent(entry.consent)
    if consent is not Consent.AWAITED:
        answer = partaking.accept if consent is Consent.GIVEN else partaking.decline
        await answer(work, list((await consents.some(work.rows, [made.share.id])).values()))


async def _revise(work: Work, found: Stake, entry: tree.Offer) -> How:
    """Let what is offered give what it is to give, unless it was refused."""
    if found.consent is Consent.REFUSED or found.permissions == _permissions(entry):
        return ""
    await partaking.regrant(work, [found], {found.share: (_permissions(entry), _asked(entry))})
    return "changed"


async def _reached(work: Work, path: str) -> Reach:
    try:
        return await bringing.found(work, path)
    except NotFound as error:
        raise Invalid(error.message, "path") from error


def _normal(path: str) -> str:
    normal = paths.normal(path)
    if normal is None:
        raise Invalid("write /NUMBER/folder, with the number of a drive", "path")
    return normal


def _permissions(entry: tree.Offer) -> Permission:
    given = Permission(0)
    for name in entry.permissions:
        given |= GIVES[name]
    if not given:
        raise Invalid(f"give at least one of {', '.join(GIVES)}", "permissions")
    return given


def _asked(entry: tree.Offer) -> str:
    return msgspec.json.encode(list(dict.fromkeys(entry.permissions))).decode()


def _number(entry: tree.Offer) -> int | None:
    """The id that the share is to have."""
    text = entry.ids.get(SHARE_ID)
    if text is None:
        return None
    number = paths.drive_number(text)
    if number is None or number == 0:
        raise Invalid("an id is a number of digits, greater than 0", "ids", SHARE_ID)
    return number
