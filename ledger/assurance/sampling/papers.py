"""Work papers: a line an item with all that its recalculation needs, and empty columns for what the auditor finds.

Three sheets: how the sample was drawn and how to draw it again, the items, and what the results project. Recalculated
kg, differences and the projection are live formulas; exact amounts stand as text beside. The same sample gives the
same bytes.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, localcontext
from typing import Any

from ledger.assurance.reviewing.engagements import EngagementTold
from ledger.assurance.reviewing.review import TICK_MARKS
from ledger.assurance.sampling.drawing import GENERATOR
from ledger.assurance.sampling.sample import Item, Sample
from ledger.calculation.reasons import reason_in_words
from ledger.plain import plain_amount
from ledger.workbook import Book, Put, Sheet, column_letter

ITEMS = "Items"
AUDITED = ("audited_kg", "evidence", "tick_mark", "conclusion")
"""The auditor's columns; everything else of a line must stay as it is."""
RECOMPUTED = ("recomputed_kg", "difference_kg")
"""Columns that are formulas."""
TITLE = "Work papers of sample "
"""What the first sheet begins with, before the sample's name."""
NO_EVIDENCE = "no evidence"
"""A conclusion that begins so says that nothing supports the item: it counts as audited 0 kg."""
AGREES = "agrees"
"""A conclusion that begins so says that the item is what was recorded; audited kg may then stay blank."""
_HEADS = {
    "item": ("item", 6), "selection": ("how drawn", 10), "stratum": ("stratum", 18), "about": ("about", 18),
    "entry": ("entry", 12), "choice_entry": ("choice of factor", 12), "legal_entity_id": ("company", 14),
    "facility_id": ("facility", 14), "month": ("month", 9), "period_start": ("from", 11), "period_end": ("to", 11),
    "activity_type": ("activity type", 24), "scope": ("scope", 7), "scope3_category": ("category", 8),
    "method": ("method", 10), "posting_line": ("line of activity", 16), "instrument_id": ("instrument", 14),
    "source_file": ("source file", 28), "source_sha256": ("SHA-256 of the file", 20), "sheet": ("sheet", 12),
    "source_line": ("line", 7), "source_column": ("column", 10), "quantity_text": ("as it stands there", 18),
    "unit": ("unit", 8), "quantity": ("quantity", 16), "quantity_exact": ("quantity, exact", 20),
    "kg_per_unit": ("kg CO2e per unit", 14), "kg_per_unit_exact": ("kg CO2e per unit, exact", 20),
    "share": ("share in the view", 9), "recorded_kg": ("recorded kg", 16),
    "recorded_kg_exact": ("recorded kg, exact", 28),
    "recomputed_kg": ("recomputed kg = quantity × kg per unit × share", 18), "difference_kg": ("difference", 12),
    "formula": ("in words", 46), "factor_id": ("factor", 30), "publisher": ("publisher", 24),
    "dataset": ("dataset", 18), "edition": ("edition", 9), "licence": ("licence", 22),
    "factor_published": ("kg CO2e as published", 16), "factor_unit": ("per", 8),
    "source_cell": ("place in the source", 18),
    "gwp_set": ("GWP set", 8), "reason": ("why this factor, or why none", 40), "documents": ("documents held", 30),
    "audited_kg": ("audited kg", 16), "evidence": ("evidence", 30), "tick_mark": ("tick mark", 12),
    "conclusion": ("conclusion", 40),
}  # fmt: skip
COLUMNS = tuple(_HEADS)
"""The columns of the items, in order."""
_NUMBERS = {"quantity": "quantity", "kg_per_unit": "plain", "share": "plain", "recorded_kg": "kg"}
_GUARDED = tuple("=+-@\t\r\n＝＋－＠")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the papers: texts and numbers by column; formulas and the auditor's columns are not among them."""

    item: Item
    cells: dict[str, str | Decimal | int]


def paper_lines(sample: Sample) -> Iterator[Line]:
    """The lines of a sample's papers as values, in order."""
    for item in sample.items:
        told = item.details
        cells: dict[str, Any] = {"item": item.number, "selection": item.selection, "stratum": item.stratum}
        cells |= {name: _text(told.get(name)) for name in COLUMNS if name in told}
        cells["about"] = item.about
        if isinstance(told.get("month"), date):
            cells["month"] = f"{told['month']:%Y-%m}"
        for name in ("quantity", "kg_per_unit"):
            if name in told:
                cells[name] = told[name]
                cells[f"{name}_exact"] = plain_amount(told[name])
        if "share" in told:
            cells["share"] = told["share"]
        if item.kg is not None:
            cells |= {"recorded_kg": item.kg, "recorded_kg_exact": plain_amount(item.kg)}
        if "reason_code" in told:
            cells["reason"] = _reason(told)
        if "kg_per_unit" in told:
            cells["formula"] = _in_words(item)
        yield Line(item, {name: value for name, value in cells.items() if value not in (None, "")})


def _text(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain_amount(value)
    return value if isinstance(value, int) or value is None else str(value)


def _reason(told: dict[str, Any]) -> str:
    if told["reason_code"] == "no_data":
        return "no data came for these days"
    if "kg_per_unit" not in told:
        return f"not quantified: {told['reason_code'].replace('_', ' ')}"
    return reason_in_words(told["reason_code"], told.get("flags", ""))


def _in_words(item: Item) -> str:
    told = item.details
    share = "" if told["share"] == 1 else f" × {plain_amount(told['share'])}"
    kg = item.kg or Decimal(0)
    sign = "=" if recomputed(item) == kg else "≈"
    return (
        f"{plain_amount(told['quantity'])} {told['unit']} × {plain_amount(told['kg_per_unit'])} kg/{told['unit']}"
        f"{share} {sign} {plain_amount(kg)} kg CO2e"
    )


def recomputed(item: Item) -> Decimal | None:
    """Quantity × kg per unit × share, kg, exact; None where an item has no such product."""
    told = item.details
    if "kg_per_unit" not in told:
        return None
    with localcontext() as context:
        context.prec = 90
        product: Decimal = told["quantity"] * told["kg_per_unit"] * told["share"]
        return product


def papers_xlsx(sample: Sample, drawn_at: datetime, engagement: EngagementTold | None) -> bytes:
    """The papers as XLSX bytes; ``drawn_at`` is the time of the checkpoint, so that the bytes stay the same."""
    book = Book(drawn_at, f"{TITLE}{sample.sample_id}", len(sample.items))
    _write_summary(book, sample, engagement)
    places = _write_items(book, sample)
    _write_projection(book, sample, places, engagement)
    return book.finished()


def _write_summary(book: Book, sample: Sample, engagement: EngagementTold | None) -> None:
    sheet, frame = book.sheet("Summary", (26, 110), freeze=(0, 0)), sample.frame
    sheet.put([Put(f"{TITLE}{sample.sample_id}", "title")])
    sheet.put([])
    facts: list[tuple[str, Any]] = [
        ("total", f"{frame.measure}, {frame.period.label}, view {frame.view}"),
        ("engagement", "" if engagement is None else f"{engagement.engagement_id}, {engagement.level} assurance"),
        ("method", sample.wish.method), ("seed", sample.wish.seed), ("generator", GENERATOR),
        *((name.replace("_", " "), value) for name, value in sample.parameters.items()
          if name not in ("generator", "strata", "shares")),
        ("ledger", frame.checkpoint.origin), ("checkpoint", f"{frame.checkpoint.size}, root {frame.checkpoint.root}"),
        ("units in the frame", str(frame.units)), ("kg of the frame", plain_amount(frame.kg)),
        ("SHA-256 of the frame", frame.sha256), ("items", str(len(sample.items))),
        ("SHA-256 of the items", sample.items_sha256), ("to draw it again", command_of(sample)),
    ]  # fmt: skip
    for name, value in facts:
        if value != "":
            sheet.put([Put(name), Put(str(value))])
    sheet.put([])
    sheet.put([Put("strata", "head"), Put("units, kg without signs, drawn", "head")])
    for one in sample.strata:
        sheet.put([Put(one.name), Put(f"{one.units} units, {plain_amount(one.absolute_kg)} kg, {one.drawn} drawn")])
    sheet.put([])
    sheet.put(
        [Put("to fill in", "head"), Put("in the yellow columns of Items; everything else stays as it is", "head")]
    )
    sheet.put(
        [Put("audited kg"), Put("what the item ought to be, kg CO2e of this total; blank while it is not tested")]
    )
    sheet.put([Put("evidence"), Put("what it rests on: the SHA-256 of a document that the ledger keeps, or words")])
    sheet.put(
        [Put("conclusion"), Put(f"your words; '{AGREES}' at its beginning takes the recorded kg, '{NO_EVIDENCE}' 0 kg")]
    )
    sheet.put([])
    sheet.put([Put("tick marks", "head"), Put("what each says was done", "head")])
    for mark, words in TICK_MARKS.items():
        sheet.put([Put(mark), Put(words)])


def command_of(sample: Sample) -> str:
    """The command that draws the sample again."""
    import shlex

    wish, frame = sample.wish, sample.frame
    parts = [
        "ghg", "review", "sample", "--period", frame.period.label, "--view", frame.view, "--measure", frame.measure,
        "--method", wish.method, "--seed", wish.seed, "--at", str(frame.checkpoint.size),
    ]  # fmt: skip
    for option, value in (
        ("--size", wish.size), ("--interval", wish.interval_kg),
        ("--performance-materiality", wish.performance_materiality_kg), ("--confidence-factor", wish.confidence_factor),
        ("--by", wish.by), ("--gaps", wish.gaps),
    ):  # fmt: skip
        if value is not None:
            parts += [option, plain_amount(value) if isinstance(value, Decimal) else str(value)]
    return shlex.join(parts)


def _write_items(book: Book, sample: Sample) -> dict[str, str]:
    """The sheet of items; gives the letter of each column."""
    sheet = book.sheet(ITEMS, [width for _, width in _HEADS.values()], freeze=(1, 4))
    letters = {name: column_letter(place) for place, name in enumerate(COLUMNS)}
    for name in AUDITED:
        place = COLUMNS.index(name)
        sheet.sheet.set_column(place, place, _HEADS[name][1], book.format("input"))
    sheet.head([head for head, _ in _HEADS.values()])
    for line in paper_lines(sample):
        row = sheet.row + 1
        product = recomputed(line.item)
        formulas = {
            "recomputed_kg": f"={letters['quantity']}{row}*{letters['kg_per_unit']}{row}*{letters['share']}{row}",
            "difference_kg": f"=ROUND({letters['recomputed_kg']}{row}-{letters['recorded_kg']}{row},6)",
        }
        cells: list[Put | None] = []
        for name in COLUMNS:
            if name in formulas:
                value = None if product is None else product if name == "recomputed_kg" else Decimal(0)
                cells.append(None if value is None else Put(value, "kg", formulas[name]))
            else:
                cells.append(_put(name, line.cells.get(name)))
        sheet.put(cells)
    place, last = COLUMNS.index("tick_mark"), max(sheet.row - 1, 1)
    sheet.sheet.data_validation(1, place, last, place, {"validate": "list", "source": list(TICK_MARKS)})
    return letters


def _put(name: str, value: str | Decimal | int | None) -> Put | None:
    if value is None:
        return None
    if name.endswith("_exact") or name in ("source_sha256", "factor_published"):
        return Put(value, "exact")
    return Put(value, _NUMBERS.get(name, "text"))


def _write_projection(book: Book, sample: Sample, letters: dict[str, str], engagement: EngagementTold | None) -> None:
    """What the results project, by formulas over Items: see :mod:`ledger.assurance.sampling.evaluation`."""
    sheet = book.sheet("Projection", (28, 12, 22, 18, 18, 18, 12, 18))
    sheet.head(
        ("item", "how drawn", "stratum", "recorded kg", "audited kg", "recorded − audited", "tainting", "projected kg")
    )
    first = sheet.row + 1
    for item in sample.items:
        row, of = sheet.row + 1, f"{ITEMS}!"
        audited, words = (
            f"{of}{letters['audited_kg']}{item.number + 1}",
            f"{of}{letters['conclusion']}{item.number + 1}",
        )
        nothing = f'IF(LEFT(LOWER({words}),{len(NO_EVIDENCE)})="{NO_EVIDENCE}",0,"")'
        nothing = f'IF(LEFT(LOWER({words}),{len(AGREES)})="{AGREES}",D{row},{nothing})'
        projected = '""'
        if sample.wish.method == "carbon-unit":
            projected = f"G{row}*Interval" if item.selection == "interval" else f"F{row}"
        elif item.selection in ("gap", "largest", "line", "document"):
            projected = f"F{row}"
        sheet.put(
            [
                Put(item.number), Put(item.selection), Put(item.stratum),
                Put(item.kg or Decimal(0), "kg", f"=N({of}{letters['recorded_kg']}{item.number + 1})"),
                Put("", "kg", f"=IF(ISNUMBER({audited}),{audited},{nothing})"),
                Put("", "kg", f'=IF(E{row}="","",D{row}-E{row})'),
                Put("", "plain", f'=IF(OR(E{row}="",D{row}=0),"",F{row}/ABS(D{row}))'),
                Put("", "kg", f'=IF(E{row}="","",{projected})'),
            ]
        )  # fmt: skip
    _write_totals(book, sheet, sample, engagement, first)


def _write_totals(book: Book, sheet: Sheet, sample: Sample, engagement: EngagementTold | None, first: int) -> None:
    last = max(sheet.row, first)
    sheet.put([])
    by_ratio = sample.wish.method in ("random", "stratum")
    rows: list[tuple[str, Put]] = [
        ("items drawn", Put(len(sample.items), "count")),
        ("items with a result", Put(0, "count", f"=COUNT(E{first}:E{last})")),
        ("misstatements of items", Put(Decimal(0), "kg", f"=SUM(F{first}:F{last})")),
    ]
    if sample.interval_kg is not None:
        rows.append(("interval, kg", Put(sample.interval_kg, "kg")))
    for one in sample.strata if by_ratio else ():
        if one.name == "gaps":
            continue
        name = one.name.replace('"', '""')
        within = f'SUMIFS(F{first}:F{last},C{first}:C{last},"="&"{name}")'
        tested = f'SUMPRODUCT((C{first}:C{last}="{name}")*ISNUMBER(E{first}:E{last})*ABS(D{first}:D{last}))'
        ratio = f"=IF({tested}=0,0,{within}/{tested})*{plain_amount(one.absolute_kg)}"
        rows.append((f"projected in {one.name}", Put(Decimal(0), "kg", ratio)))
    for label, cell in rows:
        if label.startswith("interval"):
            book.book.define_name("Interval", f"=Projection!$D${sheet.row + 1}")
        sheet.put([Put(label), None, None, cell])
    begin = sheet.row - sum(label.startswith("projected in") for label, _ in rows) + 1
    projected = f"=SUM(H{first}:H{last})" + (f"+SUM(D{begin}:D{sheet.row})" if by_ratio and begin <= sheet.row else "")
    total = sheet.put([Put("most likely misstatement, kg", "bold"), None, None, Put(Decimal(0), "kg", projected, True)])
    if engagement is not None:
        sheet.put([Put("performance materiality, kg"), None, None, Put(engagement.performance_materiality_kg, "kg")])
        verdict = (
            f'=IF(ABS(D{total + 1})<=D{total + 2},"within performance materiality","above performance materiality")'
        )
        sheet.put([Put("it is"), None, None, Put("within performance materiality", "text", verdict)])
        sheet.put([Put("materiality, kg"), None, None, Put(engagement.materiality_kg, "kg")])
    sheet.put([])
    sheet.put([Put("ghg review evaluate says what this concludes and what it does not.")])


def papers_csv(sample: Sample) -> bytes:
    """The items as CSV; a text that a spreadsheet would take for a formula has ' before it, which reading takes off."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([head for head, _ in _HEADS.values()])
    for line in paper_lines(sample):
        product = recomputed(line.item)
        cells: dict[str, Any] = dict(line.cells)
        if product is not None:
            cells |= {"recomputed_kg": product, "difference_kg": Decimal(0)}
        writer.writerow([_csv_cell(cells.get(name)) for name in COLUMNS])
    return out.getvalue().encode()


def _csv_cell(value: str | Decimal | int | None) -> str:
    if isinstance(value, Decimal):
        return plain_amount(value)
    text = "" if value is None else str(value)
    return guarded(text) if isinstance(value, str) else text


def guarded(text: str) -> str:
    """A text that no spreadsheet takes for a formula: with ' before it where it begins like one, or with '."""
    return f"'{text}" if text.lstrip(" ").startswith((*_GUARDED, "'")) else text


def unguarded(text: str) -> str:
    """The text that :func:`guarded` was given."""
    return text.removeprefix("'")


def heads() -> list[str]:
    """The heads of the items' columns, in order."""
    return [head for head, _ in _HEADS.values()]


__all__ = [
    "AGREES",
    "AUDITED", "COLUMNS", "ITEMS", "NO_EVIDENCE", "RECOMPUTED", "Line", "command_of", "guarded", "heads", "paper_lines",
    "papers_csv", "papers_xlsx", "recomputed", "unguarded",
]  # fmt: skip
