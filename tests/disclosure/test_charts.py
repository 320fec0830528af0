from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from ledger.disclosure.charts import report
from ledger.disclosure.charts.drawing import svg
from ledger.disclosure.tables.measures import measure_name


@pytest.fixture(scope="module")
def drawn(figures):
    return report.charts(figures)


def test_every_specification_is_one_that_altair_reads(drawn):
    """The charts are Vega-Lite that Altair takes as its own: one specification for page and paper."""
    altair = pytest.importorskip("altair")
    assert set(drawn) == {"quarters", "categories", "facilities", "energy", "intervals"}
    for chart in drawn.values():
        altair.Chart.from_dict(chart.spec)


def test_scope_2_is_drawn_twice_and_never_stacked_on_itself(drawn):
    """Each column holds one Scope 2 only: location in one, market in the other."""
    layer = next(one for one in drawn["quarters"].spec["layer"] if "order" in one.get("encoding", {}))
    for row in layer["data"]["values"]:
        if row["measure"].startswith("Scope 2"):
            assert row["measure"].endswith(f"{row['basis']}-based")


def test_a_figure_that_is_not_there_has_no_mark(made_up, figures):
    """A quarter without a market figure has no market part, rather than one of height 0."""
    holed = replace(figures.quarters[0], scope_2_market=None)
    spec = report.charts(replace(figures, quarters=(holed,)))["quarters"].spec
    assert '"measure": "Scope 2, market-based"' not in json.dumps(spec["layer"])


def test_the_same_chart_gives_the_same_drawing(drawn):
    """SVG is a function of the specification, told to screen readers, and holds no script."""
    for chart in drawn.values():
        drawing = svg(chart)
        assert drawing == svg(chart)
        assert 'role="img"' in drawing
        assert "<script" not in drawing
        assert not re.search(r'fill="white"', drawing)


def test_nothing_to_draw_is_no_chart(figures):
    """A ledger without figures gives no empty axes."""
    now = replace(figures.current, scope_3_categories=dict.fromkeys(range(1, 16)), energy_kwh={})
    assert report.charts(replace(figures, current=now, quarters=(), facilities=(), uncertainty=None)) == {}


def test_a_whisker_spans_what_is_assessed(figures, drawn):
    """Each mark lies within its interval, in tonnes; what is not assessed has no mark, nor have categories."""
    rows = drawn["intervals"].spec["data"]["values"]
    known = {one.label: one for one in figures.uncertainty.figures if one.low_kg is not None}
    assert [row["name"] for row in rows] == [measure_name(name) for name in known if not name.startswith("category")]
    assert rows
    for row in rows:
        one = next(one for name, one in known.items() if measure_name(name) == row["name"])
        assert (row["low"], row["t"], row["high"]) == pytest.approx(
            (one.low_kg / 1000, one.assessed_kg / 1000, one.high_kg / 1000)
        )
        assert row["low"] < row["t"] < row["high"]
