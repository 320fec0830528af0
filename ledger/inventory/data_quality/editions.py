"""Two editions of factors beside each other: what became dearer, what cheaper, what came and what went."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ledger.inventory.periods.effect import percent
from ledger.store import Session

_SAME = (
    "activity_type", "classification_code", "line", "kind", "serves", "boundary", "country", "region", "supplier",
    "product", "per_unit", "calorific_basis", "currency", "with_margins",
)  # fmt: skip
"""By what two editions have the same factor: everything but its dates, its source and its figures."""
_VALUE = "coalesce(co2e_published_kg_per_unit, co2_kg_per_unit)"
_BASIS = "case when co2e_published_kg_per_unit is not null then 'CO2e' when co2_kg_per_unit is not null then 'CO2' end"


@dataclass(frozen=True, slots=True)
class ComparedFactor:
    """A factor in two editions, kg per ``per_unit``; None where an edition does not have it.

    ``basis`` says what is compared: CO2e as it was published, or CO2 alone where only masses by gas were.
    """

    activity_type: str
    classification_code: str | None
    line: str
    kind: str
    place: str | None
    per_unit: str
    basis: str | None
    old_id: str | None
    new_id: str | None
    old_kg: Decimal | None
    new_kg: Decimal | None

    @property
    def percent(self) -> Decimal | None:
        """By how many percent new is more than old, one decimal; None where either is unknown or old is nothing."""
        return percent(self.old_kg, self.new_kg)


def compared_editions(s: Session, new: str, old: str) -> tuple[ComparedFactor, ...]:
    """The factors of two datasets, each in its last version and for its latest days; equal ones are left out."""
    keys = ", ".join(_SAME)
    on = " and ".join(f"o.{name} is not distinct from n.{name}" for name in (*_SAME, "basis"))
    told = ", ".join(f"coalesce(n.{name}, o.{name})" for name in _SAME[:4])
    rows = s.rows(
        f"""
        with version as (
            select *, {_VALUE} as kg, {_BASIS} as basis from emission_factor where dataset in ($new, $old)
            qualify row_number() over (partition by factor_id order by batch_no desc, seq desc) = 1
        ),
        latest as (
            select * from version
            qualify row_number() over (partition by dataset, {keys} order by valid_from desc, factor_id desc) = 1
        ),
        o as (select * from latest where dataset = $old), n as (select * from latest where dataset = $new)
        select {told}, coalesce(n.region, n.country, o.region, o.country), coalesce(n.per_unit, o.per_unit),
               coalesce(n.basis, o.basis), o.factor_id, n.factor_id, o.kg, n.kg
        from o full join n on {on} where o.kg is distinct from n.kg order by all
        """,
        {"new": new, "old": old},
    )
    return tuple(ComparedFactor(*row) for row in rows)
