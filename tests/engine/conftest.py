"""What engine tests share."""

from tests.house import clock, database_url, house, sqlite_house

__all__ = ["clock", "database_url", "house", "sqlite_house"]
