"""Cosigning: an auditor's signature under a checkpoint, taken back beside the ledger; and two checkpoints compared.

A cosigned checkpoint shows that somebody else saw this history. Two of the same size with different roots show that
two histories were shown (a split view): the one thing that no single copy of a ledger can tell.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ledger.assurance.chain import read_log
from ledger.assurance.keys import brought_keys
from ledger.assurance.notes import Note, note_holds, note_signers, read_notes
from ledger.errors import Damage, Misuse
from ledger.store import ledger_origin, session
from ledger.store.checkpoint import (
    SIGNER,
    Checkpoint,
    SignedCheckpoint,
    checkpoints_path,
    cosignature,
    public_key_text,
    signing_key,
    write_checkpoint,
)

_NAME = re.compile(r"[^\s+\u2014]{1,60}")


@dataclass(frozen=True, slots=True)
class Compared:
    """What two checkpoints say of each other: `same`, `split` (one size, two roots) or `apart` (two sizes)."""

    verdict: str
    words: str


def cosign(file: Path, name: str) -> tuple[SignedCheckpoint, str]:
    """The checkpoint of a file with your signature under it, and your public key (base64).

    Raises Misuse where the file holds no checkpoint or the name cannot stand on a signature line.
    """
    if not _NAME.fullmatch(name) or name == SIGNER:
        raise Misuse(f"'{name}' cannot name a signer", "give a name without blanks, like auditor.example")
    note = last_note(file)
    if note.text != _checkpoint(note).body().encode():
        raise Misuse(f"the checkpoint in {file} has lines of another program", "sign it with the program that wrote it")
    key = signing_key()
    signed = SignedCheckpoint(_checkpoint(note), note.signatures)
    return cosignature(signed, name, key), public_key_text(key)


def take_cosigned(ledger: Path, file: Path, public_key: str) -> Note:
    """Keep a cosigned checkpoint beside the ledger; gives it.

    Raises Misuse where the file holds no checkpoint of this ledger or the key did not sign it, Damage where the
    ledger is not its continuation: then two histories were shown.
    """
    note = last_note(file)
    try:
        holds = note_holds(note, public_key)
    except ValueError as fault:
        raise Misuse("the public key cannot be read", "give the base64 text that checkpoint cosign printed") from fault
    if not holds:
        raise Misuse(f"the key did not sign the checkpoint in {file}", "give the key of whoever cosigned it")
    with session(ledger, "write") as s:
        origin, log = ledger_origin(s), read_log(s)
        if note.origin != origin:
            raise Misuse(f"{file} is a checkpoint of {note.origin}, not of {origin}", "name the ledger with --ledger")
        if note.size > log.size or log.roots[note.size] != note.root:
            raise Damage(
                f"the ledger is not a continuation of checkpoint {note.size} in {file}: two histories were shown",
                f"hold both against a copy: ghg verify --checkpoint {file}",
            )
        text = checkpoints_path(ledger).read_bytes() if checkpoints_path(ledger).exists() else b""
        kept = {(held.size, held.signatures) for held in read_notes(text)[0]}
        if (note.size, note.signatures) not in kept:
            write_checkpoint(ledger, SignedCheckpoint(_checkpoint(note), note.signatures))
            if note.size < max((size for size, _ in kept), default=0):
                write_checkpoint(ledger, kept_note(ledger, None))  # the newest stays the last in the file
    return note


def compared(first: Path, second: Path, public_keys: Sequence[str] = ()) -> Compared:
    """Two files of kept checkpoints held against each other, at every size that both have, without any ledger.

    With keys, only checkpoints that one of them signed count. Raises Misuse where a file has none, or they are of two
    ledgers.
    """
    keys = brought_keys(public_keys)
    one, other = _counted(first, keys), _counted(second, keys)
    origins = {note.origin for note in (*one.values(), *other.values())}
    if len(origins) > 1:
        raise Misuse(f"they are of two ledgers: {' and '.join(sorted(origins))}", "compare two of one ledger")
    common = sorted(one.keys() & other.keys())
    apart = [size for size in common if one[size].root != other[size].root]
    if apart:
        words = f"both are of size {apart[0]}, with two roots: two histories were shown"
        signed = f"{words}, and both were signed by a key that you named" if keys else words
        return Compared("split", signed)
    if common:
        return Compared("same", f"both are of size {common[-1]} with the same root")
    words = f"they are of sizes {max(one)} and {max(other)}: whether one continues the other, the ledger must show"
    return Compared("apart", f"{words} (ghg checkpoint proof)")


def _counted(file: Path, keys: Sequence[str]) -> dict[int, Note]:
    """The checkpoints of a file by size; with keys, those that one of them signed."""
    last_note(file)
    notes = read_notes(file.read_bytes())[0]
    held = {note.size: note for note in notes if not keys or note_signers(note, keys)[0]}
    if not held:
        raise Misuse(f"none of the keys signed a checkpoint in {file}", "give the keys of whoever signs it")
    return held


def cosigners(ledger: Path) -> list[tuple[str, int]]:
    """Who else signed, and the largest size that each signed, by name."""
    path = checkpoints_path(ledger)
    found: dict[str, int] = {}
    for note in read_notes(path.read_bytes())[0] if path.exists() else []:
        for name, _ in note.signatures:
            if name != SIGNER:
                found[name] = max(found.get(name, 0), note.size)
    return sorted(found.items())


def kept_note(ledger: Path, size: int | None) -> SignedCheckpoint:
    """The note of a size kept beside the ledger, the last where None is given, with every signature that is kept of it.

    Raises Misuse where there is none.
    """
    path = checkpoints_path(ledger)
    if not path.exists():
        raise Misuse(f"{ledger} has no checkpoints", "name the ledger with --ledger")
    notes = read_notes(path.read_bytes())[0]
    wanted = max((note.size for note in notes), default=0) if size is None else size
    held = [note for note in notes if note.size == wanted]
    if not held:
        raise Misuse(f"{path.name} has no checkpoint of size {wanted}", "ghg verify tells what is missing")
    same = [note for note in held if note.text == held[-1].text]
    lines = dict.fromkeys(line for note in same for line in note.signatures)
    return SignedCheckpoint(_checkpoint(held[-1]), tuple(lines))


def last_note(file: Path) -> Note:
    """The last checkpoint in a file. Raises Misuse where there is none."""
    try:
        notes, _ = read_notes(file.read_bytes())
    except OSError as fault:
        raise Misuse(f"{file} cannot be read: {fault.strerror}", "name a file that checkpoint export wrote") from fault
    if not notes:
        raise Misuse(f"{file} holds no checkpoint", "name a file that checkpoint export wrote")
    return notes[-1]


def _checkpoint(note: Note) -> Checkpoint:
    return Checkpoint(note.origin, note.size, note.root)
