"""Small workbooks of our own making in the layouts of the publishers."""

from __future__ import annotations

from pathlib import Path

import openpyxl

DESNZ_HEADER = (
    "ID", "Scope", "Level 1", "Level 2", "Level 3", "Level 4", "Column Text", "UOM", "GHG/Unit",
    "GHG Conversion Factor 2025",
)  # fmt: skip
GAS = ("Scope 1", "Fuels", "Gaseous fuels", "Natural gas", None, None, "kWh (Gross CV)")
POWER = ("Scope 2", "UK electricity", "Electricity generated", "Electricity: UK", None, None, "kWh")
DESNZ_ROWS = [
    ("1_100_1004_6_1", *GAS, "kg CO2e", 0.18296),
    ("1_100_1004_6_2", *GAS, "kg CO2e of CO2 per unit", 0.18259),
    ("1_100_1004_6_3", *GAS, "kg CO2e of CH4 per unit", 0.00028),
    ("1_100_1004_6_4", *GAS, "kg CO2e of N2O per unit", 0.00009),
    ("7_400_4000_5_1", *POWER, "kg CO2e", 0.178),
    ("7_400_4000_5_2", *POWER, "kg CO2e of CO2 per unit", 0.176),
    ("7_400_4000_5_3", *POWER, "kg CO2e of CH4 per unit", 0.0008),
    ("7_400_4000_5_4", *POWER, "kg CO2e of N2O per unit", 0.0012),
    ("9_999_9999_1_1", "Scope 3", "Nothing we serve", "x", "y", None, None, "km", "kg CO2e", 1.5),
    ("7_400_4001_5_1", *POWER, "kg CO2e", None),
]


def written(path: Path, sheets: dict[str, list[tuple]]) -> Path:
    """A workbook with these sheets."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def desnz(path: Path, header: tuple = DESNZ_HEADER, rows: list[tuple] | None = None) -> Path:
    """The flat file: notes on a sheet of their own, and title rows above the header in row 6."""
    title = [("UK Government GHG Conversion Factors for Company Reporting",), ("Version", 1), (), ("Notes",), ()]
    table = [*title, header, *(rows or DESNZ_ROWS)]
    return written(path, {"Introduction": [("Read me",)], "Factors by Category": table})


HUB = [
    ("", "Emission Factors for Greenhouse Gas Inventories"), (),
    ("", "Table 1", "Stationary Combustion"),
    ("", "", "Fuel Type", "Heat Content (HHV)", "CO2 Factor", "CH4 Factor", "N2O Factor"),
    ("", "", "", "mmBtu per scf", "kg CO2 per mmBtu", "g CH4 per mmBtu", "g N2O per mmBtu", "kg CO2 per scf",
     "g CH4 per scf", "g N2O per scf"),
    ("", "", "Natural Gas"),
    ("", "", "Natural Gas", 0.001026, 53.06, 1, 0.1, 0.05444, 0.00103, 0.0001),
    ("", "", "Biomass Fuels - Gaseous"),
    ("", "", "Other Biomass Gases", 0.000655, 52.07, 3.2, 0.63, 0.034106, 0.002096, 0.000413),
    ("", "", "Source: somewhere"),
    ("", "Table 2", "Mobile Combustion CO2"),
    ("", "", "Fuel Type", "kg CO2 per unit", "Unit"),
    ("", "", "Diesel Fuel", 10.21, "gallon"),
    ("", "", "Kerosene-Type Jet Fuel", 9.75, "gallon"),
    ("", "Table 5", "Mobile Combustion CH4 and N2O, non-road"),
    ("", "", "Vehicle Type", "Fuel Type", "CH4 Factor", "N2O Factor"),
    ("", "", "Aircraft", "Jet Fuel", 0, 0.3),
    ("", "", "", "Aviation Gasoline", 7.06, 0.11),
    ("", "Table 7", "Steam and Heat"),
    ("", "", "", "CO2 Factor", "CH4 Factor", "N2O Factor"),
    ("", "", "Steam and Heat", 66.33, 1.25, 0.125),
    ("", "Table 8", "Scope 3 Category 4"),
    ("", "", "Vehicle Type", "CO2 Factor", "CH4 Factor", "N2O Factor", "Units"),
    ("", "", "Medium- and Heavy-Duty TruckC", 0.186, 0.0016, 0.0054, "short ton-mile"),
    ("", "Table 9", "Scope 3 Category 5"),
    ("", "", "Material", "Recycled", "Landfilled", "Combusted", "Composted"),
    *(("", "", material, 0.09, 0.58, 0.43, 0.05) for material in (
        "Mixed MSW", "Mixed Recyclables", "Food Waste", "Mixed Paper (general)", "Mixed Plastics", "Glass",
        "Mixed Metals", "Mixed Electronics", "Concrete")),
    ("", "Table 10", "Scope 3 Category 6"),
    ("", "", "Vehicle Type", "CO2 Factor", "CH4 Factor", "N2O Factor", "Units"),
    ("", "", "Passenger Car A", 0.297, 0.0059, 0.0053, "vehicle-mile"),
    ("", "", "Bus", 0.066, 0.0046, 0.0019, "passenger-mile"),
    ("", "Table 11", "Global Warming Potentials"),
    ("", "", "Methane", "CH4", 28),
]  # fmt: skip

EGRID = {
    "SRL24": [
        ("Data Year", "eGRID subregion acronym", "eGRID subregion name"),
        ("YEAR", "SUBRGN", "SRNAME", "SRNGENAN", "SRCO2RTA", "SRCH4RTA", "SRN2ORTA", "SRC2ERTA"),
        (2024, "CAMX", "WECC California", 1, 428.464, 0.025, 0.003, 429.983),
    ],
    "US24": [
        ("Data Year", "rate"), ("YEAR", "USCO2RTA", "USCH4RTA", "USN2ORTA", "USC2ERTA"),
        (2024, 767.209, 0.057, 0.008, 770.884),
    ],
}  # fmt: skip
