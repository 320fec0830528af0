"""The base year: what asks for a recalculation and what does not, small ones that add up, and both bases."""

from __future__ import annotations

import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "calculation")]
import tiny  # noqa: E402 — found by the line above
from test_periods import PEOPLE, by, calculated, closed, power, set_to, uploaded  # noqa: E402

from ledger import Ledger, Misuse, Refused  # noqa: E402
from ledger.book.acts.people import record_person  # noqa: E402
from ledger.store import Act, append, as_arrow, session  # noqa: E402
from ledger.store.tables import Holding, LegalEntity  # noqa: E402

YEAR = "2024"
SINCE = date(2010, 1, 1)


def company(code: str, consolidated: bool) -> dict[str, Any]:
    """A company since 2010."""
    return {"legal_entity_id": code, "name": code, "country": "GB", "in_consolidated_accounts": consolidated,
            "high_climate_impact": False, "valid_from": SINCE, "withdrawn": False}  # fmt: skip


@pytest.fixture
def path(made_once, tmp_path: Path) -> Path:
    """A copy of that ledger."""
    return tiny.ledger_path(made_once(found, tmp_path / "kept"))


def found(folder: Path) -> None:
    """1000 kWh x 0.2 kg in each of six months of 2024: Scope 2 of 1200 kg by both methods; 2024 is closed.

    L1 reports; NEW is held from July 2025 on, wholly.
    """
    path = tiny.ledger_path(folder)
    holding = {"parent": "L1", "child": "NEW", "equity_share": Decimal(1), "financial_control": "sole",
               "operational_control": True, "valid_from": date(2025, 7, 1), "event": "acquisition",
               "withdrawn": False}  # fmt: skip
    with session(path, "write", create=True) as s:
        tiny.found(s, [tiny.factor("t:power", co2e_published_kg_per_unit="0.2", valid_to="2025-12-31")],
                   facilities=[tiny.facility("F1"), tiny.facility("F2", legal_entity_id="NEW"),
                               tiny.facility("F3", exists_from=date(2025, 1, 1))])  # fmt: skip
        append(s, tiny.act("upload", "companies"), lambda w: w.insert_rows(
            LegalEntity, as_arrow(LegalEntity, [company("L1", True), company("NEW", True)])))  # fmt: skip
        append(s, tiny.act("upload", "held"), lambda w: w.insert_rows(Holding, as_arrow(Holding, [holding])))
        for name, role in PEOPLE.items():
            append(s, Act("person", *tiny.WHO, name), lambda w, n=name, r=role: record_person(w, n, r))
        tiny.upload(s, "u1", [power("1000", month) for month in range(1, 7)])
    set_to(path, "base_year", YEAR)
    closed(path, YEAR)


def late(path: Path, key: str, kwh: str, **given: Any) -> str:
    """A row for the closed base year; gives the candidate's name."""
    with session(path, "write") as s:
        batch = tiny.upload(s, key, [power(kwh, 2, **given)])
    return f"B{batch}"


def told(path: Path) -> dict[str, Any]:
    """The candidates by name."""
    return {one.name: one for one in Ledger(path).base_year_candidates()}


def effect(one: Any, measure: str = "scope_1_2_location") -> tuple[Decimal, Decimal, Decimal]:
    """Kg, per cent and running sum of a measure."""
    found = next(part for part in one.effects if part.measure == measure)
    return found.effect_kg, found.effect_pct, found.cumulative_pct


def test_six_per_cent_asks(path: Path):
    """360 kWh x 0.2 = 72 kg of 1200: 6 per cent, which asks."""
    name = late(path, "late", "360")
    (one,) = told(path).values()
    assert (one.name, one.cause, one.asks, one.decision) == (name, "error", True, None)
    assert effect(one) == (Decimal(72), Decimal(6), Decimal(6))
    assert effect(one, "scope_3") == (Decimal(0), Decimal(0), Decimal(0))


def test_four_point_nine_is_logged(path: Path):
    """294 kWh x 0.2 = 58.8 kg of 1200: 4.9 per cent, which is logged and asks for nothing."""
    late(path, "late", "294")
    (one,) = told(path).values()
    assert effect(one) == (Decimal("58.8"), Decimal("4.9"), Decimal("4.9"))
    assert one.asks is False


@pytest.mark.thorough
def test_two_of_three_add_up(path: Path):
    """180 kWh twice: 3 per cent each; the second, with a running sum of 6, asks."""
    late(path, "a", "180")
    late(path, "b", "180")
    first, second = told(path).values()
    assert (first.asks, second.asks) == (False, True)
    assert effect(second) == (Decimal(36), Decimal(3), Decimal(6))


def test_opposite_signs_cancel_in_the_sum(path: Path):
    """A row and its reversal, 4 per cent each way: neither alone nor together do they ask."""
    late(path, "a", "240")
    batch = Ledger(path).checkpoint().size
    with session(path, "write") as s:
        tiny.reverse(s, "r", batch, 1)
    first, second = told(path).values()
    assert (effect(first)[1], effect(second)[1:]) == (Decimal(4), (Decimal(-4), Decimal(0)))
    assert not first.asks
    assert not second.asks


@pytest.mark.thorough
def test_another_threshold_is_obeyed(path: Path):
    """At 4 per cent the change of 4.9 asks; shown as set, and as a default where it was not."""
    assert Ledger(path).base_year().threshold_is_default
    late(path, "late", "294")
    by(path, "ada").set_setting("base_year_threshold_pct", "4", reason="policy")
    assert next(iter(told(path).values())).asks
    shown = Ledger(path).base_year()
    assert (shown.threshold_pct, shown.threshold_is_default) == (Decimal(4), False)


@pytest.mark.thorough
def test_a_new_factor_is_a_candidate(path: Path):
    """An erratum from 0.2 to 0.21 of the base year's factor: 60 kg, 5 per cent, cause factor."""
    with session(path, "write") as s:
        tiny.publish(s, "f2", [tiny.factor("t:power", version="1.1", co2e_published_kg_per_unit="0.21")],
                     [tiny.dataset("t-2024", version="1.1")])  # fmt: skip
    assert told(path) == {}, "published, but nothing was calculated with it"
    calculated(path, "c1")
    (one,) = told(path).values()
    assert (one.cause, one.asks) == ("factor", True)
    assert effect(one) == (Decimal(60), Decimal(5), Decimal(5))


@pytest.mark.thorough
def test_growth_and_new_facilities_do_not_trigger(path: Path):
    """Ten times the consumption in 2025, and a facility that did not exist in 2024, are no candidates."""
    uploaded(path, "2025", [
        tiny.row("electricity_purchased", "99999", "kWh", date(2025, 1, 1), date(2025, 1, 31)),
        tiny.row("electricity_purchased", "99999", "kWh", date(2025, 1, 1), date(2025, 1, 31), facility_id="F3"),
    ])  # fmt: skip
    assert told(path) == {}
    assert [year.period.label for year in Ledger(path).base_year().series] == ["2024", "2025"]


def test_an_acquisition_is_a_candidate_by_its_day(path: Path):
    """600 kWh of 2024 of a company held since July 2025: 120 kg, 10 per cent, by structure; nothing by its rows."""
    late(path, "theirs", "600", facility_id="F2", legal_entity_id="NEW")
    (one,) = told(path).values()
    assert (one.name, one.cause, one.day, one.asks) == ("S2025-07-01", "structure", date(2025, 7, 1), True)
    assert effect(one) == (Decimal(120), Decimal(10), Decimal(10))
    assert "NEW" in one.about
    done = by(path, "ria").decide_base_year(one.name, "recalculate", reason="bought NEW")
    shown = Ledger(path).base_year()
    assert shown.current.structure_on == date(2025, 7, 1)
    assert shown.first_stated is not None
    assert (shown.first_stated.scope_2_location, shown.current.scope_2_location) == (Decimal(1200), Decimal(1320))
    assert shown.decisions[0].batch == done.batch
    assert told(path) == {}, "it is taken in"
    assert Ledger(path).inventory(YEAR).scope_2_location == Decimal(1200), "the year itself is as it was held"
    assert Ledger(path).verify().ok


def test_recalculating_restates_and_is_on_record(path: Path):
    """The base year is restated with everything up to now; both bases stay; the others are taken in by name."""
    first, second = late(path, "a", "180"), late(path, "b", "240")
    before = Ledger(path).base_year()
    with pytest.raises(Misuse, match="needs a reason"):
        by(path, "ria").decide_base_year(second, "recalculate", reason="")
    with pytest.raises(Misuse, match="is no candidate"):
        by(path, "ria").decide_base_year("B999", "decline", reason="r")
    with pytest.raises(Misuse, match="is not a decision"):
        by(path, "ria").decide_base_year(second, "perhaps", reason="r")
    with pytest.raises(Refused, match="may not decide"):
        by(path, "pia").decide_base_year(second, "decline", reason="r")
    done = by(path, "ria").decide_base_year(second, "recalculate", reason="a meter was left out")
    assert done.taken_in == (first,)
    after = Ledger(path).base_year()
    assert after.first_stated == before.first_stated
    assert (before.current.scope_2_location, after.current.scope_2_location) == (Decimal(1200), Decimal(1284))
    assert [(one.candidate, one.decision) for one in after.decisions] == [
        (second, "recalculate"), (first, "recalculate"),
    ]  # fmt: skip
    leading = after.decisions[0]
    assert (leading.effect_kg, leading.effect_pct, leading.cumulative_pct, leading.threshold_pct) == (
        Decimal(48), Decimal(4), Decimal(7), Decimal(5),
    )  # fmt: skip
    (restated,) = Ledger(path).restatements(YEAR)
    assert (restated.reason_code, restated.batch) == ("base_year", done.batch)
    assert told(path) == {}
    assert Ledger(path).inventory(YEAR).status == "restated"
    assert Ledger(path).verify().ok


@pytest.mark.thorough
def test_a_declined_change_is_in_no_sum(path: Path):
    """Six per cent declined with a reason, then 3 more: logged, because the sum is of open ones; no figure moved."""
    name = late(path, "a", "360")
    by(path, "ria").decide_base_year(name, "decline", reason="estimate of the landlord, disputed")
    second = late(path, "b", "180")
    found = told(path)
    assert (found[name].decision, found[name].asks) == ("decline", False)
    assert found[second].asks is False
    assert effect(found[second])[2] == Decimal(3)
    with pytest.raises(Misuse, match="was decided: decline"):
        by(path, "ria").decide_base_year(name, "recalculate", reason="r")
    assert Ledger(path).inventory(YEAR).scope_2_location == Decimal(1200)


def test_without_a_closed_base_year_there_are_no_candidates(path: Path):
    """An open or unset base year is told in words."""
    set_to(path, "base_year", "2023")
    with pytest.raises(Misuse, match="is not closed"):
        Ledger(path).base_year_candidates()
    set_to(path, "base_year", "")
    for verb in (Ledger(path).base_year, Ledger(path).base_year_candidates):
        with pytest.raises(Misuse, match="no base year is set"):
            verb()


@pytest.mark.thorough
def test_effects_add_up_to_the_restatement(path: Path):
    """The sum of all effects is what the restatement changes, to the last digit."""
    late(path, "a", "123.456789")
    with session(path, "write") as s:
        tiny.reverse(s, "r", 9, 3)
        tiny.publish(s, "f2", [tiny.factor("t:power", version="1.1", co2e_published_kg_per_unit="0.217")],
                     [tiny.dataset("t-2024", version="1.1")])  # fmt: skip
        tiny.calculate(s, "c1")
    late(path, "b", "7.000001")
    whole = sum((effect(one)[0] for one in told(path).values()), Decimal(0))
    (planned,) = by(path, "ria").restate(YEAR, reason="error", check=True)
    line = next(line for line in planned.lines if line.measure == "scope_2_location")
    assert whole == line.difference_kg != 0
