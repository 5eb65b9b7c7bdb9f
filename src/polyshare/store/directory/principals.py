"""Rows of principals: organizations, accounts, groups and people, with their aliases."""

from collections.abc import Mapping, Sequence
from typing import Any

from polyshare.domain.directory import Listed, Person
from polyshare.domain.principals import Kind, Status
from polyshare.store.database import Row, Rows
from polyshare.store.statements import BY_ID, composed, statement

LISTED = (
    "select p.id, p.kind, p.public_id, p.name, p.status, coalesce(o.public_id, ''), p.created_at, p.modified_at"
    " from principal p left join principal o on o.id = p.organization"
)
PERSON = (
    "select p.id, p.public_id, u.login, p.name, coalesce(u.email, ''), p.status, u.administrator, u.role,"
    " case when u.password_hash is null then 0 else 1 end, p.created_at, p.modified_at"
    " from person u join principal p on p.id = u.principal"
)
ADD = statement(
    "principal.add",
    """
    insert into principal (id, kind, public_id, name, status, organization, created_at, modified_at)
    values (:id, :kind, :public_id, :name, :status, :organization, :now, :now)
    """,
)
CHANGE = statement(
    "principal.change",
    """
    update principal set name = :name, status = :status, organization = :organization, modified_at = :now
    where id = :id
    """,
)
FIND = statement(
    "principal.find",
    f"{LISTED} where p.kind = :kind and p.public_id = :public_id{{postgres:  for update of p}}",
)
SEE = statement("principal.see", f"{LISTED} where p.kind = :kind and p.public_id = :public_id")
LOCK = statement("principal.lock", "select id from principal where id = :id {postgres: for no key update}")
NAMED = statement(
    "principal.named",
    f"{LISTED} where p.kind = :kind and p.name = :name and p.status <> 'deleted' order by p.{BY_ID} limit 1",
)
ADD_PERSON = statement(
    "person.add",
    """
    insert into person (principal, login, login_folded, email, email_folded, password_hash, administrator, role)
    values (:id, :login, :login_folded, :email, :email_folded, :password_hash, :administrator, :role)
    """,
)
CHANGE_PERSON = statement(
    "person.change",
    """
    update person set login = :login, login_folded = :login_folded, email = :email, email_folded = :email_folded,
      password_hash = coalesce(:password_hash, password_hash), administrator = :administrator, role = :role
    where principal = :id
    """,
)
_OF_KEY = (
    f"{PERSON} where u.principal in (select principal from person where login = :key"  # noqa: S608 - text of ours
    " union all select id from principal where kind = 'user' and public_id = :key)"
    " order by case when u.login = :key then 0 else 1 end limit 1"
)
FIND_PERSON = statement("person.find", _OF_KEY + "{postgres:  for update}")
SEE_PERSON = statement("person.see", _OF_KEY)
PASSWORDS = statement(
    "person.passwords", "select login from person where password_hash is not null and login in :logins[]"
)
# One statement, so that the hash and the epoch are of the same moment.
SIGN_IN = statement(
    "person.sign_in",
    """
    select u.principal, u.login, u.password_hash, u.administrator, p.status, e.number, p.name
    from person u join principal p on p.id = u.principal cross join epoch e where u.login_folded = :login_folded
    """,
)
_BEARER = (
    "select u.principal, u.login, u.administrator, p.status, p.name, e.number"
    " from person u join principal p on p.id = u.principal cross join epoch e"
)
BEARER = statement("person.bearer", f"{_BEARER} where u.principal = :id")
BEARER_BY_LOGIN = statement("person.bearer_by_login", f"{_BEARER} where u.login = :login")
REHASH = statement(
    "person.rehash",
    "update person set password_hash = :after where principal = :id and password_hash = :before",
)
ANYONE = statement("person.anyone", "select 1 from person limit 1")
OTHER_ADMINISTRATOR = statement(
    "person.other_administrator",
    """
    select 1 from person u join principal p on p.id = u.principal
    where u.administrator = 1 and p.status = 'active' and u.principal <> :id limit 1{postgres:  for update}
    """,
)
ALIASES = statement(
    "alias.of",
    "select namespace, value from principal_alias where principal = :id order by namespace || '', value",
)
ADD_ALIAS = statement(
    "alias.add", "insert into principal_alias (namespace, value, principal) values (:namespace, :value, :id)"
)
REMOVE_ALIAS = statement(
    "alias.remove", "delete from principal_alias where principal = :id and namespace = :namespace"
)
EPOCH = statement("epoch.read", "select number from epoch")
BUMP_EPOCH = statement("epoch.bump", "update epoch set number = number + 1")


def listed_of(row: Row) -> Listed:
    ident, kind, public_id, name, status, organization, created_at, modified_at = row
    return Listed(ident, Kind(kind), public_id, name, Status(status), organization, created_at, modified_at)


def person_of(row: Row) -> Person:
    (
        ident,
        public_id,
        login,
        name,
        email,
        status,
        administrator,
        role,
        has_password,
        created_at,
        modified_at,
    ) = row
    return Person(
        ident,
        public_id,
        login,
        name,
        email,
        Status(status),
        bool(administrator),
        role,
        bool(has_password),
        created_at,
        modified_at,
    )


async def find(rows: Rows, kind: Kind, public_id: str, *, lock: bool = False) -> Listed | None:
    """The principal of that kind and public id; *lock* keeps others from changing it until the transaction ends."""
    row = await rows.one(FIND if lock else SEE, kind=kind.value, public_id=public_id)
    return None if row is None else listed_of(row)


async def named(rows: Rows, kind: Kind, name: str) -> Listed | None:
    """The oldest principal of that kind and display name."""
    row = await rows.one(NAMED, kind=kind.value, name=name)
    return None if row is None else listed_of(row)


async def listed(
    rows: Rows,
    kind: Kind,
    after: str,
    limit: int,
    *,
    statuses: Sequence[Status],
    organization: int | None = None,
) -> list[Listed]:
    """At most *limit* principals of that kind and those statuses after the public id *after*, in its order."""
    values: dict[str, Any] = {
        "kind": kind.value,
        "after": after,
        "limit": limit,
        "statuses": [status.value for status in statuses],
    }
    fragments: tuple[str, ...] = ()
    if organization is not None:
        values["organization"] = organization
        fragments = ("p.organization = :organization",)
    page = composed(
        "principal.list",
        f"{LISTED} where p.kind = :kind and p.public_id > :after and p.status in :statuses[] {{filters}}"
        " order by p.public_id limit :limit",
        fragments,
    )
    return [listed_of(row) for row in await rows.all(page, **values)]


async def person(rows: Rows, key: str, *, lock: bool = False) -> Person | None:
    """The user with that login, else with that public id."""
    row = await rows.one(FIND_PERSON if lock else SEE_PERSON, key=key)
    return None if row is None else person_of(row)


async def has_login(rows: Rows, login_folded: str) -> bool:
    """Whether somebody has this login, case aside."""
    return await rows.one(SIGN_IN, login_folded=login_folded) is not None


async def people(rows: Rows, after: str, limit: int, statuses: Sequence[Status]) -> list[Person]:
    """At most *limit* users of those statuses after the login *after*, in its order."""
    page = composed(
        "person.list",
        f"{PERSON} where u.login > :after {{filters}} order by u.login limit :limit",
        ("p.status in :statuses[]",),
    )
    found = await rows.all(page, after=after, limit=limit, statuses=[status.value for status in statuses])
    return [person_of(row) for row in found]


async def aliases(rows: Rows, ident: int) -> dict[str, str]:
    """A principal's aliases by namespace."""
    return dict(await rows.all(ALIASES, id=ident))  # type: ignore[arg-type] # rows of two columns


async def set_aliases(rows: Rows, ident: int, wanted: Mapping[str, str]) -> None:
    """Give a principal these aliases, in place of those that it had in their namespaces."""
    given = [{"id": ident, "namespace": namespace} for namespace in wanted]
    if given:
        await rows.many(REMOVE_ALIAS, given)
        await rows.many(ADD_ALIAS, [{**one, "value": wanted[str(one["namespace"])]} for one in given])
