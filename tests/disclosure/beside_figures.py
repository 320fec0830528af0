"""What stands beside the made-up inventory: boundary, uncertainty, intensities, prices, targets, credits, removals."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from ledger.inventory.boundary import BoundarySpan
from ledger.inventory.outside import Exclusion, ScopeSplit
from ledger.inventory.registers.credits import Credits, CreditTotals
from ledger.inventory.registers.intensity import Intensity, IntensityFigure
from ledger.inventory.registers.prices import CoveredScope, PricedScheme
from ledger.inventory.registers.removals import RemovalRow, Removals
from ledger.inventory.registers.targets import TargetProgress
from ledger.inventory.uncertainty import FigureUncertainty, Uncertainty

D = Decimal
START, END = date(2026, 7, 1), date(2026, 9, 30)


def _span(entity: str, facility: str | None, name: str, reason: str, **more: Any) -> BoundarySpan:
    held: dict[str, Any] = {
        "start": START, "end": END, "placement": "inside", "share": D(1), "other_share": D(1), "scope3_category": None,
        "iso_category": None, "group": "consolidated_group", "source": "test", "given_entity": entity,
    }  # fmt: skip
    return BoundarySpan(entity, facility, name, reason=reason, **(held | more))


BOUNDARY = (
    _span("ALDER", "GB-01", "Sheffield works", "the reporting company; owned"),
    _span("FINCH", "DE-01", "Dresden works", "50 % held by ALDER, joint financial control", share=D("0.5")),
    _span("ALDER", "US-01", "Austin office", "leased in, operating lease", placement="category_8",
          scope3_category=8, start=date(2026, 8, 1)),
    _span("ALDER", "GB-02", "Bristol laboratory", "left out: closed for rebuilding", placement="excluded"),
)  # fmt: skip
EXCLUSIONS = (Exclusion("GB-02", "Bristol laboratory", "closed for rebuilding", D(12000), None),)
SPLIT = {
    "consolidated_group": ScopeSplit(D(100000), D(200000), D(50000)),
    "other_investees": ScopeSplit(D(1000), None, None),
}


def _figure(label: str, kg: str, half: float | None, **more: Any) -> FigureUncertainty:
    value = float(kg)
    held: dict[str, Any] = {
        "assessed_kg": value if half else None, "share_assessed": 0.8 if half else 0.0, "share_partly": 0.1,
        "share_not_assessed": 0.1, "half_width": half, "low_kg": value * (1 - half) if half else None,
        "high_kg": value * (1 + half) if half else None, "distribution": "normal" if half else None,
        "rank": "good" if half else None, "is_lower_bound": False, "contributors": (),
    }  # fmt: skip
    return FigureUncertainty(label, D(kg), **(held | more))


UNCERTAINTY = Uncertainty(
    "2026-Q3", "operational_control", 41,
    (_figure("scope_1", "124600", 0.07), _figure("scope_3", "355700", 0.125, is_lower_bound=True),
     _figure("category_6", "1200", None)),
    12, 1, pedigree_used=False, notes=("Intervals are of the assessed part alone.",),
)  # fmt: skip
INTENSITIES = (
    Intensity(
        "revenue", "2026-Q3", None, "EUR", "EUR", D(47950000), averaged=False, days_covered=92, days_of_period=92,
        sources=("management accounts",), entries=("B7-1",),
        figures=tuple(
            IntensityFigure(measure, D(1000), D(value))
            for measure, value in (("scope_1", "0.0026"), ("scope_2_location", "0.0058"), ("scope_2_market", "0.0014"),
                                   ("total_location", "0.0158"), ("total_market", "0.0114"))
        ),
        notes=("The period is not closed: provisional.",),
    ),
)  # fmt: skip
PRICES = (
    PricedScheme(
        "capex-2026", "shadow_capex", D("82.5"), "EUR", "market", START, END,
        (CoveredScope("1", "scope_1", D("124.6"), D("124.6"), D(1)),
         CoveredScope("2", "scope_2_market", None, None, None)),
        D("124.6"), D("10279.5"), consistent_with_statements=False, assumptions=None,
        notes=("Scope 2 is not quantified.",), entry="B7-2",
    ),
)  # fmt: skip
TARGETS = (
    TargetProgress(
        "near-term-2030", "scope_1_2_market", "market", None, 2024, D(1800000), "ledger", 2030, D(1044000), D(42), D(7),
        2026, D(1500000), D("16.7"), D(14), on_track=True, other_measure="scope_1_2_location", other_base_kg=None,
        other_year_kg=None, notes=(), entry="B7-3",
    ),
)  # fmt: skip


def _credits(tonnes: str, rows: int) -> CreditTotals:
    none = (None, None, None, None)
    return CreditTotals(D(tonnes), D(0), D(tonnes), *none, {}, tuple({"credit_id": str(n)} for n in range(rows)))


CREDITS = Credits("2026-Q3", 41, _credits("500", 1), _credits("0", 0), _credits("20", 1), ())
REMOVALS = Removals(
    "2026-Q3", 41, D(12000), D(300), None, {}, {},
    (RemovalRow("woodland", "afforestation", "own", None, START, END, D(12000), D(300), None, "stocks", "t", "B7-4"),),
    ("Removals are beside the inventory.",),
)  # fmt: skip
