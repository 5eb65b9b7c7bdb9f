"""Shares: made, opened, listed, changed and taken back."""

from collections.abc import Sequence

from polyshare.dialects.base.answers import Answer, encode
from polyshare.dialects.base.calls import Call, Doing, Route
from polyshare.dialects.mycloud import credentials
from polyshare.dialects.mycloud.errors import Parameter
from polyshare.dialects.mycloud.translate import inward, outward
from polyshare.dialects.mycloud.translate.inward import ListQuery, ShareBody
from polyshare.dialects.mycloud.wire.common import Envelope
from polyshare.domain.errors import NotFound, NotYours, UnknownCredential
from polyshare.domain.link_shares import LinkShare, NewLinkShare, ShareChanges, Thing, Wanted
from polyshare.domain.links import Reader
from polyshare.engine import addressing
from polyshare.engine.credentials import minting, verifying
from polyshare.engine.links import linking
from polyshare.engine.tree import attaching, pointing
from polyshare.engine.work import Work


async def create_share(call: Call, _: None, body: ShareBody) -> Answer:
    """POST v1/shares."""
    work, actor = call.work, call.actor
    subject = await verifying.subject_of(work, actor.id)
    if body.owner != subject:
        raise NotYours("The owner is somebody else.")
    users, device = body.users or [], body.device or ""
    things = await _things(work, actor.id, device, body.files or [])
    readers = await _readers(work, users)
    new = NewLinkShare(device, things, inward.audience(users), readers, inward.luggage(body))
    made = await linking.offer(work, new)
    root = addressing.root(call.house.settings)
    share = outward.share_out(made, outward.Said(root, subject, actor.id))
    where = (b"location", f"{root}/shares/v1/shares/{made.public_id}".encode())
    return Answer(201, encode(Envelope(share, "Share created successfully")), (where,))


async def show_share(call: Call, _: None, __: None) -> Envelope:
    """GET v1/shares/{share}: whoever holds the link of a public share may, without a token."""
    public_id = call.path["share"]
    if len(public_id) > linking.LONGEST_ID:
        raise Parameter("shareId")
    actor = await credentials.user_if_any(call)
    viewer = actor.id if actor is not None else None

    async def look(work: Work) -> tuple[LinkShare, str, bool]:
        share = await linking.find(work, public_id)
        await _let_in(work, share, viewer)
        attached = await attaching.is_attached(work, share.owner, share.place)
        return share, await verifying.subject_of(work, share.owner), attached

    share, owner, attached = await call.read(look)
    if (
        viewer != share.owner and call.scope["method"] == "GET"
    ):  # a program that brings no browser opens the share by its token
        call.house.openings.count(share.link, call.house.clock())
    token = await minting.link_token(call.house, share.entity, share.public_id, viewer)
    said = outward.Said(addressing.root(call.house.settings), owner, viewer)
    shown = outward.opened_out(share, said, token, attached=attached, cache=call.house.settings.cache_route)
    return Envelope(shown, "Share retrieved successfully")


async def _let_in(work: Work, share: LinkShare, viewer: int | None) -> None:
    """Let in whom the share is for; what asks for a code or counts its uses opens on its page only."""
    guarded = share.coded or share.uses_left is not None
    if viewer != share.owner and (guarded or not await linking.admits(work, share, viewer)):
        if viewer is None and not guarded:
            raise UnknownCredential("jwt")
        raise NotFound("share")


async def list_shares(call: Call, _: None, query: ListQuery) -> Envelope:
    """GET v1/shares: those of the caller, or with userId those that were given to the caller."""
    work, me = call.work, call.actor.id
    subject = await verifying.subject_of(work, me)
    received = query.user is not None
    if (received and query.user != subject) or (not received and query.owner not in (None, subject)):
        raise NotYours("Only one's own shares are listed.")
    owner = None
    if received and query.owner is not None:
        owner = (await verifying.persons_of(work, [query.owner])).get(query.owner, 0)
    wanted = Wanted(received, owner, query.device, query.file)
    page = await linking.page(work, me, wanted, query.limit, query.before)
    owners = await verifying.subjects_of(work, sorted({share.owner for share in page.rows}))
    root = addressing.root(call.house.settings)
    rows = [outward.share_out(share, outward.Said(root, owners[share.owner], me)) for share in page.rows]
    following = "" if page.before is None else str(page.before)
    return Envelope(rows, "Shares retrieved successfully", pageToken=following)


async def change_share(call: Call, share: LinkShare, body: ShareBody) -> Envelope:
    """PUT v1/shares/{share}: what is sent replaces what was."""
    work, me = call.work, call.actor.id
    subject = await verifying.subject_of(work, me)
    if body.owner not in (None, subject):
        raise NotYours("The owner stays who it is.")
    if body.device not in (None, share.place):
        raise Parameter("deviceId")
    things = None if body.files is None else await _things(work, me, share.place, body.files)
    audience = None if body.users is None else inward.audience(body.users)
    readers = await _readers(work, body.users or [])
    changes = ShareChanges(things, audience, readers, inward.luggage(body, share.meta))
    after = await linking.revise(work, share, changes)
    said = outward.Said(addressing.root(call.house.settings), subject, me)
    return Envelope(outward.share_out(after, said), "Share updated successfully")


async def delete_share(call: Call, share: LinkShare, _: None) -> Envelope:
    """DELETE v1/shares/{share}."""
    await linking.withdraw(call.work, share)
    return Envelope("deleted", "Share deleted successfully")


async def _own(call: Call) -> LinkShare:
    """The share that the path names, for its owner."""
    if len(call.path["share"]) > linking.LONGEST_ID:
        raise Parameter("shareId")
    return await linking.own(call.work, call.path["share"])


async def _things(work: Work, person: int, device: str, files: Sequence[str]) -> tuple[Thing, ...]:
    """What file ids name on a device, as far as the person reaches it; what names nothing is kept all the same."""
    there = await pointing.within_reach(work, person, device, files)
    return tuple(Thing(file, there.get(file)) for file in files)


async def _readers(work: Work, users: Sequence[str]) -> tuple[Reader, ...]:
    known = await verifying.persons_of(work, users) if users else {}
    return tuple(Reader(known.get(user), user) for user in users)


_ALL, _ONE = "/v1/shares", "/v1/shares/{share}"

ROUTES = (
    Route("POST", _ALL, create_share, Doing.WRITE, inward.new_share, has_body=True, status=201),
    Route("GET", _ALL, list_shares, Doing.READ, inward.list_query),
    Route("GET", _ONE, show_share, Doing.STEPS, is_open=True),
    Route("PUT", _ONE, change_share, Doing.WRITE, inward.changed_share, _own, has_body=True),
    Route("DELETE", _ONE, delete_share, Doing.WRITE, None, _own),
)
