"""Periods: `2026`, `2026-Q3`, `2026-H1`, `2026-07`, `2026-07-01..2026-09-30`, `FY2026`, `FY2026-Q1`, `FY2026-H1`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from ledger.errors import Misuse

_FORM = re.compile(
    r"(?P<fiscal>FY)?(?P<year>\d{4})(?:-(?:Q(?P<quarter>[1-4])|H(?P<half>[12])|(?P<month>0[1-9]|1[0-2])))?"
)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A span of days, both ends in it, with the label it was named by."""

    start: date
    end: date
    label: str

    @property
    def cuts_a_month(self) -> bool:
        """Whether it starts or ends within a month; only what is read by the hour can be asked for such days."""
        return self.start.day != 1 or (self.end + timedelta(days=1)).day != 1

    @property
    def months(self) -> tuple[date, ...]:
        """The first days of the months that the period touches."""
        found, month = [], self.start.replace(day=1)
        while month <= self.end:
            found.append(month)
            month = _months_on(month, 1)
        return tuple(found)

    def year_before(self) -> Period:
        """The same period of the year before."""
        label = re.sub(r"\d{4}", lambda match: str(int(match[0]) - 1), self.label)
        return Period(_years_on(self.start, -1), _years_on(self.end, -1), label)


def period(text: str, fiscal_month: int = 1, *, whole_months: bool = True) -> Period:
    """The period that a text names; `FY…` follows the ledger's fiscal year. Days within months only where they may be.

    A fiscal year carries the number of the calendar year in which it ends.
    Raises Misuse, with the forms that are taken, where the text names none.
    """
    text = text.strip()
    if ".." in text:
        return _span(text, whole_months)
    match = _FORM.fullmatch(text)
    if match is None:
        raise _unknown(text)
    year = int(match["year"])
    if not 1900 <= year <= 2199:
        raise Misuse(f"the year {year} is none of an inventory", "write a year from 1900 to 2199")
    if match["fiscal"] and match["month"]:
        raise _unknown(text)
    first = date(year, 1, 1)
    if match["fiscal"] and fiscal_month > 1:
        first = date(year - 1, fiscal_month, 1)
    offset, length = 0, 12
    if match["quarter"]:
        offset, length = 3 * (int(match["quarter"]) - 1), 3
    elif match["half"]:
        offset, length = 6 * (int(match["half"]) - 1), 6
    elif match["month"]:
        offset, length = int(match["month"]) - 1, 1
    start = _months_on(first, offset)
    return Period(start, _months_on(start, length) - timedelta(days=1), text)


def _span(text: str, whole_months: bool) -> Period:
    try:
        start, end = (date.fromisoformat(part) for part in text.split(".."))
    except ValueError:
        raise _unknown(text) from None
    if not (start.year >= 1900 and end.year <= 2199):
        raise Misuse(f"the period {text} reaches too far", "write days in the years 1900 to 2199")
    if end < start:
        raise Misuse(f"the period {text} ends before it starts", "give the earlier day first")
    found = Period(start, end, text)
    if whole_months and found.cuts_a_month:
        raise Misuse(f"the period {text} cuts a month", "start on the first and end on the last day of a month")
    return found


def year_to_date(of: Period, fiscal_month: int = 1) -> Period:
    """From the start of the (fiscal) year in which the period ends, to its end."""
    year = of.end.year if of.end.month >= fiscal_month else of.end.year - 1
    start = date(year, fiscal_month, 1)
    return Period(start, of.end, f"{start.isoformat()}..{of.end.isoformat()}")


def _months_on(day: date, count: int) -> date:
    months = day.year * 12 + day.month - 1 + count
    return date(months // 12, months % 12 + 1, 1)


def _years_on(day: date, count: int) -> date:
    if day.month == 2 and day.day >= 28 and (day + timedelta(days=1)).day == 1:
        return _months_on(date(day.year + count, 3, 1), 0) - timedelta(days=1)
    return day.replace(year=day.year + count)


def _unknown(text: str) -> Misuse:
    return Misuse(
        f"'{text}' is not a period",
        "write 2026, 2026-Q3, 2026-H1, 2026-07, 2026-07-01..2026-09-30, or FY2026, FY2026-Q1, FY2026-H1",
    )
