"""Estimates of providers' services held against what stands beside them: none beside an export, no two for a day.

Nothing here is shared with the room that takes them back when the export arrives.
"""

from __future__ import annotations

import pyarrow as pa

from ledger.ai.catalogue import provider_code
from ledger.assurance.verification import Faults, tell
from ledger.errors import Misuse
from ledger.store import Session

_SERVICES = """
create or replace temp table service as
select a.batch_no, a.seq, a.activity_type = 'cloud_services_accrued' as is_accrual, w.word, a.legal_entity_id,
       a.period_start, a.period_end
from activity a
left join activity_detail d on d.activity_batch = a.batch_no and d.activity_seq = a.seq
join provider_name w on w.name = coalesce(d.cloud_provider, a.supplier)
where a.activity_type in ('cloud_services_accrued', 'cloud_services_stated') and a.reverses_batch is null
  and not exists (select 1 from activity r where r.reverses_batch = a.batch_no and r.reverses_seq = a.seq)
"""
_BESIDE = """
select e.batch_no, e.seq, concat('B', min((o.batch_no, o.seq))[1], '-', min((o.batch_no, o.seq))[2])
from service e join service o on o.word = e.word and o.period_start <= e.period_end and o.period_end >= e.period_start
  and (o.legal_entity_id is null or e.legal_entity_id is null or o.legal_entity_id = e.legal_entity_id)
where e.is_accrual and {which} group by all
"""


def check_accrued(s: Session, faults: Faults) -> None:
    """Every estimate that stands, whenever it came."""
    if not s.rows("select 1 from activity where activity_type = 'cloud_services_accrued' limit 1"):
        return
    names = s.rows(
        "select distinct coalesce(d.cloud_provider, a.supplier) from activity a left join activity_detail d "
        "on d.activity_batch = a.batch_no and d.activity_seq = a.seq "
        "where a.activity_type in ('cloud_services_accrued', 'cloud_services_stated')"
    )
    rows = [{"name": name, "word": _word(name)} for (name,) in names if name is not None]
    with s.given(named=pa.Table.from_pylist(rows, schema=pa.schema([("name", pa.string()), ("word", pa.string())]))):
        s.run("create or replace temp table provider_name as select * from named")
    s.run(_SERVICES)
    tell(s, "accrual-beside-export", _BESIDE.format(which="not o.is_accrual"),
         "the provider's export of its days stands beside it, as {0}", faults)  # fmt: skip
    tell(s, "accrual-twice", _BESIDE.format(which="o.is_accrual and (o.batch_no, o.seq) < (e.batch_no, e.seq)"),
         "its days are estimated already, as {0}", faults)  # fmt: skip


def _word(name: str) -> str:
    try:
        return provider_code(name)
    except Misuse:
        return name.strip().casefold()
