"""Rows of `share` and `share_tag`."""

import json
from collections.abc import Sequence
from typing import Any

from polyshare.domain.shares import Share
from polyshare.domain.terms import Terms
from polyshare.store.database import Row, Rows
from polyshare.store.statements import statement

GREATEST = "{sqlite: max}{postgres: greatest}(:now, modified_at + 1000)"
"""`modified_at` moves on even when the clock did not: see domain.shares.touched."""

ADD = statement(
    "share.add",
    """
    insert into share (id, public_id, owner, created_by, name, tags, audience, within, consent, permissions,
      created_at, modified_at, settle_at, product)
    values (:id, :public_id, :owner, :created_by, :name, :tags, :audience, :within, :consent, :permissions, :now, :now,
      :settle_at, :product)
    """,
)
ADD_TAG = statement(
    "share.add_tag", "insert into share_tag (share, key, value) values (:share, :key, :value)"
)
DROP_TAGS = statement("share.drop_tags", "delete from share_tag where share in :shares[]")
SEEN_BY = """
    select s.id, s.public_id, s.owner, s.name, s.tags, s.audience, s.created_at, s.modified_at, s.leaving_at, s.gone_at,
      s.within, l.side, o.public_id, o.name, coalesce(g.public_id, '')
    from share s join listing l on l.share = s.id and l.viewer = :viewer
    join principal o on o.id = s.owner left join principal g on g.id = o.organization
    where s.public_id = :public_id"""
SEEN = statement("share.seen", SEEN_BY)
SEEN_LOCKED = statement("share.seen_locked", SEEN_BY + "{postgres:  for update of s}")
BY_ID = statement(
    "share.by_id",
    """
    select id, public_id, owner, name, tags, audience, created_at, modified_at, leaving_at, gone_at, within, consent,
      permissions
    from share where id = :share
    """,
)
LOCK = statement(
    "share.lock", "select id from share where id in :shares[] order by id {postgres: for update}"
)
REVISE = statement(
    "share.revise",
    "update share set name = :name, tags = :tags, modified_at = :modified_at where id = :id",
)
LEAVE = statement(
    "share.leave",
    f"""
    update share set leaving_at = :now, modified_at = {GREATEST}, settle_at = :now
    where id in :shares[] and leaving_at is null returning id
    """,  # noqa: S608 - a fragment of ours
)
SETTLE_SOON = statement("share.settle_soon", "update share set settle_at = :now where id = :share")
TO_SETTLE = statement(
    "share.to_settle",
    """
    select id from share where settle_at <= :now order by settle_at, id limit :limit
    {postgres: for update skip locked}
    """,
)
SETTLED = statement("share.settled", "update share set settle_at = null where id in :shares[]")
FINISH = statement(
    "share.finish",
    f"""
    update share set gone_at = :now, modified_at = {GREATEST}
    where id in :shares[] and leaving_at is not null and gone_at is null
    and not exists (select 1 from share_grant g where g.share = share.id and g.gone_at is null)
    returning id
    """,  # noqa: S608 - a fragment of ours
)
BY_AUDIENCE = statement(
    "share.by_audience",
    """
    select id from share where audience = :subject and leaving_at is null and id > :cursor order by id limit :limit
    """,
)
SENT_OR_HELD = statement(
    "share.sent_or_held",
    """
    select id from (
      select id from (
        select id from share where owner = :subject and leaving_at is null and id > :cursor order by id limit :limit
      ) sent
      union select share from (
        select share from share_grant where principal = :subject and gone_at is null and share > :cursor
        order by share limit :limit
      ) held
    ) both_sides order by id limit :limit
    """,
)
"""Shares that an account offers and those on which it holds a grant that is not gone."""
STRAYED = statement(
    "share.strayed",
    """
    select s.id, (select count(*) from share_grant g where g.share = s.id and g.leaving_at is null)
    from share s join principal o on o.id = s.owner
    where s.id in :shares[] and s.leaving_at is null and s.within is not null
    and (o.organization is null or o.organization <> s.within) order by s.id
    """,
)
"""Shares whose owner is no longer in their organization, and how many grants go with each."""
EXPIRED = statement(
    "share.expired",
    """
    select id from share where gone_at is not null and gone_at <= :before order by gone_at, id limit :limit
    {postgres: for update skip locked}
    """,
)
PURGE = [
    statement(f"share.purge_{n}", text)
    for n, text in enumerate(
        (
            "delete from cell where item in (select id from item where share in :shares[])",
            "delete from exclusion where share in :shares[]",
            "delete from share_grant where share in :shares[]",
            "delete from item where share in :shares[]",
            "delete from share_tag where share in :shares[]",
            "delete from folder_share_words where {sqlite: rowid}{postgres: share} in :shares[]",
            "delete from folder_share where share in :shares[]",
            "delete from share_update where share in :shares[]",
            "delete from charge where share in :shares[]",
            "delete from draft where share in :shares[]",
            "delete from path_claim where share in :shares[]",
            "delete from share where id in :shares[]",
        )
    )
]


def share_of(row: Row) -> Share:
    """The share in the first eleven columns of a row."""
    return Share(*row[:11])


async def add(rows: Rows, share: Share, created_by: int, terms: Terms) -> None:
    """Write a new share with its tags."""
    await rows.run(ADD, **_values(share, created_by, terms))
    await _tag(rows, share)


async def add_all(rows: Rows, shares: Sequence[Share], created_by: int, terms: Terms) -> None:
    """Write new shares, none of which has tags; one round trip."""
    await rows.many(ADD, [_values(share, created_by, terms) for share in shares])


def _values(share: Share, created_by: int, terms: Terms) -> dict[str, Any]:
    return {
        "id": share.id,
        "public_id": share.public_id,
        "owner": share.owner,
        "created_by": created_by,
        "name": share.name,
        "tags": share.tags,
        "audience": share.audience,
        "within": share.within,
        "consent": terms.consent,
        "permissions": int(terms.permissions),
        "now": share.created_at,
        # Who joined the audience while the offer was being made is found by looking again after its commit.
        "settle_at": share.created_at if share.audience is not None else None,
        "product": share.product,
    }


async def revise(rows: Rows, share: Share, *, retagged: bool) -> None:
    """Write the name and tags that a share has now."""
    await rows.run(REVISE, id=share.id, name=share.name, tags=share.tags, modified_at=share.modified_at)
    if retagged:
        await rows.run(DROP_TAGS, shares=[share.id])
        await _tag(rows, share)


async def _tag(rows: Rows, share: Share) -> None:
    if share.tags is not None:
        tags = json.loads(share.tags).items()
        await rows.many(ADD_TAG, [{"share": share.id, "key": key, "value": value} for key, value in tags])


async def purge(rows: Rows, shares: Sequence[int]) -> None:
    """Remove shares with all their parts; their events stay."""
    for step in PURGE:
        await rows.run(step, shares=shares)
