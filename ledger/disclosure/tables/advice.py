"""Advice on when and where jobs run beside what came of it: a memo, in no total and beside no market-based figure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from ledger.disclosure.tables.measures import period_name
from ledger.disclosure.tables.table import Cell, Column, Row, Table, number, words
from ledger.disclosure.words import numbers
from ledger.disclosure.words.texts import text
from ledger.inventory.exact import exact_difference, exact_sum

if TYPE_CHECKING:
    from ledger.disclosure.figures.record import QuarterlyFigures
    from ledger.schedule.recorded import AdviceLine

SHOWN = 40
"""Lines that are listed; what is beyond them is one line with their sum (`ghg ai advice --json` has all)."""
_FEW = 3


def ai_advice(figures: QuarterlyFigures) -> Table:
    """Each advice with what was forecast and what was measured, from its submission and as it ran, and the saving."""
    lines = figures.advice
    rows = [_row(line) for line in lines[:SHOWN]]
    if rest := lines[SHOWN:]:
        rows.append(_sum_row(text("ai_advice_more", count=len(rest)), rest, "line"))
    if lines:
        rows.append(_sum_row(text("ai_advice_total"), lines, "total"))
    return Table(
        "ai_advice",
        text("table_ai_advice", period=period_name(figures.current)),
        "",
        (
            Column(text("column_ai_advice"), "text", "28%"),
            Column(text("column_ai_forecast_before")),
            Column(text("column_ai_forecast_after")),
            Column(text("column_ai_measured_before")),
            Column(text("column_ai_measured_after")),
            Column(text("column_ai_moved_kwh")),
            Column(text("column_ai_expected_kg")),
            Column(text("column_ai_saved_kg")),
        ),
        tuple(rows),
        tuple(_notes(lines)),
    )


def _row(line: AdviceLine) -> Row:
    when = line.start_utc.strftime("%Y-%m-%d %H:%M")
    label = text("ai_advice_line", job=line.job_id, choice=text(f"ai_choice_{line.choice}"), zone=line.chosen_zone,
                 when=when)  # fmt: skip
    return Row(
        (
            words(label),
            _few(line.counterfactual_g_per_kwh),
            _few(line.expected_g_per_kwh),
            _few(line.measured_before_g_per_kwh),
            _few(line.measured_g_per_kwh),
            _few(_moved(line)),
            _few(line.expected_saving_kg),
            _saved(line),
        )
    )


def _moved(line: AdviceLine) -> Decimal | None:
    if line.measured_kwh is None or line.idle_kwh is None:
        return None
    return exact_difference(line.measured_kwh, line.idle_kwh)


def _saved(line: AdviceLine) -> Cell:
    """The saving that is claimed, else in words why none is."""
    if line.is_followed is None:
        return words(text("ai_advice_open"), "state")
    if line.saving_kg is None:
        return words(text("not_quantified"), "state")
    return _few(line.saving_kg) if line.is_followed else words(text("ai_advice_not_followed"), "state")


def _sum_row(label: str, lines: tuple[AdviceLine, ...], kind: str) -> Row:
    """What is claimed of several, with the energy and the expectation of the same ones."""
    claimed = [line for line in lines if line.claimed_kg is not None]
    blank = tuple(words("") for _ in range(4))
    cells = (
        _few(_sum(map(_moved, claimed))), _few(_sum(line.expected_saving_kg for line in claimed)),
        _few(_sum(line.claimed_kg for line in claimed)),
    )  # fmt: skip
    return Row((words(label), *blank, *cells), "total" if kind == "total" else "line")


def _notes(lines: tuple[AdviceLine, ...]) -> Iterator[str]:
    if not lines:
        return
    yield text("ai_note_advice_formula")
    yield text("ai_note_advice_memo")
    if redone := _sum(line.redone_kwh for line in lines if line.claimed_kg is not None):
        yield text("ai_note_advice_redone", kwh=numbers.significant(redone))
    if unlike := sum(line.is_followed is False for line in lines):
        yield text("ai_note_advice_not_followed", count=unlike)
    if waiting := sum(line.is_followed is None for line in lines):
        yield text("ai_note_advice_open", count=waiting)


def _sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return exact_sum(known) if known else None


def _few(value: Decimal | None) -> Cell:
    return number(value, "count", shown=lambda held: numbers.significant(held, _FEW))
