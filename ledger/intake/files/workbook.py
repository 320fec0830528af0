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

from ledger.intake.files.limits import Limits

_LOCAL_HEADER = struct.Struct("<26x2H")
_RATIO_FROM_BYTES = 10 * 2**20
_SHEET_ROWS = 1_048_576

# None of these looks beyond the next "<", so that no sheet, however it is built, is walked more than once.
_LETTERS = re.compile(rb'<c r="([A-Z]{1,3})')
_ROW_NUMBERS = re.compile(rb'<row [^<>]*?\br="(\d+)"')
_FORMULA = rb"<f(?:[^<>]*/>|[^<>]*>[^<]*</f>)"
_FORMULA_CELL = re.compile(rb'<c r="([A-Z]{1,3})(\d+)"([^<>]*)>\s*' + _FORMULA + rb"\s*(<v>[^<]*</v>|<v\s*/>)?\s*</c>")
_ERROR_CELL = re.compile(rb'<c r="([A-Z]{1,3})(\d+)"[^<>]*\bt="e"[^<>]*>\s*(?:' + _FORMULA + rb")?\s*<v>([^<]*)</v>")
_MERGED = re.compile(rb'<mergeCell ref="([A-Z]{1,3}\d+:[A-Z]{1,3}(\d+))"')
_WITHIN = re.compile(rb"<!(?:DOCTYPE|ENTITY)")
_LAST_COLUMN = 16_384
_OTHER_KINDS = {
    "xl/workbook.bin": "a binary workbook (XLSB)",
    "content.xml": "an OpenDocument file (ODS)",
    "word/document.xml": "a text document (DOCX)",
    "ppt/presentation.xml": "a presentation (PPTX)",
    "Index/Document.iwa": "a Numbers document",
}
_RELATIONS = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


@dataclass(frozen=True, slots=True)
class SheetXml:
    """A sheet: its name, its place in the workbook, and its XML."""

    name: str
    number: int
    xml: bytes
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class BookXml:
    """The sheets of a workbook, whether its dates count from 1904, and what it holds beside cells."""

    sheets: list[SheetXml]
    epoch_1904: bool
    macros: bool
    links: int


class Unsupported(Exception):
    """Something other than a workbook in XLSX; the words say what."""


class Suspicious(Exception):
    """A workbook that is built to harm, or so badly that it cannot be told from one."""


def sheets_of(path: Path, limits: Limits) -> BookXml:
    """The sheets of a workbook that passed the checks.

    Every member is expanded against the limits, whatever size the directory claims for it. Raises Suspicious, and
    Unsupported for another kind of file.
    """
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as raw:
            _check_kind(archive)
            parts = dict(_checked_parts(archive, raw, limits))
    except (zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError) as fault:
        raise Suspicious(f"it is damaged ({fault})") from fault
    try:
        return _sheets(parts)
    except (KeyError, ET.ParseError) as fault:
        raise Suspicious(f"its parts do not fit together ({fault})") from fault


def _check_kind(archive: zipfile.ZipFile) -> None:
    """Raises Unsupported where the archive is no XLSX, by the parts that it has."""
    names = set(archive.namelist())
    if "xl/workbook.xml" not in names:
        told = next((words for part, words in _OTHER_KINDS.items() if part in names), "a ZIP archive")
        raise Unsupported(told)


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
        if name == "xl/vbaProject.bin":
            yield name, b""
        if name.casefold().endswith((".xml", ".rels")):
            _check_xml(name, content)
            if name.startswith("xl/"):
                yield name, content


def _check_xml(name: str, content: bytes) -> None:
    """Raises Suspicious for another encoding than UTF-8, in which nothing could be looked for, and for entities."""
    if b"\0" in content[:4] or content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise Suspicious(f"its part {name!r} is not in UTF-8")
    if _WITHIN.search(content):
        raise Suspicious(f"its part {name!r} declares entities")


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


def _sheets(parts: dict[str, bytes]) -> BookXml:
    book = ET.fromstring(parts["xl/workbook.xml"])  # noqa: S314 — no DTD, see above
    relations = ET.fromstring(parts["xl/_rels/workbook.xml.rels"])  # noqa: S314
    targets = {node.get("Id"): node.get("Target", "") for node in relations}
    epoch_1904 = any(node.get("date1904") in ("1", "true") for node in book.iter() if node.tag.endswith("workbookPr"))
    sheets = []
    for number, node in enumerate(node for node in book.iter() if node.tag.endswith("}sheet")):
        target = targets[node.get(_RELATIONS)]
        name = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if name in parts and "/worksheets/" in name:
            hidden = node.get("state", "visible") != "visible"
            sheets.append(SheetXml(node.get("name", ""), number, parts[name], hidden))
    links = sum(1 for name in parts if re.fullmatch(r"xl/externalLinks/[^/]+\.xml", name))
    return BookXml(sheets, epoch_1904, "xl/vbaProject.bin" in parts, links)


def width_of(sheet: SheetXml, limits: Limits) -> tuple[int, int]:
    """First used column (from 0) and number of columns to the last one. Raises Suspicious where it is too large."""
    places = [place_of(letters.decode()) for letters in set(_LETTERS.findall(sheet.xml))]
    if sheet.xml.count(b"<c") > limits.workbook_cells:
        raise Suspicious(f"sheet “{sheet.name}” has more than {limits.workbook_cells} cells")
    if not places:
        return 0, 0
    first, width = min(places), max(places) - min(places) + 1
    if max(places) >= _LAST_COLUMN:
        raise Suspicious(f"sheet “{sheet.name}” has a cell beyond the last column, XFD")
    height = _SHEET_ROWS
    if width * height > limits.workbook_cells:
        height = height_of(sheet)
    if width * height > limits.workbook_cells:
        raise Suspicious(f"sheet “{sheet.name}” spans {height} rows and {width} columns")
    return first, width


def height_of(sheet: SheetXml) -> int:
    """The number of the last row that the sheet has; 0 where it has none."""
    return max((int(row) for row in _ROW_NUMBERS.findall(sheet.xml)), default=0)


def failed_cells(sheet: SheetXml) -> Iterator[tuple[int, int, str, str | None]]:
    """Row, column (from 0), code and value of formulas without a value, and of errors: a cell reader shows blanks."""
    if b"<f" in sheet.xml:
        for letters, row, attributes, value in _FORMULA_CELL.findall(sheet.xml):
            if not value or (value in (b"<v></v>", b"<v/>", b"<v />") and b't="str"' not in attributes):
                yield int(row), place_of(letters.decode()), "formula-without-value", None
    if b't="e"' in sheet.xml:
        for letters, row, value in _ERROR_CELL.findall(sheet.xml):
            yield int(row), place_of(letters.decode()), "formula-failed", value.decode(errors="replace")


def formula_count(sheet: SheetXml) -> int:
    """How many cells of a sheet hold a formula, as the text of one or by a reference to another's."""
    return sheet.xml.count(b"<f>") + sheet.xml.count(b"<f ") + sheet.xml.count(b"<f/>")


def merged_below(sheet: SheetXml, line: int) -> str | None:
    """The first range of merged cells that reaches below a line; None where there is none."""
    return next((place.decode() for place, last in _MERGED.findall(sheet.xml) if int(last) > line), None)


def number_cells(sheet: SheetXml, column: int) -> list[tuple[int, str]]:
    """The cells of a column (from 0) that are numbers, by row: the text that the file stores, digit for digit."""
    letters = letters_of(column).encode()
    pattern = rb'<c r="' + letters + rb'(\d+)"([^<>]*)>(?:' + _FORMULA + rb")?<v>([^<]*)</v>"
    return [
        (int(row), value.decode(errors="replace"))
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
