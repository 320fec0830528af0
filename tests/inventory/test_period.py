"""Periods and figure ids: what they name, and what is refused in words."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Misuse
from ledger.inventory import Figure, figure, period, year_to_date


@pytest.mark.parametrize(
    ("text", "month", "start", "end"),
    [
        ("2026", 1, date(2026, 1, 1), date(2026, 12, 31)),
        ("2026-Q3", 1, date(2026, 7, 1), date(2026, 9, 30)),
        ("2026-H1", 1, date(2026, 1, 1), date(2026, 6, 30)),
        ("2024-02", 1, date(2024, 2, 1), date(2024, 2, 29)),
        ("2026-07-01..2026-09-30", 1, date(2026, 7, 1), date(2026, 9, 30)),
        ("FY2026", 4, date(2025, 4, 1), date(2026, 3, 31)),
        ("FY2026-Q1", 4, date(2025, 4, 1), date(2025, 6, 30)),
        ("FY2026-H2", 7, date(2026, 1, 1), date(2026, 6, 30)),
        ("FY2026", 1, date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_forms(text, month, start, end):
    """Each form names its days, a fiscal year by the calendar year in which it ends."""
    made = period(text, month)
    assert (made.start, made.end) == (start, end)


@pytest.mark.parametrize(
    "text", ["2026-Q5", "26", "2026-13", "FY2026-07", "2026-01-01..2025-12-31", "2026-01-02..2026-03-31", ""]
)
def test_what_is_no_period_is_refused_with_the_forms(text):
    """The refusal says what is taken instead."""
    with pytest.raises(Misuse) as refused:
        period(text)
    assert refused.value.fix


def test_year_before_and_year_to_date():
    """The comparative of a leap February ends on the last of February; a fiscal year to date starts in its month."""
    assert period("2024-02").year_before().end == date(2023, 2, 28)
    assert period("2026-Q3").year_before() == period("2025-Q3")
    to_date = year_to_date(period("2026-02"), 4)
    assert (to_date.start, to_date.end) == (date(2025, 4, 1), date(2026, 2, 28))


@given(st.text(min_size=1), st.integers(min_value=1, max_value=10**6))
def test_a_figure_id_reads_back(facility, size):
    """Any facility id, with slashes, at signs and all, survives the id of a figure."""
    made = Figure("2026-Q3", "operational_control", "scope_1", size, {"facility": facility})
    assert figure(str(made)) == made


@pytest.mark.parametrize("text", ["scope_1", "2026/v/scope_9@1", "2026/v/scope_1/colour=red@1", "2026/v/scope_1@x"])
def test_what_is_no_figure_is_refused(text):
    """An unknown measure, dimension or size is refused in words."""
    with pytest.raises(Misuse):
        figure(text)


def test_months_are_all_that_it_touches():
    """Every month from its first to its last, over the turn of a year."""
    assert period("FY2026-Q4", 3).months == (date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1))
    assert [month.month for month in period("2026").months] == list(range(1, 13))
    assert period("2026-07").months == (date(2026, 7, 1),)
