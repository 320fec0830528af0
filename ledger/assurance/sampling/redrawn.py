"""A recorded sample drawn again, by statements that share nothing with those that drew it.

The frame is made from the view of postings instead of rows and choices, pins are those of verification, ranks are
aggregates instead of sorted lists, and hits are counted in whole 10^-18 kg by integer division. What is shared is the
list of gaps, which is inventory's, and the arithmetic that shares a size out over strata.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, TypeAlias

from ledger.assurance.checks.periods import make_event_pins_at
from ledger.assurance.sampling.drawing import shared_out
from ledger.inventory import Period
from ledger.inventory.coverage.completeness import Gap, Subject, data_gaps
from ledger.store import Session

_OF_MEASURE = {
    "scope_1": "p.scope = '1'",
    "scope_2_location": "p.scope = '2' and p.method = 'location'",
    "scope_2_market": "p.scope = '2' and p.method = 'market'",
    "scope_3": "p.scope = '3'",
    "total_location": "not (p.scope = '2' and p.method <> 'location') and p.scope in ('1', '2', '3')",
    "total_market": "not (p.scope = '2' and p.method <> 'market') and p.scope in ('1', '2', '3')",
}
_NO_GAP = "('included_in_energy_line', 'not_consumed')"
_FRAME = """
create or replace temp table redrawn_frame as
with netted as (
    select coalesce(a.reverses_batch, p.activity_batch) as b, coalesce(a.reverses_seq, p.activity_seq) as q,
           p.month, p.legal_entity_id, p.facility_id, p.key_no, p.instrument_id, p.allocated, p.scope,
           p.scope3_category, p.method, p.line, sum(p.total_co2e_kg) as kg,
           count(p.total_co2e_kg) > 0 and (
               coalesce(sum(p.sign * p.n) filter (where p.total_co2e_kg is not null), 0) <> 0
               or coalesce(sum(p.sign * p.quantity) filter (where p.total_co2e_kg is not null), 0) <> 0) as stands,
           coalesce(sum(p.sign * p.n) filter (where p.total_co2e_kg is null
                                              and p.reason_code not in {no_gap}), 0) > 0 as is_open
    from posting p
    join event_pin e on e.month = p.month and e.legal_entity_id is not distinct from p.legal_entity_id
    left join activity a on a.batch_no = p.activity_batch and a.seq = p.activity_seq
    where p.book = 'inventory' and {measure} and p.month between $first and $last
      and p.quantity_batch <= if(p.allocated, e.allocation_pin, e.pin)
      and p.choice_batch <= if(p.instrument_id is null, e.pin, greatest(e.pin, e.allocation_pin))
    group by all
),
held as (select * replace (if(is_open, null, kg) as kg) from netted where stands or is_open)
select row_number() over (order by kg is null, b nulls last, q, month, legal_entity_id nulls first,
                          facility_id nulls first, key_no, instrument_id nulls first, scope,
                          scope3_category nulls first, method, line)::bigint as unit_no, *,
       if(b is null, concat('K', key_no, coalesce('+' || instrument_id, '-uncovered')), concat('B', b, '-', q))
           as unit
from held
"""
_TEXT = """
select unit_no, unit, kg, concat_ws(chr(9), unit_no, unit, strftime(month, '%Y-%m'), scope,
           coalesce(scope3_category::varchar, ''), method, line, coalesce(legal_entity_id, ''),
           coalesce(facility_id, ''), coalesce(kg::varchar, '')) as text
from redrawn_frame
"""
_STRATA = {
    "category": "concat('scope ', scope, coalesce(' category ' || scope3_category, ''))",
    "facility": "coalesce(facility_id, 'no facility')",
    "legal_entity": "coalesce(legal_entity_id, 'no company')",
    "activity_type": "(select k.activity_type from choice_key k where k.key_no = r.key_no)",
    "month": "strftime(month, '%Y-%m')",
    "source": "coalesce((select h.source_name from batch h where h.batch_no = r.b), 'no file')",
}
_PIECE = 1 << 16


@dataclass(frozen=True, slots=True)
class Redrawn:
    """What a sample comes to when it is drawn again; ``items`` are what each is about, and its kg."""

    frame_count: int
    frame_kg: Decimal
    frame_sha256: str
    items_sha256: str
    items: tuple[tuple[str, Decimal | None], ...]


Gaps: TypeAlias = Callable[[Period, int], tuple[tuple[Subject, ...], tuple[Gap, ...]]]
"""Period and size → what is expected in it, and the days of it that no row covers."""


def redrawn(s: Session, row: dict[str, Any], gaps: Gaps | None = None, *, made: bool = False) -> Redrawn:
    """A row of `review_sample` drawn again, for a view that counts every facility whole where it is posted.

    ``gaps`` tells days without data (looked for here where None); ``made``: temp table `redrawn_frame` is that of its
    frame already (:func:`frame_of`).
    """
    start, end, size = row["period_start"], row["period_end"], row["checkpoint_size"]
    if not made:
        make_event_pins_at(s, start, end, row["view"], size)
        bounds = {"first": start.replace(day=1), "last": end}
        s.run(_FRAME.format(no_gap=_NO_GAP, measure=_OF_MEASURE[row["measure"]]), bounds)
    valued, rows, kg = s.one("select count(kg), count(*), coalesce(sum(kg), 0)::decimal(38,18) from redrawn_frame")
    told = (gaps or partial(data_gaps, s))(Period(start, end, ""), size)
    missing = _missing(s, row["measure"], size, rows, *told)
    asked = json.loads(row["parameters"])
    chosen = _chosen(s, row["sampling_method"], row["seed"], asked, valued)
    of_gaps = _least(s, row["seed"], "gap", valued + 1, rows + len(missing), asked["gaps"])
    drawn = {**chosen, **dict.fromkeys(of_gaps, ("gap", "gaps"))}
    lines = _lines(s, missing, drawn)
    text = "".join(
        f"{place}\t{drawn[number][0]}\t{drawn[number][1]}\t{lines[number][0]}\n"
        for place, number in enumerate(sorted(drawn), 1)
    )
    return Redrawn(
        rows + len(missing), kg, _digest(s, rows, missing), hashlib.sha256(text.encode()).hexdigest(),
        tuple(lines[number][1:] for number in sorted(drawn)),
    )  # fmt: skip


def _missing(
    s: Session, measure: str, size: int, before: int, subjects: tuple[Subject, ...], gaps: tuple[Gap, ...]
) -> dict[int, tuple[str, str]]:
    """Number → line and name of the days without data that would count in the measure."""
    condition = _OF_MEASURE[measure].replace("p.", "")
    types = s.rows(
        f"select list(distinct activity_type) from activity_line where batch_no <= ? and book = 'inventory' "
        f"and ({condition})",
        [size],
    )[0][0]
    by_number = {one.number: one for one in subjects}
    made: dict[int, tuple[str, str]] = {}
    for gap in gaps:
        one = by_number[gap.subject]
        if gap.due and one.activity_type in (types or ()):
            number, days = before + len(made) + 1, f"{gap.first_day}..{gap.last_day}"
            fields = [number, "missing", days, "", "", "", one.activity_type, "", one.facility_id or "",
                      one.meter_id or ""]  # fmt: skip
            made[number] = ("\t".join(map(str, fields)), f"missing {one} {days}")
    return made


def _lines(
    s: Session, missing: dict[int, tuple[str, str]], drawn: dict[int, Any]
) -> dict[int, tuple[str, str, Decimal | None]]:
    """Of each drawn unit its line in the frame, what it is about, and its kg."""
    rows = s.rows(f"select * from ({_TEXT}) where list_contains($numbers, unit_no)", {"numbers": list(drawn)})
    found: dict[int, tuple[str, str, Decimal | None]] = {row[0]: (row[3], row[1], row[2]) for row in rows}
    return found | {number: (*missing[number], None) for number in missing if number in drawn}


def _digest(s: Session, rows: int, missing: dict[int, tuple[str, str]]) -> str:
    digest = hashlib.sha256()
    for first in range(1, rows + 1, _PIECE):
        within = f"where unit_no >= {first} and unit_no < {first + _PIECE}"
        texts = s.one(f"select list(text order by unit_no) from ({_TEXT} {within})")[0]
        digest.update("".join(f"{text}\n" for text in texts).encode())
    digest.update("".join(f"{line}\n" for line, _ in missing.values()).encode())
    return digest.hexdigest()


def _least(s: Session, seed: str, purpose: str, first: int, last: int, count: int) -> list[int]:
    """The numbers with the smallest chances, as an aggregate."""
    if last < first or not count:
        return []
    told = s.one(
        f"select arg_min(n, sha256($seed || ':{purpose}:' || n), {int(count)}) from range({first}, {last + 1}) r(n)",
        {"seed": seed},
    )[0]
    return [int(number) for number in told or ()]


def _chosen(s: Session, method: str, seed: str, asked: dict[str, Any], count: int) -> dict[int, tuple[str, str]]:
    """Number → selection and stratum of the units with a value."""
    size = asked["size"] if method != "carbon-unit" else 0
    if method == "random":
        return dict.fromkeys(_least(s, seed, "unit", 1, count, size), ("random", "all"))
    if method == "value":
        ranked = "select unit_no, row_number() over (order by abs(kg) desc, unit_no) as place from redrawn_frame"
        rows = s.rows(f"select unit_no from ({ranked} where kg is not null) where place <= ?", [size])
        return {row[0]: ("largest", "all") for row in rows}
    if method == "stratum":
        return _strata(s, seed, asked, size)
    return _units_of_carbon(s, seed, asked, asked.get("size"))


def _strata(s: Session, seed: str, asked: dict[str, Any], size: int) -> dict[int, tuple[str, str]]:
    named = f"select {_STRATA[asked['by']]} as stratum, unit_no, abs(kg) as kg from redrawn_frame r"
    named += " where kg is not null"
    held = s.rows(f"select stratum, count(*), sum(kg) from ({named}) group by 1 order by 1")
    made: dict[int, tuple[str, str]] = {}
    for (stratum, *_), share in zip(held, shared_out(size, [(row[1], row[2]) for row in held]), strict=True):
        told = s.one(
            f"select arg_min(unit_no, sha256($seed || ':unit:' || unit_no), {share}) from ({named}) "
            "where stratum = $stratum",
            {"seed": seed, "stratum": stratum},
        )[0]
        made |= {int(number): ("random", stratum) for number in told}
    return made


def _units_of_carbon(s: Session, seed: str, asked: dict[str, Any], size: int | None) -> dict[int, tuple[str, str]]:
    """Certain units, and those in which a hit falls: in whole 10^-18 kg."""
    s.run(
        "create or replace temp table whole_unit as select unit_no, replace(abs(kg)::varchar, '.', '')::hugeint as kg "
        "from redrawn_frame where kg <> 0"
    )
    interval = _interval(s, asked, size)
    if not interval:
        return {}
    made = {
        row[0]: ("certainty", "certainty")
        for row in s.rows("select unit_no from whole_unit where kg >= ?::hugeint", [str(interval)])
    }
    chance = int.from_bytes(hashlib.sha256(f"{seed}:start".encode()).digest(), "big")
    start = 1 + ((chance * interval) >> 256)
    rows = s.rows(
        "with laid as (select unit_no, kg, sum(kg) over (order by unit_no) as upto from whole_unit "
        "where kg < $interval::hugeint), counted as (select unit_no, "
        "(upto - $start::hugeint + $interval::hugeint) // $interval::hugeint as hits, "
        "(upto - kg - $start::hugeint + $interval::hugeint) // $interval::hugeint as before from laid) "
        "select unit_no from counted where hits > before",
        {"interval": str(interval), "start": str(start)},
    )
    return made | {row[0]: ("interval", "interval") for row in rows}


def _interval(s: Session, asked: dict[str, Any], size: int | None) -> int:
    """The interval in whole 10^-18 kg: as asked, by materiality, or by a size with ever more certain units."""
    if size is None:
        if "interval_asked_kg" in asked:
            return _whole(asked["interval_asked_kg"])
        return _whole(asked["performance_materiality_kg"]) * 10**18 // _whole(asked["confidence_factor"])
    certain, least = 0, 0
    while True:
        left = s.one(
            "select coalesce(sum(kg), 0)::varchar from (select kg, row_number() over (order by kg desc) as place "
            "from whole_unit) where place > ?",
            [certain],
        )[0]
        if certain >= size or not int(left):
            return least
        least = -(-int(left) // (size - certain))
        more = s.one("select count(*) from whole_unit where kg >= ?::hugeint", [str(least)])[0]
        if more <= certain:
            return least
        certain = more
        if certain >= size or certain == s.one("select count(*) from whole_unit")[0]:
            return int(s.one("select min(kg)::varchar from whole_unit where kg >= ?::hugeint", [str(least)])[0])


def _whole(text: str) -> int:
    """A decimal text as a count of 10^-18."""
    whole, _, rest = text.partition(".")
    return int(whole + rest.ljust(18, "0"))


def frame_of(row: dict[str, Any]) -> tuple[date, date, str, str, int]:
    """What a frame depends on: samples that share it are drawn from one."""
    return (row["period_start"], row["period_end"], row["view"], row["measure"], row["checkpoint_size"])
