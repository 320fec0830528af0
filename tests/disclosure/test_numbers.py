from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.disclosure.figures.record import known_sum
from ledger.disclosure.words import numbers
from ledger.inventory.exact import exact_difference

amounts = st.decimals(
    allow_nan=False, allow_infinity=False, places=6, min_value=Decimal("-1e12"), max_value=Decimal("1e12")
)


@pytest.mark.parametrize(
    ("value", "places", "shown"),
    [
        ("0.05", 1, "0.1"),
        ("-0.05", 1, "−0.1"),
        ("0.049999999999999999999999", 1, "0.0"),
        ("1234567.85", 1, "1\u202f234\u202f567.9"),
        ("0", 1, "0"),
        ("0.000", 3, "0"),
        ("-0.04", 1, "0.0"),
        ("20705", 0, "20\u202f705"),
    ],
)
def test_one_rounding_rule_half_away_from_zero(value, places, shown):
    """Halves go away from zero on both sides, thousands have a thin space, minus is the true one."""
    assert numbers.grouped(Decimal(value), places) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [("1234567", "1\u202f230\u202f000"), ("999.6", "1\u202f000"), ("9996", "10\u202f000"), ("0.012345", "0.0123")],
)
def test_cards_have_three_significant_figures(value, shown):
    """Three figures are kept whatever the size, also where rounding adds a digit."""
    assert numbers.significant(Decimal(value)) == shown


def test_unknown_has_no_amount():
    """None is null in files, never the text 0."""
    assert numbers.amount(None) is None
    assert numbers.amount(Decimal(0)) == "0"


@given(amounts)
def test_amounts_in_files_keep_every_digit(value):
    """The text of an amount reads back as the same number, in plain notation without trailing zeros."""
    text = numbers.amount(value)
    assert Decimal(text) == value
    assert "E" not in text
    assert not ("." in text and text.endswith(("0", ".")))


@given(amounts)
def test_a_shown_number_is_within_half_of_its_last_digit(value):
    """What people read differs from the value by at most half a unit of the last place."""
    shown = numbers.grouped(value, 1).replace("\u202f", "").replace("−", "-")
    assert abs(Decimal(shown) - value) <= Decimal("0.05")


def test_a_difference_shows_its_sign_and_nothing_does_not():
    """A rise has a plus; a difference that rounds to nothing has neither sign."""
    assert numbers.signed(numbers.percent(Decimal("0.1"))) == "+10.0\u202f%"
    assert numbers.signed(numbers.percent(Decimal("-0.1"))) == "−10.0\u202f%"
    assert numbers.signed(numbers.grouped(Decimal("0.01"), 1)) == "0.0"


def test_sums_keep_all_38_digits():
    """Python's own arithmetic cuts at 28 digits; totals, differences and tonnes of the largest masses do not."""
    large, small = Decimal("12345678901234567890.123456789012345678"), Decimal("0.000000000000000001")
    assert known_sum(large, None, small) == Decimal("12345678901234567890.123456789012345679")
    assert exact_difference(large, small) == Decimal("12345678901234567890.123456789012345677")
    assert numbers.thousandth(large) == Decimal("12345678901234567.890123456789012345678")
    assert numbers.amount(large) == "12345678901234567890.123456789012345678"


def test_change_is_unknown_where_an_end_is():
    """No change in per cent is made up from a missing or zero comparative."""
    assert numbers.change_ratio(Decimal(1), None) is None
    assert numbers.change_ratio(None, Decimal(1)) is None
    assert numbers.change_ratio(Decimal(1), Decimal(0)) is None
    assert numbers.change_ratio(Decimal(90), Decimal(120)) == Decimal("-0.25")
    assert numbers.change_ratio(Decimal(-90), Decimal(-120)) == Decimal("0.25")


def test_a_gap_by_rounding_is_seen():
    """0.4 + 0.4 t shown as 0 + 0 against 0.8 shown as 1 is told; exact parts are not."""
    assert numbers.rounding_gap([Decimal(40), Decimal(40)], Decimal(80), 1)
    assert not numbers.rounding_gap([Decimal(100), Decimal(200), None], Decimal(300), 1)
    assert not numbers.rounding_gap([None], None, 1)
