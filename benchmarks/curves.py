"""How seconds grow with rows: a chart in the look of the house's own, both axes by powers of ten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ledger.disclosure.charts.drawing import svg
from ledger.disclosure.charts.parts import INK, MUTED, NEUTRAL, RULE, SCOPE, Chart, spec_of

COLOURS = (NEUTRAL, "#2b6ca3", SCOPE["scope_3"], "#d98b1f", SCOPE["scope_1"])
_APART = 1.4
"""How much higher a name stands than the one below it, as a ratio of seconds."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A line of the chart: what it is called, and its seconds by rows."""

    name: str
    points: tuple[tuple[int, float], ...]


def growth_svg(curves: Sequence[Curve]) -> str:
    """The chart as SVG, each line named at its end."""
    drawn = [curve for curve in curves if curve.points]
    colours = {"domain": [curve.name for curve in drawn], "range": list(COLOURS[: len(drawn)])}
    rows = [{"name": curve.name, "rows": at, "s": seconds} for curve in drawn for at, seconds in curve.points]
    encoding = {
        "x": _axis("rows", "rows of the file (mixed)", "replace(format(datum.value, ','), /,/g, '\u202f')"),
        "y": _axis("s", "seconds", "format(datum.value, '~r')"),
        "color": {"field": "name", "type": "nominal", "scale": colours, "legend": None},
    }
    label = {"type": "text", "align": "left", "dx": 8, "fontSize": 10.5}
    layers: list[dict[str, Any]] = [
        {"data": {"values": rows}, "mark": {"type": "line", "strokeWidth": 2}, "encoding": encoding},
        {"data": {"values": rows}, "mark": {"type": "point", "filled": True, "size": 42}, "encoding": encoding},
        {"data": {"values": _names(drawn)}, "mark": label, "encoding": {**encoding, "text": {"field": "name"}}},
    ]
    spec = spec_of(layers, 300, padding={"left": 8, "top": 12, "right": 12, "bottom": 8})
    spec["config"] = {**spec["config"], "background": "#ffffff"}
    title = "Seconds by rows"
    told = "; ".join(f"{c.name} {c.points[-1][1]:.3g} s at {c.points[-1][0]:,} rows" for c in drawn)
    made = svg(Chart("growth", title, f"Seconds by rows, both by powers of ten: {told}.", spec))
    return made.replace('font-family="IBM Plex Sans"', 'font-family="IBM Plex Sans, sans-serif"')  # it stands alone


def _names(drawn: Sequence[Curve]) -> list[dict[str, Any]]:
    """Where each line's name stands: beside its end, and over the name below it."""
    placed: list[dict[str, Any]] = []
    for curve in sorted(drawn, key=lambda one: one.points[-1][1]):
        rows, seconds = curve.points[-1]
        below = max((one["s"] for one in placed if one["rows"] == rows), default=0.0)
        placed.append({"name": curve.name, "rows": rows, "s": max(seconds, below * _APART)})
    return placed


def _axis(field: str, title: str, words: str) -> dict[str, Any]:
    """An axis by powers of ten; its rules and labels are those powers alone."""
    axis = {
        "values": [10**power for power in range(-3, 10)],
        "labelExpr": words,
        "gridColor": RULE,
        "titleColor": MUTED,
        "labelColor": INK,
    }
    return {"field": field, "type": "quantitative", "scale": {"type": "log"}, "title": title, "axis": axis}
