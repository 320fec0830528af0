"""How much of Scope 1 comes from facilities under emission trading schemes (ESRS E1-6, 48 b and AR 44 of Set 1)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ledger.inventory.compile import checked_size
from ledger.inventory.period import Period
from ledger.inventory.posted import make_posted
from ledger.store import Session

_SCHEMES = """
with place as (
    select facility_id, ets_scheme from facility
    where batch_no <= $size and valid_from <= $end
    qualify row_number() over (
        partition by facility_id order by valid_from desc, batch_no desc, seq desc
    ) = 1
)
select ets_scheme, sum(total_co2e_kg) from posted join place using (facility_id)
where book = 'inventory' and scope = '1' and ets_scheme is not null
group by 1 having count(total_co2e_kg) > 0 order by 1
"""
_ROWS = """
select count(*) from activity_detail d join activity a on a.batch_no = d.activity_batch and a.seq = d.activity_seq
where d.batch_no <= $size and d.ets_scheme is not null and a.period_start <= $end and a.period_end >= $start
"""


@dataclass(frozen=True, slots=True)
class TradingSchemes:
    """Scope 1 in kg CO2e by scheme of its facility, and how many rows name a scheme that the facility does not."""

    by_scheme: dict[str, Decimal]
    rows_apart: int


def trading_schemes(s: Session, of: Period, view: str, at: int | None = None) -> TradingSchemes:
    """Scope 1 of a period under each scheme; a facility's scheme is that of the period's last day.

    Raises Misuse for an unknown view or size.
    """
    size = checked_size(s, view, at).size
    make_posted(s, of, view, size, by_facility=True)
    held = dict(s.rows(_SCHEMES, {"size": size, "end": of.end}))
    rows = s.one(_ROWS, {"size": size, "start": of.start, "end": of.end})[0]
    return TradingSchemes(held, int(rows))
