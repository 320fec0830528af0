"""Market-based Scope 2: instruments allotted to consumption, no kWh and no certificate twice.

Scope 2 Guidance (2015), table 6.3: an instrument covers no more than its kWh, within its vintage and market;
what is left keeps the uncovered market line. What rows name as their contract comes first, then what belongs to
a facility, then what is pooled, oldest vintage first; each is spread over the consumption left, pro rata by kWh.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal, localcontext
from fractions import Fraction
from typing import Any

from ledger.calculation.amounts import LARGEST_PER_UNIT, rounded
from ledger.calculation.choices import unit_table
from ledger.calculation.gases import warming
from ledger.calculation.policy import policy
from ledger.store import Session, Writing, as_arrow
from ledger.store.tables import Allocation, Choice

_MILLIONTH = Decimal("0.000001")
CRITERIA = tuple(f"criterion_{number}" for number in range(1, 9))


@dataclass(slots=True)
class _Group:
    """Consumption of one month, facility and key, and how much of it no instrument covers yet."""

    legal_entity_id: str | None
    facility_id: str | None
    month: date
    key_no: int
    market_boundary: str | None
    contract_id: str | None
    unit_given: str
    left: Decimal
    kwh_per_unit: Fraction


def instruments_in_force(s: Session) -> list[dict[str, Any]]:
    """The instruments that may be used, in the order of use. Any criterion that is not met or unknown bars one."""
    result = s.con.execute(
        "select * from instrument qualify row_number() over (partition by instrument_id "
        "order by batch_no desc, seq desc) = 1 order by facility_id is null, vintage_start, instrument_id"
    )
    names = [column[0] for column in result.description]
    rows = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    return [row for row in rows if not row["withdrawn"] and rejection(row) is None]


def rejection(instrument: dict[str, Any]) -> str | None:
    """Why an instrument may not be used, in a code; None where it may (Scope 2 Guidance, table 7.1)."""
    if instrument["own_generation_sold"]:
        return "own_generation_sold"
    for criterion in CRITERIA:
        if instrument[criterion] not in ("met", "na"):
            return f"{criterion}_{instrument[criterion]}"
    return None


def plan_allocations(s: Session) -> dict[str, int]:
    """Temp tables `allocation_change` (what to take back and what to allot) and `instrument_choice`; gives counts."""
    groups = _consumption(s)
    instruments = instruments_in_force(s)
    rows = _allotted(instruments, groups)
    with s.given(allotted=as_arrow(Allocation, rows)):
        s.run("create or replace temp table wanted_allocation as select * from allotted")
    group = "legal_entity_id, facility_id, month, key_no, instrument_id"
    s.run(
        f"create or replace temp table allocation_change as with standing as (select {group}, "
        "sum(sign * quantity)::decimal(18,6) as quantity, sum(sign * kwh)::decimal(18,6) as kwh from allocation "
        "group by all having sum(sign * quantity) <> 0), "
        f"wanted as (select {group}, quantity, kwh from wanted_allocation) "
        "select *, -1 as sign from (from standing except from wanted) "
        "union all select *, 1 from (from wanted except from standing)"
    )
    with s.given(made=as_arrow(Choice, _instrument_choices(s, instruments, groups, rows))):
        s.run("create or replace temp table instrument_choice as select * from made")
    return {"allocations_changed": int(s.one("select count(*) from allocation_change")[0])}


def record_allocations(writing: Writing) -> None:
    """Put the planned changes of allocation into the batch."""
    writing.insert(
        Allocation, "select * from allocation_change", "sign, month, facility_id, key_no, instrument_id, quantity"
    )


def _consumption(s: Session) -> list[_Group]:
    """Purchased energy by month, facility and key, in a total order."""
    units = unit_table(s)
    rows = s.rows(
        "select t.legal_entity_id, t.facility_id, t.month, t.key_no, k.market_boundary, k.contract_id, k.unit_given, "
        "sum(t.quantity)::decimal(38,6) from period_total t join choice_key k using (key_no) "
        "where not t.allocated and t.instrument_id is null and k.activity_type in ("
        "select activity_type from activity_line where line = 'energy' and method = 'market' "
        "and factor_activity_type = 'electricity') and k.direction = 'consumed' "
        "group by all having sum(t.quantity) > 0 order by t.month, t.facility_id, t.legal_entity_id, t.key_no"
    )
    kwh = units["kWh"][1]
    return [
        _Group(entity, facility, month, key_no, market, contract, unit, left, units[unit][1] / kwh)
        for entity, facility, month, key_no, market, contract, unit, left in rows
    ]


def _allotted(instruments: list[dict[str, Any]], groups: list[_Group]) -> list[dict[str, Any]]:
    """The rows of all instruments: first where rows name them, then at their facility, then pooled."""
    named = {group.contract_id for group in groups}
    rest = {instrument["instrument_id"]: Fraction(instrument["kwh"]) for instrument in instruments}
    rows = []
    for claim in (_is_named, _is_at_facility, _is_pooled):
        for instrument in instruments:
            name = instrument["instrument_id"]
            if claim is _is_pooled and name in named and not _may_be_pooled(instrument):
                continue
            covered = [group for group in groups if _may_cover(instrument, group) and claim(instrument, group)]
            made = _spread(name, rest[name], covered)
            rest[name] -= sum((kwh for _, kwh in made), Fraction(0))
            rows += [row for row, _ in made]
    return rows


def _may_cover(instrument: dict[str, Any], group: _Group) -> bool:
    """Whether something is left to cover, in the instrument's market and vintage."""
    return (
        group.left > 0
        and group.market_boundary == instrument["market_boundary"]
        and instrument["vintage_start"] <= group.month <= instrument["vintage_end"]
    )


def _is_named(instrument: dict[str, Any], group: _Group) -> bool:
    return bool(group.contract_id == instrument["instrument_id"])


def _is_at_facility(instrument: dict[str, Any], group: _Group) -> bool:
    return instrument["facility_id"] is not None and bool(instrument["facility_id"] == group.facility_id)


def _is_pooled(instrument: dict[str, Any], group: _Group) -> bool:
    return instrument["facility_id"] is None and not _is_named(instrument, group)


def _may_be_pooled(instrument: dict[str, Any]) -> bool:
    """Of what rows name, only certificates without energy may go on to others; a contract is for its own rows."""
    return bool(instrument["type"] == "certificate" and not instrument["bundled"])


def _spread(name: str, kwh_left: Fraction, covered: list[_Group]) -> list[tuple[dict[str, Any], Fraction]]:
    """Rows of one instrument, each with its exact kWh: min(what it has left, consumption left) pro rata by kWh."""
    wanted = sum((Fraction(group.left) * group.kwh_per_unit for group in covered), Fraction(0))
    available = min(kwh_left, wanted)
    rest, rows = available, []
    for place, group in enumerate(covered):
        whole = Fraction(group.left) * group.kwh_per_unit
        share = whole if available == wanted else (rest if place == len(covered) - 1 else available * whole / wanted)
        quantity = min(group.left, _floored(share / group.kwh_per_unit))
        if quantity <= 0:
            continue
        kwh = Fraction(quantity) * group.kwh_per_unit
        rest -= kwh
        group.left -= quantity
        row = {
            "legal_entity_id": group.legal_entity_id, "facility_id": group.facility_id, "month": group.month,
            "key_no": group.key_no, "instrument_id": name, "quantity": quantity, "kwh": _floored(kwh), "sign": 1,
        }  # fmt: skip
        rows.append((row, kwh))
    return rows


def _floored(value: Fraction) -> Decimal:
    """Rounded down to millionths: never more than there is."""
    with localcontext() as context:
        context.prec = 60
        return (Decimal(value.numerator * 10**6 // value.denominator) * _MILLIONTH).quantize(_MILLIONTH, ROUND_DOWN)


def _instrument_choices(
    s: Session, instruments: list[dict[str, Any]], groups: list[_Group], rows: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """A choice for every key and instrument that meet, or have met: kg per unit given from the instrument's rate."""
    by_id = {instrument["instrument_id"]: instrument for instrument in instruments}
    ratio_of = {group.key_no: group.kwh_per_unit for group in groups}
    pairs = {(row["key_no"], row["instrument_id"]) for row in rows}
    units = unit_table(s)
    for key_no, name, unit in s.rows(
        "select distinct c.key_no, c.instrument_id, k.unit_given from choice c join choice_key k using (key_no) "
        "where c.instrument_id is not null"
    ):
        if name in by_id:  # it stays, even where nothing is covered any more: there is nothing to take back
            pairs.add((key_no, name))
            ratio_of[key_no] = units[unit][1] / units["kWh"][1]
    if not pairs:
        return []
    rules = policy(s)
    heat = warming(s, rules.gwp_set)
    made = []
    for key_no, name in sorted(pairs):
        instrument, ratio = by_id[name], ratio_of[key_no]
        fits = ratio < LARGEST_PER_UNIT
        kg = _rates(instrument, ratio, heat.of("CH4", "other"), heat.of("N2O")) if fits else {}
        told = kg.get("total_co2e_kg_per_unit") is not None
        made.append(
            {
                "key_no": key_no, "book": "inventory", "method": "market", "line": "energy", "scope": "2",
                "iso_category": "2.1", "instrument_id": name, "flags": "", "gwp_set": rules.gwp_set,
                "reason_code": "unit_too_large" if not fits else "instrument" if told else "instrument_without_rate",
                "energy_kwh_per_unit": rounded(ratio) if fits else None, "energy_source": instrument["energy_source"],
                **kg,
            }
        )  # fmt: skip
    return made


def _warmed(mass: Decimal | None, ratio: Fraction, gwp: Fraction | None) -> Decimal | None:
    return None if mass is None or gwp is None else rounded(Fraction(mass) * ratio * gwp)


def _rates(
    instrument: dict[str, Any], ratio: Fraction, ch4_gwp: Fraction | None, n2o_gwp: Fraction | None
) -> dict[str, Decimal | None]:
    """Kg per unit given from an instrument's rates per kWh; a total it states stands whole."""

    def each(name: str) -> Decimal | None:
        value = instrument[f"{name}_kg_per_kwh"]
        return None if value is None else rounded(Fraction(value) * ratio)

    co2, ch4, n2o, stated = each("co2"), each("ch4"), each("n2o"), each("co2e")
    ch4_co2e = _warmed(instrument["ch4_kg_per_kwh"], ratio, ch4_gwp)
    n2o_co2e = _warmed(instrument["n2o_kg_per_kwh"], ratio, n2o_gwp)
    parts = [part for part in (co2, ch4_co2e, n2o_co2e) if part is not None]
    explained = sum(parts, Decimal(0))
    total = stated if stated is not None else (explained if parts else None)
    return {
        "co2_kg_per_unit": co2, "ch4_other_kg_per_unit": ch4, "n2o_kg_per_unit": n2o,
        "ch4_co2e_kg_per_unit": ch4_co2e, "n2o_co2e_kg_per_unit": n2o_co2e,
        "biogenic_co2_kg_per_unit": each("biogenic_co2"),
        "unsplit_co2e_kg_per_unit": None if total is None else total - explained, "total_co2e_kg_per_unit": total,
    }  # fmt: skip
