"""What a quarterly document is made from: one frozen record of figures, and the id of each figure.

Every amount is an unrounded ``Decimal`` in kg CO2e or kWh, or None where there is no figure.
Nothing here reads a ledger or rounds a number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, Protocol

from ledger.disclosure.figures.look import PLAIN, Look
from ledger.errors import Finding
from ledger.inventory.exact import exact_difference, exact_sum
from schemas.measures import SCOPE_MEASURES

if TYPE_CHECKING:
    import pyarrow as pa

    from ledger.ai.assets.by_policy import EmbodiedRow
    from ledger.disclosure.figures.period import PeriodFigures
    from ledger.inventory import Inventory
    from ledger.inventory.ai_models import AiModel
    from ledger.inventory.compile import ViewTotals
    from ledger.inventory.coverage.claims import Claims
    from ledger.inventory.coverage.completeness import Completeness
    from ledger.inventory.data_centre import DataCentre
    from ledger.inventory.data_quality.description import CategoryQuality
    from ledger.inventory.instruments import InstrumentRecord
    from ledger.inventory.periods.base_year import BaseYearDecision
    from ledger.inventory.periods.restatement import Restatement
    from ledger.inventory.registers.credits import Credits
    from ledger.inventory.registers.energy_produced import EnergyProduced
    from ledger.inventory.registers.intensity import Intensity
    from ledger.inventory.registers.prices import PricedScheme
    from ledger.inventory.registers.removals import Removals
    from ledger.inventory.registers.targets import TargetProgress
    from ledger.inventory.scope2 import Scope2Table
    from ledger.inventory.scope3 import Scope3Overview
    from ledger.inventory.uncertainty import Uncertainty
    from ledger.schedule.recorded import AdviceLine

Status = Literal["draft", "approved", "closed", "restated"]
TEMPLATE_VERSION = "3"
MEASURES = SCOPE_MEASURES


@dataclass(frozen=True, slots=True)
class Organisation:
    """Whose inventory this is and how far it reaches."""

    name: str
    consolidation: str
    base_year: str | None = None


@dataclass(frozen=True, slots=True)
class BreakdownLine:
    """One line of a breakdown, in kg CO2e; None where nothing is reported under a measure."""

    key: str
    label: str
    scope_1: Decimal | None = None
    scope_2_location: Decimal | None = None
    scope_2_market: Decimal | None = None
    scope_3: Decimal | None = None
    detail: str = ""
    provisional: bool = False

    @property
    def total_location(self) -> Decimal | None:
        """Scope 1 + Scope 2 location-based + Scope 3 in kg CO2e; None where all are unknown."""
        return known_sum(self.scope_1, self.scope_2_location, self.scope_3)

    @property
    def total_market(self) -> Decimal | None:
        """Scope 1 + Scope 2 market-based + Scope 3 in kg CO2e; None where all are unknown."""
        return known_sum(self.scope_1, self.scope_2_market, self.scope_3)


@dataclass(frozen=True, slots=True)
class Movement:
    """Quantity (in ``unit``) and kg CO2e of one source and line of the ledger in a period."""

    facility_id: str
    activity_type: str
    measure: str
    line: str
    unit: str
    quantity: Decimal
    mass_kg: Decimal


@dataclass(frozen=True, slots=True)
class Change:
    """How one source moved between two periods; by_activity + by_factor = after − before, in kg."""

    measure: str
    facility: str
    activity: str
    before_kg: Decimal
    after_kg: Decimal
    by_activity_kg: Decimal
    by_factor_kg: Decimal
    reason: str

    @property
    def difference_kg(self) -> Decimal:
        """After less before, in kg CO2e."""
        return exact_difference(self.after_kg, self.before_kg)


@dataclass(frozen=True, slots=True)
class FactorUse:
    """One factor as the period used it; ``mass_kg`` is what was calculated with it, in kg CO2e."""

    factor_id: str
    activity_type: str
    serves: str
    per_unit: str
    co2e_kg_per_unit: Decimal | None
    dataset: str
    edition: str
    verification: str
    gwp_set: str
    reason: str
    source_cell: str
    mass_kg: Decimal | None


@dataclass(frozen=True, slots=True)
class DatasetUse:
    """A dataset of factors that the period used, with the words its licence asks for."""

    dataset: str
    title: str
    publisher: str
    edition: str
    licence: str
    attribution: str
    caveats: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Allocation:
    """kWh of an instrument laid against one facility's consumption in one month."""

    facility: str
    month: date
    instrument_id: str
    kwh: Decimal


@dataclass(frozen=True, slots=True)
class QuarterlyFigures:
    """Everything the quarterly report says, read at one checkpoint (``current.checkpoint``).

    ``recorded_at`` is the UTC time of the last batch in it, and the only time in the documents. ``status`` is that of
    the period; ``issued`` says that the documents are those that are handed out and recorded. ``signing_key`` is the
    id of the key that signed the checkpoint (hex, as in the signed note), None where no signature is kept.
    ``postings`` has one row per posting of the period (columns in ``postings.COLUMNS``), or one per
    key, facility and month where there are very many; None where no line annex is wanted. ``look`` says in which
    language, colour and with which logo they are set.
    """

    organisation: Organisation
    current: Inventory
    comparative: Inventory | None
    year_to_date: Inventory | None
    base_year: Inventory | None
    recorded_at: datetime
    status: Status
    software_version: str
    quarters: tuple[BreakdownLine, ...]
    months: tuple[BreakdownLine, ...]
    facilities: tuple[BreakdownLine, ...]
    changes: tuple[Change, ...]
    factors: tuple[FactorUse, ...]
    datasets: tuple[DatasetUse, ...]
    instruments: tuple[InstrumentRecord, ...] = ()
    allocations: tuple[Allocation, ...] = ()
    findings: tuple[Finding, ...] = ()
    findings_not_shown: int = 0
    restatements: tuple[Restatement, ...] = ()
    base_year_decisions: tuple[BaseYearDecision, ...] = ()
    scope2: Scope2Table | None = None
    scope3: Scope3Overview | None = None
    descriptions: tuple[CategoryQuality, ...] = ()
    completeness: Completeness | None = None
    claims: Claims | None = None
    uncertainty: Uncertainty | None = None
    intensities: tuple[Intensity, ...] = ()
    prices: tuple[PricedScheme, ...] = ()
    targets: tuple[TargetProgress, ...] = ()
    credits: Credits | None = None
    removals: Removals | None = None
    produced: EnergyProduced | None = None
    ai: tuple[AiModel, ...] = ()
    advice: tuple[AdviceLine, ...] = ()
    data_centres: tuple[DataCentre, ...] = ()
    machines: tuple[EmbodiedRow, ...] = ()
    activity_names: Mapping[str, str] | None = None
    postings: pa.Table | None = None
    postings_grouped: bool = False
    issued: bool = False
    signing_key: str | None = None
    months_held: int | None = None
    comparative_months: int | None = None
    look: Look = PLAIN
    template_version: str = TEMPLATE_VERSION

    @property
    def comparative_is_partial(self) -> bool:
        """Whether fewer months of the year before hold data than the period has: a change against it says nothing."""
        return is_partial(self)

    @property
    def is_running(self) -> bool:
        """Whether the period holds data of fewer months than that of the year before: it would seem a fall."""
        if self.comparative is None or self.months_held is None or self.comparative_months is None:
            return False
        return self.months_held < self.comparative_months

    @property
    def has_change(self) -> bool:
        """Whether a change against the year before can be told: both hold data, of as many months."""
        return self.comparative is not None and not self.comparative_is_partial and not self.is_running

    @property
    def has_comparative(self) -> bool:
        """Whether the ledger has anything of the year before."""
        return self.comparative is not None

    @property
    def base_year_totals(self) -> ViewTotals | Inventory | None:
        """The totals of the base year; None where there is none."""
        return self.base_year

    @property
    def has_prices(self) -> bool:
        """Whether an internal price of carbon is in force."""
        return bool(self.prices)

    @property
    def has_targets(self) -> bool:
        """Whether any target is in force."""
        return bool(self.targets)

    @property
    def inventories(self) -> tuple[Inventory | None, ...]:
        """This quarter, the same quarter of last year, the year to date, the base year."""
        return (self.current, self.comparative, self.year_to_date, self.base_year)


class Printed(Protocol):
    """What the common template asks of a document's figures: state, look, and whose figures the annex lists."""

    @property
    def status(self) -> str:
        """The state of the period, or of the document."""

    @property
    def current(self) -> Inventory:
        """The inventory whose figures the annex lists."""

    @property
    def look(self) -> Look:
        """The company's language, colour and logo."""


def is_partial(figures: QuarterlyFigures | PeriodFigures) -> bool:
    """Whether fewer months of the year before hold data than the period has."""
    held = figures.comparative_months
    return figures.has_comparative and held is not None and held < len(figures.current.period.months)


def known_sum(*parts: Decimal | None) -> Decimal | None:
    """The sum of the parts that are known; None where none is (unknown is never zero)."""
    known = [part for part in parts if part is not None]
    return exact_sum(known) if known else None


def figure_id(inventory: Inventory, measure: str, **cuts: object) -> str:
    """The id that ``ghg trace`` takes: ``<period>/<view>/<measure>[/dimension=value…]@<size>``."""
    from ledger.inventory.figure import Figure

    named = {name: str(value) for name, value in cuts.items()}
    size = inventory.checkpoint.size
    return str(Figure(inventory.period.label, inventory.view, measure, size, named))
