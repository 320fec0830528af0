"""The description of data quality: bases, primary data, scores, methods and factors of each category, by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ledger import Ledger
from ledger.disclosure.words.quality import quality_words

HEADER = ("external_id,facility_id,activity_type,quantity,unit,period_start,period_end,data_basis,primary_data,"
          "dq_reliability,dq_completeness,dq_temporal,dq_geographical,dq_technological")  # fmt: skip
CATEGORY_1 = "stated_scope_3_category_1"


def stated(number: int, kg: str, basis: str, primary: str = "no", scores: str = ",,,,",
           days: str = "2024-03-01,2024-03-31") -> str:  # fmt: skip
    """Emissions of purchased goods that somebody states."""
    return f"{number},LON,{CATEGORY_1},{kg},kg CO2e,{days},{basis},{primary},{scores}"


def of(ledger: Ledger, label: str):
    """The description of a category."""
    return next(one for one in ledger.quality("2024") if one.label == label)


def test_shares_by_hand(upload, ledger: Ledger):
    """600 measured of a supplier, 300 estimated, 100 by proxy: 60 %, 30 %, 10 %; all of it stated by others."""
    upload("activity", HEADER, stated(1, "600", "measured", "yes"), stated(2, "300", "estimated"),
           stated(3, "100", "proxy", days="2024-01-20,2024-02-10"))  # fmt: skip
    found = of(ledger, "category_1")
    assert (found.kg, found.scope, found.category) == (1000, "3", 1)
    assert found.bases == {"measured": Decimal("0.6"), "calculated": 0, "estimated": Decimal("0.3"),
                           "proxy": Decimal("0.1")}  # fmt: skip
    assert (found.share_primary, found.share_stated, found.share_scored) == (Decimal("0.6"), 1, 0)
    assert found.methods == {"stated by others": 1}
    words = quality_words(found).replace("\u202f", " ")
    assert "60 % measured, 30 % estimated and 10 % taken from proxies" in words
    assert "partners stand behind 60 % of it" in words
    assert "not scored" in words
    assert found.share_primary == ledger.inventory("2024").share_primary[1]


def test_scores_are_averaged_by_what_they_weigh(upload, ledger: Ledger):
    """Reliability 1 on 900 kg and 4 on 100 kg is 1.3; a part without scores pulls no average."""
    upload("activity", HEADER, stated(1, "900", "measured", scores="1,2,1,1,1"),
           stated(2, "100", "estimated", scores="4,2,1,1,1"), stated(3, "1000", "estimated"))  # fmt: skip
    found = of(ledger, "category_1")
    assert found.scores == {"reliability": Decimal("1.3"), "completeness": 2, "temporal": 1, "geographical": 1,
                            "technological": 1}  # fmt: skip
    assert found.share_scored == Decimal("0.5")
    assert "reliability very good (1.3)" in quality_words(found)
    assert "completeness good (2.0)" in quality_words(found)


def test_factors_and_methods_are_told(upload, ledger: Ledger):
    """Electricity rests on the national dataset, spend on EPA's factors, which is a method of its own."""
    upload("activity", HEADER, "1,LON,electricity_purchased,1000,kWh,2024-03-01,2024-03-31,measured,no,,,,,")
    upload("activity", "facility_id,activity_type,spend,currency,month,data_basis,classification_code",
           "LON,purchased_goods_spend,10000,GBP,2024-06,calculated,322230")  # fmt: skip
    power, goods = of(ledger, "scope_2_location"), of(ledger, "category_1")
    assert [(source.dataset, source.share) for source in power.sources] == [("desnz-2024", 1)]
    assert power.methods == {"average-data": 1}
    assert goods.methods == {"spend-based": 1}
    assert goods.sources[0].dataset.startswith("epa-supply-chain")
    assert "suppliers" not in quality_words(power)


def test_what_was_reversed_is_described_no_more(upload, ledger: Ledger):
    """A reversed row leaves every share, average and description as before it came."""
    upload("activity", HEADER, stated(1, "900", "measured", scores="1,2,1,1,1"))
    before = ledger.quality("2024")
    done = upload("activity", HEADER, stated(2, "70", "proxy", scores="3,3,3,3,3"),
                  stated(3, "5000", "proxy", scores="4,4,4,4,4"),
                  stated(4, "70", "proxy", scores="2,3,3,3,3", days="2024-03-20,2024-04-10"))  # fmt: skip
    assert ledger.quality("2024") != before
    for entry in (3, 2, 1):  # one at a time, so that no reversal has the place of what it reverses
        ledger.reverse(f"B{done.batch}-{entry}", reason="not_ours")
    assert ledger.quality("2024") == before
    assert ledger.quality("2019") == []


@pytest.mark.parametrize("view", ["equity_share", "operational_control"])
def test_a_view_weighs_by_what_counts_in_it(upload, ledger: Ledger, view):
    """A leased office stands in another category under the equity share, and its description goes with it."""
    upload("activity", HEADER.replace(",primary_data", ""),
           "1,LON,stated_scope_1,500,kg CO2e,2024-03-01,2024-03-31,estimated,,,,,",
           "2,BRS,stated_scope_1,1500,kg CO2e,2024-03-01,2024-03-31,measured,,,,,")  # fmt: skip
    labels = {one.label: one for one in ledger.quality("2024", view=view)}
    if view == "operational_control":
        assert labels["scope_1"].bases["measured"] == Decimal("0.75")
    else:
        assert labels["scope_1"].bases["measured"] == 1
        assert labels["category_8"].bases["estimated"] == 1
