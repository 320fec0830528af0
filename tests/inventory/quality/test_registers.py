"""Removals, credits, targets and internal prices: beside the inventory, in none of its totals, reckoned by hand."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import Ledger
from ledger.inventory import period
from ledger.inventory.exact import exact_sum
from ledger.inventory.registers.in_force import part_in

ACTIVITY = "external_id,facility_id,activity_type,quantity,unit,month,data_basis,factor_id,stated_scope3_category"
FACTOR = "factor_id,activity_type,unit,co2e,data_year,source"
REMOVAL = ("removal_id,removal_kind,value_chain,facility_id,period_start,period_end,removed_kg,emitted_kg,reversed_kg,"
           "removal_method,source,withdrawn")  # fmt: skip
CREDIT = ("credit_id,standard,credit_project,credit_kind,tonnes,vintage_year,eu_project,corresponding_adjustment,"
          "cancelled_on,planned_for,contracted,withdrawn")  # fmt: skip
TARGET = "target_id,measure,base_year,base_kg,target_year,reduction_pct,framework,valid_from"
PRICE = ("scheme_id,price_type,covers,scope2_method,price_per_t,currency,consistent_with_statements,assumptions,"
         "valid_from,valid_to")  # fmt: skip


def stated(number: int, month: str, kg: str, kind: str = "stated_scope_1") -> str:
    """Emissions that somebody states, in kg CO2e."""
    return f"{number},LON,{kind},{kg},kg CO2e,{month},calculated,,"


def codes(result) -> set[str]:
    """The codes of the findings of an upload."""
    return {found.code for found in result.findings}


# -- removals -----------------------------------------------------------------------------------------


def test_removals_stand_beside_the_inventory_and_in_no_total(upload, ledger: Ledger):
    """1 000 kg over the 366 days of 2024: Q1 has 91 of them, 248.63 kg; no total moves, the gross is named."""
    upload("activity", ACTIVITY, stated(1, "2024-02", "5000"))
    before = ledger.inventory("2024")
    upload("removal", REMOVAL, "W1,afforestation,own,LON,2024-01-01,2024-12-31,1000,50,,stock change,survey,",
           "W2,direct air capture,upstream,,2024-06-01,2024-06-30,200,,10,metered,supplier,")  # fmt: skip
    after = ledger.inventory("2024")
    assert (after.total_location, after.scope_1) == (before.total_location, before.scope_1)
    assert (before.removals_kg, after.removals_kg) == (None, 1200)
    year = ledger.removals("2024")
    assert (year.removed_kg, year.emitted_kg, year.reversed_kg) == (1200, 50, 10)
    assert year.by_value_chain == {"own": 1000, "upstream": 200}
    quarters = [ledger.inventory(f"2024-Q{n}").removals_kg for n in (1, 2, 3, 4)]
    assert quarters[0] == Decimal("248.633879781420765027")
    assert sum(quarters) == 1200


def test_a_withdrawn_removal_is_gone(upload, ledger: Ledger):
    """The last row of an identity speaks; a withdrawal ends it, and earlier sizes still know it."""
    row = "W1,afforestation,own,LON,2024-01-01,2024-12-31,1000,,,stock change,survey,"
    upload("removal", REMOVAL, row)
    size = ledger.checkpoint().size
    upload("removal", REMOVAL, row + "yes")
    assert ledger.inventory("2024").removals_kg is None
    assert ledger.removals("2024").rows == ()
    assert ledger.removals("2024", at=size).removed_kg == 1000


def test_removals_that_may_be_the_same_are_told(upload, ledger: Ledger):
    """Same kind, place and days under two names is a warning of the upload, and across uploads a note."""
    row = ",afforestation,own,LON,2024-01-01,2024-12-31,1000,,,stock change,survey,"
    assert "removal-overlap" in codes(upload("removal", REMOVAL, "W1" + row, "W2" + row))
    assert any("W1 and W2" in note for note in ledger.removals("2024").notes)


@given(
    st.decimals(min_value=0, max_value=10**15, places=18),
    st.dates(date(2023, 1, 1), date(2024, 12, 31)),
    st.integers(0, 900),
    st.sampled_from([1, 4, 7]),
)
def test_parts_of_periods_that_meet_add_up_to_the_whole(kg, start, length, month):
    """However long a removal lasts, its parts in quarters of calendar or fiscal years sum to it to the last digit."""
    end = start + timedelta(days=length)
    quarters = [period(f"FY{year}-Q{quarter}", month) for year in range(2022, 2030) for quarter in (1, 2, 3, 4)]
    years = [period(f"FY{year}", month) for year in range(2022, 2030)]
    assert exact_sum(part_in(kg, start, end, of) for of in quarters) == kg
    for at, year in enumerate(years):
        own = quarters[4 * at : 4 * at + 4]
        assert exact_sum(part_in(kg, start, end, of) for of in own) == part_in(kg, start, end, year)


# -- credits ------------------------------------------------------------------------------------------


def test_credits_cancelled_and_planned(upload, ledger: Ledger):
    """300 t and 100 t cancelled in 2024: 75 % reductions, 25 % in the Union; planned ones apart, contracted or not."""
    upload("activity", ACTIVITY, stated(1, "2024-02", "5000"))
    upload("credit", CREDIT,
           "C1,Verra VCS,Stoves,reduction,300,2022,no,yes,2024-05-04,,no,",
           "C2,Gold Standard,Biochar,removal,100,2023,yes,no,2024-11-01,,no,",
           "C3,Verra VCS,Stoves,reduction,70,2022,no,no,2023-05-04,,no,",
           "C4,Verra VCS,Forest,removal,500,2025,no,no,,2026,yes,",
           "C5,Verra VCS,Forest,removal,40,2025,no,no,,2027,no,",
           "C6,Verra VCS,Forest,removal,9,2022,no,no,2024-02-01,,no,yes")  # fmt: skip
    found = ledger.credits("2024")
    assert (found.cancelled.tonnes, found.cancelled.reduction_tonnes, found.cancelled.removal_tonnes) == (400, 300, 100)
    assert (found.cancelled.share_reduction, found.cancelled.share_eu_project) == (Decimal("0.75"), Decimal("0.25"))
    assert found.cancelled.share_corresponding_adjustment == Decimal("0.75")
    assert found.cancelled.share_by_standard == {"Gold Standard": Decimal("0.25"), "Verra VCS": Decimal("0.75")}
    assert (found.planned_contracted.tonnes, found.planned_open.tonnes) == (500, 40)
    assert ledger.inventory("2024").total_location == 5000
    assert found.planned_open.share_eu_project == 0
    assert ledger.credits("2019").cancelled.share_removal is None


@pytest.mark.parametrize(
    ("kind", "header", "row", "code"),
    [
        ("credit", CREDIT, "C1,VCS,Stoves,reduction,300,2024,no,no,2023-05-04,,no,", "credit-cancelled-early"),
        ("credit", CREDIT, "C1,VCS,Stoves,reduction,-300,2022,no,no,2023-05-04,,no,", "number-negative"),
        ("credit", CREDIT, "C1,VCS,Stoves,reduction,0,2022,no,no,2023-05-04,,no,", "not-above-zero"),
        ("carbon_price_scheme", PRICE, "P,internal_fee,1|4,,80,EUR,no,,2024-01-01,", "covers-unknown"),
        ("carbon_price_scheme", PRICE, "P,internal_fee,1|1,,80,EUR,no,,2024-01-01,", "covers-unknown"),
        ("carbon_price_scheme", PRICE, "P,internal_fee,all,,80,EUR,no,,2024-01-01,", "covers-unknown"),
        ("carbon_price_scheme", PRICE, "P,internal_fee,1,,0,EUR,no,,2024-01-01,", "not-above-zero"),
        ("carbon_price_scheme", PRICE, "P,bribe,1,,8,EUR,no,,2024-01-01,", "value-not-allowed"),
        ("carbon_price_scheme", PRICE, "P,internal_fee,1,,8,EUR,no,,2024-05-01,2024-01-01", "period-end-before-start"),
        ("target", TARGET, "T,scope_2,2024,,2030,42,,2024-01-01", "measure-unknown"),
        ("target", TARGET, "T,scope_1,2030,,2030,42,,2024-01-01", "target-not-after-base"),
        ("target", TARGET, "T,scope_1,2024,,2030,142,,2024-01-01", "number-out-of-range"),
    ],
)
def test_bad_rows_of_registers_are_refused(upload, kind, header, row, code):
    """Each fault has its code, and nothing of the file is recorded."""
    assert code in codes(upload(kind, header, row, status="refused"))


def test_a_range_that_does_not_hold_its_quantity_is_refused(upload):
    """The quantity lies between low and high, and both are given."""
    header = "facility_id,activity_type,quantity,unit,month,data_basis,calorific_basis,low,high"
    for low, high in (("11", "20"), ("1", "9"), ("5", ""), ("", "20")):
        row = f"LON,natural_gas,10,kWh,2024-03,measured,gross,{low},{high}"
        assert codes(upload("activity", header, row, status="refused")) == {"interval-without-quantity"}
    upload("activity", header, "LON,natural_gas,10,kWh,2024-03,measured,gross,9,20")


# -- targets ------------------------------------------------------------------------------------------


def test_targets_by_hand(upload, ledger: Ledger):
    """Base 10 t in 2024, 8 t in 2026, 42 % by 2030: 20 % reached, the path asks for 42 × 2 ÷ 6 = 14 %."""
    year = [stated(month, f"2026-{month:02d}", "300" if month == 12 else "700") for month in range(1, 13)]
    upload("activity", ACTIVITY, stated(20, "2024-02", "10000"), *year, stated(21, "2027-01", "600"))
    upload("target", TARGET, "T1,scope_1,2024,,2030,42,SBTi 1.5 °C,2024-01-01")
    (one,) = ledger.targets(2026)
    assert (one.base_kg, one.year_kg, one.target_kg, one.base_source) == (10000, 8000, 5800, "ledger")
    assert (one.reached_pct, one.path_pct, one.yearly_pct, one.on_track) == (20, 14, 7, True)
    (begun,) = ledger.targets(2027)
    assert begun.on_track is None
    assert "2027 holds data of 1 of 12 months: what is reached is not that of a year." in begun.notes
    (later,) = ledger.targets(2028)
    assert (later.year_kg, later.reached_pct, later.on_track) == (None, None, None)
    assert any("2028" in note for note in later.notes)


def test_a_target_names_both_scope_2_methods(upload, ledger: Ledger):
    """A market-based target shows the location-based figures of the same years beside it, never mixed."""
    upload("activity", ACTIVITY, "1,LON,electricity_purchased,100000,kWh,2024-02,measured,,",
           "2,LON,electricity_purchased,50000,kWh,2025-02,measured,,")  # fmt: skip
    upload("target", TARGET, "T1,scope_1_2_market,2024,,2030,50,,2024-01-01")
    (one,) = ledger.targets(2025)
    assert (one.basis, one.other_measure) == ("market", "scope_1_2_location")
    assert one.other_base_kg == ledger.inventory("2024").scope_2_location
    assert one.other_year_kg == ledger.inventory("2025").scope_2_location


def test_a_base_of_the_register_stands_where_the_ledger_has_none(upload, ledger: Ledger):
    """A base year before the ledger is taken from the register; one that contradicts the ledger is told."""
    upload("activity", ACTIVITY, stated(1, "2024-02", "10000"))
    upload("target", TARGET, "OLD,scope_1,2019,20000,2030,50,,2020-01-01",
           "ODD,scope_1,2024,12000,2030,50,,2024-01-01", "NONE,scope_3,2019,,2030,50,,2020-01-01")  # fmt: skip
    none, odd, old = ledger.targets(2024)
    assert (old.base_source, old.reached_pct) == ("register", 50)
    assert any("5 %" in note for note in odd.notes)
    assert (none.base_kg, none.target_kg, none.on_track) == (None, None, None)


def test_a_later_version_of_a_target_holds_from_its_day(upload, ledger: Ledger):
    """A raised target counts from the year in which it came into force, not before."""
    upload("activity", ACTIVITY, stated(1, "2024-02", "10000"), stated(2, "2025-02", "9000"))
    upload("target", TARGET, "T,scope_1,2024,,2030,42,,2024-01-01", "T,scope_1,2024,,2030,60,,2025-06-01")
    assert [one.reduction_pct for one in ledger.targets(2024)] == [42]
    assert [one.reduction_pct for one in ledger.targets(2025)] == [60]


# -- prices -------------------------------------------------------------------------------------------


def test_prices_by_hand(upload, ledger: Ledger):
    """12 t of Scope 1 in July at 80 EUR from 11 July: 21 of 31 days are 8.129… t, 67.7 % of the scope, 650.32 EUR."""
    upload("activity", ACTIVITY, stated(1, "2024-07", "12000"),
           stated(2, "2024-07", "3000", "stated_scope_3_category_1"))  # fmt: skip
    upload("carbon_price_scheme", PRICE, "fee,internal_fee,1,,80,EUR,yes,set by the board,2024-07-11,2024-12-31",
           "capex,shadow_capex,1|3,,100,GBP,no,,2024-01-01,")  # fmt: skip
    capex, fee = ledger.prices("2024")
    assert fee.covered_t == Decimal("8.129032258065")
    assert fee.cost == Decimal("650.322580645200")
    assert fee.scopes[0].share == Decimal("0.677419354839")
    assert (fee.in_force_from, fee.consistent_with_statements, fee.notes) == (date(2024, 7, 11), True, ())
    assert (capex.covered_t, capex.cost, capex.currency) == (15, 1500, "GBP")
    assert [scope.share for scope in capex.scopes] == [1, 1]
    assert ledger.prices("2023") == []


def test_a_price_names_its_scope_2_method(upload, ledger: Ledger):
    """Location where none is named, and told; never both."""
    upload("activity", ACTIVITY, "1,LON,electricity_purchased,100000,kWh,2024-02,measured,,")
    upload("carbon_price_scheme", PRICE, "a,internal_fee,2,,80,EUR,yes,,2024-01-01,",
           "b,internal_fee,2,market,80,EUR,yes,,2024-01-01,",
           "c,internal_fee,1|2,market,80,EUR,yes,,2024-01-01,")  # fmt: skip
    a, b, c = ledger.prices("2024")
    assert [scope.measure for scope in (*a.scopes, *b.scopes)] == ["scope_2_location", "scope_2_market"]
    assert a.covered_t == ledger.inventory("2024").scope_2_location / 1000
    assert any("location-based is taken" in note for note in a.notes)
    assert c.scopes[0].covered_t is None
    assert any("Scope 1" in note for note in c.notes)


def test_versions_of_a_price_do_not_overlap(upload, ledger: Ledger):
    """A new price ends the old one, even where its own end is later: every tonne is priced once."""
    upload("activity", ACTIVITY, *(stated(n, f"2024-{n:02}", "1000") for n in range(1, 13)))
    done = upload("carbon_price_scheme", PRICE, "fee,internal_fee,1,,50,EUR,yes,,2023-01-01,2024-12-31",
                  "fee,internal_fee,1,,80,EUR,yes,,2024-07-01,")  # fmt: skip
    assert "validity-overlap" in codes(done)
    first, second = ledger.prices("2024")
    assert (first.covered_t, first.cost, second.covered_t, second.cost) == (6, 300, 6, 480)
    assert any("later version" in note for note in first.notes)
    quarters = [ledger.prices(f"2024-Q{n}") for n in (1, 2, 3, 4)]
    assert sum(one.cost for quarter in quarters for one in quarter) == 780
