"""The plan of postings: over every run and reading in force, what is posted once, what is kept beside it, and why.

A plan follows from the records, the book and the order of precedence alone; what an upload writes is the difference
between the plan and what stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from ledger.ai.held import RECORDS
from ledger.ai.posting.places import machine_table, precedence_table, provider_table, region_table
from ledger.ai.posting.sql_text import sql
from ledger.store import Session
from ledger.store.in_force import newest_sql

if TYPE_CHECKING:
    from ledger.intake.faults import Faults

BILLS = ("electricity_purchased", "leased_in_electricity")
"""Activity types of bills that hold all electricity of a facility."""
STATEMENTS = ("cloud_services_stated",)
"""Activity types of what providers state of all that ran with them."""
COMPUTING = ("ai_run", "measurement")
"""The kinds of record whose energy the plan posts."""
OURS = (
    "select distinct activity_batch as batch_no, activity_seq as seq from ai_decision "
    "where decision = 'posted' and record_table in ('ai_run', 'measurement')"
)
"""The activities that were made from runs and readings."""
_LEVELS = {"cluster": "cluster", "account": "account_key", "facility": "facility_id"}


@dataclass(frozen=True, slots=True)
class Given:
    """What an upload brings: frames of records by kind, whether view `stage` holds activities, the batch's number."""

    frames: Mapping[str, pl.DataFrame]
    has_stage: bool
    batch_no: int


def make_plan(s: Session, given: Given, faults: Faults) -> None:
    """Temp tables of the plan: `unit_energy`, `unit_cover`, `wanted` and `dropped`; faults are told on the way."""
    for kind, name in (("ai_run", "run_now"), ("measurement", "reading_now")):
        _in_force(s, kind, name, given)
    region_table(s, faults)
    machine_table(s, faults)
    precedence_table(s)
    for name in ("run_unit", "reading_unit", "seen_energy", "unit_energy"):
        s.run(sql(name))
    _book_energy(s, given)
    s.run(sql("unit_cover"))
    s.run(
        "create or replace temp table wanted as select *, false as is_rest, 0::decimal(18,6) as parts_kwh "
        "from unit_energy where kwh is not null and unit_key not in (select unit_key from unit_cover)"
    )
    s.run("create or replace temp table dropped (unit_key varchar, by_unit varchar, parts_kwh decimal(38,6), "
          "meter_kwh decimal(38,6))")  # fmt: skip
    for level, column in _LEVELS.items():
        _take_parts_off(s, level, column)


def is_asked(s: Session, given: Given) -> bool:
    """Whether a plan may change anything: records come, or records are held and what comes may hold their energy."""
    if any(kind in COMPUTING for kind in given.frames):
        return True
    if not given.has_stage or not s.rows("select 1 from ai_run union all select 1 from measurement limit 1"):
        return False
    types = ", ".join(f"'{name}'" for name in (*BILLS, *STATEMENTS))
    return bool(s.rows(f"select 1 from stage where activity_type in ({types}) limit 1"))


def _in_force(s: Session, kind: str, name: str, given: Given) -> None:
    """Temp table of the records of a kind in force once the upload is taken in."""
    table = RECORDS[kind]
    columns = [column for column in table.model_fields if column not in ("batch_no", "seq")]
    listed = ", ".join(f'"{column}"' for column in columns)
    held = f"select batch_no, seq, false as is_new, {listed} from ({newest_sql(kind)})"
    frame = given.frames.get(kind)
    if frame is None:
        s.run(f"create or replace temp table {name} as {held}")
        return
    types = {column.name: column.type.compile() for column in table.__table__.columns}  # type: ignore[attr-defined]
    own = ", ".join(
        f'"{column}"' if column in frame.columns else f'null::{types[column]} as "{column}"' for column in columns
    )
    from schemas.kinds import KINDS

    identity = ", ".join(KINDS[kind].identity)
    with s.given(given_record=frame.with_row_index("row_no", 1).to_arrow()):
        s.run(
            f"create or replace temp table {name} as select * from ({held} union all "
            f"select {given.batch_no}, row_no::bigint, true, {own} from given_record) "
            f"qualify row_number() over (partition by {identity} order by batch_no desc, seq desc) = 1"
        )


def _book_energy(s: Session, given: Given) -> None:
    """Temp table `book_energy`: bills of facilities and statements of providers that stand, or come with the upload."""
    bills, statements = (", ".join(f"'{name}'" for name in names) for names in (BILLS, STATEMENTS))
    kinds = f"case when activity_type in ({bills}) then 'bill' else 'statement' end as kind"
    wanted = (
        f"(activity_type in ({bills}) and facility_id is not null or activity_type in ({statements})) "
        "and coalesce(direction, 'consumed') = 'consumed'"
    )
    columns = "facility_id, period_start, period_end, cloud_region, supplier, cloud_provider, tags"
    held = (
        f"select a.batch_no, a.seq, {kinds}, {columns} from activity a anti join ({OURS}) o using (batch_no, seq) "
        "left join (select activity_batch, activity_seq, cloud_region, cloud_provider, direction "
        "from activity_detail) d on d.activity_batch = a.batch_no and d.activity_seq = a.seq "
        f"where {wanted} and a.reverses_batch is null and not exists (select 1 from activity r "
        "where r.reverses_batch = a.batch_no and r.reverses_seq = a.seq)"
    )
    if given.has_stage:
        held += f" union all select {given.batch_no}, seq, {kinds}, {columns} from stage where {wanted}"
    s.run(f"create or replace temp table book_given as {held}")
    provider_table(s, "select distinct coalesce(cloud_provider, supplier) as given from book_given "
                      "union select distinct cloud_provider from unit_energy")  # fmt: skip
    s.run(
        "create or replace temp table book_energy as select b.batch_no, b.seq, b.kind, b.facility_id, b.period_start, "
        "b.period_end, b.cloud_region, p.provider, json_extract_string(b.tags, '$.cloud_account') as account "
        "from book_given b left join provider_of p on p.given = coalesce(b.cloud_provider, b.supplier)"
    )
    s.run("update unit_energy set cloud_provider = p.provider from provider_of p where p.given = cloud_provider")


def _take_parts_off(s: Session, level: str, column: str) -> None:
    """Of each meter at a level its parts are taken off, which are postings of their own; parts never exceed it.

    Where they do, the meter counts alone and the parts are dropped.
    """
    s.run(sql("part_month"))
    s.run(
        "create or replace temp table metered as "
        f"select m.unit_key, m.kwh, sum(p.kwh)::decimal(38,6) as parts from wanted m join part_month p "
        f"on p.{column} = m.{column} and p.month = date_trunc('month', m.period_start) and p.unit_key <> m.unit_key "
        f"where m.unit_kind = '{level}' group by all"
    )
    s.run(
        f"insert into dropped select distinct on (p.unit_key) p.unit_key, m.unit_key, x.parts, x.kwh from metered x "
        f"join wanted m using (unit_key) join part_month p on p.{column} = m.{column} "
        "and p.month = date_trunc('month', m.period_start) and p.unit_key <> m.unit_key where x.parts > x.kwh"
    )
    s.run("delete from wanted where unit_key in (select unit_key from dropped)")
    s.run(
        "update wanted set kwh = wanted.kwh - x.parts, parts_kwh = x.parts, is_rest = true, formula = null "
        "from metered x where x.unit_key = wanted.unit_key and x.parts <= x.kwh"
    )


def table_of(s: Session, statement: str, params: Any = None) -> pl.DataFrame:
    """The answer of a statement as a frame."""
    made = pl.from_arrow(s.arrow(statement, params))
    if not isinstance(made, pl.DataFrame):
        raise TypeError(type(made))
    return made
