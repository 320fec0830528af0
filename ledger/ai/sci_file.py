"""A score of software carbon intensity from a small TOML file: its components, units, and which score it is."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from ledger.ai.embodied import embodied_of_use
from ledger.ai.energy import facility_energy
from ledger.ai.interval import Interval, interval
from ledger.ai.places import Place, place
from ledger.ai.sci import Component, component, sci, sci_ai_consumer, sci_ai_provider
from ledger.ai.worked import Worked
from ledger.errors import Misuse, known_word

SCORES = ("sci", "provider", "consumer")
GRAMS = interval(1000)
_TOP = ("unit", "units", "score", "reason", "effective", "component")
_OF_COMPONENT = (
    "name", "energy_kwh", "energy_level", "pue", "intensity_g_per_kwh", "intensity_basis", "cloud", "region", "country",
    "grid_region", "embodied_g", "embodied", "source",
)  # fmt: skip
_OF_EMBODIED = ("kg", "life_years", "hours", "part", "occupancy")

GridIntensity = Callable[[Place], tuple[Decimal, str]]
"""The location-based kg CO2e per kWh of a place, with its source."""


def score_of_text(text: str, grid: GridIntensity, name: str = "the file") -> Worked:
    """The score that a TOML text describes.

    Args:
        text: the file; amounts as numbers, or as [low, high].
        grid: answers for a component that names a place and no intensity.
        name: what the file is called in messages.

    Raises:
        Misuse: no TOML, a key that is not known or missing, or an amount that is none.
        Refused: a market-based intensity.
    """
    try:
        told = tomllib.loads(text, parse_float=Decimal)
    except (tomllib.TOMLDecodeError, InvalidOperation, RecursionError) as fault:
        raise Misuse(f"{name} is no TOML: {fault}", "see the example in docs/methods/ai.md") from fault
    _known(told, _TOP, name)
    rows = told.get("component")
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise Misuse(f"{name} has no [[component]]", "write one [[component]] for each part of the software")
    parts = [_component(row, grid, f"component {number}") for number, row in enumerate(rows, 1)]
    return score(parts, _amount(told, "units", name), _text(told, "unit", name), told)


def score(parts: list[Component], units: Interval, unit: str, told: Mapping[str, Any]) -> Worked:
    """The score that ``told`` asks for: SCI, or one of the two of SCI for AI."""
    kind = known_word("score", str(told.get("score", "sci")), SCORES)
    if kind == "provider":
        return sci_ai_provider(
            parts, units, unit, reason=str(told.get("reason", "")), effective=told.get("effective") is True
        )  # fmt: skip
    return sci_ai_consumer(parts, units, unit) if kind == "consumer" else sci(parts, units, unit)


def _component(row: Mapping[str, Any], grid: GridIntensity, where: str) -> Component:
    name = str(row.get("name", where))
    _known(row, _OF_COMPONENT, name)
    energy = _amount(row, "energy_kwh", name)
    sources = [str(row["source"])] if row.get("source") else []
    if "pue" in row or "energy_level" in row:
        level = str(row.get("energy_level", "it"))
        used = facility_energy(energy, level, _amount(row, "pue", name) if "pue" in row else None)
        energy = used.value
        sources += [f"E = {used.formula}" if used.formula != "energy" else "", *used.notes]
    intensity, source = _intensity(row, grid, name)
    about = "; ".join(filter(None, sources))
    basis = str(row.get("intensity_basis", "location"))
    return component(
        name, energy, intensity, _embodied(row, name), basis, source=about, intensity_source=source
    )  # fmt: skip


def _intensity(row: Mapping[str, Any], grid: GridIntensity, name: str) -> tuple[Interval, str]:
    """G CO2e per kWh: as given, or the location-based factor of the place that is named."""
    if "intensity_g_per_kwh" in row:
        return _amount(row, "intensity_g_per_kwh", name), ""
    keys = ("cloud", "region", "country", "grid_region")
    if not any(key in row for key in keys):
        raise Misuse(f"{name} has neither intensity_g_per_kwh nor a place", "give it, or cloud and region, or country")
    kg, source = grid(place(*(str(row[key]) if key in row else None for key in keys)))
    return interval(kg) * GRAMS, source


def _embodied(row: Mapping[str, Any], name: str) -> Interval:
    """G CO2e of manufacture: as given, or the share of a life; zero, which the score says, where neither is there."""
    if "embodied_g" in row:
        return _amount(row, "embodied_g", name)
    whole = row.get("embodied")
    if whole is None:
        return interval(0)
    if not isinstance(whole, Mapping):
        raise Misuse(f"{name}: embodied is no table", "write embodied = {kg = 1312, life_years = 4, hours = 100}")
    _known(whole, _OF_EMBODIED, f"{name}, embodied")
    given = {key: _amount(whole, key, f"{name}, embodied") for key in _OF_EMBODIED if key in whole}
    if missing := {"kg", "life_years", "hours"} - given.keys():
        raise Misuse(f"{name}, embodied: {', '.join(sorted(missing))} is missing", "give kg, life_years and hours")
    one = interval(1)
    use = embodied_of_use(given["kg"], given["life_years"], given["hours"], part=given.get("part", one),
                          occupancy=given.get("occupancy", one))  # fmt: skip
    return use.value * GRAMS


def _known(row: Mapping[str, Any], keys: tuple[str, ...], where: str) -> None:
    for key in row:
        known_word(f"key in {where}:", key, keys)


def _text(row: Mapping[str, Any], key: str, where: str) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not value.strip():
        raise Misuse(f"{where}: {key} is missing", f'write {key} = "request", or what one unit is')
    return value.strip()


def _amount(row: Mapping[str, Any], key: str, where: str) -> Interval:
    """A number, or [low, high]."""
    value = row.get(key)
    if isinstance(value, list) and len(value) == 2 and all(map(_is_number, value)):
        return Interval(Decimal(value[0]), Decimal(value[1]))
    if _is_number(value):
        return interval(Decimal(str(value)))
    what = "is missing" if value is None else f"is no amount: {value}"
    raise Misuse(f"{where}: {key} {what}", f"write {key} = 1.5, or {key} = [1.2, 1.8] for a range")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)
