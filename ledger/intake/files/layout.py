"""The bytes of a text file: digest, encoding, line ends, what it may hide, and where its table begins."""

from __future__ import annotations

import codecs
import csv
import hashlib
import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from ledger.intake.ai_files.forms import form_of_headers
from ledger.intake.faults import Faults
from ledger.intake.files.limits import Limits
from ledger.intake.tables.mapping import FileMapping
from ledger.intake.tables.shapes import shape_score

BLOCK = 4 * 2**20
TEMPLATE_SHEETS = ("Explanations", "Lists", "Activity types", "Formulas")
"""The pages of our own template that hold no rows."""
DELIMITERS = (",", ";", "\t", "|")
_PRINTABLE = bytes([*range(0x20, 0x7F), 0x09, 0x0A, 0x0D])
_HEAD_BYTES = 256 * 1024
_SURE = 1_000  # headers that are those of a known format, whatever else stands there
csv.field_size_limit(2**31 - 1)  # of the whole process, so it is set once; bytes and cells have limits of their own

MAGIC = (
    (b"\xd0\xcf\x11\xe0", "an old binary workbook (XLS)"),
    (b"%PDF", "a PDF document"),
    (b"PAR1", "a Parquet file"),
    (b"\x1f\x8b", "a compressed file"),
    (b"SQLite format 3", "a database"),
    (b"\xff\xfe\0\0", "text in UTF-32"),
    (b"\0\0\xfe\xff", "text in UTF-32"),
)
"""How files begin that are neither text nor a workbook, and what they are."""
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Bytes:
    """What one reading of the bytes tells. ``hidden``: something other than printable ASCII is there."""

    sha256: str
    size: int
    head: bytes
    quoted: bool
    nul: bool
    hidden: bool
    ascii: bool
    newlines: bool


@dataclass(frozen=True, slots=True)
class Head:
    """Where the table begins: the header's cells, its last line, and the delimiter."""

    cells: tuple[str, ...]
    first_line: int
    last_line: int
    delimiter: str


def read_bytes(path: Path) -> Bytes:
    """Read a file once for its digest and for what kind of bytes it holds."""
    digest = hashlib.sha256()
    size, head = 0, b""
    quoted = nul = newlines = False
    ascii_only, printable = True, True
    with path.open("rb") as file, ThreadPoolExecutor(1) as pool:
        while block := file.read(BLOCK):
            hashed = pool.submit(digest.update, block)
            head = head or block[:_HEAD_BYTES]
            size += len(block)
            quoted = quoted or b'"' in block
            nul = nul or b"\0" in block
            newlines = newlines or b"\n" in block
            ascii_only = ascii_only and block.isascii()
            printable = printable and ascii_only and not block.translate(None, _PRINTABLE)
            hashed.result()
    return Bytes(digest.hexdigest(), size, head, quoted, nul, not printable, ascii_only, newlines)


def encoding_of(path: Path, found: Bytes, declared: str | None, faults: Faults) -> str | None:
    """The encoding: by mark, as declared, UTF-8, else Windows-1252 with a warning; None where nothing fits."""
    marked = next((name for mark, name in _MARKS if found.head.startswith(mark)), None)
    if declared is not None and marked is None:
        return declared if _decodes(path, declared, faults) else None
    if marked == "utf-16":
        return marked if _decodes(path, marked, faults) else None
    if found.ascii or _decodes(path, "utf-8", None):
        return marked or "utf-8"
    if not found.nul and _decodes(path, "cp1252", faults):
        faults.add("encoding-assumed")
        return "cp1252"
    if found.nul:
        _decodes(path, "utf-8", faults)
    return None


def _decodes(path: Path, encoding: str, faults: Faults | None) -> bool:
    """Whether every byte can be read; where not, the line is told to ``faults``."""
    try:
        for _ in _decoded(path, encoding):
            pass
    except UnicodeDecodeError as fault:
        if faults is not None:
            line = _line_of_first_fault(path, encoding)
            value = fault.object[fault.start : fault.start + 1].hex()
            faults.add("encoding-not-known", line=line, value=f"0x{value}", encoding=encoding)
        return False
    return True


def _decoded(path: Path, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield decoder.decode(block)
        yield decoder.decode(b"", final=True)


def _line_of_first_fault(path: Path, encoding: str) -> int | None:
    """The line of the first byte that cannot be read; None where a line end is more than one byte."""
    if encoding.startswith(("utf-16", "utf-32")):
        return None
    with path.open("rb") as file:
        for line, raw in enumerate(file, start=1):
            try:
                raw.decode(encoding)
            except UnicodeDecodeError:
                return line
    return None


def as_utf8(path: Path, found: Bytes, encoding: str, target: Path) -> Path:
    """The file itself where polars can read it as it is, else a copy in UTF-8 with line feeds."""
    if encoding in ("utf-8", "utf-8-sig") and found.newlines:
        return path
    with target.open("w", encoding="utf-8", newline="") as out:
        ended_by_return = False
        for text in _decoded(path, encoding):
            joined = text[1:] if ended_by_return and text.startswith("\n") else text
            ended_by_return = text.endswith("\r")
            out.write(joined.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff"))
    return target


def head_of(path: Path, limits: Limits, mapping: FileMapping | None = None) -> Head | None:
    """The header: of the first lines, read with each delimiter, the record most of whose cells are known headers.

    Where none is known, the first record that has most cells; None where there is no record at all.
    """
    with path.open("rb") as file:
        raw = file.read(_HEAD_BYTES)
        if len(raw) == _HEAD_BYTES:  # a line that goes on beyond is not read in part
            raw = raw.rpartition(b"\n")[0]
    text = raw.decode("utf-8-sig", errors="ignore")
    best: tuple[tuple[int, int], Head] | None = None
    for delimiter in DELIMITERS:
        for head in _first_records(text, delimiter, limits.header_lines):
            filled = sum(1 for cell in head.cells if cell.strip())
            known = _SURE if form_of_headers(head.cells) else 0
            rank = (known + shape_score(head.cells, mapping), filled)
            if filled and (best is None or rank > best[0]):
                best = (rank, head)
    return None if best is None else best[1]


def _first_records(text: str, delimiter: str, count: int) -> Iterator[Head]:
    lines = itertools.islice(text.split("\n"), 4 * count)
    reader = csv.reader((line.removesuffix("\r") + "\n" for line in lines), delimiter=delimiter)
    first = 1
    try:
        for cells in itertools.islice(reader, count):
            yield Head(tuple(cells), first, reader.line_num, delimiter)
            first = reader.line_num + 1
    except csv.Error:
        return
