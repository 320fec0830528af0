"""The frame of a sample: every unit of one total, netted, in one order, and the digest by which anyone knows it again.

A unit is an activity's posting on one line, method and month (or what an instrument covers of a facility, month and
key), as far as it still stands: a row and its reversal net to nothing, a corrected row is its replacement, a choice
that was replaced does not count. The units of a frame add up to the figure of the inventory, to the last digit. What
has no result has no value to draw by; it stands behind the others, a stratum of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from ledger.errors import known_word
from ledger.inventory import Period
from ledger.inventory.compile import EXPLAINED, MEASURE_FILTER, checked_size
from ledger.inventory.coverage.completeness import Gap, Subject, data_gaps
from ledger.inventory.posted import boundary_at_pins, make_parts, make_pins, shared_sql
from ledger.store import Checkpoint, Session
from ledger.store.schema import product_sql

MEASURES = tuple(MEASURE_FILTER)
"""The totals that a frame can be of. The two Scope 2 methods never stand in one."""
_LINES_AT_A_TIME = 1 << 17

# Each choice that stands at a pin; what was taken back nets to nothing. What explains itself (EXPLAINED) is no unit.
_STANDING_CHOICE = """
create or replace temp table standing_choice as
with held as (
    select c.key_no, p.pin, p.allocation_pin, c.method, c.line, c.scope, c.source_type, c.scope3_category,
           c.sub_line, c.iso_category, c.factor_id, c.instrument_id, c.reason_code, c.flags, c.gwp_set, c.energy_source,
           c.total_co2e_kg_per_unit as per_unit, sum(c.sign)::bigint as sign,
           max((c.batch_no, c.seq)) filter (where c.sign = 1) as choice
    from (select distinct month, pin, allocation_pin from pin) p
    join choice_key k on k.month = p.month
    join choice c on c.key_no = k.key_no
    where c.book = 'inventory'
      and (c.batch_no <= p.pin or (c.instrument_id is not null and c.batch_no <= p.allocation_pin))
    group by all having sum(c.sign) <> 0
)
select *, case when scope in ('1', '2') then 'own' when scope = '3' and scope3_category is distinct from 3 then 'other'
               else 'upstream' end as applies,
       row_number() over (order by key_no, scope, scope3_category nulls first, method, line, instrument_id nulls first,
                          choice, pin, allocation_pin)::integer as choice_no,
       dense_rank() over (order by key_no, pin, allocation_pin, scope, scope3_category, method, line, source_type,
                          sub_line, iso_category, factor_id, instrument_id, reason_code, flags, gwp_set, energy_source,
                          per_unit is null)::integer as posted_no
from held where per_unit is not null or not list_contains($explained, reason_code)
"""
_PLACE = """
create or replace temp table place as
select t.month, t.legal_entity_id, t.facility_id, p.pin, p.allocation_pin,
       dense_rank() over (order by t.legal_entity_id nulls first, t.facility_id nulls first)::integer as place_no
from (select distinct month, legal_entity_id, facility_id from period_total where month between $first and $last) t
join pin p on p.month = t.month and p.legal_entity_id is not distinct from t.legal_entity_id
"""
_LOT = """
create or replace temp table lot as
select *, row_number() over (order by instrument_id nulls first)::integer as lot_no
from (select distinct instrument_id from allocation union select null)
"""
# One row a unit or part of one: numbers alone, so that a million of them stay small.
_UNIT = """
create or replace temp table unit as
with given as (
    select batch_no as quantity_batch, batch_no, seq, month, key_no, legal_entity_id, facility_id, quantity,
           reverses_batch, reverses_seq
    from activity where month between $first and $last
    union all
    select c.batch_no, c.activity_batch, c.activity_seq, c.month, c.key_no, a.legal_entity_id, a.facility_id,
           c.quantity, a.reverses_batch, a.reverses_seq
    from activity_slice c join activity a on a.batch_no = c.activity_batch and a.seq = c.activity_seq
    where c.month between $first and $last
),
placed as (
    select g.*, p.place_no, p.pin, p.allocation_pin from given g
    join place p on p.month = g.month and p.legal_entity_id is not distinct from g.legal_entity_id
         and p.facility_id is not distinct from g.facility_id
    where g.quantity_batch <= p.pin
),
taken_back as (
    select reverses_batch, reverses_seq, month, sum(quantity) as quantity, count(*) as n
    from placed where reverses_batch is not null group by all
),
live as (
    select l.batch_no as activity_batch, l.seq as activity_seq, l.month, l.key_no, l.place_no, 0 as lot_no,
           false as allocated, (l.quantity + coalesce(t.quantity, 0))::decimal(18,6) as quantity, l.pin,
           l.allocation_pin
    from placed l left join taken_back t
         on t.reverses_batch = l.batch_no and t.reverses_seq = l.seq and t.month = l.month
    where l.reverses_batch is null and (t.n is null or l.quantity + t.quantity <> 0)
    union all
    select null, null, a.month, a.key_no, p.place_no, o.lot_no, true, sum(w.way * a.sign * a.quantity)::decimal(18,6),
           p.pin, p.allocation_pin
    from allocation a
    join place p on p.month = a.month and p.legal_entity_id is not distinct from a.legal_entity_id
         and p.facility_id is not distinct from a.facility_id
    cross join (values (1), (-1)) w(way)
    join lot o on o.instrument_id is not distinct from case w.way when 1 then a.instrument_id end
    where a.month between $first and $last and a.batch_no <= p.allocation_pin
    group by all having sum(w.way * a.sign * a.quantity) <> 0
),
counted as (
    select r.activity_batch, r.activity_seq, r.month, r.key_no, r.place_no, r.lot_no, r.allocated, r.quantity,
           c.choice_no, c.posted_no, b.part_no, b.share, {product} as full_kg,
           case when b.scope3_category is not null then '3' else c.scope end as scope,
           case when b.scope3_category is not null and c.method <> 'market' then 'single' else c.method end as method,
           b.scope3_category is not null and c.method = 'market' as is_memo
    from live r
    join lot o on o.lot_no = greatest(r.lot_no, 1)
    join standing_choice c on c.key_no = r.key_no and c.pin = r.pin and c.allocation_pin = r.allocation_pin
         and c.instrument_id is not distinct from o.instrument_id
         and (not r.allocated or (c.method = 'market' and c.line = 'energy' and c.per_unit is not null))
    join numbered_part b on b.place_no = r.place_no and b.applies = c.applies
         and r.month between b.first_month and b.last_month
)
select activity_batch, activity_seq, month, key_no, place_no, lot_no, choice_no, posted_no, part_no, quantity, share,
       full_kg
from counted where not is_memo and {condition}
"""
_NUMBERED_PART = """
create or replace temp table numbered_part as
select b.*, p.place_no, row_number() over (
           order by p.place_no, b.first_month, b.applies, b.placement, b.entity nulls first, b.consolidation_group
       )::integer as part_no
from boundary_part b
join (select distinct place_no, legal_entity_id, facility_id from place) p
  on p.legal_entity_id is not distinct from b.given_entity and p.facility_id is not distinct from b.facility_id
where not b.left_out
"""
_ORDER = "activity_batch nulls last, activity_seq, month, place_no, key_no, lot_no, choice_no, part_no"
# Of the parts of one posted sum the last takes what rounding at the 18th decimal leaves, as in the lines of a report.
_SHARED = """
create or replace temp table unit as
select * exclude (is_last, whole_kg, own_kg, others_kg),
       case when is_last then whole_kg - (others_kg - own_kg) else own_kg end::decimal(38,18) as kg
from (
    select *, {own} as own_kg, {whole} as whole_kg, (sum({own}) over sum_of)::decimal(38,18) as others_kg,
           row_number() over (sum_of order by {order}) = count(*) over sum_of as is_last
    from unit window sum_of as (partition by posted_no, place_no, lot_no, month, part_no)
)
"""
_FRAME = """
create or replace temp table frame as
select row_number() over (order by kg is null, {order}) as unit_no, activity_batch, activity_seq, month, key_no,
       place_no, lot_no, choice_no, part_no, quantity, share, kg
from unit
"""
LINE = """
concat(f.unit_no, chr(9), coalesce('B' || f.activity_batch || '-' || f.activity_seq,
                                   'K' || f.key_no || coalesce('+' || o.instrument_id, '-uncovered')), chr(9),
       strftime(f.month, '%Y-%m'), chr(9), if(b.scope3_category is not null, '3', c.scope), chr(9),
       coalesce(b.scope3_category, c.scope3_category), chr(9),
       if(b.scope3_category is not null, 'single', c.method), chr(9), c.line, chr(9), p.legal_entity_id, chr(9),
       p.facility_id, chr(9), f.kg::varchar, chr(10))
"""
"""SQL: a unit as a line of the frame: number, unit, month, scope, category, method, line, company, facility, kg."""
JOINED = """
frame f join standing_choice c on c.choice_no = f.choice_no join numbered_part b on b.part_no = f.part_no
join (select distinct place_no, legal_entity_id, facility_id from place) p on p.place_no = f.place_no
left join lot o on o.lot_no = f.lot_no
"""


@dataclass(frozen=True, slots=True)
class Missing:
    """Days for which data was expected and none is there: a unit without any entry."""

    unit_no: int
    subject: Subject
    gap: Gap

    @property
    def line(self) -> str:
        """The unit as a line of the frame."""
        days, named = f"{self.gap.first_day}..{self.gap.last_day}", self.subject
        return "\t".join((str(self.unit_no), "missing", days, "", "", "", named.activity_type, "",
                          named.facility_id or "", named.meter_id or "")) + "\n"  # fmt: skip


@dataclass(frozen=True, slots=True)
class Frame:
    """All units of a total: ``count`` with a value, ``unquantified`` rows without, ``missing`` days without a row.

    ``kg`` is the figure of the inventory at the same size, ``absolute_kg`` the sum without signs, by which carbon-unit
    sampling draws. ``whole`` tells that every facility counts whole where it is posted. ``sha256`` is that of the
    frame's file (:func:`frame_text`).
    """

    period: Period
    view: str
    measure: str
    checkpoint: Checkpoint
    count: int
    kg: Decimal
    absolute_kg: Decimal
    unquantified: int
    missing: tuple[Missing, ...]
    whole: bool
    sha256: str

    @property
    def units(self) -> int:
        """How many units there are, those without a value too."""
        return self.count + self.unquantified + len(self.missing)


def make_frame(
    s: Session, of: Period, view: str, measure: str, at: int | None = None, file: Path | None = None
) -> Frame:
    """Make temp table `frame` and tell what it holds; written to a file where one is named.

    Raises Misuse for a measure or view that there is not, and for a size that the ledger has not reached.
    """
    known_word("total to sample", measure, MEASURES)
    checkpoint = checked_size(s, view, at)
    make_pins(s, of, view, checkpoint.size)
    found = boundary_at_pins(s, of, view, checkpoint.size)
    make_parts(s, found)
    bounds = {"first": of.months[0], "last": of.months[-1]}
    s.run(_STANDING_CHOICE, {"explained": list(EXPLAINED)})
    s.run(_PLACE, bounds)
    s.run(_LOT)
    s.run(_NUMBERED_PART)
    product = product_sql("r.quantity", "c.per_unit", "c.sign")
    s.run(_UNIT.format(product=product, condition=MEASURE_FILTER[measure]), bounds)
    whole = bool(s.one("select coalesce(bool_and(share = 1), true) from unit")[0])
    if whole:
        s.run("alter table unit rename full_kg to kg")
    else:
        summed = "(sum(full_kg) over sum_of)::decimal(38,18)"
        shared = {"own": shared_sql("full_kg", "share"), "whole": shared_sql(summed, "share"), "order": _ORDER}
        s.run(_SHARED.format(**shared))
    s.run(_FRAME.format(order=_ORDER))
    s.run("drop table unit")
    count, without, kg, absolute = s.one(
        "select count(kg), count(*) - count(kg), coalesce(sum(kg), 0), coalesce(sum(abs(kg)), 0) from frame"
    )
    missing = _missing(s, of, measure, checkpoint.size, count + without)
    digest = _digest(s, count + without, missing, file)
    return Frame(of, view, measure, checkpoint, count, kg, absolute, without, missing, whole, digest)


def _missing(s: Session, of: Period, measure: str, size: int, before: int) -> tuple[Missing, ...]:
    """Gaps that are due, of activity types that would count in the measure."""
    types = {
        row[0]
        for row in s.rows(
            "select distinct activity_type from activity_line where batch_no <= ? and book = 'inventory' "
            f"and {MEASURE_FILTER[measure]}",
            [size],
        )
    }
    subjects, gaps = data_gaps(s, of, size)
    named = {subject.number: subject for subject in subjects}
    found = [gap for gap in gaps if gap.due and named[gap.subject].activity_type in types]
    return tuple(Missing(before + place, named[gap.subject], gap) for place, gap in enumerate(found, 1))


def frame_text(s: Session, rows: int, missing: tuple[Missing, ...]) -> Iterator[bytes]:
    """The frame as text, a line a unit, tab-separated, in order; in pieces, so that a million lines stay small."""
    for first in range(1, rows + 1, _LINES_AT_A_TIME):
        piece = s.one(
            f"select string_agg(line, '' order by unit_no) from (select f.unit_no, {LINE} as line from {JOINED} "
            "where f.unit_no between ? and ?)",
            [first, first + _LINES_AT_A_TIME - 1],
        )
        yield str(piece[0]).encode()
    yield "".join(one.line for one in missing).encode()


def _digest(s: Session, rows: int, missing: tuple[Missing, ...], file: Path | None) -> str:
    digest = hashlib.sha256()
    out = None if file is None else file.open("xb")
    try:
        for piece in frame_text(s, rows, missing):
            digest.update(piece)
            if out is not None:
                out.write(piece)
    finally:
        if out is not None:
            out.close()
    return digest.hexdigest()
