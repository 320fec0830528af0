"""The emissions of a period as tables: by scope, category, facility and gas, energy, and what is outside the scopes.

One function per table; each takes the figures and gives a ``Table``. What a figure is called is
decided here, once, so that page, PDF, workbook, JSON and terminal cannot differ.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ledger.disclosure.figures.record import MEASURES, BreakdownLine, QuarterlyFigures, figure_id, known_sum
from ledger.disclosure.tables.measures import (
    BASES,
    comparative_notes,
    four_cells,
    four_columns,
    measure_cell,
    open_gaps,
    period_name,
)
from ledger.disclosure.tables.table import Cell, Column, Row, Table, number, words
from ledger.disclosure.words import numbers, texts
from ledger.disclosure.words.texts import text

if TYPE_CHECKING:
    from ledger.inventory import Inventory

FACILITIES_SHOWN = 25
GASES = ("CO2", "CH4", "N2O", "HFCs", "PFCs", "SF6", "NF3")


def summary(figures: QuarterlyFigures) -> Table:
    """Emissions by scope: this quarter, last year's, the year to date, the base year."""

    def row(measure: str, kind: str = "line") -> Row:
        cells = four_cells(figures, lambda inventory: measure_cell(inventory, measure))
        return Row((words(text(measure)), *cells), "total" if kind == "total" else "line")

    apart = four_cells(figures, lambda i: measure_cell(i, "biogenic_co2_kg"))
    rows = [row(measure) for measure in MEASURES]
    rows += [row("total_location", "total"), row("total_market", "total")]
    rows.append(Row((words(text("biogenic")), *apart), "apart"))
    return Table(
        "summary",
        text("table_summary"),
        text("unit_t"),
        (Column("", "text", "32%"), *four_columns(figures)),
        tuple(rows),
        tuple(_summary_notes(figures)),
    )


def declared_missing(figures: QuarterlyFigures, inventory: Inventory, category: int) -> bool:
    """Whether a category was declared not quantified: then it is not nothing."""
    held = () if figures.scope3 is None or inventory is not figures.current else figures.scope3.categories
    return any(
        one.rule.number == category and one.screening is not None and one.screening.status == "not_quantified"
        for one in held
    )


def _summary_notes(figures: QuarterlyFigures) -> list[str]:
    now = figures.current
    notes = []
    gaps = open_gaps(now, "total")
    if gaps:
        notes.append(text("incomplete_note", count=gaps, title=text("section_not_quantified")))
    if now.provisional:
        notes.append(text("provisional_note"))
    notes += comparative_notes(figures)
    if any(
        numbers.rounding_gap((i.scope_1, s2, i.scope_3), total)
        for i in figures.inventories
        if i is not None
        for s2, total in (
            (i.scope_2_location, i.total_location),
            (i.scope_2_market, i.total_market),
        )
    ):
        notes.append(text("rounding_note"))
    return notes


def scope_3(figures: QuarterlyFigures) -> Table:
    """All fifteen categories with the sub-line 1.1, and their total."""

    def category(number_of: int) -> Callable[[Inventory | None], Cell]:
        def cell(inventory: Inventory | None) -> Cell:
            if inventory is None:
                return number(None, "kg")
            value = inventory.scope_3_categories.get(number_of)
            gaps = open_gaps(inventory, "scope_3", number_of) or declared_missing(figures, inventory, number_of)
            missing = text("not_quantified") if gaps else None
            return number(value, "kg", figure_id(inventory, "scope_3", category=number_of), missing)

        return cell

    rows = []
    for number_of in range(1, 16):
        label = f"{number_of}  {text(f'category_{number_of}')}"
        rows.append(Row((words(label), *four_cells(figures, category(number_of)))))
        rows += [
            Row((words(f"{key}  {text('sub_line_1_1')}"), *_sub_line(figures, key)), "sub")
            for key in ("1.1",)
            if number_of == 1
        ]
    total = four_cells(figures, lambda inventory: measure_cell(inventory, "scope_3"))
    rows.append(Row((words(text("scope_3_total")), *total), "total"))
    parts = figures.current.scope_3_categories.values()
    gap = numbers.rounding_gap(parts, figures.current.scope_3)
    return Table(
        "scope_3",
        text("table_scope_3"),
        text("unit_t"),
        (Column(text("column_category"), "text", "36%"), *four_columns(figures)),
        tuple(rows),
        (text("rounding_note"),) if gap else (),
    )


def _sub_line(figures: QuarterlyFigures, key: str) -> tuple[Cell, ...]:
    def cell(inventory: Inventory | None) -> Cell:
        if inventory is None:
            return number(None, "kg")
        figure = figure_id(inventory, "scope_3", sub_line=key)
        return number(inventory.sub_lines.get(key), "kg", figure)

    return four_cells(figures, cell)


def facilities(figures: QuarterlyFigures) -> Table:
    """Emissions by facility, the largest first; past 25 the rest is one row."""
    ordered = by_size(figures.facilities)
    shown, rest = ordered[:FACILITIES_SHOWN], ordered[FACILITIES_SHOWN:]
    rows = [Row(_facility_cells(figures, line, line.key)) for line in shown]
    if rest:
        label = text("facilities_other", count=len(rest))
        rows.append(Row(_facility_cells(figures, folded(rest, label), None)))
    now = figures.current
    total = tuple(measure_cell(now, measure) for measure in (*MEASURES, "total_location", "total_market"))
    rows.append(Row((words(text("total")), words(""), *total), "total"))
    gap = any(
        numbers.rounding_gap([getattr(line, measure) for line in (*shown, folded(rest, ""))], getattr(now, measure))
        for measure in MEASURES
    )
    heads = (*(f"column_{measure}" for measure in MEASURES), "column_total_l", "column_total_m")
    return Table(
        "facilities",
        text("table_facilities", period=period_name(now)),
        text("unit_t"),
        (
            Column(text("column_facility"), "text", "27%"),
            Column(text("column_country"), "text", "9%"),
            *(Column(text(head)) for head in heads),
        ),
        tuple(rows),
        (text("rounding_note"),) if gap else (),
    )


def by_size(lines: tuple[BreakdownLine, ...]) -> list[BreakdownLine]:
    """The lines by the size of their location-based total, then by label and key."""
    return sorted(lines, key=lambda line: (-abs(line.total_location or Decimal(0)), line.label, line.key))


def folded(lines: list[BreakdownLine], label: str) -> BreakdownLine:
    """The sum of several lines as one."""
    sums: dict[str, Any] = {m: known_sum(*(getattr(line, m) for line in lines)) for m in MEASURES}
    return BreakdownLine(key="", label=label, **sums)


def _facility_cells(figures: QuarterlyFigures, line: BreakdownLine, key: str | None) -> tuple[Cell, ...]:
    def cell(measure: str) -> Cell:
        figure = None if not key else figure_id(figures.current, measure, facility=key)
        return number(getattr(line, measure), "kg", figure)

    measures = (*MEASURES, "total_location", "total_market")
    return (words(line.label), words(line.detail), *(cell(measure) for measure in measures))


def gases(figures: QuarterlyFigures) -> Table:
    """Mass and CO2e of the seven gases and of what has no gas split, for both totals; it foots."""
    now = figures.current
    held = {"location": now.by_gas, "market": now.by_gas_market}
    rows = [_gas_row(figures, gas, text(f"gas_{gas}")) for gas in (*GASES, "unsplit")]
    total = [words(text("total"))]
    for basis in BASES:
        total += [words("", "state"), measure_cell(now, f"total_{basis}")]
    gap = any(
        numbers.rounding_gap([amount.co2e_kg for amount in held[basis].values()], getattr(now, f"total_{basis}"))
        for basis in BASES
    )
    heads = ("mass", "co2e_location", "mass", "co2e_market")
    return Table(
        "gases",
        text("table_gases", period=period_name(now)),
        "",
        (Column(text("column_gas"), "text", "32%"), *(Column(text(f"column_{head}")) for head in heads)),
        (*rows, Row(tuple(total), "total")),
        (text("rounding_note"),) if gap else (),
    )


def _gas_row(figures: QuarterlyFigures, gas: str, label: str) -> Row:
    """A gas under both bases; a gas that no posting tells is a dash."""
    now = figures.current
    cells = [words(label)]
    for basis, held in (("location", now.by_gas), ("market", now.by_gas_market)):
        amount = held.get(gas)
        mass, co2e = (None, None) if amount is None else (amount.mass_kg, amount.co2e_kg)
        cells.append(number(mass, "kg", shown=_gas_tonnes))
        cells.append(number(co2e, "kg", figure_id(now, f"total_{basis}", gas=gas)))
    return Row(tuple(cells))


def _gas_tonnes(mass_kg: Decimal) -> str:
    """A mass of gas in t with four decimals: some gases come in grams."""
    return numbers.tonnes(mass_kg, 4)


def energy(figures: QuarterlyFigures) -> Table:
    """Energy by source in MWh, with its total."""

    def cell_of(source: str) -> Callable[[Inventory | None], Cell]:
        def cell(inventory: Inventory | None) -> Cell:
            if inventory is None:
                return number(None, "kwh")
            dimensions = {} if source == "total" else {"energy_source": source}
            figure = figure_id(inventory, "energy_kwh", **dimensions)
            return number(inventory.energy_kwh.get(source), "kwh", figure)

        return cell

    order = ("coal", "oil", "gas", "other_fossil", "nuclear", "renewable", "mixed")
    present = {source for i in figures.inventories if i is not None for source in i.energy_kwh}
    sources = [*order, *sorted(present - {*order, "total"})]
    rows = [
        Row((words(texts.text_or_code("source", source)), *four_cells(figures, cell_of(source)))) for source in sources
    ]
    rows.append(Row((words(text("source_total")), *four_cells(figures, cell_of("total"))), "total"))
    return Table(
        "energy",
        text("table_energy"),
        text("unit_mwh"),
        (Column(text("column_energy_source"), "text", "32%"), *four_columns(figures)),
        tuple(rows),
    )


def outside(figures: QuarterlyFigures) -> Table:
    """What is reported apart from the scopes: biogenic CO2, Montreal gases, removals."""

    def apart(inventory: Inventory | None, key: str) -> Cell:
        return number(None if inventory is None else inventory.outside_scopes.get(key), "kg", shown=_gas_tonnes)

    def removed(inventory: Inventory | None) -> Cell:
        return number(None if inventory is None else inventory.removals_kg, "kg")

    names = figures.activity_names or {}
    biogenic = four_cells(figures, lambda inventory: measure_cell(inventory, "biogenic_co2_kg"))
    rows = [Row((words(text("biogenic")), *biogenic))]
    keys = sorted({key for i in figures.inventories if i is not None for key in i.outside_scopes})
    for key in keys:
        activity = key.removesuffix("_kg")
        cells = four_cells(figures, lambda inventory, key=key: apart(inventory, key))  # type: ignore[misc]
        rows.append(Row((words(text("outside_gas", name=texts.named(names.get(activity, activity)))), *cells)))
    rows.append(Row((words(text("removals")), *four_cells(figures, removed))))
    return Table(
        "outside",
        text("table_outside"),
        "",
        (Column(text("column_item"), "text", "32%"), *four_columns(figures)),
        tuple(rows),
    )
