"""Contracts behind the market-based figures: the register, what every MWh rests on, and who was allotted what."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from ledger.disclosure.figures.record import QuarterlyFigures
from ledger.disclosure.tables.measures import period_name
from ledger.disclosure.tables.table import Cell, Column, Row, Table, number, words
from ledger.disclosure.words import numbers, texts
from ledger.disclosure.words.texts import text
from ledger.inventory.exact import exact_difference

if TYPE_CHECKING:
    from datetime import date

    from ledger.inventory.instruments import InstrumentRecord
    from ledger.inventory.scope2 import Scope2Row

SHOWN_ALLOCATIONS = 36
SHOWN_INSTRUMENTS = 40
SHOWN_SITES = 25
RANKS = ("instrument", "supplier_rate", "residual_mix", "location_factor", "named_factor", "not_quantified")
"""What energy may rest on: the ranks of table 6.3, factors named by rows, and nothing."""


def instruments(figures: QuarterlyFigures) -> Table:
    """The instruments of the period's vintages: what each holds, gave and has left, and why one was rejected."""
    shown = figures.instruments[:SHOWN_INSTRUMENTS]
    more = len(figures.instruments) - len(shown)
    return Table(
        "instruments",
        text("table_instruments"),
        text("unit_mwh"),
        (
            Column(text("column_instrument"), "text", "16%"),
            Column(text("column_type"), "text", "13%"),
            Column(text("column_energy_source"), "text", "11%"),
            Column(text("column_market"), "text", "8%"),
            Column(text("column_vintage"), "text", "11%"),
            Column(text("column_held")),
            Column(text("column_used")),
            Column(text("column_status"), "text", "23%"),
        ),
        tuple(_instrument(record) for record in shown),
        (text("annex_rows_note", count=more),) if more else (),
    )


def _instrument(record: InstrumentRecord) -> Row:
    return Row(
        (
            words(record.instrument_id),
            words(texts.named(record.type_name)),
            words(texts.text_or_code("source", record.energy_source)),
            words(record.market_boundary),
            words(vintage(record.vintage_start, record.vintage_end)),
            number(record.kwh, "kwh"),
            number(record.used_in_period_kwh, "kwh"),
            words(standing(record), longest=300),
        )
    )


def standing(record: InstrumentRecord) -> str:
    """Whether an instrument is used, and in words why not, or not all of it; which criteria are met."""
    reasons = "; ".join(texts.noted(reason.words) for reason in record.reasons)
    status = text(f"used_{record.status}")
    asked = [answer for answer in record.criteria if answer != "na"]
    met = text("criteria_met", met=asked.count("met"), of=len(asked))
    return f"{status}; {met}" + (f": {reasons}" if reasons else "")


def vintage(start: date, end: date) -> str:
    """The months of generation: one, or from one to another."""
    first, last = f"{start:%Y-%m}", f"{end:%Y-%m}"
    return first if first == last else f"{first} {text('span_to')} {last}"


def coverage(figures: QuarterlyFigures) -> Table:
    """What the energy of each site rests on, in MWh that sum to its consumption, with both totals."""
    held = figures.scope2
    rows = [] if held is None else [*held.rows]
    shown = sorted(rows, key=lambda row: -row.consumption_kwh)[:SHOWN_SITES]
    made = [_site(figures, row) for row in shown]
    if held is not None and rows:
        made.append(_site(figures, held.total, total=True))
    more = len(rows) - len(shown)
    return Table(
        "coverage",
        text("table_coverage", period=period_name(figures.current)),
        text("unit_mwh"),
        (
            Column(text("column_facility"), "text", "21%"),
            Column(text("column_consumption")),
            *(Column(text(f"rank_{rank}")) for rank in RANKS),
            Column(text("column_location_t")),
            Column(text("column_market_t")),
        ),
        tuple(made),
        tuple(_coverage_notes(figures, more)) if made else (),
    )


def _coverage_notes(figures: QuarterlyFigures, more: int) -> list[str]:
    """What is not in the table: sites beyond those shown, and energy of which no kWh is known."""
    notes = [text("annex_rows_note", count=more)] if more else []
    whole, held = figures.current.scope_2_location, figures.scope2
    told = None if held is None else held.total.location_kg
    if whole is not None and whole != (told or Decimal(0)):
        rest = numbers.tonnes(exact_difference(whole, told or Decimal(0)))
        notes.append(text("coverage_rest", tonnes=rest))
    return notes


def _site(figures: QuarterlyFigures, row: Scope2Row, *, total: bool = False) -> Row:
    names = {line.key: line.label for line in figures.facilities}
    site = names.get(row.facility_id or "", row.facility_id or text("not_at_a_facility"))
    label = text("total") if total else f"{site}, {texts.text_or_code('carrier', row.carrier)}"
    cells = (_kwh(getattr(row, f"{rank}_kwh")) for rank in RANKS)
    both = (number(row.location_kg, "kg"), number(row.market_kg, "kg"))
    return Row((words(label), number(row.consumption_kwh, "kwh"), *cells, *both), "total" if total else "line")


def _kwh(value: Decimal) -> Cell:
    return number(value or None, "kwh")


def allocations(figures: QuarterlyFigures) -> Table:
    """Which instrument was laid against which facility's month."""
    shown = figures.allocations[:SHOWN_ALLOCATIONS]
    more = len(figures.allocations) - len(shown)
    return Table(
        "allocations",
        text("table_allocations"),
        text("unit_mwh"),
        (
            Column(text("column_facility"), "text", "40%"),
            Column(text("column_month"), "text"),
            Column(text("column_instrument"), "text"),
            Column(text("column_kwh")),
        ),
        tuple(
            Row(
                (
                    words(line.facility or text("not_at_a_facility")),
                    words(texts.month(line.month)),
                    words(line.instrument_id),
                    number(line.kwh, "kwh"),
                )
            )
            for line in shown
        ),
        (text("annex_rows_note", count=more),) if more else (),
    )
