"""Advice on when and where a job runs: made by what the ledger holds, recorded before the run, trued up after it."""

from __future__ import annotations

import hashlib
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ledger.book.results import WriteResult
from ledger.book.verbs.book import Book
from ledger.errors import Misuse
from ledger.inventory import breakdown
from ledger.inventory.hourly import GridSeries, grid_actual, grid_forecast
from ledger.schedule import ran as running
from ledger.schedule.decide import Advice, advise
from ledger.schedule.forecast import Forecast, canonical, utc_text
from ledger.schedule.options import kg_text, sites_for
from ledger.schedule.recorded import HeldAdvice, advice_row, held_advice, truth_row, why_not_followed
from ledger.schedule.saving import Saving, Segment, saving
from ledger.schedule.steps import Steps
from ledger.store import Session, Writing, append, as_arrow, session
from ledger.store.tables import Advice as AdviceEntry
from ledger.store.tables import AdviceTruth

if TYPE_CHECKING:
    from ledger.inventory import Period
    from ledger.schedule.job import Job
    from ledger.schedule.policy import Policy

_BASES = ("direct", "life_cycle")
SHORTEST_ID = 6
"""So many digits of an id name an advice, where no other begins so."""


def forecasts_held(s: Session, job: Job, policy: Policy, now: datetime) -> dict[str, Forecast]:
    """The newest forecast of each zone in question that was issued by an instant, all of one basis where there is one.

    The basis is that of which most zones have a forecast: direct where both have as many.
    """
    own, sites, _ = sites_for(job, policy)
    zones = list(dict.fromkeys(site.zone for site in (own, *sites)))
    by_basis = [
        {zone: held for zone in zones if (held := grid_forecast(s, zone, now, basis=basis)) is not None}
        for basis in _BASES
    ]
    best = max(by_basis, key=len)
    return {zone: _forecast(held) for zone, held in best.items()}


def _forecast(held: GridSeries) -> Forecast:
    assert held.issued_at is not None  # noqa: S101 — the ledger takes no forecast without
    return Forecast(
        held.zone, held.issued_at, held.signal, held.basis, held.step_seconds, held.values, held.estimated > 0,
        held.source,
    )  # fmt: skip


def advice_for(
    ledger: Book, job: Job, policy: Policy, forecasts: dict[str, Forecast] | None, now: datetime,
    budget_used_kg: Decimal | None, prices: dict[str, Decimal] | None,
) -> Advice:  # fmt: skip
    """The advice for a job by given forecasts, or by those that the ledger holds; see :meth:`Ledger.advise`."""
    with session(ledger.path) as s:
        if forecasts is None:
            forecasts = forecasts_held(s, job, policy, now)
        if budget_used_kg is None and job.project in policy.budget_kg:
            month = ledger._period(s, f"{job.submitted_utc:%Y-%m}")  # noqa: SLF001 — one facade in two files
            budget_used_kg = _recorded_kg(s, str(job.project), month, ledger._view(s, None))  # noqa: SLF001
    return advise(job, policy, forecasts, now, budget_used_kg=budget_used_kg, prices=prices)


def _recorded_kg(s: Session, project: str, month: Period, view: str) -> Decimal:
    """What is recorded of a project in a month, in kg CO2e, location-based."""
    cut = "tag:project"
    rows = breakdown(s, month, cut, view)
    measures = ("scope_1", "scope_2_location", "scope_3")
    return sum((row[m] for row in rows if row[cut] == project for m in measures if row[m] is not None), Decimal(0))


def recorded_advice(ledger: Book, made: Advice) -> WriteResult:
    """Put an advice on record, once; see :meth:`Ledger.record_advice`."""
    row = advice_row(made)

    def fill(writing: Writing) -> None:
        writing.insert_rows(AdviceEntry, as_arrow(AdviceEntry, [row]))

    with session(ledger.path, "write") as s:
        act = ledger._act(s, "advice", key=f"advice:{made.advice_id}")  # noqa: SLF001 — one facade in two files
        done = append(s, act, fill)
    return WriteResult(None if done.already else done.batch_no, done.entries, {})


def advice_on_record(s: Session, name: str, size: int) -> HeldAdvice:
    """The advice of an id, of the beginning of one, or the last for a job of that name. Raises Misuse for none."""
    every = s.rows(
        "select a.advice_id, a.job_id from advice a join batch b using (batch_no) where a.batch_no <= ? "
        "order by b.recorded_at", [size]
    )  # fmt: skip
    if not every:
        raise Misuse("no advice is on record", "ghg ai schedule … --record puts one there before the run")
    found = [advice for advice, _ in every if len(name) >= SHORTEST_ID and advice.startswith(name)]
    found = found or [advice for advice, job in every if job == name][-1:]
    if len(found) > 1:
        raise Misuse(f"several advice have ids that begin with '{name}'", "give more of it; ghg ai advice lists them")
    if not found:
        raise Misuse(f"no advice '{name}' is on record", "give the job's name or the id; ghg ai advice lists them")
    return held_advice(s, size, advice=found[0])[0]


def trued_up(ledger: Book, name: str, run_id: str | None, idle_kwh: Decimal | None) -> tuple[HeldAdvice, WriteResult]:
    """Hold an advice against the run and the measured intensities; see :meth:`Ledger.true_up`."""
    with session(ledger.path, "write") as s:
        size = s.one("select count(*) from batch")[0]
        held = advice_on_record(s, name, size)
        row = truth_of(s, held, size, run_id, idle_kwh)
        digest = hashlib.sha256(canonical({key: str(value) for key, value in row.items()})).hexdigest()

        def fill(writing: Writing) -> None:
            writing.insert_rows(AdviceTruth, as_arrow(AdviceTruth, [row]))

        last = "" if held.truth is None else held.truth.entry.partition("-")[0]
        if last and s.one("select idempotency_key from batch where batch_no = ?", [int(last[1:])])[0].endswith(digest):
            return held, WriteResult(None, 0, {})
        key = f"true-up:{last}:{digest}"  # the same truth may come again after another one
        done = append(s, ledger._act(s, "true_up", key=key), fill)  # noqa: SLF001 — as above
        now = held_advice(s, size + 1, advice=held.advice_id)[0]
    return now, WriteResult(done.batch_no, done.entries, {})


def trued_up_all(ledger: Book) -> tuple[list[HeldAdvice], list[str]]:
    """Hold every advice of which no saving is known yet against its run; gives the ids of those without one too."""
    with session(ledger.path) as s:
        size = s.one("select count(*) from batch")[0]
        runs = {row[0] for row in s.rows("select distinct run_id from ai_run where state = 'active'")}
        named = {held.advice_id: held.truth.run_id if held.truth else held.job_id for held in held_advice(s, size)
                 if held.truth is None or held.truth.saving_kg is None}  # fmt: skip
    done = [trued_up(ledger, advice, run, None)[0] for advice, run in named.items() if run in runs]
    return done, [advice for advice, run in named.items() if run not in runs]


def truth_of(
    s: Session, held: HeldAdvice, size: int, run_id: str | None = None, idle_kwh: Decimal | None = None
) -> dict[str, Any]:
    """What came of an advice at a size, as a row. Raises Misuse where no run of it is recorded."""
    run = running.ran(s, run_id or held.job_id, size)
    if run is None:
        raise Misuse(
            f"no run '{run_id or held.job_id}' is recorded",
            "record the run (ghg ai record, ghg upload, ghg connect spool), or name it with --run",
        )
    departs = why_not_followed(held, run)
    segments = running.segments_of(run, held.job, idle_kwh)
    told: Saving | str
    kept: list[dict[str, Any]] = []
    if isinstance(segments, str):
        told, segments = segments, ()
    else:
        series = _actuals(s, held, segments, size)
        if isinstance(series, str):
            told = series
        else:
            told = saving(segments, held.submitted_utc, held.counterfactual_zone, _steps(series))
            kept = [_record(one) for one in series.values()]
    reason = told if isinstance(told, str) else _words(held, told)
    if departs:
        reason = f"not claimed: {departs}; {reason}"
    return truth_row(
        held, run, segments, None if isinstance(told, str) else told, reason, is_followed=not departs, intensities=kept
    )


def _actuals(s: Session, held: HeldAdvice, segments: tuple[Segment, ...], size: int) -> dict[str, GridSeries] | str:
    """The measured intensities of the run's zones and its counterfactual's, all of one signal and basis.

    The basis is that of the forecast where measured values of it are held, else the other.
    """
    signal, basis = next(((f.signal, f.basis) for f in held.forecasts if f.zone == held.chosen_zone), ("average", ""))
    first = min(held.submitted_utc, *(segment.start for segment in segments))
    last = max(held.submitted_utc + segment.since_begin + (segment.end - segment.start) for segment in segments)
    last = max(last, *(segment.end for segment in segments))
    zones = dict.fromkeys([*(segment.zone for segment in segments), held.counterfactual_zone])
    for each in sorted(_BASES, key=lambda known: known != basis):
        found = {zone: grid_actual(s, zone, first, last, basis=each, signal=signal, at=size) for zone in zones}
        whole = {zone: series for zone, series in found.items() if series is not None}
        if len(whole) == len(zones):
            return whole
    return f"no measured {signal} intensity of {' and '.join(zones)} is held for its hours; upload it (grid_intensity)"


def _steps(series: dict[str, GridSeries]) -> dict[str, Steps]:
    return {
        zone: Steps.of(one.values, one.step_seconds, f"measured intensity of {zone}") for zone, one in series.items()
    }


def _record(one: GridSeries) -> dict[str, Any]:
    """A measured series as plain JSON, in the form of a forecast."""
    return Forecast(
        one.zone, one.values[0][0], one.signal, one.basis, one.step_seconds, one.values, one.estimated > 0, one.source
    ).record() | {"issued_at": None}


def _words(held: HeldAdvice, told: Saving) -> str:
    kept = told.moved_kwh - told.redone_kwh
    verb = "saved" if told.kg >= 0 else "emitted more"
    words = (
        f"{kept:.6g} kWh above idle × {told.counterfactual_g_per_kwh:.6g} g/kWh from the submission "
        f"({utc_text(held.submitted_utc)}, {held.counterfactual_zone}) less {told.moved_kwh:.6g} kWh × "
        f"{told.run_g_per_kwh:.6g} g/kWh as it ran: {kg_text(abs(told.kg))} {verb}"
    )
    if told.redone_kwh:
        words += f"; {told.redone_kwh:.6g} kWh were for work done again"
    return words


__all__ = [
    "advice_for",
    "advice_on_record",
    "forecasts_held",
    "recorded_advice",
    "trued_up",
    "trued_up_all",
    "truth_of",
]
