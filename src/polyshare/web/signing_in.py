"""Pages on which people sign in and out, and agree that a client may act for them; they work without scripts."""

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from polyshare.dialects.base.calls import Call
from polyshare.dialects.base.refusals import AtTheDoor, BadBody, ClientGone
from polyshare.domain.directory import Client
from polyshare.domain.errors import Braked, Invalid, NotFound, PolyshareError, UnknownCredential
from polyshare.domain.principals import Actor
from polyshare.engine import addressing
from polyshare.engine.credentials import exchanging, minting, registering, signing_in, staying
from polyshare.engine.credentials.exchanging import Asked
from polyshare.engine.work import House
from polyshare.web import docs, sessions

POLICY = docs.POLICY.replace("form-action 'none'", "form-action 'self'")
AUTHORIZE = "/sign-in/authorize"
MOST_FIELDS = 50
PASSED_ON = (
    "client_id",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
)
MEANS = {
    "openid": "know who you are",
    "profile": "read your name",
    "email": "read your e-mail address",
    "offline_access": "do so until you change your password, also when you are away",
    "nas_read_only": "read your files",
    "nas_read_write": "read, change and delete your files",
    "user_read": "read what is known of you",
    "device_read": "see your devices",
}

Fields = Mapping[str, str]


class _Turned(Exception):
    """A client is told what was wrong with what it asked for: by sending the browser back to it."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


def routes(house: House) -> list[Route]:
    """`/sign-in`, `/sign-out` and where people agree that a client may act for them."""
    pages = SignIn(house)
    return [
        Route("/sign-in", _told(pages.sign_in), methods=["GET", "POST"]),
        Route("/sign-out", _told(pages.sign_out), methods=["GET", "POST"]),
        Route(AUTHORIZE, _told(pages.authorize), methods=["GET", "POST"]),
    ]


def _told(page: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """A page that tells what went wrong as a page."""

    async def answer(request: Request) -> Response:
        try:
            return await page(request)
        except ClientGone:
            return Response(status_code=400)
        except AtTheDoor as error:
            return _wrong(request, 400, error.message)
        except PolyshareError as error:
            return _wrong(request, 503, error.message)

    return answer


class SignIn:
    """The pages, on one house."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def sign_in(self, request: Request) -> Response:
        """Ask for login and password, or take them and go on."""
        if request.method != "POST":
            return await self._ask(request, _own_path(request.query_params.get("next", "")))
        fields = await self._form(request)
        onward = _own_path(fields.get("next", ""))
        if not await self._is_ours(request, fields):
            return await self._ask(request, onward, "This form was no longer good; please try again.", 403)
        name, password = fields.get("name", ""), fields.get("password", "")
        address = Call(request.scope, self._house).address
        try:
            actor = await signing_in.by_login_or_email(self._house, name, password, address)
        except UnknownCredential as error:
            return await self._ask(request, onward, error.message, 403, name)
        except Braked as error:
            answer = await self._ask(request, onward, error.message, 429, name)
            answer.headers["retry-after"] = str(max(1, round(error.retry_after_s)))
            return answer
        before = sessions.held(self._house, _cookies(request), sessions.SESSION)
        if before is not None:
            await staying.end(self._house, before)
        secret = await staying.begin(self._house, actor)
        answer = RedirectResponse(onward, 303, {"cache-control": "no-store"})
        lasts_s = round(self._house.settings.session_hours * 3600)
        answer.headers.append("set-cookie", sessions.cookie(self._house, sessions.SESSION, secret, lasts_s))
        return answer

    async def sign_out(self, request: Request) -> Response:
        """Ask whether to sign out, or do it; a link from elsewhere does nothing."""
        if request.method != "POST" or not await self._is_ours(request, await self._form(request)):
            person = await self._person(request)
            return await self._page(request, "sign_out.html", person=person)
        secret = sessions.held(self._house, _cookies(request), sessions.SESSION)
        if secret is not None:
            await staying.end(self._house, secret)
        answer = RedirectResponse("/sign-in", 303, {"cache-control": "no-store"})
        answer.headers.append("set-cookie", sessions.cookie(self._house, sessions.SESSION, "", 0))
        return answer

    async def authorize(self, request: Request) -> Response:
        """Ask whether a client may act for who is signed in, and send the browser back to it with a code, or with a no."""
        given: Fields
        given = await self._form(request) if request.method == "POST" else dict(request.query_params)
        address, name = given.get("redirect_uri", ""), given.get("client_id", "")
        try:
            client = await self._house.read(None, lambda work: registering.show(work, name))
        except NotFound:
            return _wrong(request, 400, "The program that sent you here is not registered on this server.")
        if address not in client.redirect_uris:
            return _wrong(request, 400, "The program that sent you here gave an address that is not its own.")
        try:
            asked = _asked(given)
            exchanging.check(client, asked)
            return await self._decide(request, client, asked, given)
        except Invalid:
            return self._back(address, given, {"error": "invalid_request"})
        except _Turned as error:
            return self._back(address, given, {"error": error.error})

    async def _decide(self, request: Request, client: Client, asked: Asked, given: Fields) -> Response:
        """What comes of a request that is in order; raises _Turned."""
        person, asks_nobody = await self._person(request), given.get("prompt") == "none"
        if person is None:
            if asks_nobody:
                raise _Turned("login_required")
            onward = f"{AUTHORIZE}?{urlencode(_passed(given))}"
            return RedirectResponse(f"/sign-in?{urlencode({'next': onward})}", 303)
        if asks_nobody:
            raise _Turned("consent_required")
        if request.method != "POST" or not await self._is_ours(request, given):
            return await self._agree(request, person, asked, given)
        if given.get("answer") != "allow":
            raise _Turned("access_denied")
        code = await exchanging.give_code(self._house, person, client, asked)
        return self._back(asked.redirect_uri, given, {"code": code})

    async def _agree(self, request: Request, person: Actor, asked: Asked, given: Fields) -> Response:
        scopes = minting.granted(asked.scope).split()
        means = [MEANS[scope] for scope in scopes if scope in MEANS]
        if "nas_read_write" in scopes:
            means = [one for one in means if one != MEANS["nas_read_only"]]
        answer = await self._page(
            request,
            "authorize.html",
            person=person,
            client=given["client_id"],
            means=means,
            given=_passed(given),
            to=urlsplit(asked.redirect_uri).hostname or "",
        )
        # browsers hold where a form leads in the end against this, too
        allowed = f"form-action 'self' {_origin(asked.redirect_uri)}"
        answer.headers["content-security-policy"] = POLICY.replace("form-action 'self'", allowed)
        return answer

    def _back(self, address: str, given: Fields, said: Fields) -> Response:
        """Back to the client, with who says so (RFC 9207)."""
        answer = {**said, "iss": addressing.issuer(self._house.settings)}
        if "state" in given:
            answer["state"] = given["state"]
        joined = f"{address}{'&' if '?' in address else '?'}{urlencode(answer)}"
        return Response(
            status_code=303,
            headers={"location": joined, "cache-control": "no-store", "referrer-policy": "no-referrer"},
        )

    async def _ask(
        self, request: Request, onward: str, wrong: str = "", status: int = 200, name: str = ""
    ) -> Response:
        person = await self._person(request)
        return await self._page(
            request, "sign_in.html", status, person=person, onward=onward, wrong=wrong, name=name
        )

    async def _page(self, request: Request, template: str, status: int = 200, **values: object) -> Response:
        mark, cookie = await sessions.form_mark(self._house, _cookies(request))
        answer = docs.page(template, status, mark=mark, **values)
        answer.headers["content-security-policy"] = POLICY
        answer.headers["cache-control"] = "no-store"
        if cookie is not None:
            answer.headers.append("set-cookie", cookie)
        return answer

    async def _person(self, request: Request) -> Actor | None:
        return await sessions.person(self._house, _cookies(request))

    async def _form(self, request: Request) -> dict[str, str]:
        call = Call(request.scope, self._house, request.receive)
        await call.read_body()
        text = call.body.decode("utf-8", "replace").replace("\0", "")
        try:
            return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS))
        except ValueError as error:
            raise BadBody("This form has too many fields.") from error

    async def _is_ours(self, request: Request, fields: Fields) -> bool:
        site = request.headers.get("sec-fetch-site")
        return await sessions.is_ours(self._house, _cookies(request), fields.get("form", ""), site)


def _asked(given: Fields) -> Asked:
    """What a client asks for; raises _Turned."""
    if given.get("response_type") != "code":
        raise _Turned("unsupported_response_type")
    challenge = given.get("code_challenge", "")
    if given.get("code_challenge_method", "S256" if not challenge else "plain") != "S256":
        raise _Turned("invalid_request")  # a plain challenge protects nobody
    return Asked(given["redirect_uri"], given.get("scope", ""), challenge, given.get("nonce"))


def _passed(given: Fields) -> dict[str, str]:
    return {name: given[name] for name in PASSED_ON if name in given}


def _cookies(request: Request) -> str | None:
    return request.headers.get("cookie")


def _own_path(text: str) -> str:
    """A path of this server to go on to; the front page instead of anything that a browser may take for another place."""
    sane = text.startswith("/") and text.isascii() and text.isprintable()
    return text if sane and "\\" not in text and " " not in text and not text.startswith("//") else "/"


def _origin(address: str) -> str:
    """The source that a content policy allows for an address; nothing for one that it can't say."""
    parts = urlsplit(address)
    source = f"{parts.scheme}://{parts.netloc}" if parts.netloc else f"{parts.scheme}:"
    return "" if any(char in source for char in ";,'\"") else source


def _wrong(request: Request, status: int, message: str) -> Response:
    request_id = request.scope.get("polyshare.request_id", "")
    return docs.page("wrong.html", status, title="This did not work", message=message, request_id=request_id)
