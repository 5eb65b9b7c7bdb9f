"""Keeping the keys that tokens and cookies are signed with: made on first need, replaced at an age or on demand."""

import asyncio
from collections.abc import Sequence
from itertools import pairwise

import msgspec
from joserfc import jwk
from joserfc.jwk import Key, KeyParameters

from polyshare.domain.events import What
from polyshare.engine.credentials import admitting
from polyshare.engine.directory.directing import bump, facts
from polyshare.engine.memory.keyring import ALGORITHMS, Keyring, Purpose, Read, SigningKey
from polyshare.engine.work import House, Work
from polyshare.store.credentials import issuers, signing_keys
from polyshare.store.database import Rows
from polyshare.store.directory import providers

RELOAD_US = 1_000_000
"""How often at most the rows are read for the sake of a key that is not known."""

DAY_US = 86_400_000_000


async def ring(house: House) -> Keyring:
    """
    The keys as they are, read again when the directory's epoch has moved; nothing may be open meanwhile.

    Raises:
        Unavailable: The database did not answer.
    """
    now = house.clock()
    await admitting.look(house, now)
    if house.keyring.epoch != house.remembered.epoch:
        await _load(house, now)
    return house.keyring


async def named(house: House, kid: str) -> SigningKey | None:
    """The key of that id, also if another process made it a moment ago; nothing may be open meanwhile."""
    keys = await ring(house)
    found = keys.by_kid(kid)
    now = house.clock()
    if found is None and not 0 <= now - keys.loaded_at < RELOAD_US:
        await _load(house, now)
        found = keys.by_kid(kid)
    return found


async def signing(house: House, purpose: Purpose) -> SigningKey:
    """
    The key that signs now; made if there is none. No statement once it is known; nothing may be open meanwhile.

    Raises:
        Unavailable: The database did not answer.
    """
    found = (await ring(house)).newest(purpose)
    return found if found is not None else await rotate(house, purpose)


async def page_keys(house: House) -> list[bytes]:
    """What cookies and forms are signed with, the newest first: 32 bytes each; nothing may be open meanwhile."""
    await signing(house, Purpose.PAGE)
    return [one.key.raw_value for one in house.keyring.all(Purpose.PAGE)]  # type: ignore[misc] # of oct keys: bytes


async def rotate(house: House, purpose: Purpose, instead_of: int | None = None) -> SigningKey:
    """
    Have a new key sign from now on; what the others have signed stays good until it ends by itself.

    Args:
        instead_of: Id of the key that is to be replaced; if it is no longer the newest, the newest stays. None: there
            is none yet.
    """
    made = await asyncio.to_thread(_make, purpose)
    jwk_text = msgspec.json.encode(made.as_dict(private=purpose is not Purpose.PAGE)).decode()
    assert made.kid is not None  # noqa: S101 - it was made with one

    async def job(work: Work) -> None:
        present = await signing_keys.newest(work.rows, purpose)
        if (None if present is None else present.id) != instead_of:
            return
        await work.note(What.SIGNING_KEY_ADDED, facts=facts(kid=made.kid, purpose=purpose))
        await work.rows.run(
            signing_keys.ADD,
            id=work.new_id(),
            kid=made.kid,
            purpose=purpose.value,
            jwk=jwk_text,
            now=work.now,
        )
        await bump(work)

    await house.write(None, job)
    house.remembered.forget()
    found = (await ring(house)).newest(purpose)
    assert found is not None  # noqa: S101 - it was written, by us or by who was quicker
    return found


async def replace_old(house: House) -> None:
    """Have new keys sign tokens instead of those that are `settings.signing_key_days` old."""
    oldest = house.clock() - round(house.settings.signing_key_days * DAY_US)
    if not house.settings.signing_key_days:
        return
    for purpose in (Purpose.USER, Purpose.LINK):
        present = (await ring(house)).newest(purpose)
        if present is not None and present.created_at <= oldest:
            await rotate(house, purpose, present.id)


async def remove_ended(house: House) -> None:
    """Remove keys that signed nothing that could still be good: all that was has ended a day ago."""
    keys = await ring(house)
    gone: list[SigningKey] = []
    for purpose, lasts_us in _longest(house).items():
        signed = keys.all(purpose)
        gone += [
            one for later, one in pairwise(signed) if later.created_at + lasts_us + DAY_US < house.clock()
        ]
    await _remove(house, gone)


async def revoke_others(house: House, purpose: Purpose) -> None:
    """Remove all keys of a purpose but the one that signs now: whatever they signed is refused from then on."""
    await _remove(house, (await ring(house)).all(purpose)[1:])


async def _remove(house: House, gone: Sequence[SigningKey]) -> None:
    if not gone:
        return

    async def job(work: Work) -> None:
        await work.note(What.SIGNING_KEYS_REMOVED, facts=facts(kids=[one.kid for one in gone]))
        await work.rows.run(signing_keys.REMOVE, ids=[one.id for one in gone])
        await bump(work)

    await house.write(None, job)
    house.remembered.forget()


def _longest(house: House) -> dict[Purpose, int]:
    """How long what a key signed can be good, in microseconds."""
    settings = house.settings
    return {
        Purpose.USER: round(settings.access_token_minutes * DAY_US / 1440),
        Purpose.LINK: round(settings.share_token_hours * DAY_US / 24),
        Purpose.PAGE: 30 * DAY_US,
    }


def _make(purpose: Purpose) -> Key:
    """A new key; an RSA key takes some tenths of a second."""
    parameters: KeyParameters = {"use": "sig", "alg": ALGORITHMS[purpose]}
    if purpose is Purpose.USER:
        return jwk.generate_key("RSA", 2048, parameters, auto_kid=True)
    if purpose is Purpose.LINK:
        return jwk.generate_key("EC", "P-256", parameters, auto_kid=True)
    return jwk.generate_key("oct", 256, parameters, auto_kid=True)


async def _load(house: House, now: int) -> None:
    epoch = house.remembered.epoch

    async def read(rows: Rows) -> Read:
        return Read(
            await signing_keys.everything(rows), await issuers.everything(rows), await providers.storage(rows)
        )

    house.keyring.fill(epoch, now, await house.database.read(read))
