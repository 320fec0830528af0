"""The evidence folder: original bytes by their SHA-256, written and synced before anything rests on them."""

from __future__ import annotations

import hashlib
import os
import shutil
import uuid
from pathlib import Path

from ledger.errors import Refused
from ledger.store.session import read_only_place, side_folder

PARTS_LIST = "SHA256SUMS"
KEYS_PART = "activity_key.parquet"
"""Number and key of each activity that came through a stage, whose own parts were written before it had a key."""
DETAILS_PART = "activity_detail_key.parquet"
"""Number of each row of details whose fields lie in the parts of a stage, and the number of its activity."""


def evidence_folder(ledger: Path) -> Path:
    """`x.evidence` for `x.duckdb`, made if absent."""
    folder = side_folder(ledger, "evidence")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def parts_folder(ledger: Path, idempotency_key: str) -> Path:
    """The evidence folder of one batch's Parquet parts, made if absent."""
    folder = evidence_folder(ledger).resolve() / "parts" / idempotency_key
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def stage_folder(ledger: Path) -> Path:
    """A new empty folder for the parts of one upload, inside `x.stage`.

    Raises Misuse where the place of the ledger is read-only.
    """
    folder = side_folder(ledger, "stage") / uuid.uuid4().hex
    try:
        folder.mkdir(parents=True)
    except PermissionError as fault:
        raise read_only_place(ledger) from fault
    return folder.resolve()


def keep_file(ledger: Path, source: Path, sha256: str) -> Path:
    """Copy a file into evidence under its digest, synced; a copy already there is left as it is.

    Raises Refused where the file is no longer the one that was read.
    """
    kept = evidence_folder(ledger) / sha256
    if kept.exists():
        return kept
    partial = kept.with_suffix(f".{uuid.uuid4().hex[:8]}.partial")  # two may keep the same file at a time
    try:
        shutil.copyfile(source, partial)
        with partial.open("rb") as copy:
            copied = hashlib.file_digest(copy, "sha256").hexdigest()
        if copied != sha256:
            raise Refused(
                f"{source.name} was changed while it was read", "see that nobody writes to it, and give it again"
            )
        synced(partial)
        partial.replace(kept)
    finally:
        partial.unlink(missing_ok=True)
    synced(kept.parent)
    return kept


def keep_bytes(ledger: Path, content: bytes) -> str:
    """Keep bytes in evidence under their digest, synced; gives the digest (hex)."""
    sha256 = hashlib.sha256(content).hexdigest()
    kept = evidence_folder(ledger) / sha256
    if not kept.exists():
        partial = kept.with_suffix(f".{uuid.uuid4().hex[:8]}.partial")
        partial.write_bytes(content)
        synced(partial)
        partial.replace(kept)
        synced(kept.parent)
    return sha256


def keep_parts(ledger: Path, parts: list[Path], idempotency_key: str) -> Path:
    """Move the Parquet parts of a stage into evidence, synced; gives their folder."""
    folder = parts_folder(ledger, idempotency_key)
    for part in parts:
        kept = folder / part.name
        part.replace(kept)
        synced(kept)
    synced(folder)
    return folder


def forget_parts(ledger: Path, idempotency_key: str) -> None:
    """Remove what an attempt that never became a batch has left among the parts."""
    shutil.rmtree(side_folder(ledger, "evidence").resolve() / "parts" / idempotency_key, ignore_errors=True)


def seal_parts(ledger: Path, idempotency_key: str) -> None:
    """Write the digests of a batch's parts beside them, everything synced; `sha256sum -c` reads the list."""
    folder = parts_folder(ledger, idempotency_key)
    lines = []
    for part in sorted(folder.glob("*.parquet")):
        with part.open("rb") as file:
            lines.append(f"{hashlib.file_digest(file, 'sha256').hexdigest()}  {part.name}\n")
        synced(part)
    listed = folder / f"{PARTS_LIST}.partial"
    listed.write_text("".join(lines), encoding="utf-8")
    synced(listed)
    listed.replace(folder / PARTS_LIST)  # whoever finds the list finds it whole
    synced(folder)
    synced(folder.parent)


def sealed_parts(ledger: Path) -> list[Path]:
    """The folders of parts that were sealed, in a fixed order; a batch rests on each, or an attempt ended after it."""
    return [listed.parent for listed in sorted(side_folder(ledger, "evidence").resolve().glob(f"parts/*/{PARTS_LIST}"))]


def synced(path: Path) -> None:
    """Have a file, or the names in a folder, written to the disk itself."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
