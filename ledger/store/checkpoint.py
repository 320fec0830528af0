"""Checkpoints: a signed note of the log's size and root, written outside the database after each batch.

The form is the C2SP signed note: origin, size, base64 root, a blank line, then ``— name signature`` lines.
Two checkpoints are enough to show that history was not rewritten. The Ed25519 key lies in the user's
configuration folder, mode 0600, never in the ledger; :mod:`ledger.store.keys` says which key may sign.
"""

from __future__ import annotations

import base64
import hashlib
import os
import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.errors import Misuse
from ledger.store.session import side_folder
from ledger.tabular import Tabular

SIGNER = "ghg-ledger"
_ED25519 = b"\x01"
_TAIL_BYTES = 1 << 14


@dataclass(frozen=True, slots=True)
class Checkpoint(Tabular):
    """Size (batches) and root (hex) of the log at one moment."""

    origin: str
    size: int
    root: str

    def body(self) -> str:
        """The signed text."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(bytes.fromhex(self.root)).decode()}\n"


@dataclass(frozen=True, slots=True)
class SignedCheckpoint(Tabular):
    """A checkpoint and the signature lines under it: (signer, key hash + signature)."""

    checkpoint: Checkpoint
    signatures: tuple[tuple[str, bytes], ...]

    def note(self) -> str:
        """The note as it is written to a file."""
        lines = (f"\u2014 {name} {base64.b64encode(blob).decode()}\n" for name, blob in self.signatures)
        return self.checkpoint.body() + "\n" + "".join(lines)


def checkpoints_path(ledger: Path) -> Path:
    """`x.checkpoints` for `x.duckdb`."""
    return side_folder(ledger, "checkpoints")


def signing_key_path() -> Path:
    """Where the user's key lies; ``GHG_SIGNING_KEY`` names another file."""
    named = os.environ.get("GHG_SIGNING_KEY")
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return Path(named) if named else home / "ghg-ledger" / "signing.key"


def signing_key() -> Ed25519PrivateKey:
    """The user's key, made on first use. Raises Misuse where its file holds no key."""
    path = signing_key_path()
    if not path.exists():
        write_key(path, Ed25519PrivateKey.generate())
    return read_key(path)


def read_key(path: Path) -> Ed25519PrivateKey:
    """The private key in a file. Raises Misuse where the file holds none."""
    try:
        return Ed25519PrivateKey.from_private_bytes(base64.b64decode(path.read_bytes(), validate=False))
    except ValueError as fault:
        raise Misuse(
            f"{path} holds no signing key", "bring it back from a copy, or move it away: the next act makes a new key"
        ) from fault


def write_key(path: Path, key: Ed25519PrivateKey) -> None:
    """Write a private key, whole or not at all, for its owner alone; a file that is there already is left as it is."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.b64encode(key.private_bytes_raw()) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            _put(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _put(partial: Path, path: Path) -> None:
    """Give a whole file its name. Raises FileExistsError where there is one of that name."""
    try:
        path.hardlink_to(partial)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        if path.exists():
            raise FileExistsError(path) from None
        partial.rename(path)


def public_key_text(key: Ed25519PrivateKey) -> str:
    """The public key as base64 text."""
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


def key_id(public_key: str) -> str:
    """The eight hex digits by which a key (base64) stands in the signature lines of our checkpoints."""
    return _key_hash(SIGNER, base64.b64decode(public_key)).hex()


def verifier_key(public_key: str) -> str:
    """The public key in the form in which other programs take it: name, id and key, joined by `+`."""
    return f"{SIGNER}+{key_id(public_key)}+{base64.b64encode(_ED25519 + base64.b64decode(public_key)).decode()}"


def signed(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> SignedCheckpoint:
    """The checkpoint with our signature."""
    return cosignature(SignedCheckpoint(checkpoint, ()), SIGNER, key)


def cosignature(note: SignedCheckpoint, name: str, key: Ed25519PrivateKey) -> SignedCheckpoint:
    """The note with one more signature line under it, by a signer of that name."""
    signature = _key_hash(name, key.public_key().public_bytes_raw()) + key.sign(note.checkpoint.body().encode())
    return SignedCheckpoint(note.checkpoint, (*note.signatures, (name, signature)))


def write_checkpoint(ledger: Path, note: SignedCheckpoint) -> None:
    """Append the note to the ledger's checkpoint file, synced; after a torn one it begins on a line of its own."""
    with checkpoints_path(ledger).open("a+b") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - 2))
        torn = file.read() not in (b"", b"\n\n")
        file.write((b"\n\n" if torn else b"") + note.note().encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def last_note(ledger: Path) -> Checkpoint | None:
    """The note of the largest size at the end of the ledger's checkpoint file; None where no whole one is there.

    Its signatures are not checked. The last in the file may be an earlier one that an auditor cosigned.
    """
    path = checkpoints_path(ledger)
    if not path.exists():
        return None
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL_BYTES))
        lines = file.read().decode(errors="replace").split("\n")
    found = []
    for place in range(len(lines) - 4):
        origin, size, root, blank, signature = lines[place : place + 5]
        if not blank and size.isdecimal() and _is_whole(signature):
            with suppress(ValueError):
                found.append(Checkpoint(origin, int(size), base64.b64decode(root, validate=True).hex()))
    return max(found, key=lambda note: note.size, default=None)


def _is_whole(line: str) -> bool:
    """Whether a signature line was written to its end: a dash, a name, and base64 of key hash and signature."""
    words = line.split(" ")
    if len(words) != 3 or words[0] != "\u2014":
        return False
    try:
        return len(base64.b64decode(words[2], validate=True)) == 4 + 64
    except ValueError:
        return False


def last_noted_size(ledger: Path) -> int | None:
    """The size in the last note of the ledger's checkpoint file; None where there is no readable one."""
    note = last_note(ledger)
    return None if note is None else note.size


def read_notes(text: str) -> list[SignedCheckpoint]:
    """The notes in a checkpoint file, in order.

    Raises ValueError where the text is not a sequence of signed notes.
    """
    notes: list[SignedCheckpoint] = []
    lines = text.split("\n")
    position = 0
    while position < len(lines):
        if not lines[position]:
            position += 1
            continue
        origin, size, root = lines[position : position + 3]
        checkpoint = Checkpoint(origin, int(size), base64.b64decode(root, validate=True).hex())
        position += 4
        signatures = []
        while position < len(lines) and lines[position].startswith("\u2014 "):
            _, name, blob = lines[position].split(" ")
            signatures.append((name, base64.b64decode(blob, validate=True)))
            position += 1
        notes.append(SignedCheckpoint(checkpoint, tuple(signatures)))
    return notes


def _key_hash(name: str, public_key: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public_key).digest()[:4]
