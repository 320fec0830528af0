"""What may be done with a job: in which site, over which hours, at which forecast intensity, and what bars it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from ledger.plain import plain_amount
from ledger.schedule import windows
from ledger.schedule.forecast import Forecast, doubt_about, utc_text
from ledger.schedule.job import Job
from ledger.schedule.policy import Policy, hours
from ledger.schedule.sites import Site
from ledger.schedule.steps import EXACT, PLACES, instant, mean_g_per_kwh, micros
from ledger.schedule.windows import Window

G_PLACES = Decimal(1).scaleb(-PLACES)
KG_PLACES = Decimal(1).scaleb(-18)
GRAMS = Decimal(1000)
_CENTS = Decimal("0.000001")
_HOUR = Decimal(3_600_000_000)  # microseconds
_FEW = Context(prec=3, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Span:
    """The time a job has.

    Attributes:
        now: when the decision is taken.
        duration: how long the job runs; None where it is not known and the policy takes it for nothing.
        earliest: the first start that the policy allows.
        latest: the last start that keeps every deadline.
        is_open: nothing says how long the job may wait, so it does not.
    """

    now: datetime
    duration: timedelta | None
    earliest: datetime
    latest: datetime
    is_open: bool

    @property
    def is_possible(self) -> bool:
        """There is a start that breaks nothing."""
        return self.earliest <= self.latest

    @property
    def fallback(self) -> datetime:
        """When a job starts that nothing can be decided for: at once if it may, and in time for its deadline."""
        return min(max(self.now, self.earliest), max(self.now, self.latest))


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that may be done.

    Attributes:
        kind: now, later or elsewhere.
        intervals: when the job runs; several where it is interrupted.
        g_per_kwh: the mean forecast over them.
        kg: of the energy above idle; None where that is not known.
        cost: in the policy's currency; None where the region has no price.
        barred: why the policy does not allow it; empty where it does.
    """

    kind: str
    region: str
    zone: str
    intervals: tuple[tuple[datetime, datetime], ...]
    g_per_kwh: Decimal
    kg: Decimal | None
    cost: Decimal | None
    barred: str

    @property
    def start(self) -> datetime:
        """When it begins."""
        return self.intervals[0][0]

    @property
    def end(self) -> datetime:
        """When it ends."""
        return self.intervals[-1][1]

    @property
    def is_interrupted(self) -> bool:
        """The job stops in between."""
        return len(self.intervals) > 1

    def record(self) -> dict[str, Any]:
        """The option as plain JSON."""
        return {
            "kind": self.kind,
            "region": self.region,
            "zone": self.zone,
            "intervals": [[utc_text(start), utc_text(end)] for start, end in self.intervals],
            "g_per_kwh": plain_amount(self.g_per_kwh),
            "kg": None if self.kg is None else plain_amount(self.kg),
            "cost": None if self.cost is None else plain_amount(self.cost),
            "barred": self.barred,
        }


@dataclass(frozen=True, slots=True)
class Means:
    """What a month has left and what an hour costs, as the decision knows it."""

    budget_used_kg: Decimal | None
    prices: Mapping[str, Decimal]


def span_of(job: Job, policy: Policy, now: datetime) -> Span:
    """The time that a job has under a policy."""
    told = job.duration_hours if job.duration_hours is not None else policy.unknown_duration_hours
    duration = None if told is None else hours(told)
    first, last = policy.bounds(job.submitted_utc)
    earliest = max(now, job.submitted_utc, *([first] if first is not None else []))
    takes = duration or timedelta(0)
    latest = [at - takes for at in (job.deadline, last) if at is not None]
    if policy.max_delay_hours is not None:
        latest.append(job.submitted_utc + hours(policy.max_delay_hours))
    return Span(now, duration, earliest, min(latest, default=earliest), not latest)


def sites_for(job: Job, policy: Policy) -> tuple[Site, tuple[Site, ...], tuple[str, ...]]:
    """The job's own site, those it may run in (its own first, where it may stay), and why others are left out."""
    own = policy.site(job.region)
    found, why = [], []
    asked = [own, *(map(policy.site, policy.allowed_regions) if job.portable else ())]
    for site in dict.fromkeys(asked):
        if not policy.residency or site.country in policy.residency:
            found.append(site)
        else:
            lies = f"lies in {site.country}" if site.country else "lies in no country that is known"
            why.append(f"{site.region} {lies}, and data may lie in {', '.join(policy.residency)}")
    return own, tuple(found), tuple(why)


def usable(site: Site, forecasts: Mapping[str, Forecast], policy: Policy, now: datetime) -> tuple[Forecast | None, str]:
    """The forecast of a site, or why there is none that counts."""
    held = forecasts.get(site.zone)
    doubt = doubt_about(site.zone, held, now, hours(policy.stale_after_hours))
    return (None, doubt) if doubt is not None else (held, "")


def options_at(
    site: Site, is_own: bool, forecast: Forecast, job: Job, policy: Policy, span: Span, means: Means
) -> Iterator[Option]:
    """What may be done at a site: at once, in the first block clean enough, the cleanest block, the cleanest hours."""
    if span.duration is None:
        return
    steps, length = forecast.steps, span.duration // timedelta(microseconds=1)
    first, last = micros(span.earliest), micros(span.latest)
    found: list[Window | None] = [windows.block(steps, first, length)]
    if policy.threshold_g_per_kwh is not None:
        most = int(policy.threshold_g_per_kwh.scaleb(PLACES, EXACT))
        found.append(windows.first_block_below(steps, first, last, length, most))
    found.append(windows.cleanest_block(steps, first, last, length))
    if job.checkpointable and policy.interruptible:
        found.append(windows.cleanest_hours(steps, first, last + length, length))
    for window in dict.fromkeys(filter(None, found)):
        at_once = window.intervals == ((micros(span.now), micros(span.now) + length),)
        kind = "elsewhere" if not is_own else "now" if at_once else "later"
        yield _option(kind, site, window, length, job, policy, means)


def _option(kind: str, site: Site, window: Window, length: int, job: Job, policy: Policy, means: Means) -> Option:
    mean = mean_g_per_kwh(window.integral, length).quantize(G_PLACES, context=EXACT)
    moved = job.moved_kwh
    kg = None if moved is None else kg_of(moved, mean)
    intervals = tuple((instant(start), instant(end)) for start, end in window.intervals)
    price = means.prices.get(site.region)
    cost = (
        None
        if price is None
        else EXACT.divide(EXACT.multiply(price, Decimal(length)), _HOUR).quantize(_CENTS, context=EXACT)
    )
    barred = _barred(kind, intervals[0][0], kg, cost, job, policy, means)
    return Option(kind, site.region, site.zone, intervals, mean, kg, cost, barred)


def _barred(
    kind: str, start: datetime, kg: Decimal | None, cost: Decimal | None, job: Job, policy: Policy, means: Means
) -> str:
    """Why the policy does not allow it. What is not known is told apart; elsewhere it bars, for nobody has to move."""
    if policy.cost_ceiling is not None:
        if cost is not None and cost > policy.cost_ceiling:
            return f"it costs {cost.normalize():f} {policy.currency}, and {policy.cost_ceiling:f} is the most"
        if cost is None and kind == "elsewhere":
            return "what it costs there is not known, and there is a ceiling"
    budget = policy.budget_kg.get(job.project or "")
    if budget is None or kg is None:
        return ""
    is_this_month = (start.year, start.month) == (job.submitted_utc.year, job.submitted_utc.month)
    used = (means.budget_used_kg or Decimal(0)) if is_this_month else Decimal(0)
    if used + kg > budget:
        return f"{kg_text(kg)} would take {job.project} over its {budget:f} kg of the month"
    return ""


def kg_of(kwh: Decimal, g_per_kwh: Decimal) -> Decimal:
    """kg CO2e of kWh at g/kWh, to 18 decimals, rounded half away from zero."""
    return EXACT.divide(EXACT.multiply(kwh, g_per_kwh), GRAMS).quantize(KG_PLACES, context=EXACT)


def kg_text(kg: Decimal) -> str:
    """An amount of kg for a sentence, to three significant places."""
    return f"{_FEW.plus(kg):f} kg"
