"""The verbs of the ledger: upload, calculate, correct, reverse, and the figures after each."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from ledger import Ledger, Misuse, Refused
from ledger.store import session

YEAR = "2024"


def test_uk_electricity_of_2024(ledger: Ledger, energy: Path):
    """100,000 kWh in Britain in 2024 are 20,705 kg by both methods, the second with its note; losses in category 3."""
    done = ledger.upload(energy)
    assert (done.status, done.rows) == ("accepted", 3)
    by_site = {row["facility"]: row for row in ledger.breakdown(YEAR, "facility")}
    assert by_site["LON"]["scope_2_location"] == Decimal(20705)
    assert by_site["LON"]["scope_2_market"] == Decimal(20705)
    figures = ledger.inventory(YEAR)
    assert any(note.startswith("No residual mix was available") for note in figures.notes)
    # upstream 0.0459, losses 0.0183, upstream of losses 0.00397 per kWh; gas 5000 kWh x 0.03021
    london_upstream = Decimal(100000) * (Decimal("0.0459") + Decimal("0.0183") + Decimal("0.00397"))
    assert by_site["LON"]["scope_3"] == london_upstream + Decimal(5000) * Decimal("0.03021")
    assert figures.scope_1 == Decimal(5000) * Decimal("0.1829")


def test_the_same_file_twice_is_recorded_once(ledger: Ledger, energy: Path, tmp_path: Path):
    """The same bytes under another name give the same batch and change nothing."""
    first = ledger.upload(energy)
    before = ledger.checkpoint()
    renamed = tmp_path / "renamed.csv"
    renamed.write_bytes(energy.read_bytes())
    again = ledger.upload(renamed)
    assert (again.status, again.batch) == ("already_recorded", first.batch)
    assert ledger.checkpoint() == before


def test_checking_writes_nothing(ledger: Ledger, energy: Path):
    """--check says what would happen and leaves the checkpoint as it was."""
    before = ledger.checkpoint()
    assert ledger.upload(energy, check=True).status == "checked"
    assert ledger.checkpoint() == before


def test_a_refused_file_leaves_the_ledger_and_is_on_record(ledger: Ledger, tmp_path: Path):
    """Every fault is listed, nothing is written but the refusal, and the file comes back marked."""
    bad = tmp_path / "bad.csv"
    bad.write_text(
        "facility_id,activity_type,quantity,unit,period_start,period_end\n"
        "LON,electricity_purchased,,kWh,2024-03-01,2024-03-31\n"
        "XXX,electricity_purchased,5,mWh,2024-03-01,2024-03-31\n",
        encoding="utf-8",
    )
    before = ledger.checkpoint()
    done = ledger.upload(bad)
    assert done.status == "refused"
    assert {finding.code for finding in done.findings} >= {"quantity-missing", "facility-unknown", "unit-unknown"}
    assert ledger.checkpoint() == before
    assert done.marked is not None
    assert done.marked.exists()
    log = ledger.path.with_suffix(".control.jsonl").read_text(encoding="utf-8")
    assert "quantity-missing" in log


def test_a_correction_is_a_reversal_and_a_replacement(ledger: Ledger, batch: int):
    """A corrected quantity moves the total by exactly the difference; the first entry stays readable."""
    before = ledger.inventory(YEAR).scope_1
    ledger.correct(f"B{batch}-2", {"quantity": "4000"}, reason="meter", note="misread")
    after = ledger.inventory(YEAR).scope_1
    assert before is not None
    assert after is not None
    assert before - after == Decimal(1000) * Decimal("0.1829")
    with pytest.raises(Refused):
        ledger.correct(f"B{batch}-2", {"quantity": "4000"}, reason="meter")


def test_a_correction_that_would_not_hold_is_refused(ledger: Ledger, batch: int):
    """The corrected row is checked like an upload: a unit that does not exist is refused and nothing is written."""
    before = ledger.checkpoint()
    with pytest.raises(Refused):
        ledger.correct(f"B{batch}-2", {"unit": "mWh"}, reason="unit")
    with pytest.raises(Misuse):
        ledger.correct(f"B{batch}-2", {"colour": "red"}, reason="unit")
    assert ledger.checkpoint() == before


@pytest.mark.parametrize(
    ("column", "text", "code"),
    [
        ("quantity", "1,234", "number-ambiguous"),
        ("quantity", "1.234,5", "number-decimal-comma"),
        ("period_start", "03/04/2024", "date-order-unknown"),
    ],
)
def test_a_correction_reads_nothing_that_may_mean_two_things(
    ledger: Ledger, batch: int, column: str, text: str, code: str
):
    """Without a locale only plain numbers and ISO dates are read, as in an upload; nothing is written."""
    before = ledger.checkpoint()
    with pytest.raises(Refused) as refused:
        ledger.correct(f"B{batch}-2", {column: text}, reason="meter")
    assert refused.value.code == code
    assert ledger.checkpoint() == before


@pytest.mark.parametrize(("locale", "text"), [(None, "1234.125"), ("en-US", "1,234.125"), ("de", "1.234,125")])
def test_a_correction_reads_by_its_locale(ledger: Ledger, batch: int, locale: str | None, text: str):
    """The changes are read as the locale writes them; what is not changed stays as it is."""
    ledger.correct(f"B{batch}-2", {"quantity": "4000.5"}, reason="meter")
    once = ledger.correct(f"B{batch + 1}-2", {"external_id": "x"}, reason="other", locale=locale)
    assert ledger.inventory(YEAR).scope_1 == Decimal("4000.5") * Decimal("0.1829")
    ledger.correct(f"B{once.batch}-2", {"quantity": text, "period_end": "2024-03-30"}, reason="meter", locale=locale)
    assert ledger.inventory(YEAR).scope_1 == Decimal("1234.125") * Decimal("0.1829")


def test_reversing_row_and_batch_brings_totals_back(ledger: Ledger, energy: Path):
    """A row, then the rest of the batch: every total is what it was before the upload, to the digit."""
    before = ledger.inventory(YEAR)
    batch = ledger.upload(energy).batch
    ledger.reverse(f"B{batch}-1", reason="duplicate")
    ledger.reverse(f"B{batch}", reason="withdrawn")
    after = ledger.inventory(YEAR)
    for measure in ("scope_1", "scope_2_location", "scope_2_market", "scope_3"):
        assert (getattr(after, measure) or 0) == (getattr(before, measure) or 0)
    assert after.not_quantified == ()
    with pytest.raises(Refused):
        ledger.reverse(f"B{batch}", reason="withdrawn")


def test_a_reversed_file_may_be_taken_again_with_a_reason(ledger: Ledger, energy: Path, batch: int):
    """Without --again it is already recorded; with it and a reason it is a new batch; twice it is not."""
    with pytest.raises(Misuse):
        ledger.upload(energy, again=True, reason="sent in error")
    ledger.reverse(f"B{batch}", reason="error")
    assert ledger.upload(energy).status == "already_recorded"
    again = ledger.upload(energy, again=True, reason="it was right")
    assert again.status == "accepted"
    assert again.batch != batch


def test_recalculating_what_has_not_changed_writes_nothing(ledger: Ledger, energy: Path):
    """A calculation whose every result is the same adds no batch."""
    ledger.upload(energy)
    before = ledger.checkpoint()
    assert ledger.calculate().batch is None
    assert ledger.checkpoint() == before


def test_figures_of_an_earlier_size_stand(ledger: Ledger, batch: int):
    """What was read at a checkpoint is read again, whatever came after."""
    size = ledger.checkpoint().size
    then = ledger.inventory(YEAR)
    ledger.reverse(f"B{ledger.checkpoint().size}", reason="error")
    again = ledger.inventory(YEAR, at=size)
    assert (again.scope_1, again.scope_2_market, again.scope_3) == (then.scope_1, then.scope_2_market, then.scope_3)
    with pytest.raises(Misuse):
        ledger.inventory(YEAR, at=size + 99)


def test_only_people_of_the_ledger_act(ledger: Ledger, energy: Path):
    """Someone unknown is refused with what to do; taken in, they act under their own pseudonym."""
    stranger = Ledger(ledger.path, actor="ben")
    with pytest.raises(Misuse) as refused:
        stranger.calculate()
    assert "ghg person add" in refused.value.fix
    ledger.add_person("ben", "preparer")
    assert stranger.upload(energy).status == "accepted"
    assert {person["name"] for person in ledger.people()} == {"anna", "ben"}


def test_a_ledger_of_another_catalogue_takes_no_rows(ledger: Ledger, energy: Path, monkeypatch: pytest.MonkeyPatch):
    """After an upgrade whose catalogue is not published yet, an upload is refused and the command is named."""
    monkeypatch.setattr("ledger.factors.publish.catalogue_sha256", lambda: "another")
    with pytest.raises(Refused) as refused:
        ledger.upload(energy)
    assert "ghg factors publish" in refused.value.fix


def test_the_same_bill_in_another_file_is_told(ledger: Ledger, energy: Path, batch: int, tmp_path: Path):
    """A row that equals a standing entry is recorded with a warning that names the entry; a reversed one is not."""
    lines = energy.read_text(encoding="utf-8").splitlines()
    other = tmp_path / "other.csv"
    other.write_text("\n".join([lines[0], lines[2]]) + "\n", encoding="utf-8")
    done = ledger.upload(other)
    (warning,) = [finding for finding in done.findings if finding.code == "row-recorded-before"]
    assert done.status == "accepted"
    assert f"B{batch}-2" in warning.message
    ledger.reverse(f"B{batch}", reason="error")
    ledger.reverse(f"B{done.batch}", reason="error")
    assert not ledger.upload(other, again=True, reason="it was right").findings


def test_a_replacement_that_stands_bars_taking_a_file_again(ledger: Ledger, energy: Path, batch: int):
    """After a correction and a reversal of the batch, the file again would count a row beside its replacement."""
    replaced = ledger.correct(f"B{batch}-2", {"quantity": "4000"}, reason="meter").batch
    ledger.reverse(f"B{batch}", reason="withdrawn")
    with pytest.raises(Misuse) as refused:
        ledger.upload(energy, again=True, reason="it was right")
    assert f"B{replaced}-2" in str(refused.value)
    ledger.reverse(f"B{replaced}-2", reason="withdrawn")
    assert ledger.upload(energy, again=True, reason="it was right").status == "accepted"


def test_money_that_cannot_be_converted_is_told_by_row(ledger, tmp_path):
    """Roubles of 2025 have no rate: the row is taken, not quantified, and the warning names its line and the year."""
    file = tmp_path / "spend.csv"
    file.write_text(
        "activity_type,spend,currency,country,month\nsoftware_spend,100,RUB,US,2025-03\n"
        "software_spend,100,EUR,US,2025-03\n",
        encoding="utf-8",
    )
    done = ledger.upload(file)
    told = [finding for finding in done.findings if finding.code == "spend-not-converted"]
    assert [(finding.line, finding.value) for finding in told] == [(2, "RUB")]
    assert "2025" in told[0].message
    assert done.not_quantified == 1


def test_a_tax_rate_comes_from_a_metric_of_the_country(ledger, tmp_path):
    """119 EUR with German tax are 100; the term names the metric's source; another country's stay not quantified."""
    (tmp_path / "metric.csv").write_text(
        "name,value,unit,period_start,period_end,area,source\n"
        "tax_rate,19,%,2021-01-01,2030-12-31,DE,UStG section 12\n",
        encoding="utf-8",
    )
    (tmp_path / "activity.csv").write_text(
        "activity_type,spend,currency,tax_included,country,month,classification_code\n"
        "software_spend,119,EUR,yes,DE,2025-03,511210\nsoftware_spend,119,EUR,yes,FR,2025-03,511210\n",
        encoding="utf-8",
    )
    assert ledger.upload(tmp_path / "metric.csv", "metric").status == "accepted"
    done = ledger.upload(tmp_path / "activity.csv", "activity")
    assert [(f.code, f.line) for f in done.findings if f.severity == "warning"] == [("tax-rate-missing", 3)]
    with session(ledger.path) as s:
        rows = s.rows("select quantity from activity order by source_line")
        terms = s.rows("select name, value, source from activity_parameter order by name")
    assert [row[0] for row in rows] == [100, 119]
    assert terms[1] == ("tax_rate_pct", 19, "metric tax_rate DE 2021-01-01: UStG section 12")
    assert ledger.verify().ok
