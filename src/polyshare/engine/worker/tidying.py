"""What is done now and then: what is past its retention or use goes, tallies are summed up."""

from polyshare.engine.content import uploading
from polyshare.engine.credentials import keeping_keys
from polyshare.engine.grants import shelving
from polyshare.engine.keepers import mounting
from polyshare.engine.links import joining
from polyshare.engine.sharing import aligning
from polyshare.engine.tree import sweeping
from polyshare.engine.work import House, Work
from polyshare.store.credentials import clients, codes, credentials
from polyshare.store.process import answered, events
from polyshare.store.shares import listing

EVERY_US = 60 * 1_000_000
"""How long a process waits between two rounds of tidying."""

TOKENS_KEPT_US = 24 * 3600 * 1_000_000
"""How long a token of an OAuth client can be looked up after its end."""

BATCH = 500
EVENTS_BATCH = 5000  # one busy minute makes many, and each is one row without dependents
ROUNDS = 10
"""A round of tidying is bounded, so that it never holds the worker up; the rest waits for the next."""


async def tidy(house: House) -> None:
    """Tidy up, if this process has not done so lately."""
    now = house.clock()
    if now < house.tidied_at + EVERY_US:
        return
    house.tidied_at = now
    for _ in range(ROUNDS):
        if await aligning.purge(house) < aligning.BATCH:
            break
    for _ in range(ROUNDS):
        if await shelving.catch_up(house) < shelving.BATCH:
            break
    await sweeping.empty_trash(house)
    await forget_answers(house)
    await forget_tokens(house)
    await uploading.give_up_expired(house)
    await forget_links(house)
    await forget_signing_in(house)
    await keeping_keys.replace_old(house)
    await keeping_keys.remove_ended(house)
    await forget_drives(house)
    await forget_events(house)
    await fold_tallies(house)


async def fold_tallies(house: House) -> None:
    """Sum up tallies that have gathered several rows."""

    async def job(work: Work) -> int:
        return await listing.fold(work.rows, BATCH)

    for _ in range(ROUNDS):
        if await house.write(None, job) < BATCH:
            break


async def forget_answers(house: House) -> None:
    """Drop stored answers to idempotent requests that are too old to be asked for again."""
    before = house.clock() - int(house.settings.idempotency_hours * 3600 * 1_000_000)

    async def job(work: Work) -> int:
        return await answered.purge(work.rows, before, BATCH)

    for _ in range(ROUNDS):
        if await house.write(None, job) < BATCH:
            break


async def forget_tokens(house: House) -> None:
    """Remove tokens of OAuth clients that ended a day ago; nobody can tell them from unknown ones."""
    before = house.clock() - TOKENS_KEPT_US

    async def job(work: Work) -> int:
        return await clients.purge_tokens(work.rows, before, BATCH)

    for _ in range(ROUNDS):
        if await house.write(None, job) < BATCH:
            break


async def forget_links(house: House) -> None:
    """Remove links that joined people until they ended."""
    for _ in range(ROUNDS):
        if await house.write(None, lambda work: joining.forget_ended(work, BATCH)) < BATCH:
            break


async def forget_signing_in(house: House) -> None:
    """Remove sessions of browsers and refresh tokens that have ended, and codes that nobody brought."""

    async def job(work: Work) -> int:
        await work.rows.run(codes.ENDED, before=work.now)
        refresh = await work.rows.run(credentials.ENDED_REFRESH, before=work.now, limit=BATCH)
        return max(refresh, await work.rows.run(credentials.ENDED_SESSIONS, before=work.now, limit=BATCH))

    for _ in range(ROUNDS):
        if await house.write(None, job) < BATCH:
            break


async def forget_drives(house: House) -> None:
    """Remove drives of providers that showed what is shared no more."""

    async def job(work: Work) -> int:
        return await mounting.purge(work, BATCH)

    for _ in range(ROUNDS):
        if await house.write(None, job) < BATCH:
            break


async def forget_events(house: House) -> None:
    """Drop events that are older than the log is to reach back, if it is not to reach back for ever."""
    days = house.settings.event_retention_days
    if not days:
        return
    before = house.clock() - int(days * 86_400 * 1_000_000)

    async def job(work: Work) -> int:
        return await events.purge(work.rows, before, EVENTS_BATCH)

    for _ in range(ROUNDS):
        if await house.write(None, job) < EVENTS_BATCH:
            break
