"""The sheets of lines: postings, factors, instruments, findings, and what is not quantified."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ledger.disclosure.figures.postings import GAS_COLUMNS
from ledger.disclosure.tables import explanations
from ledger.disclosure.tables.contracts import standing, vintage
from ledger.disclosure.words.numbers import thousandth
from ledger.disclosure.words.texts import catalogue, named, text, text_or_code
from ledger.workbook import Book, Put, column_letter, exact

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from ledger.disclosure.figures.record import QuarterlyFigures

# column of the table → (width, name of the range that formulas use); its head is the text `posting_<column>`
_TEXTS = {
    "entry": (12, ""),
    "choice_entry": (12, ""),
    "source_file": (30, ""),
    "sheet": (12, ""),
    "source_line": (10, ""),
    "postings": (10, ""),
    "legal_entity_id": (14, ""),
    "facility_id": (14, "p_facility"),
    "month": (11, ""),
    "period_start": (11, ""),
    "period_end": (11, ""),
    "activity_type": (26, ""),
    "supplier": (18, ""),
    "data_basis": (12, ""),
    "book": (12, "p_book"),
    "method": (10, "p_method"),
    "line": (18, ""),
    "scope": (8, "p_scope"),
    "scope3_category": (9, "p_category"),
    "sub_line": (9, "p_sub_line"),
    "source_type": (12, ""),
    "placement": (14, ""),
    "iso_category": (12, "p_iso"),
    "instrument_id": (16, ""),
    "factor_id": (34, ""),
    "dataset": (18, ""),
    "licence": (18, ""),
    "source_cell": (18, ""),
    "reason_code": (22, ""),
    "flags": (18, ""),
    "gwp_set": (9, ""),
    "energy_source": (14, "p_energy_source"),
    "unit": (8, ""),
    "quantity": (18, "p_quantity"),
    "quantity_exact": (22, ""),
    "sign": (6, "p_sign"),
    "share": (9, "p_share"),
    "rate": (18, ""),
    "rate_exact": (22, ""),
    "kg": (20, "p_kg"),
    "kg_exact": (30, ""),
    "kwh": (16, "p_kwh"),
}
_BEFORE = (
    "entry", "choice_entry", "source_file", "sheet", "source_line", "postings", "legal_entity_id", "facility_id",
    "month", "period_start", "period_end", "activity_type", "supplier", "data_basis",
)  # fmt: skip
_AMOUNTS = ("unit", "quantity", "quantity_exact", "sign", "share", "rate", "rate_exact", "kg", "kg_exact", "kwh")
_AFTER = (
    "book", "method", "line", "scope", "scope3_category", "sub_line", "placement", "source_type", "iso_category",
    "instrument_id", "factor_id", "dataset", "licence", "source_cell", "reason_code", "flags", "gwp_set",
    "energy_source",
)  # fmt: skip
_AS_NUMBERS = {"source_line", "postings", "scope", "scope3_category", "sub_line"}
_GAS_NAMES = ("p_co2", "p_ch4", "p_n2o", "p_hfcs", "p_pfcs", "p_sf6", "p_nf3", "p_unsplit")
_BATCH_ROWS = 5_000
LONGEST_SHEET = 31  # characters that Excel takes in a sheet's name


def sheet_name(key: str) -> str:
    """The name of a sheet: its text `sheet_<key>`, else the key of its table as words, as long as Excel takes."""
    if key.startswith("index_"):
        words = text("sheet_index", rule_set=key.removeprefix("index_").replace("-", " "))
    else:
        words = catalogue().get(f"sheet_{key}") or key.replace("_", " ")
    return (words[:1].upper() + words[1:])[:LONGEST_SHEET]


def place_of(sheet: str) -> str:
    """A sheet's name as a formula writes it: in quotes where it is more than one word."""
    return sheet if sheet.isidentifier() else f"'{sheet}'"


def _amount_name(column: str) -> str:
    """The amount of a gas that a column holds per unit, as its head names it: "ch4 kg"."""
    return text_or_code("amount", column.removesuffix("_per_unit"))


def write_postings(book: Book, lines: pa.Table) -> None:
    """One row per posting: quantity × kg per unit as a formula, the exact digits as text beside it."""
    held = set(lines.column_names)
    before = [name for name in _BEFORE if name in held]
    after = [name for name in _AFTER if name in held]
    gases = [name for name in (*GAS_COLUMNS, "biogenic_co2_kg_per_unit") if name in held]
    names = dict(zip(GAS_COLUMNS, _GAS_NAMES, strict=True)) | {"biogenic_co2_kg_per_unit": "p_biogenic"}
    heads = [(text(f"posting_{name}"), *_TEXTS[name]) for name in (*before, *_AMOUNTS, *after)]
    heads += [(text("posting_per_unit", amount=_amount_name(name)), 16, names[name]) for name in gases]
    title = sheet_name("postings")
    sheet = book.sheet(title, [width for _, width, _ in heads])
    sheet.head([label for label, _, _ in heads])
    start = len(before)
    quantity, sign, share, rate = (column_letter(start + place) for place in (1, 3, 4, 5))
    for row in _rows(lines):
        line = sheet.row + 1
        mass = row["total_co2e_kg"]
        product = f"={sign}{line}*{quantity}{line}*{share}{line}*{rate}{line}"
        sheet.put(
            [
                *(_text(row, name) for name in before),
                Put(row["unit"]),
                Put(row["quantity"], "quantity"),
                exact(row["quantity"]),
                Put(int(row.get("sign", 1))),
                Put(row.get("share", Decimal(1)), "plain"),
                None if mass is None else Put(row["co2e_kg_per_unit"], "plain"),
                exact(row["co2e_kg_per_unit"]),
                None if mass is None else Put(mass, "kg", product),
                exact(mass),
                None if not row.get("energy_kwh") else Put(row["energy_kwh"], "kg"),
                *(_text(row, name) for name in after),
                *(_gas(row[name]) for name in gases),
            ]
        )
    last = max(sheet.row, 2)
    for place, (_, _, name) in enumerate(heads):
        if name:
            letter = column_letter(place)
            book.book.define_name(name, f"={place_of(title)}!${letter}$2:${letter}${last}")
    if sheet.row > 1:
        sheet.sheet.autofilter(0, 0, sheet.row - 1, len(heads) - 1)


def _rows(lines: pa.Table) -> Iterator[dict[str, Any]]:
    """The rows of the table as plain values, a few thousand at a time."""
    for batch in lines.to_batches(max_chunksize=_BATCH_ROWS):
        yield from batch.to_pylist()


def _gas(value: Decimal | None) -> Put | None:
    return None if not value else Put(value, "plain")


def _text(row: dict[str, Any], name: str) -> Put | None:
    """A cell of a posting; scope, category and sub-line as numbers, so that both methods of summing match them."""
    value = row[name]
    if name == "energy_source" and value is None and row.get("energy_kwh"):
        value = "mixed"
    if value is None or value == "":
        return None
    if name in _AS_NUMBERS:
        try:
            return Put(float(value), "text")
        except ValueError:
            return Put(str(value))
    return Put(value)


def write_factors(book: Book, figures: QuarterlyFigures) -> None:
    """The factors used with licence and reason, then the datasets they come from."""
    sheet = book.sheet(sheet_name("factors"), (40, 26, 12, 10, 18, 22, 12, 12, 10, 50, 24, 18))
    sheet.head([text(f"factors_{name}") for name in (
        "factor", "activity", "serves", "unit", "kg", "dataset", "edition", "verification", "gwp", "reason", "cell",
        "mass",
    )])  # fmt: skip
    for use in figures.factors:
        sheet.put(
            [
                Put(use.factor_id), Put(use.activity_type), Put(use.serves), Put(use.per_unit),
                exact(use.co2e_kg_per_unit), Put(use.dataset), Put(use.edition), Put(use.verification),
                Put(use.gwp_set), Put(use.reason), Put(use.source_cell),
                None if use.mass_kg is None else Put(use.mass_kg, "kg"),
            ]
        )  # fmt: skip
    sheet.put([])
    sheet.head([text(f"column_{name}") for name in ("dataset", "publisher", "edition", "licence", "attribution")])
    for source in figures.datasets:
        words = " ".join((source.attribution, *map(named, source.caveats)))
        sheet.put([Put(source.title), Put(source.publisher), Put(source.edition), Put(source.licence), Put(words)])


def write_instruments(book: Book, figures: QuarterlyFigures) -> None:
    """The contractual instruments and, below, what each gave to which facility and month."""
    sheet = book.sheet(sheet_name("instruments"), (28, 22, 18, 12, 24, 16, 16, 60))
    heads = ("instrument", "type", "energy_source", "market", "vintage", "held", "used", "status")
    sheet.head([text(f"column_{name}") for name in heads])
    for use in figures.instruments:
        sheet.put(
            [
                Put(use.instrument_id), Put(named(use.type_name)), Put(use.energy_source), Put(use.market_boundary),
                Put(vintage(use.vintage_start, use.vintage_end)), Put(thousandth(use.kwh), "t"),
                None if use.used_in_period_kwh is None else Put(thousandth(use.used_in_period_kwh), "t"),
                Put(standing(use)),
            ]
        )  # fmt: skip
    sheet.put([])
    sheet.head([text(f"column_{name}") for name in ("facility", "month", "instrument", "kwh")])
    for line in figures.allocations:
        sheet.put([Put(line.facility), Put(line.month), Put(line.instrument_id), Put(thousandth(line.kwh), "t")])


def write_findings(book: Book, figures: QuarterlyFigures) -> None:
    """Every open finding that was read, whole."""
    sheet = book.sheet(sheet_name("findings"), (26, 10, 60, 60, 30, 12, 8, 16, 24, 12, 18))
    names = ("code", "severity", "message", "fix", "file", "sheet", "line", "column", "value", "entry", "effect")
    sheet.head([text(f"findings_{name}") for name in names])
    for found in figures.findings:
        sheet.put(
            [
                Put(found.code), Put(text(f"severity_{found.severity}")), Put(found.message), Put(found.fix),
                Put(found.file), Put(found.sheet), Put(found.line), Put(found.column), Put(found.value),
                Put(found.entry),
                None if found.effect_kg is None else Put(found.effect_kg, "kg"),
            ]
        )  # fmt: skip
    if figures.findings_not_shown:
        sheet.put([Put(text("findings_more_in_ledger", count=figures.findings_not_shown))])


def write_not_quantified(book: Book, figures: QuarterlyFigures) -> None:
    """Activity in no total, with its quantity and the reason."""
    sheet = book.sheet(sheet_name("not_quantified"), (34, 30, 10, 10, 10, 18, 10, 50))
    names = ("activity", "line", "scope", "category", "country", "quantity", "unit", "why")
    sheet.head([*(text(f"gap_{name}") for name in names), text("column_lines")])
    for gap in figures.current.not_quantified:
        sheet.put(
            [
                Put(gap.activity_type), Put(explanations.line_name(gap.line, gap.method)), Put(gap.scope),
                Put(gap.scope3_category), Put(gap.country), Put(gap.quantity, "quantity"), Put(gap.unit),
                Put(explanations.gap_reason(gap.reason)), Put(gap.rows),
            ]
        )  # fmt: skip
