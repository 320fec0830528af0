"""How the data came about and what is missing of it: methods by category, descriptions, coverage, claims."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from ledger.disclosure.figures.record import QuarterlyFigures
from ledger.disclosure.tables.measures import measure_name, period_name
from ledger.disclosure.tables.table import Cell, Column, Row, Table, number, words
from ledger.disclosure.words import numbers, texts
from ledger.disclosure.words.quality import method_name, quality_words, whole_percent
from ledger.disclosure.words.texts import text

if TYPE_CHECKING:
    from ledger.inventory.coverage.claims import Claim, ClaimComparison
    from ledger.inventory.coverage.completeness import Completeness, Subject
    from ledger.inventory.scope3 import Category

SHOWN_SUBJECTS = 25


def scope_3_methods(figures: QuarterlyFigures) -> Table:
    """Each category with its methods, its primary data and what was decided of it (Scope 3 Standard, chapter 11)."""
    held = figures.scope3
    return Table(
        "scope_3_methods",
        text("table_scope_3_methods", period=period_name(figures.current)),
        "",
        (
            Column(text("column_category"), "text", "30%"),
            Column(text("column_methods"), "text", "22%"),
            Column(text("column_primary"), "number", "9%"),
            Column(text("column_screening"), "text", "13%"),
            Column(text("column_remark"), "text"),
        ),
        tuple(_category(category) for category in held.categories) if held is not None else (),
    )


def _category(category: Category) -> Row:
    rule = category.rule
    methods = ", ".join(
        method_name(method.method) + ("" if method.share is None else f" {whole_percent(method.share)}")
        for method in category.methods
    )
    told = [texts.text_or_code("told", code) for code in category.told if code != "not_screened"]
    if category.screening is not None:
        told.append(category.screening.why)
    if rule.time_boundary and category.kg is not None:
        told.append(texts.named(rule.time_boundary))
    return Row(
        (
            words(f"{rule.number}  {text(f'category_{rule.number}')}"),
            words(methods or text("not_reported")),
            number(category.share_primary, "ratio"),
            words(texts.text_or_code("screening", category.status)),
            words("; ".join(told), longest=300),
        )
    )


def descriptions(figures: QuarterlyFigures) -> Table:
    """The data behind each scope and category in a sentence or two."""
    return Table(
        "descriptions",
        text("table_descriptions"),
        "",
        (Column(text("column_item"), "text", "28%"), Column(text("column_data"), "text")),
        tuple(
            Row((words(measure_name(held.label)), words(quality_words(held), longest=2000)))
            for held in figures.descriptions
        ),
    )


def coverage_by_month(figures: QuarterlyFigures) -> Table:
    """What ought to have come and did not, or not whole: days with data of days expected, month by month."""
    held = figures.completeness
    months = figures.current.period.months
    open_subjects = [] if held is None else _incomplete(held)
    shown = open_subjects[:SHOWN_SUBJECTS]
    more = len(open_subjects) - len(shown)
    notes = [] if held is None else [_days(held)]
    if more:
        notes.append(text("annex_rows_note", count=more))
    rows = [] if held is None else [_subject(figures, held, subject) for subject in shown]
    return Table(
        "completeness",
        text("table_completeness", period=period_name(figures.current)),
        text("unit_days"),
        (
            Column(text("column_facility"), "text", "26%"),
            Column(text("column_activity"), "text", "26%"),
            *(Column(texts.month(month)) for month in months),
        ),
        tuple(rows),
        tuple(notes) if rows else (),
    )


def _incomplete(held: Completeness) -> list[Subject]:
    open_numbers = {cell.subject for cell in held.cells if cell.state != "covered"}
    return [subject for subject in held.subjects if subject.number in open_numbers]


def _subject(figures: QuarterlyFigures, held: Completeness, subject: Subject) -> Row:
    names = figures.activity_names or {}
    places = {line.key: line.label for line in figures.facilities}
    site = places.get(subject.facility_id or "", subject.facility_id or text("not_at_a_facility"))
    meter = f", {subject.meter_id}" if subject.meter_id else ""
    cells = {cell.month: cell for cell in held.cells if cell.subject == subject.number}

    def shown(month: object) -> Cell:
        cell = cells.get(month)  # type: ignore[call-overload]
        if cell is None:
            return words(text("not_reported"), "state")
        days = f"{cell.days_covered} / {cell.days_expected}"
        return words(days + (f" {text('estimated_mark')}" if cell.days_estimated else ""), "number")

    label = texts.named(names.get(subject.activity_type, subject.activity_type))
    return Row((words(site + meter), words(label), *(shown(month) for month in figures.current.period.months)))


def _days(held: Completeness) -> str:
    expected, covered, estimated = held.days
    return text(
        "completeness_days" if not held.derived else "completeness_days_derived",
        covered=numbers.grouped(Decimal(covered), 0),
        expected=numbers.grouped(Decimal(expected), 0),
        estimated=numbers.grouped(Decimal(estimated), 0),
    )


def completeness_words(figures: QuarterlyFigures) -> str:
    """The coverage in a sentence, for a period in which nothing is missing or nothing was expected."""
    held = figures.completeness
    if held is None or not held.subjects:
        return text("completeness_none")
    return _days(held)


def claims(figures: QuarterlyFigures) -> Table:
    """Figures of others beside ours: compared, in no total."""
    held = figures.claims
    return Table(
        "claims",
        text("table_claims"),
        "",
        (
            Column(text("column_claim"), "text", "20%"),
            Column(text("column_of"), "text", "22%"),
            Column(text("column_theirs")),
            Column(text("column_ours")),
            Column(text("column_unit"), "text", "8%"),
            Column(text("column_difference_pct")),
            Column(text("column_remark"), "text", "20%"),
        ),
        tuple(
            Row(
                (
                    words(compared.claim.claim_id),
                    words(_about(figures, compared.claim)),
                    number(compared.claim.value, "count", shown=_two_places),
                    number(compared.ours, "count", shown=_two_places),
                    words(compared.claim.unit),
                    number(None if compared.difference_pct is None else compared.difference_pct.scaleb(-2), "ratio"),
                    words("; ".join(filter(None, _remarks(compared))), longest=300),
                )
            )
            for compared in (held.comparisons if held is not None else ())
            if compared.claim.about_kind in ("period", "facility", "figure")
        ),
    )


def _about(figures: QuarterlyFigures, claim: Claim) -> str:
    """What a claim is of, in words: measure, facility, and the period or thing that it is about."""
    places = {line.key: line.label for line in figures.facilities}
    parts = (
        measure_name(claim.measure),
        places.get(claim.facility_id or "", claim.facility_id or ""),
        claim.about,
    )
    return ", ".join(filter(None, parts))


def _remarks(compared: ClaimComparison) -> tuple[str, ...]:
    return (_verdict(compared.agrees), texts.noted(compared.why), *map(texts.noted, compared.explanations))


def _two_places(value: Decimal) -> str:
    return numbers.grouped(value, 2)


def _verdict(agrees: bool | None) -> str:
    return text({True: "claim_agrees", False: "claim_differs", None: "claim_incomparable"}[agrees])
