"""What is decided between runs: the Pareto front of quality, carbon and cost, and how much less at what quality."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from ledger.ai.interval import EXACT, QUOTIENT
from ledger.ai.tradeoff.ranking import OFF, ON, OPEN
from ledger.ai.tradeoff.trial_quality import HUNDRED, share_of_target
from ledger.ai.tradeoff.trials import Trial, Trials

NONE = "none"
"""Where a run stands that has no quality: not on the front, and not off it."""
_UNBOUNDED = Decimal("Infinity")
Ends = tuple[Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class Less:
    """A run beside the one of the best quality.

    Attributes:
        name: the run.
        share: per cent of the target that its quality reaches; None where that is no ratio.
        less: basis → per cent that it emits less, below zero where more; None where its carbon is a lower bound or not
            known, or the other's is nothing.
        is_least: whether ``less`` is a lower bound, since the carbon of the best is one.
    """

    name: str
    share: Decimal | None
    less: dict[str, Decimal | None]
    is_least: bool


def best_trial(made: Trials) -> Trial | None:
    """The run of the best quality, of several the one that emits least; None where no run has one."""
    if made.measure is None:
        return None
    sign = 1 if made.measure[1] == "higher" else -1
    held = [(trial.quality.value * sign, trial) for trial in made.trials if trial.quality is not None]
    if not held:
        return None
    top = max(value for value, _ in held)
    return min((trial for value, trial in held if value == top), key=lambda each: _carbon(each, made.wish.basis)[0])


def target_of(made: Trials) -> Decimal | None:
    """What counts as 100 %: as asked, else the best quality that was reached."""
    best = best_trial(made)
    if made.wish.target is not None:
        return made.wish.target
    return None if best is None or best.quality is None else best.quality.value


def beside_best(made: Trials) -> tuple[Less, ...]:
    """Every run with a quality beside the best one, that which emits least first."""
    best, target = best_trial(made), target_of(made)
    if best is None or target is None or made.measure is None:
        return ()
    told = []
    for trial in sorted(made.trials, key=lambda each: _carbon(each, made.wish.basis)[0]):
        if trial.quality is None or trial is best:
            continue
        share = share_of_target(trial.quality.value, target, made.measure[1])
        less = {basis: _less(trial, best, basis) for basis in ("location", "market")}
        told.append(Less(trial.name, share, less, not best.is_whole))
    return tuple(told)


def _less(trial: Trial, best: Trial, basis: str) -> Decimal | None:
    kg, most = trial.kg(basis), best.kg(basis)
    if kg is None or not most or not trial.is_whole or (kg > most and not best.is_whole):
        return None
    return QUOTIENT.divide(EXACT.multiply(EXACT.subtract(most, kg), HUNDRED), most)


def reaching(made: Trials) -> tuple[Trial, ...]:
    """The runs that reach the share of the target that was asked for."""
    target, least = target_of(made), made.wish.at_least
    if target is None or least is None or made.measure is None:
        return ()
    reached = []
    for trial in made.trials:
        share = None if trial.quality is None else share_of_target(trial.quality.value, target, made.measure[1])
        if share is not None and share >= least:
            reached.append(trial)
    return tuple(reached)


def least_carbon(trials: Sequence[Trial], basis: str) -> tuple[Trial, ...]:
    """Those that can emit least: one where it is decided, several where bounds leave it open or it is equal."""
    ends = [_carbon(trial, basis) for trial in trials]
    return tuple(
        trial for trial, (low, _) in zip(trials, ends, strict=True) if all(low <= high for _, high in ends)
    )  # fmt: skip


def trial_front(made: Trials, *, with_cost: bool = True) -> tuple[str, ...]:
    """Whether each run is on the Pareto front of quality, carbon and, where it is an axis and asked for, cost.

    "open" where a lower bound leaves it so; "none" for a run without quality.
    """
    points = [_point(made, trial, with_cost=with_cost) for trial in made.trials]
    held = [point for point in points if point is not None]
    return tuple(
        NONE if point is None else _standing(point, [other for other in held if other is not point]) for point in points
    )


def _point(made: Trials, trial: Trial, *, with_cost: bool) -> tuple[Ends, ...] | None:
    """Each measure as its two ends, less being better."""
    if trial.quality is None or made.measure is None:
        return None
    value = trial.quality.value.copy_negate() if made.measure[1] == "higher" else trial.quality.value
    point = [(value, value), _carbon(trial, made.wish.basis)]
    if with_cost and made.currency is not None:
        cost = trial.cost[made.currency]
        point.append((cost, cost))
    return tuple(point)


def _standing(mine: tuple[Ends, ...], others: Sequence[tuple[Ends, ...]]) -> str:
    standing = ON
    for other in others:
        pairs = list(zip(other, mine, strict=True))
        if all(b[1] <= a[0] for b, a in pairs) and any(b[1] < a[0] for b, a in pairs):
            return OFF
        if all(b[0] <= a[1] for b, a in pairs) and any(b[0] < a[1] for b, a in pairs):
            standing = OPEN
    return standing


def _carbon(trial: Trial, basis: str) -> Ends:
    kg = trial.kg(basis)
    if kg is None:
        return Decimal(0), _UNBOUNDED
    return kg, kg if trial.is_whole else _UNBOUNDED
