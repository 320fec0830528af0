"""Cosigned checkpoints: an auditor's signature, kept beside the ledger; split views told."""

from __future__ import annotations

import base64
import hashlib
import shutil

import full
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer.testing import CliRunner

from ledger.assurance.checks.chain import last_kept
from ledger.assurance.signed.cosign import compared, cosign, take_cosigned
from ledger.assurance.verify import verify
from ledger.cli import app
from ledger.errors import Damage, Misuse
from ledger.store import session
from ledger.store.checkpoint import (
    Checkpoint,
    SignedCheckpoint,
    checkpoints_path,
    cosignature,
    public_key_text,
)


@pytest.fixture
def exported(path, tmp_path):
    """The last checkpoint, as it was handed to an auditor."""
    file = tmp_path / "checkpoint.txt"
    note = checkpoints_path(path).read_text().strip().split("\n\n")[-2:]
    file.write_text("\n\n".join(note) + "\n")
    return file


@pytest.fixture
def auditor(exported, tmp_path, monkeypatch):
    """The checkpoint cosigned with the auditor's key, and that key."""
    ours = full.signing_key  # the ledger's own key comes from the environment as it is
    assert ours
    monkeypatch.setenv("GHG_SIGNING_KEY", str(tmp_path / "auditor.key"))
    made = cosign(exported, "auditor.example")
    monkeypatch.undo()
    file = tmp_path / "cosigned.txt"
    file.write_text(made.note.note())
    return file, made.public_key


def test_an_auditor_signs_and_we_keep_it(path, auditor):
    """The cosigned checkpoint lies beside the ledger once; verify says who signed, and their key anchors it."""
    file, key = auditor
    for _ in range(2):
        taken = take_cosigned(path, file, key)
    note = taken.note
    assert (taken.signed_by, taken.left_out) == (("auditor.example",), ())
    assert [name for name, _ in note.signatures] == ["ghg-ledger", "auditor.example"]
    found = verify(path, checkpoint=file, public_key=key)
    assert (found.ok, found.anchored, found.cosigned) == (True, True, (("auditor.example", note.size),))
    assert checkpoints_path(path).read_text().count("auditor.example") == 1


@pytest.mark.thorough
def test_work_goes_on_after_it(path, auditor):
    """A batch after the import is noted once, and everything still holds."""
    take_cosigned(path, *auditor)
    with session(path, "write") as s:
        full.tiny.upload(s, "after", full.rows()[:2])
    found = verify(path, checkpoint=auditor[0], public_key=auditor[1])
    assert [f for f in found.findings if f.severity == "error"] == []
    assert found.anchored


def test_another_key_proves_nothing(path, auditor, tmp_path, monkeypatch):
    """A key that did not sign is refused at the import and told by verify."""
    monkeypatch.setenv("GHG_SIGNING_KEY", str(tmp_path / "other.key"))
    other = cosign(auditor[0], "somebody").public_key
    with pytest.raises(Misuse, match="did not sign"):
        take_cosigned(path, auditor[0], other)
    assert "checkpoint-signature" in full.codes(verify(path, checkpoint=auditor[0], public_key=other))
    with pytest.raises(Misuse, match="cannot be read"):
        take_cosigned(path, auditor[0], "not a key")


def test_two_histories(path, auditor, tmp_path):
    """A ledger rewritten after the auditor signed refuses the checkpoint; the two checkpoints differ at one size."""
    file, key = auditor
    other = tmp_path / "other"
    shutil.copytree(path.parent, other)
    forged = other / path.name
    full.rebuilt(forged, "update activity set quantity = 7 where seq = 1 and batch_no = 3")
    with pytest.raises(Damage, match="two histories"):
        take_cosigned(forged, file, key)
    shown = tmp_path / "shown.txt"
    shown.write_text(checkpoints_path(forged).read_text())
    assert compared(file, shown).verdict == "split"
    assert compared(file, file).verdict == "same"
    ours = [full.public_key_text(full.signing_key())]
    assert "signed by a key that you named" in compared(file, shown, ours).words
    early = tmp_path / "early.txt"
    early.write_text("\n\n".join(checkpoints_path(path).read_text().split("\n\n")[:6]) + "\n")  # sizes 1 to 3
    assert compared(early, shown).verdict == "split"  # at a size that both have, though their last ones differ
    assert compared(early, file).verdict == "apart"
    with pytest.raises(Misuse, match="none of the keys signed"):
        compared(file, shown, [key])


def test_a_line_that_nobody_checked(path, auditor, tmp_path, monkeypatch):
    """A line of another name, forged, is left out of what is kept and not among those who signed."""
    file, key = auditor
    other = public_key_text(Ed25519PrivateKey.generate())
    note = last_kept(file)
    forged = ("big.example", hashlib.sha256(b"big.example\n\x01" + base64.b64decode(other)).digest()[:4] + b"x" * 64)
    text = SignedCheckpoint(Checkpoint(note.origin, note.size, note.root), (*note.signatures, forged)).note()
    file.write_text(text)
    taken = take_cosigned(path, file, key)
    assert (taken.signed_by, taken.left_out) == (("auditor.example",), ("big.example",))
    assert "big.example" not in checkpoints_path(path).read_text()
    found = verify(path)
    assert (found.cosigned, found.unchecked) == ((), (("auditor.example", note.size),))
    assert "carries a line of auditor.example, not checked" in said("verify", "--ledger", path)
    with checkpoints_path(path).open("a") as kept:
        kept.write(text + "\n")
    assert verify(path).unchecked == (("auditor.example", note.size), ("big.example", note.size))
    ours = full.public_key_text(full.signing_key())
    signed = cosignature(SignedCheckpoint(Checkpoint(note.origin, note.size, note.root), ()), "big.example",
                         full.signing_key())  # fmt: skip
    file.write_text(signed.note())
    with pytest.raises(Misuse, match="this ledger's own"):
        take_cosigned(path, file, ours)
    with checkpoints_path(path).open("a") as kept:
        kept.write(signed.note() + "\n")
    assert verify(path, public_key=[ours, key]).cosigned == (("auditor.example", note.size),)


def test_a_key_of_the_ledgers_own(path, exported):
    """Whoever signs the ledger is no auditor of it: their key cosigns nothing, with the ledger beside it or without."""
    for ledger in (None, path):
        with pytest.raises(Misuse, match="one of the ledger's own"):
            cosign(exported, "auditor.example", ledger=ledger)


def test_a_note_that_was_changed(path, exported, tmp_path, monkeypatch):
    """A changed note is neither signed nor a second history; without a key nobody checked it, and that is said."""
    ours = full.public_key_text(full.signing_key())
    monkeypatch.setenv("GHG_SIGNING_KEY", str(tmp_path / "auditor.key"))
    changed = tmp_path / "changed.txt"
    note = last_kept(exported)
    changed.write_text(SignedCheckpoint(Checkpoint(note.origin, note.size, "ab" * 32), note.signatures).note())
    for given in ({"public_keys": [ours]}, {"ledger": path}):
        with pytest.raises(Misuse, match="own signature does not hold"):
            cosign(changed, "auditor.example", **given)
        for pair in ((changed, exported), (exported, changed)):
            with pytest.raises(Misuse, match="own signature does not hold"):
                compared(*pair, **given)
        assert cosign(exported, "auditor.example", **given).checked
    assert not cosign(exported, "auditor.example").checked
    assert "was not checked" in compared(changed, exported).words
    other = cosign(exported, "auditor.example").public_key
    with pytest.raises(Misuse, match="none of the keys signed"):
        cosign(exported, "auditor.example", [other])


def test_nothing_is_overwritten(path, exported, tmp_path, monkeypatch):
    """An export, a cosigned copy and a request are refused where a file of that name is; it stays as it is."""
    monkeypatch.setenv("GHG_SIGNING_KEY", str(tmp_path / "auditor.key"))
    target = tmp_path / "target"
    target.write_text("mine")
    for command in (["export", target], ["timestamp", "request", "-o", target]):
        assert "is there already" in said("checkpoint", *command, "--ledger", path, code=2)
    arguments = ("checkpoint", "cosign", exported, "--name", "auditor.example", "--ledger", path)
    assert "is there already" in said(*arguments, "-o", target, code=2)
    assert target.read_text() == "mine"
    assert "was not checked" not in said(*arguments)
    assert "is there already" in said(*arguments, code=2)


@pytest.mark.thorough
def test_a_check_in_part(path):
    """`--since` beyond the ledger is refused; what was checked in part says so, and an entry that it was reversed."""
    size = verify(path).size
    for since in (-1, size + 1):
        assert "batches" in said("verify", "--since", since, "--ledger", path, code=2)
    assert f"a check in part, only batches after {size}" in said("verify", "--since", size, "--ledger", path)
    with session(path) as s:
        entry, by = s.one(
            "select concat('B', reverses_batch, '-', reverses_seq), concat('B', batch_no, '-', seq) from activity "
            "where reverses_batch is not null limit 1"
        )
    told = said("verify", "--entry", entry, "--ledger", path)
    assert f"only entry {entry}" in told
    assert f"{entry} was reversed by {by}" in told
    assert "was reversed" not in said("verify", "--entry", by, "--ledger", path)


@pytest.mark.thorough
def test_faults_counted_by_weight(path):
    """Errors are counted as errors; warnings stand apart."""
    full.harm(path, "update activity set quantity = 7 where seq = 1 and batch_no = 3")
    checkpoints_path(path).open("a").write("torn\n")
    found = verify(path)
    errors = sum(finding.severity == "error" for finding in found.findings)
    assert 0 < errors < len(found.findings)
    assert f"not ok: {errors} error" in said("verify", "--ledger", path, code=1)
    assert "1 warning in" in said("verify", "--ledger", path, code=1)


def said(*arguments, code=0):
    """What a command says, once it ended as it should."""
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert done.exit_code == code, done.output
    return " ".join(done.output.split())


def test_names_and_files_that_cannot_be(exported, tmp_path):
    """A name with blanks or our own, a file without a checkpoint, another ledger's."""
    for name in ("", "two words", "ghg-ledger", "a+b"):
        with pytest.raises(Misuse, match="cannot name a signer"):
            cosign(exported, name)
    (tmp_path / "none.txt").write_text("x")
    with pytest.raises(Misuse, match="holds no checkpoint"):
        last_kept(tmp_path / "none.txt")
    other = tmp_path / "other.txt"
    other.write_text(exported.read_text().replace("ghg-ledger/", "ghg-ledger/x", 1))
    with pytest.raises(Misuse, match="two ledgers"):
        compared(exported, other)
