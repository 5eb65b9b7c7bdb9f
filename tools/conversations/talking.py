"""Talking HTTP aloud: each call is printed as a curl line that can be pasted, its answer beneath."""

import json
import re
import shlex
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx

WIDTH = 100  # characters of a printed line
LINES = 26  # most lines of a printed answer
SETTLED_S = 20.0  # longest wait for what the server does in the background


class WrongAnswer(Exception):
    """The server answered otherwise than it should; the text says how."""


class Talk:
    """One conversation with a running server."""

    def __init__(self, base_url: str, write: Callable[[str], None] = print) -> None:
        self._http = httpx.Client(base_url=base_url, trust_env=False, timeout=10)
        self._base_url = base_url
        self._write = write
        self.shown: list[tuple[str, str]] = []
        self._kept: dict[str, str] = {}

    def close(self) -> None:
        """Hang up."""
        self._http.close()

    def say(self, text: str) -> None:
        """Tell the reader what happens next."""
        self._write(f"\n# {text}")

    def keep(self, name: str, value: str) -> None:
        """Have lines speak of a long value by a name from now on, as a shell's variable, which a line of its own sets."""
        self._write(f"$ {name}={shlex.quote(value)}")
        self._kept[name] = value

    def show(self, what: str, path: str) -> None:
        """Tell the reader what to open in a browser; kept in `shown` as what there is to see and its address."""
        self._write(f"{self._base_url}{path}  ({what})")
        self.shown.append((what, self._base_url + path))

    def leave(self, path: str, name: str, content: bytes) -> None:
        """
        Send a file as the form of a page does, and print the call with its answer.

        Raises:
            WrongAnswer: It was not taken.
        """
        self._write(f"$ {shlex.join(['curl', '-s', '-F', f'file=@{name}', self._base_url + path])}")
        response = self._http.post(path, files={"file": (name, content)})
        self._write(f"{response.status_code}\n{pretty(response.text)}")
        self._expect(response, "POST", path, 201)

    def ask(
        self, method: str, path: str, who: Mapping[str, str], status: int = 200, body: Any = None
    ) -> dict[str, Any]:
        """
        Make one call and print it with its answer.

        Args:
            who: The headers that say who calls.
            status: What the answer must be.
            body: Sent as JSON; text as it is, with the type that the headers say; None: nothing.

        Raises:
            WrongAnswer: The status is another one, or the server does not answer.
        """
        said = self._call(method, path, who, status, body)
        answer: dict[str, Any] = json.loads(said) if said else {}
        return answer

    def ask_text(
        self, method: str, path: str, who: Mapping[str, str], status: int = 200, body: Any = None
    ) -> str:
        """
        Make one call whose answer is looked at letter for letter and print both; otherwise as `ask`.

        Raises:
            WrongAnswer: The status is another one, or the server does not answer.
        """
        return self._call(method, path, who, status, body)

    def ask_bytes(self, method: str, path: str, who: Mapping[str, str], status: int = 200) -> bytes:
        """
        Make one call whose answer is no text and print it with the answer's type and size.

        Raises:
            WrongAnswer: The status is another one, or the server does not answer.
        """
        response = self._respond(method, path, who)
        media = response.headers.get("content-type", "")
        self._write(f"{response.status_code}\n({len(response.content)} bytes of {media})")
        self._expect(response, method, path, status)
        return response.content

    def _call(self, method: str, path: str, who: Mapping[str, str], status: int, body: Any = None) -> str:
        response = self._respond(method, path, who, body)
        self._write(f"{response.status_code}\n{pretty(response.text)}")
        self._expect(response, method, path, status)
        return response.text

    def _respond(self, method: str, path: str, who: Mapping[str, str], body: Any = None) -> httpx.Response:
        self._write(by_name(curl(method, self._base_url + path, who, body), self._kept))
        try:
            if isinstance(body, str):
                return self._http.request(method, path, headers=dict(who), content=body)
            return self._http.request(method, path, headers=dict(who), json=body)
        except httpx.TransportError as error:
            raise WrongAnswer(f"{method} {path} was not answered: {error!r}") from error

    def _expect(self, response: httpx.Response, method: str, path: str, status: int) -> None:
        if response.status_code != status:
            raise WrongAnswer(f"{method} {path} was answered with {response.status_code} instead of {status}")

    def ask_until(
        self, path: str, who: Mapping[str, str], claim: Callable[[dict[str, Any]], bool]
    ) -> dict[str, Any]:
        """
        Ask quietly until *claim* holds of the answer, then once more aloud.

        Raises:
            WrongAnswer: It did not come to hold in time.
        """
        deadline = time.monotonic() + SETTLED_S
        while True:
            response = self._http.get(path, headers=dict(who))
            if response.status_code == 200 and claim(response.json()):
                return self.ask("GET", path, who)
            if time.monotonic() > deadline:
                raise WrongAnswer(f"GET {path} still says: {pretty(response.text)}")
            time.sleep(0.05)

    def check(self, holds: bool, what: str) -> None:
        """
        Go on only if the server did as it should.

        Raises:
            WrongAnswer: It did not.
        """
        if not holds:
            raise WrongAnswer(f"this should hold and does not: {what}")


def curl(method: str, url: str, who: Mapping[str, str], body: Any = None) -> str:
    """The call as a line for a shell."""
    words = ["curl", "-s"]
    if method != ("GET" if body is None else "POST"):  # what curl does by itself
        words += ["-X", method]
    for name, value in who.items():
        words += ["-H", f"{name}: {value}"]
    if isinstance(body, str):
        words += ["-d", body]
    elif body is not None:
        words += ["-H", "Content-Type: application/json", "-d", json.dumps(body)]
    return f"$ {shlex.join([*words, url])}"


def by_name(line: str, kept: Mapping[str, str]) -> str:
    """A line for a shell, with headers that end on a kept value spelled by its name."""
    for name, value in kept.items():
        line = re.sub(f"'([A-Za-z-]+: [A-Za-z]+ ){re.escape(value)}'", rf'"\1${name}"', line)
    return line


def pretty(text: str) -> str:
    """An answer for the eye: what fits stays on its line, and a long one is cut."""
    if not text:
        return "(no body)"
    try:
        lines = _lines(json.loads(text))
    except ValueError:
        lines = text.splitlines()
    return "\n".join([*lines[:LINES], "…"] if len(lines) > LINES else lines)


def _lines(value: Any, indent: str = "", lead: str = "", tail: str = "") -> list[str]:
    flat = f"{indent}{lead}{json.dumps(value, ensure_ascii=False)}{tail}"
    if len(flat) <= WIDTH or not isinstance(value, dict | list) or not value:
        return [flat]
    inner = indent + "  "
    pairs = (
        [(f"{json.dumps(name)}: ", each) for name, each in value.items()]
        if isinstance(value, dict)
        else [("", each) for each in value]
    )
    left, right = ("{", "}") if isinstance(value, dict) else ("[", "]")
    lines = [f"{indent}{lead}{left}"]
    for number, (name, each) in enumerate(pairs, 1):
        lines += _lines(each, inner, name, "," if number < len(pairs) else "")
    return [*lines, f"{indent}{right}{tail}"]
