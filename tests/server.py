"""A running server for tests: `polyshare serve` as a process of its own, on a free port, stopped as an operator would."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

WORLD = Path(__file__).parents[1] / "examples" / "world.toml"
READY_S = 120.0  # longest wait for a server to be ready, or to end


@dataclass
class Server:
    """A server process; `base_url` has no path and no final slash."""

    process: "subprocess.Popen[bytes]"
    base_url: str
    folder: Path
    database: str
    environment: Mapping[str, str] = field(repr=False, default_factory=dict)

    @property
    def log(self) -> str:
        """Everything that it has logged so far."""
        return (self.folder / "log").read_text("utf-8", "replace")

    @property
    def said(self) -> str:
        """Everything that it has printed so far."""
        return (self.folder / "said").read_text("utf-8", "replace")

    def wait(self) -> "Server":
        """Come back once it is ready; fails with its log if it ends before, or takes too long."""
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                pytest.fail(f"the server ended with exit code {self.process.returncode}:\n{self.log}")
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{self.base_url}/readyz", timeout=2, trust_env=False).status_code == 200:
                    return self
            time.sleep(0.02)
        pytest.fail(f"the server was not ready after {READY_S:g} s:\n{self.log}")

    def stop(self) -> int:
        """End it with SIGTERM and return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(READY_S)
        except subprocess.TimeoutExpired:
            self.kill()
            pytest.fail(f"the server did not end on SIGTERM:\n{self.log}")

    def kill(self) -> None:
        """End it and all its processes as a power cut would, with `kill -9`."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(READY_S)


def free_port() -> int:
    """A port on loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start(
    folder: Path, *options: str, database: str = "", world: Path | None = WORLD, **settings: object
) -> Server:
    """
    Start a server and return at once; `wait()` for it.

    Args:
        folder: For its database, its log and what it prints; starting again on the same one goes on where it ended.
        options: More of the command line.
        database: A URL; by default a SQLite file in *folder*.
        world: The world file that is loaded; None: an empty database.
        settings: More settings by name, given by the environment.
    """
    port = free_port()
    database = database or f"sqlite://{folder / 'polyshare.db'}"
    given = {"port": port, "database": database, "world": world or "", **settings}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("POLYSHARE_")}
    environment |= {f"POLYSHARE_{name.upper()}": str(value) for name, value in given.items()}
    environment["HOME"] = str(folder)
    with (folder / "log").open("ab") as log, (folder / "said").open("ab") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "polyshare", "serve", *options],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=log,
            cwd=folder,
            env=environment,
            start_new_session=True,
        )
    return Server(process, f"http://127.0.0.1:{port}", folder, database, environment)


@pytest.fixture(scope="module")
def live_server(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Server]]:
    """
    A function that starts a server with `examples/world.toml`, waits until it is ready and returns it.

    Takes what `start` takes but the folder. All servers end with SIGTERM after the module's last test, must then give exit
    code 0 (unless they were ended by the test), and have their log printed if a test failed.
    """
    servers: list[Server] = []
    failed_before = request.session.testsfailed

    def started(*options: str, folder: Path | None = None, **settings: object) -> Server:
        server = start(folder or tmp_path_factory.mktemp("server"), *options, **settings)  # type: ignore[arg-type]
        servers.append(server)
        return server.wait()

    yield started
    ended = [(server, server.process.poll() is None and server.stop()) for server in servers]
    if request.session.testsfailed > failed_before:
        for server in servers:
            print(f"--- log of {server.base_url}\n{server.log}")
    assert not [server.log for server, code in ended if code], "a server did not end well"


@pytest.fixture(scope="module")
def base_url(live_server: Callable[..., Server]) -> str:
    """The address of one server for the whole module, with SQLite and `examples/world.toml`."""
    return live_server().base_url
