"""Estimates in words: a table of the layers, the factors with their reasons, and what was assumed."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING, Any

from ledger.ai.interval import Interval
from ledger.ai.worked import ends

if TYPE_CHECKING:
    from ledger.ai.estimate import Estimate, GridFactor, Part
    from ledger.ai.parity import Parity

_THREE = Context(prec=3, rounding=ROUND_HALF_UP)


def shown(value: Interval | None) -> str:
    """A range at three digits, with at least one decimal below a hundred: 12.0, 34.5, 0.243 to 0.486."""
    if value is None:
        return "—"
    low, high = _three(value.low), _three(value.high)
    return low if low == high else f"{low} to {high}"


def _three(value: Decimal) -> str:
    if value >= 100:
        return f"{value.quantize(Decimal(1), ROUND_HALF_UP, context=Context(prec=60)):,}".replace(",", "\u202f")
    rounded = _THREE.plus(value)
    text = format(rounded, "f")
    return text if "." in text else f"{text}.0"


def print_estimate(made: Estimate) -> None:
    """The estimate on the terminal, in the order in which one asks: how much, from what, why, and what is missing."""
    from ledger.terminal import console, ruled_table, safe

    out = console()
    asked = made.request
    out.print(safe(f"{asked.count:f} × {made.processor.name} for {asked.hours:f} h, {made.place.words}"), style="bold")
    out.print(safe(_chip_words(made)))
    out.print(safe(f"Power: {made.processor.power_source}."), style="dim")
    table = ruled_table(("", False), ("kWh", True), ("kg CO₂e, location", True), ("kg CO₂e, market", True))
    for part in made.parts:
        if part.why and part.energy is None:
            continue
        table.add_row(safe(part.name), shown(part.energy.value if part.energy else None), *_both(part))
    table.add_section()
    table.add_row("Power, as far as quantified", _energy(made), shown(made.operational("location")),
                  shown(made.operational("market")))  # fmt: skip
    out.print(table)
    if made.embodied is not None:
        out.print(safe(f"Manufacture, share of the life: {shown(made.embodied.value)} kg CO₂e, in no sum above "
                       f"({made.embodied_why})"))  # fmt: skip
    missing = [f"{part.name}: {part.why}" for part in made.parts if part.why]
    if made.embodied is None:
        missing.append(f"manufacture: {made.embodied_why}")
    _listed("Not quantified, and not zero", missing)
    _factor_lines(made)
    _listed("Assumed", list(made.assumptions))
    out.print(safe(f"If recorded, {made.place.scope}."), style="dim")


def _chip_words(made: Estimate) -> str:
    """The accelerators alone as arithmetic: W × h × count = kWh, × kg/kWh = kg."""
    asked, chip = made.request, made.chip
    used = "" if asked.utilisation is None else f" × {asked.utilisation:f}"
    energy = "—" if chip.energy is None else chip.energy.value.text(4)
    words = f"{made.processor.power_w.text()} W × {asked.hours:f} h × {asked.count:f}{used} ÷ 1000 = {energy} kWh"
    if chip.location is None or made.location_factor is None:
        return f"{words}, the accelerators alone"
    factor = _four_places(made.location_factor.kg_co2e_per_kwh)
    return f"{words}; × {factor} kg/kWh = {shown(chip.location.value)} kg CO₂e, the accelerators alone"


def _both(part: Part) -> tuple[str, str]:
    return (
        shown(part.location.value if part.location else None), shown(part.market.value if part.market else None)
    )  # fmt: skip


def _energy(made: Estimate) -> str:
    from ledger.ai.interval import total

    return shown(total([part.energy.value for part in made.parts if part.energy is not None]))


def _listed(head: str, lines: list[str]) -> None:
    from ledger.terminal import console, safe

    if not lines:
        return
    out = console()
    out.print(safe(f"{head}:"))
    for line in lines:
        out.print(safe(f"  · {line}"))


def _factor_lines(made: Estimate) -> None:
    """Both factors with source and reason; where both are one, the source is told once."""
    from ledger.terminal import console, safe

    out, location, market = console(), made.location_factor, made.market_factor
    for factor in (location, market):
        if factor is None:
            continue
        is_again = factor is market and location is not None and location.source == factor.source
        figure = "the same" if is_again else f"{_four_places(factor.kg_co2e_per_kwh)} kg/kWh"
        out.print(safe(f"Factor, {factor.method}-based: {figure}; {factor.reason}."))
        if not is_again and factor.source != "given":
            out.print(safe(f"  {factor.source}"), style="dim")
    for words in (spread_words(made), stated_words(made)):
        if words:
            out.print(safe(words))


def _four_places(value: Decimal) -> str:
    text = format(value.quantize(Decimal("0.0001"), ROUND_HALF_UP), "f")
    return text.rstrip("0").rstrip(".")


def spread_words(made: Estimate) -> str:
    """The other factors held for the place, from the smallest to the largest, and what the chip would be with them."""
    others = made.other_factors
    energy = made.chip.energy
    if not others or energy is None:
        return ""
    low, high = others[0], others[-1]
    kg = energy.value * Interval(low.kg_co2e_per_unit, high.kg_co2e_per_unit)
    if len(others) == 1:
        return (
            f"One other factor is held for this place: {_four_places(low.kg_co2e_per_unit)} kg/kWh "
            f"({low.source.factor_id}); the accelerators would be {shown(kg)} kg."
        )
    regions = sum(each.source.region is not None for each in others)
    among = f", {regions} of them of grid regions in the country" if made.place.grid_region is None and regions else ""
    return (
        f"{len(others)} other factors are held for this place{among}, from {_four_places(low.kg_co2e_per_unit)} "
        f"({low.source.factor_id}) to {_four_places(high.kg_co2e_per_unit)} kg/kWh ({high.source.factor_id}); "
        f"with them the accelerators would be {shown(kg)} kg."
    )


def stated_words(made: Estimate) -> str:
    """What others state of the grid of the cloud region, from the smallest to the largest."""
    rows = made.place.stated
    if not rows:
        return ""
    by_whom: dict[str, list[str]] = {}
    for row in rows:
        whom = f"{row.source.split(',')[0]}, {row.data_year or row.note or 'no year'}"
        by_whom.setdefault(whom, []).append(_four_places(row.kg_co2e_per_kwh))
    told = "; ".join(f"{', '.join(dict.fromkeys(figures))} ({whom})" for whom, figures in by_whom.items())
    return f"Others state for this region or for others on its grid, in kg/kWh: {told}. No result takes these."


def print_parity(told: Parity, gpu: str) -> None:
    """The calculator's sentence and what it leaves out."""
    from ledger.terminal import console, safe

    out = console()
    out.print(safe(f"{gpu} by the ML CO2 Impact calculator (Lacoste et al. 2019)"), style="bold")
    out.print(safe(
        f"{told.power_w:f} W × {told.hours:f} h = {told.energy_kwh:f} kWh × {told.factor_kg_per_kwh:f} kg/kWh "
        f"= {told.emissions_kg:f} kg CO₂e"
    ))  # fmt: skip
    out.print(safe(f"Power: {told.power_source}. Factor: {told.factor_source}."), style="dim")
    out.print("It applies no PUE, takes the power as drawn all the time, and rounds to two digits after each step; "
              "host, losses, upstream and manufacture are not in it.")  # fmt: skip


def estimate_json(made: Estimate) -> dict[str, Any]:
    """The estimate as JSON: every layer with its terms, both factors, every other factor, what was assumed."""
    from ledger.plain import plain

    asked = {name: value for name, value in plain(made.request).items() if value is not None}
    others = made.other_factors
    return {
        "request": asked,
        "processor": {
            "name": made.processor.name, "hardware": [part.hardware_id for part in made.processor.parts],
            "power_w": ends(made.processor.power_w), "power_source": made.processor.power_source,
        },
        "place": {name: value for name, value in plain(made.place).items() if name != "stated"},
        "layers": [
            {
                "name": part.name, "energy": _worked(part.energy), "location": _worked(part.location),
                "market": _worked(part.market), "not_quantified": part.why or None,
            }
            for part in made.parts
        ],
        "operational_kg_co2e": {
            method: None if (kg := made.operational(method)) is None else ends(kg) for method in ("location", "market")
        },
        "embodied": {"amortised": _worked(made.embodied), "about": made.embodied_why},
        "factors": {"location": _factor_json(made.location_factor), "market": _factor_json(made.market_factor)},
        "stated_by_others": plain(made.place.stated),
        "other_factors": [
            {"kg_co2e_per_kwh": plain(each.kg_co2e_per_unit), **plain(each.source)} for each in others
        ],
        "assumptions": list(made.assumptions),
    }  # fmt: skip


def _worked(figure: Any) -> dict[str, Any] | None:
    return None if figure is None else figure.as_json()


def _factor_json(factor: GridFactor | None) -> dict[str, Any] | None:
    from ledger.plain import plain

    made: dict[str, Any] | None = None if factor is None else plain(factor)
    return made
