"""Folders that a viewer shares, each once with all of its shares, whatever is shared of each."""

from collections.abc import Sequence

from polyshare.domain.folder_shares import FolderShare
from polyshare.domain.views import Window
from polyshare.store.database import Rows
from polyshare.store.shares.folder_pages import COLUMNS, PARTS, TOGETHER, share_of
from polyshare.store.shares.folder_shares import SENT
from polyshare.store.statements import statement

# The next path after another one, whichever facet has it: what lies between is stepped over.
NEXT = f"""(select path from (
        select * from (select path from folder_share where viewer = :viewer and facet = {SENT} and path > {{after}}
          order by path limit 1) a
        union all
        select * from (select path from folder_share where viewer = :viewer and facet = {SENT + 1} and path > {{after}}
          order by path limit 1) b
      ) n order by path limit 1)"""  # noqa: S608 - numbers of ours
PATHS = statement(
    "folder_group.paths",
    f"""
    with recursive step (path, level) as (
      select {NEXT.format(after=":after")}, cast(1 as bigint)
      union all select {NEXT.format(after="t.path")}, t.level + 1 from step t where t.path is not null and t.level < :upto
    ) select path from step where path is not null order by level limit :limit offset :skip
    """,  # noqa: S608 - fragments of ours
)
AT_PATHS = statement(
    "folder_group.at_paths",
    f"""
    select {COLUMNS} from (
      select share, path, provider, category, product from folder_share
      where viewer = :viewer and facet in ({SENT}, {SENT + 1}) and path in :paths[]
    ) f cross join {PARTS} where s.id = f.share and {TOGETHER} order by f.path, pr.login, s.id
    """,  # noqa: S608 - fragments of ours
)


async def paths(rows: Rows, viewer: int, window: Window) -> list[str]:
    """Paths of folders that a viewer shares, each once, in order; one statement, whatever is shared of each."""
    after = "" if window.after is None else window.after[0]
    values = {"limit": window.most, "skip": window.skip, "upto": window.most + window.skip}
    found = await rows.all(PATHS, viewer=viewer, after=after, **values)
    return [row[0] for row in found]


async def at_paths(rows: Rows, viewer: int, at: Sequence[str]) -> list[FolderShare]:
    """All shares that a viewer has made of the folders of these paths, by path and recipient's login; one statement."""
    return [share_of(row) for row in await rows.all(AT_PATHS, viewer=viewer, paths=list(at))]
