"""Expectations that hold and yet are doubtful: versions that run into each other, meters nobody has read yet."""

from __future__ import annotations

import polars as pl

from ledger.intake.faults import Faults
from ledger.store import Session

_COLUMNS = {
    "facility_id": pl.String, "meter_id": pl.String, "activity_type": pl.String, "valid_from": pl.Date,
    "valid_to": pl.Date,
}  # fmt: skip

_VERSIONS = """
with held as (
    select facility_id, meter_id, activity_type, valid_from, valid_to from expectation
    qualify row_number() over (
        partition by facility_id, meter_id, activity_type, valid_from order by batch_no desc, seq desc) = 1
        and not withdrawn
),
version as (
    select source_line, facility_id, meter_id, activity_type, valid_from, valid_to from given_expectation
    union all
    select null, h.* from held h where not exists (
        select 1 from given_expectation g where g.facility_id is not distinct from h.facility_id
        and g.meter_id is not distinct from h.meter_id and g.activity_type = h.activity_type
        and g.valid_from = h.valid_from)
),
dated as (
    select *, lead(valid_from) over ahead as next_from, lead(source_line) over ahead as next_line from version
    window ahead as (partition by facility_id, meter_id, activity_type order by valid_from)
)
select coalesce(source_line, next_line), valid_from, next_from from dated
where valid_to >= next_from and coalesce(source_line, next_line) is not null
order by 1, 2
"""


def note_expectation_doubts(s: Session, rows: pl.DataFrame, faults: Faults) -> None:
    """Add a warning for each version that the next one cuts, and for each meter of which the ledger has no row."""
    standing = rows.filter(~rows["withdrawn"])
    s.run(
        "create or replace temp table given_expectation (source_line integer, facility_id varchar, meter_id varchar, "
        "activity_type varchar, valid_from date, valid_to date)"
    )
    if standing.is_empty():
        return
    absent = [pl.lit(None, dtype).alias(name) for name, dtype in _COLUMNS.items() if name not in standing.columns]
    given = standing.with_columns(absent).select("source_line", *_COLUMNS).to_arrow()
    with s.given(given_rows=given):
        s.run("insert into given_expectation select source_line, facility_id, meter_id, activity_type, valid_from, "
              "valid_to from given_rows")  # fmt: skip
    for line, first, following in s.rows(_VERSIONS):
        faults.add("expectation-overlaps", line=line, column="valid_to", value=first, next=following)
    unread = s.rows(
        "select min(source_line), meter_id from given_expectation g where meter_id is not null "
        "and not exists (select 1 from activity_detail d where d.meter_id = g.meter_id) group by meter_id order by 1"
    )
    for line, meter in unread:
        faults.add("meter-unknown", line=line, column="meter_id", value=meter)
