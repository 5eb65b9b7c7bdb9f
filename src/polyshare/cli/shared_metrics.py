"""The folder in which several server processes keep their metrics, to be added up; gone with the server, or by the next start."""

import contextlib
import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"  # the library's own name
PREFIX = "polyshare-metrics-"
ALIVE = "alive"
"""The file in such a folder that its server keeps locked; the lock of one that was killed is gone with it."""


@contextlib.contextmanager
def shared_metrics(workers: int) -> Iterator[None]:
    """With several processes, a folder for the metrics of all of them; what killed servers left is removed first."""
    if workers == 1 or VARIABLE in os.environ:
        yield
        return
    where = Path(tempfile.gettempdir())
    for left in where.glob(f"{PREFIX}*"):
        if _is_left(left):
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=where))
    held = _locked(folder)
    os.environ[VARIABLE] = str(folder)
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(held)


def _locked(folder: Path) -> int:
    """Lock a new folder for as long as the process lives, or the file given back is open."""
    begun = folder / f"{ALIVE}.begun"
    held = os.open(begun, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    fcntl.flock(held, fcntl.LOCK_EX)
    begun.rename(folder / ALIVE)  # so that nobody ever finds it there without its lock
    return held


def _is_left(folder: Path) -> bool:
    """Whether it is a folder of this user's whose server is gone."""
    try:
        told = folder.lstat()
        if not stat.S_ISDIR(told.st_mode) or told.st_uid != os.getuid():
            return False
        alive = os.open(folder / ALIVE, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False  # there is no lock yet, or no folder any more
    try:
        fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(alive)
    return True
