"""Two standpoints of one period: every reason has the kg an accountant expects, and all reasons add up exactly."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

sys.path[:0] = [str(Path(__file__).parent.parent / "calculation")]
import tiny  # noqa: E402 — found by the line above

from ledger.inventory import compile_inventory, period  # noqa: E402 — as above
from ledger.inventory.compared.comparison import UNATTRIBUTED, Comparison, Stand, Version, compared  # noqa: E402 — as above
from ledger.inventory.compared.sizes import Standpoint, causes_between  # noqa: E402 — as above
from ledger.inventory.exact import exact_sum  # noqa: E402 — as above
from ledger.store import Session, Writing, append, as_arrow, session  # noqa: E402 — as above
from ledger.store.tables import Choice, Holding, Instrument, LegalEntity, PeriodEvent, Setting  # noqa: E402 — as above

Q1 = period("2024-Q1")
CONTROL, EQUITY = "operational_control", "equity_share"
LAST = {1: 31, 2: 29, 3: 31, 4: 30}
FACTORS = [
    tiny.factor("el", co2e_published_kg_per_unit="0.4"),
    tiny.factor("el-up", line="electricity_upstream", serves="na", co2e_published_kg_per_unit="0.05"),
    tiny.factor("gas", activity_type="natural_gas", line="direct", serves="na", boundary="combustion",
                calorific_basis="gross", co2e_published_kg_per_unit="0.2", biogenic_co2_kg_per_unit="0.03"),
]  # fmt: skip


def power(kwh: str, month: int, facility: str = "F1") -> dict[str, Any]:
    """Electricity of a month of 2024: 0.4 kg per kWh, 0.05 upstream."""
    return tiny.row("electricity_purchased", kwh, "kWh", date(2024, month, 1), date(2024, month, LAST[month]),
                    facility_id=facility, legal_entity_id=None)  # fmt: skip


def gas(kwh: str, month: int, facility: str = "F1") -> dict[str, Any]:
    """Natural gas of a month of 2024: 0.2 kg per kWh, 0.03 kg biogenic CO2."""
    return tiny.row("natural_gas", kwh, "kWh", date(2024, month, 1), date(2024, month, LAST[month]),
                    facility_id=facility, legal_entity_id=None, calorific_basis="gross")  # fmt: skip


def held(share: str) -> dict[str, Any]:
    """What TOP holds of SUB."""
    return {
        "parent": "TOP", "child": "SUB", "equity_share": Decimal(share), "financial_control": "sole",
        "operational_control": True, "valid_from": tiny.EPOCH, "event": "stated", "withdrawn": False,
    }  # fmt: skip


def entity(code: str) -> dict[str, Any]:
    """A company of the group."""
    return {
        "legal_entity_id": code, "name": code, "country": "GB", "in_consolidated_accounts": True,
        "high_climate_impact": False, "valid_from": tiny.EPOCH, "withdrawn": False,
    }  # fmt: skip


def recorded(
    s: Session, key: str, *rows: tuple[type[Any], dict[str, Any]], kind: str = "upload", step: str = "",
    reason: str | None = None,
) -> int:  # fmt: skip
    """A batch of register rows; gives its number."""

    def fill(writing: Writing) -> None:
        for table, values in rows:
            writing.insert_rows(table, as_arrow(table, [values]))

    return append(s, replace(tiny.act(kind, key, step), reason=reason), fill).batch_no


def event(s: Session, what: str, reason: str | None = None) -> int:
    """The first quarter is closed or restated as it stands, in every view."""
    pin = s.one("select max(batch_no) from batch")[0]
    values = {"period_start": Q1.start, "period_end": Q1.end, "view": "all", "event": what, "pin_batch": pin,
              "reason": reason}  # fmt: skip
    kind = "restatement" if what == "restated" else "period"
    return recorded(s, what, (PeriodEvent, values), kind=kind, step=what, reason=reason)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    """A ledger and its sizes: what each name says has just happened."""
    path = tiny.ledger_path(tmp_path_factory.mktemp("compared"))
    at: dict[str, int] = {}
    sites = [tiny.facility("F1", legal_entity_id="TOP"), tiny.facility("F2", legal_entity_id="SUB")]
    with session(path, "write", create=True) as s:
        tiny.found(s, FACTORS, facilities=sites)
        recorded(s, "group", (LegalEntity, entity("TOP")), (LegalEntity, entity("SUB")), (Holding, held("1")))
        first = tiny.upload(s, "base", [power("1000", 1), power("1000", 2), power("500", 1, "F2"), gas("500", 3),
                                        gas("2000", 3, "F2"), power("800", 4)])  # fmt: skip
        at["base"] = first
        at["came"] = tiny.upload(s, "came", [power("100", 2), gas("50", 1)])
        at["corrected"] = tiny.correct(s, "meter: read again", (first, 1), power("900", 1))
        tiny.publish(s, "f2", [tiny.factor("el", version="1.1", co2e_published_kg_per_unit="0.5")],
                     [tiny.dataset("t-2024", version="1.1")])  # fmt: skip
        at["edition"] = tiny.calculate(s, "c1")
        recorded(s, "R1", (Instrument, tiny.instrument("R1", "660")))
        at["covered"] = tiny.calculate(s, "c2")
        at["share"] = recorded(s, "share", (Holding, held("0.6")))
        at["closed"] = event(s, "closed")
        at["late"] = tiny.upload(s, "late", [power("10", 3)])
        at["restated"] = event(s, "restated", "late_data: a bill turned up")
        at["reversed"] = tiny.reverse(s, "r", first, 6)
        at["again"] = tiny.calculate(s, "c3")
    return path, at


@pytest.fixture(scope="module")
def s(story: tuple[Path, dict[str, int]]) -> Iterator[Session]:
    """The ledger, to be read."""
    with session(story[0]) as opened:
        yield opened


@pytest.fixture(scope="module")
def at(story: tuple[Path, dict[str, int]]) -> dict[str, int]:
    """The sizes by name."""
    return story[1]


def comparison(s: Session, a: tuple[str, int], b: tuple[str, int], of: Any = Q1) -> Comparison:
    """A period from standpoint to standpoint."""
    sides = [compile_inventory(s, of, *one) for one in (a, b)]
    return compared(sides[0], sides[1], causes_between(s, of, Standpoint(*a), Standpoint(*b)))


def stands(share: str) -> tuple[Stand, ...]:
    """Inside, at a share, all the quarter."""
    return (Stand("inside", Decimal(share), Q1.start, Q1.end),)


def reasons(found: Comparison) -> dict[str, dict[str, Decimal]]:
    """Figure → reason → amount, for those that differ."""
    return {one.measure: dict(one.reasons) for one in found.figures if one.reasons}


def test_new_data(s: Session, at: dict[str, int]):
    """100 kWh of power and 50 of gas came: 40 kg in Scope 2, 5 upstream, 10 in Scope 1, 1.5 biogenic; nothing else."""
    found = comparison(s, (CONTROL, at["base"]), (CONTROL, at["came"]))
    told = reasons(found)
    assert {name: one for name, one in told.items() if name != "energy_kwh"} == {
        "scope_1": {"new_data": Decimal(10)}, "scope_2_location": {"new_data": Decimal(40)},
        "scope_2_market": {"new_data": Decimal(40)}, "scope_3": {"new_data": Decimal(5)},
        "scope_3/category=3": {"new_data": Decimal(5)}, "total_location": {"new_data": Decimal(55)},
        "total_market": {"new_data": Decimal(55)}, "biogenic_co2_kg": {"new_data": Decimal("1.5")},
    }  # fmt: skip
    assert set(told["energy_kwh"]) == {"new_data"}
    (cause,) = found.causes
    assert cause.act is not None
    assert (cause.act.batch, cause.act.kind, cause.act.person) == (at["came"], "upload", "tester")


def test_a_correction(s: Session, at: dict[str, int]):
    """1000 kWh were 900: 40 kg less in Scope 2, 5 less upstream, with the reason that was given."""
    found = comparison(s, (CONTROL, at["came"]), (CONTROL, at["corrected"]))
    told = reasons(found)
    assert told["scope_2_location"] == told["scope_2_market"] == {"correction": Decimal(-40)}
    assert told["scope_3"] == {"correction": Decimal(-5)}
    assert [cause.act.reason for cause in found.causes if cause.act] == ["meter: read again"]


def test_an_edition(s: Session, at: dict[str, int]):
    """2500 kWh at 0.5 where they were at 0.4: 250 kg by the factor, its old and new version named."""
    found = comparison(s, (CONTROL, at["corrected"]), (CONTROL, at["edition"]))
    told = reasons(found)
    assert told == {name: {"factor": Decimal(250)} for name in
                    ("scope_2_location", "scope_2_market", "total_location", "total_market")}  # fmt: skip
    named = {(cause.before, cause.after) for cause in found.causes}
    old = Version("el", "t-2024", "2024", "1", Decimal("0.4"), "AR5")
    assert named == {(old, Version("el", "t-2024", "2024", "1.1", Decimal("0.5"), "AR5"))}
    assert {(cause.activity_type, cause.line, cause.method) for cause in found.causes} == {
        ("electricity_purchased", "energy", method) for method in ("location", "market")
    }


def test_a_corrected_row_has_no_effect_of_its_factor(s: Session, at: dict[str, int]):
    """From before the correction to after the edition: 900 kWh stand at 0.5 for 1000 at 0.4; the other 1600 changed.

    The row that went leaves with its 400 kg, the one in its place comes with 450: 50 kg by correction, 160 by factor.
    """
    found = comparison(s, (CONTROL, at["came"]), (CONTROL, at["edition"]))
    assert reasons(found)["scope_2_location"] == {"correction": Decimal(50), "factor": Decimal(160)}


def test_an_instrument(s: Session, at: dict[str, int]):
    """660 kWh over 3300 a year: a fifth of the quarter's 2500 are covered, 500 kWh x 0.5, market-based alone."""
    found = comparison(s, (CONTROL, at["edition"]), (CONTROL, at["covered"]))
    assert reasons(found) == {name: {"instrument": Decimal(-250)} for name in ("scope_2_market", "total_market")}


def test_instruments_that_were_taken_back_and_allotted_anew(s: Session, at: dict[str, int]):
    """April's 800 kWh go with the 160 that covered them, which cover the quarter then; no energy is moved by that."""
    year = period("2024")
    found = comparison(s, (CONTROL, at["edition"]), (CONTROL, at["again"]), year)
    told = reasons(found)
    assert told["scope_2_location"] == {"correction": Decimal(-400), "restatement": Decimal(5)}
    assert told["scope_2_market"] == {**told["scope_2_location"], "instrument": Decimal(-330)}
    instruments = [cause for cause in found.causes if cause.reason == "instrument"]
    assert {cause.activity_type for cause in instruments} == {None}, "by batch, and none by a choice"
    assert not any("energy_kwh" in cause.effects for cause in instruments)


def test_a_holding(s: Session, at: dict[str, int]):
    """SUB is held to 60 %: of F2's 400 kg from gas, 250 and 200 from power and 25 upstream, four tenths leave."""
    a, b = at["covered"], at["share"]
    assert reasons(comparison(s, (CONTROL, a), (CONTROL, b))) == {}
    found = comparison(s, (EQUITY, a), (EQUITY, b))
    told = reasons(found)
    assert {name: one for name, one in told.items() if name not in ("energy_kwh", "biogenic_co2_kg")} == {
        "scope_1": {"boundary": Decimal(-160)}, "scope_2_location": {"boundary": Decimal(-100)},
        "scope_2_market": {"boundary": Decimal(-80)}, "scope_3": {"boundary": Decimal(-10)},
        "scope_3/category=3": {"boundary": Decimal(-10)}, "total_location": {"boundary": Decimal(-270)},
        "total_market": {"boundary": Decimal(-250)},
    }  # fmt: skip
    (cause,) = found.causes
    assert (cause.facility_id, cause.before, cause.after) == ("F2", stands("1"), stands("0.6"))
    assert cause.act is not None
    assert cause.act.batch == b


def test_a_close_moves_nothing_and_late_rows_wait(s: Session, at: dict[str, int]):
    """Neither the close nor what came after it makes a difference."""
    for a, b in (("share", "closed"), ("closed", "late")):
        assert reasons(comparison(s, (EQUITY, at[a]), (EQUITY, at[b]))) == {}


def test_a_restatement(s: Session, at: dict[str, int]):
    """The 10 kWh that waited count by the restatement, with its code and note, and with the batch that brought them."""
    for size in ("closed", "late"):
        found = comparison(s, (CONTROL, at[size]), (CONTROL, at["restated"]))
        told = reasons(found)
        assert told["scope_2_location"] == {"restatement": Decimal(5)}, size
        assert told["scope_3"] == {"restatement": Decimal("0.5")}, size
        (cause,) = found.causes
        assert cause.within == "new_data"
        assert cause.act is not None
        assert cause.restated is not None
        assert (cause.act.batch, cause.restated.batch) == (at["late"], at["restated"])
        assert cause.restated.reason == "late_data: a bill turned up"


def test_what_came_before_the_close_is_new_data_and_what_after_a_restatement(s: Session, at: dict[str, int]):
    """From the first size to the last, each row counts to what let it count."""
    found = comparison(s, (CONTROL, at["base"]), (CONTROL, at["restated"]))
    # 1000 at 0.4 left and 900 at 0.5 came; 100 kWh came at 0.5; 1500 kWh stayed and moved by 0.1; 10 waited
    assert reasons(found)["scope_2_location"] == {
        "correction": Decimal(50), "new_data": Decimal(50), "factor": Decimal(150), "restatement": Decimal(5),
    }  # fmt: skip


def test_two_views(s: Session, at: dict[str, int]):
    """Under the equity share F2 counts to 60 %; nothing else is told, and the company's place is said on both sides."""
    size = at["share"]
    found = comparison(s, (CONTROL, size), (EQUITY, size))
    assert reasons(found)["scope_1"] == {"view": Decimal(-160)}
    assert [(cause.facility_id, cause.before, cause.after) for cause in found.causes] == [
        ("F2", stands("1"), stands("0.6"))
    ]


def test_other_view_and_other_size(s: Session, at: dict[str, int]):
    """First what the ledger learnt, in the one view, then the other view: all of it is told."""
    found = comparison(s, (CONTROL, at["base"]), (EQUITY, at["came"]))
    assert set(found.reasons) == {"new_data"}, "held to 100 %, both views are the same"
    found = comparison(s, (CONTROL, at["base"]), (EQUITY, at["restated"]))
    assert set(found.reasons) == {"new_data", "correction", "factor", "instrument", "restatement", "view"}


def _adds_up(found: Comparison) -> None:
    a, b = found.a, found.b
    assert UNATTRIBUTED not in found.reasons
    for one in found.figures:
        assert exact_sum(one.reasons.values()) == (one.difference or 0), one.measure
        effects = [cause.effects.get(one.measure, Decimal(0)) for cause in found.causes]
        assert exact_sum(effects) == (one.difference or 0), one.measure
    by_name = {one.measure: one for one in found.figures}
    for name in ("scope_1", "scope_2_location", "scope_2_market", "scope_3", "total_location", "total_market"):
        assert (by_name[name].a, by_name[name].b) == (getattr(a, name), getattr(b, name))


def _pairs(at: dict[str, int]) -> list[tuple[tuple[str, int], tuple[str, int]]]:
    sizes = sorted(at.values())
    return [((view, a), (other, b)) for a, b in combinations(sizes, 2)
            for view in (CONTROL, EQUITY) for other in (CONTROL, EQUITY)]  # fmt: skip


@pytest.mark.parametrize("place", range(3))
def test_reasons_add_up(s: Session, at: dict[str, int], place: int):
    """At pairs of sizes and views spread over all there are, also turned round, and of the whole year."""
    a, b = _pairs(at)[place * 46 + 3]
    _adds_up(comparison(s, a, b))
    turned = comparison(s, b, a)
    _adds_up(turned)
    _adds_up(comparison(s, a, b, period("2024")))


@pytest.mark.thorough
def test_reasons_add_up_at_every_pair(s: Session, at: dict[str, int]):
    """At every pair of sizes and views, of the quarter, a month and the year, nothing is left without a reason."""
    for label in ("2024-Q1", "2024-01", "2024"):
        for a, b in _pairs(at):
            _adds_up(comparison(s, a, b, period(label)))


def test_what_no_cause_explains_is_shown(s: Session, at: dict[str, int]):
    """With a cause left out, its kg stand as not attributed; they fall into no other reason."""
    a, b = (CONTROL, at["base"]), (CONTROL, at["edition"])
    sides = [compile_inventory(s, Q1, *one) for one in (a, b)]
    causes = causes_between(s, Q1, Standpoint(*a), Standpoint(*b))
    whole = compared(sides[0], sides[1], causes)
    left = compared(sides[0], sides[1], [cause for cause in causes if cause.reason != "factor"])
    for one, other in zip(whole.figures, left.figures, strict=True):
        assert other.reasons.get(UNATTRIBUTED, 0) == one.reasons.get("factor", 0), one.measure
        assert exact_sum(other.reasons.values()) == (other.difference or 0)


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """1000 kWh of gas in March, 0.18 kg each as published; nothing else yet."""
    fuel = tiny.factor("gas", activity_type="natural_gas", line="direct", calorific_basis="gross",
                       co2e_published_kg_per_unit="0.18", co2_kg_per_unit="0.17", ch4_other_kg_per_unit="0.0003",
                       ch4_co2e_kg_per_unit="0.0084")  # fmt: skip
    methane = {"species": "CH4", "origin": "other", "horizon_years": 100, "source": "t"}
    warming = [{"gwp_set": "AR6", "value": "28", **methane}, {"gwp_set": "AR5", "value": "25", **methane}]
    with session(tiny.ledger_path(tmp_path_factory.mktemp("other")), "write", create=True) as opened:
        tiny.found(opened, [fuel], gwp=warming, facilities=[tiny.facility("F1", legal_entity_id="TOP")])
        tiny.upload(opened, "base", [gas("1000", 3)])
        yield opened


def test_a_method_a_place_in_the_catalogue_and_a_view_that_is_closed(other: Session):
    """Methane at 28 for 25: 0.9 kg by method. Then all is category 1. Then 50 kWh count where nothing is closed."""
    start = other.one("select max(batch_no) from batch")[0]
    policy = {"name": "gwp_policy", "value": "restate", "valid_from": tiny.EPOCH}
    recorded(other, "policy", (Setting, policy), kind="setting")
    method = tiny.calculate(other, "method")
    found = comparison(other, (CONTROL, start), (CONTROL, method))
    assert reasons(found)["scope_1"] == {"method": Decimal("0.9")}
    (cause,) = found.causes
    assert isinstance(cause.before, Version)
    assert isinstance(cause.after, Version)
    assert (cause.before.gwp_set, cause.after.gwp_set, cause.unit) == ("AR5", "AR6", "kWh")

    live = "from choice where sign = 1 and line = 'direct' and batch_no = (select max(batch_no) from choice)"
    kept = "select * exclude (batch_no, seq) replace"

    def fill(writing: Writing) -> None:
        back = f"{kept} (-1 as sign, batch_no as reverses_batch, seq as reverses_seq) {live}"
        writing.insert(Choice, f"{back} union all by name {kept} ('3' as scope, 1 as scope3_category) {live}", "sign")

    place = append(other, tiny.act("calculation", "place"), fill).batch_no
    found = comparison(other, (CONTROL, method), (CONTROL, place))
    assert reasons(found)["scope_1"] == {"elsewhere": Decimal("-180.9")}
    assert reasons(found)["scope_3/category=1"] == {"elsewhere": Decimal("180.9")}
    assert "total_location" not in reasons(found)

    values = {"period_start": Q1.start, "period_end": Q1.end, "view": CONTROL, "event": "closed", "pin_batch": place}
    recorded(other, "closed", (PeriodEvent, values), kind="period", step="closed")
    late = tiny.upload(other, "late", [gas("50", 3)])
    found = comparison(other, (CONTROL, late), (EQUITY, late))
    assert reasons(found)["scope_3"] == {"closed": Decimal("9.045")}
    _adds_up(found)
    assert reasons(comparison(other, (EQUITY, late), (CONTROL, late)))["scope_3"] == {"closed": Decimal("-9.045")}
