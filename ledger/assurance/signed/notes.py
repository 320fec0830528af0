"""Signed notes read again, line by line, so that one broken note hides no other (C2SP signed-note, tlog-checkpoint)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_DASH = "\u2014 "
_SIZE = re.compile(r"0|[1-9][0-9]*")
_CONTROL = re.compile(r"[\x00-\x1f]")


@dataclass(frozen=True, slots=True)
class Note:
    """A checkpoint with the signatures under it, and the line on which it begins.

    ``text`` is what was signed: origin, size and root, and extension lines where another program wrote some.
    """

    line: int
    origin: str
    size: int
    root: str
    text: bytes
    signatures: tuple[tuple[str, bytes], ...]


def read_notes(content: bytes) -> tuple[list[Note], list[int]]:
    """The notes of a file in order, and the lines at which something stands that is none."""
    lines = content.decode("utf-8", errors="replace").split("\n")
    notes, unreadable = [], []
    place = 0
    while place < len(lines):
        if not lines[place]:
            place += 1
            continue
        note, after = _note_at(lines, place)
        if note is None:
            unreadable.append(place + 1)
            after = next((p for p in range(place + 1, len(lines)) if _note_at(lines, p)[0]), len(lines))
        else:
            notes.append(note)
        place = after
    return notes, unreadable


def note_holds(note: Note, public_key: str) -> bool:
    """Whether one of the signatures is of this Ed25519 key (base64), over exactly this text."""
    signed, _ = note_signers(note, [public_key])
    return bool(signed)


def note_signers(note: Note, public_keys: Iterable[str]) -> tuple[list[str], list[str]]:
    """Which of the keys (base64) signed the note, and which a line names though it is not their signature.

    Lines of other keys and other kinds are ignored, even under the same name: only name and key hash together name one.
    """
    signed: list[str] = []
    wrong: list[str] = []
    for key in public_keys:
        raw = base64.b64decode(key)
        for name, blob in note.signatures:
            if blob[:4] != hashlib.sha256(name.encode() + b"\n\x01" + raw).digest()[:4]:
                continue
            (signed if _is_signed(raw, blob[4:], note.text) else wrong).append(key)
    return signed, wrong


@lru_cache(maxsize=1 << 16)
def _is_signed(public_key: bytes, signature: bytes, text: bytes) -> bool:
    """One signature; kept in mind, for the same note is asked of several times."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, text)
    except InvalidSignature:
        return False
    return True


def _note_at(lines: list[str], place: int) -> tuple[Note | None, int]:
    """The note that begins on a line (from 0), if one does, and the line after it."""
    blank = next((p for p in range(place, min(len(lines), place + 20)) if not lines[p]), None)
    if blank is None or blank < place + 3 or blank + 1 >= len(lines) or not lines[blank + 1].startswith(_DASH):
        return None, place
    origin, size, root = lines[place : place + 3]
    signatures = []
    after = blank + 1
    try:
        digest = base64.b64decode(root, validate=True)
        while after < len(lines) and lines[after].startswith(_DASH):
            _, name, blob = lines[after].split(" ")
            signatures.append((name, base64.b64decode(blob, validate=True)))
            after += 1
    except (ValueError, binascii.Error):
        return None, place
    nameless = any(not name or "+" in name or len(blob) <= 4 for name, blob in signatures)
    controlled = any(_CONTROL.search(line) for line in lines[place:after])
    if not _SIZE.fullmatch(size) or len(digest) != 32 or nameless or controlled:
        return None, place
    text = "".join(f"{line}\n" for line in lines[place:blank]).encode()
    return Note(place + 1, origin, int(size), digest.hex(), text, tuple(signatures)), after
