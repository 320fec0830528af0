"""What was issued: when, by whom, of which checkpoint, and whether the ledger has moved since."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from ledger.inventory import Inventory, Period, compile_inventory
from ledger.inventory.exact import exact_difference
from ledger.inventory.periods.life import lives, span_label, view_holds
from ledger.store import Session
from ledger.store.evidence import evidence_folder
from schemas.measures import INVENTORY_MEASURES

APPROVED = ("approved", "closed", "restated")
"""States in which a period's figures are those that someone approved."""
HEADLINES = INVENTORY_MEASURES


@dataclass(frozen=True, slots=True)
class IssuedRow:
    """One row of `issued_report` with its header and its inputs; ``inputs`` is None where they are not kept."""

    entry: str
    batch: int
    report: str
    period: Period
    view: str
    checkpoint_size: int
    checkpoint_root: str
    software_version: str
    template_version: str
    files: dict[str, str]
    inputs: dict[str, Any] | None
    person: str
    recorded_at: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """A headline figure of an issued report that is another now, kg CO2e; None is 'not quantified'."""

    measure: str
    issued_kg: Decimal | None
    now_kg: Decimal | None

    @property
    def difference_kg(self) -> Decimal | None:
        """Now less issued, kg CO2e; None where either is unknown."""
        if self.issued_kg is None or self.now_kg is None:
            return None
        return exact_difference(self.now_kg, self.issued_kg)


@dataclass(frozen=True, slots=True)
class IssuedState:
    """An issued report and what became of it.

    ``state`` is stands, reissued (a later issue takes its place), restated (superseded by a restatement) or moved
    (the figures are others, and no restatement says so). ``moved`` holds the headline figures that differ now,
    ``restated`` the entry of the restatement, ``reissued`` that of the issue that took its place.
    """

    row: IssuedRow
    state: str
    restated: str | None
    reissued: str | None
    moved: tuple[Moved, ...]


def issued_rows(
    s: Session, kind: str | None = None, of: Period | None = None, view: str | None = None
) -> tuple[IssuedRow, ...]:
    """The reports that were issued, in order; of a kind, of exactly these days, of a view."""
    rows = s.rows(
        "select r.batch_no, r.seq, r.report, r.period_start, r.period_end, r.view, r.checkpoint_size, "
        "r.checkpoint_root, r.software_version, r.template_version, r.files, r.inputs_sha256, b.actor, b.recorded_at, "
        "b.reason "
        "from issued_report r join batch b using (batch_no) "
        "where r.report = coalesce(?, r.report) and r.view = coalesce(?, r.view) "
        "and r.period_start = coalesce(?, r.period_start) and r.period_end = coalesce(?, r.period_end) "
        "order by r.batch_no, r.seq",
        [kind, view, of.start if of else None, of.end if of else None],
    )
    return tuple(_row(s, values) for values in rows)


def issued_states(s: Session, period: Period | None = None) -> tuple[IssuedState, ...]:
    """Every issued report (those that share days with a period), and whether the ledger has moved since."""
    rows = [row for row in issued_rows(s)
            if period is None or (row.period.start <= period.end and period.start <= row.period.end)]  # fmt: skip
    read: dict[tuple[Any, ...], Inventory] = {}
    return tuple(_state(s, row, rows, read) for row in rows)


def issued_state(s: Session, row: IssuedRow, rows: Sequence[IssuedRow]) -> IssuedState:
    """What became of one issued report, ``rows`` being all of them."""
    return _state(s, row, rows, {})


def _row(s: Session, values: tuple[Any, ...]) -> IssuedRow:
    batch, seq, report, start, end, view, size, root, software, template, files, inputs, person, at, reason = values
    kept = evidence_folder(s.path) / inputs
    try:
        held = json.loads(kept.read_bytes())
        label = str(held["period"]["label"])
    except (OSError, ValueError, KeyError, TypeError):
        held, label = None, span_label(start, end)
    period = Period(start, end, label)
    return IssuedRow(
        f"B{batch}-{seq}", batch, report, period, view, size, root, software, template, _files(files), held, person, at,
        reason,
    )  # fmt: skip


def _files(text: str) -> dict[str, str]:
    """File names and digests of a row; none where it was not written by us."""
    try:
        held = json.loads(text)
    except ValueError:
        return {}
    return {str(name): str(sha256) for name, sha256 in held.items()} if isinstance(held, dict) else {}


def _state(
    s: Session, row: IssuedRow, rows: Sequence[IssuedRow], read: dict[tuple[Any, ...], Inventory]
) -> IssuedState:
    then = _inventory(s, row, row.checkpoint_size, read)
    now = _inventory(s, row, None, read)
    moved = tuple(
        Moved(name, getattr(then, name), getattr(now, name))
        for name in HEADLINES
        if getattr(then, name) != getattr(now, name)
    )
    later = [other for other in rows if other.batch > row.batch and _same_report(other, row)]
    reissued = later[-1].entry if later else None
    restated = _restated_since(s, row) if moved else None
    if moved:
        return IssuedState(row, "restated" if restated else "moved", restated, reissued, moved)
    return IssuedState(row, "reissued" if later else "stands", None, reissued, ())


def _inventory(s: Session, row: IssuedRow, size: int | None, read: dict[tuple[Any, ...], Inventory]) -> Inventory:
    key = (row.period, row.view, size)
    if key not in read:
        read[key] = compile_inventory(s, row.period, row.view, size)
    return read[key]


def _same_report(one: IssuedRow, two: IssuedRow) -> bool:
    return (one.report, one.period.start, one.period.end, one.view) == (
        two.report, two.period.start, two.period.end, two.view,
    )  # fmt: skip


def _restated_since(s: Session, row: IssuedRow) -> str | None:
    """The entry of the last restatement of these days after the report's checkpoint; None where there is none."""
    found = [
        step
        for life in lives(s)
        if view_holds(life, row.view) and life.start <= row.period.end and row.period.start <= life.end
        for step in life.steps
        if step.event == "restated" and step.batch > row.checkpoint_size
    ]
    return max(found, key=lambda step: step.batch).entry if found else None
