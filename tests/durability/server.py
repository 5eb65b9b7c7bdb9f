"""A server of our own in processes of its own, to be killed and started again."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time

import httpx

START_S = 120.0


def a_free_port():
    """A port on which nobody listens now."""
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """`polyshare serve` on one database; `kill` ends all of its processes at once, as a power cut would."""

    def __init__(self, database, folder, **settings):
        self.database = database
        self.log = folder / "server.log"
        self.port = a_free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._settings = {f"POLYSHARE_{name.upper()}": str(value) for name, value in settings.items()}
        self._process = None

    def start(self, before=None):
        """
        Start it and wait until it answers.

        Args:
            before: Called in the new process before it becomes the server.
        """
        command = [
            sys.executable,
            "-m",
            "polyshare",
            "serve",
            "--port",
            str(self.port),
            "--database",
            self.database,
        ]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, **self._settings},
                preexec_fn=before,  # noqa: PLW1509 - the tests start it with no other thread holding a lock
            )
        deadline = time.monotonic() + START_S
        while not self._ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the server did not start: {self.log.read_text()[-3000:]}")
            time.sleep(0.05)

    def kill(self):
        """End every process of it by SIGKILL."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def _ready(self):
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False
