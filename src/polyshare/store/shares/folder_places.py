"""Where folders that are to be shared lie, who is to have them, and what is shared there already; for many at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from polyshare.domain.delivery import Consent
from polyshare.domain.nodes import Node
from polyshare.domain.principals import Kind, Status
from polyshare.domain.products import OURS, ProductRef
from polyshare.store.database import Rows
from polyshare.store.statements import statement
from polyshare.store.tree.nodes import COLUMNS as NODE
from polyshare.store.tree.nodes import node_of

PRODUCT = "r.provider, r.category, r.name"

# Locked, so that what is found in them stays there until the transaction ends.
DRIVES = statement(
    "folder_place.drives",
    f"""
    select d.id, d.owner, p.kind, d.root, {PRODUCT} from drive d join principal p on p.id = d.owner
    left join product r on r.id = d.product
    where d.id in :drives[] and d.gone_at is null order by d.id {{postgres: for no key update of d}}
    """,  # noqa: S608 - columns of ours
)
REMOTE_DRIVES = statement(
    "folder_place.remote_drives",
    """
    select d.id, coalesce(d.owner, 0), coalesce(p.kind, ''), null, d.provider, d.category, d.product
    from remote_drive d left join principal p on p.id = d.owner
    where d.id in :drives[] and d.closed = 0
    """,
)
# Each way is a JSON array: the root, then the names below it; walked one level after another, all of them side by side.
BY_WAYS = statement(
    "folder_place.by_ways",
    f"""
    with recursive down (at, id, level, way) as (
      {{sqlite: select w.key, json_extract(w.value, '$[0]'), 0, w.value from json_each(:ways[]) w}}
      {{postgres: select w.at, cast(w.way ->> 0 as bigint), 0, w.way from (
        select t.at - 1 as at, cast(t.way as jsonb) as way from unnest(cast(:ways[] as text[])) with ordinality as t (way, at)
      ) w}}
      union all select w.at, n.id, w.level + 1, w.way from down w cross join node n
      where n.parent = w.id and n.trashed_at is null
      and n.name = {{sqlite: json_extract(w.way, '$[' || (w.level + 1) || ']')}}{{postgres: w.way ->> (w.level + 1)}}
    )
    select {NODE}, w.at from down w cross join node n cross join drive d
    where w.level = {{sqlite: json_array_length(w.way)}}{{postgres: jsonb_array_length(w.way)}} - 1
    and n.id = w.id and d.id = n.drive
    """,  # noqa: S608 - columns of ours
)
PEOPLE = statement(
    "folder_place.people",
    """
    select u.login, p.id, p.status from person u join principal p on p.id = u.principal where u.login in :logins[]
    """,
)
LIVE = """
    s.id = i.share and s.leaving_at is null and i.leaving_at is null
    and g.share = i.share and g.leaving_at is null and g.principal in :principals[]"""
ON_NODES = statement(
    "folder_place.on_nodes",
    f"""
    select i.node, g.principal, g.consent, s.id from item i cross join share s cross join share_grant g
    where i.node in :nodes[] and {LIVE}
    """,  # noqa: S608 - a fragment of ours
)
ON_PATHS = statement(
    "folder_place.on_paths",
    f"""
    select i.key, g.principal, g.consent, s.id from item i cross join share s cross join share_grant g
    where i.node is null and i.kind in :kinds[] and i.key in :paths[] and {LIVE}
    """,  # noqa: S608 - a fragment of ours
)


@dataclass(frozen=True, slots=True)
class DriveFound:
    """
    A drive, ours or one that lies elsewhere.

    Attributes:
        owner: 0 for nobody.
        root: Of its tree; None: its files lie elsewhere.
    """

    id: int
    owner: int
    owned_by: Kind | None
    root: int | None
    product: ProductRef


@dataclass(frozen=True, slots=True)
class There:
    """A live grant of one who is named, on a node (by id) or a path that is named."""

    on: int | str
    principal: int
    consent: Consent
    share: int


async def drives(rows: Rows, numbers: Sequence[int]) -> dict[int, DriveFound]:
    """Those of these drives that there are; ours are locked. Two statements."""
    found = {}
    for asked in (DRIVES, REMOTE_DRIVES):
        for id_, owner, kind, root, provider, category, name in await rows.all(asked, drives=numbers):
            product = ProductRef(name, category, provider) if provider else OURS
            found[id_] = DriveFound(id_, owner, Kind(kind) if kind else None, root, product)
    return found


async def by_ways(rows: Rows, ways: Sequence[tuple[int, Sequence[str]]]) -> list[Node | None]:
    """What one comes to from each root by those exact names, live, in order; one statement."""
    told = [msgspec.json.encode([root, *names]).decode() for root, names in ways]
    found = {row[16]: node_of(row) for row in await rows.all(BY_WAYS, ways=told)}
    return [found.get(at) for at in range(len(ways))]


async def people(rows: Rows, logins: Sequence[str]) -> Mapping[str, int]:
    """Ids of users by login; who was removed is nobody."""
    found = await rows.all(PEOPLE, logins=logins)
    return {login: id_ for login, id_, status in found if status != Status.DELETED}


async def on_nodes(rows: Rows, nodes: Sequence[int], principals: Sequence[int]) -> list[There]:
    """What these principals have been offered of these very nodes, taken up or not."""
    found = await rows.all(ON_NODES, nodes=nodes, principals=principals)
    return [There(on, principal, Consent(consent), share) for on, principal, consent, share in found]


async def on_paths(
    rows: Rows, kinds: Sequence[str], paths: Sequence[str], principals: Sequence[int]
) -> list[There]:
    """The same of folders that lie elsewhere, by their paths in normal form."""
    found = await rows.all(ON_PATHS, kinds=kinds, paths=paths, principals=principals)
    return [There(on, principal, Consent(consent), share) for on, principal, consent, share in found]
