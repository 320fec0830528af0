"""What several sources saw of the same computing, held against the one that counts: the difference, by named cause.

Causes are told only where something on record gives their size; what is left stands as residual. The causes and the
residual add up to the difference, to the last digit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

from ledger.ai import catalogue
from ledger.ai.posting.plan import Given, make_plan
from ledger.calculation.enquiry import Question, answer
from ledger.errors import Misuse
from ledger.intake.faults import Faults
from ledger.store import Session
from ledger.store.append import next_batch_no

KWH = Decimal("0.000001")
_DIGITS = 60
_PARTS = {"gpu": "GPUs", "cpu": "CPUs", "ram": "memory"}

_SEEN = """
with parts as (  -- what a source saw by part, and the hours that it looked at
    select unit_key, source, min(start_utc) as first, max(end_utc) as last,
           sum(co2e_kg_stated) as stated_kg, sum(energy_wh) filter (where co2e_kg_stated is not null) as stated_wh,
           bool_and(energy_part in ('gpu', 'cpu', 'ram')) as is_by_part,
           coalesce(sum(energy_wh) filter (where energy_part = 'gpu'), 0) as gpu_wh,
           coalesce(sum(energy_wh) filter (where energy_part = 'cpu'), 0) as cpu_wh,
           coalesce(sum(energy_wh) filter (where energy_part = 'ram'), 0) as ram_wh
    from reading_unit group by all
)
select s.unit_key, s.source, s.rank, s.wh, s.is_below, s.is_chosen, s.data_basis,
       u.unit_kind, u.kwh as counted_kwh, u.activity_type, u.place_country, u.place_grid, u.facility_country,
       u.period_start, u.period_end, u.cloud_provider, u.cloud_region, u.pue, u.is_below as counted_is_below,
       u.source as counted_source,
       case when s.source = 'estimate' then (u.power_kw * u.hours * u.load_share)::decimal(18,6) end as estimated_kwh,
       p.first, p.last, p.stated_kg, p.stated_wh, c.first as counted_first, c.last as counted_last,
       p.is_by_part and c.is_by_part as is_by_part, p.gpu_wh, p.cpu_wh, p.ram_wh, c.gpu_wh as counted_gpu_wh,
       c.cpu_wh as counted_cpu_wh, c.ram_wh as counted_ram_wh, r.run_kwh
from seen_energy s join unit_energy u using (unit_key)
left join parts p on p.unit_key = s.unit_key and p.source = s.source
left join parts c on c.unit_key = s.unit_key and c.source = u.source
left join (  -- what the runs of a cluster that wait or are held used
    select w.cluster, date_trunc('month', w.period_start) as month, sum(w.kwh)::decimal(38,6) as run_kwh
    from unit_energy w where w.has_run and w.state <> 'active' group by all
) r on u.unit_kind = 'cluster' and r.cluster = u.cluster and r.month = date_trunc('month', u.period_start)
order by s.unit_key, s.rank, s.source
"""

_RUNS = """
select u.unit_key, r.source, min(r.rank) as rank, count(*) as runs, sum(r.kwh)::decimal(38,6) as kwh,
       bool_and(r.is_below and r.pue is null) as is_below
from unit_energy u join unit_energy r on r.unit_kind = 'run' and r.cluster = u.cluster
     and date_trunc('month', r.period_start) = date_trunc('month', u.period_start)
where u.unit_kind = 'cluster' and r.kwh is not null group by all order by 1, 3, 2
"""


@dataclass(frozen=True, slots=True)
class Cause:
    """A part of a difference, in kWh or kg CO2e, with what its size rests on."""

    name: str
    amount: Decimal
    why: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What a source saw: kWh, what lacks against what counts, and by which causes; kg CO2e where it states them."""

    source: str
    precedence: int
    counts: bool
    energy_kwh: Decimal
    difference_kwh: Decimal
    causes: tuple[Cause, ...]
    stated_kg: Decimal | None
    ours_kg: Decimal | None
    kg_causes: tuple[Cause, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A unit of computing (a run, a cluster's month) with all that saw it; the source that counts stands first."""

    unit: str
    period_start: date
    period_end: date
    counted_kwh: Decimal
    sources: tuple[Seen, ...]


def comparisons(s: Session, days: tuple[date, date] | None, of: str | None) -> tuple[Comparison, ...]:
    """Every unit that more than one source saw; the runs inside of a cluster are together a source of it.

    Args:
        s: a session; the plan's tables are temporary ones of it.
        days: units whose days meet these; all where None.
        of: a part of the unit's name.
    """
    make_plan(s, Given({}, has_stage=False, batch_no=next_batch_no(s)), Faults("", 1))
    units: dict[str, list[dict[str, Any]]] = {}
    for row in s.arrow(_SEEN).to_pylist():
        if days is not None and (row["period_start"] > days[1] or row["period_end"] < days[0]):
            continue
        if of is None or of.casefold() in row["unit_key"].casefold():
            units.setdefault(row["unit_key"], []).append(row)
    inside: dict[str, list[dict[str, Any]]] = {}
    for row in s.arrow(_RUNS).to_pylist():
        inside.setdefault(row["unit_key"], []).append(row)
    with localcontext() as context:
        context.prec = _DIGITS
        return tuple(
            _comparison(s, key, rows, inside.get(key, []))
            for key, rows in units.items() if len(rows) > 1 or key in inside
        )  # fmt: skip


def _comparison(s: Session, key: str, rows: list[dict[str, Any]], runs: list[dict[str, Any]]) -> Comparison:
    first = rows[0]
    factor = location_factor(s, first, first["period_start"])
    seen = (*(_seen(row, factor) for row in rows), *(_seen_runs(first, run) for run in runs))
    return Comparison(key.removeprefix("ai:"), first["period_start"], first["period_end"], first["counted_kwh"], seen)


def _seen_runs(unit: dict[str, Any], runs: dict[str, Any]) -> Seen:
    """What a source saw of the runs inside of a cluster; the rest of the meter is idle, host, storage and network."""
    difference = unit["counted_kwh"] - runs["kwh"]
    pue, source = _pue(unit)
    causes = []
    if runs["is_below"] and not unit["counted_is_below"] and pue is not None:
        amount = (runs["kwh"] * (pue - 1)).quantize(KWH, ROUND_HALF_UP)
        causes.append(Cause("PUE", amount, f"overhead by a PUE of {pue.normalize():f} ({source})"))
    rest = difference - sum((cause.amount for cause in causes), Decimal(0))
    if rest:
        what = "what the meter has beyond its runs" if rest > 0 else "the runs are above their meter"
        causes.append(Cause("residual", rest, what))
    count = "1 run" if runs["runs"] == 1 else f"{runs['runs']} runs"
    return Seen(f"{count} by {runs['source']}", runs["rank"], False, runs["kwh"], difference, tuple(causes), None, None,
                ())  # fmt: skip


def location_factor(s: Session, row: dict[str, Any], day: date) -> Decimal | None:
    """Our location-based factor of a unit's place in the month of a day, kg CO2e per kWh; None where there is none."""
    country = row["place_country"] or row["facility_country"]
    if country is None:
        return None
    asked = Question(row["activity_type"], "kWh", country, row["place_grid"], day.replace(day=1))
    found = answer(s, asked)
    line = found.line("energy", "location") or found.line("energy", "single")
    return None if line is None else line.kg_co2e_per_unit


def _seen(row: dict[str, Any], factor: Decimal | None) -> Seen:
    own = row["estimated_kwh"] if row["wh"] is None else row["wh"] / 1000
    kwh = own.quantize(KWH, ROUND_HALF_UP)
    difference = row["counted_kwh"] - kwh
    ours = None if factor is None else (row["counted_kwh"] * factor).quantize(KWH, ROUND_HALF_UP)
    stated = None if row["stated_kg"] is None else row["stated_kg"].quantize(KWH, ROUND_HALF_UP)
    causes = _with_rest(_causes(row, kwh, difference), difference)
    kg_causes = () if stated is None or ours is None or factor is None else _kg_causes(row, kwh, stated, ours, factor)
    return Seen(row["source"], row["rank"], row["is_chosen"], kwh, difference, causes, stated, ours if stated else None,
                kg_causes)  # fmt: skip


def _causes(row: dict[str, Any], kwh: Decimal, difference: Decimal) -> list[Cause]:
    """What explains the kWh that a source lacks against the one that counts, as far as something gives its size."""
    if row["is_chosen"] and row["pue"] is not None and row["is_below"]:
        return [Cause("PUE", difference, f"the run's PUE of {row['pue'].normalize():f} is applied to it when posted")]
    if row["is_chosen"]:
        return []
    causes = _coverage(row)
    pue, source = _pue(row)
    if row["is_below"] and not (row["counted_is_below"] and row["pue"] is None) and pue is not None:
        base = kwh + sum((cause.amount for cause in causes), Decimal(0))
        amount = (base * (pue - 1)).quantize(KWH, ROUND_HALF_UP)
        causes.append(Cause("PUE", amount, f"overhead by a PUE of {pue.normalize():f} ({source})"))
    if row["run_kwh"]:
        causes.append(Cause("idle", row["run_kwh"], "runs in state idle or reserved of the cluster"))
    return causes


def _coverage(row: dict[str, Any]) -> list[Cause]:
    """Parts that the one read and the other did not, both ways; else the time that this one did not look."""
    own = {part for part in _PARTS if row[f"{part}_wh"]}
    theirs = {part for part in _PARTS if row[f"counted_{part}_wh"]}
    if row["is_by_part"] and own != theirs:
        told = ((theirs - own, "counted_", 1, "it does not read"), (own - theirs, "", -1, "it alone reads"))
        return [
            Cause("coverage", sign * _kwh(row[f"{whose}{part}_wh"]), f"{words} {_PARTS[part]}")
            for parts, whose, sign, words in told for part in _PARTS if part in parts
        ]  # fmt: skip
    spans = (row["first"], row["last"], row["counted_first"], row["counted_last"])
    if None in spans:
        return []
    own_s, counted_s = (spans[1] - spans[0]).total_seconds(), (spans[3] - spans[2]).total_seconds()
    if not counted_s or own_s >= counted_s:
        return []
    share = Decimal(int(counted_s - own_s)) / Decimal(int(counted_s))
    amount = (row["counted_kwh"] * share).quantize(KWH, ROUND_HALF_UP)
    return [Cause("coverage", amount, f"it looked at {own_s / 3600:.1f} of {counted_s / 3600:.1f} hours; by time")]


def _kwh(wh: Decimal) -> Decimal:
    return (wh / 1000).quantize(KWH, ROUND_HALF_UP)


def _pue(row: dict[str, Any]) -> tuple[Decimal | None, str]:
    if row["pue"] is not None:
        return row["pue"], "the run's record"
    if row["cloud_provider"] and row["cloud_region"]:
        try:
            found = catalogue.region(row["cloud_provider"], row["cloud_region"])
        except Misuse:
            return None, ""
        if found.pue is not None:
            return found.pue, f"{found.pue_source}, {found.pue_year}"
    return None, ""


def _kg_causes(row: dict[str, Any], kwh: Decimal, stated: Decimal, ours: Decimal, factor: Decimal) -> tuple[Cause, ...]:
    """Why our kg of the unit are not those that the source states: its energy, and the grid that it reckons with."""
    causes = [Cause("energy", ((row["counted_kwh"] - kwh) * factor).quantize(KWH, ROUND_HALF_UP),
                    "other kWh count, at our factor")]  # fmt: skip
    if row["stated_wh"]:
        theirs = stated / (row["stated_wh"] / 1000)
        amount = (kwh * (factor - theirs)).quantize(KWH, ROUND_HALF_UP)
        words = f"our {factor.quantize(KWH).normalize():f} against its {theirs.quantize(KWH).normalize():f} kg/kWh"
        causes.append(Cause("grid basis", amount, words))
    return _with_rest(causes, ours - stated)


def _with_rest(causes: list[Cause], whole: Decimal) -> tuple[Cause, ...]:
    rest = whole - sum((cause.amount for cause in causes), Decimal(0))
    return (*causes, Cause("residual", rest, "nothing on record gives it")) if rest else tuple(causes)
