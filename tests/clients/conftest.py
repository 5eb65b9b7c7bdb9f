"""A live server for the vendors' clients, and the mark that ties a test to a numbered behaviour."""

import pytest

from tests.server import base_url, live_server

__all__ = ["base_url", "live_server"]


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "behaviour(dialect, number): holds a behaviour that docs/dialects/ lists"
    )


@pytest.fixture(autouse=True)
def no_client_settings(monkeypatch):
    """No client finds credentials or addresses in the environment of whoever runs the tests."""
    for name in ("API_TOKEN", "API_KEY", "EMAIL", "API_USER_SERVICE_KEY", "BASE_URL", "CUSTOM_HEADERS"):
        monkeypatch.delenv(f"CLOUDFLARE_{name}", raising=False)
