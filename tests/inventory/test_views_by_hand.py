"""A joint venture, an associate, a leased office and an acquisition in May: each view gives what was reckoned."""

from __future__ import annotations

import sys
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "cases"))
import stories

from ledger import Ledger
from ledger.inventory import VIEWS, Inventory

CASE = stories.Case(stories.HERE / "boundaries")
EXPECTED = stories.rows_of(CASE.folder / "expected_views.csv")


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Inventory]:
    """The inventory of 2024 under each view, from one ledger into which the facts went once."""
    path = tmp_path_factory.mktemp("boundaries") / "x.duckdb"
    ledger = Ledger.init(path, organisation="Ashby", consolidation="equity_share", actor=stories.ACTOR)
    for kind in ("legal_entity", "holding", "facility", "activity"):
        stories.uploaded(ledger, CASE.folder / f"{kind}.csv")
    held = ledger.views("2024")
    assert ledger.inventory("2024") == held[0]  # the ledger's own approach, where no view is named
    return {inventory.view: inventory for inventory in held}


def measure_of(inventory: Inventory, measure: str) -> Decimal | None:
    """A figure by its name in `expected_views.csv`."""
    if measure.startswith("category_"):
        return inventory.scope_3_categories[int(measure.removeprefix("category_"))]
    if measure in ("consolidated_group", "other_investees"):
        assert inventory.split is not None
        return inventory.split[measure].scope_1
    found: Decimal | None = getattr(inventory, measure)
    return found


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_is_what_was_reckoned_by_hand(figures: dict[str, Inventory], view: str):
    """Every figure of the view, to the last digit; a blank is a figure that is not there, never 0."""
    rows = [row for row in EXPECTED if row["view"] == view]
    assert len(rows) >= 8
    for row in rows:
        expected = Decimal(row["kg"]) if row["kg"] else None
        assert measure_of(figures[view], row["measure"]) == expected, row["measure"]


def test_the_sums_by_hand_are_right():
    """Each line of arithmetic of the README holds, and gives each expected figure from numbers quoted."""
    results = set()
    for expression, sign, result in CASE.sums:
        exact = stories.value_of(expression)
        assert Fraction(result) == (exact if sign == "=" else stories.half_away(exact, 12)), expression
        results.add(result)
    assert {row["kg"] for row in EXPECTED} <= results | {""}
    for file, row, column, value, source in CASE.sources:
        found = next(r for r in stories.rows_of(stories.DATA / file) if next(iter(r.values())) == row)
        assert (found[column], found["source_cell"]) == (value, source)


def test_what_is_not_counted_is_told(figures: dict[str, Inventory]):
    """The notes name the data from before the acquisition, and what stands in Scope 3 instead of 1 and 2."""
    told = "\n".join(figures["financial_control"].notes)
    assert "Data of CAST (Corby foundry) of 2024-01-01 to 2024-05-17 are in the book and count for nothing" in told
    assert "not yet held: acquired on 2024-05-18" in told
    assert "Scope 1 and 2 of HQ stand in Scope 3, category 8" in told
    assert "Scope 1 and 2 of MILL stand in Scope 3, category 15" in told
