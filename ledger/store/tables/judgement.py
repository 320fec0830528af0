"""Judgements: what is expected, left out, claimed by others, decided, promised and paid for."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from ledger.store.tables.columns import Entry, as_mass, as_published, as_quantity


class Expectation(Entry, table=True):
    """Data that ought to come: of which facility or meter, what, and how often."""

    __tablename__ = "expectation"

    facility_id: str | None = None
    meter_id: str | None = None
    activity_type: str
    frequency: str
    valid_from: date
    valid_to: date | None = None
    withdrawn: bool


class Scope3Screening(Entry, table=True):
    """A category of Scope 3: included, excluded, not relevant or not quantified, with criteria, size and reason."""

    __tablename__ = "scope3_screening"

    scope3_category: int
    status: str
    criteria: str | None = None
    size_kg: Decimal | None = as_mass()
    why: str
    valid_from: date
    valid_to: date | None = None
    withdrawn: bool


class Claim(Entry, table=True):
    """Someone else's figure, kept to be compared with ours; it is never posted."""

    __tablename__ = "claim"

    claim_id: str
    about_kind: str
    about: str
    measure: str
    claim_method: str | None = None
    claim_boundary: str | None = None
    value: Decimal = as_published(...)
    unit: str
    period_start: date | None = None
    period_end: date | None = None
    facility_id: str | None = None
    tolerance_pct: Decimal | None = as_quantity(None)
    source: str
    withdrawn: bool


class BaseYearDecision(Entry, table=True):
    """A candidate for recalculating the base year, its effect, and what was decided."""

    __tablename__ = "base_year_decision"

    candidate: str
    cause: str
    base_year: int
    effect_kg: Decimal = as_mass(...)
    effect_pct: Decimal = as_quantity()
    cumulative_pct: Decimal = as_quantity()
    threshold_pct: Decimal = as_quantity()
    decision: str
    reason: str | None = None


class CarbonPriceScheme(Entry, table=True):
    """An internal carbon price: its kind, price, and the scopes it covers."""

    __tablename__ = "carbon_price_scheme"

    scheme_id: str
    price_type: str
    covers: str
    scope2_method: str | None = None
    price_per_t: Decimal = as_published(...)
    currency: str
    consistent_with_statements: bool
    assumptions: str | None = None
    valid_from: date
    valid_to: date | None = None
    withdrawn: bool


class Target(Entry, table=True):
    """A reduction target: of which measure, against which year, by when."""

    __tablename__ = "target"

    target_id: str
    measure: str
    base_year: int
    base_kg: Decimal | None = as_mass()
    target_year: int
    reduction_pct: Decimal = as_quantity()
    framework: str | None = None
    valid_from: date
    withdrawn: bool


class Credit(Entry, table=True):
    """Carbon credits, cancelled or planned; they stand apart from every total."""

    __tablename__ = "credit"

    credit_id: str
    standard: str
    credit_project: str
    credit_kind: str
    tonnes: Decimal = as_quantity()
    vintage_year: int
    eu_project: bool
    corresponding_adjustment: bool
    cancelled_on: date | None = None
    planned_for: int | None = None
    contracted: bool
    evidence_sha256: str | None = None
    withdrawn: bool


class Removal(Entry, table=True):
    """Carbon removed and stored, with what the removing emitted and what came back; apart from every total."""

    __tablename__ = "removal"

    removal_id: str
    removal_kind: str
    value_chain: str
    facility_id: str | None = None
    period_start: date
    period_end: date
    removed_kg: Decimal = as_mass(...)
    emitted_kg: Decimal | None = as_mass()
    reversed_kg: Decimal | None = as_mass()
    removal_method: str
    source: str
    withdrawn: bool
