"""`python3 dev.py demo`: a server with a demo world, and a conversation with it that can be pasted."""

import argparse
import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from tools.conversations import ALL
from tools.conversations.talking import Talk, WrongAnswer

ROOT = Path(__file__).resolve().parents[1]
WORLD = ROOT / "examples" / "world.toml"
PORT = 8300
READY_S = 30.0  # longest wait for the server to be ready, or to end


class NotReady(Exception):
    """The server did not start; the text is what it logged."""


def main() -> int:
    """Start the server, play every conversation, and stay up unless told otherwise; returns the exit code."""
    options = arguments()
    for ended in (
        signal.SIGINT,
        signal.SIGTERM,
    ):  # both stop the server too, also where a shell had them ignored
        signal.signal(ended, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="polyshare-demo-") as folder:
        try:
            with server(Path(folder), options.port) as base_url:
                good, shown = play(base_url)
                if not options.once:
                    stay(base_url, shown)
        except NotReady as error:
            print(f"The server did not start:\n{error}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print()
            return 0
    return 0 if good else 1


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="dev.py demo",
        description="Start a server on loopback, with an embedded database in a fresh temporary folder and the demo "
        "world; play a conversation with it through real HTTP; stay up until Ctrl-C.",
        epilog="Exit code 0: every step answered as it should. 1: one did not, or the server did not start.",
    )
    parser.add_argument("--once", action="store_true", help="end after the conversation")
    parser.add_argument("--port", type=int, help=f"port to listen on (default: {PORT}, or a free one)")
    return parser.parse_args()


@contextlib.contextmanager
def server(folder: Path, port: int | None) -> Iterator[str]:
    """
    A running server with the demo world, as a process of its own.

    Args:
        folder: For its database and its log.
        port: None: the usual one, or a free one if that is taken.

    Yields:
        Its base URL.

    Raises:
        NotReady: It ended before it was ready, or took too long.
    """
    port = port or free_port()
    base_url = f"http://127.0.0.1:{port}"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("POLYSHARE_")}
    environment |= {
        "POLYSHARE_PORT": str(port),
        "POLYSHARE_DATABASE": f"sqlite://{folder / 'demo.db'}",
        "POLYSHARE_WORLD": str(WORLD),
        "POLYSHARE_LOG_LEVEL": "warning",
    }
    log = folder / "log"
    with log.open("wb") as written:
        process = subprocess.Popen(
            [sys.executable, "-m", "polyshare", "serve"],
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=environment,
            start_new_session=True,  # Ctrl-C is for the demo, which then stops the server in good order
        )
    try:
        wait_until_ready(process, base_url, log)
        yield base_url
    finally:
        stop(process)


def free_port() -> int:
    """The usual port, or one that nobody listens on."""
    for port in (PORT, 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            found: int = probe.getsockname()[1]
            return found
    raise NotReady("no free port on 127.0.0.1")


def wait_until_ready(process: "subprocess.Popen[bytes]", base_url: str, log: Path) -> None:
    """Come back once the server says that it is ready."""
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{base_url}/readyz", timeout=2, trust_env=False).status_code == 200:
                return
        time.sleep(0.05)
    raise NotReady(log.read_text("utf-8", "replace"))


def stop(process: "subprocess.Popen[bytes]") -> None:
    """End the server in good order, or without it if it does not hear."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(READY_S)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def play(base_url: str) -> tuple[bool, list[tuple[str, str]]]:
    """Play every conversation; whether each step answered as it should, and what there is to see under which address."""
    good, shown = True, []
    for conversation in ALL:
        print(f"\n== {conversation.TITLE} ==")
        with contextlib.closing(Talk(base_url)) as talk:
            try:
                conversation.play(talk)
            except WrongAnswer as error:
                good = False
                print(f"\nWRONG: {error}", file=sys.stderr)
            shown += talk.shown
    print("\nEvery step answered as it should." if good else "\nNot every step answered as it should.")
    return good, shown


def stay(base_url: str, shown: list[tuple[str, str]]) -> None:
    """Say where the server is and how to get in, and wait for Ctrl-C."""
    print(f"\nThe server listens on {base_url} and forgets everything when it ends.")
    print("Open in a browser:")
    for what, address in shown:
        print(f"  {address}  ({what})")
    print(f"  {base_url}/docs  (documentation)")
    print("Call as a program:")
    for conversation in ALL:
        print(f"  {conversation.TITLE}: base URL {base_url}{conversation.PATH}")
        for who, headers in conversation.CREDENTIALS:
            print(f"    {who}: {headers}")
    print("Ctrl-C ends it.", flush=True)
    signal.pause()


if __name__ == "__main__":
    sys.exit(main())
