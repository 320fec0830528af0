"""What the ledger can tell of AI models (Regulation (EU) 2024/1689, Annex XI): compute, time and energy of training."""

from __future__ import annotations

from ledger.disclosure.requirements.answers import Answer, Figures, Probe
from ledger.disclosure.requirements.narrative import Told
from ledger.disclosure.tables.ai import training_stages
from ledger.disclosure.words.texts import text


def _compute(figures: Figures, _: Told) -> Answer:
    stages = training_stages(figures.ai)
    if not any(stage.flops for stage in stages):
        return Answer("missing", text("answer_ai_no_compute"))
    without = sum(stage.without_flops for stage in stages)
    if without:
        return Answer("partly", text("answer_ai_without_compute", count=without), "ai_compute")
    return Answer("met", "", "ai_compute")


def _time(figures: Figures, _: Told) -> Answer:
    if not training_stages(figures.ai):
        return Answer("missing", text("answer_ai_no_training"))
    return Answer("met", "", "ai_compute")


def _energy(figures: Figures, _: Told) -> Answer:
    stages = training_stages(figures.ai)
    if not any(stage.energy_kwh for stage in stages):
        return Answer("missing", text("answer_ai_no_energy"))
    without = sum(stage.without_energy for stage in stages)
    if without:
        return Answer("partly", text("answer_ai_without_energy", count=without), "ai_models")
    return Answer("met", "", "ai_models")


AI_PROBES: dict[str, Probe] = {"ai_compute": _compute, "ai_time": _time, "ai_energy": _energy}
"""Subjects of AI models, by name."""
