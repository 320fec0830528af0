"""Whether sign-offs hold: bound to the root and the figures there were, by who might; and whether they still stand.

Figures are made anew by the statements that remake those of periods (:mod:`ledger.assurance.checks.periods`), roots
from the log as it was hashed; rows, choices and steps say who prepared what.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from ledger.assurance.checks.chain import Log
from ledger.assurance.checks.periods import (
    Digests,
    PeriodStep,
    make_counted,
    make_step_pins,
    period_steps,
)
from ledger.assurance.reviewing.engagements import engagement_versions
from ledger.assurance.reviewing.open_matters import open_matters
from ledger.assurance.reviewing.review import Thread, review_threads
from ledger.assurance.reviewing.sign_off import SignOffTold, sign_off_text, sign_offs
from ledger.assurance.signed.signed_text import text_and_signatures, text_holds
from ledger.assurance.verification import Faults
from ledger.inventory.period import Period
from ledger.plain import plain_amount
from ledger.store import Session, ledger_origin
from ledger.store.session import side_folder

_CONCLUSIONS = ("unmodified", "qualified", "adverse", "disclaimer")
_READY = ("approved", "closed", "restated")
_SHOWN = 8
_ENTERED = """with entered as (
            select batch_no, key_no from activity where month between $first and $last
            union all select batch_no, key_no from activity_slice where month between $first and $last
            union all select batch_no, key_no from allocation where month between $first and $last
        )"""
"""SQL: the rows and allocations of some months, with their keys."""
_TOUCHES = """exists (from entered e where e.batch_no = b.batch_no)
            or exists (from choice c where c.batch_no = b.batch_no and c.key_no in (select key_no from entered))
            or exists (from period_event p where p.batch_no = b.batch_no and p.period_start <= $last
                       and p.period_end >= $first)"""
"""SQL: whether batch `b` has to do with those months by its rows, its choices, or a step of their period."""


def check_sign_offs(s: Session, log: Log, since: int, auditor_key: str | None, faults: Faults) -> None:
    """Every sign-off after ``since``; whether one is void is told of all, whenever it was given."""
    told = sign_offs(s)
    if not told:
        return
    steps = period_steps(s)
    digests = Digests(s, steps)

    @cache
    def unsettled(of: Period, size: int) -> list[Thread]:
        return [thread for thread in review_threads(s, of=of, size=size) if thread.is_unsettled]

    for one in told:
        if one.batch > since:
            _check_bound(log, one, digests, faults)
            for words in _broken_rules(s, one, steps, unsettled):
                faults.add("sign-off-rule", f"{one.entry}: {words}", entry=one.entry)
            _check_signature(s, one, auditor_key, faults)
        if one.checkpoint_size < log.size:
            _check_standing(s, log, one, steps, digests, faults)


def _asked(one: SignOffTold, size: int) -> PeriodStep:
    """The period of a sign-off as a step that reads its figures at a size."""
    return PeriodStep(
        batch_no=size, seq=0, start=one.start, end=one.end, view=one.view, entity=one.legal_entity_id, event="asked",
        digest=None, pin=size, actor="", role="",
    )  # fmt: skip


def _check_bound(log: Log, one: SignOffTold, digests: Digests, faults: Faults) -> None:
    """Root and figures are those at its size."""
    wrong = []
    if not 1 <= one.checkpoint_size < one.batch or one.checkpoint_size > log.size:
        wrong.append(f"it is bound to {one.checkpoint_size} batches, which were not there before it")
    else:
        if log.roots[one.checkpoint_size] != one.checkpoint_root:
            wrong.append(f"the root at {one.checkpoint_size} batches is not the one that was signed off")
        if digests.of(_asked(one, one.checkpoint_size)) != one.figures_sha256:
            wrong.append(f"the figures at {one.checkpoint_size} batches do not give the digest that was signed off")
    for words in wrong:
        faults.add("sign-off-digest", f"{one.entry}: {words}", entry=one.entry)


def _broken_rules(
    s: Session, one: SignOffTold, steps: list[PeriodStep], unsettled: Callable[[Period, int], list[Thread]]
) -> list[str]:
    """What an auditor may not have done: of which engagement, on which figures, on whose work, with what open."""
    wrong = []
    if one.conclusion not in _CONCLUSIONS or not one.statement.strip():
        wrong.append(f"it concludes '{one.conclusion}', or says nothing")
    if one.role != "auditor":
        wrong.append(f"it was given by a {one.role or 'nobody'}")
    held = s.rows(
        "select level, view, period_start, period_end, withdrawn from engagement "
        "where engagement_id = ? and batch_no < ? order by batch_no desc, seq desc limit 1",
        [one.engagement_id, one.batch],
    )
    if not held or held[0][4]:
        wrong.append(f"there was no engagement {one.engagement_id}")
    elif held[0][:2] != (one.level, one.view) or not held[0][2] <= one.start <= one.end <= held[0][3]:
        wrong.append(f"level, view or period are not those of engagement {one.engagement_id}")
    if unready := [month for month in _months(one) if not _is_ready(s, one, month, steps)]:
        wrong.append(f"{unready[0]:%Y-%m} was not approved at {one.checkpoint_size} batches")
    if prepared := _prepared(s, one):
        listed = ", ".join(str(number) for number in prepared[:_SHOWN])
        wrong.append(f"who gave it had prepared what it rests on (batch {listed})")
    still = unsettled(one.period, one.checkpoint_size)
    if len(still) != one.open_findings or (still and not (one.despite or "").strip()):
        said = f"it says {one.open_findings}, despite {one.despite or 'nothing'}"
        wrong.append(f"{len(still)} findings were open; {said}")
    return wrong + _untold(s, one)


def _untold(s: Session, one: SignOffTold) -> list[str]:
    """What was not settled in the engagement at its size and does not stand in what was signed."""
    held = [told for told in engagement_versions(s, one.engagement_id) if told.batch < one.batch]
    matters = open_matters(s, held[-1], one.period, one.checkpoint_size) if held else ()
    return [f"it does not tell {words}" for words in matters if words not in (one.despite or "")]


def _months(one: SignOffTold) -> list[date]:
    months, month = [], one.start.replace(day=1)
    while month <= one.end:
        months.append(month)
        month = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return months


def _is_ready(s: Session, one: SignOffTold, month: date, steps: list[PeriodStep]) -> bool:
    """Whether a month was approved, as a whole or by each company that has data in it, in a period that holds it."""
    last: dict[tuple[Any, ...], PeriodStep] = {}
    for step in steps:
        if step.batch_no <= one.checkpoint_size and step.start <= month <= step.end and step.view in (one.view, "all"):
            last[step.of] = step
    ready = {step.entity for step in last.values() if step.event in _READY}
    if None in ready:
        return True
    if one.legal_entity_id is not None:
        return one.legal_entity_id in ready
    held = s.rows(
        "select distinct legal_entity_id from period_total where month = ? and batch_no <= ?",
        [month, one.checkpoint_size],
    )
    return bool(held) and {entity for (entity,) in held} <= ready


def _prepared(s: Session, one: SignOffTold) -> list[int]:
    """The batches by which the auditor had prepared rows, choices, steps, registers, factors or policies."""
    months = _months(one)
    rows = s.rows(
        f"""
        {_ENTERED}
        select batch_no from batch b where b.actor = $person and b.batch_no < $batch and (
            {_TOUCHES}
            or exists (from holding h where h.batch_no = b.batch_no)
            or exists (from facility f where f.batch_no = b.batch_no)
            or exists (from legal_entity l where l.batch_no = b.batch_no)
            or exists (from instrument i where i.batch_no = b.batch_no)
            or exists (from emission_factor f where f.batch_no = b.batch_no)
            or exists (from setting t where t.batch_no = b.batch_no and t.name <> 'signing_key'))
        order by 1
        """,
        {"person": one.person, "batch": one.batch, "first": months[0], "last": months[-1]},
    )
    return [number for (number,) in rows]


def _check_signature(s: Session, one: SignOffTold, auditor_key: str | None, faults: Faults) -> None:
    """The signed text is that of the row, and the key that the verifier brings signed it."""
    if one.signed_sha256 is None:
        return
    kept = side_folder(s.path, "evidence") / one.signed_sha256
    if not kept.is_file():
        return  # told with the evidence
    content = kept.read_bytes()
    text, signatures = text_and_signatures(content)
    words = None
    if text != _text(s, one) or not signatures:
        words = "the text that was signed is not what the row says"
    elif auditor_key is None:
        names = ", ".join(name for name, _ in signatures)
        told = f"{one.entry} carries a signature of {names}, which no key was given to check"
        faults.add("sign-off-unchecked", told, severity="info", entry=one.entry)
    elif not text_holds(content, auditor_key):
        words = "the key that was given did not sign it"
    if words is not None:
        faults.add("sign-off-signature", f"{one.entry}: {words}", entry=one.entry)


def _text(s: Session, one: SignOffTold) -> bytes:
    criteria = s.rows(
        "select criteria from engagement where engagement_id = ? and batch_no < ? order by batch_no desc, seq desc",
        [one.engagement_id, one.batch],
    )
    names = (
        "engagement_id", "view", "legal_entity_id", "level", "conclusion", "checkpoint_size", "checkpoint_root",
        "figures_sha256", "open_findings", "despite", "statement",
    )  # fmt: skip
    row = {name: getattr(one, name) for name in names} | {"period_start": one.start, "period_end": one.end}
    return sign_off_text(ledger_origin(s), row, criteria[0][0] if criteria else "")


def _check_standing(
    s: Session, log: Log, one: SignOffTold, steps: list[PeriodStep], digests: Digests, faults: Faults
) -> None:
    """Void where the figures are no longer those that it speaks of: which batches followed, by whom, what moved."""
    asked = _asked(one, log.size)
    if digests.of(asked) == one.figures_sha256:
        return
    make_counted(s, [asked])
    after = _totals(s, asked, steps)
    before = _totals(s, _asked(one, one.checkpoint_size), steps)
    moved = [
        f"{label} {'+' if difference > 0 else ''}{plain_amount(difference)} kg"
        for label in sorted(after.keys() | before.keys())
        if (difference := after.get(label, Decimal(0)) - before.get(label, Decimal(0)))
    ]
    what = ", ".join(moved) or "facilities or lines within the same totals"
    by = _followed(s, one)
    words = f"{one.entry}: the sign-off of {one.period.label} in {one.engagement_id} is void, {what} since: {by}"
    faults.add("sign-off-void", words, severity="warning", entry=one.entry)


def _totals(s: Session, asked: PeriodStep, steps: list[PeriodStep]) -> dict[str, Decimal]:
    """Kg CO2e by scope and method, every facility whole, as a step reads them; table `counted` is there."""
    make_step_pins(s, asked, steps)
    rows = s.rows(
        """
        select concat('scope ', c.scope, if(c.method in ('location', 'market'), ' ' || c.method, '')),
               sum((c.sign * q.quantity * c.total_co2e_kg_per_unit::decimal(20,12))::decimal(38,18))
        from counted q
        join event_pin p on p.month = q.month and p.legal_entity_id is not distinct from q.legal_entity_id
        join choice c on c.key_no = q.key_no and c.instrument_id is not distinct from q.instrument_id
        where c.book = 'inventory' and q.batch_no <= if(q.allocated, p.allocation_pin, p.pin)
          and c.batch_no <= if(c.instrument_id is null, p.pin, greatest(p.pin, p.allocation_pin))
          and (not q.allocated or (c.method = 'market' and c.line = 'energy'))
        group by 1 having sum(c.total_co2e_kg_per_unit) is not null
        """
    )
    return dict(rows)


def _followed(s: Session, one: SignOffTold) -> str:
    """The batches after it that have to do with its period, with who recorded them."""
    months = _months(one)
    rows = s.rows(
        f"""
        {_ENTERED}
        select b.batch_no, b.kind, b.actor from batch b where b.batch_no > $size and (
            {_TOUCHES})
        order by 1
        """,
        {"first": months[0], "last": months[-1], "size": one.checkpoint_size},
    )
    shown = ", ".join(f"batch {number} ({kind}) by {actor}" for number, kind, actor in rows[:_SHOWN])
    return shown + (f" and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else "")
