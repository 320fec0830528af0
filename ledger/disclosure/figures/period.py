"""The figures of a period by the names that documents know them by, each read when it is first looked at.

What a standard asks looks at a few of them, a report at all: both have them from here.
"""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from ledger.calculation.policy import Policy, policy
from ledger.disclosure.figures import breakdowns, reading
from ledger.disclosure.figures.changes import changes
from ledger.disclosure.figures.look import company_look
from ledger.disclosure.figures.record import (
    Allocation,
    BreakdownLine,
    Change,
    DatasetUse,
    FactorUse,
    Organisation,
    Status,
    is_partial,
)
from ledger.errors import Finding
from ledger.inventory import Inventory, Period, compile_inventory, year_to_date
from ledger.inventory.ai_models import AiModel, ai_models
from ledger.inventory.compile import ViewTotals
from ledger.inventory.coverage.claims import Claims, compare_claims
from ledger.inventory.coverage.completeness import Completeness, compile_completeness
from ledger.inventory.data_centre import DataCentre, data_centres
from ledger.inventory.data_quality.description import CategoryQuality, quality_by_category
from ledger.inventory.instruments import InstrumentRecord
from ledger.inventory.periods.base_year import BaseYearDecision, base_year_decisions, structure_decided
from ledger.inventory.periods.restatement import Restatement, restatements
from ledger.inventory.registers.credits import Credits, credits_of
from ledger.inventory.registers.energy_produced import EnergyProduced, energy_produced
from ledger.inventory.registers.intensity import Intensity
from ledger.inventory.registers.prices import PricedScheme, priced_schemes, schemes_in_force
from ledger.inventory.registers.removals import Removals, removals_of
from ledger.inventory.registers.targets import TargetProgress, target_progress, targets_of
from ledger.inventory.scope2 import Scope2Table, scope2_table
from ledger.inventory.scope3 import Scope3Overview, scope3_overview
from ledger.inventory.uncertainty import Uncertainty, assess_uncertainty
from ledger.schedule.recorded import AdviceLine, advice_lines
from ledger.store.append import software_version

if TYPE_CHECKING:
    from ledger.ai.assets.by_policy import EmbodiedRow
    from ledger.store import Session

_STATUS: dict[str, Status] = {"approved": "approved", "closed": "closed", "restated": "restated"}


class PeriodFigures:
    """Everything a document may say of a period under a view, as the ledger stood at a size (now when None).

    It is of use while its session is open. Names and units are those of :class:`QuarterlyFigures`; words are in the
    language that is spoken when they are first looked at. Raises Misuse for a view that is not computed, or a size that
    is not reached; ``language`` is another than the company's.
    """

    def __init__(
        self, s: Session, of: Period, view: str = "operational_control", at: int | None = None,
        language: str | None = None,
    ) -> None:  # fmt: skip
        self._s, self._of = s, of
        self.current: Inventory = compile_inventory(s, of, view, at)
        self._view, self._size = self.current.view, self.current.checkpoint.size
        self.look = company_look(s, of.end, self._size, language)
        self.software_version = software_version()
        self.status: Status = _STATUS.get(self.current.status, "draft")

    @property
    def _at(self) -> tuple[Session, Period, str, int]:
        return self._s, self._of, self._view, self._size

    @cached_property
    def _rules(self) -> Policy:
        return policy(self._s, None, self._size)

    @cached_property
    def _facility_names(self) -> dict[str, tuple[str, str]]:
        return reading.make_facility_names(self._s, self._size)

    @cached_property
    def _findings(self) -> tuple[tuple[Finding, ...], int]:
        return reading.findings(self._s, self._size)

    @cached_property
    def organisation(self) -> Organisation:
        """Whose inventory this is and how far it reaches."""
        base = None if self._rules.base_year is None else str(self._rules.base_year)
        return Organisation(self._rules.organisation, self._rules.consolidation, base)

    @cached_property
    def comparative(self) -> Inventory | None:
        """The same period of the year before; None where the ledger has nothing of it."""
        return breakdowns.held(compile_inventory(self._s, self._of.year_before(), self._view, self._size))

    @cached_property
    def year_to_date(self) -> Inventory:
        """The fiscal year up to the end of the period."""
        span = year_to_date(self._of, self._rules.fiscal_month)
        return compile_inventory(self._s, span, self._view, self._size)

    @cached_property
    def base_year(self) -> Inventory | None:
        """The base year as it stands, with the structure that was decided on; None where there is none."""
        on = structure_decided(self.base_year_decisions)
        return breakdowns.base_year(self._s, self._rules, self._view, self._size, on)

    @cached_property
    def base_year_decisions(self) -> tuple[BaseYearDecision, ...]:
        """Changes that might have moved the base year, and what was decided."""
        base = self._rules.base_year
        return () if base is None else base_year_decisions(self._s, base, self._size)

    @cached_property
    def recorded_at(self) -> datetime:
        """When the last batch was recorded, UTC."""
        return reading.recorded_at(self._s, self._size)

    @cached_property
    def signing_key(self) -> str | None:
        """The id of the key that signed the checkpoint."""
        return reading.signing_key_id(self._s, self.current.checkpoint)

    @cached_property
    def quarters(self) -> tuple[BreakdownLine, ...]:
        """The quarters that end with the period, oldest first."""
        return breakdowns.quarters(*self._at, self._rules.fiscal_month)

    @cached_property
    def months(self) -> tuple[BreakdownLine, ...]:
        """The months of the period."""
        return breakdowns.months(*self._at)

    @cached_property
    def facilities(self) -> tuple[BreakdownLine, ...]:
        """The facilities with figures in the period."""
        return breakdowns.facilities(*self._at, self._facility_names)

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """What moved since the same period of the year before, by source."""
        if self.comparative is None:
            return ()
        spans = (self._of.year_before(), self._of)
        before, after = (reading.movements(self._s, span, self._view, self._size) for span in spans)
        named = {key: name for key, (name, _) in self._facility_names.items()}
        return changes(before, after, named, self.activity_names)

    @cached_property
    def factors(self) -> tuple[FactorUse, ...]:
        """The factors of the period, those with the largest emissions first."""
        return reading.factor_uses(*self._at)

    @cached_property
    def datasets(self) -> tuple[DatasetUse, ...]:
        """Where these factors come from."""
        return reading.datasets(self._s, {use.dataset for use in self.factors}, self._size)

    @cached_property
    def instruments(self) -> tuple[InstrumentRecord, ...]:
        """The instruments of the period's vintages, rejected ones too; what was used first."""
        return reading.instruments(self._s, self._of, self._size)

    @cached_property
    def allocations(self) -> tuple[Allocation, ...]:
        """What each instrument gave to which facility and month."""
        return reading.allocations(self._s, self._of, self._size)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """The open findings, largest known effect first; as many as are read."""
        return self._findings[0]

    @cached_property
    def findings_not_shown(self) -> int:
        """How many more open findings there are."""
        return self._findings[1]

    @cached_property
    def restatements(self) -> tuple[Restatement, ...]:
        """Every restatement that changed a figure."""
        return tuple(told for told in restatements(self._s, None, self._view, self._size) if told.changes)

    @cached_property
    def scope2(self) -> Scope2Table | None:
        """What every kWh of purchased energy rests on."""
        return scope2_table(self._s, self._of, "facility", self._view, self._size)

    @cached_property
    def scope3(self) -> Scope3Overview:
        """The fifteen categories: size, methods, data, screening, and what is missing."""
        return scope3_overview(*self._at)

    @cached_property
    def descriptions(self) -> tuple[CategoryQuality, ...]:
        """The data behind each scope and category."""
        return tuple(quality_by_category(*self._at))

    @cached_property
    def completeness(self) -> Completeness:
        """What is missing or odd in the data."""
        return compile_completeness(self._s, self._of, self._size)

    @cached_property
    def claims(self) -> Claims:
        """The figures of others beside ours."""
        return compare_claims(self._s, self._of, self._size)

    @cached_property
    def uncertainty(self) -> Uncertainty:
        """How sure the figures are."""
        return assess_uncertainty(self._s, self._of, "category", self._view, self._size)

    @cached_property
    def intensities(self) -> tuple[Intensity, ...]:
        """Per each measure that users uploaded for days of the period; revenue first."""
        return reading.intensities_of(*self._at, self.current)

    @cached_property
    def prices(self) -> tuple[PricedScheme, ...]:
        """Internal prices of carbon."""
        return tuple(priced_schemes(*self._at))

    @cached_property
    def targets(self) -> tuple[TargetProgress, ...]:
        """Targets in force, and how far they are reached."""
        return tuple(target_progress(self._s, self._of.end.year, self._view, self._size))

    @cached_property
    def credits(self) -> Credits:
        """Carbon credits, cancelled and planned."""
        return credits_of(self._s, self._of, self._size)

    @cached_property
    def removals(self) -> Removals:
        """Removals by the register."""
        return removals_of(self._s, self._of, self._size)

    @cached_property
    def produced(self) -> EnergyProduced | None:
        """Energy produced."""
        return energy_produced(self._s, self._of, self._size)

    @cached_property
    def ai(self) -> tuple[AiModel, ...]:
        """AI models by stage of life."""
        return ai_models(*self._at)

    @cached_property
    def advice(self) -> tuple[AdviceLine, ...]:
        """Advice on when and where jobs run, and what came of it."""
        return advice_lines(self._s, self._of.start, self._of.end, self._size)

    @cached_property
    def data_centres(self) -> tuple[DataCentre, ...]:
        """The metrics of data centres."""
        return data_centres(*self._at)

    @cached_property
    def machines(self) -> tuple[EmbodiedRow, ...]:
        """The manufacture of machines held."""
        from ledger.ai.assets.by_policy import embodied_by_policy  # brings polars

        return embodied_by_policy(self._s, self._of.start, self._of.end, self._size)

    @cached_property
    def activity_names(self) -> dict[str, str]:
        """The plain name of each activity type."""
        return reading.activity_names(self._s, self._size)

    @cached_property
    def months_held(self) -> int:
        """How many months of the period hold any activity."""
        return reading.months_held(self._s, self._of, self._size)

    @cached_property
    def comparative_months(self) -> int:
        """How many months of the year before hold any activity."""
        return reading.months_held(self._s, self._of.year_before(), self._size)

    @property
    def comparative_is_partial(self) -> bool:
        """Whether fewer months of the year before hold data than the period has: a change against it says nothing."""
        return is_partial(self)

    @cached_property
    def has_comparative(self) -> bool:
        """Whether the ledger has anything of the year before; its totals tell, without all that stands beside them."""
        return breakdowns.held_totals(self._s, self._of.year_before(), self._view, self._size) is not None

    @cached_property
    def base_year_totals(self) -> ViewTotals | None:
        """The totals of the base year; None where there is none."""
        on = structure_decided(self.base_year_decisions)
        return breakdowns.base_year_totals(self._s, self._rules, self._view, self._size, on)

    @cached_property
    def has_prices(self) -> bool:
        """Whether an internal price of carbon is in force on any day of the period."""
        return bool(schemes_in_force(self._s, self._of, self._size))

    @cached_property
    def has_targets(self) -> bool:
        """Whether any target is in force in the year that the period ends in."""
        return bool(targets_of(self._s, self._of.end.year, self._size))
