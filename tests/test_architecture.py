"""The house's import rules hold, and the checker that says so can say no."""

import pytest

from tools.architecture import ROOT, faults


@pytest.fixture
def house(tmp_path):
    """A made-up package: call it with {path: source}; returns what the checker says of it."""

    def build(files):
        for name, source in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source)
        return faults(tmp_path)

    return build


def dialect(name, **sources):
    five = ("__init__", "wire", "translate", "routes", "errors")
    return {f"dialects/{name}/{file}.py": sources.get(file, "") for file in five}


def test_our_own_house_is_in_order():
    assert (ROOT / "__init__.py").is_file()
    assert faults() == []


def test_a_house_whose_imports_go_down_is_in_order(house):
    found = house(
        {
            "__init__.py": "__version__ = '1'",
            "__main__.py": "from polyshare.cli import main",
            "app.py": "import polyshare.dialects.oracle\nfrom polyshare import engine, web, settings, __version__",
            "cli/__init__.py": "from polyshare import app",
            "cli/serve.py": "from . import main\nfrom ..engine import offering\nimport httpx",
            "web/pages.py": "from polyshare.engine import offering\nfrom polyshare.dialects import base\nimport starlette",
            "dialects/base.py": "from polyshare.engine import offering\nfrom polyshare.domain import errors",
            **dialect("oracle", routes="from polyshare.dialects import base\nfrom . import wire, translate"),
            "engine/work.py": "from polyshare.engine.memory import keyring",
            "engine/tree/moving.py": "from polyshare.engine import work\nfrom ..grants import granting",
            "engine/offering.py": "from polyshare.store import shares\nfrom polyshare.providers import base",
            "store/shares.py": "import apsw, asyncpg\nfrom polyshare.domain.shares import Share",
            "providers/webhook.py": "import httpx\nfrom polyshare.settings import Settings",
            "domain/shares.py": "from dataclasses import dataclass\nfrom .errors import Refused\nimport collections.abc",
            "settings.py": "import msgspec",
        }
    )

    assert found == []


@pytest.mark.parametrize(
    ("path", "source", "rule"),
    [
        ("domain/shares.py", "from polyshare.engine import offering", "imports go down only"),
        ("domain/shares.py", "import msgspec", "standard library only"),
        ("domain/shares.py", "from polyshare import settings", "do not touch"),
        ("settings.py", "from polyshare.domain import errors", "do not touch"),
        ("engine/offering.py", "import polyshare.dialects.base", "imports go down only"),
        ("engine/offering.py", "import apsw", "only the store speaks SQL"),
        ("engine/offering.py", "import httpx", "guarded"),
        ("engine/offering.py", "from polyshare import app", "imports go down only"),
        (
            "engine/tree/moving.py",
            "from polyshare.engine.sharing import offering",
            "engine/sharing is above engine/tree",
        ),
        ("engine/work.py", "from .tree import moving", "engine/tree is above engine/hall"),
        (
            "engine/memory/keyring.py",
            "from polyshare.engine import work",
            "engine/hall is above engine/memory",
        ),
        (
            "store/tree/nodes.py",
            "from polyshare.store.shares import grants",
            "store/shares is above store/tree",
        ),
        ("store/database.py", "from polyshare.store import opening", "store/opening is above store/hall"),
        ("engine/cellar/digging.py", "", "is no room of engine"),
        ("store/shares.py", "from polyshare.files import local", "do not touch"),
        ("store/shares.py", "from ..providers import base", "do not touch"),
        ("store/shares/grants.py", "from ...engine import offering", "imports go down only"),
        ("store/__init__.py", "from ..engine import offering", "imports go down only"),
        ("store/shares.py", "import sqlite3", "two SQLite libraries"),
        ("app.py", "def late():\n    from sqlite3 import connect", "two SQLite libraries"),
        ("app.py", "import importlib\nimportlib.import_module('sqlite3.dbapi2')", "two SQLite libraries"),
        ("web/pages.py", "from polyshare.dialects import oracle", "do not touch"),
        ("dialects/base.py", "from polyshare.dialects.oracle import DIALECT", "do not touch each other"),
        ("dialects/base.py", "from polyshare.web import pages", "do not touch"),
        ("dialects/base.py", "from polyshare import app", "imports go down only"),
        ("__init__.py", "from polyshare.domain import errors", "the package itself imports nothing"),
        ("helpers/text.py", "", "stands on no floor"),
        ("utils.py", "", "stands on no floor"),
    ],
)
def test_an_import_that_breaks_a_rule_is_named_with_the_rule(house, path, source, rule):
    found = house({path: source})

    assert len(found) == 1
    assert found[0].startswith(path)
    assert rule in found[0]


def test_dialects_do_not_touch_each_other(house):
    found = house(
        dialect("oracle") | dialect("ucloud", routes="\nfrom polyshare.dialects.oracle import wire")
    )

    assert found == [
        "dialects/ucloud/routes.py:2: imports polyshare.dialects.oracle.wire: "
        "dialects do not touch each other; share through dialects/base"
    ]


def test_a_dialect_without_one_of_the_five_files_is_named(house):
    files = dialect("oracle")
    del files["dialects/oracle/translate.py"]

    found = house(files)

    assert found == [
        "dialects/oracle: has no translate; every dialect has __init__, wire, translate, routes, errors"
    ]


def test_one_of_the_five_may_be_a_package(house):
    files = dialect("oracle")
    del files["dialects/oracle/wire.py"]

    assert house({**files, "dialects/oracle/wire/__init__.py": ""}) == []


@pytest.mark.parametrize(
    "closing",
    [
        "from polyshare.store.database import Rows",
        "from .database import Rows",
        "def late():\n    import polyshare.store.database",
        "if TYPE_CHECKING:\n    from polyshare.store import database",
    ],
)
def test_modules_of_one_room_that_import_each_other_are_named(house, closing):
    found = house(
        {
            "store/__init__.py": "",
            "store/database.py": "from polyshare.store.engines import SqliteDatabase",
            "store/engines.py": "from polyshare.store import rows",
            "store/rows.py": closing,
        }
    )

    assert len(found) == 1
    assert found[0].startswith("store: imports go in a circle: ")
    assert set(found[0].rpartition(": ")[2].split(" <- ")) == {
        "store/database.py",
        "store/engines.py",
        "store/rows.py",
    }


def test_a_part_that_imports_its_own_package_goes_in_a_circle(house):
    found = house(
        {
            "engine/tree/shapes/__init__.py": "from polyshare.engine.tree.shapes.folders import Folder",
            "engine/tree/shapes/folders.py": "from polyshare.engine.tree.shapes import Shape",
        }
    )

    assert ["imports go in a circle" in fault for fault in found] == [True]
