"""Whether the life of each period holds: its steps in their order, by two people, and the figures they speak of.

Figures are made from rows, slices, allocations and choices as they stood at the pin of each step, by statements and
pins of this module alone; then the canonical text (docs/periods.md) and its SHA-256.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Any

from ledger.assurance.verification import Faults
from ledger.plain import plain_amount
from ledger.store import Session
from ledger.store.schema import amount_name
from ledger.store.tables.choice import AMOUNTS_PER_UNIT

_AFTER = {
    "submitted": (None, "submitted", "approved"),
    "approved": ("submitted",),
    "closed": ("approved",),
    "restated": ("closed", "restated"),
}
"""Which event may come after which in one period."""
_ROLES = {
    "submitted": ("preparer", "admin"),
    "approved": ("reviewer", "admin"),
    "closed": ("reviewer", "admin"),
    "restated": ("reviewer", "admin"),
}
"""Who might take which step in batches of schema version 1; of later ones the checks of roles say it."""
_CUTS = ("legal_entity_id", "facility_id", "book", "scope", "method", "scope3_category")
_AMOUNTS = tuple(amount_name(name) for name in AMOUNTS_PER_UNIT)


@dataclass(frozen=True, slots=True)
class PeriodStep:
    """A step in the life of a period as its row and header have it; ``pin`` is in batches, ``digest`` hex."""

    batch_no: int
    seq: int
    start: date
    end: date
    view: str
    entity: str | None
    event: str
    digest: str | None
    pin: int | None
    actor: str
    role: str
    version: int = 0

    @property
    def entry(self) -> str:
        """The row's id."""
        return f"B{self.batch_no}-{self.seq}"

    @property
    def of(self) -> tuple[date, date, str, str | None]:
        """Days, view and entity: what has a life."""
        return (self.start, self.end, self.view, self.entity)

    @property
    def told(self) -> str:
        """Its days, entity and view in words."""
        whose = f" of {self.entity}" if self.entity else ""
        return f"{self.start} to {self.end}{whose} ({self.view})"


def check_periods(s: Session, since: int, faults: Faults) -> None:
    """Every step after ``since``: its place in the life of its period, who took it, and the digest of its figures."""
    events = period_steps(s)
    single = _single_person(s)
    before: dict[tuple[Any, ...], list[PeriodStep]] = {}
    for place, event in enumerate(events):
        own = before.setdefault(event.of, [])
        if event.batch_no > since:
            _check_step(event, own, faults)
            _check_second_person(s, event, own, events[:place], single, faults)
        own.append(event)
    wanted = [event for event in events if event.batch_no > since and event.digest is not None and event.pin]
    if wanted:
        make_counted(s, wanted)
    for event in wanted:
        if figures_digest(s, event, events) != event.digest:
            words = f"the figures of {event.told} at its pin {event.pin} do not give the digest recorded with it"
            faults.add("period-digest", f"{event.entry}: {words}", entry=event.entry)


def make_month_pins(s: Session, size: int | None = None) -> None:
    """Temp table `month_pin`: up to which batch the rows of a month and entity count in every view, where it closed.

    It is as the ledger stood at a size (number of batches; None: now).
    """
    events = [event for event in period_steps(s) if event.view == "all" and event.event in ("closed", "restated")]
    events = [event for event in events if size is None or event.batch_no <= size]
    pairs = s.rows("select distinct month, legal_entity_id from period_total") if events else []
    rows = [(month, entity, _pin_of(month, entity, events)) for month, entity in pairs]
    s.run("create or replace temp table month_pin (month date, legal_entity_id varchar, pin bigint)")
    for row in rows:
        if row[2] is not None:
            s.run("insert into month_pin values (?, ?, ?)", row)


def period_steps(s: Session) -> list[PeriodStep]:
    """Every step of every period, in order."""
    rows = s.rows(
        "select e.batch_no, e.seq, e.period_start, e.period_end, e.view, e.legal_entity_id, e.event, e.figures_sha256, "
        "e.pin_batch, coalesce(b.actor, ''), coalesce(b.role, ''), coalesce(b.schema_version, 0) "
        "from period_event e left join batch b using (batch_no) order by e.batch_no, e.seq"
    )
    return [PeriodStep(*row) for row in rows]


def _single_person(s: Session) -> list[tuple[int, str]]:
    """The setting by which one person may do both, batch by batch."""
    rows = s.rows("select batch_no, value from setting where name = 'single_person' order by batch_no, seq")
    return [(row[0], row[1]) for row in rows]


def _check_step(event: PeriodStep, earlier: list[PeriodStep], faults: Faults) -> None:
    last = earlier[-1] if earlier else None
    wrong = []
    if event.event not in _AFTER:
        wrong.append(f"there is no step '{event.event}'")
    elif (last.event if last else None) not in _AFTER[event.event]:
        wrong.append(f"it was {event.event} after it was {last.event if last else 'open'}")
    elif event.version <= 1 and event.role not in _ROLES[event.event]:
        wrong.append(f"it was {event.event} by a {event.role or 'nobody'}")
    if event.digest is None or event.pin is None or event.pin >= event.batch_no:
        wrong.append(f"it was {event.event} without a digest of its figures at an earlier pin")
    elif event.event in ("approved", "closed") and last is not None and last.digest != event.digest:
        wrong.append(f"the figures that were {event.event} are not those that were {last.event}")
    for words in wrong:
        faults.add("period-order", f"{event.entry}: {event.told}: {words}", entry=event.entry)


def _check_second_person(
    s: Session,
    event: PeriodStep,
    earlier: list[PeriodStep],
    before: list[PeriodStep],
    single: list[tuple[int, str]],
    faults: Faults,
) -> None:
    """Nobody approves what they submitted or, since schema version 2, entered; ``before`` are the events until then."""
    if event.event != "approved":
        return
    submitted = next((step for step in reversed(earlier) if step.event == "submitted"), None)
    if submitted is not None and submitted.actor == event.actor:
        words = "by who had submitted it"
    elif event.version > 1 and (batches := _entered_by(s, event, before)):
        words = f"by who had entered rows of it (batch {', '.join(str(batch) for batch in batches[:5])})"
    else:
        return
    words = f"{event.entry}: the period {event.start} to {event.end} was approved {words}"
    on = [value for batch_no, value in single if batch_no <= event.batch_no]
    if on and on[-1] == "on":
        words += ", as the setting single_person allows"
        faults.add("approval-single", words, severity="info", entry=event.entry)
    else:
        faults.add("approval-own", words, entry=event.entry)


def _entered_by(s: Session, event: PeriodStep, before: list[PeriodStep]) -> list[int]:
    """The batches before an approval by which its person entered rows of months that had not closed by then."""
    closed = [step for step in before if step.event in ("closed", "restated") and step.view in (event.view, "all")]
    rows = s.rows(
        """
        with entered as (
            select batch_no, month, legal_entity_id from activity where month is not null
            union all
            select c.batch_no, c.month, a.legal_entity_id
            from activity_slice c join activity a on a.batch_no = c.activity_batch and a.seq = c.activity_seq)
        select distinct e.batch_no, e.month, e.legal_entity_id from entered e join batch b using (batch_no)
        where b.actor = $actor and e.batch_no < $batch and e.month between $start and $end
          and ($entity::varchar is null or e.legal_entity_id = $entity)
        """,
        {
            "actor": event.actor, "batch": event.batch_no, "start": event.start, "end": event.end,
            "entity": event.entity,
        },
    )  # fmt: skip
    return sorted({batch_no for batch_no, month, entity in rows if _pin_of(month, entity, closed) is None})


def _pin_of(
    month: date, entity: str | None, events: list[PeriodStep], whole: tuple[date, date] | None = None
) -> int | None:
    """The pin of the narrowest closed period over a month and entity, that also holds the days ``whole``; or None."""
    latest: dict[tuple[Any, ...], PeriodStep] = {}
    for event in events:
        if event.start <= month <= event.end and event.entity in (None, entity):
            latest[event.of] = event
    held = [e for e in latest.values() if whole is None or (e.start <= whole[0] and whole[1] <= e.end)]
    held.sort(key=lambda e: (e.end - e.start, e.entity is None))
    return (held[0].pin or held[0].batch_no) if held else None


def make_counted(s: Session, wanted: list[PeriodStep]) -> None:
    """Temp table `counted`: quantity and signed rows by batch, month, place and key, from the rows themselves."""
    bounds = {
        "first": min(event.start for event in wanted).replace(day=1), "last": max(event.end for event in wanted),
    }  # fmt: skip
    s.run(
        """
        create or replace temp table counted as
        select batch_no, month, legal_entity_id, facility_id, key_no, instrument_id, allocated,
               sum(quantity)::decimal(38,6) as quantity, sum(n) as n
        from (
            select batch_no, month, legal_entity_id, facility_id, key_no, null::varchar as instrument_id,
                   false as allocated, quantity, if(reverses_batch is null, 1, -1) as n
            from activity where month between $first and $last
            union all
            select c.batch_no, c.month, a.legal_entity_id, a.facility_id, c.key_no, null, false, c.quantity,
                   if(a.reverses_batch is null, 1, -1)
            from activity_slice c join activity a on a.batch_no = c.activity_batch and a.seq = c.activity_seq
            where c.month between $first and $last
            union all
            select batch_no, month, legal_entity_id, facility_id, key_no, instrument_id, true,
                   (sign * quantity)::decimal(18,6), 0 from allocation where month between $first and $last
            union all
            select batch_no, month, legal_entity_id, facility_id, key_no, null, true,
                   (-sign * quantity)::decimal(18,6), 0 from allocation where month between $first and $last)
        group by all
        """,
        bounds,
    )


def counted_as_of(s: Session, start: date, end: date, view: str, size: int) -> None:
    """Temp tables `counted` and `event_pin`: what counts in a period and view as the ledger stood at a size."""
    asked = PeriodStep(size, 0, start, end, view, None, "asked", None, size, "", "", 0)
    make_counted(s, [asked])
    make_step_pins(s, asked, period_steps(s))


def make_step_pins(s: Session, event: PeriodStep, events: list[PeriodStep]) -> None:
    """Temp table `event_pin`: up to which batch the step read each month and entity, rows and instruments."""
    known = [
        other
        for other in events
        if other.event in ("closed", "restated")
        and other.batch_no <= event.batch_no
        and other.view in (event.view, "all")
    ]
    pairs = s.rows(
        "select distinct month, legal_entity_id from counted where month between ? and ? "
        "and (?::varchar is null or legal_entity_id = ?)",
        [event.start, event.end, event.entity, event.entity],
    )
    _fill_event_pins(s, pairs, known, (event.start, event.end), event.pin or 0)


def make_event_pins_at(s: Session, start: date, end: date, view: str, size: int) -> None:
    """Temp table `event_pin`: up to which batch the months of a period are read in a view as the ledger stood then."""
    known = [
        event
        for event in period_steps(s)
        if event.event in ("closed", "restated") and event.batch_no <= size and event.view in (view, "all")
    ]
    pairs = s.rows(
        "select month, legal_entity_id from activity where month between $first and $last union "
        "select c.month, a.legal_entity_id from activity_slice c "
        "join activity a on a.batch_no = c.activity_batch and a.seq = c.activity_seq "
        "where c.month between $first and $last union "
        "select month, legal_entity_id from allocation where month between $first and $last",
        {"first": start.replace(day=1), "last": end},
    )
    _fill_event_pins(s, pairs, known, (start, end), size)


def _fill_event_pins(
    s: Session, pairs: list[tuple[Any, ...]], known: list[PeriodStep], whole: tuple[date, date], open_pin: int
) -> None:
    columns = "month date, legal_entity_id varchar, pin bigint, allocation_pin bigint"
    s.run(f"create or replace temp table event_pin ({columns})")
    for month, entity in pairs:
        pin = _pin_of(month, entity, known) or open_pin
        s.run("insert into event_pin values (?, ?, ?, ?)",
              [month, entity, pin, _pin_of(month, entity, known, whole) or open_pin])  # fmt: skip


class Digests:
    """Digests of the figures that are asked for, each made once: many sign-offs and reports speak of the same."""

    def __init__(self, s: Session, events: list[PeriodStep]) -> None:
        self._s, self._events = s, events
        self._made: dict[tuple[Any, ...], str] = {}

    def of(self, asked: PeriodStep) -> str:
        """The SHA-256 of the figures of a step at its pin, made anew from the rows."""
        key = (*asked.of, asked.batch_no, asked.pin)
        if key not in self._made:
            make_counted(self._s, [asked])
            self._made[key] = figures_digest(self._s, asked, self._events)
        return self._made[key]


def figures_digest(s: Session, event: PeriodStep, events: list[PeriodStep]) -> str:
    """The SHA-256 of the figures of a step, made anew."""
    import rfc8785

    make_step_pins(s, event, events)
    cuts = ", ".join(_CUTS)
    amounts = ", ".join(
        f"sum((sign * quantity * {name}::decimal(20,12))::decimal(38,18)) as {name}" for name in AMOUNTS_PER_UNIT
    )
    rows = s.rows(
        f"""
        select {cuts}, sum(sign * n)::bigint,
               coalesce(sum(sign * n) filter (where total_co2e_kg_per_unit is null), 0)::bigint, {amounts}
        from (
            select q.legal_entity_id, q.facility_id, q.quantity, q.n, c.* exclude (batch_no, seq)
            from counted q
            join event_pin p on p.month = q.month and p.legal_entity_id is not distinct from q.legal_entity_id
            join choice c on c.key_no = q.key_no and c.instrument_id is not distinct from q.instrument_id
            where q.batch_no <= if(q.allocated, p.allocation_pin, p.pin)
              and c.batch_no <= if(c.instrument_id is null, p.pin, greatest(p.pin, p.allocation_pin))
              and (not q.allocated or (c.method = 'market' and c.line = 'energy')))
        group by {cuts} order by {", ".join(f"{cut} nulls first" for cut in _CUTS)}
        """
    )
    figures = []
    for row in rows:
        told = {
            name: plain_amount(kg) for name, kg in zip(_AMOUNTS, row[len(_CUTS) + 2 :], strict=True) if kg is not None
        }
        lines, gaps = row[len(_CUTS) : len(_CUTS) + 2]
        if lines or gaps or set(told.values()) - {"0"}:
            place = dict(zip(_CUTS, row, strict=False))
            figures.append({**place, "rows": lines, "rows_not_quantified": gaps, "amounts": told})
    document: dict[str, Any] = {
        "form": 1, "period_start": event.start.isoformat(), "period_end": event.end.isoformat(), "view": event.view,
        "legal_entity_id": event.entity, "figures": figures,
    }  # fmt: skip
    return hashlib.sha256(rfc8785.dumps(document)).hexdigest()
