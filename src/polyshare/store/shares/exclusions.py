"""Rows of `exclusion`: accounts that the rule of a share's audience passes over."""

from polyshare.domain.shares import Exclusion
from polyshare.store.database import Row
from polyshare.store.statements import BY_ID, statement

COLUMNS = "e.id, e.public_id, e.share, p.public_id, e.created_at, e.modified_at"

ADD = statement(
    "exclusion.add",
    """
    insert into exclusion (id, public_id, share, principal, created_at, modified_at)
    values (:id, :public_id, :share, :principal, :now, :now)
    """,
)
DROP = statement("exclusion.drop", "delete from exclusion where id in :exclusions[]")
PAGE = statement(
    "exclusion.page",
    f"""
    select {COLUMNS} from exclusion e join principal p on p.id = e.principal
    where e.share = :share order by e.{BY_ID} limit :limit offset :skip
    """,  # noqa: S608 - a list of columns of ours
)
COUNT = statement("exclusion.count", "select count(*) from exclusion where share = :share")
ONE = statement(
    "exclusion.one",
    f"""
    select {COLUMNS} from exclusion e join principal p on p.id = e.principal
    where e.share = :share and e.public_id = :public_id
    """,  # noqa: S608 - a list of columns of ours
)
OF = statement(
    "exclusion.of",
    f"select e.id, e.principal from exclusion e where e.share = :share order by e.{BY_ID}",  # noqa: S608 - a word of ours
)


def exclusion_of(row: Row) -> Exclusion:
    """The exclusion in a row of COLUMNS."""
    return Exclusion(*row)
