"""Factors of combined heat and power made again from the plant's row, in plain decimals; nothing is shared."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from ledger.assurance.verification import Faults
from ledger.store import Session

_EXACT = Context(prec=200, rounding=ROUND_HALF_UP)
_STEP = Decimal("1e-15")


def check_chp(s: Session, since: int, faults: Faults) -> None:
    """Each plant of a batch after ``since`` has two factors in it, and each amount is its share of what was burned."""
    columns = [
        row[0] for row in s.rows("select column_name from duckdb_columns() where table_name = 'emission_factor' "
                                 "and column_name like '%kg_per_unit' order by column_index")
    ]  # fmt: skip
    plants = s.arrow(f"select * from chp_plant where batch_no > {since} order by batch_no, seq", {}).to_pylist()
    for plant in plants:
        fuel = _factor(s, plant["fuel_factor_id"], f"batch_no < {plant['batch_no']}", columns)
        for product in ("heat", "power"):
            made = _factor(s, f"{plant['plant_id']}:{product}", f"batch_no = {plant['batch_no']}", columns)
            wrong = _wrong(s, plant, fuel, made, product, columns)
            if wrong:
                entry = f"B{plant['batch_no']}-{plant['seq']}"
                faults.add("chp-factor", f"{entry}: the {product} of {plant['plant_id']}: {wrong}", entry=entry)


def _factor(s: Session, name: str, condition: str, columns: list[str]) -> dict[str, Any] | None:
    rows = s.arrow(
        f"select {', '.join(columns)}, supplier, per_unit, kind from emission_factor where factor_id = $name "
        f"and {condition} order by batch_no desc, seq desc limit 1",
        {"name": name},
    ).to_pylist()
    return rows[0] if rows else None


def _wrong(
    s: Session, plant: dict[str, Any], fuel: dict[str, Any] | None, made: dict[str, Any] | None, product: str,
    columns: list[str],
) -> str | None:  # fmt: skip
    """What does not follow, in words; None where all does."""
    if fuel is None or made is None:
        return "its factor, or that of its fuel, is not there"
    units = dict(
        s.rows(
            "select unit, to_base from unit where unit in (?, ?) and batch_no = (select max(batch_no) from unit "
            f"where batch_no <= {plant['batch_no']})", [plant["fuel_unit"], fuel["per_unit"]]
        )
    )  # fmt: skip
    times, over = _EXACT.multiply, _EXACT.divide
    heat, power = plant["heat_kwh"], plant["power_kwh"]
    weights = {"heat": heat, "power": power}
    if plant["chp_method"] == "efficiency":
        weights = {"heat": times(heat, plant["power_efficiency"]), "power": times(power, plant["heat_efficiency"])}
    burned = over(times(plant["fuel_burned"], Decimal(units[plant["fuel_unit"]])), Decimal(units[fuel["per_unit"]]))
    share = over(weights[product], weights["heat"] + weights["power"])
    for column in columns:
        expected = None
        if fuel[column] is not None:
            per_kwh = over(times(times(fuel[column], burned), share), plant[f"{product}_kwh"])
            expected = per_kwh.quantize(_STEP, context=_EXACT)
        if made[column] != expected:
            return f"{column} is {made[column]}, follows as {expected}"
    if made["supplier"] != plant["supplier"] or made["per_unit"] != "kWh" or made["kind"] != "supplier":
        return "its factor serves somebody else"
    return None
