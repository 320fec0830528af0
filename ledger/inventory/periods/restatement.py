"""Restatements: what a closed period said before and says after, why, and who stood for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext

from ledger.inventory.compile import Inventory, compile_inventory
from ledger.inventory.period import Period
from ledger.inventory.periods.late import ReceivedAfterClose
from ledger.inventory.periods.life import ALL_VIEWS, Life, Step, lives
from ledger.store import Session
from schemas.measures import SCOPE_MEASURES

_TOTALS = ("total_location", "total_market")
REASONS = ("error", "late_data", "factor", "method", "structure", "instrument", "base_year", "other")
"""Reason codes of a restatement."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure before and after, kg CO2e: a measure of the inventory, or `scope_3/category=6`; None is unknown."""

    measure: str
    old_kg: Decimal | None
    new_kg: Decimal | None

    @property
    def difference_kg(self) -> Decimal | None:
        """New less old, kg CO2e, an unknown one taken as nothing; None where both are unknown."""
        if self.old_kg is None and self.new_kg is None:
            return None
        with localcontext() as context:
            context.prec = 60  # differences of 38 digits, whole
            return (self.new_kg or Decimal(0)) - (self.old_kg or Decimal(0))


@dataclass(frozen=True, slots=True)
class Restatement:
    """A closed period stated anew; with ``batch`` None it is what a restatement now would do.

    Figures are those of ``figures_view``, kg CO2e; persons are pseudonyms. ``before`` is the step whose figures stood
    until then, ``old_at`` and ``new_at`` the sizes for `ghg inventory --at` that give both.
    """

    period: Period
    view: str
    legal_entity_id: str | None
    figures_view: str
    batch: int | None
    reason_code: str
    note: str
    before: Step
    person: str
    recorded_at: datetime | None
    old_at: int
    new_at: int | None
    figures_sha256: str | None
    lines: tuple[Difference, ...]
    received: ReceivedAfterClose | None

    @property
    def changes(self) -> bool:
        """Whether any figure differs."""
        return any(line.difference_kg for line in self.lines)


def restatements(
    s: Session, of: Period | None = None, view: str = "operational_control", size: int | None = None
) -> tuple[Restatement, ...]:
    """Every restatement of the periods within one (of all when None), in the order of the ledger.

    ``view`` is the one that figures are shown in where a period was closed for all.
    """
    made = []
    for life in lives(s, size):
        if of is not None and not of.start <= life.start <= life.end <= of.end:
            continue
        for before, step in zip(life.steps, life.steps[1:], strict=False):
            if step.event == "restated":
                made.append(_recorded(s, life, before, step, view))
    return tuple(sorted(made, key=lambda told: (told.new_at or 0, told.period.start)))


def _recorded(s: Session, life: Life, before: Step, step: Step, view: str) -> Restatement:
    shown = figures_view(life, view)
    old = compile_inventory(s, life.period, shown, before.batch)
    new = compile_inventory(s, life.period, shown, step.batch)
    received = compile_inventory(s, life.period, shown, step.pin).received_after_close
    code, _, note = (step.reason or "").partition(": ")
    return Restatement(
        life.period, life.view, life.legal_entity_id, shown, step.batch, code, note, before, step.person,
        step.recorded_at, before.batch, step.batch, step.figures_sha256, differences(old, new), received,
    )  # fmt: skip


def planned_restatement(
    s: Session, life: Life, size: int, released: Sequence[str], view: str, person: str, reason: tuple[str, str]
) -> Restatement:
    """What a restatement of a period would say, at a size, with the ``released`` periods stated anew together."""
    shown = figures_view(life, view)
    old = compile_inventory(s, life.period, shown, size)
    new = compile_inventory(s, life.period, shown, size, released=released)
    return Restatement(
        life.period, life.view, life.legal_entity_id, shown, None, *reason, life.steps[-1], person,
        None, life.steps[-1].batch, None, None, differences(old, new), old.received_after_close,
    )  # fmt: skip


def figures_view(life: Life, view: str) -> str:
    """The view that the figures of a period are shown in: its own, or the one asked for where it is of all."""
    return view if life.view == ALL_VIEWS else life.view


def differences(old: Inventory, new: Inventory) -> tuple[Difference, ...]:
    """Two inventories side by side: the scopes, each category of Scope 3 that either has, and the two totals."""
    made = [Difference(measure, getattr(old, measure), getattr(new, measure)) for measure in SCOPE_MEASURES]
    for category, kg in old.scope_3_categories.items():
        after = new.scope_3_categories[category]
        if kg is not None or after is not None:
            made.append(Difference(f"scope_3/category={category}", kg, after))
    made += [Difference(measure, getattr(old, measure), getattr(new, measure)) for measure in _TOTALS]
    return tuple(made)
