"""Kg per unit given: exact conversion, one rounding, published totals whole, gases by the ledger's GWP set."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.calculation.amounts import PublishedFactor, amounts_per_unit, rounded
from ledger.calculation.gases import Warming, gas_group
from ledger.calculation.money import Money

AR5 = Warming(
    "AR5", {("CH4", "other"): Fraction(28), ("CH4", "fossil_fugitive"): Fraction(30), ("N2O", "na"): Fraction(265)}
)
AR6 = Warming(
    "AR6",
    {
        ("CH4", "other"): Fraction(27), ("CH4", "fossil_fugitive"): Fraction("29.8"), ("N2O", "na"): Fraction(273),
        ("HFC-32", "na"): Fraction(771), ("HFC-125", "na"): Fraction(3740),
    },
)  # fmt: skip


def test_rounding_is_half_away_from_zero():
    """A half at the 13th decimal goes away from zero, in both signs."""
    assert rounded(Fraction(5, 10**13)) == Decimal("0.000000000001")
    assert rounded(Fraction(-5, 10**13)) == Decimal("-0.000000000001")
    assert rounded(Fraction(4, 10**13)) == 0


@given(st.fractions(min_value=-(10**9), max_value=10**9))
def test_rounding_is_never_off_by_more_than_half_a_step(value):
    """The rounded value lies within half of 1e-12 of the exact one."""
    assert abs(Fraction(rounded(value)) - value) <= Fraction(1, 2 * 10**12)


def test_a_published_total_stays_whole():
    """DESNZ UK electricity 2024: total 0.20705, parts 0.20493, 0.0009, 0.00122; per MWh a thousand times that."""
    factor = PublishedFactor(
        "desnz", "kWh", "AR5", Decimal("0.20705"),
        {"co2": Decimal("0.20493"), "ch4": Decimal("0.0009"), "n2o": Decimal("0.00122")}, {"co2": Decimal("0.20493")},
    )  # fmt: skip
    kg = amounts_per_unit(factor, Fraction(1000), AR6, None)
    assert kg["total_co2e_kg_per_unit"] == Decimal("207.05")
    assert kg["ch4_co2e_kg_per_unit"] == Decimal("0.9")
    assert kg["unsplit_co2e_kg_per_unit"] == 0


def test_what_parts_do_not_explain_is_unsplit_and_may_be_negative():
    """Printed parts that sum to more than the printed total leave a negative rest, so that the table foots."""
    factor = PublishedFactor("f", "kWh", "AR5", Decimal("0.10"), {"ch4": Decimal("0.02")}, {"co2": Decimal("0.09")})
    kg = amounts_per_unit(factor, Fraction(1), AR6, None)
    assert kg["unsplit_co2e_kg_per_unit"] == Decimal("-0.01")
    parts = kg["co2_kg_per_unit"] + kg["ch4_co2e_kg_per_unit"] + kg["unsplit_co2e_kg_per_unit"]
    assert parts == kg["total_co2e_kg_per_unit"]


def test_masses_take_the_ledgers_gwp_set():
    """EPA natural gas: 53.06 kg CO2, 1 g CH4, 0.1 g N2O per mmBtu; AR6 gives 53.06 + 0.001 x 27 + 0.0001 x 273."""
    factor = PublishedFactor(
        "epa", "mmBtu", "AR5", None, {},
        {"co2": Decimal("53.06"), "ch4_other": Decimal("0.001"), "n2o": Decimal("0.0001")},
    )  # fmt: skip
    kg = amounts_per_unit(factor, Fraction(1), AR6, None)
    assert kg["total_co2e_kg_per_unit"] == Decimal("53.1143")
    assert kg["unsplit_co2e_kg_per_unit"] == 0


def test_combustion_methane_never_takes_the_fossil_value():
    """Fugitive fossil methane is 29.8 in AR6, combustion methane 27: the CO2 of burning is counted already."""
    fugitive = PublishedFactor("f", "kg", None, None, {}, {"ch4_fossil": Decimal(1)})
    burnt = PublishedFactor("b", "kg", None, None, {}, {"ch4_other": Decimal(1)})
    assert amounts_per_unit(fugitive, Fraction(1), AR6, None)["total_co2e_kg_per_unit"] == Decimal("29.8")
    assert amounts_per_unit(burnt, Fraction(1), AR6, None)["total_co2e_kg_per_unit"] == Decimal(27)


def test_a_blend_is_computed_from_its_composition():
    """R-410A is half HFC-32 and half HFC-125: (771 + 3740) / 2 under AR6."""
    blend = PublishedFactor(
        "r410a", "kg", None, None, {}, {"hfcs": Decimal(1)},
        (("HFC-32", Decimal("0.5"), "mass_share"), ("HFC-125", Decimal("0.5"), "mass_share")),
    )  # fmt: skip
    kg = amounts_per_unit(blend, Fraction(1), AR6, None)
    assert kg["hfcs_co2e_kg_per_unit"] == kg["total_co2e_kg_per_unit"] == Decimal("2255.5")
    assert kg["hfcs_kg_per_unit"] == 1


def test_perfluorocarbons_warm_by_their_species():
    """PFCs told by species count as HFCs do: half a kg of PFC-14 at the set's potential, none in another group."""
    warming = Warming("AR6", {("PFC-14", "na"): Fraction(7380)})
    blend = PublishedFactor("x", "kg", None, None, {}, {"pfcs": Decimal(1)}, (("PFC-14", Decimal("0.5"), "kg_gas"),))
    kg = amounts_per_unit(blend, Fraction(1), warming, None)
    assert kg["pfcs_co2e_kg_per_unit"] == kg["total_co2e_kg_per_unit"] == 3690
    assert kg.get("hfcs_co2e_kg_per_unit") is None


def test_a_species_without_gwp_is_said_and_not_guessed():
    """A gas that the ledger's set does not have raises, so that the choice says no_gwp."""
    blend = PublishedFactor("x", "kg", None, None, {}, {"hfcs": Decimal(1)}, (("HFC-999", Decimal(1), "mass_share"),))
    with pytest.raises(LookupError):
        amounts_per_unit(blend, Fraction(1), AR6, None)


def test_restating_adds_mass_times_the_difference_of_gwps():
    """Policy restate: 1 kg CH4 published at 28 moves to 27, and the total moves by exactly that."""
    factor = PublishedFactor(
        "f", "t", "AR5", Decimal(128), {"ch4": Decimal(28)}, {"co2": Decimal(100), "ch4_other": Decimal(1)}
    )
    kg = amounts_per_unit(factor, Fraction(1), AR6, AR5)
    assert kg["total_co2e_kg_per_unit"] == Decimal(127)
    assert kg["ch4_co2e_kg_per_unit"] == Decimal(27)
    assert kg["unsplit_co2e_kg_per_unit"] == 0


def test_groups_of_species():
    """Kyoto groups by name; what Montreal controls stands apart."""
    groups = {name: gas_group(name) for name in ("HFC-134a", "HCFC-22", "CFC-11", "SF6", "NF3", "PFC-14", "CF4", "CH4")}
    assert groups == {
        "HFC-134a": "hfcs", "HCFC-22": "montreal", "CFC-11": "montreal", "SF6": "sf6", "NF3": "nf3", "PFC-14": "pfcs",
        "CF4": "pfcs", "CH4": "ch4",
    }  # fmt: skip


def _money() -> Money:
    from datetime import date

    return Money(
        {
            ("USD", 2025): (Fraction("1.1"), date(2025, 12, 31)), ("GBP", 2025): (Fraction("0.85"), date(2025, 12, 31)),
            ("USD", 2026): (Fraction("1.2"), date(2026, 10, 30)),
        },
        {2022: Fraction(290), 2025: Fraction(320)},
    )  # fmt: skip


def test_spend_is_exchanged_in_its_own_year_then_deflated():
    """1 GBP of 2025 = 1.1 / 0.85 USD of 2025 = x 290 / 320 USD of 2022."""
    ratio, flags = _money().ratio("GBP", 2025, "USD", 2022)
    assert ratio == Fraction("1.1") / Fraction("0.85") * Fraction(290, 320)
    assert flags == []


def test_a_rate_or_index_that_is_not_there_is_carried_one_year_and_flagged():
    """2026: the rate is of part of the year and the index of 2025 is carried, both flagged; 2028 has none."""
    ratio, flags = _money().ratio("EUR", 2026, "USD", 2022)
    assert ratio == Fraction("1.2") * Fraction(290, 320)
    assert flags == ["price_index_of_2025", "rate_of_part_year"]
    with pytest.raises(LookupError, match="no_exchange_rate"):
        _money().ratio("GBP", 2028, "USD", 2022)
