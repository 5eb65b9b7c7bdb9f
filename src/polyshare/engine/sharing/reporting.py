"""What those who keep folders report: where they show what is shared, what became of it, shares of their own, and charges."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from polyshare.domain import paths
from polyshare.domain.delivery import Consent
from polyshare.domain.errors import Denied, Invalid, NotFound, WrongState
from polyshare.domain.events import What
from polyshare.domain.folder_shares import NewFolderShare
from polyshare.engine.grants import shelving
from polyshare.engine.sharing import asking, memberships, partaking
from polyshare.engine.sharing.screening import Sharer
from polyshare.engine.work import Work
from polyshare.providers.base import path_kind
from polyshare.store.directory import providers
from polyshare.store.shares import charges, consents, folder_places, reports
from polyshare.store.shares.consents import Stake

Report = tuple[int, Consent | None, str | None, str | None]
"""A share, how things stand with it (None: as they do), where its provider shows it (None: not said), and a text."""


@dataclass(frozen=True, slots=True)
class Registered:
    """
    A share that a provider knows of already.

    Attributes:
        ref: The provider's own id of it; empty for none.
        sharer: Login of whose folder it is.
    """

    new: NewFolderShare
    ref: str
    sharer: str


async def report(work: Work, provider: str, told: Sequence[Report]) -> None:
    """
    Take down what a provider says of its shares, also of those that it is being asked about; all of it or nothing.

    The place that it names first is the one that counts. That it accepts for a recipient changes nothing; that something
    is refused takes it back, as if its recipient had.

    Raises:
        NotFound: It keeps no such share; `what` is "share".
        Invalid: A place that is no drive's.
        Denied: A drive that is another's.
    """
    found = await _kept(work, provider, [share for share, *_ in told])
    _check_own(found, told)
    elsewhere = [one for one in told if found[one[0]].node is None]
    places = await _places(work, provider, [place for _, _, place, _ in elsewhere])
    last = [found[share] for share in dict.fromkeys(share for share, *_ in told)]
    await memberships.note_all(work, What.SHARE_REPORTED, [(one.share, one.grant) for one in last])
    shown = [
        {"grant": found[share].grant, "location": places[place]}
        for share, _, place, _ in elsewhere
        if place is not None
    ]
    if shown:
        await work.rows.many(reports.LOCATE, shown)
    refused = {share for share, consent, *_ in told if consent is Consent.REFUSED}
    retired = [one for one in last if one.share in refused and one.consent is not Consent.REFUSED]
    if retired:
        await partaking.retire(work, retired)
    updates = [
        {
            "id": work.new_id(),
            "share": share,
            "at": work.now,
            "consent": consent or (Consent.REFUSED if share in refused else found[share].consent),
            "text": text,
            "location": None if place is None else places.get(place, found[share].location),
        }
        for share, consent, place, text in told
    ]
    await consents.add_updates(work.rows, updates)
    await shelving.refresh(work, [one.share for one in last])


async def register(work: Work, provider: str, registered: Sequence[Registered]) -> list[int]:
    """
    Write shares that a provider knows of already, which nobody is told of; one that it registered before gives from now on
    what is said now.

    Returns:
        Ids of the shares, in order.

    Raises:
        Denied: The product is another provider's, or nobody has the login; or as `screening.screen`.
        Invalid: An id of its own with a comma; one that is another folder's or user's; or as `screening.screen`.
        AlreadyThere, OwnersPlace, NoAllocation, ProviderUnknown: As `screening.screen`.
        WrongState: What was registered before was declined.
    """
    for one in registered:
        if one.new.product is None or one.new.product.provider != provider:
            raise Denied("The product is another provider's.")
        if "," in one.ref:
            raise Invalid("An id can't have a comma in it.", "providerGeneratedId")
    refs = [one.ref for one in registered if one.ref]
    if len(set(refs)) < len(refs):
        raise Invalid("Two shares can't have the same id.", "providerGeneratedId")
    if refs:
        await work.rows.all(providers.LOCK, provider=provider)
    known = await reports.by_ref(work.rows, provider, path_kind(provider), refs)
    again = [one for one in registered if one.ref in known]
    ids: dict[int, int] = {id(one): known[one.ref] for one in again}
    if again:
        await _revise(work, provider, again, ids)
    fresh = [one for one in registered if one.ref not in known]
    people = await folder_places.people(work.rows, sorted({one.sharer for one in fresh}))
    for login in dict.fromkeys(one.sharer for one in fresh):
        if login not in people:
            raise Denied(f"There is no user {login!r}.")
        some = [one for one in fresh if one.sharer == login]
        wish = asking.Wish(
            Sharer(people[login], login),
            [one.new for one in some],
            told=False,
            refs=[one.ref for one in some],
        )
        made = await asking.offer_here(work, wish)
        ids |= {id(one): share.share.id for one, share in zip(some, made, strict=True)}
    return [ids[id(one)] for one in registered]


async def charge(work: Work, provider: str, charged: Sequence[tuple[int, str]], *, keep: bool) -> list[int]:
    """
    Which of some charges, (share, the provider's id of the charge) each, were named before.

    Args:
        keep: Whether to remember them.

    Returns:
        The share of each that was, in order.

    Raises:
        NotFound: The provider keeps no such share; `what` is "share".
    """
    await _kept(work, provider, [share for share, _ in charged])
    seen = await charges.known(work.rows, charged)
    duplicate, new = [], []
    for one in charged:
        if one in seen:
            duplicate.append(one[0])
        else:
            seen.add(one)
            new.append(one)
    if keep and new:
        await memberships.note_all(work, What.SHARE_CHARGED, [(share, 0) for share, _ in new])
        await charges.add(work.rows, new)
    return duplicate


async def _kept(work: Work, provider: str, ids: Sequence[int]) -> Mapping[int, Stake]:
    """These shares, all of which are of a provider's, locked; raises NotFound."""
    found = await _locked(work, provider, ids)
    for share in ids:
        if share not in found:
            raise NotFound("share")
    return found


async def _locked(work: Work, provider: str, ids: Sequence[int]) -> Mapping[int, Stake]:
    """Those of these shares that are of a provider's, locked: it keeps the folder, or it is that of a drive of ours."""
    its = await reports.lock(work.rows, provider, path_kind(provider), sorted(set(ids)))
    return await consents.some(work.rows, sorted(its))


def _check_own(found: Mapping[int, Stake], told: Sequence[Report]) -> None:
    """See to it that nobody shows elsewhere what lies in our own tree; raises Invalid."""
    for share, _, place, _ in told:
        one = found[share]
        if one.node is not None and place is not None and paths.normal(place) != one.location:
            raise Invalid(
                f"This folder lies on this server, which shows it itself: at {one.location}.",
                "shareAvailableAt",
            )


async def _places(work: Work, provider: str, told: Sequence[str | None]) -> dict[str, str]:
    """The drives that are named, spelled as places; raises Invalid and Denied."""
    numbers: dict[str, int] = {}
    for place in told:
        if place is None:
            continue
        normal = paths.normal(place)
        number, names = paths.drive_and_names(normal) if normal is not None else (0, ("",))
        if names:
            raise Invalid(
                "Name the drive that shows the folder: a slash, then its number.", "shareAvailableAt"
            )
        numbers[place] = number
    owners = await reports.providers_of(work.rows, sorted(set(numbers.values())))
    for number in numbers.values():
        if number not in owners:
            raise Invalid(f"There is no drive {number}.", "shareAvailableAt")
        if owners[number] != provider:
            raise Denied("This drive is another provider's.")
    return {place: f"/{number}" for place, number in numbers.items()}


async def _revise(work: Work, provider: str, again: Sequence[Registered], ids: Mapping[int, int]) -> None:
    """Let what was registered before give what is said of it now."""
    found = await _locked(work, provider, sorted(set(ids.values())))
    where = await reports.paths(
        work.rows, sorted(share for share, one in found.items() if one.node is not None)
    )
    people = await folder_places.people(work.rows, sorted({one.new.recipient for one in again}))
    for one in again:
        there = found.get(ids[id(one)])
        if there is None or people.get(one.new.recipient) != there.recipient:
            raise Invalid("This id is that of another share.", "providerGeneratedId")
        key, path = there.key, one.new.path
        if there.node is not None:
            key, path = where.get(there.share, ""), unicodedata.normalize("NFC", path)
        if key != path:
            raise Invalid("This id is that of another share.", "providerGeneratedId")
        if there.consent is Consent.REFUSED:
            raise WrongState("This was declined; register it anew, without this id.")
    wanted = {ids[id(one)]: (one.new.permissions, one.new.asked) for one in again}
    await partaking.regrant(work, [found[share] for share in wanted], wanted)
