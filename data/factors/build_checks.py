"""What must hold before a dataset is written: no ties, known units, a catalogue that is served."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path

from build_record import AMOUNTS, BuildError, Dataset, Row

# Activity types that are offered without a shipped factor: shown as not quantified until the user brings one.
SERVED_BY_USERS_ONLY = {"cooling", "process_material", "purchased_product"}
# Not looked up in a dataset: kg CO2e is kg CO2e.
CONVERSIONS = {"stated_emissions"}
KEY = ("activity_type", "classification_code", "line", "serves", "country", "region", "calorific_basis", "dimension")


def read(path: Path) -> list[Row]:
    """The rows of a CSV."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def check(datasets: Iterable[Dataset], data: Path) -> None:
    """Raises BuildError with every fault found, one a line."""
    factors = [dataset for dataset in datasets if dataset.holds_factors]
    units = {row["unit"]: row["dimension"] for row in read(data / "units.csv")}
    countries = {row["country"] for row in read(data / "countries.csv")}
    lines = read(data / "activity_lines.csv")
    faults = [
        *_unknown(factors, units, countries),
        *_doubled_ids(factors),
        *(fault for dataset in factors for fault in _ties(dataset, units)),
        *_unfooted(factors),
        *_unserved(factors, lines),
        *_unlisted(factors, lines),
    ]
    if faults:
        raise BuildError("\n".join(faults))


def _unknown(factors: Iterable[Dataset], units: Mapping[str, str], countries: set[str]) -> Iterable[str]:
    for dataset in factors:
        for row in dataset.rows:
            if row["per_unit"] not in units:
                yield f"{row['factor_id']}: the unit {row['per_unit']!r} is not in units.csv"
            if row.get("country") and row["country"] not in countries:
                yield f"{row['factor_id']}: the country {row['country']!r} is not in countries.csv"


def _doubled_ids(factors: Iterable[Dataset]) -> Iterable[str]:
    seen: set[str] = set()
    for dataset in factors:
        for row in dataset.rows:
            if row["factor_id"] in seen:
                yield f"{row['factor_id']}: two factors have this id"
            seen.add(row["factor_id"])


def _ties(dataset: Dataset, units: Mapping[str, str]) -> Iterable[str]:
    """Two rows of a dataset that serve the same in the same time would leave no winner."""
    seen: dict[tuple[str, ...], str] = {}
    for row in dataset.rows:
        placed = {**row, "dimension": units.get(row["per_unit"], "")}
        key = (*(placed.get(name, "") for name in KEY), row["valid_from"], row["valid_to"])
        if key in seen:
            yield f"{row['factor_id']} and {seen[key]} tie"
        seen[key] = row["factor_id"]


def _unfooted(factors: Iterable[Dataset]) -> Iterable[str]:
    """A factor says something, and printed parts explain their total to the publisher's rounding.

    Left out are totals that hold more than the gases told: radiative forcing, and spend with its unspecified gases,
    which is checked where it is made.
    """
    for dataset in factors:
        for row in dataset.rows:
            if not any(row.get(name) for name in AMOUNTS if name != "biogenic_co2_kg_per_unit"):
                yield f"{row['factor_id']}: no amount"
            if row.get("radiative_forcing") == "yes" or row["kind"] == "spend":
                continue
            parts = [Decimal(row[name]) for name in AMOUNTS[1:8] if row.get(name)]
            total = Decimal(row.get("co2e_published_kg_per_unit") or 0)
            if parts and abs(sum(parts) - total) > max(Decimal("0.02"), total / 20):
                yield f"{row['factor_id']}: parts {sum(parts)} of a total {total}"


def _unserved(factors: Iterable[Dataset], lines: Iterable[Row]) -> Iterable[str]:
    held = {(row["activity_type"], row["line"]) for dataset in factors for row in dataset.rows}
    types = {activity_type for activity_type, _ in held}
    for line in lines:
        wanted = line["factor_activity_type"]
        if wanted in SERVED_BY_USERS_ONLY | CONVERSIONS:
            continue
        if wanted not in types:
            yield f"{line['activity_type']}: no factor of the type {wanted}"
        elif line["line"] in ("direct", "energy") and (wanted, line["line"]) not in held:
            yield f"{line['activity_type']}: no factor of the type {wanted} on the line {line['line']}"


def _unlisted(factors: Iterable[Dataset], lines: Iterable[Row]) -> Iterable[str]:
    listed = {(line["factor_activity_type"], line["line"]) for line in lines}
    for dataset in factors:
        for row in dataset.rows:
            if (row["activity_type"], row["line"]) not in listed:
                yield f"{row['factor_id']}: no activity asks for {row['activity_type']} on the line {row['line']}"
