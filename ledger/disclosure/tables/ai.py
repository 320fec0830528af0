"""What the AI report says of models: energy and carbon by stage, compute and training as Annex XI asks, scores."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING

from ledger.ai.exports import mapping
from ledger.ai.interval import QUOTIENT
from ledger.disclosure.figures.record import figure_id
from ledger.disclosure.tables.measures import period_name
from ledger.disclosure.tables.table import Cell, Column, Row, Table, number, words
from ledger.disclosure.words import numbers
from ledger.disclosure.words.texts import text
from ledger.inventory.exact import exact_sum

if TYPE_CHECKING:
    from ledger.ai.interval import Interval
    from ledger.ai.worked import Worked
    from ledger.disclosure.figures.record import QuarterlyFigures
    from ledger.inventory import Inventory
    from ledger.inventory.ai_models import AiModel, AiStage

_FEW = 4  # significant figures of what can be small or large


def ai_models(figures: QuarterlyFigures) -> Table:
    """Each model and stage: runs, accelerator-hours, energy, and carbon by both methods as posted."""
    rows = [row for model in figures.ai for row in _model_rows(model, figures.current)]
    return Table(
        "ai_models",
        text("table_ai_models", period=period_name(figures.current)),
        "",
        (
            Column("", "text", "26%"),
            Column(text("column_ai_runs")),
            Column(text("column_ai_not_kept")),
            Column(text("column_ai_hours")),
            Column(text("column_ai_kwh")),
            Column(text("column_ai_location")),
            Column(text("column_ai_market")),
        ),
        tuple(rows),
        tuple(_model_notes(figures)),
    )


def _model_rows(model: AiModel, now: Inventory) -> Iterator[Row]:
    about = [*model.versions, *model.hardware, *model.places]
    yield Row((words(", ".join([model.model, *about])), *(words("") for _ in range(6))), "group")
    for stage in model.stages:
        cuts = {"model": model.model, "stage": stage.stage}
        yield _amounts_row(text(f"ai_stage_{stage.stage}"), [stage], now, cuts)
    if len(model.stages) > 1:
        yield _amounts_row(text("total"), list(model.stages), now, {"model": model.model})


def _amounts_row(label: str, stages: list[AiStage], now: Inventory, cuts: dict[str, str]) -> Row:
    """The sums of stages; kg CO2e with the figure's id, which `ghg trace` takes."""
    cells = (
        words(label),
        number(Decimal(sum(stage.runs for stage in stages)), "count"),
        number(Decimal(sum(stage.not_kept for stage in stages)), "count"),
        few(_sum(stage.accelerator_hours for stage in stages)),
        few(_sum(stage.energy_kwh for stage in stages)),
        few(_sum(stage.location_kg for stage in stages), figure_id(now, "total_location", **cuts)),
        few(_sum(stage.market_kg for stage in stages), figure_id(now, "total_market", **cuts)),
    )
    return Row(cells, "line" if "stage" in cuts else "total")


def _model_notes(figures: QuarterlyFigures) -> Iterator[str]:
    stages = [stage for model in figures.ai for stage in model.stages]
    if not stages:
        return
    yield text("ai_note_amounts")
    if any(stage.not_kept for stage in stages):
        wasted = numbers.significant(exact_sum(stage.not_kept_kwh for stage in stages))
        yield text("ai_note_not_kept", kwh=wasted)
    if estimated := exact_sum(stage.estimated_kwh for stage in stages):
        yield text("ai_note_estimated", kwh=numbers.significant(estimated))
    if below := exact_sum(stage.below_overhead_kwh for stage in stages):
        yield text("ai_note_below_overhead", kwh=numbers.significant(below))
    if without := sum(stage.without_energy for stage in stages):
        yield text("ai_note_without_energy", count=without)
    if any(stage.energy_kwh is not None and stage.location_kg is None for stage in stages):
        yield text("ai_note_breakdown")


def ai_compute(figures: QuarterlyFigures) -> Table:
    """Compute, time and energy of training (Regulation (EU) 2024/1689, Annex XI, section 1, point 2 (d) and (e))."""
    rows = [_compute_row(model) for model in figures.ai if _trained(model)]
    return Table(
        "ai_compute",
        text("table_ai_compute"),
        "",
        (
            Column(text("column_ai_model"), "text", "24%"),
            Column(text("column_ai_flop")),
            Column(text("column_ai_estimated")),
            Column(text("column_ai_wall_hours")),
            Column(text("column_ai_hours")),
            Column(text("column_ai_mwh")),
        ),
        tuple(rows),
        (text("ai_note_annex_xi"),) if rows else (),
    )


def training_stages(models: Iterable[AiModel]) -> list[AiStage]:
    """The stages of all models that are training by `data/ai_exports/annex-xi.csv`, as in `ghg ai export`."""
    return [stage for model in models for stage in _trained(model)]


def _trained(model: AiModel) -> list[AiStage]:
    places = mapping("annex-xi")
    return [stage for stage in model.stages if places[stage.stage][0]]


def _compute_row(model: AiModel) -> Row:
    stages = _trained(model)
    flops, kwh = _sum(stage.flops for stage in stages), _sum(stage.energy_kwh for stage in stages)
    estimated = exact_sum(stage.estimated_flops for stage in stages)
    hours = QUOTIENT.divide(exact_sum(stage.wall_seconds for stage in stages), Decimal(3600))
    return Row(
        (
            words(model.model),
            number(flops, "count", shown=powers),
            number(estimated, "count", shown=powers),
            few(hours),
            few(_sum(stage.accelerator_hours for stage in stages)),
            number(kwh, "kwh", shown=lambda value: numbers.significant(numbers.thousandth(value), 2)),
        )
    )


def ai_scores(figures: QuarterlyFigures) -> Table:
    """The two scores of SCI for AI, each with every term; they never merge, and take no market-based intensity."""
    rows = []
    for model in figures.ai:
        if model.scores:
            rows.append(Row((words(model.model), *(words("") for _ in range(3))), "group"))
        rows += [row for score in model.scores for row in _score_rows(score)]
    return Table(
        "ai_scores",
        text("table_ai_scores"),
        "",
        (
            Column(text("column_ai_term"), "text", "22%"),
            Column(text("column_value"), "number", "18%"),
            Column(text("column_unit"), "text", "20%"),
            Column(text("column_source"), "text"),
        ),
        tuple(rows),
        (text("ai_note_scores"), text("ai_note_manufacture")) if rows else (),
    )


def _score_rows(score: Worked) -> Iterator[Row]:
    """A score and its terms; the last is R, what is counted."""
    counted = text(f"ai_unit_{score.terms[-1].unit.replace(' ', '_')}")
    name, unit = text(score.kind), text("ai_grams_per", unit=counted)
    yield Row((words(name), _ranged(score.value), words(unit), words(score.source)), "total")
    for term in score.terms:
        letter, _, stage = term.name.partition(" ")
        label = f"{letter}, {text(f'ai_stage_{stage}')}" if stage else letter
        of = counted if term is score.terms[-1] else term.unit
        unknown = letter == "M" and not term.value.high
        value = words(text("not_quantified"), "state") if unknown else _ranged(term.value)
        yield Row((words(label), value, words(unit_words(of)), words(term.source)), "sub")


def unit_words(unit: str) -> str:
    """A unit as documents write it."""
    return unit.replace("CO2e", "CO₂e")


def _ranged(value: Interval) -> Cell:
    """A value, or both ends of a range in words."""
    if value.is_point:
        return few(value.low)
    low, high = (numbers.significant(end, _FEW) for end in (value.low, value.high))
    return Cell(text("interval", low=low, high=high), "number")


def _sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return exact_sum(known) if known else None


def few(value: Decimal | None, figure: str | None = None) -> Cell:
    """A cell at a few significant figures, whatever its size; with an id where the ledger can trace it."""
    named = figure if value is not None else None
    return number(value, "count", named, shown=lambda held: numbers.significant(held, _FEW))


def powers(value: Decimal) -> str:
    """A count as a power of ten: 3.14 × 10²³."""
    if value == 0:
        return "0"
    held = Context(prec=3, rounding=ROUND_HALF_UP).plus(value)
    head = numbers.grouped(held.scaleb(-held.adjusted()), 2)
    superior = str(held.adjusted()).translate(str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"))
    return f"{head} × 10{superior}"
