"""A small file tree for the benchmark: a folder with many members, one with many items, files, and links to them."""

from pathlib import Path

from polyshare.engine.work import House
from polyshare.engine.worlds import loading

OWNER = "bench-owner-token-0123456789abcdef0123456789"
MEMBER = "bench-member-token-0123456789abcdef012345678"
MEMBERS = 50
ITEMS = 200
FILE_BYTES = 1_000_000
SHARED_BYTES = 100_000

SHARED = "F000000000000000000000010000000000000000000A"
FULL = "F000000000000000000000020000000000000000000A"
LARGE = "D000000000000000000000030000000000000000000A"
HUGE = "D000000000000000000000040000000000000000000A"

DEVICE = "00000000-0000-4000-8000-000000000001"
SHARE = "00000000-0000-4000-8000-000000000002"
FILE = "shared-file"
FOLDER_LINK = "bench-folder-0123456789"
PARTS_LINK = "bench-parts-0123456789"
PARTS = 200


def world() -> str:
    """A world file: an owner with a drive, members, and a group that reaches `FULL` from three levels above."""
    lines = ["[[users]]", 'login = "owner"', 'name = "Owner"']
    lines += ["[[tokens]]", f'token = "{OWNER}"', 'user = "owner"']
    for number in range(MEMBERS):
        lines += ["[[users]]", f'login = "member{number}"', f'name = "Member {number}"']
    lines += ["[[tokens]]", f'token = "{MEMBER}"', 'user = "member0"']
    lines += ["[[groups]]", 'name = "team"', 'members = ["member0"]']
    lines += ["[[drives]]", "id = 1", f'device = "{DEVICE}"', 'title = "Drive"', 'owner = "owner"']
    lines += ["[[folders]]", 'path = "/1/shared"', f'oracle = "{SHARED}"']
    for number in range(MEMBERS):
        lines += ["[[members]]", 'path = "/1/shared"', f'user = "member{number}"', 'role = "viewer"']
    lines += ["[[folders]]", 'path = "/1/top/middle/near/full"', f'oracle = "{FULL}"']
    lines += ["[[members]]", 'path = "/1/top"', 'group = "team"', 'role = "downloader"']
    for number in range(ITEMS):
        lines += ["[[files]]", f'path = "/1/top/middle/near/full/{number:03}.txt"', f'text = "{number}"']
    lines += ["[[files]]", 'path = "/1/top/large.bin"', f'oracle = "{LARGE}"', f'text = "{"x" * FILE_BYTES}"']
    lines += ["[[files]]", 'path = "/1/top/shared.bin"', f'mycloud = "{FILE}"', 'source = "shared.bin"']
    lines += ["[[links]]", 'path = "/1/top/shared.bin"', f'ids = {{ mycloud = "{SHARE}" }}']
    lines += ["[[links]]", 'path = "/1/top/middle/near/full"', f'token = "{FOLDER_LINK}"']
    return "\n".join(lines)


def long_ones() -> list[str]:
    """What else the world file names where long files are moved: one, and a folder of many parts with a link to it."""
    lines = ["[[files]]", 'path = "/1/top/huge.bin"', f'oracle = "{HUGE}"', 'source = "huge.bin"']
    for number in range(PARTS):
        lines += ["[[files]]", f'path = "/1/parts/{number:03}.bin"', 'source = "part.bin"']
    return [*lines, "[[links]]", 'path = "/1/parts"', f'token = "{PARTS_LINK}"']


async def fill(house: House, folder: Path, huge_bytes: int = 0, part_bytes: int = 0) -> None:
    """
    Plant the tree in a database that may hold anything else.

    Args:
        huge_bytes: Size of its long file; 0: it has none, and no parts.
        part_bytes: Size of each of its parts.
    """
    file, lines = folder / "tree.toml", [world()]
    (folder / "shared.bin").write_bytes(bytes(SHARED_BYTES))
    if huge_bytes:
        (folder / "part.bin").write_bytes(bytes(part_bytes))
        with (folder / "huge.bin").open("wb") as huge:
            huge.truncate(huge_bytes)
        lines += long_ones()
    file.write_text("\n".join(lines))
    await loading.load(house, file)
