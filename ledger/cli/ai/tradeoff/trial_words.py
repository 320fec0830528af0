"""Recorded runs side by side in words: the table, how much less at what quality, and what to know."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, Any

from ledger.ai.interval import Interval
from ledger.book.words.compare import UNKNOWN, narrow
from ledger.plain import plain_amount

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ledger.ai.tradeoff.trial_ranking import Less
    from ledger.ai.tradeoff.trials import Trial, Trials

BASES = ("location", "market")
ROWS_SHOWN, SENTENCES, NAMES_SHOWN = 40, 8, 5


def print_trials(made: Trials) -> None:
    """The runs on the terminal: the table, what is decided, and what to know."""
    from ledger.terminal import console, ruled_table, safe

    out = console()
    out.print(safe(lead(made)), style="bold")
    head, *rows = rows_of(made)
    table = ruled_table(*((name, 0 < at < len(head) - 1) for at, name in enumerate(head)))
    last = rows[-1:] if made.whole is not None else []
    trials = rows[: len(rows) - len(last)]
    for row in [*trials[:ROWS_SHOWN], *last]:
        table.add_row(*map(safe, row))
    out.print(table)
    if len(trials) > ROWS_SHOWN:
        out.print(f"{len(trials) - ROWS_SHOWN} more runs, of lower quality: --json has all")
    for words in verdicts(made):
        out.print(safe(words), soft_wrap=True)
    for line in to_know(made):
        out.print(safe(f"  · {line}"), style="dim", soft_wrap=True)


def lead(made: Trials) -> str:
    """What is compared."""
    what = f"{len(made.trials)} runs" if made.whole is None else f"{len(made.trials)} trials of {made.whole.name}"
    measured = "" if made.measure is None else f"; {made.measure[0]}, {made.measure[1]} is better"
    return f"{what}, as the ledger stands at {made.size} batches{measured}; carbon by {made.wish.basis} in the front"


def rows_of(made: Trials) -> list[list[str]]:
    """The table, its head first: the best quality on top, trials of a run under it, and of one run all of it last."""
    from ledger.ai.tradeoff.ranking import OFF, ON
    from ledger.ai.tradeoff.trial_ranking import trial_front

    costs = any(trial.cost for trial in _all(made))
    tokens = any(trial.tokens is not None for trial in _all(made))
    name = "quality" if made.measure is None else made.measure[0]
    head = ["run", "runs", "not kept", name, "kg location", "kg market", "kg made", "kWh"]
    head += [*["cost"] * costs, *["tokens"] * tokens, "front"]
    shown = {ON: "on", OFF: "", "open": "open"}
    rows = [head]
    standing = zip(made.trials, trial_front(made), strict=True)
    for trial, where in sorted(standing, key=lambda pair: _order(made, pair[0])):
        word = shown.get(where, "no quality")
        rows.append([*_cells(trial, trial.name, costs=costs, tokens=tokens), word])
        under = sorted(made.below.get(trial.name, ()), key=lambda each: _order(made, each))
        rows += [[*_cells(each, f"· {each.name}", costs=costs, tokens=tokens), ""] for each in under]
    if made.whole is not None:
        rows.append([*_cells(made.whole, f"all of {made.whole.name}", costs=costs, tokens=tokens), ""])
    return rows


def _all(made: Trials) -> list[Trial]:
    return [*made.trials, *([] if made.whole is None else [made.whole])]


def _order(made: Trials, trial: Trial) -> tuple[bool, Decimal, str]:
    if trial.quality is None or made.measure is None:
        return True, Decimal(0), trial.name
    value = trial.quality.value
    return False, -value if made.measure[1] == "higher" else value, trial.name


def _cells(trial: Trial, name: str, *, costs: bool, tokens: bool) -> list[str]:
    sums = trial.sums
    made = None if sums.embodied_kg is None else Interval(*sums.embodied_kg)
    least = "" if trial.is_whole else "≥ "
    kwh_least = "≥ " if sums.without_energy else ""
    quality = UNKNOWN if trial.quality is None else plain_amount(trial.quality.value)
    cells = [name, str(trial.runs), str(trial.not_kept.runs), quality, _bound(trial.kg("location"), least)]
    cells += [_bound(trial.kg("market"), least), narrow(made), _bound(sums.energy_kwh, kwh_least)]
    cells += [_cost(trial)] * costs
    return cells + [UNKNOWN if trial.tokens is None else narrow(Interval(trial.tokens, trial.tokens))] * tokens


def _bound(value: Decimal | None, sign: str) -> str:
    return UNKNOWN if value is None else f"{sign}{narrow(Interval(value, value))}"


def _cost(trial: Trial) -> str:
    told = " + ".join(f"{narrow(Interval(amount, amount))} {currency}" for currency, amount in trial.cost.items())
    return f"{'≥ ' if trial.without_cost else ''}{told}" if told else UNKNOWN


def verdicts(made: Trials) -> list[str]:
    """What is best, how much less carbon at which share of the target, and what the failed trials took."""
    from ledger.ai.tradeoff.trial_ranking import best_trial, least_carbon

    best = best_trial(made)
    told = []
    if best is None or best.quality is None or made.measure is None:
        told.append("No run that completed gives a quality (quality_name, quality_value): nothing is said of it.")
    else:
        by = "" if best.quality.run == best.name else f", reached by {best.quality.run}"
        value = plain_amount(best.quality.value)
        told.append(f"Best {made.measure[0]}: {best.name}, {value}{by}{_of_target(made, best)}.")
    of = [trial for trial in made.trials if trial.quality is not None] or list(made.trials)
    told += [f"Least carbon, {basis}-based: {_listed(least_carbon(of, basis))}." for basis in BASES]
    if made.currency is not None:
        told.append(f"Cheapest: {min(of, key=lambda trial: trial.cost[made.currency or '']).name}.")
    else:
        told.append(f"No cost axis: {made.no_cost}.")
    if best is not None:
        besides = _worth_telling(made)
        told += [less_words(made, less, best.name) for less in besides[:SENTENCES]]
        if len(besides) > SENTENCES:
            told.append(f"{len(besides) - SENTENCES} more beside {best.name}: --json has all.")
        told += _asked_share(made, best)
    return told + _lost(made)


def _worth_telling(made: Trials) -> list[Less]:
    """The runs beside the best: of many those that the front may hold, the nearest to the target first."""
    from ledger.ai.tradeoff.ranking import OFF
    from ledger.ai.tradeoff.trial_ranking import beside_best, trial_front

    besides = list(beside_best(made))
    if len(besides) <= SENTENCES:
        return besides
    standing = dict(zip((trial.name for trial in made.trials), trial_front(made), strict=True))
    front = [each for each in besides if standing[each.name] != OFF]
    return sorted(front, key=lambda each: (-(each.share or Decimal(0)), each.name))


def _of_target(made: Trials, best: Trial) -> str:
    """How near the best comes to the target that was named."""
    from ledger.ai.tradeoff.trial_quality import share_of_target

    if made.wish.target is None or made.measure is None or best.quality is None:
        return ""
    share = share_of_target(best.quality.value, made.wish.target, made.measure[1])
    return "" if share is None else f", {_floor(share)} % of {_target(made)}"


def _listed(trials: Sequence[Trial]) -> str:
    names = [trial.name for trial in trials]
    if len(names) == 1:
        return names[0]
    open_ = "" if all(trial.is_whole for trial in trials) else "undecided between "
    if len(names) > NAMES_SHOWN:
        names = [*names[: NAMES_SHOWN - 1], f"{len(names) - NAMES_SHOWN + 1} more"]
    return f"{open_}{', '.join(names[:-1])} and {names[-1]}{'' if open_ else ' alike'}"


def less_words(made: Trials, told: Less, best: str) -> str:
    """A run beside the best: x % less carbon at y % of the target; never more than is so."""
    share = "a quality of which no share can be told"
    if told.share is not None:
        share = f"≥ {_floor(told.share)} % of {_target(made)}"
    parts = []
    for basis in BASES:
        less = told.less[basis]
        if less is None:
            parts.append(f"carbon not comparable {basis}-based")
        elif less >= 0:
            parts.append(f"{'at least ' if told.is_least else ''}{_floor(less)} % less carbon {basis}-based")
        else:
            parts.append(f"{_ceiling(-less)} % more carbon {basis}-based")
    same = len({part.rpartition(" ")[0] for part in parts}) == 1
    carbon = f"{parts[0].rpartition(' ')[0]} by both bases" if same else ", ".join(parts)
    return f"{told.name}: {carbon} than {best}, at {share}."


def _target(made: Trials) -> str:
    from ledger.ai.tradeoff.trial_ranking import target_of

    target = target_of(made)
    value = "" if target is None else plain_amount(target)
    return f"the target of {value}" if made.wish.target is not None else f"the best ({value})"


def _asked_share(made: Trials, best: Trial) -> list[str]:
    """The run that emits least of those that reach the share of the target that was asked for."""
    from ledger.ai.tradeoff.trial_ranking import beside_best, least_carbon, reaching

    least = made.wish.at_least
    if least is None:
        return []
    reached = reaching(made)
    if not reached:
        return [f"No run reaches {plain_amount(least)} % of {_target(made)}."]
    first = least_carbon(reached, made.wish.basis)
    told = f"At ≥ {plain_amount(least)} % of {_target(made)} the least carbon, {made.wish.basis}-based, "
    told += f"is of {_listed(first)}"
    less = {each.name: each.less[made.wish.basis] for each in beside_best(made)}.get(first[0].name)
    if len(first) == 1 and less is not None and less > 0:
        told += f": {'' if best.is_whole else 'at least '}{_floor(less)} % less than {best.name}"
    return [f"{told}."]


def _lost(made: Trials) -> list[str]:
    """What trials that were not kept took, of all that is compared."""
    of = [made.whole] if made.whole is not None else list(made.trials)
    told = []
    for trial in of:
        lost, kg = trial.not_kept.location_kg, trial.kg("location")
        if not trial.not_kept.runs:
            continue
        count = f"{trial.not_kept.runs} of {trial.sums.runs} records"
        what = "their energy is not known" if lost is None else f"{narrow(Interval(lost, lost))} kg location-based"
        part = f", {_floor(lost * 100 / kg)} % of its carbon" if lost is not None and kg else ""
        told.append(f"{trial.name}: {count} failed, were interrupted or superseded: {what}{part}, in the sums above.")
    return told


def to_know(made: Trials) -> list[str]:
    """What the figures are and what they leave out."""
    return [
        *made.notes,
        "carbon is that of the ledger's own postings, with everything below a run by parent_run",
        "market-based is before certificates are allotted: they go to facilities, not to runs",
        "upstream of the fuels and losses of the grid are in no column",
        "made is the accelerators' share of their life, a memo that is in no other column",
        "a share of the target is value ÷ target, or target ÷ value where lower is better",
    ]  # fmt: skip


def _floor(value: Decimal) -> str:
    return format(value.quantize(Decimal("0.1"), ROUND_FLOOR), "f")


def _ceiling(value: Decimal) -> str:
    return format(value.quantize(Decimal("0.1"), ROUND_CEILING), "f")


def trials_page(made: Trials, output: Path) -> bytes:
    """The plot or the page of the runs, by the ending of the file's name."""
    from ledger.disclosure.charts.trials import trial_chart
    from ledger.disclosure.documents.charted import Told, charted_file

    table = rows_of(made)
    told = Told("Recorded runs compared", lead(made), table, range(1, len(table[0]) - 1), verdicts(made),
                {"To know": to_know(made)})  # fmt: skip
    return charted_file(lambda: trial_chart(made), told, output.name)


def trials_json(made: Trials) -> dict[str, Any]:
    """The runs as JSON: exact amounts, the front, and each beside the best."""
    from ledger.ai.tradeoff.trial_ranking import beside_best, best_trial, least_carbon, target_of, trial_front
    from ledger.plain import plain

    best = best_trial(made)
    told: dict[str, Any] = {
        "size": made.size, "basis": made.wish.basis,
        "measure": None if made.measure is None else dict(zip(("name", "direction"), made.measure, strict=True)),
        "target": plain(target_of(made)), "at_least_percent": plain(made.wish.at_least),
        "currency": made.currency, "no_cost_axis": made.no_cost or None,
        "trials": [
            {**_trial_json(trial), "front": where, "below": list(map(_trial_json, made.below.get(trial.name, ())))}
            for trial, where in zip(made.trials, trial_front(made), strict=True)
        ],
        "whole": None if made.whole is None else _trial_json(made.whole),
        "best": None if best is None else best.name,
        "least_carbon": {basis: [trial.name for trial in least_carbon(made.trials, basis)] for basis in BASES},
        "beside_best": [
            {"run": each.name, "percent_of_target": plain(each.share), "percent_less": plain(each.less),
             "is_lower_bound": each.is_least}
            for each in beside_best(made)
        ],
        "verdicts": verdicts(made), "notes": to_know(made),
    }  # fmt: skip
    return told


def _trial_json(trial: Trial) -> dict[str, Any]:
    from ledger.plain import plain

    sums = {name: value for name, value in plain(trial.sums).items() if name not in ("stage", "runs", "not_kept")}
    return {
        "run": trial.name, "runs": trial.runs, "records": trial.sums.runs, "records_not_kept": trial.not_kept.runs,
        "quality": None if trial.quality is None else plain(trial.quality), **sums,
        "not_kept_location_kg": plain(trial.not_kept.location_kg),
        "not_kept_market_kg": plain(trial.not_kept.market_kg), "carbon_is_lower_bound": not trial.is_whole,
        "cost": plain(trial.cost), "records_without_cost": trial.without_cost, "tokens": plain(trial.tokens),
    }  # fmt: skip
