"""World files: projects, products, who may use them, drives wherever they lie, and refresh tokens."""

import pytest

from polyshare.domain.drives import DriveFilter, DriveOrder
from polyshare.domain.principals import Kind
from polyshare.domain.projects import Part
from polyshare.domain.views import Sorting, Window
from polyshare.engine.credentials import refreshing
from polyshare.engine.directory import directing, enrolling, products, projecting
from polyshare.engine.keepers import equipping, providing
from polyshare.engine.tree import driving, filing
from polyshare.engine.worlds import loading
from polyshare.engine.worlds.world import read_world
from polyshare.store.tree import drives, remote_drives
from tests.engine.test_world import EXAMPLE, doing, looking, refusal, world
from tests.engine.tokens import a_key

__all__ = ["world"]

STORAGE = """
[[users]]
login = "alice"
name = "Alice"
[[projects]]
id = "proj-1"
title = "A project"
members = { alice = "PI" }
[[providers]]
id = "example"
kind = "files"
refresh_token = "example-refresh-0123456789"
[[products]]
id = "ssd"
category = "fast"
provider = "example"
[[refresh_tokens]]
token = "alice-refresh-0123456789"
user = "alice"
"""
AWAY = """
[[providers]]
id = "away"
kind = "ucloud"
url = "https://files.example.com"
private_key = { env = "OURS" }
[[products]]
id = "tape"
category = "slow"
provider = "away"
free = true
"""
OURS = {"OURS": a_key().as_pem(private=True).decode()}
ON_SSD = 'product = { id = "ssd", category = "fast", provider = "example" }'
ON_AWAY = 'product = { id = "tape", category = "slow", provider = "away" }'


async def loaded(house, path):
    return await loading.load_world(house, read_world(path), environment=OURS)


async def usable_by(house, login):
    async def job(work):
        person = await enrolling.show(work, login)
        return {str(one.ref): one.balance for one in await products.usable(work, person.id)}

    return await house.read(None, job)


async def test_the_examples_projects_products_and_refresh_tokens_are_there(house):
    await loading.load(house, EXAMPLE)

    members = await looking(house, projecting.members, "proj-1")
    assert [(one.login, one.part) for one in members] == [("alice", Part.PI), ("bob", Part.USER)]
    held = await looking(house, refreshing.holder, "alice-refresh-0123456789abcdef0123456789ab")
    assert (held.person.login, [one.public_id for one in held.projects]) == ("alice", ["proj-1"])
    assert await usable_by(house, "carol") == {"example/example-ssd/example-ssd": None}
    [product] = [row.product for row in await looking(house, products.page)]
    assert (product.description, product.unit, product.charge_type, product.price) == (
        "Example storage",
        "PER_UNIT",
        "DIFFERENTIAL_QUOTA",
        1,
    )


async def test_an_allocation_is_a_users_or_a_projects_and_changes_with_the_file(house, world):
    def with_balance(balance):
        return world(
            f'{STORAGE}[[allocations]]\nproduct = "ssd"\nuser = "alice"\nbalance = {balance}\n'
            '[[allocations]]\nproduct = "ssd"\nproject = "proj-1"\nbalance = 7\n'
        )

    first = await loaded(house, with_balance(1000))
    second = await loaded(house, with_balance(5))
    third = await loaded(house, with_balance(5))

    assert "allocation of example/fast/ssd to alice: added" in first.changes
    assert second.changes == ["allocation of example/fast/ssd to alice: changed"]
    assert third.changes == []
    assert (await usable_by(house, "alice"))["example/fast/ssd"] == 5


async def test_a_drive_is_of_a_product_or_of_the_house(house, world):
    drive = '[[drives]]\nid = 5\ntitle = "D"\nowner = "alice"\n'
    await loaded(house, world(STORAGE + drive))
    [product] = await looking(house, products.page)

    async def product_of(work):
        return await drives.product_of(work.rows, 5)

    assert await house.read(None, product_of) is None
    second = await loaded(house, world(STORAGE + drive + ON_SSD))
    third = await loaded(house, world(STORAGE + drive))

    assert (second.changes, third.changes) == (["drive 5: changed"], [])
    assert await house.read(None, product_of) == product.id


async def test_a_drive_of_a_project_is_led_by_who_administers_it(house, world):
    text = f'{STORAGE}[[drives]]\nid = 5\ntitle = "D"\nproject = "proj-1"\n[[folders]]\npath = "/5/a"\n'

    first, second = await loaded(house, world(text)), await loaded(house, world(text))

    assert "drive 5: added" in first.changes
    assert second.changes == []
    alice = await looking(house, enrolling.show, "alice")
    project = await looking(house, directing.show, Kind.PROJECT, "proj-1")
    for where, found in ((None, []), (project.id, [5])):

        async def listed(work, where=where):
            rows, _ = await driving.page(
                work, alice.id, where, DriveFilter(), Sorting(DriveOrder.TITLE), Window(0, 10)
            )
            return [one.id for one in rows]

        assert await house.read(None, listed) == found


async def test_a_drive_of_a_provider_elsewhere_is_known_and_lies_there(house, world):
    def at(title, more=""):
        return world(
            f'{STORAGE}{AWAY}[[drives]]\nid = 5\ntitle = "{title}"\nowner = "alice"\n{ON_AWAY}\n{more}'
        )

    first = await loaded(house, at("D", 'ref = "their-5"'))
    second = await loaded(house, at("D"))
    third = await loaded(house, at("E"))

    assert "drive 5: added" in first.changes
    assert (second.changes, third.changes) == ([], ["drive 5: changed"])

    async def known(work):
        return await remote_drives.one(work.rows, "away", 5), await drives.one(work.rows, 5)

    found, ours = await house.read(None, known)
    assert ours is None
    assert (found.owner, found.title, found.ref) == ("alice", "E", "their-5")
    added = await doing(house, filing.add_drive, (await looking(house, enrolling.show, "alice")).id, "Next")
    assert added.id == 6


async def test_a_providers_key_may_stand_elsewhere_and_its_refresh_token_is_kept_as_a_hash(house, world):
    await loaded(house, world(STORAGE + AWAY))

    kept = await looking(house, equipping.show, "example")
    assert "refresh" not in kept.settings
    held = await looking(house, refreshing.holder, "example-refresh-0123456789")
    assert held.provider == "example"
    assert "PRIVATE" not in providing.shown("ucloud", (await looking(house, equipping.show, "away")).settings)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[projects]]\nid = "p"\ntitle = "P"\nmembers = { nobody = "PI" }', "key members.nobody"),
        ('[[projects]]\nid = "p"\ntitle = "P"\nmembers = { alice = "BOSS" }', "PI or ADMIN or USER"),
        ('[[products]]\nid = "x"\ncategory = "c"\nprovider = "nobody"', "key provider: there is no provider"),
        ('[[products]]\nid = "storage"\ncategory = "storage"\nprovider = "polyshare"', "key provider"),
        ('[[products]]\nid = "share"\ncategory = "c"\nprovider = "example"', "key id"),
        (
            '[[products]]\nid = "x"\ncategory = "c"\nprovider = "example"\nunit = "PER_SMILE"',
            "use PER_UNIT or",
        ),
        ('[[allocations]]\nproduct = "x"\nuser = "alice"\nbalance = 1', "key product"),
        ('[[allocations]]\nproduct = "ssd"\nuser = "nobody"\nbalance = 1', "key user"),
        ('[[allocations]]\nproduct = "ssd"\nproject = "nothing"\nbalance = 1', "key project"),
        ('[[allocations]]\nproduct = "ssd"\nbalance = 1', "exactly one of these keys: user, project"),
        ('[[refresh_tokens]]\ntoken = "alice-refresh-0123456789"\nprovider = "example"', "somebody else"),
        ('[[refresh_tokens]]\ntoken = "other-refresh-0123456789"\nuser = "nobody"', "key user"),
        ('[[refresh_tokens]]\ntoken = "other-refresh-0123456789"\nprovider = "nobody"', "key provider"),
        ('[[refresh_tokens]]\ntoken = "short"\nuser = "alice"', "key token"),
        ('[[drives]]\nid = 5\ntitle = "D"', "exactly one of these keys: owner, project"),
        ('[[drives]]\nid = 5\ntitle = "D"\nproject = "nothing"', "key project"),
        ('[[drives]]\nid = 5\ntitle = "D"\nowner = "nobody"', "key owner"),
        (
            '[[drives]]\nid = 5\ntitle = "D"\nowner = "alice"\n'
            'product = { id = "x", category = "c", provider = "example" }',
            "key product: there is no product",
        ),
        (f'[[drives]]\nid = 5\ntitle = "D"\nowner = "alice"\nref = "r"\n{ON_SSD}', "key ref"),
        (f'[[drives]]\nid = 5\ntitle = "D"\nowner = "alice"\ndevice = "d"\n{ON_AWAY}', "key device"),
        ('[[providers]]\nid = "u"\nkind = "ucloud"\nurl = "https://a.example"', "key private_key"),
        (
            '[[providers]]\nid = "u"\nkind = "ucloud"\nurl = "https://a.example"\nprivate_key = "x"',
            "key private_key",
        ),
        ('[[providers]]\nid = "example"\nkind = "files"\npublic_key = "x"', "key public_key"),
    ],
)
async def test_what_storage_could_not_be_is_refused_with_its_key(house, world, text, said):
    await loaded(house, world(STORAGE + AWAY))

    message = await refusal(house, world(f"{STORAGE}{AWAY}{text}\n"), environment=OURS)

    assert said in message


async def test_products_of_one_name_are_told_apart(house, world):
    more = STORAGE + AWAY + '[[products]]\nid = "ssd"\ncategory = "slow"\nprovider = "away"\n'
    await loaded(house, world(more))
    given = '[[allocations]]\nproduct = "ssd"\nuser = "alice"\nbalance = 1\n'

    message = await refusal(house, world(more + given), environment=OURS)
    assert "name category and provider too" in message
    report = await loaded(house, world(f'{more}{given}provider = "example"\n'))

    assert report.changes == ["allocation of example/fast/ssd to alice: added"]


async def test_a_drive_stays_where_and_whose_it_is(house, world):
    drive = '[[drives]]\nid = {id}\ntitle = "D"\nowner = "alice"\n{of}\n'
    both = drive.format(id=5, of=ON_SSD) + drive.format(id=6, of=ON_AWAY)
    await loaded(house, world(STORAGE + AWAY + both))

    for id_, of, said in (
        (5, ON_AWAY, "in our own tree"),
        (6, ON_SSD, "lies at its provider"),
        (6, "", "lies at its provider"),
    ):
        text = STORAGE + AWAY + drive.format(id=id_, of=of)
        assert said in await refusal(house, world(text), environment=OURS)
    others = '[[users]]\nlogin = "bob"\nname = "Bob"\n'
    for id_, of in ((5, ON_SSD), (6, ON_AWAY)):
        text = STORAGE + AWAY + others + drive.format(id=id_, of=of).replace("alice", "bob")
        assert "key owner" in await refusal(house, world(text), environment=OURS)
