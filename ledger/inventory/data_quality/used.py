"""Which datasets the figures of a period rest on, with licence and attribution: what every output has to carry."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ledger.inventory.period import Period
from ledger.inventory.posted import make_posted
from ledger.plain import plain
from ledger.store import Session, latest_checkpoint


@dataclass(frozen=True, slots=True)
class DatasetUse:
    """A dataset and edition that figures of a period rest on.

    ``postings`` counts posted rows (a reversal counts as one less), ``kg_co2e`` is what rests on it over scopes 1, 2
    (both methods apart: ``kg_location`` and ``kg_market`` hold Scope 2) and 3, and ``factors`` how many of its factors
    are used. ``secondary`` and ``user`` say that some of those were transcribed, or brought by the user.
    ``redistributable`` is false where its table may not be exported whole: its values may be named, line by line.
    """

    dataset: str
    edition: str
    version: str
    title: str
    publisher: str
    licence: str
    redistributable: bool
    attribution: str
    source_sha256: str
    factors: int
    postings: int
    kg_scope_1: Decimal | None
    kg_location: Decimal | None
    kg_market: Decimal | None
    kg_scope_3: Decimal | None
    secondary: int
    user: int
    errata: int
    life_cycle: bool

    def as_json(self) -> dict[str, Any]:
        """The use as JSON values."""
        made: dict[str, Any] = plain(self)
        return made


def datasets_used(
    s: Session, of: Period, view: str = "operational_control", at: int | None = None
) -> tuple[DatasetUse, ...]:
    """The datasets behind the inventory of a period, the one with the most postings first; instruments are none.

    Each factor and each dataset is told in the version that stood at the size asked for; kg are those of the view.
    """
    size = latest_checkpoint(s, at).size
    make_posted(s, of, view, size, by_facility=False)
    scope = {
        "kg_scope_1": "p.scope = '1'", "kg_location": "p.scope = '2' and p.method = 'location'",
        "kg_market": "p.scope = '2' and p.method = 'market'", "kg_scope_3": "p.scope = '3'",
    }  # fmt: skip
    sums = ", ".join(f"sum(p.total_co2e_kg) filter (where {condition}) as {name}" for name, condition in scope.items())
    rows = s.rows(
        f"""
        with factor as (
            select * from emission_factor where batch_no <= $size
            qualify row_number() over (partition by factor_id order by batch_no desc, seq desc) = 1
        ),
        record as (
            select * from factor_dataset where batch_no <= $size
            qualify row_number() over (partition by dataset order by batch_no desc, seq desc) = 1
        ),
        held as (
            select p.*, f.dataset, f.edition, f.verification, f.erratum
            from posted p join factor f using (factor_id)
            where p.book = 'inventory' and p.sign <> 0
        )
        select r.dataset, any_value(r.edition), any_value(r.version), any_value(r.title), any_value(r.publisher),
               any_value(r.licence), bool_and(r.redistributable), any_value(r.attribution),
               any_value(r.source_sha256), count(distinct p.factor_id), sum(p.n)::bigint, {sums},
               count(distinct p.factor_id) filter (where p.verification = 'secondary'),
               count(distinct p.factor_id) filter (where p.verification = 'user'),
               count(distinct p.factor_id) filter (where p.erratum is not null), bool_or(r.life_cycle)
        from held p join record r using (dataset)
        group by r.dataset order by sum(p.n) desc, r.dataset
        """,
        {"size": size},
    )
    return tuple(DatasetUse(*row) for row in rows)


@dataclass(frozen=True, slots=True)
class FactorUse:
    """Where a factor is used: a facility's activity and line, under which scope, method and category; rows and kg CO2e.

    ``postings`` counts a reversal as one less; ``kg_co2e`` is None where the postings have no result.
    """

    facility_id: str | None
    activity_type: str
    line: str
    scope: str
    method: str
    scope3_category: int | None
    postings: int
    kg_co2e: Decimal | None


def factor_use(
    s: Session, factor_id: str, of: Period, view: str = "operational_control", at: int | None = None
) -> tuple[FactorUse, ...]:
    """Where a factor is used in the inventory of a period, the largest first; kg are those of the view."""
    make_posted(s, of, view, latest_checkpoint(s, at).size, by_facility=True)
    rows = s.rows(
        "select facility_id, activity_type, line, scope, method, scope3_category, sum(n)::bigint, sum(total_co2e_kg) "
        "from posted where book = 'inventory' and factor_id = ? group by all having sum(n) <> 0 "
        "order by abs(sum(total_co2e_kg)) desc nulls last, 1, 2, 3, 4, 5, 6",
        [factor_id],
    )
    return tuple(FactorUse(*row) for row in rows)
