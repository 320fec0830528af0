"""Options by the hour at which the work begins, in words: best and worst start, and what the yearly factor says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ledger.ai.worked import ends
from ledger.book.words.compare import narrow, short

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.ai.tradeoff.compare import Comparison
    from ledger.ai.tradeoff.starts import StartKg, Starts
    from ledger.disclosure.documents.charted import Part

HEAD = ("option", "best start, UTC", "kg, best", "worst start, UTC", "kg, worst", "kg, mean", "kg, yearly factor")
NUMERIC = (2, 4, 5, 6)


def title(made: Comparison) -> str:
    """What is looked at."""
    first, last = made.starts[0].starts[0].start, made.starts[0].starts[-1].start
    return f"By the hour it begins, {_when(first)} to {_when(last)} UTC; kg of the power by the hours of the grid"


def _when(at: Any) -> str:
    return format(at, "%Y-%m-%d %H:%M")


def start_rows(made: Comparison) -> list[list[str]]:
    """A row for each option, the one of the cleanest start first."""
    ordered = sorted(made.starts, key=lambda each: each.best[0].kg.low + each.best[-1].kg.high)
    return [
        [
            short(each.option.name), _starts_words(each.best), narrow(_span(each.best)), _starts_words(each.worst),
            narrow(_span(each.worst)), narrow(each.mean), narrow(each.option.operational("location")),
        ]
        for each in ordered
    ]  # fmt: skip


def _starts_words(found: Sequence[StartKg]) -> str:
    """The start; both where it depends on how long the work takes. The year stands in the title."""
    return " or ".join(f"{at:%m-%d %H:%M}" for at in sorted(each.start for each in found))


def _span(found: Sequence[StartKg]) -> Any:
    from ledger.ai.interval import Interval

    return Interval(min(each.kg.low for each in found), max(each.kg.high for each in found))


def start_verdicts(made: Comparison) -> list[str]:
    """Which option at which start emits least, what the hour is worth, and what is left out."""
    from ledger.ai.tradeoff.starts import first_starts

    first = first_starts(made.starts)
    if len(first) == 1:
        told = [f"Least carbon by the hour: {first[0].option.name} at {_starts_words(first[0].best)}."]
    else:
        names = [each.option.name for each in first]
        told = [f"Least carbon by the hour: undecided between {', '.join(names[:-1])} and {names[-1]}."]
    told += [words for each in made.starts if (words := _worth(each))]
    if lost := max(each.unknown for each in made.starts):
        told.append(f"{lost} starts of the window are left out where not all hours of the work are known.")
    told.append(
        "These kilograms are a memo beside those of the yearly factor, which is of another source and boundary; they "
        "are never market-based, and manufacture, which does not depend on the start, is not in them."
    )
    return told


def _worth(found: Starts) -> str:
    """How much less the best start emits than the worst, where one start is each."""
    if len(found.best) > 1 or len(found.worst) > 1:
        return f"{found.option.name}: the best start depends on how long it takes."
    best, worst = found.best[0].kg, found.worst[0].kg
    if worst.low == 0 or worst == best:
        return ""
    shares = sorted((1 - best.low / worst.low, 1 - best.high / worst.high))
    words = dict.fromkeys(format(share * 100, ".1f") for share in shares)
    return f"{found.option.name}: {'–'.join(words)} % less at the best start than at the worst."


def starts_part(made: Comparison) -> Part:
    """The part of a page: the plot by start, the table, and what is decided."""
    from ledger.disclosure.charts.starts import start_chart
    from ledger.disclosure.documents.charted import Part

    rows = [list(HEAD), *start_rows(made)]
    return Part("By the hour it begins", lambda: start_chart(made), rows, NUMERIC, [title(made), *start_verdicts(made)])


def starts_json(made: Comparison) -> list[dict[str, Any]]:
    """Every option at every start, exact."""
    return [
        {
            "option": each.option.name, "zone": each.series.zone, "signal_basis": each.series.basis,
            "signal_kind": each.series.kind, "source": each.series.source, "unknown_starts": each.unknown,
            "best": [_json(one) for one in each.best], "worst": [_json(one) for one in each.worst],
            "mean_kg_co2e": ends(each.mean), "starts": [_json(one) for one in each.starts],
        }
        for each in made.starts
    ]  # fmt: skip


def _json(one: StartKg) -> dict[str, Any]:
    return {"start_utc": f"{one.start:%Y-%m-%dT%H:%M:%SZ}", "kg_co2e": ends(one.kg)}
