"""The workbooks of governments: DESNZ flat file, EPA Emission Factors Hub, eGRID."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ledger.factors.desnz import Edition, factor_rows
from ledger.factors.epa import Hub, gas_masses, grid_row, hub_rows, kg_per_kwh
from ledger.factors.published import Row, Unconvertible
from ledger.intake.publishers.cells import Header, Sheet, cell_name, checked_header, header_row, number, plain_name
from ledger.intake.publishers.made import Asked, Made

DESNZ: Mapping[str, str] = {
    "id": r"id", "scope": r"scope", "level_1": r"level 1", "level_2": r"level 2", "level_3": r"level 3",
    "level_4": r"level 4", "column_text": r"column text", "uom": r"uom", "ghg_unit": r"ghg/unit",
    "factor": r"ghg conversion factor (20\d\d)",
}  # fmt: skip
DESNZ_SHOWN = {
    "id": "ID", "scope": "Scope", "level_1": "Level 1", "level_2": "Level 2", "level_3": "Level 3",
    "level_4": "Level 4", "column_text": "Column Text", "uom": "UOM", "ghg_unit": "GHG/Unit",
    "factor": "GHG Conversion Factor 20YY",
}  # fmt: skip
FIRST_DESNZ, LAST_CHECKED_DESNZ = 2023, 2025
EGRID: Mapping[str, str] = {
    "year": r"year", "code": r"subrgn", "name": r"srname", "co2": r"srco2rta", "ch4": r"srch4rta", "n2o": r"srn2orta",
}  # fmt: skip
EGRID_SHOWN = {
    "year": "YEAR", "code": "SUBRGN", "name": "SRNAME", "co2": "SRCO2RTA", "ch4": "SRCH4RTA", "n2o": "SRN2ORTA",
}  # fmt: skip
_US = {"year": r"year", "co2": r"usco2rta", "ch4": r"usch4rta", "n2o": r"usn2orta"}


def is_desnz(sheets: list[Sheet]) -> bool:
    """Whether a sheet has the header of the flat file."""
    return any(header_row(sheet, DESNZ) for sheet in sheets)


def desnz(asked: Asked) -> Made | None:
    """The UK Government's flat file: every row that serves an activity type, by the mapping of the shipped editions."""
    sheet = next((sheet for sheet in asked.sheets if header_row(sheet, DESNZ)), asked.sheets[0])
    header = checked_header(sheet, DESNZ, DESNZ_SHOWN, asked.faults)
    if header is None:
        return None
    label = sheet.cell(header.line, header.columns["factor"])
    year = int(re.search(r"20\d\d", label).group())  # type: ignore[union-attr]
    if year < FIRST_DESNZ:
        asked.faults.add("publisher-edition-unknown", sheet=sheet.name, line=header.line + 1, value=label,
                         first=FIRST_DESNZ)  # fmt: skip
        return None
    if year > LAST_CHECKED_DESNZ:
        asked.faults.add("publisher-gwp-assumed", sheet=sheet.name, value=str(year), gwp_set="AR5")
    rows = list(_desnz_rows(sheet, header))
    try:
        made = factor_rows(Edition.of(rows, year, "", asked.sha256))
    except Unconvertible as fault:
        asked.faults.add("publisher-row-differs", sheet=sheet.name, reason=str(fault))
        return None
    return Made(str(year), [row | {"verification": asked.verification} for row in made])


def _desnz_rows(sheet: Sheet, header: Header) -> Iterator[Row]:
    """Rows that hold a number; a blank cell of the publisher is absent, never zero."""
    for line in range(header.line + 1, len(sheet.rows)):
        row = {name: sheet.cell(line, place) for name, place in header.columns.items()}
        if row["id"] and number(row["factor"]) is not None:
            yield row | {"source_cell": sheet.place(line, header.columns["factor"])}


def is_egrid(sheets: list[Sheet]) -> bool:
    """Whether a sheet holds output rates by subregion."""
    return any(header_row(sheet, EGRID) for sheet in sheets)


def egrid(asked: Asked) -> Made | None:
    """The subregion sheet (SRL) of eGRID, and the national row where the workbook has it."""
    sheet = next((sheet for sheet in asked.sheets if header_row(sheet, EGRID)), asked.sheets[0])
    header = checked_header(sheet, EGRID, EGRID_SHOWN, asked.faults)
    if header is None:
        return None
    rows, years = [], set()
    for line in range(header.line + 1, len(sheet.rows)):
        code, year = (sheet.cell(line, header.columns[name]) for name in ("code", "year"))
        if code and year.isdigit():
            years.add(int(year))
            rows += _egrid_row(asked, sheet, header, line, code, int(year))
    for national in asked.sheets:
        found = header_row(national, _US)
        if found is not None and len(found.columns) == len(_US):
            year = national.cell(found.line + 1, found.columns["year"])
            rows += _egrid_row(asked, national, found, found.line + 1, "US", int(year))
    if len(years) != 1:
        asked.faults.add("publisher-rows-missing", sheet=sheet.name, what="rows of one year")
        return None
    return Made(str(years.pop()), rows)


def _egrid_row(asked: Asked, sheet: Sheet, header: Header, line: int, code: str, year: int) -> list[Row]:
    texts = [sheet.cell(line, header.columns[gas]) for gas in ("co2", "ch4", "n2o")]
    if any(number(text) is None for text in texts):
        place = header.columns["co2"]
        asked.faults.add("publisher-number-not-read", sheet=sheet.name, line=line + 1, column=sheet.place(line, place),
                         value=" / ".join(texts))  # fmt: skip
        return []
    co2, ch4, n2o = (kg_per_kwh(text) for text in texts)
    cell = sheet.place(line, header.columns["co2"])
    made = grid_row(code, year, asked.verification, asked.sha256, cell) | {"masses_basis": "published"}
    return [made | gas_masses(co2, ch4, n2o)]


_TITLE = re.compile(r"table (\d+)")
_UNIT = re.compile(r"kg co2 per (?!mmbtu)(.+)")
_FOOTNOTE = re.compile(r"\s*(?<=[a-z)\s])[A-E]$")


def is_hub(sheets: list[Sheet]) -> bool:
    """Whether a sheet has the titles of tables 1 and 2 of the Hub."""
    return any({"1", "2"} <= {table for table, *_ in _titles(sheet)} for sheet in sheets)


def _titles(sheet: Sheet) -> list[tuple[str, int, int]]:
    """Each table's number, first line and column of its label."""
    found = []
    for line, row in enumerate(sheet.rows):
        for place, text in enumerate(row[:4]):
            match = _TITLE.fullmatch(plain_name(text))
            if match:
                found.append((match[1], line, place + 1))
    return found


def hub(asked: Asked) -> Made | None:
    """The EPA Hub: its laid-out tables read as rows, each under the unit line that stands above it."""
    if not asked.edition or not asked.edition.isdigit():
        asked.faults.add("publisher-edition-missing", example="2025")
        return None
    sheet = next((sheet for sheet in asked.sheets if is_hub([sheet])), asked.sheets[0])
    titles = _titles(sheet)
    ends = [line for _, line, _ in titles[1:]] + [len(sheet.rows)]
    blocks = {table: (line, end, place) for (table, line, place), end in zip(titles, ends, strict=True)}
    if not _hub_headers_hold(asked, sheet, blocks):
        return None
    tables = {
        "1": list(_stationary(sheet, *blocks["1"])),
        "2": list(_plain(sheet, *blocks["2"], ("kg_co2_per_unit", "unit"))),
        "5": list(_nonroad(sheet, *blocks["5"])),
        "7": list(_plain(sheet, *blocks["7"], ("kg_co2_per_mmbtu", "g_ch4_per_mmbtu", "g_n2o_per_mmbtu"))),
        "8": [
            {"table": table, "corrected_kg_co2": ""} | row
            for table in ("8", "10")
            for row in _plain(sheet, *blocks[table], ("kg_co2_per_unit", "g_ch4_per_unit", "g_n2o_per_unit", "unit"))
        ],
        "9": list(_plain(sheet, *blocks["9"], ("recycled", "landfilled", "combusted", "composted"))),
    }
    try:
        rows = hub_rows(Hub(int(asked.edition), tables, dict.fromkeys(tables, asked.sha256)))
    except (Unconvertible, KeyError, ArithmeticError) as fault:
        asked.faults.add("publisher-row-differs", sheet=sheet.name, reason=f"{type(fault).__name__} {fault}")
        return None
    return Made(asked.edition, [row | {"verification": asked.verification} for row in rows])


def _hub_headers_hold(asked: Asked, sheet: Sheet, blocks: Mapping[str, tuple[int, int, int]]) -> bool:
    """The tables that are read, and the lines of units and headers that they must have."""
    expected = {
        "1": ("kg CO2 per mmBtu", "g CH4 per mmBtu", "g N2O per mmBtu"), "2": ("kg CO2 per unit", "Unit"),
        "5": ("Vehicle Type", "Fuel Type"), "7": (), "8": ("Vehicle Type", "Units"),
        "9": ("Recycled", "Landfilled", "Combusted", "Composted"), "10": ("Vehicle Type", "Units"),
    }  # fmt: skip
    holds = True
    for table, names in expected.items():
        if table not in blocks:
            asked.faults.add("publisher-header-missing", sheet=sheet.name, expected=f"Table {table}")
            holds = False
            continue
        line, end, _ = blocks[table]
        texts = {
            _unsubscripted(text): (at, place)
            for at in range(line, min(end, line + 6)) for place, text in enumerate(sheet.rows[at])
        }  # fmt: skip
        for name in names:
            if not any(plain_name(name) in text for text in texts):
                cell = cell_name(line, next((place for place, text in enumerate(sheet.rows[line]) if text), 0))
                asked.faults.add("publisher-column-differs", sheet=sheet.name, line=line + 1, column=cell,
                                 expected=f"{name} in table {table}", found="none below this title")  # fmt: skip
                holds = False
    return holds


def _unsubscripted(text: str) -> str:
    return plain_name(text).replace("( ", "(")


def _stationary(sheet: Sheet, first: int, end: int, label: int) -> Iterator[Row]:
    """Table 1: a line of units, then categories (a label alone) and fuels (a label and seven numbers)."""
    unit, category = "", ""
    for line in range(first + 1, end):
        name, values = sheet.cell(line, label), [sheet.cell(line, label + 1 + place) for place in range(7)]
        units = [match[1] for text in values if (match := _UNIT.fullmatch(_unsubscripted(text)))]
        if units:
            unit = units[0]
        elif name and all(number(value) is not None for value in values):
            yield {
                "fuel_category": category, "fuel_type": name, "unit": unit, "source_row": f"row {line + 1}",
                "kg_co2_per_mmbtu": values[1], "g_ch4_per_mmbtu": values[2], "g_n2o_per_mmbtu": values[3],
                "kg_co2_per_unit": values[4], "g_ch4_per_unit": values[5], "g_n2o_per_unit": values[6],
            }  # fmt: skip
        elif name and not any(values):
            category = name


def _plain(sheet: Sheet, first: int, end: int, label: int, names: tuple[str, ...]) -> Iterator[Row]:
    """A table of a label and columns; cells that hold no number are blank, a unit is a text."""
    for line in range(first + 1, end):
        name, values = sheet.cell(line, label), [sheet.cell(line, label + 1 + place) for place in range(len(names))]
        told = [number(value) is not None for key, value in zip(names, values, strict=True) if key != "unit"]
        if not name or not (any(told) if "landfilled" in names else all(told)):
            continue
        row = {
            key: _unit_name(value) if key == "unit" else (value if number(value) is not None else "")
            for key, value in zip(names, values, strict=True)
        }
        named = _FOOTNOTE.sub("", name).strip()
        yield row | {
            "fuel_type": named, "vehicle_type": named, "material": name, "category": named,
            "source_row": f"row {line + 1}",
        }  # fmt: skip


def _unit_name(text: str) -> str:
    return plain_name(text).replace("short ton-mile", "ton-mile")


def _nonroad(sheet: Sheet, first: int, end: int, label: int) -> Iterator[Row]:
    """Table 5: the vehicle stands on its first row alone."""
    vehicle = ""
    for line in range(first + 1, end):
        vehicle = sheet.cell(line, label) or vehicle
        fuel, ch4, n2o = (sheet.cell(line, label + 1 + place) for place in range(3))
        if fuel and number(ch4) is not None and number(n2o) is not None:
            yield {
                "vehicle_type": _FOOTNOTE.sub("", vehicle).strip(), "fuel_type": fuel, "g_ch4_per_gallon": ch4,
                "g_n2o_per_gallon": n2o, "source_row": f"row {line + 1}",
            }  # fmt: skip

