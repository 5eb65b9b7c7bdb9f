"""Rows of `folder_share`: shares of one folder with one user, as its owner and its recipient have them in their lists."""

import hashlib
from collections.abc import Sequence

import msgspec

from polyshare.domain.delivery import Consent
from polyshare.domain.nodes import DEEPEST, folded_name
from polyshare.domain.permissions import Permission
from polyshare.domain.products import OURS
from polyshare.store.database import Row, Rows
from polyshare.store.shares.shares import LOCK
from polyshare.store.statements import statement

SENT, RECEIVED = 0, 10
"""What the facet of a row begins with; 1 more says that the share was refused."""
ASLEEP = 100
"""Added to the facet while the folder, or one above it, lies in the trash: then nobody is shown the share."""

WORDS_ID = "{sqlite: rowid}{postgres: share}"
PARTED, MARKED = "\x1f", "\x1e"
"""Stand in words between path and login, and before each mark; in nothing that is looked for."""

LETTERS, DIGITS = "abcdefghijklmnopqrstuvwxyz", "0123456789"
MARKS = len(LETTERS) ** 4 * len(DIGITS) ** 2
"""How many marks there are."""

TOLD = (
    "share",
    "owner",
    "principal",
    "created_at",
    "owner_login",
    "recipient_login",
    "consent",
    "given",
    "permissions",
    "asked",
    "location",
    "provider_ref",
    "product",
)
"""What is known of a share before its path is."""

# Of some shares: those of one folder with one user. Whoever wrote them: what is gone or leaving, what goes to groups, links or
# accounts, what holds several things, what only lets look, and what waits for its provider's word to begin is none of them.
OFFERED = f"""
    offered ({", ".join(TOLD)}, kind, key, node) as (
      select s.id, s.owner, g.principal, s.created_at, po.login, pr.login, g.consent, g.id, g.permissions, g.asked, g.location,
        g.provider_ref, s.product, i.kind, i.key, i.node
      from share s cross join item i cross join share_grant g cross join principal o cross join principal r
        cross join person po cross join person pr
      where s.id in :shares[] and s.leaving_at is null
      and i.share = s.id and i.leaving_at is null and (i.kind = 'node' or substr(i.kind, 1, 5) = 'path:')
      and g.share = s.id and g.leaving_at is null and g.permissions > {int(Permission.VIEW)} and g.principal <> s.owner
      and o.id = s.owner and o.kind = 'user' and r.id = g.principal and r.kind = 'user'
      and po.principal = o.id and pr.principal = r.id
      and not exists (select 1 from item x where x.share = s.id and x.leaving_at is null and x.id <> i.id)
      and not exists (select 1 from share_grant x where x.share = s.id and x.leaving_at is null and x.id <> g.id)
      and not exists (select 1 from draft x where x.share = s.id and x.step = 'beginning')
    )"""  # noqa: S608 - fragments of ours


def _climb(begins: str, carried: Sequence[str] = ()) -> str:
    """
    From folders up to the top of their drives, with the names on the way.

    What is *carried* along need not be put together with the paths later, which PostgreSQL, who does not know how few
    there are, does by comparing each with each.

    Args:
        begins: Where the folders come from: tables, of which `n` is that of nodes and `o` has what is carried, and a condition.
    """
    names = "".join(f", {name}" for name in carried)
    begun = "".join(f", o.{name}" for name in carried)
    kept = "".join(f", c.{name}" for name in carried)
    return f"""
    climb (parent, drive, path, asleep, level{names}) as (
      select n.parent, n.drive, case when n.parent is null then '' else '/' || n.name end,
        case when n.trashed_at is null then 0 else 1 end, 0{begun}
      from {begins} and n.kind = 'folder'
      union all
      select n.parent, n.drive, case when n.parent is null then c.path else '/' || n.name || c.path end,
        case when n.trashed_at is null then c.asleep else 1 end, c.level + 1{kept}
      from climb c join node n on n.id = c.parent where c.level <= {DEEPEST}
    )"""  # noqa: S608 - fragments of ours


DRIVE_OF = """{sqlite: cast(substr(o.key, 2, 18) as integer)}
        {postgres: cast(substring(substr(o.key, 2, 18) from '^[0-9]+') as bigint)}"""
"""The drive that begins the path of a folder that lies elsewhere."""

# What some shares are to be in lists.
WANTED = statement(
    "folder_share.wanted",
    f"""
    with recursive {OFFERED},
    {_climb("offered o join node n on n.id = o.node where o.kind = 'node'", TOLD)}
    select c.share, c.owner, c.principal, c.asleep, '/' || cast(c.drive as text) || c.path, c.created_at, c.owner_login,
      c.recipient_login, c.consent, coalesce(p.provider, :provider), coalesce(p.category, :category),
      coalesce(p.name, :product), c.given, c.permissions, c.asked, c.location, c.provider_ref,
      (select max(u.id) from share_update u where u.share = c.share)
    from climb c join drive d on d.id = c.drive left join product p on p.id = coalesce(c.product, d.product)
    where c.parent is null and d.owner = c.owner
    union all
    select o.share, o.owner, o.principal, 0, o.key, o.created_at, o.owner_login, o.recipient_login, o.consent,
      substr(o.kind, 6), coalesce(p.category, e.category, ''), coalesce(p.name, e.product, ''), o.given, o.permissions,
      o.asked, o.location, o.provider_ref, (select max(u.id) from share_update u where u.share = o.share)
    from offered o left join product p on p.id = o.product left join remote_drive e on e.id = {DRIVE_OF}
    where o.kind <> 'node'
    """,  # noqa: S608 - fragments of ours
)
THERE = statement("folder_share.there", "select share, told from folder_share where share in :shares[]")
ADD = statement(
    "folder_share.add",
    """
    insert into folder_share (viewer, share, facet, path, created, created_by, provider, category, product, told)
    values (:viewer, :share, :facet, :path, :created, :created_by, :provider, :category, :product, :told)
    """,
)
DROP = statement("folder_share.drop", "delete from folder_share where share in :shares[]")
ADD_WORDS = statement(
    "folder_share_words.add",
    f"insert into folder_share_words ({WORDS_ID}, words) values (:share, :words)",  # noqa: S608 - a fragment of ours
)
DROP_WORDS = statement(
    "folder_share_words.drop",
    f"delete from folder_share_words where {WORDS_ID} in :shares[]",  # noqa: S608 - a fragment of ours
)
# By the path that the owner of the drive has in its own list: "0" is the letter after "/".
BELOW = statement(
    "folder_share.below",
    f"""
    with recursive {_climb("node n where n.id = :node")},
    top (owner, path) as (
      select d.owner, '/' || cast(c.drive as text) || c.path from climb c join drive d on d.id = c.drive
      where c.parent is null
    )
    select f.share from top t cross join folder_share f
    where f.viewer = t.owner and f.facet in (0, 1, 100, 101) and f.path = t.path
    union all
    select f.share from top t cross join folder_share f
    where f.viewer = t.owner and f.facet in (0, 1, 100, 101) and f.path > t.path || '/' and f.path < t.path || '0'
    """,  # noqa: S608 - fragments of ours
)
ON_FOLDERS = statement(
    "folder_share.on_folders",
    f"""
    with recursive down (id, level) as (
      select cast(:node as bigint), 0
      union all select n.id, w.level + 1 from down w join node n on n.parent = w.id and n.kind = 'folder'
      where w.level <= {DEEPEST}
    ) select distinct i.share from down w cross join item i where i.node = w.id
    """,  # noqa: S608 - a number of ours
)
OF_PERSON = statement("folder_share.of_person", "select share from folder_share where viewer = :person")
UNLISTED = statement(
    "folder_share.unlisted",
    """
    select s.id from share s where s.id in :shares[] and s.leaving_at is null
    and not exists (select 1 from folder_share f where f.share = s.id)
    """,
)
TO_LOOK_AT = statement(
    "folder_share.to_look_at", "select distinct share from folder_share where told = 0 limit :limit"
)


async def refresh(rows: Rows, shares: Sequence[int], *, locked: bool = False) -> None:
    """
    Let these shares stand in lists as they are now; those that are none of folders stand in none.

    At most seven statements, three where nothing that is told of them changed.

    Args:
        locked: Nobody else can change them while this transaction lasts.
    """
    ids = sorted(set(shares))
    if not ids:
        return
    if not locked and not rows.alone:
        await rows.all(LOCK, shares=ids)
    values = {"provider": OURS.provider, "category": OURS.category, "product": OURS.name}
    wanted = {row[0]: row for row in await rows.all(WANTED, shares=ids, **values)}
    there: dict[int, set[int]] = {share: set() for share in ids}
    for share, digest in await rows.all(THERE, shares=ids):
        there[share].add(digest)
    told = {share: _told(row) for share, row in wanted.items()}
    changed = [share for share in there if there[share] != ({told[share]} if share in told else set())]
    await drop(rows, [share for share in changed if there[share]])
    added = [share for share in changed if share in wanted]
    await rows.many(ADD, [each for share in added for each in _listed(wanted[share], told[share])])
    await rows.many(
        ADD_WORDS,
        [{"share": share, "words": _words(wanted[share])} for share in added],
    )


async def drop(rows: Rows, shares: Sequence[int]) -> None:
    """Take shares out of all lists; they can't be changed by others meanwhile."""
    if shares and await rows.run(DROP, shares=list(shares)):
        await rows.run(DROP_WORDS, shares=list(shares))


async def below(rows: Rows, node: int) -> list[int]:
    """
    Shares of a folder and of those below it, as long as the path of none has changed in this transaction.

    One statement; what it costs grows with the shares that it finds and with nothing else.
    """
    return sorted({row[0] for row in await rows.all(BELOW, node=node)})


async def on_folders(rows: Rows, node: int) -> list[int]:
    """Shares that have anything to do with a folder or those below it; one statement, which looks at all those folders."""
    return [row[0] for row in await rows.all(ON_FOLDERS, node=node)]


async def unlisted(rows: Rows, shares: Sequence[int]) -> list[int]:
    """Which of these shares are live and stand in no list; one statement, none for no shares."""
    return [row[0] for row in await rows.all(UNLISTED, shares=list(shares))] if shares else []


async def of_person(rows: Rows, person: int) -> list[int]:
    """Shares that stand in a person's lists, also those that lie asleep."""
    return [row[0] for row in await rows.all(OF_PERSON, person=person)]


async def to_look_at(rows: Rows, limit: int) -> list[int]:
    """Shares whose rows a migration wrote, which can't fold letters as we do."""
    return [row[0] for row in await rows.all(TO_LOOK_AT, limit=limit)]


def mark_of(viewer: int) -> str:
    """
    Six letters and digits that stand in the words of what a person sees, so that one index finds a word among them alone.

    Few people have the same mark, and few texts contain one; who looks for marks has to look at the rows, too.
    """
    number, mark = viewer % MARKS, ""
    for signs in (LETTERS, DIGITS, LETTERS, LETTERS, DIGITS, LETTERS):
        number, at = divmod(number, len(signs))
        mark += signs[at]
    return mark


def _words(row: Row) -> str:
    """What searches look through for a share as `WANTED` has it: path and recipient's login, and behind them whose it is."""
    _, owner, recipient, _, path, _, _, login = row[:8]
    marks = f"{mark_of(owner)}{MARKED}{mark_of(recipient)}"
    return f"{folded_name(path)}{PARTED}{folded_name(login)}{MARKED}{marks}"


def _told(row: Row) -> int:
    """A number that is another one when anything that lists tell of a share is; never 0."""
    text = msgspec.json.encode(tuple(row)[1:])
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest()) >> 2 | 1


def _listed(row: Row, told: int) -> list[dict[str, object]]:
    """The rows of a share as `WANTED` has it."""
    share, owner, recipient, asleep, path, created_at, login, _, consent, provider, category, product = row[
        :12
    ]
    facet = ASLEEP * asleep + int(consent == Consent.REFUSED)
    return [
        {
            "viewer": viewer,
            "share": share,
            "facet": facet + side,
            "path": path,
            "created": created_at // 1000,
            "created_by": login,
            "provider": provider,
            "category": category,
            "product": product,
            "told": told,
        }
        for viewer, side in ((owner, SENT), (recipient, RECEIVED))
    ]
