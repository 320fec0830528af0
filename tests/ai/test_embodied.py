"""Manufacture in two views: equal over the life, never added, with the write-off of what retires early."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.ai.embodied import (
    Asset,
    amortised_total,
    embodied_of_use,
    embodied_per_accelerator,
    embodied_years,
    instance_part,
    purchase_total,
)
from ledger.ai.interval import interval
from ledger.errors import Misuse

D = Decimal
days = st.dates(min_value=date(2015, 1, 1), max_value=date(2035, 12, 31))
masses = st.decimals(min_value=0, max_value=10**7, places=6)


def test_a_server_over_four_years_by_hand():
    """1,461 kg bought on 1 July 2024 for four years of 1,461 days: 1 kg a day, 184 + 365 + 365 + 365 + 182."""
    years = embodied_years(Asset("server", D(1461), date(2024, 7, 1), 4))
    assert [(y.year, y.amortised_kg_co2e) for y in years] == [
        (2024, D(184)), (2025, D(365)), (2026, D(365)), (2027, D(365)), (2028, D(182)),
    ]  # fmt: skip
    assert [y.purchase_kg_co2e for y in years] == [1461, 0, 0, 0, 0]
    assert all(y.write_off_kg_co2e == 0 for y in years)


def test_what_retires_early_is_written_off_in_that_year():
    """Retired on 31 December 2025 after 184 + 365 of 1,461 days: 912 kg are written off in 2025."""
    years = embodied_years(Asset("server", D(1461), date(2024, 7, 1), 4, date(2025, 12, 31)))
    assert [(y.year, y.amortised_kg_co2e, y.write_off_kg_co2e) for y in years] == [(2024, 184, 0), (2025, 365, 912)]


@given(masses, days, st.integers(min_value=1, max_value=8), st.none() | st.integers(min_value=0, max_value=4000))
def test_the_two_views_are_equal_over_the_life(kg, bought, life, served):
    """Purchase and amortisation with write-off sum to the same kg, for every date, life and early or late end."""
    retired = None if served is None else bought + timedelta(days=served)
    years = embodied_years(Asset("machine", kg, bought, life, retired))
    assert purchase_total(years).value == amortised_total(years).value == interval(kg)
    assert all(min(y.purchase_kg_co2e, y.amortised_kg_co2e, y.write_off_kg_co2e) >= 0 for y in years)
    assert retired is not None or all(y.write_off_kg_co2e == 0 for y in years)


def test_the_two_views_are_never_added():
    """A total of both would hold the same manufacture twice."""
    years = embodied_years(Asset("server", D(1461), date(2024, 7, 1), 4))
    with pytest.raises(Misuse, match="never added"):
        purchase_total(years) + amortised_total(years)


def test_the_share_of_a_use_carries_its_idle_hours():
    """2,500 kg over 6 years at 85 %: 2500 ÷ (6 × 8760 × 0.85) = 0.055958 kg an hour; Luccioni et al. print 0.056."""
    share = embodied_of_use(2500, 6, 1, occupancy=D("0.85"))
    assert round(share.value.low, 6) == D("0.055958")
    assert share.notes == ()
    assert round(embodied_of_use(2500, 6, 1).value.low, 6) == D("0.047565")
    assert "reserved by nobody" in embodied_of_use(2500, 6, 1).notes[0]


@given(st.integers(min_value=1, max_value=10**6), st.integers(min_value=1, max_value=10**6))
def test_uses_that_fill_a_life_carry_all_of_it(first, second):
    """Two uses that share a machine's whole life carry all of its manufacture, to 40 digits."""
    hours = D(6 * 8760)
    one = hours * first / (first + second)
    both = embodied_of_use(2500, 6, one) + embodied_of_use(2500, 6, hours - one)
    assert abs(both.value.low - 2500) < D("1e-20")


def test_an_accelerator_and_its_part_of_the_server():
    """150 kg and an eighth of 2,500 kg are 462.5 kg."""
    assert embodied_per_accelerator(150, 2500, 8).value == interval(D("462.5"))
    with pytest.raises(Misuse):
        embodied_per_accelerator(150, 2500, 0)


def test_an_instance_is_a_part_of_its_host():
    """12 of 96 vCPUs are an eighth; more than the host has is refused."""
    assert instance_part(12, 96).value == interval(D("0.125"))
    with pytest.raises(Misuse, match="more than 1"):
        instance_part(97, 96)


@pytest.mark.parametrize(
    "asset",
    [
        {"embodied_kg_co2e": D(-1)}, {"life_years": 0}, {"retired": date(2024, 6, 30)},
    ],
)  # fmt: skip
def test_an_asset_that_cannot_be_is_refused(asset):
    """Mass below zero, no life, or retired before it was bought."""
    good = {"name": "x", "embodied_kg_co2e": D(1), "bought": date(2024, 7, 1), "life_years": 4}
    with pytest.raises(Misuse):
        Asset(**good | asset)


def test_a_purchase_on_a_leap_day_ends_on_the_day_before():
    """Bought on 29 February 2024 for one year: served through 28 February 2025."""
    assert Asset("x", D(1), date(2024, 2, 29), 1).last_day == date(2025, 2, 28)
