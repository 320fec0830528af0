"""The tables of the quarterly report, in the order of the document."""

from __future__ import annotations

from ledger.disclosure.figures.record import QuarterlyFigures
from ledger.disclosure.tables import (
    boundary,
    completeness,
    contracts,
    emissions,
    explanations,
    periods,
    registers,
)
from ledger.disclosure.tables.table import Table
from ledger.disclosure.words import texts

TABLES = (
    emissions.summary, explanations.changes, periods.restatements, periods.base_year_decisions, emissions.scope_3,
    completeness.scope_3_methods,
    boundary.boundary, boundary.exclusions, boundary.split,
    emissions.facilities, emissions.gases, emissions.energy,
    contracts.instruments, contracts.coverage, contracts.allocations,
    emissions.outside, registers.credits_and_removals,
    registers.intensities, registers.prices, registers.targets,
    explanations.quality, completeness.descriptions, registers.uncertainty,
    completeness.coverage_by_month, completeness.claims,
    explanations.findings, explanations.not_quantified, explanations.factors, explanations.datasets,
)  # fmt: skip
"""The tables of the report, in the order of the document."""


def quarterly_tables(figures: QuarterlyFigures) -> dict[str, Table]:
    """All tables of the report by key, in the order of the document and in its language."""
    with texts.spoken(figures.look.language):
        return {table.key: table for table in (build(figures) for build in TABLES)}
