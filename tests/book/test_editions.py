"""A new edition: its effect is told before it is used, closed months keep their digits, and nothing is lost."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from ledger.book import Ledger
from ledger.errors import Misuse

BEFORE = ("desnz-2024", "ember-2026", "egrid-2023", "epa-hub-2024", "ipcc-gwp")
ENTITIES = """legal_entity_id,name,country,in_consolidated_accounts,high_climate_impact,valid_from
ACME,Acme plc,GB,yes,no,2010-01-01
"""
FACILITIES = """facility_id,name,legal_entity_id,country,timezone,relation,exists_from,valid_from
LON,London office,ACME,GB,Europe/London,lease_in_operating,2018-01-01,2018-01-01
"""
# 100,000 kWh of power and 5,000 kWh of gas in each of two quarters of 2025
ENERGY = """external_id,facility_id,activity_type,quantity,unit,period_start,period_end,calorific_basis,data_basis
1,LON,electricity_purchased,100000,kWh,2025-02-01,2025-02-28,,measured
2,LON,natural_gas,5000,kWh,2025-02-01,2025-02-28,gross,measured
3,LON,electricity_purchased,100000,kWh,2025-05-01,2025-05-31,,measured
4,LON,natural_gas,5000,kWh,2025-05-01,2025-05-31,gross,measured
"""


@pytest.fixture
def before(tmp_path) -> Ledger:
    """A ledger that has only the UK edition of 2024, with activity of 2025."""
    ledger = Ledger.init(tmp_path / "l.duckdb", organisation="Acme", actor="anna", datasets=BEFORE)
    for name, text in (("entity.csv", ENTITIES), ("facility.csv", FACILITIES), ("energy.csv", ENERGY)):
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert ledger.upload(tmp_path / name).status == "accepted"
    return ledger


def closed(ledger: Ledger, label: str) -> int:
    """A period is taken from open to closed by two people; gives its pin."""
    ledger.add_person("rob", "reviewer")
    ledger.submit(label)
    reviewer = Ledger(ledger.path, actor="rob")
    reviewer.approve(label)
    return reviewer.close(label).pin


@pytest.mark.thorough
def test_a_chosen_set_is_published_and_the_rest_follows(before):
    """init takes a chosen set of datasets beside the tables; publish takes one by name; an unknown name is misuse."""
    names = {row["dataset"] for row in before.datasets()}
    assert names == {*BEFORE, "gwp", "exchange-rates", "price-indices", "refrigerants"}
    assert before.publish_factors(["desnz-2025"]).counts == {"datasets": 1}
    assert {row["dataset"] for row in before.datasets()} - names == {"desnz-2025"}
    assert before.publish_factors(["desnz-2025"]).counts == {"datasets": 0}
    with pytest.raises(Misuse, match="no dataset 'desnz-1999' is shipped"):
        before.publish_factors(["desnz-1999"])
    with pytest.raises(Misuse, match="no dataset 'desnz-1999' is shipped"):
        Ledger.init(before.path.with_name("other.duckdb"), organisation="x", datasets=["desnz-1999"])
    assert not before.path.with_name("other.duckdb").exists()


@pytest.mark.thorough
def test_the_effect_is_told_before_an_edition_is_used(before):
    """UK power falls from 0.20705 to 0.177 kg per kWh: 20,705 kg become 17,700 kg, told before anything is written."""
    size = before.checkpoint().size
    effect = before.edition_effect("desnz", "2025")
    assert before.checkpoint().size == size
    line = next(
        line for line in effect.lines
        if (line.period, line.scope, line.method) == ("2025-Q1", "2", "location")
    )  # fmt: skip
    assert (line.kg_now, line.kg_then) == (Decimal(20705), Decimal(17700))
    assert line.difference_kg == Decimal(-3005)
    assert line.percent == Decimal("-14.5")
    change = next(c for c in effect.changes if (c.line, c.method) == ("energy", "location"))
    assert (change.from_factor, change.to_factor) == ("desnz-2024:7_400_4000_5", "desnz-2025:7_400_4000_5")
    assert (change.from_kg_per_unit, change.to_kg_per_unit) == (Decimal("0.20705"), Decimal("0.177"))
    assert (change.keys, change.kg_now, change.kg_then) == (2, Decimal(41410), Decimal(35400))
    total = next(t for t in effect.totals if (t.period, t.measure) == ("2025-Q1", "scope_2_location"))
    assert (total.kg_now, total.kg_then) == (Decimal(20705), Decimal(17700))


@pytest.mark.thorough
def test_the_effect_is_what_happens(before):
    """Published and calculated, every figure is what the effect had told, and nothing is left to change."""
    told = before.edition_effect("desnz-2025")
    before.publish_factors(["desnz-2025"])
    again = before.calculation_effect()
    assert (again.lines, again.changes) == (told.lines, told.changes)
    by_year = before.calculation_effect("2025")
    now = before.inventory("2025")
    before.calculate(reason="edition 2025")
    then = before.inventory("2025")
    assert {total.measure for total in by_year.totals} >= {"scope_1", "scope_2_location", "scope_2_market", "scope_3"}
    for total in by_year.totals:
        assert (getattr(now, total.measure), getattr(then, total.measure)) == (total.kg_now, total.kg_then)
    after = before.calculation_effect()
    assert (after.lines, after.changes, after.totals, after.new_choices) == ((), (), (), 0)


def test_closed_quarters_keep_their_digits(before):
    """The first quarter is closed on the edition of 2024 and keeps its digits; the second takes that of 2025."""
    pin = closed(before, "2025-Q1")
    first, second = before.inventory("2025-Q1"), before.inventory("2025-Q2")
    assert first.scope_2_location == second.scope_2_location == Decimal(20705)
    before.publish_factors(["desnz-2025"])
    effect = before.calculation_effect()
    assert {line.period for line in effect.lines} == {"2025-Q2"}
    assert [(run.first, run.last, run.event, run.pin) for run in effect.closed] == [
        (date(2025, 2, 1), date(2025, 2, 28), "closed", pin)
    ]
    before.calculate(reason="edition 2025")
    kept = before.inventory("2025-Q1")
    assert (kept.total_location, kept.total_market) == (first.total_location, first.total_market)
    assert before.inventory("2025-Q2").scope_2_location == Decimal(17700)
    assert before.inventory("2025-Q2", at=first.checkpoint.size).scope_2_location == Decimal(20705)
    assert before.verify().ok


@pytest.mark.thorough
def test_a_withdrawn_dataset_no_longer_wins_and_stays_readable(before):
    """Withdrawn, the edition of 2025 gives way to that of 2024; it is still shown; taken back, it wins again."""
    before.publish_factors(["desnz-2025"])
    before.calculate(reason="edition 2025")
    with pytest.raises(Misuse, match="no dataset 'nobody'"):
        before.withdraw_dataset("nobody", reason="x")
    before.withdraw_dataset("desnz-2025", reason="the publisher withdrew it")
    effect = before.calculation_effect("2025")
    total = next(t for t in effect.totals if t.measure == "scope_2_location")
    assert (total.kg_now, total.kg_then) == (Decimal(35400), Decimal(41410))
    before.calculate(reason="withdrawn")
    assert before.inventory("2025").scope_2_location == Decimal(41410)
    assert before.factor("desnz-2025:7_400_4000_5")["co2e_published_kg_per_unit"] == Decimal("0.177")
    assert before.verify().ok
    with pytest.raises(Misuse, match="withdrawn already"):
        before.withdraw_dataset("desnz-2025", reason="again")
    before.withdraw_dataset("desnz-2025", reason="it was a mistake", restore=True)
    before.calculate(reason="back")
    assert before.inventory("2025").scope_2_location == Decimal(35400)
    assert before.verify().ok
