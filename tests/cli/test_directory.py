"""The directory's commands: what they print, that secrets are printed once, and how they refuse."""

import asyncio
import json

import pytest
from click.testing import CliRunner

from polyshare import cli
from polyshare.store.opening import open_database
from polyshare.store.statements import statement
from tests.house import OPTIONS

HASHES = statement("hashes of a test", "select password_hash from person where login = 'alice'")


@pytest.fixture
def polyshare(tmp_path, monkeypatch):
    """Run a command line on a database of the test's own; gives standard output."""
    monkeypatch.setenv("POLYSHARE_DATABASE", f"sqlite://{tmp_path}/polyshare.db")
    monkeypatch.delenv("POLYSHARE_SETTINGS", raising=False)

    def run(*words, code=0, stdin=None):
        result = CliRunner().invoke(cli.polyshare, list(words), input=stdin)
        assert result.exit_code == code, (result.output, result.exception)
        return result.stdout if code == 0 else result.stderr

    return run


def listed(polyshare, *words):
    return json.loads(polyshare(*words, "--json"))


def test_accounts_and_organizations_are_added_changed_listed_and_removed(polyshare):
    assert polyshare("organizations", "add", "Org", "--id", "org") == "added organization org\n"
    polyshare("accounts", "add", "Account A", "--id", "acc-a", "--organization", "org")
    polyshare("accounts", "add", "Account B", "--id", "acc-b")
    polyshare("accounts", "change", "acc-b", "--name", "B", "--status", "inactive")

    table = polyshare("accounts", "list").splitlines()
    assert table[0].split() == ["ID", "NAME", "ORGANIZATION", "STATUS"]
    assert table[2].split() == ["acc-b", "B", "-", "inactive"]
    assert [one["id"] for one in listed(polyshare, "accounts", "list", "--organization", "org")] == ["acc-a"]

    assert "still has accounts" in polyshare("organizations", "remove", "org", code=1)
    polyshare("accounts", "change", "acc-a", "--organization", "")
    polyshare("organizations", "remove", "org")
    polyshare("accounts", "remove", "acc-b")
    assert [one["id"] for one in listed(polyshare, "accounts", "list")] == ["acc-a"]
    assert listed(polyshare, "organizations", "list", "--status", "deleted")[0]["status"] == "deleted"
    assert "name: Account A" in polyshare("accounts", "show", "acc-a")


def test_users_act_for_accounts(polyshare):
    polyshare("accounts", "add", "A", "--id", "acc-a")
    polyshare("users", "add", "alice", "--name", "Alice Lee", "--email", "alice@example.com")
    polyshare("users", "act", "alice", "--account", "acc-a=edit")

    assert listed(polyshare, "users", "roles", "alice")[0]["access"] == "edit"
    polyshare("users", "stop-acting", "alice", "--account", "acc-a")
    assert listed(polyshare, "users", "roles", "alice") == []
    polyshare("users", "change", "alice", "--status", "inactive", "--administrator")
    shown = listed(polyshare, "users", "show", "alice")
    assert (shown["status"], shown["administrator"], shown["name"]) == ("inactive", True, "Alice Lee")
    assert "alice" in polyshare("users", "list")
    polyshare("users", "remove", "alice")
    assert listed(polyshare, "users", "list") == []


@pytest.mark.parametrize(
    "words", [("remove",), ("change", "--status", "inactive"), ("change", "--no-administrator")]
)
def test_the_last_active_administrator_is_kept(polyshare, words):
    polyshare("users", "add", "root", "--administrator")

    said = polyshare("users", words[0], "root", *words[1:], code=1)

    assert said.count("\n") == 1
    assert "last active administrator" in said


async def test_a_password_comes_from_standard_input_and_is_kept_as_a_hash(polyshare, tmp_path):
    output = await asyncio.to_thread(
        polyshare, "users", "add", "alice", "--password-stdin", stdin="a-password\n"
    )

    assert "a-password" not in output
    database = await open_database(f"sqlite://{tmp_path}/polyshare.db", OPTIONS)

    async def kept(rows):
        return await rows.one(HASHES)

    assert (await database.read(kept))[0].startswith("$argon2id$")
    await database.close()


@pytest.mark.parametrize("kind", ["token", "key"])
def test_a_secret_is_printed_once_alone_on_standard_output(polyshare, kind):
    polyshare("accounts", "add", "A", "--id", "acc-a")
    polyshare("users", "add", "alice", "--email", "alice@example.com")

    output = polyshare(
        f"{kind}s", "add", "alice", "--name", "ci", "--account", "acc-a=read", "--expires", "2030-12-31"
    )

    secret = output.strip()
    assert len(bytes.fromhex(secret)) == 32
    (row,) = listed(polyshare, f"{kind}s", "list", "--user", "alice")
    assert (row["name"], row["scope"]["accounts"], row["expires_at"]) == (
        "ci",
        {"acc-a": "read"},
        "2030-12-31T00:00:00Z",
    )
    assert secret not in json.dumps(row)
    polyshare(f"{kind}s", "change", row["id"], "--access", "read")
    polyshare(f"{kind}s", "revoke", row["id"])
    shown = listed(polyshare, f"{kind}s", "show", row["id"])
    assert (shown["access"], shown["revoked_at"] is not None) == ("read", True)


def test_a_credential_that_has_expired_already_is_not_issued(polyshare):
    polyshare("users", "add", "alice")

    said = polyshare("tokens", "add", "alice", "--expires", "2020-01-01", code=1)

    assert "has passed" in said
    assert listed(polyshare, "tokens", "list") == []


def test_groups_take_members_in_and_let_them_go(polyshare):
    polyshare("users", "add", "bob", "--name", "Bob")
    polyshare("groups", "add", "designers", "--name", "The designers")
    polyshare("groups", "add", "all")
    polyshare("groups", "join", "designers", "bob")
    polyshare("groups", "join", "all", "group:designers", "bob")

    assert {one["member"] for one in listed(polyshare, "groups", "members", "all")} == {
        "bob",
        "group:designers",
    }
    assert [one["name"] for one in listed(polyshare, "groups", "list")] == ["all", "The designers"]
    assert "never within itself" in polyshare("groups", "join", "designers", "group:all", code=1)
    polyshare("groups", "leave", "all", "bob")
    assert [one["member"] for one in listed(polyshare, "groups", "members", "all")] == ["group:designers"]


def test_providers_take_what_they_need_from_a_file(polyshare, tmp_path):
    needs = tmp_path / "hook.toml"
    needs.write_text(
        'url = "https://hooks.example.com/in"\nsecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"\n'
    )

    polyshare(
        "providers", "put", "hook", "--kind", "webhook", "--needs", str(needs), "--carries", "custom-ruleset"
    )

    (row,) = listed(polyshare, "providers", "list")
    assert (row["id"], row["resource_types"]) == ("hook", ["custom-ruleset"])
    assert "whsec" not in polyshare("providers", "show", "hook")
    assert "carried by provider hook" in polyshare(
        "providers", "put", "other", "--kind", "applied", "--carries", "custom-ruleset", code=1
    )
    assert "not TOML" in polyshare(
        "providers", "put", "x", "--kind", "applied", "--needs", "-", code=2, stdin="="
    )
    polyshare("providers", "remove", "hook")
    assert listed(polyshare, "providers", "list") == []


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("users", "show", "nobody"), 1, "polyshare: There is no user with this login or id."),
        (("users", "act", "nobody"), 2, "name at least one"),
        (("users", "act", "nobody", "--account", "acc"), 2, "write an id, an equals sign, and read or edit"),
        (("users", "add", "a b"), 1, "without spaces"),
        (("users", "change", "nobody"), 2, "say what to change: --login, --name"),
        (("accounts", "change", "none"), 2, "say what to change: --name, --status, --organization"),
        (("organizations", "change", "none"), 2, "say what to change: --name, --status"),
        (("tokens", "change", "none"), 2, "say what to change: --name, --access"),
        (("tokens", "add", "nobody"), 1, "add the user first"),
        (("tokens", "add", "nobody", "--expires", "soon"), 2, "2030-12-31"),
        (("accounts", "add", "A", "--id", "a@b"), 1, "use 1 to 32 letters, digits, - and _"),
        (("organizations", "add", "A", "--id", "a:b"), 1, "use 1 to 32 letters, digits, - and _"),
        (("accounts", "add", "A", "--organization", "none"), 1, "add it first"),
        (
            ("providers", "put", "p", "--kind", "applied", "--carries", "custom-rulset"),
            1,
            "'custom-rulset' is known to no dialect; did you mean custom-ruleset?",
        ),
        (
            ("accounts", "list", "--database", "mysql://host/x"),
            2,
            "sqlite:///absolute/path.db or postgresql://",
        ),
    ],
)
def test_a_refusal_is_one_line_with_an_exit_code(polyshare, words, code, said):
    assert said in polyshare(*words, code=code)


def test_clients_are_added_with_a_secret_told_once_listed_and_removed(polyshare):
    secret = polyshare("clients", "add", "toolkit").strip()
    assert polyshare("clients", "add", "app", "--public", "--redirect", "app:back") == "added client app\n"

    listing = listed(polyshare, "clients", "list")
    assert [(one["id"], one["public"], one["redirect_uris"]) for one in listing] == [
        ("app", True, ["app:back"]),
        ("toolkit", False, []),
    ]
    assert len(secret) == 64
    assert secret not in json.dumps(listing)
    assert "public: no" in polyshare("clients", "show", "toolkit")
    assert "another client's" in polyshare("clients", "add", "app", code=1)
    polyshare("clients", "remove", "toolkit")
    assert "no client" in polyshare("clients", "remove", "toolkit", code=1)


def test_a_world_names_kinds_of_resource_that_a_dialect_knows(polyshare, tmp_path):
    (tmp_path / "world.toml").write_text(
        '[[providers]]\nid = "p"\nkind = "applied"\nresource_types = ["custom-ruleset", "widget"]\n'
    )

    said = polyshare("load", str(tmp_path / "world.toml"), code=1)

    assert said.count("\n") == 1
    assert "[[providers]] number 1, key resource_types.1" in said
    assert "'widget' is known to no dialect; use " in said
