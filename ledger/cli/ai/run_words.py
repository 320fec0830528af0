"""How footprints of models and comparisons of sources are printed: what is not known says so, and is never a zero."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from ledger.plain import plain_amount
from ledger.terminal import console, grouped, ruled_table, safe

if TYPE_CHECKING:
    from ledger.ai.allocation import Allocation
    from ledger.ai.footprint import Footprint, StageFootprint
    from ledger.ai.reconcile import Cause, Comparison
    from ledger.ai.stated_held import StatedHeld

_UNKNOWN = "–"


def print_footprint(found: Footprint) -> None:
    """A table of the stages in kWh and kg CO2e, and what stands beside it."""
    table = ruled_table(
        ("stage", False), ("runs", True), ("not kept", True), ("accelerator-h", True), ("kWh", True),
        ("location kg", True), ("market kg", True), ("upstream kg", True), ("embodied kg, memo", True),
    )  # fmt: skip
    for stage in (*found.stages, found.total):
        table.add_row(
            safe(stage.stage), str(stage.runs), str(stage.not_kept), _shown(stage.accelerator_hours),
            _shown(stage.energy_kwh), _shown(stage.location_kg), _shown(stage.market_kg), _shown(stage.upstream_kg),
            _embodied(stage),
        )  # fmt: skip
    out = console()
    out.print(safe(f"{found.model}, as the ledger stands at {found.size} batches; kg CO2e"))
    out.print(table)
    for words in _beside(found):
        out.print(safe(words))
    out.print(
        "Market-based stands beside location-based and is never added to it; certificates are allotted to facilities, "
        "not to runs. Upstream is category 3 of own electricity, or part of category 1 of a provider's.",
        style="dim",
    )
    for note in found.notes:
        out.print(safe(note), style="dim")


def _beside(found: Footprint) -> list[str]:
    words = [f"cost: {grouped(amount, '0.01')} {currency}" for currency, amount in found.cost.items()]
    words += [f"quality: {text}" for text in found.quality]
    inference = next((stage for stage in found.stages if stage.stage == "inference"), None)
    served = (("1 000 requests", found.per_1000_requests), ("million tokens written", found.per_million_tokens_out))
    for what, per in served:
        for name, title, stage in (
            ("inference_kg", "inference alone", inference), ("life_so_far_kg", "the whole life so far", found.total)
        ):  # fmt: skip
            if name in per:
                known = stage is not None and stage.upstream_kg is not None
                beside = " with upstream" if known else ", upstream not quantified"
                words.append(f"per {what}: {_digits(per[name])} kg CO2e, {title}, location-based{beside}")
    if found.water_l is not None:
        words.append(f"water: {grouped(found.water_l)} L")
    return words


def print_comparisons(found: Sequence[Comparison]) -> None:
    """For each unit a table of its sources, and below it why each differs."""
    out = console()
    for unit in found:
        table = ruled_table(("source", False), ("rank", True), ("kWh", True), ("difference", True), ("counts", False))
        for seen in unit.sources:
            table.add_row(safe(seen.source), str(seen.precedence), _shown(seen.energy_kwh), _shown(seen.difference_kwh),
                          "yes" if seen.counts else "")  # fmt: skip
        out.print(safe(f"{unit.unit}, {unit.period_start} to {unit.period_end}: "
                       f"{plain_amount(unit.counted_kwh)} kWh count"), style="bold")  # fmt: skip
        out.print(table)
        for seen in unit.sources:
            _print_causes(seen.source, "kWh", seen.causes)
            if seen.stated_kg is not None and seen.ours_kg is not None:
                words = f"states {plain_amount(seen.stated_kg)} kg CO2e, ours are {plain_amount(seen.ours_kg)} kg"
                out.print(safe(f"  {seen.source} {words}"))
                _print_causes(seen.source, "kg CO2e", seen.kg_causes)


def print_statements(found: Sequence[StatedHeld]) -> None:
    """What providers state, our own runs that it holds, and why they differ."""
    out = console()
    for held in found:
        words = (
            f"{held.supplier} states {plain_amount(held.stated_kg)} kg CO2e for {held.period_start} to "
            f"{held.period_end} ({held.entry}); what we know of it by {_meters(held.runs)}, "
            f"{plain_amount(held.runs_kwh)} kWh, comes to {plain_amount(held.runs_kg)} kg"
        )
        out.print(safe(words), style="bold")
        _print_causes(held.supplier, "kg CO2e", held.causes)


def _meters(count: int) -> str:
    return "1 run or meter" if count == 1 else f"{count} runs or meters"


def print_allocation(found: Allocation, *, by_hour: bool) -> None:
    """The runs with their shares, the platform's part, and the meter that they come to; every hour on wish."""
    out = console()
    if by_hour:
        hours = ruled_table(("hour, UTC", False), ("meter kWh", True), ("runs kWh", True), ("residual kWh", True))
        for row in found.hours:
            hours.add_row(f"{row.hour:%Y-%m-%d %H:%M}", _exact(row.meter_kwh), _exact(row.runs_kwh),
                          _exact(row.residual_kwh))  # fmt: skip
        out.print(hours)
    table = ruled_table(("run", False), ("own kWh", True), ("of the residual", True), ("together", True))
    for run in found.runs:
        table.add_row(safe(run.run), _exact(run.own_kwh), _exact(run.residual_kwh), _exact(run.total_kwh))
    table.add_row("platform", "", _exact(found.platform_kwh), _exact(found.platform_kwh))
    table.add_row("meter", "", "", _exact(found.meter_kwh))
    out.print(safe(f"cluster {found.cluster}; what is left goes to {_CARRIERS[found.policy]}"), style="bold")
    out.print(table)
    for note in found.notes:
        out.print(safe(note), style="dim")


_CARRIERS = {"platform": "the platform", "reserved": "the runs, by accelerators held in each hour"}


def _exact(value: Decimal | None) -> str:
    return _UNKNOWN if value is None else plain_amount(value)


def _print_causes(source: str, unit: str, causes: Sequence[Cause]) -> None:
    for cause in causes:
        sign = "+" if cause.amount > 0 else ""
        amount = plain_amount(cause.amount).replace("-", "\u2212")
        words = f"  {source}: {cause.name} {sign}{amount} {unit} ({cause.why})"
        console().print(safe(words), style="dim" if cause.name == "residual" else None)


def _embodied(stage: StageFootprint) -> str:
    if stage.embodied_kg is None:
        return _UNKNOWN
    low, high = stage.embodied_kg
    return _shown(low) if low == high else f"{_shown(low)} to {_shown(high)}"


def _shown(value: Decimal | None) -> str:
    return _UNKNOWN if value is None else grouped(value, "0.1")


def _digits(value: Decimal) -> str:
    """Three significant digits in plain notation."""
    return format(Decimal(f"{value:.3g}"), "f")
