"""Figures of AI models: what was posted of the runs of a model and stage, read from the activities that bear them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from ledger.errors import Misuse
from ledger.inventory.compile import MEASURE_FILTER
from ledger.inventory.exact import exact_sum
from ledger.inventory.period import Period
from ledger.inventory.posted import make_posted
from ledger.inventory.tags import labelled_sums
from ledger.store import Session
from schemas.measures import MEASURE_PARTS, SCOPE_MEASURES

CUTS = ("model", "stage")
"""Dimensions of a figure that are read from activities: they cut it by themselves."""
_PART = "\x1f"
_IS_RUN = "json_extract_string({a}.tags, '/run_id') is not null and {a}.model is not null"
_LABEL = f"case when {_IS_RUN.format(a='a')} then concat(a.model, '{_PART}', json_extract_string(a.tags, '/stage')) end"
_OF_CUT = {"model": "{a}.model = $cut_model", "stage": "json_extract_string({a}.tags, '/stage') = $cut_stage"}


def posted_of_models(s: Session, of: Period, view: str, size: int) -> dict[tuple[str, str], dict[str, Decimal]]:
    """Kg CO2e of Scope 1, 2 by both methods and 3 by model and stage, as the ledger stood at a size.

    Raises Misuse for a view that is not computed.
    """
    make_posted(s, of, view, size, by_facility=True, by_entity=True)
    measures = {name: MEASURE_FILTER[name] for name in SCOPE_MEASURES}
    sums = labelled_sums(s, _LABEL, "a.model is not null and a.tags is not null", {}, measures)
    made = {}
    for label, kg in sums.items():
        if label is not None:
            model, _, stage = label.partition(_PART)
            made[model, stage] = kg
    return made


def total_kg(kg: Mapping[str, Decimal], measure: str) -> Decimal | None:
    """A measure of one model and stage from its parts; None where nothing of it is posted."""
    parts = [kg[name] for name in MEASURE_PARTS[measure] if name in kg]
    return exact_sum(parts) if parts else None


def model_value(s: Session, of: Period, view: str, size: int, measure: str, cuts: Mapping[str, str]) -> Decimal | None:
    """A measure of a model, or of one of its stages, in kg CO2e; None where nothing is posted.

    Raises Misuse for a measure that is no mass of CO2e, other cuts beside these, or a stage without its model.
    """
    checked_cuts(measure, cuts)
    held = [
        total_kg(kg, measure)
        for (model, stage), kg in posted_of_models(s, of, view, size).items()
        if model == cuts["model"] and cuts.get("stage", stage) == stage
    ]
    known = [kg for kg in held if kg is not None]
    return exact_sum(known) if known else None


def checked_cuts(measure: str, cuts: Mapping[str, str]) -> None:
    """Raises Misuse where a figure cannot be cut by model and stage like that."""
    if "model" not in cuts or not set(cuts) <= set(CUTS) or measure not in MEASURE_PARTS:
        raise Misuse(
            "model and stage cut kg CO2e alone, and stand with no other dimension",
            "take one from the AI report, like 2026-Q3/operational_control/total_location/model=lm-7b/stage=tuning@14",
        )


def rows_sql(batch_no: str, seq: str, cuts: Mapping[str, str]) -> str:
    """SQL: whether the activity of a batch and number is one of a run of the cuts ($cut_model, $cut_stage)."""
    asked = " and ".join(_OF_CUT[name].format(a="of_run") for name in cuts)
    return (
        f"exists (select 1 from activity of_run where of_run.batch_no = {batch_no} and of_run.seq = {seq} "
        f"and {_IS_RUN.format(a='of_run')} and {asked})"
    )
