"""Recorded runs side by side: quality, carbon and cost with failed trials, and how much less at which quality."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ledger.ai.footprint import StageFootprint
from ledger.ai.tradeoff.trial_quality import Quality, share_of_target
from ledger.ai.tradeoff.trial_ranking import beside_best, best_trial, least_carbon, reaching, trial_front
from ledger.ai.tradeoff.trials import Trial, Trials, TrialWish
from ledger.book import Ledger
from ledger.cli import app
from ledger.cli.ai.tradeoff.trial_words import trials_page, verdicts
from ledger.disclosure.charts.trials import trial_chart
from ledger.errors import Misuse

D = Decimal
HEAD = (
    "run_id,parent_run,attempt,stage,outcome,model,cloud_provider,cloud_region,hardware_id,hardware_count,start_utc,"
    "end_utc,energy_kwh,energy_level,cost,currency,quality_name,quality_value,quality_direction,tokens_in\n"
)


def row(run, parent="", hour=0, kwh="", quality="", cost="1", outcome="completed", attempt=1, gpu="A100 SXM4 80GB",
        currency="EUR", name="F1", way="higher"):  # fmt: skip
    """A line of one hour in Virginia on 2023-03-01 at an hour."""
    measure = f"{name},{quality},{way}" if quality else ",,"
    machines = f"{gpu},1" if gpu else ","
    when = f"2023-03-01T{hour:02}:00:00Z,2023-03-01T{hour + 1:02}:00:00Z"
    paid = f"{cost},{currency if cost else ''}"
    what = f"{run},{parent},{attempt},tuning,{outcome},lm,aws,us-east-1,{machines}"
    return f"{what},{when},{kwh},facility,{paid},{measure},5\n"


RUNS = HEAD + "".join([
    row("sweep", gpu="", cost=""),
    row("s1", "sweep", 1, "100", "0.80"),
    row("s2", "sweep", 2, "40", "0.78"),
    row("s3", "sweep", 3, "25", outcome="failed"),
    row("s3", "sweep", 4, "30", "0.70", attempt=2),
    row("s4", "sweep", 5, "10", "0.95", outcome="interrupted"),
    row("s2a", "s2", 6, "5"),
    row("other", "", 7, "60", "0.79", cost="8", currency="USD"),
    row("blind", "", 8, "", "0.81", gpu=""),
    row("loss", "", 9, "7", "2.5", name="loss", way="lower"),
])  # fmt: skip


@pytest.fixture(scope="module")
def book(tmp_path_factory) -> Ledger:
    """A ledger with a sweep of four trials, one of them with a failed attempt, and three runs beside it. Read only."""
    folder = tmp_path_factory.mktemp("trials")
    held = Ledger.init(folder / "ledger.duckdb", organisation="Example AG", datasets=["egrid-2023"])
    (folder / "runs.csv").write_text(RUNS, encoding="utf-8")
    done = held.upload(folder / "runs.csv")
    assert done.status == "accepted", done.findings
    return held


def test_failed_and_interrupted_trials_are_in_the_sums(book):
    """A trial has its failed attempt, a sweep all below it, the bracket nothing; kilograms are the footprint's."""
    made = book.compare_runs(TrialWish(("sweep",)))
    held = {trial.name: trial for trial in made.trials}
    assert sorted(held) == ["s1", "s2", "s3", "s4"]
    assert [held[name].sums.energy_kwh for name in ("s1", "s2", "s3", "s4")] == [100, 45, 55, 10]
    assert [held[name].not_kept.energy_kwh for name in ("s1", "s3", "s4")] == [None, 25, 10]
    assert made.whole is not None
    assert (made.whole.sums.energy_kwh, made.whole.runs, made.whole.not_kept.runs) == (210, 6, 2)
    assert (made.whole.is_whole, made.whole.cost, made.whole.without_cost) == (True, {"EUR": 6}, 0)
    assert made.whole.tokens == 30
    total = book.footprint("lm").total
    every = book.compare_runs(TrialWish(("other", "loss", "sweep"), "f1")).trials
    assert sum(trial.sums.location_kg for trial in every) == total.location_kg
    assert made.whole.sums.location_kg == 210 * total.location_kg / total.energy_kwh


def test_quality_is_of_what_was_kept(book):
    """Not of an interrupted trial, however good; of a sweep it is the best trial's, and its run is named."""
    made = book.compare_runs(TrialWish(("sweep", "other")))
    assert made.trials[0].quality == Quality(D("0.80"), "s1")
    assert [trial.name for trial in made.below["sweep"]] == ["s1", "s2", "s3", "s4"]
    assert {trial.name: trial.quality for trial in made.below["sweep"]}["s4"] is None
    assert made.measure == ("F1", "higher")


def test_less_carbon_at_a_share_of_the_target_by_hand(book):
    """s2: 45 of 100 kWh on one grid are 55 % less, at 0.78 ÷ 0.80 = 97.5 %; s3 45 % less at 87.5 %, so s2 at ≥ 95 %."""
    made = book.compare_runs(TrialWish(("sweep",), at_least=D(95)))
    told = {each.name: each for each in beside_best(made)}
    assert (told["s2"].less, told["s2"].share) == ({"location": 55, "market": 55}, D("97.5"))
    assert (told["s3"].less["location"], told["s3"].share) == (45, D("87.5"))
    assert [trial.name for trial in reaching(made)] == ["s1", "s2"]
    assert dict(zip([trial.name for trial in made.trials], trial_front(made), strict=True)) == {
        "s1": "on", "s2": "on", "s3": "off", "s4": "none"
    }  # fmt: skip
    words = " ".join(verdicts(made))
    assert "s2: 55.0 % less carbon by both bases than s1, at ≥ 97.5 % of the best (0.8)." in words
    assert "At ≥ 95 % of the best (0.8) the least carbon, location-based, is of s2: 55.0 % less than s1." in words
    assert "Cheapest: s1." in words


def test_what_is_not_comparable_is_not_compared(book):
    """Currencies and measures are named and not mixed; a run without energy is a lower bound and can be on no side."""
    made = book.compare_runs(TrialWish(("sweep", "other")))
    assert made.currency is None
    assert "sweep in EUR; other in USD" in made.no_cost
    with pytest.raises(Misuse, match=r"different measures of quality.*F1 of s1.*loss of loss"):
        book.compare_runs(TrialWish(("sweep", "loss")))
    chosen = book.compare_runs(TrialWish(("s1", "loss"), "f1"))
    assert trial_front(chosen) == ("on", "none")
    made = book.compare_runs(TrialWish(("s1", "blind")))
    assert trial_front(made) == ("open", "on")
    assert [each.less["location"] for each in beside_best(made)] == [None]
    assert any("1 without energy" in note for note in made.notes)


@pytest.mark.parametrize(
    ("runs", "words"),
    [
        (("s1",), "nothing to compare it with"),
        (("sweep", "s3"), "s3 is below sweep"),
        (("s1", "s9"), "no run 's9' is recorded"),
        (("s1", "s1"), "named twice"),
    ],
)
def test_what_cannot_be_compared_is_told(book, runs, words):
    """Alone, one inside the other, unknown, or twice."""
    with pytest.raises(Misuse, match=words):
        book.compare_runs(TrialWish(runs))


def test_the_command_takes_runs_one_after_the_other(book, tmp_path, monkeypatch):
    """`--runs A B`, JSON with exact figures, a page; two files, a share of 0 and a wrong direction end with 2."""
    monkeypatch.delenv("GHG_LEDGER", raising=False)

    def told(*words):
        done = CliRunner().invoke(app, ["ai", "compare", "--ledger", str(book.path), *words])
        return done.exit_code, done.output

    code, text = told("--runs", "sweep", "other", "--json", "-o", str(tmp_path / "runs.html"))
    assert code == 0, text
    answer = json.loads(text)
    assert [row["run"] for row in answer["trials"]] == ["sweep", "other"]
    assert answer["trials"][0]["records_not_kept"] == 2
    assert "all below" not in text
    page = (tmp_path / "runs.html").read_text(encoding="utf-8")
    assert "No cost axis: the costs are in different currencies" in page
    code, text = told("--runs", "sweep", "--target", "0.9")
    assert (code, "88.8 % of the target of 0.9" in text, "all of sweep" in text) == (0, True, True), text
    for words, said in ((("a.toml", "b.toml"), "2 files"), (("--runs", "sweep", "--at-least", "0"), "at least 0 %"),
                        (("--runs", "sweep", "--direction", "lower"), "the records say that higher F1"),
                        (("--runs", "sweep", "--target", "x"), "--target takes a number")):  # fmt: skip
        code, text = told(*words)
        assert (code, said in text) == (2, True), text


def trial(name: str, quality: str | None, location: str | None, market: str = "1", cost: str = "1", lacking=0) -> Trial:
    """A trial of these figures."""
    sums = StageFootprint(name, 1, 0, None, D(1), None if location is None else D(location), D(market), None, None,
                          lacking, 0)  # fmt: skip
    value = None if quality is None else Quality(D(quality), name)
    return Trial(name, 1, value, sums, replace(sums, runs=0), {"EUR": D(cost)}, 0, None)


def compared(*made: Trial, direction: str = "higher", **wish) -> Trials:
    """A comparison of trials."""
    names = tuple(each.name for each in made)
    return Trials(TrialWish(names, **wish), 1, made, {}, None, ("q", direction), "EUR", "", ())


def test_the_bases_stay_apart():
    """Less by one basis and more by the other is told so, each by its own figures."""
    made = compared(trial("a", "0.9", "10", "2"), trial("b", "0.8", "4", "3"))
    assert beside_best(made)[0].less == {"location": 60, "market": -50}
    words = " ".join(verdicts(made))
    assert "b: 60.0 % less carbon location-based, 50.0 % more carbon market-based than a, at ≥ 88.8 %" in words
    assert [each.name for each in least_carbon(made.trials, "market")] == ["a"]


def test_where_lower_is_better_all_turns():
    """The best is the lowest, and a share of the target is target ÷ value; without a ratio none is told."""
    made = compared(trial("a", "2", "10"), trial("b", "2.5", "4"), trial("c", "3", "5"), direction="lower")
    assert best_trial(made).name == "a"
    assert {each.name: each.share for each in beside_best(made)}["b"] == 80
    assert trial_front(made) == ("on", "on", "off")
    assert share_of_target(D("-0.1"), D(1), "higher") is None
    assert share_of_target(D(2), D(0), "lower") is None


def test_a_lower_bound_leaves_open_what_it_could_be():
    """The bounded run may emit more than it says: "at least" where it is the best, no figure where it is the other."""
    bounded = compared(trial("a", "0.9", "10", lacking=1), trial("b", "0.8", "4"), trial("c", "0.7", "12"))
    less = {each.name: (each.less["location"], each.is_least) for each in beside_best(bounded)}
    assert less == {"b": (60, True), "c": (None, True)}
    other = compared(trial("a", "0.9", "10"), trial("b", "0.8", "4", lacking=1))
    assert beside_best(other)[0].less["location"] is None
    assert trial_front(other) == ("on", "open")
    three = compared(trial("a", "0.9", "10"), trial("b", "0.9", "9", cost="3"), trial("c", "0.9", "9", cost="4"))
    assert trial_front(three) == ("on", "on", "off")
    assert trial_front(three, with_cost=False) == ("off", "on", "on")


def test_of_many_runs_those_on_the_front_are_told():
    """Thirty runs, two of them on the front: one sentence beside the best, few names in a list, no name on another."""
    many = [trial(f"r{at}", f"0.{500 + at}", "20", cost="9") for at in range(30)]
    made = compared(*many, trial("best", "0.9", "10"), trial("lean", "0.8", "4"))
    words = verdicts(made)
    assert [line.partition(":")[0] for line in words if "less carbon" in line] == ["lean"]
    alike = compared(*(trial(f"r{at}", "0.5", "20") for at in range(9)))
    assert "Least carbon, location-based: r0, r1, r2, r3 and 5 more alike." in verdicts(alike)
    named = [row for layer in trial_chart(made).spec["layer"] for row in layer["data"]["values"] if "px" in row]
    assert sorted(row["label"][0] for row in named) == ["best", "lean"]


def test_the_plot_has_carbon_against_quality():
    """Points at their figures, the front a step line from the least carbon, the share of the target a rule."""
    made = compared(trial("a", "0.9", "10"), trial("b", "0.8", "4"), trial("c", "0.7", "5"), at_least=D(95))
    chart = trial_chart(made)
    points = next(layer for layer in chart.spec["layer"] if layer["mark"].get("type") == "point")["data"]["values"]
    assert [(row["name"], row["x"], row["y"], row["on"]) for row in points] == [
        ("c", 5, 0.7, False), ("a", 10, 0.9, True), ("b", 4, 0.8, True)
    ]  # fmt: skip
    line = next(layer for layer in chart.spec["layer"] if layer["mark"].get("type") == "line")
    assert [row["name"] for row in line["data"]["values"]] == ["b", "a"]
    rule = next(layer for layer in chart.spec["layer"] if layer["mark"].get("type") == "rule")
    assert rule["data"]["values"][0]["y"] == pytest.approx(0.855)
    assert trials_page(made, Path("a.svg")).startswith(b"<svg")
