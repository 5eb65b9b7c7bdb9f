"""
Finding nodes by their words among what one person reaches: by the index of letter triples, or by reading it all.

SQLite joins in the order that "cross join" gives, from what is found to what is looked up for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from polyshare.domain.nodes import DEEPEST, Node, NodeOrder
from polyshare.domain.views import MOST
from polyshare.store.database import Rows
from polyshare.store.statements import Statement, statement
from polyshare.store.tree.nodes import COLUMNS, WORDS_ID, node_of

SHORTEST = 3
"""The index holds three letters in a row; shorter words are looked for by reading."""

MOST_BY_INDEX = 8
KEYS = {
    NodeOrder.NAME: "n.name_folded",
    NodeOrder.CREATED: "n.created_at",
    NodeOrder.MODIFIED: "n.modified_at",
    NodeOrder.SIZE: "n.size",
    NodeOrder.MODIFIER: "coalesce(m.name, ''){postgres:  collate \"C\"}",
}
FIND = "{sqlite: instr}{postgres: strpos}"

HAS_INDEX = statement(
    "node_search.has_index",
    "{sqlite: select 1}{postgres: select 1 where to_regclass('node_by_words') is not null}",
)
OWN_ROOTS = statement(
    "node_search.own_roots",
    """
    select d.root, d.drive, p.name from (select id as drive, root, owner from drive where owner = :owner and gone_at is null) d
    join principal p on p.id = d.owner
    """,
)
ROOT = statement(
    "node_search.root",
    """
    select n.id, n.drive, p.name from node n join drive d on d.id = n.drive join principal p on p.id = d.owner
    where n.id = :node
    """,
)


@dataclass(frozen=True, slots=True)
class Root:
    """A folder, or a single file, whose tree is searched, and the words to be found in what lies there."""

    node: int
    drive: int
    words: tuple[str, ...]


async def has_index(rows: Rows) -> bool:
    """Whether words are found by index; else PostgreSQL lacks pg_trgm, and searches read what their caller may see."""
    return await rows.one(HAS_INDEX) is not None


async def own_roots(rows: Rows, owner: int) -> list[tuple[int, int, str]]:
    """Root, drive and owner's display name of each of a person's drives."""
    return [(row[0], row[1], row[2]) for row in await rows.all(OWN_ROOTS, owner=owner)]


async def root_at(rows: Rows, node: int) -> list[tuple[int, int, str]]:
    """The same for one node."""
    return [(row[0], row[1], row[2]) for row in await rows.all(ROOT, node=node)]


async def find(
    rows: Rows,
    indexed: Sequence[Root],
    read: Sequence[Root],
    order: tuple[NodeOrder, bool],
    stretch: tuple[int, int | None],
    besides: int = 0,
) -> tuple[list[Node], int]:
    """
    Live nodes that have all words of their root; one statement.

    Args:
        indexed: Roots that are looked at by index; they have the same words, at least one of three letters or more.
        read: Roots whose trees are read; no words there means everything.
        stretch: How many to skip, and at most how many to give.
        besides: A node that is not meant: the folder that is searched.

    Returns:
        The nodes, and how many there are in all; 0 where nothing is left after what was skipped.
    """
    skip, limit = stretch
    values: dict[str, object] = {}
    likes = 0
    if indexed:
        long = [word for word in indexed[0].words if len(word) >= SHORTEST]
        likes = min(len(long), MOST_BY_INDEX)
        values = {f"like{n}": _like(long[n]) for n in range(likes)}
        values["match"] = " AND ".join('"' + word.replace('"', '""') + '"' for word in long[:likes])
        values["others"] = [word for word in indexed[0].words if word not in long[:likes]]
        values["roots"] = [root.node for root in indexed]
        values["drives"] = sorted({root.drive for root in indexed})
    if read:
        pairs = [(root.node, word) for root in read for word in root.words]
        values["tops"] = [root.node for root in read]
        values["pair_roots"] = [root for root, _ in pairs]
        values["pair_words"] = [word for _, word in pairs]
    reading = _reading(likes, bool(read), *order)
    found = await rows.all(
        reading, limit=MOST if limit is None else limit, skip=skip, besides=besides, **values
    )
    return [node_of(row) for row in found], found[0][16] if found else 0


def _like(word: str) -> str:
    for special in "\\%_":
        word = word.replace(special, "\\" + special)
    return f"%{word}%"


def _by_index(likes: int) -> str:
    """Candidates by their words, then up from each until a root is met; what lies in the trash gets nowhere."""
    # `+ 0`: PostgreSQL would go through all words in the order of nodes, rather than by those letters.
    like = " and ".join(f"w.words like :like{n}" for n in range(likes))
    return f"""
    candidate (id) as (
      select n.id from node_words w cross join node n
      where n.id = w.{WORDS_ID}{{postgres:  + 0}} and {{sqlite: w.node_words match :match}}{{postgres: {like}}} and n.drive in :drives[]
      and not exists (
        select 1 from {{sqlite: json_each(:others[])}}{{postgres: unnest(cast(:others[] as text[])) as o (value)}}
        where {FIND}(w.words, value) = 0
      )
    ), up (start, id, level) as (
      select id, id, 0 from candidate
      union all select u.start, n.parent, u.level + 1 from up u join node n on n.id = u.id
      where n.trashed_at is null and n.parent is not null and u.level < {DEEPEST} and u.id not in :roots[]
    ), by_index (id) as (
      select u.start from up u cross join node n where n.id = u.id and u.id in :roots[] and n.trashed_at is null
    )"""  # noqa: S608 - fragments of ours


BY_READING = f"""
    down (root, id, level) as (
      select n.id, n.id, 0 from node n where n.id in :tops[] and n.trashed_at is null
      union all select b.root, n.id, b.level + 1 from down b join node n on n.parent = b.id and n.trashed_at is null
      where b.level < {DEEPEST}
    ), pair (root, word) as (
      {{sqlite: select r.value, w.value from json_each(:pair_roots[]) r join json_each(:pair_words[]) w on w.key = r.key}}
      {{postgres: select * from unnest(cast(:pair_roots[] as bigint[]), cast(:pair_words[] as text[]))}}
    ), by_reading (id) as (
      select b.id from down b cross join node_words w
      where w.{WORDS_ID} = b.id and not exists (select 1 from pair p where p.root = b.root and {FIND}(w.words, p.word) = 0)
    )"""  # noqa: S608 - fragments of ours


@lru_cache(maxsize=256)
def _reading(likes: int, read: bool, by: NodeOrder, descending: bool) -> Statement:
    arms, found = [], []
    if likes:
        arms.append(_by_index(likes))
        found.append("select id from by_index")
    if read:
        arms.append(BY_READING)
        found.append("select id from by_reading")
    way = "desc" if descending else "asc"
    return statement(
        "node_search.find",
        f"""
        with recursive {", ".join(arms)}
        select {COLUMNS}, count(*) over () from ({" union ".join(found)}) f
        cross join node n cross join drive d left join principal m on m.id = n.modified_by
        where n.id = f.id and d.id = n.drive and n.parent is not null and n.id <> :besides
        order by {KEYS[by]} {way}, n.id {way} limit :limit offset :skip
        """,  # noqa: S608 - fragments of ours, chosen by shape; no value enters the text
    )
