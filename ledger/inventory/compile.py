"""The inventory of a period: every figure an exact sum over `posted`; unknown is None, never 0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from ledger.calculation.policy import policy
from ledger.errors import Misuse
from ledger.inventory.boundaries.boundary import BoundarySpan
from ledger.inventory.boundaries.outside import Exclusion, ScopeSplit, boundary_notes, exclusions_of, split_of
from ledger.inventory.data_quality.quality import data_quality
from ledger.inventory.exact import exact_sum
from ledger.inventory.figure import Figure
from ledger.inventory.notes import notes_of, notes_of_life
from ledger.inventory.period import Period
from ledger.inventory.periods.late import ReceivedAfterClose, received_after_close
from ledger.inventory.periods.life import period_status
from ledger.inventory.posted import VIEWS, make_pins, make_posted_from_pins
from ledger.inventory.registers.removed import removed_kg
from ledger.store import Checkpoint, Session, latest_checkpoint
from ledger.tabular import Tabular
from schemas.measures import INVENTORY_MEASURES

__all__ = [
    "EXPLAINED", "GASES", "MEASURE_FILTER", "GasAmount", "Inventory", "NotQuantified", "checked_size",
    "compile_inventory", "period_status",
]  # fmt: skip

EXPLAINED = ("included_in_energy_line", "not_consumed")
"""Reasons of a null choice that are no gap: the amount stands elsewhere, or there is none."""

GASES = {
    "CO2": (("co2_kg",), "co2_kg"),
    "CH4": (("ch4_fossil_kg", "ch4_other_kg"), "ch4_co2e_kg"),
    "N2O": (("n2o_kg",), "n2o_co2e_kg"),
    "HFCs": (("hfcs_kg",), "hfcs_co2e_kg"),
    "PFCs": (("pfcs_kg",), "pfcs_co2e_kg"),
    "SF6": (("sf6_kg",), "sf6_co2e_kg"),
    "NF3": (("nf3_kg",), "nf3_co2e_kg"),
}
MEASURE_FILTER = {
    "scope_1": "scope = '1'",
    "scope_2_location": "scope = '2' and method = 'location'",
    "scope_2_market": "scope = '2' and method = 'market'",
    "scope_3": "scope = '3'",
    "total_location": "(scope in ('1', '3') or (scope = '2' and method = 'location'))",
    "total_market": "(scope in ('1', '3') or (scope = '2' and method = 'market'))",
}
"""Which postings of the inventory book make a measure. The two Scope 2 totals never stand in one sum."""


@dataclass(frozen=True, slots=True)
class NotQuantified:
    """Activity that has no result: of which type, on which line, why, and how many rows."""

    activity_type: str
    line: str
    method: str
    scope: str
    scope3_category: int | None
    reason: str
    country: str | None
    rows: int
    quantity: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class GasAmount:
    """A gas: its mass and its CO2e, kg; None where no posting tells it."""

    mass_kg: Decimal | None
    co2e_kg: Decimal | None


@dataclass(frozen=True, slots=True)
class Inventory(Tabular):
    """The figures of a period under a view, kg CO2e unless the name says otherwise; None is 'not quantified'.

    ``boundary`` tells where each company and facility stands and at which share; ``split`` has Scope 1 and 2 of the
    consolidated group and of other investees, in the views of the ESRS.
    ``received_after_close`` came for closed months and is in no figure until a restatement. ``allotted_since_kg`` is
    what a period that was not closed as one has in market-based Scope 2 beyond the closed periods within it, because
    instruments were allotted after they closed. ``single_person``: whoever submits may also approve.
    """

    period: Period
    view: str
    status: str
    provisional: bool
    gwp_set: str
    gwp_policy: str
    checkpoint: Checkpoint
    scope_1: Decimal | None
    scope_2_location: Decimal | None
    scope_2_market: Decimal | None
    scope_3: Decimal | None
    scope3_method: str
    scope_3_categories: dict[int, Decimal | None]
    sub_lines: dict[str, Decimal]
    total_location: Decimal | None
    total_market: Decimal | None
    biogenic_co2_kg: Decimal | None
    outside_scopes: dict[str, Decimal]
    removals_kg: Decimal | None
    by_gas: dict[str, GasAmount]
    by_gas_market: dict[str, GasAmount]
    energy_kwh: dict[str, Decimal]
    share_estimated: Decimal | None
    share_primary: dict[int, Decimal]
    not_quantified: tuple[NotQuantified, ...]
    notes: tuple[str, ...]
    boundary: tuple[BoundarySpan, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    split: dict[str, ScopeSplit] | None = None
    received_after_close: ReceivedAfterClose | None = None
    allotted_since_kg: Decimal | None = None
    single_person: bool = False

    def figure_id(self, measure: str, **cuts: str) -> str:
        """The id by which `trace` follows a measure, as of this inventory's size; cut as by `category="6"`."""
        return str(Figure(self.period.label, self.view, measure, self.checkpoint.size, cuts))

    def caption(self) -> str:
        """Of when, under which view, how far along, as of which size."""
        along = f"{self.status}, provisional" if self.provisional else self.status
        return f"Inventory {self.period.label}, {self.view.replace('_', ' ')}, {along}, size {self.checkpoint.size}"

    def summary_row(self) -> dict[str, Any]:
        """The measures beside each other, where it is one inventory among others."""
        named = {"period": self.period.label, "view": self.view, "status": self.status}
        return named | {measure: getattr(self, measure) for measure in INVENTORY_MEASURES}

    def table_rows(self) -> list[dict[str, Any]]:
        """Scopes, categories and totals, a row each: with location-based and with market-based Scope 2, kg CO2e.

        What the rows of a `part` (scope, category, total) count is counted again in those of the others. The two
        methods are two columns and are never added. ``not_quantified_lines`` have no result and are in no figure.
        """
        rows = [("scope", "Scope 1", self.scope_1, self.scope_1, "1"),
                ("scope", "Scope 2", self.scope_2_location, self.scope_2_market, "2"),
                ("scope", "Scope 3", self.scope_3, self.scope_3, "3")]  # fmt: skip
        rows += [("category", f"Scope 3, category {category}", kg, kg, "")
                 for category, kg in self.scope_3_categories.items() if kg is not None]  # fmt: skip
        rows.append(("total", "Total", self.total_location, self.total_market, "123"))
        gaps = {scope: sum(gap.rows for gap in self.not_quantified if gap.scope in scope) for *_, scope in rows}
        return [
            {"part": part, "figure": name, "location_based_kg_co2e": location, "market_based_kg_co2e": market,
             "not_quantified_lines": gaps[scope] if scope else 0}
            for part, name, location, market, scope in rows
        ]  # fmt: skip


def compile_inventory(
    s: Session,
    of: Period,
    view: str = "operational_control",
    at: int | None = None,
    *,
    structure_on: date | None = None,
    released: Sequence[str] = (),
    floor: int = 0,
) -> Inventory:
    """The inventory of a period as the ledger stood at a size (now when None).

    ``structure_on`` takes the holdings, companies and facilities of that day for the whole period. With ``released``
    closed periods are read as their restatement would read them, with a ``floor`` closed months are read at that batch
    at the least (:func:`ledger.inventory.posted.make_pins`); both only ask what would be.
    Raises Misuse for a view that this ledger does not compute, or a size it has not reached.
    """
    checkpoint = checked_size(s, view, at)
    status = period_status(s, of, view, checkpoint.size)
    since = _allotted_since(s, of, view, checkpoint.size)
    if released or floor:
        make_pins(s, of, view, checkpoint.size, released=released, floor=floor)
    boundary = make_posted_from_pins(s, of, view, checkpoint.size, by_facility=False, structure_on=structure_on)
    read_at = _read_at(s, checkpoint.size)
    rules = policy(s, of.end, read_at)
    totals = _totals(s)
    estimated, primary = data_quality(s, of, whole=boundary.is_whole)
    return Inventory(
        period=of,
        view=view,
        status=status,
        provisional=status not in ("closed", "restated"),
        gwp_set=rules.gwp_set,
        gwp_policy=rules.gwp_policy,
        checkpoint=checkpoint,
        scope3_method="location",
        removals_kg=removed_kg(s, of, read_at),
        share_estimated=estimated,
        share_primary=primary,
        not_quantified=not_quantified(s),
        notes=(*boundary_notes(s, boundary), *notes_of(s, rules.gwp_set), *notes_of_life(since, rules.single_person)),
        boundary=boundary.spans,
        exclusions=exclusions_of(s, boundary),
        split=split_of(s, boundary, totals),
        received_after_close=received_after_close(s, checkpoint.size),
        allotted_since_kg=since,
        single_person=rules.single_person,
        **totals,
        **_amounts(s),
    )


@dataclass(frozen=True, slots=True)
class ViewTotals:
    """The measures of a period under one view, kg CO2e; None is 'not quantified'."""

    period: Period
    view: str
    checkpoint: Checkpoint
    scope_1: Decimal | None
    scope_2_location: Decimal | None
    scope_2_market: Decimal | None
    scope_3: Decimal | None
    total_location: Decimal | None
    total_market: Decimal | None


def view_totals(
    s: Session, of: Period, view: str, at: int | None = None, *, structure_on: date | None = None
) -> ViewTotals:
    """The measures of :func:`compile_inventory` alone, for views and years beside each other. Raises as it does."""
    checkpoint = checked_size(s, view, at)
    make_pins(s, of, view, checkpoint.size)
    make_posted_from_pins(s, of, view, checkpoint.size, by_facility=False, structure_on=structure_on)
    return ViewTotals(period=of, view=view, checkpoint=checkpoint, **_totals(s))


def _amounts(s: Session) -> dict[str, Any]:
    """What temp table `posted` tells beside the totals, by field of the inventory."""
    by_gas, by_gas_market = _gases(s, MEASURE_FILTER["total_location"], MEASURE_FILTER["total_market"])
    return {
        "scope_3_categories": _categories(s),
        "sub_lines": dict(_sums(s, "sub_line", "scope = '3' and sub_line is not null")),
        "biogenic_co2_kg": _amount(s, "biogenic_co2_kg", "book = 'inventory' and method <> 'market'"),
        "outside_scopes": _outside_scopes(s),
        "by_gas": by_gas,
        "by_gas_market": by_gas_market,
        "energy_kwh": _energy(s),
    }


def _read_at(s: Session, size: int) -> int:
    """The size up to which anything of temp table `pin` is read: settings recorded later say nothing of it."""
    return int(s.one("select least(coalesce(max(pin), $size), $size) from pin", {"size": size})[0])


def _allotted_since(s: Session, of: Period, view: str, size: int) -> Decimal | None:
    """Market-based Scope 2 of a longer period less that of the closed periods within it, kg CO2e; None of no such.

    Leaves temp table `pin` of the period.
    """
    make_pins(s, of, view, size)
    if not s.one("select count(*) from pin where closed and pin < allocation_pin")[0]:
        return None
    sums = []
    for own in (False, True):
        if own:
            own_pins = "select * replace (if(closed, pin, allocation_pin) as allocation_pin) from pin"
            s.run(f"create or replace temp table pin as {own_pins}")
        make_posted_from_pins(s, of, view, size, by_facility=False)
        sums.append(_total(s, MEASURE_FILTER["scope_2_market"]) or Decimal(0))
    make_pins(s, of, view, size)
    difference: Decimal | None = s.one("select nullif(?::decimal(38,18) - ?::decimal(38,18), 0)", sums)[0]
    return difference


def checked_size(s: Session, view: str, at: int | None) -> Checkpoint:
    """The checkpoint to read at. Raises Misuse for an unknown view or a size that is not reached."""
    if view not in VIEWS:
        raise Misuse(f"the view '{view}' is not computed", "take one of: " + ", ".join(VIEWS))
    checkpoint = latest_checkpoint(s, at)
    if at is not None and checkpoint.size < at:
        raise Misuse(f"this ledger has {checkpoint.size} batches, not {at}", "name an earlier size, or none for now")
    return checkpoint


def _totals(s: Session) -> dict[str, Any]:
    """Every measure of temp table `posted`, kg CO2e; None of what is not quantified."""
    sums = ", ".join(f"sum(total_co2e_kg) filter (where {condition})" for condition in MEASURE_FILTER.values())
    return dict(zip(MEASURE_FILTER, s.one(f"select {sums} from posted where book = 'inventory'"), strict=True))


def _total(s: Session, condition: str) -> Decimal | None:
    return _amount(s, "total_co2e_kg", f"book = 'inventory' and {condition}")


def _amount(s: Session, amount: str, condition: str) -> Decimal | None:
    value = s.one(f"select sum({amount}) from posted where {condition}")[0]
    return None if value is None else Decimal(value)


def _sums(s: Session, by: str, condition: str) -> list[tuple[Any, Decimal]]:
    return [
        (row[0], row[1])
        for row in s.rows(
            f"select {by}, sum(total_co2e_kg) from posted where book = 'inventory' and {condition} "
            f"group by {by} having sum(total_co2e_kg) is not null order by {by}"
        )
    ]


def _categories(s: Session) -> dict[int, Decimal | None]:
    found = dict(_sums(s, "scope3_category", "scope = '3' and scope3_category is not null"))
    return {category: found.get(category) for category in range(1, 16)}


def _outside_scopes(s: Session) -> dict[str, Decimal]:
    """Kg of gases of the Montreal Protocol by activity type, those within a blend of other gases included."""
    rows = s.rows(
        "select activity_type, sum(montreal_kg) from posted where book in ('inventory', 'outside_scopes') "
        "and method <> 'market' group by 1 having sum(montreal_kg) is not null order by 1"
    )
    return {f"{activity_type}_kg": value for activity_type, value in rows}


def _gases(s: Session, *conditions: str) -> list[dict[str, GasAmount]]:
    """By gas for each basis; `unsplit` is what has no gas split, so that the table foots to the total.

    What counts under the same of the conditions is summed once; a basis is made of these sums.
    """
    columns = sorted({name for masses, co2e in GASES.values() for name in (*masses, co2e)} | {"unsplit_co2e_kg"})
    rows = s.rows(
        f"select {', '.join(conditions)}, {', '.join(f'sum({name})' for name in columns)} from posted "
        f"where book = 'inventory' and ({' or '.join(conditions)}) group by all"
    )
    made = []
    for place in range(len(conditions)):
        own = [dict(zip(columns, row[len(conditions) :], strict=True)) for row in rows if row[place]]

        def told(*names: str, own: list[dict[str, Decimal | None]] = own) -> Decimal | None:
            parts = [kg for sums in own for name in names if (kg := sums[name]) is not None]
            return exact_sum(parts) if parts else None

        amounts = {gas: GasAmount(told(*masses), told(co2e)) for gas, (masses, co2e) in GASES.items()}
        made.append({**amounts, "unsplit": GasAmount(None, told("unsplit_co2e_kg"))})
    return made


def _energy(s: Session) -> dict[str, Decimal]:
    """Final energy by source and in all; summed by the database, whose sums keep all 38 digits."""
    condition = "book = 'inventory' and energy_kwh is not null"
    by_source = "select coalesce(energy_source, 'mixed'), sum(energy_kwh) from posted"
    made = dict(s.rows(f"{by_source} where {condition} group by 1 order by 1"))
    if made:
        made["total"] = s.one(f"select sum(energy_kwh) from posted where {condition}")[0]
    return made


def not_quantified(s: Session) -> tuple[NotQuantified, ...]:
    """What temp table `posted` holds without a result, by type, line and reason; the largest gaps first."""
    rows = s.rows(
        "select activity_type, line, method, scope, scope3_category, reason_code, country, "
        "sum(sign * rows_n)::bigint as open_rows, sum(sign * quantity), unit_given from posted "
        "where is_null and not allocated and book = 'inventory' and not list_contains($explained, reason_code) "
        "group by all having sum(sign * rows_n) > 0 order by open_rows desc, 1, 2, 3, 4, 5, 6, 7, 10",
        {"explained": list(EXPLAINED)},
    )
    return tuple(NotQuantified(*row) for row in rows)
