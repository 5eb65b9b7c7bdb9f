"""What tests of commands share."""

import pytest

from polyshare.store.sqlite import database as sqlite
from polyshare.store.sqlite import file as sqlite_file
from tests.server import base_url, live_server

__all__ = ["base_url", "live_server"]


@pytest.fixture(autouse=True)
def _beside_test_tools(monkeypatch):
    """Test tools bring the standard sqlite3 module into this process; they never open our files with it."""
    monkeypatch.setattr(sqlite_file, "check_library", lambda: None)
    monkeypatch.setattr(sqlite, "check_library", lambda: None)
