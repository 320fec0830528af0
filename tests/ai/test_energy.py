"""Energy of computing: power × time exact, PUE once and only where it belongs, operations against the hardware."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.ai.energy import (
    accelerator_hours,
    checked_pue,
    emissions,
    energy_from_power,
    facility_energy,
    flop_utilisation,
    training_flops,
)
from ledger.ai.interval import EXACT, Interval, interval
from ledger.errors import Misuse

D = Decimal
amounts = st.decimals(min_value=0, max_value=10**9, places=6)


def test_a_hundred_hours_at_300_w_are_30_kwh_and_12_kg():
    """300 W × 100 h ÷ 1000 = 30 kWh; × 0.4 kg/kWh = 12 kg: to the last digit, and printed with its terms."""
    energy = energy_from_power(300, 100)
    assert energy.value == interval(30)
    assert emissions(energy.value, D("0.4")).value == interval(12)
    assert "power        300 W" in energy.words()


def test_power_time_use_and_count_multiply():
    """8 GPUs of 700 W at 60 % for 24 h: 700 × 24 × 0.6 × 8 ÷ 1000 = 80.64 kWh."""
    assert energy_from_power(700, 24, count=8, utilisation=D("0.6")).value == interval(D("80.64"))


@given(amounts, amounts, amounts)
def test_hours_in_two_parts_are_the_hours(power, first, second):
    """Energy is additive over time, exactly, whatever the digits."""
    both = energy_from_power(power, EXACT.add(first, second)).value
    assert energy_from_power(power, first).value + energy_from_power(power, second).value == both


@given(st.tuples(amounts, amounts), st.tuples(amounts, amounts))
def test_a_range_holds_every_point_in_it(power, hours):
    """The ends of a product are the products of the ends, so every pair of points in between lies inside."""
    ranged = energy_from_power(Interval(*sorted(power)), Interval(*sorted(hours))).value
    for watts in power:
        for time in hours:
            point = energy_from_power(watts, time).value
            assert ranged.low <= point.low <= ranged.high


def test_pue_is_applied_once_and_on_it_energy_alone():
    """30 kWh at the chip are 34.5 at PUE 1.15; at the wall, at the meter or with PUE inside they stay 30."""
    assert facility_energy(30, "chip", D("1.15")).value == interval(D("34.5"))
    assert facility_energy(30, "it", D("1.15")).value == interval(D("34.5"))
    for level in ("wall", "facility"):
        told = facility_energy(30, level, D("1.15"))
        assert told.value == interval(30)
        assert "PUE is not applied again" in told.notes[0]
    assert facility_energy(30, "it", D("1.15"), pue_inside=True).value == interval(30)


def test_an_unknown_pue_is_never_one():
    """Without a PUE the energy stands as a lower bound, and no PUE of 1 is among its terms."""
    told = facility_energy(30, "chip", None)
    assert told.value == interval(30)
    assert "lower bound" in told.notes[0]
    assert [term.name for term in told.terms] == ["energy"]


@pytest.mark.parametrize("pue", [D("0.98"), D(1000), Interval(D("0.9"), D("1.2"))])
def test_a_pue_that_cannot_be_is_refused(pue):
    """0.98, 1000 or a range that begins below 1 are slips, and the message says what PUE is."""
    with pytest.raises(Misuse, match="PUE is"):
        checked_pue(pue)


def test_a_utilisation_of_140_percent_is_refused():
    """More than the whole of the power is no share."""
    with pytest.raises(Misuse, match="more than 1"):
        energy_from_power(300, 100, utilisation=D("1.4"))


def test_operations_of_training_and_the_hours_they_take():
    """6 × 175e9 × 300e9 = 3.15e23 FLOP; at 24.6 TFLOP/s that is 3.15e23 ÷ (24.6e12 × 3600) = 3,556,910.57 h."""
    flops = training_flops(D("175e9"), D("300e9"))
    assert flops.value == interval(D("3.15e23"))
    hours = accelerator_hours(flops.value, 125, D("0.1968"))
    assert round(hours.value.low, 2) == D("3556910.57")
    assert round(flop_utilisation(flops.value, hours.value, 125).value.low, 12) == D("0.1968")


def test_more_operations_than_the_hardware_can_do_are_told():
    """A share of peak above 1 is what the check looks for: it is told, and stands."""
    told = flop_utilisation(D("1e21"), 1, 125)
    assert told.value.low > 1
    assert "hours or peak are wrong" in told.notes[0]
