"""The life of a period as acts of people: submit, approve, close, restate; each recorded as a batch of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger.book.second_person import check_not_own_rows, check_second_person
from ledger.book.verbs.book import Book
from ledger.calculation.policy import policy
from ledger.calculation.recalculation import plan_allotment, record_recalculation
from ledger.errors import Misuse
from ledger.inventory.period import Period
from ledger.inventory.periods.late import ReceivedAfterClose, received_after_close
from ledger.inventory.periods.life import ALL_VIEWS, Life, changed_since, lives, state_of
from ledger.inventory.periods.restatement import REASONS, Restatement, planned_restatement, restatements
from ledger.inventory.periods.sealed import figures_digest, sealed_text
from ledger.inventory.posted import VIEWS, make_pins
from ledger.store import Session, Writing, append, as_arrow, latest_checkpoint, session
from ledger.store.identity import person_called
from ledger.store.tables import PeriodEvent
from ledger.tabular import Tabular

_NEEDS = {"submitted": "open", "approved": "submitted", "closed": "approved"}


@dataclass(frozen=True, slots=True)
class PeriodState(Tabular):
    """Where a period stands: state, the last step with who took it and when, its pin and digest, and what came late.

    ``changed`` says that its figures moved after it was submitted or approved, which makes it open again. Persons
    are pseudonyms.
    """

    period: Period
    view: str
    legal_entity_id: str | None
    state: str
    changed: bool
    person: str
    recorded_at: datetime
    batch: int
    pin: int
    figures_sha256: str | None
    received_after_close: ReceivedAfterClose | None
    single_person: bool
    steps: tuple[Any, ...] = ()


def stepped(ledger: Book, text: str, event: str, view: str, entity: str | None, note: str) -> PeriodState:
    """Submit, approve or close a period; see :class:`ledger.book.Ledger`."""
    with session(ledger.path, "write") as s:
        act = ledger._act(s, "period", step=event, reason=note or None)  # noqa: SLF001 — one facade in two files
        of = ledger._period(s, text)  # noqa: SLF001 — as above
        _check_view_and_entity(s, view, entity)
        known = lives(s)
        life = _same(known, of, view, entity)
        size = latest_checkpoint(s).size
        _check_place(s, event, of, life, known, (view, entity), size)
        if event == "approved" and life is not None:
            check_second_person(s, act.actor, ledger.actor, life)
        row = _row(of, view, entity, event, figures_digest(s, of, view, entity, size), size, note)
        append(s, act, lambda writing: _record(writing, [row]))
        made = _same(lives(s), of, view, entity)
        if made is None:
            raise AssertionError("the step that was recorded is not there")
        return _told(s, made, latest_checkpoint(s).size)


def restated(
    ledger: Book, text: str, reason: str, note: str, view: str, entity: str | None, *, check: bool
) -> tuple[Restatement, ...]:
    """State closed periods anew; see :meth:`ledger.book.Ledger.restate`."""
    if reason not in REASONS:
        raise Misuse(f"'{reason}' is not a reason to restate", "take one of: " + ", ".join(REASONS))
    if not check and not note.strip():
        raise Misuse("a restatement needs an explanation", "say with --note what a reader of both figures must know")
    with session(ledger.path, "write") as s:
        act = None if check else ledger._act(s, "restatement")  # noqa: SLF001 — one facade in two files
        of = ledger._period(s, text)  # noqa: SLF001 — as above
        _check_view_and_entity(s, view, entity)
        found = restatable(s, of, view, entity)
        if act is None:
            return would_be_restated(s, ledger, found, (reason, note))
        check_not_own_rows(s, act.actor, ledger.actor, found)
        if not any(_moves(s, life, found) for life in found):
            return would_be_restated(s, ledger, found, (reason, note))
        batch = record_restatement(s, ledger, found, f"{reason}: {note}")
        return tuple(told for told in restatements(s, view=policy(s).consolidation) if told.batch == batch)


def restatable(s: Session, of: Period, view: str, entity: str | None) -> tuple[Life, ...]:
    """The closed periods that a restatement of these days states anew: those within, and those that hold them.

    Raises Misuse where none is closed.
    """
    known = [life for life in lives(s) if life.is_closed and life.speaks_for(view, entity)]
    found = [life for life in known if _within(life, of) or life.covers(of.start, of.end)]
    spans = [(life.start, life.end) for life in found]
    found += [life for life in known if life not in found and any(life.covers(*span) for span in spans)]
    if not found:
        raise Misuse(
            f"nothing of {of.label} is closed", "what is open takes every row at once; ghg status shows every period"
        )
    return tuple(found)


def would_be_restated(
    s: Session, ledger: Book, found: tuple[Life, ...], reason: tuple[str, str]
) -> tuple[Restatement, ...]:
    """What a restatement of these periods would say, instruments allotted as it would; all of it is rolled back."""
    size, keys = latest_checkpoint(s).size, [life.key for life in found]
    who, view = person_called(ledger.path, ledger.actor), policy(s).consolidation
    s.run("begin transaction")
    try:
        if _plan_allotment(s, found, size):
            record_recalculation(Writing(s, size + 1), "check")
            s.run(  # a batch that never was: nothing of it stays
                "insert into batch select * replace (batch_no + 1 as batch_no, 'check' as idempotency_key, "
                "'check' as previous_head) from batch where batch_no = ?",
                [size],
            )
            size += 1
        return tuple(planned_restatement(s, life, size, keys, view, who, reason) for life in found)
    finally:
        s.run("rollback")


def record_restatement(s: Session, ledger: Book, found: tuple[Life, ...], why: str, more: Any = None) -> int:
    """One batch that moves the pin of every one of these periods to now; gives its number.

    Where late rows are about to count, instruments are allotted over them first, in a batch of its own. ``more`` puts
    further rows into the batch.
    """
    if _plan_allotment(s, found, latest_checkpoint(s).size):
        told = f"instruments allotted for a restatement: {why}"
        act = ledger._act(s, "calculation", reason=told)  # noqa: SLF001 — one facade in two files
        append(s, act, lambda writing: record_recalculation(writing, told))
    size = latest_checkpoint(s).size
    keys = [life.key for life in found]
    rows = []
    for life in found:
        digest = figures_digest(s, life.period, life.view, life.legal_entity_id, size, released=keys)
        rows.append(_row(life.period, life.view, life.legal_entity_id, "restated", digest, size, why))

    def fill(writing: Writing) -> None:
        _record(writing, rows)
        if more is not None:
            more(writing)

    return append(s, ledger._act(s, "restatement", reason=why), fill).batch_no  # noqa: SLF001 — one facade


def period_states(ledger: Book, text: str | None) -> tuple[PeriodState, ...]:
    """Every period that was ever submitted, or those that share days with one; see :meth:`Ledger.status`."""
    with session(ledger.path) as s:
        of = None if text is None else ledger._period(s, text)  # noqa: SLF001 — one facade in two files
        size = latest_checkpoint(s).size
        found = [life for life in lives(s) if of is None or (life.start <= of.end and of.start <= life.end)]
        return tuple(_told(s, life, size) for life in found)


def sealed_figures(ledger: Book, text: str, view: str, entity: str | None) -> bytes:
    """The canonical figures of a period's last step, whose SHA-256 it records; see docs/periods.md."""
    with session(ledger.path) as s:
        of = ledger._period(s, text)  # noqa: SLF001 — one facade in two files
        life = _same(lives(s), of, view, entity)
        if life is None:
            raise Misuse(f"{of.label} was never submitted", "ghg status shows every period, with its view and entity")
        last = life.steps[-1]
        size = last.batch if life.is_closed else last.pin
        return sealed_text(s, life.period, view, entity, size)


def _told(s: Session, life: Life, size: int) -> PeriodState:
    changed = changed_since(s, life, size)
    last = life.steps[-1]
    late = None
    if life.is_closed:
        make_pins(s, life.period, life.view, size)
        late = received_after_close(s, size, life.legal_entity_id)
    approved = life.step("approved")
    submitted = life.step("submitted")
    single = bool(approved and submitted and approved.person == submitted.person)
    return PeriodState(
        life.period, life.view, life.legal_entity_id, "open" if changed else life.event, changed, last.person,
        last.recorded_at, last.batch, last.pin, last.figures_sha256, late, single, life.steps,
    )  # fmt: skip


def _moves(s: Session, life: Life, found: tuple[Life, ...]) -> bool:
    """Whether the figures of a period would be others."""
    size, keys = latest_checkpoint(s).size, [other.key for other in found]
    digest = figures_digest(s, life.period, life.view, life.legal_entity_id, size, released=keys)
    return digest != life.steps[-1].figures_sha256


def _plan_allotment(s: Session, found: tuple[Life, ...], size: int) -> bool:
    """Whether late rows are about to count over which instruments are to be allotted anew; it is planned then."""
    late = False
    for life in found:
        make_pins(s, life.period, life.view, size)
        late = late or received_after_close(s, size, life.legal_entity_id) is not None
    return late and any(plan_allotment(s, [life.key for life in found]).values())


def _within(life: Life, of: Period) -> bool:
    return of.start <= life.start and life.end <= of.end


def _same(known: tuple[Life, ...], of: Period, view: str, entity: str | None) -> Life | None:
    span = (of.start, of.end, view, entity)
    return next((life for life in known if (life.start, life.end, life.view, life.legal_entity_id) == span), None)


def _row(of: Period, view: str, entity: str | None, event: str, digest: str, size: int, why: str) -> dict[str, Any]:
    return {
        "period_start": of.start, "period_end": of.end, "view": view, "legal_entity_id": entity, "event": event,
        "figures_sha256": digest, "pin_batch": size, "reason": why or None,
    }  # fmt: skip


def _record(writing: Writing, rows: list[dict[str, Any]]) -> None:
    writing.insert_rows(PeriodEvent, as_arrow(PeriodEvent, rows))


def _check_view_and_entity(s: Session, view: str, entity: str | None) -> None:
    if view not in (ALL_VIEWS, *VIEWS):
        raise Misuse(f"the view '{view}' is not computed", "take one of: " + ", ".join((ALL_VIEWS, *VIEWS)))
    if entity is not None and not s.rows("select 1 from legal_entity where legal_entity_id = ? limit 1", [entity]):
        names = s.rows("select distinct legal_entity_id from legal_entity order by 1 limit 10")
        raise Misuse(f"'{entity}' is not a legal entity of this ledger", "entities: " + ", ".join(n for (n,) in names))


def _check_place(
    s: Session,
    event: str,
    of: Period,
    life: Life | None,
    known: tuple[Life, ...],
    whose: tuple[str, str | None],
    size: int,
) -> None:
    """The step is the next one of this period. Raises Misuse that says what to do otherwise."""
    state = "open" if life is None else state_of(s, life, size)
    if life is not None and life.is_closed:
        raise Misuse(
            f"{of.label} is {state} already",
            f"rows that came since count after: ghg restate {of.label} --reason CODE --note TEXT",
        )
    if state == _NEEDS[event]:
        _check_overlaps(of, known, whose)
        _check_not_empty(s, of, whose[1])
        return
    if life is not None and state == "open":
        raise Misuse(
            f"{of.label} changed after it was {life.event} and is open again",
            f"see ghg status {of.label}, then submit what it now says: ghg submit {of.label}",
        )
    step = {"open": "submit", "submitted": "approve", "approved": "close"}[state]
    whom = ", as another person than the one who submitted it" if step == "approve" else ""
    words = "not submitted yet" if state == "open" else f"{state} already" if event != "closed" else state
    other = _named_otherwise(of, known, whose)
    raise Misuse(f"{of.label} is {words}, so it cannot be {event}", f"next: ghg {step} {of.label}{whom}{other}")


def _named_otherwise(of: Period, known: tuple[Life, ...], whose: tuple[str, str | None]) -> str:
    """A hint where the same days were submitted under another view or entity."""
    others = [life for life in known if (life.start, life.end) == (of.start, of.end)]
    others = [life for life in others if (life.view, life.legal_entity_id) != whose]
    if not others:
        return ""
    first = others[0]
    entity = f" --entity {first.legal_entity_id}" if first.legal_entity_id else ""
    return f"; it was {first.event} with --view {first.view}{entity}"


def _check_overlaps(of: Period, known: tuple[Life, ...], whose: tuple[str, str | None]) -> None:
    """Closed periods lie within each other or apart: the longer one is closed last, or its parts would move it."""
    for life in known:
        apart = life.end < of.start or of.end < life.start
        same = (life.start, life.end, life.view, life.legal_entity_id) == (of.start, of.end, *whose)
        if not life.is_closed or same or apart or not life.speaks_for(*whose):
            continue
        shorter = (life.start, life.end) != (of.start, of.end)
        if _within(life, of) and (shorter or (whose[1] is None and life.legal_entity_id is not None)):
            continue
        entity = f", entity {life.legal_entity_id}" if life.legal_entity_id else ""
        raise Misuse(
            f"{life.period.label} (view {life.view}{entity}) is {life.event} and shares days with {of.label}",
            "close periods beside it, or one that holds it whole; what came since counts after ghg restate",
        )


def _check_not_empty(s: Session, of: Period, entity: str | None) -> None:
    held = s.one(
        "select count(*) from period_total where month between ? and ? and (?::varchar is null or legal_entity_id = ?)",
        [of.start, of.end, entity, entity],
    )[0]
    if not held:
        whose = f" of {entity}" if entity else ""
        raise Misuse(
            f"the ledger holds no activity{whose} in {of.label}", "upload its data first, or name another period"
        )
