"""Figures by project, model, team or tag: certificates are spread by quantity, and the parts sum to the figures."""

from __future__ import annotations

import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "calculation"))
sys.path.insert(0, str(Path(__file__).parent))
import tiny
from test_views import FACTORS, bought, burnt, entity, holding, organised

from ledger.errors import Misuse
from ledger.inventory import breakdown, compile_inventory, period
from ledger.store import Session, session

YEAR = period("2024")
MEASURES = ("scope_1", "scope_2_location", "scope_2_market", "scope_3")


@pytest.fixture(scope="module")
def tagged(tmp_path_factory: pytest.TempPathFactory):
    """1,000 kWh of model a and 2,000 of none at F1, half a joint venture's at JV; 600 kWh of certificates."""
    path = tiny.ledger_path(tmp_path_factory.mktemp("tags"))
    with session(path, "write", create=True) as s:
        tiny.found(
            s,
            FACTORS,
            facilities=[tiny.facility("F1", legal_entity_id="TOP"), tiny.facility("JV", legal_entity_id="JV")],
            instruments=[tiny.instrument("WIND", "600", facility_id="F1")],
        )
        organised(s, [entity("TOP"), entity("JV", False)], [holding("JV", "0.333333", "joint", True)])
        rows = [bought("F1", "1000", model="a", tags='{"Cost centre":"7/2"}'), bought("F1", "2000")]
        rows += [bought("JV", "1000", model="a"), burnt("JV", "500", date(2024, 2, 20), date(2024, 3, 10), model="b")]
        odd = {"facility_id": "JV", "legal_entity_id": None, "calorific_basis": "gross"}
        for model, kwh in (("a", "33.333341"), ("b", "11.111110"), ("b", "0.000006"), (None, "7.777774")):
            rows.append(tiny.row("lpg", kwh, "kWh", date(2024, 3, 1), date(2024, 3, 31), model=model) | odd)
        tiny.upload(s, "rows", rows)
        tiny.calculate(s, "allot")
    with session(path) as s:
        yield s


@pytest.mark.parametrize("view", ["operational_control", "equity_share"])
@pytest.mark.parametrize("by", ["tag:model", "tag:Cost centre", "tag:team"])
def test_tags_sum_to_the_figures(tagged: Session, by: str, view: str):
    """Whatever the tag, and whatever the share, the parts of each measure are the figure."""
    figures, rows = compile_inventory(tagged, YEAR, view), breakdown(tagged, YEAR, by, view)
    for measure in MEASURES:
        assert sum(row[measure] or 0 for row in rows) == getattr(figures, measure), measure


def test_certificates_are_spread_by_quantity(tagged: Session):
    """600 kWh cover a third by model a and two thirds by what has none: 200 and 400 kWh at 0.4 kg less."""
    rows = {row["tag:model"]: row for row in breakdown(tagged, YEAR, "tag:model")}
    assert rows["a"]["scope_2_location"] == 800
    assert rows["a"]["scope_2_market"] == 800 - 80
    assert rows[None]["scope_2_market"] == 800 - 160
    assert rows["b"]["scope_1"] == 100 + Decimal("11.111116") * Decimal("0.123456789013")
    assert rows["b"]["scope_2_market"] is None


def test_a_tag_of_ones_own(tagged: Session):
    """A column that the catalogue of columns does not have is kept as a tag, under its header."""
    rows = {row["tag:Cost centre"]: row for row in breakdown(tagged, YEAR, "tag:Cost centre")}
    assert rows["7/2"]["scope_2_location"] == Decimal(400)


def test_a_tag_needs_a_name(tagged: Session):
    """`tag:` alone is misuse."""
    with pytest.raises(Misuse):
        breakdown(tagged, YEAR, "tag:")
