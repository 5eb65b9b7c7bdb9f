"""What is to stand in lists of shared folders, worked out the long way from the tables; and what stands there."""

import unicodedata

from polyshare.store.statements import statement

TABLES = {
    name: statement(f"all of {name}", f"select {columns} from {name}")
    for name, columns in {
        "share": "id, owner, created_at, product, leaving_at",
        "item": "share, kind, key, node, leaving_at",
        "share_grant": "share, principal, permissions, consent, leaving_at, id, asked, location, provider_ref",
        "principal": "id, kind",
        "person": "principal, login",
        "node": "id, parent, drive, kind, name, trashed_at",
        "drive": "id, owner, product",
        "remote_drive": "id, provider, category, product",
        "product": "id, provider, category, name",
        "draft": "share, step",
        "share_update": "share, id, consent, text, location",
    }.items()
}
LISTED = statement(
    "all listed folders",
    "select viewer, share, facet, path, created, created_by, provider, category, product, told from folder_share",
)
WORDS = statement(
    "all listed words", "select {sqlite: rowid}{postgres: share}, words from folder_share_words"
)


def fold(text):
    return unicodedata.normalize("NFC", text.casefold())


async def everything(house):
    """All rows of the tables that matter, by table."""

    async def job(work):
        return {name: [tuple(row) for row in await work.rows.all(one)] for name, one in TABLES.items()}

    return await house.read(None, job)


async def there(house):
    """What stands in lists: ({(viewer, share): row without told}, {share: told}, {share: words})."""

    async def job(work):
        return await work.rows.all(LISTED), await work.rows.all(WORDS)

    listed, words = await house.read(None, job)
    told = {}
    for row in listed:
        assert told.setdefault(row[1], row[9]) == row[9]
    return {(row[0], row[1]): tuple(row[2:9]) for row in listed}, told, {row[0]: row[1] for row in words}


def wanted(tables):
    """What is to stand in lists: ({(viewer, share): row}, {share: all that is told}, {share: words})."""
    nodes = {row[0]: row for row in tables["node"]}
    drives = {row[0]: row for row in tables["drive"]}
    products = {row[0]: row[1:] for row in tables["product"]}
    remote = {row[0]: row[1:] for row in tables["remote_drive"]}
    kinds, logins = dict(tables["principal"]), dict(tables["person"])
    begun = {share for share, step in tables["draft"] if step == "beginning"}
    listed, told, words = {}, {}, {}
    for share, owner, created_at, product, leaving_at in tables["share"]:
        items = [row for row in tables["item"] if row[0] == share and row[4] is None]
        grants = [row for row in tables["share_grant"] if row[0] == share and row[4] is None]
        if leaving_at is not None or len(items) != 1 or len(grants) != 1 or share in begun:
            continue
        [(_, kind, key, node, _)], [grant] = items, grants
        _, recipient, permissions, consent, *_ = grant
        if kinds[owner] != "user" or kinds[recipient] != "user" or owner == recipient or permissions < 2:
            continue
        asleep, sold = False, None
        if kind == "node":
            if nodes[node][3] != "folder":
                continue
            names, at = [], nodes[node]
            while at[1] is not None:
                names.append(at[4])
                asleep |= at[5] is not None
                at = nodes[at[1]]
            drive = drives[at[2]]
            if drive[1] != owner:
                continue
            path = "/".join(["", str(drive[0]), *reversed(names)])
            sold = products.get(product or drive[2]) or ("polyshare", "storage", "storage")
        elif kind.startswith("path:"):
            path = key
            sold = products.get(product) or remote.get(int(key.split("/")[1])) or ("", "", "")
            sold = (kind.removeprefix("path:"), *sold[1:])
        else:
            continue
        provider, category, name = sold
        refused = int(consent == "refused")
        for viewer, side in ((owner, 0), (recipient, 10)):
            row = (
                asleep * 100 + side + refused,
                path,
                created_at // 1000,
                logins[owner],
                provider,
                category,
                name,
            )
            listed[viewer, share] = row
        updates = [row for row in tables["share_update"] if row[0] == share]
        told[share] = (listed[owner, share], logins[recipient], recipient, grant, updates)
        words[share] = f"{fold(path)}\x1f{fold(logins[recipient])}"
    return listed, told, words


async def check(house):
    """What stands in lists is what is to stand there; what is told of each share, and the digest of that."""
    found, digests, looked_through = await there(house)
    meant, told, words = wanted(await everything(house))
    assert found == meant
    assert {share: text.split("\x1e")[0] for share, text in looked_through.items()} == words
    return {share: (told[share], digest) for share, digest in digests.items()}


def naive(tables, viewer, wanted_, by, descending):
    """Ids of the shares in a viewer's list, in order, by the obvious loop."""
    listed, _told, words = wanted(tables)
    found = []
    for (seen_by, share), (facet, path, created, owner, provider, category, product) in listed.items():
        received, refused = facet % 100 >= 10, facet % 10 == 1
        if seen_by != viewer or facet >= 100 or wanted_.received not in (None, received):
            continue
        if refused and (wanted_.refused is False or (wanted_.refused is None and received)):
            continue
        sold = {"provider": provider, "category": category, "product": product, "owner": owner, "path": path}
        if any(getattr(wanted_, name) not in (None, value) for name, value in sold.items()):
            continue
        differ = ("provider", "category", "product")
        if any(getattr(wanted_, f"not_{name}") == sold[name] for name in differ):
            continue
        if wanted_.created_from is not None and created < wanted_.created_from:
            continue
        if wanted_.created_to is not None and created > wanted_.created_to:
            continue
        if wanted_.ids is not None and share not in wanted_.ids:
            continue
        if fold(wanted_.words) not in words[share]:
            continue
        found.append(({"path": path, "created": created, "created_by": owner}[by], share))
    return [share for _, share in sorted(found, reverse=descending)]
