"""The one definition of every table: SQLModel classes, and the order of their entries in a batch."""

from __future__ import annotations

from sqlmodel import SQLModel

from ledger.store.tables.activity import Activity, ActivityDetail, ActivityParameter, ActivitySlice
from ledger.store.tables.batch import Batch
from ledger.store.tables.choice import Allocation, Calculation, Choice, ChoiceKey, PeriodTotal
from ledger.store.tables.columns import Entry
from ledger.store.tables.factor import (
    CatalogueLine,
    CatalogueType,
    EmissionFactor,
    FactorDataset,
    FactorGas,
    FuelProperty,
    Gwp,
    Unit,
)
from ledger.store.tables.organisation import Facility, Holding, Instrument, LegalEntity
from ledger.store.tables.register import (
    Evidence,
    EvidenceLink,
    IssuedReport,
    Metric,
    PeriodEvent,
    Person,
    RecordedFinding,
    Setting,
)

ENTRIES: tuple[type[Entry], ...] = (
    Activity, ActivityDetail, ActivityParameter, ActivitySlice,
    ChoiceKey, Calculation, Choice, Allocation,
    FactorDataset, EmissionFactor, FactorGas, Gwp, CatalogueType, CatalogueLine, Unit, FuelProperty,
    LegalEntity, Holding, Facility, Instrument,
    Metric, Setting, RecordedFinding, Person, PeriodEvent, IssuedReport, Evidence, EvidenceLink,
)  # fmt: skip
"""Tables whose rows are entries, in the order in which a batch numbers them: activities first."""

TABLES: tuple[type[SQLModel], ...] = (Batch, *ENTRIES, PeriodTotal)

__all__ = [
    "ENTRIES", "TABLES", "Activity", "ActivityDetail", "ActivityParameter", "ActivitySlice", "Allocation", "Batch",
    "Calculation", "CatalogueLine", "CatalogueType", "Choice", "ChoiceKey", "EmissionFactor", "Entry", "Evidence",
    "EvidenceLink", "Facility", "FactorDataset", "FactorGas", "FuelProperty", "Gwp", "Holding", "Instrument",
    "IssuedReport", "LegalEntity", "Metric", "PeriodEvent", "PeriodTotal", "Person", "RecordedFinding", "Setting",
    "Unit",
]  # fmt: skip
