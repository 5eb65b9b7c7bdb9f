"""Opening a SQLite file safely: which library, whose file, which file system, and the settings of each connection."""

import os
import sys
from pathlib import Path

import apsw

from polyshare.store.database import NotUsable

APPLICATION_ID = 0x706F6C79  # "poly": tells our files from any other program's
# Below, two connections that write and checkpoint at one moment can damage a WAL database.
OLDEST_LIBRARY = (3, 51, 3)
BUSY_TIMEOUT_MS = 10_000
NETWORK_FILE_SYSTEMS = frozenset(
    [
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "ncpfs",
        "afs",
        "ceph",
        "glusterfs",
        "fuse.sshfs",
        "fuse.glusterfs",
    ]
)


def check_library() -> None:
    """Refuse an SQLite library that damages files: one too old, or a second one in this process."""
    version = apsw.sqlite_lib_version()
    if tuple(map(int, version.split("."))) < OLDEST_LIBRARY:
        raise NotUsable(f"SQLite {version} can damage databases; apsw with SQLite 3.51.3 or newer is needed.")
    if "_sqlite3" in sys.modules:
        raise NotUsable(
            "The standard sqlite3 module is loaded in this process: two SQLite libraries on one file damage it. "
            "Leave out whatever imports it."
        )


def prepare_file(path: Path) -> None:
    """Make the file, readable to its owner only, in a folder of the same kind, unless they are there."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise NotUsable(f"Database file {path} can't be opened for writing: {error.strerror}.") from error
    if (kind := file_system_of(path)) in NETWORK_FILE_SYSTEMS:
        raise NotUsable(
            f"Database file {path} lies on {kind}, where SQLite is not safe; use a local disk or PostgreSQL."
        )


def file_system_of(path: Path, mounts: Path = Path("/proc/self/mounts")) -> str | None:
    """The kind of file system that *path* lies on, or None where the system does not say."""
    try:
        lines = mounts.read_text(errors="surrogateescape").splitlines()
    except OSError:
        return None
    resolved, best, kind = path.resolve(), -1, None
    for line in lines:
        _, point, this_kind, *_ = line.split(" ")
        folder = Path(point.replace("\\040", " "))
        if len(folder.parts) >= best and resolved.is_relative_to(folder):
            best, kind = len(folder.parts), this_kind
    return kind


def open_writer(path: Path) -> apsw.Connection:
    """Open the connection that writes, and make the file ours if it is empty."""
    connection = _connect(path)
    connection.pragma("journal_mode", "wal")
    connection.pragma("synchronous", "full")
    connection.pragma("wal_autocheckpoint", 1000)
    _claim(connection, path)
    return connection


def open_reader(path: Path) -> apsw.Connection:
    """Open a connection that can't write."""
    connection = _connect(path)
    connection.pragma("query_only", True)
    return connection


def _connect(path: Path) -> apsw.Connection:
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE, statementcachesize=512)
    connection.set_busy_timeout(BUSY_TIMEOUT_MS)
    # Plans that do not look at values: else SQLite makes a statement anew for every other value, which costs more than most.
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
    connection.pragma("foreign_keys", True)
    connection.pragma("cache_size", -16_000)
    connection.pragma("temp_store", "memory")
    return connection


def _claim(connection: apsw.Connection, path: Path) -> None:
    with connection:
        found = connection.pragma("application_id")
        if found == APPLICATION_ID:
            return
        if found or connection.execute("select 1 from sqlite_schema limit 1").fetchone():
            raise NotUsable(
                f"Database file {path} belongs to another program; name a file of our own or a new one."
            )
        connection.pragma("application_id", APPLICATION_ID)
