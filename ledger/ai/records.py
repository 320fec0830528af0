"""The shipped files about AI hardware, clouds and embodied carbon, as records. A blank cell is None: not known."""

from __future__ import annotations

import csv
import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ledger import shipped

PRECISIONS = ("fp64", "fp32", "tf32", "fp16", "fp8", "int8")
"""Of the peak rates; fp16 is FP16 or BF16 with the matrix unit, for older parts the vector rate."""


@dataclass(frozen=True, slots=True)
class Hardware:
    """An accelerator as its maker or a compilation describes it, per board or chip.

    Attributes:
        board_power_w: W, the ceiling of the board or chip, not what a run draws. None where nobody states it.
        typical_power_low_w: W, the lower end of a measured range, where a source gives one.
        memory_gb: GB as the maker prints it.
        peak_dense: precision → 10¹² operations per second without sparsity.
        peak_sparse: precision → the same with structured sparsity. The two are never mixed.
        official_columns: the cells that were read in the maker's own text; the others are of ``verification``.
    """

    hardware_id: str
    name: str
    aliases: tuple[str, ...]
    vendor: str
    kind: str
    form_factor: str
    board_power_w: Decimal | None
    typical_power_low_w: Decimal | None
    typical_power_high_w: Decimal | None
    typical_power_source: str
    memory_gb: Decimal | None
    peak_dense: Mapping[str, Decimal] = field(hash=False)
    peak_sparse: Mapping[str, Decimal] = field(hash=False)
    release_year: int | None
    source: str
    document: str
    verification: str
    official_columns: tuple[str, ...]
    note: str

    def verification_of(self, column: str) -> str:
        """How well a cell is backed, such as ``board_power_w`` or ``peak_dense_fp16_tflops``."""
        return "official" if column in self.official_columns else self.verification


@dataclass(frozen=True, slots=True)
class Region:
    """A region of a cloud: where it stands, on which grid, and what the provider publishes about its buildings.

    Attributes:
        country: ISO 3166-1 alpha-2.
        grid_region: the eGRID subregion, in the United States where it is known.
        zone: the Electricity Maps identifier of the grid.
        pue: total energy over energy of the IT equipment, the mean of ``pue_year``. None is not known, never 1.0.
        wue_l_per_kwh: litres of water per kWh of the IT equipment.
        cfe_share: the provider's hourly share of carbon-free energy, 0 to 1: a claim, no factor.
        area_pue: what the provider states for the area ``area_pue_of`` where it states nothing for the region; shown to
            choose from, never taken by itself.
    """

    provider: str
    region: str
    place: str
    city: str
    country: str
    subdivision: str
    grid_region: str | None
    grid_region_basis: str
    zone: str | None
    zone_basis: str
    pue: Decimal | None
    pue_year: int | None
    pue_source: str
    pue_note: str
    wue_l_per_kwh: Decimal | None
    wue_year: int | None
    wue_source: str
    wue_note: str
    cfe_share: Decimal | None
    cfe_year: int | None
    cfe_source: str
    area_pue: Decimal | None
    area_pue_of: str
    area_pue_year: int | None
    area_pue_source: str
    source: str
    verification: str


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure that a provider publishes about its buildings in a region, for a year.

    ``measure`` is pue, wue_l_per_kwh (litres per kWh of the IT equipment) or cfe_share (0 to 1).
    """

    provider: str
    region: str
    measure: str
    year: int
    value: Decimal
    source: str
    verification: str
    note: str


@dataclass(frozen=True, slots=True)
class Embodied:
    """Embodied carbon of one thing: kg CO2e ``per`` each, cm2, GB or GiB, within ``boundary``."""

    subject: str
    kind: str
    per: str
    kg_co2e: Decimal
    low_kg_co2e: Decimal | None
    high_kg_co2e: Decimal | None
    life_years: Decimal | None
    boundary: str
    source: str
    verification: str
    note: str


@functools.cache
def every_accelerator() -> tuple[Hardware, ...]:
    """Every accelerator of data/hardware.csv, by id."""
    return tuple(
        Hardware(
            **_texts(row, "hardware_id", "name", "vendor", "kind", "form_factor", "typical_power_source"),
            **_texts(row, "source", "document", "verification", "note"),
            **_amounts(row, "board_power_w", "typical_power_low_w", "typical_power_high_w", "memory_gb"),
            aliases=_list(row["aliases"]),
            peak_dense=_peaks(row, "dense"),
            peak_sparse=_peaks(row, "sparse"),
            **_years(row, "release_year"),
            official_columns=_list(row["official_columns"]),
        )
        for row in _rows("hardware")
    )


@functools.cache
def every_region() -> tuple[Region, ...]:
    """Every region of data/cloud_regions.csv, by provider and code."""
    measures = ("pue", "wue", "cfe", "area_pue")
    return tuple(
        Region(
            **_texts(row, "provider", "region", "place", "city", "country", "subdivision", "source", "verification"),
            **_texts(row, "grid_region_basis", "zone_basis", "pue_note", "wue_note", "area_pue_of"),
            **_texts(row, *(f"{name}_source" for name in measures)),
            **_amounts(row, "pue", "wue_l_per_kwh", "cfe_share", "area_pue"),
            **_years(row, *(f"{name}_year" for name in measures)),
            grid_region=row["grid_region"] or None,
            zone=row["zone"] or None,
        )
        for row in _rows("cloud_regions")
    )


@functools.cache
def every_measure() -> tuple[Measure, ...]:
    """Every figure of data/cloud_measures.csv, by provider, region, measure and year."""
    return tuple(
        Measure(
            **_texts(row, "provider", "region", "measure", "source", "verification", "note"),
            year=int(row["year"]),
            value=Decimal(row["value"]),
        )
        for row in _rows("cloud_measures")
    )


@functools.cache
def every_embodied() -> tuple[Embodied, ...]:
    """Every figure of data/embodied.csv, by kind and subject."""
    return tuple(
        Embodied(
            **_texts(row, "subject", "kind", "per", "boundary", "source", "verification", "note"),
            **_amounts(row, "low_kg_co2e", "high_kg_co2e", "life_years"),
            kg_co2e=Decimal(row["kg_co2e"]),
        )
        for row in _rows("embodied")
    )


@functools.cache
def source_record(dataset: str) -> Mapping[str, Any]:
    """Title, licence, attribution and caveats of `hardware`, `cloud_regions`, `cloud_measures` or `embodied`."""
    path = shipped.path("data") / f"{dataset}.source.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _rows(dataset: str) -> list[dict[str, str]]:
    with (shipped.path("data") / f"{dataset}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _peaks(row: Mapping[str, str], rate: str) -> dict[str, Decimal]:
    units = {precision: "tops" if precision == "int8" else "tflops" for precision in PRECISIONS}
    cells = {precision: row.get(f"peak_{rate}_{precision}_{unit}") for precision, unit in units.items()}
    return {precision: Decimal(cell) for precision, cell in cells.items() if cell}


def _texts(row: Mapping[str, str], *columns: str) -> dict[str, Any]:
    return {column: row[column] for column in columns}


def _amounts(row: Mapping[str, str], *columns: str) -> dict[str, Any]:
    return {column: Decimal(row[column]) if row[column] else None for column in columns}


def _list(cell: str) -> tuple[str, ...]:
    return tuple(cell.split("|")) if cell else ()


def _years(row: Mapping[str, str], *columns: str) -> dict[str, Any]:
    return {column: int(row[column]) if row[column] else None for column in columns}
