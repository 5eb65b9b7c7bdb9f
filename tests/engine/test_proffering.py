"""Folders that a world file offers to users are offered once, with their ids, and answered as it says."""

import pytest

from polyshare.domain.delivery import Consent
from polyshare.domain.errors import NotFound
from polyshare.domain.permissions import Permission
from polyshare.engine.content import bringing
from polyshare.engine.directory import notifying
from polyshare.engine.sharing import retracting
from polyshare.engine.tree import access
from polyshare.engine.worlds import loading
from polyshare.engine.worlds.world import WrongWorld
from polyshare.store.directory import principals
from tests.consistency import broken_laws
from tests.engine.folders import LISTED, rows_of
from tests.trees import an_actor

OFFER = {"path": "/5123/work", "to": "bob", "permissions": ["EDIT"], "ids": {"ucloud": "6342"}}


def world(*offers):
    return {
        "users": [{"login": name, "name": name.title()} for name in ("alice", "bob")],
        "drives": [{"id": 5123, "title": "Alice's drive", "owner": "alice"}],
        "folders": [{"path": "/5123/work"}, {"path": "/5123/plans"}],
        "files": [{"path": "/5123/a.txt", "text": "hello\n"}],
        "offers": list(offers),
    }


async def load(house, *offers):
    """What loading changed about offers."""
    report = await loading.load_world(house, world(*offers))
    assert await broken_laws(house.database) == []
    return [line for line in report.changes if line.startswith("offer ")]


async def person(house, login):
    return (await house.database.read(lambda rows: principals.person(rows, login))).id


async def received(house):
    """Share, consent, permissions and what was asked of all that Bob received."""
    rows = await rows_of(house, LISTED, viewer=await person(house, "bob"))
    return [(row[0], Consent(row[3]), Permission(row[4]), row[5]) for row in rows]


@pytest.mark.parametrize("consent", list(Consent))
async def test_a_folder_is_offered_once_and_answered(house, consent):
    offer = OFFER | {"consent": consent.value}

    first, again = await load(house, offer), await load(house, offer)

    assert first == ["offer of /5123/work to bob: added"]
    assert again == []
    assert await received(house) == [(6342, consent, Permission.EDIT, '["EDIT"]')]
    bob = await person(house, "bob")
    assert await house.read(None, lambda work: notifying.page(work, bob)) == []


async def test_without_a_fixed_id_it_is_there_once_as_well(house):
    offer = {"path": "/5123/plans", "to": "bob", "permissions": ["READ", "EDIT"]}

    await load(house, offer)

    assert await load(house, offer) == []
    [(_, consent, permissions, asked)] = await received(house)
    assert (consent, permissions.closed) == (Consent.AWAITED, Permission.EDIT.closed)
    assert asked == '["READ","EDIT"]'


async def test_what_it_gives_is_brought_in_line_and_the_answer_is_left_alone(house):
    await load(house, OFFER | {"consent": "given"})

    changed = await load(house, OFFER | {"permissions": ["READ"]})

    assert changed == ["offer of /5123/work to bob: changed"]
    assert await received(house) == [(6342, Consent.GIVEN, Permission.DOWNLOAD, '["READ"]')]


async def test_what_was_ended_stays_ended(house):
    await load(house, OFFER)
    await retracting.end(house, an_actor(await person(house, "bob")), [6342])

    assert await load(house, OFFER) == []
    assert await received(house) == []


async def test_an_accepted_offer_opens_the_folder(house):
    await load(house, OFFER | {"consent": "given"})
    bob = await person(house, "bob")

    node = (await house.read(None, lambda work: bringing.found(work, "/5123/work"))).node.id

    reached = await house.read(None, lambda work: access.reach(work, bob, node))
    assert reached.permissions == Permission.EDIT.closed


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"to": "nobody"}, "key to: there is no user"),
        ({"to": "alice"}, "themselves"),
        ({"path": "/5123/nothing"}, "key path: There is nothing"),
        ({"path": "/5123/a.txt", "ids": {}}, "no such folder"),
        ({"path": "/77/a"}, "key path"),
        ({"ids": {"ucloud": "abc"}}, "key ids.ucloud: an id is a number"),
        ({"ids": {"oracle": "1"}}, "key ids.oracle: there is no such id"),
        ({"permissions": []}, "key permissions: give at least one"),
    ],
)
async def test_what_does_not_fit_is_told_with_its_place(house, wrong, said):
    with pytest.raises(WrongWorld) as told:
        await load(house, OFFER | wrong)

    assert "[[offers]] number 1" in told.value.message
    assert said in told.value.message
    with pytest.raises(NotFound):
        await house.read(None, lambda work: bringing.found(work, "/5123/work"))


async def test_an_id_belongs_to_one_offer(house):
    await load(house, OFFER)

    for other in (OFFER | {"path": "/5123/plans"}, OFFER | {"ids": {"ucloud": "6343"}}):
        with pytest.raises(WrongWorld):
            await load(house, other)

    assert [share for share, *_ in await received(house)] == [6342]
