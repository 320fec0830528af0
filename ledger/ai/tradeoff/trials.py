"""Recorded runs side by side: quality, carbon and cost of each with everything below it, failed trials included."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from ledger.ai.footprint import Emitted, StageFootprint, posted_runs, stage_footprint
from ledger.ai.model_runs import total_of
from ledger.ai.tradeoff.options import BASES
from ledger.ai.tradeoff.trial_quality import Quality, measure_of, quality_of
from ledger.errors import Misuse, known_word
from ledger.store import Session
from ledger.store.in_force import in_force
from ledger.tabular import Tabular

_GROUPS = """
select run_id, outcome, hardware_id, decision, reason_code, activity_batch, activity_seq, count(*) as runs,
       sum(energy_kwh)::decimal(38,6) as kwh, sum(accelerator_seconds)::decimal(38,6) as seconds,
       sum(tokens_in)::decimal(38,0) as tokens_in, sum(tokens_out)::decimal(38,0) as tokens_out
from footprint_run group by all
"""
_COST = "select run_id, currency, sum(cost)::decimal(38,6), count(*) from footprint_run group by all"
_NEAR = """
select distinct run_id, jaro_winkler_similarity(lower(run_id), lower($run)) as likeness from ai_run
order by likeness desc, run_id limit 3
"""
MOST_TRIALS = 1000


@dataclass(frozen=True, slots=True)
class TrialWish:
    """Which runs are compared, and by what.

    Attributes:
        runs: run ids; a single one is compared by its trials, which are the runs that name it as their parent.
        quality: name of the measure; None where the runs know one alone.
        direction: higher or lower; None where the records say so.
        target: value of the measure that counts as 100 %; None is the best that was reached.
        at_least: per cent of the target that a run has to reach; None asks for no such run.
        basis: location or market, of the carbon in the front.
    """

    runs: tuple[str, ...]
    quality: str | None = None
    direction: str | None = None
    target: Decimal | None = None
    at_least: Decimal | None = None
    basis: str = "location"

    def __post_init__(self) -> None:
        """Raises Misuse for no run, one twice, an unknown word, or a share that is none."""
        known_word("basis", self.basis, BASES)
        if self.direction is not None:
            known_word("direction", self.direction, ("higher", "lower"))
        if len(set(self.runs)) < len(self.runs):
            raise Misuse("a run is named twice", "name each once")
        if self.at_least is not None and not 0 < self.at_least <= 100:
            raise Misuse(f"at least {self.at_least} % of the target", "give more than 0 and at most 100, such as 95")


@dataclass(frozen=True, slots=True)
class Trial:
    """A run with everything below it, kept or not. Amounts are None where nothing gives them.

    Attributes:
        name: its run id.
        runs: how many runs it holds, itself with them where it is recorded.
        quality: of itself, else the best of what is below it; None where no run of it that completed gives one.
        sums: energy, carbon by both bases, and records without them, in which case the sums are lower bounds.
        not_kept: the same of records that failed, were interrupted or superseded.
        cost: by currency.
        without_cost: how many records give none.
        tokens: read and written.
    """

    name: str
    runs: int
    quality: Quality | None
    sums: StageFootprint
    not_kept: StageFootprint
    cost: Mapping[str, Decimal]
    without_cost: int
    tokens: Decimal | None

    def kg(self, basis: str) -> Decimal | None:
        """Kg CO2e of the power, location- or market-based; None is not quantified."""
        return self.sums.location_kg if basis == "location" else self.sums.market_kg

    @property
    def is_whole(self) -> bool:
        """Whether every record of it has energy and a factor: else its carbon is a lower bound."""
        return self.sums.without_energy == 0 and self.sums.without_factor == 0


@dataclass(frozen=True, slots=True)
class Trials(Tabular):
    """The runs compared, what is below each, and what they are measured by.

    Attributes:
        trials: what is compared, in the order asked; of a single run its trials by name.
        below: of each that was asked by name, the trials in it.
        whole: the single run with all its trials; None where several were asked.
        measure: name and direction of the quality; None where no run that completed gives one.
        currency: of the cost axis; None where there is none, and ``no_cost`` says why.
    """

    ROWS = "trials"

    wish: TrialWish
    size: int
    trials: tuple[Trial, ...]
    below: Mapping[str, tuple[Trial, ...]]
    whole: Trial | None
    measure: tuple[str, str] | None
    currency: str | None
    no_cost: str
    notes: tuple[str, ...]


def trials(s: Session, wish: TrialWish, size: int) -> Trials:
    """The comparison of runs as the ledger stood at a size.

    Raises:
        Misuse: a run that is not recorded, one that is below another, nothing to compare it with, several measures of
            quality with none chosen, or one whose direction nobody says.
    """
    tree = _tree(s, wish, size)
    emissions = posted_runs(s, size, runs=sorted({run for top in tree.values() for run in top}))
    held = _Held(s, emissions)
    measure, values = measure_of(s, wish.quality, wish.direction)

    def made(name: str, runs: Iterable[str]) -> Trial:
        own = sorted(runs)
        return held.trial(name, own, None if measure is None else quality_of(name, own, values, measure[1]))

    below = {top: tuple(made(name, runs) for name, runs in _children(top, tree[top], held)) for top in wish.runs}
    compared = tuple(made(top, tree[top]) for top in wish.runs)
    whole = None
    if len(wish.runs) == 1:
        (whole,), compared, below = compared, below[wish.runs[0]], {}
        if len(compared) < 2:
            raise Misuse(
                f"{wish.runs[0]} alone: there is nothing to compare it with",
                "name more runs after it, or a run that others name as their parent_run: its trials are compared",
            )
    currency, no_cost = _currency(compared)
    notes = _notes(compared, whole, held, tree)
    return Trials(wish, size, compared, below, whole, measure, currency, no_cost, notes)


def _tree(s: Session, wish: TrialWish, size: int) -> dict[str, dict[str, str | None]]:
    """Each run asked for → the runs in it, each with its parent."""
    sql = in_force(Path(__file__).with_name("trial_below.sql").read_text(encoding="utf-8"))
    found: dict[str, dict[str, str | None]] = defaultdict(dict)
    for top, run, parent in s.rows(sql, {"runs": list(wish.runs), "size": size}):
        found[top][run] = parent
    for run in wish.runs:
        if run not in found:
            near = ", ".join(name for name, _ in s.rows(_NEAR, {"run": run}))
            fix = f"the nearest are {near}" if near else "record one: ghg ai record, or ghg upload FILE"
            raise Misuse(f"no run '{run}' is recorded", fix)
        if inside := [other for other in wish.runs if other != run and other in found[run]]:
            raise Misuse(
                f"{inside[0]} is below {run}, whose sums hold it", f"name {run} alone: its trials are then compared"
            )
    if sum(map(len, found.values())) > MOST_TRIALS:
        raise Misuse(f"more than {MOST_TRIALS} runs with all below them", "compare fewer at a time")
    return found


def _children(top: str, tree: Mapping[str, str | None], held: _Held) -> list[tuple[str, list[str]]]:
    """The trials of a run, each with what is below it; what the run itself has, with energy of its own, is one too."""
    first: dict[str, list[str]] = {run: [] for run, parent in tree.items() if parent == top and run != top}
    for run in tree:
        at, seen = run, set()
        while at not in first and at not in seen and tree.get(at) is not None:
            seen.add(at)
            at = str(tree[at])
        if at in first:
            first[at].append(run)
    own = [(top, [top])] if first and held.has_energy(top) else []
    return own + sorted(first.items())


class _Held:
    """What the ledger holds of the runs: groups of records, cost, and what an activity emits."""

    def __init__(self, s: Session, emissions: Emitted) -> None:
        self._emissions = emissions
        self._groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for group in s.arrow(_GROUPS).to_pylist():
            self._groups[group["run_id"]].append(group)
        self._cost: dict[str, list[tuple[str | None, Decimal | None, int]]] = defaultdict(list)
        for run, currency, cost, count in s.rows(_COST):
            self._cost[run].append((currency, cost, count))

    def has_energy(self, run: str) -> bool:
        """Whether a run's own records have energy."""
        return any(group["kwh"] for group in self._groups[run])

    def bracket(self, run: str, runs: Sequence[str]) -> bool:
        """Whether a run is nothing but the bracket around others: neither energy nor machines of its own."""
        known = ("kwh", "hardware_id", "seconds")
        own = self._groups[run]
        return bool(own) and len(runs) > 1 and all(group[name] is None for group in own for name in known)

    def trial(self, name: str, runs: Sequence[str], quality: Quality | None) -> Trial:
        """The sums of runs under one name; a bracket has nothing to add and nothing missing."""
        count = sum(bool(self._groups[run]) for run in runs)
        if self.bracket(name, runs):
            runs = [run for run in runs if run != name]
        groups = [group for run in runs for group in self._groups[run]]
        lost = [group for group in groups if group["outcome"] != "completed"]
        cost: dict[str, Decimal] = defaultdict(Decimal)
        without = 0
        for run in runs:
            for currency, amount, records in self._cost[run]:
                if amount is None or currency is None:
                    without += records
                else:
                    cost[currency] += amount
        return Trial(
            name, count, quality,
            stage_footprint(name, groups, self._emissions), stage_footprint("not kept", lost, self._emissions),
            dict(sorted(cost.items())), without,
            total_of(amount for group in groups for amount in (group["tokens_in"], group["tokens_out"])),
        )  # fmt: skip


def _currency(compared: Sequence[Trial]) -> tuple[str | None, str]:
    """The currency of the cost axis, or why there is none. Nothing is converted."""
    if not any(trial.cost for trial in compared):
        return None, "no run gives what it cost"
    currencies = sorted({currency for trial in compared for currency in trial.cost})
    if len(currencies) > 1:
        told = "; ".join(f"{trial.name} in {' and '.join(trial.cost)}" for trial in compared if trial.cost)
        return None, f"the costs are in different currencies ({told}), and nothing is converted"
    without = [trial.name for trial in compared if trial.without_cost]
    if without:
        return None, f"some records of {', '.join(without[:6])} give no cost, which is not zero"
    return currencies[0], ""


def _notes(
    compared: Sequence[Trial], whole: Trial | None, held: _Held, tree: Mapping[str, Mapping[str, str | None]]
) -> tuple[str, ...]:
    notes, doubled = [], "where its record holds theirs, withdraw one of the two"
    for trial in compared:
        lacks = [(trial.sums.without_energy, "energy"), (trial.sums.without_factor, "emissions")]
        told = " and ".join(f"{count} without {what}" for count, what in lacks if count)
        if told:
            notes.append(f"{trial.name}: of {trial.sums.runs} records {told}, so its carbon is a lower bound (≥)")
    if whole is not None and held.has_energy(whole.name):
        notes.append(f"{whole.name} has energy of its own beside that of its trials: {doubled}")
    notes += [
        f"{trial.name} has energy of its own, and so have {trial.runs - 1} runs below it: {doubled}"
        for trial in compared
        if trial.runs > 1 and held.has_energy(trial.name)
    ]
    if brackets := [top for top, runs in tree.items() if held.bracket(top, list(runs))]:
        named = ", ".join(brackets)
        notes.append(f"{named}: neither energy nor machines of its own, taken as the bracket around its trials")
    return tuple(notes)
