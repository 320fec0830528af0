"""Indicators with every term: PUE, CUE, WUE, carbon-free share, FLOP per joule, per request and token."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.ai import metrics
from ledger.ai.energy import emissions
from ledger.ai.interval import Interval, interval
from ledger.errors import Misuse

D = Decimal
amounts = st.decimals(min_value=1, max_value=10**9, places=6)


def test_pue_cue_and_wue_of_a_year_by_hand():
    """12,000 MWh of which 10,000 IT: PUE 1.2; 4,200 t: CUE 0.42; 1,800 m³: WUE 0.18; × grid 3 L/kWh: 3.78."""
    power = metrics.pue(12_000_000, 10_000_000, 2)
    assert power.value == interval(D("1.2"))
    assert "PDU output" in power.words()
    assert metrics.cue(4_200_000, 10_000_000, "location").value == interval(D("0.42"))
    water = metrics.wue(1_800_000, 10_000_000)
    assert water.value == interval(D("0.18"))
    assert metrics.wue_with_source(water, power, 3).value == interval(D("3.78"))
    assert metrics.renewable_factor(3_000_000, 12_000_000).value == interval(D("0.25"))


@given(amounts, amounts, amounts)
def test_cue_is_intensity_times_pue_where_all_is_grid(overhead, it, factor):
    """With one factor for all power, CUE = I × PUE (ISO/IEC 30134-8), to 40 digits."""
    site = overhead + it
    found = metrics.cue(emissions(site, factor).value, it, "location").value.low
    expected = metrics.pue(site, it, 3).value.low * factor
    assert abs(found - expected) <= abs(expected) * D("1e-20")


def test_a_pue_below_one_is_two_meters_mixed_up():
    """More IT energy than the site took is refused, as is a category that there is not."""
    with pytest.raises(Misuse, match="below 1"):
        metrics.pue(10, 12, 1)
    with pytest.raises(Misuse, match="no PUE category"):
        metrics.pue(12, 10, 4)


def test_cue_says_its_basis():
    """Location and market are two figures; another word is refused."""
    assert "market-based" in metrics.cue(0, 10, "market").what
    with pytest.raises(Misuse, match="no basis"):
        metrics.cue(1, 10, "green")


def test_carbon_free_power_of_one_hour_meets_nothing_in_another():
    """10 kWh an hour, 30 free in the first and 0 in the second: 10 of 20, half, and not all."""
    assert metrics.carbon_free_share([(D(10), D(30)), (D(10), D(0))]).value == interval(D("0.5"))


@given(st.lists(st.tuples(amounts, amounts), min_size=1, max_size=20))
def test_the_carbon_free_share_is_a_share(hours):
    """Between 0 and 1, and never above what matching over the whole time would say."""
    value = metrics.carbon_free_share(hours).value.low
    whole = sum(free for _, free in hours) / sum(use for use, _ in hours)
    assert 0 <= value <= min(D(1), whole) + D("1e-20")


def test_peak_and_achieved_efficiency_are_two_figures():
    """312 TFLOP/s at 400 W: 0.78 TFLOP/s per W; a measured 150 at 330 W: 0.4545…; the words say which."""
    peak = metrics.flops_per_watt(312, 400, "peak")
    assert peak.value == interval(D("7.8e11"))
    assert "ceiling" in peak.words()
    assert "measured" in metrics.flops_per_watt(150, 330, "achieved").words()
    with pytest.raises(Misuse):
        metrics.flops_per_watt(312, 400, "typical")


def test_flop_per_joule_of_a_training():
    """3.6e18 FLOP with 1 kWh are 1e12 FLOP per joule."""
    assert metrics.flop_per_joule(D("3.6e18"), 1).value == interval(D("1e12"))


def test_per_request_and_per_token():
    """12 kg over 400,000 requests: 0.03 kg per 1,000; over 24 million tokens: 0.5 kg per million."""
    carbon = emissions(30, D("0.4"))
    assert metrics.per_thousand_requests(carbon, 400_000).value == interval(D("0.03"))
    assert metrics.per_million_tokens(carbon, 24_000_000).value == interval(D("0.5"))
    assert metrics.per_training_token(carbon, 24_000_000).value == interval(D("0.0000005"))
    with pytest.raises(Misuse, match="zero"):
        metrics.per_thousand_requests(carbon, 0)


def test_a_divisor_that_is_a_range_turns_the_ends():
    """12 kg over 2 to 3 million tokens are 4 to 6 kg a million: the larger divisor makes the smaller end."""
    carbon = emissions(30, D("0.4"))
    assert metrics.per_million_tokens(carbon, Interval(D(2_000_000), D(3_000_000))).value == Interval(D(4), D(6))


def test_rates_are_not_added_up():
    """Two PUEs, or two figures per request, have no sum."""
    one = metrics.pue(12, 10, 1)
    with pytest.raises(Misuse, match="rate"):
        one + one


def test_a_mean_by_weight():
    """(0.4 × 30 + 0.5 × 10) ÷ 40 = 0.425; with a range, both ends."""
    assert metrics.mean([interval(D("0.4")), interval(D("0.5"))], [D(30), D(10)]) == interval(D("0.425"))
    ranged = metrics.mean([Interval(D("0.3"), D("0.4")), interval(D("0.5"))], [D(30), D(10)])
    assert ranged == Interval(D("0.35"), D("0.425"))
