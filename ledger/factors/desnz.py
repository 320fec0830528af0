"""UK Government conversion factors (DESNZ): totals, parts and biogenic CO2 of a fuel joined into one factor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from ledger.factors.desnz_rows import HOTEL_COUNTRIES, HOTEL_ROWS, HOTELS_NOT_SERVED, OPERATION, Served, served_rows
from ledger.factors.published import Row, Unconvertible, amounts, exact, quotient

# Methane and nitrous oxide on AR5 since the 2023 edition (28, 265): parts are CO2e already.
CH4_GWP, N2O_GWP = Decimal(28), Decimal(265)
TOTAL = "kg CO2e"
PART = {gas: f"kg CO2e of {gas.upper()} per unit" for gas in ("co2", "ch4", "n2o")}
# unit of the publisher → our unit, calorific basis where the publisher names it
UNITS = {
    "tonnes": ("t", "na"), "litres": ("L", "na"), "cubic metres": ("m3", "na"), "kg": ("kg", "na"),
    "kWh (Net CV)": ("kWh", "net"), "kWh (Gross CV)": ("kWh", "gross"), "km": ("km", "na"),
    "passenger.km": ("pkm", "na"), "tonne.km": ("tkm", "na"), "per FTE Working Hour": ("person_hour", "na"),
    "Room per night": ("room_night", "na"),
}  # fmt: skip
# Bioenergy is printed per kWh and GJ without a basis; its own rows per tonne or kg divided by these give the net
# calorific value of the publisher's fuel properties (wood pellets 4.8 kWh/kg), so the basis is net.
BIOENERGY_UNITS = {"kWh": ("kWh", "net"), "GJ": ("GJ", "net")}
ENERGY_UNITS = {"kWh": ("kWh", "na")}


@dataclass(frozen=True, slots=True)
class Edition:
    """One year's rows by row ID (three parts), unit and kind of figure."""

    year: int
    version: str
    sha256: str
    cells: Mapping[tuple[str, str, str], Row]

    @classmethod
    def of(cls, rows: Iterable[Row], year: int, version: str, sha256: str) -> Edition:
        """The edition of a reporting year. Raises Unconvertible where two rows share an ID, unit and figure."""
        cells: dict[tuple[str, str, str], Row] = {}
        for row in rows:
            key = ("_".join(row["id"].split("_")[:3]), row["uom"], row["ghg_unit"])
            if key in cells and not row["level_1"].startswith("SECR"):
                raise Unconvertible(f"{year}: two rows {key}")
            cells.setdefault(key, row)
        return cls(year, version, sha256, cells)


def factor_rows(edition: Edition) -> list[Row]:
    """Every factor of an edition, hotels included. Raises Unconvertible."""
    rows = [*_served(edition), *_hotels(edition)]
    return sorted(rows, key=lambda row: (row["activity_type"], row["line"], row["factor_id"]))


def _served(edition: Edition) -> Iterator[Row]:
    taken: set[str] = set()
    for served in served_rows():
        for unit in served.units:
            cell = edition.cells.get((served.row, unit, TOTAL))
            if cell is not None:
                yield _factor(edition, served, unit, cell, taken)


def _factor(edition: Edition, served: Served, unit: str, cell: Row, taken: set[str]) -> Row:
    _check_label(edition, served, cell)
    per_unit, basis = _unit(served, unit)
    factor_id = f"desnz-{edition.year}:" + "_".join(cell["id"].split("_")[:4])
    if factor_id in taken:  # one row may serve two activity types, which differ in scope or source type
        factor_id += f":{served.activity_type}"
    taken.add(factor_id)
    return {
        "factor_id": factor_id,
        "activity_type": served.activity_type,
        "kind": "average",
        "serves": served.serves,
        "line": served.line,
        "boundary": served.boundary,
        "country": served.country,
        "per_unit": per_unit,
        "calorific_basis": basis,
        "radiative_forcing": served.radiative_forcing,
        **_of_edition(edition, cell),
        **_amounts(edition, served, unit, cell),
    }


def _of_edition(edition: Edition, cell: Row) -> Row:
    return {
        "data_year": str(edition.year),
        "valid_from": f"{edition.year}-01-01",
        "valid_to": f"{edition.year}-12-31",
        "gwp_set": "AR5",
        "verification": "official",
        "source_sha256": edition.sha256,
        "source_cell": cell["source_cell"] or f"row {cell['id']}",
    }


def _amounts(edition: Edition, served: Served, unit: str, cell: Row) -> Row:
    published = exact(cell["factor"])
    if published <= 0:
        raise Unconvertible(f"{edition.year} {served.row} {unit}: the total is {published}")
    gas_cells = {gas: edition.cells.get((served.gases_row or served.row, unit, name)) for gas, name in PART.items()}
    biogenic = edition.cells.get((served.biogenic_row, unit, PART["co2"]))
    common = {"total": published, "biogenic_co2": exact(biogenic["factor"]) if biogenic else None}
    parts = {gas: exact(found["factor"]) for gas, found in gas_cells.items() if found is not None}
    if not parts:
        return {"gas_coverage": "co2e_only", "masses_basis": "derived", **amounts(**common)}
    if len(parts) != len(PART):
        raise Unconvertible(f"{edition.year} {served.row} {unit}: only {sorted(parts)} of the gases")
    return {
        "gas_coverage": "all",
        "masses_basis": "derived",
        **amounts(
            **common,
            co2_part=parts["co2"], ch4_part=parts["ch4"], n2o_part=parts["n2o"],
            co2=parts["co2"], ch4_other=quotient(parts["ch4"], CH4_GWP), n2o=quotient(parts["n2o"], N2O_GWP),
        ),
    }  # fmt: skip


def _unit(served: Served, unit: str) -> tuple[str, str]:
    if unit in UNITS:
        return UNITS[unit]
    return (BIOENERGY_UNITS if served.row.startswith(("2_", "12_")) else ENERGY_UNITS)[unit]


def _check_label(edition: Edition, served: Served, cell: Row) -> None:
    """The row ID must still stand for what it stood for: level 3, level 4 and column text end in the label."""
    said = [cell[name].strip() for name in ("level_3", "level_4", "column_text")]
    said = [text for text in said if text and text != cell["uom"]]
    wanted = served.label.split(" / ")
    matches = len(said) == len(wanted) and all(
        one == "*" or one.casefold() == other.casefold() for one, other in zip(wanted, said, strict=True)
    )
    if served.label != "*" and not matches:
        raise Unconvertible(f"{edition.year} {cell['id']}: {said} where {wanted} was expected")


def _hotels(edition: Edition) -> Iterator[Row]:
    for (row, unit, figure), cell in edition.cells.items():
        if not row.startswith(HOTEL_ROWS) or figure != TOTAL or cell["level_3"] in HOTELS_NOT_SERVED:
            continue
        country = HOTEL_COUNTRIES[cell["level_3"]]
        served = Served("hotel_stay", "direct", row, cell["level_3"], (unit,), OPERATION, country)
        yield _factor(edition, served, unit, cell, set())
