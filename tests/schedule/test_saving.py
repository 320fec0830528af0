"""The saving is energy above idle × (actual intensity from the submission − at the run hour), worked by hand."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from schedule.made_series import HOUR, NOW, D, forecast, job

from ledger.schedule.ran import Ran, Stretch, segments_of
from ledger.schedule.saving import Saving, Segment, saving

ACTUAL = {"DE": forecast([400, 300, 200, 100, 50], start=NOW).steps, "FR": forecast([40] * 5, "FR", start=NOW).steps}


def segment(start_hour: int, hours: int = 1, kwh: object = 10, idle: object = 0, **more: object) -> Segment:
    """A segment so many hours after NOW, in Germany."""
    start = NOW + start_hour * HOUR
    told = {"since_begin": timedelta(0), "zone": "DE", "kept": D(1)} | more
    return Segment(start, start + hours * HOUR, kwh=D(str(kwh)), idle_kwh=D(str(idle)), **told)  # type: ignore[arg-type]


def test_an_hour_later_in_kg():
    """(10 − 2) kWh above idle × (400 − 100) g/kWh are 2400 g, which is 2.4 kg saved, and no tonne and no gram."""
    made = saving([segment(3, idle=2)], NOW, "DE", ACTUAL)
    assert made == Saving(D(8), D(0), D(400), D(100), D("2.4"))


def test_a_dirtier_hour_is_a_loss():
    """Who waited for a dirtier hour has saved less than nothing, and it is told as such."""
    made = saving([segment(0)], NOW + 3 * HOUR, "DE", ACTUAL)
    assert made.kg == D(-3)  # 10 kWh × (100 − 400) g


def test_now_saves_nothing():
    """A run at its submission is its own counterfactual."""
    assert saving([segment(0, 3)], NOW, "DE", ACTUAL).kg == 0


def test_each_hour_is_held_against_its_own():
    """A job of two hours is held against the two hours from its submission: 5 kWh × (400 − 100) + 5 × (300 − 50)."""
    halves = [segment(3, kwh=5), segment(4, kwh=5, since_begin=HOUR)]
    assert saving(halves, NOW, "DE", ACTUAL).kg == D("2.75")
    whole = saving([segment(3, 2)], NOW, "DE", ACTUAL)
    assert whole.kg == D("2.75")
    assert whole.counterfactual_g_per_kwh == D(350)


def test_elsewhere_is_held_against_home():
    """A run in France is held against the hours in Germany, where it was submitted."""
    assert saving([segment(1, zone="FR")], NOW, "DE", ACTUAL).kg == D("3.6")  # 10 × (400 − 40)


def test_work_done_again_is_subtracted():
    """Of 10 kWh 4 were for work done again: 6 × 400 − 10 × 100 g, so that 0.4 kg of what was saved are lost."""
    made = saving([segment(3, kept=D("0.6"))], NOW, "DE", ACTUAL)
    assert (made.kg, made.redone_kwh) == (D("1.4"), D(4))
    lost = saving([segment(2, kept=D(0)), segment(3)], NOW, "DE", ACTUAL)
    assert lost.kg == D(1)  # 10 × (400 − 100) − 10 × 200


@pytest.mark.parametrize(
    ("segments", "words"),
    [
        ([segment(4, 2)], "is not held for all of the hours"),
        ([segment(0, zone="PL")], "of PL is not held"),
        ([segment(0, idle=11)], "more than the 10 kWh measured"),
        ([segment(0, kwh=0)], "nothing was measured above idle"),
    ],
)
def test_what_cannot_be_told_is_not_zero(segments, words):
    """Missing intensities and idle that is more than all are said, and give no number."""
    assert words in saving(segments, NOW, "DE", ACTUAL)


@given(
    st.lists(st.integers(0, 900), min_size=4, max_size=12), st.integers(0, 8), st.integers(1, 500), st.integers(0, 500)
)
def test_the_optimum_saves_the_most(values, at, kwh, idle):
    """No start saves more than the cleanest hour, and a saving is in proportion to the energy above idle."""
    actual = {"DE": forecast(values, start=NOW).steps}
    starts = range(len(values))
    made = [saving([segment(n, kwh=kwh + idle, idle=idle)], NOW, "DE", actual).kg for n in starts]
    assert max(made) == made[values.index(min(values))]
    assert made[min(at, len(values) - 1)] == D(kwh) * (values[0] - values[min(at, len(values) - 1)]) / 1000


def stretch(hour: int, kwh: object = 10, kept: object = 1, zone: str | None = "DE") -> Stretch:
    """An hour of a run so many hours after NOW."""
    held = None if kwh is None else D(str(kwh))
    return Stretch(NOW + hour * HOUR, NOW + (hour + 1) * HOUR, zone, held, D(str(kept)))


def test_a_run_in_parts_keeps_its_place_in_the_counterfactual():
    """Two hours apart are held against two hours in a row; an attempt whose work was lost takes no place in it."""
    run = Ran("r", (stretch(1, kept=0), stretch(2), stretch(4)), ())
    made = segments_of(run, job(duration_hours=D(2), idle_kwh=D(2), energy_kwh=D(9)), None)
    assert [part.since_begin for part in made] == [timedelta(0), timedelta(0), HOUR]
    assert [part.idle_kwh for part in made] == [D(1)] * 3  # 2 kWh over 2 h are 1 kW


def test_readings_count_before_the_run():
    """Readings give the energy hour by hour, several of one interval together."""
    run = Ran("r", (Stretch(NOW, NOW + 2 * HOUR, "DE", D(99), D(1)),),
              ((NOW, NOW + HOUR, D(3)), (NOW, NOW + HOUR, D(2)), (NOW + HOUR, NOW + 2 * HOUR, D(7))))  # fmt: skip
    made = segments_of(run, job(), D(2))
    assert [(part.kwh, part.since_begin, part.idle_kwh) for part in made] == [
        (D(5), timedelta(0), D(1)),
        (D(7), HOUR, D(1)),
    ]


@pytest.mark.parametrize(
    ("parts", "idle", "words"),
    [
        ((stretch(0, zone=None),), 1, "names no place"),
        ((stretch(0, kwh=None),), 1, "is not measured"),
        ((stretch(0),), None, "idle was not said"),
    ],
)
def test_a_run_without_a_fact_claims_nothing(parts, idle, words):
    """No place, no measured energy and no idle are told, and are never taken as something."""
    assert words in segments_of(Ran("r", parts, ()), job(), None if idle is None else Decimal(idle))
