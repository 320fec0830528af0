"""Sign-off: who may, on what; bound to checkpoint and figures; void when they move; signed; tampering with it."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

sys.path[:0] = [str(Path(__file__).parent.parent / folder) for folder in ("calculation", "assurance")]
import full  # noqa: E402 — found by the line above
import tiny  # noqa: E402 — as above

from ledger import Ledger, Misuse  # noqa: E402 — as above
from ledger.assurance.sampling.drawing import Wish  # noqa: E402 — as above
from ledger.assurance.signed.signed_text import signed_text, text_and_signatures, text_holds  # noqa: E402 — as above
from ledger.assurance.verify import verify  # noqa: E402 — as above
from ledger.book.acts.engaging import Terms  # noqa: E402 — as above
from ledger.book.acts.misstating import Misstated  # noqa: E402 — as above
from ledger.book.acts.people import record_person  # noqa: E402 — as above
from ledger.book.acts.signing_off import Conclusion  # noqa: E402 — as above
from ledger.cli import app  # noqa: E402 — as above
from ledger.errors import Refused  # noqa: E402 — as above
from ledger.store import append, latest_checkpoint, session  # noqa: E402 — as above
from ledger.store.control_log import control_log_path  # noqa: E402 — as above
from ledger.store.evidence import evidence_folder  # noqa: E402 — as above
from ledger.store.identity import guessable_id  # noqa: E402 — as above

PEOPLE = {"pia": "preparer", "rob": "reviewer", "odd": "auditor", "ode": "auditor"}
Q1 = "2024-Q1"
SAID = Conclusion("E1", "unmodified", "Nothing came to our attention.")


def power(quantity: str, month: int):
    """Electricity of a month, 0.2 kg/kWh."""
    return tiny.row("electricity_purchased", quantity, "kWh", date(2024, month, 1), date(2024, month, 28))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """January and March recorded, Q1 submitted and approved, an engagement of the year; the auditor did no more."""
    path = tiny.ledger_path(tmp_path_factory.mktemp("signed"))
    with session(path, "write", create=True) as s:
        tiny.found(s, [tiny.factor("t:power", co2e_published_kg_per_unit="0.2")])
        for name, role in PEOPLE.items():
            append(s, tiny.act("person", name), lambda w, n=name, r=role: record_person(w, n, r))
        tiny.upload(s, "u1", [power("1000", 1), power("1000", 3), power("1000", 5)])
    terms = Terms("limited", "ISO 14064-1:2018", "2024", None, "scope_2_location", "100kg", "50kg")
    by(path, "odd").record_engagement("E1", terms)
    by(path, "pia").submit(Q1)
    by(path, "rob").approve(Q1)
    return path


@pytest.fixture
def path(made: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return copied(made, tmp_path)


@pytest.fixture(scope="module")
def signed(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Signed off, with a signature."""
    path = copied(made, tmp_path_factory.mktemp("bound"))
    by(path, "odd").sign_off(Q1, Conclusion("E1", "qualified", "But for B1.", sign_as="auditor.example"))
    return path


def copied(path: Path, folder: Path) -> Path:
    """A copy of a ledger with what lies beside it."""
    shutil.copytree(path.parent, folder / "kept")
    return folder / "kept" / path.name


def by(path: Path, name: str) -> Ledger:
    """The ledger as someone."""
    return Ledger(path, actor=name)


def uploaded(path: Path, *rows) -> None:
    """Rows that somebody else recorded."""
    with session(path, "write") as s:
        tiny.upload(s, f"late{latest_checkpoint(s).size}", list(rows))


def refused(path: Path, name: str = "odd", period: str = Q1, said: Conclusion = SAID) -> str:
    """The code with which a sign-off is refused; nothing is written, and the refusal stands in the log."""
    size = Ledger(path).checkpoint().size
    with pytest.raises(Refused) as fault:
        by(path, name).sign_off(period, said)
    assert Ledger(path).checkpoint().size == size
    told = json.loads(control_log_path(path).read_text().splitlines()[-1])
    assert (told["what"], told["actor"]) == ("sign_off", guessable_id(name))
    return fault.value.code


def test_bound_to_checkpoint_and_figures(path):
    """It names size, root and digest as they are at that moment; it stands, and verify finds nothing."""
    before = Ledger(path).checkpoint()
    done = by(path, "odd").sign_off(Q1, SAID)
    assert (done.checkpoint.size, done.checkpoint.root) == (before.size, before.root)
    (one,) = Ledger(path).sign_offs(Q1)
    assert (one.is_void, one.told.level, one.told.conclusion) == (False, "limited", "unmodified")
    assert Ledger(path).sign_offs("2024-Q2") == ()
    assert verify(path).findings == []


def test_others_and_unready_periods_are_refused(path):
    """Neither preparer nor reviewer signs off, nor is a period signed off that nobody approved or engaged for."""
    for name in ("pia", "rob"):
        with pytest.raises(Refused):
            by(path, name).sign_off(Q1, SAID)
    assert refused(path, period="2024-Q2") == "sign-off-period"
    assert refused(path, period="2023") == "sign-off-period"
    with pytest.raises(Misuse, match="no engagement"):
        by(path, "odd").sign_off(Q1, Conclusion("E9", "unmodified", "x"))
    with pytest.raises(Misuse, match="no conclusion"):
        by(path, "odd").sign_off(Q1, Conclusion("E1", "fine", "x"))
    with pytest.raises(Misuse, match="needs a statement"):
        by(path, "odd").sign_off(Q1, Conclusion("E1", "adverse", " "))


def test_figures_that_moved_since_approval_are_refused(path):
    """A row that came after the approval makes the period open again."""
    uploaded(path, power("1", 3))
    assert refused(path) == "sign-off-period"


def test_own_work_is_not_signed_off(path):
    """Whoever recorded a setting, a row or a step that the period rests on is no auditor of it."""
    full.harm(path, f"update batch set actor = '{guessable_id('odd')}' where kind = 'upload' and batch_no = 6")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ledger.book.acts.signing_off.verify", _holding)
        assert refused(path) == "sign-off-own"


def _holding(path: Path):
    from types import SimpleNamespace

    at = Ledger(path).checkpoint()
    return SimpleNamespace(ok=True, size=at.size, root=at.root, findings=[])


def test_a_ledger_that_does_not_verify_is_not_signed_off(path):
    """One changed row and it is refused."""
    full.harm(path, "update activity set quantity = quantity + 1 where seq = 1")
    assert refused(path) == "sign-off-unverified"


def test_open_findings_are_named(path):
    """Open findings of the period stop it, unless it says why it is given all the same; those of others do not."""
    by(path, "ode").remark("comment", Q1, "seen")
    by(path, "ode").remark("finding", "2024-Q2", "later")
    by(path, "ode").remark("finding", "2024-03", "one bill is missing")
    assert refused(path) == "sign-off-open"
    done = by(path, "odd").sign_off(Q1, Conclusion("E1", "qualified", "But for one bill.", despite="it is small"))
    assert len(done.open_threads) == 1
    (one,) = Ledger(path).sign_offs()
    assert (one.told.open_findings, one.told.despite) == (1, "it is small")
    by(path, "ode").resolve(done.open_threads[0].id, note="it came")
    assert verify(path).findings == []


def test_an_auditors_finding_that_a_reviewer_settled_waits(path):
    """A reviewer's word does not do for a sign-off: it is told as open, and bound into it; an auditor's does."""
    thread = f"B{by(path, 'ode').remark('finding', '2024-03', 'one bill is missing').batch}-1"
    by(path, "rob").resolve(thread, note="it came")
    assert refused(path) == "sign-off-open"
    done = by(path, "odd").sign_off(Q1, Conclusion("E1", "qualified", "But for one bill.", despite="it is small"))
    assert [one.id for one in done.open_threads] == [thread]
    assert verify(path).findings == []
    by(path, "ode").resolve(thread, note="look again", state="reopened")
    by(path, "ode").resolve(thread, note="seen")
    assert by(path, "odd").sign_off(Q1, SAID).open_threads == ()
    assert verify(path).findings == []


@pytest.mark.thorough
def test_what_the_engagement_leaves_is_told(path):
    """Misstatements above performance materiality and unfinished samples stop it, or stand in what is signed."""
    odd = by(path, "odd")
    odd.add_misstatement("E1", Misstated("factual", "scope_2_location", Decimal(70), "a bill"))
    wish = Wish("random", "1", size=1)
    odd.record_sample(odd.sample(Q1, "scope_2_location", wish, engagement="E1", name="S1"))
    assert refused(path) == "sign-off-open"
    said = Conclusion("E1", "qualified", "But for a bill.", despite="it is said", sign_as="auditor.example")
    odd.sign_off(Q1, said)
    (one,) = Ledger(path).sign_offs()
    assert one.told.despite == ("it is said (given with uncorrected misstatements of scope_2_location 70 kg, above "
                                "performance materiality; sample S1: 1 items without a result)")  # fmt: skip
    assert one.told.despite.encode() in (evidence_folder(path) / one.told.signed_sha256).read_bytes()
    assert verify(path).ok
    full.harm(path, "update sign_off set despite = 'it is said'")
    assert "it does not tell sample S1" in " ".join(f.message for f in full.meaning(path) if f.code == "sign-off-rule")


def test_void_when_the_figures_move(path):
    """A row outside leaves it; one inside makes it void, with batch, person and kg; verify warns."""
    by(path, "odd").sign_off(Q1, SAID)
    uploaded(path, power("7", 5))
    assert not Ledger(path).sign_offs()[0].is_void
    uploaded(path, power("500", 2))
    late = Ledger(path).checkpoint().size
    (one,) = Ledger(path).sign_offs()
    assert one.is_void
    assert {line.measure: line.difference_kg for line in one.moved}["scope_2_location"] == Decimal(100)
    assert [mover.batch for mover in one.movers] == [late]
    found = verify(path)
    assert found.ok
    (told,) = [finding for finding in found.findings if finding.code == "sign-off-void"]
    assert told.severity == "warning"
    assert "scope 2 location +100 kg" in told.message
    assert f"batch {late} (upload)" in told.message


@pytest.mark.thorough
def test_closed_figures_wait_and_a_restatement_voids(path):
    """Closed, a late row moves nothing and the sign-off stands; the restatement that counts it makes it void."""
    by(path, "rob").close(Q1)
    by(path, "odd").sign_off(Q1, SAID)
    uploaded(path, power("500", 2))
    assert not Ledger(path).sign_offs()[0].is_void
    assert verify(path).findings == []
    by(path, "rob").restate(Q1, reason="late_data", note="a bill came late")
    (one,) = Ledger(path).sign_offs()
    assert one.is_void
    assert [mover.kind for mover in one.movers] == ["upload", "restatement"]
    assert "sign-off-void" in {finding.code for finding in verify(path).findings}


def test_the_signature_is_checked_with_a_key_from_outside(signed, tmp_path, monkeypatch):
    """With the auditor's key nothing is found, with another an error, without one an info."""
    key = full.public_key_text(full.signing_key())
    assert verify(signed, auditor_key=key).findings == []
    monkeypatch.setenv("GHG_SIGNING_KEY", str(tmp_path / "other.key"))
    other = full.public_key_text(full.signing_key())
    assert full.codes(verify(signed, auditor_key=other)) == {"sign-off-signature"}
    assert [(f.code, f.severity) for f in verify(signed).findings] == [("sign-off-unchecked", "info")]
    with pytest.raises(Misuse, match="cannot be read"):
        verify(signed, auditor_key="no key")


def test_a_signed_text_read_by_hand(signed):
    """The kept text is one line of JSON with what was concluded, then a signature line in the form of a signed note."""
    (one,) = Ledger(signed).sign_offs()
    content = (evidence_folder(signed) / one.told.signed_sha256).read_bytes()
    assert hashlib.sha256(content).hexdigest() == one.told.signed_sha256
    text, signatures = text_and_signatures(content)
    held = json.loads(text)
    assert (held["conclusion"], held["statement"], held["criteria"]) == ("qualified", "But for B1.", "ISO 14064-1:2018")
    assert held["figures_sha256"] == one.told.figures_sha256
    assert [name for name, _ in signatures] == ["auditor.example"]
    key = full.public_key_text(full.signing_key())
    assert text_holds(content, key)
    assert not text_holds(content.replace(b"qualified", b"unmodified"), key)
    with pytest.raises(Misuse, match="cannot name a signer"):
        signed_text(b"x\n", "two words", full.signing_key())


TAMPERED = (
    ("sign-off-digest", "checkpoint_root = repeat('0', 64)"),
    ("sign-off-digest", "figures_sha256 = repeat('0', 64)"),
    ("sign-off-digest", "checkpoint_size = checkpoint_size - 5"),
    ("sign-off-digest", "checkpoint_size = 99"),
    ("sign-off-digest", "period_end = '2024-06-30'"),
    ("sign-off-digest", "legal_entity_id = 'L1'"),
    ("sign-off-rule", "period_end = '2024-06-30'"),
    ("sign-off-rule", "checkpoint_size = checkpoint_size - 1"),
    ("sign-off-rule", "level = 'reasonable'"),
    ("sign-off-rule", "conclusion = 'fine'"),
    ("sign-off-rule", "engagement_id = 'E9'"),
    ("sign-off-rule", "view = 'equity_share'"),
    ("sign-off-rule", "open_findings = 3"),
    ("sign-off-rule", "statement = ' '"),
    ("sign-off-signature", "statement = 'All is well.'"),
    ("sign-off-signature", "conclusion = 'unmodified'"),
    ("sign-off-signature", "despite = 'x'"),
)


@pytest.mark.parametrize(
    ("code", "change"), [pytest.param(*one, marks=[pytest.mark.thorough] * (n % 2)) for n, one in enumerate(TAMPERED)]
)
def test_tampering_is_found_by_its_meaning(signed, tmp_path, code, change):
    """Whoever makes every hash anew is still found: by root and figures, by the rules, by the signed text."""
    path = copied(signed, tmp_path)
    full.harm(path, f"update sign_off set {change}")
    assert code in {finding.code for finding in full.meaning(path)}


@pytest.mark.parametrize("change", ["role = 'reviewer' where kind = 'sign_off'",
                                    "actor = (select actor from batch where kind = 'sign_off') where batch_no = 6"])
def test_tampering_with_persons_is_found(signed, tmp_path, change):
    """A sign-off by another role, or by who had prepared it."""
    path = copied(signed, tmp_path)
    full.harm(path, f"update batch set {change}")
    assert "sign-off-rule" in {finding.code for finding in full.meaning(path)}


def test_rows_that_were_changed_below_a_sign_off(signed, tmp_path):
    """An owner with the key changes a row and makes every hash anew: root and figures are no longer those signed."""
    path = copied(signed, tmp_path)
    full.rebuilt(path, "update activity set quantity = 900 where batch_no = 6 and seq = 1",
                 "update period_total set quantity = 900 where batch_no = 6 and month = '2024-01-01'")  # fmt: skip
    assert {"sign-off-digest", "period-digest"} <= full.codes(verify(path))


def test_a_key_of_the_auditors_own(path, tmp_path, monkeypatch):
    """A key that nobody else brought in is the auditor's own, on the first sign-off and on the next."""
    monkeypatch.setenv("GHG_SIGNING_KEY", str(tmp_path / "auditor.key"))
    said = Conclusion("E1", "unmodified", "Fine.", sign_as="auditor.example")
    assert [by(path, "odd").sign_off(Q1, said).shared_key for _ in range(2)] == [False, False]


def test_the_commands(path):
    """Sign-off, status and list say what it is bound to, and later that it is void."""
    run = CliRunner().invoke
    there = ["--ledger", str(path), "--actor", "odd"]
    given = ["review", "sign-off", Q1, "--engagement", "E1", "--conclusion", "unmodified", "--statement", "Fine."]
    assert run(app, [*given, "--ledger", str(path), "--actor", "rob"]).exit_code == 1
    answer = run(app, [*given, "--sign-as", "auditor.example", *there]).output
    assert "2024-Q1 is signed off in E1, unmodified" in answer
    assert "ghg verify --auditor-key" in answer
    assert "WARNING: another person brought this key into the ledger" in answer
    assert "stands" in run(app, ["status", Q1, *there]).output
    uploaded(path, power("500", 2))
    for command in (["status", Q1], ["status"], ["review", "list"]):
        assert "void  unmodified" in run(app, [*command, *there]).output
    listed = json.loads(run(app, ["status", Q1, "--json", *there]).output)["review"]["sign_offs"]
    assert [one["void"] for one in listed] == [True]
