"""What an operator asks a running server: is it alive, is it ready and if not why, and how much does it do."""

import asyncio
import ipaddress
import os
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import structlog
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from polyshare.domain.errors import PolyshareError, Unauthenticated
from polyshare.engine.credentials import admitting
from polyshare.engine.work import House
from polyshare.store.ids import Lease
from polyshare.store.migrations import State, migrations_in, schema_state
from polyshare.store.process import health

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # the library's own name; `polyshare serve` sets it when it starts several processes
PATIENCE_S = 3.0  # how long the database may take to answer before it counts as away
LATENCIES = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")

disable_created_metrics()  # type: ignore[no-untyped-call]
log = structlog.get_logger("polyshare")
Answer = dict[str, Any]


class Meter:
    """Counts requests and statements of this process; with several processes, the numbers of all are added up."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ["dialect", "route", "status"]
        self._requests = Counter("polyshare_requests", "Requests answered.", labels, registry=self.registry)
        self._seconds = Histogram(
            "polyshare_request_seconds",
            "Time from a request's arrival to the end of its answer.",
            ["dialect", "route"],
            buckets=LATENCIES,
            registry=self.registry,
        )
        self._statements = Counter("polyshare_statements", "Database statements run.", registry=self.registry)
        self._counted = 0
        # .labels() costs twice the counting itself, so its answers are kept
        self._by_answer: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def answered(self, dialect: str, route: str, status: int, seconds: float) -> None:
        """Count one request; *route* is a pattern of ours, never a path that somebody sent."""
        key = (dialect, route, status // 100)
        kept = self._by_answer.get(key)
        if kept is None:
            counter = self._requests.labels(dialect, route, f"{key[2]}xx")
            kept = self._by_answer[key] = (counter, self._seconds.labels(dialect, route))
        kept[0].inc()
        kept[1].observe(seconds)

    def follow(self, statements: int) -> None:
        """Take over the database's own count of statements."""
        if statements > self._counted:
            self._statements.inc(statements - self._counted)
            self._counted = statements

    def exposed(self, *more: "Backlog") -> bytes:
        """All numbers in the Prometheus text format."""
        registry = self.registry
        if folder := os.environ.get(SHARED_FOLDER):
            registry = CollectorRegistry()
            MultiProcessCollector(registry, folder)  # type: ignore[no-untyped-call]
        own = CollectorRegistry()
        for one in more:
            own.register(one)
        return generate_latest(registry) + generate_latest(own)


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits for the worker, as gauges; read from the database, so the same in every process."""

    waiting: int
    failed: int
    oldest_s: float

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The gauges."""
        most = health.MOST_COUNTED
        yield GaugeMetricFamily(
            "polyshare_grants_waiting", f"Grants to be carried out (up to {most}).", self.waiting
        )
        yield GaugeMetricFamily(
            "polyshare_grants_retried", "Those of them whose last attempt failed.", self.failed
        )
        yield GaugeMetricFamily(
            "polyshare_grants_overdue_seconds", "How long the oldest has been due.", self.oldest_s
        )


@dataclass(frozen=True, slots=True)
class Station:
    """What is looked at: the open house, the lease of its ids, its meter, and whether its worker runs (None: elsewhere)."""

    house: House
    lease: Lease
    meter: Meter
    worker_runs: Callable[[], bool | None]

    def routes(self) -> list[Route]:
        """`/livez`, `/readyz` and `/metrics`."""
        return [Route("/livez", alive), Route("/readyz", self.ready), Route("/metrics", self.metrics)]

    async def ready(self, _request: Request) -> Response:
        """200 if this process can do its work; else 503 and which part can't, and what to do."""
        checks = await self.checks()
        good = all(check["ok"] for check in checks.values())
        return JSONResponse(
            {"status": "ready" if good else "not ready", "checks": checks}, 200 if good else 503, NO_STORE
        )

    async def checks(self) -> dict[str, Answer]:
        """Each part's state: `{"ok": bool, "reason": str}`."""
        database = await _within(self.house.database.read(health.ping), "The database does not answer.")
        checks = {"database": database}
        if database["ok"]:
            checks["schema"] = await _within(self._schema(), "The schema could not be read.")
        checks["writing"] = _check(
            self.lease.written, "The database takes no changes; look at its disk, its rights and its log."
        )
        checks["ids"] = _check(
            self.lease.held, "No process number is held, so nothing can be written; wait for the database."
        )
        runs = self.worker_runs()
        if runs is not None:
            checks["worker"] = _check(
                runs, "The background part has ended; the log says why. Restart the server."
            )
        return checks

    async def _schema(self) -> None:
        state = await schema_state(self.house.database, KNOWN)
        if state.state is not State.CURRENT:
            raise PolyshareError(f"The schema is {state.state.value}; run `polyshare doctor`.")

    async def metrics(self, request: Request) -> Response:
        """The numbers, for callers on this machine and for administrators."""
        if not _is_local(request) and not await self._is_administrator(request):
            message = (
                "Metrics are given to callers on the server's own machine, or for an administrator's token."
            )
            return JSONResponse({"error": message}, 401, NO_STORE | {"www-authenticate": "Bearer"})
        self.meter.follow(self.house.database.statements)
        more = []
        try:
            async with asyncio.timeout(PATIENCE_S):
                waiting, failed, earliest = await self.house.database.read(health.backlog)
            age_s = max(0.0, (self.house.clock() - earliest) / 1_000_000) if earliest is not None else 0.0
            more.append(Backlog(waiting, failed, age_s))
        except (PolyshareError, TimeoutError):
            log.warning("metrics.without_backlog")
        return Response(
            self.meter.exposed(*more), media_type="text/plain; version=0.0.4; charset=utf-8", headers=NO_STORE
        )

    async def _is_administrator(self, request: Request) -> bool:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            return False
        try:
            return (await admitting.identify(self.house, "token", token.strip())).administrator
        except Unauthenticated:
            return False


NO_STORE = {"cache-control": "no-store"}
KNOWN = migrations_in()


async def alive(_request: Request) -> Response:
    """200 as long as the process answers at all."""
    return JSONResponse({"status": "alive"}, headers=NO_STORE)


def is_loopback(address: str | None) -> bool:
    """Whether a peer's address is this machine's own; a Unix socket has none and is."""
    if not address:
        return True
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_loopback


def _is_local(request: Request) -> bool:
    """Whether the caller is on this machine itself and not a proxy that speaks for someone else."""
    address = request.client.host if request.client else None
    return is_loopback(address) and not any(name in request.headers for name in FORWARDED)


def _check(ok: bool, reason: str) -> Answer:
    return {"ok": True} if ok else {"ok": False, "reason": reason}


async def _within(job: Awaitable[None], reason: str) -> Answer:
    try:
        async with asyncio.timeout(PATIENCE_S):
            await job
    except PolyshareError as error:
        return _check(False, error.message)
    except Exception as error:  # noqa: BLE001 - whatever it is, this part is not ready
        log.warning("readiness.broke", reason=reason, error=repr(error))
        return _check(False, reason)
    return _check(True, "")
