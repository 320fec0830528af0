"""Market-based Scope 2: instruments allotted to consumption in sets, no kWh and no certificate twice.

Scope 2 Guidance (2015), table 6.3: an instrument covers no more than its kWh, within its vintage and market;
what is left keeps the uncovered market line. What rows name as their contract comes first, then what belongs to
a facility, then what is pooled, oldest vintage first; each is spread over the consumption left, pro rata by kWh, or in
the order of the months where the setting `instrument_spread` says `chronological`. The statements are
`instrument_state.sql`, `consumption_group.sql`, `instrument_lot.sql`, `instrument_pool.sql` and `cover.sql`.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from ledger.calculation.amounts import LARGEST_PER_UNIT, rounded
from ledger.calculation.choices import unit_table
from ledger.calculation.gases import warming
from ledger.calculation.instruments import make_instrument_state
from ledger.calculation.policy import policy
from ledger.calculation.sql_text import sql
from ledger.store import Session, Writing
from ledger.store.tables import Allocation
from ledger.store.tables.choice import AMOUNTS_PER_UNIT

_GROUP = "legal_entity_id, facility_id, month, key_no, instrument_id"
_RATES = ("co2", "ch4", "n2o", "co2e", "biogenic_co2")


def plan_allocations(s: Session, released: Sequence[str] = ()) -> dict[str, int]:
    """Temp tables `allocation_change` (what to take back and what to allot) and `barred_key`; gives counts.

    Only rows that count are covered: what came for closed months after their close waits for a restatement, but in
    the periods that ``released`` names (`start|end|view|entity`), which are about to be restated.
    """
    make_instrument_state(s)
    make_consumption_groups(s, released=released)
    s.run("create or replace temp table covered (group_no bigint, instrument_id varchar, quantity hugeint, "
          "micro hugeint)")  # fmt: skip
    s.run(sql("instrument_lot"))
    s.run(sql("instrument_pool"))
    chronological = policy(s).instrument_spread == "chronological"
    for stage, turns in s.rows("select stage, max(turn) from instrument_pool group by 1 order by 1"):
        for turn in range(1, turns + 1):
            _cover(s, stage, turn, chronological)
    millionth = "::decimal(38,0) * 0.000001::decimal(7,6)"
    s.run(
        "create or replace temp table wanted_allocation as select g.legal_entity_id, g.facility_id, g.month, g.key_no, "
        f"c.instrument_id, (sum(c.quantity){millionth})::decimal(18,6) as quantity, "
        f"(sum(c.micro){millionth})::decimal(18,6) as kwh from covered c join consumption_group g using (group_no) "
        "group by all"
    )
    s.run(
        f"create or replace temp table allocation_change as with standing as (select {_GROUP}, "
        "sum(sign * quantity)::decimal(18,6) as quantity, sum(sign * kwh)::decimal(18,6) as kwh from allocation "
        "group by all having sum(sign * quantity) <> 0), "
        f"wanted as (select {_GROUP}, quantity, kwh from wanted_allocation) "
        "select *, -1 as sign from (from standing except from wanted) "
        "union all select *, 1 from (from wanted except from standing)"
    )
    s.run(
        "create or replace temp table barred_key as select distinct key_no from wanted_allocation "
        "join instrument_state using (instrument_id) where bundled"
    )
    return {"allocations_changed": int(s.one("select count(*) from allocation_change")[0])}


def make_consumption_groups(s: Session, size: int | None = None, released: Sequence[str] = ()) -> None:
    """Temp table `consumption_group`: what was bought, as the ledger stood at a size (number of batches; None: now).

    Of months that are closed in every view it is what counts in them, but in the ``released`` periods.
    """
    bounds = {"size": 2**31 if size is None else size}
    s.run(sql("counted_until"), {**bounds, "released": list(released)})
    with s.given(unit_ratio=_unit_ratios(s)):
        s.run(sql("consumption_group"), bounds)


def record_allocations(writing: Writing) -> None:
    """Put the planned changes of allocation into the batch."""
    writing.insert(
        Allocation, "select * from allocation_change", "sign, month, facility_id, key_no, instrument_id, quantity"
    )


def _cover(s: Session, stage: int, turn: int, chronological: bool) -> None:
    """Let the pools of one stage and turn cover what they may, and take it off both sides.

    Stage 1 is what rows name, 2 what belongs to a facility, 3 what is pooled in the market.
    """
    s.run(sql("cover"), {"stage": stage, "turn": turn, "chronological": chronological})
    s.run("insert into covered select group_no, instrument_id, quantity, micro from cover")
    s.run(
        "update consumption_group g set left_quantity = g.left_quantity - c.quantity from "
        "(select group_no, sum(quantity)::hugeint as quantity from cover group by 1) c where c.group_no = g.group_no"
    )
    s.run(
        "update instrument_lot l set left_micro = l.left_micro - c.micro from "
        "(select instrument_id, sum(micro)::hugeint as micro from cover group by 1) c "
        "where c.instrument_id = l.instrument_id"
    )


def _unit_ratios(s: Session) -> Any:
    """Arrow: kWh in one of every unit of energy, as two whole numbers."""
    import pyarrow as pa

    units = unit_table(s)
    ratios = {
        unit: to_base / units["kWh"][1] for unit, (dimension, to_base) in units.items() if dimension == "energy"
    }
    whole = pa.decimal128(38, 0)
    return pa.table(
        {
            "unit": list(ratios),
            "numerator": pa.array([Decimal(ratio.numerator) for ratio in ratios.values()], whole),
            "denominator": pa.array([Decimal(ratio.denominator) for ratio in ratios.values()], whole),
        }
    )


def make_instrument_choices(s: Session) -> None:
    """Temp table `instrument_choice`: a choice for every key and instrument that meet, or have met."""
    rules = policy(s)
    pairs = (
        "(select key_no, instrument_id from wanted_allocation union "  # what has met stays: nothing to take back
        "select c.key_no, c.instrument_id from choice c join instrument_state i using (instrument_id) "
        "where len(i.rejected_for) = 0)"
    )
    s.run(f"create or replace temp table met_pair as select p.*, k.unit_given from {pairs} p "
          "join choice_key k using (key_no)")  # fmt: skip
    amounts = ", ".join(
        f"case when k.direction = 'consumed' then r.{name} end as {name}"  # own generation is energy where it was made
        if name == "energy_kwh_per_unit" else f"r.{name}"
        for name in AMOUNTS_PER_UNIT
    )  # fmt: skip
    with s.given(instrument_recipe=_recipes(s, rules.gwp_set)):
        s.run(
            "create or replace temp table instrument_choice as select p.key_no, 'inventory' as book, "
            "'market' as method, 'energy' as line, '2' as scope, null::varchar as source_type, "
            "null::integer as scope3_category, null::varchar as sub_line, "
            "case when i.carrier = 'electricity' then '2.1' else '2.2' end as iso_category, "
            f"null::varchar as factor_id, p.instrument_id, r.reason_code, '' as flags, $gwp_set as gwp_set, {amounts}, "
            "case when k.direction = 'consumed' then i.energy_source end as energy_source "
            "from met_pair p join instrument_state i using (instrument_id) join choice_key k using (key_no) "
            "join instrument_recipe r on r.instrument_id = p.instrument_id and r.unit_given = p.unit_given",
            {"gwp_set": rules.gwp_set},
        )


def _recipes(s: Session, gwp_set: str) -> Any:
    """Arrow: kg per unit given of each distinct instrument and unit, by exact fractions."""
    import pyarrow as pa

    rates = ", ".join(f"i.{name}_kg_per_kwh" for name in _RATES)
    units, heat = unit_table(s), warming(s, gwp_set)
    made = []
    for name, unit, *own in s.rows(
        f"select distinct p.instrument_id, p.unit_given, {rates} from met_pair p "
        "join instrument_state i using (instrument_id) order by 1, 2"
    ):
        ratio = units[unit][1] / units["kWh"][1]
        fits = ratio < LARGEST_PER_UNIT
        rate = dict(zip(_RATES, own, strict=True))
        kg = _rated(rate, ratio, heat.of("CH4", "other"), heat.of("N2O")) if fits else {}
        made.append(
            {
                "instrument_id": name, "unit_given": unit, "reason_code": "instrument" if fits else "unit_too_large",
                "energy_kwh_per_unit": rounded(ratio) if fits else None, **kg,
            }
        )  # fmt: skip
    schema = pa.schema(
        [(name, pa.string()) for name in ("instrument_id", "unit_given", "reason_code")]
        + [(name, pa.decimal128(38, 12)) for name in AMOUNTS_PER_UNIT]
    )
    return pa.Table.from_pylist(made, schema=schema)


def _warmed(mass: Decimal | None, ratio: Fraction, gwp: Fraction | None) -> Decimal | None:
    return None if mass is None or gwp is None else rounded(Fraction(mass) * ratio * gwp)


def _rated(
    rate: dict[str, Decimal | None], ratio: Fraction, ch4_gwp: Fraction | None, n2o_gwp: Fraction | None
) -> dict[str, Decimal | None]:
    """Kg per unit given from an instrument's rates per kWh; a total it states stands whole."""

    def each(name: str) -> Decimal | None:
        value = rate[name]
        return None if value is None else rounded(Fraction(value) * ratio)

    co2, ch4, n2o, stated = each("co2"), each("ch4"), each("n2o"), each("co2e")
    ch4_co2e = _warmed(rate["ch4"], ratio, ch4_gwp)
    n2o_co2e = _warmed(rate["n2o"], ratio, n2o_gwp)
    parts = [part for part in (co2, ch4_co2e, n2o_co2e) if part is not None]
    explained = sum(parts, Decimal(0))
    total = stated if stated is not None else (explained if parts else None)
    return {
        "co2_kg_per_unit": co2, "ch4_other_kg_per_unit": ch4, "n2o_kg_per_unit": n2o,
        "ch4_co2e_kg_per_unit": ch4_co2e, "n2o_co2e_kg_per_unit": n2o_co2e,
        "biogenic_co2_kg_per_unit": each("biogenic_co2"),
        "unsplit_co2e_kg_per_unit": None if total is None else total - explained, "total_co2e_kg_per_unit": total,
    }  # fmt: skip
