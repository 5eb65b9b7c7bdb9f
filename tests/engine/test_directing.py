"""The directory's verbs: what they change, whom they tell, and what they refuse."""

import asyncio
import json

import pytest

from polyshare.domain.directory import NewCredential, NewPerson, NewPrincipal, PersonChange, PrincipalChange
from polyshare.domain.errors import Invalid, NotFound, Taken, WrongState
from polyshare.domain.principals import Access, Kind, Status
from polyshare.engine.credentials import hashing, issuing
from polyshare.engine.directory import directing, enrolling, seating
from polyshare.engine.keepers import equipping
from polyshare.store.statements import statement

EPOCH = statement("the epoch", "select number from epoch")
EVENTS = statement("events of a test", "select what, actor, facts from event order by id")
WAITING = statement(
    "realignments of a test",
    "select p.public_id from realignment r join principal p on p.id = r.subject order by p.public_id",
)
DONE = statement("forget realignments", "delete from realignment")
HOLDERS = statement("people of a test", "select password_hash from person where login = :login")


async def doing(house, verb, *given):
    async def job(work):
        return await verb(work, *given)

    return await directing.changing(house, None, job)


async def looking(house, verb, *given, **named):
    async def job(work):
        return await verb(work, *given, **named)

    return await house.read(None, job)


async def rows_of(house, each, **values):
    async def job(rows):
        return [tuple(row) for row in await rows.all(each, **values)]

    return await house.database.read(job)


async def epoch(house):
    return (await rows_of(house, EPOCH))[0][0]


async def waiting(house):
    """Whose shares the worker is to go through; asking clears it."""
    found = [row[0] for row in await rows_of(house, WAITING)]

    async def forget(rows):
        await rows.run(DONE)

    await house.database.write(forget)
    return found


async def an_account(house, public_id="acc", organization=""):
    return await doing(
        house, directing.add, NewPrincipal(Kind.ACCOUNT, "An account", public_id, organization)
    )


async def an_organization(house, public_id="org"):
    return await doing(house, directing.add, NewPrincipal(Kind.ORGANIZATION, "An organization", public_id))


async def a_user(house, login="dora", **more):
    return await doing(house, enrolling.enroll, NewPerson(login, login.title(), **more))


async def a_group(house, name):
    return await doing(house, directing.add, NewPrincipal(Kind.GROUP, name, name))


async def test_an_id_that_is_left_out_is_drawn(house):
    made = await doing(house, directing.add, NewPrincipal(Kind.ACCOUNT, "An account"))

    assert len(made.public_id) == 32
    assert await looking(house, directing.show, Kind.ACCOUNT, made.public_id) == made


async def test_an_id_is_one_principals_of_a_kind_also_after_its_removal(house):
    await an_account(house, "same")
    await a_group(house, "same")
    await doing(house, directing.remove, Kind.ACCOUNT, "same")

    with pytest.raises(Taken, match="maybe by something that was removed"):
        await an_account(house, "same")


async def test_accounts_that_join_leave_or_move_have_the_worker_align_shares(house):
    await an_organization(house, "one")
    await an_organization(house, "two")
    await an_account(house, "acc")
    assert await waiting(house) == []

    await doing(house, directing.change, Kind.ACCOUNT, "acc", PrincipalChange(organization="one"))
    assert await waiting(house) == ["one"]
    await doing(house, directing.change, Kind.ACCOUNT, "acc", PrincipalChange(organization="two"))
    assert await waiting(house) == ["acc", "one", "two"]
    await doing(house, directing.change, Kind.ACCOUNT, "acc", PrincipalChange(status=Status.INACTIVE))
    assert await waiting(house) == ["two"]
    await doing(house, directing.remove, Kind.ACCOUNT, "acc")
    assert await waiting(house) == ["acc", "two"]
    await an_account(house, "born-there", "one")
    assert await waiting(house) == ["one"]


async def test_a_change_that_changes_nothing_writes_nothing(house):
    await an_organization(house)
    before = await an_account(house, "acc", "org")
    events = await rows_of(house, EVENTS)

    after = await doing(
        house, directing.change, Kind.ACCOUNT, "acc", PrincipalChange("An account", Status.ACTIVE, "org")
    )

    assert after == before
    assert await rows_of(house, EVENTS) == events


async def test_an_organization_with_accounts_is_not_removed(house):
    await an_organization(house)
    await an_account(house, "acc", "org")

    with pytest.raises(WrongState):
        await doing(house, directing.remove, Kind.ORGANIZATION, "org")

    await doing(house, directing.remove, Kind.ACCOUNT, "acc")
    await doing(house, directing.remove, Kind.ORGANIZATION, "org")
    with pytest.raises(Invalid):
        await an_account(house, "late", "org")


async def test_only_accounts_are_in_an_organization(house):
    await an_organization(house)

    with pytest.raises(Invalid) as caught:
        await doing(house, directing.add, NewPrincipal(Kind.GROUP, "g", "g", "org"))

    assert caught.value.where == ("organization",)


async def test_lists_are_read_on_from_the_last_row_and_leave_out_what_was_removed(house):
    for name in "dbaec":
        await an_account(house, name)
    await doing(house, directing.remove, Kind.ACCOUNT, "c")

    first = await looking(house, directing.page, Kind.ACCOUNT, "", 2)
    second = await looking(house, directing.page, Kind.ACCOUNT, first[-1].public_id, 9)
    removed = await looking(house, directing.page, Kind.ACCOUNT, "", 9, statuses=[Status.DELETED])

    assert [one.public_id for one in (*first, *second)] == ["a", "b", "d", "e"]
    assert [one.public_id for one in removed] == ["c"]


async def test_emails_are_compared_without_regard_to_case(house):
    await a_user(house, "dora", email="Dora@Example.com")

    with pytest.raises(Taken, match="upper and lower case"):
        await a_user(house, "other", email="dora@example.COM")

    assert (await looking(house, enrolling.show, "dora")).email == "Dora@Example.com"


async def test_a_user_is_found_by_login_before_id(house):
    first = await a_user(house, "first", public_id="second")
    second = await a_user(house, "second")

    assert (await looking(house, enrolling.show, "second")).id == second.id
    assert (await looking(house, enrolling.show, "first")).id == first.id
    with pytest.raises(NotFound):
        await looking(house, enrolling.show, "\x00")


async def test_a_change_of_a_user_keeps_what_it_does_not_name(house):
    hashed = await hashing.hash_password(house, "a-password")
    await a_user(house, email="dora@example.com", password_hash=hashed, aliases={"x": "1", "y": "2"})

    changed = await doing(house, enrolling.change, "dora", PersonChange(name="D", aliases={"x": "3"}))

    assert (changed.name, changed.email, changed.has_password) == ("D", "dora@example.com", True)
    assert await looking(house, enrolling.aliases, changed) == {"x": "3", "y": "2"}
    assert (await rows_of(house, HOLDERS, login="dora"))[0][0] == hashed
    assert hashed.startswith("$argon2id$")
    assert (await doing(house, enrolling.change, "dora", PersonChange(email=""))).email == ""


@pytest.mark.parametrize(
    "change",
    [
        PersonChange(administrator=False),
        PersonChange(status=Status.INACTIVE),
        PersonChange(status=Status.DELETED),
    ],
)
async def test_the_last_active_administrator_stays_one(house, change):
    await a_user(house, "root", administrator=True)
    await a_user(house, "asleep", administrator=True, status=Status.INACTIVE)

    with pytest.raises(WrongState, match="last active administrator"):
        await doing(house, enrolling.change, "root", change)
    await doing(house, enrolling.change, "root", PersonChange(name="Still here"))
    await a_user(house, "second", administrator=True)
    await doing(house, enrolling.change, "root", change)

    with pytest.raises(WrongState, match="last active administrator"):
        await doing(house, enrolling.remove, "second")


async def test_two_administrators_who_leave_at_once_do_not_both_leave(house):
    for login in ("one", "two"):
        await a_user(house, login, administrator=True)

    left = await asyncio.gather(
        *(doing(house, enrolling.remove, login) for login in ("one", "two")), return_exceptions=True
    )

    assert sorted(type(each) for each in left if each is not None) == [WrongState]


async def test_an_alias_is_one_principals(house):
    await a_user(house, "dora", aliases={"oracle": "U1"})

    with pytest.raises(Taken, match="alias"):
        await a_user(house, "emma", aliases={"oracle": "U1"})


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("login", {"login": "a b", "name": "A"}),
        ("login", {"login": "", "name": "A"}),
        ("name", {"login": "a", "name": " "}),
        ("name", {"login": "a", "name": "A\x00"}),
        ("name", {"login": "a", "name": "\ud800"}),
        ("email", {"login": "a", "name": "A", "email": "a@"}),
        ("role", {"login": "a", "name": "A", "role": "KING"}),
        ("id", {"login": "a", "name": "A", "public_id": "a/b"}),
        ("aliases", {"login": "a", "name": "A", "aliases": {"a b": "c"}}),
    ],
)
async def test_a_user_with_a_field_that_cannot_be_used_is_refused(sqlite_house, field, given):
    with pytest.raises(Invalid) as caught:
        await doing(sqlite_house, enrolling.enroll, NewPerson(**given))

    assert caught.value.where[0] == field


async def test_groups_hold_users_and_groups_but_never_themselves(house):
    await a_user(house)
    for name in ("inner", "middle", "outer"):
        await a_group(house, name)
    assert await doing(house, seating.join, "inner", "dora")
    assert not await doing(house, seating.join, "inner", "dora")
    await doing(house, seating.join, "middle", "group:inner")
    await doing(house, seating.join, "outer", "group:middle")

    for group in ("inner", "outer"):
        with pytest.raises(Invalid, match="never within itself"):
            await doing(house, seating.join, "inner", f"group:{group}")
    with pytest.raises(Invalid, match="no user's login and no group"):
        await doing(house, seating.join, "inner", "nobody")

    await doing(house, seating.leave, "inner", "dora")
    with pytest.raises(NotFound):
        await doing(house, seating.leave, "inner", "dora")
    assert await looking(house, seating.members, "inner") == []


async def test_who_is_removed_is_in_no_group_any_more(house):
    await a_user(house)
    await a_group(house, "designers")
    await a_group(house, "all")
    await doing(house, seating.join, "designers", "dora")
    await doing(house, seating.join, "all", "group:designers")

    await doing(house, enrolling.remove, "dora")
    await doing(house, directing.remove, Kind.GROUP, "designers")

    assert await looking(house, seating.members, "designers") == []
    assert await looking(house, seating.members, "all") == []


async def test_changes_that_credentials_depend_on_move_the_epoch_and_others_do_not(house):
    await an_account(house)
    await a_user(house)
    moved = []
    for verb, *given in (
        (directing.change, Kind.ACCOUNT, "acc", PrincipalChange("Renamed")),
        (enrolling.change, "dora", PersonChange(name="Renamed")),
        (seating.give_role, "dora", Kind.ACCOUNT, "acc", Access.READ),
        (seating.take_role, "dora", Kind.ACCOUNT, "acc"),
        (issuing.issue, NewCredential("token", "dora"), "a-secret-0123456789"),
        (equipping.equip, "gate", "applied", "{}", ["custom-ruleset"]),
        (equipping.equip, "gate", "applied", "{}", ["custom-ruleset"]),
        (equipping.dismiss, "gate"),
    ):
        before = await epoch(house)
        await doing(house, verb, *given)
        moved.append(await epoch(house) > before)

    assert moved == [False, True, True, True, True, True, False, True]


async def test_each_change_leaves_an_event_without_secrets(house):
    actor = await a_user(house)
    await an_account(house)
    await doing(house, seating.give_role, "dora", Kind.ACCOUNT, "acc", Access.EDIT)
    token = await doing(house, issuing.issue, NewCredential("token", "dora"), "a-secret-0123456789")
    await doing(house, issuing.revoke, "token", token.public_id)

    events = await rows_of(house, EVENTS)

    assert [what for what, _, _ in events] == [
        "principal.added",
        "principal.added",
        "role.given",
        "credential.issued",
        "credential.revoked",
    ]
    assert json.loads(events[2][2]) == {
        "user": actor.public_id,
        "kind": "account",
        "id": "acc",
        "access": "edit",
    }
    assert "a-secret" not in repr(events)


async def test_a_token_is_revoked_once_and_stays_revoked(house, clock):
    await a_user(house)
    token = await doing(house, issuing.issue, NewCredential("token", "dora"), "a-secret-0123456789")
    first = await doing(house, issuing.revoke, "token", token.public_id)
    clock.pass_s(5)

    again = await doing(house, issuing.revoke, "token", token.public_id)

    assert again.revoked_at == first.revoked_at == clock.now - 5_000_000
    with pytest.raises(NotFound):
        await doing(house, issuing.revoke, "key", token.public_id)


async def test_two_credentials_never_share_a_secret(house):
    await a_user(house)
    await doing(house, issuing.issue, NewCredential("token", "dora"), "a-secret-0123456789")

    with pytest.raises(Taken, match="secret is in use"):
        await doing(house, issuing.issue, NewCredential("token", "dora"), "a-secret-0123456789")
    await doing(house, issuing.issue, NewCredential("key", "dora"), "a-secret-0123456789")


async def test_a_list_of_credentials_costs_the_same_however_many_there_are(house):
    await a_user(house)

    async def listed():
        before = house.database.statements

        async def job(work):
            found = await issuing.page(work, "token", 0, 100)
            return len(found), len(await issuing.scopes(work, found))

        return await house.read(None, job), house.database.statements - before

    (few, _), cost = await listed()
    for at in range(3):
        await doing(house, issuing.issue, NewCredential("token", "dora"), f"a-secret-{at}")
    (many, _), cost_of_many = await listed()

    assert (few, many) == (0, 3)
    assert cost == cost_of_many


async def test_generated_secrets_are_256_random_bits():
    assert len({issuing.new_secret() for _ in range(100)}) == 100
    assert len(bytes.fromhex(issuing.new_secret())) == 32


async def test_a_kind_of_resource_is_carried_by_one_provider(house):
    await doing(house, equipping.equip, "gate", "applied", '{"delay_s":0}', ["custom-ruleset"])

    with pytest.raises(Taken, match="carried by provider gate"):
        await doing(house, equipping.equip, "other", "applied", "{}", ["custom-ruleset"])
    with pytest.raises(Invalid):
        await doing(house, equipping.equip, "gate", "applied", '{"delay_s":-1}', ["custom-ruleset"])

    assert [row.name for row in await looking(house, equipping.page)] == ["gate"]
