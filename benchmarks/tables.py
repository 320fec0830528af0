"""The tables that `make bench` prints, in Markdown, so that they can be put on a page as they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from benchmarks.files import KINDS
from benchmarks.rivals import Rival
from benchmarks.timing import Measured
from benchmarks.works import DOCUMENT, WORKBOOK, WORKBOOK_ROWS, Work, works_of

NAMES = {"mixed": "mixed (5 activity types)", "electric": "electric (3 lines a row)"}


@dataclass(slots=True)
class Results:
    """All that was measured in a run: files by kind and rows, rivals by rows, a workbook, a document."""

    files: dict[tuple[str, int], Measured] = field(default_factory=dict)
    script: dict[int, Rival] = field(default_factory=dict)
    beancount: dict[int, Rival] = field(default_factory=dict)
    workbook: Measured | None = None
    document: Measured | None = None

    def sizes(self) -> list[int]:
        """Rows of the files, from the smallest on."""
        return sorted({rows for _, rows in self.files})


def limits_table(results: Results) -> list[str]:
    """Each piece of work with what was measured, what is required and what is aimed at."""
    head = ("work", "file", "measured", "required", "aim", "")
    return table(head, list(_limit_rows(results)))


def _limit_rows(results: Results) -> Iterator[tuple[str, ...]]:
    for (kind, rows), measured in sorted(results.files.items(), key=lambda item: (item[0][1], item[0][0] != "mixed")):
        smaller = results.files.get((kind, 1_000_000))
        known = measured | ({"a million": smaller["upload"]} if smaller and rows > 1_000_000 else {})
        for work in works_of(rows, known):
            yield _limit_row(work, f"{kind}, {rows:,} rows", known)
    if results.workbook:
        yield _limit_row(WORKBOOK, f"mixed, {WORKBOOK_ROWS:,} rows", results.workbook)
    if results.document:
        yield _limit_row(DOCUMENT, "", results.document)


def _limit_row(work: Work, file: str, measured: Measured) -> tuple[str, ...]:
    told, verdict = work.told(measured), work.verdict(measured)
    return work.name, file, told, work.limit(work.required), work.limit(work.aim), verdict


def growth_table(results: Results, kind: str) -> list[str]:
    """Seconds by rows, with how many times bare DuckDB's: the ledger's, the script's, and beancount's."""
    head = ("rows", "postings", "bare DuckDB", "ghg-ledger", "pandas + openpyxl", "beancount")
    rows = []
    for size in results.sizes():
        measured = results.files.get((kind, size))
        if measured is None:
            continue
        bare, ours = measured["bare"], measured["upload"] + measured["inventory"]
        cells = [f"{size:,}", f"{measured['posted']:,.0f}", f"{bare:.3g} s", _against(ours, bare)]
        if kind == "mixed":
            cells += [_rival(results.script.get(size), bare), _rival(results.beancount.get(size), bare)]
        rows.append(tuple(cells))
    return table(head[: len(rows[0])] if rows else head, rows)


def memory_table(results: Results) -> list[str]:
    """Peak memory by rows, and what the ledger's file has in the end."""
    head = ("rows", "ghg-ledger, upload", "pandas + openpyxl", "beancount", "ledger file", "of it, bytes a row")
    rows = []
    for size in results.sizes():
        measured = results.files.get(("mixed", size))
        if measured is not None:
            peaks = [_peak(results.script.get(size)), _peak(results.beancount.get(size))]
            file = f"{measured['ledger_mb']:,.0f} MB"
            a_row = f"{(measured['ledger_mb'] - measured['empty_mb']) * 1e6 / size:,.0f}"
            rows.append((f"{size:,}", f"{measured['upload_peak_mb']:,.0f} MB", *peaks, file, a_row))
    return table(head, rows)


def printed(results: Results) -> Iterator[str]:
    """Every table that there is something for, a heading above each."""
    limits = limits_table(results)
    if len(limits) > 2:
        yield from ("", *limits)
    for kind in KINDS:
        if any(name == kind for name, _ in results.files):
            yield from ("", f"File {NAMES[kind]}: upload and inventory of the year, and the same figures otherwise", "")
            yield from growth_table(results, kind)
    yield from ("", "Peak memory, and the size of the ledger (mixed)", "")
    yield from memory_table(results)


def _against(seconds: float, bare: float) -> str:
    return f"{seconds:.3g} s = {seconds / bare:.1f} ×"


def _rival(rival: Rival | None, bare: float) -> str:
    if rival is None:
        return "not run"
    return rival.words if rival.seconds is None else _against(rival.seconds, bare)


def _peak(rival: Rival | None) -> str:
    return "" if rival is None or rival.peak_mb is None else f"{rival.peak_mb:,.0f} MB"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A table in Markdown with its columns set under each other."""
    widths = [max(len(line[place]) for line in (head, *rows)) for place in range(len(head))]
    rule = ["-" * width for width in widths]
    return [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |"
        for line in (head, rule, *rows)
    ]
