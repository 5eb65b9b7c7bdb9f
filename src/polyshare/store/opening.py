"""Opening a database by its URL, which tells the engine."""

from polyshare.store.database import Database, NotUsable, Options


async def open_database(url: str, options: Options | None = None) -> Database:
    """
    Open the database that *url* names.

    Args:
        url: `sqlite:///absolute/path.db`, `sqlite://relative/path.db`, `sqlite://:memory:` (a temporary file, removed on
            closing), or `postgresql://user:password@host:port/name`, also with several hosts.

    Raises:
        NotUsable: The URL, the file or the SQLite library is not one to work with.
        Unavailable: The database did not answer.
    """
    options = options or Options()
    if url.startswith("sqlite://"):
        from polyshare.store.sqlite.database import SqliteDatabase

        return SqliteDatabase.open(url.removeprefix("sqlite://"), options)
    if url.startswith(("postgresql://", "postgres://")):
        from polyshare.store.postgres.database import PostgresDatabase

        return await PostgresDatabase.open(url, options)
    raise NotUsable(
        "This database URL is of no known kind; use sqlite:///absolute/path.db or postgresql://host/name."
    )
