"""Advice is put on record before the run and held against it after: in a ledger, by its own forecasts and runs."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import duckdb
import pytest
from in_process import ghg
from schedule.made_series import D

from ledger import Ledger
from ledger.assurance.checks.advice import check_advice
from ledger.assurance.verification import Faults
from ledger.disclosure.quarterly.tables import quarterly_tables
from ledger.disclosure.statement.tables import statement_tables
from ledger.errors import Misuse
from ledger.schedule.job import Job
from ledger.schedule.policy import policy_of
from ledger.store import Session

SUBMITTED = datetime(2024, 3, 1, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
RULES = '[policy]\nname = "nights"\nmax_delay_hours = 8\nallowed_regions = ["FR"]\nresidency = ["DE", "FR"]\n'
FORECAST = [290, 300, 310, 320, 250, 200, 100, 150, 300, 300, 300, 300, 300]
ACTUAL = [290, 305, 310, 330, 250, 210, 120, 160, 300, 300, 300, 300, 300]
RUNS = """run_id,model,stage,start_utc,end_utc,zone,country,energy_kwh,level,outcome,steps_kept,steps_redone,project
good,m,training,2024-03-01T15:00:00Z,2024-03-01T17:00:00Z,DE,GB,50,it,completed,,,p
early,m,training,2024-03-01T09:00:00Z,2024-03-01T11:00:00Z,DE,GB,50,it,completed,,,
redone,m,training,2024-03-01T15:00:00Z,2024-03-01T17:00:00Z,DE,GB,50,it,completed,80,20,
"""


def series() -> str:
    """Forecasts of two zones and what was measured, in our own columns."""
    lines = ["zone,start_utc,seconds,signal_kind,issued_at,signal,signal_basis,intensity_g_per_kwh,estimated,source"]
    for zone, by in (("DE", 1), ("FR", 2)):
        for kind, values, issued in (("forecast", FORECAST, "2024-03-01T09:00:00Z"), ("actual", ACTUAL, "")):
            lines += [
                f"{zone},{(SUBMITTED + n * HOUR).strftime('%Y-%m-%dT%H:%M:%SZ')},3600,{kind},{issued},average,direct,"
                f"{value * by},false,operator" for n, value in enumerate(values, -1)
            ]  # fmt: skip
    return "\n".join(lines) + "\n"


def job(name: str, **told: object) -> Job:
    """A job of two hours with 50 kWh, 10 of them idle."""
    given = {"job_id": name, "submitted_utc": SUBMITTED, "region": "DE", "duration_hours": D(2), "energy_kwh": D(50),
             "idle_kwh": D(10)} | told  # fmt: skip
    return Job(**given)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def ledger(tmp_path_factory):
    """A ledger of that day, with intensities; three jobs were advised and put on record, then their runs."""
    folder = tmp_path_factory.mktemp("advised")
    clock = iter(SUBMITTED - HOUR + timedelta(seconds=n) for n in range(1, 3600))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.modules["ledger.store.append"], "_now_after", lambda _last: next(clock))
        made = Ledger.init(folder / "l.duckdb", organisation="A", actor="tester", datasets=("desnz-2024",))
        (folder / "series.csv").write_text(series(), encoding="utf-8")
        assert made.upload(folder / "series.csv").status == "accepted"
        for name in ("good", "early", "redone", "later"):
            done = made.record_advice(made.advise(job(name), policy_of(RULES), now=SUBMITTED))
            assert done.entries == 1
        (folder / "runs.csv").write_text(RUNS, encoding="utf-8")
        assert made.upload(folder / "runs.csv").status == "accepted"
        made.true_up_all()
    return made


def of_job(ledger: Ledger, name: str):
    """The one advice for a job."""
    (held,) = ledger.advice(job=name)
    return held


def test_the_ledgers_forecast_decides(ledger):
    """The cleanest two hours of the forecast held, 100 and 150 g from 15:00, against 305 at submission."""
    held = of_job(ledger, "good")
    assert (held.choice, held.start_utc) == ("later", SUBMITTED + 5 * HOUR)
    assert (held.expected_g_per_kwh, held.counterfactual_g_per_kwh) == (D(125), D(305))
    assert held.expected_saving_kg == D("7.2")  # 40 kWh × (305 − 125) g
    assert held.forecasts[0].issued_at == datetime(2024, 3, 1, 9, tzinfo=UTC)


def test_the_truth_is_by_what_was_measured(ledger):
    """40 kWh above idle × (307.5 − 140) g are 6.7 kg, not the 7.2 kg that were expected."""
    truth = of_job(ledger, "good").truth
    assert (truth.measured_kwh, truth.idle_kwh, truth.redone_kwh) == (D(50), D(10), D(0))
    assert (truth.counterfactual_g_per_kwh, truth.run_g_per_kwh, truth.saving_kg) == (D("307.5"), D(140), D("6.7"))
    assert truth.is_followed


def test_work_done_again_is_subtracted(ledger):
    """A fifth of the steps was done again: 32 kWh × 307.5 − 40 × 140 g are 4.24 kg."""
    truth = of_job(ledger, "redone").truth
    assert (truth.redone_kwh, truth.saving_kg) == (D(8), D("4.24"))


def test_a_run_before_its_advice_claims_nothing(ledger):
    """A run that had begun when the advice was put on record did not follow it, whatever its hours."""
    held = of_job(ledger, "early")
    assert not held.truth.is_followed
    assert held.claimed_kg is None
    assert "not claimed" in held.truth.reason


def test_without_a_run_nothing_is_told(ledger):
    """An advice whose run is not recorded waits, and says so."""
    assert of_job(ledger, "later").truth is None
    with pytest.raises(Misuse, match="no run 'later' is recorded"):
        ledger.true_up("later")
    with pytest.raises(Misuse, match="no advice 'nothing'"):
        ledger.true_up("nothing")


@pytest.mark.parametrize(
    ("hours", "state"), [(4.9, "held"), (5, "released"), (6.9, "released"), (7, "overdue"), (900, "overdue")]
)
def test_the_board_says_how_an_advice_stands(ledger, hours, state):
    """Held until its start at 15:00, then released, overdue from its expected end on; trued up is whatever has a truth.

    Saved are the 6.7 and 4.24 kg of the runs that followed, where 7.2 kg were expected of each.
    """
    board = ledger.advice_board(SUBMITTED + hours * HOUR)
    states = {line.job_id: line.state for line in board.lines}
    assert states == {"good": "trued_up", "early": "trued_up", "redone": "trued_up", "later": state}
    assert (board.saved_kg, board.expected_kg, board.count("trued_up")) == (D("10.94"), D("14.4"), 3)
    assert [line.job_id for line in ledger.advice_board(SUBMITTED, "2025").lines] == []
    assert ledger.advice_board(SUBMITTED, "2024-03").count("trued_up") == 3


def test_a_run_that_was_withdrawn_is_none(ledger, tmp_path):
    """While its run is on record an advice is released however late it is; once it is withdrawn, overdue again."""
    late = SUBMITTED + 900 * HOUR
    shutil.copytree(ledger.path.parent, tmp_path / "copy")
    copy = Ledger(tmp_path / "copy" / ledger.path.name, actor="tester")
    header, good, *_ = RUNS.splitlines()
    run = good.replace("good", "later")
    for name, text, state in (("a", f"{header}\n{run}\n", "released"),
                              ("b", f"{header},withdrawn\n{run},yes\n", "overdue")):  # fmt: skip
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
        assert copy.upload(tmp_path / f"{name}.csv").status == "accepted"
        assert {line.job_id: line.state for line in copy.advice_board(late).lines}["later"] == state


@pytest.mark.parametrize(
    ("hours", "kind", "value", "since"),
    [(-1.5, "none", None, None), (2.5, "measured", D(330), 2), (11.9, "measured", D(300), 11), (13, "past", D(300), 11),
     (500, "past", D(300), 11)],
)  # fmt: skip
def test_a_grid_stands_by_the_value_of_its_hour(ledger, hours, kind, value, since):
    """The value whose hour holds the instant; one that is over is called past, and nothing is made of nothing."""
    now = {one.zone: one for one in ledger.grid_now(SUBMITTED + hours * HOUR)}
    assert set(now) == {"DE", "FR"}
    begun = None if since is None else SUBMITTED + since * HOUR
    assert (now["DE"].kind, now["DE"].g_per_kwh, now["DE"].since) == (kind, value, begun)
    assert (now["DE"].forecast is None) == (hours in (-1.5, 13, 500))


def test_the_same_is_recorded_once(ledger):
    """The same advice and the same truth again write nothing."""
    held = of_job(ledger, "good")
    assert ledger.record_advice(held.again()).batch is None
    assert ledger.true_up(held.advice_id[:8])[1].batch is None


def test_no_total_is_lower_by_it(ledger):
    """The inventory knows nothing of advice: the memo moves no figure of the year."""
    now, before = ledger.inventory("2024"), ledger.inventory("2024", at=_runs_recorded(ledger))
    assert now.total_location > 0
    assert replace(now, checkpoint=before.checkpoint) == before


def _runs_recorded(ledger: Ledger) -> int:
    """The number of batches before the first truth."""
    return min(int(held.truth.entry[1:].split("-")[0]) for held in ledger.advice() if held.truth) - 1


def test_it_verifies(ledger):
    """Every advice follows from its inputs, and every saving from its terms."""
    assert [found for found in ledger.verify().findings if found.severity == "error"] == []


HARM = {
    "update advice set choice = 'now' where job_id = 'good'": "advice-wrong",
    "update advice set expected_saving_kg = 99 where job_id = 'good'": "advice-wrong",
    "update advice set counterfactual_g_per_kwh = 900 where job_id = 'good'": "advice-wrong",
    """update advice set inputs = replace(inputs, '"max_delay_hours":"8"', '"max_delay_hours":"2"')""": "advice-wrong",
    "update advice_truth set saving_kg = -saving_kg where run_id = 'good'": "advice-truth",
    "update advice_truth set saving_kg = saving_kg / 1000 where run_id = 'redone'": "advice-truth",
    "update advice_truth set is_followed = true where run_id = 'early'": "advice-truth",
    "update advice_truth set advice_id = 'x' where run_id = 'good'": "advice-truth",
    """update advice_truth set intensities = replace(intensities, '"305"', '"905"')""": "advice-truth",
    "delete from grid_intensity where signal_kind = 'actual' and hour(start_utc) = 15": "advice-truth",
}


def test_what_was_changed_is_found(ledger, tmp_path):
    """A changed decision, expectation, sign, unit or intensity does not follow any more."""
    path = tmp_path / "harmed.duckdb"
    shutil.copyfile(ledger.path, path)
    with duckdb.connect(str(path)) as con:
        con.execute("set TimeZone = 'UTC'")
        for trigger, table in con.execute("select trigger_name, table_name from duckdb_triggers()").fetchall():
            con.execute(f"drop trigger {trigger} on {table}")
        for statement, code in {"select 1": None, **HARM}.items():
            con.execute("begin")
            con.execute(statement)
            faults = Faults()
            check_advice(Session(path, con), 0, faults)
            con.execute("rollback")
            assert {found.code for found in faults.told()} == ({code} if code else set()), statement


def test_a_budget_knows_what_is_recorded(ledger):
    """What a project has used in the month is what the ledger has posted of it, location-based, upstream included."""
    (row,) = [row for row in ledger.breakdown("2024-03", "tag:project") if row["tag:project"] == "p"]
    used = row["scope_1"] or D(0), row["scope_2_location"] or D(0), row["scope_3"] or D(0)
    rules = policy_of(RULES + "[budget_kg]\np = 20\n")
    made = ledger.advise(job("x", project="p"), rules, now=SUBMITTED)
    assert made.means.budget_used_kg == sum(used) > 0
    assert made.start_utc == SUBMITTED + 5 * HOUR
    assert "would take p over its 20 kg" in next(o.barred for o in made.options if o.start == SUBMITTED)


def test_the_report_has_both_sides(ledger):
    """Forecast and truth stand side by side; the sum is of what was followed, 6.7 + 4.24 kg, and is called a memo."""
    held = ledger.statement("ai-footprint", period="2024-Q1")
    table = statement_tables(held, quarterly_tables(held.figures))["ai_advice"]
    rows = {row.cells[0].text: [cell.value for cell in row.cells[1:]] for row in table.rows}
    assert rows["good: later, DE, 2024-03-01 15:00"] == [D(305), D(125), D("307.5"), D(140), D(40), D("7.2"), D("6.7")]
    assert rows["Saved by advice that was followed"][4:] == [D(80), D("14.4"), D("10.94")]
    said = {row.cells[0].text.split(":")[0]: row.cells[7].text for row in table.rows}
    assert (said["early"], said["later"]) == ("not followed", "no run yet")
    notes = " ".join(table.notes)
    assert "no total of this report is lower by it" in notes
    assert "neither added to market-based figures" in notes


def test_an_advice_needs_no_ledger(tmp_path, monkeypatch):
    """With a file of forecasts the command decides where there is no ledger, and says what it cannot do and why."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "series.csv").write_text(series(), encoding="utf-8")
    (tmp_path / "p.toml").write_text(RULES, encoding="utf-8")
    words = ("ai", "schedule", "--policy", "p.toml", "--job", "j", "--region", "DE", "--hours", "2", "--forecast",
             "series.csv", "--now", "2024-03-01T10:00Z")  # fmt: skip
    told = ghg(*words, "--energy-kwh", "50")
    assert told.returncode == 0, told.stderr
    assert "at most 9.00 kg, for it is not said how much of the 50 kWh is idle" in " ".join(told.stdout.split())
    made = json.loads(ghg(*words, "--energy-kwh", "50", "--idle-kwh", "10", "--json").stdout)
    assert (made["choice"], made["start_utc"], made["expected_saving_kg"]) == ("later", "2024-03-01T15:00:00Z", "7.2")
    (tmp_path / "free.toml").write_text('[policy]\nname = "free"\nmax_delay_hours = 8\n', encoding="utf-8")
    held = " ".join(ghg(*words, "--policy", "free.toml", "--region", "Germany").stdout.split())
    assert "no forecast is held for the zone Germany. Forecasts that were issued before the decision: ghg" in held
    assert "a zone like DE, or a site of the policy" in held
    assert "ghg connect grid" not in told.stdout  # one is held
    for more, said in ((("--record",), "ledger.duckdb"), (("--now", "noon"), "--now takes an instant"),
                       (("--hours", "-1"), "no duration"), (("--price", "DE"), "REGION=AMOUNT"),
                       (("--stage", "traning"), "stage"), (("--policy", "q.toml"), "q.toml")):  # fmt: skip
        refused = ghg(*words, *more)
        assert refused.returncode == 2
        assert said in refused.stderr, refused.stderr
        assert "Traceback" not in refused.stderr


def test_the_commands_say_it(ledger):
    """`ghg ai advice` lists what was expected beside what came of it, and says that it is a memo."""
    told = ghg("ai", "advice", ledger=ledger, GHG_ACTOR="tester")
    assert told.returncode == 0, told.stderr
    assert "not followed, not claimed" in told.stdout
    assert "no total is lower by them" in told.stdout
    held = json.loads(ghg("ai", "advice", "good", "--json", ledger=ledger, GHG_ACTOR="tester").stdout)
    assert held["advice"][0]["truth"]["saving_kg"] == "6.7"
