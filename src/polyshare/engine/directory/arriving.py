"""Making users whom a trusted issuer speaks of when they come for the first time."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from polyshare.domain.directory import NewPerson, checked_email, checked_login, folded
from polyshare.domain.errors import Invalid, Taken
from polyshare.engine.directory import directing, enrolling
from polyshare.engine.work import House, Work
from polyshare.store.directory import principals


async def arrive(house: House, namespace: str, subject: str, claims: Mapping[str, Any]) -> None:
    """
    Make the user whose fixed id in that namespace the subject is, unless somebody was quicker; nothing may be open meanwhile.

    The login is the subject, for no two users of an issuer have the same: a nickname could be somebody else's here.
    """
    name = _name(claims, ("name", "nickname", "preferred_username"), subject)
    await make(house, NewPerson(_login(subject), name, verified_email(claims), aliases={namespace: subject}))


async def arrive_as(house: House, login: str, name: str, claims: Mapping[str, Any]) -> None:
    """
    Make the user of exactly that login, unless it can be none or is taken; nothing may be open meanwhile.

    Args:
        name: As the user is called; what can't be a name is passed over.
    """
    try:
        checked_login(login)
    except Invalid:
        return
    if await house.read(None, lambda work: principals.has_login(work.rows, folded(login))):
        return
    await make(house, NewPerson(login, _usable(name) or login[:255], verified_email(claims)))


async def make(house: House, new: NewPerson) -> None:
    """Make a user unless the login is taken; with the address only if nobody else has it. Nothing may be open meanwhile."""
    for one in dict.fromkeys((new.email, "")):
        wanted = replace(new, email=one)

        async def enroll(work: Work, wanted: NewPerson = wanted) -> None:
            await enrolling.enroll(work, wanted)

        try:
            await directing.changing(house, None, enroll)
        except Taken as taken:
            if "email" not in taken.constraint:
                return
        else:
            return


def _login(subject: str) -> str:
    try:
        return checked_login(subject)
    except Invalid:
        return f"user-{hashlib.sha256(subject.encode()).hexdigest()[:24]}"


def _name(claims: Mapping[str, Any], names: Sequence[str], subject: str) -> str:
    found = (_usable(claims.get(name)) for name in names)
    return next((one for one in found if one), subject[:255])


def _usable(value: object) -> str:
    """What can be a display name of this; empty for nothing."""
    return value.strip()[:255] if isinstance(value, str) and value.isprintable() else ""


def verified_email(claims: Mapping[str, Any]) -> str:
    """The address in claims whose issuer says that it was verified; empty for none."""
    value = claims.get("email")
    if not isinstance(value, str) or claims.get("email_verified") is not True:
        return ""
    try:
        return checked_email(value)
    except Invalid:
        return ""
