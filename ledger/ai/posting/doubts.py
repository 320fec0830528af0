"""What a plan leaves doubtful: parts above their meter, bills of some of the days, sources that saw more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.plain import plain_amount
from ledger.store import Session

if TYPE_CHECKING:
    from ledger.intake.faults import Faults

_MORE = """
select s.unit_key, s.source, (s.wh * 0.001::decimal(4,3))::decimal(18,3) as seen, s.chosen_source, u.kwh::decimal(18,3)
from seen_energy s join unit_energy u using (unit_key)
where not s.is_chosen and s.wh * 0.001::decimal(4,3) > u.kwh and u.rank < s.rank
  and exists (select 1 from reading_unit r where r.unit_key = s.unit_key and r.is_new)
order by 1, 2
"""

_TIMES = 10
"""A slip of a unit is a factor of a thousand; no host, cooling or error of a meter comes near this one."""
_ABOVE = f"""
select r.run_id, u.read_kwh::decimal(18,3), r.machine_kwh::decimal(18,3), r.source_line from unit_energy u join (
    select r.unit_key, r.run_id, r.source_line,
           (m.board_power_w::decimal(12,3) * r.hardware_count * 0.001::decimal(4,3))::decimal(18,6)::decimal(22,3)
           * r.hours::decimal(16,3) as machine_kwh
    from run_unit r join machine_of m on m.given = r.hardware_id where r.is_new and r.hardware_count is not null
) r using (unit_key)
where u.source <> 'estimate' and r.machine_kwh > 0 and u.read_kwh > {_TIMES} * r.machine_kwh order by r.source_line
"""


def tell_doubts(s: Session, found: Faults, made: int, taken: int, batch_no: int) -> None:
    """Add what should be looked at, and how much is posted; ``taken`` activities stand first in the batch."""
    for unit, parts, meter in s.rows("select distinct by_unit, parts_kwh, meter_kwh from dropped order by 1"):
        found.add("parts-exceed-meter", value=unit.removeprefix("ai:"), parts=plain_amount(parts),
                  meter=plain_amount(meter))  # fmt: skip
    for unit, entry, days, of in s.rows(
        "select unit_key, concat('B', held.batch_no, '-', held.seq + "
        f"case when held.batch_no = {batch_no} then {taken} else 0 end), days_met, days_of from unit_cover "
        f"where days_met < days_of order by 1 limit {found.limit + 1}"
    ):
        found.add("cover-partial", value=unit.removeprefix("ai:"), bill=entry, days=days, of=of)
    for unit, source, seen, chosen, counted in s.rows(f"{_MORE} limit {found.limit + 1}"):
        found.add("source-sees-more", value=unit.removeprefix("ai:"), source=source, seen=plain_amount(seen),
                  chosen=chosen, counted=plain_amount(counted))  # fmt: skip
    for run, kwh, most, line in s.rows(f"{_ABOVE} limit {found.limit + 1}"):
        found.add("energy-above-machines", line=line, column="energy_kwh", value=run, kwh=plain_amount(kwh),
                  most=plain_amount(most))  # fmt: skip
    held = s.one("select count(*) from unit_cover")[0]
    if made or taken or held:
        found.add("ai-posted", made=made, taken=taken, held=held)
