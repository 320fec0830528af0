"""How runs by the hour of the grid are printed: a memo beside the yearly figure, and what has no value by its hours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.plain import plain_amount
from ledger.terminal import console, grouped, ruled_table, safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.ai.footprint import Footprint
    from ledger.ai.hourly.figures import HoursWithout, RunByHour

_UNKNOWN = "–"
_BASES = {"direct": "direct", "life_cycle": "life cycle"}
_SPANS_SHOWN = 10


def print_by_hour(found: Footprint, *, each_run: bool) -> None:
    """The memo by the hour, below the footprint; nothing where no value by the hour is held of its zones."""
    if not found.by_hour:
        if each_run:
            console().print("By the hour: no intensity of the zones of its runs is held (ghg template grid_intensity).")
        return
    out = console()
    out.print("By the hour of the grid: a memo in no total. The table above stays on yearly factors.", style="bold")
    table = ruled_table(
        ("stage", False), ("basis", False), ("kWh", True), ("of them priced", True), ("by the hour kg", True),
        ("the same by the year kg", True), ("hours", True), ("without value", True),
    )  # fmt: skip
    for stage in found.by_hour:
        table.add_row(
            safe(stage.stage), _BASES[stage.basis], grouped(stage.energy_kwh, "0.1"), grouped(stage.priced_kwh, "0.1"),
            _UNKNOWN if stage.kg is None else grouped(stage.kg, "0.1"),
            _UNKNOWN if stage.yearly_kg is None else grouped(stage.yearly_kg, "0.1"), str(stage.hours),
            str(stage.hours_without),
        )  # fmt: skip
    out.print(table)
    if each_run:
        _print_runs(found.hourly.runs)
    _print_without(found.hourly.without)
    out.print(
        "Location-based: energy of each hour × the grid's measured average in it. Direct is generation alone, life "
        "cycle takes in fuels and plants; the two are never mixed or added, and by the year stands beside its like.",
        style="dim",
    )
    for words in _notes(found.hourly.runs):
        out.print(words, style="dim")


def _print_runs(runs: Sequence[RunByHour]) -> None:
    table = ruled_table(
        ("run", False), ("attempt", True), ("state", False), ("zone", False), ("basis", False), ("kWh", True),
        ("by the hour kg", True), ("hours", True), ("without value", True),
    )  # fmt: skip
    for run in runs:
        table.add_row(
            safe(run.run_id), str(run.attempt), run.state, safe(run.zone or _UNKNOWN), _BASES[run.basis],
            plain_amount(run.energy_kwh), _UNKNOWN if run.kg is None else plain_amount(run.kg), str(run.hours),
            str(run.hours_without),
        )  # fmt: skip
    console().print(table)


def _print_without(spans: Sequence[HoursWithout]) -> None:
    """The hours without a value, which are in no kilograms."""
    out = console()
    if spans:
        out.print("Without a value, and in no kilograms by the hour:")
    for span in spans[:_SPANS_SHOWN]:
        where = "no place named" if span.zone is None else f"zone {span.zone}"
        words = (
            f"  {where}, {_BASES[span.basis]}: {span.start:%Y-%m-%d %H:%M} to {span.end:%Y-%m-%d %H:%M} UTC, "
            f"{_hours(span.hours)}, {plain_amount(span.energy_kwh)} kWh"
        )
        out.print(safe(words))
    if len(spans) > _SPANS_SHOWN:
        out.print(f"  and {len(spans) - _SPANS_SHOWN} more spans: --json has them all")


def _hours(count: int) -> str:
    return "1 hour" if count == 1 else f"{count} hours"


def _notes(runs: Sequence[RunByHour]) -> list[str]:
    one = [run for run in runs if run.basis == runs[0].basis]
    spread = sum(run.is_spread for run in one)
    estimated = sum(run.hours_estimated for run in one)
    told = []
    if spread:
        told.append(f"{spread} of {len(one)} runs have no readings: their energy is laid evenly over their time.")
    if estimated:
        told.append(f"{_hours(estimated)} of runs have a value that its source calls estimated.")
    return told
