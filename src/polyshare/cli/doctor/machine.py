"""What `polyshare doctor` looks at on this machine: the libraries, files, space and ports, and the world file."""

import json
import os
import shutil
import socket
import stat
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from polyshare.cli.doctor.finding import Finding, this_user
from polyshare.cli.options import Failure, file_of
from polyshare.cli.serving import address, check_exposure
from polyshare.domain.errors import PolyshareError
from polyshare.engine.worlds.world import read_world
from polyshare.settings import Settings
from polyshare.store.process import health
from polyshare.store.sqlite.file import check_library

OLDEST_PYTHON = (3, 11)
LEAST_FREE_BYTES = 256 * 1024 * 1024


def libraries() -> Iterator[Finding]:
    """Whether Python and SQLite are such as can be used."""
    python = ".".join(map(str, sys.version_info[:3]))
    yield Finding("python", sys.version_info[:2] >= OLDEST_PYTHON, python, "use Python 3.11 or newer")
    try:
        check_library()
        yield Finding("sqlite", True, f"library {health.library_version()}")
    except PolyshareError as error:
        yield Finding(
            "sqlite", False, error.message, "install the apsw release that this release of Polyshare names"
        )


def exposure(settings: Settings) -> Iterator[Finding]:
    """Whether credentials would travel unencrypted."""
    try:
        check_exposure(settings)
    except Failure as error:
        yield Finding("listening", False, f"{settings.host}:{settings.port}", error.message)
    else:
        yield Finding("listening", True, address(settings))


def files(settings: Settings, source: str | None) -> Iterator[Finding]:
    """Who may read what holds secrets, and whether the database's folder can be written."""
    if (file := file_of(settings)) is not None:
        yield (
            _private("database", file)
            if file.exists()
            else Finding("permissions", True, f"{file} is not made yet")
        )
        folder = next(each for each in file.parents if each.exists())
        writable = os.access(folder, os.W_OK | os.X_OK) and (not file.exists() or os.access(file, os.W_OK))
        yield Finding("folder", writable, str(folder), f"let this user write there: {this_user()}")
    for name, secret in (("tls_key", settings.tls_key), ("settings", source or "")):
        if secret and Path(secret).exists():
            yield _private(name, Path(secret))


def _private(what: str, file: Path) -> Finding:
    mode = stat.S_IMODE(file.stat().st_mode)
    others = mode & (stat.S_IRWXO | stat.S_IWGRP | (0 if what in ("tls_key", "settings") else stat.S_IRGRP))
    return Finding(
        "permissions", not others, f"{file} has mode {mode:03o}", f"chmod o=,g-w {file}" if others else ""
    )


def space(settings: Settings) -> Iterator[Finding]:
    """Whether the disk has room for writes."""
    file = file_of(settings)
    if file is not None:
        folder = next(each for each in file.parents if each.exists())
        free = shutil.disk_usage(folder).free
        right = f"at least {LEAST_FREE_BYTES >> 20} MiB should be free there, or writes will fail"
        yield Finding("disk", free >= LEAST_FREE_BYTES, f"{free >> 20} MiB free under {folder}", right)


def world(settings: Settings) -> Iterator[Finding]:
    """Whether the world file can be read."""
    if settings.world:
        try:
            read_world(Path(settings.world))
        except PolyshareError as error:
            yield Finding("world", False, error.message, "correct the file, or leave the setting out")
        else:
            yield Finding("world", True, settings.world)


def port(settings: Settings) -> Iterator[Finding]:
    """Whether the port is free, or a server of ours answers there."""
    place = f"{settings.host} port {settings.port}"
    try:
        family, kind, protocol, _, address_ = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address_)
    except OSError as error:
        if _ours_answers(settings):
            yield Finding("port", True, f"a Polyshare server answers on {place}")
        else:
            yield Finding(
                "port", False, f"{place}: {error.strerror}", "stop what listens there, or set another port"
            )
    else:
        yield Finding("port", True, f"{place} is free")


def _ours_answers(settings: Settings) -> bool:
    scheme = "https" if settings.tls_certificate else "http"
    try:
        with urllib.request.urlopen(f"{scheme}://{settings.host}:{settings.port}/livez", timeout=2) as answer:  # noqa: S310
            found = json.load(answer)
    except (OSError, ValueError, urllib.error.URLError):
        return False
    return bool(found == {"status": "alive"})
