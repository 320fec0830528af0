"""A figure followed down: what is shown and what is not add up to it, and each line can be recomputed by hand."""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from pathlib import Path

import pytest

from ledger import Ledger, Misuse

SCOPES = ("scope_1", "scope_2_location", "scope_2_market", "scope_3", "total_location", "total_market", "energy_kwh")


@pytest.fixture
def filled(ledger: Ledger, batch: int) -> Ledger:
    """Three rows of energy, recorded."""
    return ledger


def test_lines_and_rest_add_up(filled: Ledger):
    """Shown lines and the rest are the figure exactly, for every measure and however many are shown."""
    size, figures = filled.checkpoint().size, filled.inventory("2024")
    for measure, limit in product(SCOPES, (0, 1, 50)):
        found = filled.trace(f"2024/operational_control/{measure}@{size}", limit=limit)
        assert found.value is not None
        assert sum((line.amount for line in found.lines), Decimal(0)) + found.rest == found.value, (measure, limit)
        if limit == 50:
            assert found.rest == 0
        if measure != "energy_kwh":
            assert found.value == getattr(figures, measure)


CUTS = (
    "facility=LON", "month=2024-03-01", "activity_type=natural_gas", "category=3", "gas=CO2", "gas=CH4",
    "gas=unsplit",
)  # fmt: skip


def test_cuts_add_up(filled: Ledger):
    """A figure cut by place, month, type, category or gas is the sum of its own lines."""
    size = filled.checkpoint().size
    for cut in CUTS:
        found = filled.trace(f"2024/operational_control/total_location/{cut}@{size}", limit=100)
        assert found.lines, cut
        assert sum(line.amount for line in found.lines) == found.value, cut


def test_a_line_names_its_cell_and_can_be_recomputed(filled: Ledger):
    """Quantity times kg per unit is the amount; file and line are those of the upload."""
    size = filled.checkpoint().size
    found = filled.trace(f"2024/operational_control/scope_2_location/facility=LON@{size}")
    (line,) = found.lines
    assert line.details["quantity"] * line.details["per_unit"] == line.amount == Decimal(20705)
    assert line.source == "energy.csv, line 2"
    assert line.formula == "100000 kWh × 0.20705 kg/kWh = 20705 kg"
    assert line.details["licence"] == "Open Government Licence v3.0"


def test_an_entry_tells_its_postings_and_who_recorded_it(filled: Ledger):
    """An activity has its lines by each method, its file's digest, and where the bytes are kept."""
    batch = filled.checkpoint().size
    found = filled.trace(f"B{batch}-1")
    assert [line.details["line"] for line in found.lines].count("energy") == 2
    assert Path(found.facts["kept_at"]).read_bytes().startswith(b"external_id,")
    filled.reverse(f"B{batch}-1", reason="error")
    assert filled.trace(f"B{batch}-1").facts["reversed_by"] == [f"B{batch + 1}-1"]


@pytest.mark.parametrize("what", ["B999-1", "x", "2024/operational_control/scope_1@999", "2024/v/scope_1@1"])
def test_what_is_not_there_is_said(filled: Ledger, what):
    """An entry, figure, size or view that does not exist is refused in words."""
    with pytest.raises(Misuse):
        filled.trace(what)


def test_hostile_text_in_a_cut_is_only_text(filled: Ledger):
    """A quote in a facility id is compared, never run."""
    size = filled.checkpoint().size
    assert filled.trace(f"2024/operational_control/scope_1/facility=x%27%20or%201%3D1@{size}").value is None
