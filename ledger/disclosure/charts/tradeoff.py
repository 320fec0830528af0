"""The plot of a comparison: cost × carbon, a bubble by hours, the Pareto front, and lines of equal cost in full.

Without a price of every option there is no cost axis: then it is duration × carbon.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from ledger.ai.interval import Interval
from ledger.ai.tradeoff.compare import Comparison
from ledger.ai.tradeoff.options import KG_OF_TONNE, Option
from ledger.ai.tradeoff.ranking import OFF, ON, flip, front
from ledger.disclosure.charts.names import names
from ledger.disclosure.charts.parts import BASIS, INK, MUTED, RULE, WIDTH, Chart, Spec, spec_of, value_axis
from ledger.disclosure.words import numbers
from ledger.disclosure.words.texts import text

HEIGHT = 300
LINES = 5
"""How many lines of equal cost are drawn at most."""
ROOM, ROOM_ABOVE, ROOM_FOR_NAMES = Decimal("1.12"), Decimal("1.25"), Decimal("0.18")
"""The axes end a little beyond the largest value, and to the right by as much again as a name takes."""
LEAST_LENGTH = 120
"""Pixels of a part of the front that has room for its price."""
TONNES_FROM = Decimal(10_000)
LEAST_BUBBLE, MOST_BUBBLE = 60, 900
"""Areas in square pixels."""


@dataclass(frozen=True, slots=True)
class _Axes:
    """What is drawn along x and y: titles, upper ends, and kg in one unit of y."""

    x_title: str
    y_title: str
    x_start: Decimal
    x_end: Decimal
    y_end: Decimal
    kg_of_unit: Decimal


def tradeoff(made: Comparison) -> Chart:
    """The plot of a comparison, in the language that is spoken. Bubbles stand in the middle of their ranges."""
    axes = _axes(made)
    measures = ("cost", made.basis) if made.has_cost else ("time", made.basis)
    standing = front(made.options, measures)
    points = [_point(made, option, where, axes) for option, where in zip(made.options, standing, strict=True)]
    layers = [*_equal_costs(made, axes), *_front_line(made, points, axes), *_whiskers(points, axes)]
    spots = [_pixels(point, axes) for point in points]
    layers += [_bubbles(points, axes), names([point["label"] for point in points], spots, HEIGHT)]
    on = [point["name"] for point in points if point["on"]]
    alt = text("alt_tradeoff", count=len(points), x=axes.x_title, y=axes.y_title, names=", ".join(on))
    title = text("chart_tradeoff" if made.has_cost else "chart_tradeoff_time", count=len(points))
    return Chart("tradeoff", title, alt, {**spec_of(layers, HEIGHT), "padding": {"right": 24}})


def _axes(made: Comparison) -> _Axes:
    x = [_along_x(made, option) for option in made.options]
    least, most = min(each.low for each in x), max(each.high for each in x) * ROOM
    start = Decimal(0) if least < most / 3 else least - (most - least) / 4
    most += (most - start) * ROOM_FOR_NAMES
    kg = max(option.carbon(made.basis).high for option in made.options)
    unit, name = (KG_OF_TONNE, "t") if kg >= TONNES_FROM else (Decimal(1), "kg")
    x_title = text("chart_axis_cost", currency=made.currency) if made.has_cost else text("chart_axis_hours")
    y_title = text("chart_axis_carbon", unit=name, basis=text(made.basis))
    return _Axes(x_title, y_title, start, most, kg / unit * ROOM_ABOVE, unit)


def _along_x(made: Comparison, option: Option) -> Interval:
    cost = option.cost if made.has_cost else None
    return option.duration if cost is None else cost


def _point(made: Comparison, option: Option, where: str, axes: _Axes) -> Spec:
    x, kg, hours = _along_x(made, option), option.carbon(made.basis), option.duration
    middle = _middle(x)
    return {
        "name": option.name,
        "label": [option.machine.name.partition("-")[2], text("chart_hours", place=option.site.key,
                                                              hours=numbers.significant(_middle(hours)))],
        "x": _drawn(middle), "x_low": _drawn(x.low), "x_high": _drawn(x.high),
        "y": _drawn(_middle(kg) / axes.kg_of_unit), "y_low": _drawn(kg.low / axes.kg_of_unit),
        "y_high": _drawn(kg.high / axes.kg_of_unit), "hours": _drawn(_middle(hours)),
        "on": where == ON,
        "colour": MUTED if where == OFF else BASIS[f"scope_2_{made.basis}"],
        "opacity": {ON: 0.9, OFF: 0.35}.get(where, 0.55),
    }  # fmt: skip


def _middle(value: Interval) -> Decimal:
    return (value.low + value.high) / 2


def _drawn(value: Decimal) -> float:
    return float(numbers.rounded(value, 6))


def _encoding(axes: _Axes, x: str = "x", y: str = "y") -> Spec:
    return {
        "x": {
            "field": x, "type": "quantitative", "title": axes.x_title, "axis": {**value_axis(), "grid": False},
            "scale": {"domain": [_drawn(axes.x_start), _drawn(axes.x_end)], "nice": False},
        },
        "y": {
            "field": y, "type": "quantitative", "title": axes.y_title, "axis": {**value_axis(), "titlePadding": 12},
            "scale": {"domain": [0, _drawn(axes.y_end)], "nice": False},
        },
    }  # fmt: skip


def _equal_costs(made: Comparison, axes: _Axes) -> list[Spec]:
    """Lines along which cost and carbon priced come to one sum, from the axis of cost up; none where it costs nothing.

    From (sum, 0) a line rises to the left: x = sum - price per kg × kg.
    """
    if not made.has_cost:
        return []
    per_unit = made.carbon_price / KG_OF_TONNE * axes.kg_of_unit
    rows = []
    for whole in _steps(axes.x_start, axes.x_end):
        top = axes.y_end if per_unit == 0 else min(axes.y_end, (whole - axes.x_start) / per_unit)
        words = text("chart_equal_cost", amount=numbers.grouped(whole, 0), currency=made.currency)
        rows.append(
            {"x": _drawn(whole), "y": 0, "x2": _drawn(whole - per_unit * top), "y2": _drawn(top), "label": words}
        )  # fmt: skip
    data = {"values": rows}
    ends = _encoding(axes)
    rule: Spec = {"type": "rule", "color": RULE, "strokeDash": [3, 3]}
    label: Spec = {"type": "text", "align": "left", "baseline": "top", "fontSize": 8, "color": MUTED, "dx": 3, "dy": 2}
    at_top = _encoding(axes, "x2", "y2")
    return [
        {"data": data, "mark": rule, "encoding": {**ends, "x2": {"field": "x2"}, "y2": {"field": "y2"}}},
        {"data": data, "mark": label, "encoding": {**at_top, "text": {"field": "label"}}},
    ]


def _steps(start: Decimal, end: Decimal) -> list[Decimal]:
    """Round sums, LINES of them at most, that lie on the axis of cost: 1, 2 or 5 times a power of ten apart."""
    room = end - start
    step = Decimal(1).scaleb(room.adjusted() - 1)
    step *= next(times for times in (1, 2, 5, 10, 20) if room / (step * times) < LINES)
    found, whole = [], (start // step + 1) * step
    while whole < end:
        found.append(whole)
        whole += step
    return found


def _front_line(made: Comparison, points: Sequence[Spec], axes: _Axes) -> list[Spec]:
    """The front, from the cheapest to the cleanest, through the middles of what is on it; each part with its price.

    A part of it is the line of equal cost at the price of carbon at which its two ends change places.
    """
    on = sorted((point for point in points if point["on"]), key=lambda point: (point["x"], -point["y"]))
    if len(on) < 2:
        return []
    line: Spec = {"type": "line", "color": INK, "strokeWidth": 1.2}
    layers = [{"data": {"values": [{"x": one["x"], "y": one["y"]} for one in on]}, "mark": line,
               "encoding": _encoding(axes)}]  # fmt: skip
    if not made.has_cost:
        return layers
    options = {option.name: option for option in made.options}
    rows = []
    for a, b in pairwise(on):
        told = flip(options[a["name"]], options[b["name"]], made.basis)
        (ax, ay), (bx, by) = _pixels(a, axes), _pixels(b, axes)
        is_short = abs(ax - bx) + abs(ay - by) < LEAST_LENGTH
        if told.low is None or told.high is None or not told.in_every_case or is_short:
            continue
        ends = dict.fromkeys(numbers.significant(price) for price in (told.low, told.high))
        words = text("chart_flip", price="–".join(ends), currency=made.currency)
        rows.append({"x": (a["x"] + b["x"]) / 2, "y": (a["y"] + b["y"]) / 2, "label": words})
    mark: Spec = {"type": "text", "align": "right", "dx": -6, "dy": 4, "fontSize": 8, "color": INK}
    encoding = {**_encoding(axes), "text": {"field": "label"}}
    return [*layers, {"data": {"values": rows}, "mark": mark, "encoding": encoding}] if rows else layers


def _whiskers(points: Sequence[Spec], axes: _Axes) -> list[Spec]:
    """The ranges of both measures, through the bubble."""
    shades = {"color": {"field": "colour", "type": "nominal", "scale": None}}
    data = {"values": list(points)}
    across = {**_encoding(axes, x="x_low"), "x2": {"field": "x_high"}, **shades}
    upright = {**_encoding(axes, y="y_low"), "y2": {"field": "y_high"}, **shades}
    return [{"data": data, "mark": {"type": "rule"}, "encoding": encoding} for encoding in (across, upright)]


def _bubbles(points: Sequence[Spec], axes: _Axes) -> Spec:
    """A bubble for each option, its area by hours."""
    data = {"values": list(points)}
    longest = max(point["hours"] for point in points) or 1
    size: Spec = {
        "field": "hours", "type": "quantitative", "legend": None,
        "scale": {"domain": [0, longest], "range": [LEAST_BUBBLE, MOST_BUBBLE]},
    }  # fmt: skip
    shades: Spec = {
        "color": {"field": "colour", "type": "nominal", "scale": None},
        "opacity": {"field": "opacity", "type": "quantitative", "scale": None},
    }
    mark = {"type": "point", "filled": True}
    return {"data": data, "mark": mark, "encoding": {**_encoding(axes), "size": size, **shades}}


def _pixels(point: Spec, axes: _Axes) -> tuple[float, float]:
    """Where a point lies, in pixels from the upper left."""
    start, end = float(axes.x_start), float(axes.x_end)
    return (point["x"] - start) / (end - start) * WIDTH, HEIGHT * (1 - point["y"] / float(axes.y_end))
