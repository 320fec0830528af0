"""What seeds of the simulator found, told as short stories."""

from __future__ import annotations

import sys
from decimal import Decimal
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "durability")]
import acts  # noqa: E402 — found by the line above
import works  # noqa: E402 — as above

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
