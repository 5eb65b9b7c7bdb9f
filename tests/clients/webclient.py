"""
UCloud's web client as far as it speaks with a server: a browser with its storage, how a call is sent, and how an answer is read.

Read from `frontend-web/webclient/app/` of the repository SDU-eScience/UCloud; each thing names the file that it follows. What its
pages ask for is in `webclient_pages` and `webclient_shares`, how its files come and go in `webclient_files`.
"""

import base64
import json
import time
from http.cookies import SimpleCookie
from typing import Any, TypeVar
from urllib.parse import quote

import httpx

T = TypeVar("T")

AS_THEY_ARE = "!'()*-._~"  # what encodeURIComponent leaves
WHOLE = ("sub", "aud", "role", "iss", "exp", "extendedByChain", "iat", "principalType")
SOON_S = 60


class Tripped(AssertionError):
    """The client would have thrown: it reads a property of what is not there, or takes a thing for what it is not."""


class SignedOut(Exception):
    """The client forgets its tokens and shows the page to sign in."""


class Lost(Exception):
    """The answer never came."""


class Refused(Exception):
    """An answer that is no success; `why` and `code` are what the client shows or acts on."""

    def __init__(self, status: int, told: Any) -> None:
        self.status = status
        self.why = told.get("why") if isinstance(told, dict) else None
        self.code = told.get("errorCode") if isinstance(told, dict) else None
        super().__init__(f"{status} {self.why} {self.code or ''}".strip())


# Reading


def at(value: Any, *names: str) -> Any:
    """`value.a.b`: throws where something on the way is undefined or null; the end of the way may be either, which is None."""
    for name in names:
        if not isinstance(value, dict):
            raise Tripped(f"cannot read properties of {value!r} (reading '{name}')")
        value = value.get(name)
    return value


def _a(kind: type[T], value: Any, *names: str) -> T:
    found = at(value, *names)
    if not isinstance(found, kind) or (isinstance(found, bool) and kind is not bool):
        raise Tripped(f"{'.'.join(names)} is no {kind.__name__} but {found!r}")
    return found


def text(value: Any, *names: str) -> str:
    """A text at the end of the way, which the client cuts, compares or goes to."""
    return _a(str, value, *names)


def number(value: Any, *names: str) -> int:
    """A number at the end of the way, which the client reckons with."""
    return _a(int, value, *names)


def several(value: Any, *names: str) -> list[Any]:
    """A list at the end of the way, which the client goes through."""
    return _a(list, value, *names)


def several_of(kind: type[T], value: Any, *names: str) -> list[T]:
    """A list of texts or objects."""
    found = several(value, *names)
    if not all(isinstance(one, kind) for one in found):
        raise Tripped(f"{'.'.join(names)} has what is no {kind.__name__}: {found!r}")
    return found


def items(page: Any) -> list[Any]:
    """What a page lists, whichever kind of page it is (UCloud/index.ts, PageV2; Types)."""
    return several_of(dict, page, "items")


def atob(given: str) -> bytes:
    """What browsers do, who know the plain alphabet of base64 alone and throw at any other sign; padding may be missing."""
    try:
        return base64.b64decode(given + "=" * (-len(given) % 4), validate=True)
    except ValueError:
        raise Tripped("InvalidCharacterError: the string to be decoded is not correctly encoded") from None


def query(path: str, /, **params: Any) -> str:
    """An address with its query, which begins with a question mark even if nothing follows (Utilities/URIUtilities.ts)."""
    return f"{path}?" + "&".join(
        f"{_encoded(name)}={_encoded(_spelled(value))}" for name, value in params.items() if value is not None
    )


def _spelled(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _encoded(given: str) -> str:
    return quote(given, safe=AS_THEY_ARE)


def bulk(*given: Any) -> dict[str, Any]:
    """A request of several items (UtilityFunctions.tsx, bulkRequestOf)."""
    return {"type": "bulk", "items": list(given)}


# Speaking


class Browser:
    """
    One browser on the client's pages: all addresses are of the origin that they came from (Authentication/lib.ts, HttpClient).

    `storage` is the local storage, which outlives the page; `unanswered` are calls that got a 404, which no page may have made.
    """

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.storage: dict[str, str] = {}
        self.claims: dict[str, Any] = {}
        self.unanswered: list[str] = []
        self._cookies: dict[str, str] = {}
        self._stale = False

    @property
    def username(self) -> str:
        """Who is signed in."""
        return text(self.claims, "sub")

    def fetch(
        self, method: str, url: str, headers: dict[str, str] | None = None, **body: Any
    ) -> httpx.Response:
        """What a script sends to its own origin; cookies go along by themselves."""
        assert url.startswith(f"{self.origin}/"), (
            f"{url} is of another origin, and would need its leave (CORS)"
        )
        sent = {"Accept": "*/*", "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"} | (headers or {})
        if method not in ("GET", "HEAD"):
            sent["Origin"] = self.origin
        if self._cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        answer = httpx.request(method, url, headers=sent, trust_env=False, timeout=60, **body)
        for line in answer.headers.get_list("set-cookie"):
            self._keep(line)
        return answer

    def _keep(self, line: str) -> None:
        """A cookie counts everywhere below the origin, and is kept from scripts and from other sites."""
        for name, crumb in SimpleCookie(line).items():
            assert (crumb["path"], crumb["domain"], crumb["httponly"]) == ("/", "", True), line
            if crumb["max-age"] == "0":
                self._cookies.pop(name, None)
            else:
                self._cookies[name] = crumb.value

    def begins_with_a_form(self) -> bool:
        """Whether the page to sign in begins with login and password, and not with WAYF, which leads away (Login/Login.tsx)."""
        answer = self.fetch("GET", f"{self.origin}/api/branding/retrieve", {"Accept": "application/json"})
        return not answer.is_success or number(answer.json(), "loginPage", "type") == 0

    def elsewhere(self) -> list[str]:
        """Where else one may sign in (Login/Login.tsx, IdpList); the answer is read as JSON whatever its status."""
        told = json.loads(self.fetch("GET", f"{self.origin}/auth/browseIdentityProviders").text)
        return [text(one, "title") for one in several(told, "responses")] if "responses" in told else []

    def sign_in(self, username: str, password: str) -> None:
        """The page's form, of several parts (Login/Login.tsx), whose answer is read for a second factor first."""
        form = {"service": "web", "username": username, "password": password}
        answer = self.fetch(
            "POST",
            f"{self.origin}/auth/login?service=web",
            {"Accept": "application/json"},
            files={name: (None, value) for name, value in form.items()},
        )
        if not answer.is_success:
            raise Refused(answer.status_code, answer.json())
        told = answer.json()
        assert "2fa" not in told
        self._set_tokens(told)

    def _set_tokens(self, told: Any) -> None:
        access, mark = text(told, "accessToken"), text(told, "csrfToken")
        self.storage |= {"accessToken": access, "csrfToken": mark}
        try:
            self.claims = _parsed(access)
        except (Tripped, ValueError) as error:  # it takes any fault of the token for the end of the session
            self._forget()
            raise SignedOut(f"the token is none to the client: {error}") from error

    def _forget(self) -> None:
        self.storage |= {"accessToken": "", "csrfToken": ""}
        self.claims = {}

    def call(self, method: str, path: str, body: Any = None, *, project: str | None = None) -> Any:
        """
        A call of the API, and what its answer says: JSON where the answer says that it is.

        Args:
            project: The project that is active; none: the person's own workspace.

        Raises:
            Refused: The answer is no success.
        """
        headers = {
            "Authorization": f"Bearer {self._token()}",
            "Content-Type": "application/json; charset=utf-8",
        }
        if project:
            headers["Project"] = project
        before, mark, after = path.partition("?")
        url = f"{self.origin}{before.rstrip('/')}{mark}{after}"
        sent = None if body is None else json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
        answer = self.fetch(method, url, headers, content=sent)
        said: Any = answer.text or "{}"
        if "application/json" in answer.headers.get("content-type", ""):
            said = json.loads(said)
        if answer.is_success:
            return said
        if answer.status_code == 401:
            self._stale = True
        if answer.status_code == 404:
            self.unanswered.append(f"{method} {before}")
        raise Refused(answer.status_code, said)

    def get(self, path: str, /, **params: Any) -> Any:
        """`apiBrowse` and `apiRetrieve` (Authentication/DataHook.ts)."""
        return self.call("GET", query(path, **params))

    def post(self, path: str, body: Any) -> Any:
        """`apiCreate`, `apiUpdate` and `apiSearch`."""
        return self.call("POST", path, body)

    def delete(self, path: str, body: Any) -> Any:
        """`apiDelete`, which has a body."""
        return self.call("DELETE", path, body)

    def _token(self) -> str:
        """The access token, fresh if it ends within a minute or the last call was not believed."""
        if not self.claims or number(self.claims, "exp") < time.time() + SOON_S or self._stale:
            self._stale = False
            self.refresh()
        return self.storage["accessToken"]

    def refresh(self) -> None:
        """A fresh access token by the cookie; on 400 and 401 the client takes the session for ended."""
        mark = self.storage.get("csrfToken")
        if not mark:
            raise SignedOut("there is no session")
        answer = self.fetch("POST", f"{self.origin}/auth/refresh/web", {"X-CSRFToken": mark})
        if answer.is_success:
            self._set_tokens(json.loads(answer.text))
            return
        if answer.status_code in (400, 401):
            self._forget()
        raise SignedOut(f"refreshing failed with {answer.status_code}")

    def sign_out(self) -> None:
        """The menu's last line: anything but a failure of the server ends at the page to sign in."""
        headers = {"X-CSRFToken": self.storage["csrfToken"], "Content-Type": "application/json"}
        answer = self.fetch("POST", f"{self.origin}/auth/logout/web", headers)
        assert answer.status_code < 500, "the server was unreachable, please try again later"
        self._forget()

    def open_socket(self, path: str) -> int:
        """Ask for a web socket (Authentication/ws.ts), with no token before it is open; the status that was answered."""
        upgrade = {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": base64.b64encode(b"0123456789abcdef").decode(),
        }
        return self.fetch("GET", f"{self.origin}{path}", upgrade).status_code


def _parsed(token: str) -> dict[str, Any]:
    """What a token says (UtilityFunctions.tsx, parseJWT); without these claims it is none."""
    claims = json.loads(atob(token.split(".")[1]).decode())
    if not all(name in claims for name in WHOLE):
        raise Tripped(f"a token without some of {WHOLE}")
    found: dict[str, Any] = claims
    return found
