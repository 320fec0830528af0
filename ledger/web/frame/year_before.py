"""The year before that a period is held against: of the same months, and whether it is a part of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from ledger.inventory import Inventory, Period


class YearBefore(NamedTuple):
    """The inventory of the year before, and whether its data begin later in the year than those held against it."""

    inventory: Inventory
    is_part: bool


def year_before(read: Callable[..., Any], of: Period, view: str, **at: int) -> YearBefore:
    """The same months of the year before as those that have data; ``read`` asks the ledger, as it stood ``at``."""
    by_month = read("breakdown", of.label, "month", view=view, **at)
    same = _same_months(of, by_month)
    found: Inventory = read("inventory", same, view=view, **at)
    earlier = read("breakdown", same, "month", view=view, **at)
    return YearBefore(found, _first_held(found.period, earlier) > _first_held(of, by_month))


def _first_held(of: Period, by_month: Sequence[dict[str, Any]]) -> int:
    """The number of the first month of a period that has data, from 0; that of its months where none has."""
    return min((of.months.index(line["month"]) for line in by_month), default=len(of.months))


def _same_months(of: Period, by_month: Sequence[dict[str, Any]]) -> str:
    """The year before of the months alone that have data: a part of a year is not held against a whole."""
    last = max((line["month"] for line in by_month), default=of.months[-1])
    before = of.year_before()
    if last >= of.months[-1]:
        return before.label
    end = before.months[of.months.index(last) + 1] - timedelta(days=1)
    return f"{before.start}..{end}"
