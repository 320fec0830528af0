"""What the pages of the AI place share: columns, charts drawn once, and where a figure leads."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ledger.web.here import Here
from ledger.web.tables import NOT_QUANTIFIED, Column, Linked

if TYPE_CHECKING:
    from ledger.disclosure.chart_parts import Chart

TABS = (
    ("/ai", "Overview"), ("/ai/runs", "Runs"), ("/ai/reconciliation", "Reconciliation"), ("/ai/compare", "Compare"),
    ("/ai/move", "Move"), ("/ai/schedule", "Schedule"),
)  # fmt: skip
MEMO = (
    "Savings are a memo beside the inventory: yearly factors know no hours, so no total is lower by them. They are "
    "never added to, or held against, market-based figures."
)
_OPTIONS = {
    "gpu": "Accelerators", "at": "Places", "hours": "Accelerator-hours", "on": "on the accelerator",
    "flops": "operations", "run": "a recorded run", "benchmark": "Benchmark", "utilisation": "Share of dense peak",
    "precision": "Precision", "count": "Accelerators that share the work", "draw": "Mean draw over board power",
    "power": "Mean draw of one", "host-power": "Host around each accelerator", "pue": "PUE",
    "factor": "Grid, location-based", "market-factor": "Grid, market-based", "life-years": "Years that it serves",
    "prices": "Prices", "price-kind": "Kind of price", "carbon-price": "Price per tonne", "start": "May begin",
    "zone": "Zone of its grid", "job": "Name", "basis": "Carbon in the ranking", "to": "Places",
    "pue-here": "PUE where it runs now", "buy": "Accelerators bought", "transfer-gb": "Data moved once",
    "transfer-gb-month": "Data between the places",
}  # fmt: skip
"""What the fields of the forms are called, by the option of the command that says the same."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A chart as the page has it."""

    title: str
    svg: str


def drawn(here: Here, chart: Chart | None) -> Drawn | None:
    """A chart as SVG, kept as long as the ledger stays as it is; None for none."""
    if chart is None:
        return None
    from ledger.disclosure.charts import svg

    text: str = here.site.answers.get(("svg", chart.key, chart.alt, str(chart.spec)), lambda: svg(chart))
    return Drawn(chart.title, text)


def kg(key: str, title: str, *, unknown: str = NOT_QUANTIFIED) -> Column:
    """A column of kg CO2e; what is not quantified says so."""
    return Column(key, title, "number", "kg CO₂e", 2, unknown)


def kwh(key: str, title: str = "Energy") -> Column:
    """A column of kWh."""
    return Column(key, title, "number", "kWh", 2, "not known")


def model_link(here: Here, name: str | None) -> Any:
    """A model that leads to its page."""
    return "no model named" if name is None else Linked(name, here.link(f"/ai/model/{quote(name, safe='')}"))


def of_form(words: str) -> str:
    """Words of a fault with the names of fields in the place of the command's options."""

    def named(found: re.Match[str]) -> str:
        return f"“{_OPTIONS[found[1]]}”" if found[1] in _OPTIONS else found[0]

    return re.sub(r"--([a-z-]+)", named, words)


def minute() -> datetime:
    """The present minute: what is read by it is asked once a minute."""
    return datetime.now(UTC).replace(second=0, microsecond=0)


def age(since: datetime) -> str:
    """How long ago something was, in words: minutes up to two hours, then hours, then days."""
    minutes = max(0, int((datetime.now(UTC) - since).total_seconds() // 60))
    if minutes < 120:
        return "just now" if minutes == 0 else f"{minutes} min ago"
    return f"{minutes // 60} h ago" if minutes < 48 * 60 else f"{minutes // 1440} days ago"
