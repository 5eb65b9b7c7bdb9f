"""Finding people, to share with them."""

from polyshare.dialects.base.calls import Call, Doing, Route, parsed_pairs
from polyshare.dialects.base.lenient import in_query
from polyshare.dialects.base.refusals import BadQuery
from polyshare.dialects.oracle import wire
from polyshare.dialects.oracle.translate import outward
from polyshare.domain.directory import Person
from polyshare.engine.directory import finding, naming


def _info(call: Call) -> tuple[str, ...]:
    """What to look for, in both readings: a plus is a blank, or a plus that somebody forgot to escape; raises BadQuery."""
    for name in ("info", "query"):
        text = in_query(call, name)
        if text is not None and text.strip():
            kept = parsed_pairs(call.scope["query_string"].replace(b"+", b"%2B"))
            plus = [values[-1] for key, values in kept.items() if key.lower() == name]
            return (text, *plus)
    raise BadQuery("info", "info is required: a part of a login, a name or an e-mail address.")


def _email(call: Call) -> str:
    text = in_query(call, "email")
    if text is None or not text.strip():
        raise BadQuery("email", "email is required.")
    return text if "+" not in text and " " not in text.strip() else text.strip().replace(" ", "+")


async def _shown(call: Call, people: list[Person]) -> wire.Users:
    fixed = await finding.fixed_ids(call.work, outward.NAMESPACE, [person.id for person in people])
    return outward.users_out(people, outward.Spelling(await naming.tail(call.work), fixed))


async def find_users(call: Call, _: None, texts: tuple[str, ...]) -> wire.Users:
    """GET users/items."""
    return await _shown(call, await finding.users(call.work, *texts))


async def find_user_by_email(call: Call, _: None, email: str) -> wire.Users:
    """GET users/search/items."""
    return await _shown(call, await finding.by_email(call.work, email))


ROUTES = (
    Route("GET", "/users/items", find_users, Doing.READ, _info),
    Route("GET", "/users/search/items", find_user_by_email, Doing.READ, _email),
)
