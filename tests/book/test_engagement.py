"""Engagements: what is recorded, what must be there, thresholds from their basis, versions with reasons, tampering."""

from __future__ import annotations

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
from ledger.assurance.verify import verify  # noqa: E402 — as above
from ledger.book.acts.engaging import Terms  # noqa: E402 — as above
from ledger.book.acts.people import record_person  # noqa: E402 — as above
from ledger.cli import app  # noqa: E402 — as above
from ledger.store import append, session  # noqa: E402 — as above

TERMS = Terms("limited", "ISO 14064-1:2018", "2024-03", None, "scope_2_location", "5%", "75%", "10%")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with 1000 kWh at 0.2 kg in March 2024, and an auditor."""
    path = tiny.ledger_path(tmp_path_factory.mktemp("engaged"))
    with session(path, "write", create=True) as s:
        tiny.found(s, [tiny.factor("t:power", co2e_published_kg_per_unit="0.2")])
        append(s, tiny.act("person", "odd"), lambda w: record_person(w, "odd", "auditor"))
        tiny.upload(s, "u1", [tiny.row("electricity_purchased", "1000", "kWh", date(2024, 3, 1), date(2024, 3, 31))])
    return path


@pytest.fixture
def path(made: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    shutil.copytree(made.parent, tmp_path / "kept")
    return tmp_path / "kept" / made.name


def test_thresholds_follow_from_the_measure(path):
    """5 % of 200 kg is 10 kg, 75 % of that 7.5 kg, 10 % of it 1 kg; the figure and its size are kept."""
    book = Ledger(path, actor="odd")
    assert book.record_engagement("E1", TERMS).entries == 1
    (told,) = book.engagements()
    assert (told.basis_kg, told.materiality_kg) == (Decimal(200), Decimal(10))
    assert (told.performance_materiality_kg, told.clearly_trivial_kg) == (Decimal("7.5"), Decimal(1))
    assert (told.view, told.period.label, told.basis_size) == ("operational_control", "2024-03", told.batch - 1)
    assert verify(path).findings == []


def test_a_change_is_a_later_version_with_a_reason(path):
    """Without a reason it is refused, the same again writes nothing, and what is not said stays."""
    book = Ledger(path, actor="odd")
    book.record_engagement("E1", TERMS)
    with pytest.raises(Misuse, match="needs a reason"):
        book.record_engagement("E1", Terms(level="reasonable"))
    assert book.record_engagement("E1", TERMS, reason="again").batch is None
    book.record_engagement("E1", Terms(level="reasonable"), reason="the client asked for more")
    book.record_engagement("E1", Terms(materiality="12kg", performance="9kg"), reason="risk")
    assert [(v.level, v.materiality_kg, v.materiality_pct, v.reason) for v in book.engagements("E1")] == [
        ("limited", Decimal(10), Decimal(5), None),
        ("reasonable", Decimal(10), Decimal(5), "the client asked for more"),
        ("reasonable", Decimal(12), None, "risk"),
    ]
    book.record_engagement("E1", Terms(withdraw=True), reason="the mandate ended")
    assert book.engagements() == ()
    assert len(book.engagements("E1")) == 4
    assert verify(path).findings == []


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        (Terms("sure", "c", "2024-03", None, "scope_1", "1t", "1kg"), "no level of assurance"),
        (Terms("limited", None, "2024-03", None, "scope_1", "1t", "1kg"), "lacks --criteria"),
        (Terms("limited", "c", None, None, "scope_1", "1t", "1kg"), "lacks --period"),
        (Terms("limited", "c", "2024-03", None, "scope_9", "1t", "1kg"), "no measure"),
        (Terms("limited", "c", "2024-03", "mine", "scope_1", "1t", "1kg"), "is not computed"),
        (Terms("limited", "c", "2024-03", None, "scope_1", "5%", "1kg"), "not quantified"),
        (Terms("limited", "c", "2024-03", None, "scope_1", "5", "1kg"), "neither a per cent nor a mass"),
        (Terms("limited", "c", "2024-03", None, "scope_1", "1t", "120%"), "more than 100 %"),
        (Terms("limited", "c", "2024-03", None, "scope_1", "1t"), "lacks --performance"),
        (Terms("limited", "c", "2024-03", None, "scope_1", "1t", "1000kg"), "below materiality"),
        (Terms("limited", "c", "2024-03", None, "scope_1", "1t", "1kg", "2kg"), "clearly trivial"),
    ],
)
def test_what_must_be_there(path, terms, words):
    """Each thing that is missing or cannot be is refused in words, and nothing is written."""
    with pytest.raises(Misuse, match=words):
        Ledger(path, actor="odd").record_engagement("E1", terms)
    assert Ledger(path).engagements("E1") == ()


TAMPERED = (
    ("update engagement set materiality_kg = 11", "5.000000 % of its basis"),
    ("update engagement set basis_kg = 400, materiality_kg = 20", "scope_2_location was 200"),
    ("update engagement set performance_materiality_kg = 10", "not below materiality"),
    ("update engagement set clearly_trivial_kg = 8", "clearly trivial"),
    ("update engagement set level = 'sure'", "no level"),
    ("update engagement set measure = 'scope_9'", "there is no scope_9"),
    ("update engagement set basis_size = 99", "had not reached"),
    ("update engagement set basis_size = null", "do not stand together"),
)


@pytest.mark.parametrize(
    ("statement", "words"),
    [pytest.param(*one, marks=[pytest.mark.thorough] * (n % 2)) for n, one in enumerate(TAMPERED)],
)
def test_tampering_is_found_by_recomputation(path, statement, words):
    """With every hash made anew the thresholds still do not follow."""
    Ledger(path, actor="odd").record_engagement("E1", TERMS)
    full.harm(path, statement)
    found = [finding for finding in full.meaning(path) if finding.code == "engagement-wrong"]
    assert [words in finding.message for finding in found] == [True]


def test_the_command_shows_and_records(path):
    """It records with words for people, shows versions, and answers as JSON."""
    run = CliRunner().invoke
    base = ["review", "engagement", "E1", "--ledger", str(path), "--actor", "odd"]
    given = ["--level", "limited", "--criteria", "ISO 14064-1:2018", "--period", "2024-03", "--measure",
             "scope_2_location", "--materiality", "5%", "--performance", "75%"]  # fmt: skip
    assert "engagement E1 is on record" in run(app, [*base, *given]).output
    shown = run(app, base).output
    assert "limited assurance of 2024-03" in shown
    assert "material 10 kg (5 % of 200 kg" in shown
    assert '"materiality_kg": "10"' in run(app, [*base, "--json"]).output
    assert run(app, [*base, "--level", "reasonable"]).exit_code == 2
