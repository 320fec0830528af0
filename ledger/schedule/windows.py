"""Windows of a series for a job: the cleanest block, the first one clean enough, and the cleanest hours apart."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.schedule.steps import Steps


@dataclass(frozen=True, slots=True)
class Window:
    """When a job runs, as (start, end) in microseconds, and the sum of intensity over it (10⁻¹⁵ g/kWh × µs)."""

    intervals: tuple[tuple[int, int], ...]
    integral: int

    @property
    def start(self) -> int:
        """Where the first interval begins."""
        return self.intervals[0][0]

    @property
    def end(self) -> int:
        """Where the last interval ends."""
        return self.intervals[-1][1]


def block(steps: Steps, start: int, length: int) -> Window | None:
    """The block that begins at an instant; None where a part of it is not known."""
    integral = steps.integral(start, start + length)
    return None if integral is None else Window(((start, start + length),), integral)


def blocks(steps: Steps, earliest: int, latest: int, length: int) -> list[Window]:
    """The blocks that may be the cleanest, by start: the mean is least where a block begins or ends with a step."""
    ends = steps.edges(earliest + length, latest + length)
    starts = {earliest, latest, *steps.edges(earliest, latest), *(end - length for end in ends)}
    return [found for start in sorted(starts) if (found := block(steps, start, length)) is not None]


def cleanest_block(steps: Steps, earliest: int, latest: int, length: int) -> Window | None:
    """The block of the least sum, of several the first; None where none is known whole."""
    return min(blocks(steps, earliest, latest, length), key=lambda found: found.integral, default=None)


def first_block_below(steps: Steps, earliest: int, latest: int, length: int, most: int) -> Window | None:
    """The first block whose mean is at most so many 10⁻¹⁵ g/kWh; None where there is none."""
    below = (found for found in blocks(steps, earliest, latest, length) if found.integral <= most * length)
    return next(below, None)


def cleanest_hours(steps: Steps, earliest: int, finish: int, length: int) -> Window | None:
    """The cleanest steps between two instants that together are as long as the job, joined where they touch.

    Of equally clean ones the earlier are taken; the last one taken is cut to what is needed. None where there are too
    few.
    """
    taken: list[tuple[int, int]] = []
    integral, left = 0, length
    for low, high, value in sorted(steps.pieces(earliest, finish), key=lambda piece: (piece[2], piece[0])):
        if left == 0:
            break
        used = min(high - low, left)
        follows = any(start == high for start, _ in taken)  # cut at the side where the job goes on
        taken.append((high - used, high) if follows else (low, low + used))
        integral, left = integral + used * value, left - used
    if left or not taken:
        return None
    return Window(_joined(sorted(taken)), integral)


def _joined(intervals: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    joined = [intervals[0]]
    for start, end in intervals[1:]:
        if start == joined[-1][1]:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return tuple(joined)
