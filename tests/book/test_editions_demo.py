"""The demo company with the UK edition of 2024 alone: what that of 2025 changes is told by figure, then happens."""

from __future__ import annotations

import pytest

from ledger.book import Ledger
from ledger.demo.files import write_company

BEFORE = (
    "desnz-2024", "ember-2026", "egrid-2022", "egrid-2023", "epa-hub-2024", "epa-supply-chain-1.3", "ipcc-gwp",
)  # fmt: skip


@pytest.mark.thorough
def test_the_demo_shows_what_an_edition_changes(tmp_path):
    """Every total of 2025 that the effect tells is the one that stands after publication and calculation."""
    ledger = Ledger.init(tmp_path / "l.duckdb", organisation="Halden", actor="anna", datasets=BEFORE)
    for file in write_company(tmp_path / "files"):
        if not file.faulty:
            ledger.upload(file.path, file.kind, locale=file.locale)
    ledger.calculate(reason="instruments")
    told = ledger.edition_effect("desnz", "2025", period="2025")
    changed = {(change.from_factor, change.to_factor) for change in told.changes}
    assert ("desnz-2024:7_400_4000_5", "desnz-2025:7_400_4000_5") in changed
    assert {line.scope for line in told.lines} == {"1", "2", "3"}
    ledger.publish_factors(["desnz-2025"])
    ledger.calculate(reason="edition 2025")
    figures = ledger.inventory("2025")
    for total in told.totals:
        assert getattr(figures, total.measure) == total.kg_then
