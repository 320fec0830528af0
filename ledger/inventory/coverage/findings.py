"""The findings on record: of accepted uploads and of completeness, with what became of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ledger.inventory.compile import checked_size
from ledger.inventory.coverage.effects import effects_kg
from ledger.inventory.period import Period
from ledger.store import Session

STATES = ("resolved", "accepted", "reopened")
"""What may become of a finding: put right, left as it is for a reason, opened again."""

DOUBLED = (
    "row-duplicate", "row-recorded-before", "invoice-recorded-before", "meter-recorded-before", "estimate-superseded",
    "estimate-replaced",
)  # fmt: skip
"""Codes of rows that may count twice: their effect is what the row puts into the total."""

_OF_OTHER = "estimate-replaced"
"""The code whose effect is that of the earlier entry, not of the row itself."""

# A finding's own row is found by the line of its file, and where it is of a cell that a row was made of, by the column
# too; what it is doubled by, and the row of a finding of completeness, is the entry that it names; days stand as value
# where there is no row.
_FINDINGS = """
with event as (
    select *, row_number() over (partition by finding_batch, finding_seq order by batch_no desc, seq desc) as latest
    from finding_event where batch_no <= $size
),
reversed as (
    select distinct reverses_batch, reverses_seq from activity where reverses_batch is not null and batch_no <= $size
),
placed as (
    select f.*, coalesce(a.batch_no, f.entry_batch) as at_batch, coalesce(a.seq, f.entry_seq) as at_seq,
           case when a.seq is not null then f.entry_batch end as other_batch,
           case when a.seq is not null then f.entry_seq end as other_seq
    from finding f
    left join activity a on a.batch_no = f.batch_no and a.source_line = f.source_line
         and a.sheet is not distinct from f.sheet and a.reverses_batch is null
    where f.batch_no <= $size and f.severity <> 'info'
    qualify json_extract_string(a.tags, '$.source_column') is not distinct from f.column_name
         or not coalesce(bool_or(json_extract_string(a.tags, '$.source_column') = f.column_name)
                         over (partition by f.batch_no, f.seq), false)
),
told as (
    select p.*, e.state as said, e.note, eb.actor, eb.recorded_at as settled_at,
           b.source_name, b.recorded_at as found_at,
           coalesce(a.period_start, try_cast(split_part(p.value, '..', 1) as date)) as first_day,
           coalesce(a.period_end, try_cast(split_part(p.value, '..', 2) as date)) as last_day,
           own.reverses_seq is not null or other.reverses_seq is not null as is_reversed
    from placed p
    join batch b on b.batch_no = p.batch_no
    left join activity a on a.batch_no = p.at_batch and a.seq = p.at_seq
    left join reversed own on own.reverses_batch = p.at_batch and own.reverses_seq = p.at_seq
    left join reversed other on other.reverses_batch = p.other_batch and other.reverses_seq = p.other_seq
    left join event e on e.finding_batch = p.batch_no and e.finding_seq = p.seq and e.latest = 1
    left join batch eb on eb.batch_no = e.batch_no
)
select concat('B', batch_no, '-', seq) as id, code, severity, message, fix, source_name as file, sheet,
       source_line as line, column_name as column, value,
       at_batch, at_seq, other_batch, other_seq, first_day, last_day, effect_kg,
       case when said in ('resolved', 'accepted') then said when is_reversed then 'reversed' else 'open' end as state,
       note, actor, found_at, settled_at
from told
where $first::date is null or (first_day <= $last::date and last_day >= $first::date)
order by batch_no, seq
"""


@dataclass(frozen=True, slots=True)
class BookFinding:
    """A finding on record.

    ``id`` is its own entry, ``entry`` the row that it is about, ``other_entry`` an earlier one that it is held against.
    ``state`` is open, resolved, accepted, or reversed where one of the two no longer counts. ``effect_kg`` is what it
    may put into the location-based total too much, kg CO2e; None where that cannot be told.
    """

    id: str
    code: str
    severity: str
    message: str
    fix: str
    file: str | None
    sheet: str | None
    line: int | None
    column: str | None
    value: str | None
    entry: str | None
    other_entry: str | None
    first_day: date | None
    last_day: date | None
    effect_kg: Decimal | None
    state: str
    note: str | None
    actor: str | None
    found_at: datetime
    settled_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done or said about it."""
        return self.state == "open"


def book_findings(
    s: Session, of: Period | None = None, *, open_only: bool = False, at: int | None = None
) -> tuple[BookFinding, ...]:
    """The warnings on record, all or those about days of a period, as the ledger stood at a size (now when None).

    Raises Misuse for a size that the ledger has not reached.
    """
    size = checked_size(s, "operational_control", at).size
    given = {"size": size, "first": None if of is None else of.start, "last": None if of is None else of.end}
    rows = s.arrow(_FINDINGS, given).to_pylist()
    doubled = {row["id"]: _counted_twice(row) for row in rows}
    kg = effects_kg(s, (entry for entry in doubled.values() if entry is not None), size)
    found = []
    for row in rows:
        twice = doubled[row["id"]]
        if row["effect_kg"] is None and twice is not None:
            row["effect_kg"] = kg.get("B{}-{}".format(*twice))
        own, other = (row.pop("at_batch"), row.pop("at_seq")), (row.pop("other_batch"), row.pop("other_seq"))
        found.append(BookFinding(**row, entry=_entry(own), other_entry=_entry(other)))
    return tuple(one for one in found if one.is_open or not open_only)


def _counted_twice(row: Mapping[str, Any]) -> tuple[int, int] | None:
    """The entry that may count beside another, by batch and number; None where no finding of that kind is open."""
    if row["code"] not in DOUBLED or row["state"] == "reversed":
        return None
    which = "other" if row["code"] == _OF_OTHER else "at"
    batch_no, seq = row[f"{which}_batch"], row[f"{which}_seq"]
    return None if batch_no is None else (batch_no, seq)


def _entry(place: tuple[int | None, int | None]) -> str | None:
    return None if place[0] is None else f"B{place[0]}-{place[1]}"
