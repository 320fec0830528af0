"""Gases: seven groups in mass and CO2e that foot to every total, under every GWP set, by both policies and in time."""

from __future__ import annotations

import csv
import random
import shutil
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import Ledger
from ledger.assurance.verify import verify
from ledger.calculation.amounts import PublishedFactor, amounts_per_unit, is_restated, untold_groups
from ledger.calculation.gases import CO2E_GROUPS, Warming, gas_group
from ledger.inventory import Period, compile_inventory, period
from ledger.inventory.compile import GASES
from ledger.store import append, as_arrow, session
from ledger.store.tables import Setting

SETS = ("AR4", "AR5", "AR6")
MEASURES = ("scope_1", "scope_2_location", "scope_2_market", "scope_3")


def warming_of(root, gwp_set: str) -> Warming:
    """A set as the shipped file has it."""
    with (root / "data" / "factors" / "gwp.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["set"] == gwp_set]
    return Warming(gwp_set, {(row["species"], row["origin"]): Fraction(row["value"]) for row in rows
                             if row["horizon"] == "100"})  # fmt: skip


@pytest.fixture(scope="module")
def warmings(root) -> dict[str, Warming]:
    """The shipped sets."""
    return {name: warming_of(root, name) for name in SETS}


AMOUNT = st.decimals(min_value=0, max_value=10**4, places=9)
MASSES = st.dictionaries(st.sampled_from(["co2", "ch4_fossil", "ch4_other", "n2o", "sf6", "nf3"]), AMOUNT)
PARTS = st.dictionaries(st.sampled_from(["ch4", "n2o", "sf6", "nf3", "hfcs", "pfcs"]), AMOUNT)
SPECIES = st.lists(st.tuples(st.sampled_from(["HFC-32", "HFC-125", "HFC-134a"]), AMOUNT), unique_by=lambda s: s[0])


def explained(kg) -> Decimal:
    """CO2 and the CO2e of each other gas."""
    return (kg.get("co2_kg_per_unit") or Decimal(0)) + sum(
        (kg.get(f"{gas}_co2e_kg_per_unit") or Decimal(0)) for gas in CO2E_GROUPS
    )


@given(st.data())
def test_gases_and_the_unsplit_foot_to_the_total(warmings, data):
    """Whatever a factor tells, under every set and policy: CO2 + parts + unsplit = total, to the last digit."""
    factor = PublishedFactor(
        "f", "kWh", data.draw(st.sampled_from(SETS)), data.draw(st.none() | AMOUNT), data.draw(PARTS),
        data.draw(MASSES), tuple((name, mass, "kg_gas") for name, mass in data.draw(SPECIES)),
    )  # fmt: skip
    ratio = data.draw(st.fractions(min_value=Fraction(1, 1000), max_value=1000))
    ledger = warmings[data.draw(st.sampled_from(SETS))]
    publisher = warmings[factor.gwp_set or "AR5"] if data.draw(st.booleans()) else None
    kg = amounts_per_unit(factor, ratio, ledger, publisher if factor.total is not None else None)
    assert explained(kg) + kg["unsplit_co2e_kg_per_unit"] == kg["total_co2e_kg_per_unit"]
    if factor.total is None:
        assert kg["unsplit_co2e_kg_per_unit"] == 0


@given(AMOUNT, MASSES, SPECIES)
def test_restating_there_and_back_gives_the_published_total(warmings, total, masses, species):
    """From AR5 to AR6 and from AR6 to AR5 the total moves by the same steps; from a set to itself by none."""
    factor = PublishedFactor("f", "kWh", "AR5", total, {}, masses, tuple((n, m, "kg_gas") for n, m in species))
    there = amounts_per_unit(factor, Fraction(1), warmings["AR6"], warmings["AR5"])["total_co2e_kg_per_unit"]
    back = amounts_per_unit(replace(factor, gwp_set="AR6"), Fraction(1), warmings["AR5"], warmings["AR6"])
    assert there - total == total - back["total_co2e_kg_per_unit"]
    same = amounts_per_unit(factor, Fraction(1), warmings["AR5"], warmings["AR5"])
    assert same["total_co2e_kg_per_unit"] == total
    if not is_restated(factor):
        assert there == total


def test_restating_takes_each_gas_by_its_own_species(warmings):
    """Fossil methane by 29.8 − 30, other by 27 − 28, HFC-134a by 1530 − 1300; HFCs that are not told stay."""
    masses = {"ch4_fossil": Decimal(1), "ch4_other": Decimal(10), "hfcs": Decimal(2)}
    factor = PublishedFactor("f", "t", "AR5", Decimal(5000), {}, masses, (("HFC-134a", Decimal(2), "kg_gas"),))
    steps = {gas: warmings["AR6"].of(*gas) - warmings["AR5"].of(*gas)
             for gas in (("CH4", "fossil_fugitive"), ("CH4", "other"), ("HFC-134a", "na"))}  # fmt: skip
    told = amounts_per_unit(factor, Fraction(1), warmings["AR6"], warmings["AR5"])["total_co2e_kg_per_unit"]
    assert Fraction(told) == 5000 + sum(steps.values()) + 9 * steps["CH4", "other"] + steps["HFC-134a", "na"]
    assert untold_groups(factor) == ()
    untold = replace(factor, species=())
    left = amounts_per_unit(untold, Fraction(1), warmings["AR6"], warmings["AR5"])["total_co2e_kg_per_unit"]
    assert Fraction(told - left) == 2 * steps["HFC-134a", "na"]
    assert untold_groups(untold) == ("hfcs",)


def test_every_blend_is_its_composition_under_every_set(root, warmings):
    """Each shipped refrigerant: Σ mass share × GWP of the set; without a value for a part there is no figure."""
    parts: dict[str, list[tuple[str, Decimal]]] = defaultdict(list)
    with (root / "data" / "factors" / "ipcc-gwp.gases.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            parts[row["factor_id"]].append((row["species"], Decimal(row["value"])))
    assert len(parts) > 5
    for factor_id, shares in parts.items():
        groups = {gas_group(species) for species, _ in shares} & {"hfcs", "pfcs"}
        masses = {group: sum(v for s, v in shares if gas_group(s) == group) for group in groups}
        factor = PublishedFactor(factor_id, "kg", None, None, {}, masses, tuple((*s, "mass_share") for s in shares))
        for warming in warmings.values():
            values = [warming.of(species) for species, _ in shares if gas_group(species) in groups]
            if None in values:
                with pytest.raises(LookupError):
                    amounts_per_unit(factor, Fraction(1), warming, None)
                continue
            by_hand = sum(Fraction(v) * warming.of(s) for s, v in shares if gas_group(s) in groups)
            kg = amounts_per_unit(factor, Fraction(1), warming, None)
            assert abs(Fraction(kg["total_co2e_kg_per_unit"]) - by_hand) <= Fraction(len(groups), 2 * 10**12)


@pytest.fixture(scope="module")
def many(_quality_founded, tmp_path_factory) -> Ledger:
    """A hundred and fifty rows of fuels, power, refrigerants and freight, over one day to two years, from a seed."""
    folder = tmp_path_factory.mktemp("many")
    shutil.copytree(_quality_founded, folder / "book")
    ledger = Ledger(folder / "book" / "ledger.duckdb", actor="anna")
    draw = random.Random(20)  # noqa: S311 — rows of a test
    kinds = [("natural_gas", "kWh", "gross"), ("diesel", "L", ""), ("electricity_purchased", "kWh", ""),
             ("refrigerant_r410a", "kg", ""), ("refrigerant_r408a", "kg", ""), ("ch4_fugitive", "kg", ""),
             ("flight_long_haul_economy", "passenger.km", ""), ("purchased_goods_spend", "GBP", "")]  # fmt: skip
    rows = []
    for number in range(150):
        kind, unit, basis = kinds[number % len(kinds)]
        start = date(2023, 1, 1) + timedelta(days=draw.randrange(700))
        end = start + timedelta(days=draw.choice([0, 10, 45, 200, 700]))
        code = "541512" if kind == "purchased_goods_spend" else ""
        rows.append(f"{number},{draw.choice(['LON', 'BRS'])},{kind},{draw.randrange(1, 10**9) / 1000},{unit},{start},"
                    f"{min(end, date(2025, 12, 31))},measured,{basis},GB,{code}")  # fmt: skip
    file = folder / "many.csv"
    header = "external_id,facility_id,activity_type,quantity,unit,period_start,period_end,data_basis,calorific_basis,"
    file.write_text("\n".join([header + "country,classification_code", *rows]) + "\n", encoding="utf-8")
    result = ledger.upload(file, "activity")
    assert result.status == "accepted", [(f.line, f.message) for f in result.findings][:5]
    return ledger


def amounts_of(inventory) -> dict[str, Decimal]:
    """Every amount of an inventory by name: totals, categories, gases in mass and CO2e, energy, what is apart."""
    made = {name: getattr(inventory, name) for name in (*MEASURES, "total_location", "total_market", "biogenic_co2_kg")}
    made |= {f"category {n}": kg for n, kg in inventory.scope_3_categories.items()}
    for basis in ("by_gas", "by_gas_market"):
        for gas, amount in getattr(inventory, basis).items():
            made |= {f"{basis} {gas} mass": amount.mass_kg, f"{basis} {gas} co2e": amount.co2e_kg}
    made |= {f"energy {name}": kwh for name, kwh in inventory.energy_kwh.items()}
    made |= {f"apart {name}": kg for name, kg in inventory.outside_scopes.items()}
    return {name: value for name, value in made.items() if value is not None}


@pytest.mark.parametrize("month", [4, *(pytest.param(n, marks=pytest.mark.thorough) for n in (1, 7, 11))])
def test_parts_of_a_year_add_up_to_the_last_digit(many: Ledger, month):
    """Quarters, halves and months of years that begin anywhere sum to them: kg, each gas's mass and CO2e, kWh."""
    with session(many.path) as s:

        def amounts(of: Period) -> dict[str, Decimal]:
            return amounts_of(compile_inventory(s, of))

        year = period("FY2024", month)
        whole = amounts(year)
        assert len(whole) > 30
        months = [Period(first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1), "m")
                  for first in year.months]  # fmt: skip
        quarters = [period(f"FY2024-Q{n}", month) for n in (1, 2, 3, 4)]
        halves = [period(f"FY2024-H{n}", month) for n in (1, 2)]
        for parts in (quarters, halves, months):
            sums: dict[str, Fraction] = defaultdict(Fraction)
            for part in parts:
                for name, value in amounts(part).items():
                    sums[name] += Fraction(value)
            assert dict(sums) == {name: Fraction(value) for name, value in whole.items()}


def test_the_gases_of_each_scope_foot_to_it(many: Ledger):
    """`--by gas`: in every measure the seven gases and the unsplit row sum to the scope; masses sum to those in all."""
    rows = many.breakdown("2024", "gas")
    inventory = many.inventory("2024")
    assert [row["gas"] for row in rows] == [*GASES, "unsplit"]
    for measure in MEASURES:
        assert sum(Fraction(row[measure] or 0) for row in rows) == Fraction(getattr(inventory, measure))
    for row in rows[:-1]:
        masses = [row[f"{measure}_mass_kg"] for measure in ("scope_1", "scope_2_location", "scope_3")]
        known = [mass for mass in masses if mass is not None]
        assert sum(map(Fraction, known)) == Fraction(inventory.by_gas[row["gas"]].mass_kg or 0)


def test_slices_keep_every_gas_in_step(many: Ledger):
    """A row over many months: in each, every gas's mass and CO2e is that month's quantity times its kg per unit."""
    names = ("ch4_other", "ch4_co2e", "hfcs", "hfcs_co2e", "montreal", "biogenic_co2", "unsplit_co2e", "total_co2e")
    posted, rates = (", ".join(f"{source}{name}{end}" for name in names)
                     for source, end in (("p.", "_kg"), ("c.", "_kg_per_unit")))  # fmt: skip
    with session(many.path) as s:
        rows = s.rows(
            f"select p.quantity, [{posted}], [{rates}] from posting p join choice c on c.batch_no = p.choice_batch "
            "and c.seq = p.choice_seq where p.activity_seq is not null"
        )
    assert len(rows) > 1000
    for quantity, amounts, per_unit in rows:
        for amount, rate in zip(amounts, per_unit, strict=True):
            assert (amount is None) == (rate is None)
            assert rate is None or Fraction(amount) == Fraction(quantity) * Fraction(rate)


@pytest.mark.parametrize("gwp_set", [pytest.param(one, marks=[pytest.mark.thorough] * (one != "AR5")) for one in SETS])
def test_a_ledger_of_each_set_warms_by_it(tmp_path, root, warmings, gwp_set):
    """10 kg of R-410A and 3 kg of leaked methane in a ledger of each set; HCFC-22 is told in mass alone."""
    ledger = Ledger.init(tmp_path / "x.duckdb", organisation="Acme", gwp=gwp_set, actor="anna")
    file = tmp_path / "a.csv"
    file.write_text(
        "activity_type,quantity,unit,month,country,data_basis\nrefrigerant_r410a,10,kg,2024-06,GB,measured\n"
        "ch4_fugitive,3,kg,2024-06,GB,measured\nrefrigerant_r22,5,kg,2024-06,GB,measured\n", encoding="utf-8",
    )  # fmt: skip
    assert ledger.upload(file, "activity").status == "accepted"
    found = ledger.inventory("2024")
    warming = warmings[gwp_set]
    hfcs = 10 * (Fraction(1, 2) * warming.of("HFC-32") + Fraction(1, 2) * warming.of("HFC-125"))
    assert Fraction(found.by_gas["HFCs"].co2e_kg) == hfcs
    assert found.by_gas["HFCs"].mass_kg == 10
    assert Fraction(found.by_gas["CH4"].co2e_kg) == 3 * warming.of("CH4", "fossil_fugitive")
    assert found.outside_scopes == {"refrigerant_r22_kg": 5}
    assert found.gwp_set == gwp_set


def test_a_policy_to_restate_says_what_it_cannot(tmp_path):
    """Spend on EPA's factors (AR5) in an AR6 ledger: methane moves to AR6, HFCs and PFCs stay, and a note says so."""
    ledger = Ledger.init(tmp_path / "x.duckdb", organisation="Acme", gwp="AR6", actor="anna")
    with session(ledger.path, "write") as s:
        act = ledger._act(s, "setting")
        row = [{"name": "gwp_policy", "value": "restate", "valid_from": date(1900, 1, 2)}]
        append(s, act, lambda writing: writing.insert_rows(Setting, as_arrow(Setting, row)) and None)
    file = tmp_path / "a.csv"
    file.write_text(
        "activity_type,spend,currency,month,country,data_basis,classification_code\n"
        "purchased_goods_spend,1000000,USD,2022-06,US,calculated,111110\n", encoding="utf-8",
    )  # fmt: skip
    assert ledger.upload(file, "activity").status == "accepted"
    found = ledger.inventory("2022")
    assert any("HFCs and PFCs of some factors" in note for note in found.notes)
    moved = (0.000482 * (27 - 28) + 0.0013 * (273 - 265)) * 1_000_000
    assert float(found.scope_3) == pytest.approx(532_000 + moved, rel=1e-4)
    with session(ledger.path) as s:
        assert s.one("select flags, gwp_set from choice where factor_id like 'epa-supply%' limit 1") == (
            "hfcs_pfcs_on_AR5", "AR6",
        )  # fmt: skip
    assert verify(ledger.path).ok
