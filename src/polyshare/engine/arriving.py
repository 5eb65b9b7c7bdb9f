"""Making users whom a trusted issuer speaks of when they come for the first time."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from polyshare.domain.directory import NewPerson, checked_email, checked_login
from polyshare.domain.errors import Invalid, Taken
from polyshare.engine import directing, enrolling
from polyshare.engine.work import House, Work


async def arrive(house: House, namespace: str, subject: str, claims: Mapping[str, Any]) -> None:
    """
    Make the user of that id, unless somebody was quicker; nothing may be open meanwhile.

    The login is the subject, for no two users of an issuer have the same: a nickname could be somebody else's here. An
    address is taken over only if the issuer says that it was verified, and nobody has it.
    """
    new = NewPerson(_login(subject), _name(claims, subject), _email(claims), aliases={namespace: subject})
    for one in dict.fromkeys((new.email, "")):
        wanted = replace(new, email=one)

        async def make(work: Work, wanted: NewPerson = wanted) -> None:
            await enrolling.enroll(work, wanted)

        try:
            await directing.changing(house, None, make)
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


def _name(claims: Mapping[str, Any], subject: str) -> str:
    for claim in ("name", "nickname", "preferred_username"):
        value = claims.get(claim)
        if isinstance(value, str) and value.strip() and value.isprintable():
            return value.strip()[:255]
    return subject[:255]


def _email(claims: Mapping[str, Any]) -> str:
    value = claims.get("email")
    if not isinstance(value, str) or claims.get("email_verified") is not True:
        return ""
    try:
        return checked_email(value)
    except Invalid:
        return ""
