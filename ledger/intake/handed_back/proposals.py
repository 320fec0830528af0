"""What a file names and the registers do not have, proposed as a file to fill in and upload before it."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from ledger.errors import Finding, Misuse
from ledger.intake.faults import Faults
from ledger.intake.handed_back.sheet_text import put_text
from ledger.intake.known import countries, folded
from ledger.intake.upload import Unknown
from ledger.plain import guarded
from schemas.kinds import KINDS

REGISTERS: Mapping[str, str] = {
    "legal-entity-unknown": "legal_entity",
    "facility-unknown": "facility",
    "contract-unknown": "instrument",
}
"""Finding code → the register that lacks the name, in the order in which they are uploaded."""
_BEFORE_ROWS = frozenset({
    "kind-not-recognised", "kind-ambiguous", "column-missing", "column-duplicate", "pivot-offered", "history-offered",
})  # fmt: skip
"""Findings for which no row of a table is read."""
_NAME_COLUMN = {"legal_entity": "legal_entity_id", "facility": "facility_id", "instrument": "instrument_id"}


def unknown_names(faults: Faults) -> tuple[Unknown, ...]:
    """The names that the registers lack, with their country where every row that tells one tells the same."""
    found = []
    for code, kind in REGISTERS.items():
        for name, told in sorted(faults.unknown.get(code, {}).items()):
            codes = {countries().get(folded(text)) for text in told}
            found.append(Unknown(kind, name, codes.pop() if len(codes) == 1 else None))
    return tuple(found)


def refuse_unread(findings: Sequence[Finding], name: str) -> None:
    """Raise Misuse where a file was not read as far as its names: its kind is not recognised, or its header lacks."""
    for found in findings:
        if found.code in _BEFORE_ROWS:
            raise Misuse(f"{name} was not read, so nothing is proposed: {found.message}", found.fix)


def write_proposal(unknown: Sequence[Unknown], file: Path) -> tuple[Path, ...]:
    """Write the rows that the registers lack, blank where the file does not say; gives the files written.

    A workbook (`.xlsx`) holds a sheet a register; otherwise each register has a CSV of its own, the first of them
    ``file`` and any other beside it. Raises Misuse where a file is there already, or where nothing is unknown.
    """
    kinds = list(dict.fromkeys(name.kind for name in unknown))
    if not kinds:
        raise Misuse("every facility, entity and contract of the file is known", "upload it without --propose")
    if file.suffix.casefold() == ".xlsx":
        _refuse_overwriting(file)
        _write_workbook(kinds, unknown, file)
        return (file,)
    main = "facility" if "facility" in kinds else kinds[0]
    paths = {kind: file if kind == main else file.with_name(f"{file.stem}.{kind}.csv") for kind in kinds}
    for path in paths.values():
        _refuse_overwriting(path)
    for kind, path in paths.items():
        with path.open("w", encoding="utf-8-sig", newline="") as out:
            csv.writer(out).writerows([guarded(cell) for cell in row] for row in _rows(kind, unknown))
    return tuple(paths.values())


def _refuse_overwriting(file: Path) -> None:
    if file.exists():
        raise Misuse(f"{file} is there already", "name another file with --propose; nothing was overwritten")


def _rows(kind: str, unknown: Sequence[Unknown]) -> list[list[str]]:
    """The header, with the columns that are needed, and a row for each name; its name stands in for a blank one."""
    columns = list(KINDS[kind].required)
    identity = _NAME_COLUMN[kind]
    own = [one for one in unknown if one.kind == kind]
    given = [{identity: one.name, "name": one.name, "country": one.country or ""} for one in own]
    return [columns, *([row.get(name, "") for name in columns] for row in given)]


def _write_workbook(kinds: Sequence[str], unknown: Sequence[Unknown], file: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for kind in kinds:
        sheet = book.create_sheet(kind)
        for row, cells in enumerate(_rows(kind, unknown), start=1):
            for place, text in enumerate(cells, start=1):
                put_text(sheet, row, place, text).number_format = "@"
        for place, name in enumerate(KINDS[kind].required, start=1):
            sheet.column_dimensions[sheet.cell(1, place).column_letter].width = max(14, len(name) + 3)
        sheet.freeze_panes = "A2"
    book.save(file)
