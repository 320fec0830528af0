"""What the report reads beside the inventories: contracts, methods, completeness, uncertainty, registers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ledger.ai.assets.by_policy import embodied_by_policy
from ledger.disclosure.figures import reading
from ledger.inventory import Inventory, Period
from ledger.inventory.ai_models import ai_models
from ledger.inventory.coverage.claims import compare_claims
from ledger.inventory.coverage.completeness import compile_completeness
from ledger.inventory.data_centre import METRICS as OF_DATA_CENTRES
from ledger.inventory.data_centre import data_centres
from ledger.inventory.data_quality.description import quality_by_category
from ledger.inventory.instruments import InstrumentRecord, instrument_register
from ledger.inventory.periods.restatement import restatements
from ledger.inventory.registers.credits import credits_of
from ledger.inventory.registers.energy_produced import energy_produced
from ledger.inventory.registers.intensity import Intensity, intensities
from ledger.inventory.registers.prices import priced_schemes
from ledger.inventory.registers.removals import removals_of
from ledger.inventory.registers.targets import target_progress
from ledger.inventory.scope2 import scope2_table
from ledger.inventory.scope3 import scope3_overview
from ledger.inventory.uncertainty import assess_uncertainty
from ledger.schedule.recorded import advice_lines

if TYPE_CHECKING:
    from ledger.store import Session

_METRICS = """
select distinct name, product from metric
where batch_no <= $size and period_end >= $first and period_start <= $last and name not like '%:%'
  and name not in ('exchange_rate', 'tax_rate', 'revenue_other', 'revenue_statements')
  and name not like 'energy_produced_%' and not list_contains($of_centres, replace(lower(trim(name)), ' ', '_'))
order by name <> 'revenue', name, product nulls first
"""


def beside(s: Session, of: Period, view: str, size: int, now: Inventory) -> dict[str, Any]:
    """The parts of the report's figures that stand beside the inventory (``now``), by name."""
    return {
        "months_held": reading.months_held(s, of, size),
        "comparative_months": reading.months_held(s, of.year_before(), size),
        "restatements": tuple(told for told in restatements(s, None, view, size) if told.changes),
        "instruments": _instruments(s, of, size),
        "scope2": scope2_table(s, of, "facility", view, size),
        "scope3": scope3_overview(s, of, view, size),
        "descriptions": tuple(quality_by_category(s, of, view, size)),
        "completeness": compile_completeness(s, of, size),
        "claims": compare_claims(s, of, size),
        "uncertainty": assess_uncertainty(s, of, "category", view, size),
        "intensities": _intensities(s, of, view, size, now),
        "prices": tuple(priced_schemes(s, of, view, size)),
        "targets": tuple(target_progress(s, of.end.year, view, size)),
        "credits": credits_of(s, of, size),
        "removals": removals_of(s, of, size),
        "produced": energy_produced(s, of, size),
        "ai": ai_models(s, of, view, size),
        "advice": advice_lines(s, of.start, of.end, size),
        "data_centres": data_centres(s, of, view, size),
        "machines": embodied_by_policy(s, of.start, of.end, size),
    }


def _instruments(s: Session, of: Period, size: int) -> tuple[InstrumentRecord, ...]:
    """The instruments of the period's vintages, rejected ones too; what was used first."""
    held = [
        record
        for record in instrument_register(s, of, size)
        if record.used_in_period_kwh or (record.vintage_start <= of.end and record.vintage_end >= of.start)
    ]
    return tuple(sorted(held, key=lambda record: (not record.used_in_period_kwh, record.status, record.instrument_id)))


def _intensities(s: Session, of: Period, view: str, size: int, now: Inventory) -> tuple[Intensity, ...]:
    """Per each measure that users uploaded for days of the period; revenue first."""
    metrics = s.rows(_METRICS, {"size": size, "first": of.start, "last": of.end,
                                "of_centres": list(OF_DATA_CENTRES)})  # fmt: skip
    return tuple(
        intensity
        for name, product in metrics
        for intensity in intensities(s, of, name, view, size, product, inventory=now)
    )
