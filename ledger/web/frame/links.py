"""Where what a page names leads to: entries, batches, and figures under their ids."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ledger.inventory.figure import Figure
from ledger.web.frame.here import Here
from ledger.web.frame.tables import Linked

if TYPE_CHECKING:
    from ledger.inventory import Inventory
    from ledger.inventory.compile import ViewTotals

_ENTRY = re.compile(r"B\d+-\d+")
_BATCH = re.compile(r"B(\d+)")


def entry_link(here: Here, entry: str | None) -> Linked | str | None:
    """An entry or a batch that leads to its page; other words as they are."""
    if entry and _ENTRY.fullmatch(entry):
        return Linked(entry, here.link(f"/entry/{entry}"))
    if entry and (match := _BATCH.fullmatch(entry)):
        return Linked(entry, here.link(f"/batch/{match[1]}"))
    return entry


def batch_link(here: Here, batch: int | None) -> Linked | None:
    """A batch that leads to its page."""
    return None if batch is None else Linked(f"B{batch}", here.link(f"/batch/{batch}"))


def figure_href(here: Here, figure: Figure) -> str:
    """The address of a figure."""
    return here.link(f"/explore/figure/{figure}")


def figure_of(of: Inventory | ViewTotals, measure: str, **cuts: Any) -> Figure:
    """A figure of an inventory, as the ledger stood when it was compiled. A cut by None is what has no such value."""
    named = {name: "" if value is None else str(value) for name, value in cuts.items()}
    return Figure(of.period.label, of.view, measure, of.checkpoint.size, named)


def figure_link(
    here: Here, of: Inventory | ViewTotals, measure: str, value: Decimal | None, **cuts: Any
) -> Linked | None:
    """A value of an inventory that leads to its figure; None where there is none."""
    return None if value is None else Linked(value, figure_href(here, figure_of(of, measure, **cuts)))
