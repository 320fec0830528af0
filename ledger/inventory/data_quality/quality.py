"""Data quality of a period: what share rests on estimates, and what on primary data."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, localcontext
from functools import cache
from pathlib import Path
from typing import TypeAlias

from ledger.calculation.sql_text import filled
from ledger.inventory.period import Period
from ledger.inventory.posted import shared_sql
from ledger.store import Session

BasisSum: TypeAlias = tuple[str, int | None, str, bool, Decimal]
"""Scope, Scope 3 category, data basis, whether it is primary data, and kg CO2e."""
_SHARE_PLACES = Decimal("1e-12")

_GLANCE = 10_000
"""So many rows are looked at for what most are; it decides how much is read, never what comes out."""
PLACE = ("legal_entity_id", "facility_id")
"""What says whose rows are, where a view takes a share of them."""

# Sums per key and basis first (temp table row_basis), then the key's kg per unit: exact, and small however many rows.
_STANDING = """
with standing as (
    select b.*, c.scope, c.scope3_category,
           case when c.scope in ('1', '2') then 'own'
                when c.scope = '3' and c.scope3_category is distinct from 3 then 'other' else 'upstream' end as applies,
           (c.sign * b.quantity * c.total_co2e_kg_per_unit::decimal(20,12))::decimal(38,18) as kg
    from row_basis b join choice c on c.key_no = b.key_no and c.batch_no <= b.pin
    where c.instrument_id is null and c.book = 'inventory' and c.method <> 'market'
      and c.total_co2e_kg_per_unit is not null
)
"""
_BY_BASIS = (
    _STANDING + "select scope, scope3_category, data_basis, primary_data, sum(kg) as kg from standing group by all"
)
# Where a view gives shares each sum times its share (temp table boundary_part).
_BY_BASIS_SHARED = f"""{_STANDING},
whole as (
    select case when p.scope3_category is null then b.scope else '3' end as scope,
           coalesce(p.scope3_category, b.scope3_category) as scope3_category, b.data_basis, b.primary_data, p.share,
           sum(b.kg) as kg
    from standing b
    join boundary_part p on p.given_entity is not distinct from b.legal_entity_id
         and p.facility_id is not distinct from b.facility_id and p.applies = b.applies and not p.left_out
         and b.month between p.first_month and p.last_month
    group by all
)
select scope, scope3_category, data_basis, primary_data, sum({shared_sql("kg", "share")}) as kg from whole group by all
"""


def data_quality(s: Session, of: Period, *, whole: bool) -> tuple[Decimal | None, dict[int, Decimal]]:
    """The share of the location-based total that is estimated, and of each Scope 3 category that is primary data.

    ``whole``: whether the view counts every posting as it stands; if not, temp table `boundary_part` says what counts.
    Shares are 0–1; primary data is that of suppliers or partners (Scope 3 Standard, chapter 11). None, or no entry,
    of nothing. Temp table `pin` must be there.
    """
    rows = kg_by_basis(s, of, whole=whole)
    primary: dict[int, Decimal] = {}
    with localcontext() as context:
        context.prec = 60  # sums of 38 digits, whole
        estimated = share_of([row[4] for row in rows if row[2] in ("estimated", "proxy")], rows)
        for category, own in of_categories(rows).items():
            share = share_of([row[4] for row in own if row[3]], own)
            if share is not None:
                primary[category] = share
    return estimated, primary


def kg_by_basis(s: Session, of: Period, *, whole: bool) -> list[BasisSum]:
    """Scope, Scope 3 category, data basis, whether it is primary data, and kg CO2e: sums over the rows of a period."""
    make_row_basis(s, of, () if whole else PLACE)
    found = s.rows(_BY_BASIS if whole else _BY_BASIS_SHARED)
    return [(row[0], row[1], row[2], row[3], row[4]) for row in found]


def make_row_basis(s: Session, of: Period, place: Sequence[str] = ()) -> None:
    """Make temp table `row_basis` of a period from `pin` and the rows, by these columns of a row beside its key."""
    basis, primary = _usual_basis(s)
    words = {
        "place": "".join(f"t.{name}, " for name in place),
        "beside": "".join(f"t.{name}, " for name in place if name != "legal_entity_id"),
        "same_place": "".join(f"and o.{name} is not distinct from t.{name} " for name in place),
    }
    given = {"first": of.months[0], "last": of.months[-1], "basis": basis, "primary": primary}
    s.run(filled(_row_basis(), words), given)


def _usual_basis(s: Session) -> tuple[str, bool]:
    """The data basis of most rows, and whether they are primary data, told by the first."""
    found = s.rows(
        f"select data_basis, primary_data from (select data_basis, primary_data from activity limit {_GLANCE}) "
        "group by all order by count(*) desc, 1, 2 limit 1"
    )
    return (found[0][0], found[0][1]) if found else ("measured", False)


@cache
def _row_basis() -> str:
    return (Path(__file__).parent / "row_basis.sql").read_text(encoding="utf-8")


def of_categories(rows: Sequence[BasisSum]) -> dict[int, list[BasisSum]]:
    """The sums of each category of Scope 3, in the order of the categories."""
    found: dict[int, list[BasisSum]] = {}
    for row in rows:
        if row[0] == "3" and row[1] is not None:
            found.setdefault(row[1], []).append(row)
    return dict(sorted(found.items()))


def share_of(parts: Sequence[Decimal], rows: Sequence[BasisSum]) -> Decimal | None:
    """The share (0–1) of some amounts in those of all rows, by size; None of nothing."""
    whole = sum((abs(row[4]) for row in rows), Decimal(0))
    return (sum((abs(kg) for kg in parts), Decimal(0)) / whole).quantize(_SHARE_PLACES) if whole else None
