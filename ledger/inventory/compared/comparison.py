"""Two inventories side by side: each figure in both, its difference, and the causes that add up to it exactly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

from ledger.inventory.compile import MEASURE_FILTER, Inventory
from ledger.inventory.exact import exact_difference, exact_sum

UNATTRIBUTED = "unattributed"
ROUNDING_KG = Decimal("1e-12")
"""What roundings at the 18th decimal may leave over a figure, kg CO2e: a million of them leave less."""


@dataclass(frozen=True, slots=True)
class Version:
    """A factor as a choice had it: its id, dataset, edition and version, and kg CO2e per unit; None where none was."""

    factor_id: str | None
    dataset: str | None
    edition: str | None
    version: str | None
    kg_per_unit: Decimal | None
    gwp_set: str | None


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a company or facility stands in a view, at which share (0–1), from a day to a day, both in it."""

    placement: str
    share: Decimal
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Act:
    """The batch that caused something: what it was, who did it and when, its file and reason."""

    batch: int
    kind: str
    person: str
    role: str
    recorded_at: datetime
    source_name: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Cause:
    """One thing that makes figures differ, with what it does to each: kg CO2e, of energy kWh.

    ``reason`` is what it counts to: new_data, correction, factor, method, elsewhere, instrument, boundary, restatement,
    closed (counted on one side alone, because the other is closed), view; of two periods new_source, ended_source, use,
    per_unit, boundary; or unattributed. Of a restatement ``within`` says what it let count. ``before`` and ``after``
    are what stood and what stands: versions of a factor, per ``unit``; where a company or facility stands; or words.
    """

    reason: str
    within: str
    effects: Mapping[str, Decimal]
    act: Act | None = None
    restated: Act | None = None
    legal_entity_id: str | None = None
    facility_id: str | None = None
    activity_type: str | None = None
    line: str | None = None
    method: str | None = None
    unit: str | None = None
    before: Version | tuple[Stand, ...] | str | None = None
    after: Version | tuple[Stand, ...] | str | None = None

    @property
    def largest(self) -> Decimal:
        """The largest of its effects on a figure in kg CO2e, whatever its sign."""
        return max((abs(kg) for name, kg in self.effects.items() if name != "energy_kwh"), default=Decimal(0))


@dataclass(frozen=True, slots=True)
class ComparedFigure:
    """A figure on both sides, kg CO2e or kWh; None is unknown. ``reasons`` add up to the difference exactly."""

    measure: str
    a: Decimal | None
    b: Decimal | None
    reasons: Mapping[str, Decimal]

    @property
    def difference(self) -> Decimal | None:
        """B less A, an unknown one taken as nothing; None where both are unknown."""
        if self.a is None and self.b is None:
            return None
        return exact_difference(self.b or Decimal(0), self.a or Decimal(0))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two inventories, their figures, and every cause, the largest first."""

    a: Inventory
    b: Inventory
    figures: tuple[ComparedFigure, ...]
    causes: tuple[Cause, ...] = field(repr=False)

    @property
    def reasons(self) -> tuple[str, ...]:
        """The reasons that any figure differs for, the one with the largest effect first."""
        largest: dict[str, Decimal] = {}
        for figure in self.figures:
            for reason, amount in figure.reasons.items():
                if figure.measure != "energy_kwh":
                    largest[reason] = max(largest.get(reason, Decimal(0)), abs(amount))
                largest.setdefault(reason, Decimal(0))
        return tuple(sorted(largest, key=lambda reason: (-largest[reason], reason)))


def figure_filters() -> dict[str, tuple[str, str]]:
    """Each figure by name: the amount of a posting that it sums, and which postings of any book make it."""
    wheres = {}
    for name, where in MEASURE_FILTER.items():
        wheres[name] = where
        for number in range(1, 16) if name == "scope_3" else ():
            wheres[f"{name}/category={number}"] = f"{where} and scope3_category = {number}"
    made = {name: ("total_co2e_kg", f"book = 'inventory' and {where}") for name, where in wheres.items()}
    made["biogenic_co2_kg"] = ("biogenic_co2_kg", "book = 'inventory' and method <> 'market'")
    made["energy_kwh"] = ("energy_kwh", "book = 'inventory'")
    return made


def amount_of(inventory: Inventory, measure: str) -> Decimal | None:
    """A figure of an inventory by its name."""
    if measure.startswith("scope_3/category="):
        return inventory.scope_3_categories[int(measure.rpartition("=")[2])]
    if measure == "energy_kwh":
        return inventory.energy_kwh.get("total")
    amount: Decimal | None = getattr(inventory, measure)
    return amount


def compared(a: Inventory, b: Inventory, causes: Iterable[Cause]) -> Comparison:
    """The figures of two inventories with the causes that were found; what they leave is shown as unattributed.

    What roundings at the 18th decimal leave of a figure is put to its largest cause.
    """
    found = list(causes)
    rest: dict[str, Decimal] = {}
    for measure in figure_filters():
        whole = exact_difference(amount_of(b, measure) or Decimal(0), amount_of(a, measure) or Decimal(0))
        left = exact_difference(whole, exact_sum(cause.effects.get(measure, Decimal(0)) for cause in found))
        if not left:
            continue
        place = _largest(found, measure)
        if abs(left) < ROUNDING_KG and place is not None:
            effects = {**found[place].effects, measure: exact_sum((found[place].effects[measure], left))}
            found[place] = replace(found[place], effects=effects)
        else:
            rest[measure] = left
    if rest:
        found.append(Cause(UNATTRIBUTED, UNATTRIBUTED, rest))
    found.sort(key=lambda cause: -cause.largest)  # which keeps the order of those of one size
    return Comparison(a, b, _figures(a, b, found), tuple(found))


def _largest(causes: Sequence[Cause], measure: str) -> int | None:
    """The place of the cause with the largest effect on a figure; None where none has any."""
    sizes = [(abs(cause.effects[measure]), -place) for place, cause in enumerate(causes) if measure in cause.effects]
    return -max(sizes)[1] if sizes else None


def _figures(a: Inventory, b: Inventory, causes: Sequence[Cause]) -> tuple[ComparedFigure, ...]:
    """Every figure that either side has or anything moved, its causes summed by reason."""
    made = []
    for measure in figure_filters():
        reasons: dict[str, Decimal] = {}
        for cause in causes:
            if measure in cause.effects:
                held = reasons.get(cause.reason, Decimal(0))
                reasons[cause.reason] = exact_sum((held, cause.effects[measure]))
        reasons = {reason: amount for reason, amount in reasons.items() if amount}
        one = ComparedFigure(measure, amount_of(a, measure), amount_of(b, measure), reasons)
        if one.difference is not None or "category" not in measure:
            made.append(one)
    return tuple(made)
