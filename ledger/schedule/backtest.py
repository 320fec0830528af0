"""What a policy would have saved on past days: each decision by forecasts issued before it, each result as measured.

Run-now is the baseline; the optimum is what perfect foresight would have done within the same bounds, so it is a bound
and no policy. Where a zone has no forecasts, one is made of what was measured before the decision: the same hour of the
last day whose value was known then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property

from ledger.errors import Misuse
from ledger.schedule import windows
from ledger.schedule.decide import Decision, decide
from ledger.schedule.forecast import Forecast
from ledger.schedule.job import Job
from ledger.schedule.options import Means, span_of
from ledger.schedule.policy import Policy
from ledger.schedule.series_files import Measured, Series
from ledger.schedule.steps import QUOTIENT, Steps, instant, mean_g_per_kwh, micros

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
PERSISTENCE = "the same hour of the day before, as measured"
_NO_MEANS = Means(None, {})


@dataclass(frozen=True, slots=True)
class Outcome:
    """One job: g/kWh as it would have run at once, by the policy, and at the optimum; None where no value is known."""

    submitted: datetime
    now_g: Decimal
    policy_g: Decimal
    optimum_g: Decimal
    waited: timedelta
    is_moved: bool
    is_in_doubt: bool
    also: tuple[tuple[str, Decimal, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Result:
    """A policy over a series.

    Attributes:
        zone: where jobs were submitted.
        policy: its name.
        hours: how long each job runs.
        interruptible: it may be cut into the cleanest hours.
        forecast: whose forecasts decided.
        jobs: how many were tried; ``left_out`` lacked measured values, ``in_doubt`` ran at once for want of a forecast.
        first, last: the first and the last submission.
        now_g, policy_g, optimum_g: means over all jobs, in g/kWh.
        worse: jobs that emitted more than at once.
        moved: jobs that did not run as submitted.
        waited_hours: the mean wait.
        also: the same means by other signals that are held, as (signal and basis, now, policy).
    """

    zone: str
    policy: str
    hours: Decimal
    interruptible: bool
    forecast: str
    jobs: int
    left_out: int
    in_doubt: int
    first: datetime
    last: datetime
    now_g: Decimal
    policy_g: Decimal
    optimum_g: Decimal
    worse: int
    moved: int
    waited_hours: Decimal
    also: tuple[tuple[str, Decimal, Decimal], ...]

    @property
    def saved_percent(self) -> Decimal | None:
        """What the policy saved of the carbon of running at once, in %."""
        return _percent(self.now_g - self.policy_g, self.now_g)

    @property
    def optimum_percent(self) -> Decimal | None:
        """What perfect foresight would have saved, in %."""
        return _percent(self.now_g - self.optimum_g, self.now_g)


@dataclass(frozen=True, slots=True)
class Errors:
    """How far forecasts were off, by day of lead: (day, values, mean absolute error in g/kWh, in % of measured)."""

    zone: str
    source: str
    issues: int
    first: datetime
    last: datetime
    lead_hours: Decimal
    by_day: tuple[tuple[int, int, Decimal, Decimal | None], ...]


@dataclass(frozen=True)
class Ground:
    """What a back-test stands on: measured series of one signal and basis, with their forecasts."""

    series: Series
    signal: str = "average"
    basis: str = "direct"

    @cached_property
    def measured(self) -> Mapping[str, Measured]:
        """The measured series of the signal and basis that decide, by zone."""
        kind = (self.signal, self.basis)
        return {zone: one for (zone, *of), one in self.series.measured.items() if tuple(of) == kind}

    @cached_property
    def steps(self) -> Mapping[str, Steps]:
        """Their known steps."""
        return {zone: one.steps for zone, one in self.measured.items()}

    @cached_property
    def other_steps(self) -> Mapping[str, Mapping[str, Steps]]:
        """Measured series of other signals and bases by zone: what was decided by one is told by the others too."""
        found: dict[str, dict[str, Steps]] = {}
        for (zone, signal, basis), one in self.series.measured.items():
            if (signal, basis) != (self.signal, self.basis):
                found.setdefault(f"{signal}, {basis}", {})[zone] = one.steps
        return found

    def has_forecasts(self, zone: str) -> bool:
        """Whether forecasts of a zone are held."""
        return bool(self.series.forecasts.get(zone))

    def seen(self, zone: str, now: datetime, reach: timedelta) -> Forecast | None:
        """What a decision at an instant sees of a zone: the newest forecast issued by then, else one by persistence."""
        issues = self.series.forecasts.get(zone)
        if issues is None:
            return self._persisted(zone, now, reach)
        low, high = 0, len(issues)
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if issues[middle].issued_at <= now else (low, middle)
        return issues[low - 1] if low else None

    def _persisted(self, zone: str, now: datetime, reach: timedelta) -> Forecast | None:
        one = self.measured.get(zone)
        if one is None:
            return None
        step = timedelta(seconds=one.step_seconds)
        values = []
        at = instant(micros(now) // (step // _US) * (step // _US))
        while at < now + reach:
            before = at - DAY * ((at + step - now + DAY - _US) // DAY)  # the last such hour that had ended by then
            known = self._by_start[zone].get(micros(before))
            values.append((at, known))
            at += step
        return Forecast(zone, now, self.signal, self.basis, one.step_seconds, tuple(values), True, PERSISTENCE)

    @cached_property
    def _by_start(self) -> Mapping[str, Mapping[int, Decimal | None]]:
        return {zone: {micros(at): v for at, v in one.values} for zone, one in self.measured.items()}


_US = timedelta(microseconds=1)


def backtest(ground: Ground, policy: Policy, job: Job, every: timedelta) -> Result:
    """A policy over all that is measured in the zone of a job.

    Args:
        ground: the series.
        policy: the rules.
        job: the job; it is submitted again and again.
        every: how often it is submitted.

    Raises Misuse where its zone has no measured series, or none long enough for a single job.
    """
    zone = policy.site(job.region).zone
    if zone not in ground.steps:
        raise Misuse(
            f"no measured {ground.signal} intensity of {zone} is in the files", f"they hold {', '.join(ground.steps)}"
        )
    if job.duration_hours is None:
        raise Misuse("a back-test needs a duration", "give --hours")
    outcomes, left_out = [], 0
    for at in _submissions(ground, zone, every):
        made = outcome(ground, policy, replace(job, submitted_utc=at, job_id=f"{job.job_id}-{at:%Y%m%dT%H%M}"))
        if made is None:
            left_out += 1
        else:
            outcomes.append(made)
    if not outcomes:
        raise Misuse(f"the series of {zone} is too short for a single job", "give a longer one, or a shorter delay")
    return _result(ground, policy, job, zone, outcomes, left_out)


def _submissions(ground: Ground, zone: str, every: timedelta) -> Iterator[datetime]:
    steps = ground.steps[zone]
    if steps.end is None:
        return
    first, last = instant(steps.starts[0]), instant(steps.end)
    issues = ground.series.forecasts.get(zone)
    if issues:  # before the first forecast and after the last there is nothing to decide by
        first, last = max(first, issues[0].issued_at), min(last, issues[-1].issued_at + DAY)
    else:
        first += DAY  # a day is known before the first decision
    at = first
    while at < last:
        yield at
        at += every


def outcome(ground: Ground, policy: Policy, job: Job) -> Outcome | None:
    """What became of one job; None where a measured value that it needs is missing."""
    at = job.submitted_utc
    span = span_of(job, policy, at)
    assert span.duration is not None  # noqa: S101 — checked before
    length = span.duration // _US
    reach = max(span.latest, span.earliest) + span.duration - at + DAY
    home = policy.site(job.region).zone
    zones = [home, *(policy.site(region).zone for region in policy.allowed_regions if job.portable)]
    held = {zone: seen for zone in dict.fromkeys(zones) if (seen := ground.seen(zone, at, reach)) is not None}
    made = decide(job, policy, held, at, _NO_MEANS)
    intervals = _intervals(made, length)
    zone = made.home.zone if made.chosen is None else made.chosen.zone
    now = ground.steps[home].integral(micros(at), micros(at) + length)
    ran = _sum(ground.steps.get(zone), intervals)
    best = _optimum(ground, policy, job, made, length)
    if now is None or ran is None or best is None:
        return None
    also = []
    for name, by_zone in ground.other_steps.items():
        pair = _sum(by_zone.get(home), [(micros(at), micros(at) + length)]), _sum(by_zone.get(zone), intervals)
        if pair[0] is not None and pair[1] is not None:
            also.append((name, mean_g_per_kwh(pair[0], length), mean_g_per_kwh(pair[1], length)))
    start = instant(intervals[0][0])
    return Outcome(
        at, mean_g_per_kwh(now, length), mean_g_per_kwh(ran, length), mean_g_per_kwh(best, length),
        start - at, zone != home or intervals != [(micros(at), micros(at) + length)], made.chosen is None, tuple(also),
    )  # fmt: skip


def _intervals(made: Decision, length: int) -> list[tuple[int, int]]:
    if made.chosen is None:
        start = micros(made.span.fallback)
        return [(start, start + length)]
    return [(micros(start), micros(end)) for start, end in made.chosen.intervals]


def _optimum(ground: Ground, policy: Policy, job: Job, made: Decision, length: int) -> int | None:
    """The least sum that perfect foresight could have reached within the same bounds; None where a step is unknown."""
    span = made.span
    if not span.is_possible or span.latest < span.now:
        start = micros(span.fallback)
        return _sum(ground.steps.get(made.home.zone), [(start, start + length)])
    first, last = micros(span.earliest), micros(span.latest)
    found = []
    for zone in dict.fromkeys(option.zone for option in made.options) or [made.home.zone]:
        steps = ground.steps.get(zone)
        if steps is None or steps.integral(first, last + length) is None:
            return None
        may_cut = job.checkpointable and policy.interruptible
        best = (
            windows.cleanest_hours(steps, first, last + length, length)
            if may_cut
            else windows.cleanest_block(steps, first, last, length)
        )
        if best is not None:
            found.append(best.integral)
    return min(found, default=None)


def _sum(steps: Steps | None, intervals: Iterable[tuple[int, int]]) -> int | None:
    if steps is None:
        return None
    total = 0
    for start, end in intervals:
        part = steps.integral(start, end)
        if part is None:
            return None
        total += part
    return total


def _result(ground: Ground, policy: Policy, job: Job, zone: str, outcomes: list[Outcome], left_out: int) -> Result:
    count = len(outcomes)
    source = ground.series.forecasts[zone][0].source if ground.has_forecasts(zone) else PERSISTENCE
    others: dict[str, list[tuple[Decimal, Decimal]]] = {}
    for made in outcomes:
        for name, now, by_policy in made.also:
            others.setdefault(name, []).append((now, by_policy))
    waited = sum((made.waited for made in outcomes), timedelta(0))
    assert job.duration_hours is not None  # noqa: S101 — checked before
    return Result(
        zone, policy.name, job.duration_hours, job.checkpointable and policy.interruptible, source, count, left_out,
        sum(made.is_in_doubt for made in outcomes), outcomes[0].submitted, outcomes[-1].submitted,
        _mean(made.now_g for made in outcomes), _mean(made.policy_g for made in outcomes),
        _mean(made.optimum_g for made in outcomes), sum(made.policy_g > made.now_g for made in outcomes),
        sum(made.is_moved for made in outcomes),
        QUOTIENT.divide(Decimal(waited // _US), Decimal(count * 3_600_000_000)),
        tuple((name, _mean(a for a, _ in pairs), _mean(b for _, b in pairs)) for name, pairs in sorted(others.items())),
    )  # fmt: skip


def errors(ground: Ground, zone: str) -> Errors | None:
    """How far the forecasts of a zone were off, by the day of their lead; None where none are held."""
    issues = ground.series.forecasts.get(zone, ())
    truth = {micros(at): value for at, value in ground.measured[zone].values} if zone in ground.measured else {}
    found: dict[int, list[tuple[Decimal, Decimal | None]]] = {}
    longest = timedelta(0)
    for issue in issues:
        for at, value in issue.values:
            actual = truth.get(micros(at))
            if value is None or actual is None or at < issue.issued_at:
                continue
            longest = max(longest, at + timedelta(seconds=issue.step_seconds) - issue.issued_at)
            off = abs(value - actual)
            found.setdefault((at - issue.issued_at) // DAY + 1, []).append((off, _percent(off, actual)))
    if not found:
        return None
    by_day = tuple(
        (day, len(pairs), _mean(off for off, _ in pairs), _mean(share for _, share in pairs if share is not None))
        for day, pairs in sorted(found.items())
    )
    hours = QUOTIENT.divide(Decimal(longest // _US), Decimal(3_600_000_000))
    return Errors(zone, issues[0].source, len(issues), issues[0].issued_at, issues[-1].issued_at, hours, by_day)


def gaps(ground: Ground, zone: str) -> tuple[int, int]:
    """How many steps of a zone's measured series are missing, of how many between its first and its last."""
    steps = ground.steps[zone]
    if steps.end is None:
        return 0, 0
    whole = (steps.end - steps.starts[0]) // steps.length
    return whole - len(steps.starts), whole


def _mean(values: Iterable[Decimal]) -> Decimal:
    held = list(values)
    return QUOTIENT.divide(sum(held, Decimal(0)), Decimal(len(held))) if held else Decimal(0)


def _percent(part: Decimal, of: Decimal) -> Decimal | None:
    return QUOTIENT.divide(part * 100, of) if of else None
