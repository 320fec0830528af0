"""The chain of batch headers, the log tree over them, and the checkpoints that were signed over it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlmodel import SQLModel

from ledger.assurance.signed.keys import KeyChain
from ledger.assurance.signed.notes import Note, read_notes
from ledger.assurance.verification import Faults
from ledger.errors import Damage, Misuse
from ledger.store import Session
from ledger.store.canonical import CANONICAL_VERSION, canonical_text
from ledger.store.checkpoint import checkpoints_path
from ledger.store.schema import SCHEMA_VERSION
from ledger.store.tables import Batch

_FIRST_HEAD = "0" * 64
_EMPTY_ROOT = hashlib.sha256(b"").hexdigest()
_BATCH: type[SQLModel] = Batch
_ENDED = {
    "key-revoked": "by a key that was revoked, for a batch after that time, and by no other",
    "key-replaced": "by a key that had handed over to another, and by no other",
}


@dataclass(slots=True)
class Log:
    """The headers in order, the leaf of each, and the root of the log at every size (index 0: no batches).

    ``origin`` is the ledger's name, the first line of its checkpoints.
    """

    headers: list[dict[str, Any]]
    origin: str = "ghg-ledger/unnamed"
    texts: list[str] = field(default_factory=list)
    leaves: list[bytes] = field(default_factory=list)
    roots: list[str] = field(default_factory=lambda: [_EMPTY_ROOT])

    @property
    def size(self) -> int:
        """How many batches there are."""
        return len(self.headers)

    @property
    def root(self) -> str:
        """The root over all of them, hex."""
        return self.roots[-1]


def read_log(s: Session) -> Log:
    """The log as the file holds it, hashed anew."""
    names = list(_BATCH.__table__.columns.keys())  # type: ignore[attr-defined]
    listed = ", ".join(f'"{name}"' for name in names)
    rows = s.rows(f"select {listed} from batch order by batch_no")
    log = Log([dict(zip(names, row, strict=True)) for row in rows])
    for (named,) in s.rows("select value from setting where name = 'origin' order by batch_no, seq limit 1"):
        log.origin = f"ghg-ledger/{named}"
    subtrees: list[tuple[int, bytes]] = []  # sizes and roots of the whole subtrees so far, largest first
    for header in log.headers:
        text = canonical_text(_BATCH, header)
        leaf = hashlib.sha256(b"\x00" + text.encode()).digest()
        log.texts.append(text)
        log.leaves.append(leaf)
        subtrees.append((1, leaf))
        while len(subtrees) > 1 and subtrees[-1][0] == subtrees[-2][0]:
            (size, right), (_, left) = subtrees.pop(), subtrees.pop()
            subtrees.append((2 * size, _node(left, right)))
        root = subtrees[-1][1]
        for _, left in reversed(subtrees[:-1]):
            root = _node(left, root)
        log.roots.append(root.hex())
    return log


def check_chain(log: Log, faults: Faults) -> None:
    """Numbers without a gap, each header naming the one before, counts that go on, time that does not go back."""
    for place, header in enumerate(log.headers):
        number, entry = header["batch_no"], f"B{header['batch_no']}"
        before = log.headers[place - 1] if place else None
        expected = 1 if before is None else before["batch_no"] + 1
        if number != expected:
            missing = f"batch {expected}" if number == expected + 1 else f"batches {expected} to {number - 1}"
            faults.add("batch-gap", f"{missing} missing before batch {number}", entry=entry)
        head = log.leaves[place - 1].hex() if place else _FIRST_HEAD
        if header["previous_head"] != head:
            said = f"batch {before['batch_no']}" if before else "the beginning"
            words = f"the header of batch {number} does not follow that of {said}: one of the two was changed"
            faults.add("header-chain", words, entry=entry)
        first = 1 if before is None else before["first_seq"] + before["entry_count"]
        if header["first_seq"] != first:
            words = f"batch {number} counts its entries from {header['first_seq']} where {first} follows"
            faults.add("header-count", words, entry=entry)
        if before is not None and header["recorded_at"] <= before["recorded_at"]:
            faults.add("time-backwards", f"batch {number} is not later than batch {before['batch_no']}", entry=entry)
        if header["canonical_version"] != CANONICAL_VERSION or header["schema_version"] > SCHEMA_VERSION:
            said = f"canonical version {header['canonical_version']}, schema version {header['schema_version']}"
            faults.add("version-unknown", f"batch {number} is of {said}", entry=entry)


def check_own_checkpoints(ledger: Path, log: Log, keys: KeyChain, faults: Faults) -> None:
    """Hold the file of checkpoints beside the ledger against the log."""
    path = checkpoints_path(ledger)
    if not path.exists():
        if log.size:
            faults.add("checkpoint-file-missing", f"{path.name} is missing", file=path.name)
        return
    notes, unreadable = read_notes(path.read_bytes())
    for line in unreadable:  # torn by a crash; what it leaves out is told as missing
        words = f"{path.name} cannot be read there"
        faults.add("checkpoint-unreadable", words, severity="warning", file=path.name, line=line)
    _check_notes(notes, log, keys, path.name, faults)
    noted = {note.size for note in notes}
    for size in range(1, log.size + 1):
        if size not in noted:
            words = f"{path.name} has no checkpoint of size {size}"
            if size == log.size:
                faults.add("checkpoint-not-noted", words, severity="warning", file=path.name, entry=f"B{size}")
            else:
                faults.add("checkpoint-missing", words, file=path.name, entry=f"B{size}")


def check_kept_checkpoint(file: Path, log: Log, keys: KeyChain, faults: Faults) -> bool:
    """Hold a checkpoint kept outside against the log; true where the ledger is its continuation.

    Raises Misuse where the file cannot be read or holds no checkpoint.
    """
    notes, unreadable = kept_notes(file)
    for line in unreadable:
        faults.add("checkpoint-unreadable", f"{file.name} cannot be read there", file=file.name, line=line)
    before = sum(faults.counts.values())
    broken = _check_notes(notes, log, keys, file.name, faults)
    if broken:
        held = [note.size for note in notes if note.size < min(broken)]
        if held:
            words = f"the ledger is the same as in {file.name} up to batch {max(held)}, and another after it"
            faults.add("not-an-extension", words, file=file.name)
    return sum(faults.counts.values()) == before


def kept_notes(file: Path) -> tuple[list[Note], list[int]]:
    """The notes of a file kept outside, and its lines that cannot be read. Raises Misuse where there is no note."""
    try:
        notes, unreadable = read_notes(file.read_bytes())
    except OSError as fault:
        raise Misuse(f"{file} cannot be read: {fault.strerror}", "name the checkpoint that you kept") from fault
    if not notes:
        raise Misuse(f"{file} holds no checkpoint", "a checkpoint begins with the ledger's name, its size and its root")
    return notes, unreadable


def last_kept(file: Path) -> Note:
    """The last checkpoint in a file kept outside. Raises Misuse where there is none."""
    return kept_notes(file)[0][-1]


def check_continued(log: Log, note: Note, file: Path) -> None:
    """The ledger continues a kept checkpoint. Raises Misuse where that is of another ledger, else Damage."""
    if note.origin != log.origin:
        raise Misuse(f"{file} is a checkpoint of {note.origin}, not of {log.origin}", "name the ledger with --ledger")
    if note.size > log.size or log.roots[note.size] != note.root:
        raise Damage(
            f"the ledger is not a continuation of checkpoint {note.size} in {file}: two histories were shown",
            f"ghg verify --checkpoint {file} says where it breaks",
        )


def _check_notes(notes: Sequence[Note], log: Log, keys: KeyChain, file: str, faults: Faults) -> list[int]:
    """The sizes at which a note has another root than the log."""
    broken = []
    unsigned = 0
    confirmed = {note.size for note in notes if note.origin == log.origin and keys.verdict(note) is None}
    for note in notes:
        where: dict[str, Any] = {"file": file, "line": note.line}
        if note.origin != log.origin:
            faults.add("checkpoint-other-ledger", f"this checkpoint is of {note.origin}, not of {log.origin}", **where)
            continue
        if note.size > log.size:
            words = f"the ledger is shorter than its checkpoint: {log.size} batches, not {note.size}"
            faults.add("ledger-shorter", words, **where)
        elif log.roots[note.size] != note.root:
            words = f"the ledger is not an extension of checkpoint {note.size}: its first batches are others"
            faults.add("not-an-extension", words, entry=f"B{note.size}", **where)
            broken.append(note.size)
        if not keys.keys:
            unsigned += 1
        elif (code := keys.verdict(note)) == "checkpoint-signature":
            faults.add(code, f"no known key signed checkpoint {note.size}", **where)
        elif code is not None and note.size not in confirmed:
            faults.add(code, f"checkpoint {note.size} is signed {_ENDED[code]}", entry=f"B{note.size}", **where)
    if unsigned:
        words = f"no public key is known: the signatures of {unsigned} checkpoints were not checked"
        faults.add("key-unknown", words, severity="warning", file=file)
    return broken


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
