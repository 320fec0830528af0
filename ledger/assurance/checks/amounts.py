"""Kg per unit of every choice, made again by the rule and held against what was recorded."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ledger.assurance.checks.rule import (
    LARGEST,
    Amounts,
    Knowledge,
    Terms,
    Unknown,
    factor_amounts,
    instrument_amounts,
    net_kwh,
    rounded,
)
from ledger.assurance.verification import Faults, tell
from ledger.store import Session
from ledger.store.tables.choice import AMOUNTS_PER_UNIT

_RATES = ("co2", "ch4", "n2o", "co2e", "biogenic_co2")


def check_amounts(s: Session, faults: Faults) -> None:
    """Kg per unit of every choice in `original` against the rule, once per distinct factor, unit and calculation."""
    known = Knowledge(s)
    with s.given(recipe=_recipes(s, known), net_energy=_energies(s, known)):
        s.run(
            """
            create or replace temp table expected as
            select o.batch_no, o.seq, r.fault, coalesce(r.gwp_set, o.terms_gwp_set) as gwp_set,
                   case when o.direction <> 'consumed' then null
                        when o.instrument_id is not null then r.energy_kwh_per_unit
                        when (o.line = 'energy' and o.method = 'market') or (o.line = 'direct' and o.scope = '1')
                        then e.energy_kwh_per_unit end as energy_kwh_per_unit,
                   e.energy_source, """
            + ", ".join(f"r.{name}" for name in AMOUNTS_PER_UNIT if name != "energy_kwh_per_unit")
            + """
            from original o
            left join recipe r on r.batch_no = o.batch_no and r.calculation_no = o.calculation_no
                 and r.unit_given = o.unit_given and r.money_year = o.money_year
                 and r.stated = (o.line = 'stated') and r.factor_id is not distinct from o.factor_id
                 and r.instrument_id is not distinct from o.instrument_id
            left join net_energy e on e.batch_no = o.batch_no and e.activity_type = o.activity_type
                 and e.unit_given = o.unit_given and e.calorific_basis = o.calorific_basis
            """
        )
    names = (*AMOUNTS_PER_UNIT, "gwp_set")
    said = ", ".join(
        f"case when o.{name} is distinct from x.{name} then concat('{name} is ', coalesce(o.{name}::varchar, 'null'), "
        f"', follows as ', coalesce(x.{name}::varchar, 'null')) end"
        for name in names
    )
    said = (
        f"list_filter([{said}, case when o.instrument_id is null and o.energy_source is distinct from "
        "case when x.energy_kwh_per_unit is not null then coalesce(x.energy_source, 'mixed') end "
        "then concat('energy_source is ', coalesce(o.energy_source, 'null')) end], lambda told: told is not null)"
    )
    tell(
        s, "choice-amounts",
        f"select o.batch_no, o.seq, coalesce(o.factor_id, o.instrument_id, o.reason_code), "
        f"array_to_string({said}, '; ') from original o join expected x using (batch_no, seq) where len({said}) > 0",
        "this choice does not follow from {0}: {1}", faults,
    )  # fmt: skip
    tell(
        s, "choice-factor",
        "select o.batch_no, o.seq, o.factor_id, x.fault from original o join expected x using (batch_no, seq) "
        "where x.fault is not null and o.factor_id is not null",
        "the factor {0} gives no amount ({1})", faults,
    )  # fmt: skip


def _recipes(s: Session, known: Knowledge) -> Any:
    """Arrow: what follows for each distinct factor, instrument or stated figure of a calculation and unit given."""
    combinations = s.rows(
        "select distinct batch_no, calculation_no, factor_id, instrument_id, line = 'stated', unit_given, money_year, "
        "terms_gwp_set, terms_gwp_policy from original where activity_type is not null and terms_gwp_set is not null"
    )
    rates = {
        (instrument, batch): dict(zip(_RATES, own, strict=True))
        for batch, instrument, *own in s.rows(
            "select o.batch_no, i.instrument_id, " + ", ".join(f"i.{name}_kg_per_kwh" for name in _RATES)
            + " from (select distinct batch_no, instrument_id from original where instrument_id is not null) o "
            "join instrument i on i.instrument_id = o.instrument_id and i.batch_no <= o.batch_no "
            "qualify row_number() over (partition by o.batch_no, i.instrument_id "
            "order by i.batch_no desc, i.seq desc) = 1"
        )
    }  # fmt: skip
    made = []
    for batch_no, calculation_no, factor_id, instrument_id, stated, unit, year, gwp_set, policy in combinations:
        terms = Terms(batch_no, gwp_set, policy)
        try:
            if instrument_id is not None:
                own = rates.get((instrument_id, batch_no))
                amounts = Amounts(fault="no_instrument") if own is None else instrument_amounts(known, own, unit, terms)
            elif factor_id is not None:
                amounts = factor_amounts(known, factor_id, unit, year, terms)
            else:
                amounts = Amounts(_stated(known, unit, batch_no) if stated else {})
        except (Unknown, ArithmeticError) as fault:  # a unit or a value that was tampered with
            amounts = Amounts(fault=str(fault))
        made.append(
            {
                "batch_no": batch_no, "calculation_no": calculation_no, "factor_id": factor_id, "stated": stated,
                "instrument_id": instrument_id, "unit_given": unit, "money_year": year, "fault": amounts.fault,
                "gwp_set": amounts.gwp_set, **amounts.kg,
            }
        )  # fmt: skip
    return _table(made, ("factor_id", "instrument_id", "unit_given", "fault", "gwp_set"), AMOUNTS_PER_UNIT)


def _energies(s: Session, known: Knowledge) -> Any:
    """Arrow: net kWh per unit given, and the source of the energy, of each type, unit and basis."""
    made = []
    for batch_no, activity_type, unit, basis in s.rows(
        "select distinct batch_no, activity_type, unit_given, calorific_basis from original "
        "where activity_type is not null"
    ):
        try:
            kwh = net_kwh(known, activity_type, unit, basis, batch_no)
        except (Unknown, ArithmeticError):
            kwh = None
        if kwh is not None and kwh >= LARGEST:
            kwh = None  # the unit does not fit, and its choice says so
        source = known.types.at(activity_type, batch_no)
        made.append(
            {
                "batch_no": batch_no, "activity_type": activity_type, "unit_given": unit, "calorific_basis": basis,
                "energy_kwh_per_unit": kwh, "energy_source": source[1] if source else None,
            }
        )  # fmt: skip
    return _table(
        made, ("activity_type", "unit_given", "calorific_basis", "energy_source"), ("energy_kwh_per_unit",)
    )  # fmt: skip


def _stated(known: Knowledge, unit: str, batch_no: int) -> dict[str, Decimal]:
    """Somebody else's figure: kg CO2e per unit is a conversion alone, and has no split."""
    kg = rounded(known.unit(unit, batch_no)[1])
    return {"unsplit_co2e_kg_per_unit": kg, "total_co2e_kg_per_unit": kg}


def _table(rows: list[dict[str, Any]], texts: tuple[str, ...], amounts: tuple[str, ...]) -> Any:
    import pyarrow as pa

    numbers = [(name, pa.int64()) for name in ("batch_no", "calculation_no", "money_year")]
    columns = [*numbers, ("stated", pa.bool_()), *((name, pa.string()) for name in texts)]
    return pa.Table.from_pylist(rows, pa.schema(columns + [(name, pa.decimal128(38, 12)) for name in amounts]))
