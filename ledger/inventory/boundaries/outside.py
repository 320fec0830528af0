"""What a view leaves out, moves or splits: exclusions with their size, the split of the ESRS, and notes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ledger.inventory.boundaries.boundary import EXCLUDED, INSIDE, NOT_HELD, Boundary, BoundarySpan
from ledger.inventory.boundaries.consolidation import GROUP, INVESTEES, SPLIT_VIEWS
from ledger.inventory.boundaries.outside_cover import instruments_outside
from ledger.inventory.sentence import sentence
from ledger.plain import grouped_amount
from ledger.store import Session

NAMED = 10
"""So many facilities are named in a note; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A facility that is left out: why, and how large it is, kg CO2e.

    ``stated_kg`` is the size that its register states; ``computed_kg`` what its postings of the period would count,
    location-based. None is unknown.
    """

    facility_id: str
    name: str
    reason: str
    stated_kg: Decimal | None
    computed_kg: Decimal | None


@dataclass(frozen=True, slots=True)
class ScopeSplit:
    """Scope 1 and 2 of one part of the boundary, kg CO2e (ESRS E1: Set 1, 50; revised, 30 (c)); None is unknown."""

    scope_1: Decimal | None
    scope_2_location: Decimal | None
    scope_2_market: Decimal | None


def exclusions_of(s: Session, found: Boundary) -> tuple[Exclusion, ...]:
    """The facilities left out on any day of the period, with their size (after `make_posted`)."""
    computed: dict[str, Decimal] = {}
    if found.has_exclusions:
        computed = dict(
            s.rows(
                "select facility_id, sum(total_co2e_kg) from left_out where book = 'inventory' and "
                "(scope in ('1', '3') or method = 'location') group by 1 having sum(total_co2e_kg) is not null"
            )
        )
    spans = {span.facility_id: span for span in found.spans if span.placement == EXCLUDED and span.facility_id}
    return tuple(
        Exclusion(
            code, spans[code].name, spans[code].reason.removeprefix("left out: "), spans[code].exclusion_kg,
            computed.get(code),
        )
        for code in sorted(spans)
    )  # fmt: skip


def split_of(s: Session, found: Boundary, totals: dict[str, Decimal | None]) -> dict[str, ScopeSplit] | None:
    """Scope 1 and 2 of the consolidated group and of other investees; None for a view that does not split them."""
    if found.view not in SPLIT_VIEWS:
        return None
    measures = tuple(ScopeSplit.__slots__)
    if found.is_whole:
        return {GROUP: ScopeSplit(*(totals[name] for name in measures)), INVESTEES: ScopeSplit(None, None, None)}
    conditions = ("scope = '1'", "scope = '2' and method = 'location'", "scope = '2' and method = 'market'")
    sums = ", ".join(f"sum(total_co2e_kg) filter (where {condition})" for condition in conditions)
    rows = s.rows(f"select consolidation_group, {sums} from posted where book = 'inventory' group by 1")
    held = {row[0]: ScopeSplit(*row[1:]) for row in rows}
    return {part: held.get(part, ScopeSplit(None, None, None)) for part in (GROUP, INVESTEES)}


def boundary_notes(s: Session, found: Boundary) -> tuple[str, ...]:
    """What a reader must know of the boundary (after `make_posted`)."""
    if found.is_whole:
        return ()
    held = {
        tuple(row)
        for row in s.rows("select distinct legal_entity_id, facility_id, month from posted_full where rows_n <> 0")
    }
    notes: list[str] = []
    spans = [
        span
        for span in found.of_postings
        if any(
            (span.given_entity, span.facility_id, month) in held
            for month in found.period.months
            if span.start.replace(day=1) <= month <= span.end
        )
    ]
    for span in [span for span in spans if span.placement == NOT_HELD][:NAMED]:
        named = span.facility_id or span.legal_entity_id
        notes.append(
            sentence(
                "Data of {place} ({name}) of {start} to {end} are in the book and count for nothing: {reason}.",
                place=named,
                name=span.name,
                start=span.start,
                end=span.end,
                reason=span.reason,
            )
        )
    notes += _moved_notes(spans)
    parts = sorted({span.facility_id or span.legal_entity_id or "" for span in spans
                    if span.placement == INSIDE and span.share != 1})  # fmt: skip
    if parts:
        notes.append(
            sentence(
                "Of {names} only the share counts that this view gives; ghg boundary lists them.", names=_listed(parts)
            )
        )
    covered = sum((part.kwh for part in instruments_outside(s, found)), Decimal(0))
    if covered:
        notes.append(
            sentence(
                "{kwh} kWh of certificates and contracts cover consumption outside this view: they "
                "are used, and lower no figure of it.",
                kwh=grouped_amount(covered),
            )
        )
    return tuple(notes)


def _moved_notes(spans: list[BoundarySpan]) -> list[str]:
    """Whose Scope 1 and 2 stand in a category of Scope 3, category by category."""
    moved = [span for span in spans if span.scope3_category and span.placement != EXCLUDED]
    told: list[str] = []
    for category in sorted({span.scope3_category for span in moved if span.scope3_category}):
        names = {span.facility_id or span.legal_entity_id or "" for span in moved if span.scope3_category == category}
        told.append(
            sentence(
                "Scope 1 and 2 of {names} stand in Scope 3, category {category}, location-based, without the "
                "upstream and losses of their energy: they lie outside the boundary of this view.",
                names=_listed(sorted(names)),
                category=category,
            )
        )
    return told


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:NAMED])
    more = len(names) - NAMED
    return shown if more <= 0 else sentence("{names} and {count} more", names=shown, count=more)
