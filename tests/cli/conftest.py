"""What tests of commands share."""

from tests.server import base_url, live_server

__all__ = ["base_url", "live_server"]
