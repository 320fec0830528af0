"""A workbook as the zip of XML that it is: refused where it is built to harm, and read for what a cell reader hides.

What a cell reader hides: which cells are numbers and with which digits, formulas never calculated, and errors.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from xml.etree import ElementTree as ET

from ledger.intake.faults import Faults
from ledger.intake.upload import Limits

_LOCAL_HEADER = struct.Struct("<26x2H")
_RATIO_FROM_BYTES = 10 * 2**20
_SHEET_ROWS = 1_048_576

_LETTERS = re.compile(rb'<c r="([A-Z]+)')
_ROW_NUMBERS = re.compile(rb'<row [^>]*?r="(\d+)"')
_FORMULA_CELL = re.compile(
    rb'<c r="([A-Z]+)(\d+)"([^>]*)>\s*<f(?:[^>]*/>|[^>]*>[^<]*</f>)\s*(<v>[^<]*</v>|<v\s*/>)?\s*</c>'
)
_ERROR_CELL = re.compile(rb'<c r="([A-Z]+)(\d+)"[^>]*t="e"[^>]*>.*?<v>([^<]*)</v>')
_RELATIONS = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


@dataclass(frozen=True, slots=True)
class SheetXml:
    """A sheet: its name, its place in the workbook, and its XML."""

    name: str
    number: int
    xml: bytes


class Suspicious(Exception):
    """A workbook that is built to harm, or so badly that it cannot be told from one."""


def sheets_of(path: Path, limits: Limits) -> tuple[list[SheetXml], bool]:
    """The sheets of a workbook that passed the checks, and whether its dates count from 1904.

    Every member is expanded against the limits, whatever size the directory claims for it. Raises Suspicious.
    """
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as raw:
            parts = dict(_checked_parts(archive, raw, limits))
    except (zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError) as fault:
        raise Suspicious(f"it is damaged ({fault})") from fault
    try:
        return _sheets(parts)
    except (KeyError, ET.ParseError) as fault:
        raise Suspicious(f"its parts do not fit together ({fault})") from fault


def _checked_parts(archive: zipfile.ZipFile, raw: BinaryIO, limits: Limits) -> Iterator[tuple[str, bytes]]:
    """The parts that are needed, all of them checked. Raises Suspicious."""
    members = archive.infolist()
    if len(members) > limits.workbook_members:
        raise Suspicious(f"it has {len(members)} parts; at most {limits.workbook_members} are read")
    left = limits.workbook_expanded_bytes
    for member in members:
        name = member.filename
        if ".." in name.split("/") or name.startswith("/") or "\\" in name:
            raise Suspicious(f"its part {name!r} points outside the workbook")
        if member.flag_bits & 1:
            raise Suspicious("it is encrypted")
        most = max(_RATIO_FROM_BYTES, limits.workbook_ratio * member.compress_size)
        content = _expanded(raw, member, min(left, most))
        if content is None:
            beyond = f"more than {limits.workbook_ratio} times" if most < left else "beyond the size that is read"
            raise Suspicious(f"its part {name!r} expands {beyond}")
        left -= len(content)
        if name.endswith((".xml", ".rels")):
            if b"<!DOCTYPE" in content[:4096] or b"<!ENTITY" in content[:4096]:
                raise Suspicious(f"its part {name!r} declares entities")
            if name.startswith("xl/"):
                yield name, content


def _expanded(raw: BinaryIO, member: zipfile.ZipInfo, limit: int) -> bytes | None:
    """A member's content, whatever the directory says of its size; None where it is more than the limit."""
    raw.seek(member.header_offset)
    name_length, extra_length = _LOCAL_HEADER.unpack(raw.read(_LOCAL_HEADER.size))
    raw.seek(name_length + extra_length, 1)
    packed = raw.read(member.compress_size)
    if member.compress_type == zipfile.ZIP_STORED:
        content = packed
    elif member.compress_type == zipfile.ZIP_DEFLATED:
        content = zlib.decompressobj(-15).decompress(packed, limit + 1)
    else:
        raise Suspicious("it uses an unusual compression")
    return content if len(content) <= limit else None


def _sheets(parts: dict[str, bytes]) -> tuple[list[SheetXml], bool]:
    book = ET.fromstring(parts["xl/workbook.xml"])  # noqa: S314 — no DTD, see above
    relations = ET.fromstring(parts["xl/_rels/workbook.xml.rels"])  # noqa: S314
    targets = {node.get("Id"): node.get("Target", "") for node in relations}
    epoch_1904 = any(node.get("date1904") in ("1", "true") for node in book.iter() if node.tag.endswith("workbookPr"))
    sheets = []
    for number, node in enumerate(node for node in book.iter() if node.tag.endswith("}sheet")):
        target = targets[node.get(_RELATIONS)]
        name = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if name in parts and "/worksheets/" in name:
            sheets.append(SheetXml(node.get("name", ""), number, parts[name]))
    return sheets, epoch_1904


def width_of(sheet: SheetXml, limits: Limits) -> tuple[int, int]:
    """First used column (from 0) and number of columns to the last one. Raises Suspicious where it is too large."""
    places = [place_of(letters.decode()) for letters in set(_LETTERS.findall(sheet.xml))]
    if sheet.xml.count(b"<c") > limits.workbook_cells:
        raise Suspicious(f"sheet “{sheet.name}” has more than {limits.workbook_cells} cells")
    if not places:
        return 0, 0
    first, width = min(places), max(places) - min(places) + 1
    height = _SHEET_ROWS
    if width * height > limits.workbook_cells:
        height = height_of(sheet)
    if width * height > limits.workbook_cells:
        raise Suspicious(f"sheet “{sheet.name}” spans {height} rows and {width} columns")
    return first, width


def height_of(sheet: SheetXml) -> int:
    """The number of the last row that the sheet has; 0 where it has none."""
    return max((int(row) for row in _ROW_NUMBERS.findall(sheet.xml)), default=0)


def tell_failed_cells(
    sheet: SheetXml, faults: Faults, columns: dict[int, str], header_row: int
) -> set[tuple[int, int]]:
    """Findings for formulas without a value and for error cells below the header; gives their (row, column).

    A cell reader shows both as blank. ``columns`` are the used columns (from 0) and their headers.
    """
    failed: set[tuple[int, int]] = set()
    if b"<f" in sheet.xml:
        for letters, row, attributes, value in _FORMULA_CELL.findall(sheet.xml):
            if not value or (value in (b"<v></v>", b"<v/>", b"<v />") and b't="str"' not in attributes):
                failed |= _tell(sheet, faults, columns, header_row, ("formula-without-value", letters, row, None))
    if b't="e"' in sheet.xml:
        for letters, row, value in _ERROR_CELL.findall(sheet.xml):
            failed |= _tell(sheet, faults, columns, header_row, ("formula-failed", letters, row, value.decode()))
    return failed


def _tell(
    sheet: SheetXml,
    faults: Faults,
    columns: dict[int, str],
    header_row: int,
    cell: tuple[str, bytes, bytes, str | None],
) -> set[tuple[int, int]]:
    code, letters, row, value = cell
    column, line = place_of(letters.decode()), int(row)
    if column not in columns or line <= header_row:
        return set()
    faults.add(code, sheet=sheet.name, line=line, column=columns[column], value=value)
    return {(line, column)}


def number_cells(sheet: SheetXml, column: int) -> list[tuple[int, str]]:
    """The cells of a column (from 0) that are numbers, by row: the text that the file stores, digit for digit."""
    letters = letters_of(column).encode()
    pattern = rb'<c r="' + letters + rb'(\d+)"([^>]*)>(?:<f[^>]*/>|<f[^>]*>[^<]*</f>)?<v>([^<]*)</v>'
    return [
        (int(row), value.decode())
        for row, attributes, value in re.findall(pattern, sheet.xml)
        if b't="' not in attributes or b't="n"' in attributes
    ]


def place_of(letters: str) -> int:
    """Column letters → place from 0."""
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - 64
    return place - 1


def letters_of(place: int) -> str:
    """Place from 0 → column letters."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
