"""The plot of a grid over time: measured as a step line, the forecast dashed, and the chosen hours shaded.

An intensity is neither a scope nor a method and takes none of their colours. A hole in a series is a gap in its line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from ledger.disclosure.charts.names import names_of_lines
from ledger.disclosure.charts.parts import INK, MUTED, RULE, WIDTH, Chart, Spec, spec_of, value_axis
from ledger.disclosure.words import numbers
from ledger.disclosure.words.texts import text
from ledger.schedule.decide import Advice
from ledger.schedule.forecast import Forecast

HEIGHT = 220
ROOM = Decimal("1.2")
DAYS_OF_TIMES = 5
"""In a span of so many days the hour is written on the axis, in a longer one the day."""
AFTER = timedelta(hours=12)
"""What is drawn of a forecast beyond the chosen hours and what they are held against."""
MOST_STEPS = 24 * 7 * 4
AT_THE_END = timedelta(hours=3)
"""A line that ends earlier has its name elsewhere: there another goes on."""
SIGNALS = {"direct": "signal_direct", "life_cycle": "signal_life_cycle"}
Values = Sequence[tuple[datetime, Decimal | None]]
Interval = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Line:
    """A series of a zone: g/kWh by the start of each step, None where there is no value."""

    zone: str
    values: Values
    step_seconds: int
    is_forecast: bool
    is_beside: bool = False


def advice_chart(made: Advice) -> Chart | None:
    """The forecasts that a decision saw, with the hours that it chose; None where it saw none of its zones."""
    before = made.counterfactual
    held = {forecast.zone: forecast for forecast in made.forecasts}
    zones = [zone for zone in dict.fromkeys((made.zone, before.zone)) if zone in held]
    if not zones:
        return None
    ends = [before.start_utc, made.advised_at, made.start_utc, *(end for _, end in made.intervals)]
    length = sum(((end - start) for start, end in made.intervals), timedelta())
    span = (min(before.start_utc, made.advised_at), max(*ends, before.start_utc + length) + AFTER)
    lines = [_line(held[zone], span, is_beside=zone != made.zone) for zone in zones]
    drawn = [line for line in lines if line.values]
    return intensity_chart(drawn, made.intervals, made.advised_at, held[zones[0]].basis)


def _line(forecast: Forecast, span: Interval, *, is_beside: bool) -> Line:
    return Line(forecast.zone, _within(forecast.values, forecast.step_seconds, span), forecast.step_seconds,
                is_forecast=True, is_beside=is_beside)  # fmt: skip


def _within(values: Values, step_seconds: int, span: Interval) -> Values:
    step = timedelta(seconds=step_seconds)
    return [value for value in values if value[0] < span[1] and value[0] + step > span[0]][:MOST_STEPS]


def intensity_chart(
    lines: Sequence[Line], chosen: Sequence[Interval], now: datetime | None, basis: str
) -> Chart | None:
    """Lines of one basis over time, the chosen hours shaded, the present marked; None where no line has a value.

    Args:
        lines: measured ones are drawn whole, forecasts dashed, those beside (of another zone) lighter.
        chosen: the hours to shade.
        now: when the decision was taken, or the page made; None marks nothing.
        basis: direct or life_cycle.
    """
    known = [line for line in lines if any(value is not None for _, value in line.values)]
    if not known:
        return None
    first = min(line.values[0][0] for line in known)
    last = max(line.values[-1][0] + timedelta(seconds=line.step_seconds) for line in known)
    most = max(value for line in known for _, value in line.values if value is not None) or Decimal(1)
    top = _drawn(most * ROOM)
    encoding = _encoding((first, last), top, text("chart_axis_intensity", basis=text(SIGNALS[basis])))
    layers = [*_shades(chosen, (first, last), encoding), *_present(now, (first, last), encoding)]
    layers += [_steps(line, encoding) for line in known]
    labels = [text("chart_forecast_of" if line.is_forecast else "chart_measured_of", zone=line.zone) for line in known]
    at_end = [n for n, line in enumerate(known) if line.values[-1][0] >= last - AT_THE_END]
    spots = [_end(known[n], (first, last), top) for n in at_end]
    layers.append(names_of_lines([labels[n] for n in at_end], spots, HEIGHT))
    layers += [_below(labels[n], line, encoding) for n, line in enumerate(known) if n not in at_end]
    alt = text("alt_intensity", lines="; ".join(map(_told, labels, known)), chosen=_chosen_words(chosen))
    return Chart("intensity", text("chart_intensity"), alt, {**spec_of(layers, HEIGHT), "padding": {"right": 96}})


def _below(label: str, line: Line, encoding: Spec) -> Spec:
    """The name of a line that ends within the plot, above the axis where the line begins."""
    mark: Spec = {"type": "text", "align": "left", "baseline": "bottom", "dx": 3, "fontSize": 9, "color": MUTED}
    place: Spec = {"x": encoding["x"], "y": {"value": HEIGHT - 2}, "text": {"field": "label"}}
    return {"data": {"values": [{"x": _at(line.values[0][0]), "label": label}]}, "mark": mark, "encoding": place}


def _steps(line: Line, encoding: Spec) -> Spec:
    dash = [5, 3] if line.is_forecast else [1, 0]
    mark: Spec = {"type": "line", "interpolate": "step-after", "color": MUTED if line.is_beside else INK,
                  "strokeWidth": 1.2 if line.is_beside else 1.6, "strokeDash": dash}  # fmt: skip
    part: Spec = {"detail": {"field": "part", "type": "nominal"}}
    return {"data": {"values": list(_points(line))}, "mark": mark, "encoding": {**encoding, **part}}


def _points(line: Line) -> Iterator[Spec]:
    """Each value where it begins, and the last before a gap where it ends; values without a gap are one part."""
    step = timedelta(seconds=line.step_seconds)
    known = [(at, value) for at, value in line.values if value is not None]
    part = 0
    for n, (at, value) in enumerate(known):
        yield {"x": _at(at), "y": _drawn(value), "part": part}
        if n + 1 == len(known) or known[n + 1][0] > at + step:
            yield {"x": _at(at + step), "y": _drawn(value), "part": part}
            part += 1


def _shades(chosen: Sequence[Interval], span: Interval, encoding: Spec) -> list[Spec]:
    """The chosen hours over the whole height, each with its beginning written above."""
    rows = [
        {"x": _at(max(start, span[0])), "x2": _at(min(end, span[1])), "label": f"{start:%H:%M}–{end:%H:%M}"}
        for start, end in chosen if end > span[0] and start < span[1]
    ]  # fmt: skip
    if not rows:
        return []
    shade: Spec = {"type": "rect", "color": RULE, "opacity": 0.6}
    label: Spec = {"type": "text", "align": "left", "baseline": "top", "dx": 3, "dy": 3, "fontSize": 9}
    place: Spec = {"x": encoding["x"], "x2": {"field": "x2"}}
    words: Spec = {"x": encoding["x"], "y": {"value": 0}, "text": {"field": "label"}}
    return [
        {"data": {"values": rows}, "mark": shade, "encoding": place},
        {"data": {"values": rows[:1]}, "mark": label, "encoding": words},
    ]


def _present(now: datetime | None, span: Interval, encoding: Spec) -> list[Spec]:
    if now is None or not span[0] < now < span[1]:
        return []
    data = {"values": [{"x": _at(now), "label": text("chart_now")}]}
    rule: Spec = {"type": "rule", "color": MUTED, "strokeDash": [1, 2]}
    label: Spec = {"type": "text", "align": "left", "baseline": "bottom", "dx": 3, "fontSize": 9, "color": MUTED}
    place: Spec = {"x": encoding["x"], "y": {"value": HEIGHT - 2}, "text": {"field": "label"}}
    return [
        {"data": data, "mark": rule, "encoding": {"x": encoding["x"]}},
        {"data": data, "mark": label, "encoding": place},
    ]


def _encoding(span: Interval, top: float, title: str) -> Spec:
    is_short = span[1] - span[0] <= timedelta(days=DAYS_OF_TIMES)
    return {
        "x": {
            "field": "x", "type": "temporal", "title": text("chart_axis_time"),
            "axis": {"format": "%m-%d %H:%M" if is_short else "%Y-%m-%d", "grid": False, "tickCount": 6},
            "scale": {"type": "utc", "domain": [_at(at) for at in span]},
        },
        "y": {
            "field": "y", "type": "quantitative", "title": title, "axis": {**value_axis(), "titlePadding": 12},
            "scale": {"domain": [0, top], "nice": False},
        },
    }  # fmt: skip


def _end(line: Line, span: Interval, top: float) -> tuple[float, float]:
    """Where a line ends, in pixels from the upper left."""
    at, value = next((at, value) for at, value in reversed(line.values) if value is not None)
    wide = (span[1] - span[0]).total_seconds()
    ended = at + timedelta(seconds=line.step_seconds)
    return (ended - span[0]).total_seconds() / wide * WIDTH, HEIGHT * (1 - _drawn(value) / top)


def _told(label: str, line: Line) -> str:
    known = [value for _, value in line.values if value is not None]
    low, high = numbers.significant(min(known)), numbers.significant(max(known))
    return text("alt_intensity_line", label=label, low=low, high=high)


def _chosen_words(chosen: Sequence[Interval]) -> str:
    if not chosen:
        return text("alt_intensity_none")
    return text("alt_intensity_chosen", start=f"{chosen[0][0]:%Y-%m-%d %H:%M}", end=f"{chosen[-1][1]:%Y-%m-%d %H:%M}")


def _at(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _drawn(value: Decimal) -> float:
    return float(numbers.rounded(value, 6))
