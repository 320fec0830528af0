"""What seeds of the simulator found, told as short stories."""

from __future__ import annotations

import sys
from decimal import Decimal
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "durability")]
import acts  # noqa: E402 — found by the line above
import works  # noqa: E402 — as above
from accountant import Books, Row  # noqa: E402 — as above

from ledger import Ledger  # noqa: E402 — as above

POWER = """external_id,facility_id,activity_type,quantity,unit,month,data_basis
june,LEE,electricity_purchased,1000,kWh,2024-06,measured
july,LEE,electricity_purchased,100,kWh,2024-07,measured
"""


def test_certificates_freed_by_a_restatement(tmp_path):
    """A row of a closed quarter is reversed and the quarter restated: its certificates go to July, and verify holds.

    The allotment comes a batch before the restatement, and is held against what counts by it.
    """
    ledger = works.founded(tmp_path)
    for name in ("ben", "cleo"):
        ledger.add_person(name, "reviewer")
    (tmp_path / "power.csv").write_text(POWER)
    (tmp_path / "certificate.csv").write_text(acts._CERTIFICATE.format("R1", 1050))
    batch = ledger.upload(tmp_path / "power.csv").batch
    ledger.upload(tmp_path / "certificate.csv")
    ledger.calculate()
    ledger.submit("2024-Q2")
    for verb in ("approve", "close"):
        getattr(Ledger(ledger.path, actor="ben"), verb)("2024-Q2")
    ledger.reverse(f"B{batch}-1", reason="not_ours")
    size = ledger.checkpoint().size
    Ledger(ledger.path, actor="cleo").restate("2024-Q2", reason="late_data", note="not ours")
    assert ledger.checkpoint().size == size + 2
    assert ledger.inventory("2024-Q2").scope_2_location in (None, Decimal(0))
    assert ledger.inventory("2024").scope_2_market == Decimal(0)
    works.holds(ledger)


TWO_UNITS = """external_id,facility_id,activity_type,quantity,unit,month,data_basis
january,LEE,electricity_purchased,1,kWh,2024-01,measured
february,LEE,electricity_purchased,0.002,MWh,2024-02,measured
"""


def test_a_certificate_over_kwh_and_mwh_leaves_less_than_a_millionth_of_a_mwh(tmp_path):
    """1 kWh over 1 and 2 kWh, by hand: 0.333333 and, of 0.666667 kWh left, 0.000666 MWh; 0.000667 kWh cover nothing.

    The accountant knows of that rounding and of no more, and both have the same kg.
    """
    ledger = works.founded(tmp_path)
    (tmp_path / "power.csv").write_text(TWO_UNITS)
    (tmp_path / "certificate.csv").write_text(acts._CERTIFICATE.format("R1", 1))
    ledger.upload(tmp_path / "power.csv")
    ledger.upload(tmp_path / "certificate.csv")
    ledger.calculate()
    books = Books(editions={2024}, certificates=[1])
    power = "electricity_purchased"
    books.enter([
        Row("january", power, "kWh", (2024, 1), Decimal(1), 1, "B1-1", "LEE"),
        Row("february", power, "MWh", (2024, 2), Decimal("0.002"), 1, "B1-2", "LEE"),
    ])  # fmt: skip
    books.calculate()
    (held,) = ledger.instruments()
    assert (held.used_kwh, held.left_kwh, held.status) == (Decimal("0.999333"), Decimal("0.000667"), "used")
    assert books.covered_2024() == (Decimal("0.997"), Decimal(1))
    assert ledger.inventory("2024").scope_2_market == books.market_2024(held.used_kwh)
    works.holds(ledger)


def test_electricity_of_a_year_without_a_national_edition_takes_embers_until_it_is_there(tmp_path):
    """3 kWh of 2023: Ember's 0.23563 kg by both methods, and no upstream; after DESNZ 2023 came, what that says."""
    ledger = works.founded(tmp_path)
    (tmp_path / "power.csv").write_text(TWO_UNITS.replace("2024", "2023"))
    ledger.publish_factors(["ember-2026"])
    ledger.upload(tmp_path / "power.csv")
    books = Books(editions={2024}, ember=True)
    books.enter([Row("both", "electricity_purchased", "kWh", (2023, 1), Decimal(3), 1, "B1-1", "LEE")])
    ember = Decimal(3) * Decimal("0.23563")
    for measure, kg in (("scope_2_location", ember), ("scope_2_market", ember), ("scope_3", None)):
        assert getattr(ledger.inventory("2023"), measure) == kg
        assert books.total(measure, [(2023, 1)]) == (kg or 0)
    ledger.publish_factors(["desnz-2023"])
    ledger.calculate()
    books.editions.add(2023)
    books.calculate()
    for measure in ("scope_2_location", "scope_2_market", "scope_3"):
        assert getattr(ledger.inventory("2023"), measure) == books.total(measure, [(2023, 1)]) > 0
