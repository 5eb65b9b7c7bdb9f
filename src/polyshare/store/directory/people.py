"""Looking people and groups up: by words, by address, by ids that somebody fixed."""

from collections.abc import Sequence
from typing import Any

from polyshare.domain.directory import Listed, Person, folded
from polyshare.domain.principals import Kind, Status
from polyshare.domain.views import Slice, Window
from polyshare.store.database import Row, Rows
from polyshare.store.directory.principals import LISTED as _LISTED
from polyshare.store.directory.principals import PERSON as _PERSON
from polyshare.store.directory.principals import listed_of, person_of
from polyshare.store.statements import composed, statement

# The databases fold ASCII letters at least; of others there are few, and a word is looked for in three spellings of them.
_TEXT = "lower(u.login || ' ' || p.name || ' ' || coalesce(u.email, ''))"
_AT = "{sqlite: instr}{postgres: strpos}"
_RANK = f"""
    case when lower(u.login) in (:whole, :whole_other, :whole_title) or u.email_folded = :folded then 0
      when lower(p.name) in (:whole, :whole_other, :whole_title) then 1
      when {_AT}(lower(u.login), :word0) = 1 or {_AT}(' ' || lower(p.name), ' ' || :word0) > 0
        or {_AT}(u.email_folded, :word0) = 1 then 2
      else 3 end"""
WITH_EMAIL = statement(
    "people.with_email", f"{_PERSON} where u.email_folded = :folded and p.status <> 'deleted'"
)
BY_IDS = statement("people.by_ids", f"{_PERSON} where p.id in :ids[]")
BY_LOGINS = statement(
    "people.by_logins",
    "select u.login_folded, u.principal from person u where u.login_folded in :folded[]",
)
GROUP = statement(
    "people.group",
    f"""
    {_LISTED} where p.kind = 'group' and p.status <> 'deleted'
    and (lower(p.public_id) = lower(:name) or lower(p.name) = lower(:name))
    order by case when p.public_id = :name then 0 when lower(p.public_id) = lower(:name) then 1 else 2 end, p.id limit 1
    """,
)
GROUP_BY_ID = statement(
    "people.group_by_id", f"{_LISTED} where p.kind = 'group' and p.status <> 'deleted' and p.id = :id"
)
EVERYBODY = statement(
    "people.everybody",
    f"{_LISTED} where p.kind = :kind and p.status = 'active' order by p.name, p.id limit :limit offset :skip",
)
HOW_MANY = statement(
    "people.how_many", "select count(*) from principal where kind = :kind and status = 'active'"
)
BY_ALIASES = statement(
    "people.by_aliases",
    "select value, principal from principal_alias where namespace = :namespace and value in :values[]",
)
ALIASES_OF = statement(
    "people.aliases_of",
    "select principal, value from principal_alias where namespace = :namespace and principal in :ids[]",
)
THERE = statement(
    "people.there", "select id, kind, status from principal where id in :ids[] and kind in ('user', 'group')"
)


async def matching(rows: Rows, words: Sequence[str], most: int) -> list[tuple[int, Person]]:
    """People in whose login, name or address all of these folded words stand, best first, with their rank from 0."""
    fragments: list[str] = []
    values: dict[str, str] = {}
    for at, word in enumerate(words):
        names = f"word{at}", f"other{at}", f"title{at}"
        fragments.append(" or ".join(f"{_AT}({_TEXT}, :{name}) > 0" for name in names))
        values |= dict(zip(names, _spellings(word), strict=True))
    whole = " ".join(words)
    values |= dict(zip(("whole", "whole_other", "whole_title"), _spellings(whole), strict=True))
    found = composed(
        "people.matching",
        f"{_PERSON.replace(' from ', f', {_RANK} from ', 1)} where p.status <> 'deleted' {{filters}}"
        f" order by {_RANK}, p.name, p.id limit :most",
        tuple(fragments),
    )
    return [
        (row[-1], person_of(row[:-1])) for row in await rows.all(found, **values, folded=whole, most=most)
    ]


def _spellings(word: str) -> tuple[str, str, str]:
    """A folded word as the databases may have it after folding ASCII alone: small, in capitals, with one capital."""
    return word, _ascii_folded(word.upper()), _ascii_folded(word.title())


def _ascii_folded(text: str) -> str:
    return "".join(char.lower() if char.isascii() else char for char in text)


async def with_email(rows: Rows, email_folded: str) -> list[Person]:
    """People with that address."""
    return [person_of(row) for row in await rows.all(WITH_EMAIL, folded=email_folded)]


async def by_ids(rows: Rows, ids: Sequence[int]) -> list[Person]:
    """Those of these people who are there."""
    return [person_of(row) for row in await rows.all(BY_IDS, ids=list(ids))]


async def by_logins(rows: Rows, logins: Sequence[str]) -> dict[str, int]:
    """The users with these logins, case aside, each by its login as it is asked for."""
    folds = {login: folded(login) for login in logins}
    ids = {row[0]: row[1] for row in await rows.all(BY_LOGINS, folded=sorted(set(folds.values())))}
    return {login: ids[fold] for login, fold in folds.items() if fold in ids}


async def group(rows: Rows, name: str) -> Listed | None:
    """The group with that public id, else with that title, case aside."""
    row = await rows.one(GROUP, name=name)
    return None if row is None else listed_of(row)


async def group_by_id(rows: Rows, id_: int) -> Listed | None:
    """The group of that id."""
    row = await rows.one(GROUP_BY_ID, id=id_)
    return None if row is None else listed_of(row)


async def everybody(rows: Rows, kind: Kind, window: Window) -> Slice[Listed]:
    """One stretch of the active principals of a kind, by name."""
    values: dict[str, Any] = {"kind": kind.value, "limit": window.limit or -1, "skip": window.skip}
    found = [listed_of(row) for row in await rows.all(EVERYBODY, **values)]
    total: Row | None = await rows.one(HOW_MANY, kind=kind.value)
    return Slice(found, total[0] if total is not None else 0)


async def by_aliases(rows: Rows, namespace: str, values: Sequence[str]) -> dict[str, int]:
    """Whose these aliases are, letter for letter."""
    return dict(await rows.all(BY_ALIASES, namespace=namespace, values=list(values)))  # type: ignore[arg-type]


async def aliases_of(rows: Rows, namespace: str, ids: Sequence[int]) -> dict[int, str]:
    """The aliases of these principals in one namespace."""
    return dict(await rows.all(ALIASES_OF, namespace=namespace, ids=list(ids)))  # type: ignore[arg-type]


async def there(rows: Rows, ids: Sequence[int]) -> dict[int, tuple[Kind, Status]]:
    """The users and groups among these ids."""
    return {id_: (Kind(kind), Status(status)) for id_, kind, status in await rows.all(THERE, ids=list(ids))}
