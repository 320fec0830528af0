"""The second person: nobody approves what they prepared, and nobody lets rows count that they entered late.

Preparing a period is submitting it, or having entered rows that its approval covers. Who acts is told by their id
alone: a role given since changes nothing, and one human under two names cannot be told from two.
"""

from __future__ import annotations

from ledger.calculation.policy import policy
from ledger.errors import Refused, RefusedAct
from ledger.inventory.periods.life import Life
from ledger.inventory.posted import make_pins
from ledger.store import Session, latest_checkpoint

_ALONE = "where there is nobody else: ghg setting set single_person on --reason …, which every figure then says"


def check_second_person(s: Session, person: str, name: str, life: Life) -> None:
    """Raises Refused where a person prepared the period that they are about to approve."""
    if policy(s).single_person:
        return
    submitted = life.step("submitted")
    words = None
    if submitted is not None and submitted.person == person:
        words = f"'{name}' submitted {life.period.label} and may not approve it"
    elif entered := _entered(s, person, life):
        batches = ", ".join(str(batch) for batch in entered[:_SHOWN]) + (" …" if len(entered) > _SHOWN else "")
        words = f"'{name}' entered rows of {life.period.label} (batch {batches}) and may not approve it"
    if words is not None:
        raise Refused(
            words,
            f"have it approved by another person (ghg person add NAME --role reviewer); {_ALONE}",
            code="approval-own",
            act=RefusedAct("period", person, {"code": "approval-own", "step": "approved", "period": life.key}),
        )


def check_not_own_rows(s: Session, person: str, name: str, found: tuple[Life, ...]) -> None:
    """Raises Refused where a person entered what came after the close and would now let it count."""
    if policy(s).single_person:
        return
    start, end = min(life.start for life in found), max(life.end for life in found)
    first = min(life.steps[-1].pin for life in found)
    entered = s.rows(
        "select distinct b.actor from batch b join period_total t using (batch_no) where b.batch_no > ? "
        "and t.month between ? and ? and not t.allocated",
        [first, start, end],
    )
    if (person,) in entered:
        raise Refused(
            f"'{name}' entered rows that this restatement would count and may not restate them",
            f"have it restated by another reviewer; ghg restate … --check shows what it would do; {_ALONE}",
            code="restatement-own",
            act=RefusedAct(
                "restatement", person, {"code": "restatement-own", "period": " ".join(life.key for life in found)}
            ),
        )


def _entered(s: Session, person: str, life: Life) -> list[int]:
    """The batches of a person whose rows count in a period for the first time: months that closed before stay apart.

    Makes temp table `pin` anew.
    """
    make_pins(s, life.period, life.view, latest_checkpoint(s).size)
    rows = s.rows(
        "select distinct b.batch_no from batch b join period_total t using (batch_no) "
        "join pin p on p.month = t.month and p.legal_entity_id is not distinct from t.legal_entity_id "
        "where b.actor = $person and not t.allocated and not p.closed and t.month between $start and $end "
        "and ($entity::varchar is null or t.legal_entity_id = $entity) order by 1",
        {"person": person, "start": life.start, "end": life.end, "entity": life.legal_entity_id},
    )
    return [row[0] for row in rows]


_SHOWN = 5
