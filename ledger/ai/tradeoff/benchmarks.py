"""Which training benchmarks hold several accelerators at once: the same task, round and number, else no comparison."""

from __future__ import annotations

import csv
import functools
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from ledger import shipped
from ledger.ai.interval import Interval
from ledger.errors import Misuse, known_word


@dataclass(frozen=True, slots=True)
class Result:
    """Minutes that so many accelerators of a kind took for a benchmark in a round: the fastest and the slowest."""

    benchmark: str
    round: str
    accelerators: int
    hardware_id: str
    results: int
    preview_results: int
    minutes: Interval
    low_by: str
    high_by: str
    source: str

    @property
    def name(self) -> str:
        """How it is asked for: benchmark/round/number."""
        return f"{self.benchmark}/{self.round}/{self.accelerators}"

    def words(self) -> str:
        """The result with its spread and whose it is."""
        spread = f"{self.minutes.text()} min by {self.low_by}"
        if self.results > 1:
            spread = f"{self.minutes.text()} min over {self.results} results ({self.low_by}, to {self.high_by})"
        ahead = f", {self.preview_results} of them preview" if self.preview_results else ""
        return f"{self.hardware_id}: {spread}{ahead}"


def comparable(asked: str, hardware_ids: Sequence[str]) -> tuple[Result, ...]:
    """The results of the parts in one benchmark, round and number.

    Args:
        asked: `bert`, `bert/v2.1` or `bert/v2.1/8`; what is left open is the newest round and the smallest number.
        hardware_ids: every part that is to be compared.

    Raises:
        Misuse: a benchmark that is not known, or none of which all parts have a result; it names those that do.
    """
    benchmark, _, rest = asked.strip().partition("/")
    wanted_round, _, wanted_number = rest.partition("/")
    known_word("benchmark", benchmark, sorted({row.benchmark for row in every_result()}))
    parts = set(hardware_ids)
    groups = [group for group in _groups(parts) if group[0].benchmark == benchmark]
    chosen = [
        group
        for group in groups
        if wanted_round in ("", group[0].round) and wanted_number in ("", str(group[0].accelerators))
    ]
    if not chosen:
        others = ", ".join(group[0].name for group in groups[:6]) or ", ".join(shared(hardware_ids)[:6])
        raise Misuse(
            f"no result of {asked} holds {' and '.join(sorted(parts))}: a ratio is taken only within one benchmark, "
            "round and number of accelerators",
            f"these hold them all: {others}"
            if others
            else "no benchmark holds them all; give --measured or --utilisation",
            code="benchmark-pair",
        )
    newest = max(group[0].round for group in chosen)
    return min((group for group in chosen if group[0].round == newest), key=lambda group: group[0].accelerators)


def shared(hardware_ids: Sequence[str]) -> tuple[str, ...]:
    """The names of every benchmark, round and number of which all parts have a result."""
    return tuple(group[0].name for group in _groups(set(hardware_ids)))


def _groups(parts: set[str]) -> list[tuple[Result, ...]]:
    found: dict[str, list[Result]] = {}
    for row in every_result():
        if row.hardware_id in parts:
            found.setdefault(row.name, []).append(row)
    return [tuple(group) for group in found.values() if len(group) == len(parts)]


@functools.cache
def every_result() -> tuple[Result, ...]:
    """Every row of data/training_benchmarks.csv."""
    with (shipped.path("data") / "training_benchmarks.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Result(
                row["benchmark"], row["round"], int(row["accelerators"]), row["hardware_id"], int(row["results"]),
                int(row["preview_results"]), Interval(Decimal(row["low_minutes"]), Decimal(row["high_minutes"])),
                row["low_by"], row["high_by"], row["source"],
            )
            for row in csv.DictReader(file)
        )  # fmt: skip
