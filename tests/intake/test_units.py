"""Units: exact ratios, exact spellings, and no guess between things that look alike."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from ledger import units
from ledger.errors import Misuse


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("kWh", "MJ", "3.6"), ("MWh", "kWh", "1000"), ("t", "kg", "1000"), ("short_ton", "kg", "907.18474"),
        ("long_ton", "kg", "1016.0469088"), ("mi", "km", "1.609344"), ("gal_us", "L", "3.785411784"),
        ("gal_uk", "L", "4.54609"), ("m3", "L", "1000"), ("therm_us", "MJ", "105.4804"), ("therm_ec", "MJ", "105.5056"),
        ("ton_mile", "tkm", "1.45997231821056"), ("kg", "kg", "1"),
    ],
)  # fmt: skip
def test_ratios_are_exact(one, other, ratio):
    """Every digit of the definition is there and none more."""
    assert units.conversion(one, other) == Decimal(ratio)
    assert units.ratio(one, other) == Fraction(ratio)


def test_there_and_back_is_one():
    """Fractions lose nothing on the way, for any two units of a dimension."""
    table = units.table()
    for one in table.values():
        for other in table.values():
            if one.dimension == other.dimension != units.MONEY:
                assert units.ratio(one.code, other.code) * units.ratio(other.code, one.code) == 1


def test_a_ratio_without_an_end_has_sixty_digits():
    """One MJ in kWh never ends; the fraction is exact, the decimal has 60 digits."""
    assert units.ratio("MJ", "kWh") == Fraction(10, 36)
    assert units.conversion("MJ", "kWh") == Decimal("0.2" + "7" * 58 + "8")


@pytest.mark.parametrize("text", ["mWh", "kwh", "KWH", "mj", "ton", "therm", "gallon", "Gallon", "Tonne", "", "kW"])
def test_spellings_that_may_mean_two_things_are_refused(text):
    """Case matters, and bare tons, therms and gallons are nobody's."""
    with pytest.raises(Misuse) as refused:
        units.unit(text)
    assert refused.value.code == "unit-unknown"


@pytest.mark.parametrize(
    ("text", "code"),
    [("m³", "m3"), (" kWh ", "kWh"), ("litres", "L"), ("metric tons", "t"), ("short  tons", "short_ton"), ("€", "EUR")],
)
def test_synonyms_are_understood(text, code):
    """Names and listed synonyms, blanks and Unicode forms aside."""
    assert units.unit(text).code == code


def test_what_was_meant_is_proposed():
    """What differs in case alone comes first."""
    assert units.nearest("mWh")[0] == "MWh"
    assert units.nearest("KWH")[0] == "kWh"
    assert set(units.nearest("gallon")) >= {"gal_us", "gal_uk"}


@pytest.mark.parametrize(("one", "other"), [("kWh", "kg"), ("km", "pkm"), ("EUR", "USD"), ("kg", "kgCO2e")])
def test_other_dimensions_are_not_converted(one, other):
    """Energy is no mass, a vehicle's kilometre no passenger's, and currencies depend on the day."""
    with pytest.raises(Misuse) as refused:
        units.ratio(one, other)
    assert refused.value.code == "unit-dimension"


def test_no_spelling_stands_for_two_units():
    """Each code, name and synonym of the table belongs to one unit."""
    seen: dict[str, str] = {}
    for unit in units.table().values():
        for text in {unit.code, unit.name, *unit.synonyms}:
            assert seen.setdefault(text, unit.code) == unit.code


def test_the_table_agrees_with_an_independent_one():
    """pint, which has its own definitions, gives the same ratios where it has the unit under another name."""
    pint = pytest.importorskip("pint")
    registry = pint.UnitRegistry(non_int_type=Decimal)
    for ours, theirs, base in (
        ("kWh", "kilowatt_hour", "megajoule"), ("GJ", "gigajoule", "megajoule"), ("lb", "pound", "kilogram"),
        ("short_ton", "short_ton", "kilogram"), ("long_ton", "long_ton", "kilogram"), ("gal_us", "gallon", "liter"),
        ("gal_uk", "imperial_gallon", "liter"), ("mi", "mile", "kilometer"), ("nmi", "nautical_mile", "kilometer"),
        ("bbl_oil", "oil_bbl", "liter"), ("therm_us", "US_therm", "megajoule"),
    ):  # fmt: skip
        expected = registry.Quantity(Decimal(1), theirs).to(base).magnitude
        found = units.conversion(ours, units.unit(ours).base_unit)
        assert abs(found - expected) <= abs(expected) * Decimal("1e-20"), ours
