"""The charts of the reports: quarters, categories, facilities, energy, and how sure the figures are.

One specification serves page and PDF; each is one that Altair reads (``altair.Chart.from_dict``),
written as data because importing Altair takes longer than drawing all the charts. Values are
floats here and only here: a chart is drawn from tonnes or MWh and nothing is computed from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from ledger.disclosure.charts.drawing import Drawing, svg
from ledger.disclosure.charts.intervals import intervals
from ledger.disclosure.charts.parts import (
    BASIS,
    COLUMNS_WIDTH,
    MUTED,
    NEUTRAL,
    PAPER,
    SCOPE,
    Chart,
    Spec,
    name_axis,
    shown_unit,
    spec_of,
    value_axis,
)
from ledger.disclosure.figures.record import BreakdownLine, QuarterlyFigures, known_sum
from ledger.disclosure.tables.measures import period_name
from ledger.disclosure.words import numbers, texts
from ledger.disclosure.words.texts import text
from ledger.inventory import Inventory

BARS_SHOWN = 12
FACILITIES_SHOWN = 8


def charts(figures: QuarterlyFigures) -> dict[str, Chart]:
    """The charts of the quarterly report by key; one without data is left out."""
    by_quarter = quarters(figures.quarters, figures.base_year)
    made = (by_quarter, _categories(figures), _facilities(figures), _energy(figures), intervals(figures))
    return {chart.key: chart for chart in made if chart is not None}


def drawings(figures: QuarterlyFigures) -> dict[str, Drawing]:
    """The charts drawn, by key; page and PDF share them."""
    return {key: Drawing(key, chart.title, svg(chart)) for key, chart in charts(figures).items()}


def _colour(measures: dict[str, str]) -> Spec:
    """Colours by the measure's name, in the order given, with a legend."""
    names = [_measure_name(measure) for measure in measures]
    return {
        "field": "measure",
        "type": "nominal",
        "scale": {"domain": names, "range": list(measures.values())},
    }


def _measure_name(measure: str) -> str:
    return text(measure if measure.startswith("scope_2") else f"{measure}_short")


def _stack(line: BreakdownLine, basis: str, measures: tuple[str, ...], name: str) -> list[Spec]:
    """The parts of one column or bar; a measure without a figure has no part."""
    return [
        {
            "name": name,
            "basis": basis,
            "measure": _measure_name(measure),
            "t": shown_unit(value),
            "order": order,
            "opacity": 0.55 if line.provisional and measure == "scope_2_market" else 1,
        }
        for order, measure in enumerate(measures)
        if (value := getattr(line, measure)) is not None
    ]


def quarters(lines: Sequence[BreakdownLine], base_year: Inventory | None) -> Chart | None:
    """Stacked columns by quarter (keys like 2026-Q3), Scope 2 drawn twice: a location and a market column.

    ``base_year`` draws a dashed rule at a quarter of its location-based total. None where no line has a figure.
    """
    series = [line for line in lines if line.total_location is not None]
    if not series:
        return None
    rows = [
        row
        for line in series
        for basis in ("location", "market")
        for row in _stack(line, basis, ("scope_1", f"scope_2_{basis}", "scope_3"), _quarter_name(line.key))
    ]
    x = {
        "field": "name",
        "type": "ordinal",
        "sort": None,
        "title": None,
        "axis": {"labelAngle": 0, "domain": True},
    }
    columns: Spec = {
        "data": {"values": rows},
        "mark": {"type": "bar", "width": {"band": 0.92}},
        "encoding": {
            "x": x,
            "xOffset": {"field": "basis", "sort": ["location", "market"]},
            "y": {
                "field": "t",
                "type": "quantitative",
                "title": text("chart_axis_t"),
                "axis": value_axis(),
            },
            "color": _colour({"scope_1": SCOPE["scope_1"], **BASIS, "scope_3": SCOPE["scope_3"]}),
            "order": {"field": "order"},
            "opacity": {"field": "opacity", "type": "quantitative", "scale": None},
        },
    }
    layers = [*_base_year_rule(base_year), columns, *_column_totals(series, x)]
    spec = {**spec_of(layers, 190), "width": COLUMNS_WIDTH}
    return Chart("quarters", text("chart_quarters"), _quarters_alt(series[-1]), spec)


def _quarter_name(key: str) -> str:
    """How a quarter is written under its columns: Q3 2026 for 2026-Q3."""
    return " ".join(reversed(key.split("-")))


def _column_totals(series: list[BreakdownLine], x: Spec) -> list[Spec]:
    """The total of each column, written above it."""
    rows = [
        {
            "name": _quarter_name(line.key),
            "basis": basis,
            "t": shown_unit(total),
            "label": numbers.card_tonnes(total),
        }
        for line in series
        for basis in ("location", "market")
        if (total := getattr(line, f"total_{basis}")) is not None
    ]
    paper = {"type": "point", "shape": "M-1,-0.3H1V0.3H-1Z", "size": 460, "filled": True, "opacity": 1}
    paper |= {"strokeWidth": 0, "yOffset": -7, "color": PAPER}
    mark = {"type": "text", "baseline": "bottom", "dy": -2, "fontSize": 7.5, "color": MUTED}
    place = {
        "x": x,
        "xOffset": {"field": "basis", "sort": ["location", "market"]},
        "y": {"field": "t", "type": "quantitative"},
    }
    label = {"text": {"field": "label", "type": "nominal"}}
    data = {"values": rows}
    return [  # on a bit of paper each, so that the base year's rule strikes none of them through
        {"data": data, "mark": paper, "encoding": place},
        {"data": data, "mark": mark, "encoding": {**place, **label}},
    ]


def _base_year_rule(base: Inventory | None) -> list[Spec]:
    """A dashed rule at a quarter of the base year's location-based total, named beside it."""
    if base is None or base.total_location is None:
        return []
    mean = numbers.quotient(base.total_location, Decimal(4))
    data = {"values": [{"t": shown_unit(mean)}]}
    y = {"field": "t", "type": "quantitative"}
    label: Spec = {
        "type": "text",
        "align": "left",
        "baseline": "middle",
        "fontSize": 9,
        "color": MUTED,
        "text": text("chart_base_year", period=period_name(base)).split("\n"),
    }
    rule: Spec = {"type": "rule", "strokeDash": [4, 3], "color": MUTED}
    return [
        {"data": data, "mark": rule, "encoding": {"y": y}},
        {"data": data, "mark": label, "encoding": {"x": {"value": COLUMNS_WIDTH + 6}, "y": y}},
    ]


def _quarters_alt(last: BreakdownLine) -> str:
    return text(
        "alt_quarters",
        quarter=_quarter_name(last.key),
        location=numbers.card_tonnes(last.total_location or Decimal(0)),
        market=numbers.card_tonnes(last.total_market or Decimal(0)),
    )


def _categories(figures: QuarterlyFigures) -> Chart | None:
    """Horizontal bars of the Scope 3 categories, sorted by size."""
    now = figures.current
    bars = [
        (f"{key} {text(f'category_{key}')}", value)
        for key, value in now.scope_3_categories.items()
        if value is not None
    ]
    title = text("chart_categories", period=period_name(now))
    return _bars("categories", title, bars, SCOPE["scope_3"], text("chart_axis_t"))


def _energy(figures: QuarterlyFigures) -> Chart | None:
    """Horizontal bars of energy by source in MWh."""
    now = figures.current
    bars = [
        (texts.text_or_code("source", source), value)
        for source, value in now.energy_kwh.items()
        if source != "total" and value is not None
    ]
    title = text("chart_energy", period=period_name(now))
    return _bars("energy", title, bars, NEUTRAL, text("chart_axis_mwh"))


def _bars(key: str, title: str, bars: list[tuple[str, Decimal]], colour: str, unit: str) -> Chart | None:
    """Bars with their value beside them, the largest on top; None where there is nothing."""
    if not bars:
        return None
    shown = sorted(bars, key=lambda bar: (-bar[1], bar[0]))[:BARS_SHOWN]
    rows = [
        {"name": _short(name), "t": shown_unit(value), "label": numbers.card_tonnes(value)} for name, value in shown
    ]
    encoding: Spec = {
        "y": {"field": "name", "type": "nominal", "sort": None, "title": None, "axis": name_axis()},
        "x": {"field": "t", "type": "quantitative", "title": unit, "axis": value_axis()},
    }
    label = {"text": {"field": "label", "type": "nominal"}}
    layers: list[Spec] = [
        {"mark": {"type": "bar", "color": colour, "size": 13}, "encoding": encoding},
        _bar_label("datum.t >= 0", "left", 5, {**encoding, **label}),
        _bar_label("datum.t < 0", "right", -5, {**encoding, **label}),
    ]
    name, value = shown[0]
    sentence = text("alt_bars", name=_short(name), value=numbers.card_tonnes(value), unit=unit)
    return Chart(key, title, sentence, spec_of(layers, 22 * len(rows), data={"values": rows}))


def _bar_label(which: str, align: str, dx: int, encoding: Spec) -> Spec:
    mark = {"type": "text", "align": align, "dx": dx}
    return {"transform": [{"filter": which}], "mark": mark, "encoding": encoding}


def _short(name: str, longest: int = 44) -> str:
    """A name that fits beside a bar."""
    return name if len(name) <= longest else name[: longest - 1] + "…"


def _facilities(figures: QuarterlyFigures) -> Chart | None:
    """For each facility two bars, location and market, each Scope 1 then Scope 2."""
    known = [line for line in figures.facilities if line.key and _own(line) is not None]
    lines = sorted(known, key=lambda line: (-(_own(line) or 0), line.key))[:FACILITIES_SHOWN]
    title = text("chart_facilities", period=period_name(figures.current))
    totals = [_own(line) for line in lines]
    return _paired_bars("facilities", title, lines, totals, {"scope_1": SCOPE["scope_1"], **BASIS})


def paired(title: str, lines: Sequence[BreakdownLine]) -> Chart | None:
    """For each value of a cut two bars, location and market, each Scope 1, 2 and 3; the largest on top."""
    known = [line for line in lines if line.total_location is not None]
    largest = sorted(known, key=lambda line: (-(line.total_location or 0), line.key))[:FACILITIES_SHOWN]
    colours = {"scope_1": SCOPE["scope_1"], **BASIS, "scope_3": SCOPE["scope_3"]}
    return _paired_bars("paired", title, largest, [line.total_location for line in largest], colours)


def _paired_bars(
    key: str, title: str, lines: Sequence[BreakdownLine], totals: Sequence[Decimal | None], colours: dict[str, str]
) -> Chart | None:
    """Two bars a line, location and market, of the measures that have a colour; totals are the location-based ones."""
    rows = [
        row
        for line in lines
        for basis, other in (("location", "market"), ("market", "location"))
        for row in _stack(
            line, basis, tuple(name for name in colours if name != f"scope_2_{other}"), _short(line.label, 34)
        )
    ]
    if not rows:
        return None
    bars: Spec = {
        "data": {"values": rows},
        "mark": {"type": "bar", "height": {"band": 0.9}},
        "encoding": {
            "y": {
                "field": "name",
                "type": "nominal",
                "sort": None,
                "title": None,
                "axis": name_axis(),
            },
            "yOffset": {"field": "basis", "sort": ["location", "market"]},
            "x": {
                "field": "t",
                "type": "quantitative",
                "title": text("chart_axis_t"),
                "axis": value_axis(),
            },
            "color": _colour(colours),
            "order": {"field": "order"},
        },
    }
    total = numbers.card_tonnes(totals[0] or Decimal(0))
    sentence = text("alt_bars", name=_short(lines[0].label), value=total, unit=text("chart_axis_t"))
    return Chart(key, title, sentence, spec_of([bars], 38 * len(lines)))


def _own(line: BreakdownLine) -> Decimal | None:
    """A line's Scope 1 and location-based Scope 2 in kg, by which the bars are sorted."""
    return known_sum(line.scope_1, line.scope_2_location)
