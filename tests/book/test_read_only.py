"""An auditor without rights: every command that reads works on a restored snapshot in a folder nobody can write to."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.book.acts.engaging import Terms

_DROP_FROM_BOUNDING_SET, _OVERRIDE_FILE_MODES = 24, 1  # prctl(2), capabilities(7)


def without_override() -> None:
    """Even root is held to the modes of files in what is started next."""
    if os.geteuid() == 0:
        ctypes.CDLL(None).prctl(_DROP_FROM_BOUNDING_SET, _OVERRIDE_FILE_MODES, 0, 0, 0)


@pytest.fixture
def copy(ledger: Ledger, batch: int, tmp_path: Path):
    """A snapshot without names, restored in a folder whose every file and folder is read-only, without a lock file."""
    ledger.add_person("vera", ["auditor"])
    vera = Ledger(ledger.path, actor="vera")
    vera.record_engagement("E1", Terms("limited", "c", "2024", None, "scope_1", "1t", "500kg"))
    vera.remark("finding", "2024-Q1", "one bill is missing")
    ledger.snapshot(tmp_path / "copy.zip", people=False)
    folder = tmp_path / "given"
    folder.mkdir()
    Ledger.restore(tmp_path / "copy.zip", folder / "copy.duckdb")
    for name in ("copy.lock", "copy.queue"):
        (folder / name).unlink(missing_ok=True)
    paths = [folder, *folder.rglob("*")]
    for path in paths:
        path.chmod(path.stat().st_mode & 0o555)
    yield folder / "copy.duckdb"
    for path in paths:
        path.chmod(path.stat().st_mode | 0o200)


def run(copy: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A command on the copy, held to the modes of its files."""
    home = copy.parent.parent / "home"
    env = {**os.environ, "GHG_LEDGER": str(copy), "GHG_ACTOR": "vera", "HOME": str(home), "XDG_CONFIG_HOME": str(home)}
    env.pop("GHG_SIGNING_KEY", None)
    return subprocess.run(
        [sys.executable, "-m", "ledger.cli", *words], env=env, capture_output=True, text=True, check=False,
        preexec_fn=without_override, cwd=copy.parent.parent,
    )  # fmt: skip


READING = (
    ("verify",), ("status", "2024-Q1"), ("inventory", "--period", "2024-Q1"), ("findings",), ("person", "list"),
    ("review", "list"), ("review", "engagement"), ("review", "changes", "--from", "2"),
    ("trace", "2024-Q1/operational_control/scope_1@3"),
    ("report", "quarterly", "--period", "2024-Q1", "--format", "json"),
)  # fmt: skip


@pytest.mark.thorough
def test_every_reading_command_works_on_a_read_only_copy(copy):
    """They answer, write nothing beside the copy, and what would write says that it cannot."""
    before = sorted(path.name for path in copy.parent.rglob("*"))
    with pytest.raises(PermissionError):
        _try_to_write(copy.parent)
    for words in READING:
        done = run(copy, *words)
        assert (done.returncode, done.stderr) == (0, ""), words
    assert "one bill is missing" in run(copy, "review", "list").stdout
    refused = run(copy, "review", "comment", "2024-Q1", "x")
    assert refused.returncode == 2
    assert "read-only" in refused.stderr
    assert sorted(path.name for path in copy.parent.rglob("*")) == before


def _try_to_write(folder: Path) -> None:
    """Raises PermissionError where the modes of the folder hold in what is started."""
    code = f"open({str(folder / 'x')!r}, 'w')"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, preexec_fn=without_override
    )
    if "PermissionError" in done.stderr:
        raise PermissionError
