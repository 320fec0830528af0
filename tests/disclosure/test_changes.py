from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ledger.disclosure.figures.changes import changes
from ledger.disclosure.figures.record import Movement
from ledger.inventory.exact import exact_difference, exact_sum

quantities = st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-1000, max_value=1000)
moves = st.lists(
    st.builds(
        Movement,
        st.sampled_from(["F1", ""]),
        st.sampled_from(["gas", "power"]),
        st.sampled_from(["scope_1", "scope_2_market"]),
        st.sampled_from(["direct", "energy"]),
        st.just("kWh"),
        quantities,
        quantities,
    ),
    max_size=8,
)


@given(moves, moves)
def test_use_and_factor_explain_a_change_to_the_last_digit(before, after):
    """By use plus by factor is the difference exactly, and all differences are the totals' difference."""
    found = changes(before, after, {}, {})
    for change in found:
        assert exact_sum((change.by_activity_kg, change.by_factor_kg)) == change.difference_kg
        assert change.reason
    total = exact_difference(exact_sum(move.mass_kg for move in after), exact_sum(move.mass_kg for move in before))
    assert exact_sum(change.difference_kg for change in found) == total


def test_reasons_are_told_in_words_strongest_first():
    """Half the use at a tenth less per unit is told as such; a new and an ended source are named."""
    before = [Movement("F1", "power", "scope_2_location", "energy", "kWh", Decimal(1000), Decimal(200))]
    after = [
        Movement("F1", "power", "scope_2_location", "energy", "kWh", Decimal(500), Decimal(90)),
        Movement("F2", "power", "scope_2_location", "energy", "kWh", Decimal(10), Decimal(2)),
    ]
    found = changes(before, after, {"F1": "Works"}, {"power": "Power"})
    assert [(c.facility, c.reason) for c in found] == [
        ("Works", "use 50.0\u202f% lower; emissions per unit 10.0\u202f% lower"),
        ("F2", "new: not used in the earlier quarter"),
    ]
    assert changes(after, before, {}, {})[1].reason == "no longer used"


def test_a_contract_that_only_moves_kwh_nets_out():
    """Uncovered and instrument lines of one key are added up first: use is unchanged, the factor fell."""
    before = [Movement("F1", "power", "scope_2_market", "energy", "kWh", Decimal(1000), Decimal(200))]
    after = [
        Movement("F1", "power", "scope_2_market", "energy", "kWh", Decimal(1000), Decimal(200)),
        Movement("F1", "power", "scope_2_market", "energy", "kWh", Decimal(-400), Decimal(-80)),
        Movement("F1", "power", "scope_2_market", "energy", "kWh", Decimal(400), Decimal(0)),
    ]
    (change,) = changes(before, after, {}, {})
    assert (change.by_activity_kg, change.by_factor_kg) == (Decimal(0), Decimal(-80))
