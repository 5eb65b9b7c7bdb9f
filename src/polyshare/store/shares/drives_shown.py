"""The drives that a person has, from wherever they come, in one statement: own ones, mounts of what is shared, and those elsewhere."""

from collections.abc import Mapping
from typing import Any

from polyshare.domain.drives import DriveFilter, DriveKind, DriveOrder, DriveShown
from polyshare.domain.permissions import Permission
from polyshare.domain.products import MOUNT, OURS, ProductRef
from polyshare.domain.views import Sorting, Window
from polyshare.store.database import Row, Rows
from polyshare.store.shares.folder_shares import RECEIVED
from polyshare.store.statements import composed, statement

EVERYTHING = int(Permission.MANAGE.closed)
TEXT = '{postgres:  collate "C"}'

# Whose drives a person acts on as their owner: its own, and those of projects that it leads.
HOLDERS = """(select cast(:person as bigint) union all
      select m.project from project_member m where m.person = :person and m.role in ('PI', 'ADMIN'))"""

_OWN = f"""
      select 'own' as kind, d.id as id, d.title{TEXT} as title, r.name_folded as folded, d.created_at as created_at,
        coalesce(c.login, u.login, '') as creator, case when o.kind = 'project' then o.public_id end as project,
        coalesce(p.provider, '{OURS.provider}') as provider, coalesce(p.category, '{OURS.category}') as category,
        coalesce(p.name, '{OURS.name}') as product, '' as ref, {EVERYTHING} as permissions,
        cast(null as text) as asked, '' as recipient, d.root as root, cast(null as text) as shown,
        case when d.id = (select min(f.id) from drive f where f.owner = d.owner and f.gone_at is null) then 1 else 0 end as first
      from drive d cross join node r cross join principal o left join product p on p.id = d.product
        left join person u on u.principal = d.owner left join person c on c.principal = r.created_by
      where d.gone_at is null and r.id = d.root and o.id = d.owner"""  # noqa: S608 - words of ours

# The way to what a viewer has approved, and whose it is.
_APPROVED = f"""folder_share f cross join share_grant g cross join share s cross join item i cross join person v
      where f.viewer = :person and f.facet = {RECEIVED} and g.share = f.share and g.principal = f.viewer
        and g.consent = 'given' and g.leaving_at is null and s.id = f.share and i.share = f.share
        and i.leaving_at is null and v.principal = f.viewer"""

_MOUNTS = f"""
      select 'mount', a.grant_id, case when n.parent is null then cast(n.drive as text) else n.name end{TEXT},
        n.name_folded, a.created_at, '', null, coalesce(sp.provider, dp.provider, '{OURS.provider}'),
        coalesce(sp.category, dp.category, '{OURS.category}'), '{MOUNT}', 's-' || a.share, a.permissions, a.asked,
        a.login, n.id, coalesce(sp.name, dp.name, '{OURS.name}'), 0
      from (select g.id as grant_id, g.share as share, g.created_at as created_at, g.permissions as permissions,
          g.asked as asked, v.login as login, s.product as product, i.node as node from {_APPROVED} and i.kind = 'node') a
        cross join node n cross join drive d left join product sp on sp.id = a.product
        left join product dp on dp.id = d.product
      where n.id = a.node and d.id = n.drive"""  # noqa: S608 - words of ours

_REMOTE = f"""
      select 'remote', r.id, r.title{TEXT}, r.title_folded{TEXT}, r.created_at, coalesce(u.login, ''),
        case when o.kind = 'project' then o.public_id end, r.provider, r.category, r.product, coalesce(r.ref, ''),
        {EVERYTHING}, null, '', null, null, 0
      from remote_drive r cross join principal o left join person u on u.principal = r.owner
      where o.id = r.owner and r.closed = 0"""  # noqa: S608 - words of ours

# A location is a path that its provider reported and that was checked to be one of its drives.
_REMOTE_MOUNTS = f"""
      select 'remote_mount', r.id, r.title{TEXT}, r.title_folded{TEXT}, r.created_at, '', null, r.provider, r.category,
        r.product, coalesce(r.ref, ''), a.permissions, a.asked, a.login, null, null, 0
      from (select g.location as location, g.permissions as permissions, g.asked as asked, v.login as login
          from {_APPROVED} and i.kind <> 'node' and g.location is not null) a cross join remote_drive r
      where r.id = cast(substr(a.location, 2) as bigint) and r.closed = 0"""  # noqa: S608 - words of ours

COLUMNS = """kind, id, title, created_at, creator, project, provider, category, product, ref, permissions, asked,
      recipient, root, shown, first"""


def _listed(own: str, remote: str, *, mounts: bool) -> str:
    """What is listed, for owners given by two conditions, with or without what is shared with the person."""
    arms = [f"{_OWN} and {own}", f"{_REMOTE} and {remote}"]
    if mounts:
        arms += [_MOUNTS, _REMOTE_MOUNTS]
    return f"with listed as ({' union all '.join(arms)})"


_IN_PROJECT = _listed("d.owner = :holder", "r.owner = :holder", mounts=False)
_PERSONAL = _listed("d.owner = :person", "r.owner = :person", mounts=True)

ONE = f"""
    {_listed(f"d.id = :drive and d.owner in {HOLDERS}", f"r.id = :drive and r.owner in {HOLDERS}", mounts=True)}
    select {COLUMNS} from listed where id = :drive {{filters}}
    """  # noqa: S608 - fragments of ours
_FILTERS: Mapping[str, str] = {
    "created_from": "created_at / 1000 >= :created_from",
    "created_to": "created_at / 1000 <= :created_to",
    "owner": "creator = :owner",
    "provider": "provider = :provider",
    "category": "category = :category",
    "product": "product = :product",
    "not_provider": "provider <> :not_provider",
    "not_category": "category <> :not_category",
    "not_product": "product <> :not_product",
    "refs": "ref in :refs[]",
    "ids": "id in :ids[]",
    "words": "{sqlite: instr}{postgres: strpos}(folded, :words) > 0",
}
MEMBER_FILES = "title like 'Member Files: %'"
_MEMBERS = {
    True: f"({MEMBER_FILES} or first = 1)",
    False: f"(not {MEMBER_FILES} or creator = (select login from person where principal = :person))",  # noqa: S608 - words of ours
}
_KEYS = {DriveOrder.TITLE: "title", DriveOrder.CREATED: "created_at", DriveOrder.CREATOR: "creator"}


def _of(row: Row) -> DriveShown:
    kind, id_, title, created_at, creator, project, provider, category, product, *rest = row
    ref, permissions, asked, recipient, root, shows, first = rest
    return DriveShown(
        id_,
        DriveKind(kind),
        title,
        created_at,
        creator,
        project,
        ProductRef(product, category, provider),
        ref,
        Permission(permissions).closed,
        asked,
        recipient,
        root,
        bool(first),
        None if shows is None else ProductRef(shows, category, provider),
    )


async def one(rows: Rows, person: int, drive: int, wanted: DriveFilter) -> DriveShown | None:
    """The drive of that number, if the person has it and it is wanted; one statement."""
    filters, values = _filtered(wanted, person)
    row = await rows.one(
        composed("drive_shown.one", ONE, filters), **values | {"person": person, "drive": drive}
    )
    return None if row is None else _of(row)


def _filtered(wanted: DriveFilter, person: int) -> tuple[tuple[str, ...], dict[str, Any]]:
    """The conditions for what is wanted, and their values."""
    filters, values = [], {}
    for name, fragment in _FILTERS.items():
        value = getattr(wanted, name)
        if value is not None and (value != "" or name == "owner"):
            filters.append(fragment)
            values[name] = list(value) if isinstance(value, tuple) else value
    if wanted.members is not None:
        filters.append(_MEMBERS[wanted.members])
        if not wanted.members:
            values["person"] = person
    return tuple(filters), values


async def page(
    rows: Rows,
    person: int,
    project: int | None,
    wanted: DriveFilter,
    sorting: Sorting[DriveOrder],
    window: Window,
) -> list[tuple[DriveShown, tuple[int | str, int]]]:
    """A stretch of a person's drives, or of those of a project, each with its place in the list; one statement."""
    filters, values = _filtered(wanted, person)
    values |= {"person": person} if project is None else {"holder": project}
    key, way = _KEYS[sorting.by], "desc" if sorting.descending else "asc"
    if window.after is not None:
        filters += (f"({key}, id) {'<' if sorting.descending else '>'} (:after_key, :after_id)",)
        values["after_key"], values["after_id"] = window.after
    template = f"""
    {_PERSONAL if project is None else _IN_PROJECT}
    select {COLUMNS}, {key} from listed where 1 = 1 {{filters}} order by {key} {way}, id {way} limit :limit offset :skip
    """  # noqa: S608 - fragments of ours
    reading = composed("drive_shown.page", template, filters)
    found = await rows.all(reading, limit=window.most, skip=window.skip, **values)
    return [(_of(row[:16]), (row[16], row[1])) for row in found]


_STAMPED = {
    kind: statement(
        f"drive_shown.stamp_{kind}",
        f"""
        select kind, count(*), max(changed), sum(changed % 1000003) from (
          select 'own' as kind, modified_at as changed from drive where owner = :{holder} and gone_at is null
          union all select 'remote', modified_at from remote_drive where owner = :{holder} and closed = 0
          {mounts}
        ) c group by kind order by kind
        """,  # noqa: S608 - words of ours
    )
    for kind, holder, mounts in (
        ("project", "holder", ""),
        (
            "personal",
            "person",
            f"union all select 'mount', told from folder_share where viewer = :person and facet = {RECEIVED}",  # noqa: S608 - a number of ours
        ),
    )
}


async def stamp(rows: Rows, person: int, project: int | None) -> str:
    """What changes with whatever a list of these drives shows; one statement."""
    if project is None:
        found = await rows.all(_STAMPED["personal"], person=person)
    else:
        found = await rows.all(_STAMPED["project"], holder=project)
    return ";".join(f"{row[0]}:{row[1]}.{row[2]}.{row[3]}" for row in found)
