"""One function decides what somebody may do with a node, and says the same as a slow and obvious model."""

import secrets
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from polyshare.domain.access import Held, not_expired, opens
from polyshare.domain.delivery import Consent, Delivery
from polyshare.domain.errors import Hidden, Insufficient, NotFound
from polyshare.domain.permissions import Permission
from polyshare.domain.principals import Kind, Status
from polyshare.engine.tree import access
from polyshare.store.directory import principals
from polyshare.store.statements import statement
from tests.house import NOON
from tests.trees import Trees

VIEW, DOWNLOAD, EDIT, MANAGE = Permission.VIEW, Permission.DOWNLOAD, Permission.EDIT, Permission.MANAGE
IN_PLACE = Held(Consent.GIVEN, Delivery.DELIVERED, 1, (None, None, None), active=True, trashed=False)


@pytest.fixture
async def trees(house):
    """An empty house for trees."""
    return Trees(house)


@pytest.fixture
async def ann(trees):
    """Who owns the drive."""
    return await trees.person("ann")


@pytest.fixture
async def bob(trees):
    """With whom things are shared."""
    return await trees.person("bob")


@pytest.fixture
async def home(trees, ann):
    """Ann's drive and its root."""
    return await trees.drive(ann)


async def a_chain(trees, home, depth):
    """Folders one in another below the root, outermost first."""
    drive, at = home
    made = []
    for _ in range(depth):
        at = await trees.node(drive, at)
        made.append(at)
    return made


async def test_the_owner_may_do_everything_and_sees_everything_above(trees, ann, home):
    [folder] = await a_chain(trees, home, 1)

    root, below = await trees.reach(ann, home[1]), await trees.reach(ann, folder)

    assert (root.owner, root.permissions, root.top) == (True, MANAGE.closed, True)
    assert (below.owner, below.permissions, below.top) == (True, MANAGE.closed, False)
    assert below.node.owner == ann


async def test_a_stranger_is_told_a_node_is_hidden_and_everybody_that_an_unknown_one_is_not_there(
    trees, ann, bob, home
):
    with pytest.raises(Hidden):
        await trees.reach(bob, home[1])
    with pytest.raises(NotFound) as unknown:
        await trees.reach(ann, 7)

    assert unknown.type is NotFound
    assert unknown.value.what == "item"


async def test_a_share_covers_everything_below_and_nothing_above(trees, ann, bob, home):
    upper, shared, lower = await a_chain(trees, home, 3)
    await trees.grant(shared, ann, bob, EDIT)

    assert (await trees.reach(bob, shared)).top
    assert (await trees.reach(bob, lower)).permissions == EDIT.closed
    assert not (await trees.reach(bob, lower)).top
    with pytest.raises(Hidden):
        await trees.reach(bob, upper)


async def test_a_lower_direct_share_takes_nothing_away(trees, ann, bob, home):
    upper, lower = await a_chain(trees, home, 2)
    await trees.grant(upper, ann, bob, MANAGE)
    await trees.grant(lower, ann, bob, VIEW)

    assert (await trees.reach(bob, lower)).permissions == MANAGE.closed


async def test_a_group_in_a_group_opens_and_a_ring_of_groups_ends(trees, ann, bob, home):
    [folder] = await a_chain(trees, home, 1)
    inner = await trees.group("inner", bob)
    outer = await trees.group("outer", inner)
    await trees.join(inner, outer)
    await trees.grant(folder, ann, outer, DOWNLOAD)

    assert (await trees.reach(bob, folder)).permissions == DOWNLOAD.closed


async def test_a_group_that_is_not_active_lends_nothing_even_on_the_way(trees, ann, bob, home):
    [folder] = await a_chain(trees, home, 1)
    inner = await trees.group("inner", bob, status=Status.INACTIVE)
    outer = await trees.group("outer", inner)
    await trees.grant(folder, ann, outer, DOWNLOAD)

    with pytest.raises(Hidden):
        await trees.reach(bob, folder)


async def test_what_lies_in_the_trash_is_not_there_but_for_its_owner_who_asks_for_it(trees, ann, bob, home):
    upper, lower = await a_chain(trees, home, 2)
    await trees.grant(lower, ann, bob, MANAGE)
    await trees.trash(upper)

    for person in (ann, bob):
        with pytest.raises(NotFound) as gone:
            await trees.reach(person, lower)
        assert gone.type is NotFound
    with pytest.raises(NotFound):
        await trees.reach(bob, lower, in_trash=True)
    assert (await trees.reach(ann, lower, in_trash=True)).owner


async def test_a_link_gives_what_it_gives_whoever_comes_by_it(trees, ann, home):
    upper, shared, lower = await a_chain(trees, home, 3)
    link = await trees.link(shared, DOWNLOAD)

    by_owner, by_nobody = (
        await trees.reach(ann, lower, link=link),
        await trees.reach(None, shared, link=link),
    )

    assert (by_owner.owner, by_owner.permissions, by_owner.top) == (False, DOWNLOAD.closed, False)
    assert (by_nobody.permissions, by_nobody.top) == (DOWNLOAD.closed, True)
    with pytest.raises(Hidden):
        await trees.reach(ann, upper, link=link)


async def test_a_link_ends_in_the_microsecond_that_it_names(trees, home, clock):
    link = await trees.link(home[1], expires_at=clock.now + 1)

    assert (await trees.reach(None, home[1], link=link)).permissions == VIEW
    clock.now += 1
    with pytest.raises(Hidden):
        await trees.reach(None, home[1], link=link)


async def test_by_a_grant_only_what_that_one_gives_counts(trees, ann, bob, home):
    upper, shared, lower = await a_chain(trees, home, 3)
    await trees.grant(upper, ann, bob, MANAGE)
    grant = await grant_of(trees, await trees.grant(shared, ann, bob, DOWNLOAD))

    at, below = await trees.reach(bob, shared, via=grant), await trees.reach(bob, lower, via=grant)

    assert (at.owner, at.permissions, at.top) == (False, DOWNLOAD.closed, True)
    assert (below.owner, below.permissions, below.top) == (False, DOWNLOAD.closed, False)
    with pytest.raises(Hidden):
        await trees.reach(bob, upper, via=grant)


async def test_a_grant_is_a_way_in_for_its_holder_alone(trees, ann, bob, home):
    [shared] = await a_chain(trees, home, 1)
    grant = await grant_of(trees, await trees.grant(shared, ann, bob, EDIT))
    team = await trees.group("team", bob)
    lent = await grant_of(trees, await trees.grant(shared, ann, team, EDIT))

    for person, via in ((ann, grant), (None, grant), (bob, lent), (bob, 7)):
        with pytest.raises(Hidden):
            await trees.reach(person, shared, via=via)


@pytest.mark.parametrize(("role", "leads"), [("PI", True), ("ADMIN", True), ("USER", False)])
async def test_who_leads_a_project_owns_what_lies_in_its_drives(trees, ann, bob, role, leads):
    project = await a_project(trees, ann, role)
    drive, root = await trees.drive(project)
    folder = await trees.node(drive, root)

    if leads:
        reached = await trees.reach(ann, folder)
        assert (reached.owner, reached.permissions) == (True, MANAGE.closed)
    else:
        with pytest.raises(Hidden):
            await trees.reach(ann, folder)
    with pytest.raises(Hidden):
        await trees.reach(bob, folder)


@pytest.mark.parametrize("who", ["project", "person"])
async def test_nobody_leads_what_is_not_active_or_leads_without_being(trees, ann, who):
    project = await a_project(trees, ann, "PI")
    _, root = await trees.drive(project)

    await trees.set_status(project if who == "project" else ann, Status.INACTIVE)

    with pytest.raises(Hidden):
        await trees.reach(ann, root)


async def a_project(trees, person, role):
    """A project with one member; its id."""

    async def job(work):
        id_ = work.new_id()
        await work.rows.run(
            principals.ADD,
            id=id_,
            kind=Kind.PROJECT.value,
            public_id="proj-1",
            name="Project",
            status=Status.ACTIVE.value,
            organization=None,
            now=work.now,
        )
        await work.rows.run(ADD_PROJECT_MEMBER, project=id_, person=person, role=role)
        return id_

    return await trees.house.write(None, job)


async def grant_of(trees, share):
    """The id of a share's one grant."""
    return (await trees.house.database.read(lambda rows: rows.one(GRANT_OF, share=share)))[0]


GRANT_OF = statement("test.grant_of", "select id from share_grant where share = :share")
ADD_PROJECT_MEMBER = statement(
    "test.add_project_member",
    "insert into project_member (project, person, role) values (:project, :person, :role)",
)


async def test_too_little_is_insufficient_and_only_the_owner_owns(trees, ann, bob, home):
    [folder] = await a_chain(trees, home, 1)
    await trees.grant(folder, ann, bob, DOWNLOAD)

    async def need(permission):
        return await trees.house.read(None, lambda work: access.need(work, bob, folder, permission))

    assert (await need(VIEW)).permissions == DOWNLOAD.closed
    with pytest.raises(Insufficient):
        await need(EDIT)
    with pytest.raises(Insufficient):
        await access.own(await need(VIEW))


@pytest.mark.parametrize(
    "differing",
    [
        {"consent": Consent.AWAITED},
        {"consent": Consent.REFUSED},
        {"joined_at": None},
        {"delivery": Delivery.RECALLED},
        {"delivery": Delivery.WITHDRAWN},
        {"leaving": (1, None, None)},
        {"leaving": (None, 1, None)},
        {"leaving": (None, None, 1)},
        {"active": False},
        {"trashed": True},
        {"expires_at": 10},
    ],
)
def test_whatever_is_amiss_alone_keeps_a_grant_shut(differing):
    assert opens(IN_PLACE, 10)
    assert not opens(replace(IN_PLACE, **differing), 10)


async def test_the_answer_costs_one_statement_however_deep_and_shared(trees, ann, bob, home):
    chain = await a_chain(trees, home, 30)
    for number, folder in enumerate(chain):
        await trees.grant(folder, ann, bob, VIEW)
        await trees.grant(folder, ann, await trees.group(f"group-{number}", bob), EDIT)
    before = trees.house.database.statements

    await trees.reach(bob, chain[-1])

    assert trees.house.database.statements - before == 1


# A model that walks everything, one step after another.

PEOPLE, GROUPS, NODES = 3, 3, 8
STATUSES = st.sampled_from([Status.ACTIVE, Status.ACTIVE, Status.ACTIVE, Status.INACTIVE, Status.DELETED])


@dataclass(frozen=True)
class Given:
    """A share of one node with one principal: people first, groups after them."""

    node: int
    principal: int
    permissions: Permission
    held: Held


@dataclass(frozen=True)
class Plan:
    """
    A world by small numbers.

    Attributes:
        parents: Of each node but the root, which is node 0; a parent always has a lower number.
        moves: Node and new parent, one after the other.
        members: Group and member, people and groups alike.
        links: Node, permissions and expiry.
    """

    parents: list[int]
    moves: list[tuple[int, int]]
    trashed: set[int]
    statuses: list[Status]
    members: set[tuple[int, int]]
    given: list[Given]
    links: list[tuple[int, Permission, int | None]]
    above: dict[int, int | None] = field(default_factory=dict)

    def line(self, node):
        """The node and everything above it."""
        while node is not None:
            yield node
            node = self.above[node]


def holds(plan, person, principal, seen=()):
    """Whether a person is that principal or in it, every one on the way being active."""
    if plan.statuses[principal] is not Status.ACTIVE:
        return False
    if person == principal:
        return True
    inside = [member for group, member in plan.members if group == principal and member not in seen]
    return any(holds(plan, person, member, (*seen, principal)) for member in inside)


def modelled(plan, person, node, now):
    """What the model says: None for what is not there, else permissions, ownership and whether it is at the top."""
    line = list(plan.line(node))
    if any(one in plan.trashed for one in line):
        return None
    if person == 0 and plan.statuses[0] is Status.ACTIVE:
        return MANAGE.closed, True, plan.above[node] is None
    given = [
        (one.node, one.permissions.closed)
        for one in plan.given
        if one.node in line and opens(replace(one.held, active=holds(plan, person, one.principal)), now)
    ]
    union = Permission(0)
    for _, permissions in given:
        union |= permissions
    return union, False, not any(at != node for at, _ in given)


def modelled_by_link(plan, link, node, now):
    """The same for who comes by a link."""
    at, permissions, expires_at = link
    line = list(plan.line(node))
    if any(one in plan.trashed for one in line):
        return None
    opened = at in line and not_expired(expires_at, now)
    return permissions.closed if opened else Permission(0), False, not opened or at == node


def modelled_by_grant(plan, given, person, node, now):
    """The same for who comes by one grant."""
    line = list(plan.line(node))
    if any(one in plan.trashed for one in line):
        return None
    active = person == given.principal and plan.statuses[person] is Status.ACTIVE
    opened = given.node in line and opens(replace(given.held, active=active), now)
    permissions = given.permissions.closed if opened else Permission(0)
    return permissions, False, not opened or given.node == node


@st.composite
def plans(draw):
    """Worlds in which every rule of access may matter."""
    numbers = range(1, NODES)
    parents = [draw(st.integers(0, number - 1)) for number in numbers]
    above: dict[int, int | None] = {0: None} | dict(zip(numbers, parents, strict=True))
    plan = Plan(
        parents,
        [],
        draw(st.sets(st.sampled_from(numbers), max_size=1)),
        [draw(STATUSES) for _ in range(PEOPLE + GROUPS)],
        draw(
            st.sets(
                st.tuples(st.integers(PEOPLE, PEOPLE + GROUPS - 1), st.integers(0, PEOPLE + GROUPS - 1)),
                max_size=7,
            )
        ),
        [],
        draw(
            st.lists(
                st.tuples(
                    st.integers(0, NODES - 1),
                    permission_sets,
                    st.sampled_from([None, NOON - 5, NOON, NOON + 5]),
                ),
                min_size=1,
                max_size=2,
            )
        ),
        above,
    )
    for _ in range(draw(st.integers(0, 3))):
        node, parent = draw(st.sampled_from(numbers)), draw(st.integers(0, NODES - 1))
        if node not in plan.line(parent):
            plan.moves.append((node, parent))
            above[node] = parent
    maybe = st.sampled_from([None, None, None, 1])
    for _ in range(draw(st.integers(1, 6))):
        held = Held(
            draw(st.sampled_from([Consent.GIVEN, Consent.GIVEN, *Consent])),
            draw(st.sampled_from([Delivery.DELIVERED, Delivery.DELIVERED, *Delivery])),
            draw(st.sampled_from([1, 1, None])),
            (draw(maybe), draw(maybe), draw(maybe)),
            active=True,
            trashed=False,
        )
        node, principal = draw(st.integers(0, NODES - 1)), draw(st.integers(1, PEOPLE + GROUPS - 1))
        plan.given.append(Given(node, principal, draw(permission_sets), held))
    return plan


permission_sets = st.integers(1, 15).map(Permission)


async def lay(trees, plan):
    """Write a plan's rows; ids of its principals, nodes, links and grants."""
    name = secrets.token_hex(8)
    principals = [await trees.person(f"{name}-{n}") for n in range(PEOPLE)]
    principals += [await trees.group(f"{name}-group-{n}") for n in range(GROUPS)]
    for group, member in plan.members:
        await trees.join(principals[group], principals[member])
    drive, root = await trees.drive(principals[0])
    nodes = [root]
    for parent in plan.parents:
        nodes.append(await trees.node(drive, nodes[parent]))
    grants = []
    for one in plan.given:
        held = one.held
        share = await trees.grant(
            nodes[one.node],
            principals[0],
            principals[one.principal],
            one.permissions,
            consent=held.consent,
            delivery=held.delivery,
            joined_at=held.joined_at,
            leaving=held.leaving,
        )
        grants.append(await grant_of(trees, share))
    links = [await trees.link(nodes[at], permissions, expires) for at, permissions, expires in plan.links]
    for node, parent in plan.moves:
        await trees.move(nodes[node], nodes[parent])
    for node in plan.trashed:
        await trees.trash(nodes[node])
    for number, status in enumerate(plan.statuses):
        await trees.set_status(principals[number], status)
    return principals, nodes, links, grants


async def answer(trees, person, node, **by):
    """What the function says, in the model's words."""
    try:
        reached = await trees.reach(person, node, **by)
    except Hidden:
        return Permission(0), False, True
    except NotFound:
        return None
    return reached.permissions, reached.owner, reached.top


@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(plan=plans())
async def test_the_answer_is_that_of_a_slow_model(plan, trees, clock):
    principals, nodes, links, grants = await lay(trees, plan)

    for number, node in enumerate(nodes):
        for person in range(PEOPLE):
            expected = modelled(plan, person, number, clock.now)
            assert await answer(trees, principals[person], node) == expected, (person, number)
        for link, known in zip(plan.links, links, strict=True):
            expected = modelled_by_link(plan, link, number, clock.now)
            assert await answer(trees, None, node, link=known) == expected, (link, number)
        for one, known in zip(plan.given, grants, strict=True):
            for person in range(PEOPLE):
                expected = modelled_by_grant(plan, one, person, number, clock.now)
                assert await answer(trees, principals[person], node, via=known) == expected, (one, person)
