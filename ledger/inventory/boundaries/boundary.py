"""The boundary of a view: which share of each company and facility counts, where it stands, and from when to when.

Facts are never copied: a view is worked out when it is read, from the versions in force of holdings, companies and
facilities. Shares along a chain of holdings multiply; those of a month are Σ(days × share) ÷ days of the month, in
Decimal, rounded once at 12 decimals (GHG Protocol Corporate Standard, ch. 3: membership is dated).
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext

from ledger.inventory.boundaries.consolidation import GROUP, SPLIT_VIEWS, FacilityRule, facility_rule
from ledger.inventory.boundaries.structure import DIGITS, Standing, Standings, Structure, percent, structure_at
from ledger.inventory.period import Period
from ledger.inventory.sentence import joined, sentence
from ledger.store import Session
from ledger.tabular import Tabular

INSIDE, NOT_HELD, EXCLUDED = "inside", "not_held", "excluded"
SHARE_PLACES = Decimal("1e-12")
_WHOLE, _NOTHING = Decimal(1), Decimal(0)

_RELATION_WORDS = {
    "owned": "owned",
    "lease_in_operating": "leased in, operating lease",
    "lease_in_finance": "leased in, finance lease",
    "lease_out_operating": "leased out, operating lease",
    "lease_out_finance": "leased out, finance lease",
    "franchise": "run by a franchisee",
    "colocation": "space in somebody else's data centre",
    "investment": "held as an investment",
}


@dataclass(frozen=True, slots=True)
class BoundarySpan:
    """A company or facility from a day to a day, both in it: where it stands in a view, at which share, and why.

    ``placement`` is inside, category_8, category_13, category_14, category_15, not_held or excluded; ``share`` is of
    its Scope 1 and 2, and ``other_share`` of the rest of its Scope 3 (0–1). An excluded facility keeps the share that
    it would have. ``legal_entity_id`` is the company on those days; ``given_entity`` what rows themselves name.
    """

    legal_entity_id: str | None
    facility_id: str | None
    name: str
    start: date
    end: date
    placement: str
    share: Decimal
    other_share: Decimal
    scope3_category: int | None
    iso_category: str | None
    group: str
    reason: str
    source: str
    given_entity: str | None
    exclusion_kg: Decimal | None = None

    @property
    def whole(self) -> bool:
        """Whether all of it counts where it is posted."""
        return self.placement == INSIDE and self.share == 1 and self.other_share == 1


@dataclass(frozen=True, slots=True)
class BoundaryPart:
    """What of the postings of (company given, facility) counts in a span of months, where, and at which share.

    ``applies`` names the postings: own (Scope 1 and 2), upstream (category 3 of its own energy), other (the rest of
    Scope 3). ``left_out`` marks what an excluded facility would count.
    """

    given_entity: str | None
    facility_id: str | None
    first_month: date
    last_month: date
    applies: str
    placement: str
    scope3_category: int | None
    iso_category: str | None
    entity: str | None
    consolidation_group: str
    left_out: bool
    share: Decimal


@dataclass(frozen=True, slots=True)
class Boundary(Tabular):
    """The boundary of a view over a period: every company and facility in spans of days."""

    ROWS = "spans"

    view: str
    period: Period
    spans: tuple[BoundarySpan, ...]
    used: frozenset[tuple[str | None, str | None]]  # pairs of company given and facility that have postings

    @property
    def of_postings(self) -> tuple[BoundarySpan, ...]:
        """The spans that have postings in the period, or may have."""
        return tuple(span for span in self.spans if (span.given_entity, span.facility_id) in self.used)

    @property
    def is_whole(self) -> bool:
        """Whether every posting counts as it is posted, in the consolidated group."""
        return all(span.whole and span.group == GROUP for span in self.of_postings)

    @property
    def has_exclusions(self) -> bool:
        """Whether a facility with postings is left out with a reason."""
        return any(span.placement == EXCLUDED for span in self.of_postings)

    def parts(self) -> list[BoundaryPart]:
        """What counts of each pair of company given and facility, by month where it changes."""
        pairs: dict[tuple[str | None, str | None], list[BoundarySpan]] = {}
        for span in self.of_postings:
            pairs.setdefault((span.given_entity, span.facility_id), []).append(span)
        with localcontext() as context:
            context.prec = DIGITS
            return [part for spans in pairs.values() for part in _parts(spans, self.period)]


def boundary(s: Session, of: Period, view: str, size: int, *, structure_on: date | None = None) -> Boundary:
    """The boundary of a view over a period, as the ledger stood at a size.

    ``structure_on`` takes the structure of that day for every day of the period: the all-year convention of
    base-year recalculation (Corporate Standard, ch. 5).
    """
    return s.once(
        ("boundary", of, view, size, structure_on), lambda: _boundary(s, of, view, size, structure_on)
    )


def _boundary(s: Session, of: Period, view: str, size: int, structure_on: date | None) -> Boundary:
    given = s.rows(
        "select distinct legal_entity_id, facility_id from period_total where month between ? and ? and batch_no <= ?",
        [of.months[0], of.months[-1], size],
    )
    used = frozenset((row[0], row[1]) for row in given)
    return boundary_of(structure_at(s, size), of, view, used, structure_on)


def boundary_of(
    structure: Structure,
    of: Period,
    view: str,
    used: frozenset[tuple[str | None, str | None]],
    structure_on: date | None = None,
) -> Boundary:
    """The boundary that follows from a structure; ``used`` names the pairs of company given and facility with data."""
    standings = Standings(structure, view)
    listed = {(None, facility) for facility in structure.facilities} | {(entity, None) for entity in structure.entities}
    spans: list[BoundarySpan] = []
    for entity, facility in sorted(used | listed, key=lambda pair: (pair[0] or "", pair[1] or "")):
        spans += _spans(standings, entity, facility, of, structure_on)
    return Boundary(view, of, tuple(spans), used)


def _spans(
    standings: Standings, entity: str | None, facility: str | None, of: Period, structure_on: date | None
) -> list[BoundarySpan]:
    """The days of a pair, cut where anything changes and joined again where nothing that is told does."""
    days = set() if structure_on else standings.structure.change_days({entity} if entity else set(), facility)
    starts = sorted({of.start} | {day for day in days if of.start < day <= of.end})
    ends = [day - timedelta(days=1) for day in starts[1:]] + [of.end]
    made: list[BoundarySpan] = []
    for start, end in zip(starts, ends, strict=True):
        span = _span(standings, entity, facility, start, end, structure_on or start)
        if made and replace(made[-1], start=start, end=end) == span:
            made[-1] = replace(made[-1], end=end)
        else:
            made.append(span)
    return made


def _span(
    standings: Standings, entity: str | None, facility: str | None, start: date, end: date, on: date
) -> BoundarySpan:
    held = None if facility is None else standings.structure.facility(facility, on)
    company = entity or (held.legal_entity_id if held else None)
    registered = None if company is None else standings.structure.entity(company, on)
    name = held.name if held else (registered.name if registered else "")
    words = sentence("no company and no facility is named: it counts in full")
    standing = standings.of(company, on) if company else Standing(_WHOLE, _WHOLE, GROUP, "reporting company", words, "")
    relation = held.relation if held else "owned"
    placed = _placed(standings.view, standing, relation)
    reason = standing.words
    if held is not None and placed.placement != NOT_HELD:
        reason = joined((reason, sentence(_RELATION_WORDS.get(relation, relation))))
    if held is not None and held.exclusion_reason:
        placed = replace(placed, placement=EXCLUDED)
        reason = sentence("left out: {why}", why=held.exclusion_reason)
    return BoundarySpan(
        company, facility, name, start, end, placed.placement, placed.share, placed.other_share, placed.category,
        placed.iso_category, standing.group if standings.view in SPLIT_VIEWS else GROUP, reason, placed.source, entity,
        held.exclusion_kg if held is not None and held.exclusion_reason else None,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Placed:
    placement: str
    share: Decimal
    other_share: Decimal
    category: int | None
    iso_category: str | None
    source: str


def _placed(view: str, standing: Standing, relation: str) -> _Placed:
    """Where a facility stands, by its company and by how it is held."""
    rule = facility_rule(view, relation)
    if relation == "franchise" and standing.group != GROUP:
        # The company is the franchisee: inside where it counts itself, else Scope 1 and 2 of a franchisee, whole.
        if standing.share:
            return _Placed(INSIDE, standing.share, standing.share, None, None, standing.source)
        return _by_rule(rule, _WHOLE)
    if standing.kind == "third party" and relation not in ("owned", "investment"):
        return _by_rule(rule, _WHOLE)  # it is the company's by contract, whoever it belongs to
    if standing.share:
        placed = _by_rule(rule, standing.share, standing.equity)
        told = [] if relation == "owned" and standing.source else [rule.source]
        return replace(placed, source="; ".join(filter(None, [standing.source, *told])))
    if standing.equity:
        return _by_rule(facility_rule(view, "investment"), standing.equity)
    return _Placed(NOT_HELD, _NOTHING, _NOTHING, None, None, standing.source)


def _by_rule(rule: FacilityRule, share: Decimal, equity: Decimal | None = None) -> _Placed:
    if rule.scope3_category is None:
        return _Placed(INSIDE, share, share, None, None, rule.source)
    if rule.relation == "investment" and equity is not None:
        share = equity
    other = share if rule.other_scope_3 else _NOTHING
    return _Placed(
        f"category_{rule.scope3_category}", share, other, rule.scope3_category, rule.iso_category, rule.source
    )


def _parts(spans: list[BoundarySpan], of: Period) -> Iterable[BoundaryPart]:
    """The parts of one pair: one row for the whole period where nothing changes, else one for each month."""
    if len(spans) == 1:
        return _parts_of_months(spans, of.months[0], of.months[-1])
    return [part for month in of.months for part in _parts_of_months(spans, month, month)]


def _parts_of_months(spans: list[BoundarySpan], first: date, last: date) -> list[BoundaryPart]:
    """Σ(days × share) ÷ days of the month, rounded at 12 decimals over each placement, the rest spread by company."""
    day_count = monthrange(first.year, first.month)[1]
    end = first.replace(day=day_count)
    sums: dict[tuple[str, str, bool], Decimal] = {}
    parts: list[BoundaryPart] = []
    for span in spans:
        days = (min(span.end, end) - max(span.start, first)).days + 1
        if days <= 0:
            continue
        inside = span.scope3_category is None
        for applies, share in (
            ("own", span.share),
            ("upstream", span.share if inside else _NOTHING),
            ("other", span.other_share),
        ):
            if not share:
                continue
            moved = applies == "own" and not inside
            placement = f"category_{span.scope3_category}" if moved else INSIDE
            sort = (applies, placement, span.placement == EXCLUDED)
            before = sums.get(sort, _NOTHING)
            sums[sort] = before + days * share
            counted = _of_month(sums[sort], day_count) - _of_month(before, day_count)
            parts.append(
                BoundaryPart(
                    span.given_entity, span.facility_id, first, last, applies, placement,
                    span.scope3_category if moved else None, span.iso_category if moved else None,
                    span.legal_entity_id, span.group, span.placement == EXCLUDED, counted,
                )
            )  # fmt: skip
    return _joined(parts)


def _of_month(day_shares: Decimal, days: int) -> Decimal:
    return (day_shares / days).quantize(SHARE_PLACES, ROUND_HALF_UP)


def _joined(parts: list[BoundaryPart]) -> list[BoundaryPart]:
    """Parts that differ in nothing but their share, as one."""
    found: dict[BoundaryPart, Decimal] = {}
    for part in parts:
        bare = replace(part, share=_NOTHING)
        found[bare] = found.get(bare, _NOTHING) + part.share
    return [replace(bare, share=share) for bare, share in found.items()]


def in_words(span: BoundarySpan) -> str:
    """Where a span stands, for people: `inside, 50 %`, `Scope 3 category 8, 100 %`, `not held`, `left out`."""
    if span.placement == NOT_HELD:
        return "not held: counts for nothing"
    where = {INSIDE: "inside", EXCLUDED: "left out of"}.get(span.placement, f"Scope 3 category {span.scope3_category}")
    return f"{where}, {percent(span.share)}"


__all__ = [
    "EXCLUDED", "INSIDE", "NOT_HELD", "Boundary", "BoundaryPart", "BoundarySpan", "boundary",
    "in_words",
]  # fmt: skip
