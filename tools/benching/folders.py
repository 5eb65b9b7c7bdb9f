"""Folders shared with one user for the benchmark: people who share few and many, and the tokens that they come with."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from joserfc import jws
from joserfc.jwk import OctKey

from polyshare.domain.folder_shares import NewFolderShare
from polyshare.domain.nodes import NodeKind
from polyshare.domain.permissions import Permission
from polyshare.domain.principals import Access, Actor
from polyshare.engine.sharing import asking, consenting
from polyshare.engine.tree.placing import new_node
from polyshare.engine.work import House, Work
from polyshare.engine.worlds import loading
from polyshare.store.directory import principals
from polyshare.store.tree import drives, nodes

ISSUER = "https://bench.example.com"
SECRET = "of-a-world-that-lives-for-minutes-but-long-enough-for-the-signatures-of-hs512"  # noqa: S105 - as it says
RECEIVER = "receiver"
BATCH = 1000  # shares in one transaction
RARE = 100  # of so many folders one has the word that is searched for
WORD = "budget"


@dataclass(frozen=True, slots=True)
class Sharer:
    """Somebody who shares that many folders, with the access token to call with."""

    size: int
    login: str
    token: str


def world(sizes: Sequence[int]) -> str:
    """A world file: a sharer for each of *sizes*, with a drive, and the one whom they all share with."""
    lines = [
        f'jwt = [{{ dialect = "ucloud", issuer = "{ISSUER}", algorithm = "HS512", secret = "{SECRET}" }}]'
    ]
    for login in [RECEIVER, *(f"sharer{size}" for size in sizes)]:
        lines += ["[[users]]", f'login = "{login}"', f'name = "{login.capitalize()}"']
    for number, size in enumerate(sizes):
        lines += ["[[drives]]", f"id = {1000 + number}", 'title = "Folders"', f'owner = "sharer{size}"']
    return "\n".join(lines)


async def fill(house: House, folder: Path, sizes: Sequence[int]) -> list[Sharer]:
    """Plant the sharers in a database that may hold anything else; half of what they offer is accepted."""
    file = folder / "folders.toml"
    file.write_text(world(sizes))
    await loading.load(house, file)
    return [await _share(house, 1000 + number, size) for number, size in enumerate(sizes)]


async def _share(house: House, number: int, size: int) -> Sharer:
    login = f"sharer{size}"
    sharer, receiver = await _actor(house, login), await _actor(house, RECEIVER)
    for start in range(0, size, BATCH):
        numbers = range(start, min(start + BATCH, size))
        names = [f"{WORD if n % RARE == 0 else 'report'} {n:05}" for n in numbers]
        await house.write(sharer, partial(_add_folders, drive=number, names=names))
        new = [
            NewFolderShare(f"/{number}/{name}", RECEIVER, Permission.EDIT, '["READ","EDIT"]', None)
            for name in names
        ]
        asked = await asking.ask(house, sharer, new)
        await house.write(receiver, partial(consenting.accept, ids=asked[::2]))
    return Sharer(size, login, token(login))


async def _add_folders(work: Work, drive: int, names: Sequence[str]) -> None:
    found = await drives.one(work.rows, drive)
    assert found is not None  # noqa: S101 - the world file names it
    made = [new_node(work, found, found.root, work.new_id(), NodeKind.FOLDER, name) for name in names]
    await nodes.add(work.rows, made)
    await nodes.grow(work.rows, found.root, 0, len(made))


async def _actor(house: House, login: str) -> Actor:
    found = await house.read(None, lambda work: principals.person(work.rows, login))
    assert found is not None  # noqa: S101 - the world file names it
    return Actor(found.id, login, 0, Access.EDIT, narrowed=False, administrator=False)


def token(login: str) -> str:
    """An access token that holds for a day."""
    now_s = int(time.time())
    claims = {
        "sub": login,
        "role": "USER",
        "aud": ["all:write"],
        "iss": ISSUER,
        "iat": now_s,
        "exp": now_s + 86_400,
    }
    header = {"typ": "JWT", "alg": "HS512"}
    return jws.serialize_compact(header, json.dumps(claims), OctKey.import_key(SECRET), algorithms=["HS512"])
