"""Cosigned checkpoints: an auditor's signature, kept beside the ledger; split views told."""

from __future__ import annotations

import shutil

import full
import pytest

from ledger.assurance.cosign import compared, cosign, last_note, take_cosigned
from ledger.assurance.verify import verify
from ledger.errors import Damage, Misuse
from ledger.store import session
from ledger.store.checkpoint import checkpoints_path


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
    signed, key = cosign(exported, "auditor.example")
    monkeypatch.undo()
    file = tmp_path / "cosigned.txt"
    file.write_text(signed.note())
    return file, key


def test_an_auditor_signs_and_we_keep_it(path, auditor):
    """The cosigned checkpoint lies beside the ledger once; verify says who signed, and their key anchors it."""
    file, key = auditor
    for _ in range(2):
        note = take_cosigned(path, file, key)
    assert [name for name, _ in note.signatures] == ["ghg-ledger", "auditor.example"]
    found = verify(path, checkpoint=file, public_key=key)
    assert (found.ok, found.anchored, found.cosigned) == (True, True, (("auditor.example", note.size),))
    assert checkpoints_path(path).read_text().count("auditor.example") == 1


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
    _, other = cosign(auditor[0], "somebody")
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


def test_names_and_files_that_cannot_be(exported, tmp_path):
    """A name with blanks or our own, a file without a checkpoint, another ledger's."""
    for name in ("", "two words", "ghg-ledger", "a+b"):
        with pytest.raises(Misuse, match="cannot name a signer"):
            cosign(exported, name)
    (tmp_path / "none.txt").write_text("x")
    with pytest.raises(Misuse, match="holds no checkpoint"):
        last_note(tmp_path / "none.txt")
    other = tmp_path / "other.txt"
    other.write_text(exported.read_text().replace("ghg-ledger/", "ghg-ledger/x", 1))
    with pytest.raises(Misuse, match="two ledgers"):
        compared(exported, other)
