"""Why the quarter differs from the same quarter of last year: by use, or by factor.

For each source the difference in kg CO2e is split in two that add up to it exactly: what the change
in quantity would have done at last year's kg per unit, and the rest, which the changed kg per unit
(another factor, edition or contract) did.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal

from ledger.disclosure.figures.record import Change, Movement
from ledger.disclosure.words.numbers import percent, product, quotient
from ledger.disclosure.words.texts import text
from ledger.inventory.exact import exact_difference, exact_sum

_Key = tuple[str, str, str, str, str]
Pair = tuple[Decimal, Decimal]
"""A quantity and the kg CO2e that it made."""


def changes(
    before: Iterable[Movement],
    after: Iterable[Movement],
    facility_names: Mapping[str, str],
    activity_names: Mapping[str, str],
) -> tuple[Change, ...]:
    """One change per measure, facility and activity type, largest first within a measure.

    ``before`` and ``after`` are the movements of two periods of like length, kg CO2e; rows of one
    key, line and unit are added up first, so that a contract that only moves quantity nets out.
    """
    old, new = _summed(before), _summed(after)
    parts: dict[tuple[str, str, str], list[tuple[Pair, Pair]]] = defaultdict(list)
    nothing = (Decimal(0), Decimal(0))
    for key in sorted(old.keys() | new.keys()):
        parts[key[:3]].append((old.get(key, nothing), new.get(key, nothing)))
    found = [
        _change(
            measure,
            facility_names.get(facility, facility) or text("not_at_a_facility"),
            activity_names.get(activity, activity),
            pairs,
        )
        for (measure, facility, activity), pairs in parts.items()
    ]
    moved = [change for change in found if change.difference_kg != 0]
    moved.sort(key=lambda c: (c.measure, -abs(c.difference_kg), c.facility, c.activity))
    return tuple(moved)


def _summed(movements: Iterable[Movement]) -> dict[_Key, Pair]:
    """Quantity and kg CO2e per measure, facility, activity type, line and unit."""
    sums: dict[_Key, Pair] = {}
    for move in movements:
        key = (move.measure, move.facility_id, move.activity_type, move.line, move.unit)
        quantity, mass = sums.get(key, (Decimal(0), Decimal(0)))
        sums[key] = (exact_sum((quantity, move.quantity)), exact_sum((mass, move.mass_kg)))
    return sums


def _change(measure: str, facility: str, activity: str, pairs: list[tuple[Pair, Pair]]) -> Change:
    """The change of one source over its units; effects add up to the difference exactly."""
    before = exact_sum(old[1] for old, _ in pairs)
    after = exact_sum(new[1] for _, new in pairs)
    by_activity = exact_sum(activity_effect(old, new) for old, new in pairs)
    by_factor = exact_difference(exact_difference(after, before), by_activity)
    return Change(
        measure,
        facility,
        activity,
        before,
        after,
        by_activity,
        by_factor,
        _reason(pairs, before, by_activity, by_factor),
    )


def activity_effect(old: Pair, new: Pair) -> Decimal:
    """kg CO2e that the change in quantity explains, at last year's kg per unit."""
    if old[0] == 0 or new[0] == 0:
        return exact_difference(new[1], old[1])
    return quotient(product(old[1], exact_difference(new[0], old[0])), old[0])


def _reason(pairs: list[tuple[Pair, Pair]], before: Decimal, by_activity: Decimal, by_factor: Decimal) -> str:
    """The reason in words, the stronger effect first."""
    if all(old[0] == 0 for old, _ in pairs):
        return text("reason_new")
    if all(new[0] == 0 for _, new in pairs):
        return text("reason_ended")
    effects = ((by_activity, "activity", before), (by_factor, "factor", exact_sum((before, by_activity))))
    told = [effect for effect in effects if _tells(effect[0], effect[2])] or [e for e in effects if e[0] != 0]
    told.sort(key=lambda effect: -abs(effect[0]))
    return "; ".join(_more_or_less(driver, effect, base) for effect, driver, base in told)


def _tells(effect: Decimal, base: Decimal) -> bool:
    """Whether an effect would not be written as 0.0 per cent."""
    return effect != 0 and (base == 0 or abs(quotient(effect, base)) >= Decimal("0.0005"))


def _more_or_less(driver: str, effect: Decimal, base: Decimal) -> str:
    """Such as "use 6.0 % lower"; without a per cent where the base is not above zero."""
    direction = "higher" if (effect > 0) == (base >= 0) else "lower"
    if base == 0:
        return text(f"reason_{driver}_{direction}_plain")
    ratio = abs(quotient(effect, base))
    return text(f"reason_{driver}_{direction}", percent=percent(ratio))
