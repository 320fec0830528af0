"""Now, later or elsewhere: the decision for a job under a policy, by forecasts issued before it.

The decision is a pure function of what it is given, so the same inputs give the same advice under the same id. Where
something needed is not known the job runs in time for its deadline where it was submitted, and the advice says why.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from ledger.plain import plain_amount
from ledger.schedule import words
from ledger.schedule.forecast import Forecast, canonical, utc_text
from ledger.schedule.job import Job
from ledger.schedule.options import G_PLACES, Means, Option, Span, kg_of, options_at, sites_for, span_of, usable
from ledger.schedule.policy import Policy
from ledger.schedule.sites import Site
from ledger.schedule.steps import EXACT, micros
from ledger.tabular import Tabular

ENGINE = "1"
"""The version of these rules: an advice is made again by the version that it names."""


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """What would have been done without the advice, fixed before the run: start at submission, where submitted."""

    start_utc: datetime
    region: str
    zone: str
    expected_g_per_kwh: Decimal | None


@dataclass(frozen=True, slots=True)
class Advice(Tabular):
    """A decision and what it rests on.

    Attributes:
        advice_id: the SHA-256 of the inputs, 20 digits of it.
        choice: now (as submitted, at once), later (its own region) or elsewhere.
        intervals: when the job is to run; ends are expected ones, and none where the duration is not known.
        expected_g_per_kwh: mean forecast over them; None where nothing was compared.
        expected_saving_kg: energy above idle × (counterfactual − expected); None where a part is not known.
        reason: one paragraph.
    """

    ROWS = "options"

    advice_id: str
    job: Job
    policy: Policy
    advised_at: datetime
    choice: str
    start_utc: datetime
    region: str
    zone: str
    intervals: tuple[tuple[datetime, datetime], ...]
    counterfactual: Counterfactual
    expected_g_per_kwh: Decimal | None
    expected_saving_kg: Decimal | None
    reason: str
    warnings: tuple[str, ...]
    options: tuple[Option, ...]
    forecasts: tuple[Forecast, ...]
    means: Means

    @property
    def policy_sha256(self) -> str:
        """The SHA-256 of what the policy says."""
        return self.policy.sha256

    @property
    def forecast_digests(self) -> tuple[str, ...]:
        """The SHA-256 of each forecast that was looked at."""
        return tuple(forecast.digest for forecast in self.forecasts)

    @property
    def is_interrupted(self) -> bool:
        """The job is to stop in between."""
        return len(self.intervals) > 1


@dataclass(frozen=True, slots=True)
class Decision:
    """What was chosen (None: nothing could be compared), and all that was weighed."""

    chosen: Option | None
    why: str
    at_once: Option | None
    own: Site
    home: Site
    span: Span
    options: tuple[Option, ...]
    warnings: tuple[str, ...]


def advise(
    job: Job, policy: Policy, forecasts: Mapping[str, Forecast], now: datetime, *,
    budget_used_kg: Decimal | None = None, prices: Mapping[str, Decimal] | None = None,
) -> Advice:  # fmt: skip
    """The advice for a job.

    Args:
        job: what is known of it.
        policy: the rules.
        forecasts: by zone; only those of zones that come into question are used and kept.
        now: when the decision is taken; nothing issued later is seen.
        budget_used_kg: kg CO2e that the job's project has used in the month of its submission.
        prices: what the job costs an hour by region, in the policy's currency, before the policy's own.
    """
    named = {policy.site(region).region: price for region, price in {**policy.price_per_hour, **(prices or {})}.items()}
    means = Means(budget_used_kg, named)
    made = decide(job, policy, forecasts, now, means)
    zones = {site.zone for site in (made.own, *sites_for(job, policy)[1])}
    used = tuple(forecasts[zone] for zone in sorted(zones) if zone in forecasts)
    before = _counterfactual(job, made, forecasts, policy, now)
    chosen, span = made.chosen, made.span
    start = span.fallback if chosen is None else chosen.start
    site = made.home if chosen is None else Site(chosen.region, chosen.zone, None)
    choice = chosen.kind if chosen else _kind(site, made.own, start, now)
    intervals = chosen.intervals if chosen else ((start, start + span.duration),) if span.duration else ()
    expected = None if chosen is None else chosen.g_per_kwh
    saving = _saving(job, before.expected_g_per_kwh, expected)
    warnings = made.warnings
    told = words.reason(job, policy, made, choice, before, saving, used)
    return Advice(
        _id(job, policy, used, now, means), job, policy, now, choice, start, site.region, site.zone, intervals, before,
        expected, saving, told, warnings, made.options, used, means,
    )  # fmt: skip


def decide(job: Job, policy: Policy, forecasts: Mapping[str, Forecast], now: datetime, means: Means) -> Decision:
    """The decision alone, without its words."""
    micros(now)
    span = span_of(job, policy, now)
    own, sites, outside = sites_for(job, policy)
    home = own if own in sites or not sites else sites[0]
    warnings = list(outside)
    if not sites:
        warnings.append("no place that the job may run in keeps the residency, and it was left where it was submitted")
        return Decision(None, "residency", None, own, own, span, (), tuple(warnings))
    if job.duration_hours is None and span.duration is not None:
        warnings.append(f"the duration is not known; the policy takes it for {policy.unknown_duration_hours:f} h")
    why = _before_forecasts(span)
    if why:
        return Decision(None, why, None, own, home, span, (), tuple(warnings))
    found, doubts = _all_options(job, policy, forecasts, span, means, own, sites)
    at_once = next((o for o in found if o.region == home.region and o.start == span.earliest), None)
    if at_once is None or at_once.is_interrupted:
        doubt = doubts.get(home.region) or _not_covered(forecasts[home.zone])
        return Decision(None, doubt, None, own, home, span, tuple(found), tuple(warnings))
    warnings += [doubt for region, doubt in doubts.items() if region != home.region]
    chosen, why, more = _chosen(found, at_once, job, policy, is_used_known=means.budget_used_kg is not None)
    return Decision(chosen, why, at_once, own, home, span, tuple(found), tuple(warnings + more))


def _not_covered(forecast: Forecast) -> str:
    reach = forecast.reaches_to
    ends = "" if reach is None else f"; its last value ends at {words.at_text(reach)}"
    return f"the forecast for {forecast.zone} does not cover the job if it starts at once{ends}"


def _before_forecasts(span: Span) -> str:
    """Why nothing can be decided whatever the forecasts say; empty where something can."""
    if span.duration is None:
        return "duration"
    if span.latest < span.now:
        return "deadline"
    return "" if span.is_possible else "never"


def _all_options(
    job: Job, policy: Policy, forecasts: Mapping[str, Forecast], span: Span, means: Means, own: Site,
    sites: tuple[Site, ...],
) -> tuple[list[Option], dict[str, str]]:  # fmt: skip
    """Every option of every site whose forecast counts and is of one kind with the first, and why others do not."""
    found: list[Option] = []
    doubts: dict[str, str] = {}
    of_kind: tuple[str, str] | None = None
    for site in sites:
        forecast, doubt = usable(site, forecasts, policy, span.now)
        if forecast is None:
            doubts[site.region] = doubt
            continue
        kind = (forecast.signal, forecast.basis)
        if of_kind is not None and kind != of_kind:
            doubts[site.region] = (
                f"the forecast for {site.zone} is of {words.signal(*kind)}, which is not compared with "
                f"{words.signal(*of_kind)}"
            )
            continue
        of_kind = kind
        found += options_at(site, site == own, forecast, job, policy, span, means)
    return found, doubts


def _chosen(
    found: list[Option], at_once: Option, job: Job, policy: Policy, *, is_used_known: bool
) -> tuple[Option, str, list[str]]:
    """The option that is taken, the rule by which, and what has to be said with it."""
    allowed = [option for option in found if not option.barred]
    more = []
    if not allowed:
        more.append(f"the policy can never be met: {at_once.barred}")
        allowed = [o for o in found if o.kind != "elsewhere" or o.region == at_once.region]
    if policy.cost_ceiling is not None and at_once.cost is None:
        more.append(f"what the job costs in {at_once.region} is not known, so the ceiling could not be held against it")
    if (job.project or "") in policy.budget_kg and at_once.kg is None:
        more.append("the energy above idle is not known, so the budget could not be held against it")
    elif (job.project or "") in policy.budget_kg and not is_used_known:
        more.append(f"what {job.project} has used in the month was not given, so its budget counts this job alone")
    limit = policy.threshold_g_per_kwh
    if limit is not None:
        below = [option for option in allowed if option.g_per_kwh <= limit]
        if below:
            return (
                min(below, key=lambda o: (o.start, o.region != at_once.region, o.g_per_kwh, o.end)),
                "threshold",
                more,
            )
        more.append(f"no start in time has a mean of at most {limit:f} g/kWh; the cleanest in time was taken")
    rank, why, note = _ranking(allowed, policy)
    more += note
    best = min(allowed, key=lambda o: (*rank(o), o.start, o.region != at_once.region, o.is_interrupted))
    least = policy.least_gain_g_per_kwh
    if least is not None and at_once in allowed and at_once.g_per_kwh - best.g_per_kwh < least:
        return at_once, "gain", more
    return best, why, more


def _ranking(allowed: list[Option], policy: Policy) -> tuple[Any, str, list[str]]:
    """How options are ranked: by cost and priced carbon where the policy prices it and both are known, else carbon."""
    price = policy.price_per_tonne
    if price is None:
        return (lambda o: (o.g_per_kwh,)), "cleanest", []
    if any(o.cost is None or o.kg is None for o in allowed):
        note = "cost or energy above idle is not known of all, so the price of carbon decided nothing"
        return (lambda o: (o.g_per_kwh,)), "cleanest", [note]
    return (lambda o: (o.cost + EXACT.multiply(o.kg, price) / 1000, o.g_per_kwh)), "cheapest", []


def _kind(site: Site, own: Site, start: datetime, now: datetime) -> str:
    if site.region != own.region:
        return "elsewhere"
    return "now" if start <= now else "later"


def _counterfactual(
    job: Job, made: Decision, forecasts: Mapping[str, Forecast], policy: Policy, now: datetime
) -> Counterfactual:
    """Start at submission where submitted, with the mean forecast there where one is known and of one kind."""
    own, duration = made.own, made.span.duration
    expected = None
    if made.chosen is not None and duration is not None:
        forecast, _ = usable(own, forecasts, policy, now)
        of_chosen = forecasts[made.chosen.zone]
        if forecast and (forecast.signal, forecast.basis) == (of_chosen.signal, of_chosen.basis):
            mean = forecast.mean(job.submitted_utc, job.submitted_utc + duration)
            expected = None if mean is None else mean.quantize(G_PLACES, context=EXACT)
    return Counterfactual(job.submitted_utc, own.region, own.zone, expected)


def _saving(job: Job, before: Decimal | None, after: Decimal | None) -> Decimal | None:
    """kg CO2e that are expected to be saved: energy above idle × (counterfactual − expected)."""
    if job.moved_kwh is None or before is None or after is None:
        return None
    return kg_of(job.moved_kwh, before - after)


def inputs_record(job: Job, policy: Policy, used: tuple[Forecast, ...], now: datetime, means: Means) -> dict[str, Any]:
    """All that a decision rests on, as plain JSON; forecasts by their digests."""
    return {
        "engine": ENGINE,
        "job": job.record(),
        "policy": policy.record(),
        "forecasts": [forecast.digest for forecast in used],
        "advised_at": utc_text(now),
        "budget_used_kg": None if means.budget_used_kg is None else plain_amount(means.budget_used_kg),
        "prices": {region: plain_amount(means.prices[region]) for region in sorted(means.prices)},
    }


def _id(job: Job, policy: Policy, used: tuple[Forecast, ...], now: datetime, means: Means) -> str:
    return hashlib.sha256(canonical(inputs_record(job, policy, used, now, means))).hexdigest()[:20]


def ended_by(advice: Advice) -> datetime | None:
    """When the job is expected to have ended; None where its duration is not known."""
    return advice.intervals[-1][1] if advice.intervals else None


def waits(advice: Advice) -> timedelta:
    """How long the job waits from its submission to its start."""
    return advice.start_utc - advice.job.submitted_utc
