"""Engagements as the ledger holds them: what a verifier was asked, in every version, and whether materiality follows.

Level, criteria and materiality are settled before the work (ISO 14064-3, ISSA 5000; docs/auditors.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, localcontext

from ledger.assurance.verification import Faults
from ledger.errors import Misuse
from ledger.inventory.compile import compile_inventory
from ledger.inventory.measures import measure_kg
from ledger.inventory.period import Period
from ledger.inventory.periods.life import span_label
from ledger.inventory.posted import VIEWS
from ledger.store import Session
from schemas.measures import MEASURE_PARTS

LEVELS = ("limited", "reasonable")
"""Levels of assurance."""
_PLACES = Decimal("1e-18")


@dataclass(frozen=True, slots=True)
class EngagementTold:
    """A version of an engagement; the one that was recorded last is in force.

    ``materiality_pct`` is of ``basis_kg``: the measure of the period under the view at ``basis_size`` batches; both are
    None where materiality was stated in kg. All masses are kg CO2e. ``person`` is a pseudonym, ``entry`` the row.
    """

    engagement_id: str
    level: str
    criteria: str
    start: date
    end: date
    view: str
    measure: str
    materiality_pct: Decimal | None
    basis_kg: Decimal | None
    basis_size: int | None
    materiality_kg: Decimal
    performance_materiality_kg: Decimal
    clearly_trivial_kg: Decimal | None
    note: str | None
    withdrawn: bool
    entry: str
    batch: int
    person: str
    recorded_at: datetime
    reason: str | None

    @property
    def period(self) -> Period:
        """Its days, labelled as people write them."""
        return Period(self.start, self.end, span_label(self.start, self.end))


_VERSIONS = """
select e.engagement_id, e.level, e.criteria, e.period_start, e.period_end, e.view, e.measure, e.materiality_pct,
       e.basis_kg, e.basis_size, e.materiality_kg, e.performance_materiality_kg, e.clearly_trivial_kg, e.note,
       e.withdrawn, concat('B', e.batch_no, '-', e.seq), e.batch_no, b.actor, b.recorded_at, b.reason
from engagement e join batch b using (batch_no)
where e.batch_no <= coalesce($size, e.batch_no) and e.engagement_id = coalesce($id, e.engagement_id)
order by e.batch_no, e.seq
"""


def engagement_versions(
    s: Session, engagement_id: str | None = None, size: int | None = None
) -> tuple[EngagementTold, ...]:
    """Every version of an engagement (of all when None) in the order of the ledger, as it stood at a size."""
    return tuple(EngagementTold(*row) for row in s.rows(_VERSIONS, {"id": engagement_id, "size": size}))


def engagements_in_force(s: Session, size: int | None = None) -> tuple[EngagementTold, ...]:
    """The engagements that stand, each in its last version, as the ledger stood at a size (now when None)."""
    last = {told.engagement_id: told for told in engagement_versions(s, size=size)}
    return tuple(told for told in last.values() if not told.withdrawn)


def engagement_named(s: Session, engagement_id: str, size: int | None = None) -> EngagementTold:
    """The engagement in force under an id. Raises Misuse where there is none."""
    found = {told.engagement_id: told for told in engagements_in_force(s, size)}
    if engagement_id not in found:
        known = "engagements: " + ", ".join(found) if found else "an auditor records one: ghg review engagement E1 …"
        raise Misuse(f"there is no engagement '{engagement_id}'", known)
    return found[engagement_id]


def share_kg(basis_kg: Decimal, pct: Decimal) -> Decimal:
    """A per cent of a mass, kg, rounded once at the 18th decimal, half away from zero; never below zero."""
    with localcontext() as context:
        context.prec = 80
        return (abs(basis_kg) * pct / 100).quantize(_PLACES, ROUND_HALF_UP)


def check_engagements(s: Session, since: int, faults: Faults) -> None:
    """Each version after ``since``: its words, the order of its thresholds, and materiality from its own basis."""
    for told in engagement_versions(s):
        if told.batch <= since:
            continue
        for words in _wrong(s, told):
            faults.add("engagement-wrong", f"{told.entry}: engagement {told.engagement_id}: {words}", entry=told.entry)


def _wrong(s: Session, told: EngagementTold) -> list[str]:
    wrong = []
    if told.level not in LEVELS:
        wrong.append(f"there is no level '{told.level}'")
    if told.measure not in MEASURE_PARTS or told.view not in VIEWS:
        wrong.append(f"there is no {told.measure} under {told.view}")
    if not told.performance_materiality_kg < told.materiality_kg:
        wrong.append("performance materiality is not below materiality")
    if told.clearly_trivial_kg is not None and not told.clearly_trivial_kg <= told.performance_materiality_kg:
        wrong.append("what is clearly trivial is above performance materiality")
    if len({part is None for part in (told.materiality_pct, told.basis_kg, told.basis_size)}) > 1:
        wrong.append("per cent, basis and its size do not stand together")
    elif told.materiality_pct is not None and told.basis_kg is not None and not wrong:
        wrong += _wrong_basis(s, told, told.materiality_pct, told.basis_kg)
    return wrong


def _wrong_basis(s: Session, told: EngagementTold, pct: Decimal, basis: Decimal) -> list[str]:
    if share_kg(basis, pct) != told.materiality_kg:
        return [f"{pct} % of its basis is not {told.materiality_kg} kg"]
    if told.basis_size is None or told.basis_size >= told.batch:
        return ["its basis was read at a size that the ledger had not reached"]
    figure = measure_kg(compile_inventory(s, told.period, told.view, told.basis_size), told.measure)
    if figure != basis:
        return [f"its basis is {basis} kg, where {told.measure} was {figure} kg at {told.basis_size} batches"]
    return []
