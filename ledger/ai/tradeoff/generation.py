"""Another generation of machines for the same service: how much time and energy it takes of the present."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from ledger.ai import catalogue
from ledger.ai.catalogue import Hardware
from ledger.ai.interval import Interval, interval, total
from ledger.ai.tradeoff.service import Service
from ledger.ai.tradeoff.speeds import Work, speeds
from ledger.errors import Misuse


@dataclass(frozen=True, slots=True)
class Generation:
    """The machines at the new place beside the present ones.

    Attributes:
        there: the kind of accelerator there; None where the runs name none and none was asked for.
        energy: energy of the machines there over that here.
        hours: accelerator-hours there over the whole of the service's months; None where no record gives hours.
        is_same: whether the machines are of the same kind.
    """

    there: str | None
    energy: Interval
    hours: Interval | None
    is_same: bool
    sources: tuple[str, ...]
    notes: tuple[str, ...] = ()


def generation(here: Service, gpu: str | None, work: Work, power_w: Mapping[str, Interval]) -> Generation:
    """The machines there: the same, or a part that is so much faster and draws so much more.

    Energy goes as time × power: a part's relative time by the strongest evidence given, its power as given, or board
    power over board power, which takes both to draw the same share of it.

    Raises:
        Misuse: a part asked for where the present one is not one kind, or what compares the two is missing.
    """
    kinds = list(here.hours)
    hours = total([interval(each) for each in here.hours.values()]) if kinds else None
    present = kinds[0] if len(kinds) == 1 else None
    if gpu is None:
        return Generation(present, interval(1), hours, True, ("the same machines as here",))
    new = catalogue.hardware(gpu)
    if present is None:
        raise Misuse(
            f"the runs here name {'several kinds of' if kinds else 'no'} accelerator: nothing compares {gpu} with them",
            "leave --gpu out for the same machines, or name --model and --stage of which all runs are on one kind",
        )
    old = catalogue.hardware(present)
    if old.hardware_id == new.hardware_id:
        return Generation(old.hardware_id, interval(1), hours, True, ("the same machines as here",))
    work = replace(work, measured=_by_id(work.measured or {}) or None)
    found = speeds(work, [old, new])
    time = found.times[new.hardware_id] / found.times[old.hardware_id]
    power, source = _power(old, new, _by_id(power_w))
    return Generation(
        new.hardware_id, time * power, None if hours is None else hours * time, False,
        (f"{new.hardware_id} takes {time.text(3)} of the time of {old.hardware_id}: {found.source}", source),
        found.notes,
    )  # fmt: skip


def _by_id(given: Mapping[str, Interval]) -> dict[str, Interval]:
    return {catalogue.hardware(name).hardware_id: value for name, value in given.items()}


def _power(old: Hardware, new: Hardware, given: Mapping[str, Interval]) -> tuple[Interval, str]:
    """Power of the new part over the old one's, and what it rests on."""
    if given:
        if missing := [part.hardware_id for part in (old, new) if part.hardware_id not in given]:
            raise Misuse(f"the power of {missing[0]} is not given", "give --power PART=W of both, or of neither")
        pair = given[new.hardware_id], given[old.hardware_id]
        if pair[1].low <= 0:
            raise Misuse("a power of nothing", "give W above 0")
        return pair[0] / pair[1], f"power: {pair[0].text(4)} W over {pair[1].text(4)} W, given"
    boards = new.board_power_w, old.board_power_w
    if boards[0] is None or boards[1] is None:
        lacking = new if boards[0] is None else old
        raise Misuse(f"the power of {lacking.hardware_id}, which no source states", "give --power PART=W of both")
    ratio = interval(Decimal(boards[0])) / interval(Decimal(boards[1]))
    return (
        ratio,
        f"power: board {boards[0]:f} W over {boards[1]:f} W (data/hardware.csv); both draw the same share of it",
    )
