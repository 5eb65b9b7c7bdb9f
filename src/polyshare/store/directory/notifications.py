"""Rows of `notification`: one table behind outboxes and lists of what people are told, and the mail that is to go out."""

from polyshare.domain.notifications import Notification, Told
from polyshare.store.database import Row
from polyshare.store.statements import statement

# Everybody who is meant by some users and groups: each once, however often and however deep; only what is active counts.
CONCERNED = """
    concerned (id, kind) as (
      select p.id, p.kind from principal p where p.id in :principals[] and p.status = 'active'
      union
      select p.id, p.kind from concerned c join group_member m on m.group_id = c.id
      join principal p on p.id = m.member and p.status = 'active' where c.kind = 'group'
    )"""

# Numbers count per person, so who writes to one person's outbox takes turns.
# `+ 0`: PostgreSQL would go through everybody, to have these in order (docs/decisions/0005-sql.md).
TURN = statement(
    "notification.turn",
    f"""
    with recursive {CONCERNED}
    select u.principal from person u where u.principal in (select id from concerned)
    order by u.principal + 0 {{postgres: for no key update of u}}
    """,  # noqa: S608 - a fragment of ours
)
ADD = statement(
    "notification.add",
    """
    insert into notification (person, number, kind, sender, node, role, text, meta, at, mail_at, mail_attempts)
    select u.principal,
      1 + coalesce((select max(n.number) from notification n where n.person = u.principal), 0),
      cast(:kind as text), cast(:sender as bigint), cast(:node as bigint), cast(:role as text), cast(:text as text),
      cast(:meta as text), cast(:now as bigint),
      case when u.email is not null then cast(:mail_at as bigint) end, 0
    from person u where u.principal in :people[]
    """,
)
COLUMNS = """n.person, n.number, n.kind, coalesce(s.name, ''), n.node, n.meta, n.role, n.text, n.at, n.read_at,
      n.mailed_at"""
PAGE = statement(
    "notification.page",
    f"""
    select {COLUMNS} from notification n left join principal s on s.id = n.sender
    where n.person = :person and n.number < :before order by n.number desc limit :limit
    """,  # noqa: S608 - a list of columns of ours
)
# For lists of one person that tell who sent what by how they log in.
LIST = f"""
    select {COLUMNS}, coalesce(u.login, s.name, '') from notification n left join principal s on s.id = n.sender
    left join person u on u.principal = n.sender
    where n.person = :person {{filters}} order by n.number desc limit :limit offset :skip
    """  # noqa: S608 - a list of columns of ours
COUNT = "select count(*) from notification n where n.person = :person {filters}"
OF_KINDS = "n.kind in :kinds[]"
SINCE = "n.at >= :since"
READ = statement(
    "notification.read",
    "update notification set read_at = :now where person = :person and number in :numbers[] and read_at is null",
)
READ_ALL = statement(
    "notification.read_all",
    "update notification set read_at = :now where person = :person and read_at is null",
)
CLAIM = statement(
    "notification.claim",
    """
    update notification set mail_at = cast(:until as bigint) where (person, number) in (
      select person, number from notification where mail_at <= :now order by mail_at, person, number limit :limit
      {postgres: for update skip locked}
    ) returning person, number
    """,
)
LETTERS = statement(
    "notification.letters",
    f"""
    select {COLUMNS}, p.name, coalesce(u.email, ''), p.status, n.mail_attempts
    from notification n join person u on u.principal = n.person join principal p on p.id = n.person
    left join principal s on s.id = n.sender
    where n.person in :people[] and n.mail_at = :until order by n.person, n.number
    """,  # noqa: S608 - a list of columns of ours
)
MAILED = statement(
    "notification.mailed",
    """
    update notification set mailed_at = :now, mail_at = null, mail_attempts = mail_attempts + 1
    where person = :person and number = :number and mail_at = :until
    """,
)
PUT_OFF = statement(
    "notification.put_off",
    """
    update notification set mail_at = cast(:again as bigint), mail_attempts = mail_attempts + 1
    where person = :person and number = :number and mail_at = :until
    """,
)


def notification_of(row: Row, name: str) -> Notification:
    """The notification in a row of COLUMNS; *name* is the node's, which the row's luggage holds."""
    person, number, kind, sender, node, _, role, text, at, read_at, mailed_at = row[:11]
    return Notification(person, number, Told(kind), sender, node, name, role, text, at, read_at, mailed_at)
