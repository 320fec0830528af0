"""The plot of a moved service: carbon summed up over the months, here and at each place, with the range as a band."""

from __future__ import annotations

from decimal import Decimal

from ledger.ai.interval import interval
from ledger.ai.tradeoff.moving import Move, Target
from ledger.disclosure.charts.names import names_of_lines
from ledger.disclosure.charts.parts import BASIS, INK, WIDTH, Chart, Spec, spec_of, value_axis
from ledger.disclosure.words import numbers
from ledger.disclosure.words.texts import text

HEIGHT = 280
LEAST_MONTHS, MOST_MONTHS = Decimal(24), Decimal(72)
ROOM, ROOM_FOR_NAMES = Decimal("1.25"), Decimal("0.78")
TONNES_FROM, KG_OF_TONNE = Decimal(10_000), Decimal(1000)
DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3])
MOST_LINES = 4
"""Places that are drawn: those that emit least of the power."""


def move_chart(made: Move) -> Chart:
    """Lines of carbon from the day of the move, in the language that is spoken."""
    basis = made.wish.basis
    shown = sorted(made.targets, key=lambda each: each.site.pue * each.site.factors[basis].kg_co2e_per_kwh)[:MOST_LINES]
    months = _months(made, shown)
    here = made.kg[basis] * months
    most = max([here, *(_at(made, target, months)[1] for target in shown)])
    unit, name = (KG_OF_TONNE, "t") if most >= TONNES_FROM else (Decimal(1), "kg")
    top = _drawn(most / unit * Decimal("1.08")) or 1.0
    encoding = _encoding(months, top, text("chart_axis_carbon", unit=name, basis=text(basis)))
    layers: list[Spec] = [_line([(0, 0), (_drawn(months), _drawn(here / unit))], INK, [1, 0], encoding)]
    labels, spots = [text("chart_here")], [_spot(months, _drawn(here / unit), top, months)]
    for target, dash in zip(shown, DASHES, strict=False):
        ends = [(Decimal(0), _at(made, target, Decimal(0))), (months, _at(made, target, months))]
        rows = [{"x": _drawn(x), "low": _drawn(low / unit), "high": _drawn(high / unit)} for x, (low, high) in ends]
        if any(row["low"] != row["high"] for row in rows):
            layers.append(_band(rows, BASIS[f"scope_2_{basis}"], encoding))
        middle = [(row["x"], (row["low"] + row["high"]) / 2) for row in rows]
        layers.append(_line(middle, BASIS[f"scope_2_{basis}"], dash, encoding))
        labels.append(target.site.key)
        spots.append(_spot(months, middle[1][1], top, months))
    layers.append(names_of_lines(labels, spots, HEIGHT))
    alt = text("alt_move", months=numbers.grouped(months, 0), names=", ".join(target.site.key for target in shown))
    return Chart("move", text("chart_move"), alt, {**spec_of(layers, HEIGHT), "padding": {"right": 24}})


def _months(made: Move, shown: list[Target]) -> Decimal:
    """How many months are drawn: what it takes to make up for the move, and some more; two years at least."""
    found = [made.pays(target, made.wish.basis).high for target in shown]
    longest = max([each for each in found if each is not None], default=Decimal(0)) * ROOM
    return min(max(numbers.rounded(longest, 0), LEAST_MONTHS), MOST_MONTHS)


def _at(made: Move, target: Target, months: Decimal) -> tuple[Decimal, Decimal]:
    """Kg CO2e emitted there until a month, from the least to the most: here's less what is saved, and the start."""
    basis = made.wish.basis
    least, most = made.saves(target, basis)
    start = target.start_kg(basis) + interval(0)
    here = made.kg[basis] * months
    return start.low + here - most * months, start.high + here - least * months


def _drawn(value: Decimal) -> float:
    return float(numbers.rounded(value, 6))


def _encoding(months: Decimal, top: float, title: str) -> Spec:
    end = _drawn(months / ROOM_FOR_NAMES)
    ticks = list(range(0, int(months) + 1, 6 if months <= 36 else 12))
    return {
        "x": {
            "field": "x", "type": "quantitative", "title": text("chart_axis_months"),
            "axis": {**value_axis(), "grid": False, "values": ticks}, "scale": {"domain": [0, end], "nice": False},
        },
        "y": {
            "field": "y", "type": "quantitative", "title": title, "axis": {**value_axis(), "titlePadding": 12},
            "scale": {"domain": [0, top], "nice": False},
        },
    }  # fmt: skip


def _line(points: list[tuple[float, float]], colour: str, dash: list[int], encoding: Spec) -> Spec:
    mark: Spec = {"type": "line", "color": colour, "strokeWidth": 1.6, "strokeDash": dash}
    return {"data": {"values": [{"x": x, "y": y} for x, y in points]}, "mark": mark, "encoding": encoding}


def _band(rows: list[Spec], colour: str, encoding: Spec) -> Spec:
    mark: Spec = {"type": "area", "color": colour, "opacity": 0.18}
    between = {"x": encoding["x"], "y": {**encoding["y"], "field": "low"}, "y2": {"field": "high"}}
    return {"data": {"values": rows}, "mark": mark, "encoding": between}


def _spot(at: Decimal, y: float, top: float, months: Decimal) -> tuple[float, float]:
    """Where a line ends, in pixels from the upper left."""
    return _drawn(at / months * ROOM_FOR_NAMES) * WIDTH, HEIGHT * (1 - y / top)
