"""How long each part takes for the same work, by runs of one's own, a benchmark pair, or peak and utilisation."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ledger.ai import catalogue
from ledger.ai.interval import Interval, interval
from ledger.ai.tradeoff.benchmarks import comparable
from ledger.ai.tradeoff.speeds import Work, hours_of, speeds
from ledger.errors import Misuse

D = Decimal
A100, H100 = catalogue.hardware("A100 SXM4 80GB"), catalogue.hardware("H100 SXM")
BOTH = {part.hardware_id: part for part in (A100, H100)}


def hours(work: Work) -> dict[str, Interval]:
    """Accelerator-hours of the work on each of the two."""
    return hours_of(work, speeds(work, list(BOTH.values())), BOTH)


def test_own_runs_carry_over_by_their_ratio():
    """A task that took 30 h and 12 h: work of 1000 h on the first takes 400 h on the second."""
    work = Work(hours=interval(1000), reference=A100.hardware_id,
                measured={A100.hardware_id: interval(30), H100.hardware_id: interval(12)})  # fmt: skip
    assert hours(work) == {A100.hardware_id: interval(1000), H100.hardware_id: interval(400)}


def test_a_benchmark_carries_over_with_its_spread():
    """Bert v2.1 on eight: A100 16.5488 to 19.6175 min, H100 6.378: 1000 h become 325 to 385 h; the wording is told."""
    work = Work(hours=interval(1000), reference=A100.hardware_id, benchmark="bert/v2.1/8")
    found = speeds(work, list(BOTH.values()))
    made = hours_of(work, found, BOTH)[H100.hardware_id]
    assert (round(made.low, 3), round(made.high, 3)) == (D("325.118"), D("385.406"))  # 6378 ÷ 19.6175, ÷ 16.5488
    assert "derived from MLPerf Training v2.1 results, not verified by MLCommons" in found.source
    assert "1 of them preview" in found.source


def test_peak_is_times_the_utilisation_of_each():
    """Operations: 1e21 ÷ (312e12 × 0.5 × 3600) is 1781 h on the A100; on the H100 989.4 ÷ 312 times less."""
    made = hours(Work(flops=interval(D("1e21")), utilisation=Interval(D("0.3"), D("0.5"))))
    assert round(made[A100.hardware_id].low, 1) == D("1780.6")
    assert round(made[A100.hardware_id].high, 1) == D("2967.7")
    assert round(made[H100.hardware_id].low, 1) == D("561.5")
    through = Work(flops=interval(D("1e21")), reference=A100.hardware_id, utilisation=Interval(D("0.3"), D("0.5")))
    assert hours(through) == made  # each part's own utilisation, not that of two


def test_hours_at_peak_let_either_part_stand_anywhere_in_the_range():
    """1000 h: the ratio of peaks 0.31534 times 0.3/0.5 to 0.5/0.3; the reference's own hours stay as given."""
    made = hours(Work(hours=interval(1000), reference=A100.hardware_id, utilisation=Interval(D("0.3"), D("0.5"))))
    assert made[A100.hardware_id] == interval(1000)
    assert (round(made[H100.hardware_id].low, 1), round(made[H100.hardware_id].high, 1)) == (D("189.2"), D("525.6"))


def test_operations_with_a_reference_go_through_it():
    """1e21 operations at 0.5 on the A100 are 1780.6 h, of which own runs make 40 % on the H100."""
    work = Work(flops=interval(D("1e21")), reference=A100.hardware_id, utilisation=interval(D("0.5")),
                measured={A100.hardware_id: interval(30), H100.hardware_id: interval(12)})  # fmt: skip
    made = hours(work)
    assert (round(made[A100.hardware_id].low, 1), round(made[H100.hardware_id].low, 1)) == (D("1780.6"), D("712.3"))


@pytest.mark.parametrize(
    ("work", "told"),
    [
        (Work(hours=interval(9), reference=A100.hardware_id), "No ratio is assumed"),
        (Work(hours=interval(9), measured={A100.hardware_id: interval(3)}), "no run of your own on nvidia-h100"),
        (Work(utilisation=interval(D("0.4"))), "what is the work"),
        (Work(flops=interval(9), hours=interval(9), utilisation=interval(D("0.4"))), "what is the work"),
        (Work(hours=interval(9), utilisation=interval(D("0.4"))), "on which accelerator"),
        (Work(flops=interval(9), benchmark="bert"), "share of peak"),
        (Work(flops=interval(9), utilisation=interval(40)), "more than 1"),
        (Work(flops=interval(9), utilisation=interval(D("0.4")), precision="fp8"), "no dense fp8 peak of nvidia-a100"),
    ],
)
def test_what_is_missing_is_asked_for(work, told):
    """Nothing stands in for a speed, a reference or a utilisation that was not given."""
    with pytest.raises(Misuse, match=told):
        hours(work)


def test_a_benchmark_pair_is_of_one_task_round_and_number():
    """Left open, the newest round that holds both and its smallest number; across rounds nothing is compared."""
    ids = [A100.hardware_id, H100.hardware_id]
    results = comparable("bert", ids)
    assert len({(row.benchmark, row.round, row.accelerators) for row in results}) == 1
    assert results[0].name == "bert/v2.1/8"
    with pytest.raises(Misuse, match="within one benchmark") as fault:
        comparable("bert/v3.1", ids)
    assert "bert/v2.1/8" in fault.value.fix
    with pytest.raises(Misuse, match="within one benchmark"):
        comparable("bert/v2.1", [*ids, "nvidia-h200-sxm-141gb"])
    with pytest.raises(Misuse, match="there is no benchmark 'bart'"):
        comparable("bart", ids)
