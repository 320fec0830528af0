"""Intensities: per revenue, head or request, only where the metric covers the period's days once, by hand."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from in_process import ghg

from ledger import Ledger
from ledger.errors import Misuse

ACTIVITY = "external_id,facility_id,activity_type,quantity,unit,month,data_basis"
METRIC = "name,value,unit,currency,period_start,period_end,legal_entity_id,product,source"


@pytest.fixture
def emissions(upload):
    """8 000 kg of Scope 1, and electricity that the two Scope 2 methods may price apart."""
    upload("activity", ACTIVITY, "1,LON,stated_scope_1,8000,kg CO2e,2024-02,calculated",
           "2,LON,stated_scope_2_location,2000,kg CO2e,2024-02,calculated",
           "3,LON,stated_scope_2_market,500,kg CO2e,2024-02,calculated")  # fmt: skip


def figures(one) -> dict[str, Decimal | None]:
    """Kg per unit by measure."""
    return {figure.measure: figure.kg_per_unit for figure in one.figures}


def test_per_revenue_by_both_methods(upload, emissions, ledger: Ledger):
    """10 000 kg and 8 500 kg over 2 000 000 EUR: 0.005 and 0.00425 kg per EUR."""
    upload("metric", METRIC, "revenue,2000000,EUR,EUR,2024-01-01,2024-12-31,,,accounts")
    (one,), _ = ledger.intensities("2024")
    assert (one.value, one.currency, one.days_covered, one.averaged) == (2_000_000, "EUR", 366, False)
    found = figures(one)
    assert (found["total_location"], found["total_market"]) == (Decimal("0.005"), Decimal("0.00425"))
    assert found["scope_3"] is None
    assert one.sources == ("accounts",)


def test_quarters_add_up_and_heads_are_averaged(upload, emissions, ledger: Ledger):
    """Revenue of four quarters is summed; headcount is a state: (91 × 10 + 275 × 20) ÷ 366 heads."""
    spans = ("2024-01-01,2024-03-31", "2024-04-01,2024-06-30", "2024-07-01,2024-09-30", "2024-10-01,2024-12-31")
    upload("metric", METRIC, *(f"revenue,100,EUR,EUR,{span},,,accounts" for span in spans))
    upload("metric", METRIC, "headcount,10,persons,,2024-01-01,2024-03-31,,,payroll",
           "headcount,20,persons,,2024-04-01,2024-12-31,,,payroll")  # fmt: skip
    (revenue,), _ = ledger.intensities("2024", "revenue")
    (heads,), _ = ledger.intensities("2024", "headcount")
    assert revenue.value == 400
    assert (heads.value, heads.averaged) == (Decimal("17.513661202186"), True)
    (quarter,), _ = ledger.intensities("2024-Q1", "headcount")
    assert quarter.value == 10


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (("2024-01-01,2024-06-30",), "182 of 366 days"),
        (("2024-01-01,2024-06-30", "2024-06-01,2024-12-31"), "more than once"),
        (("2023-07-01,2024-06-30",), "reach beyond"),
        (("2023-01-01,2023-12-31",), "lies within"),
    ],
)
def test_a_metric_that_does_not_fit_gives_no_intensity(upload, emissions, ledger: Ledger, rows, words):
    """Days left out or counted twice, and rows that straddle the period: no figure, and the reason in words."""
    upload("metric", METRIC, *(f"requests,100,requests,,{span},,,log" for span in rows))
    (one,), _ = ledger.intensities("2024", "requests")
    assert one.value is None
    assert set(figures(one).values()) == {None}
    assert any(words in note for note in one.notes), one.notes


def test_a_whole_row_stands_before_its_parts_and_a_correction_before_what_it_corrects(
    upload, emissions, ledger: Ledger
):
    """The year's own row is taken, not added to the quarters; the last upload of a row is in force."""
    upload("metric", METRIC, "requests,100,requests,,2024-01-01,2024-03-31,,,log",
           "requests,900,requests,,2024-01-01,2024-12-31,,,log")  # fmt: skip
    upload("metric", METRIC, "requests,1000,requests,,2024-01-01,2024-12-31,,,log corrected")
    (one,), _ = ledger.intensities("2024", "requests")
    assert (one.value, figures(one)["total_location"], one.sources) == (1000, 10, ("log corrected",))


def test_currencies_and_products_are_never_mixed(upload, emissions, ledger: Ledger):
    """Two currencies give two answers; a product's metric is asked for by its name."""
    upload("metric", METRIC, "revenue,100,EUR,EUR,2024-01-01,2024-12-31,,,accounts",
           "revenue,80,GBP,GBP,2024-01-01,2024-12-31,,,accounts",
           "units,5,pieces,,2024-01-01,2024-12-31,,mug,shop")  # fmt: skip
    found, _ = ledger.intensities("2024")
    assert [(one.currency, one.value) for one in found] == [("EUR", 100), ("GBP", 80)]
    (mug,), _ = ledger.intensities("2024", "units", product="mug")
    assert figures(mug)["scope_1"] == 1600
    with pytest.raises(Misuse, match="no metric 'units'"):
        ledger.intensities("2024", "units")


def test_entities_add_up_where_the_whole_is_not_given(upload, emissions, ledger: Ledger):
    """Rows of entities sum, and that is told; one that leaves days out leaves no sum."""
    upload("metric", METRIC, "revenue,70,EUR,EUR,2024-01-01,2024-12-31,ACME,,accounts")
    (one,), _ = ledger.intensities("2024")
    assert one.value == 70
    assert any("sum over 1" in note for note in one.notes)


def test_revenue_is_reconciled_to_the_statements(upload, emissions, ledger: Ledger):
    """Revenue used and other revenue against the statements: 90 + 20 − 100 is told as a difference."""
    year = "EUR,EUR,2024-01-01,2024-12-31,,,accounts"
    upload("metric", METRIC, f"revenue,90,{year}", f"revenue_statements,110,{year}")
    _, (open_,) = ledger.intensities("2024")
    assert (open_.difference, open_.revenue_other) == (20, None)
    upload("metric", METRIC, f"revenue_other,20,{year}")
    _, (closed,) = ledger.intensities("2024")
    assert (closed.revenue_used, closed.revenue_other, closed.revenue_statements, closed.difference) == (90, 20, 110, 0)


def test_zero_is_no_divisor(upload, emissions, ledger: Ledger):
    """A metric of nothing gives no intensity, and says so."""
    upload("metric", METRIC, "requests,0,requests,,2024-01-01,2024-12-31,,,log")
    (one,), _ = ledger.intensities("2024", "requests")
    assert set(figures(one).values()) == {None}
    assert any("zero" in note for note in one.notes)


def test_the_commands_answer_in_words_and_in_json(upload, emissions, ledger: Ledger):
    """Each command prints without a fault on an empty register and on one with rows; JSON keeps amounts as text."""
    for words in (("removals", "--period"), ("credits", "--period"), ("price", "--period"), ("targets", "--year")):
        empty = ghg(*words, "2024", ledger=ledger)
        assert (empty.returncode, empty.stderr) == (0, ""), empty.stderr
        assert "ghg template" in empty.stdout
    upload("metric", METRIC, "revenue,2000000,EUR,EUR,2024-01-01,2024-12-31,,,accounts")
    upload("target", "target_id,measure,base_year,target_year,reduction_pct,valid_from",
           "T,scope_1_2_location,2024,2030,42,2024-01-01")  # fmt: skip
    shown = ghg("intensity", "--period", "2024", "--per", "revenue", ledger=ledger)
    assert "0.005" in shown.stdout
    answer = json.loads(ghg("intensity", "--period", "2024", "--per", "revenue", "--json", ledger=ledger).stdout)
    assert answer["intensities"][0]["value"] == "2000000"
    assert "holds data of 1 of 12 months" in ghg("targets", "--year", "2024", ledger=ledger).stdout
    assert ghg("targets", "--year", "soon", ledger=ledger).returncode == 2
    wrong = ghg("intensity", "--period", "2024", "--per", "goodwill", ledger=ledger)
    assert wrong.returncode == 2
    assert "revenue" in wrong.stderr
    told = json.loads(ghg("inventory", "--period", "2024", "--json", ledger=ledger).stdout)
    assert told["uncertainty"]["figures"][0]["half_width"] is None
    assert "not assessed" in ghg("uncertainty", "--period", "2024", ledger=ledger).stdout
