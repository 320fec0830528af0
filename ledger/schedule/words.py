"""An advice in words: one paragraph that says what to do, by what figures, against what, and what is in doubt."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING

from ledger.schedule.options import Option, kg_text

if TYPE_CHECKING:
    from ledger.schedule.decide import Counterfactual, Decision
    from ledger.schedule.forecast import Forecast
    from ledger.schedule.job import Job
    from ledger.schedule.policy import Policy

_SIGNALS = {"average": "the average", "marginal": "the marginal", "fossil_only": "the fossil part of the"}
_BASES = {"direct": "of generation alone", "life_cycle": "over the life cycle"}
_FEW = Context(prec=3, rounding=ROUND_HALF_UP)
_SHOWN_INTERVALS = 4


def reason(
    job: Job, policy: Policy, made: Decision, choice: str, before: Counterfactual, saving: Decimal | None,
    used: tuple[Forecast, ...],
) -> str:  # fmt: skip
    """The paragraph of an advice."""
    if made.chosen is None:
        sentences = [_undecided(made, choice)]
    else:
        sentences = [*_decided(policy, made, made.chosen), *_saved(job, made.chosen, before, saving)]
        sentences += _rests_on(made.chosen, used, made)
    sentences += [_sentence(warning) for warning in made.warnings]
    return " ".join(sentences)


def signal(name: str, basis: str) -> str:
    """A signal and its basis in words: "the average intensity of generation alone"."""
    return f"{_SIGNALS.get(name, name)} intensity {_BASES.get(basis, basis)}"


def at_text(at: datetime) -> str:
    """An instant for a sentence: 2026-11-28 14:00 UTC, with seconds only where there are any."""
    seconds = ":%S" if at.second or at.microsecond else ""
    return at.strftime(f"%Y-%m-%d %H:%M{seconds} UTC")


def grams(value: Decimal) -> str:
    """An intensity for a sentence, to a tenth of a gram."""
    return f"{value.quantize(Decimal('0.1'), ROUND_HALF_UP):f} g/kWh"


def hours_text(span: timedelta) -> str:
    """A duration for a sentence: 6 h, 30 min, 1.5 h."""
    minutes = span / timedelta(minutes=1)
    return f"{minutes:g} min" if minutes < 60 else f"{minutes / 60:.4g} h"


def _sentence(words: str) -> str:
    is_name = ":" in words.partition(" ")[0]
    return (words if is_name else words[:1].upper() + words[1:]) + "."


def _undecided(made: Decision, choice: str) -> str:
    start = made.span.fallback
    what = {"now": "Run now", "later": f"Run at {at_text(start)}", "elsewhere": f"Run in {made.home.region}"}[choice]
    why = {
        "residency": "the residency of data leaves no place to choose",
        "duration": "nobody said how long the job runs, so no later start is known to keep a deadline",
        "deadline": f"the last start in time, {at_text(made.span.latest)}, has passed",
        "never": (
            f"the policy can never be met: its earliest start is {at_text(made.span.earliest)} and the last in time is "
            f"{at_text(made.span.latest)}; the deadline counts"
        ),
    }.get(made.why, f"nothing could be compared: {made.why}")
    return f"{what}: {why}."


def _decided(policy: Policy, made: Decision, chosen: Option) -> Iterator[str]:
    span, at_once = made.span, made.at_once
    place = f"{chosen.region} (zone {chosen.zone})" if chosen.region != chosen.zone else chosen.zone
    head = {"now": "Run now", "later": f"Wait until {at_text(chosen.start)}", "elsewhere": f"Run in {place}"}[
        chosen.kind
    ]
    if chosen.kind == "elsewhere":
        head += " now" if chosen.start <= span.now else f" from {at_text(chosen.start)}"
    if chosen.is_interrupted:
        head += f", in {len(chosen.intervals)} parts ({_parts(chosen)})"
    told = f"{grams(chosen.g_per_kwh)} is forecast"
    if at_once is None or at_once is chosen:
        yield f"{head}: {told} for {chosen.zone} over its hours, and {_rule(made, policy)}."
        return
    where = f" in {at_once.zone}" if at_once.zone != chosen.zone else ""
    yield (
        f"{head}: {told} for {chosen.zone} then, against {grams(at_once.g_per_kwh)}{where} at once; "
        f"{_rule(made, policy)}."
    )


def _parts(chosen: Option) -> str:
    shown = [f"{start:%d %b %H:%M}–{end:%H:%M}" for start, end in chosen.intervals[:_SHOWN_INTERVALS]]
    more = len(chosen.intervals) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "") + " UTC"


def _rule(made: Decision, policy: Policy) -> str:
    """By which rule the option was taken."""
    waited = "no wait is allowed" if made.span.is_open else f"the last start in time is {at_text(made.span.latest)}"
    if made.why == "threshold":
        return f"that is within the {policy.threshold_g_per_kwh:f} g/kWh of the policy ({waited})"
    if made.why == "gain":
        return (
            f"nothing else gains {policy.least_gain_g_per_kwh:f} g/kWh, the least for which the policy moves a job "
            f"({waited})"
        )
    if made.why == "cheapest":
        return f"cost and carbon at {policy.price_per_tonne:f} {policy.currency} a tonne are least so ({waited})"
    return f"nothing cleaner is forecast ({waited})"


def _saved(job: Job, chosen: Option, before: Counterfactual, saving: Decimal | None) -> Iterator[str]:
    if before.expected_g_per_kwh is None:
        yield f"What the hours from its submission ({at_text(before.start_utc)}) would have taken is not forecast."
        return
    difference = before.expected_g_per_kwh - chosen.g_per_kwh
    if difference == 0 and saving in (None, 0):
        yield "Nothing is expected to be saved against a start at submission."
        return
    sign = "less" if difference > 0 else "more"
    told = f"Against a start at submission in {before.zone} that is {grams(abs(difference))} {sign}"
    if saving is not None:
        yield f"{told}, {kg_text(abs(saving))} over the {job.moved_kwh:f} kWh above idle."
    elif job.energy_kwh is not None:
        most = _FEW.plus(abs(difference) * job.energy_kwh / 1000)
        yield f"{told}; at most {most:f} kg, for it is not said how much of the {job.energy_kwh:f} kWh is idle."
    else:
        yield f"{told}; no kg are told, for the energy of the job is not known."


def _rests_on(chosen: Option, used: tuple[Forecast, ...], made: Decision) -> Iterator[str]:
    forecast = next(held for held in used if held.zone == chosen.zone)
    estimated = ", marked as estimated" if forecast.estimated else ""
    reach = forecast.reaches_to
    yield (
        f"The forecast is of {signal(forecast.signal, forecast.basis)} by {forecast.source}{estimated}, issued "
        f"{at_text(forecast.issued_at)}."
    )
    duration = made.span.duration
    if reach is not None and duration is not None and reach < made.span.latest + duration:
        yield f"It ends at {at_text(reach)}, so later starts could not be weighed."
    if chosen.is_interrupted:
        yield "What stopping and going on takes is not in the expectation; work done again is subtracted afterwards."
