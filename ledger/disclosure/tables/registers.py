"""What stands beside the inventory: how sure it is, intensities, prices, targets, credits and removals."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from ledger.disclosure.figures.record import QuarterlyFigures
from ledger.disclosure.tables.measures import measure_name, period_name
from ledger.disclosure.tables.table import Column, Row, Table, number, words
from ledger.disclosure.words import numbers, texts
from ledger.disclosure.words.texts import text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ledger.inventory.registers.credits import Credits, CreditTotals
    from ledger.inventory.registers.intensity import Intensity
    from ledger.inventory.registers.prices import PricedScheme
    from ledger.inventory.registers.removals import Removals
    from ledger.inventory.registers.targets import TargetProgress

INTENSITIES_SHOWN = ("scope_1", "scope_2_location", "scope_2_market", "total_location", "total_market")


def uncertainty(figures: QuarterlyFigures) -> Table:
    """The 95 % interval of each total, scope and category, as far as it is assessed."""
    held = figures.uncertainty
    rows = []
    for figure in held.figures if held is not None and is_assessed(figures) else ():
        interval = text("not_assessed")
        half, rank = text("not_reported"), text("not_reported")
        if figure.half_width is not None and figure.low_kg is not None and figure.high_kg is not None:
            low, high = (numbers.tonnes(estimate(end)) for end in (figure.low_kg, figure.high_kg))
            interval = text("interval", low=low, high=high)
            half = ("≥ " if figure.is_lower_bound else "") + f"±{numbers.percent(estimate(figure.half_width))}"
            rank = texts.text_or_code("rank", figure.rank) if figure.rank else text("rank_too_little")
        rows.append(
            Row(
                (
                    words(measure_name(figure.label)),
                    number(figure.value_kg, "kg"),
                    number(None if figure.assessed_kg is None else estimate(figure.assessed_kg), "kg"),
                    words(half),
                    words(interval),
                    words(rank),
                )
            )
        )
    return Table(
        "uncertainty",
        text("table_uncertainty", period=period_name(figures.current)),
        text("unit_t"),
        (
            Column("", "text", "30%"),
            Column(text("column_value"), "number", "12%"),
            Column(text("column_assessed"), "number", "12%"),
            Column(text("column_half_width"), "text", "13%"),
            Column(text("column_interval"), "text", "20%"),
            Column(text("column_rank"), "text"),
        ),
        tuple(rows),
        tuple(map(texts.noted, held.notes)) if held is not None and rows else (),
    )


def _notes(told: Iterable[Credits | Intensity | PricedScheme | Removals | TargetProgress]) -> tuple[str, ...]:
    """The notes of records, each once."""
    return tuple(dict.fromkeys(texts.noted(note) for one in told for note in one.notes))


def estimate(value: float) -> Decimal:
    """An estimate at nine significant digits, in which all machines and threads agree."""
    return Decimal(f"{value:.9g}")


def is_assessed(figures: QuarterlyFigures) -> bool:
    """Whether anything of the period says how sure it is."""
    held = figures.uncertainty
    return held is not None and any(figure.half_width is not None for figure in held.figures)


def intensities(figures: QuarterlyFigures) -> Table:
    """Kg CO2e per unit of revenue, headcount and the like, by both Scope 2 methods."""
    held = [intensity for intensity in figures.intensities if intensity.figures]
    return Table(
        "intensities",
        text("table_intensities", period=period_name(figures.current)),
        text("unit_kg_per"),
        (
            Column(text("column_per"), "text", "24%"),
            Column(text("column_value"), "number", "14%"),
            *(Column(text(f"column_{_short(measure)}")) for measure in INTENSITIES_SHOWN),
        ),
        tuple(_intensity(intensity) for intensity in held),
        _notes(figures.intensities),
    )


def _short(measure: str) -> str:
    return {"total_location": "total_l", "total_market": "total_m"}.get(measure, measure)


def _intensity(held: Intensity) -> Row:
    by_measure = {figure.measure: figure.kg_per_unit for figure in held.figures}
    name = texts.catalogue().get(f"metric_{held.metric}") or held.metric.replace("_", " ").capitalize()
    per = ", ".join(filter(None, (name, held.product, texts.unit_name(held.unit))))
    cells = (number(by_measure.get(measure), "count", shown=_significant) for measure in INTENSITIES_SHOWN)
    return Row((words(per), number(held.value, "count"), *cells))


def _significant(value: Decimal) -> str:
    return numbers.significant(value, 3)


def prices(figures: QuarterlyFigures) -> Table:
    """Internal carbon prices: what each covers and what that costs at its price."""
    rows = []
    for scheme in figures.prices:
        shares = ", ".join(
            text("covered_scope", scope=covered.scope, share=numbers.percent(covered.share, 0))
            for covered in scheme.scopes
            if covered.share is not None
        )
        rows.append(
            Row(
                (
                    words(scheme.scheme_id),
                    words(texts.text_or_code("price_type", scheme.price_type)),
                    number(scheme.price_per_t, "count", shown=_plain),
                    words(scheme.currency),
                    words(shares or text("not_quantified")),
                    number(scheme.covered_t, "count", shown=_one_place),
                    number(scheme.cost, "count"),
                )
            )
        )
    return Table(
        "prices",
        text("table_prices", period=period_name(figures.current)),
        "",
        (
            Column(text("column_scheme"), "text", "15%"),
            Column(text("column_type"), "text", "20%"),
            Column(text("column_price_per_t"), "number", "11%"),
            Column(text("column_currency"), "text", "9%"),
            Column(text("column_covered"), "text"),
            Column(text("column_covered_t"), "number", "12%"),
            Column(text("column_cost"), "number", "13%"),
        ),
        tuple(rows),
        _notes(figures.prices),
    )


def _plain(value: Decimal) -> str:
    return numbers.amount(value) or ""


def _one_place(value: Decimal) -> str:
    return numbers.grouped(value, 1)


def targets(figures: QuarterlyFigures) -> Table:
    """Each target with what is to be reached, what has been, and where a straight path would be."""
    return Table(
        "targets",
        text("table_targets"),
        text("unit_t"),
        (
            Column(text("column_target"), "text", "20%"),
            Column(text("column_of"), "text"),
            Column(text("column_base"), "number", "11%"),
            Column(text("column_year"), "number", "11%"),
            Column(text("column_goal"), "text", "15%"),
            Column(text("column_reached"), "number", "9%"),
            Column(text("column_path"), "number", "9%"),
        ),
        tuple(
            Row(
                (
                    words(target.target_id),
                    words(measure_name(target.measure)),
                    number(target.base_kg, "kg"),
                    number(target.year_kg, "kg"),
                    words(_goal(target.reduction_pct, target.target_year)),
                    number(None if target.reached_pct is None else _ratio(target.reached_pct), "ratio"),
                    number(_ratio(target.path_pct), "ratio"),
                )
            )
            for target in figures.targets
        ),
        _notes(figures.targets),
    )


def _goal(reduction_pct: Decimal, year: int) -> str:
    return text("goal", percent=numbers.percent(_ratio(reduction_pct), 0), year=year)


def _ratio(percent: Decimal) -> Decimal:
    return percent.scaleb(-2)


def credits_and_removals(figures: QuarterlyFigures) -> Table:
    """Credits cancelled or planned and carbon removed: apart, and never deducted."""
    rows = []
    credits_held = figures.credits
    if credits_held is not None:
        for state in ("cancelled", "planned_contracted", "planned_open"):
            totals: CreditTotals = getattr(credits_held, state)
            if totals.rows:
                rows.append(Row((words(text(f"credits_{state}")), number(totals.tonnes.scaleb(3), "kg"))))
    removed = figures.removals
    if removed is not None and removed.rows:
        for name in ("removed_kg", "emitted_kg", "reversed_kg"):
            value: Decimal | None = getattr(removed, name)
            rows.append(Row((words(text(f"removals_{name}")), number(value, "kg"))))
    notes = _notes([held for held in (credits_held, removed) if held is not None])
    return Table(
        "credits",
        text("table_credits", period=period_name(figures.current)),
        text("unit_t"),
        (Column(text("column_item"), "text", "70%"), Column(text("column_value"))),
        tuple(rows),
        notes if rows else (),
    )
