"""Rows that a batch brought for periods that were submitted, approved or closed, and what follows from them."""

from __future__ import annotations

from datetime import date

from ledger.errors import Finding
from ledger.inventory.codes import told
from ledger.inventory.periods.life import Life, changed_since, lives
from ledger.plain import grouped_amount
from ledger.store import Session

_RECORDED = """
select a.seq, coalesce(a.month, c.month) as month, a.legal_entity_id from activity a
left join activity_slice c on a.month is null and c.activity_batch = a.batch_no and c.activity_seq = a.seq
where a.batch_no = $batch
"""
_STAGED = """
select t.seq, coalesce(t.month, c.month) as month, t.legal_entity_id from stage t
left join stage_slice c on t.month is null and c.seq = t.seq
"""


def settled_rows(s: Session, batch_no: int) -> tuple[Finding, ...]:
    """What a batch's activities mean for periods that were submitted: an info for each that they fall in.

    A month counts to the narrowest closed period over it, which gives its pin. A period that was submitted or approved
    is named where its figures are no longer those that the step spoke of. Makes temp tables `pin` and `posted` anew.
    """
    known = lives(s, batch_no)
    if not known:
        return ()
    s.run(f"create or replace temp table fallen as {_RECORDED}", {"batch": batch_no})
    found, touched = _fallen(s, known)
    return (*found, *(_open_again(life) for life in touched if changed_since(s, life, batch_no)))


def settled_if_recorded(s: Session) -> tuple[Finding, ...]:
    """The same of the rows that lie in view `stage` and table `stage_slice`, before they are recorded."""
    known = lives(s)
    if not known:
        return ()
    s.run(f"create or replace temp table fallen as {_STAGED}")
    found, touched = _fallen(s, known)
    return (*found, *(_open_again(life) for life in touched if life.event in ("submitted", "approved")))


def _fallen(s: Session, known: tuple[Life, ...]) -> tuple[list[Finding], list[Life]]:
    """Of the rows in temp table `fallen` what the closed periods take, and the periods that the others fall in."""
    left = {(month, entity) for month, entity in s.rows("select distinct month, legal_entity_id from fallen") if month}
    found = []
    for life in sorted((life for life in known if life.is_closed), key=lambda life: life.end - life.start):
        own = {(month, entity) for month, entity in left if _holds(life, month, entity)}
        if own:
            found.append(_closed(life, _count(s, life, sorted({month for month, _ in own}))))
            left -= own
    return found, [life for life in known if any(_holds(life, *one) for one in left)]


def _holds(life: Life, month: date, entity: str | None) -> bool:
    return life.start <= month <= life.end and life.legal_entity_id in (None, entity)


def _count(s: Session, life: Life, months: list[date]) -> int:
    counted = (
        "select count(distinct seq) from fallen where list_contains($months, month) "
        "and ($entity is null or legal_entity_id = $entity)"
    )
    return int(s.one(counted, {"months": months, "entity": life.legal_entity_id})[0])


def _closed(life: Life, rows: int) -> Finding:
    fall, count = ("1 row falls", "it counts") if rows == 1 else (f"{grouped_amount(rows)} rows fall", "they count")
    return told("closed-period", fall=fall, count=count, period=_whose(life), label=life.period.label)


def _open_again(life: Life) -> Finding:
    return told("period-open-again", period=_whose(life), event=life.event, label=life.period.label)


def _whose(life: Life) -> str:
    return life.period.label + ("" if life.legal_entity_id is None else f" of {life.legal_entity_id}")
