"""Rows that say for which accounts and organizations people act, and how far."""

from polyshare.domain.directory import Acting
from polyshare.domain.principals import Access, Kind
from polyshare.store.database import Row, Rows
from polyshare.store.statements import statement

# An organization that is not active lends nobody access, and an account is then in none.
SEAT = statement(
    "acting.seat",
    """
    select p.id, p.name, p.status, o.id, o.public_id,
      {sqlite: max}{postgres: greatest}(coalesce(a.access, 0), coalesce(oa.access, 0)),
      {sqlite: max}{postgres: greatest}(coalesce(s.access, 0), coalesce(os.access, 0))
    from principal p left join principal o on o.id = p.organization and o.status = 'active'
    left join acting a on a.person = :person and a.principal = p.id
    left join acting oa on oa.person = :person and oa.principal = o.id
    left join credential_scope s on s.credential = :credential and s.principal = p.id
    left join credential_scope os on os.credential = :credential and os.principal = o.id
    where p.kind = :kind and p.public_id = :public_id
    """,
)
GIVE = statement(
    "acting.give",
    """
    insert into acting (person, principal, access) values (:person, :principal, :access)
    on conflict (person, principal) do update set access = excluded.access
    """,
)
TAKE = statement("acting.take", "delete from acting where person = :person and principal = :principal")
OF = statement(
    "acting.of",
    """
    select p.kind, p.public_id, p.name, a.access from acting a join principal p on p.id = a.principal
    where a.person = :person order by p.kind{postgres:  || ''}, p.public_id
    """,
)


def acting(row: Row) -> Acting:
    """The noun that a row of kind, public id, name and access rank says."""
    kind, public_id, name, rank = row
    return Acting(Kind(kind), public_id, name, access_of(rank))


def access_of(rank: int) -> Access:
    """The access of a stored rank, 1 or 2."""
    return Access.EDIT if rank >= Access.EDIT.rank else Access.READ


async def roles(rows: Rows, person: int) -> list[Acting]:
    """For whom a person acts, accounts first."""
    return [acting(row) for row in await rows.all(OF, person=person)]
