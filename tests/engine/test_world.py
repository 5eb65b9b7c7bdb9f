"""World files: what they make, that making them twice changes nothing, and what is refused with which line."""

from pathlib import Path

import pytest

from polyshare.domain.directory import PersonChange
from polyshare.domain.errors import UnknownCredential
from polyshare.domain.principals import Access, Kind, Status
from polyshare.domain.views import Order, ShareFilter, Side, Wanted, Window
from polyshare.engine.credentials import issuing
from polyshare.engine.credentials.admitting import identify, seat
from polyshare.engine.directory import directing, enrolling, seating
from polyshare.engine.sharing import listing
from polyshare.engine.worlds import loading
from polyshare.engine.worlds.world import WrongWorld, read_world
from polyshare.store.directory import principals
from polyshare.store.statements import statement

EXAMPLE = Path(__file__).parents[2] / "examples" / "world.toml"
ACCOUNT_A = "023e105f4ecef8ad9ca31a8372d0c353"
ACCOUNT_B = "0000000000000000000000000000000b"
TABLES = (
    *("principal", "person", "principal_alias", "group_member", "acting", "credential", "credential_scope"),
    "client",
    *(
        "provider",
        "provider_kind",
        "share",
        "item",
        "share_grant",
        "cell",
        "listing",
        "tally",
        "event",
        "realignment",
        "product",
        "allocation",
        "project_member",
        "provider_token",
        "drive",
        "remote_drive",
    ),
)
ALL_OF = {name: statement(f"all of {name}", f"select * from {name}") for name in TABLES}
EVENTS = statement("events", "select count(*) from event")


@pytest.fixture
def world(tmp_path):
    """Call it with the text of a world file; returns where it is."""

    def write(text):
        path = tmp_path / "world.toml"
        path.write_text(text)
        return path

    return write


async def everything(house):
    async def job(rows):
        return {name: sorted(map(repr, map(tuple, await rows.all(each)))) for name, each in ALL_OF.items()}

    return await house.database.read(job)


async def doing(house, verb, *given):
    async def job(work):
        return await verb(work, *given)

    return await directing.changing(house, None, job)


async def looking(house, verb, *given):
    async def job(work):
        return await verb(work, *given)

    return await house.read(None, job)


async def refusal(house, path, **options):
    before = await everything(house)
    with pytest.raises(WrongWorld) as caught:
        await loading.load_world(house, read_world(path), **options)
    assert "\n" not in caught.value.message
    assert caught.value.message.startswith(str(path))
    assert await everything(house) == before
    return caught.value.message


async def test_the_example_makes_what_it_says(house):
    report = await loading.load(house, EXAMPLE)

    alice = await identify(house, "token", "alice-edit-token-0123456789abcdef0123456789")
    reader = await identify(house, "token", "alice-read-token-0123456789abcdef0123456789")
    admin = await identify(house, "token", "admin-token-0123456789abcdef0123456789abcd")
    by_key = await identify(house, "key", "144c9defac04969c7bfad8efaa8ea194", "Alice@example.com")

    assert (alice.login, reader.cap, admin.administrator, by_key.id) == ("alice", Access.READ, True, alice.id)
    with pytest.raises(UnknownCredential):
        await identify(house, "token", "narrow-token-0123456789abcdef0123456789abc")
    assert report.secrets == {}
    assert "user alice: added" in report.changes
    roles = await looking(house, seating.roles, "alice")
    assert [(role.public_id, role.access) for role in roles] == [(ACCOUNT_A, Access.EDIT)]
    designers = await looking(house, seating.members, "everyone-in-design")
    assert {(one.kind, one.login or one.public_id) for one in designers} == {
        (Kind.USER, "carol"),
        (Kind.GROUP, "designers"),
    }
    gone = await looking(house, enrolling.show, "gone")
    assert gone.status is Status.DELETED
    person = await looking(house, enrolling.show, "alice")
    assert (await looking(house, enrolling.aliases, person))["mycloud"] == "auth0|582641749a46021f65565df0"


async def test_the_examples_share_is_there_and_carried_out(house):
    await loading.load(house, EXAMPLE)
    bob = await identify(house, "token", "bob-token-0123456789abcdef0123456789abcdef")

    async def received(work):
        taken = await seat(work, Kind.ACCOUNT, ACCOUNT_B, Access.READ)
        wanted = Wanted(items=True, counts=True)
        return await listing.shares(work, taken, ShareFilter(side=Side.RECEIVED), Order(), Window(), wanted)

    found = await house.read(bob, received)

    assert found.total == 1
    seen = found.rows[0]
    assert (seen.share.public_id, seen.share.name, seen.owner) == (
        "3fd85f74b32742f1bff64a85009dda07",
        "Baseline rules",
        ACCOUNT_A,
    )
    assert [one.item.public_id for one in seen.items] == [ACCOUNT_A, "0000000000000000000000000000000e"]


async def test_loading_twice_changes_nothing(house, clock):
    await loading.load(house, EXAMPLE)
    before = await everything(house)
    clock.pass_s(60)

    report = await loading.load(house, EXAMPLE)

    assert report.changes == []
    assert await everything(house) == before


async def test_a_dry_run_says_what_would_change_and_changes_nothing(house):
    before = await everything(house)

    report = await loading.load(house, EXAMPLE, dry_run=True)

    assert f"account {ACCOUNT_A}: added" in report.changes
    assert await everything(house) == before


async def test_what_is_there_is_brought_in_line_and_the_rest_left_alone(house, world):
    await loading.load(house, EXAMPLE)
    await doing(house, enrolling.change, "bob", PersonChange(name="Robert"))

    report = await loading.load(
        house, world('[[users]]\nlogin = "alice"\nname = "Alice Smith"\nadministrator = true\n')
    )

    assert report.changes == ["user alice: changed"]
    alice = await looking(house, enrolling.show, "alice")
    assert (alice.name, alice.email, alice.administrator) == ("Alice Smith", "alice@example.com", True)
    assert (await looking(house, enrolling.show, "bob")).name == "Robert"


async def test_a_token_that_was_revoked_stays_so_when_its_world_is_loaded_again(house):
    await loading.load(house, EXAMPLE)
    secret = "bob-token-0123456789abcdef0123456789abcdef"
    bobs = await looking(house, issuing.with_secret, "token", secret)
    await doing(house, issuing.revoke, "token", bobs.public_id)

    await loading.load(house, EXAMPLE)

    with pytest.raises(UnknownCredential):
        await identify(house, "token", secret)


async def password_hash(house, login):
    async def job(rows):
        return {row[1]: row[4] for row in await rows.all(ALL_OF["person"])}[login]

    return await house.database.read(job)


async def test_a_world_keeps_the_last_active_administrator(house, world):
    await loading.load(house, world('[[users]]\nlogin = "root"\nname = "R"\nadministrator = true\n'))

    message = await refusal(house, world('[[users]]\nlogin = "root"\nname = "R"\nadministrator = false\n'))

    assert "[[users]] number 1" in message
    assert "last active administrator" in message


async def test_passwords_are_written_when_new_and_later_only_on_request(house, world):
    path = world('[[users]]\nlogin = "dora"\nname = "Dora"\npassword = "first-password"\n')
    await loading.load(house, path)
    first = await password_hash(house, "dora")
    assert first.startswith("$argon2id$")

    path = world('[[users]]\nlogin = "dora"\nname = "Dora"\npassword = { argon2 = "$argon2id$other" }\n')
    await loading.load(house, path)
    assert await password_hash(house, "dora") == first

    await loading.load(house, path, overwrite=True)
    assert await password_hash(house, "dora") == "$argon2id$other"


async def test_secrets_come_from_the_environment_and_from_files_too(house, world, tmp_path):
    (tmp_path / "token.txt").write_text("a-token-in-a-file-0001\n")
    path = world(
        '[[users]]\nlogin = "dora"\nname = "Dora"\n'
        '[[tokens]]\nuser = "dora"\ntoken = { env = "DORAS_TOKEN" }\n'
        '[[tokens]]\nuser = "dora"\ntoken = { file = "token.txt" }\n'
    )

    environment = {"DORAS_TOKEN": "a-token-in-a-variable-0001"}
    await loading.load_world(house, read_world(path), environment=environment)

    for secret in ("a-token-in-a-variable-0001", "a-token-in-a-file-0001"):
        assert (await identify(house, "token", secret)).login == "dora"
    assert "DORAS_TOKEN is not set" in await refusal(house, path, environment={})


async def test_what_is_left_out_is_generated_once(house, world):
    path = world(
        '[[accounts]]\nname = "Lab"\n[[users]]\nlogin = "dora"\nname = "Dora"\n[[tokens]]\nuser = "dora"\nname = "laptop"\n'
    )

    first = await loading.load(house, path)
    again = await loading.load(house, path)

    (secret,) = first.secrets.values()
    assert (await identify(house, "token", secret)).login == "dora"
    assert secret not in repr(first)
    assert (again.changes, again.secrets) == ([], {})


async def test_secrets_are_kept_as_hashes_only(house):
    await loading.load(house, EXAMPLE)

    kept = repr(await everything(house))

    for secret in ("alice-edit-token", "144c9defac04969c7bfad8efaa8ea194", "alice-password", "bob-password"):
        assert secret not in kept


@pytest.mark.parametrize(
    ("text", "place", "right"),
    [
        ('[[acounts]]\nname = "A"', "[[acounts]]", "did you mean accounts?"),
        ('[accounts]\nname = "A"', "[accounts]", "double brackets"),
        (
            '[[accounts]]\nname = "A"\n[[accounts]]\nnam = "B"',
            "[[accounts]] number 2, key nam",
            "did you mean name?",
        ),
        ("[[accounts]]\nname = 3", "[[accounts]] number 1, key name", "expected a string, got an integer"),
        ('[[accounts]]\nid = "a"', "[[accounts]] number 1, key name", "is missing"),
        ('[[accounts]]\nname = "A"\nid = "a/b"', "[[accounts]] number 1, key id", "use 1 to 32 letters"),
        (
            '[[organizations]]\nname = "A"\nid = "a.b"',
            "[[organizations]] number 1, key id",
            "1 to 32 letters",
        ),
        (
            '[[accounts]]\nname = "A"\norganization = "none"',
            "[[accounts]] number 1, key organization",
            "add it first",
        ),
        (
            '[[users]]\nlogin = "a"\nname = "A"\naccounts = { x = "write" }',
            "key accounts",
            "use read or edit",
        ),
        ('[[users]]\nlogin = "a"\nname = "A"\naccounts = { x = "edit" }', "key accounts.x", "no account"),
        ('[[users]]\nlogin = "a"\nname = "A"\nemail = "nowhere"', "key email", "name@example.com"),
        (
            '[[users]]\nlogin = "a"\nname = "A"\npassword = { enviroment = "X" }',
            "key password",
            '{ env = "NAME" }',
        ),
        (
            '[[users]]\nlogin = "a"\nname = "A"\npassword = { argon2 = "md5" }',
            "key password.argon2",
            "$argon2",
        ),
        ('[[groups]]\nname = "g"\nmembers = ["nobody"]', "[[groups]] number 1, key members.0", "group:name"),
        ('[[groups]]\nname = "g"\nmembers = ["group:g"]', "key members.0", "never within itself"),
        (
            '[[tokens]]\nuser = "nobody"\ntoken = "0123456789abcdef"',
            "[[tokens]] number 1, key user",
            "add the user",
        ),
        ('[[tokens]]\nuser = "nobody"', "[[tokens]] number 1, key name", "needs a name"),
        ('[[tokens]]\nuser = "x"\ntoken = "short"', "key token", "8 to 512"),
        (
            '[[tokens]]\nuser = "x"\ntoken = "0123456789"\nexpires = 2020-01-01T00:00:00',
            "key expires",
            "timezone",
        ),
        ('[[providers]]\nid = "p"\nkind = "applied"\ndelay_s = -1', "key delay_s", "0"),
        (
            '[[providers]]\nid = "p"\nkind = "webhook"\nresource_types = ["x"]',
            "[[providers]] number 1, key url:",
            "is missing",
        ),
        (
            '[[providers]]\nid = "p"\nkind = "webhook"\nurl = "ftp://x"\nsecret = "whsec_AAAA"',
            "[[providers]] number 1, key url:",
            "https://host/path",
        ),
        (
            '[[drives]]\nid = "one"\ntitle = "D"\nowner = "a"',
            "[[drives]] number 1, key id",
            "expected an integer, got a string",
        ),
        (
            '[[members]]\npath = "/1"\nrole = "viewer"',
            "[[members]] number 1",
            "exactly one of these keys: user, group",
        ),
        ("[[accounts]]\nname =", "not TOML", "end of document"),
    ],
)
async def test_a_wrong_world_is_refused_with_the_place_and_what_would_be_right(
    sqlite_house, world, text, place, right
):
    if 'user = "x"' in text:
        text = '[[users]]\nlogin = "x"\nname = "X"\n' + text

    message = await refusal(sqlite_house, world(text))

    assert place in message
    assert right in message


async def test_a_file_that_is_not_there_is_named(house, tmp_path):
    assert "No such file" in await refusal(house, tmp_path / "world.toml")


async def test_two_people_with_one_email_are_refused(house, world):
    path = world(
        '[[users]]\nlogin = "a"\nname = "A"\nemail = "x@example.com"\n'
        '[[users]]\nlogin = "b"\nname = "B"\nemail = "X@Example.com"\n'
    )

    message = await refusal(house, path)

    assert "[[users]] number 2: This e-mail address is another user's" in message


async def test_a_share_is_laid_only_between_accounts_that_are_there(house, world):
    text = '[[accounts]]\nid = "a"\nname = "A"\n[[shares]]\nid = "s"\nname = "S"\n'
    assert "key account" in await refusal(house, world(text + 'account = "b"\nrecipients = []'))
    foreign = text + 'account = "a"\nrecipients = [{ account = "b" }]'
    assert "key recipients.0" in await refusal(house, world(foreign))
    assert "key organization" in await refusal(house, world(text + 'account = "a"\norganization = "o"'))


async def test_a_share_gets_the_recipients_resources_and_name_that_its_world_names_later(house, world):
    head = (
        '[[organizations]]\nid = "o"\nname = "O"\n'
        + "".join(f'[[accounts]]\nid = "{one}"\nname = "{one}"\norganization = "o"\n' for one in "abc")
        + '[[shares]]\nid = "s"\naccount = "a"\n'
    )
    await loading.load(house, world(head + 'name = "S"\nrecipients = [{ account = "b" }]'))

    report = await loading.load(
        house,
        world(
            head
            + 'name = "T"\ntags = { team = "net" }\nrecipients = [{ account = "b" }, { account = "c" }]\n'
            'resources = [{ type = "custom-ruleset", resource = "r" }]'
        ),
    )

    assert report.changes == ["share s: changed"]
    rows = await everything(house)
    assert (len(rows["share"]), len(rows["share_grant"]), len(rows["item"])) == (1, 2, 1)
    assert "'T'" in rows["share"][0]
    assert '{"team": "net"}' in rows["share"][0]


async def test_an_empty_directory_gets_a_first_administrator_and_only_one(house):
    async def nobody(rows):
        return await rows.one(principals.ANYONE)

    assert await house.database.read(nobody) is None
    secret = await issuing.first_administrator(house)
    assert secret is not None

    assert (await identify(house, "token", secret)).administrator
    assert await issuing.first_administrator(house) is None
