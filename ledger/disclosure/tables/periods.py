"""What happened to figures after they were closed: restatements, what waits for one, decisions on the base year."""

from __future__ import annotations

from decimal import Decimal

from ledger.disclosure.figures.record import QuarterlyFigures, known_sum
from ledger.disclosure.tables.table import Column, Row, Table, difference, number, words
from ledger.disclosure.words import numbers, texts
from ledger.disclosure.words.texts import text
from ledger.inventory.periods.restatement import Difference, Restatement
from schemas.measures import INVENTORY_MEASURES

MEASURES = INVENTORY_MEASURES


def restated_lines(told: Restatement) -> list[Difference]:
    """The lines of a restatement that the table shows: the measures that it moved."""
    return [line for line in told.lines if line.measure in MEASURES and line.difference_kg]


def restatements(figures: QuarterlyFigures) -> Table:
    """Each measure that a restatement changed: as first stated, as restated, and why."""
    rows = []
    for told in figures.restatements:
        for place, line in enumerate(restated_lines(told)):
            why = texts.text_or_code("restated", told.reason_code) + (f": {told.note}" if told.note else "")
            rows.append(
                Row(
                    (
                        words(told.period.label if not place else ""),
                        words(text(line.measure)),
                        number(line.old_kg, "kg"),
                        number(line.new_kg, "kg"),
                        difference(line.difference_kg, "kg"),
                        words(why if not place else "", longest=300),
                    )
                )
            )
    return Table(
        "restatements",
        text("table_restatements"),
        text("unit_t"),
        (
            Column(text("column_restated_period"), "text", "12%"),
            Column(text("column_of"), "text", "24%"),
            Column(text("column_as_stated")),
            Column(text("column_as_restated")),
            Column(text("column_difference")),
            Column(text("column_reason"), "text", "28%"),
        ),
        tuple(rows),
    )


def base_year_decisions(figures: QuarterlyFigures) -> Table:
    """Changes that might have moved the base year: their effect, and what was decided."""
    return Table(
        "base_year_decisions",
        text("table_base_year_decisions"),
        "",
        (
            Column(text("column_candidate"), "text", "30%"),
            Column(text("column_effect")),
            Column(text("column_share")),
            Column(text("column_running")),
            Column(text("column_decision"), "text", "16%"),
            Column(text("column_reason"), "text", "22%"),
        ),
        tuple(
            Row(
                (
                    words(f"{decision.candidate} ({texts.text_or_code('cause', decision.cause)})"),
                    number(decision.effect_kg, "kg"),
                    number(decision.effect_pct.scaleb(-2), "ratio"),
                    number(decision.cumulative_pct.scaleb(-2), "ratio"),
                    words(texts.text_or_code("decided", decision.decision)),
                    words(decision.reason or "", longest=300),
                )
            )
            for decision in figures.base_year_decisions
        ),
    )


def waiting(figures: QuarterlyFigures) -> str:
    """What came for closed months of the period and counts in no figure; empty where nothing did."""
    late = figures.current.received_after_close
    if late is None or not (late.rows or late.reversals):
        return ""
    kg = known_sum(late.scope_1, late.scope_2_location, late.scope_3)
    amount = text("not_quantified") if kg is None else f"{numbers.tonnes(kg)} {text('unit_t')}"
    return text("received_after_close", rows=numbers.grouped(Decimal(late.rows + late.reversals), 0), amount=amount)
