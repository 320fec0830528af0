"""Cosigning: an auditor's signature under a checkpoint, taken back beside the ledger; and two checkpoints compared.

A cosigned checkpoint shows that somebody else saw this history. Two of the same size with different roots show that
two histories were shown (a split view): the one thing that no single copy of a ledger can tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ledger.assurance.checks.chain import check_continued, last_kept, read_log
from ledger.assurance.signed.keys import brought_keys, read_keys
from ledger.assurance.signed.notes import Note, note_signers, read_notes
from ledger.errors import Misuse
from ledger.store import session
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


@dataclass(frozen=True, slots=True)
class Taken:
    """A cosigned checkpoint as it was kept: with the lines that were checked; who signed, and whose lines were not."""

    note: Note
    signed_by: tuple[str, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A checkpoint with one more signature, the key (base64) that made it, and whether those above were checked."""

    note: SignedCheckpoint
    public_key: str
    checked: bool


def cosign(file: Path, name: str, public_keys: Sequence[str] = (), ledger: Path | None = None) -> Cosigned:
    """The checkpoint of a file with your signature under it.

    Its own signature is checked with the keys that you name, else with those of the ledger, where it is of that one.
    Raises Misuse where the file holds no checkpoint, its own signature does not hold, the name cannot stand on a
    signature line, or your key is one of the ledger's own.
    """
    if not _NAME.fullmatch(name) or name == SIGNER:
        raise Misuse(f"'{name}' cannot name a signer", "give a name without blanks, like auditor.example")
    note = last_kept(file)
    if note.text != _checkpoint(note).body().encode():
        raise Misuse(f"the checkpoint in {file} has lines of another program", "sign it with the program that wrote it")
    brought, own = brought_keys(public_keys), _keys_of(ledger, note.origin)
    checked = bool(_own_signers(file, note, brought or own))
    if brought and not checked:
        raise Misuse(f"none of the keys signed the checkpoint in {file}", "give the keys of whoever signs it")
    key = signing_key()
    mine = public_key_text(key)
    if mine in own or _signed_as(note, mine, SIGNER):
        raise Misuse(
            "the key of this machine is one of the ledger's own: its signature would say nothing of anyone else",
            "sign with a key of your own; GHG_SIGNING_KEY names its file",
        )
    return Cosigned(cosignature(SignedCheckpoint(_checkpoint(note), note.signatures), name, key), mine, checked)


def take_cosigned(ledger: Path, file: Path, public_key: str) -> Taken:
    """Keep a cosigned checkpoint beside the ledger, with the signatures that the key or one of the ledger's own made.

    Raises Misuse where the file holds no checkpoint of this ledger, the key did not sign it or is one of the ledger's
    own, Damage where the ledger is not its continuation: then two histories were shown.
    """
    note = last_kept(file)
    brought = set(brought_keys([public_key]))
    if not note_signers(note, brought)[0]:
        raise Misuse(f"the key did not sign the checkpoint in {file}", "give the key of whoever cosigned it")
    with session(ledger, "write") as s:
        log = read_log(s)
        own = list(read_keys(s, log).keys)
        if not brought.isdisjoint(own):
            raise Misuse(
                "the key is one of this ledger's own: it proves nothing that the ledger does not say of itself",
                "give the key of whoever cosigned it, as they told it to you",
            )
        check_continued(log, note, file)
        text = checkpoints_path(ledger).read_bytes() if checkpoints_path(ledger).exists() else b""
        kept = {(held.size, held.signatures) for held in read_notes(text)[0]}
        lines = tuple(line for line in note.signatures if _signs(note, line, [*own, *brought]))
        if (note.size, lines) not in kept:
            write_checkpoint(ledger, SignedCheckpoint(_checkpoint(note), lines))
            if note.size < max((size for size, _ in kept), default=0):
                write_checkpoint(ledger, kept_note(ledger, None))  # the newest stays the last in the file
    signed_by = dict.fromkeys(line[0] for line in lines if _signs(note, line, brought))
    left_out = dict.fromkeys(line[0] for line in note.signatures if line not in lines)
    return Taken(replace(note, signatures=lines), tuple(signed_by), tuple(left_out))


def compared(first: Path, second: Path, public_keys: Sequence[str] = (), ledger: Path | None = None) -> Compared:
    """Two files of kept checkpoints held against each other, at every size that both have.

    With keys, only checkpoints that one of them signed count; without, the keys of the ledger, where they are of that
    one, tell a note that was changed. Raises Misuse where a file has none, a note's own signature does not hold, or
    they are of two ledgers.
    """
    keys = brought_keys(public_keys)
    one, other = _counted(first, keys, ledger), _counted(second, keys, ledger)
    origins = {note.origin for note in (*one.values(), *other.values())}
    if len(origins) > 1:
        raise Misuse(f"they are of two ledgers: {' and '.join(sorted(origins))}", "compare two of one ledger")
    common = sorted(one.keys() & other.keys())
    apart = [size for size in common if one[size].root != other[size].root]
    if apart:
        words = f"both are of size {apart[0]}, with two roots: two histories were shown"
        signed = f"{words}, and both were signed by a key that you named" if keys else words
        sides = ((first, one), (second, other))
        unchecked = [file.name for file, held in sides if not keys and not _known(held[apart[0]], ledger)]
        hint = f" (the signature in {' and '.join(unchecked)} was not checked: give --public-key)" if unchecked else ""
        return Compared("split", signed + hint)
    if common:
        return Compared("same", f"both are of size {common[-1]} with the same root")
    words = f"they are of sizes {max(one)} and {max(other)}: whether one continues the other, the ledger must show"
    return Compared("apart", f"{words} (ghg checkpoint proof)")


def _counted(file: Path, keys: Sequence[str], ledger: Path | None) -> dict[int, Note]:
    """The checkpoints of a file by size; with keys, those that one of them signed."""
    known = keys or _keys_of(ledger, last_kept(file).origin)
    notes = read_notes(file.read_bytes())[0]
    held = {note.size: note for note in notes if _own_signers(file, note, known) or not keys}
    if not held:
        raise Misuse(f"none of the keys signed a checkpoint in {file}", "give the keys of whoever signs it")
    return held


def cosigners(ledger: Path, brought: Sequence[str] = ()) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    """Who else signed, by a key that was brought and is not the ledger's own; and whose lines nobody could check.

    Each with the largest size of theirs, by name.
    """
    path = checkpoints_path(ledger)
    notes = read_notes(path.read_bytes())[0] if path.exists() else []
    others = [key for key in brought if not any(_signed_as(note, key, SIGNER) for note in notes)]
    signed: dict[str, int] = {}
    unchecked: dict[str, int] = {}
    for note in notes:
        for line in note.signatures:
            if line[0] != SIGNER:
                found = signed if _signs(note, line, others) else unchecked
                found[line[0]] = max(found.get(line[0], 0), note.size)
    return sorted(signed.items()), sorted(unchecked.items())


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


def signed_by(ledger: Path, public_key: str, size: int) -> bool:
    """Whether the checkpoint of a size kept beside a ledger is that of the ledger, and signed by a key (base64).

    Raises Misuse where there is none of that size, or the text is no key.
    """
    (key,) = brought_keys([public_key])
    notes = [note for note in read_notes(checkpoints_path(ledger).read_bytes())[0] if note.size == size]
    with session(ledger) as s:
        root = read_log(s).root
    return any(note.root == root and _signed_as(note, key, SIGNER) for note in notes)


def _keys_of(ledger: Path | None, origin: str) -> list[str]:
    """The keys (base64) that a ledger names, where a checkpoint is of that ledger; none where there is no such."""
    if ledger is None or not ledger.exists():
        return []
    with session(ledger) as s:
        log = read_log(s)
        return list(read_keys(s, log).keys) if log.origin == origin else []


def _known(note: Note, ledger: Path | None) -> bool:
    return bool(note_signers(note, _keys_of(ledger, note.origin))[0])


def _own_signers(file: Path, note: Note, keys: Sequence[str]) -> list[str]:
    """Which of the keys signed a note. Raises Misuse where a line names one of them and is not its signature."""
    signed, wrong = note_signers(note, keys)
    if wrong:
        raise Misuse(
            f"{file}: the note's own signature does not hold (changed or damaged), at size {note.size}",
            "have it sent to you again by whoever wrote it; as it is, it proves nothing",
        )
    return signed


def _signs(note: Note, line: tuple[str, bytes], keys: Iterable[str]) -> bool:
    """Whether a signature line is of one of the keys."""
    return bool(note_signers(replace(note, signatures=(line,)), keys)[0])


def _signed_as(note: Note, public_key: str, name: str) -> bool:
    """Whether a key signed a note under a name."""
    return any(_signs(note, line, [public_key]) for line in note.signatures if line[0] == name)


def _checkpoint(note: Note) -> Checkpoint:
    return Checkpoint(note.origin, note.size, note.root)
