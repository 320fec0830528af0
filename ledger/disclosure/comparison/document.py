"""A comparison as a document: HTML, PDF, XLSX, CSV and JSON from the same tables."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from ledger.disclosure.comparison.reading import ComparedReports, Side
from ledger.disclosure.comparison.tables import FLAT, comparison_tables, flat_rows, heads, kind_words
from ledger.disclosure.documents.json_text import document_json, inventory_record, plain_value
from ledger.disclosure.documents.page import Paper, embedded_fonts, rendered
from ledger.disclosure.figures.record import figure_id
from ledger.disclosure.tables.table import Table, clipped
from ledger.disclosure.words import numbers, texts
from ledger.disclosure.words.texts import text
from ledger.plain import guarded
from ledger.workbook import Book, Put, exact

COMPARE_FORMATS = ("html", "pdf", "xlsx", "csv", "json")
"""The formats of a comparison, in the order in which they are made."""
_AMOUNTS = ("a", "b", "difference")
_SECTIONS = ("sides", "figures", "causes")


def comparison_files(compared: ComparedReports, formats: Sequence[str], paper: Paper) -> dict[str, tuple[str, bytes]]:
    """Name and bytes of the comparison in each format, in its language; the same comparison gives the same bytes."""
    makers: dict[str, Callable[[], bytes]] = {
        "html": lambda: comparison_page(compared, "a4", embedded_fonts()).encode(),
        "pdf": lambda: _pdf(compared, paper),
        "xlsx": lambda: comparison_xlsx(compared),
        "csv": lambda: comparison_csv(compared).encode(),
        "json": lambda: document_json(comparison_record(compared)).encode(),
    }
    stem = "compare-" + "-with-".join(_file_part(side) for side in compared.sides)
    with texts.spoken(compared.look.language):
        return {form: (f"{stem}.{form}", makers[form]()) for form in formats}


def _file_part(side: Side) -> str:
    return re.sub(r"[^A-Za-z0-9.-]", "_", f"{side.period.label}-{side.view}-{side.size}")


def lead(compared: ComparedReports) -> str:
    """One sentence: how many figures differ, and by how much the totals do."""
    held = compared.comparison
    differing = sum(1 for one in held.figures if one.difference)
    if not differing:
        return text("compare_same")
    by_name = {one.measure: one.difference for one in held.figures}
    told = {basis: numbers.signed(numbers.tonnes(by_name.get(f"total_{basis}") or Decimal(0)))
            for basis in ("location", "market")}  # fmt: skip
    return text("compare_lead", count=differing, **told)


def comparison_page(compared: ComparedReports, paper: Paper, font_faces: str, *, screen: bool = True) -> str:
    """The comparison as one page with its fonts, for the screen or (leaner) for paper."""
    tables = comparison_tables(compared)
    shown = [name for name in _SECTIONS if tables[f"compared_{name}"].rows]
    sections = [
        {"key": name, "number": str(place), "title": text(f"compare_section_{name}")}
        for place, name in enumerate(shown, 1)
    ]
    audit = {"key": "audit", "number": str(len(shown) + 1), "title": text("section_audit")}
    return rendered(
        "compare.html.j2",
        compared,
        tables.values(),
        (paper, font_faces, screen),
        d=_words(compared),
        s={section["key"]: section for section in sections},
        tables=tables,
        audit=audit,
        contents=[*sections, audit, {"key": "annex", "number": "", "title": text("section_annex")}],
    )


def _words(compared: ComparedReports) -> dict[str, Any]:
    """What the template says on cover, in head and foot, and of how to check it."""
    title, now = text("compare_document"), compared.current
    period = " / ".join(heads(compared))
    company = clipped(compared.organisation, 120)
    command = "ghg report compare " + " ".join(f"{s.period.label}/{s.view}@{s.size}" for s in compared.sides)
    steps = (
        ("audit_trace_head", text("audit_trace"), f"ghg trace '{figure_id(now, 'total_location')}'"),
        ("audit_verify_head", text("audit_verify"), "ghg verify"),
        ("audit_again_head", text("compare_again"), command),
    )
    return {
        "company": company,
        "title": title,
        "period": period,
        "status": text("compare_kept"),
        "generator": f"ghg-ledger {compared.software_version}",
        "created": compared.recorded_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "running": f"{clipped(company, 60)}  ·  {title}",
        "foot": text("foot_never_added"),
        "checkpoint": _checkpoint(compared),
        "cover": [
            *(
                {"name": text(name), "value": kind_words(side), "code": False}
                for name, side in zip(("compare_a", "compare_b"), compared.sides, strict=True)
            ),
            {"name": text("cover_checkpoint"), "value": texts.moment(compared.recorded_at), "code": False},
        ],
        "lead": lead(compared),
        "audit": [
            {"name": text("audit_origin"), "value": now.checkpoint.origin, "code": True},
            *(
                {"name": f"{letter}: {text('audit_root')}", "value": side.checkpoint.root, "code": True}
                for letter, side in (("A", compared.comparison.a), ("B", now))
            ),
        ],
        "commands": [{"head": text(head), "words": words, "command": command} for head, words, command in steps],
    }


def _checkpoint(compared: ComparedReports) -> str:
    a, b = compared.comparison.a.checkpoint, compared.comparison.b.checkpoint
    return f"{b.origin} · A {a.size} {a.root[:16]} · B {b.size} {b.root[:16]}"


def _pdf(compared: ComparedReports, paper: Paper) -> bytes:
    from ledger.disclosure.documents.pdf import laid_out, paper_fonts

    return laid_out(comparison_page(compared, paper, paper_fonts(), screen=False))


def comparison_csv(compared: ComparedReports) -> str:
    """One row for each figure and one for each cause of it, exact amounts; a text never becomes a formula."""
    out = io.StringIO()
    writer = csv.DictWriter(out, FLAT, restval="", lineterminator="\n")
    writer.writeheader()
    for row in flat_rows(compared):
        writer.writerow({name: guarded(value) for name, value in row.items()})
    return out.getvalue()


def comparison_xlsx(compared: ComparedReports) -> bytes:
    """A sheet for each table, and one with every cause of every figure in exact digits."""
    rows = flat_rows(compared)
    book = Book(compared.recorded_at, text("compare_document"), len(rows))
    for name, table in comparison_tables(compared, listed=None).items():
        _write_table(book, text(f"compare_{name.removeprefix('compared_')}").partition(",")[0][:31], table)
    sheet = book.sheet("Exact", [24.0, 6.0, 8.0, *[24.0] * 3, *[16.0] * 2, 60.0, *[16.0] * 7])
    sheet.head(FLAT)
    for row in rows:
        sheet.put([
            exact(Decimal(row[name])) if name in _AMOUNTS and row.get(name) else Put(row.get(name, ""))
            for name in FLAT
        ])  # fmt: skip
    return book.finished()


def _write_table(book: Book, name: str, table: Table) -> None:
    sheet = book.sheet(name, [60.0, *(24.0 for _ in table.columns[1:])])
    labels = [column.label for column in table.columns]
    sheet.put([Put(label, "head_number" if column.kind == "number" else "head")
               for label, column in zip(labels, table.columns, strict=True)])  # fmt: skip
    for row in table.rows:
        bold = row.kind == "total"
        sheet.put([
            Put(cell.text, "bold" if bold else "text") if cell.value is None
            else Put(numbers.thousandth(cell.value), "t", total=bold)
            for cell in row.cells
        ])  # fmt: skip
    sheet.put([])
    for note in table.notes:
        sheet.put([Put(note)])


def comparison_record(compared: ComparedReports) -> dict[str, Any]:
    """The comparison as values that JSON has: inventories, figures with reasons, every cause; amounts as text."""
    held = compared.comparison
    return {
        "format_version": 1,
        "document": "compare",
        "unit": "kg CO2e",
        "software_version": compared.software_version,
        "recorded_at": plain_value(compared.recorded_at),
        **{
            letter: {"named": side.named, "kind": side.kind, "entry": side.entry, "period": side.period.label,
                     "view": side.view, "inventory": inventory_record(inventory)}
            for letter, side, inventory in zip("ab", compared.sides, (held.a, held.b), strict=True)
        },
        "figures": {
            one.measure: plain_value(
                {"a": one.a, "b": one.b, "difference": one.difference, "reasons": one.reasons}
            )
            for one in held.figures
        },
        "causes": [plain_value(cause) for cause in held.causes],
    }  # fmt: skip
