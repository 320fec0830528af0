"""Now, later or elsewhere: each rule of a policy decides, and doubt never makes a job wait."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from schedule.made_series import HOUR, NOW, D, forecast, job

from ledger.errors import Misuse
from ledger.schedule.decide import advise
from ledger.schedule.forecast import forecast_of_record
from ledger.schedule.job import job_of_record
from ledger.schedule.policy import policy_of

DAY = policy_of("[policy]\nmax_delay_hours = 10\n")


def advice(rules: str, forecasts=None, **told):
    """What is advised for a job under rules in TOML."""
    held = {"DE": forecast()} if forecasts is None else forecasts
    extra = {name: told.pop(name) for name in ("budget_used_kg", "prices") if name in told}
    return advise(job(**told), policy_of(f"[policy]\n{rules}"), held, told.pop("now", NOW), **extra)


def test_the_cleanest_hours_in_a_row_are_taken():
    """Of all starts within ten hours the three hours with the least mean win; the worked mean is (200+150+160)/3."""
    made = advice("max_delay_hours = 10", energy_kwh=D(50), idle_kwh=D(10))
    assert (made.choice, made.start_utc, made.expected_g_per_kwh) == ("later", NOW + 5 * HOUR, D(170))
    assert made.counterfactual.expected_g_per_kwh == D(320)  # (320 + 330 + 310) / 3
    assert made.expected_saving_kg == D(6)  # (50 − 10) kWh × (320 − 170) g / 1000


def test_an_interruptible_job_takes_the_cleanest_hours():
    """90, 120 and 150 g lie apart: a checkpointable job takes them, one that is not or may not be cut does not."""
    cut = advice("max_delay_hours = 10\ninterruptible = true", checkpointable=True)
    assert cut.expected_g_per_kwh == D(120)
    assert [start for start, _ in cut.intervals] == [NOW + 6 * HOUR, NOW + 10 * HOUR]
    assert sum(((end - start) for start, end in cut.intervals), timedelta()) == 3 * HOUR
    assert not advice("max_delay_hours = 10\ninterruptible = true").is_interrupted
    assert not advice("max_delay_hours = 10", checkpointable=True).is_interrupted


def test_a_cut_step_joins_the_part_that_follows():
    """Half of a step that is taken before a cleaner one is its second half, so that the job does not stop between."""
    rules = "max_delay_hours = 6\ninterruptible = true"
    held = {"DE": forecast([500, 500, 100, 50, 400, 300, 500, 500], start=NOW)}
    made = advice(rules, held, duration_hours=D("1.5"), checkpointable=True)
    assert made.intervals == ((NOW + timedelta(hours=2.5), NOW + 4 * HOUR),)


def test_a_start_between_steps_may_be_the_best():
    """A job of half an hour more than a step begins so that it ends with the clean step."""
    made = advice(
        "max_delay_hours = 6", {"DE": forecast([500, 500, 500, 100, 400, 300], start=NOW)}, duration_hours=D("1.5")
    )
    assert made.start_utc == NOW + 3 * HOUR
    made = advice(
        "max_delay_hours = 6", {"DE": forecast([500, 500, 300, 100, 400, 300], start=NOW)}, duration_hours=D("1.5")
    )
    assert made.start_utc == NOW + timedelta(hours=2.5)
    assert made.expected_g_per_kwh.quantize(D("0.01")) == D("166.67")


def test_clean_enough_is_taken_at_once_and_first():
    """A threshold takes the first start below it; where none is, the cleanest in time is taken."""
    assert advice("max_delay_hours = 10\nthreshold_g_per_kwh = 320").choice == "now"
    first = advice("max_delay_hours = 10\nthreshold_g_per_kwh = 250")
    assert first.start_utc < advice("max_delay_hours = 10").start_utc
    never = advice("max_delay_hours = 10\nthreshold_g_per_kwh = 5")
    assert never.start_utc == NOW + 5 * HOUR
    assert "No start in time has a mean of at most 5 g/kWh" in never.reason


def test_a_gain_that_is_not_worth_it_moves_nothing():
    """A job waits for 150 g, not where the policy asks for 151."""
    assert advice("max_delay_hours = 10\nleast_gain_g_per_kwh = 150").choice == "later"
    held = advice("max_delay_hours = 10\nleast_gain_g_per_kwh = 151")
    assert held.choice == "now"
    assert "151 g/kWh" in held.reason


def test_nothing_waits_that_nobody_lets_wait():
    """Without a deadline and a delay a job does not wait, however clean tomorrow is."""
    made = advice('name = "none"')
    assert (made.choice, made.start_utc) == ("now", NOW)
    assert "no wait is allowed" in made.reason


def test_a_portable_job_runs_where_it_is_cleaner():
    """Elsewhere only what is portable, allowed, and known to lie where data may lie."""
    held = {"DE": forecast(), "FR": forecast([40] * 16, "FR"), "XX1": forecast([1] * 16, "XX1")}
    rules = 'allowed_regions = ["FR", "XX1"]\n'
    assert advice(rules, held).choice == "now"
    assert advice(rules, held, portable=True).region == "XX1"
    kept = advice(rules + 'residency = ["DE", "FR"]', held, portable=True)
    assert (kept.choice, kept.region, kept.start_utc) == ("elsewhere", "FR", NOW)
    assert "XX1 lies in no country that is known" in kept.reason
    assert advice(rules + 'residency = ["DE"]', held, portable=True).choice == "now"


def test_data_leave_a_place_where_they_may_not_lie():
    """A job submitted outside its residency goes where it may run, though it is dirtier; else it is left and told."""
    held = {"DE": forecast([40] * 16), "FR": forecast([400] * 16, "FR")}
    rules = 'allowed_regions = ["FR"]\nresidency = ["FR"]'
    assert advice(rules, held, portable=True).region == "FR"
    stuck = advice(rules, held)
    assert (stuck.choice, stuck.region) == ("now", "DE")
    assert "keeps the residency" in stuck.reason


def test_two_signals_are_never_compared():
    """A marginal forecast elsewhere is no reason to move a job that the average is known of."""
    held = {"DE": forecast(), "FR": forecast([4] * 16, "FR", signal="marginal")}
    made = advice('allowed_regions = ["FR"]', held, portable=True)
    assert made.choice == "now"
    assert "not compared" in made.reason


def test_a_ceiling_on_cost_bars_what_is_dearer_or_unknown():
    """A region that costs more than the ceiling, or of which nobody knows the cost, is not chosen."""
    held = {"DE": forecast(), "FR": forecast([40] * 16, "FR")}
    rules = 'allowed_regions = ["FR"]\ncost_ceiling = 9\ncurrency = "EUR"'
    assert advice(rules, held, portable=True, prices={"DE": D(2), "FR": D(3)}).region == "FR"
    assert advice(rules, held, portable=True, prices={"DE": D(2), "FR": D("3.01")}).region == "DE"
    unknown = advice(rules, held, portable=True, prices={"DE": D(2)})
    assert unknown.region == "DE"
    assert [o.barred for o in unknown.options if o.region == "FR"] == [
        "what it costs there is not known, and there is a ceiling"
    ]


def test_a_price_of_carbon_weighs_cost_against_it():
    """40 kWh × 280 g are 11.2 kg: at 1 EUR a kg that is worth 11.20 EUR, and a region dearer by more is not chosen."""
    held = {"DE": forecast([320] * 16), "FR": forecast([40] * 16, "FR")}
    rules = 'allowed_regions = ["FR"]\nprice_per_tonne = 1000\ncurrency = "EUR"'
    told = {"energy_kwh": D(50), "idle_kwh": D(10), "portable": True}
    assert advice(rules, held, **told, prices={"DE": D(2), "FR": D("5.73")}).region == "FR"
    assert advice(rules, held, **told, prices={"DE": D(2), "FR": D("5.74")}).region == "DE"
    assert "decided nothing" in advice(rules, held, **told).reason


def test_a_budget_bars_what_would_break_it():
    """A project with 5 kg left waits for hours that keep it; without any such hours the decision is clear and told."""
    told = {"energy_kwh": D(50), "idle_kwh": D(10), "project": "p"}
    rules = "max_delay_hours = 10\nthreshold_g_per_kwh = 400\n[budget_kg]\np = 100\n"
    assert advice(rules, **told, budget_used_kg=D(0)).choice == "now"
    assert advice(rules, **told, budget_used_kg=D(93)).start_utc > NOW
    over = advice(rules, **told, budget_used_kg=D(99))
    assert "The policy can never be met: 12.8 kg would take p over its 100 kg of the month" in over.reason


@pytest.mark.parametrize(
    ("held", "words"),
    [
        ({}, "no forecast is held for the zone DE"),
        ({"DE": forecast(zone="FR")}, "says it is of FR"),
        ({"DE": forecast(issued=NOW - 25 * HOUR)}, "is stale"),
        ({"DE": forecast(issued=NOW + HOUR)}, "after the decision"),
        ({"DE": forecast([None] * 16)}, "holds no value"),
        ({"DE": forecast([300, 310])}, "before the decision"),
        ({"DE": forecast([300, 310, 320, None, 310, 90, 90, 90])}, "does not cover the job"),
        ({"DE": forecast([300, 310, 320, 300])}, "does not cover the job"),
    ],
)  # fmt: skip
def test_in_doubt_the_job_runs_at_once(held, words):
    """Whatever is wrong with a forecast, the job runs, nothing is expected to be saved, and the advice says why."""
    made = advice("max_delay_hours = 10", held)
    assert (made.choice, made.start_utc, made.expected_saving_kg) == ("now", NOW, None)
    assert words in made.reason


def test_a_step_without_a_value_is_not_zero():
    """The hour that would be the cleanest is not known, and no start that holds it is taken."""
    made = advice(
        "max_delay_hours = 10",
        {"DE": forecast([300, 310, 320, 330, 310, 280, 250, 200, None, 160, 220, 300, 210, 190, 400, 300])},
    )
    assert not any(start <= NOW + 6 * HOUR < end for start, end in made.intervals)


def test_a_deadline_that_has_passed_starts_the_job():
    """Too late to keep it: now, in words."""
    made = advice("max_delay_hours = 10", deadline=NOW + 2 * HOUR)
    assert (made.choice, made.start_utc) == ("now", NOW)
    assert "has passed" in made.reason


def test_a_policy_that_can_never_be_met_keeps_the_deadline():
    """An earliest start after the last one in time gives way to the deadline."""
    made = advice("earliest = 2026-11-29T14:00:00Z", deadline=NOW + 8 * HOUR)
    assert made.start_utc == NOW + 5 * HOUR
    assert "can never be met" in made.reason


def test_an_unknown_duration_waits_for_nothing():
    """Without a duration the job starts; with one that the policy takes for it, it waits, and the advice says so."""
    assert advice("max_delay_hours = 10", duration_hours=None).choice == "now"
    taken = advice("max_delay_hours = 10\nunknown_duration_hours = 3", duration_hours=None)
    assert taken.choice == "later"
    assert "the policy takes it for 3 h" in taken.reason


def test_the_same_inputs_have_the_same_id():
    """An advice is a function of its inputs; whatever was recorded of them reads back and gives it again."""
    rules = "max_delay_hours = 10"
    made = advice(rules)
    assert made.advice_id == advice(rules).advice_id
    assert made.reason == advice(rules).reason
    for other in (advice(rules + "\nthreshold_g_per_kwh = 1"), advice(rules, project="x"),
                  advice(rules, {"DE": forecast([*range(16)])}), advice(rules, budget_used_kg=D(1))):  # fmt: skip
        assert other.advice_id != made.advice_id
    again = forecast_of_record(made.forecasts[0].record())
    assert advise(job_of_record(made.job.record()), made.policy, {"DE": again}, NOW).advice_id == made.advice_id


def test_what_is_no_job_is_refused():
    """No hours, more idle than in all, and a time of nobody's zone are the caller's mistakes."""
    for wrong in ({"duration_hours": D(0)}, {"energy_kwh": D(-1)}, {"energy_kwh": D(1), "idle_kwh": D(2)},
                  {"job_id": " "}, {"submitted_utc": datetime(2026, 1, 1)}):  # noqa: DTZ001  # fmt: skip
        with pytest.raises(Misuse):
            job(**wrong)
    with pytest.raises(Misuse, match="offset"):
        advise(job(), DAY, {}, datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(Misuse, match="two values"):
        advice("max_delay_hours = 10", {"DE": forecast([1, 2], seconds=3600, start=NOW).__class__(
            "DE", NOW, "average", "direct", 3600, ((NOW, D(1)), (NOW, D(2))), False, "x")})  # fmt: skip
    with pytest.raises(Misuse, match="no intensity"):
        advice("max_delay_hours = 10", {"DE": forecast([-1] * 8)})


def test_clocks_that_change_cost_no_hour():
    """Over the night of 2026-10-25 in Berlin a deadline of 02:30 is its first; the job ends before it."""
    start = datetime(2026, 10, 24, 20, tzinfo=UTC)
    held = {"DE": forecast([300, 290, 280, 270, 100, 10, 10, 10], start=start, issued=start)}
    policy = policy_of('[policy]\ndeadline = 02:30:00\ntimezone = "Europe/Berlin"')
    made = advise(job(submitted_utc=start, duration_hours=D(1)), policy, held, start)
    assert made.intervals[-1][1] <= datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert made.start_utc == datetime(2026, 10, 24, 23, 30, tzinfo=UTC)
