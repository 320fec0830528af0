"""Every unit factor agrees with pint, and where pint sets a trap the difference is known."""

from __future__ import annotations

from decimal import Decimal

import pytest

BASE = {"energy": "megajoule", "mass": "kilogram", "volume": "liter", "distance": "kilometer"}
# our unit → pint's expression in which the same is exact
PINT = {
    "MJ": "megajoule", "J": "joule", "kJ": "kilojoule", "GJ": "gigajoule", "TJ": "terajoule", "Wh": "watt_hour",
    "kWh": "kilowatt_hour", "MWh": "megawatt_hour", "GWh": "gigawatt_hour", "TWh": "terawatt_hour", "Btu": "Btu_it",
    "kBtu": "1000 * Btu_it", "mmBtu": "1000000 * Btu_it", "therm_us": "US_therm", "therm_ec": "therm",
    "kg": "kilogram", "g": "gram", "mg": "milligram", "t": "metric_ton", "short_ton": "short_ton",
    "long_ton": "long_ton", "lb": "pound", "oz": "ounce", "L": "liter", "mL": "milliliter",
    "million_litres": "megaliter", "m3": "meter ** 3", "gal_us": "gallon", "gal_uk": "imperial_gallon",
    "bbl_oil": "oil_barrel", "scf": "foot ** 3", "ccf": "100 * foot ** 3", "mcf": "1000 * foot ** 3",
    "mmcf": "1000000 * foot ** 3", "km": "kilometer", "m": "meter", "mi": "mile", "nmi": "nautical_mile",
}  # fmt: skip


@pytest.fixture(scope="module")
def pint_unit():
    """A pint registry that reckons in Decimal."""
    import pint

    return pint.UnitRegistry(non_int_type=Decimal)


def test_every_factor_agrees_with_pint(table, pint_unit):
    """Energy, mass, volume and distance: our ratio to the base unit is pint's."""
    rows = [row for row in table("units.csv") if row["dimension"] in BASE]
    assert {row["unit"] for row in rows} == set(PINT)
    for row in rows:
        theirs = pint_unit.parse_expression(PINT[row["unit"]])
        if not hasattr(theirs, "to"):
            theirs = pint_unit.Quantity(theirs)
        ratio = pint_unit.Quantity(1, theirs.units).to(BASE[row["dimension"]]).magnitude * theirs.magnitude
        ours = Decimal(row["to_base"])
        assert abs(ratio - ours) <= ours * Decimal("1e-20"), (row["unit"], ratio)


def test_composite_units_are_products(table):
    """A ton-mile is a short ton times a mile; a passenger-mile goes as a mile does."""
    ratio = {row["unit"]: Decimal(row["to_base"]) for row in table("units.csv")}
    assert ratio["ton_mile"] == ratio["short_ton"] / 1000 * ratio["mi"] == Decimal("1.45997231821056")
    assert ratio["tonne_mile"] == ratio["pmi"] == ratio["mi"]
    assert ratio["kgkm"] == ratio["g"]


def test_pints_traps_are_known(table, pint_unit):
    """Bare ton, therm, Btu, gallon and bbl mean in pint what nobody should guess: here each has its own name."""
    ratio = {row["unit"]: Decimal(row["to_base"]) for row in table("units.csv")}
    assert pint_unit.Quantity(1, "ton").to("kilogram").magnitude == ratio["short_ton"]
    assert pint_unit.Quantity(1, "gallon").to("liter").magnitude == ratio["gal_us"]
    assert pint_unit.Quantity(1, "therm").to("megajoule").magnitude == ratio["therm_ec"] != ratio["therm_us"]
    liquid_barrel = pint_unit.Quantity(1, "bbl").to("liter").magnitude
    assert liquid_barrel == Decimal("31.5") * ratio["gal_us"] != ratio["bbl_oil"] == 42 * ratio["gal_us"]
    plain_btu = pint_unit.Quantity(1, "Btu").to("megajoule").magnitude
    assert plain_btu != ratio["Btu"]
    assert abs(plain_btu - ratio["Btu"]) < Decimal("1e-9")
    assert "MMBtu" not in pint_unit


def test_ratios_are_exact_text(table):
    """A ratio is plain decimal text; base units are themselves, and currencies have no ratio but one."""
    bases = {
        "energy": "MJ",
        "mass": "kg",
        "volume": "L",
        "distance": "km",
        "passenger_distance": "pkm",
        "mass_distance": "tkm",
    }
    for row in table("units.csv"):
        assert "E" not in row["to_base"].upper()
        assert Decimal(row["to_base"]) > 0
        assert row["source"]
        if row["dimension"] in bases:
            assert row["base_unit"] == bases[row["dimension"]]
        if row["dimension"] == "money":
            assert (row["base_unit"], row["to_base"]) == (row["unit"], "1")


def test_every_currency_with_a_rate_is_a_unit(table):
    """Currencies are the euro and those of the exchange rates."""
    money = {row["unit"] for row in table("units.csv") if row["dimension"] == "money"}
    assert money == {"EUR"} | {row["currency"] for row in table("factors/exchange_rates.csv")}
