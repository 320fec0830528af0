"""The fifteen categories: size, methods, screening, and what does not go together."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ledger import Ledger
from ledger.inventory.scope3 import category_rules

ACTIVITY = """external_id,activity_type,quantity,unit,spend,currency,country,month,supplier,product,data_basis,\
primary_data,stated_scope3_category,capitalised,tax_included,factor_id
S1,purchased_product,10,unit,,,GB,2025-03,Mill,M1,measured,yes,,,,
S2,purchased_product,10,unit,,,GB,2025-03,Mill,M2,measured,yes,,,,
S3,purchased_product,10,unit,,,GB,2025-03,Forge,F1,measured,yes,,,,
S4,purchased_product,10,unit,,,GB,2025-03,Other,X,measured,no,,,,
S5,software_spend,,,1000,USD,US,2025-03,,,calculated,no,,,,
S6,software_spend,,,1000,USD,US,2025-03,,,calculated,no,,,yes,
S7,software_spend,,,1000,USD,US,2025-03,,,calculated,no,,yes,,
S8,freight_hgv,100,tkm,,,GB,2025-03,,,calculated,no,,,,
S9,freight_hgv,100,tkm,,,GB,2025-03,,,calculated,no,9,,,
S10,leased_in_electricity,100,kWh,,,GB,2025-03,,,measured,no,,,,
S11,leased_in_electricity,100,kWh,,,GB,2025-03,,,measured,no,13,,,
S12,waste_paper_recycling,1,t,,,GB,2025-03,,,measured,no,12,,,
S13,freight_hgv,100,tkm,,,GB,2025-03,,,calculated,no,6,,,
S14,freight_fuel_diesel,100,L,,,GB,2025-03,,,measured,no,,,,
"""
FACTOR = """factor_id,activity_type,per_unit,co2e_published_kg_per_unit,data_year,source,supplier,product,kind,boundary
t:mill,purchased_product,unit,3,2025,statement,Mill,,supplier,cradle_to_gate
t:mill-m1,purchased_product,unit,2,2025,declaration,Mill,M1,product,cradle_to_gate
t:forge-f1,purchased_product,unit,5,2025,scope 1 and 2 per piece,Forge,F1,product,combustion
"""
SCREENING = """scope3_category,status,criteria,size_kg,why,valid_from,valid_to
1,included,size,,largest,2024-01-01,
4,excluded,size,100,small,2024-01-01,
10,excluded,size,100,small,2024-01-01,
11,included,size,,largest,2024-01-01,
14,not_relevant,,,no franchises,2024-01-01,2024-12-31
15,not_quantified,,,no figures of investees yet,2024-01-01,
"""


@pytest.fixture(scope="module")
def overview(tmp_path_factory):
    """The categories of a company that gives each kind of row once."""
    folder = tmp_path_factory.mktemp("scope3")
    ledger = Ledger.init(folder / "s.duckdb", organisation="Scope", actor="tester")
    for kind, text in (("factor", FACTOR), ("activity", ACTIVITY), ("scope3_screening", SCREENING)):
        (folder / f"{kind}.csv").write_text(text, encoding="utf-8")
        done = ledger.upload(folder / f"{kind}.csv", kind)
        assert done.status == "accepted", [finding.message for finding in done.findings]
    assert ledger.verify().ok
    return ledger.scope3("2025")


def of(overview, number: int):
    """A category by its number."""
    return overview.categories[number - 1]


def test_every_category_is_there_with_its_boundary():
    """Fifteen, each with its least boundary and methods; 2, 11 and 12 say which years they reach into."""
    assert [rule.number for rule in category_rules()] == list(range(1, 16))
    assert all(rule.minimum_boundary and rule.methods and rule.source for rule in category_rules())
    assert [rule.number for rule in category_rules() if rule.time_boundary] == [2, 11, 12]


def test_methods_follow_from_factor_and_activity(overview):
    """The mill's product by its footprint, its other by the mill's rate; the forge's scope 1 and 2 alone: hybrid."""
    methods = {each.method: each.kg for each in of(overview, 1).methods}
    assert methods["supplier_specific"] == 10 * 2 + 10 * 3
    assert methods["hybrid"] == 50
    assert methods["spend_based"] > 0
    assert sum(methods.values()) == of(overview, 1).kg
    assert abs(sum(each.share for each in of(overview, 1).methods) - 1) < Decimal("1e-11")
    by_number = {number: {each.method for each in of(overview, number).methods} for number in (2, 4, 8, 9, 12, 13)}
    assert by_number == {
        2: {"spend_based"}, 4: {"distance_based", "fuel_based"}, 8: {"asset_specific"}, 9: {"distance_based"},
        12: {"waste_type_specific"}, 13: {"asset_specific"},
    }  # fmt: skip


def test_a_claim_moves_a_row_within_its_pair_only(overview):
    """Category 9 for 4, 13 for 8, 12 for 5 are taken; category 6 for freight is not, and stays in 4."""
    assert of(overview, 5).kg is None
    assert of(overview, 6).kg is None
    rows = {each.method: each.rows for each in of(overview, 4).methods}
    assert rows["distance_based"] == 4  # S8 and S13, each direct and upstream


def test_primary_data_is_a_share_by_size(overview):
    """Of category 1 the supplier's 100 kg are primary, the spend is not."""
    category = of(overview, 1)
    assert category.share_primary == (Decimal(100) / category.kg).quantize(Decimal("1e-12"))
    assert abs(sum(category.by_basis.values()) - 1) < Decimal("1e-11")


def test_what_has_no_result_is_declared(overview):
    """An unknown supplier's product, and money with a tax of unknown rate, stand as not quantified."""
    reasons = {(gap.activity_type, gap.reason) for gap in of(overview, 1).not_quantified}
    assert reasons == {("purchased_product", "no_factor"), ("software_spend", "tax_included")}
    assert "declared_not_quantified" in of(overview, 1).told


def test_decisions_and_data_that_do_not_agree_are_told(overview):
    """Excluded with data, included without, data without a decision, neither; a decision that ended counts no more."""
    assert of(overview, 1).told == ("declared_not_quantified",)
    assert of(overview, 4).told == ("excluded_with_data",)
    assert of(overview, 10).told == ()
    assert of(overview, 11).told == ("included_without_data",)
    assert of(overview, 8).told == ("data_without_screening",)
    assert of(overview, 14).told == ("not_screened",)
    assert of(overview, 15).told == ("declared_not_quantified",)
    assert of(overview, 15).kg is None
    assert overview.not_screened == (3, 5, 6, 7, 14)
    assert [of(overview, number).status for number in (1, 8, 10, 14)] == [
        "included", "quantified", "excluded", "not_screened",
    ]  # fmt: skip


def test_the_categories_come_to_scope_3(overview):
    """The sum of the categories is the figure of the inventory."""
    assert overview.kg == sum(category.kg for category in overview.categories if category.kg is not None)
