"""`polyshare serve` and `polyshare worker`: the processes that stay."""

import asyncio
import gc
import os
import signal
import socket
import ssl
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
import structlog

from polyshare import __version__, logs
from polyshare.cli.first import First, prepare
from polyshare.cli.options import WRONG_USE, Failure, file_of, finish, settings_options
from polyshare.cli.shared_metrics import shared_metrics
from polyshare.engine import addressing
from polyshare.settings import Settings, without_password

if TYPE_CHECKING:
    from polyshare.app import Application

OPTIONS = (
    "host",
    "port",
    "database",
    "world",
    "workers",
    "server",
    "background",
    "public_url",
    "tls_certificate",
    "tls_key",
    "trusted_proxies",
    "log_level",
    "access_log_sample",
)
GARBAGE = (
    10_000  # new objects between two looks for rings of garbage; a list of 200 makes thousands that need none
)
KILL_AFTER_S = 5  # beyond shutdown_s, before a process that does not end is killed


@click.command()
@settings_options(*OPTIONS)
def serve(settings: Settings) -> None:
    """
    Serve the APIs over HTTP, and carry grants out in the background.

    With no settings at all it listens on http://127.0.0.1:8300 and keeps its rows in SQLite in the user's data directory.
    The first start on an empty database makes an administrator and prints its token, once.

    Listening beyond this machine needs --tls-certificate and --tls-key, or --trusted-proxies naming the proxy that speaks
    TLS for it; then plain HTTP is answered to that proxy only.

    SIGTERM or Ctrl-C: no new requests are taken, those under way are finished, then the process ends.

    \b
    Examples:
      polyshare serve
      polyshare serve --port 8400 --world examples/world.toml
      polyshare serve --workers 2 --database postgresql://polyshare@localhost/polyshare
      polyshare serve --host 0.0.0.0 --tls-certificate chain.pem --tls-key key.pem
    """
    logs.configure(settings.log_level)
    check_exposure(settings)
    with _place(settings) as place, shared_metrics(settings.workers):
        _say(settings, prepare(settings))
        if settings.server == "uvicorn":
            _serve_with_uvicorn(settings, place)
        else:
            _serve_with_granian(settings, place)


@click.command()
@settings_options("database", "log_level")
def worker(settings: Settings) -> None:
    """
    Carry grants out, without serving HTTP.

    For installations whose servers run with --no-background. Any number may run at once: each grant is claimed by one.
    SIGTERM or Ctrl-C: what is in hand is finished, then the process ends.
    """
    logs.configure(settings.log_level)
    file = file_of(settings)
    if file is not None and not file.is_file():
        raise Failure(
            f"database file {file} is not there; name the servers' with --database, or start `polyshare serve` first, "
            "which makes it"
        )
    finish(_work(settings))


async def _work(settings: Settings) -> None:
    from polyshare.engine.worker import working
    from polyshare.opening import opened

    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    log = structlog.get_logger("polyshare")
    async with opened(settings) as home:
        log.info("worker.started", database=without_password(settings.database))
        await working.run(home.house, stopping)
    log.info("worker.stopped")


def address(settings: Settings) -> str:
    """Where the server is reached from this machine."""
    return addressing.root(settings)


def check_exposure(settings: Settings) -> None:
    exposed = settings.host != "localhost" and not _is_loopback(settings.host)
    if exposed and not settings.tls_certificate and not settings.trusted_proxies:
        raise Failure(
            f"host {settings.host} can be reached from other machines, and credentials would go over the wire in plain "
            "text: give tls_certificate and tls_key, or name the proxy that speaks TLS in trusted_proxies",
            WRONG_USE,
        )
    for name in ("tls_certificate", "tls_key"):
        file = getattr(settings, name)
        if file and not os.access(file, os.R_OK):
            raise Failure(f"setting {name!r}: {file} can't be read; name a PEM file", WRONG_USE)
    if settings.tls_certificate:
        _check_certificate(settings.tls_certificate, settings.tls_key)


def _check_certificate(certificate: str, key: str) -> None:
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key, lambda: "")
    except (
        OSError,
        ValueError,
    ) as error:  # what is wrong inside a file is an OSError of the library's own, too
        raise Failure(
            f"setting 'tls_certificate': no certificate and its key, without a passphrase, are in {certificate} and {key} "
            f"({getattr(error, 'reason', None) or error}); name two PEM files that belong together",
            WRONG_USE,
        ) from error


def _is_loopback(host: str) -> bool:
    import ipaddress

    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _place(settings: Settings) -> socket.socket:
    """A socket bound to the address, which nobody else gets from now on: tells in one line when that can't be had."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM
        )[0]
        taken = socket.socket(family, kind, protocol)
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(place)
        if settings.server == "uvicorn":
            taken.listen(1024)  # it accepts from this very socket
        else:
            _leave_to_granian(taken)
    except OSError as error:
        reason = error.strerror or str(error)
        raise Failure(
            f"can't listen on {settings.host} port {settings.port}: {reason}; stop what listens there, or choose another "
            "with --host and --port"
        ) from error
    return taken


def _leave_to_granian(taken: socket.socket) -> None:
    """
    Let Granian's processes bind the address as well, each with a socket of its own, and nobody else.

    They begin to listen a second or more after the address was told. In that time another server would get the same port,
    and the two would then share what comes in. On Linux a socket that is bound but never listens holds them off; elsewhere
    Granian needs the address for itself.
    """
    if sys.platform == "linux":
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)


def _say(settings: Settings, first: First) -> None:
    lines = [
        f"Polyshare {__version__}",
        f"  address    {address(settings)}",
        f"  database   {without_password(settings.database)}",
    ]
    if settings.world:
        lines.append(f"  world      {settings.world}")
    lines.append(f"  documents  {address(settings)}/docs")
    if addressing.is_guessed(settings):
        lines += [
            "",
            f"Nothing says under which address users reach this server, so links and tokens will say {address(settings)}.",
            "Set public_url, for example --public-url https://share.example.com",
            "",
        ]
    lines += [f"  {name}: {secret}  (shown this once)" for name, secret in first.secrets.items()]
    if first.token is not None:
        same = (
            ""
            if settings.database == Settings().database
            else f" --database {without_password(settings.database)}"
        )
        lines += [
            "",
            "The database was empty, so an administrator was made: login admin. Its token, shown this once:",
            "",
            f"    {first.token}",
            "",
            "Next, in another terminal (`polyshare --help` shows what else there is):",
            "",
            f'    polyshare organizations add "Example Organization"{same}',
        ]
    click.echo("\n".join(lines))
    sys.stdout.flush()


def application(settings: Settings, parent: int | None) -> "Application":
    """The application of a process that does nothing else: nobody looks for garbage among what was there at its start."""
    from polyshare.app import create

    made = create(settings, parent)
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE, 10, 10)
    return made


def _serve_with_granian(settings: Settings, place: socket.socket) -> None:
    from granian.constants import Interfaces  # only the server in use is loaded
    from granian.http import HTTP1Settings
    from granian.log import LogLevels
    from granian.server import Server

    if sys.platform != "linux":
        place.close()
    server = Server(
        "polyshare.app:create",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        workers=settings.workers,
        websockets=False,
        http1_settings=HTTP1Settings(header_read_timeout=30_000),
        log_level=LogLevels(settings.log_level),
        log_dictconfig=logs.standard(settings.log_level),
        ssl_cert=Path(settings.tls_certificate) if settings.tls_certificate else None,
        ssl_key=Path(settings.tls_key) if settings.tls_key else None,
        respawn_failed_workers=True,
        workers_kill_timeout=int(settings.shutdown_s) + KILL_AFTER_S,
    )
    server.serve(target_loader=partial(application, settings, os.getpid()), wrap_loader=False)


def _serve_with_uvicorn(settings: Settings, listener: socket.socket) -> None:
    import uvicorn  # only the server in use is loaded
    from uvicorn.supervisors import Multiprocess

    parent = os.getpid() if settings.workers > 1 else None
    config = uvicorn.Config(
        partial(application, settings, parent),
        factory=True,
        interface="asgi3",
        lifespan="on",
        ws="none",
        workers=settings.workers,
        log_config=logs.standard(settings.log_level),
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ssl_certfile=settings.tls_certificate or None,
        ssl_keyfile=settings.tls_key or None,
        timeout_graceful_shutdown=int(settings.shutdown_s),
    )
    if settings.workers > 1:
        Multiprocess(config, sockets=[listener]).run()
    else:
        signal.signal(
            signal.SIGTERM, lambda *_: None
        )  # uvicorn raises it again when it is done; this is exit code 0
        uvicorn.Server(config).run(sockets=[listener])
