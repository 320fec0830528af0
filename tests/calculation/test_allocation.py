"""Allotting by sets: no kWh and no certificate twice, the same whatever the order of rows, contracts first."""

from __future__ import annotations

import calendar
import random
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import tiny

from ledger.assurance.verify import verify
from ledger.store import session

MARKETS = {"F1": "GB", "F2": "GB", "F3": "AIB", "F4": "AIB"}
KWH = {"kWh": Decimal(1), "MWh": Decimal(1000), "GJ": Decimal(2500) / 9, "mmBtu": Decimal("293.07107017")}
CHEAP = Decimal("0.00001")  # of a kWh: what one rounding of one row may leave


def month(number: int) -> tuple[date, date]:
    """A month of 2024."""
    return date(2024, number, 1), date(2024, number, calendar.monthrange(2024, number)[1])


def register(seed: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Random consumption and a random register for it."""
    dice = random.Random(seed)  # noqa: S311 — dice of a test
    rows = []
    for number in range(dice.randint(3, 25)):
        unit = dice.choice(list(KWH))
        quantity = Decimal(dice.randint(1, 10**8)) / (10**3 if unit == "kWh" else 10**6)
        facility = dice.choice(list(MARKETS))
        contract = dice.choice([None, None, "I0", "I1", "I2"])
        rows.append(tiny.row("electricity_purchased", str(quantity), unit, *month(dice.randint(1, 12)),
                             facility_id=facility, external_id=str(number), contract_id=contract))  # fmt: skip
    instruments = []
    for number in range(dice.randint(1, 8)):
        first = dice.randint(1, 12)
        last = dice.randint(first, 12)
        instruments.append(tiny.instrument(
            f"I{number}", str(Decimal(dice.randint(1, 3 * 10**8)) / 1000), market_boundary=dice.choice(["GB", "AIB"]),
            type=dice.choice(["rego", "go", "ppa", "supplier_rate"]), bundled=dice.random() < 0.3,
            facility_id=dice.choice([None, None, "F1", "F3"]), vintage_start=month(first)[0],
            vintage_end=month(last)[1],
            co2e_kg_per_kwh=dice.choice([Decimal(0), Decimal("0.02")]), technology=dice.choice(["wind", "solar"]),
        ))  # fmt: skip
    return rows, instruments


def allotted(folder, rows, instruments, **setting: str) -> list[tuple[Any, ...]]:
    """What was allotted on a ledger of its own, which must verify."""
    folder.mkdir(exist_ok=True)
    path = tiny.ledger_path(folder)
    settings = [{"name": name, "value": value, "valid_from": tiny.EPOCH} for name, value in setting.items()]
    places = [tiny.facility(name, market_boundary=market) for name, market in MARKETS.items()]
    with session(path, "write", create=True) as s:
        tiny.found(s, [tiny.factor("t:power")], facilities=places, instruments=instruments, settings=settings)
        tiny.upload(s, "u", rows)
        tiny.calculate(s, "c")
        made = s.rows(
            "select a.facility_id, a.month, k.unit_given, k.contract_id, k.market_boundary, a.instrument_id, "
            "a.quantity, a.kwh from allocation a join choice_key k using (key_no) order by all"
        )
    assert [found.message for found in verify(path).findings] == []
    return made


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(n, marks=pytest.mark.thorough) for n in range(2, 8))])
def test_nothing_is_covered_twice_whatever_the_order(tmp_path, seed):
    """Random registers: each instrument within its kWh, each group within its consumption, shuffled rows the same."""
    rows, instruments = register(seed)
    spread = "chronological" if seed % 3 == 0 else "pro_rata"
    made = allotted(tmp_path / "a", rows, instruments, instrument_spread=spread)
    held = {row["instrument_id"]: row for row in instruments}
    for name, row in held.items():
        assert sum(line[7] for line in made if line[5] == name) <= row["kwh"]
    consumed: dict[Any, Decimal] = {}
    for row in rows:
        key = (row["facility_id"], row["month"], row["unit_given"], row["contract_id"])
        consumed[key] = consumed.get(key, Decimal(0)) + row["quantity"]
    for key, quantity in consumed.items():
        assert sum(line[6] for line in made if line[:4] == key) <= quantity
    for _, when, unit, _, market, name, quantity, kwh in made:
        assert market == held[name]["market_boundary"]
        assert held[name]["vintage_start"] <= when <= held[name]["vintage_end"]
        assert abs(quantity * KWH[unit] - kwh) < CHEAP
    dice = random.Random(seed)  # noqa: S311 — dice of a test
    dice.shuffle(rows)
    dice.shuffle(instruments)
    assert allotted(tmp_path / "b", rows, instruments, instrument_spread=spread) == made


def test_alike_lots_are_one_pool_laid_along_its_kwh(tmp_path):
    """Two alike lots of 30 and 30 kWh over three months of 30 kWh: 20 a month, the first lot until it is used up."""
    rows = [tiny.row("electricity_purchased", "30", "kWh", *month(n), external_id=str(n)) for n in (1, 2, 3)]
    made = allotted(tmp_path, rows, [tiny.instrument("A", "30"), tiny.instrument("B", "30")])
    assert [(line[1].month, line[5], line[7]) for line in made] == [
        (1, "A", Decimal(20)), (2, "A", Decimal(10)), (2, "B", Decimal(10)), (3, "B", Decimal(20)),
    ]  # fmt: skip


def test_rounding_leaves_nothing_uncovered_where_there_is_enough_nor_a_fault_where_there_is_not(tmp_path):
    """25 lots of 100.0005 kWh meet within 5 MWh: a last one with enough left takes what each rounds off.

    Of 2 GWh, 1,000.5 kWh cover 1,000: the least of a GWh is 1 kWh, and what is left is no certificate lying idle.
    """
    row = tiny.row("electricity_purchased", "5", "MWh", *month(6), facility_id="F1")
    large = tiny.row("electricity_purchased", "2", "GWh", *month(6), facility_id="F3", external_id="large")
    lots = [tiny.instrument(f"A{number:02}", "100.0005") for number in range(25)]
    lots += [tiny.instrument("B", "5000"), tiny.instrument("C", "1000.5", market_boundary="AIB")]
    made = allotted(tmp_path, [row, large], lots)
    assert sum(line[6] for line in made if line[0] == "F1") == 5
    assert {line[5]: line[7] for line in made if line[5] in ("A00", "A24", "B", "C")} == {
        "A00": Decimal(100), "A24": Decimal(100), "B": Decimal(2500), "C": Decimal(1000),
    }  # fmt: skip


def test_chronological_fills_the_first_months(tmp_path):
    """40 kWh over three months of 30 kWh in their order: 30, 10 and nothing."""
    rows = [tiny.row("electricity_purchased", "30", "kWh", *month(n), external_id=str(n)) for n in (1, 2, 3)]
    made = allotted(tmp_path, rows, [tiny.instrument("A", "40")], instrument_spread="chronological")
    assert [(line[1].month, line[7]) for line in made] == [(1, Decimal(30)), (2, Decimal(10))]


def test_the_older_vintage_goes_first(tmp_path):
    """Where both may cover, the older vintage is used up before the younger is begun."""
    rows = [tiny.row("electricity_purchased", "30", "kWh", *month(6))]
    old = tiny.instrument("B", "20", vintage_start=date(2023, 7, 1))
    made = allotted(tmp_path, rows, [tiny.instrument("A", "20"), old])
    assert [(line[5], line[7]) for line in made] == [("A", Decimal(10)), ("B", Decimal(20))]


BARRED = (
    ({"criterion_3": "unknown"}, "criterion_3_unknown"),
    ({"criterion_1": "na"}, "criterion_1_na"),
    ({"type": "ppa", "criterion_7": "na"}, "criterion_7_na"),
    ({"own_generation_sold": True}, "own_generation_sold"),
    ({"co2e_kg_per_kwh": None}, "no_rate"),
    ({"co2e_kg_per_kwh": Decimal("-0.1")}, "negative_rate"),
    ({"issued": date(2024, 6, 1), "retired_on": date(2024, 5, 1)}, "retired_before_issue"),
    ({"retired_on": None}, "unretired"),
    ({"retired_on": None, "criterion_3": "not_met"}, "criterion_3_not_met"),
    ({"retired_on": None, "type": "ppa"}, None),
    ({"criterion_6": "na", "criterion_7": "na"}, None),
    ({"criterion_6": "unknown"}, None),
    ({"type": "supplier_rate", "criterion_6": "unknown"}, "criterion_6_unknown"),
)  # fmt: skip


def test_what_bars_an_instrument(tmp_path):
    """Each reason bars; a criterion that does not apply to the type bars only where it is answered with no."""
    rows = [tiny.row("electricity_purchased", "3000", "kWh", *month(6))]
    made = allotted(tmp_path, rows, [tiny.instrument(f"A{n:02}", "20", **given) for n, (given, _) in enumerate(BARRED)])
    assert {line[5] for line in made} == {f"A{n:02}" for n, (_, code) in enumerate(BARRED) if code is None}
    from ledger.calculation.instruments import make_instrument_state

    with session(tiny.ledger_path(tmp_path)) as s:
        make_instrument_state(s)
        told = dict(s.rows("select instrument_id, rejected_for from instrument_state"))
    assert told == {f"A{n:02}": [code] if code else [] for n, (_, code) in enumerate(BARRED)}


def test_certificates_claimed_twice_count_once(tmp_path):
    """Of two lots of a registry that share a number, be it one, the first entered covers; other registries stand."""
    rows = [tiny.row("electricity_purchased", "100", "kWh", *month(6))]
    lots = [
        tiny.instrument("Z", "10", registry_name="REGO", certificate_from="G09", certificate_to="G20"),
        tiny.instrument("Y", "10", registry_name="rego ", certificate_from="G20", certificate_to="G21"),
        tiny.instrument("X", "10", registry_name="HKNR", certificate_from="G20", certificate_to="G21"),
        tiny.instrument("W", "10", registry_name="REGO", certificate_from="H20", certificate_to="H21"),
        tiny.instrument("V", "10", registry_name="REGO", certificate_from="G05", certificate_to="G09"),
    ]
    made = allotted(tmp_path, rows, lots)
    assert sorted(line[5] for line in made) == ["W", "X", "Z"]
