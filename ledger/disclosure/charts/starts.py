"""The plot of a comparison by the hour it begins: carbon of each option over the starts, the best start marked."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from ledger.ai.tradeoff.compare import Comparison
from ledger.ai.tradeoff.options import KG_OF_TONNE
from ledger.ai.tradeoff.starts import Starts
from ledger.disclosure.charts.names import names
from ledger.disclosure.charts.parts import BASIS, WIDTH, Chart, Spec, spec_of, value_axis
from ledger.disclosure.words import numbers
from ledger.disclosure.words.texts import text

HEIGHT = 260
ROOM = Decimal("1.3")
MOST_LINES = 4
"""Options that are drawn: those of the cleanest starts."""
DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3])
TONNES_FROM = Decimal(10_000)
DAYS_OF_TIMES = 2
"""In a window of so many days the hour is written on the axis, in a longer one the day."""
COLOUR = BASIS["scope_2_location"]


def start_chart(made: Comparison) -> Chart:
    """Lines of carbon by start, in the language that is spoken."""
    shown = sorted(made.starts, key=lambda each: each.best[0].kg.low + each.best[-1].kg.high)[:MOST_LINES]
    most = max(one.kg.high for each in shown for one in each.starts) or Decimal(1)
    unit, name = (KG_OF_TONNE, "t") if most >= TONNES_FROM else (Decimal(1), "kg")
    first = min(each.starts[0].start for each in shown)
    last = max(each.starts[-1].start for each in shown)
    top = _drawn(most / unit * ROOM)
    encoding = _encoding(first, last, top, text("chart_axis_carbon", unit=name, basis=text("location")))
    layers: list[Spec] = []
    labels, spots = [], []
    for each, dash in zip(shown, DASHES, strict=False):
        rows = _rows(each, unit)
        if any(row["low"] != row["high"] for row in rows):
            layers.append(_band(rows, encoding))
        line: Spec = {"type": "line", "color": COLOUR, "strokeWidth": 1.4, "strokeDash": dash}
        layers.append({"data": {"values": rows}, "mark": line, "encoding": encoding})
        best = [row for row in rows if row["is_best"]]
        mark: Spec = {"type": "point", "filled": True, "size": 60, "color": COLOUR, "opacity": 1}
        layers.append({"data": {"values": best}, "mark": mark, "encoding": encoding})
        at = text("chart_best_start", start=f"{each.best[0].start:%m-%d %H:%M}")
        labels.append([each.option.name.partition("-")[2] or each.option.name, at])
        spots.append(_spot(best[0], first, last, top))
    layers.append(names(labels, spots, HEIGHT))
    alt = text("alt_starts", count=len(shown), names="; ".join(", ".join(label) for label in labels))
    return Chart("starts", text("chart_starts"), alt, {**spec_of(layers, HEIGHT), "padding": {"right": 24}})


def _rows(each: Starts, unit: Decimal) -> list[Spec]:
    best = {one.start for one in each.best[:1]}
    return [
        {
            "x": one.start.strftime("%Y-%m-%dT%H:%M:%SZ"), "low": _drawn(one.kg.low / unit),
            "high": _drawn(one.kg.high / unit), "y": _drawn((one.kg.low + one.kg.high) / 2 / unit),
            "is_best": one.start in best,
        }
        for one in each.starts
    ]  # fmt: skip


def _drawn(value: Decimal) -> float:
    return float(numbers.rounded(value, 6))


def _encoding(first: datetime, last: datetime, top: float, title: str) -> Spec:
    is_short = (last - first).days < DAYS_OF_TIMES
    domain = [at.strftime("%Y-%m-%dT%H:%M:%SZ") for at in (first, last)]
    return {
        "x": {
            "field": "x", "type": "temporal", "title": text("chart_axis_start"),
            "axis": {"format": "%H:%M" if is_short else "%Y-%m-%d", "grid": False, "tickCount": 6},
            "scale": {"type": "utc", "domain": domain},
        },
        "y": {
            "field": "y", "type": "quantitative", "title": title, "axis": {**value_axis(), "titlePadding": 12},
            "scale": {"domain": [0, top], "nice": False},
        },
    }  # fmt: skip


def _band(rows: list[Spec], encoding: Spec) -> Spec:
    mark: Spec = {"type": "area", "color": COLOUR, "opacity": 0.15}
    between = {"x": encoding["x"], "y": {**encoding["y"], "field": "low"}, "y2": {"field": "high"}}
    return {"data": {"values": rows}, "mark": mark, "encoding": between}


def _spot(row: Spec, first: datetime, last: datetime, top: float) -> tuple[float, float]:
    """Where a start lies, in pixels from the upper left."""
    at = datetime.fromisoformat(row["x"])
    span = (last - first).total_seconds() or 1
    return (at - first).total_seconds() / span * WIDTH, HEIGHT * (1 - row["y"] / top)
