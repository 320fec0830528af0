"""The demo company's files as its teams keep them: several CSVs, a workbook of two sheets, a German export, faults."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from random import Random

from ledger.demo import activities, company, journeys, registers
from ledger.demo.company import Row


@dataclass(frozen=True, slots=True)
class DemoFile:
    """A file that was written: what kind of upload it is, in which locale, and whether it holds faults on purpose.

    A ``late`` file comes after the year it belongs to was closed.
    """

    path: Path
    kind: str
    rows: int
    about: str
    locale: str | None = None
    faulty: bool = False
    late: bool = False


def write_company(folder: Path, seed: int = 2026) -> list[DemoFile]:
    """Writes the company's files into the folder, the same bytes for the same seed, in the order of their upload."""
    folder.mkdir(parents=True, exist_ok=True)
    return [
        *_masters(folder), *_activities(folder, seed), _travel(folder, seed), *_late_bills(folder), *_beside(folder),
        _found_later(folder),
    ]  # fmt: skip


def _write_csv(path: Path, rows: list[Row], columns: dict[str, str], delimiter: str = ",") -> None:
    """A CSV whose headers are the keys of ``columns``; the values name the fields they are taken from."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([row.get(field, "") for field in columns.values()] for row in rows)


def _every_column(rows: list[Row]) -> dict[str, str]:
    """Headers that are our own names, in the order in which they first occur."""
    return {name: name for row in rows for name in row}


def _masters(folder: Path) -> list[DemoFile]:
    return [
        _register(folder, f"{number:02d}", *register)
        for number, register in enumerate(
            (
                ("legal_entity", company.legal_entities(), "the companies of the group"),
                ("holding", company.holdings(), "who holds whom; one joint venture"),
                ("facility", company.facilities(), "eight places in five countries"),
                ("instrument", company.instruments(), "certificates and a purchase agreement"),
                ("metric", company.metrics(), "revenue and headcount by quarter"),
                ("expectation", registers.expectations(), "which meters ought to be read, each month"),
                ("scope3_screening", registers.screening(), "what was decided of each category of Scope 3"),
                ("carbon_price_scheme", registers.prices(), "two internal carbon prices"),
                ("target", registers.targets(), "targets for 2030, by both methods"),
            ),
            start=1,
        )
    ]


def _beside(folder: Path) -> list[DemoFile]:
    """What stands beside the data and in no total."""
    return [
        _register(folder, "50", "credit", registers.credits_bought(), "credits, in no total"),
        _register(folder, "51", "claim", registers.claims(), "a landlord's figure, held against ours"),
    ]


def _found_later(folder: Path) -> DemoFile:
    """A gas bill of the base year that turned up after the year was closed."""
    row = {
        "facility_id": "SHF", "meter_id": "G-SHF-1", "period_start": "2025-12-01", "period_end": "2025-12-31",
        "activity_type": "natural_gas", "quantity": "21400", "unit": "kWh", "calorific_basis": "gross",
        "supplier": "Northmoor Energy", "invoice_id": "G-SHF-1-202512-B", "data_basis": "measured",
        "uncertainty_pct": "2",
    }  # fmt: skip
    path = folder / "60_bill_found_later.csv"
    _write_csv(path, [row], ENERGY)
    return DemoFile(path, "activity", 1, "a bill of 2025 that turned up late", late=True)


def _register(folder: Path, number: str, kind: str, rows: list[Row], about: str) -> DemoFile:
    path = folder / f"{number}_{kind}.csv"
    _write_csv(path, rows, _every_column(rows))
    return DemoFile(path, kind, len(rows), about)


# Headers as the teams write them → our columns. The German export is laid out in `_in_german`.
ENERGY = {
    "Site": "facility_id", "Meter": "meter_id", "Start date": "period_start", "End date": "period_end",
    "Activity type": "activity_type", "Consumption": "quantity", "Unit": "unit", "Calorific basis": "calorific_basis",
    "Supplier": "supplier", "Invoice no": "invoice_id", "Data basis": "data_basis", "Uncertainty %": "uncertainty_pct",
}  # fmt: skip
PLACE = {
    "Site": "facility_id", "Activity type": "activity_type", "From": "period_start", "To": "period_end",
    "Amount": "quantity", "UoM": "unit", "Data basis": "data_basis", "Primary data": "primary_data", "Notes": "note",
}  # fmt: skip
SCORED = {name: name for name in (
    "dq_reliability", "dq_completeness", "dq_temporal", "dq_geographical", "dq_technological",
)}  # fmt: skip
BILLED = PLACE | {"Invoice no": "invoice_id"}
SPEND = {
    "Company": "legal_entity_id", "Country": "country", "Activity type": "activity_type",
    "NAICS": "classification_code", "Period start": "period_start", "Period end": "period_end",
    "Net amount": "quantity", "Currency": "unit", "Tax included": "tax_included", "Capitalised": "capitalised",
    "Supplier": "supplier", "Data basis": "data_basis", "Notes": "note",
}  # fmt: skip
SPEND |= SCORED

Rows = Callable[[Random], list[Row]]
CSVS: tuple[tuple[str, Rows, dict[str, str], str], ...] = (
    ("10_site_energy.csv", activities.site_energy, ENERGY, "electricity and gas"),
    ("12_fuels_cars_refrigerants.csv", activities.fuels_and_refrigerants, PLACE, "generators, cars, refrigerants"),
    ("13_waste_and_water.csv", activities.waste_and_water, BILLED, "waste by kind, water in and out"),
    ("21_freight.csv", journeys.freight, PLACE, "road, sea and air freight"),
    ("22_commuting.csv", journeys.commuting, PLACE | SCORED, "journeys to work, hours at home"),
    ("30_purchases.csv", journeys.purchases, SPEND, "spend in four currencies, laptops"),
)


def _rows(make: Rows, seed: int) -> list[Row]:
    """Each theme draws from its own generator, so that a change in one leaves the others' digits alone."""
    return make(Random(f"{seed}/{make.__name__}"))  # noqa: S311  a demo, not a secret


AS_BILLED = {"electricity_purchased": "Electricity", "natural_gas": "Mains gas"}


def _named(rows: list[Row], names: dict[str, str]) -> list[Row]:
    """The rows with their activity types called what the team calls them; the ledger knows the synonyms."""
    return [row | {"activity_type": names.get(row["activity_type"], row["activity_type"])} for row in rows]


def _activities(folder: Path, seed: int) -> list[DemoFile]:
    files = []
    for name, make, columns, about in CSVS:
        rows = _named(_rows(make, seed), AS_BILLED)
        _write_csv(folder / name, rows, columns)
        files.append(DemoFile(folder / name, "activity", len(rows), about))
    files.insert(1, _in_german(folder, seed))
    return files


GERMAN = {
    "Standort": "facility_id", "Zähler": "meter_id", "Von": "period_start", "Bis": "period_end",
    "Energieart": "activity_type", "Verbrauch": "quantity", "Einheit": "unit", "Brennwert/Heizwert": "calorific_basis",
    "Lieferant": "supplier", "Rechnungsnummer": "invoice_id", "Datenbasis": "data_basis",
}  # fmt: skip
GERMAN_NAMES = {
    "electricity_purchased": "Strom", "natural_gas": "Erdgas", "district_heat": "Fernwärme",
    "diesel_generator": "Notstromdiesel",
}  # fmt: skip


def _in_german(folder: Path, seed: int) -> DemoFile:
    """Semicolons, decimal commas, dates by day, month and year."""
    rows = [
        row
        | {
            "data_basis": "abgelesen",
            "quantity": f"{int(row['quantity']):,}".replace(",", ".") + ",00",
            "period_start": f"{date.fromisoformat(row['period_start']):%d.%m.%Y}",
            "period_end": f"{date.fromisoformat(row['period_end']):%d.%m.%Y}",
        }
        for row in _named(_rows(activities.german_energy, seed), GERMAN_NAMES)
    ]
    path = folder / "11_energie_deutschland.csv"
    _write_csv(path, rows, GERMAN, delimiter=";")
    return DemoFile(path, "activity", len(rows), "the same in Germany, and in German", locale="de")


TRIPS = {
    "Company": "legal_entity_id", "Country": "country", "Activity type": "activity_type",
    "Start date": "period_start", "End date": "period_end", "Quantity": "quantity", "Unit": "unit",
    "Supplier": "supplier", "Data basis": "data_basis",
}  # fmt: skip


def _travel(folder: Path, seed: int) -> DemoFile:
    """The travel agency's workbook: title rows above the header, real dates and numbers, two sheets."""
    import xlsxwriter

    path = folder / "20_business_travel.xlsx"
    sheets = {"Flights": _rows(journeys.flights, seed), "Rail, hotels, cars": _rows(journeys.ground_travel, seed)}
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"title": "Business travel", "created": datetime(2026, 10, 9)})  # noqa: DTZ001  kept as told
        dated = book.add_format({"num_format": "yyyy-mm-dd"})
        bold = book.add_format({"bold": True})
        for title, rows in sheets.items():
            sheet = book.add_worksheet(title)
            sheet.set_column(0, len(TRIPS) - 1, 18)
            sheet.write_string(0, 0, f"{company.NAME}: business travel, {title.lower()}", bold)
            sheet.write_string(1, 0, "Meridian Travel, October 2024 to September 2026; queries to your account manager")
            sheet.write_row(3, 0, list(TRIPS), bold)
            for number, row in enumerate(rows, start=4):
                for column, field in enumerate(TRIPS.values()):
                    if field.startswith("period_"):
                        sheet.write_datetime(number, column, date.fromisoformat(row[field]), dated)
                    elif field == "quantity":
                        sheet.write_number(number, column, int(row[field]))
                    else:
                        sheet.write_string(number, column, row[field])
    return DemoFile(path, "activity", sum(map(len, sheets.values())), "the travel agency's two sheets")


# September's bills that came late, as first sent in and as put right: column → value.
LATE_BILLS = (
    ("LON", "electricity_purchased", "2026-09-01", "2026-09-30", "1840", "kWh", "L-2026-0911"),
    ("SHF", "natural_gas", "2026-09-01", "2026-09-30", "9120", "kWh", "L-2026-0912"),
    ("SHF", "electricity_purchased", "2026-09-01", "2026-09-30", "6.2", "MWh", "L-2026-0913"),
    ("AUS", "electricity_purchased", "2026-09-01", "2026-09-30", "1234", "kWh", "L-2026-0914"),
    ("SJC", "water_supply", "2026-09-01", "2026-09-30", "5100", "US gallons", "L-2026-0915"),
    ("REG", "waste_metal_recycling", "2026-09-01", "2026-09-30", "860", "kg", "L-2026-0916"),
    ("HAM", "diesel_generator", "2026-09-01", "2026-09-30", "75", "L", "L-2026-0917"),
    ("LYS", "refrigerant_r32", "2026-09-01", "2026-09-30", "1.5", "kg", "L-2026-0918"),
    ("SIN", "electricity_purchased", "2026-09-01", "2026-09-30", "2210", "kWh", "L-2026-0919"),
)
LATE_COLUMNS = ("facility_id", "activity_type", "period_start", "period_end", "quantity", "unit", "invoice_id")
# Which bill was sent in with which wrong cell. Each is a fault of its own kind that people make.
FAULTS: dict[int, Row] = {
    0: {"facility_id": "LDN"},  # no such facility
    1: {"quantity": ""},  # the reading was forgotten
    2: {"unit": "mWh"},  # milli or mega
    3: {"quantity": "1,234"},  # a thousand or a decimal comma
    4: {"period_start": "03/09/2026", "period_end": "04/09/2026"},  # day or month first
    5: {"activity_type": "Misc recycling"},  # not in the catalogue
    6: {"period_start": "2026-09-30", "period_end": "2026-09-01"},  # ends before it starts
    7: {"period_start": "2026-13-01"},  # no such month
    8: {"unit": "kW"},  # power, not energy
}


def _late_bills(folder: Path) -> list[DemoFile]:
    """The same nine bills twice: as first sent in, with a sum below them, and as put right."""
    right = [dict(zip(LATE_COLUMNS, bill, strict=True)) | {"data_basis": "measured"} for bill in LATE_BILLS]
    right = [row | {"calorific_basis": "gross"} if row["activity_type"] == "natural_gas" else row for row in right]
    wrong = [row | FAULTS.get(number, {}) for number, row in enumerate(right)]
    wrong.append({"facility_id": "Total", "quantity": "27841.7"})
    files = []
    for name, rows, about, faulty in (
        ("40_late_bills_with_faults.csv", wrong, "late bills as first sent in", True),
        ("41_late_bills.csv", right, "the same bills put right", False),
    ):
        _write_csv(folder / name, rows, {header: field for header, field in ENERGY.items() if field != "meter_id"})
        files.append(DemoFile(folder / name, "activity", len(rows), about, faulty=faulty))
    return files
