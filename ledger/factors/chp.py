"""Combined heat and power: a plant's emissions split into a factor for its heat and one for its power.

GHG Protocol, allocation of emissions from a combined heat and power plant. By efficiencies, heat bears
(H ÷ eH) ÷ (H ÷ eH + P ÷ eP) of the emissions, power the rest; by energy content, H ÷ (H + P). H and P are the heat
and the power delivered in the same unit, eH and eP the efficiencies of making each alone. What the fuel emitted is its
quantity times its factor, gas by gas; the efficiencies are the user's, none is assumed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal
from fractions import Fraction
from typing import Any

from ledger.errors import Refused
from ledger.store import Session
from ledger.store.tables import EmissionFactor

AMOUNTS = tuple(name for name in EmissionFactor.model_fields if name.endswith("_kg_per_unit"))
"""The columns of a factor that are scaled: total, parts and masses."""

_PLACES = 15
_WIDE = Context(prec=80)
_PRODUCTS = {"heat": "heat_and_steam", "power": "electricity"}
"""The products, and the kind of energy whose factors they are."""


@dataclass(frozen=True, slots=True)
class ChpSplit:
    """A plant, what it emitted, and the split: kg CO2e per kWh of each product, and the heat's share, 0 to 1."""

    plant_id: str
    supplier: str
    data_year: int
    method: str
    fuel_factor_id: str
    heat_kwh: Decimal
    power_kwh: Decimal
    heat_efficiency: Decimal | None
    power_efficiency: Decimal | None
    heat_share: Decimal
    total_kg: Decimal | None
    heat_kg_per_kwh: Decimal | None
    power_kg_per_kwh: Decimal | None
    source: str


def heat_share(plant: Mapping[str, Any]) -> Fraction:
    """The share of a plant's emissions that its heat bears, exactly."""
    heat, power = Fraction(plant["heat_kwh"]), Fraction(plant["power_kwh"])
    if plant["chp_method"] == "efficiency":
        heat, power = heat / Fraction(plant["heat_efficiency"]), power / Fraction(plant["power_efficiency"])
    return heat / (heat + power)


def chp_factors(s: Session, plant: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The two factors of a plant, per kWh, as columns of `emission_factor` without those of the upload.

    Raises Refused where the fuel's factor is none of burning, or not per a unit of the fuel's kind.
    """
    fuel, ratio = _fuel(s, plant)
    share = heat_share(plant)
    year = plant["data_year"]
    made = []
    for product, part, kwh in (("heat", share, plant["heat_kwh"]), ("power", 1 - share, plant["power_kwh"])):
        scale = Fraction(plant["fuel_burned"]) * ratio * part / Fraction(kwh)
        amounts = {name: None if fuel[name] is None else _rounded(Fraction(fuel[name]) * scale) for name in AMOUNTS}
        made.append(
            {
                "factor_id": f"{plant['plant_id']}:{product}", "activity_type": _PRODUCTS[product], "kind": "supplier",
                "serves": "market", "line": "energy", "boundary": "generation", "country": plant.get("country"),
                "supplier": plant["supplier"], "per_unit": "kWh", "calorific_basis": "na", "data_year": year,
                "valid_from": date(year, 1, 1), "valid_to": date(year, 12, 31), "masses_basis": fuel["masses_basis"],
                "gas_coverage": fuel["gas_coverage"], "gwp_set": fuel["gwp_set"], **amounts,
            }
        )  # fmt: skip
    return made


def chp_splits(s: Session, at: int | None = None) -> tuple[ChpSplit, ...]:
    """Every plant as last entered, with its split, as the ledger stood at a size (number of batches)."""
    size = 2**31 if at is None else at
    plants = s.arrow(
        "select * from chp_plant where batch_no <= $size "
        "qualify row_number() over (partition by plant_id order by batch_no desc, seq desc) = 1 order by plant_id",
        {"size": size},
    ).to_pylist()
    return tuple(_split(s, plant) for plant in plants)


def _split(s: Session, plant: dict[str, Any]) -> ChpSplit:
    rates = dict(
        s.rows(
            "select split_part(factor_id, ':', -1), coalesce(co2e_published_kg_per_unit, co2_kg_per_unit) "
            "from emission_factor where batch_no = ? and factor_id in (?, ?)",
            [plant["batch_no"], f"{plant['plant_id']}:heat", f"{plant['plant_id']}:power"],
        )
    )
    heat, power = rates.get("heat"), rates.get("power")
    total = None if heat is None or power is None else heat * plant["heat_kwh"] + power * plant["power_kwh"]
    same = ("plant_id", "supplier", "data_year", "fuel_factor_id", "heat_kwh", "power_kwh", "heat_efficiency",
            "power_efficiency", "source")  # fmt: skip
    return ChpSplit(
        **{name: plant[name] for name in same}, method=plant["chp_method"],
        heat_share=_rounded(heat_share(plant)).quantize(Decimal("0.000001")),
        total_kg=None if total is None else total.quantize(Decimal("0.000001")),
        heat_kg_per_kwh=heat, power_kg_per_kwh=power,
    )  # fmt: skip


def _fuel(s: Session, plant: Mapping[str, Any]) -> tuple[dict[str, Any], Fraction]:
    """The fuel's factor, and how many of its units are in one unit of the fuel burned."""
    name = plant["fuel_factor_id"]
    found = s.arrow(
        "select f.*, m.dimension, m.to_base from emission_factor f left join unit m on m.unit = f.per_unit and "
        "m.batch_no = (select max(batch_no) from unit) where f.factor_id = $name order by f.batch_no desc, f.seq desc "
        "limit 1", {"name": name},
    ).to_pylist()  # fmt: skip
    burned = s.rows(
        "select dimension, to_base from unit where unit = ? and batch_no = (select max(batch_no) from unit)",
        [plant["fuel_unit"]],
    )
    if not found or found[0]["line"] != "direct":
        raise Refused(f"{plant['plant_id']}: {name} is no factor of burning a fuel", "ghg factors search natural gas")
    fuel = found[0]
    if not burned or burned[0][0] != fuel["dimension"]:
        raise Refused(
            f"{plant['plant_id']}: {name} is per {fuel['per_unit']}, which cannot be had from {plant['fuel_unit']}",
            "give the fuel in a unit of the same kind, on the calorific value that the factor rests on",
        )
    return fuel, Fraction(Decimal(burned[0][1])) / Fraction(Decimal(fuel["to_base"]))


def _rounded(value: Fraction) -> Decimal:
    """At 15 decimals, half away from zero."""
    whole, rest = divmod(value.numerator * 10**_PLACES, value.denominator)
    return Decimal(whole + (2 * rest >= value.denominator)).scaleb(-_PLACES, _WIDE)
