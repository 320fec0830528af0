"""What holds of every advice, whatever the forecasts, jobs and policies."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from schedule.made_series import NOW, D, forecast, job

from ledger.schedule import windows
from ledger.schedule.decide import advise
from ledger.schedule.forecast import canonical
from ledger.schedule.policy import Policy, hours
from ledger.schedule.steps import Steps, micros

grams = st.one_of(st.none(), st.integers(0, 900))
series = st.lists(grams, min_size=1, max_size=40)
quarters = st.integers(1, 40).map(lambda n: D(n) / 4)


@st.composite
def cases(draw):
    """A job, a policy and forecasts of three zones, of any kind."""
    held = {
        zone: forecast(draw(series), zone, start=NOW - timedelta(minutes=draw(st.sampled_from([0, 30, 120]))),
                       seconds=draw(st.sampled_from([1800, 3600])))
        for zone in draw(st.sets(st.sampled_from(["DE", "FR", "US-CAL-CISO"])))
    }  # fmt: skip
    policy = Policy(
        max_delay_hours=draw(st.none() | quarters),
        threshold_g_per_kwh=draw(st.none() | st.integers(0, 900).map(Decimal)),
        allowed_regions=tuple(draw(st.sets(st.sampled_from(["DE", "FR", "US-CAL-CISO"])))),
        residency=tuple(draw(st.sets(st.sampled_from(["DE", "FR", "US"])))),
        interruptible=draw(st.booleans()),
    )
    deadline = draw(st.none() | st.integers(-2, 30))
    asked = job(
        region=draw(st.sampled_from(["DE", "FR"])), duration_hours=draw(st.none() | quarters),
        deadline=None if deadline is None else NOW + timedelta(hours=deadline),
        portable=draw(st.booleans()), checkpointable=draw(st.booleans()),
    )  # fmt: skip
    return asked, policy, held


@given(cases())
def test_no_advice_breaks_a_bound(case):
    """It starts and ends in time, runs as long as the job, goes nowhere it may not, and is the same again.

    In time is by the deadline less the duration, or at once where that has passed.
    """
    asked, policy, held = case
    made = advise(asked, policy, held, NOW)
    assert made == advise(asked, policy, dict(reversed(held.items())), NOW)
    ends = [asked.deadline] if asked.deadline else []
    if asked.duration_hours is not None:
        length = hours(asked.duration_hours)
        ends += [NOW + hours(policy.max_delay_hours) + length] if policy.max_delay_hours is not None else []
        latest = min((end - length for end in ends), default=NOW)
        assert NOW <= made.start_utc <= max(latest, NOW)
        assert made.intervals[-1][1] <= max(latest, NOW) + length
        assert sum(((end - start) for start, end in made.intervals), timedelta()) == length
    else:
        assert made.start_utc == NOW
    if made.choice == "elsewhere":
        assert asked.portable
        assert made.region in policy.allowed_regions
        assert not policy.residency or policy.site(made.region).country in policy.residency
    assert made.reason


@given(st.lists(st.integers(0, 900), min_size=2, max_size=30), st.integers(1, 20), st.integers(0, 40))
def test_the_cleanest_is_the_cleanest(values, length_quarters, wait_quarters):
    """No start a minute apart beats the cleanest block, and the cleanest hours beat every block."""
    minute = 60_000_000
    held = forecast(values, start=NOW).steps
    assert isinstance(held, Steps)
    first, length, wait = micros(NOW), length_quarters * 15 * minute, wait_quarters * 15 * minute
    best = windows.cleanest_block(held, first, first + wait, length)
    every = [held.integral(first + at, first + at + length) for at in range(0, wait + 1, minute)]
    known = [value for value in every if value is not None]
    assert (best is None) == (not known)
    if best is not None:
        assert best.integral <= min(known)
        cut = windows.cleanest_hours(held, first, first + wait + length, length)
        assert cut is not None
        assert cut.integral <= best.integral
        assert cut.integral == sum(held.integral(*interval) for interval in cut.intervals)


names = st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]))


@given(st.recursive(st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | names,
                    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4)))  # fmt: skip
def test_records_have_the_form_of_rfc_8785(record):
    """Texts, whole numbers, yes and no have the bytes of the library that the book hashes by."""
    assert canonical(record) == rfc8785.dumps(record)


def test_only_signs_beyond_the_first_plane_are_ordered_otherwise():
    """A place that is called by a picture: the reason why records are written by a form of their own."""
    assert canonical({"\U0001f3ed": 1, "\uff26": 2}) == '{"\uff26":2,"\U0001f3ed":1}'.encode()
    assert rfc8785.dumps({"\U0001f3ed": 1, "\uff26": 2}) == '{"\U0001f3ed":1,"\uff26":2}'.encode()
