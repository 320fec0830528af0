"""What stands beside the made-up inventory: boundary, uncertainty, intensities, prices, targets, credits, removals."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from ledger.inventory import Period
from ledger.inventory.boundaries.boundary import BoundarySpan
from ledger.inventory.boundaries.outside import Exclusion, ScopeSplit
from ledger.inventory.coverage.claims import Claim, ClaimComparison, Claims
from ledger.inventory.coverage.completeness import Cell, Completeness, Subject
from ledger.inventory.data_quality.description import CategoryQuality, Source
from ledger.inventory.instruments import InstrumentReason, InstrumentRecord
from ledger.inventory.periods.base_year import BaseYearDecision
from ledger.inventory.periods.late import ReceivedAfterClose
from ledger.inventory.periods.life import Step
from ledger.inventory.periods.restatement import Difference, Restatement
from ledger.inventory.registers.credits import Credits, CreditTotals
from ledger.inventory.registers.intensity import Intensity, IntensityFigure
from ledger.inventory.registers.prices import CoveredScope, PricedScheme
from ledger.inventory.registers.removals import RemovalRow, Removals
from ledger.inventory.registers.targets import TargetProgress
from ledger.inventory.scope2 import Scope2Row, Scope2Table
from ledger.inventory.scope3 import Category, MethodShare, Scope3Overview, Screening, category_rules
from ledger.inventory.uncertainty import FigureUncertainty, Uncertainty
from ledger.store import Checkpoint

D = Decimal
START, END = date(2026, 7, 1), date(2026, 9, 30)


def _span(entity: str, facility: str | None, name: str, reason: str, **more: Any) -> BoundarySpan:
    held: dict[str, Any] = {
        "start": START,
        "end": END,
        "placement": "inside",
        "share": D(1),
        "other_share": D(1),
        "scope3_category": None,
        "iso_category": None,
        "group": "consolidated_group",
        "source": "test",
        "given_entity": entity,
    }
    return BoundarySpan(entity, facility, name, reason=reason, **(held | more))


BOUNDARY = (
    _span("ALDER", "GB-01", "Sheffield works", "the reporting company; owned"),
    _span("FINCH", "DE-01", "Dresden works", "50 % held by ALDER, joint financial control", share=D("0.5")),
    _span(
        "ALDER",
        "US-01",
        "Austin office",
        "leased in, operating lease",
        placement="category_8",
        scope3_category=8,
        start=date(2026, 8, 1),
    ),
    _span("ALDER", "GB-02", "Bristol laboratory", "left out: closed for rebuilding", placement="excluded"),
)
EXCLUSIONS = (Exclusion("GB-02", "Bristol laboratory", "closed for rebuilding", D(12000), None),)
SPLIT = {
    "consolidated_group": ScopeSplit(D(100000), D(200000), D(50000)),
    "other_investees": ScopeSplit(D(1000), None, None),
}


def _figure(label: str, kg: str, half: float | None, **more: Any) -> FigureUncertainty:
    value = float(kg)
    held: dict[str, Any] = {
        "assessed_kg": value if half else None,
        "share_assessed": 0.8 if half else 0.0,
        "share_partly": 0.1,
        "share_not_assessed": 0.1,
        "half_width": half,
        "low_kg": value * (1 - half) if half else None,
        "high_kg": value * (1 + half) if half else None,
        "distribution": "normal" if half else None,
        "rank": "good" if half else None,
        "is_lower_bound": False,
        "contributors": (),
    }
    return FigureUncertainty(label, D(kg), **(held | more))


UNCERTAINTY = Uncertainty(
    "2026-Q3",
    "operational_control",
    41,
    (
        _figure("scope_1", "124600", 0.07),
        _figure("scope_3", "355700", 0.125, is_lower_bound=True),
        _figure("category_6", "1200", None),
    ),
    12,
    1,
    pedigree_used=False,
    notes=("Intervals are of the assessed part alone.",),
)
INTENSITIES = (
    Intensity(
        "revenue",
        "2026-Q3",
        None,
        "EUR",
        "EUR",
        D(47950000),
        averaged=False,
        days_covered=92,
        days_of_period=92,
        sources=("management accounts",),
        entries=("B7-1",),
        figures=tuple(
            IntensityFigure(measure, D(1000), D(value))
            for measure, value in (
                ("scope_1", "0.0026"),
                ("scope_2_location", "0.0058"),
                ("scope_2_market", "0.0014"),
                ("total_location", "0.0158"),
                ("total_market", "0.0114"),
            )
        ),
        notes=("The period is not closed: provisional.",),
    ),
)
PRICES = (
    PricedScheme(
        "capex-2026",
        "shadow_capex",
        D("82.5"),
        "EUR",
        "market",
        START,
        END,
        (
            CoveredScope("1", "scope_1", D("124.6"), D("124.6"), D(1)),
            CoveredScope("2", "scope_2_market", None, None, None),
        ),
        D("124.6"),
        D("10279.5"),
        consistent_with_statements=False,
        assumptions=None,
        notes=("Scope 2 is not quantified.",),
        entry="B7-2",
    ),
)
TARGETS = (
    TargetProgress(
        "near-term-2030",
        "scope_1_2_market",
        "market",
        None,
        2024,
        D(1800000),
        "ledger",
        2030,
        D(1044000),
        D(42),
        D(7),
        2026,
        D(1500000),
        D("16.7"),
        D(14),
        on_track=True,
        other_measure="scope_1_2_location",
        other_base_kg=None,
        other_year_kg=None,
        notes=(),
        entry="B7-3",
    ),
)


def _credits(tonnes: str, rows: int) -> CreditTotals:
    none = (None, None, None, None)
    return CreditTotals(D(tonnes), D(0), D(tonnes), *none, {}, tuple({"credit_id": str(n)} for n in range(rows)))


CREDITS = Credits("2026-Q3", 41, _credits("500", 1), _credits("0", 0), _credits("20", 1), ())
REMOVALS = Removals(
    "2026-Q3",
    41,
    D(12000),
    D(300),
    None,
    {},
    {},
    (RemovalRow("woodland", "afforestation", "own", None, START, END, D(12000), D(300), None, "stocks", "t", "B7-4"),),
    ("Removals are beside the inventory.",),
)


def instrument(name: str, status: str, **more: Any) -> InstrumentRecord:
    """An instrument of the register, for the vintage of 2026."""
    held: dict[str, Any] = {
        "type": "go",
        "type_name": "Guarantee of origin (European)",
        "facility_id": None,
        "registry": "AIB",
        "certificate_from": None,
        "certificate_to": None,
        "kwh": D(2000000),
        "used_kwh": D("744127.2"),
        "used_in_period_kwh": D("744127.2"),
        "left_kwh": D("1255872.8"),
        "technology": "wind",
        "energy_source": "renewable",
        "country": "DE",
        "market_boundary": "AIB",
        "plant": None,
        "commissioned": None,
        "vintage_start": date(2026, 1, 1),
        "vintage_end": date(2026, 12, 31),
        "issued": None,
        "retired_on": None,
        "beneficiary": None,
        "bundled": False,
        "co2e_kg_per_kwh": D(0),
        "criteria": ("met",) * 8,
        "reasons": (),
    }
    return InstrumentRecord(instrument_id=name, status=status, **(held | more))


INSTRUMENTS = (
    instrument("GO-2026-114", "partly_used"),
    instrument(
        "GO-2026-115",
        "rejected",
        used_kwh=D(0),
        used_in_period_kwh=D(0),
        criteria=("met", "unknown", *["met"] * 6),
        reasons=(InstrumentReason("criterion_2_unknown", "it is not known to be the only claim"),),
    ),
)


def _site(facility: str | None, kwh: str, covered: str) -> Scope2Row:
    zero = D(0)
    return Scope2Row(
        facility,
        None,
        "electricity",
        D(kwh),
        D(covered),
        zero,
        zero,
        D(kwh) - D(covered),
        zero,
        zero,
        D(139550),
        D(33400),
        (),
    )


_OF = Period(START, END, "2026-Q3")
SCOPE_2 = Scope2Table(
    _OF,
    "facility",
    (_site("DE-01", "955261.5", "744127.2"), _site("US-01", "128331.4", "0")),
    _site(None, "1083592.9", "744127.2"),
)
SCOPE_3 = Scope3Overview(
    _OF,
    "operational_control",
    Checkpoint("made-up", 41, "00"),
    D(355700),
    tuple(
        Category(
            rule,
            D(1000) if rule.number < 3 else None,
            None,
            (MethodShare("spend_based", D(1000), D(1), 3),) if rule.number < 3 else (),
            D("0.12") if rule.number < 3 else None,
            {},
            Screening("excluded", "size", D(1), "small by a screening", START) if rule.number == 9 else None,
            (),
            ("not_screened",) if rule.number > 9 else ("data_without_screening",),
        )
        for rule in category_rules()
    ),
)
DESCRIPTIONS = (
    CategoryQuality(
        "scope_1", "1", None, D(124600), {"measured": D(1), "estimated": D(0)}, D(0), D(0), {"reliability": D("1.3")},
        D("0.5"), {"average-data": D(1)}, (Source("made-up-2026", "2026", "secondary", D("0.995")),),
    ),
    CategoryQuality(
        "category_6", "3", 6, D(1200), {"calculated": D("0.7"), "estimated": D("0.2"), "proxy": D("0.1")}, D(0), D(0),
        {}, D(0), {"spend-based": D("0.004"), "distance-based": D("0.996")}, (),
    ),
)  # fmt: skip
COMPLETENESS = Completeness(
    _OF,
    Checkpoint("made-up", 41, "00"),
    date(2026, 10, 14),
    derived=False,
    subjects=(
        Subject(1, "GB-01", "M1", "natural_gas", "monthly", START, END, "B7-5"),
        Subject(2, "GB-02", None, "natural_gas", "monthly", START, END, None),
    ),
    cells=(
        Cell(1, date(2026, 7, 1), 31, 31, 0),
        Cell(1, date(2026, 8, 1), 31, 14, 0),
        Cell(1, date(2026, 9, 1), 30, 0, 0),
        Cell(2, date(2026, 7, 1), 31, 31, 0),
    ),
    gaps=(),
    overlaps=(),
    superseded=(),
    outliers=(),
    implied_factors=(),
    findings=(),
)
CLAIMS = Claims(
    (
        ClaimComparison(
            Claim(
                "landlord",
                "period",
                "2026-Q3",
                "energy_kwh",
                None,
                None,
                D(90),
                "MWh",
                None,
                None,
                "GB-01",
                None,
                "p. 2",
                "B7-6",
            ),
            D("73.89"),
            None,
            41,
            D("16.11"),
            D("21.8"),
            D(5),
            agrees=False,
            why="",
            explanations=("7 rows are estimates",),
        ),
    ),
    (),
    41,
)

_CLOSED = Step("closed", 30, "B30-1", "p-1", "reviewer", datetime(2026, 2, 1, tzinfo=UTC), 29, "ab" * 32, None)
RESTATEMENTS = (
    Restatement(
        Period(date(2025, 1, 1), date(2025, 12, 31), "2025"),
        "all",
        None,
        "operational_control",
        35,
        "late_data",
        "a gas bill turned up",
        _CLOSED,
        "p-2",
        datetime(2026, 3, 1, tzinfo=UTC),
        30,
        35,
        "cd" * 32,
        (
            Difference("scope_1", D(500000), D(503900)),
            Difference("scope_3/category=3", D(100), D(110)),
            Difference("total_market", D(2000000), D(2003900)),
            Difference("scope_2_market", D(5), D(5)),
        ),
        None,
    ),
)
DECISIONS = (
    BaseYearDecision(
        "acquisition of Finch",
        "structure",
        2024,
        D(42000),
        D("4.9"),
        D("4.9"),
        D(5),
        "logged",
        "small",
        36,
        "p-2",
        datetime(2026, 3, 2, tzinfo=UTC),
    ),
)
LATE = ReceivedAfterClose(2, 1, D(3900), None, None, D(600), 0)
