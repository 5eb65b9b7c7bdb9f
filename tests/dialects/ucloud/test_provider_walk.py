"""
Random lives of shares at a provider that refuses, breaks off and loses answers: access is exactly where an approved share says so.

At every step users see what a plain model says; once the worker has caught up the provider opens the same to the same, knows the
same shares, and what it keeps is as it was, byte for byte.
"""

from dataclasses import dataclass

import pytest

from polyshare.store.statements import statement
from tests.dialects.ucloud.desk import both_engines
from tests.dialects.ucloud.keeping import FOLDERS, Kept, kept
from tests.dialects.ucloud.sharing import BASE, browse, end, permit, say, spec
from tests.durability.crowd import thrown
from tests.ucloud_provider import ACL, CREATE, CUT, DELETE, GARBAGE, LOST, Failing

__all__ = ["kept"]

PEOPLE = ("bob", "carol", "dave")
GIVEN = {("READ",): ("READ",), ("EDIT",): ("READ", "EDIT"), ("READ", "EDIT"): ("READ", "EDIT")}
FAULTS = (Failing(500), Failing(400), Failing(403), GARBAGE, CUT, LOST)
STEPS = 60
DRAFTS = statement("test.drafts", "select share from draft")


@dataclass
class Model:
    """A share as it must be."""

    path: str
    recipient: str
    permissions: tuple[str, ...]
    state: str = "PENDING"


class Walk:
    """Somebody who does anything at all, and a model of what must come of it."""

    def __init__(self, kept: Kept, dice) -> None:
        self.kept = kept
        self.dice = dice
        self.model: dict[str, Model] = {}
        self.answers: list[int] = []
        kept.program.wrong = self.fault

    def fault(self, heard):
        """Half of what a provider is asked goes wrong, in every way that it can."""
        return (
            self.dice.choice(FAULTS)
            if heard.name in (CREATE, DELETE, ACL) and self.dice.random() < 0.5
            else None
        )

    def who(self, share):
        return getattr(self.kept.desk, self.model[share].recipient)

    def some(self):
        """Up to three shares."""
        shares = sorted(self.model)
        return self.dice.sample(shares, min(len(shares), self.dice.randint(1, 3)))

    def worked(self, answer):
        self.answers.append(answer.status_code)
        return answer.status_code == 200

    async def create(self):
        wanted = {
            (f"/{self.kept.drive}/{self.dice.choice(FOLDERS)}", self.dice.choice(PEOPLE)): self.dice.choice(
                list(GIVEN)
            )
            for _ in range(self.dice.randint(1, 3))
        }
        items = [spec(recipient, path, given) for (path, recipient), given in wanted.items()]
        answer = await self.kept.desk.alice.bulk(BASE, *items)
        there = {
            (one.path, one.recipient): share for share, one in self.model.items() if one.state != "REJECTED"
        }
        if self.worked(answer):
            assert not set(wanted) & set(there), "what was shared already was shared again"
            self.model = {
                share: one for share, one in self.model.items() if (one.path, one.recipient) not in wanted
            }
            for told, ((path, recipient), given) in zip(
                answer.json()["responses"], wanted.items(), strict=True
            ):
                self.model[told["id"]] = Model(path, recipient, given)

    async def approve(self):
        for share in self.some():
            if self.worked(await say(self.who(share), "approve", share)):
                assert self.model[share].state != "REJECTED"
                self.model[share].state = "APPROVED"

    async def reject(self):
        for share in self.some():
            if self.worked(await say(self.who(share), "reject", share)):
                self.model[share].state = "REJECTED"

    async def change(self):
        for share in self.some():
            given = self.dice.choice(list(GIVEN))
            if self.worked(await permit(self.kept.desk.alice, share, *given)):
                assert self.model[share].state != "REJECTED"
                self.model[share].permissions = given

    async def end(self):
        shares = self.some()
        if shares and self.worked(await end(self.kept.desk.alice, *shares)):
            for share in shares:
                del self.model[share]

    async def leave(self):
        for share in self.some():
            if self.worked(await end(self.who(share), share)):
                del self.model[share]

    async def step(self):
        verbs = [
            self.create,
            self.create,
            self.approve,
            self.approve,
            self.reject,
            self.change,
            self.end,
            self.leave,
        ]
        await self.dice.choice(verbs)()

    async def check_what_users_see(self):
        """In our own lists: at once, whatever the provider knows by now."""
        assert await seen(self.kept.desk.alice) == {
            share: (one.recipient, one.path, one.permissions, one.state) for share, one in self.model.items()
        }
        for person in PEOPLE:
            mine = {share: one for share, one in self.model.items() if one.recipient == person}
            caller = getattr(self.kept.desk, person)
            assert await seen(caller, filterRejected="false") == {
                share: (person, one.path, one.permissions, one.state) for share, one in mine.items()
            }
            open_to = {
                (self.kept.program.mount_of(share), GIVEN[one.permissions])
                for share, one in mine.items()
                if one.state == "APPROVED"
            }
            assert await self.kept.mounts_of(caller) == open_to

    async def check_the_provider(self):
        """Once the worker has caught up with a provider that is well again."""
        self.kept.program.wrong = lambda _: None
        await self.kept.catch_up()
        self.kept.program.wrong = self.fault
        assert self.kept.program.opens() == {
            (self.kept.program.mount_of(share), one.recipient, GIVEN[one.permissions])
            for share, one in self.model.items()
            if one.state == "APPROVED"
        }
        assert set(self.kept.program.shares) == set(self.model)


async def seen(caller, **query):
    """What somebody's list says of each share; the place is told where it was approved, and only there."""
    found = {}
    for one in await browse(caller, itemsPerPage=250, **query):
        asked, status = one["specification"], one["status"]
        assert (status["shareAvailableAt"] is not None) == (status["state"] == "APPROVED")
        found[one["id"]] = (
            asked["sharedWith"],
            asked["sourceFilePath"],
            tuple(asked["permissions"]),
            status["state"],
        )
    return found


@both_engines
@pytest.mark.parametrize("life", range(2))
async def test_access_exists_exactly_where_an_approved_share_says_so(kept, life):
    walk = Walk(kept, thrown())

    for _ in range(STEPS):
        await walk.step()
        await walk.check_what_users_see()
        if walk.dice.random() < 0.5:
            await walk.check_the_provider()
        assert kept.untouched

    await walk.check_the_provider()
    assert walk.answers.count(200) > STEPS // 6, f"nothing much worked in life {life}: {walk.answers}"
    assert any(status >= 400 for status in walk.answers)
    assert await kept.desk.house.read(None, lambda work: work.rows.all(DRAFTS)) == []
