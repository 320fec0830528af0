"""A publisher's file in a ledger: its effect before, its bytes and licence after, a corrected row with its history."""

from __future__ import annotations

import hashlib
import sys
from decimal import Decimal
from pathlib import Path

from ledger.store import session

sys.path.insert(0, str(Path(__file__).parent.parent / "intake" / "publishers"))
import books

MAPS = (
    "Datetime (UTC),Country,Zone name,Zone id,Carbon intensity gCO₂eq/kWh (direct),"
    "Carbon intensity gCO₂eq/kWh (Life cycle)\n"
    "2025-01-01 00:00:00,Sweden,Sweden,SE,2.5,30\n2025-01-01 01:00:00,Sweden,Sweden,SE,2.6,31\n"
)


def test_an_import_tells_its_effect_and_then_is_a_batch(ledger, batch, tmp_path):
    """Checked, nothing is written; accepted, factors, licence, bytes and verification are on record."""
    path = tmp_path / "aib.csv"
    path.write_text("Country,Year,Residual mix (gCO2/kWh)\nGB,2024,400\nAT,2024,N/A\n", encoding="utf-8")
    size = ledger.checkpoint().size
    checked = ledger.import_factors(path, check=True)
    assert (checked.status, ledger.checkpoint().size) == ("checked", size)
    total = next(t for t in checked.effect.totals if t.measure == "scope_2_market")
    assert total.kg_then - total.kg_now == 100_000 * (Decimal("0.4") - Decimal("0.20705"))
    done = ledger.import_factors(path)
    assert (done.status, done.factors, done.dataset) == ("accepted", 1, "aib-residual-mix-2024")
    assert ledger.import_factors(path).status == "already_recorded"
    record = ledger.factor("aib-2024:GB")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert record["evidence"]["sha256"] == record["source_sha256"] == digest
    assert (ledger.path.with_suffix(".evidence") / digest).read_bytes() == path.read_bytes()
    assert (record["verification"], record["redistributable"]) == ("user", False)
    assert record["licence"].startswith("no open licence")
    now = ledger.inventory("2024").scope_2_market
    ledger.calculate(reason="residual mix")
    assert ledger.inventory("2024").scope_2_market - now == total.kg_then - total.kg_now
    assert ledger.verify().ok


def test_a_corrected_row_is_a_new_version_with_its_erratum(ledger, energy, batch, tmp_path):
    """The same factor with another figure: what it supersedes, what changed; earlier checkpoints keep the old one."""
    before = ledger.inventory("2024")
    path = books.desnz(tmp_path / "flat.xlsx", (*books.DESNZ_HEADER[:9], "GHG Conversion Factor 2024"))
    done = ledger.import_factors(path, erratum="revised issue")
    assert done.corrected == 2
    record = ledger.factor("desnz-2024:7_400_4000_5")
    first, second = record["history"]
    assert (first["co2e_published_kg_per_unit"], second["co2e_published_kg_per_unit"]) == (
        Decimal("0.20705"), Decimal("0.178")
    )  # fmt: skip
    assert second["supersedes"] == first["entry"]
    assert second["erratum"].startswith("revised issue: co2e_published_kg_per_unit 0.20705 became 0.178;")
    effect = ledger.calculation_effect("2024")
    change = next(c for c in effect.changes if (c.line, c.method) == ("energy", "location"))
    assert (change.from_factor, change.to_factor) == ("desnz-2024:7_400_4000_5",) * 2
    assert (change.kg_now, change.kg_then) == (Decimal(20705), Decimal(17800))
    ledger.calculate(reason="erratum")
    assert ledger.inventory("2024", at=before.checkpoint.size).total_location == before.total_location
    assert ledger.inventory("2024").total_location != before.total_location
    assert ledger.verify().ok


def test_an_hourly_file_fills_the_series(ledger, tmp_path):
    """Rows of grid intensity, two a time; no factor, and nothing to recalculate."""
    path = tmp_path / "SE_2025_hourly.csv"
    path.write_text(MAPS, encoding="utf-8")
    done = ledger.import_factors(path)
    assert (done.status, done.factors, done.intervals, done.dataset) == ("accepted", 0, 4, None)
    with session(ledger.path) as s:
        rows = s.rows("select signal_basis, sum(intensity_g_per_kwh) from grid_intensity group by 1 order by 1")
    assert rows == [("direct", Decimal("5.1")), ("life_cycle", Decimal(61))]
    assert ledger.verify().ok
    path.write_text(MAPS + "\n", encoding="utf-8")
    assert (ledger.import_factors(path).status, ledger.upload(path).status) == ("already_recorded", "already_recorded")
    path.write_text(MAPS.replace("2.6", "2.7"), encoding="utf-8")
    again = ledger.import_factors(path)
    codes = [found.code for found in again.findings if found.code.startswith("intensity")]
    assert (again.status, codes) == ("accepted", ["intensity-held", "intensity-revised"])
    with session(ledger.path) as s:
        rows = s.rows("select intensity_g_per_kwh, revision from grid_intensity where batch_no = ?", [again.batch])
    assert rows == [(Decimal("2.7"), 1)]


def test_a_refused_file_leaves_the_ledger_alone(ledger, tmp_path):
    """A renamed column refuses the file; the refusal is in the control log and nothing in the ledger."""
    header = (*books.DESNZ_HEADER[:8], "Gas", books.DESNZ_HEADER[9])
    size = ledger.checkpoint().size
    done = ledger.import_factors(books.desnz(tmp_path / "flat.xlsx", header))
    assert (done.status, done.batch, ledger.checkpoint().size) == ("refused", None, size)
    assert "publisher-column-differs" in ledger.path.with_suffix(".control.jsonl").read_text(encoding="utf-8")


def test_what_figures_rest_on_is_told_with_its_licence(ledger, batch, tmp_path):
    """Datasets of a period, with licence and attribution; their kg add up; a table is marked as held back."""
    path = tmp_path / "aib.csv"
    path.write_text("Country,Year,Residual mix (gCO2/kWh)\nGB,2024,400\n", encoding="utf-8")
    ledger.import_factors(path)
    ledger.calculate(reason="residual mix")
    used = {row.dataset: row for row in ledger.datasets_used("2024")}
    figures = ledger.inventory("2024")
    for name, measure in (("kg_scope_1", "scope_1"), ("kg_location", "scope_2_location"),
                          ("kg_market", "scope_2_market"), ("kg_scope_3", "scope_3")):  # fmt: skip
        assert sum(getattr(row, name) or 0 for row in used.values()) == getattr(figures, measure)
    residual = used["aib-residual-mix-2024"]
    assert (residual.redistributable, residual.user, residual.kg_market) == (False, 1, Decimal(40000))
    assert (residual.kg_location, residual.postings, residual.factors) == (None, 1, 1)
    assert used["desnz-2024"].licence == "Open Government Licence v3.0"
    assert used["egrid-2023"].secondary == 1
    assert ledger.datasets_used("2019") == ()
