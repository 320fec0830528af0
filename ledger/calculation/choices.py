"""Choices for distinct keys: candidates, winner and reason by SQL; kg per unit by exact fractions."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from ledger.calculation.amounts import (
    LARGEST_PER_UNIT,
    MASS_COLUMNS,
    PublishedFactor,
    amounts_per_unit,
    is_restated,
    rounded,
    untold_groups,
)
from ledger.calculation.gases import CO2E_GROUPS, Warming, warming
from ledger.calculation.money import Money, money
from ledger.calculation.policy import Policy
from ledger.calculation.sql_text import filled, sql
from ledger.store import Session
from ledger.store.tables.choice import AMOUNTS_PER_UNIT

CHOICE_AMOUNTS = tuple(name for name in AMOUNTS_PER_UNIT if name != "energy_kwh_per_unit")

KEYS_AT_ONCE = 60_000
"""Candidates are a key times its lines times the factors that could serve: so many keys bound the memory."""


def make_choices(s: Session, rules: Policy, barred: str = "select null::bigint as key_no where false") -> None:
    """Decide every key of temp table `wanted_key`; the decisions are temp table `new_choice`.

    Many keys are decided some at a time. A decision depends on its own key alone, so the digits are the same.
    ``barred`` selects the keys whose supplier's rate already contains a certificate that covers part of them: there
    the rate serves nothing (Scope 2 Guidance, criteria 2 and 6).
    """
    s.run(f"create or replace temp table barred_supply as {barred}")
    context = _Context(warming(s, rules.gwp_set), money(s, rules), rules, s)
    count = int(s.one("select count(*) from wanted_key")[0])
    if count <= KEYS_AT_ONCE:
        _decide(s, rules, context)
        return
    s.run(
        "create or replace temp table all_wanted as "
        "select *, row_number() over (order by key_no) as place from wanted_key"
    )
    for first in range(1, count + 1, KEYS_AT_ONCE):
        s.run(
            "create or replace temp table wanted_key as select * exclude (place) from all_wanted "
            f"where place between {first} and {first + KEYS_AT_ONCE - 1}"
        )
        _decide(s, rules, context)
        if first == 1:
            s.run("create or replace temp table decided as from new_choice")
        else:
            s.run("insert into decided by name from new_choice")
    s.run("drop table asked; drop table candidate; drop table winner; drop table new_choice")
    s.run("alter table decided rename to new_choice")
    s.run("create or replace temp table wanted_key as select * exclude (place) from all_wanted; drop table all_wanted")


def _decide(s: Session, rules: Policy, context: _Context) -> None:
    """Temp table `new_choice` for the keys that `wanted_key` holds now."""
    fiscal = {"fiscal_month": rules.fiscal_month}
    s.run(sql("asked"), fiscal)
    preferred, withdrawn = list(rules.preferred_datasets), list(rules.withdrawn_datasets)
    s.run(sql("candidate"), fiscal | {"preferred": preferred, "withdrawn": withdrawn})
    s.run(sql("winner"))
    amounts = ",\n           ".join(f"r.{name}" for name in CHOICE_AMOUNTS)
    with s.given(recipe=_recipes(s, context), energy=_energy(s), stated_unit=_stated_units(s)):
        s.run(filled(sql("choice"), {"amounts_of_recipe": amounts}), {"gwp_set": rules.gwp_set})


def _recipes(s: Session, context: _Context) -> Any:
    """Arrow: kg per unit given for each distinct (factor, unit given, year of money), or the fault that prevents it."""
    wanted = s.rows(
        "select distinct factor_id, unit_given, money_year from winner where factor_id is not null order by all"
    )
    factors = _published(s, sorted({row[0] for row in wanted}))
    units = unit_table(s)
    made = []
    for factor_id, unit_given, money_year in wanted:
        factor, terms = factors[factor_id]
        made.append(
            {"factor_id": factor_id, "unit_given": unit_given, "money_year": money_year}
            | _recipe(factor, terms, unit_given, money_year, units, context)
        )
    return _recipe_table(made)


class _Context:
    """What every recipe reads: the ledger's warming, money, and the publishers' sets when totals are restated."""

    def __init__(self, ledger: Warming, exchange: Money, rules: Policy, s: Session) -> None:
        self.ledger = ledger
        self.exchange = exchange
        self.rules = rules
        self._s = s
        self._publishers: dict[str, Warming] = {}

    def restated_from(self, factor: PublishedFactor) -> Warming | None:
        """The publisher's set, where the policy restates and it differs from ours."""
        published_in = factor.gwp_set
        if self.rules.gwp_policy != "restate" or factor.total is None:
            return None
        if published_in is None or published_in == self.ledger.gwp_set:
            return None
        if published_in not in self._publishers:
            self._publishers[published_in] = warming(self._s, published_in)
        return self._publishers[published_in]


def _recipe(
    factor: PublishedFactor,
    terms: dict[str, Any],
    unit_given: str,
    money_year: int,
    units: dict[str, tuple[str, Fraction]],
    context: _Context,
) -> dict[str, Any]:
    flags: list[str] = []
    try:
        if terms["currency"] is not None:
            ratio, flags = context.exchange.ratio(unit_given, money_year, terms["currency"], terms["price_year"])
        else:
            ratio = _unit_ratio(units, unit_given, factor.per_unit)
        restated_from = context.restated_from(factor)
        kg = amounts_per_unit(factor, ratio, context.ledger, restated_from)
    except LookupError as missing:
        fault = str(missing.args[0])
        return {"fault": fault if fault.startswith("no_") else "no_gwp", "flags": [], "gwp_set": context.ledger.gwp_set}
    if any(value is not None and abs(value) >= LARGEST_PER_UNIT for value in kg.values()):
        return {"fault": "unit_too_large", "flags": [], "gwp_set": context.ledger.gwp_set}
    own_set = factor.total is None or (restated_from is not None and is_restated(factor))
    if not own_set and factor.gwp_set not in (None, context.ledger.gwp_set):
        flags = [*flags, f"gwp_{factor.gwp_set}"]
    if own_set and restated_from is not None and untold_groups(factor):
        flags = [*flags, f"hfcs_pfcs_on_{factor.gwp_set}"]
    gwp_set = context.ledger.gwp_set if own_set else factor.gwp_set
    return {"fault": None, "flags": flags, "gwp_set": gwp_set, **kg}


def _unit_ratio(units: dict[str, tuple[str, Fraction]], unit_given: str, per_unit: str) -> Fraction:
    """Units of a factor in one unit given; two currencies have no fixed ratio (LookupError)."""
    if units[per_unit][0] == "money" and unit_given != per_unit:
        raise LookupError("no_exchange_rate")
    return units[unit_given][1] / units[per_unit][1]


def _recipe_table(made: list[dict[str, Any]]) -> Any:
    import pyarrow as pa

    schema = pa.schema(
        [
            ("factor_id", pa.string()), ("unit_given", pa.string()), ("money_year", pa.int64()),
            ("fault", pa.string()), ("flags", pa.list_(pa.string())), ("gwp_set", pa.string()),
            *((name, pa.decimal128(38, 12)) for name in CHOICE_AMOUNTS),
        ]
    )  # fmt: skip
    return pa.Table.from_pylist(made, schema=schema)


def _published(s: Session, factor_ids: list[str]) -> dict[str, tuple[PublishedFactor, dict[str, Any]]]:
    """The factors with their parts, masses and species, and the terms of money they are priced in."""
    parts = [f"{gas}_co2e_kg_per_unit" for gas in ("co2", *CO2E_GROUPS)]
    masses = [f"{gas}_kg_per_unit" for gas in MASS_COLUMNS]
    terms = ["factor_id", "per_unit", "gwp_set", "currency", "price_year", "co2e_published_kg_per_unit"]
    names = [*terms, *parts, *masses]
    rows = s.rows(
        f"select {', '.join(names)} from emission_factor where list_contains($ids, factor_id) "
        "qualify row_number() over (partition by factor_id order by batch_no desc, seq desc) = 1",
        {"ids": factor_ids},
    )
    species: dict[str, list[tuple[str, Decimal, str]]] = {}
    for factor_id, name, value, value_as in s.rows(
        "select factor_id, species, value, value_as from factor_gas where list_contains($ids, factor_id) "
        "qualify row_number() over (partition by factor_id, species order by batch_no desc, seq desc) = 1 order by all",
        {"ids": factor_ids},
    ):
        species.setdefault(factor_id, []).append((name, value, value_as))
    found = {}
    for row in rows:
        value = dict(zip(names, row, strict=True))
        found[value["factor_id"]] = (
            PublishedFactor(
                value["factor_id"], value["per_unit"], value["gwp_set"], value["co2e_published_kg_per_unit"],
                {name.removesuffix("_co2e_kg_per_unit"): value[name] for name in parts if value[name] is not None},
                {name.removesuffix("_kg_per_unit"): value[name] for name in masses if value[name] is not None},
                tuple(species.get(value["factor_id"], ())),
            ),
            value,
        )  # fmt: skip
    return found


def unit_table(s: Session) -> dict[str, tuple[str, Fraction]]:
    """Every unit of the ledger's catalogue: (dimension, exact ratio to the base unit)."""
    rows = s.rows("select unit, dimension, to_base from unit where batch_no = (select max(batch_no) from unit)")
    return {unit: (dimension, Fraction(Decimal(to_base))) for unit, dimension, to_base in rows}


def _energy(s: Session) -> Any:
    """Arrow: final energy, kWh on net calorific value, per unit given of each wanted activity type."""
    import pyarrow as pa

    units = unit_table(s)
    properties = {
        row[0]: row[1:]
        for row in s.rows(
            "select activity_type, net_kwh_per_kg, net_kwh_per_litre, net_to_gross from fuel_property "
            "where batch_no = (select max(batch_no) from fuel_property)"
        )
    }
    wanted = s.rows(
        "select distinct k.activity_type, k.unit_given, k.calorific_basis, t.is_fuel, t.energy_source "
        "from wanted_key k join activity_type t on t.activity_type = k.activity_type "
        "and t.batch_no = (select max(batch_no) from activity_type) order by all"
    )
    made = []
    for activity_type, unit_given, basis, is_fuel, source in wanted:
        own = properties.get(activity_type) if is_fuel else None
        per_unit = _net_kwh(units[unit_given], units, own, basis, is_fuel)
        is_too_large = per_unit is not None and per_unit >= LARGEST_PER_UNIT
        made.append(
            {
                "activity_type": activity_type, "unit_given": unit_given, "calorific_basis": basis,
                "energy_kwh_per_unit": None if per_unit is None or is_too_large else rounded(per_unit),
                "energy_source": source or "mixed", "is_too_large": is_too_large,
            }
        )  # fmt: skip
    return pa.Table.from_pylist(
        made,
        schema=pa.schema(
            [
                ("activity_type", pa.string()), ("unit_given", pa.string()), ("calorific_basis", pa.string()),
                ("energy_kwh_per_unit", pa.decimal128(38, 12)), ("energy_source", pa.string()),
                ("is_too_large", pa.bool_()),
            ]
        ),
    )  # fmt: skip


def _net_kwh(
    unit: tuple[str, Fraction],
    units: dict[str, tuple[str, Fraction]],
    properties: tuple[Decimal | None, Decimal | None, Decimal | None] | None,
    basis: str,
    is_fuel: bool,
) -> Fraction | None:
    """Net kWh in one unit, None where the fuel's properties are not known. ESRS E1 AR 32: lower heating value."""
    dimension, to_base = unit
    if dimension == "energy":
        kwh = to_base / units["kWh"][1]
        if not is_fuel or basis in ("net", "na"):
            return kwh
        return kwh * Fraction(properties[2]) if properties and properties[2] is not None else None
    if properties is None:
        return None
    if dimension == "mass" and properties[0] is not None:
        return to_base / units["kg"][1] * Fraction(properties[0])
    if dimension == "volume" and properties[1] is not None:
        return to_base / units["L"][1] * Fraction(properties[1])
    return None


def _stated_units(s: Session) -> Any:
    """Arrow: kg CO2e per unit of stated emissions."""
    import pyarrow as pa

    rows = [(unit, rounded(ratio)) for unit, (dimension, ratio) in unit_table(s).items() if dimension == "co2e_mass"]
    kg = pa.array([row[1] for row in rows], pa.decimal128(38, 12))
    return pa.table({"unit_given": [row[0] for row in rows], "kg_per_unit": kg})
