"""The demo plays its conversation, prints lines that can be pasted, stays up, and leaves nothing behind."""

import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.server import free_port
from tools.conversations import ALL
from tools.conversations.talking import LINES, by_name, curl, pretty

ROOT = Path(__file__).parents[1]
ENDED_S = 60.0  # longest wait for the demo


def demo(tmp_path, *words):
    """The demo as a process, with a temporary folder of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "tools.demo", "--port", str(free_port()), *words],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_once_plays_every_conversation_and_ends_well(tmp_path):
    process = demo(tmp_path, "--once")

    said, wrong = process.communicate(timeout=ENDED_S)

    assert process.returncode == 0, wrong
    assert "Every step answered as it should." in said
    assert all(f"== {conversation.TITLE} ==" in said for conversation in ALL)
    assert said.count("\n$ curl ") >= 7
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_stays_up_until_it_is_told_to_end(tmp_path, how):
    process = demo(tmp_path)
    said = []
    for line in process.stdout:
        said.append(line)
        if line.startswith("Ctrl-C"):
            break
    pasted = next(
        shlex.split(line[2:]) for line in said if line.startswith("$ curl ") and "kind=received" in line
    )
    address = re.search(r"http://127\.0\.0\.1:\d+", "".join(said))[0]

    opened = re.search(r"^  (http://\S+/l/\S+)  \(a folder", "".join(said), re.MULTILINE)[1]

    page = httpx.get(opened, headers={"accept": "text/html"}, trust_env=False)
    answered = subprocess.run(pasted, capture_output=True, text=True, timeout=ENDED_S, check=True)
    process.send_signal(how)
    process.communicate(timeout=ENDED_S)

    assert '"success":true' in answered.stdout
    assert page.status_code == 200
    assert "<bdi>sunset.jpg</bdi>" in page.text
    assert process.returncode == 0
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{address}/livez", trust_env=False)


def test_a_call_is_printed_as_a_shell_takes_it():
    line = curl("PUT", "http://h/a b", {"X": "it's"}, {"name": "Bob's $HOME"})

    assert shlex.split(line[2:])[:6] == ["curl", "-s", "-X", "PUT", "-H", "X: it's"]
    assert shlex.split(line[2:])[-2:] == ['{"name": "Bob\'s $HOME"}', "http://h/a b"]


def test_a_long_answer_is_cut():
    lines = pretty(str(list(range(1000)))).splitlines()

    assert len(lines) == LINES + 1
    assert lines[-1] == "…"


def test_a_long_value_is_spelled_by_its_name():
    line = curl("GET", "http://h/a", {"Authorization": "Bearer ey.J-0_"})

    named = by_name(line, {"ALICE": "ey.J-0_", "BOB": "other"})

    assert named == '$ curl -s -H "Authorization: Bearer $ALICE" http://h/a'
