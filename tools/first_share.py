"""Takes an installed `polyshare` through the README's first share: `python tools/first_share.py [EXECUTABLE …]`."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import Any

PATIENCE_S = 30.0  # longest wait for any one step
ORGANIZATION = "9a7806061c88ada191ed06f989cc3dac"
SENDER = "023e105f4ecef8ad9ca31a8372d0c353"
RECIPIENT = "0000000000000000000000000000000b"
SHARE = {
    "name": "My first share",
    "recipients": [{"recipient_account_id": RECIPIENT}],
    "resources": [
        {"resource_id": SENDER, "resource_account_id": SENDER, "resource_type": "custom-ruleset", "meta": {}}
    ],
}


class Failed(Exception):
    """A step did not do what it should; the message says which and what came instead."""


def main(command: Sequence[str]) -> int:
    """Run all steps with a server in an empty home folder; 0 only if every one worked."""
    with tempfile.TemporaryDirectory(prefix="polyshare-first-share-") as home, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
        probe.close()
        environment = {name: value for name, value in os.environ.items() if not name.startswith("POLYSHARE_")}
        environment |= {"HOME": home, "XDG_DATA_HOME": "", "POLYSHARE_PORT": port}
        server = subprocess.Popen(
            [*command, "serve"],
            env=environment,
            cwd=home,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            first_share(command, environment, server, f"http://127.0.0.1:{port}")
            ended(server)
        except Failed as error:
            print(f"failed: {error}", file=sys.stderr)
            return 1
        finally:
            if server.poll() is None:
                os.killpg(server.pid, signal.SIGKILL)
                server.wait()
    print("the first share works")
    return 0


def first_share(
    command: Sequence[str], environment: dict[str, str], server: "subprocess.Popen[str]", url: str
) -> None:
    """The steps: come in, make an organization, accounts and a token, share, watch it arrive, see it as the recipient."""

    def ran(*arguments: str) -> str:
        done = subprocess.run(
            [*command, *arguments], env=environment, capture_output=True, text=True, check=False
        )
        print(f"$ polyshare {' '.join(arguments)}\n{done.stdout}", end="")
        if done.returncode:
            raise Failed(f"polyshare {' '.join(arguments)}: exit code {done.returncode}: {done.stderr}")
        return done.stdout

    administrator = printed_token(server)
    eventually("the server to be ready", lambda: called(f"{url}/readyz", "")["status"] == "ready")
    called(f"{url}/admin/v1/users", administrator)
    ran("organizations", "add", "Example Organization", "--id", ORGANIZATION)
    ran("accounts", "add", "Account A", "--id", SENDER, "--organization", ORGANIZATION)
    ran("accounts", "add", "Account B", "--id", RECIPIENT, "--organization", ORGANIZATION)
    ran("users", "act", "admin", "--organization", f"{ORGANIZATION}=edit")
    token = ran("tokens", "add", "admin", "--name", "first share").split()[-1]
    shares = f"{url}/client/v4/accounts/{SENDER}/shares"
    share = called(shares, token, SHARE)["result"]
    recipients = f"{shares}/{share['id']}/recipients"

    def associated() -> bool:
        [recipient] = called(recipients, token)["result"]
        return bool(recipient["association_status"] == "associated")

    eventually("the share to be associated", associated)
    received = called(f"{url}/client/v4/accounts/{RECIPIENT}/shares?kind=received", token)["result"]
    if [each["id"] for each in received] != [share["id"]]:
        raise Failed(f"the recipient sees {received}")


def ended(server: "subprocess.Popen[str]") -> None:
    """End the server as an operator does."""
    server.send_signal(signal.SIGTERM)
    if code := server.wait(PATIENCE_S):
        raise Failed(f"the server ended with exit code {code}")


def printed_token(server: "subprocess.Popen[str]") -> str:
    """The administrator's token, read from what the server prints at its first start."""
    assert server.stdout is not None  # noqa: S101 - it is a pipe
    for line in server.stdout:
        print(re.sub(r"\S{32,}$", "…", line), end="")
        if found := re.fullmatch(r"    (\S{32,})\n", line):
            return found[1]
    raise Failed("the server ended without printing a token")


def called(url: str, token: str, body: Any = None) -> Any:
    """The answer's JSON; a body is sent by POST."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers if token else {})  # noqa: S310 - http to ourselves
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=PATIENCE_S) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise Failed(f"{request.get_method()} {url}: {error.code}: {error.read().decode()}") from error


def eventually(what: str, claim: Any) -> None:
    """Ask until *claim* holds, at most PATIENCE_S."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            if claim():
                return
        except (Failed, OSError):
            if what != "the server to be ready":
                raise
        time.sleep(0.05)
    raise Failed(f"waited {PATIENCE_S:g} s for {what}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or [sys.executable, "-m", "polyshare"]))
