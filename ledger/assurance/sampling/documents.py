"""The sample from documents to the ledger, for understatement: lines of source files, and kept documents.

A ledger cannot show what was never entered; the papers that were handed in may. The frame is every line of every file
from which the ledger has rows of the period, and every kept document that is linked to such a row or to none. An item
shows the line as it stands in the kept bytes, the entries that come from it, and what of them counts in the total.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from ledger.assurance.sampling.drawing import Draw, Drawn, Stratum, Wish, chance_sql
from ledger.assurance.sampling.frame import Frame
from ledger.errors import Misuse
from ledger.intake.files.limits import Limits
from ledger.intake.files.workbook import Suspicious, Unsupported, height_of, sheets_of
from ledger.store import Session
from ledger.store.evidence import evidence_folder

_BLOCK = 1 << 20
_LONGEST = 2_000

_FILES = """
select b.batch_no, b.source_name, b.source_sha256 from batch b
where b.batch_no <= $size and b.source_sha256 is not null and b.batch_no in (
    select batch_no from activity where period_start <= $end and period_end >= $start)
order by b.batch_no
"""
_DOCUMENTS = """
select e.sha256, any_value(e.name order by e.batch_no, e.seq), any_value(l.entries)
from evidence e
left join (
    select l.sha256, string_agg('B' || l.entry_batch || '-' || l.entry_seq, ' ' order by l.entry_batch, l.entry_seq)
               as entries,
           bool_or(a.period_start <= $end and a.period_end >= $start) as of_period
    from evidence_link l left join activity a on a.batch_no = l.entry_batch and a.seq = l.entry_seq
    where l.batch_no <= $size group by all
) l using (sha256)
where e.batch_no <= $size and (l.sha256 is null or coalesce(l.of_period, false))
  and not (l.sha256 is null and e.batch_no in (
      select batch_no from sign_off union select batch_no from issued_report union select batch_no from time_stamp))
group by e.sha256 order by e.sha256
"""
# Statements, reports with their inputs and time stamps' replies are made from the ledger: they are no source.
# What an entry, or whatever replaced it since, counts in the total of temp table `frame`.
_ENTRIES = """
with recursive named as (
    select batch_no, seq, 'B' || batch_no || '-' || seq as entry from activity
    where batch_no = $batch and source_line = $line and sheet is not distinct from $sheet
    union
    select d.activity_batch, d.activity_seq, 'B' || d.activity_batch || '-' || d.activity_seq
    from named n join activity_detail d on d.replaces = n.entry and d.batch_no <= $size
)
select string_agg(entry, ' ' order by batch_no, seq),
       sum((select sum(f.kg) from frame f where f.activity_batch = n.batch_no and f.activity_seq = n.seq))
from named n
"""


@dataclass(frozen=True, slots=True)
class SourceLines:
    """A file or a sheet of one, by its batch, and how many lines it has."""

    batch_no: int
    name: str
    sha256: str
    sheet: str | None
    lines: int


def documents_drawn(
    s: Session, frame: Frame, wish: Wish, file: Path | None
) -> tuple[Frame, Draw, dict[int, tuple[str, Decimal | None, dict[str, Any]]]]:
    """The frame of lines and documents, what was drawn of it, and line, kg and details of each item by its number.

    Temp table `frame` must be that of the total. Half of the size goes to kept documents, where there are so many.
    """
    bounds = {"start": frame.period.start, "end": frame.period.end, "size": frame.checkpoint.size}
    sources = [one for row in s.rows(_FILES, bounds) for one in lines_of(evidence_folder(s.path), *row)]
    papers = s.rows(_DOCUMENTS, bounds)
    lines, size = sum(one.lines for one in sources), wish.size or 0
    of_papers = min(len(papers), max(size // 2, size - lines))
    numbers = _smallest(s, wish.seed, lines, min(lines, size - of_papers), "line")
    held = {number: _line(s, number, sources, frame.checkpoint.size) for number in numbers}
    drawn = [Drawn(0, number, "line", "lines") for number in numbers]
    for place in _smallest(s, wish.seed, len(papers), of_papers, "document"):
        held[lines + place] = _paper(s, *papers[place - 1])
        drawn.append(Drawn(0, lines + place, "document", "documents"))
    text = "".join(f"file\t{one.sha256}\t{one.sheet or ''}\t{one.lines}\n" for one in sources)
    text += "".join(f"document\t{row[0]}\n" for row in papers)
    if file is not None:
        with file.open("xb") as out:
            out.write(text.encode())
    strata = (Stratum("lines", lines, Decimal(0), len(numbers)),
              Stratum("documents", len(papers), Decimal(0), of_papers))  # fmt: skip
    whole = replace(
        frame, count=lines + len(papers), unquantified=0, missing=(), sha256=hashlib.sha256(text.encode()).hexdigest()
    )
    return whole, Draw(tuple(replace(one, item=place) for place, one in enumerate(drawn, 1)), strata), held


def _smallest(s: Session, seed: str, last: int, count: int, purpose: str) -> list[int]:
    rows = s.rows(
        f"select n from (select n from range(1, {last + 1}) r(n) order by {chance_sql('$seed', purpose, 'n')} "
        f"limit {count}) order by n",
        {"seed": seed},
    )
    return [int(row[0]) for row in rows]


def lines_of(folder: Path, batch_no: int, name: str, sha256: str) -> Iterator[SourceLines]:
    """The lines of a kept file, sheet by sheet where it is a workbook. Raises Misuse where it is not kept."""
    kept = folder / sha256
    if not kept.is_file():
        raise Misuse(f"the bytes of {name} are not kept", "ghg verify tells what is missing; bring the file back")
    if _is_workbook(kept):
        try:
            for sheet in sheets_of(kept, Limits()).sheets:
                yield SourceLines(batch_no, name, sha256, sheet.name, height_of(sheet))
        except (Suspicious, Unsupported) as fault:
            raise Misuse(f"{name} cannot be read: {fault}", "it was read once; ghg verify tells whether it is whole") \
                from fault  # fmt: skip
        return
    lines, last = 0, b"\n"
    with kept.open("rb") as file:
        while block := file.read(_BLOCK):
            lines, last = lines + block.count(b"\n"), block[-1:]
    yield SourceLines(batch_no, name, sha256, None, lines + (last != b"\n"))


def _is_workbook(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"


def _line(s: Session, number: int, sources: list[SourceLines], size: int) -> tuple[str, Decimal | None, dict[str, Any]]:
    """The line of the frame with a number: in which file it stands, what it says, and what became of it."""
    line = number
    for one in sources:
        if line <= one.lines:
            break
        line -= one.lines
    given = {"batch": one.batch_no, "line": line, "sheet": one.sheet, "size": size}
    entries, kg = s.one(_ENTRIES, given)
    about = f"{one.name}{'!' + one.sheet if one.sheet else ''} line {line}"
    details = {
        "about": about, "source_file": one.name, "source_sha256": one.sha256, "sheet": one.sheet, "source_line": line,
        "quantity_text": line_text(evidence_folder(s.path) / one.sha256, one.sheet, line), "entry": entries,
    }  # fmt: skip
    told = {name: value for name, value in details.items() if value is not None}
    recorded = Decimal(0) if kg is None else kg
    return f"line\t{one.sha256}\t{one.sheet or ''}\t{line}\t{entries or ''}\t{recorded:f}\n", recorded, told


def _paper(s: Session, sha256: str, name: str, entries: str | None) -> tuple[str, Decimal | None, dict[str, Any]]:
    """A kept document: the entries that it is linked to, and what they count; nothing where it is linked to none."""
    details = {"about": f"document {name}", "source_file": name, "source_sha256": sha256}
    kg = s.one(
        "select coalesce(sum(kg), 0)::decimal(38,18) from frame "
        "where list_contains($entries, concat('B', activity_batch, '-', activity_seq))",
        {"entries": (entries or "").split()},
    )[0]
    if entries is not None:
        details["entry"] = entries
    return f"document\t{sha256}\t{entries or ''}\t{kg:f}\n", kg, details


def line_text(path: Path, sheet: str | None, line: int) -> str:
    """What a line of a kept file says; of a workbook the cells of the row, parted by ` | `."""
    if sheet is not None:
        import fastexcel

        rows = fastexcel.read_excel(path).load_sheet(sheet, header_row=None, skip_rows=line - 1, n_rows=1,
                                                     dtypes="string")  # fmt: skip
        cells = rows.to_polars().rows()
        return " | ".join(str(cell or "") for cell in cells[0])[:_LONGEST] if cells else ""
    with path.open("rb") as file:
        for place, raw in enumerate(file, 1):
            if place == line:
                return raw.decode("utf-8", "replace").rstrip("\r\n")[:_LONGEST]
    return ""
