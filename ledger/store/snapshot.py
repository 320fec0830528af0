"""Snapshots: a ledger and all that lies beside it in one file, and the way back.

A snapshot is an ordinary ZIP archive, nothing in it compressed, with the digest of every file on a list that
`sha256sum -c` reads. It is made while nobody writes: the log is folded into the file first, so that what is copied is
whole. The same ledger gives the same bytes.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path

from ledger.errors import Busy, Damage, Misuse
from ledger.store.append import latest_checkpoint
from ledger.store.checkpoint import Checkpoint
from ledger.store.evidence import synced
from ledger.store.lock import locked, real_path
from ledger.store.people_file import private_opener
from ledger.store.session import LOCK_TIMEOUT_S, check_is_ledger, log_path, look_at_file, opened, session, side_folder
from ledger.tabular import Tabular

SUMS = "SHA256SUMS"
SIDES = ("checkpoints", "control.jsonl", "people")
"""Side files that belong to a ledger; its lock, stage and spill are of the moment."""

_STAMP = (1980, 1, 1, 0, 0, 0)  # no times: the same ledger is the same archive
_CHUNK = 1 << 20
_ARCHIVE = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class Snapshot(Tabular):
    """What was copied: where to, as of which checkpoint, how many files and bytes."""

    path: Path
    checkpoint: Checkpoint
    files: int
    size_bytes: int


def write_snapshot(ledger: Path, file: Path, *, people: bool = True) -> Snapshot:
    """Copy a ledger with its evidence, checkpoints and log of refusals into one file.

    ``people`` takes the side file of names along; leave it out for a copy that goes to others.
    Raises Misuse where the file is there already or cannot be written, Busy where the ledger is being written.
    """
    if file.exists():
        raise Misuse(f"{file} is there already", "name another file; nothing was overwritten")
    ledger = real_path(ledger)
    look_at_file(ledger, "read")
    if log_path(ledger).exists():
        with session(ledger, "write", any_version=True) as s:
            s.run("checkpoint")  # what a crash left in the log goes into the file
    partial = file.with_name(f".{file.name}.{uuid.uuid4().hex[:8]}")
    with _kept_still(ledger):
        if log_path(ledger).exists():
            raise Busy(f"{ledger.name} is being written to all the time", "take the snapshot again")
        with opened(ledger, "read") as s:
            check_is_ledger(s)
            checkpoint = latest_checkpoint(s)
        try:
            members = list(_members(ledger, people=people))
            _write_archive(partial, members)
            synced(partial)
            partial.replace(file)
            synced(file.parent)
        except OSError as fault:
            partial.unlink(missing_ok=True)
            words = f"{file} cannot be written: {(fault.strerror or str(fault)).lower()}"
            raise Misuse(words, "name a place with room for it, where you may write") from fault
    return Snapshot(file, checkpoint, len(members), file.stat().st_size)


def _kept_still(ledger: Path) -> AbstractContextManager[None]:
    """Nobody has the file open meanwhile; where nobody may write, nobody changes it."""
    return locked(ledger, "write" if os.access(ledger.parent, os.W_OK) else "read", LOCK_TIMEOUT_S)


def restore_snapshot(file: Path, ledger: Path) -> Checkpoint:
    """Put a ledger back from a snapshot, every file held against its digest first; gives its checkpoint.

    Raises Misuse where a ledger (or something of one) is there already or the file is no snapshot, Damage where a
    file in it is not the one that was put in.
    """
    refuse_what_is_there(ledger)
    if not file.exists():
        raise Misuse(f"there is no file {file}", "name a file that ghg snapshot wrote")
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError) as fault:
        if _begins_as_archive(file):
            raise Damage(f"{file} is damaged or cut", "take another copy of the snapshot") from fault
        raise Misuse(f"{file} is not a snapshot: {fault}", "name a file that ghg snapshot wrote") from fault
    waiting = waiting_folder(ledger)
    try:
        with archive:
            _unpack(archive, _checked_names(archive, file), waiting)
        put_in_place(waiting, ledger)
    except zipfile.BadZipFile as fault:
        raise Damage(f"{file} is damaged: {fault}", "take another copy of the snapshot") from fault
    except OSError as fault:
        words = f"{ledger} cannot be written: {(fault.strerror or str(fault)).lower()}"
        raise Misuse(words, "name a place with room for it, where you may write; nothing was left there") from fault
    finally:
        shutil.rmtree(waiting, ignore_errors=True)
    with session(ledger) as s:
        return latest_checkpoint(s)


def _begins_as_archive(file: Path) -> bool:
    """Whether the first bytes are those of a ZIP archive: one whose list of names is gone was cut on the way."""
    with suppress(OSError), file.open("rb") as opened_file:
        return opened_file.read(len(_ARCHIVE)) == _ARCHIVE
    return False


def _members(ledger: Path, *, people: bool) -> Iterator[tuple[str, Path]]:
    """Name in the archive and file of everything that belongs to a ledger, in a fixed order."""
    yield "ledger.duckdb", ledger
    for side in SIDES:
        path = side_folder(ledger, side)
        if path.exists() and (people or side != "people"):
            yield f"ledger.{side}", path
    folder = side_folder(ledger, "evidence")
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if path.is_file() and path.suffix != ".partial":
            yield f"ledger.evidence/{path.relative_to(folder).as_posix()}", path


def _write_archive(target: Path, members: list[tuple[str, Path]]) -> None:
    sums = []
    secret = any(name.endswith(".people") for name, _ in members)
    opener = private_opener if secret else None
    with open(target, "xb", opener=opener) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, path in members:
            digest = hashlib.sha256()
            with path.open("rb") as source, archive.open(_entry(name), "w", force_zip64=True) as copy:
                while piece := source.read(_CHUNK):
                    digest.update(piece)
                    copy.write(piece)
            sums.append(f"{digest.hexdigest()}  {name}\n")
        archive.writestr(_entry(SUMS), "".join(sums))


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _STAMP)
    entry.external_attr = (0o600 if name.endswith(".people") else 0o644) << 16
    return entry


def _checked_names(archive: zipfile.ZipFile, file: Path) -> dict[str, str]:
    """Name → digest of the files to unpack. Raises Misuse for names that are not a ledger's."""
    held = set(archive.namelist())
    if SUMS not in held or "ledger.duckdb" not in held:
        raise Misuse(f"{file} is not a snapshot of a ledger", "name a file that ghg snapshot wrote")
    lines = archive.read(SUMS).decode("utf-8", errors="replace").splitlines()
    sums = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    for name in held - {SUMS}:
        parts = Path(name).parts
        if name not in sums or not parts[0].startswith("ledger.") or ".." in parts or Path(name).is_absolute():
            raise Misuse(f"{file} holds '{name}', which is not on its list", "take another copy of the snapshot")
    if missing := sorted(sums.keys() - held):
        raise Damage(f"{missing[0]} is missing from {file}", "take another copy of the snapshot")
    return sums


def _unpack(archive: zipfile.ZipFile, names: dict[str, str], folder: Path) -> None:
    for name, wanted in names.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        opener = private_opener if name.endswith(".people") else None
        with archive.open(name) as source, open(target, "xb", opener=opener) as copy:
            while piece := source.read(_CHUNK):
                digest.update(piece)
                copy.write(piece)
            copy.flush()
            os.fsync(copy.fileno())
        if digest.hexdigest() != wanted:
            raise Damage(f"{name} is not the file that was put into the snapshot", "take another copy of the snapshot")


def waiting_folder(ledger: Path) -> Path:
    """A folder beside a ledger to be, in which it is made before it is moved to its place as a whole."""
    return ledger.with_name(f".{ledger.name}.{uuid.uuid4().hex[:8]}")


def put_in_place(waiting: Path, ledger: Path) -> None:
    """Move a whole ledger out of a folder to its place, the file itself last: before it is there, nothing is.

    In the folder it is called `ledger`. Raises OSError, with nothing left of it, where that cannot be done.
    """
    ledger.parent.mkdir(parents=True, exist_ok=True)
    moved: list[Path] = []
    try:
        for path in sorted(waiting.iterdir(), key=lambda path: path.name == "ledger.duckdb"):
            side = path.name.removeprefix("ledger.")
            target = ledger if side == "duckdb" else side_folder(ledger, side)
            path.replace(target)
            moved.append(target)
        synced(ledger.parent)
    except OSError:
        for target in moved:
            with suppress(OSError):
                shutil.rmtree(target) if target.is_dir() else target.unlink()
        raise


def refuse_what_is_there(ledger: Path) -> None:
    """Raises Misuse where a ledger, or something that lies beside one, is at this path already."""
    for path in (ledger, *(side_folder(ledger, side) for side in (*SIDES, "evidence"))):
        if path.exists() or path.is_symlink():
            raise Misuse(f"{path} is there already", "name another path with --ledger, or move it away first")
