"""Energy and carbon of recorded runs in the text exposition format of Prometheus, by model, stage and team.

Source: the text exposition format 0.0.4. What is not quantified has no sample: an absent series is not zero. They are
gauges, since a correction may lower them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from ledger.ai.run_carbon import GroupCarbon
from ledger.plain import plain, plain_amount
from ledger.tabular import Tabular

_AMOUNTS: tuple[tuple[str, str, tuple[tuple[str, Callable[[GroupCarbon], Decimal | int | None]], ...]], ...] = (
    ("ghg_ai_energy_kwh", "Energy of recorded runs as it counts in the ledger, with PUE where it is known, kWh.",
     (("", lambda group: group.energy_kwh),)),
    ("ghg_ai_emissions_kg", "Emissions of recorded runs by method, kg CO2e; the two methods are not added.",
     (("location", lambda group: group.location_kg), ("market", lambda group: group.market_kg))),
    ("ghg_ai_upstream_kg", "Upstream of fuels and losses of the grid of recorded runs, kg CO2e, beside either method.",
     (("", lambda group: group.upstream_kg),)),
    ("ghg_ai_runs", "Recorded runs, failed ones too.", (("", lambda group: group.runs),)),
    ("ghg_ai_runs_not_quantified", "Recorded runs without energy or without emissions, which the sums do not hold.",
     (("", lambda group: group.without),)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Exposition(Tabular):
    """The figures of every model, stage and team, as the ledger stood at a size whose last batch has a time."""

    ROWS = "groups"

    groups: Sequence[GroupCarbon]
    size: int
    recorded_at: datetime

    @property
    def text(self) -> str:
        """A family of samples a figure, then how far the ledger is."""
        return "".join(line + "\n" for line in _lines(self.groups, self.size, self.recorded_at))

    def as_json(self) -> dict[str, Any]:
        """The answer of `ghg ai exporter --json`."""
        groups = [plain(group) for group in self.groups]
        return {"size": self.size, "recorded_at": self.recorded_at.isoformat(), "groups": groups}


def _lines(groups: Sequence[GroupCarbon], size: int, recorded_at: datetime) -> Iterator[str]:
    for name, about, amounts in _AMOUNTS:
        yield from _heading(name, about)
        for group in groups:
            for method, amount in amounts:
                value = amount(group)
                if value is not None:
                    yield f"{name}{{{_labels(group, method)}}} {plain_amount(Decimal(value))}"
    yield from _heading("ghg_ledger_batches", "Batches of the ledger that the figures rest on.")
    yield f"ghg_ledger_batches {size}"
    yield from _heading("ghg_ledger_recorded_timestamp_seconds", "When the last batch was recorded, Unix time.")
    yield f"ghg_ledger_recorded_timestamp_seconds {int(recorded_at.timestamp())}"


def _heading(name: str, about: str) -> Iterable[str]:
    return f"# HELP {name} {about}", f"# TYPE {name} gauge"


def _labels(group: GroupCarbon, method: str) -> str:
    """Model, stage, team and, where there are several, the method; what is not said is an empty label."""
    told = {"model": group.model or "", "stage": group.stage or "", "team": group.team or ""}
    told |= {"method": method} if method else {}
    return ",".join(f'{name}="{_escaped(text)}"' for name, text in told.items())


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
