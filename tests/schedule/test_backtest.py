"""A back-test decides by what was known, is measured by what came, and is bounded by perfect foresight."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from in_process import ghg
from schedule.made_series import HOUR, D, job

from ledger.errors import Misuse
from ledger.schedule.backtest import Ground, backtest, errors, gaps, outcome
from ledger.schedule.forecast import Forecast
from ledger.schedule.policy import Policy
from ledger.schedule.series_files import Measured, Series, newest_by, series_of

START = datetime(2021, 7, 1, tzinfo=UTC)
DAY = [
    400,
    390,
    380,
    370,
    360,
    350,
    340,
    330,
    300,
    260,
    220,
    180,
    150,
    140,
    160,
    200,
    260,
    320,
    380,
    420,
    440,
    430,
    420,
    410,
]
OURS = "zone,start_utc,seconds,signal_kind,issued_at,signal,signal_basis,intensity_g_per_kwh,source\n"


def measured(values, zone="DE", signal="average"):
    """A measured series of hours from START."""
    held = tuple((START + n * HOUR, None if v is None else D(str(v))) for n, v in enumerate(values))
    return Measured(zone, signal, "direct", 3600, held, "a meter")


def ground(values, forecasts=(), **more):
    """What a back-test stands on: a measured series of Germany, its forecasts, and other signals."""
    held = {("DE", "average", "direct"): measured(values)}
    held |= {("DE", signal, "direct"): measured(other, signal=signal) for signal, other in more.items()}
    return Ground(Series(held, {"DE": tuple(forecasts)} if forecasts else {}))


def issued(at_hour, values):
    """A forecast that was issued so many hours after START, from then on."""
    at = START + at_hour * HOUR
    held = tuple((at + n * HOUR, D(str(v))) for n, v in enumerate(values))
    return Forecast("DE", at, "average", "direct", 3600, held, False, "a forecaster")


def wait(hours, **more):
    """A policy that lets jobs wait."""
    return Policy(name="w", max_delay_hours=D(hours), **more)


def test_a_decision_sees_no_later_forecast():
    """What was issued an hour after the submission would be right, and is not seen; what was issued before is."""
    truth = DAY * 3
    wrong = issued(0, [100] + [900] * 40)
    right = issued(2, truth[2:])
    made = outcome(ground(truth, [wrong, right]), wait(12), job(submitted_utc=START + HOUR, duration_hours=D(1)))
    assert made.waited == timedelta(0)
    assert made.optimum_g == D(140)  # hour 13 was in reach: the bound knows, the policy did not
    later = outcome(ground(truth, [wrong, right]), wait(12), job(submitted_utc=START + 2 * HOUR, duration_hours=D(1)))
    assert later.policy_g == D(140)


def test_persistence_knows_yesterday_alone():
    """Without forecasts the same hour of the day before decides: a valley that moved is missed, measured as it was."""
    moved = DAY + [500] * 12 + [100] * 2 + [500] * 10 + DAY
    made = outcome(ground(moved), wait(23), job(submitted_utc=START + 24 * HOUR, duration_hours=D(1)))
    assert made.waited == 13 * HOUR
    seen = ground(DAY + [None] * 24).seen("DE", START + 24 * HOUR, 48 * HOUR)
    assert [value for _, value in seen.values] == [D(v) for v in DAY] * 2
    half = ground(DAY * 2).seen("DE", START + timedelta(hours=24.5), 3 * HOUR)
    assert [at for at, _ in half.values] == [START + n * HOUR for n in (24, 25, 26, 27)]
    assert half.values[0][1] == D(DAY[0])


def test_means_are_worked_by_hand():
    """Jobs of an hour, twelve hours apart, may wait six: 400 → 340, 150 → 140, 400 → 340."""
    truth = DAY * 2
    made = backtest(ground(truth, [issued(n, truth[n:]) for n in (0, 12)]), wait(6),
                    job(duration_hours=D(1)), 12 * HOUR)  # fmt: skip
    assert (made.jobs, made.left_out, made.in_doubt, made.worse, made.moved) == (3, 0, 0, 0, 3)
    assert made.now_g == D(400 + 150 + 400) / 3
    assert made.policy_g == made.optimum_g == (D(340) + D(140) + D(340)) / 3
    assert made.waited_hours == (D(6) + D(1) + D(6)) / 3
    assert round(made.saved_percent, 6) == D("13.684211")  # 130 of 950


def test_a_gap_is_left_out_and_told():
    """A submission whose hours were not measured is not tried, and is counted."""
    truth = [*DAY, *DAY]
    truth[30] = None
    held = ground(truth, [issued(0, [v or 0 for v in truth]), issued(24, [v or 0 for v in truth[24:]])])
    made = backtest(held, wait(6), job(duration_hours=D(1)), 6 * HOUR)
    assert made.left_out == 3  # at 24:00 (its wait ends in the gap), and those at 42:00 and after, past the end
    assert gaps(held, "DE") == (1, 48)


def test_without_a_usable_forecast_jobs_run_at_once():
    """More than a day after the last issue jobs run at once, and are counted as in doubt."""
    truth = DAY * 4
    held = ground(truth, [issued(0, truth), issued(60, truth[60:])])
    made = backtest(held, wait(6), job(duration_hours=D(1)), 6 * HOUR)
    assert made.in_doubt == 5  # at 30, 36, 42, 48 and 54 h
    doubtful = outcome(held, wait(6), job(submitted_utc=START + 30 * HOUR, duration_hours=D(1)))
    assert doubtful.now_g == doubtful.policy_g


def test_the_margin_stands_beside_the_average():
    """What was decided by the average is told by the marginal signal too, where it is held."""
    truth = DAY * 2
    made = backtest(ground(truth, [issued(0, truth)], marginal=[500] * 12 + [800] * 36), wait(12),
                    job(duration_hours=D(1)), 24 * HOUR)  # fmt: skip
    assert made.also == (("marginal, direct", D(500), D(800)),)
    assert made.policy_g < made.now_g


def test_forecast_errors_by_lead():
    """Ten and twenty grams off on the first and the second day, of 200 g that came."""
    told = errors(ground([200] * 48, [issued(0, [210] * 24 + [180] * 24)]), "DE")
    assert told.by_day == ((1, 24, D(10), D(5)), (2, 24, D(20), D(10)))
    assert (told.issues, told.lead_hours) == (1, D(48))


@settings(max_examples=40)
@given(st.lists(st.integers(0, 900), min_size=72, max_size=72), st.lists(st.integers(0, 900), min_size=72, max_size=72),
       st.integers(1, 12), st.integers(0, 24), st.booleans())  # fmt: skip
def test_no_policy_beats_foresight(truth, guess, hours, delay, cut):
    """Optimum ≤ policy and optimum ≤ at once, whatever was forecast and came; foresight itself is the optimum."""
    policy = wait(delay, interruptible=cut)
    asked = job(submitted_utc=START + 3 * HOUR, duration_hours=D(hours), checkpointable=cut)
    made = outcome(ground(truth, [issued(0, guess)]), policy, asked)
    assert made.optimum_g <= made.policy_g
    assert made.optimum_g <= made.now_g
    knowing = outcome(ground(truth, [issued(0, truth)]), policy, asked)
    assert knowing.policy_g == knowing.optimum_g == made.optimum_g


def test_files_are_told_by_their_headers(tmp_path):
    """Our own columns, forecasts by issue and lead, hours by zone, half hours of Great Britain; a blank is no zero."""
    texts = {
        "ours.csv": OURS + "FR,2021-07-01T02:00+02:00,3600,actual,,average,direct,41.5,rte\n"
                           "FR,2021-07-01T01:00Z,3600,forecast,2021-07-01T00:00Z,average,direct,,rte\n",
        "leads.csv": "zone,issued_utc,lead_h,forecast_direct_gco2_per_kwh,actual_direct_gco2_per_kwh\n"
                     "DE,2021-07-01,0,289.7,334.8\nDE,2021-07-01,1,281.0,286.9\n",
        "hours.csv": "hour_utc,ES_direct_gco2_per_kwh,ES_lifecycle_gco2_per_kwh\n2021-07-01T00:00Z,78.1,120.2\n",
        "gb.csv": "from_utc,forecast_gco2_per_kwh,actual_gco2_per_kwh,index\n2023-01-01T00:00Z,73,72,low\n"
                  "2023-01-01T00:30Z,63,,low\n",
    }  # fmt: skip
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    held = series_of([tmp_path / name for name in texts])
    assert held.measured["FR", "average", "direct"].values == ((START, D("41.5")),)
    assert held.measured["ES", "average", "life_cycle"].values[0][1] == D("120.2")
    assert held.measured["GB", "average", "direct"].step_seconds == 1800
    assert [value for _, value in held.measured["GB", "average", "direct"].values] == [D(72), None]
    assert set(held.forecasts) == {"FR", "DE"}  # what was known at delivery alone decides nothing
    assert held.forecasts["FR"][0].unknown_steps == 1
    assert held.forecasts["DE"][0].mean(START, START + 2 * HOUR) == D("285.35")
    assert newest_by(held, START - HOUR) == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b\n1,2\n", "no series of intensities"),
        (OURS + "FR,yesterday,3600,actual,,average,direct,1,x\n", "line 2"),
        (OURS + "FR,2021-07-01T00:00Z,3600,actual,,average,direct,much,x\n", "no number"),
        (OURS + "FR,2021-07-01T00:00Z,3600,guess,,average,direct,1,x\n", "signal_kind is 'guess'"),
        (OURS + "FR,2021-07-01T00:00Z,3600,forecast,,average,direct,1,x\n", "a forecast has issued_at"),
        (OURS + "FR,2021-07-01T00:00Z\n", "another number of cells"),
        (OURS + "FR,2021-07-01T00:00Z,3600,actual,,average,direct,1,x\n"
                "FR,2021-07-01T01:00Z,1800,actual,,average,direct,1,x\n", "steps of 1800 s"),
        ("", "no series"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_meant_is_refused(tmp_path, text, words):
    """File, line and cell are named."""
    (tmp_path / "x.csv").write_text(text, encoding="utf-8")
    with pytest.raises(Misuse, match=words):
        series_of([tmp_path / "x.csv"])


def test_the_command_tells_series_and_error(tmp_path):
    """`ghg ai backtest` says length, lead times, gaps and forecast error beside the table, and nothing is a claim."""
    lines = [
        f"DE,2021-07-0{day},{lead},{DAY[lead % 24] + 10},{DAY[lead % 24]}" for day in (1, 2, 3) for lead in range(48)
    ]
    head = "zone,issued_utc,lead_h,forecast_direct_gco2_per_kwh,actual_direct_gco2_per_kwh\n"
    (tmp_path / "s.csv").write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    words = (
        "ai",
        "backtest",
        str(tmp_path / "s.csv"),
        "--region",
        "DE",
        "--hours",
        "2",
        "--delay",
        "12",
        "--every",
        "6",
    )
    told = ghg(*words, "--checkpointable")
    assert told.returncode == 0, told.stderr
    for part in ("cleanest hours within 12 h", "3 forecasts of 48 h", "10.0 g/kWh", "0 of 96 measured steps missing"):
        assert part in told.stdout
    (row,) = json.loads(ghg(*words, "--json").stdout)["results"]
    assert row["policy_g"] == row["optimum_g"]  # a forecast that is ten grams off everywhere orders the hours rightly
    wrong = ghg(*words[:4], "FR", *words[5:])
    assert (wrong.returncode, "of FR is in the files" in wrong.stderr) == (2, True)


@pytest.mark.needs("reference")
def test_published_errors_of_real_forecasts(reference):
    """The errors of CarbonCast's forecasts come out as its authors' data have them, and waiting wins in California."""
    held = Ground(series_of([reference / "factors" / "carboncast_96h_forecast_2021H2_DE_CISO_PJM.csv"]))
    for zone, first, fourth in (("PJM", "3.3", "9.3"), ("DE", "8.7", "19.9"), ("CISO", "7.5", "25.2")):
        told = errors(held, zone)
        assert (told.issues, told.lead_hours) == (180, D(96))
        assert [round(told.by_day[day][3], 1) for day in (0, 3)] == [D(first), D(fourth)]
    made = backtest(held, wait(24), job(region="CISO", duration_hours=D(4)), 48 * HOUR)
    assert made.optimum_g <= made.policy_g < made.now_g
