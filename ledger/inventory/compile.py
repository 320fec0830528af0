"""The inventory of a period: every figure an exact sum over `posted`; unknown is None, never 0."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from ledger.calculation.policy import policy
from ledger.errors import Misuse
from ledger.inventory.boundary import BoundarySpan
from ledger.inventory.notes import notes_of
from ledger.inventory.outside import Exclusion, ScopeSplit, boundary_notes, exclusions_of, split_of
from ledger.inventory.period import Period
from ledger.inventory.posted import VIEWS, make_posted
from ledger.inventory.quality import data_quality
from ledger.inventory.registers.removed import removed_kg
from ledger.store import Checkpoint, Session, latest_checkpoint

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
class Inventory:
    """The figures of a period under a view, kg CO2e unless the name says otherwise; None is 'not quantified'.

    ``boundary`` tells where each company and facility stands and at which share; ``split`` has Scope 1 and 2 of the
    consolidated group and of other investees, in the views of the ESRS.
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


def compile_inventory(
    s: Session,
    of: Period,
    view: str = "operational_control",
    at: int | None = None,
    *,
    structure_on: date | None = None,
) -> Inventory:
    """The inventory of a period as the ledger stood at a size (now when None).

    ``structure_on`` takes the holdings, companies and facilities of that day for the whole period.
    Raises Misuse for a view that this ledger does not compute, or a size it has not reached.
    """
    checkpoint = checked_size(s, view, at)
    boundary = make_posted(s, of, view, checkpoint.size, by_facility=False, structure_on=structure_on)
    rules = policy(s)
    totals = {measure: _total(s, condition) for measure, condition in MEASURE_FILTER.items()}
    status = period_status(s, of, view, checkpoint.size)
    estimated, primary = data_quality(s, of, checkpoint.size, whole=boundary.is_whole)
    return Inventory(
        period=of,
        view=view,
        status=status,
        provisional=status not in ("closed", "restated"),
        gwp_set=rules.gwp_set,
        gwp_policy=rules.gwp_policy,
        checkpoint=checkpoint,
        scope3_method="location",
        scope_3_categories=_categories(s),
        sub_lines=dict(_sums(s, "sub_line", "scope = '3' and sub_line is not null")),
        biogenic_co2_kg=_amount(s, "biogenic_co2_kg", "book = 'inventory' and method <> 'market'"),
        outside_scopes=_outside_scopes(s),
        removals_kg=removed_kg(s, of, checkpoint.size),
        by_gas=_gases(s, MEASURE_FILTER["total_location"]),
        by_gas_market=_gases(s, MEASURE_FILTER["total_market"]),
        energy_kwh=_energy(s),
        share_estimated=estimated,
        share_primary=primary,
        not_quantified=not_quantified(s),
        notes=(*boundary_notes(s, boundary), *notes_of(s, rules.gwp_set)),
        boundary=boundary.spans,
        exclusions=exclusions_of(s, boundary),
        split=split_of(s, boundary, totals),
        **totals,
    )


def checked_size(s: Session, view: str, at: int | None) -> Checkpoint:
    """The checkpoint to read at. Raises Misuse for an unknown view or a size that is not reached."""
    if view not in VIEWS:
        raise Misuse(f"the view '{view}' is not computed", "take one of: " + ", ".join(VIEWS))
    checkpoint = latest_checkpoint(s, at)
    if at is not None and checkpoint.size < at:
        raise Misuse(f"this ledger has {checkpoint.size} batches, not {at}", "name an earlier size, or none for now")
    return checkpoint


def period_status(s: Session, of: Period, view: str, size: int) -> str:
    """open, submitted, approved, closed or restated: the last event over the whole period."""
    row = s.rows(
        "select event from period_event where period_start <= ? and period_end >= ? and view in (?, 'all') "
        "and batch_no <= ? order by batch_no desc, seq desc limit 1",
        [of.start, of.end, view, size],
    )
    return str(row[0][0]) if row else "open"


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


def _gases(s: Session, condition: str) -> dict[str, GasAmount]:
    """By gas for one basis; `unsplit` is what has no gas split, so that the table foots to the total."""
    columns = []
    for masses, co2e in GASES.values():
        told = " or ".join(f"count({name}) > 0" for name in masses)
        columns += [f"case when {told} then {' + '.join(f'coalesce(sum({n}), 0)' for n in masses)} end", f"sum({co2e})"]
    row = s.one(
        f"select {', '.join(columns)}, sum(unsplit_co2e_kg) from posted where book = 'inventory' and {condition}"
    )
    made = {gas: GasAmount(row[2 * i], row[2 * i + 1]) for i, gas in enumerate(GASES)}
    made["unsplit"] = GasAmount(None, row[-1])
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
