"""Provider and consumer score of a model from its recorded runs: failed runs count, factors by place and month."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from ledger.ai.model_runs import ModelRun
from ledger.ai.model_scores import model_score
from ledger.errors import Misuse
from ledger.factors.unrecorded import shipped_factors

D = Decimal
RUN = ModelRun(
    "r1", 1, "pre_training", "completed", "active", "1.0", "nvidia-t4", 8, None, None, "GB", None,
    datetime(2025, 3, 1, tzinfo=UTC), datetime(2025, 3, 11, tzinfo=UTC), D(864_000), D(6_912_000), D(1000),
    "measured", False, None, None, D(1000), None, D(1_000_000), None, None, None, None,
)  # fmt: skip
FAILED = replace(RUN, run_id="r2", outcome="failed", energy_kwh=D(100), tokens_in=D(100_000))
SERVED = replace(RUN, run_id="r3", stage="inference", energy_kwh=D(10), tokens_in=D(4000), tokens_out=D(6000),
                 requests=D(500), hardware_id="nvidia-h100-sxm5-80gb", accelerator_seconds=D(3600) * 8760)  # fmt: skip


@pytest.fixture(scope="module")
def factors():
    """The shipped factors."""
    with shipped_factors("electricity_purchased") as s:
        yield s


def test_the_provider_score_counts_failed_runs(factors):
    """1,100 kWh × 177 g (GB, 2025) over 1,100,000 tokens: 0.177 g; per effective token 0.1947 g."""
    told = model_score(factors, [RUN, FAILED, SERVED], "provider", "training token", reason="x")
    assert told.value.low == told.value.high == D("0.177")
    assert "2 runs, 1 not completed" in told.words()
    assert any("M is zero" in note for note in told.notes)  # no source gives the manufacture of a T4
    effective = model_score(factors, [RUN, FAILED], "provider", "training token", reason="x", effective=True)
    assert effective.value.low == D("0.1947")


def test_each_run_has_the_factor_of_its_own_place_and_month(factors):
    """1,000 kWh in GB in 2025 at 177 g and 1,000 kWh in 2024 at 207.05 g: the mean is by energy, 192.025 g."""
    earlier = replace(RUN, run_id="r4", start=datetime(2024, 3, 1, tzinfo=UTC), end=datetime(2024, 3, 11, tzinfo=UTC))
    told = model_score(factors, [RUN, earlier], "provider", "parameter", reason="x")
    assert told.terms[1].value.low == D("192.025")
    assert told.value.low == 2000 * D("192.025") / 1000  # per parameter, of the model's thousand


def test_the_consumer_score_is_of_inference_alone(factors):
    """10 kWh × 177 g and 164 kg of an H100 for a year of 3 to 6, over 500 requests; no training in it."""
    told = model_score(factors, [RUN, SERVED], "consumer", "request")
    assert round(told.value.low, 6) == round((1770 + D(164_000) / 6) / 500, 6)
    assert round(told.value.high, 6) == round((1770 + D(164_000) / 3) / 500, 6)
    tokens = model_score(factors, [SERVED], "consumer", "token")
    assert round(tokens.value.low * 20, 9) == round(told.value.low, 9)


@pytest.mark.parametrize(
    ("runs", "kind", "unit", "words"),
    [
        ([SERVED], "provider", "FLOP", "no run of the stages"),
        ([replace(RUN, energy_kwh=None)], "provider", "parameter", "1 of 1 runs without energy"),
        ([replace(RUN, country=None)], "provider", "parameter", "names no place"),
        ([replace(RUN, country="AQ")], "provider", "parameter", "no factor is held"),
        ([replace(SERVED, requests=None)], "consumer", "request", "anything to count requests"),
        ([SERVED], "consumer", "parameter", "no unit of the consumer score"),
        ([SERVED], "both", "token", "no score 'both'"),
    ],
)
def test_what_a_score_needs_is_asked_for(factors, runs, kind, unit, words):
    """A score that would leave something out is refused with what is missing."""
    with pytest.raises(Misuse, match=words):
        model_score(factors, runs, kind, unit, reason="x")
