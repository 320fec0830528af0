"""The quality of runs: one measure, whose direction is known, and the share of a target that a value reaches."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ledger.ai.interval import QUOTIENT
from ledger.errors import Misuse, known_word
from ledger.store import Session

UNNAMED = "quality"
HUNDRED = Decimal(100)
_VALUES = """
select run_id, coalesce(quality_name, 'quality'), quality_value, quality_direction from footprint_run
where quality_value is not null and outcome = 'completed' order by attempt, start_utc, state
"""
Values = Mapping[str, Sequence[Decimal]]
"""Run → the values that it reached, the last attempt last."""


@dataclass(frozen=True, slots=True)
class Quality:
    """A value of the measure, and the run that reached it."""

    value: Decimal
    run: str


def measure_of(s: Session, asked: str | None, direction: str | None) -> tuple[tuple[str, str] | None, Values]:
    """Name and direction of the measure of the runs in `footprint_run`, and the values of those that completed.

    Raises:
        Misuse: several measures and none asked for, one that no run gives, or a direction that nobody says or that
            the records contradict.
    """
    rows = s.rows(_VALUES)
    by_name: dict[str, list[tuple[str, Decimal, str | None]]] = {}
    spelled: dict[str, str] = {}
    for run, name, value, way in rows:
        spelled.setdefault(name.casefold(), name)
        by_name.setdefault(name.casefold(), []).append((run, value, way))
    if asked is not None:
        known = known_word("quality measure", asked.casefold(), sorted(by_name))
    elif len(by_name) > 1:
        told = "; ".join(
            f"{spelled[name]} of {', '.join(sorted({row[0] for row in held})[:4])}" for name, held in by_name.items()
        )
        raise Misuse(
            f"the runs have different measures of quality, which are not compared: {told}",
            f"name the one that counts: --quality '{spelled[min(by_name)]}'; runs without it then have none",
        )
    elif not by_name:
        return None, {}
    else:
        known = next(iter(by_name))
    held = by_name[known]
    values: dict[str, list[Decimal]] = {}
    for run, value, _ in held:
        values.setdefault(run, []).append(value)
    return (spelled[known], _direction(spelled[known], {way for *_, way in held if way}, direction)), values


def _direction(name: str, told: set[str], asked: str | None) -> str:
    if asked is not None and told - {asked}:
        raise Misuse(f"the records say that {min(told - {asked})} {name} is better", "leave --direction out")
    if len(told) > 1:
        raise Misuse(
            f"some records say that higher {name} is better and some that lower is",
            "mend the records: ghg upload FILE --replace --reason TEXT",
        )
    if not told and asked is None:
        raise Misuse(f"is higher or lower {name} better? No record says so", "give --direction higher, or lower")
    return asked or min(told)


def quality_of(name: str, runs: Collection[str], values: Values, direction: str) -> Quality | None:
    """The quality of a run: its own, of its last attempt that completed; else the best of what is below it."""
    if values.get(name):
        return Quality(values[name][-1], name)
    reached = [(values[run][-1], run) for run in runs if values.get(run)]
    if not reached:
        return None
    sign = 1 if direction == "higher" else -1
    value, run = max(reached, key=lambda each: (sign * each[0], each[1]))
    return Quality(value, run)


def share_of_target(value: Decimal, target: Decimal, direction: str) -> Decimal | None:
    """Per cent of the target that a value reaches: value ÷ target, or target ÷ value where lower is better.

    None where one of the two is zero or below, since a ratio then says nothing.
    """
    if value <= 0 or target <= 0:
        return None
    part, whole = (value, target) if direction == "higher" else (target, value)
    return QUOTIENT.divide(part * HUNDRED, whole)
