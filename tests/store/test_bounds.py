"""What the environment sets of threads, memory and waiting: used as given, or told; never blamed on the ledger."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ledger.errors import Misuse
from ledger.store import session
from ledger.store.bounds import wait_set


@pytest.mark.parametrize(
    ("name", "value"),
    [("GHG_THREADS", "abc"), ("GHG_THREADS", "0"), ("GHG_THREADS", "-1"), ("GHG_MEMORY_LIMIT", "abc"),
     ("GHG_MEMORY_LIMIT", "600"), ("GHG_MEMORY_LIMIT", "-1GB")],
)  # fmt: skip
def test_what_is_no_bound_is_told_by_its_name(path, monkeypatch, name, value):
    """A mistyped setting is named with what to set; nobody is sent to restore a sound ledger."""
    monkeypatch.setenv(name, value)
    with pytest.raises(Misuse, match=f"{name} is '{value}'"), session(path):
        pass


def test_bounds_hold(path, monkeypatch):
    """What is set is what the database has."""
    monkeypatch.setenv("GHG_THREADS", "1")
    monkeypatch.setenv("GHG_MEMORY_LIMIT", "512MiB")
    with session(path) as s:
        assert s.one("select current_setting('threads'), current_setting('memory_limit')") == (1, "512.0 MiB")


def test_how_long_to_wait(monkeypatch):
    """Seconds as set, a minute where nothing is; what is none is told by the command in a line."""
    monkeypatch.delenv("GHG_LOCK_TIMEOUT_S", raising=False)
    assert wait_set() == 60
    monkeypatch.setenv("GHG_LOCK_TIMEOUT_S", "0.3")
    assert wait_set() == 0.3
    monkeypatch.setenv("GHG_LOCK_TIMEOUT_S", "soon")
    with pytest.raises(Misuse, match="GHG_LOCK_TIMEOUT_S is 'soon'"):
        wait_set()
    command = [sys.executable, "-c", "from ledger.cli import main; main()", "inventory", "--period", "2024"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "GHG_LOCK_TIMEOUT_S is 'soon'" in done.stderr
    assert "should not have happened" not in done.stderr
