"""A small file tree for the benchmark: a folder with many members, one with many items, and a file of a megabyte."""

from pathlib import Path

from polyshare.engine import loading
from polyshare.engine.work import House

OWNER = "bench-owner-token-0123456789abcdef0123456789"
MEMBER = "bench-member-token-0123456789abcdef012345678"
MEMBERS = 50
ITEMS = 200
FILE_BYTES = 1_000_000

SHARED = "F000000000000000000000010000000000000000000A"
FULL = "F000000000000000000000020000000000000000000A"
LARGE = "D000000000000000000000030000000000000000000A"
HUGE = "D000000000000000000000040000000000000000000A"


def world() -> str:
    """A world file: an owner with a drive, members, and a group that reaches `FULL` from three levels above."""
    lines = ["[[users]]", 'login = "owner"', 'name = "Owner"']
    lines += ["[[tokens]]", f'token = "{OWNER}"', 'user = "owner"']
    for number in range(MEMBERS):
        lines += ["[[users]]", f'login = "member{number}"', f'name = "Member {number}"']
    lines += ["[[tokens]]", f'token = "{MEMBER}"', 'user = "member0"']
    lines += ["[[groups]]", 'name = "team"', 'members = ["member0"]']
    lines += ["[[drives]]", "id = 1", 'title = "Drive"', 'owner = "owner"']
    lines += ["[[folders]]", 'path = "/1/shared"', f'oracle = "{SHARED}"']
    for number in range(MEMBERS):
        lines += ["[[members]]", 'path = "/1/shared"', f'user = "member{number}"', 'role = "viewer"']
    lines += ["[[folders]]", 'path = "/1/top/middle/near/full"', f'oracle = "{FULL}"']
    lines += ["[[members]]", 'path = "/1/top"', 'group = "team"', 'role = "downloader"']
    for number in range(ITEMS):
        lines += ["[[files]]", f'path = "/1/top/middle/near/full/{number:03}.txt"', f'text = "{number}"']
    lines += ["[[files]]", 'path = "/1/top/large.bin"', f'oracle = "{LARGE}"', f'text = "{"x" * FILE_BYTES}"']
    return "\n".join(lines)


async def fill(house: House, folder: Path, huge_bytes: int = 0) -> None:
    """Plant the tree in a database that may hold anything else; with a file of *huge_bytes*, unless they are 0."""
    file, lines = folder / "tree.toml", [world()]
    if huge_bytes:
        with (folder / "huge.bin").open("wb") as huge:
            huge.truncate(huge_bytes)
        lines += ["[[files]]", 'path = "/1/top/huge.bin"', f'oracle = "{HUGE}"', 'source = "huge.bin"']
    file.write_text("\n".join(lines))
    await loading.load(house, file)
