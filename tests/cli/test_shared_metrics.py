"""The folder of several processes' metrics: there while the server lives, and taken away when it does not any more."""

import fcntl
import os
import tempfile

import pytest

from polyshare.cli import shared_metrics
from polyshare.cli.shared_metrics import ALIVE, PREFIX, VARIABLE


@pytest.fixture
def where(tmp_path, monkeypatch):
    """The folder for temporary files; nobody has named one for metrics."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv(VARIABLE, "kept")  # put back afterwards as it was before
    monkeypatch.delenv(VARIABLE)
    return tmp_path


def a_folder(where, name):
    """A folder of metrics whose server is gone."""
    made = where / f"{PREFIX}{name}"
    made.mkdir()
    (made / ALIVE).touch()
    (made / "counter_1.db").touch()
    return made


def test_the_folder_is_named_to_the_processes_and_gone_afterwards(where):
    with shared_metrics.shared_metrics(2):
        [folder] = where.iterdir()

        assert os.environ[VARIABLE] == str(folder)
        assert folder.stat().st_mode & 0o777 == 0o700

    assert list(where.iterdir()) == []


def test_a_start_takes_away_what_killed_servers_left_and_nothing_else(where):
    left, living, begun, other = (a_folder(where, name) for name in ("left", "living", "begun", "other"))
    (begun / ALIVE).unlink()
    other = other.rename(where / "other")
    (where / f"{PREFIX}link").symlink_to(other)

    with (living / ALIVE).open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with shared_metrics.shared_metrics(2):
            pass
        kept = {left: left.exists(), living: living.exists(), begun: begun.exists(), other: other.exists()}

    assert kept == {left: False, living: True, begun: True, other: True}


def test_two_servers_leave_each_others_folder_alone(where, monkeypatch):
    with shared_metrics.shared_metrics(2):
        monkeypatch.delenv(VARIABLE)
        with shared_metrics.shared_metrics(2):
            assert len(list(where.iterdir())) == 2


def test_one_process_and_a_folder_that_somebody_named_need_none(where, monkeypatch):
    with shared_metrics.shared_metrics(1):
        assert list(where.iterdir()) == []
    monkeypatch.setenv(VARIABLE, str(where))
    with shared_metrics.shared_metrics(2):
        assert list(where.iterdir()) == []
