"""The plot of recorded runs: carbon × quality, the attainable front as a step line, the target as a dashed rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from ledger.ai.tradeoff.options import KG_OF_TONNE
from ledger.ai.tradeoff.ranking import OFF, ON
from ledger.ai.tradeoff.trial_quality import HUNDRED
from ledger.ai.tradeoff.trial_ranking import target_of, trial_front
from ledger.ai.tradeoff.trials import Trial, Trials
from ledger.disclosure.charts.names import names
from ledger.disclosure.charts.parts import BASIS, INK, MUTED, WIDTH, Chart, Spec, spec_of, value_axis
from ledger.disclosure.words import numbers
from ledger.disclosure.words.texts import text

HEIGHT = 280
ROOM, ROOM_FOR_NAMES, ROOM_OF_QUALITY = Decimal("1.12"), Decimal("0.14"), Decimal("0.15")
TONNES_FROM = Decimal(10_000)
LEAST_POINT, MOST_POINT, PLAIN_POINT = 60, 700, 110
"""Areas in square pixels: by cost where that is an axis, else all alike."""
MOST_NAMES = 14
"""Of more runs those on the front alone are named."""


@dataclass(frozen=True, slots=True)
class _Axes:
    """Ends of both axes, their titles, and kg in one unit of x."""

    x_title: str
    y_title: str
    x_end: Decimal
    y_start: Decimal
    y_end: Decimal
    kg_of_unit: Decimal


def trial_chart(made: Trials) -> Chart:
    """The plot of the runs whose quality and carbon are known, in the language that is spoken."""
    standing = trial_front(made, with_cost=False)
    drawn = [(trial, where) for trial, where in zip(made.trials, standing, strict=True) if _is_drawn(made, trial)]
    axes = _axes(made, [trial for trial, _ in drawn])
    points = [_point(made, trial, where, axes) for trial, where in drawn]
    named = [point for point in points if point["on"] or len(points) <= MOST_NAMES]
    on = sorted((point for point in points if point["on"]), key=lambda point: point["x"])
    line: Spec = {"type": "line", "color": INK, "strokeWidth": 1.2, "interpolate": "step-after"}
    front = {"data": {"values": on}, "mark": line, "encoding": _encoding(axes)}
    spots = [_pixels(point, axes) for point in named]
    layers = [*_targets(made, axes), front, _points(made, points, axes)]
    layers.append(names([point["label"] for point in named], spots, HEIGHT, leave_out=len(points) > MOST_NAMES))
    alt = text("alt_trials", count=len(points), x=axes.x_title, y=axes.y_title,
               names=", ".join(point["name"] for point in on))  # fmt: skip
    spec = {**spec_of(layers, HEIGHT), "padding": {"right": 24}}
    return Chart("trials", text("chart_trials", count=len(points)), alt, spec)


def _is_drawn(made: Trials, trial: Trial) -> bool:
    return trial.quality is not None and trial.kg(made.wish.basis) is not None


def _axes(made: Trials, drawn: Sequence[Trial]) -> _Axes:
    kg = max((trial.kg(made.wish.basis) or Decimal(0) for trial in drawn), default=Decimal(1)) or Decimal(1)
    unit, name = (KG_OF_TONNE, "t") if kg >= TONNES_FROM else (Decimal(1), "kg")
    values = [trial.quality.value for trial in drawn if trial.quality is not None]
    values += [value for value, _ in _marks(made)]
    low, high = min(values, default=Decimal(0)), max(values, default=Decimal(1))
    room = ((high - low) or abs(high) or Decimal(1)) * ROOM_OF_QUALITY
    measure, direction = made.measure or ("", "higher")
    return _Axes(
        text("chart_axis_carbon", unit=name, basis=text(made.wish.basis)),
        text(f"chart_{direction}_better", name=measure),
        kg / unit * (ROOM + ROOM_FOR_NAMES), low - room, high + room, unit,
    )  # fmt: skip


def _point(made: Trials, trial: Trial, where: str, axes: _Axes) -> Spec:
    kg, quality = trial.kg(made.wish.basis), trial.quality
    cost = None if made.currency is None else trial.cost[made.currency]
    label = [trial.name if trial.is_whole else f"{trial.name} (≥)"]
    if cost is not None and made.currency is not None:
        label.append(text("chart_trial_cost", amount=numbers.significant(cost), currency=made.currency))
    return {
        "name": trial.name, "label": label, "x": _drawn((kg or Decimal(0)) / axes.kg_of_unit),
        "y": _drawn(Decimal(0) if quality is None else quality.value), "cost": 0 if cost is None else _drawn(cost),
        "on": where == ON, "colour": MUTED if where == OFF else BASIS[f"scope_2_{made.wish.basis}"],
        "opacity": {ON: 0.9, OFF: 0.35}.get(where, 0.55),
    }  # fmt: skip


def _drawn(value: Decimal) -> float:
    return float(numbers.rounded(value, 6))


def _encoding(axes: _Axes) -> Spec:
    return {
        "x": {
            "field": "x", "type": "quantitative", "title": axes.x_title, "axis": {**value_axis(), "grid": False},
            "scale": {"domain": [0, _drawn(axes.x_end)], "nice": False},
        },
        "y": {
            "field": "y", "type": "quantitative", "title": axes.y_title, "axis": {**value_axis(), "titlePadding": 12},
            "scale": {"domain": [_drawn(axes.y_start), _drawn(axes.y_end)], "nice": False, "zero": False},
        },
    }  # fmt: skip


def _points(made: Trials, points: Sequence[Spec], axes: _Axes) -> Spec:
    """A point for each run, its area by cost where that is an axis; smaller where there are many, the front on top."""
    many = max(1, len(points) // MOST_NAMES)
    points = sorted(points, key=lambda point: point["on"])
    size: Spec = {"value": max(LEAST_POINT // 2, PLAIN_POINT // many)}
    most = max((point["cost"] for point in points), default=0)
    if made.currency is not None and most > 0:
        areas = [LEAST_POINT // min(many, 4), max(LEAST_POINT, MOST_POINT // many)]
        scale = {"domain": [0, most], "range": areas}
        size = {"field": "cost", "type": "quantitative", "legend": None, "scale": scale}
    shades: Spec = {
        "color": {"field": "colour", "type": "nominal", "scale": None},
        "opacity": {"field": "opacity", "type": "quantitative", "scale": None},
    }
    mark = {"type": "point", "filled": True}
    return {"data": {"values": list(points)}, "mark": mark, "encoding": {**_encoding(axes), "size": size, **shades}}


def _marks(made: Trials) -> list[tuple[Decimal, str]]:
    """The target that was named, and the share of it that was asked for: value and words."""
    target, least = target_of(made), made.wish.at_least
    if target is None or made.measure is None:
        return []
    marks = []
    if made.wish.target is not None:
        marks.append((target, text("chart_target", value=numbers.amount(target))))
    if least is not None:
        value = target * least / HUNDRED if made.measure[1] == "higher" else target * HUNDRED / least
        marks.append((value, text("chart_share_of_target", share=numbers.amount(least))))
    return marks


def _targets(made: Trials, axes: _Axes) -> list[Spec]:
    marks = _marks(made)
    if not marks:
        return []
    data = {"values": [{"x": _drawn(axes.x_end), "y": _drawn(value), "label": words} for value, words in marks]}
    encoding = _encoding(axes)
    rule: Spec = {"type": "rule", "color": MUTED, "strokeDash": [4, 3]}
    label: Spec = {"type": "text", "align": "right", "baseline": "bottom", "fontSize": 8, "color": MUTED, "dy": -2}
    return [
        {"data": data, "mark": rule, "encoding": {"y": encoding["y"]}},
        {"data": data, "mark": label, "encoding": {**encoding, "text": {"field": "label"}}},
    ]


def _pixels(point: Spec, axes: _Axes) -> tuple[float, float]:
    """Where a point lies, in pixels from the upper left."""
    start, end = float(axes.y_start), float(axes.y_end)
    return point["x"] / float(axes.x_end) * WIDTH, HEIGHT * (1 - (point["y"] - start) / (end - start))
