"""Projects: who is in them, and in which one somebody acts."""

import pytest

from polyshare.domain.directory import NewPrincipal, PrincipalChange
from polyshare.domain.errors import Denied, Invalid, NotFound
from polyshare.domain.principals import Kind, Status
from polyshare.domain.projects import Part
from polyshare.engine.credentials import admitting
from polyshare.engine.directory import directing, enrolling, projecting
from tests.engine.tokens import a_person

ID = "0e3e9d0a-2d0f-4f1e-9f0a-3f2d1c0b9a88"


async def doing(house, verb, *given):
    return await directing.changing(house, None, lambda work: verb(work, *given))


async def a_project(house, **parts):
    """A project with members in these parts, who are made."""
    for login in parts:
        await a_person(house, login)
    await doing(house, directing.add, NewPrincipal(Kind.PROJECT, "A project", ID))
    for login, part in parts.items():
        await doing(house, projecting.put, ID, login, part)


async def acting(house, login, public_id=ID):
    """The project in which somebody acts who names it."""
    actor, _ = await admitting.by_login(house, login)
    return await house.read(None, lambda work: projecting.project_of(work, actor, public_id))


async def test_a_member_acts_in_a_project_in_its_part(house):
    await a_project(house, alice=Part.PI, bob=Part.ADMIN, carol=Part.USER)

    found = {login: await acting(house, login) for login in ("alice", "bob", "carol")}

    assert {login: (one.part, one.leads) for login, one in found.items()} == {
        "alice": (Part.PI, True),
        "bob": (Part.ADMIN, True),
        "carol": (Part.USER, False),
    }
    assert {(one.public_id, one.title) for one in found.values()} == {(ID, "A project")}


@pytest.mark.parametrize("named", [None, ""])
async def test_who_names_no_project_acts_in_none(house, named):
    await a_project(house, alice=Part.PI)

    assert await acting(house, "alice", named) is None


@pytest.mark.parametrize("named", ["proj-1", ID.upper(), f"{ID} ", "\x07", "alice"])
async def test_who_names_what_is_no_project_of_theirs_is_refused(house, named):
    await a_project(house, alice=Part.PI)

    with pytest.raises(Denied):
        await acting(house, "alice", named)


async def test_a_stranger_learns_nothing(house):
    await a_project(house, alice=Part.PI)
    await a_person(house, "mallory")

    with pytest.raises(Denied) as strangers:
        await acting(house, "mallory")
    with pytest.raises(Denied) as nowhere:
        await acting(house, "mallory", "nothing")
    assert strangers.value.message == nowhere.value.message


@pytest.mark.parametrize("end", ["inactive", "removed", "left", "person removed"])
async def test_a_part_ends_with_the_project_and_with_its_member(house, end):
    await a_project(house, alice=Part.PI, bob=Part.USER)
    actor, _ = await admitting.by_login(house, "bob")

    if end == "inactive":
        await doing(house, directing.change, Kind.PROJECT, ID, PrincipalChange(status=Status.INACTIVE))
    elif end == "removed":
        await doing(house, directing.remove, Kind.PROJECT, ID)
    elif end == "left":
        await doing(house, projecting.take, ID, "bob")
    else:
        await doing(house, enrolling.remove, "bob")

    with pytest.raises(Denied):
        await house.read(None, lambda work: projecting.project_of(work, actor, ID))
    members = await house.read(None, lambda work: projecting.members(work, ID))
    assert ("bob" in [one.login for one in members]) is (end == "inactive")
    assert await house.read(None, lambda work: projecting.all_of(work, actor.id, 10)) == []


async def test_a_part_is_changed_by_saying_it_again_and_nothing_by_saying_the_same(house):
    await a_project(house, alice=Part.USER)

    again = await doing(house, projecting.put, ID, "alice", Part.USER)
    other = await doing(house, projecting.put, ID, "alice", Part.PI)

    assert (again, other) == (False, True)
    [member] = await house.read(None, lambda work: projecting.members(work, ID))
    assert (member.login, member.part) == ("alice", Part.PI)


async def test_nobody_is_put_into_what_is_not_there_or_was_removed(house):
    await a_project(house, alice=Part.PI)

    with pytest.raises(Invalid):
        await doing(house, projecting.put, ID, "nobody", Part.USER)
    with pytest.raises(NotFound):
        await doing(house, projecting.put, "nothing", "alice", Part.USER)
    with pytest.raises(NotFound):
        await doing(house, projecting.take, ID, "nobody")
    await doing(house, directing.remove, Kind.PROJECT, ID)
    with pytest.raises(NotFound):
        await doing(house, projecting.put, ID, "alice", Part.USER)
