"""Times of day in a time zone, on days when clocks change too."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, tzinfo


def first_at_or_after(after: datetime, at: time, zone: tzinfo, *, last: bool) -> datetime:
    """The first moment at or after an instant at which clocks of a zone show a time of day, in UTC.

    Where clocks are put back a time is shown twice, and where they are put forward not at all: ``last`` takes the later
    of the two readings, else the earlier.
    """
    day = after.astimezone(zone).date() - timedelta(days=1)
    while True:
        local = datetime.combine(day, at)
        both = [local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
        found = max(both) if last else min(both)
        if found >= after:
            return found
        day += timedelta(days=1)
