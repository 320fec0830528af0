"""Time stamps of checkpoints: by an authority of OpenSSL's and one of our own, which also says what none should."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta

import duckdb
import full
import pytest
from asn1crypto import tsp
from asn1crypto.x509 import Certificate
from authority import DAY, Authority
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from typer.testing import CliRunner

from ledger.assurance.signed.notes import read_notes
from ledger.assurance.signed.stamps import read_reply, request_for
from ledger.assurance.verify import verify
from ledger.book import Ledger
from ledger.book.acts.people import record_person
from ledger.cli import app
from ledger.errors import Misuse, Refused
from ledger.store import Act, append, latest_checkpoint, session
from ledger.store.checkpoint import checkpoints_path
from ledger.store.evidence import evidence_folder

NOW = datetime.now(UTC)


@pytest.fixture(scope="session")
def staffed(template, tmp_path_factory):
    """The full ledger with anna, who may act."""
    folder = tmp_path_factory.mktemp("staffed") / "ledger"
    shutil.copytree(template.parent, folder)
    with session(folder / template.name, "write") as s:
        append(s, Act("person", "tester", "admin", "anna"),
               lambda w: record_person(w, "anna", "auditor") and None)  # fmt: skip
    return folder / template.name


@pytest.fixture
def anna(staffed, tmp_path) -> Ledger:
    shutil.copytree(staffed.parent, tmp_path / "ledger")
    return Ledger(tmp_path / "ledger" / staffed.name, actor="anna")


@pytest.fixture
def asked(anna, tmp_path):
    """The file of a request for the last checkpoint."""
    made, size = anna.time_stamp_request()
    assert size == anna.checkpoint().size
    (tmp_path / "x.tsq").write_bytes(made)
    return tmp_path / "x.tsq"


@pytest.fixture(scope="session")
def trusted(tmp_path_factory):
    """The root of the authority that stamped the full ledger."""
    file = tmp_path_factory.mktemp("ca") / "ca.pem"
    file.write_bytes(full.AUTHORITY.pem())
    return file


def answered(asked, **given):
    """The reply of the trusted authority, in a file."""
    file = asked.with_suffix(".tsr")
    file.write_bytes(full.AUTHORITY.reply(asked.read_bytes(), **given))
    return file


def test_what_is_asked(anna, asked):
    """The request is for the SHA-256 of the checkpoint's three lines, with a nonce, and for the certificate."""
    from asn1crypto import tsp

    held = tsp.TimeStampReq.load(asked.read_bytes()).native
    (note,) = read_notes(checkpoints_path(anna.path).read_bytes())[0][-1:]
    text = f"{note.origin}\n{note.size}\n{base64.b64encode(bytes.fromhex(note.root)).decode()}\n"
    assert held["message_imprint"]["hashed_message"] == hashlib.sha256(text.encode()).digest()
    assert held["message_imprint"]["hash_algorithm"]["algorithm"] == "sha256"
    assert (held["cert_req"], held["nonce"] > 0) == (True, True)
    assert anna.time_stamp_request()[0] != asked.read_bytes()


@pytest.mark.thorough
def test_a_reply_is_kept_and_checked_again(anna, asked, trusted):
    """Kept as evidence and as a row; told with its time, as checked only where the verifier brings certificates."""
    reply = answered(asked)
    stamp, batch = anna.import_time_stamp(reply, ca=trusted)
    assert (stamp.size, stamp.checked, stamp.authority) == (batch - 1, True, "CN=Authority")
    assert (evidence_folder(anna.path) / hashlib.sha256(reply.read_bytes()).hexdigest()).exists()
    found = anna.verify(timestamp_ca=trusted)
    assert (found.findings, found.time_stamps[-1]) == ([], stamp)
    assert len(found.time_stamps) == 6
    plain = anna.verify()
    assert (plain.findings, {held.checked for held in plain.time_stamps}) == ([], {False})
    assert anna.import_time_stamp(reply)[1] == batch  # the same again is the same batch


def other_authority(asked):
    asked.with_suffix(".tsr").write_bytes(Authority("Other").reply(asked.read_bytes()))


def expired(asked):
    """A certificate of the trusted root that had run out when it signed."""
    old = Authority("Authority", begins=NOW - 60 * DAY, ends=NOW - 30 * DAY)
    asked.with_suffix(".tsr").write_bytes(old.reply(asked.read_bytes()))
    return old


def for_servers(asked):
    """A certificate that is not one for time stamps."""
    wrong = Authority("Authority", usage=ExtendedKeyUsageOID.SERVER_AUTH)
    asked.with_suffix(".tsr").write_bytes(wrong.reply(asked.read_bytes()))
    return wrong


@pytest.mark.parametrize(("given", "words"), [
    ({"nonce": 5}, "its nonce is not that of the request"), ({"nonce": None}, "its nonce is not that of the request"),
    ({"digest": b"x" * 32}, "other bytes than were asked for"),
    ({"algorithm": "sha384"}, "digest of another kind"),
    ({"status": "rejection"}, "did not grant it: rejected; we do not know this")])  # fmt: skip
def test_a_reply_to_something_else(anna, asked, trusted, given, words):
    """Another nonce or none, another digest or kind of it, a refusal: not taken, in words, whoever is trusted."""
    reply, before = answered(asked, **given), anna.checkpoint()
    for ca in (trusted, None):
        with pytest.raises(Refused, match=words):
            anna.import_time_stamp(reply, ca=ca)
    assert anna.checkpoint() == before


@pytest.mark.thorough
def test_certificates_that_do_not_hold(anna, asked, trusted, tmp_path):
    """Of another authority, run out when it signed, or not for time stamps: refused where certificates are brought."""
    for make, words in ((other_authority, "does not lead to one that you trust"), (expired, "had expired when"),
                        (for_servers, "not one for time stamps")):  # fmt: skip
        authority = make(asked)
        ca = trusted
        if authority is not None:
            ca = tmp_path / "own.pem"
            ca.write_bytes(authority.pem())
        with pytest.raises(Refused, match=words):
            anna.import_time_stamp(asked.with_suffix(".tsr"), ca=ca)
    other_authority(asked)
    stamp, _ = anna.import_time_stamp(asked.with_suffix(".tsr"))  # nobody was named: kept, and not checked
    assert not stamp.checked
    found = anna.verify(timestamp_ca=trusted)
    assert full.codes(found) == {"time-stamp"}
    assert "does not lead to one that you trust" in found.findings[0].message
    assert anna.verify().ok


def test_a_tampered_reply(anna, asked, trusted):
    """A bit turned in what is signed, or in the signature, is refused; what is no reply too."""
    whole = answered(asked).read_bytes()
    stated = whole.index(f"{read_reply(whole).stated_at:%Y%m%d%H%M%S}".encode())
    for place in (stated + 13, len(whole) - 3):
        content = bytearray(whole)
        content[place] ^= 1
        asked.with_suffix(".tsr").write_bytes(content)
        with pytest.raises(Refused, match="signature does not hold"):
            anna.import_time_stamp(asked.with_suffix(".tsr"), ca=trusted)
    for content in (b"", b"hello", whole[:-20]):
        asked.with_suffix(".tsr").write_bytes(content)
        with pytest.raises(Refused, match="no time-stamp reply"):
            anna.import_time_stamp(asked.with_suffix(".tsr"), ca=trusted)


def test_certificates_in_another_order(anna, asked):
    """A chain that does not stand in the order of DER cannot be read: the reason is the authority's, and so is said."""
    reply = tsp.TimeStampResp.load(answered(asked).read_bytes())
    chain = [held.public_bytes(Encoding.DER) for held in (full.AUTHORITY.certificate, full.AUTHORITY.root)]
    reply["time_stamp_token"]["content"]["certificates"] = [Certificate.load(held) for held in chain]
    content = reply.dump(force=True)
    first, second = sorted(chain, key=content.index)
    asked.with_suffix(".tsr").write_bytes(content.replace(first + second, second + first))
    with pytest.raises(Refused, match="another order than DER asks for") as told:
        anna.import_time_stamp(asked.with_suffix(".tsr"))
    assert "without its chain" in told.value.fix
    asked.with_suffix(".tsr").write_bytes(content)
    anna.import_time_stamp(asked.with_suffix(".tsr"))


def test_files_that_are_not_there(anna, asked, trusted, tmp_path):
    """No request beside the reply, no request at all, no certificate, another ledger's checkpoint: each in words."""
    reply = answered(asked)
    shutil.copy(reply, tmp_path / "y.tsr")
    with pytest.raises(Misuse, match="cannot be read"):
        anna.import_time_stamp(tmp_path / "y.tsr")
    assert anna.import_time_stamp(tmp_path / "y.tsr", request=asked, ca=trusted)[0].checked
    for request, ca, words in ((reply, None, "no time-stamp request"), (asked, reply, "holds no certificate"),
                               (asked, tmp_path / "none", "cannot be read")):  # fmt: skip
        with pytest.raises(Misuse, match=words):
            anna.import_time_stamp(answered(asked, serial=9), request=request, ca=ca)
    asked.write_bytes(request_for(b"another ledger"))
    with pytest.raises(Refused, match="no checkpoint of this ledger"):
        anna.import_time_stamp(answered(asked), ca=trusted)
    with pytest.raises(Misuse, match="holds no certificate"):
        anna.verify(timestamp_ca=reply)


@pytest.mark.parametrize(("change", "code"), [
    ("checkpoint_size = 2", "never had"), ("checkpoint_root = 'r'", "never had"),
    ("stated_at = stated_at - interval 1 second", "is recorded as of"), ("authority = 'CN=X'", "is recorded as of"),
    ("serial = '99'", "is recorded as of"), ("nonce = '5'", "nonce"), ("nonce = 'x'", "nonce"),
    ("reply_sha256 = (select sha256 from evidence limit 1)", "no time-stamp reply"),
    ("reply_sha256 = 'none'", "is not kept")])  # fmt: skip
def test_a_row_that_says_otherwise(path, change, code):
    """A row that its reply does not bear out is told by its entry, and is no time stamp any longer."""
    with duckdb.connect(str(path), read_only=True) as con:
        batch, seq = con.execute("select batch_no, min(seq) from time_stamp group by 1").fetchone()
    full.harm(path, f"update time_stamp set {change} where seq = {seq}")
    found = verify(path, entry="B1-1")
    told = [f.message for f in found.findings if f.code in ("time-stamp", "evidence-missing")]
    assert len(told) == 1
    assert f"B{batch}-{seq}" in told[0]
    assert code in told[0]
    assert len(found.time_stamps) == 4


def test_a_stamp_of_another_checkpoint(path):
    """A row that names another checkpoint of the log than the reply is of is told."""
    with session(path) as s:
        other = latest_checkpoint(s, 2)
    named = f"checkpoint_size = 2, checkpoint_root = '{other.root}'"
    full.harm(path, f"update time_stamp set {named} where seq = (select min(seq) from time_stamp)")
    told = [f.message for f in verify(path, entry="B1-1").findings if f.code == "time-stamp"]
    assert len(told) == 1
    assert "other bytes than this checkpoint's" in told[0]


def test_a_clock_that_was_ahead(anna, asked, trusted):
    """A stamp an hour older than the last batch of its checkpoint is a warning: one of the two clocks is wrong."""
    anna.import_time_stamp(answered(asked, at=NOW - timedelta(hours=3)), ca=trusted)
    found = anna.verify(timestamp_ca=trusted)
    assert [(f.code, f.severity) for f in found.findings] == [("time-stamp", "warning")]
    with session(anna.path) as s:
        (dated,) = s.one("select b.recorded_at from batch b join time_stamp t on b.batch_no = t.checkpoint_size "
                         "order by t.batch_no desc")  # fmt: skip
    assert f"its batch is dated {dated}" in found.findings[0].message


@pytest.mark.needs("openssl")
def test_an_authority_of_openssl(anna, tmp_path, monkeypatch):
    """Request, reply and verification with `openssl ts` as the authority, at the command line, both ways."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GHG_LEDGER", str(anna.path))
    monkeypatch.setenv("GHG_ACTOR", "anna")
    _openssl_authority()
    run = CliRunner().invoke
    told = run(app, ["checkpoint", "timestamp", "request", "-o", "c.tsq"])
    assert (told.exit_code, "timestamp import c.tsr" in told.stdout) == (0, True)
    _openssl("ts", "-reply", "-config", "t.cnf", "-queryfile", "c.tsq", "-signer", "t.pem", "-inkey", "t.key",
             "-out", "c.tsr")  # fmt: skip
    _openssl("ts", "-verify", "-queryfile", "c.tsq", "-in", "c.tsr", "-CAfile", "ca.pem")
    done = run(app, ["checkpoint", "timestamp", "import", "c.tsr", "--ca", "ca.pem", "--json"])
    assert done.exit_code == 0, done.output
    value = json.loads(done.stdout)
    assert (value["size"], value["checked"]) == (value["batch"] - 1, True)
    assert "CN=Stamps" in value["authority"]
    anchors = tmp_path / "both.pem"
    anchors.write_bytes((tmp_path / "ca.pem").read_bytes() + full.AUTHORITY.pem())
    words = run(app, ["verify", "--timestamp-ca", str(anchors)])
    assert words.exit_code == 0, words.output
    assert f"Checkpoint {value['size']} existed not later than" in words.stdout
    assert "not checked" not in words.stdout
    assert "not checked against an authority" in run(app, ["verify"]).stdout
    _openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "o.key", "-out", "o.pem", "-subj", "/CN=Other")
    refused = run(app, ["checkpoint", "timestamp", "import", "c.tsr", "--ca", "o.pem"])
    assert (refused.exit_code, "does not lead to one that you trust" in refused.output) == (1, True)


def _openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def _openssl_authority() -> None:
    """A root and a certificate for time stamps in the folder, with the configuration that `openssl ts` needs."""
    with open("t.cnf", "w", encoding="utf-8") as file:  # noqa: PTH123 — the test's own folder
        file.write(
            "[tsa]\ndefault_tsa = t\n[t]\nserial = ./serial\ncrypto_device = builtin\nsigner_digest = sha256\n"
            "default_policy = 1.2.3.4.1\ndigests = sha256\naccuracy = secs:1\nordering = no\ntsa_name = yes\n"
            "ess_cert_id_chain = no\ness_cert_id_alg = sha256\n[ext]\nbasicConstraints = critical,CA:FALSE\n"
            "extendedKeyUsage = critical,timeStamping\nkeyUsage = critical,digitalSignature\n"
        )
    with open("serial", "w", encoding="utf-8") as file:  # noqa: PTH123 — as above
        file.write("01\n")
    new = ("-newkey", "rsa:2048", "-nodes")
    _openssl("req", "-x509", *new, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Root")
    _openssl("req", *new, "-keyout", "t.key", "-out", "t.csr", "-subj", "/O=T/CN=Stamps")
    _openssl("x509", "-req", "-in", "t.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", "t.pem",
             "-days", "20", "-extfile", "t.cnf", "-extensions", "ext")  # fmt: skip
