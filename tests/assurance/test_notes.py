"""Signed notes and proofs as another program reads them: the page on keys is run as it stands, and held to the code."""

from __future__ import annotations

import base64
import hashlib
import json
import re

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from typer.testing import CliRunner

from ledger.assurance.checks.chain import Log
from ledger.assurance.proof import consistency
from ledger.assurance.signed.notes import note_holds, note_signers, read_notes
from ledger.assurance.verify import verify
from ledger.cli import app
from ledger.errors import Misuse
from ledger.store.canonical import tree_root
from ledger.store.checkpoint import (
    Checkpoint,
    checkpoints_path,
    cosignature,
    key_id,
    public_key_text,
    signed,
    signing_key,
    verifier_key,
)

KEYS = [Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"test key {n}".encode()).digest()) for n in (1, 2)]
ORIGIN = "ghg-ledger/0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="session")
def page(root) -> str:
    return (root / "docs" / "keys.md").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def note(page) -> str:
    """The note of the page."""
    return re.search(r"```\n(ghg-ledger/\w+\n12\n.*?)```", page, re.DOTALL)[1]


@pytest.fixture(scope="session")
def lines(page) -> dict:
    """What the Python of the page defines."""
    made: dict = {}
    for code in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        exec(code, made)  # noqa: S102 — our own page
    return made


def test_the_note_of_the_page(note, lines, page):
    """Written by the code from the two keys, byte for byte; read by the page's own lines with `cryptography` alone."""
    checkpoint = Checkpoint(ORIGIN, 12, hashlib.sha256(b"root").hexdigest())
    assert cosignature(signed(checkpoint, KEYS[0]), "auditor.example", KEYS[1]).note() == note
    public = [public_key_text(key) for key in KEYS]
    assert all(f"`{key}`" in page for key in public)
    other = public_key_text(Ed25519PrivateKey.generate())
    assert lines["signers"](note, [*public, other]) == public
    for changed in (note.replace("\n12\n", "\n13\n"), note.replace("0123", "1123", 1)):
        with pytest.raises(InvalidSignature):
            lines["signers"](changed, public)
    name, short, blob = verifier_key(public[0]).split("+", 2)
    assert (name, short) == ("ghg-ledger", key_id(public[0]))
    assert base64.b64decode(blob) == b"\x01" + base64.b64decode(public[0])


def test_the_statements_of_the_page(page):
    """The two statements are signed by the keys that they name, and say what the page says."""
    told = re.findall(r"^(22:ghg-ledger/key-event/1.*)\n(\S{88})$", page, re.MULTILINE)
    for (statement, signature), key in zip(told, KEYS, strict=True):
        key.public_key().verify(base64.b64decode(signature), statement.encode())


def test_unknown_lines_are_ignored(note):
    """Other names, other kinds and other keys under a note change nothing; a known key's wrong signature spoils it."""
    public = public_key_text(KEYS[0])
    text, _, signatures = note.rpartition("\n\n")
    stranger = base64.b64encode(b"\0\0\0\7" + b"x" * 72).decode()
    same_name = base64.b64encode(b"\0\0\0\7" + b"x" * 64).decode()
    more = f"{text}\n\n\u2014 witness.example {stranger}\n\u2014 ghg-ledger {same_name}\n{signatures}"
    (read,), unreadable = read_notes(more.encode())
    assert unreadable == []
    assert note_signers(read, [public]) == ([public], [])
    blob = base64.b64decode(signatures.split(" ")[2].split("\n")[0])
    wrong = base64.b64encode(blob[:4] + blob[5:] + b"\0").decode()
    (read,), _ = read_notes(f"{text}\n\n\u2014 ghg-ledger {wrong}\n".encode())
    assert note_signers(read, [public]) == ([], [public])


def test_extension_lines_belong_to_the_text():
    """A note with further lines of text, as a log may write, holds over all of them."""
    text = f"{ORIGIN}\n3\n{base64.b64encode(b'r' * 32).decode()}\nanother line\n"
    raw = KEYS[0].public_key().public_bytes_raw()
    blob = hashlib.sha256(b"log.example\n\x01" + raw).digest()[:4] + KEYS[0].sign(text.encode())
    whole = f"{text}\n\u2014 log.example {base64.b64encode(blob).decode()}\n"
    (read,), unreadable = read_notes(f"{whole}\n{whole}".encode())[0][:1], read_notes(whole.encode())[1]
    assert (read.size, read.text, unreadable) == (3, text.encode(), [])
    assert note_holds(read, public_key_text(KEYS[0]))


@pytest.mark.parametrize("broken", [
    "{o}\n012\n{r}\n\n{s}", "{o}\n-1\n{r}\n\n{s}", "{o}\n\u0661\n{r}\n\n{s}", "{o}\n1\nAAAA\n\n{s}", "{o}\n1\n{r}\n{s}",
    "{o}\n1\n{r}\n\n", "{o}\t\n1\n{r}\n\n{s}", "{o}\n1\n{r}\n\n\u2014 a+b {b}\n", "{o}\n1\n{r}\n\n\u2014 a  {b}\n",
    "{o}\n1\n{r}\n\n\u2014 a AAAA\n", "{o}\n1\n{r}\n\n\u2014 a !!!!!!!!\n"])  # fmt: skip
def test_what_is_no_note(broken):
    """Sizes with leading zeros or other digits, short roots, names with plus or blank, control characters, no line."""
    blob = base64.b64encode(b"k" * 68).decode()
    given = {"o": ORIGIN, "r": base64.b64encode(b"r" * 32).decode(), "b": blob, "s": f"\u2014 a {blob}\n"}
    assert read_notes("{o}\n1\n{r}\n\n{s}".format(**given).encode())[1] == []
    assert read_notes(broken.format(**given).encode())[0] == []


def test_consistency_of_every_two_sizes(lines):
    """For every pair of sizes up to 33 the proof holds by the page's lines, and no proof holds with a bit turned."""
    leaves = [hashlib.sha256(b"\0" + bytes([n])).digest() for n in range(33)]
    log = Log([{}] * 33, leaves=leaves, roots=[tree_root(leaves[:n]).hex() for n in range(34)])
    for second in range(1, 34):
        for first in range(1, second + 1):
            proof = consistency(log, first, second).as_json()
            assert lines["continues"](proof)
            for place in range(len(proof["path"])):
                turned = [*proof["path"]]
                turned[place] = turned[place][:-1] + ("0" if turned[place][-1] != "0" else "1")
                assert not lines["continues"](proof | {"path": turned})
                assert not lines["continues"](proof | {"path": proof["path"][:place] + proof["path"][place + 1 :]})
            for end in ("from", "to"):
                assert not lines["continues"](proof | {end: proof[end] | {"root": "ab" * 32}})
            assert not lines["continues"](proof | {"path": [*proof["path"], "ab" * 32]})
    for first, second in ((0, 3), (3, 2), (1, 34), (-1, 3)):
        with pytest.raises(Misuse, match="no proof"):
            consistency(log, first, second)


def test_export_and_proof_at_the_command_line(path, tmp_path, lines):
    """A note of any size is exported, and the proof between two of them is held to their roots."""
    run = CliRunner().invoke
    for size in (3, 8):
        file = str(tmp_path / f"{size}.txt")
        done = run(app, ["checkpoint", "export", file, "--size", str(size), "--ledger", str(path)])
        assert done.exit_code == 0
    written = ["-o", str(tmp_path / "p.json"), "--ledger", str(path)]
    assert run(app, ["checkpoint", "proof", "--from", "3", "--to", "8", *written]).exit_code == 0
    proof = json.loads((tmp_path / "p.json").read_text())
    assert lines["continues"](proof)
    for end, size in (("from", 3), ("to", 8)):
        (held,), _ = read_notes((tmp_path / f"{size}.txt").read_bytes())
        assert (held.size, held.root, held.origin) == (proof[end]["size"], proof[end]["root"], proof["origin"])
        assert lines["signers"]((tmp_path / f"{size}.txt").read_text(), [public_key_text(signing_key())])
    assert run(app, ["checkpoint", "export", "x", "--size", "99", "--ledger", str(path)]).exit_code == 2


def test_an_entry_and_the_kept_checkpoint(path, tmp_path, lines):
    """With a kept checkpoint, an entry's proof comes with that from the kept root to this one, in words and JSON."""
    kept = tmp_path / "kept.txt"
    kept.write_text("\n\n".join(checkpoints_path(path).read_text().split("\n\n")[:8]) + "\n")  # sizes 1 to 4
    found = verify(path, entry="B3-1", checkpoint=kept)
    told = json.loads(json.dumps(found.as_json()))
    assert (told["consistency"]["from"]["size"], told["consistency"]["to"]["root"]) == (4, told["proof"]["root"])
    assert lines["continues"](told["consistency"])
    assert "consistency" not in verify(path, entry="B3-1").as_json()
    asked = ["verify", "--entry", "B3-1", "--checkpoint", str(kept), "--ledger", str(path)]
    words = CliRunner().invoke(app, asked).stdout
    assert told["proof"]["leaf"] in words
    assert all(step in words for step in told["consistency"]["path"])


def test_the_key_of_the_page_is_not_ours():
    """The public key of a raw key is what the note needs; a verifier key of another program is taken as it is."""
    from ledger.assurance.signed.keys import brought_keys

    public = public_key_text(KEYS[0])
    assert brought_keys([public, verifier_key(public), f" {public} "]) == [public] * 3
    assert isinstance(Ed25519PublicKey.from_public_bytes(base64.b64decode(public)), Ed25519PublicKey)
