"""The life of a period: open, submitted, approved, closed, restated; told from its events, never stored as a state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ledger.inventory.period import Period
from ledger.inventory.periods.sealed import figures_digest
from ledger.store import Session

ALL_VIEWS = "all"
CLOSED = ("closed", "restated")
_RANK = {"open": 0, "submitted": 1, "approved": 2, "closed": 3, "restated": 3}
_QUARTER, _HALF, _YEAR = 3, 6, 12


@dataclass(frozen=True, slots=True)
class Step:
    """One event in the life of a period: what, by whom, when, and the figures it speaks of.

    ``pin`` is the size of the ledger (batches) at which those figures are read, ``figures_sha256`` their digest
    (:mod:`ledger.inventory.periods.sealed`), ``entry`` the row that records it.
    """

    event: str
    batch: int
    entry: str
    person: str
    role: str
    recorded_at: datetime
    pin: int
    figures_sha256: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Life:
    """A period of one view (or all) and one legal entity (or the whole), with everything that happened to it."""

    start: date
    end: date
    view: str
    legal_entity_id: str | None
    steps: tuple[Step, ...]

    @property
    def event(self) -> str:
        """The last event."""
        return self.steps[-1].event

    @property
    def is_closed(self) -> bool:
        """Whether its figures are read at a pin."""
        return self.event in CLOSED

    @property
    def key(self) -> str:
        """The name by which statements know it."""
        return f"{self.start}|{self.end}|{self.view}|{self.legal_entity_id or ''}"

    @property
    def period(self) -> Period:
        """Its days, labelled as people write them."""
        return Period(self.start, self.end, span_label(self.start, self.end))

    def step(self, event: str) -> Step | None:
        """The last step of a kind; None where there was none."""
        return next((step for step in reversed(self.steps) if step.event == event), None)

    def covers(self, start: date, end: date) -> bool:
        """Whether all these days are in it."""
        return self.start <= start and end <= self.end

    def speaks_for(self, view: str, legal_entity_id: str | None) -> bool:
        """Whether it is of a view (or one of the two is of all) and of an entity (or one of the two is the whole)."""
        same_view = ALL_VIEWS in (view, self.view) or view == self.view
        same_entity = None in (legal_entity_id, self.legal_entity_id) or legal_entity_id == self.legal_entity_id
        return same_view and same_entity


def lives(s: Session, size: int | None = None) -> tuple[Life, ...]:
    """Every period that was ever submitted, as the ledger stood at a size (now when None), by days."""
    return s.once(("lives", size), lambda: _lives(s, size))


def _lives(s: Session, size: int | None) -> tuple[Life, ...]:
    rows = s.rows(
        "select e.period_start, e.period_end, e.view, e.legal_entity_id, e.event, e.batch_no, e.seq, b.actor, b.role, "
        "b.recorded_at, coalesce(e.pin_batch, e.batch_no), e.figures_sha256, e.reason "
        "from period_event e join batch b using (batch_no) where e.batch_no <= coalesce(?, e.batch_no) "
        "order by e.period_start, e.period_end, e.view, e.legal_entity_id nulls first, e.batch_no, e.seq",
        [size],
    )
    steps: dict[tuple[date, date, str, str | None], list[Step]] = {}
    for start, end, view, entity, event, batch_no, seq, *rest in rows:
        step = Step(event, batch_no, f"B{batch_no}-{seq}", *rest)
        steps.setdefault((start, end, view, entity), []).append(step)
    return tuple(Life(*span, tuple(own)) for span, own in steps.items())


def changed_since(s: Session, life: Life, size: int) -> bool:
    """Whether the figures of a submitted or approved period are no longer those that the step spoke of.

    Makes temp tables `pin` and `posted` anew.
    """
    told = life.steps[-1].figures_sha256
    if told is None or life.event not in ("submitted", "approved"):
        return False
    return figures_digest(s, life.period, life.view, life.legal_entity_id, size) != told


def state_of(s: Session, life: Life, size: int) -> str:
    """Its state: the last event, but open again where its figures changed after it was submitted or approved."""
    return "open" if changed_since(s, life, size) else life.event


def period_status(s: Session, of: Period, view: str, size: int) -> str:
    """The state of a period: that of its least settled month; restated where all are closed and one was restated.

    A month is as settled as the most settled period over it; where only some entities closed it, as the least of those
    that have data in it. Makes temp tables `pin` and `posted` anew where something is submitted or approved.
    """
    found = [life for life in lives(s, size) if life.speaks_for(view, None) and view_holds(life, view)]
    found = [life for life in found if life.start <= of.end and of.start <= life.end]
    if not found:
        return "open"
    state = {life.key: state_of(s, life, size) for life in found}
    of_months = [_month_state(s, month, size, found, state) for month in of.months]
    least = min(of_months, key=lambda told: (_RANK[told], told == "restated"))
    return "restated" if least == "closed" and "restated" in of_months else least


def view_holds(life: Life, view: str) -> bool:
    """Whether what happened to the period counts in a view."""
    return life.view in (view, ALL_VIEWS)


def _month_state(s: Session, month: date, size: int, found: list[Life], state: dict[str, str]) -> str:
    last = _months_on(month, 1) - timedelta(days=1)
    over = [life for life in found if life.covers(month, last)]
    whole = [state[life.key] for life in over if life.legal_entity_id is None]
    best = _most_settled(whole)
    if best in CLOSED or len(whole) == len(over):
        return best
    entities = [
        row[0]
        for row in s.rows(
            "select distinct legal_entity_id from period_total where month = ? and batch_no <= ?", [month, size]
        )
    ]
    of_entities = [
        _most_settled([state[life.key] for life in over if life.legal_entity_id in (None, entity)])
        for entity in entities
    ]
    return min(of_entities, key=_RANK.__getitem__, default=best)


def _most_settled(states: list[str]) -> str:
    return max(states, key=lambda told: (_RANK[told], told == "restated"), default="open")


def span_label(start: date, end: date) -> str:
    """Days as people write a period: 2026, 2026-H1, 2026-Q1, 2026-03, or both days."""
    if start.day == 1 and (end + timedelta(days=1)).day == 1:
        months = (end.year - start.year) * _YEAR + end.month - start.month + 1
        if months == 1:
            return f"{start:%Y-%m}"
        if months == _QUARTER and start.month % _QUARTER == 1:
            return f"{start.year}-Q{start.month // _QUARTER + 1}"
        if months == _HALF and start.month in (1, 7):
            return f"{start.year}-H{1 if start.month == 1 else 2}"
        if months == _YEAR and start.month == 1:
            return str(start.year)
    return f"{start}..{end}"


def _months_on(day: date, count: int) -> date:
    months = day.year * 12 + day.month - 1 + count
    return date(months // 12, months % 12 + 1, 1)
