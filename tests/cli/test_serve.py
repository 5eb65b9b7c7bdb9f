"""`polyshare serve` as an operator meets it: a process that says what it does, keeps its secrets, and ends well."""

import contextlib
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from deploy import alive
from polyshare.settings import Settings
from tests.server import READY_S, free_port, start

TOKEN = re.compile(r"^    ([0-9A-Za-z_-]{32,})$", re.MULTILINE)
SERVERS = ("granian", "uvicorn")
ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
ALICE = "alice-edit-token-0123456789abcdef0123456789"
NEW_SHARE = json.dumps(
    {
        "name": "Under way",
        "recipients": [{"recipient_account_id": "0000000000000000000000000000000b"}],
        "resources": [
            {
                "resource_id": "023e105f4ecef8ad9ca31a8372d0c353",
                "resource_account_id": ACCOUNT,
                "resource_type": "custom-ruleset",
                "meta": {},
            }
        ],
    }
).encode()


def ran(*arguments, **environment):
    """The command run to its end."""
    given = {
        name: value for name, value in os.environ.items() if not name.startswith("POLYSHARE_")
    } | environment
    command = [sys.executable, "-m", "polyshare", *arguments]
    return subprocess.run(command, env=given, capture_output=True, text=True, timeout=READY_S, check=False)


@pytest.fixture
def started(tmp_path):
    """A function that starts a server in this test's folder; whatever still runs is killed."""
    servers = []

    def begin(*options, **more):
        servers.append(start(tmp_path, *options, **{"world": None, **more}))
        return servers[-1]

    yield begin
    for server in servers:
        server.kill()


def eventually(claim, what):
    """Come back once *claim* holds; fail with *what* after a while."""
    deadline = time.monotonic() + READY_S
    while not claim():
        if time.monotonic() > deadline:
            pytest.fail(what)
        time.sleep(0.02)


def may_connect(server):
    with (
        contextlib.suppress(OSError),
        socket.create_connection(("127.0.0.1", httpx.URL(server.base_url).port), 1),
    ):
        return True
    return False


def test_a_first_start_makes_an_administrator_whose_token_works_and_is_never_told_again(started):
    first = started().wait()
    [token] = TOKEN.findall(first.said)
    headers = {"authorization": f"Bearer {token}", "x-forwarded-for": "203.0.113.1"}
    answer = httpx.get(f"{first.base_url}/metrics", headers=headers)
    code = first.stop()
    said_before = len(first.said)
    second = started().wait()

    assert answer.status_code == 200
    assert code == 0
    assert "login admin" in first.said
    assert not TOKEN.search(second.said[said_before:])
    assert token not in second.log


def test_with_no_settings_at_all_rows_lie_in_the_users_data_directory(tmp_path):
    environment = {"HOME": str(tmp_path), "XDG_DATA_HOME": "", "POLYSHARE_PORT": str(free_port())}
    given = {
        name: value for name, value in os.environ.items() if not name.startswith("POLYSHARE_")
    } | environment
    with subprocess.Popen(
        [sys.executable, "-m", "polyshare", "serve"],
        env=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        lines = [next(process.stdout) for _ in range(3)]
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=READY_S)

    folder = "Library/Application Support" if sys.platform == "darwin" else ".local/share"
    file = tmp_path / folder / "polyshare" / "polyshare.db"
    assert f"http://127.0.0.1:{environment['POLYSHARE_PORT']}" in lines[1]
    assert str(file) in lines[2]
    assert file.exists()
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("workers", [1, 2])
def test_sigterm_finishes_the_request_under_way(started, server, workers):
    running = started(
        world=Path(__file__).parents[2] / "examples" / "world.toml", server=server, workers=workers
    ).wait()
    body = NEW_SHARE
    head = (
        f"POST /client/v4/accounts/{ACCOUNT}/shares HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"
        f"authorization: Bearer {ALICE}\r\ncontent-length: {len(body)}\r\n\r\n"
    ).encode()

    with socket.create_connection(("127.0.0.1", httpx.URL(running.base_url).port), READY_S) as line:
        line.sendall(head + body[:10])
        httpx.get(f"{running.base_url}/livez")  # the server has had its turn and read the head
        running.process.send_signal(signal.SIGTERM)
        eventually(lambda: "hutting down" in running.log, "the server does not stop")
        line.sendall(body[10:])
        answer = b"".join(iter(lambda: line.recv(65536), b""))
    code = running.process.wait(READY_S)

    assert answer.startswith(b"HTTP/1.1 201"), running.log
    assert code == 0
    again = started(server=server).wait()
    shares = httpx.get(
        f"{again.base_url}/client/v4/accounts/{ACCOUNT}/shares", headers={"authorization": f"Bearer {ALICE}"}
    )
    assert "Under way" in [share["name"] for share in shares.json()["result"]]


@pytest.mark.parametrize("server", SERVERS)
def test_no_process_outlives_the_one_that_started_it(started, server):
    running = started(server=server, workers=2).wait()

    os.kill(running.process.pid, signal.SIGKILL)

    running.process.wait(READY_S)
    eventually(lambda: not may_connect(running), "a server process outlived its parent")


@pytest.mark.parametrize("server", SERVERS)
def test_metrics_add_up_over_all_processes(started, server):
    running = started(server=server, workers=2).wait()
    for _ in range(20):
        httpx.get(f"{running.base_url}/nowhere")

    def counted():
        text = httpx.get(f"{running.base_url}/metrics").text
        return re.findall(r"^polyshare_requests_total\{.*4xx.*\} (\S+)$", text, re.MULTILINE)

    assert {tuple(counted()) for _ in range(8)} == {("20.0",)}


@pytest.mark.parametrize("server", SERVERS)
def test_no_credential_of_any_kind_reaches_the_log(started, server):
    world = Path(__file__).parents[2] / "examples" / "world.toml"
    running = started(world=world, server=server, access_log_sample=1, log_level="debug").wait()
    url = f"{running.base_url}/client/v4/accounts/{ACCOUNT}/shares"
    secrets = [
        ALICE,
        "144c9defac04969c7bfad8efaa8ea194",
        "wrong-secret-1",
        "wrong-secret-2",
        "wrong-secret-3",
        "wrong-secret-4",
    ]
    for headers in (
        {"authorization": f"Bearer {ALICE}"},
        {"x-auth-email": "alice@example.com", "x-auth-key": "144c9defac04969c7bfad8efaa8ea194"},
        {"authorization": "Bearer wrong-secret-1"},
        {"authorization": "Basic wrong-secret-2"},
        {"x-auth-email": "alice@example.com", "x-auth-key": "wrong-secret-3"},
    ):
        httpx.get(url, headers=headers)
        httpx.get(f"{running.base_url}/admin/v1/users", headers=headers)
        httpx.post(url, headers=headers, content=b"{")
    httpx.get(f"{url}?token=wrong-secret-4")
    running.stop()

    lines = [json.loads(line) for line in running.log.splitlines()]
    assert len([line for line in lines if line["event"] == "request"]) >= 16
    assert [secret for secret in (*secrets, "alice@example.com") if secret in running.log] == []


@pytest.mark.parametrize("server", SERVERS)
def test_every_log_line_is_one_json_object(started, server):
    running = started(server=server).wait()
    running.stop()

    lines = [json.loads(line) for line in running.log.splitlines()]
    assert lines
    assert all({"time", "level", "event"} <= set(line) for line in lines)


def test_a_port_in_use_is_one_clear_line(started):
    running = started().wait()

    refused = ran(
        "serve", POLYSHARE_PORT=running.base_url.rpartition(":")[2], POLYSHARE_DATABASE=running.database
    )

    assert refused.returncode == 1
    assert refused.stdout == ""
    [line] = refused.stderr.splitlines()
    assert "Address already in use" in line
    assert "--port" in line


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere Granian alone takes the port, and later")
@pytest.mark.parametrize("server", SERVERS)
def test_a_port_is_taken_from_the_moment_that_the_address_is_told(started, server):
    starting = started(server=server)
    eventually(lambda: "documents" in starting.said, "the server did not tell its address")

    with socket.socket() as another:
        another.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with pytest.raises(OSError, match="Address already in use"):
            another.bind(("127.0.0.1", httpx.URL(starting.base_url).port))

    starting.wait()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--port", "0"], "from 1 to 65535"),
        (["--host", "::"], "tls_certificate and tls_key, or name the proxy"),
        (["--tls-certificate", "chain.pem"], "'tls_key': is missing"),
        (["--tls-certificate", "none.pem", "--tls-key", "none.pem"], "none.pem can't be read"),
        (
            ["--tls-certificate", __file__, "--tls-key", __file__],
            "'tls_certificate': no certificate and its key",
        ),
        (["--database", "mysql://x"], "sqlite:///absolute/path.db or postgresql://"),
    ],
)
def test_a_setting_that_cannot_be_used_stops_the_start_with_one_line(arguments, says):
    refused = ran("serve", *arguments)

    assert refused.returncode == 2
    [line] = refused.stderr.splitlines()
    assert line.startswith("polyshare: ")
    assert says in line


def test_a_wrong_world_file_stops_the_start_with_one_line_and_makes_no_administrator(tmp_path):
    (tmp_path / "world.toml").write_text("[[userz]]\n")

    refused = ran(
        "serve", "--world", str(tmp_path / "world.toml"), HOME=str(tmp_path), POLYSHARE_PORT=str(free_port())
    )

    assert refused.returncode == 1
    [line] = refused.stderr.splitlines()
    assert "userz" in line
    assert refused.stdout == ""


@pytest.mark.parametrize("server", SERVERS)
def test_tls_is_spoken_with_a_certificate(started, tmp_path, server):
    made = subprocess.run(
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
            ),
            *("-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", "key.pem", "-out", "chain.pem"),
        ],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    running = started(tls_certificate=tmp_path / "chain.pem", tls_key=tmp_path / "key.pem", server=server)
    trust = ssl.create_default_context(cafile=str(tmp_path / "chain.pem"))

    def answers():
        assert running.process.poll() is None, running.log
        with contextlib.suppress(httpx.TransportError):
            return (
                httpx.get(running.base_url.replace("http:", "https:") + "/livez", verify=trust).status_code
                == 200
            )

    eventually(answers, "no answer over TLS")
    assert alive.lives(
        Settings(port=int(running.base_url.rpartition(":")[2]), tls_certificate=str(tmp_path / "chain.pem"))
    )
    assert "https://127.0.0.1" in running.said


def test_a_worker_alone_carries_out_what_servers_without_background_leave(started, tmp_path):
    world = Path(__file__).parents[2] / "examples" / "world.toml"
    server = started(world=world, background=False).wait()
    headers = {"authorization": f"Bearer {ALICE}"}
    shares = f"{server.base_url}/client/v4/accounts/{ACCOUNT}/shares"
    share = httpx.post(shares, headers=headers, content=NEW_SHARE).json()["result"]

    def status():
        answer = httpx.get(f"{shares}/{share['id']}/recipients", headers=headers)
        return answer.json()["result"][0]["association_status"]

    before = status()
    with subprocess.Popen(
        [sys.executable, "-m", "polyshare", "worker"],
        env=dict(server.environment),
        stderr=subprocess.PIPE,
        text=True,
    ) as worker:
        eventually(lambda: status() == "associated", "the worker carried nothing out")
        worker.send_signal(signal.SIGTERM)
        _, log = worker.communicate(timeout=READY_S)

    assert before == "associating"
    assert worker.returncode == 0
    assert [json.loads(line)["event"] for line in log.splitlines()][-1] == "worker.stopped"


def test_a_worker_without_its_database_says_so_and_makes_none(tmp_path):
    ended = ran("worker", "--database", f"sqlite://{tmp_path}/mistyped.db")

    assert ended.returncode == 1
    assert ended.stderr.startswith(f"polyshare: database file {tmp_path}/mistyped.db is not there")
    assert len(ended.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("server", SERVERS)
def test_people_log_in_by_password_after_their_world_was_loaded(started, server):
    running = started(world=Path(__file__).parents[2] / "examples" / "world.toml", server=server).wait()

    answer = httpx.get(
        f"{running.base_url}/documents/api/1.2/folders/items",
        auth=("alice", "alice-password"),
        timeout=READY_S,
        trust_env=False,
    )

    assert (answer.status_code, answer.json()["errorCode"]) == (200, "0")


def test_behind_a_proxy_without_a_public_url_it_says_what_to_set(started):
    server = started("--trusted-proxies", "127.0.0.1/32").wait()

    assert f"links and tokens will say {server.base_url}." in server.said
    assert "Set public_url" in server.said
