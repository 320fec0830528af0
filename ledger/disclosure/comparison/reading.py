"""Two sides read from the ledger: the figures of each, and what makes them differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from ledger.calculation.policy import policy
from ledger.disclosure.comparison.periods import causes_of_periods
from ledger.disclosure.figures import reading
from ledger.disclosure.figures.look import PLAIN, Look, company_look
from ledger.disclosure.words.texts import spoken
from ledger.errors import Misuse
from ledger.inventory import compile_inventory
from ledger.inventory.compared.comparison import Comparison, compared
from ledger.inventory.compared.sizes import Standpoint, causes_between
from ledger.store.append import software_version
from ledger.tabular import Tabular

if TYPE_CHECKING:
    from ledger.inventory import Inventory, Period
    from ledger.store import Session


@dataclass(frozen=True, slots=True)
class Side:
    """What is compared: how it was named, and the period, view and size (batches) that it means.

    ``kind``: issued (``entry`` is the issued report), file (a report's file of this ledger), size, or now.
    """

    named: str
    kind: Literal["issued", "file", "size", "now"]
    period: Period
    view: str
    size: int
    entry: str | None = None

    @property
    def standpoint(self) -> Standpoint:
        """View and size."""
        return Standpoint(self.view, self.size)


@dataclass(frozen=True, slots=True)
class ComparedReports(Tabular):
    """Two reports side by side: the sides, their inventories and causes, and the names that people read.

    ``recorded_at`` is the UTC time of the last batch that either side knows.
    """

    organisation: str
    sides: tuple[Side, Side]
    comparison: Comparison
    recorded_at: datetime
    software_version: str
    facility_names: Mapping[str, str]
    activity_names: Mapping[str, str]
    look: Look = PLAIN

    def table_rows(self) -> list[dict[str, Any]]:
        """A row for each figure: on side A, on side B, and the difference, kg CO2e or kWh as ``unit`` says."""
        return [
            {"measure": one.measure, "unit": "kWh" if one.measure.endswith("_kwh") else "kg CO2e", "a": one.a,
             "b": one.b, "difference": one.difference, "reasons": one.reasons}
            for one in self.comparison.figures
        ]  # fmt: skip

    @property
    def current(self) -> Inventory:
        """The inventory of side B, which the page is kept under."""
        return self.comparison.b

    @property
    def status(self) -> str:
        """That of no period: a comparison is no report of one."""
        return "compared"

    @property
    def same_period(self) -> bool:
        """Whether both sides are of the same days."""
        a, b = (side.period for side in self.sides)
        return (a.start, a.end) == (b.start, b.end)


def read_comparison(s: Session, a: Side, b: Side, language: str | None = None) -> ComparedReports:
    """Both sides with every cause of their difference, in kg CO2e and kWh; ``language`` is another than the company's.

    Raises Misuse for periods of different length, or other periods in other views: their difference has no one reason.
    """
    size = max(a.size, b.size)
    look = company_look(s, max(a.period.end, b.period.end), size, language)
    one, other = (compile_inventory(s, side.period, side.view, side.size) for side in (a, b))
    if (a.period.start, a.period.end) == (b.period.start, b.period.end):
        causes = causes_between(s, a.period, a.standpoint, b.standpoint)
    else:
        _check_alike(a, b)
        with spoken(look.language):
            causes = causes_of_periods(s, (a.period, b.period), (a.standpoint, b.standpoint))
    return ComparedReports(
        organisation=policy(s, None, size).organisation,
        sides=(a, b),
        comparison=compared(one, other, causes),
        recorded_at=reading.recorded_at(s, size),
        software_version=software_version(),
        facility_names={key: name for key, (name, _) in reading.make_facility_names(s, size).items()},
        activity_names=reading.activity_names(s, size),
        look=look,
    )


def _check_alike(a: Side, b: Side) -> None:
    lengths = [len(side.period.months) for side in (a, b)]
    if lengths[0] != lengths[1]:
        told = " and ".join(f"{side.period.label} has {_months(n)}" for side, n in zip((a, b), lengths, strict=True))
        raise Misuse(f"{told}: no reason explains that difference", "compare periods of like length")
    if a.view != b.view:
        raise Misuse(
            f"{a.period.label} is of the view {a.view}, {b.period.label} of {b.view}: other periods in other views",
            f"take one step at a time: {b.period.label}/{a.view} against either",
        )


def _months(count: int) -> str:
    return "1 month" if count == 1 else f"{count} months"
