"""What a sample projects is what the sums of its case say by hand."""

from __future__ import annotations

import math
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "cases"))
import stories

from ledger.assurance.reviewing.engagements import EngagementTold
from ledger.assurance.sampling.drawing import Stratum, Wish
from ledger.assurance.sampling.evaluation import evaluate, poisson_limit
from ledger.assurance.sampling.frame import Frame
from ledger.assurance.sampling.sample import Item, Sample
from ledger.inventory import Period
from ledger.store import Checkpoint

CASE = stories.Case(stories.HERE / "sampling")
ROWS = stories.rows_of(CASE.folder / "items.csv")
RESULTS = {int(row["item"]): ("x", Decimal(row["audited_kg"])) for row in ROWS}
EPOCH = datetime(2024, 1, 1, tzinfo=UTC)


def sums() -> dict[str, Decimal]:
    """Label → result of each sum of the README."""
    lines = [line for line in CASE.readme.splitlines() if ": " in line and (" = " in line or " ≈ " in line)]
    return {line.split(":")[0]: Decimal(line.split()[-1]) for line in lines if line[-1].isdigit()}


def sample(method: str = "carbon-unit", factor: Decimal | None = Decimal(3)) -> Sample:
    """The sample of the case."""
    frame = Frame(Period(date(2024, 1, 1), date(2024, 12, 31), "2024"), "operational_control", "scope_1",
                  Checkpoint("o", 9, "r"), 41, Decimal(0), Decimal(100000), 0, (), True, "f")  # fmt: skip
    items = tuple(
        Item(int(row["item"]), int(row["item"]), row["selection"], row["selection"], f"B1-{row['item']}",
             Decimal(row["recorded_kg"]), "", {}) for row in ROWS
    )  # fmt: skip
    strata = (Stratum("certainty", 1, Decimal(25000), 1), Stratum("interval", 40, Decimal(75000), 4))
    wish = Wish(method, "s", interval_kg=Decimal(10000), confidence_factor=factor)
    return Sample("S", frame, wish, strata, Decimal(10000), Decimal(1), items, "i")


def engagement(material: int, performance: int) -> EngagementTold:
    """An engagement with these thresholds, kg."""
    of = (date(2024, 1, 1), date(2024, 12, 31), "operational_control", "scope_1", None, None, None)
    return EngagementTold("E", "limited", "c", *of, Decimal(material), Decimal(performance), None, None, False,
                          "B1-1", 1, "p", EPOCH, None)  # fmt: skip


def test_the_sums_of_the_case_hold():
    """Each sum that is written out comes to what it says."""
    assert len(CASE.sums) == 15
    for expression, sign, result in CASE.sums:
        exact = stories.value_of(expression)
        assert Fraction(result) == (exact if sign == "=" else stories.half_away(exact, 12)), expression


def test_carbon_units_project_as_reckoned_by_hand():
    """Taintings times the interval, certain items by themselves, and the upper limit, about."""
    told, by_hand = evaluate(sample(), RESULTS, engagement(60000, 20000), "ratio"), sums()
    assert told.factual_kg == by_hand["certain item, misstatement"]
    assert [one.projected_kg for one in told.items[1:]] == [
        by_hand["item 2, projected"], by_hand["item 3, projected"], by_hand["item 4, understated, projected"],
        by_hand["item 5 agrees, projected"],
    ]  # fmt: skip
    assert [one.tainting for one in told.items[1:3]] == [by_hand["item 2, tainting"], by_hand["item 3, tainting"]]
    assert told.projected_kg == by_hand["projected"]
    assert told.most_likely_kg == by_hand["most likely misstatement"]
    assert told.basic_precision_kg == by_hand["basic precision"]
    assert abs(told.upper_over_kg - by_hand["upper limit of overstatement, about"]) < 10
    assert told.verdict == "limit above performance materiality"


def test_by_chance_as_reckoned_by_hand():
    """Ratio and difference estimates of a stratum."""
    by_hand = sums()
    made = replace(
        sample("random", None), interval_kg=None, strata=(Stratum("all", 40, Decimal(60000), 4),),
        items=tuple(replace(one, selection="random", stratum="all") for one in sample().items[1:]),
    )  # fmt: skip
    results = {item: told for item, told in RESULTS.items() if item > 1}
    ratio = evaluate(made, results, None, "ratio")
    assert ratio.projected_kg.quantize(Decimal("1e-12")) == by_hand["ratio"]
    assert evaluate(made, results, None, "difference").projected_kg == by_hand["difference"]
    assert ratio.upper_over_kg is None
    assert ratio.verdict == "no materiality"


@pytest.mark.parametrize(
    ("material", "performance", "verdict"),
    [
        (12999, 5000, "above materiality"), (13000, 12999, "above performance materiality"),
        (60000, 13000, "limit above performance materiality"), (40000, 13000, "limit above materiality"),
        (70000, 60000, "within performance materiality"),
    ],
)  # fmt: skip
def test_verdicts(material, performance, verdict):
    """The most likely misstatement, 13 000 kg, and its upper limit, some 52 000 kg, against both thresholds."""
    assert evaluate(sample(), RESULTS, engagement(material, performance), "ratio").verdict == verdict


def test_what_is_not_tested_concludes_nothing():
    """With a result lacking the evaluation says so, and tells no limit."""
    told = evaluate(sample(), {1: RESULTS[1]}, engagement(60000, 20000), "ratio")
    assert (told.verdict, told.tested, told.upper_over_kg) == ("incomplete", 1, None)


def test_no_limit_is_told_of_what_is_wrong_by_more_than_itself():
    """Where an item is overstated by more than its size the limit of overstatement does not hold, and none is told."""
    told = evaluate(sample(), RESULTS | {5: ("x", Decimal(-1))}, engagement(60000, 20000), "ratio")
    assert told.upper_over_kg is None
    assert told.upper_under_kg is not None


@pytest.mark.parametrize("errors", range(4))
def test_limits_solve_their_equation(errors):
    """Σ e^−P P^i ÷ i! up to the errors found is e^−factor."""
    limit = float(poisson_limit(errors, Decimal("2.31")))
    told = sum(math.exp(-limit) * limit**place / math.factorial(place) for place in range(errors + 1))
    assert told == pytest.approx(math.exp(-2.31), rel=1e-12)
