"""Advice and its truth, made again: the decision from its recorded inputs, the saving from its segments and values.

The decision is made by the rules that made it, which are a pure function of what stands in the row; the saving by
fractions of the verifier's own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from ledger.assurance.verification import Faults
from ledger.errors import LedgerError
from ledger.schedule.decide import ENGINE
from ledger.schedule.recorded import advice_row, held_advice
from ledger.store import Session

_LEAST = Fraction(1, 10**17)
"""kg: the saving is kept at 18 decimals, and idle energy at 28 digits."""
_TRUTHS = """
select 'B' || t.batch_no || '-' || t.seq, t.advice_id, t.is_followed, t.run_start_utc, t.saving_kg, t.segments,
       t.intensities, a.submitted_utc, a.counterfactual_zone, b.recorded_at
from advice_truth t left join advice a on a.advice_id = t.advice_id and (a.batch_no, a.seq) < (t.batch_no, t.seq)
left join batch b on b.batch_no = a.batch_no
where t.batch_no > $since order by t.batch_no, t.seq
"""
_NOT_HELD = """
with told as (
    select t.batch_no, t.seq, unnest(from_json(t.intensities, '["JSON"]')) as series from advice_truth t
    where t.batch_no > $since
),
step as (
    select batch_no, seq, series->>'zone' as zone, series->>'signal' as signal, series->>'basis' as basis,
           unnest(from_json(series->'values', '[["VARCHAR"]]')) as pair from told
)
select distinct 'B' || p.batch_no || '-' || p.seq from step p anti join grid_intensity g
  on g.batch_no < p.batch_no and g.zone = p.zone and g.signal = p.signal and g.signal_basis = p.basis
     and g.signal_kind = 'actual' and g.start_utc = p.pair[1]::timestamptz
     and g.intensity_g_per_kwh = p.pair[2]::decimal(28,15)
order by 1
"""


def check_advice(s: Session, since: int, faults: Faults) -> None:
    """Each advice of a batch after ``since`` follows from its inputs, and each truth from its run and intensities."""
    if not s.rows("select 1 from advice limit 1") and not s.rows("select 1 from advice_truth limit 1"):
        return
    size = int(s.one("select count(*) from batch")[0])
    rows = s.arrow(f"select * from advice where batch_no > {since} order by batch_no, seq", {}).to_pylist()
    held = {one.entry: one for one in held_advice(s, size)}
    for row in rows:
        entry = f"B{row['batch_no']}-{row['seq']}"
        try:
            told = held[entry].inputs["engine"]
            made = advice_row(held[entry].again()) if told == ENGINE else None
        except (LedgerError, KeyError, TypeError, ValueError, ArithmeticError) as fault:
            faults.add("advice-wrong", f"{entry}: its inputs cannot be read: {fault}", entry=entry)
            continue
        wrong = [name for name, value in (made or {}).items() if not _same(row[name], value)]
        if wrong:
            faults.add("advice-wrong", f"{entry}: {', '.join(wrong)} do not follow from its inputs", entry=entry)
    for told in s.rows(_TRUTHS, {"since": since}):
        if words := _wrong_truth(*told[1:]):
            faults.add("advice-truth", f"{told[0]}: {words}", entry=told[0])
    for (entry,) in s.rows(_NOT_HELD, {"since": since}):
        faults.add("advice-truth", f"{entry}: it rests on intensities that the ledger did not hold", entry=entry)


def _same(held: Any, made: Any) -> bool:
    if isinstance(made, Decimal) and held is not None:
        return Fraction(held) == Fraction(made)
    return bool(held == made)


def _wrong_truth(
    advice: str, is_followed: bool, run_start: datetime | None, kg: Decimal | None, segments: str, intensities: str,
    submitted: datetime | None, home: str | None, recorded_at: datetime | None,
) -> str:  # fmt: skip
    """What does not follow, in words; nothing where all does."""
    if submitted is None or home is None or recorded_at is None:
        return f"no advice {advice} was on record before it"
    if is_followed and run_start is not None and run_start < recorded_at:
        return f"the run began before the advice {advice} was on record, and is said to have followed it"
    if kg is None:
        return ""
    try:
        made = _kg(json.loads(segments), json.loads(intensities), submitted, home)
    except (KeyError, TypeError, ValueError, ArithmeticError) as fault:
        return f"its segments and intensities cannot be read: {fault}"
    if made is None:
        return "its intensities do not cover its hours"
    return (
        "" if abs(made - Fraction(kg)) < _LEAST else f"its saving is {kg:f} kg, and its terms give {float(made):.12g}"
    )


def _kg(
    segments: list[Mapping[str, Any]], series: list[Mapping[str, Any]], submitted: datetime, home: str
) -> Fraction | None:
    """Energy above idle × (intensity from the submission, of kept work, less intensity as it ran), in kg."""
    by_zone = {one["zone"]: one for one in series}
    grams = Fraction(0)
    for segment in segments:
        start, end = (datetime.fromisoformat(segment[name]) for name in ("start", "end"))
        then = submitted + timedelta(microseconds=int(Fraction(segment["since_begin_seconds"]) * 1_000_000))
        ran, before = _mean(by_zone[segment["zone"]], start, end), _mean(by_zone[home], then, then + (end - start))
        if ran is None or before is None:
            return None
        moved = Fraction(segment["kwh"]) - Fraction(segment["idle_kwh"])
        grams += moved * (Fraction(segment["kept"]) * before - ran)
    return grams / 1000


def _mean(series: Mapping[str, Any], start: datetime, end: datetime) -> Fraction | None:
    """The mean over an interval by time; None where a part of it has no value."""
    step = timedelta(seconds=series["step_seconds"])
    total, covered = Fraction(0), timedelta(0)
    for text, value in series["values"]:
        begin = datetime.fromisoformat(text)
        inside = min(begin + step, end) - max(begin, start)
        if value is not None and inside > timedelta(0):
            total += Fraction(value) * (inside // timedelta(microseconds=1))
            covered += inside
    return total / (covered // timedelta(microseconds=1)) if covered == end - start else None
