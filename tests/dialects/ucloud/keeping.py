"""A desk whose files lie at a provider of kind `ucloud`, which is a program of its own; and short words for what it calls."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from polyshare.engine.keepers import providing
from polyshare.engine.sharing import delivering, drafting
from tests.dialects.ucloud.desk import ISSUER, PRODUCT, SECRET, Caller, Desk, a_desk, good
from tests.house import Clock
from tests.ucloud_provider import Program, over_http, settings, token
from tests.ucloud_provider import providing as program_at_work

DRIVES = "/api/files/collections/control"
SHARES = "/api/shares/control"
FOLDERS = ("work/my-project/my-collaboration", "work/beside", "work/my-project")


def world(url: str) -> dict[str, Any]:
    """The tests' world without files of its own: they lie at the provider at *url*."""
    return {
        "providers": [
            {"id": "example", "kind": "ucloud", **settings(url)},
            {"id": "other", "kind": "ucloud", **settings("http://127.0.0.1:1")},
        ],
        "products": [{**PRODUCT, "description": "Example storage", "free": True}],
        "drives": [],
        "folders": [],
        "files": [],
        "jwt": [{"dialect": "ucloud", "issuer": ISSUER, "algorithm": "HS512", "secret": SECRET}],
    }


def new_drive(ref: str | None = None, title: str = "A drive", **more: Any) -> dict[str, Any]:
    """One item of what registers drives."""
    return {
        "spec": {"title": title, "product": PRODUCT},
        "providerGeneratedId": ref,
        "createdBy": "alice",
        **more,
    }


async def registered(caller: Caller, *drives: dict[str, Any]) -> list[str]:
    """Register drives, all of which must work; their ids."""
    told = good(await caller.bulk(f"{DRIVES}/register", *(drives or (new_drive(),))))
    return [one["id"] for one in told["responses"]]


@dataclass
class Kept:
    """
    The desk, the provider's program, and what the provider calls by itself.

    Attributes:
        drive: Alice's drive there.
        before: What lay there at the start.
    """

    desk: Desk
    program: Program
    itself: Caller
    drive: str = ""
    before: dict[str, bytes] = field(default_factory=dict)

    @property
    def untouched(self) -> bool:
        """Whether all that lay at the provider still does, byte for byte."""
        return self.program.folders == self.before

    @property
    def source(self) -> str:
        """A folder of Alice's."""
        return f"/{self.drive}/{FOLDERS[0]}"

    @property
    def beside(self) -> str:
        """Another one."""
        return f"/{self.drive}/{FOLDERS[1]}"

    async def catch_up(self) -> None:
        """Let the worker do all that is due, whenever it is due."""
        for _ in range(30):
            self.desk.clock.pass_s(600)
            seen_to = await drafting.see_to(self.desk.house)
            if not seen_to + await delivering.deliver_due(self.desk.house):
                return
        pytest.fail("the reconciler never catches up")

    async def mounts_of(self, caller: Caller) -> set[tuple[str, tuple[str, ...]]]:
        """The drives that show somebody what is shared, each with what may be done there."""
        drives = good(await caller.get("/api/files/collections/browse", itemsPerPage=250))["items"]
        return {
            (one["id"], tuple(one["permissions"]["myself"]))
            for one in drives
            if one["specification"]["product"]["id"] == "share"
        }

    def core(self) -> Any:
        """How the program calls the core: by a token that it makes itself."""
        return over_http(self.desk.http, lambda: token(now=self.desk.clock() / 1_000_000))


@contextlib.asynccontextmanager
async def a_kept_desk(database: str, files: str, clock: Clock | None = None) -> AsyncIterator[Kept]:
    """The dialect with people whose files lie at a provider: Alice has a drive there."""
    async with program_at_work() as program, a_desk(database, files, clock, world(program.url)) as desk:
        await providing.refresh(desk.house)
        # Time passes here by hours, while the reconciler catches up.
        ever: dict[str, Any] = {"exp": desk.clock() // 1_000_000 + 10**8}
        for login in ("alice", "bob", "carol", "dave"):
            setattr(desk, login, desk.user(login, **ever))
        kept = Kept(desk, program, desk.provider(**ever))
        program.core = kept.core()
        [kept.drive] = await registered(kept.itself, new_drive("home-of-alice", "Home"))
        for number, folder in enumerate(FOLDERS):
            program.folders[f"/{kept.drive}/{folder}/report.txt"] = b"Quarterly report %d\n" % number
        kept.before = dict(program.folders)
        yield kept


@pytest.fixture
async def kept(database, tmp_path):
    """A desk whose files lie at a provider."""
    async with a_kept_desk(database, str(tmp_path / "files")) as opened:
        yield opened


def why(answer: httpx.Response) -> str:
    """What an answer says that says no."""
    return str(answer.json()["why"])
