"""Staying signed in: what a browser keeps in a cookie stands for the person who signed in there."""

from polyshare.domain.events import What
from polyshare.domain.principals import Access, Actor
from polyshare.engine.credentials import admitting, issuing
from polyshare.engine.credentials.admitting import digest_of
from polyshare.engine.directory.directing import bump, changing, facts
from polyshare.engine.work import House, Work
from polyshare.store.credentials import credentials

HOUR_US = 3_600_000_000


async def begin(house: House, actor: Actor) -> str:
    """
    A secret for the browser in which *actor* just signed in, good for `settings.session_hours`.

    Raises:
        Unavailable: The database did not answer.
    """
    secret = issuing.new_secret()

    async def job(work: Work) -> None:
        public_id = work.new_public_id()
        await work.note(What.CREDENTIAL_ISSUED, facts=facts(kind="session", id=public_id, user=actor.id))
        await work.rows.run(  # nothing is remembered of a secret that was never seen, so no epoch passes
            credentials.ADD,
            id=work.new_id(),
            public_id=public_id,
            kind="session",
            hash=digest_of(secret),
            person=actor.id,
            name="browser",
            access=Access.EDIT.rank,
            narrowed=0,
            now=work.now,
            expires_at=work.now + round(house.settings.session_hours * HOUR_US),
            revoked_at=None,
        )

    await house.write(actor, job)
    return secret


async def person(house: House, secret: str) -> Actor:
    """
    Who is signed in; no statement while the directory's epoch stays the same.

    Raises:
        UnknownCredential: Nobody by this secret, or not any more.
        Unavailable: The database did not answer.
    """
    return await admitting.identify(house, "session", secret)


async def end(house: House, secret: str) -> None:
    """Have a browser be signed out, in every process within `settings.credential_recheck_s`; again does nothing."""

    async def job(work: Work) -> None:
        if await work.rows.run(credentials.END_SESSION, hash=digest_of(secret)):
            await bump(work)

    await changing(house, None, job)
