"""The catalogue, units and places: every code is known where it is used, and words mean one thing."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest

DIMENSIONS = {
    "energy", "mass", "volume", "distance", "passenger_distance", "mass_distance", "money", "count", "person_time",
    "room_night", "co2e_mass",
}  # fmt: skip
ISO_OF_CATEGORY = {
    **dict.fromkeys("12358", "4"), **dict.fromkeys("4679", "3"),
    **dict.fromkeys(("10", "11", "12", "13", "14", "15"), "5"),
}  # fmt: skip
BARE_WORDS = {"therm", "therms", "gallon", "gallons", "gal", "ton", "tons", "barrel", "bbl", "mwh", "mj", "mbtu"}


def test_types_and_lines_belong_together(table):
    """Every type has a line, every line a type; dimension and default unit are known."""
    types = {row["activity_type"]: row for row in table("activity_types.csv")}
    units = {row["unit"]: row["dimension"] for row in table("units.csv")}
    lines = table("activity_lines.csv")
    assert {row["activity_type"] for row in lines} == set(types)
    for row in types.values():
        dimensions = row["dimension"].split("|")
        assert set(dimensions) <= DIMENSIONS
        if row["is_fuel"] == "yes" or row["needs_calorific_basis"] == "yes":  # a fuel of our own, or one others burn
            assert row["needs_calorific_basis"] == "yes"
            served = {line["factor_activity_type"] for line in lines if line["activity_type"] == row["activity_type"]}
            assert row["is_fuel"] == "yes" or all(types[name]["is_fuel"] == "yes" for name in served)
        assert row["default_unit"] == "" if dimensions == ["money"] else units[row["default_unit"]] in dimensions
    keys = Counter((row["activity_type"], row["line"], row["method"]) for row in lines)
    assert max(keys.values()) == 1


def test_purchased_energy_has_both_methods(table):
    """What is bought as energy has a location and a market line, and never a single one, in Scope 2."""
    methods: dict[str, set[str]] = {}
    for row in table("activity_lines.csv"):
        if row["scope"] == "2" and row["line"] == "energy":
            methods.setdefault(row["activity_type"], set()).add(row["method"])
    assert {"electricity_purchased", "district_heat", "steam", "cooling"} <= methods.keys()
    assert set(map(frozenset, methods.values())) == {frozenset({"location", "market"})}


def test_iso_categories_follow_the_mapping(table):
    """ISO 14064-1 annex B: Scope 1 is 1.x by source, Scope 2 is 2.x, each Scope 3 category has its one."""
    sources = {"stationary": "1.1", "mobile": "1.2", "process": "1.3", "fugitive": "1.4", "": "1"}
    for row in table("activity_lines.csv"):
        if row["scope"] == "1":
            assert row["iso_category"] == sources[row["source_type"]], row
        elif row["scope"] == "2":
            assert row["iso_category"] in ("2.1", "2.2") or (row["line"], row["iso_category"]) == ("stated", "2"), row
        elif row["scope"] == "3":
            assert row["iso_category"] == ISO_OF_CATEGORY[row["scope3_category"]], row


def test_montreal_gases_stand_outside_the_scopes(table):
    """HCFC-22 is mass outside the scopes; a fuel's upstream is category 3, a journey's stays with the journey."""
    lines = {(row["activity_type"], row["line"]): row for row in table("activity_lines.csv")}
    assert lines["refrigerant_r22", "direct"]["book"] == "outside_scopes"
    assert lines["refrigerant_r22", "direct"]["scope"] == "outside"
    assert lines["natural_gas", "fuel_upstream"]["scope3_category"] == "3"
    assert lines["flight_long_haul", "fuel_upstream"]["scope3_category"] == "6"
    assert lines["cloud_spend", "direct"]["sub_line"] == "1.1"


@pytest.mark.parametrize(("file", "code"), [("activity_types.csv", "activity_type"), ("units.csv", "unit")])
def test_a_word_means_one_thing(table, file, code):
    """No name or synonym, case aside, stands for two codes, nor for another code than its own."""
    meaning: dict[str, set[str]] = {}
    rows = table(file)
    for row in rows:
        words = [row["name"], *(word for word in row["synonyms"].split("|") if word)]
        for word in words:
            assert word == word.strip() != ""
            meaning.setdefault(word.casefold(), set()).add(row[code])
    for row in rows:
        meaning.setdefault(row[code].casefold(), set()).add(row[code])
    assert {word: codes for word, codes in meaning.items() if len(codes) > 1} == {}


def test_ambiguous_unit_words_are_not_accepted(table):
    """Bare therm, gallon, ton and barrel, and mWh and mJ, are no synonym of anything."""
    for row in table("units.csv"):
        assert not {word.casefold() for word in row["synonyms"].split("|")} & BARE_WORDS, row["unit"]
        assert row["unit"].casefold() not in BARE_WORDS or row["unit"] in ("MWh", "MJ")


def test_default_classifications_have_a_factor(table, factors):
    """A spend type's default NAICS code is one of the shipped sectors, under the title its note gives."""
    titles = {
        row["classification_code"]: row["source_cell"].partition(", ")[2]
        for row in factors.values()
        if row["activity_type"] == "spend"
    }
    coded = [row for row in table("activity_types.csv") if row["default_classification_code"]]
    assert len(coded) > 15
    for row in coded:
        code = row["default_classification_code"]
        assert row["note"] == f"default NAICS {code}: {titles[code]}"


def test_every_factor_is_asked_for(table, factors):
    """Each shipped factor's type and line are those of some activity, and its unit and country are known."""
    listed = {(row["factor_activity_type"], row["line"]) for row in table("activity_lines.csv")}
    units = {row["unit"] for row in table("units.csv")}
    countries = {row["country"] for row in table("countries.csv")}
    for row in factors.values():
        assert (row["activity_type"], row["line"]) in listed, row["factor_id"]
        assert row["per_unit"] in units
        assert row["country"] in countries | {""}


def test_no_two_factors_of_a_dataset_tie(table, factors):
    """Within an edition and a time, type, code, line, method, place, dimension and calorific basis differ."""
    dimension = {row["unit"]: row["dimension"] for row in table("units.csv")}
    names = (
        "dataset",
        "activity_type",
        "classification_code",
        "line",
        "serves",
        "country",
        "region",
        "calorific_basis",
        "valid_from",
    )
    keys = Counter((*(row[name] for name in names), dimension[row["per_unit"]]) for row in factors.values())
    assert [key for key, times in keys.items() if times > 1] == []


def test_few_types_have_no_shipped_factor(table, factors):
    """Every activity has a factor on its main line but cooling, what only its maker can tell, and stated emissions."""
    held = {(row["activity_type"], row["line"]) for row in factors.values()}
    main = [row for row in table("activity_lines.csv") if row["line"] in ("direct", "energy")]
    without = {row["activity_type"] for row in main if (row["factor_activity_type"], row["line"]) not in held}
    assert without == {"cooling", "process_material", "purchased_product"}


def test_fuel_properties_are_of_fuels(table):
    """Every fuel has net energy per kg; net over gross lies below one; litres follow from kg and density."""
    fuels = {row["activity_type"] for row in table("activity_types.csv") if row["is_fuel"] == "yes"}
    rows = {row["activity_type"]: row for row in table("fuel_properties.csv")}
    assert set(rows) == fuels
    for row in rows.values():
        assert Decimal("0.8") < Decimal(row["net_to_gross"]) < 1
        if row["net_kwh_per_litre"]:
            made = Decimal(row["net_kwh_per_kg"]) * Decimal(row["density_kg_per_litre"])
            assert abs(made - Decimal(row["net_kwh_per_litre"])) < Decimal("1e-12")
    assert rows["natural_gas"]["net_to_gross"].startswith("0.9026")


def test_countries_and_their_markets(table):
    """The certificate market is AIB's for the countries with an AIB domain, else the country's own."""
    market = {row["country"]: row["market_boundary"] for row in table("countries.csv")}
    assert len({row["alpha_3"] for row in table("countries.csv")}) == len(market) >= 249
    assert {market[code] for code in ("DE", "FR", "NO", "CH", "IS", "RS")} == {"AIB"}
    assert [market[code] for code in ("GB", "US", "SG", "PL")] == ["GB", "US", "SG", "PL"]
    assert set(market.values()) == {"AIB"} | {code for code, boundary in market.items() if boundary != "AIB"}
