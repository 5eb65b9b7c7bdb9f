"""Mailing notifications that are due: claimed in one transaction, sent with nothing open, recorded in another."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import structlog

from polyshare.domain.errors import Unavailable
from polyshare.domain.events import What
from polyshare.domain.notifications import Notification, Told
from polyshare.domain.principals import Status
from polyshare.engine.directory import notifying
from polyshare.engine.grants.settling import pause_s
from polyshare.engine.work import House, Work
from polyshare.providers.mail import Letter, Refused, conversation
from polyshare.store.directory import notifications

log = structlog.get_logger(__name__)

BATCH = 50
_SUBJECTS = {
    Told.SHARE: "{sender} shared “{name}” with you",
    Told.ROLE: "{sender} changed your role in “{name}”",
    Told.REVOKE: "{sender} stopped sharing “{name}” with you",
    Told.UNSHARE: "{sender} stopped sharing “{name}”",
    Told.REQUEST: "{sender} wants to share “{name}” with you",
}


@dataclass(frozen=True, slots=True)
class Due:
    """A notification whose mail is to go out; a letter of None is to whom no mail goes any more."""

    told: Notification
    letter: Letter | None
    attempts: int


async def mail_due(house: House, limit: int = BATCH) -> int:
    """
    Mail up to *limit* notifications whose time has come.

    A mail that is not taken now is tried again after a pause that doubles, `settings.mail_attempts` times at most. A mail
    may arrive twice if this process ends between handing it over and recording that.

    Returns:
        How many were claimed; 0 also while no server is set.
    """
    settings = house.settings
    if not settings.smtp_url:
        return 0
    # All of them may have to wait for the server's timeout, one after another.
    until = house.clock() + int((settings.claim_s + limit * settings.smtp_timeout_s) * 1_000_000)
    due = await _claim(house, until, limit)
    if due:
        sent, put_off, dropped = await _send(house, due)
        await _record(house, until, sent, put_off, dropped)
    return len(due)


async def _claim(house: House, until: int, limit: int) -> list[Due]:
    async def job(work: Work) -> list[Due]:
        claimed = await work.rows.all(notifications.CLAIM, now=work.now, until=until, limit=limit)
        if not claimed:
            return []
        people = sorted({row[0] for row in claimed})
        rows = await work.rows.all(notifications.LETTERS, people=people, until=until)
        ours = {(row[0], row[1]) for row in claimed}
        due = []
        for row in rows:
            if (row[0], row[1]) in ours:
                told = notifying.read(row)
                name, address, status, attempts = row[11:]
                wanted = bool(address) and status == Status.ACTIVE
                due.append(Due(told, _letter(told, name, address) if wanted else None, attempts))
        return due

    return await house.write(None, job)


async def _send(house: House, due: Sequence[Due]) -> tuple[list[Due], list[Due], list[Due]]:
    """Which mails were taken, which are to be tried again, and which are given up."""
    sent: list[Due] = []
    dropped = [one for one in due if one.letter is None]
    settings = house.settings
    sender = sender_of(settings.mail_from, settings.public_url)
    try:
        async with conversation(settings.smtp_url, sender, settings.smtp_timeout_s) as post:
            for one in due:
                if one.letter is None:
                    continue
                try:
                    await post.send(one.letter)
                    sent.append(one)
                except Refused as error:
                    log.warning("mail.refused", person=one.told.person, final=error.final, reason=str(error))
                    if error.final:
                        dropped.append(one)
    except Unavailable as error:
        log.warning("mail.waits", reason=error.message)
    through = {id(one) for one in (*sent, *dropped)}
    left = [one for one in due if id(one) not in through]
    for one in left:
        if one.attempts + 1 >= settings.mail_attempts:
            log.warning("mail.given_up", person=one.told.person, number=one.told.number)
            dropped.append(one)
    put_off = [one for one in left if one.attempts + 1 < settings.mail_attempts]
    return sent, put_off, dropped


async def _record(
    house: House, until: int, sent: Sequence[Due], put_off: Sequence[Due], dropped: Sequence[Due]
) -> None:
    """Write down what became of claimed mails; one whose claim was lost belongs to whoever took it over."""
    again = {id(one): pause_s(house, one.attempts) for one in put_off}

    def which(one: Due) -> dict[str, int]:
        return {"person": one.told.person, "number": one.told.number, "until": until}

    async def job(work: Work) -> None:
        await work.note(What.NOTIFICATIONS_MAILED, facts=f'{{"sent":{len(sent)},"dropped":{len(dropped)}}}')
        if sent:
            await work.rows.many(notifications.MAILED, [{**which(one), "now": work.now} for one in sent])
        later: list[dict[str, int | None]] = [
            {**which(one), "again": work.now + int(again[id(one)] * 1_000_000)} for one in put_off
        ]
        later += [{**which(one), "again": None} for one in dropped]
        if later:
            await work.rows.many(notifications.PUT_OFF, later)

    await house.write(None, job)


def sender_of(mail_from: str, public_url: str) -> str:
    """The address that mails come from: the one set, else one at the host under which users reach the server."""
    return mail_from or f"polyshare@{urlsplit(public_url).hostname or 'localhost'}"


def _letter(told: Notification, name: str, address: str) -> Letter:
    """The mail that a notification becomes."""
    sender = told.sender or "Somebody"
    subject = _SUBJECTS[told.kind].format(sender=sender, name=told.name)
    lines = [f"{subject}."]
    if told.role:
        lines.append(f"Your role: {told.role}.")
    if told.text:
        lines += ["", f"{sender} writes:", "", told.text]
    return Letter(name, address, subject, "\n".join(lines) + "\n")
