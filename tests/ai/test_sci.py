"""Software carbon intensity: every term, no market-based intensity, two scores for AI that never merge."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.ai.interval import Interval, interval
from ledger.ai.sci import component, sci, sci_ai_consumer, sci_ai_provider
from ledger.errors import Misuse, Refused

D = Decimal
amounts = st.decimals(min_value=0, max_value=10**6, places=6)


def test_sci_of_a_service_by_hand():
    """((1.5 kWh × 400 g) + 50 g) ÷ 1,000 requests = 0.65 g a request, with every term printed."""
    score = sci([component("service", D("1.5"), 400, 50)], 1000, "request")
    assert score.value == interval(D("0.65"))
    words = score.words()
    for told in (
        "0.65 g CO2e per request",
        "((E × I) + M) ÷ R",
        "1.5 kWh",
        "400 g CO2e/kWh",
        "50 g CO2e",
        "location-based",
    ):
        assert told in words


def test_components_keep_their_own_intensity():
    """2 kWh at 400 and 1 kWh at 40, 60 g of manufacture, over 100: (800 + 40 + 60) ÷ 100 = 9 g."""
    parts = [component("model", 2, 400, 50), component("storage", 1, 40, 10)]
    score = sci(parts, 100, "request")
    assert score.value == interval(9)
    assert "E storage" in score.words()


@given(
    st.lists(st.tuples(amounts, amounts, amounts), min_size=2, max_size=6), st.integers(min_value=1, max_value=10**6)
)
def test_components_add_up_with_one_r(rows, units):
    """The score of all is the sum of the scores of each with the same R, to 30 digits."""
    parts = [component(f"c{n}", energy, g + 1, m + 1) for n, (energy, g, m) in enumerate(rows)]
    whole = sci(parts, units, "request").value.low
    each = sum((sci([part], units, "request").value.low for part in parts), D(0))
    assert abs(whole - each) <= whole * D("1e-25")


def test_a_range_of_any_term_is_a_range_of_the_score():
    """Intensity 300 to 500 and M 40 to 60 with 1.5 kWh and 1,000 requests: 0.49 to 0.81 g."""
    score = sci([component("s", D("1.5"), Interval(D(300), D(500)), Interval(D(40), D(60)))], 1000, "request")
    assert score.value == Interval(D("0.49"), D("0.81"))


def test_market_based_intensity_is_refused():
    """A certificate's zero may not become a score (ISO/IEC 21031:2024)."""
    with pytest.raises(Refused, match="market-based"):
        component("s", 1, 0, 0, basis="market")
    assert sci([component("s", 1, 1, 1, basis="marginal")], 1, "request").value == interval(2)


def test_a_score_of_nothing_cannot_be():
    """No component, no units, or neither energy nor manufacture; a missing M is said."""
    with pytest.raises(Misuse):
        sci([], 1, "request")
    with pytest.raises(Misuse, match="R is zero"):
        sci([component("s", 1, 400, 1)], 0, "request")
    with pytest.raises(Misuse, match="zero cannot be"):
        sci([component("s", 0, 400, 0)], 1, "request")
    assert "M is zero" in sci([component("s", 1, 400, 0)], 1, "request").notes[0]


def test_the_provider_score_takes_in_failed_runs_and_says_its_unit():
    """Data 10, training 100 and evaluation 5 kWh at 400 g and 4,000 g of manufacture over 1e6 tokens: 0.05 g each."""
    stages = [
        component("data", 10, 400, 0),
        component("pre_training", 100, 400, 4000),
        component("evaluation", 5, 400, 0),
    ]
    score = sci_ai_provider(stages, 1_000_000, "training token", reason="models of one size are compared")
    assert score.value == interval(D("0.05"))
    assert "gross units" in score.notes[0]
    with pytest.raises(Misuse, match="no unit"):
        sci_ai_provider(stages, 1, "request", reason="x")
    with pytest.raises(Misuse, match="reason"):
        sci_ai_provider(stages, 1, "FLOP", reason=" ")


def test_training_is_never_in_the_consumer_score():
    """A training stage is refused there, and inference is refused in the provider score."""
    with pytest.raises(Misuse, match="consumer"):
        sci_ai_consumer([component("pre_training", 1, 1, 1)], 1, "token")
    with pytest.raises(Misuse, match="provider"):
        sci_ai_provider([component("inference", 1, 1, 1)], 1, "FLOP", reason="x")
    with pytest.raises(Misuse, match="no unit"):
        sci_ai_consumer([component("inference", 1, 1, 1)], 1, "FLOP")


def test_provider_and_consumer_scores_never_merge():
    """The sum of the two is refused, though both are grams per something."""
    provider = sci_ai_provider([component("pre_training", 1, 1, 1)], 1, "FLOP", reason="x")
    consumer = sci_ai_consumer([component("inference", 1, 1, 1)], 1, "token")
    with pytest.raises(Misuse, match="never added"):
        provider + consumer
