"""The commands for projects, products, allocations and refresh tokens."""

import asyncio
import json

import pytest

from polyshare.domain.errors import UnknownCredential
from polyshare.engine.credentials import refreshing
from tests.cli.test_directory import listed, polyshare
from tests.house import Clock, a_house

__all__ = ["polyshare"]

SSD = "example/ssd/example-ssd"


@pytest.fixture
def peopled(polyshare):
    """A command line where there are Alice, a project of hers, and a provider that keeps files."""
    polyshare("users", "add", "alice", "--name", "Alice Lee")
    polyshare("projects", "add", "A project", "--id", "0e3e9d0a-2d0f-4f1e-9f0a-3f2d1c0b9a88")
    polyshare("providers", "put", "example", "--kind", "files")
    return polyshare


PROJECT = "0e3e9d0a-2d0f-4f1e-9f0a-3f2d1c0b9a88"


def test_projects_have_members_in_parts(peopled):
    peopled("users", "add", "bob")
    peopled("projects", "put", PROJECT, "alice", "--as", "PI")
    peopled("projects", "put", PROJECT, "alice", "bob")
    peopled("projects", "put", PROJECT, "bob", "--as", "ADMIN")

    members = listed(peopled, "projects", "members", PROJECT)
    assert [(one["member"], one["part"]) for one in members] == [("alice", "USER"), ("bob", "ADMIN")]
    peopled("projects", "leave", PROJECT, "alice")
    assert "alice is not in" in peopled("projects", "leave", PROJECT, "alice", code=1)
    assert "no user" in peopled("projects", "put", PROJECT, "nobody", code=1)
    peopled("projects", "remove", PROJECT)
    assert listed(peopled, "projects", "list") == []
    assert listed(peopled, "projects", "members", PROJECT) == []


def test_products_are_put_changed_listed_and_removed(peopled):
    assert peopled("products", "put", SSD, "--description", "Fast") == f"added product {SSD}\n"
    assert peopled("products", "put", SSD, "--description", "Fast") == f"nothing new for product {SSD}\n"
    assert peopled("products", "put", SSD, "--free", "--price", "3") == f"changed product {SSD}\n"

    [row] = listed(peopled, "products", "list")
    assert (row["provider"], row["category"], row["name"]) == ("example", "ssd", "example-ssd")
    assert (row["free"], row["price"], row["description"]) == (True, 3, "")
    assert listed(peopled, "products", "show", SSD) == row
    assert peopled("products", "remove", SSD) == f"removed product {SSD}\n"
    assert "no product" in peopled("products", "show", SSD, code=1)
    assert "no provider" in peopled("products", "put", "nobody/ssd/x", code=1)
    for name in ("example-ssd", "example//x", "a/b/c/d"):
        assert "slashes" in peopled("products", "show", name, code=2)


def test_allocations_are_put_listed_and_removed(peopled):
    peopled("products", "put", SSD)

    assert peopled("allocations", "put", SSD, "1000", "--user", "alice").startswith("added allocation")
    peopled("allocations", "put", SSD, "20", "--project", PROJECT)
    assert peopled("allocations", "put", SSD, "30", "--project", PROJECT).startswith("changed allocation")

    rows = listed(peopled, "allocations", "list")
    assert [(row["user"], row["project"], row["balance"]) for row in rows] == [
        (None, PROJECT, 30),
        ("alice", None, 1000),
    ]
    assert "allotted" in peopled("products", "remove", SSD, code=1)
    peopled("allocations", "remove", SSD, "--user", "alice")
    assert "Nothing of" in peopled("allocations", "remove", SSD, "--user", "alice", code=1)
    for words in ((), ("--user", "alice", "--project", PROJECT)):
        assert "--user" in peopled("allocations", "put", SSD, "1", *words, code=2)
    assert "no user" in peopled("allocations", "put", SSD, "1", "--user", "nobody", code=1)


@pytest.mark.parametrize("whose", [("--user", "alice"), ("--provider", "example")])
async def test_a_refresh_token_is_printed_once_and_works_until_it_is_revoked(peopled, tmp_path, whose):
    secret = (await asyncio.to_thread(peopled, "refresh-tokens", "add", *whose)).strip()

    async def holder():
        async with a_house(f"sqlite://{tmp_path}/polyshare.db", Clock()) as house:
            return await house.read(None, lambda work: refreshing.holder(work, secret))

    found = await holder()
    assert whose[1] in (found.provider, found.person and found.person.login)
    [row] = await asyncio.to_thread(listed, peopled, "refresh-tokens", "list", *whose)
    assert (row["user"] or row["provider"], row["revoked_at"]) == (whose[1], None)
    assert secret not in json.dumps(row)
    await asyncio.to_thread(peopled, "refresh-tokens", "revoke", row["id"])
    shown = await asyncio.to_thread(listed, peopled, "refresh-tokens", "show", row["id"])
    assert shown["revoked_at"] is not None
    with pytest.raises(UnknownCredential):
        await holder()


def test_a_refresh_token_of_a_user_may_have_an_end(peopled):
    peopled("refresh-tokens", "add", "--user", "alice", "--name", "backup", "--expires", "2099-12-31")

    [row] = listed(peopled, "refresh-tokens", "list", "--user", "alice")
    assert (row["name"], row["expires_at"]) == ("backup", "2099-12-31T00:00:00Z")
    alices = ("refresh-tokens", "add", "--user", "alice", "--expires")
    assert "--expires" in peopled(*alices, "soon", code=2)
    assert "has passed" in peopled(*alices, "2001-01-01", code=1)
    assert "another name" in peopled(*alices, "2099-12-31", "--name", "browser", code=1)
    providers = ("refresh-tokens", "add", "--provider", "example", "--expires", "2099-12-31")
    assert "has no end" in peopled(*providers, code=1)


def test_a_refresh_token_is_somebodys(peopled):
    for words in ((), ("--user", "alice", "--provider", "example")):
        assert "--provider" in peopled("refresh-tokens", "add", *words, code=2)
    assert "no user" in peopled("refresh-tokens", "add", "--user", "nobody", code=1)
    assert "no provider" in peopled("refresh-tokens", "add", "--provider", "nobody", code=1)
    assert "no refresh token" in peopled("refresh-tokens", "revoke", "nothing", code=1).lower()
