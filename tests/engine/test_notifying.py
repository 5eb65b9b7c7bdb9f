"""What people are told about shares, and the mails that it becomes."""

import asyncio
import socket
from email import message_from_bytes
from email.policy import default

import pytest
from aiosmtpd.smtp import SMTP

from polyshare.domain.notifications import Told
from polyshare.domain.permissions import Permission
from polyshare.domain.principals import Status
from polyshare.engine.directory import notifying
from polyshare.engine.sharing import membering
from polyshare.engine.tree import access
from polyshare.engine.worker import mailing, working
from polyshare.providers.mail import Letter, Refused, composed, conversation
from polyshare.store.statements import statement
from tests.house import a_house
from tests.trees import Trees, an_actor

VIEW, EDIT = Permission.VIEW, Permission.EDIT
WAITING = statement("test.waiting", "select count(*) from notification where mail_at is not null")
SENDER = "polyshare@localhost"


class Catcher:
    """A mail server that keeps what it is sent, or answers as it is told."""

    def __init__(self):
        self.mails = []
        self.answers = {}
        self.port = 0
        self.caught = asyncio.Event()

    async def handle_RCPT(self, server, session, envelope, address, options):
        """Accept a recipient, unless told otherwise."""
        answer = self.answers.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope):
        """Keep a mail."""
        self.mails.append((envelope.rcpt_tos, message_from_bytes(envelope.content, policy=default)))
        self.caught.set()
        return "250 OK"


class Desk(Trees):
    """Ann's folder, which she shares, and what people are told of it."""

    ann: int
    bob: int
    cid: int
    top: int

    async def share(self, principals, permissions=VIEW, message="", *, verb=membering.share_with):
        """Ann shares her folder."""

        async def job(work):
            return await verb(
                work, await access.reach(work, self.ann, self.top), principals, permissions, message
            )

        return await self.house.write(an_actor(self.ann), job)

    async def revoke(self, principals, message=""):
        """Ann takes her folder back."""

        async def job(work):
            reached = await access.reach(work, self.ann, self.top)
            return await membering.revoke(work, reached, principals, message)

        return await self.house.write(an_actor(self.ann), job)

    async def outbox(self, person, **window):
        """What a person was told, newest first."""
        return await self.house.read(None, lambda work: notifying.page(work, person, **window))

    async def waiting(self):
        """How many mails are still to go out."""
        return (await self.house.database.read(lambda rows: rows.one(WAITING)))[0]


async def a_desk(house):
    """A desk with Ann, her folder `top` and two users."""
    desk = Desk(house)
    desk.ann = await desk.person("ann", name="Ann Lee", email="ann@example.com")
    desk.bob = await desk.person("bob", email="bob@example.com")
    desk.cid = await desk.person("cid", email="cid@example.com")
    drive, root = await desk.drive(desk.ann)
    desk.top = await desk.node(drive, root, name="top")
    return desk


@pytest.fixture
async def desk(house):
    """A desk in a house that mails nothing."""
    return await a_desk(house)


@pytest.fixture
async def catcher():
    """A mail server of the test's own."""
    kept = Catcher()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(kept, hostname="localhost", loop=loop), "127.0.0.1", 0)
    kept.port = server.sockets[0].getsockname()[1]
    yield kept
    server.close()
    await server.wait_closed()


@pytest.fixture
async def mailing_desk(database_url, clock, catcher):
    """A desk in a house that mails through the catcher."""
    url = f"smtp://127.0.0.1:{catcher.port}"
    async with a_house(database_url, clock, smtp_url=url, mail_attempts=3) as house:
        yield await a_desk(house)


async def test_each_change_is_told_with_folder_role_sender_text_and_time(desk, clock):
    await desk.share([desk.bob], EDIT, "Look!")
    await desk.share([desk.bob], VIEW, verb=membering.change)
    clock.pass_s(5)
    await desk.revoke([desk.bob], "Sorry")

    told = await desk.outbox(desk.bob)

    assert [(one.number, one.kind, one.role, one.text) for one in told] == [
        (3, Told.REVOKE, "", "Sorry"), (2, Told.ROLE, "viewer", ""), (1, Told.SHARE, "contributor", "Look!")
    ]  # fmt: skip
    assert {(one.name, one.node, one.sender) for one in told} == {("top", desk.top, "Ann Lee")}
    assert told[0].at == clock.now
    assert [one.number for one in await desk.outbox(desk.bob, before=3, limit=1)] == [2]


async def test_a_group_is_told_to_each_active_member_once_however_it_is_in(desk):
    idle = await desk.person("idle", status=Status.INACTIVE)
    asleep = await desk.group("asleep", await desk.person("sleeper"), status=Status.INACTIVE)
    inner = await desk.group("inner", desk.bob, desk.cid, idle)
    outer = await desk.group("outer", inner, desk.bob, asleep)
    await desk.join(inner, outer)

    await desk.share([outer, desk.bob])

    assert [len(await desk.outbox(person)) for person in (desk.bob, desk.cid, idle)] == [1, 1, 0]
    assert await desk.outbox(asleep) == []


async def test_nobody_is_told_of_what_was_refused(desk):
    await desk.share([desk.bob])

    await desk.share([desk.bob, desk.cid], EDIT)
    await desk.revoke([desk.bob, desk.ann])
    await desk.revoke([desk.bob])

    assert [one.kind for one in await desk.outbox(desk.bob)] == [Told.REVOKE, Told.SHARE]
    assert len(await desk.outbox(desk.cid)) == 1
    assert await desk.outbox(desk.ann) == []


async def test_without_a_mail_server_nothing_waits_to_be_mailed(desk):
    await desk.share([desk.bob])

    assert await desk.waiting() == 0
    assert await mailing.mail_due(desk.house) == 0


async def test_a_notification_is_mailed_once_in_plain_text(mailing_desk, catcher, clock):
    await mailing_desk.share([mailing_desk.bob], EDIT, "Look!\nAt this: ÄÖ €.")
    assert mailing_desk.house.woken.is_set()

    assert [await mailing.mail_due(mailing_desk.house) for _ in range(2)] == [1, 0]

    [(to, mail)] = catcher.mails
    assert to == ["bob@example.com"]
    assert mail["Subject"] == "Ann Lee shared “top” with you"
    assert (mail["To"], mail["From"], mail.get_content_type()) == (
        "Bob <bob@example.com>", "Polyshare <polyshare@localhost>", "text/plain"
    )  # fmt: skip
    assert "Your role: contributor." in mail.get_content()
    assert "Look!\r\nAt this: ÄÖ €." in mail.get_content()
    [told] = await mailing_desk.outbox(mailing_desk.bob)
    assert told.mailed_at == clock.now


async def test_who_has_no_address_or_is_not_active_any_more_gets_no_mail(mailing_desk, catcher):
    nowhere = await mailing_desk.person("nowhere")
    await mailing_desk.share([nowhere, mailing_desk.bob, mailing_desk.cid])
    await mailing_desk.set_status(mailing_desk.bob, Status.INACTIVE)
    assert await mailing_desk.waiting() == 2

    await mailing.mail_due(mailing_desk.house)

    assert [to for to, _ in catcher.mails] == [["cid@example.com"]]
    assert await mailing_desk.waiting() == 0
    assert (await mailing_desk.outbox(mailing_desk.bob))[0].mailed_at is None


async def test_names_cannot_break_out_of_a_mails_headers(mailing_desk, catcher):
    house, eve = mailing_desk.house, "Eve\r\nBcc: all@example.com\r\n\r\nbody"
    letter = Letter(eve, "eve@example.com", f"{eve} shared", "text")

    async with conversation(house.settings.smtp_url, SENDER, 5) as post:
        await post.send(letter)

    [(to, mail)] = catcher.mails
    assert to == ["eve@example.com"]
    assert (mail["Bcc"], mail.get_content()) == (None, "text\r\n")
    assert mail["Subject"] == "Eve Bcc: all@example.com body shared"


@pytest.mark.parametrize("address", ["no address", "a@b\r\nBcc: c@d.example", "", "@", "a b@example.com"])
async def test_an_address_that_is_none_is_given_up(catcher, address):
    async with conversation(f"smtp://127.0.0.1:{catcher.port}", SENDER, 5) as post:
        with pytest.raises(Refused) as refused:
            await post.send(Letter("Name", address, "subject", "text"))
        assert refused.value.final
        await post.send(Letter("Bob", "bob@example.com", "subject", "text"))

    assert [to for to, _ in catcher.mails] == [["bob@example.com"]]


def test_a_long_or_odd_name_makes_a_mail_all_the_same():
    mail = composed(Letter("ü" * 5000, "bob@example.com", "\ud800" + "ß" * 5000, "\ud800 text"), SENDER)

    assert mail["To"].addresses[0].addr_spec == "bob@example.com"
    assert max(map(len, bytes(mail).splitlines())) <= 998


async def test_what_the_server_refuses_for_good_is_given_up_and_the_rest_is_sent(mailing_desk, catcher):
    catcher.answers["bob@example.com"] = "550 no such user"
    await mailing_desk.share([mailing_desk.bob, mailing_desk.cid])

    await mailing.mail_due(mailing_desk.house)

    assert [to for to, _ in catcher.mails] == [["cid@example.com"]]
    assert await mailing_desk.waiting() == 0


async def test_what_the_server_puts_off_is_tried_again_with_growing_pauses_and_given_up_at_last(
    mailing_desk, catcher, clock
):
    catcher.answers["bob@example.com"] = "451 later"
    await mailing_desk.share([mailing_desk.bob, mailing_desk.cid])

    assert await mailing.mail_due(mailing_desk.house) == 2
    assert await mailing.mail_due(mailing_desk.house) == 0
    clock.pass_s(1)
    assert await mailing.mail_due(mailing_desk.house) == 1
    clock.pass_s(1)
    assert await mailing.mail_due(mailing_desk.house) == 0
    clock.pass_s(1)
    assert await mailing.mail_due(mailing_desk.house) == 1

    assert await mailing_desk.waiting() == 0
    assert [to for to, _ in catcher.mails] == [["cid@example.com"]]


async def test_a_server_that_is_away_costs_a_call_nothing_and_the_mail_comes_later(
    database_url, clock, catcher
):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        away = f"smtp://127.0.0.1:{nobody.getsockname()[1]}"
        async with a_house(database_url, clock, smtp_url=away) as house:
            desk = await a_desk(house)
            [outcome] = await desk.share([desk.bob])

            assert outcome.refusal is None
            assert await mailing.mail_due(house) == 1
            assert await desk.waiting() == 1
    clock.pass_s(1)
    async with a_house(database_url, clock, smtp_url=f"smtp://127.0.0.1:{catcher.port}") as house:
        assert await mailing.mail_due(house) == 1

    assert [to for to, _ in catcher.mails] == [["bob@example.com"]]


async def test_two_workers_mail_each_notification_once(mailing_desk, catcher, database_url, clock):
    people = [
        await mailing_desk.person(f"person{number}", email=f"p{number}@example.com") for number in range(20)
    ]
    await mailing_desk.share(people)
    settings = {"smtp_url": mailing_desk.house.settings.smtp_url}

    async with a_house(database_url, clock, **settings) as other:
        both = (mailing_desk.house, other)
        await asyncio.gather(*(mailing.mail_due(both[n % 2], 5) for n in range(8)))

    assert sorted(to for to, _ in catcher.mails) == sorted([f"p{number}@example.com"] for number in range(20))


async def test_the_worker_mails_what_a_commit_leaves(mailing_desk, catcher):
    stopping = asyncio.Event()
    worker = asyncio.create_task(working.run(mailing_desk.house, stopping))

    await mailing_desk.share([mailing_desk.bob])
    await asyncio.wait_for(catcher.caught.wait(), 20)
    stopping.set()
    await worker

    assert await mailing_desk.waiting() == 0
    assert [to for to, _ in catcher.mails] == [["bob@example.com"]]


async def test_telling_costs_two_statements_however_many_are_told(desk):
    async def cost(group):
        before = desk.house.database.statements
        await desk.share([group])
        return desk.house.database.statements - before

    few = await desk.group("few", desk.bob)
    many = await desk.group("many", *[await desk.person(f"person{number}") for number in range(40)])

    assert await cost(few) == await cost(many)
