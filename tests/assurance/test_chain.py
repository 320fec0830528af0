"""The chain and its anchors: rewriting, rolling back, forging and losing are told by what was kept outside."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil

import duckdb
import full
import pytest
import tiny
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.assurance import verification
from ledger.assurance.verify import verify
from ledger.errors import Damage, Misuse
from ledger.store import Checkpoint, latest_checkpoint, session
from ledger.store.checkpoint import checkpoints_path, public_key_text, signed, signing_key
from ledger.store.control_log import control_log_path
from ledger.store.evidence import evidence_folder


@pytest.fixture
def kept(path, tmp_path):
    """The checkpoint that an auditor took away: the file of checkpoints as it was."""
    file = tmp_path / "kept.txt"
    shutil.copy(checkpoints_path(path), file)
    return file


def test_a_kept_checkpoint_anchors(path, kept):
    """With a checkpoint kept outside the ledger is anchored, also after it has grown."""
    assert verify(path, checkpoint=kept).anchored
    with session(path, "write") as s:
        tiny.upload(s, "later", full.rows()[:1])
    found = verify(path, checkpoint=kept)
    assert (found.ok, found.anchored, found.size) == (True, True, 16)


@pytest.mark.thorough
def test_one_note_alone_anchors(path, kept):
    """A single note from a report's foot is enough."""
    notes = kept.read_text().split("\n\n")
    kept.write_text("\n\n".join(notes[8:10]) + "\n")
    assert kept.read_text().splitlines()[1] == "5"
    assert verify(path, checkpoint=kept).anchored


def test_history_rebuilt_with_every_hash(path, kept):
    """A quantity changed and every hash, note and part made anew: consistent in itself, but not the kept ledger's."""
    full.rebuilt(
        path,
        "update activity set quantity = quantity + 1 where batch_no = 3 and seq = 1",
        "update period_total set quantity = quantity + 1 where batch_no = 3 and month = '2024-03-01' "
        "and key_no = (select key_no from activity where batch_no = 3 and seq = 1)",
        "delete from issued_report",  # each of them names the root that history had: a report is a checkpoint too
        "delete from sign_off",  # and so is a sign-off
        "update evidence set seq = seq - 5 where batch_no = 13",
    )
    alone = verify(path)
    assert (alone.ok, alone.anchored, alone.findings) == (True, False, [])
    found = verify(path, checkpoint=kept)
    assert (found.ok, found.anchored) == (False, False)
    assert full.codes(found) == {"not-an-extension"}
    assert {f.entry for f in found.findings if f.entry} == {f"B{n}" for n in range(3, 16)}
    assert any("the same as in kept.txt up to batch 2" in f.message for f in found.findings)


@pytest.mark.thorough
def test_an_older_copy_put_back(path, kept, tmp_path):
    """Yesterday's file put back is shorter than the kept checkpoint, and than its own file of checkpoints."""
    shutil.copytree(path.parent, tmp_path / "yesterday")
    with session(path, "write") as s:
        tiny.upload(s, "today", full.rows()[:1])
    shutil.copy(checkpoints_path(path), kept)
    shutil.copy(tmp_path / "yesterday" / path.name, path)
    found = verify(path, checkpoint=kept)
    assert not found.ok
    told = {(f.code, f.file) for f in found.findings}
    own, outside = ("ledger-shorter", checkpoints_path(path).name), ("ledger-shorter", kept.name)
    assert told == {own, outside, ("batch-gap", None), ("evidence-orphan", "today")}
    assert any("15 batches, not 16" in f.message for f in found.findings)
    shutil.copy(tmp_path / "yesterday" / checkpoints_path(path).name, checkpoints_path(path))
    shutil.rmtree(full.parts_folder(path, "today"))
    assert full.codes(verify(path)) == set()
    assert full.codes(verify(path, checkpoint=kept)) == {"ledger-shorter"}


@pytest.mark.thorough
def test_two_histories_of_one_origin(path, kept, tmp_path):
    """Two ledgers that grew apart from one copy: each holds alone, and the checkpoint of one exposes the other."""
    other = tmp_path / "other"
    shutil.copytree(path.parent, other)
    for ledger, key in ((path, "for us"), (other / path.name, "for the auditor")):
        with session(ledger, "write") as s:
            tiny.upload(s, key, full.rows()[:1])
    shutil.copy(checkpoints_path(other / path.name), kept)
    assert verify(path).ok
    found = verify(path, checkpoint=kept)
    assert full.codes(found) == {"not-an-extension"}
    assert any("the same as in kept.txt up to batch 15" in f.message for f in found.findings)


def test_a_checkpoint_deleted(path):
    """A note cut from the file is named by its size; the newest alone may be missing after a crash, and is told."""
    file = checkpoints_path(path)
    notes = file.read_text().split("\n\n")
    file.write_text("\n\n".join(notes[:4] + notes[6:]))
    found = verify(path)
    assert [(f.code, f.entry) for f in found.findings] == [("checkpoint-missing", "B3")]
    assert not found.ok
    file.write_text("\n\n".join(notes[:-3]) + "\n\n")
    found = verify(path)
    assert [(f.code, f.entry, f.severity) for f in found.findings] == [("checkpoint-not-noted", "B15", "warning")]
    assert found.ok
    file.unlink()
    assert full.codes(verify(path)) == {"checkpoint-file-missing"}


@pytest.mark.thorough
def test_a_checkpoint_forged(path):
    """A note with another root, another key, a changed signature or of another ledger is told, each for itself."""
    file = checkpoints_path(path)
    with session(path) as s:
        third = latest_checkpoint(s, 3)
    whole = file.read_text()
    forged = signed(third, Ed25519PrivateKey.generate()).note()
    file.write_text(whole + forged + "\n")
    assert full.codes(verify(path)) == {"checkpoint-signature"}
    file.write_text(whole + signed(Checkpoint(third.origin, 3, "ab" * 32), signing_key()).note() + "\n")
    assert full.codes(verify(path)) == {"not-an-extension"}
    file.write_text(whole + signed(Checkpoint("ghg-ledger/x", 3, third.root), signing_key()).note() + "\n")
    assert full.codes(verify(path)) == {"checkpoint-other-ledger"}
    name, blob = whole.splitlines()[4].split(" ")[1:]
    turned = bytearray(base64.b64decode(blob))
    turned[20] ^= 1
    file.write_text(whole.replace(blob, base64.b64encode(turned).decode(), 1))
    assert full.codes(verify(path)) == {"checkpoint-signature"}
    assert name == "ghg-ledger"
    file.write_text("nonsense\n" + whole)
    assert [f.code for f in verify(path).findings] == ["checkpoint-unreadable"]


@pytest.mark.thorough
def test_the_key_may_come_from_outside(path):
    """The auditor's own idea of the key counts before the ledger's."""
    assert verify(path, public_key=public_key_text(signing_key())).ok
    found = verify(path, public_key=public_key_text(Ed25519PrivateKey.generate()))
    assert full.codes(found) == {"checkpoint-signature", "key-unvouched"}


def test_without_any_key_the_signatures_are_not_checked(path):
    """A ledger that knows of no key at all says so once, with the number of its notes, and calls none forged."""
    full.harm(path, "delete from key_event", "delete from setting where name = 'signing_key'")
    told = [f for f in verify(path).findings if f.code.startswith(("key", "checkpoint"))]
    assert [(f.code, f.severity) for f in told] == [("key-unknown", "warning")]
    assert "of 15 checkpoints" in told[0].message


def test_what_is_no_checkpoint_is_misuse(path, tmp_path):
    """A kept file that is missing or holds no note cannot be verified against: the call is refused."""
    with pytest.raises(Misuse):
        verify(path, checkpoint=tmp_path / "none")
    (tmp_path / "text").write_text("hello")
    with pytest.raises(Misuse):
        verify(path, checkpoint=tmp_path / "text")
    with pytest.raises(Misuse):
        verify(tmp_path / "none.duckdb")


@pytest.mark.thorough
def test_time_going_backwards(path, kept):
    """A batch dated before its forerunner is told, even when every hash fits."""
    full.rebuilt(path, "update batch set recorded_at = recorded_at - interval 1 day where batch_no = 5")
    found = verify(path)
    bound = ("report-files", "sign-off-digest")  # reports and sign-offs name the root of before
    told = [(f.code, f.entry) for f in found.findings if f.code not in bound]
    assert told == [("time-backwards", "B5")]


def test_one_byte_of_evidence(path, monkeypatch):
    """One flipped byte in any kept file is told with the file and the batch it belongs to."""
    monkeypatch.setattr(verification, "SHOWN_PER_CODE", 1000)
    files = [file for file in sorted(evidence_folder(path).rglob("*")) if file.is_file() and file.name != "SHA256SUMS"]
    assert len(files) > 40
    for file in files:
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
    found = verify(path)
    assert {f.code for f in found.findings} == {"evidence-changed"}
    assert len(found.findings) == len(files)
    in_parts = {(f.entry, f.file) for f in found.findings if f.entry}
    assert ("B3", "activity_key.parquet") in in_parts
    assert ("B10", "00000.parquet") in in_parts
    assert {f.file for f in found.findings if f.entry is None} == {f.name for f in files if len(f.name) == 64}


@pytest.mark.thorough
def test_evidence_missing(path):
    """Bytes that a batch or a row of evidence names and that are gone are told, and so is a list of parts."""
    with duckdb.connect(str(path), read_only=True) as con:
        digest, seq = con.execute("select sha256, seq from evidence order by batch_no, seq limit 1").fetchone()
    (evidence_folder(path) / digest).unlink()
    (full.parts_folder(path, "c1") / "SHA256SUMS").unlink()
    (full.parts_folder(path, "u1") / "batch.parquet").unlink()
    found = verify(path)
    assert {(f.code, f.entry) for f in found.findings} == {
        ("evidence-missing", f"B2-{seq}"), ("evidence-missing", "B4"), ("evidence-missing", "B3")}  # fmt: skip


@pytest.mark.thorough
def test_what_an_interrupted_upload_left_is_no_fault(path):
    """Parts that belong to no batch are told as such, and the ledger holds."""
    shutil.copytree(full.parts_folder(path, "u1"), full.parts_folder(path, "never"))
    found = verify(path)
    assert [(f.code, f.severity) for f in found.findings] == [("evidence-orphan", "info")]
    assert found.ok


@pytest.mark.thorough
def test_the_control_log(path):
    """A refusal changed, dropped or cut off at the end is told; the batch after it knows how it was."""
    log = control_log_path(path)
    whole = log.read_bytes()
    lines = whole.splitlines(keepends=True)
    assert json.loads(lines[1])["details"] == {"n": "1"}
    changed = whole.replace(b'{"n":"1"}', b'{"n":"7"}')
    for harmed in (changed, lines[0] + lines[2], lines[0] + lines[1], b"", b"x\n" + whole):
        log.write_bytes(harmed)
        assert full.codes(verify(path)) == {"control-log"}, harmed
    log.write_bytes(whole + b"torn")
    found = verify(path)
    assert ([f.code for f in found.findings], found.ok) == (["control-log"], True)


@pytest.mark.thorough
def test_a_byte_of_the_file(path):
    """A damaged block of the database file is told as damage, not as a crash, whatever it hits."""
    whole, entries = path.read_bytes(), verify(path).entries
    for place in range(20_000, len(whole), len(whole) // 6):
        content = bytearray(whole)
        for offset in range(0, 4096, 64):
            if place + offset < len(content):
                content[place + offset] ^= 0xFF
        path.write_bytes(bytes(content))
        try:
            found = verify(path)
        except Damage:
            continue
        assert not found.ok or content == whole or _unused(found, entries)
    path.write_bytes(whole)
    assert verify(path).ok


def _unused(found, entries: int) -> bool:
    """Whether the bytes that were hit belong to no row: then every row was read and hashed all the same."""
    return found.entries == entries


@pytest.mark.thorough
def test_only_batches_after_a_number(path):
    """`since` hashes the later batches alone, finds what is wrong in them, and still reads every header."""
    assert verify(path, since=9).entries == 26  # three rows, three steps, five reports with their files, five sign-offs
    full.harm(path, "update activity set quantity = 7 where seq = 1 and batch_no in (3, 10)")
    found = verify(path, since=9)
    assert {f.entry for f in found.findings if f.code == "entry-changed"} == {"B10-1"}
    full.harm(path, "update batch set actor = 'x' where batch_no = 2")
    assert "header-chain" in full.codes(verify(path, since=9))


def test_the_proof_of_an_entry(path):
    """The proof of an entry can be checked with a hash function alone, up to the root in the checkpoint."""
    for entry in ("B3-1", "B3-9", "B4-41", "B10-3", "B1-300"):
        found = verify(path, entry=entry)
        proof = found.proof
        assert found.ok
        for text, path_up, root in (
            (proof.text, proof.path, proof.entries_root),
            (proof.header, proof.log_path, found.root),
        ):
            digest = hashlib.sha256(b"\x00" + text.encode()).digest()
            for side, beside in path_up:
                pair = bytes.fromhex(beside) + digest if side == "left" else digest + bytes.fromhex(beside)
                digest = hashlib.sha256(b"\x01" + pair).digest()
            assert digest.hex() == root
        assert f"64:{proof.entries_root}" in proof.header
        assert proof.reversed_by == {"B3-9": ("B8-1",)}.get(entry, ())
    full.harm(path, "update activity set quantity = 7 where batch_no = 3 and seq = 1")
    assert full.codes(verify(path, entry="B3-1")) == {"batch-root"}
    for wrong in ("B3", "B99-1", "B3-9999", "x"):
        with pytest.raises(Misuse):
            verify(path, entry=wrong)


def test_json(path):
    """The answer is plain JSON: whether it holds, anchored or not, size, root, entries, findings, proof."""
    told = json.loads(json.dumps(verify(path).as_json()))
    held = {"ok", "anchored", "size", "root", "entries", "findings", "seconds"}
    assert {*told} == held | {"cosigned", "unchecked", "partial", "time_stamps"}
    told = json.loads(json.dumps(verify(path, entry="B3-1").as_json()))
    assert told["proof"]["entry"] == "B3-1"
