"""How sure the figures are, drawn: a mark at what is assessed of each, and a whisker over its 95 % interval."""

from __future__ import annotations

from ledger.disclosure.charts.parts import BASIS, INK, SCOPE, Chart, Spec, name_axis, shown_unit, spec_of, value_axis
from ledger.disclosure.figures.record import QuarterlyFigures
from ledger.disclosure.tables.measures import measure_name, period_name
from ledger.disclosure.tables.registers import estimate
from ledger.disclosure.words import numbers
from ledger.disclosure.words.texts import text
from ledger.inventory.uncertainty import FigureUncertainty

_COLOURS = {**SCOPE, **BASIS, "total_location": INK, "total_market": INK}
"""The figures that are drawn, and their colours; categories stand in the table alone."""


def intervals(figures: QuarterlyFigures) -> Chart | None:
    """Whiskers of the scopes and totals, in tonnes; None where nothing is assessed."""
    held = figures.uncertainty
    rows = [row for one in (held.figures if held else ()) if one.label in _COLOURS and (row := _row(one))]
    if not rows:
        return None
    y = {"field": "name", "type": "nominal", "sort": None, "title": None, "axis": name_axis()}
    colour = {"field": "colour", "type": "nominal", "scale": None}
    axis = {"title": text("chart_axis_t"), "axis": value_axis()}
    layers: list[Spec] = [
        {
            "mark": {"type": "errorbar", "ticks": {"size": 9}},
            "encoding": {
                "y": y,
                "x": {"field": "low", "type": "quantitative", "scale": {"zero": True}, **axis},
                "x2": {"field": "high"},
                "color": colour,
            },
        },
        {
            "mark": {"type": "point", "filled": True, "size": 46, "opacity": 1},
            "encoding": {"y": y, "x": {"field": "t", "type": "quantitative", **axis}, "color": colour},
        },
    ]
    title = text("chart_intervals", period=period_name(figures.current))
    return Chart("intervals", title, _alt(rows), spec_of(layers, 24 * len(rows), data={"values": rows}))


def _row(one: FigureUncertainty) -> Spec | None:
    """A figure's mark and whisker in tonnes; None where nothing of it is assessed."""
    if one.assessed_kg is None or one.low_kg is None or one.high_kg is None:
        return None
    middle, low, high = (estimate(kg) for kg in (one.assessed_kg, one.low_kg, one.high_kg))
    return {
        "name": measure_name(one.label),
        "t": shown_unit(middle),
        "low": shown_unit(low),
        "high": shown_unit(high),
        "colour": _COLOURS[one.label],
        "words": text("interval", low=numbers.card_tonnes(low), high=numbers.card_tonnes(high)),
    }


def _alt(rows: list[Spec]) -> str:
    last = rows[-1]
    return text("alt_intervals", name=last["name"], interval=last["words"])
