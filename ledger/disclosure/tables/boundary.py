"""Who and what is in the inventory: the boundary of the view, what is left out, and the split of the ESRS."""

from __future__ import annotations

from decimal import Decimal

from ledger.disclosure.figures.record import QuarterlyFigures
from ledger.disclosure.tables.measures import period_name
from ledger.disclosure.tables.table import Column, Row, Table, number, words
from ledger.disclosure.words import texts
from ledger.disclosure.words.texts import text

SHOWN_SPANS = 40


def boundary(figures: QuarterlyFigures) -> Table:
    """Each company and facility, from when to when, where it stands and at which share of Scope 1 and 2."""
    now = figures.current
    placed = [span for span in now.boundary if span.facility_id or not _has_facilities(figures, span.legal_entity_id)]
    shown = placed[:SHOWN_SPANS]
    rows = tuple(
        Row(
            (
                words(span.name or span.facility_id or span.legal_entity_id or text("not_at_a_facility")),
                words(span.legal_entity_id or text("not_reported")),
                words(_days(figures, span.start, span.end)),
                words(texts.text_or_code("placement", span.placement)),
                number(span.share, "ratio"),
                words(texts.noted(span.reason)),
            )
        )
        for span in shown
    )
    more = (text("annex_rows_note", count=len(placed) - len(shown)),) if len(placed) > len(shown) else ()
    return Table(
        "boundary",
        text("table_boundary", view=texts.text_or_code("view", now.view)),
        "",
        (
            Column(text("column_facility"), "text", "24%"),
            Column(text("column_company"), "text", "14%"),
            Column(text("column_days"), "text", "17%"),
            Column(text("column_placement"), "text", "15%"),
            Column(text("column_share"), "number", "9%"),
            Column(text("column_held_as"), "text"),
        ),
        rows,
        more,
    )


def exclusions(figures: QuarterlyFigures) -> Table:
    """The facilities left out, with reason and size (Corporate Standard, chapter 9)."""
    return Table(
        "exclusions",
        text("table_exclusions", period=period_name(figures.current)),
        text("unit_t"),
        (
            Column(text("column_facility"), "text", "30%"),
            Column(text("column_reason"), "text"),
            Column(text("column_size_stated"), "number", "16%"),
            Column(text("column_size_computed"), "number", "18%"),
        ),
        tuple(
            Row((words(left.name), words(left.reason), number(left.stated_kg, "kg"), number(left.computed_kg, "kg")))
            for left in figures.current.exclusions
        ),
    )


def split(figures: QuarterlyFigures) -> Table:
    """Scope 1 and 2 of the consolidated group and of other investees (ESRS E1); no rows in other views."""
    parts = figures.current.split or {}
    return Table(
        "split",
        text("table_split", period=period_name(figures.current)),
        text("unit_t"),
        (
            Column("", "text", "40%"),
            *(Column(text(f"column_{measure}")) for measure in ("scope_1", "scope_2_location", "scope_2_market")),
        ),
        tuple(
            Row(
                (
                    words(texts.text_or_code("group", part)),
                    *(number(getattr(held, name), "kg") for name in held.__slots__),
                )
            )
            for part, held in parts.items()
        ),
    )


def _has_facilities(figures: QuarterlyFigures, entity: str | None) -> bool:
    return any(span.facility_id and span.legal_entity_id == entity for span in figures.current.boundary)


def _days(figures: QuarterlyFigures, start: object, end: object) -> str:
    """The days of a span, or that it is the whole period."""
    period = figures.current.period
    if (start, end) == (period.start, period.end):
        return text("whole_period")
    return f"{start} {text('span_to')} {end}"


def is_whole(figures: QuarterlyFigures) -> bool:
    """Whether everything is inside at its whole, so that a sentence says it all."""
    return all(span.placement == "inside" and span.share == Decimal(1) for span in figures.current.boundary)
