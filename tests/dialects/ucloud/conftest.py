"""The desk at which the tests of this dialect talk to the application."""

from tests.dialects.ucloud.desk import database, desk

__all__ = ["database", "desk"]
