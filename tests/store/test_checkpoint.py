"""Checkpoints: signed notes that stand beside the ledger and can be read by anyone."""

from __future__ import annotations

import base64
import stat

import made_rows as made
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from ledger.assurance.signed import notes
from ledger.store import Checkpoint, latest_checkpoint, session
from ledger.store.checkpoint import (
    SIGNER,
    SignedCheckpoint,
    checkpoints_path,
    last_noted_size,
    public_key_text,
    read_notes,
    signed,
    signing_key,
)

CHECKPOINT = Checkpoint("ghg-ledger/abc", 12, "ab" * 32)


def holds(note, public_key):
    """Whether the verifier, who reads the note's text for itself, finds this key's signature under it."""
    (read,), unreadable = notes.read_notes(note.note().encode())
    assert unreadable == []
    return notes.note_holds(read, public_key)


@given(st.integers(1, 10**9), st.binary(min_size=32, max_size=32), st.integers(1, 3))
def test_a_note_comes_back_as_it_was_written(size, root, count):
    """Origin, size, root and signatures survive writing and reading, one note or several in a file."""
    key = Ed25519PrivateKey.generate()
    notes = [signed(Checkpoint("ghg-ledger/x", size + n, root.hex()), key) for n in range(count)]
    read = read_notes("\n".join(note.note() for note in notes))
    assert read == notes
    assert all(holds(note, public_key_text(key)) for note in read)


def test_the_note_is_a_signed_note():
    """Text, blank line, then an em dash, the name, and base64 of key hash and Ed25519 signature over the text."""
    key = Ed25519PrivateKey.generate()
    lines = signed(CHECKPOINT, key).note().split("\n")
    assert lines[:2] == ["ghg-ledger/abc", "12"]
    assert base64.b64decode(lines[2]).hex() == CHECKPOINT.root
    assert lines[3] == ""
    dash, name, blob = lines[4].split(" ")
    assert (dash, name) == ("\u2014", SIGNER)
    text = "\n".join(lines[:3]) + "\n"
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key_text(key)))
    public.verify(base64.b64decode(blob)[4:], text.encode())


def test_a_changed_note_or_another_key_does_not_hold():
    """A signature holds for its own text and key alone."""
    key = Ed25519PrivateKey.generate()
    note = signed(CHECKPOINT, key)
    assert not holds(note, public_key_text(Ed25519PrivateKey.generate()))
    for changed in (Checkpoint("ghg-ledger/abd", 12, "ab" * 32), Checkpoint("ghg-ledger/abc", 13, "ab" * 32),
                    Checkpoint("ghg-ledger/abc", 12, "ac" * 32)):  # fmt: skip
        assert not holds(SignedCheckpoint(changed, note.signatures), public_key_text(key))


def test_each_batch_leaves_a_checkpoint(path):
    """After every batch the file holds one more note, signed, and the last one is the ledger as it stands."""
    with session(path, "write") as s:
        for number in range(3):
            made.upload(s, f"k{number}")
        latest = latest_checkpoint(s)
        roots = [latest_checkpoint(s, size).root for size in range(1, 5)]
    noted = read_notes(checkpoints_path(path).read_text())
    assert [note.checkpoint.root for note in noted] == roots
    assert noted[-1].checkpoint == latest
    assert all(holds(note, public_key_text(signing_key())) for note in noted)
    assert last_noted_size(path) == 4


def test_the_key_is_the_users_own(tmp_path, monkeypatch):
    """The key is made on first use, readable by its owner alone, and the same from then on."""
    monkeypatch.delenv("GHG_SIGNING_KEY", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    first = public_key_text(signing_key())
    file = tmp_path / "config" / "ghg-ledger" / "signing.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert public_key_text(signing_key()) == first
    monkeypatch.setenv("GHG_SIGNING_KEY", str(tmp_path / "other.key"))
    assert public_key_text(signing_key()) != first


@pytest.mark.parametrize("text", ["origin\nx\nAAAA\n\n", "origin\n1\n%%%\n\n", "origin\n1"])
def test_what_is_no_note_is_refused(text):
    """Text that is not a sequence of notes raises, never gives half a checkpoint."""
    with pytest.raises(ValueError):  # noqa: PT011 — any of base64, int and unpacking may find it first
        read_notes(text)


def test_a_note_torn_at_any_byte_is_none(path):
    """Cut off anywhere, also within its signature, the last note does not count, and the next act notes its size."""
    before = checkpoints_path(path).read_bytes()
    with session(path, "write") as s:
        made.upload(s, "k1")
    whole = checkpoints_path(path).read_bytes()
    for end in range(len(before), len(whole) - 2):
        checkpoints_path(path).write_bytes(whole[:end])
        assert last_noted_size(path) == 1, end
    checkpoints_path(path).write_bytes(whole[:-2])
    assert last_noted_size(path) == 2, "whole but for the ends of its lines"
    checkpoints_path(path).write_bytes(whole[:-40])
    with session(path, "write") as s:
        made.upload(s, "k2")
    assert last_noted_size(path) == 3
    assert checkpoints_path(path).read_text().count("\n2\n") == 2
