"""Rows that a batch brought for periods that were submitted, approved or closed, and what follows from them."""

from __future__ import annotations

from datetime import date

from ledger.errors import Finding
from ledger.inventory.codes import told
from ledger.inventory.periods.life import Life, changed_since, lives
from ledger.plain import grouped_amount
from ledger.store import Session

_MONTHS = """
select distinct coalesce(a.month, c.month), a.legal_entity_id from activity a
left join activity_slice c on a.month is null and c.activity_batch = a.batch_no and c.activity_seq = a.seq
where a.batch_no = ?
"""
_ROWS = """
select count(distinct a.seq) from activity a
left join activity_slice c on a.month is null and c.activity_batch = a.batch_no and c.activity_seq = a.seq
where a.batch_no = $batch and list_contains($months, coalesce(a.month, c.month))
  and ($entity is null or a.legal_entity_id = $entity)
"""


def settled_rows(s: Session, batch_no: int) -> tuple[Finding, ...]:
    """What a batch's activities mean for periods that were submitted: an info for each that they fall in.

    A month counts to the narrowest closed period over it, which gives its pin. A period that was submitted or approved
    is named where its figures are no longer those that the step spoke of. Makes temp tables `pin` and `posted` anew.
    """
    known = lives(s, batch_no)
    if not known:
        return ()
    left = {(month, entity) for month, entity in s.rows(_MONTHS, [batch_no]) if month is not None}
    found = []
    for life in sorted((life for life in known if life.is_closed), key=lambda life: life.end - life.start):
        own = {(month, entity) for month, entity in left if _holds(life, month, entity)}
        if own:
            found.append(_closed(life, _count(s, batch_no, life, sorted({month for month, _ in own}))))
            left -= own
    touched = [life for life in known if any(_holds(life, *one) for one in left)]
    return (*found, *(_open_again(life) for life in touched if changed_since(s, life, batch_no)))


def _holds(life: Life, month: date, entity: str | None) -> bool:
    return life.start <= month <= life.end and life.legal_entity_id in (None, entity)


def _count(s: Session, batch_no: int, life: Life, months: list[date]) -> int:
    given = {"batch": batch_no, "months": months, "entity": life.legal_entity_id}
    return int(s.one(_ROWS, given)[0])


def _closed(life: Life, rows: int) -> Finding:
    fall, count = ("1 row falls", "it counts") if rows == 1 else (f"{grouped_amount(rows)} rows fall", "they count")
    return told("closed-period", fall=fall, count=count, period=_whose(life), label=life.period.label)


def _open_again(life: Life) -> Finding:
    return told("period-open-again", period=_whose(life), event=life.event, label=life.period.label)


def _whose(life: Life) -> str:
    return life.period.label + ("" if life.legal_entity_id is None else f" of {life.legal_entity_id}")
