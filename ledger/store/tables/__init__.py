"""The one definition of every table: SQLModel classes, and the order of their entries in a batch."""

from __future__ import annotations

from sqlmodel import SQLModel

from ledger.store.tables.activity import Activity, ActivityDetail, ActivityParameter, ActivitySlice
from ledger.store.tables.advice import Advice, AdviceTruth
from ledger.store.tables.ai import AiDecision, AiRun, HardwareAsset, Measurement
from ledger.store.tables.batch import Batch
from ledger.store.tables.choice import Allocation, Calculation, Choice, ChoiceKey, PeriodTotal
from ledger.store.tables.columns import Entry
from ledger.store.tables.factor import (
    CatalogueLine,
    CatalogueType,
    ChpPlant,
    EmissionFactor,
    FactorDataset,
    FactorGas,
    FuelProperty,
    Gwp,
    Unit,
)
from ledger.store.tables.hourly import GridIntensity, Interval
from ledger.store.tables.judgement import (
    BaseYearDecision,
    CarbonPriceScheme,
    Claim,
    Credit,
    Expectation,
    Removal,
    Scope3Screening,
    Target,
)
from ledger.store.tables.organisation import Facility, Holding, Instrument, LegalEntity
from ledger.store.tables.register import (
    Evidence,
    EvidenceLink,
    FindingEvent,
    IssuedReport,
    Metric,
    PeriodEvent,
    Person,
    RecordedFinding,
    Setting,
)
from ledger.store.tables.review import (
    Engagement,
    KeyEvent,
    Misstatement,
    ReviewEvent,
    ReviewSample,
    SampleResult,
    SignOff,
    TimeStamp,
)

ENTRIES: tuple[type[Entry], ...] = (
    Activity, ActivityDetail, ActivityParameter, ActivitySlice,
    ChoiceKey, Calculation, Choice, Allocation,
    FactorDataset, EmissionFactor, FactorGas, Gwp, CatalogueType, CatalogueLine, Unit, FuelProperty,
    LegalEntity, Holding, Facility, Instrument,
    Metric, Setting, RecordedFinding, Person, PeriodEvent, IssuedReport, Evidence, EvidenceLink,
    Interval, GridIntensity, Expectation, Scope3Screening, Claim, BaseYearDecision, CarbonPriceScheme, Target, Credit,
    Removal, FindingEvent, ChpPlant,
    Engagement, ReviewEvent, ReviewSample, SampleResult, Misstatement, SignOff, KeyEvent, TimeStamp,
    AiRun, Measurement, HardwareAsset, AiDecision, Advice, AdviceTruth,
)  # fmt: skip
"""Tables whose rows are entries, in the order in which a batch numbers them: activities first."""

TABLES: tuple[type[SQLModel], ...] = (Batch, *ENTRIES, PeriodTotal)

SINCE_VERSION: dict[type[SQLModel], int] = {
    **dict.fromkeys(
        (Engagement, ReviewEvent, ReviewSample, SampleResult, Misstatement, SignOff, KeyEvent, TimeStamp), 2
    ),
    **dict.fromkeys((AiRun, Measurement, HardwareAsset, AiDecision, Advice, AdviceTruth), 3),
}
"""Tables that an older file lacks, with the schema version that brought them; all others are of the first."""

__all__ = [
    "ENTRIES",
    "SINCE_VERSION",
    "TABLES",
    "Activity",
    "ActivityDetail",
    "ActivityParameter",
    "ActivitySlice",
    "Advice",
    "AdviceTruth",
    "AiDecision",
    "AiRun",
    "Allocation",
    "BaseYearDecision",
    "Batch",
    "Calculation",
    "CarbonPriceScheme",
    "CatalogueLine",
    "CatalogueType",
    "Choice",
    "ChoiceKey",
    "ChpPlant",
    "Claim",
    "Credit",
    "EmissionFactor",
    "Engagement",
    "Entry",
    "Evidence",
    "EvidenceLink",
    "Expectation",
    "Facility",
    "FactorDataset",
    "FactorGas",
    "FindingEvent",
    "FuelProperty",
    "GridIntensity",
    "Gwp",
    "HardwareAsset",
    "Holding",
    "Instrument",
    "Interval",
    "IssuedReport",
    "KeyEvent",
    "LegalEntity",
    "Measurement",
    "Metric",
    "Misstatement",
    "PeriodEvent",
    "PeriodTotal",
    "Person",
    "RecordedFinding",
    "Removal",
    "ReviewEvent",
    "ReviewSample",
    "SampleResult",
    "Scope3Screening",
    "Setting",
    "SignOff",
    "Target",
    "TimeStamp",
    "Unit",
]  # fmt: skip
