"""Trace finds the largest postings of a figure by a bound, and they are those that a look at every posting finds."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

import full
import pytest
import tiny

from ledger.assurance.tracing.trace import trace
from ledger.inventory import period, posting_lines
from ledger.inventory.compile import MEASURE_FILTER
from ledger.store import append, as_arrow, session
from ledger.store.tables import PeriodEvent

MEASURES = ("scope_1", "scope_2_location", "scope_2_market", "scope_3", "total_location", "total_market")


def every_posting(s, of, at) -> list[dict]:
    return posting_lines(s, period(of), at=at).to_pylist()


def python_filter(measure: str):
    """The same selection as the inventory's, in Python, over the columns of a posting line."""
    by_measure = {
        "scope_1": lambda line: line["scope"] == "1",
        "scope_2_location": lambda line: (line["scope"], line["method"]) == ("2", "location"),
        "scope_2_market": lambda line: (line["scope"], line["method"]) == ("2", "market"),
        "scope_3": lambda line: line["scope"] == "3",
    }
    wanted = {"total_location": ("scope_1", "scope_2_location", "scope_3"),
              "total_market": ("scope_1", "scope_2_market", "scope_3")}.get(measure, (measure,))  # fmt: skip
    return lambda line: line["book"] == "inventory" and any(by_measure[name](line) for name in wanted)


@pytest.mark.parametrize("limit", [3, *(pytest.param(n, marks=pytest.mark.thorough) for n in (1, 7, 1000))])
def test_the_largest_lines_are_the_largest(template, limit):
    """At every size of the ledger, for each measure, the shown lines are the largest of all, in their order."""
    assert set(MEASURES) <= set(MEASURE_FILTER)
    with session(template) as s:
        every = {size: every_posting(s, "2024", size) for size in (3, 4, 7, 10)}
        for size, measure in product(every, MEASURES):
            chosen = [
                line for line in every[size] if python_filter(measure)(line) and line["total_co2e_kg"] is not None
            ]
            largest = sorted((abs(line["total_co2e_kg"]) for line in chosen), reverse=True)[:limit]
            found = trace(s, f"2024/operational_control/{measure}@{size}", limit=limit)
            assert [abs(line.amount) for line in found.lines] == largest
            assert sum((line.amount for line in found.lines), Decimal(0)) + found.rest == found.value
            assert found.value == sum(line["total_co2e_kg"] for line in chosen)


@pytest.mark.parametrize("cut", ["facility=F2", "month=2024-04-01", "facility=F1/month=2024-03-01", "category=3"])
def test_cuts_are_kept(template, cut):
    """A cut by place or month takes only its own lines, and all of them."""
    with session(template) as s:
        found = trace(s, f"2024/operational_control/total_location/{cut}@10", limit=1000)
        lines = [line for line in every_posting(s, "2024", 10) if python_filter("total_location")(line)]
        for part in cut.split("/"):
            name, value = part.split("=")
            column = {"facility": "facility_id", "month": "month", "category": "scope3_category"}[name]
            lines = [line for line in lines if str(line[column]) == value]
        amounts = sorted(line["total_co2e_kg"] for line in lines if line["total_co2e_kg"] is not None)
        assert sorted(line.amount for line in found.lines) == amounts
        assert amounts
        assert found.value == sum(amounts)


def test_what_an_entry_has_no_amount_for(template):
    """The trace of an entry names the lines without an amount, each with why, and what took the entry back."""
    with session(template) as s:
        facts = {entry: trace(s, entry).facts for entry in ("B3-1", "B3-2", "B3-26")}
    assert facts["B3-1"]["not_quantified"] == facts["B3-2"]["not_quantified"] == ["td_upstream: no_factor"]
    assert "energy: no_factor" in facts["B3-26"]["not_quantified"]
    assert [facts[entry]["reversed_by"] for entry in facts] == [[], ["B7-1"], []]


def test_months_that_one_entity_has_closed(tmp_path):
    """Where a month is closed for one entity and open for another, each row is held against its own pin."""
    with session(tmp_path / "tiny.duckdb", "write", create=True) as s:
        tiny.found(s, full.FACTORS, gwp=full.gwp("AR6"))
        tiny.upload(s, "u1", [
            tiny.row("electricity_purchased", f"{n}00", "kWh", *full.DAY, legal_entity_id=f"L{n % 2}")
            for n in (1, 2, 3)
        ])  # fmt: skip
        closed = {"period_start": full.DAY[0], "period_end": full.DAY[1], "view": "all", "event": "closed",
                  "legal_entity_id": "L1"}  # fmt: skip

        rows = as_arrow(PeriodEvent, [closed])
        append(s, tiny.act("period", "close", "closed"), lambda w: w.insert_rows(PeriodEvent, rows) and None)
        tiny.upload(s, "u2", [
            tiny.row("electricity_purchased", "999", "kWh", *full.DAY, legal_entity_id=f"L{n}") for n in (0, 1)
        ])  # fmt: skip
        tiny.publish(s, "f2", [tiny.factor("t:power", version="1.1", co2e_published_kg_per_unit="0.5")],
                     [tiny.dataset("t-2024", version="1.1")])  # fmt: skip
        size = tiny.calculate(s, "c2")
        found = trace(s, f"2024/operational_control/scope_2_location@{size}", limit=2)
        # L1 stays at its pin (400 kWh × 0.2); L0 has 200 + 999 kWh, its 0.2 taken back and 0.5 put in its place.
        assert found.value == Decimal(80) + Decimal(1199) * Decimal("0.5")
        assert [line.amount for line in found.lines] == [Decimal("499.5"), Decimal("199.8")]
        everything = trace(s, f"2024/operational_control/scope_2_location@{size}", limit=100)
        assert sum(line.amount for line in everything.lines) == found.value
