"""The plot and page of a comparison: what is drawn where, and no cost where a price is missing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from ledger.ai import catalogue
from ledger.ai.estimate import GridFactor
from ledger.ai.interval import Interval, interval
from ledger.ai.tradeoff.compare import Comparison, Wish
from ledger.ai.tradeoff.options import Machine, Option, Site
from ledger.ai.tradeoff.prices import Price
from ledger.ai.tradeoff.speeds import Speeds, Work
from ledger.book.words.compare import page_of
from ledger.disclosure.charts.tradeoff import tradeoff
from ledger.disclosure.words import texts
from ledger.errors import Misuse

D = Decimal
DAY = date(2026, 11, 1)


def option(gpu: str, place: str, hours, factor: str, price: str | None) -> Option:
    """An option of 1 kW at PUE 1."""
    part = catalogue.hardware(gpu)
    machine = Machine(part, interval(hours), interval(hours), D(1), interval(1), "test", False, None, "not known", ())
    factors = {basis: GridFactor(basis, D(factor), "test", "", is_life_cycle=False) for basis in ("location", "market")}
    cost = None if price is None else Price("own", place, part.hardware_id, "list", D(price), "USD", DAY, "page", 2)
    return Option(machine, Site(place, place, "own", place, D(1), "test", factors, None, ""), cost, False)


def comparison(*options: Option, carbon_price: str = "1000") -> Comparison:
    """A comparison of options."""
    wish = Wish(("x",), ("y",), Work(hours=interval(9)), DAY, DAY)
    unpriced = tuple(each.name for each in options if each.price is None)
    currency = None if len(unpriced) == len(options) else "USD"
    return Comparison(wish, options, Speeds("measured", {}, "own runs <b>"), "location", D(carbon_price), currency,
                      unpriced, ())  # fmt: skip


CHEAP = option("H100 SXM", "PL", Interval(D(80), D(120)), "1", "1")  # 100 USD, 100 kg, in the middle
CLEAN = option("T4", "FI", 500, "0.05", "0.4")  # 200 USD, 25 kg
WORSE = option("T4", "DE", 500, "0.3", "0.5")  # 250 USD, 150 kg


def rows(chart, key: str) -> list[dict]:
    """What the layers hold that have a column."""
    return [row for layer in chart.spec["layer"] for row in layer["data"]["values"] if key in row]


def test_bubbles_stand_at_cost_and_carbon_and_the_front_joins_the_best():
    """Middles and ranges of both axes, the dominated one off the front, and the front from the cheapest down."""
    chart = tradeoff(comparison(CHEAP, CLEAN, WORSE))
    points = {row["name"].split(" @ ")[1]: row for row in rows(chart, "hours")}
    assert [(row["x"], row["y"], row["on"]) for row in (points[p] for p in ("PL", "FI", "DE"))] == [
        (100, 100, True), (200, 25, True), (250, 150, False)
    ]  # fmt: skip
    assert (points["PL"]["x_low"], points["PL"]["x_high"], points["PL"]["y_low"]) == (80, 120, 80)
    line = next(layer for layer in chart.spec["layer"] if layer["mark"].get("type") == "line")
    assert line["data"]["values"] == [{"x": 100, "y": 100}, {"x": 200, "y": 25}]
    assert "PL" in chart.alt
    assert "DE" not in chart.alt


def test_along_a_line_of_equal_cost_the_sum_is_the_same():
    """Cost and carbon at 1000 per tonne come to the same at both ends of a line, which is what it is labelled with."""
    lines = rows(tradeoff(comparison(CHEAP, CLEAN, WORSE)), "y2")
    assert len({row["label"] for row in lines}) == 3  # 100, 200 and 300 USD, each with its name
    for row in lines:
        assert row["x"] + row["y"] == pytest.approx(row["x2"] + row["y2"])  # 1 USD per kg
        assert row["label"].startswith(f"{row['x']:.0f} ")
    steep = rows(tradeoff(comparison(CHEAP, CLEAN, carbon_price="0")), "y2")
    assert all(row["x"] == row["x2"] for row in steep)


def test_without_a_price_of_each_the_axis_is_time():
    """There is no cost axis, no line of equal cost, and the title says so."""
    chart = tradeoff(comparison(CHEAP, option("T4", "FI", 500, "0.05", None)))
    assert chart.title == "Duration and carbon of 2 options"
    assert rows(chart, "y2") == []
    assert {row["x"] for row in rows(chart, "hours")} == {100, 500}


def test_names_lie_on_no_other_name():
    """Two options at almost one spot are named at different corners."""
    near = option("A100 SXM4 80GB", "PL2", 101, "1", "1")
    names = rows(tradeoff(comparison(CHEAP, near, CLEAN)), "px")
    boxes = [(row["px"], row["py"], row["px"] + 5 * max(map(len, row["label"])), row["py"] + 24) for row in names]
    for at, one in enumerate(boxes):
        for other in boxes[at + 1 :]:
            assert one[0] >= other[2] or other[0] >= one[2] or one[1] >= other[3] or other[1] >= one[3]


def test_the_plot_speaks_the_language():
    """Axes and title in German where that is spoken."""
    with texts.spoken("de"):
        chart = tradeoff(comparison(CHEAP, CLEAN))
    assert chart.title.startswith("Kosten und Emissionen")
    assert rows(chart, "y2")[0]["label"].endswith("USD gesamt")


def test_a_file_is_what_its_name_says():
    """An SVG for reading machines too, a page with both bases and sources, escaped; another ending is refused."""
    made = comparison(CHEAP, CLEAN)
    drawn = page_of(made, "a.svg").decode()
    assert drawn.startswith("<svg")
    assert 'aria-label="Bubbles of 2 options' in drawn
    page = page_of(made, "a.html").decode()
    for words in ("kg location", "kg market", "own runs &lt;b&gt;", "is ahead below", "<svg", 'lang="en"'):
        assert words in page
    with pytest.raises(Misuse, match="ends in none of"):
        page_of(made, "a.docx")


@pytest.mark.needs("pdf")
def test_the_page_is_a_pdf_too():
    """The same page on paper."""
    assert page_of(comparison(CHEAP, CLEAN), "a.pdf").startswith(b"%PDF")
