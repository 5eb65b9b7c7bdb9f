"""Checks the house's import rules: imports go down and in no circle, rooms on one floor do not touch, dialects look alike."""

import ast
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

PACKAGE = "polyshare"
ROOT = Path(__file__).resolve().parent.parent / "src" / PACKAGE

# Room -> floor; what is not named here has no place in the house.
FLOORS = {
    "wiring": 4,
    "dialects": 3,
    "web": 3,
    "engine": 2,
    "store": 1,
    "files": 1,
    "providers": 1,
    "domain": 0,
    "settings": 0,
}
WIRING = {"app", "cli", "doors", "logs", "opening", "__main__"}  # one room: it knows everything
# Rooms inside a room, the lowest first; its modules that stand in none are its HALL, but for those named here themselves.
HALL = "hall"
INSIDE = {
    "engine": (
        "addressing",
        "memory",
        HALL,
        "grants",
        "directory",
        "credentials",
        "tree",
        "content",
        "keepers",
        "sharing",
        "links",
        "worlds",
        "worker",
    ),
    "store": (
        HALL,
        "sqlite",
        "postgres",
        "process",
        "directory",
        "credentials",
        "tree",
        "shares",
        "content",
        "links",
        "migrations",
        "opening",
    ),
}
CONTRACT = "base"  # dialects/base: all that dialects share; how HTTP is spoken, which the pages do too
FIVE = ("__init__", "wire", "translate", "routes", "errors")

# A library -> the only rooms that may import it.
KEPT_TO = {
    "sqlite3": (set(), "two SQLite libraries in one process damage files; the store uses apsw"),
    "apsw": ({"store"}, "only the store speaks SQL"),
    "asyncpg": ({"store"}, "only the store speaks SQL"),
    "obstore": ({"files"}, "only the byte store speaks S3"),
    "httpx": ({"providers", "wiring"}, "outgoing calls live in providers, where they are guarded"),
    "httpcore": ({"providers", "wiring"}, "outgoing calls live in providers, where they are guarded"),
}


class Import(NamedTuple):
    """One imported name, in full, and where it stands."""

    target: str
    line: int


def imports(tree: ast.AST, module: str, is_package: bool) -> Iterator[Import]:
    """
    Every name that a module imports, also inside functions and by `import_module("...")`.

    Args:
        tree: The parsed module.
        module: Its full dotted name, against which relative imports are read.
        is_package: Whether it is an `__init__`.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = module.split(".")
                above = above[: len(above) - node.level + is_package]
                base = ".".join([*above, base]).rstrip(".")
            yield from (Import(f"{base}.{alias.name}", node.lineno) for alias in node.names)
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in {"import_module", "__import__"} and isinstance(node.args[0].value, str):
                yield Import(node.args[0].value, node.lineno)


def room_of(parts: tuple[str, ...]) -> str | None:
    """The room that a dotted name below the package belongs to; None for the package itself."""
    if not parts or (parts[0].startswith("__") and parts[0] not in WIRING):
        return None
    return "wiring" if parts[0] in WIRING else parts[0]


def place_in(room: str, parts: tuple[str, ...]) -> int:
    """How high a dotted name below the package stands inside of its room."""
    rooms = INSIDE[room]
    return rooms.index(parts[1] if len(parts) > 1 and parts[1] in rooms else HALL)


def _wrong_in_room(room: str, here: tuple[str, ...], there: tuple[str, ...]) -> str | None:
    if room in INSIDE:
        mine, theirs = place_in(room, here), place_in(room, there)
        above, below = INSIDE[room][theirs], INSIDE[room][mine]
        return f"imports go down only: {room}/{above} is above {room}/{below}" if theirs > mine else None
    if room != "dialects" or len(there) < 2 or there[1] in {CONTRACT, here[1]}:
        return None
    return f"dialects do not touch each other; share through dialects/{CONTRACT}"


def _wrong_inside(here: tuple[str, ...], there: tuple[str, ...]) -> str | None:
    room, other = room_of(here), room_of(there)
    if other is None or room is None:
        return None if other is None else "the package itself imports nothing"
    if other not in FLOORS:
        return None  # no such room: said once, at the room
    if room == other:
        return _wrong_in_room(room, here, there)
    if room == "web" and there[:2] == ("dialects", CONTRACT):
        return None
    if FLOORS[other] > FLOORS[room]:
        return f"imports go down only: {other} is above {room}"
    if FLOORS[other] == FLOORS[room]:
        return f"rooms on one floor do not touch: {room} and {other}"
    return None


def _wrong_outside(room: str | None, top: str) -> str | None:
    rooms, why = KEPT_TO.get(top, (None, ""))
    if rooms is not None and room not in rooms:
        return why
    if room == "domain" and top not in sys.stdlib_module_names:
        return "the domain uses the standard library only"
    return None


class Module(NamedTuple):
    """One module of the house: its name below the package in parts, its file, and what it imports."""

    here: tuple[str, ...]
    file: Path
    imports: list[Import]


def _modules(root: Path) -> Iterator[Module]:
    for path in sorted(root.rglob("*.py")):
        relative = path.relative_to(root)
        is_package = path.name == "__init__.py"
        here = relative.with_suffix("").parts[: -1 if is_package else None]
        tree = ast.parse(path.read_bytes(), str(path))
        yield Module(here, relative, list(imports(tree, ".".join((PACKAGE, *here)), is_package)))


def _module_faults(module: Module) -> Iterator[str]:
    room = room_of(module.here)
    if room is not None and room not in FLOORS:
        rooms = ", ".join([*FLOORS, *sorted(WIRING)])
        yield f"{module.file}: {module.here[0]} stands on no floor; rooms are {rooms}"
        return
    if room in INSIDE and len(module.here) > 2 and module.here[1] not in INSIDE[room]:
        yield f"{module.file}: {room}/{module.here[1]} is no room of {room}; those are {', '.join(INSIDE[room])}"
    for target, line in module.imports:
        top, *below = target.split(".")
        wrong = _wrong_inside(module.here, tuple(below)) if top == PACKAGE else _wrong_outside(room, top)
        if wrong:
            yield f"{module.file}:{line}: imports {target}: {wrong}"


def _circles(modules: list[Module]) -> Iterator[str]:
    """One circle of imports inside each room that has any, also one that only types or late imports close."""
    files = {".".join((PACKAGE, *module.here)): module.file for module in modules}
    rooms: dict[str | None, TopologicalSorter[str]] = {}
    for module in modules:
        name, room = ".".join((PACKAGE, *module.here)), room_of(module.here)
        for target, _ in module.imports:
            # a name in a module is imported from that module
            found = target if target in files else target.rpartition(".")[0]
            if found in files and found != name and room_of(tuple(found.split(".")[1:])) == room:
                rooms.setdefault(room, TopologicalSorter()).add(name, found)
    for room, sorter in rooms.items():
        try:
            sorter.prepare()
        except CycleError as error:
            circle = " <- ".join(str(files[name]) for name in error.args[1])
            yield f"{room}: imports go in a circle: {circle}"


def _dialect_faults(root: Path) -> Iterator[str]:
    for dialect in sorted(
        path for path in (root / "dialects").glob("[!_.]*") if path.is_dir() and path.name != CONTRACT
    ):
        for name in FIVE:
            if not ((dialect / f"{name}.py").is_file() or (dialect / name / "__init__.py").is_file()):
                yield f"dialects/{dialect.name}: has no {name}; every dialect has {', '.join(FIVE)}"


def faults(root: Path = ROOT) -> list[str]:
    """
    What breaks the house's rules below *root*, the package's folder.

    Returns:
        One line for each, with file, line or circle, and the rule; empty when all is well.
    """
    modules = list(_modules(root))
    found = [fault for module in modules for fault in _module_faults(module)]
    return [*found, *_circles(modules), *_dialect_faults(root)]


if __name__ == "__main__":
    wrong = faults()
    print("\n".join(wrong) or "imports go down")
    sys.exit(1 if wrong else 0)
