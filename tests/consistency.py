"""What holds in every database at every commit, asked of the rows themselves."""

from polyshare.store.statements import statement

LAWS = {
    "tallies are the counted listing rows": """
        select viewer, facet, cast(sum(n) as bigint) from (
          select viewer, facet, delta as n from tally union all select viewer, facet, -1 as n from listing
        ) counted group by viewer, facet having sum(n) <> 0""",
    "a listing row says what its share says": """
        select l.viewer, l.share, l.facet from listing l join share s on s.id = l.share
        where l.created <> s.created_at or l.name <> s.name or l.facet <> l.side * 100
          + case when s.gone_at is not null then 20 when s.leaving_at is not null then 10 else 0 end
          + case when s.audience is null then 0 else 1 end""",
    "the owner has its share in its list": """
        select s.id from share s where s.place is null and not exists (
          select 1 from listing l where l.share = s.id and l.viewer = s.owner and l.side = 0)
        and not exists (select 1 from draft t where t.share = s.id and t.step = 'beginning')""",
    "who holds a grant that is not gone has the share in its list": """
        select g.id from share_grant g where g.gone_at is null and not exists (
          select 1 from listing l where l.share = g.share and l.viewer = g.principal and l.side = 1)
        and not exists (select 1 from draft t where t.share = g.share and t.step = 'beginning')
        and not exists (select 1 from principal p where p.id = g.principal and p.kind = 'link')""",
    "a share by link has one grant, which its link holds": """
        select s.id from share s where s.place is not null and s.leaving_at is null and not exists (
          select 1 from link k join share_grant g on g.share = k.share and g.principal = k.id where k.share = s.id)
        union all
        select s.id from share s where s.place is not null and (
          select count(*) from share_grant g where g.share = s.id) <> 1""",
    "what lies in the tree is shared with people as a node, and by links as a file": """
        select i.id, i.kind, p.kind from item i join share_grant g on g.share = i.share join principal p on p.id = g.principal
        where i.node is not null and i.kind <> case p.kind when 'link' then 'file' else 'node' end""",
    "an account that holds no grant does not have the share in its list": """
        select l.viewer, l.share from listing l join principal p on p.id = l.viewer
        where l.side = 1 and p.kind = 'account' and not exists (
          select 1 from share_grant g where g.share = l.share and g.principal = l.viewer and g.gone_at is null)""",
    "an organization has received what somebody holds, and nothing else": """
        select s.viewer, s.share from listing s join principal p on p.id = s.viewer
        where s.side = 0 and p.kind = 'organization'
        and (case when exists (select 1 from listing r where r.share = s.share and r.viewer = s.viewer and r.side = 1)
             then 1 else 0 end)
          <> (case when exists (select 1 from share_grant g where g.share = s.share and g.gone_at is null)
             then 1 else 0 end)""",
    "a grant's times are those of its delivery": """
        select id, delivery from share_grant where not case delivery
          when 'recalled' then (leaving_at is not null or consent = 'refused') and gone_at is null
          when 'withdrawn' then (leaving_at is not null and gone_at is not null)
            or (leaving_at is null and gone_at is null and consent = 'refused')
          else leaving_at is null and gone_at is null end""",
    "a grant that waits for its holder's word, or was refused, gives nothing": """
        select id, delivery from share_grant where (consent = 'awaited' and delivery not in ('held', 'withdrawn'))
        or (consent = 'refused' and delivery not in ('recalled', 'withdrawn'))""",
    "a grant is looked at again when, and only when, it is to be carried out": """
        select id, delivery from share_grant where case when next_attempt_at is null then 0 else 1 end
          <> case when delivery in ('due', 'recalled') then 1 else 0 end
        or (claimed_until is not null and next_attempt_at is null)
        or (delivery = 'delivered' and joined_at is null)""",
    "a share that is gone holds nothing": """
        select s.id from share s where s.gone_at is not null and (s.leaving_at is null
          or exists (select 1 from share_grant g where g.share = s.id and g.gone_at is null)
          or exists (select 1 from item i where i.share = s.id and i.gone_at is null))""",
    "a share that leaves takes all its parts along, and is gone with the last": """
        select s.id from share s where s.leaving_at is not null and s.gone_at is null and (
          exists (select 1 from share_grant g where g.share = s.id and g.leaving_at is null)
          or exists (select 1 from item i where i.share = s.id and i.leaving_at is null)
          or (s.settle_at is null and not exists (
            select 1 from share_grant g where g.share = s.id and g.gone_at is null)))""",
    "a share has entries, and one that is offered has one that stays": """
        select s.id from share s where not exists (
          select 1 from item i where i.share = s.id and (s.leaving_at is not null or i.leaving_at is null))""",
    "an entry is gone when, and only when, its last cell is": """
        select i.id from item i join share s on s.id = i.share
        where (i.gone_at is not null and i.leaving_at is null)
        or (i.gone_at is not null and exists (select 1 from cell c where c.item = i.id))
        or (i.leaving_at is not null and i.gone_at is null and s.leaving_at is null and s.settle_at is null
          and not exists (select 1 from cell c where c.item = i.id))""",
    "a cell belongs to one share, and to a grant that is not gone": """
        select c.share_grant, c.item from cell c join share_grant g on g.id = c.share_grant
        join item i on i.id = c.item where g.share <> i.share or g.gone_at is not null""",
    "a grant is in place when, and only when, nothing of it differs": """
        select g.id, g.delivery from share_grant g where
        (g.delivery = 'delivered' and exists (select 1 from cell c where c.share_grant = g.id))
        or (g.delivery = 'failed' and not exists (select 1 from cell c where c.share_grant = g.id and c.final = 1))""",
    "an applied revision is none that is still to come": """
        select c.share_grant, c.item from cell c join item i on i.id = c.item where c.revision > i.revision""",
    "nothing is older than its beginning": """
        select id from share where modified_at < created_at union all select id from item where modified_at < created_at
        union all select id from share_grant where modified_at < created_at""",
    "a claim is held by who has a grant of its share that stays and is not refused": """
        select c.share, c.principal from (
          select share, principal from claim union all select share, principal from path_claim
        ) c where not exists (
          select 1 from share_grant g where g.share = c.share and g.principal = c.principal and g.leaving_at is null
          and g.consent <> 'refused')""",
    "a draft is of a share that is there, unless its provider has only to hear that it ended": """
        select t.share from draft t join share s on s.id = t.share
        where t.step in ('ending', 'restoring') and s.gone_at is not null""",
    "a person's notifications count from one without gaps": """
        select person from notification group by person having max(number) <> count(*) or min(number) <> 1""",
    "a shared folder is in the lists of its owner and of who it is shared with, and can be searched": """
        select f.share from folder_share f group by f.share having count(*) <> 2 or min(f.told) <> max(f.told)
        union all select f.share from folder_share f where not exists (
          select 1 from folder_share_words w where {sqlite: w.rowid}{postgres: w.share} = f.share)
        union all select {sqlite: w.rowid}{postgres: w.share} from folder_share_words w where not exists (
          select 1 from folder_share f where f.share = {sqlite: w.rowid}{postgres: w.share})""",
    "what stands in lists of folders is offered, to the one and by the other": """
        select f.viewer, f.share, f.facet from folder_share f where not exists (
          select 1 from share s join share_grant g on g.share = s.id join item i on i.share = s.id
          where s.id = f.share and s.leaving_at is null and g.leaving_at is null and i.leaving_at is null
          and f.facet % 100 = case when f.viewer = s.owner then 0 when f.viewer = g.principal then 10 end
            + case when g.consent = 'refused' then 1 else 0 end
          and f.created = s.created_at / 1000 and (i.kind = 'node' or i.key = f.path))""",
    "a folder that is offered to one user is in lists": """
        select s.id from share s join principal o on o.id = s.owner join item i on i.share = s.id
        join share_grant g on g.share = s.id join principal r on r.id = g.principal
        join node n on n.id = i.node join drive d on d.id = n.drive
        where s.leaving_at is null and i.leaving_at is null and g.leaving_at is null and g.permissions > 1
        and o.kind = 'user' and r.kind = 'user' and n.kind = 'folder' and i.kind = 'node' and d.owner = s.owner
        and not exists (select 1 from draft x where x.share = s.id)
        and not exists (select 1 from folder_share f where f.share = s.id)""",
    "the path of a shared folder ends with its name and begins with its drive": """
        select f.share, f.path, n.name from folder_share f join item i on i.share = f.share join node n on n.id = i.node
        where i.leaving_at is null and n.parent is not null and (
          substr(f.path, length(f.path) - length(n.name)) <> '/' || n.name
          or substr(f.path, 1, length(cast(n.drive as text)) + 2) <> '/' || cast(n.drive as text) || '/')""",
    "every share has its event": """
        select s.id from share s where not exists (
          select 1 from event e where e.share = s.id and e.what in ('share.offered', 'share.asked'))""",
}
_LAWS = {law: statement(f"law {number}", text) for number, (law, text) in enumerate(LAWS.items())}
_UNFINISHED = statement(
    "unfinished",
    """
    select (select count(*) from share_grant where next_attempt_at is not null)
      + (select count(*) from share where settle_at is not null) + (select count(*) from realignment)
    """,
)


async def broken_laws(database):
    """What does not hold in *database*, as lines that tell the law and the first rows that break it."""

    async def job(rows):
        found = []
        for law, asked in _LAWS.items():
            breaking = [tuple(row) for row in await rows.all(asked)]
            if breaking:
                found.append(f"{law}: {len(breaking)} rows do not, such as {breaking[:3]}")
        return found

    return await database.read(job)


async def unfinished(database):
    """How much the worker has still to do."""

    async def job(rows):
        return (await rows.one(_UNFINISHED))[0]

    return await database.read(job)
