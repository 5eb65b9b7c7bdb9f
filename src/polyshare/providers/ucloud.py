"""
A provider that speaks UCloud's provider protocol: it keeps folders of files, and is asked before one is shared.

Source: UCloud developer guide, "Provider APIs", "Shares", "Drives"; times and tries follow its server.
"""

import asyncio
import base64
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import quote

import msgspec
import structlog
from joserfc.jwk import Key
from msgspec import Struct

from polyshare.domain.errors import ProviderAway, ProviderRefused, Unavailable
from polyshare.domain.products import ProductRef
from polyshare.providers import ucloud_reading as reading
from polyshare.providers import ucloud_telling as telling
from polyshare.providers import ucloud_wire as wire
from polyshare.providers.base import UNKNOWN, Asked, Away, Errand, NoTurn, Outcome, Refusal
from polyshare.providers.guard import NotLetOut
from polyshare.providers.outbound import Answer, Outbound
from polyshare.providers.ucloud_signing import Bearer

log = structlog.get_logger(__name__)

T = TypeVar("T", bound=Struct)

LONGEST_S = 45.0  # for all calls that one question takes; drafts are held for longer
RETRIES = 5  # of a call that a provider was not ready for
PAUSE_S = 0.5  # before each, unless it asks for more
LONGEST_PAUSE_S = 2.0  # whoever asks for more than that is not called again while somebody waits
BATCH = 50  # shares that one call is about: each may cost a provider two calls of its own before it answers

_NOT_READY = frozenset({449, 503})
_MESSAGES = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class _Call:
    """What is to be called: `path` below what is the provider's own; `by` is the login of whom it is done for."""

    method: str
    path: str
    body: Struct | None
    by: str = ""


class UcloudProvider:
    """Calls one provider's server; each of its calls with all their tries ends within `within_s` seconds."""

    delay_s = 0.0

    def __init__(
        self,
        name: str,
        outbound: Outbound,
        key: Key,
        within_s: float = 24.0,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`key` is the private half of the pair that exists for this provider; the clock tells seconds since the epoch."""
        self.name = name
        self._outbound = outbound
        self._bearer = Bearer(key, clock)
        self._clock = clock
        self._within_s = within_s
        self._sleep = sleep

    async def deliver(self, errand: Errand) -> Outcome:
        """
        Let the recipient use the drive that shows what is shared, with the permissions that hold now.

        A refusal is never final: the share is approved, so the provider owes it.

        Raises:
            NoTurn: It was not begun.
            ProviderAway, Away: It did not answer, or has no such drive yet.
        """
        return await self._access(errand)

    async def withdraw(self, errand: Errand) -> Outcome:
        """
        Let the recipient use that drive no more; where there is none, or never was, nothing has to be done.

        Raises:
            NoTurn: It was not begun.
            ProviderAway: It did not answer.
        """
        return await self._access(errand)

    async def prepare(self, asked: Asked) -> Sequence[str]:
        """
        `POST /shares`.

        Raises:
            ProviderRefused: It said no.
            ProviderAway: It did not answer, or not so that it makes sense.
        """
        refs: list[str] = []
        async with self._asking():
            for some in _batches(asked):
                call = _Call("POST", "/shares", wire.Items(some), asked.by)
                made = await self._said(call, wire.MadeAll)
                try:
                    refs += reading.refs(made, len(some))
                except Unavailable as error:
                    raise self._away(error.message) from error
        return refs

    async def forget(self, asked: Asked) -> None:
        """
        `DELETE /shares`; the drives that showed them are never deleted by a call, for a provider might delete what is there.

        Raises:
            ProviderRefused: It said no.
            ProviderAway: It did not answer, or not so that it makes sense.
        """
        await self._told("DELETE", "/shares", asked)

    async def verify(self, asked: Asked) -> None:
        """
        `POST /shares/verify`.

        Raises:
            ProviderRefused, ProviderAway: It was not told.
        """
        await self._told("POST", "/shares/verify", asked)

    async def greet(self, login: str) -> None:
        """
        `POST /shares/init`.

        Raises:
            ProviderRefused, ProviderAway: It was not told.
        """
        await self._introduce("/shares/init", login, None)

    async def furnish(self, login: str, project: str | None) -> None:
        """
        `POST /files/collections/init`.

        Raises:
            ProviderRefused, ProviderAway: It was not told.
        """
        await self._introduce("/files/collections/init", login, project)

    async def supported(self) -> Sequence[ProductRef]:
        """
        Products that it declares for shares, and those on whose drives it says that files can be shared.

        Providers of today say only the latter, those of the guide the former: either will do.

        Raises:
            ProviderRefused, ProviderAway: It said neither.
        """
        async with self._asking():
            declared, drives = await asyncio.gather(
                self._said(_Call("GET", "/shares/retrieveProducts", None), wire.AllDeclared),
                self._said(_Call("GET", "/files/collections/retrieveProducts", None), wire.DriveSupports),
                return_exceptions=True,
            )
        found = []
        if isinstance(declared, wire.AllDeclared):
            found += [one.product for one in declared.responses]
        if isinstance(drives, wire.DriveSupports):
            found += [one.product for one in drives.responses if one.files.sharesSupported]
        if isinstance(declared, BaseException) and isinstance(drives, BaseException):
            raise declared
        own = dict.fromkeys(one for one in found if one.provider == self.name)
        return [ProductRef(one.id, one.category, one.provider) for one in own]

    async def close(self) -> None:
        """Let calls under way finish, then close the connections."""
        await self._outbound.close()

    async def _introduce(self, path: str, login: str, project: str | None) -> None:
        async with self._asking():
            principal = wire.Principal(wire.Owner(login, project))
            await self._said(_Call("POST", path, principal, login), wire.Said)

    async def _told(self, method: str, path: str, asked: Asked) -> None:
        async with self._asking():
            for some in _batches(asked):
                await self._said(_Call(method, path, wire.Items(some), asked.by), wire.Said)

    async def _access(self, errand: Errand) -> Outcome:
        if errand.mount is None:
            if errand.withdraw:
                return Outcome()
            raise Away(self.name, errand, "It has not said yet where it shows what is shared.")
        change = wire.Items(telling.access(errand, errand.mount))
        try:
            async with self._bounded():
                await self._said(
                    _Call("POST", "/files/collections/updateAcl", change, errand.login), wire.Said
                )
        except ProviderRefused as error:
            if errand.withdraw and error.status in UNKNOWN:  # a drive that is not there is open to nobody
                log.warning("ucloud.no_such_drive", provider=self.name, drive=errand.mount.id)
                return Outcome()
            refusals = tuple(Refusal(one.item, error.message, final=False) for one in errand.entries)
            return Outcome(refusals, error.retry_after_s)
        return Outcome()

    @asynccontextmanager
    async def _asking(self) -> AsyncIterator[None]:
        """`_bounded`, where getting no turn is as bad as no answer: somebody waits for it."""
        try:
            async with self._bounded():
                yield
        except NoTurn as error:
            raise self._away("Earlier calls keep it busy.") from error

    @asynccontextmanager
    async def _bounded(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._within_s):
                yield
        except TimeoutError as error:
            raise self._away(f"It was not through within {self._within_s:g} s.") from error

    async def _said(self, call: _Call, shape: type[T]) -> T:
        """
        What it answers to a call, once it is ready for it.

        Raises:
            NoTurn: It was not called.
            ProviderRefused: It answered with an error.
            ProviderAway: It did not answer, or not in this shape.
        """
        try:
            return reading.said(await self._patiently(call), shape, self._clock())
        except NoTurn:
            raise
        except NotLetOut as error:
            raise self._away(f"{error.message} ({error.detail})") from error
        except Unavailable as error:
            raise self._away(f"{call.path}: {error.message}") from error
        except ProviderRefused as error:
            log.info("ucloud.refused", provider=self.name, call=call.path, status=error.status)
            raise

    async def _patiently(self, call: _Call) -> Answer:
        """Call until it is ready for the user, some times."""
        for _ in range(RETRIES if call.by else 0):
            answer = await self._once(call)
            pause_s = max(PAUSE_S, answer.retry_after_s(self._clock()) or 0.0)
            if answer.status not in _NOT_READY or pause_s > LONGEST_PAUSE_S:
                return answer
            with suppress(Unavailable):  # the next try tells
                await self._once(_Call("POST", "/integration/init", wire.Initialized(call.by), call.by))
            await self._sleep(pause_s)
        return await self._once(call)

    async def _once(self, call: _Call) -> Answer:
        headers = {
            "authorization": f"Bearer {self._bearer.token()}",
            "accept": "application/json",
            "user-agent": "Polyshare",
        }
        if call.by:
            headers["ucloud-username"] = base64.b64encode(call.by.encode()).decode()
        body = None
        if call.body is not None:
            headers["content-type"] = "application/json; charset=utf-8"
            body = _MESSAGES.encode(call.body)
        target = self._outbound.below(f"/ucloud/{quote(self.name, safe='')}{call.path}")
        return await self._outbound.call(call.method, target, headers, body)

    def _away(self, reason: str) -> ProviderAway:
        """That it did not answer; the reason is for the operator alone."""
        log.warning("ucloud.away", provider=self.name, reason=reason)
        return ProviderAway("The provider could not be reached, or its answer makes no sense.")


def _batches(asked: Asked) -> Iterator[Sequence[wire.Share]]:
    told = telling.shares(asked)
    return (told[at : at + BATCH] for at in range(0, len(told), BATCH))
