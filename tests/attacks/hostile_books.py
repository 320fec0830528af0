"""Workbooks built to harm or to mislead, made by code: small on disk, whatever they expand to."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from datetime import date

import openpyxl

HEADER = ["facility_id", "activity_type", "quantity", "unit", "period_start", "period_end", "data_basis"]
ROW = ["LON", "electricity", 100, "kWh", date(2026, 7, 1), date(2026, 7, 31), "measured"]
SHEET = "xl/worksheets/sheet1.xml"
MEGABYTE = 2**20


def book_of(sheets: dict[str, list[list]], edit: Callable | None = None) -> bytes:
    """A workbook of named sheets of rows."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    if edit:
        edit(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def long_book(rows: int) -> bytes:
    """A workbook of one sheet whose second line, with a long note, stands there as often as is asked."""
    parts = parts_of(book_of({"S": [HEADER, [*ROW, "x" * 900]]}))
    text = parts[SHEET].decode()
    line = text[text.index('<row r="2"') : text.index("</sheetData>")]
    numbered = re.sub(r'r="([A-Z]*)2"', r'r="\1@"', line)
    parts[SHEET] = text.replace(line, "".join(numbered.replace("@", str(n)) for n in range(2, rows + 2))).encode()
    return zip_of(parts)


def parts_of(content: bytes) -> dict[str, bytes]:
    """The parts of a workbook by name."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zip_of(parts: dict[str, bytes]) -> bytes:
    """A zip of named parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def good() -> bytes:
    """A workbook with nothing wrong in it."""
    return book_of({"S": [HEADER, ROW]})


def with_part(name: str, content: bytes | Callable[[bytes], bytes]) -> bytes:
    """The good workbook with one part added, or exchanged by a function of what it was."""
    parts = parts_of(good())
    parts[name] = content(parts[name]) if callable(content) else content
    return zip_of(parts)


def _in_rows(xml: bytes) -> Callable[[bytes], bytes]:
    return lambda sheet: sheet.replace(b"</sheetData>", xml + b"</sheetData>")


def _before_root(text: bytes) -> Callable[[bytes], bytes]:
    def made(part: bytes) -> bytes:
        declaration, end, rest = part.partition(b"?>") if part.startswith(b"<?xml") else (b"", b"", part)
        return declaration + end + text + rest

    return made


def lying() -> bytes:
    """A part of 40 MB that the directory says to hold a hundred bytes."""
    raw = bytearray(with_part("xl/media/bomb.xml", b"x" * (40 * MEGABYTE)))
    place = raw.rindex(b"xl/media/bomb.xml")
    raw[place - 22 : place - 18] = (100).to_bytes(4, "little")
    return bytes(raw)


def overlapping(members: int = 900) -> bytes:
    """Many directory entries that all point at one compressed kernel: 8 MB each, of a few kilobytes in all."""
    kernel = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = kernel.compress(b"\0" * (8 * MEGABYTE)) + kernel.flush()
    crc = zlib.crc32(b"\0" * (8 * MEGABYTE))
    name = b"xl/a.bin"
    local = struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 0, 8, 0, 33, crc, len(packed), 8 * MEGABYTE, len(name), 0)
    raw = bytearray(good())
    end = raw.rindex(b"PK\x05\x06")
    start = int.from_bytes(raw[end + 16 : end + 20], "little")
    central, count = bytes(raw[start:end]), int.from_bytes(raw[end + 10 : end + 12], "little")
    body = bytes(raw[:start]) + local + name + packed
    extra = b"".join(
        struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 20, 20, 0, 8, 0, 33, crc, len(packed), 8 * MEGABYTE,
                    len(own), 0, 0, 0, 0, 0, start) + own
        for own in (b"xl/b%03d.bin" % number for number in range(members))
    )  # fmt: skip
    total = count + members
    tail = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, total, total, len(central) + len(extra), len(body), 0)
    return body + central + extra + tail


def laughs() -> bytes:
    """Entities of entities: a billion laughs, were they expanded."""
    lines = [b'<!ENTITY l0 "ha">']
    lines += [b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10)]
    return b"<!DOCTYPE x [" + b"".join(lines) + b"]>"


OUTSIDE_ENTITY = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
_LATE = b"<!-- " + b"." * 5000 + b" -->"
_MANY = 60_000


def harmful() -> dict[str, bytes]:
    """Workbooks that must be refused before their cells are read, by what they do."""
    encrypted = bytearray(good())
    place = encrypted.index(b"PK\x01\x02")
    encrypted[place + 8] |= 1
    strange = bytearray(good())
    place = strange.index(b"PK\x01\x02")
    strange[place + 10] = 12  # bzip2
    corner = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    wide = b'<row r="3">' + b"".join(b'<c r="%s3"><v>1</v></c>' % letters for letters in (b"A", b"XFE")) + b"</row>"
    return {
        "ratio": with_part("xl/media/bomb.xml", b"x" * (40 * MEGABYTE)),
        "lying size": lying(),
        "overlapping members": overlapping(),
        "a sheet that is a bomb": with_part(SHEET, _in_rows(b" " * (60 * MEGABYTE))),
        "many members": zip_of(parts_of(good()) | {f"xl/a{number}.xml": b"<a/>" for number in range(1200)}),
        "corner cell": with_part(SHEET, _in_rows(corner)),
        "only cell in the corner": with_part(SHEET, lambda xml: xml.partition(b"<sheetData>")[0] + b"<sheetData>"
                                             + corner + b"</sheetData></worksheet>"),
        "column beyond the last": with_part(SHEET, _in_rows(wide)),
        "entities": with_part("xl/workbook.xml", _before_root(laughs())),
        "entities in a sheet": with_part(SHEET, _before_root(laughs())),
        "entities after a long comment": with_part(SHEET, _before_root(_LATE + laughs())),
        "entity of a file": with_part("xl/workbook.xml", _before_root(OUTSIDE_ENTITY)),
        "entities in sixteen bits": with_part("xl/workbook.xml", lambda xml: ("\ufeff" + _before_root(laughs())(xml)
                                              .decode().replace("UTF-8", "UTF-16").replace("utf-8", "UTF-16"))
                                              .encode("utf-16-le")),
        "parent folder": zip_of(parts_of(good()) | {"../evil.xml": b"<a/>"}),
        "absolute path": zip_of(parts_of(good()) | {"/etc/evil.xml": b"<a/>"}),
        "windows path": zip_of(parts_of(good()) | {"xl\\..\\..\\evil.xml": b"<a/>"}),
        "encrypted": bytes(encrypted),
        "unusual compression": bytes(strange),
        "cut short": good()[: len(good()) // 2],
        "cells without end": with_part(SHEET, _in_rows(b'<c r="A1" t="e"' * _MANY)),
        "errors without value": with_part(SHEET, _in_rows(b'<c r="A1" t="e">' * _MANY)),
        "formulas without end": with_part(SHEET, _in_rows(b'<c r="C9"><f>' * _MANY)),
        "rows without end": with_part(SHEET, _in_rows(b"<row " * _MANY)),
        "deep nesting": with_part("xl/workbook.xml", b"<a>" * 200_000),
    }  # fmt: skip


def other_kinds() -> dict[str, bytes]:
    """Files of other kinds under a name that ends in .xlsx, by the words that must tell what they are."""
    nested = zip_of({"a.zip": zip_of({"b.zip": zip_of({"c.txt": b"\0" * MEGABYTE})})})
    mimetype = b"application/vnd.oasis.opendocument.spreadsheet"
    old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    return {
        "a ZIP archive": nested,
        "an OpenDocument file (ODS)": zip_of({"mimetype": mimetype, "content.xml": b"<office:document-content/>"}),
        "a binary workbook (XLSB)": zip_of({"xl/workbook.bin": b"x"}),
        "a text document (DOCX)": zip_of({"word/document.xml": b"<a/>"}),
        "an old binary workbook (XLS)": old,
        "a workbook that is locked with a password": old + "EncryptedPackage".encode("utf-16-le") + bytes(600),
        "a PDF document": b"%PDF-1.7\n",
        "a compressed file": b"\x1f\x8b\x08" + bytes(50),
    }
