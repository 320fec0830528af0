"""Registers: measures, settings, findings, people, the life of periods, evidence, issued reports."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from ledger.store.tables.columns import Entry, as_big, as_mass, as_published


class Metric(Entry, table=True):
    """A dated measure that is no activity: revenue, headcount, exchange rate, price index."""

    __tablename__ = "metric"

    name: str
    legal_entity_id: str | None = None
    facility_id: str | None = None
    product: str | None = None
    area: str | None = None
    period_start: date
    period_end: date
    value: Decimal = as_published(...)
    unit: str
    currency: str | None = None
    source: str


class Setting(Entry, table=True):
    """A policy of the ledger, in force from a day on."""

    __tablename__ = "setting"

    name: str
    value: str
    valid_from: date


class RecordedFinding(Entry, table=True):
    """A warning of an accepted upload; resolved through review."""

    __tablename__ = "finding"

    code: str
    severity: str
    entry_batch: int | None = as_big(None)
    entry_seq: int | None = None
    sheet: str | None = None
    source_line: int | None = None
    column_name: str | None = None
    value: str | None = None
    message: str
    fix: str
    effect_kg: Decimal | None = as_mass()


class FindingEvent(Entry, table=True):
    """What became of a finding: resolved, accepted as it stands, or opened again; and why."""

    __tablename__ = "finding_event"

    finding_batch: int = as_big()
    finding_seq: int
    state: str
    note: str


class Person(Entry, table=True):
    """Someone who may act: a pseudonymous id and a role; names lie outside the chain."""

    __tablename__ = "person"

    person_id: str
    role: str
    key_id: str | None = None
    commitment: str | None = None


class PeriodEvent(Entry, table=True):
    """A step in the life of a period: submitted, approved, closed, restated."""

    __tablename__ = "period_event"

    period_start: date
    period_end: date
    view: str
    legal_entity_id: str | None = None
    event: str
    figures_sha256: str | None = None
    pin_batch: int | None = as_big(None)
    reason: str | None = None


class IssuedReport(Entry, table=True):
    """A report that was handed out: its inputs and the digest of each file."""

    __tablename__ = "issued_report"

    report: str
    period_start: date
    period_end: date
    view: str
    checkpoint_size: int = as_big()
    checkpoint_root: str
    software_version: str
    template_version: str
    inputs_sha256: str
    files: str


class Evidence(Entry, table=True):
    """Bytes kept beside the ledger, by their SHA-256."""

    __tablename__ = "evidence"

    sha256: str
    name: str
    bytes: int = as_big()
    media_type: str


class EvidenceLink(Entry, table=True):
    """Which entry a piece of evidence speaks for."""

    __tablename__ = "evidence_link"

    sha256: str
    entry_batch: int = as_big()
    entry_seq: int
    note: str | None = None
