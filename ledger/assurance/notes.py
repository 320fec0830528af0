"""Signed notes read again, line by line, so that one broken note hides no other."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_DASH = "\u2014 "


@dataclass(frozen=True, slots=True)
class Note:
    """A checkpoint with the signatures under it, and the line on which it begins."""

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
    raw = base64.b64decode(public_key)
    for name, blob in note.signatures:
        if blob[:4] != hashlib.sha256(name.encode() + b"\n\x01" + raw).digest()[:4]:
            continue
        try:
            Ed25519PublicKey.from_public_bytes(raw).verify(blob[4:], note.text)
        except InvalidSignature:
            continue
        return True
    return False


def _note_at(lines: list[str], place: int) -> tuple[Note | None, int]:
    """The note that begins on a line (from 0), if one does, and the line after it."""
    if len(lines) < place + 5 or lines[place + 3] or not lines[place + 4].startswith(_DASH):
        return None, place
    origin, size, root = lines[place : place + 3]
    signatures = []
    after = place + 4
    try:
        digest = base64.b64decode(root, validate=True)
        number = int(size) if size.isdecimal() else -1
        while after < len(lines) and lines[after].startswith(_DASH):
            _, name, blob = lines[after].split(" ")
            signatures.append((name, base64.b64decode(blob, validate=True)))
            after += 1
    except (ValueError, binascii.Error):
        return None, place
    if number < 0 or len(digest) != 32:
        return None, place
    text = f"{origin}\n{size}\n{root}\n".encode()
    return Note(place + 1, origin, number, digest.hex(), text, tuple(signatures)), after
