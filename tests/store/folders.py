"""Rows of people, folders and shares of them, written without a verb: also into a schema of long ago, and many at once."""

from polyshare.store.statements import statement

_ADDED: dict[object, object] = {}


def _adding(table, names):
    if (table, names) not in _ADDED:
        text = f"insert into {table} ({', '.join(names)}) values ({', '.join(f':{name}' for name in names)})"
        _ADDED[table, names] = statement(f"add {table}", text)
    return _ADDED[table, names]


async def add(rows, table, *each):
    """Write rows that have the same columns."""
    await rows.many(_adding(table, tuple(each[0])), each)


async def a_user(rows, id_, login, kind="user"):
    own = {"id": id_, "kind": kind, "public_id": f"p{id_}", "name": login, "status": "active"}
    await add(rows, "principal", own | {"organization": None, "created_at": 0, "modified_at": 0})
    person = {
        "principal": id_,
        "login": login,
        "login_folded": login.lower(),
        "administrator": 0,
        "role": "USER",
    }
    if kind == "user":
        await add(rows, "person", person)


async def a_drive(rows, id_, owner, root):
    own = {"id": id_, "owner": owner, "root": root, "title": f"Drive {id_}", "device": f"d{id_}"}
    await add(rows, "drive", own | {"created_at": 0, "modified_at": 0})
    await folders(rows, id_, [(root, None, f"Drive {id_}")])


async def folders(rows, drive, each, **other):
    """Write folders, given as (id, parent, name)."""
    same = {
        "drive": drive,
        "kind": "folder",
        "description": "",
        "mime": "",
        "size": 0,
        "children": 0,
        "version": 0,
    }
    same |= {"created_by": 1, "modified_by": 1, "created_at": 0, "modified_at": 0, "trashed_at": None} | other
    await add(
        rows,
        "node",
        *(
            same | {"id": id_, "parent": parent, "name": name, "name_folded": name}
            for id_, parent, name in each
        ),
    )


async def shares(rows, each, *, permissions=4, consent="given", kind="node", created_at=5_000):
    """Write shares with one item and one grant, whose ids are theirs; given as (id, owner, node or path, recipient)."""
    at = {"created_at": created_at, "modified_at": created_at}
    given = {"permissions": permissions, "consent": consent}
    await add(
        rows,
        "share",
        *({"id": id_, "public_id": f"s{id_}", "owner": owner, "created_by": owner, "name": "", **given, **at}
          for id_, owner, _, _ in each),
    )  # fmt: skip
    await add(
        rows,
        "item",
        *({"id": id_, "public_id": "i", "share": id_, "kind": kind, "key": str(node), "owner": owner, "meta": "{}",
           "revision": 1, "node": node if kind == "node" else None, **at} for id_, owner, node, _ in each),
    )  # fmt: skip
    grant = {
        "public_id": "g",
        "delivery": "delivered",
        "generation": 1,
        "error": "",
        "attempts": 0,
        "joined_at": 0,
    }
    await add(
        rows,
        "share_grant",
        *({"id": id_, "share": id_, "principal": who, **given, **grant, **at} for id_, _, _, who in each),
    )
