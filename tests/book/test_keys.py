"""Signing keys: replaced, vouched for, revoked, stolen and lost; and what an outsider's verification says of each."""

from __future__ import annotations

import base64
import json
import os
import shutil
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger import Ledger
from ledger.assurance import verify_pack
from ledger.assurance.signed.keys import Key
from ledger.errors import Misuse, Refused
from ledger.store import Act, append, as_arrow, latest_checkpoint, session
from ledger.store.checkpoint import (
    checkpoints_path,
    key_id,
    public_key_text,
    read_key,
    signed,
    signing_key,
    signing_key_path,
    verifier_key,
    write_checkpoint,
)
from ledger.store.keys import key_row, key_statement, make_pending_key, pending_key_path
from ledger.store.tables import KeyEvent, Setting


@pytest.fixture(scope="session")
def _team(tmp_path_factory):
    """A small ledger that anna founded with a key of her own."""
    folder = tmp_path_factory.mktemp("team")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GHG_SIGNING_KEY", str(folder / "anna" / "signing.key"))
        ledger = Ledger.init(folder / "book" / "l.duckdb", organisation="T", actor="anna", datasets=["ipcc-gwp"])
        ledger.add_person("bert", "admin")
    return folder


@pytest.fixture
def anna(_team, tmp_path, monkeypatch) -> Ledger:
    """That ledger, as anna, who has her key."""
    shutil.copytree(_team, tmp_path / "team")
    monkeypatch.setenv("GHG_SIGNING_KEY", str(tmp_path / "team" / "anna" / "signing.key"))
    return Ledger(tmp_path / "team" / "book" / "l.duckdb", actor="anna")


@pytest.fixture
def as_bert(anna, tmp_path, monkeypatch):
    """A function that acts as bert, with his own key, and gives his ledger."""

    def act() -> Ledger:
        monkeypatch.setenv("GHG_SIGNING_KEY", str(tmp_path / "team" / "bert" / "signing.key"))
        return Ledger(anna.path, actor="bert")

    return act


def errors(found) -> set[str]:
    return {finding.code for finding in found.findings if finding.severity == "error"}


def warnings(found) -> set[str]:
    return {finding.code for finding in found.findings if finding.severity == "warning"}


def size(ledger) -> int:
    return ledger.checkpoint().size


def forged(ledger, row, signer=None) -> int:
    """A batch with a key event that the program itself would not write; who can write the file can."""
    with session(ledger.path, "write") as s:
        act = Act("key", person(s), "admin", os.urandom(16).hex())
        return append(s, act, lambda w: w.insert_rows(KeyEvent, as_arrow(KeyEvent, [row])) and None, signer).batch_no


def person(s) -> str:
    return s.one("select person_id from person order by batch_no limit 1")[0]


def origin(ledger) -> str:
    return ledger.checkpoint().origin


def test_a_rotation_old_and_new(anna):
    """Old checkpoints hold under the old key, new ones under the new; the first key is enough to follow both."""
    first = public_key_text(signing_key())
    before = size(anna)
    done = anna.rotate_key(reason="yearly")
    second = public_key_text(signing_key())
    assert (done.public_key, done.batch) == (second, before + 1)
    anna.add_person("carl", "preparer")
    signers = [line.split(" ")[2] for line in checkpoints_path(anna.path).read_text().splitlines() if "\u2014" in line]
    ids = [base64.b64decode(blob)[:4].hex() for blob in signers]
    assert ids == [key_id(first)] * before + [key_id(second)] * 2
    for brought in ((), first, [first], second, [second], [second, first], verifier_key(first)):
        found = anna.verify(public_key=brought)
        assert (found.ok, found.findings) == (True, []), brought
    assert [(key.id, key.state, key.came) for key in anna.signing_keys()] == [
        (key_id(first), "replaced", "first"), (key_id(second), "counts", "rotated")]  # fmt: skip


def test_the_statement_is_signed_by_the_old_key(anna):
    """The row's signature is the old key's over netstrings of name, ledger, batch, event, keys, time and reason."""
    old = public_key_text(signing_key())
    batch = anna.rotate_key(reason="é").batch
    new = public_key_text(signing_key())
    with session(anna.path) as s:
        row = s.one("select event, public_key, signed_by, signature, revoked_from, reason from key_event")
    assert row[:3] == ("rotated", new, old)
    text = "22:ghg-ledger/key-event/1"
    for field in (origin(anna), str(batch), "rotated", new, old):
        text += f"{len(field)}:{field}"
    text += "~2:é"
    Ed25519PublicKey.from_public_bytes(base64.b64decode(old)).verify(base64.b64decode(row[3]), text.encode())
    assert text.encode() == key_statement(origin(anna), batch, "rotated", new, old, None, "é")


def test_files_and_their_modes(anna, tmp_path):
    """The new key is in place and the old one aside, each for its owner alone; nothing is left pending."""
    old = public_key_text(signing_key())
    done = anna.rotate_key(reason="yearly")
    folder = tmp_path / "team" / "anna"
    assert sorted(file.name for file in folder.iterdir()) == ["signing.key", f"signing.key.{key_id(old)}.old"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    assert public_key_text(read_key(done.kept_aside)) == old
    (folder / "signing.key").write_text("nonsense")
    with pytest.raises(Misuse, match="holds no signing key"):
        anna.add_person("carl")


@pytest.mark.parametrize("after", ["new key", "record"])
def test_a_rotation_that_broke_off(anna, after, monkeypatch):
    """Ended before the record, the next rotation takes the pending key up; after it, the next act puts it in place."""
    old = public_key_text(signing_key())
    if after == "new key":
        pending = public_key_text(make_pending_key())
    else:
        with monkeypatch.context() as patch:
            patch.setattr("ledger.book.acts.keying.put_in_place", lambda: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                anna.rotate_key(reason="yearly")
        pending = public_key_text(read_key(pending_key_path()))
    assert public_key_text(signing_key()) == old
    assert anna.verify().findings == []
    anna.add_person("carl", "preparer")
    assert public_key_text(signing_key()) == (old if after == "new key" else pending)
    if after == "new key":
        assert anna.rotate_key(reason="yearly").public_key == pending
    assert anna.verify().findings == []
    assert not pending_key_path().exists()


def test_one_key_for_several_ledgers(anna, tmp_path):
    """In another ledger the old key, kept aside, vouches for the new one with the first act there."""
    shutil.copytree(anna.path.parent, tmp_path / "other")
    other = Ledger(tmp_path / "other" / "l.duckdb", actor="anna")
    first = public_key_text(signing_key())
    anna.rotate_key(reason="yearly")
    other.add_person("carl", "preparer")
    found = other.verify(public_key=first)
    assert (found.ok, found.findings) == (True, [])
    assert [key.came for key in other.signing_keys()] == ["first", "rotated"]
    shutil.copy(tmp_path / "team" / "anna" / f"signing.key.{key_id(first)}.old", os.environ["GHG_SIGNING_KEY"])
    with pytest.raises(Refused, match="replaced"):  # the old key, put back by somebody, does not sign
        other.add_person("dora", "preparer")


def test_a_forged_rotation(anna):
    """A handover that the old key did not sign counts for nothing: it is named, and so is the key that it brings."""
    thief, own = Ed25519PrivateKey.generate(), signing_key()
    row = key_row(thief, origin(anna), size(anna) + 1, "rotated", public_key_text(thief), "mine now")
    batch = forged(anna, row | {"signed_by": public_key_text(own)})
    found = anna.verify()
    assert errors(found) == {"key-event"}
    assert [f.entry for f in found.findings] == [f"B{batch}-1"]
    assert "not that of key" in found.findings[0].message
    assert public_key_text(thief) not in {key.public_key for key in anna.signing_keys()}


def test_a_replaced_key_says_nothing_more(anna):
    """After its handover a key vouches for nobody, and hands over to nobody else."""
    old, other = signing_key(), public_key_text(Ed25519PrivateKey.generate())
    anna.rotate_key(reason="yearly")
    for event in ("vouched", "rotated"):
        forged(anna, key_row(old, origin(anna), size(anna) + 1, event, other, "x"))
    found = anna.verify()
    assert [f.code for f in found.findings] == ["key-event", "key-event"]
    assert all("had been replaced in batch" in f.message for f in found.findings)
    assert other not in {key.public_key for key in anna.signing_keys()}


@pytest.mark.thorough
def test_a_rotation_from_elsewhere_does_not_count(anna):
    """A statement signed for another ledger or another batch, or of another reason, is not this one."""
    own, new = signing_key(), public_key_text(Ed25519PrivateKey.generate())
    for ledger_name, number, changed in (
        ("ghg-ledger/other", 1, {}), (origin(anna), 2, {}), (origin(anna), 1, {"reason": "another"}),
        (origin(anna), 1, {"public_key": public_key_text(Ed25519PrivateKey.generate())}),
        (origin(anna), 1, {"event": "vouched"}), (origin(anna), 1, {"event": "given"}),
        (origin(anna), 1, {"revoked_from": datetime(2026, 1, 1, tzinfo=UTC)}),
    ):  # fmt: skip
        forged(anna, key_row(own, ledger_name, size(anna) + number, "rotated", new, "x") | changed)
        assert errors(anna.verify()) == {"key-event"}, changed


@pytest.mark.parametrize("statement", [
    "delete from key_event", "update key_event set public_key = signed_by",
    "update key_event set signature = 'AAAA'", "update key_event set reason = 'é'",
    "delete from setting where name = 'signing_key'"])  # fmt: skip
def test_a_rotation_dropped_or_changed(anna, statement):
    """Tampered with in the file, the entry is named and nothing vouches for the new key any longer."""
    anna.rotate_key(reason="yearly")
    with duckdb.connect(str(anna.path)) as con:
        for table in ("key_event", "setting"):
            for verb in ("update", "delete"):
                con.execute(f"drop trigger {table}_no_{verb} on {table}")
        con.execute(statement)
    found = errors(anna.verify())
    assert found & {"entry-missing", "entry-changed"}
    assert found & {"checkpoint-signature", "key-event"}


def test_a_new_key_introduces_itself(anna, as_bert):
    """A colleague's key is a warning by name until a known key vouches; for who brought the first key, an error."""
    first = public_key_text(signing_key())
    bert = as_bert()
    bert.add_person("carl", "preparer")
    theirs = public_key_text(signing_key())
    found = anna.verify()
    assert (found.ok, warnings(found)) == (True, {"key-unvouched"})
    assert theirs in found.findings[0].message
    strict = anna.verify(public_key=first)
    assert errors(strict) == {"key-unvouched", "checkpoint-signature"}
    assert anna.verify(public_key=[first, theirs]).findings == []
    with pytest.raises(Refused, match="cannot vouch"):
        bert.vouch_for_key(theirs, reason="my own")


def test_a_known_key_vouches(anna, as_bert, monkeypatch):
    """Vouched for, before or after it first signed, the key counts also for who brought the first key alone."""
    first, own = public_key_text(signing_key()), os.environ["GHG_SIGNING_KEY"]
    bert = as_bert()
    bert.add_person("carl", "preparer")
    theirs, berts = public_key_text(signing_key()), os.environ["GHG_SIGNING_KEY"]
    monkeypatch.setenv("GHG_SIGNING_KEY", own)
    anna.vouch_for_key(key_id(theirs), reason="seen at his desk")
    later = Ed25519PrivateKey.generate()
    anna.vouch_for_key(public_key_text(later), reason="dora starts on Monday")
    monkeypatch.setenv("GHG_SIGNING_KEY", berts)
    bert.rotate_key(reason="yearly")
    for brought in ((), first):
        assert anna.verify(public_key=brought).findings == []
    assert [key.state for key in anna.signing_keys()] == ["counts", "replaced", "counts", "counts"]
    with pytest.raises(Refused, match="counts already"):
        anna.vouch_for_key(public_key_text(later), reason="again")


def test_a_stranger_vouches_for_nobody(anna, as_bert, monkeypatch, tmp_path):
    """A key that only introduced itself makes no other known, neither one that is there nor one that is new."""
    bert = as_bert()
    bert.add_person("carl", "preparer")
    stranger = signing_key()
    monkeypatch.setenv("GHG_SIGNING_KEY", str(tmp_path / "third.key"))
    anna.add_person("dora", "preparer")
    third, new = public_key_text(signing_key()), public_key_text(Ed25519PrivateKey.generate())
    for key in (third, new):
        forged(anna, key_row(stranger, origin(anna), size(anna) + 1, "vouched", key, "x"))
    assert [key.state for key in anna.signing_keys()] == ["counts", "introduced", "introduced", "introduced"]
    assert warnings(anna.verify()) == {"key-unvouched"}


def test_a_key_without_a_person(anna):
    """A key that came in a batch of nobody the ledger knows is an error, not a colleague."""
    with session(anna.path, "write") as s:
        row = {"name": "signing_key", "value": public_key_text(Ed25519PrivateKey.generate()),
               "valid_from": datetime(1900, 1, 1, tzinfo=UTC).date()}  # fmt: skip
        act = Act("setting", "p-nobody", "admin", "k")
        append(s, act, lambda w: w.insert_rows(Setting, as_arrow(Setting, [row])) and None)
    found = anna.verify()
    assert errors(found) == {"key-unvouched", "role-not-allowed"}
    told = [finding.message for finding in found.findings if finding.code == "key-unvouched"]
    assert "nobody that the ledger knows" in told[0]


def test_until_when_a_key_signs():
    """To the batch before its handover; after a revocation no batch, and none recorded from its time on."""
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
    key = Key(public_key_text(Ed25519PrivateKey.generate()), known=True, came="first", replaced_in=7)
    assert [key.ended(size, noon) for size in (6, 7, 8)] == [None, "key-replaced", "key-replaced"]
    key = Key(key.public_key, known=True, came="first", revoked=[(7, noon)])
    before, after = noon - timedelta(microseconds=1), noon + timedelta(microseconds=1)
    assert [key.ended(5, at) for at in (before, noon, after)] == [None, "key-revoked", "key-revoked"]
    assert [key.ended(size, before) for size in (7, 8)] == [None, "key-revoked"]
    assert [key.ended(size, None) for size in (7, 8)] == [None, "key-revoked"]


def test_a_revoked_key(anna, as_bert, monkeypatch):
    """What a key signed before its revocation stays good; a batch recorded after it is a fault."""
    own = os.environ["GHG_SIGNING_KEY"]
    bert = as_bert()
    bert.add_person("carl", "preparer")
    theirs, berts = public_key_text(signing_key()), os.environ["GHG_SIGNING_KEY"]
    monkeypatch.setenv("GHG_SIGNING_KEY", own)
    anna.vouch_for_key(theirs, reason="seen")
    batch = anna.revoke_key(key_id(theirs), reason="bert left").batch
    assert anna.verify().findings == []
    monkeypatch.setenv("GHG_SIGNING_KEY", berts)
    with pytest.raises(Refused, match=f"revoked in batch {batch}"):
        bert.add_person("dora", "preparer")
    monkeypatch.setenv("GHG_SIGNING_KEY", own)
    anna.add_person("dora", "preparer")
    with session(anna.path) as s:  # bert signs all the same, outside the program, and drops anna's note
        note = signed(latest_checkpoint(s), read_key(Path(berts)))
    file = checkpoints_path(anna.path)
    file.write_text(file.read_text().rpartition("ghg-ledger/")[0])
    write_checkpoint(anna.path, note)
    found = anna.verify()
    assert errors(found) == {"key-revoked"}
    assert [f.entry for f in found.findings] == [f"B{batch + 1}"]
    assert anna.signing_keys()[1].state == "revoked"


@pytest.mark.thorough
def test_a_stolen_key(anna, monkeypatch, tmp_path):
    """Stolen on a known day: replaced, revoked from that day on, and what it signed since is confirmed."""
    first, thief = public_key_text(signing_key()), tmp_path / "thief.key"
    shutil.copy(os.environ["GHG_SIGNING_KEY"], thief)
    kept = tmp_path / "kept.txt"
    kept.write_text(checkpoints_path(anna.path).read_text())
    stolen = datetime.now(UTC)
    with monkeypatch.context() as patch:  # the thief acts as anna
        patch.setenv("GHG_SIGNING_KEY", str(thief))
        anna.add_person("mallory", "preparer")
    assert anna.verify().findings == []  # nobody can tell yet
    anna.rotate_key(reason="stolen")
    with pytest.raises(Refused, match="does not revoke itself"):
        anna.revoke_key(public_key_text(signing_key()), reason="?")
    anna.revoke_key(first, reason="stolen", since=stolen.isoformat())
    bad = size(anna) - 2
    found = anna.verify()
    assert [(f.code, f.entry) for f in found.findings] == [("key-revoked", f"B{bad}")]
    assert errors(anna.verify(checkpoint=kept, public_key=first)) == {"key-revoked"}
    assert anna.confirm_checkpoints() == (bad,)
    assert anna.verify().findings == []
    assert anna.confirm_checkpoints() == ()
    with monkeypatch.context() as patch:  # what the thief still can do is refused, and told
        patch.setenv("GHG_SIGNING_KEY", str(thief))
        with pytest.raises(Refused, match="replaced"):
            anna.add_person("mallory again", "admin")
    row = key_row(read_key(thief), origin(anna), size(anna) + 1, "vouched", public_key_text(read_key(thief)), "me")
    forged(anna, row)
    assert errors(anna.verify()) == {"key-event"}


def test_a_revocation_by_a_stranger(anna, as_bert):
    """A key for which nobody vouches cannot revoke another: it is told, and not heeded."""
    first = public_key_text(signing_key())
    bert = as_bert()
    bert.revoke_key(key_id(first), reason="I say so", since="2020-01-01")
    found = anna.verify()
    assert (errors(found), warnings(found)) == (set(), {"key-unvouched", "key-event"})
    assert anna.signing_keys()[0].state == "counts"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GHG_SIGNING_KEY", str(anna.path.parent.parent / "anna" / "signing.key"))
        anna.add_person("dora", "preparer")


def test_a_lost_key(anna, tmp_path):
    """The key is gone: the next act makes a new one, told by name until a known key vouches for it."""
    first = public_key_text(signing_key())
    (tmp_path / "team" / "anna" / "signing.key").unlink()
    anna.add_person("carl", "preparer")
    second = public_key_text(signing_key())
    found = anna.verify()
    assert (found.ok, warnings(found)) == (True, {"key-unvouched"})
    assert "key-unvouched" in errors(anna.verify(public_key=first))
    assert anna.verify(public_key=[first, second]).findings == []
    told = {check.what: check for check in anna.doctor()}["your key"]
    assert (told.state, "ghg key vouch" in told.fix) == ("attention", True)


def test_a_kept_checkpoint_vouches_for_the_keys_in_it(anna, as_bert, tmp_path):
    """An auditor's key alone is enough beside the checkpoint that they signed: it covers keys on record."""
    from ledger.assurance.signed.cosign import cosign

    bert = as_bert()
    bert.add_person("carl", "preparer")
    kept = tmp_path / "kept.txt"
    kept.write_text(checkpoints_path(anna.path).read_text())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GHG_SIGNING_KEY", str(tmp_path / "auditor.key"))
        made = cosign(kept, "auditor.example")
    auditor = made.public_key
    kept.write_text(made.note.note())
    found = anna.verify(checkpoint=kept, public_key=auditor)
    assert (found.ok, found.anchored, found.findings) == (True, True, [])
    with pytest.MonkeyPatch.context() as patch:  # a key that comes after it is an error again
        patch.setenv("GHG_SIGNING_KEY", str(tmp_path / "later.key"))
        anna.add_person("dora", "preparer")
    assert "key-unvouched" in errors(anna.verify(checkpoint=kept, public_key=auditor))
    assert "checkpoint-signature" in errors(anna.verify(public_key=auditor))


def test_a_forerunner_is_not_taken_on_its_own_word(anna):
    """A handover *to* the verifier's key, written by a stranger, does not make the stranger known."""
    first = public_key_text(signing_key())
    stranger = Ed25519PrivateKey.generate()
    row = key_row(stranger, origin(anna), size(anna) + 2, "rotated", first, "x")
    with session(anna.path, "write") as s:
        setting = {"name": "signing_key", "value": public_key_text(stranger),
                   "valid_from": datetime(1900, 1, 1, tzinfo=UTC).date()}  # fmt: skip
        append(s, Act("setting", person(s), "admin", "k"),
               lambda w: w.insert_rows(Setting, as_arrow(Setting, [setting])) and None)  # fmt: skip
    forged(anna, row)
    file = checkpoints_path(anna.path)
    notes = file.read_text().split("\n\nghg-ledger/")
    file.write_text("\n\nghg-ledger/".join(notes[:-1]) + "\n\n")  # the first key signed nothing that holds the handover
    assert "key-unvouched" in errors(anna.verify(public_key=first))
    with session(anna.path) as s:
        write_checkpoint(anna.path, signed(latest_checkpoint(s), stranger))
    assert "key-unvouched" in errors(anna.verify(public_key=first))


@pytest.mark.thorough
def test_a_pack_after_a_rotation(ledger, energy, tmp_path, monkeypatch):
    """The evidence pack names the new key too, and the program in it finds its signature."""
    shutil.copy(signing_key_path(), tmp_path / "own.key")
    monkeypatch.setenv("GHG_SIGNING_KEY", str(tmp_path / "own.key"))
    assert ledger.upload(energy).status == "accepted"
    ledger.rotate_key(reason="yearly")
    ledger.calculate()
    ledger.pack("2024-Q1", tmp_path / "pack.zip", formats=("json",))
    assert verify_pack.verify(str(tmp_path / "pack.zip"), None, public_key_text(signing_key())).faults == []
    assert verify_pack.verify(str(tmp_path / "pack.zip")).faults == []


def test_what_cannot_be_done(anna):
    """No reason, no such key, a time to come, a key that is none: each is refused in words."""
    with pytest.raises(Misuse, match="needs a reason"):
        anna.rotate_key(reason=" ")
    for key, since, words in (
        ("0123abcd", None, "knows no key"), ("zz", None, "knows no key"), ("A" * 40, None, "cannot be read"),
        (public_key_text(signing_key()), None, "does not revoke itself"),
    ):  # fmt: skip
        with pytest.raises((Misuse, Refused), match=words):
            anna.revoke_key(key, reason="r", since=since)
    first = public_key_text(signing_key())
    anna.rotate_key(reason="r")
    later = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    for since, words in ((later, "still to come"), ("yesterday", "is no time")):
        with pytest.raises(Misuse, match=words):
            anna.revoke_key(first, reason="r", since=since)
    with pytest.raises(Misuse, match="cannot be read"):
        anna.verify(public_key="not a key")


def test_the_commands(anna, monkeypatch):
    """show, list, rotate, vouch, revoke at the command line, in words and as JSON."""
    from typer.testing import CliRunner

    from ledger.cli import app

    monkeypatch.setenv("GHG_LEDGER", str(anna.path))
    monkeypatch.setenv("GHG_ACTOR", "anna")
    run = CliRunner().invoke
    first = json.loads(run(app, ["key", "show", "--json"]).stdout)
    assert (first["public_key"], first["mode"]) == (public_key_text(signing_key()), "600")
    told = run(app, ["key", "rotate", "--reason", "yearly"])
    assert (told.exit_code, "your key is" in told.stdout) == (0, True)
    assert run(app, ["key", "revoke", first["id"], "--reason", "old"]).exit_code == 0
    new = public_key_text(Ed25519PrivateKey.generate())
    assert run(app, ["key", "vouch", new, "--reason", "dora"]).exit_code == 0
    listed = json.loads(run(app, ["key", "list", "--json"]).stdout)
    assert [key["state"] for key in listed] == ["revoked", "counts", "counts"]
    assert first["id"] in run(app, ["key", "list"]).stdout
    assert run(app, ["verify", "--public-key", first["public_key"], "--public-key", new]).exit_code == 0
    assert run(app, ["key", "rotate"]).exit_code == 2
