"""Names beside the points of a chart, each where it lies on no other name and no point."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.disclosure.charts.parts import WIDTH, Spec

Spot = tuple[float, float]
"""Pixels from the upper left."""

LINE, MIDDLE = 12, 4
"""The height of a name of one line, and how far below its top the middle of its letters lies, in pixels."""


def names(labels: Sequence[Sequence[str]], spots: Sequence[Spot], height: int, *, leave_out: bool = False) -> Spec:
    """The layer of the names: each, in one line or more, at the first corner of its point that is free.

    Args:
        labels: the lines of each name.
        spots: where the points lie.
        height: of the chart, in pixels.
        leave_out: a name that has room nowhere is left out, where there are many; else it lies on another.
    """
    taken = [(x - 12, y - 12, x + 12, y + 12) for x, y in spots]
    rows: list[dict[str, object]] = []
    for label, (x, y) in sorted(zip(labels, spots, strict=True), key=lambda pair: pair[1]):
        wide, high = 5 * max(map(len, label)), 12 * len(label)
        left = x - 12 - wide
        corners = [(x + 12, y - high - 6), (x + 12, y + 10), (x + 20, y - high / 2 + 1), (left, y + 10),
                   (left, y - high - 6)]  # fmt: skip
        boxes = [(left, top, left + wide, top + high) for left, top in corners if left >= 0 and top + high <= height]
        boxes.sort(key=lambda box: box[2] > WIDTH)  # within the plot before beside it
        box = next((one for one in boxes if not any(_overlap(one, other) for other in taken)), None)
        if box is None and (leave_out or not boxes):
            continue
        box = box or boxes[0]
        taken.append(box)
        rows.append({"px": box[0], "py": box[1], "label": list(label)})
    return _layer(rows)


def names_of_lines(labels: Sequence[str], spots: Sequence[Spot], height: int) -> Spec:
    """The layer of the names of lines: each at the height at which its line ends, further apart where they would touch.

    Args:
        labels: the name of each line.
        spots: where the lines end.
        height: of the chart, in pixels.
    """
    ordered = sorted(zip(labels, spots, strict=True), key=lambda pair: pair[1][1])
    tops: list[float] = []
    for _, (_, y) in ordered:
        tops.append(max(y - MIDDLE, tops[-1] + LINE if tops else y - MIDDLE))
    floor = float(height)
    for at in reversed(range(len(tops))):  # what was pushed below the axis goes up again
        floor = tops[at] = min(tops[at], floor - LINE)
    rows = [{"px": x + 8, "py": top, "label": [label]} for (label, (x, _)), top in zip(ordered, tops, strict=True)]
    return _layer(rows)


def _layer(rows: list[dict[str, object]]) -> Spec:
    mark: Spec = {"type": "text", "align": "left", "baseline": "top", "fontSize": 9, "lineHeight": 11}
    place: Spec = {
        axis: {"field": f"p{axis}", "type": "quantitative", "scale": None, "axis": None} for axis in ("x", "y")
    }
    return {"data": {"values": rows}, "mark": mark, "encoding": {**place, "text": {"field": "label"}}}


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
