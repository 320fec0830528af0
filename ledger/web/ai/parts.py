"""What the pages of the AI place share: columns, charts drawn once, and where a figure leads."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fastapi.responses import Response

from ledger.errors import Misuse
from ledger.plain import visible
from ledger.web.frame.here import Here, download
from ledger.web.frame.tables import MEDIA, NOT_QUANTIFIED, Column, Linked

if TYPE_CHECKING:
    from ledger.ai.interval import Interval

TABS = (
    ("/ai", "Overview"), ("/ai/runs", "Runs"), ("/ai/reconciliation", "Reconciliation"), ("/ai/compare", "Compare"),
    ("/ai/move", "Move"), ("/ai/schedule", "Schedule"),
)  # fmt: skip
MEMO = (
    "Savings are a memo beside the inventory: yearly factors know no hours, so no total is lower by them. They are "
    "never added to, or held against, market-based figures."
)
_FORMS = ("svg", "html", "pdf")
_FILES = {"comparison": "compare", "move": "move"}
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


def told_fault(fault: Misuse | ArithmeticError) -> tuple[str, str]:
    """What is wrong with the fields, and what to do, in words of the form."""
    if isinstance(fault, Misuse):
        return of_form(visible(str(fault))), of_form(visible(fault.fix))
    return "the amounts together are beyond all measure", "look at their powers of ten"  # each of them can be meant


def ends(key: str, value: Interval | None) -> dict[str, Decimal | None]:
    """The cells of a value that the inputs leave open: its low and its high end."""
    low, high = (None, None) if value is None else (value.low, value.high)
    return {f"{key}_low": low, f"{key}_high": high}


def answer_file(what: str, form: str, rendered: Callable[[str], bytes]) -> Response:
    """An answer as a plot or a page in a file; ``rendered`` makes it by its name.

    Raises Misuse for a form that is none.
    """
    if form not in _FORMS:
        raise Misuse(f"a {what} cannot be had as '{form[:20]}'", "take one of: " + ", ".join(_FORMS))
    name = f"{_FILES[what]}.{form}"
    return download(rendered(name), name, MEDIA[form])


def minute() -> datetime:
    """The present minute: what is read by it is asked once a minute."""
    return datetime.now(UTC).replace(second=0, microsecond=0)


def age(since: datetime) -> str:
    """How long ago something was, in words: minutes up to two hours, then hours, then days."""
    minutes = max(0, int((datetime.now(UTC) - since).total_seconds() // 60))
    if minutes < 120:
        return "just now" if minutes == 0 else f"{minutes} min ago"
    return f"{minutes // 60} h ago" if minutes < 48 * 60 else f"{minutes // 1440} days ago"
