"""Snapshots: everything of a ledger in one file, and back; what was changed on the way is not taken."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest

from ledger.errors import Damage, Misuse
from ledger.store import latest_checkpoint, session
from ledger.store.session import side_folder
from ledger.store.snapshot import restore_snapshot, write_snapshot


def contents(ledger: Path) -> dict[str, str]:
    """Digest of each file of a ledger by its place, whatever the ledger is called."""
    made = {"file": hashlib.sha256(ledger.read_bytes()).hexdigest()}
    for side in ("checkpoints", "control.jsonl", "people"):
        path = side_folder(ledger, side)
        if path.exists():
            made[side] = hashlib.sha256(path.read_bytes()).hexdigest()
    folder = side_folder(ledger, "evidence")
    for path in folder.rglob("*"):
        if path.is_file():
            made[str(path.relative_to(folder))] = hashlib.sha256(path.read_bytes()).hexdigest()
    return made


def checkpoint_of(ledger: Path):
    with session(ledger) as s:
        return latest_checkpoint(s)


def test_there_and_back(path, tmp_path):
    """Every byte of ledger and side files comes back, under another name too."""
    side_folder(path, "people").write_text("p-1\tAda\n")
    made = write_snapshot(path, tmp_path / "s.zip")
    new = tmp_path / "elsewhere" / "y.duckdb"
    assert restore_snapshot(tmp_path / "s.zip", new) == made.checkpoint == checkpoint_of(path)
    assert contents(new) == contents(path)
    assert made.files == len(contents(path))
    assert side_folder(new, "people").stat().st_mode & 0o077 == 0


def test_the_same_ledger_gives_the_same_bytes(path, tmp_path):
    """Two snapshots of one state differ in nothing."""
    for name in ("a.zip", "b.zip"):
        write_snapshot(path, tmp_path / name)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_names_stay_at_home(path, tmp_path):
    """A copy for others goes without the side file of names."""
    side_folder(path, "people").write_text("p-1\tAda\n")
    write_snapshot(path, tmp_path / "s.zip", people=False)
    assert b"Ada" not in (tmp_path / "s.zip").read_bytes()


def test_nothing_is_overwritten(path, tmp_path):
    """Neither a file with a snapshot nor a ledger with a restored one."""
    (tmp_path / "s.zip").write_text("mine")
    with pytest.raises(Misuse, match="is there already"):
        write_snapshot(path, tmp_path / "s.zip")
    write_snapshot(path, tmp_path / "t.zip")
    with pytest.raises(Misuse, match="is there already"):
        restore_snapshot(tmp_path / "t.zip", path)
    assert (tmp_path / "s.zip").read_text() == "mine"


@pytest.mark.parametrize("member", ["ledger.duckdb", "ledger.checkpoints"])
def test_a_byte_changed_on_the_way(path, tmp_path, member):
    """It is told by name, and nothing is put in place."""
    write_snapshot(path, tmp_path / "s.zip")
    with zipfile.ZipFile(tmp_path / "s.zip") as archive, zipfile.ZipFile(tmp_path / "bad.zip", "w") as bad:
        for name in archive.namelist():
            content = archive.read(name)
            bad.writestr(name, content[:-2] + b"xx" if name == member else content)
    new = tmp_path / "new" / "y.duckdb"
    with pytest.raises(Damage, match=member):
        restore_snapshot(tmp_path / "bad.zip", new)
    assert not new.exists()
    assert not list(new.parent.glob("*"))


@pytest.mark.parametrize("name", ["../out", "/out", "ledger.evidence/../../out", "other"])
def test_a_name_that_leads_elsewhere(path, tmp_path, name):
    """An archive that would write outside the ledger is no snapshot."""
    write_snapshot(path, tmp_path / "s.zip")
    with zipfile.ZipFile(tmp_path / "s.zip", "a") as archive:
        archive.writestr(name, "x")
    with pytest.raises(Misuse, match="not on its list"):
        restore_snapshot(tmp_path / "s.zip", tmp_path / "new" / "y.duckdb")


def test_what_is_no_snapshot(tmp_path):
    """Any other file is refused in words."""
    (tmp_path / "s.zip").write_text("no archive")
    with pytest.raises(Misuse, match="is not a snapshot"):
        restore_snapshot(tmp_path / "s.zip", tmp_path / "y.duckdb")
    with pytest.raises(Misuse, match="there is no file"):
        restore_snapshot(tmp_path / "absent.zip", tmp_path / "y.duckdb")


def test_a_snapshot_that_was_cut(path, tmp_path):
    """A copy that ended too early is told as that, and nothing is put in place."""
    write_snapshot(path, tmp_path / "s.zip")
    content = (tmp_path / "s.zip").read_bytes()
    (tmp_path / "cut.zip").write_bytes(content[: len(content) // 2])
    with pytest.raises(Damage, match="damaged or cut"):
        restore_snapshot(tmp_path / "cut.zip", tmp_path / "y.duckdb")
    assert not (tmp_path / "y.duckdb").exists()
