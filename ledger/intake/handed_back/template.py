"""An empty workbook for a kind of upload: what each column means, drop-downs, and an example row."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ledger import units
from ledger.errors import known_word
from ledger.intake.files.layout import TEMPLATE_SHEETS
from ledger.intake.following.formulas import formulas
from ledger.intake.handed_back.sheet_text import put_text
from ledger.intake.known import Known, countries, shipped_known
from schemas.column import Column
from schemas.kinds import KINDS, Kind

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

HEADER_ROW = 3
EXPLANATIONS, LISTS, TYPES, FORMULAS = TEMPLATE_SHEETS
INPUT_ROWS = 1_000
"""Rows that are prepared for input; more may be added below them."""
_INPUT, _NEEDED, _EXAMPLE = "FFFDE7", "FFE082", "EEEEEE"
_SIMPLE = frozenset(
    {
        *("external_id", "facility_id", "legal_entity_id", "activity_type", "quantity", "unit", "spend", "currency"),
        *("period_start", "period_end", "country", "grid_region", "supplier", "data_basis", "invoice_id", "meter_id"),
        *("calorific_basis", "classification_code", "project", "model", "team", "contract_id", "note"),
    }
)
"""The columns of activity data that most files need; the others are explained and may be added."""


def write_template(kind: str, file: Path, known: Known | None = None) -> Path:
    """Write the workbook and give its path.

    Args:
        kind: a name of :data:`schemas.kinds.KINDS`.
        file: where it goes; replaced where it is there.
        known: what fills the drop-downs beside the catalogue: facilities, entities.

    Raises Misuse for an unknown kind.
    """
    import openpyxl

    known_word("kind of upload", kind, KINDS)
    held = known or shipped_known()
    columns = [name for name in KINDS[kind].columns if kind != "activity" or name in _SIMPLE]
    book = openpyxl.Workbook()
    data = book.active
    data.title = kind
    choices = _write_choices(book, kind, columns, held)
    _write_data(data, KINDS[kind], columns, choices)
    _write_explanations(book.create_sheet(EXPLANATIONS), KINDS[kind], set(columns))
    if kind == "activity":
        _write_types(book.create_sheet(TYPES), held)
        _write_formulas(book.create_sheet(FORMULAS))
    book.save(file)
    return file


def _write_data(sheet: Worksheet, kind: Kind, columns: list[str], choices: dict[str, str]) -> None:
    """Title and example above the header, where an upload passes over them, and prepared rows below it."""
    from openpyxl.comments import Comment
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    needed = {name for need in kind.needs for name in need[0]}
    sheet.cell(1, 1, f"Fill in from row {HEADER_ROW + 1} on. Row 2 is an example; dark yellow columns are needed.")
    for place, name in enumerate(columns, start=1):
        column, letter = kind.column(name), get_column_letter(place)
        example = sheet.cell(HEADER_ROW - 1, place, column.example or None)
        example.font, example.fill = Font(italic=True), PatternFill("solid", start_color=_EXAMPLE)
        head = sheet.cell(HEADER_ROW, place, name)
        head.font = Font(bold=True)
        head.fill = PatternFill("solid", start_color=_NEEDED if name in needed else _INPUT)
        head.comment = Comment(column.meaning, "ghg-ledger")
        sheet.column_dimensions[letter].width = max(12, len(name) + 3)
        for row in range(HEADER_ROW + 1, HEADER_ROW + 1 + INPUT_ROWS):
            cell = sheet.cell(row, place)
            cell.fill = PatternFill("solid", start_color=_INPUT)
            cell.number_format = _format(column)
        if name in choices:
            listed = DataValidation(type="list", formula1=choices[name], allow_blank=True, showErrorMessage=False)
            listed.add(f"{letter}{HEADER_ROW + 1}:{letter}{HEADER_ROW + INPUT_ROWS}")
            sheet.add_data_validation(listed)
    sheet.freeze_panes = sheet.cell(HEADER_ROW + 1, 1)


def _format(column: Column) -> str:
    """Identifiers as text, so that no digit is lost; dates as ISO."""
    if column.type == "date":
        return "yyyy-mm-dd"
    return "General" if column.type in ("quantity", "factor", "mass", "count", "integer") else "@"


def _write_choices(book: Workbook, kind: str, columns: list[str], known: Known) -> dict[str, str]:
    """A sheet of what drop-downs offer; gives for each column the range of its list."""
    from openpyxl.utils import get_column_letter

    sheet = book.create_sheet(LISTS)
    ranges: dict[str, str] = {}
    for name in columns:
        offered = _offered(kind, KINDS[kind].column(name), known)
        if not offered:
            continue
        place = len(ranges) + 1
        sheet.cell(1, place, name)
        for row, value in enumerate(offered, start=2):
            put_text(sheet, row, place, value)
        letter = get_column_letter(place)
        ranges[name] = f"{LISTS}!${letter}$2:${letter}${len(offered) + 1}"
    sheet.sheet_state = "hidden"
    return ranges


def _offered(kind: str, column: Column, known: Known) -> list[str]:
    if column.name == "facility_id" and kind != "facility":
        return sorted(known.facilities)
    if column.name in ("legal_entity_id", "parent", "child") and kind != "legal_entity":
        return sorted(known.legal_entities)
    if column.name == "activity_type":
        return list(known.activity_types)
    if column.name in ("unit", "per_unit") and kind != "metric":
        return [code for code, unit in units.table().items() if unit.dimension != units.MONEY]
    if column.name == "currency":
        return sorted(units.currencies())
    if column.name == "country":
        return sorted(set(countries().values()))
    return ["yes", "no"] if column.type == "boolean" else list(column.values)


def _write_explanations(sheet: Worksheet, kind: Kind, shown: set[str]) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill

    lines = [
        f"{kind.name}: {kind.about}",
        "Numbers without thousands separators, dates as 2026-07-31; blank is not zero.",
    ]
    for row, text in enumerate(lines, start=1):
        sheet.cell(row, 1, text).font = Font(bold=row == 1, size=13 if row == 1 else 11)
    headers = ("Column", "Needed", "What it is", "Unit", "Values", "Example", "Other headers that are understood")
    for place, (title, width) in enumerate(zip(headers, (26, 20, 60, 14, 40, 24, 70), strict=True), start=1):
        sheet.cell(4, place, title).font = Font(bold=True)
        sheet.column_dimensions[sheet.cell(4, place).column_letter].width = width
    for row, name in enumerate(kind.columns, start=5):
        column = kind.column(name)
        cells = (
            name, _need(kind, name) or ("" if name in shown else "may be added"), column.meaning, column.unit,
            ", ".join(column.values), column.example, ", ".join(column.synonyms),
        )  # fmt: skip
        for place, value in enumerate(cells, start=1):
            cell = sheet.cell(row, place, value or None)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.number_format = "@"
        if column.example:
            sheet.cell(row, 6).fill = PatternFill("solid", start_color=_EXAMPLE)
    sheet.freeze_panes = "B5"


def _need(kind: Kind, name: str) -> str:
    if name in kind.required:
        return "yes"
    groups = [" + ".join(group) for need in kind.needs if len(need) > 1 for group in need if name in group]
    return "either, with " + " or ".join(groups) if groups else ""


def _write_types(sheet: Worksheet, known: Known) -> None:
    from openpyxl.styles import Font

    headers = ("activity_type", "Name", "Group", "Measured in", "Usual unit", "Also understood")
    rows: list[tuple[Any, ...]] = [
        (kind.code, kind.name, kind.group, ", ".join(kind.dimensions), kind.default_unit, ", ".join(kind.synonyms))
        for kind in known.activity_types.values()
    ]
    for row, cells in enumerate([headers, *rows], start=1):
        for place, value in enumerate(cells, start=1):
            sheet.cell(row, place, value or None).font = Font(bold=row == 1)
    for letter, width in zip("ABCDEF", (34, 50, 24, 24, 14, 90), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"


def _write_formulas(sheet: Worksheet) -> None:
    """Each formula with its terms, which are columns that may be added, and what it gives."""
    from openpyxl.styles import Font

    headers = ("formula", "Name", "Columns to add", "How", "Gives", "For", "Source of the method")
    rows = [
        (each.name, each.title, ", ".join(each.terms), each.expression, each.result_unit or "the row's unit",
         ", ".join(sorted(each.suits)), each.source)
        for each in formulas().values()
    ]  # fmt: skip
    for row, cells in enumerate([headers, *rows], start=1):
        for place, value in enumerate(cells, start=1):
            sheet.cell(row, place, value).font = Font(bold=row == 1)
    for letter, width in zip("ABCDEFG", (24, 44, 50, 60, 14, 40, 80), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"
