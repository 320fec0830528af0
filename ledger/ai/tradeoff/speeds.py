"""How long each accelerator takes for the same work: by two runs of one's own, a benchmark pair, or peak × utilisation.

Times are relative, on one scale for all parts: what is common to them (how large the work is) drops out of every
ranking, so that a range of it leaves no ranking open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ledger.ai.catalogue import Hardware
from ledger.ai.energy import TERA, accelerator_hours, share
from ledger.ai.interval import Interval, interval
from ledger.ai.tradeoff.benchmarks import comparable, shared
from ledger.errors import Misuse

NOT_VERIFIED = "derived from MLPerf Training {round} results, not verified by MLCommons"
MEASURED, BENCHMARK, PEAK, NONE = "measured", "benchmark", "peak", "one part"


@dataclass(frozen=True, slots=True)
class Speeds:
    """Relative time of each part for the same work, how it was found, and from what.

    ``times`` has accelerator-hours, minutes, or hours per unit of peak: one unit for all, which cancels.
    """

    method: str
    times: Mapping[str, Interval]
    source: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be done: operations, or hours on a reference part; and what is known of speeds.

    Attributes:
        flops: operations, FLOP.
        hours: accelerator-hours on ``reference``.
        reference: the part that hours, or the utilisation of operations, are of.
        measured: part → accelerator-hours that the user's own runs of one task took.
        benchmark: a benchmark, such as ``bert/v2.1/8``.
        utilisation: share of dense peak that the work reaches (model FLOP utilisation), a range.
        precision: of the peak.
    """

    flops: Interval | None = None
    hours: Interval | None = None
    reference: str | None = None
    measured: Mapping[str, Interval] | None = None
    benchmark: str | None = None
    utilisation: Interval | None = None
    precision: str = "fp16"


def speeds(work: Work, parts: Sequence[Hardware]) -> Speeds:
    """The relative times of all parts, by the strongest evidence that was given.

    Raises:
        Misuse: nothing says how the parts compare, or what is given lacks one of them.
    """
    ids = [part.hardware_id for part in parts]
    if work.measured:
        if missing := [name for name in ids if name not in work.measured]:
            raise Misuse(
                f"there is no run of your own on {', '.join(missing)}",
                "give --measured PART=HOURS for each part, accelerator-hours of one and the same task",
            )
        told = ", ".join(f"{name} {work.measured[name].text()} h" for name in ids)
        times = {name: work.measured[name] for name in ids}
        return Speeds(MEASURED, times, f"your own runs of one task: {told}")
    if work.benchmark:
        return _by_benchmark(work.benchmark, ids)
    if work.utilisation is not None:
        return _by_peak(work, parts, work.utilisation)
    if len(ids) == 1:
        return Speeds(NONE, {ids[0]: interval(1)}, "one part alone: no speeds are compared")
    held = shared(ids)
    newest = sorted(held, key=lambda name: name.split("/")[1], reverse=True)[:4]
    held_words = f"--benchmark ({', '.join(newest)} … hold them all), " if held else ""
    raise Misuse(
        f"how fast is {ids[1]} beside {ids[0]}? No ratio is assumed",
        f"give --measured PART=HOURS for each (your own runs of one task), {held_words}"
        "or --utilisation 0.3-0.5, the range of the share of peak that your work reaches",
        code="speed-unknown",
    )


def hours_of(work: Work, found: Speeds, parts: Mapping[str, Hardware]) -> dict[str, Interval]:
    """Accelerator-hours of the work on each part.

    On the reference they are as given, or operations ÷ (peak × utilisation); on another part they are the reference's
    times the ratio of the two relative times. Without a reference each part's are worked out from the operations.

    Raises:
        Misuse: neither operations nor hours, both, or a part that the amounts cannot be carried over from.
    """
    if (work.flops is None) == (work.hours is None):
        raise Misuse("what is the work?", "give --flops 1e21, or --hours 1000 --on PART, or --run ID of a recorded run")
    if work.flops is not None and (work.reference is None or found.method in (PEAK, NONE)):
        if work.utilisation is None:
            raise Misuse("operations need the share of peak that is reached", "give --utilisation, such as 0.3-0.5")
        return {name: _hours_at_peak(work, parts[name], work.utilisation) for name in found.times}
    reference = work.reference or (next(iter(found.times)) if len(found.times) == 1 else None)
    if reference is None:
        raise Misuse("hours on which accelerator?", "name it with --on, such as --on 'A100 SXM4 80GB'")
    base = work.hours
    if base is None:
        if work.utilisation is None:
            raise Misuse("operations need the share of peak that is reached", "give --utilisation, such as 0.3-0.5")
        base = _hours_at_peak(work, parts[reference], work.utilisation)
    of_reference = found.times[reference]
    if base.low == 0:
        raise Misuse("work of no hours", "give an amount above zero")
    return {
        name: base if name == reference else base * time / of_reference for name, time in found.times.items()
    }  # fmt: skip


def _by_benchmark(asked: str, ids: Sequence[str]) -> Speeds:
    results = comparable(asked, ids)
    one = results[0]
    words = "; ".join(result.words() for result in results)
    notes = [f"{NOT_VERIFIED.format(round=one.round)}: a ratio holds for other work as far as that is like {one.name}"]
    if any(result.results == 1 for result in results):
        notes.append("a part with one result has no spread here, which is not certainty")
    return Speeds(
        BENCHMARK, {result.hardware_id: result.minutes for result in results},
        f"{one.name}, {NOT_VERIFIED.format(round=one.round)}; {words}; {one.source}", tuple(notes),
    )  # fmt: skip


def _by_peak(work: Work, parts: Sequence[Hardware], utilisation: Interval) -> Speeds:
    """Time ∝ 1 ÷ (peak × utilisation), each part anywhere in the range on its own."""
    used = share(utilisation, "utilisation")
    times = {
        part.hardware_id: interval(1) / (interval(_peak(part, work.precision)) * used) for part in parts
    }  # fmt: skip
    told = ", ".join(f"{part.hardware_id} {_peak(part, work.precision):f}" for part in parts)
    source = f"dense {work.precision} peak × utilisation of {used.text()}; TFLOP/s: {told} (data/hardware.csv)"
    note = "each part may stand anywhere in the range of utilisation; runs of your own narrow it"
    return Speeds(PEAK, times, source, () if used.is_point else (note,))


def _peak(part: Hardware, precision: str) -> Decimal:
    peak = part.peak_dense.get(precision)
    if peak is None:
        known = ", ".join(part.peak_dense) or "none"
        raise Misuse(
            f"no dense {precision} peak of {part.hardware_id} is known",
            f"known are: {known} (--precision); or give --measured runs of your own",
        )
    return peak


def _hours_at_peak(work: Work, part: Hardware, utilisation: Interval) -> Interval:
    if work.flops is None or work.flops.low < 1:
        raise Misuse("work of no operations", f"give --flops above zero, such as {TERA:f}")
    return accelerator_hours(work.flops, _peak(part, work.precision), utilisation).value
