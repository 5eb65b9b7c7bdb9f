"""Finding people and groups: by words of their names, by exact e-mail address, by name or id."""

from collections.abc import Sequence

from polyshare.domain.directory import Listed, Person, folded
from polyshare.domain.errors import Invalid, NotFound
from polyshare.domain.principals import Kind, Status
from polyshare.domain.views import Slice, Window
from polyshare.engine.work import Work
from polyshare.store.directory import people

MOST = 50
"""How many people a search finds at most."""

MOST_WORDS = 8


async def users(work: Work, *texts: str) -> list[Person]:
    """
    People whom the words of a text mean: each word stands somewhere in login, display name or e-mail address, case aside.

    An exact login or address comes first, then an exact display name, then names that begin so; at most 50 in all.

    Args:
        texts: Several readings of the same text; what any of them finds counts.

    Raises:
        Invalid: No reading has a word.
    """
    readings = [words for text in dict.fromkeys(texts) if (words := folded(text).split()[:MOST_WORDS])]
    if not readings:
        raise Invalid("Say what to look for: a part of a login, a name or an e-mail address.", "info")
    found: dict[int, tuple[int, str, Person]] = {}
    for words in readings:
        for rank, person in await people.matching(work.rows, words, MOST):
            held = found.get(person.id)
            if held is None or rank < held[0]:
                found[person.id] = (rank, person.name, person)
    best = sorted(found.values(), key=lambda one: (one[0], folded(one[1]), one[2].login))
    return [person for _, _, person in best[:MOST]]


async def by_email(work: Work, email: str) -> list[Person]:
    """
    The person with that e-mail address, case aside; nobody if there is none.

    Raises:
        Invalid: The address is empty.
    """
    address = folded(email)
    if not address:
        raise Invalid("Say the e-mail address to look for.", "email")
    return await people.with_email(work.rows, address)


async def group(work: Work, name: str) -> Listed:
    """
    The group of that name, id or title; upper and lower case are the same.

    Raises:
        NotFound: There is none.
    """
    found = await people.group(work.rows, name)
    if found is None:
        raise NotFound("group")
    return found


async def group_by_id(work: Work, id_: int) -> Listed:
    """
    The group of that number.

    Raises:
        NotFound: There is none.
    """
    found = await people.group_by_id(work.rows, id_)
    if found is None:
        raise NotFound("group")
    return found


async def everybody(work: Work, kind: Kind, window: Window) -> Slice[Listed]:
    """One stretch of all active users or groups, in the order of their names."""
    return await people.everybody(work.rows, kind, window)


async def by_ids(work: Work, ids: Sequence[int]) -> dict[int, Person]:
    """Those of these people who are there, by id."""
    return {person.id: person for person in await people.by_ids(work.rows, ids)}


async def fixed_ids(work: Work, namespace: str, ids: Sequence[int]) -> dict[int, str]:
    """The ids that somebody fixed for these principals in a namespace."""
    return await people.aliases_of(work.rows, namespace, ids) if ids else {}


async def by_logins(work: Work, logins: Sequence[str]) -> dict[str, int]:
    """The users with these logins, case aside, each by its login as it is asked for."""
    return await people.by_logins(work.rows, logins) if logins else {}


async def there(work: Work, ids: Sequence[int]) -> dict[int, tuple[Kind, Status]]:
    """Which of these numbers are users or groups, and what about them."""
    return await people.there(work.rows, ids) if ids else {}
