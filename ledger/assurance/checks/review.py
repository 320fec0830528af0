"""Whether the review holds: each remark is about something that was there, follows an earlier one, and was allowed.

Statements of this module alone: it shares none with the code that records or lists remarks.
"""

from __future__ import annotations

from typing import Any

from ledger.assurance.verification import Faults, tell
from ledger.calculation.policy import policy
from ledger.errors import Misuse
from ledger.inventory import figure, period
from ledger.inventory.posted import VIEWS
from ledger.store import Session

_KINDS = ("entry", "batch", "figure", "period", "finding")
_EVENTS = ("finding", "request", "comment", "answer", "resolved", "accepted", "reopened", "tick")
_MARKS = (
    "agreed", "recomputed", "footed", "traced", "factor", "cutoff", "inspected", "confirmed", "inquired", "exception",
)  # fmt: skip


def check_review(s: Session, since: int, faults: Faults) -> None:
    """Every remark after ``since``."""
    _check_places(s, since, faults)
    _check_threads(s, since, faults)
    _check_words(s, since, faults)
    for batch_no, seq, kind, about in s.rows(
        "select batch_no, seq, about_kind, about from review_event "
        "where about_kind in ('figure', 'period') and batch_no > ? order by 1, 2",
        [since],
    ):
        _check_figure_or_period(batch_no, seq, (kind, about), faults)
    _check_settlers(s, since, faults)


def _check_places(s: Session, since: int, faults: Faults) -> None:
    """What is about an entry, a batch or a warning: it is there, and came before."""
    tell(
        s, "review-reference",
        f"""
        with placed as (
            select batch_no, seq, about_kind, about,
                   try_cast(regexp_extract(about, '^B(\\d+)', 1) as bigint) as at_batch,
                   try_cast(regexp_extract(about, '^B\\d+-(\\d+)$', 1) as bigint) as at_seq
            from review_event where about_kind in ('entry', 'batch', 'finding') and batch_no > {since}
        )
        select p.batch_no, p.seq, p.about_kind, p.about
        from placed p
        left join batch b on b.batch_no = p.at_batch and b.batch_no < p.batch_no
             and (p.about_kind = 'batch' or p.at_seq between 1 and b.entry_count)
        left join finding f on f.batch_no = p.at_batch and f.seq = p.at_seq
        where b.batch_no is null or (p.about_kind = 'finding' and f.seq is null)
           or p.about <> concat('B', p.at_batch, if(p.about_kind = 'batch', '', concat('-', p.at_seq)))
        """,
        "a remark about {0} {1}, which was not there", faults,
    )  # fmt: skip
    tell(
        s, "review-reference",
        f"""
        select e.batch_no, e.seq, e.engagement_id from review_event e
        where e.engagement_id is not null and e.batch_no > {since}
          and not exists (from engagement n where n.engagement_id = e.engagement_id and n.batch_no < e.batch_no)
        """,
        "a remark in engagement {0}, which was not there", faults,
    )  # fmt: skip


def _check_threads(s: Session, since: int, faults: Faults) -> None:
    """What follows names the first remark of a thread, an earlier one about the same; what opens one names none."""
    tell(
        s, "review-reference",
        f"""
        select e.batch_no, e.seq, e.event, coalesce(e.thread_batch, 0), coalesce(e.thread_seq, 0)
        from review_event e
        left join review_event o on o.batch_no = e.thread_batch and o.seq = e.thread_seq and o.batch_no < e.batch_no
             and o.thread_batch is null and o.event in ('finding', 'request', 'comment')
             and o.about = e.about and o.about_kind = e.about_kind
        where e.batch_no > {since} and case
            when e.event in ('answer', 'resolved', 'accepted', 'reopened') then o.seq is null
            when e.event = 'comment' then o.seq is null and (e.thread_batch is not null or e.thread_seq is not null)
            else e.thread_batch is not null or e.thread_seq is not null end
        """,
        "this {0} follows B{1}-{2}, which opened no thread about the same", faults,
    )  # fmt: skip


def _check_words(s: Session, since: int, faults: Faults) -> None:
    """Kinds, events and tick marks are those that there are; a remark has words; who is asked is known."""
    listed = {name: ", ".join(f"'{word}'" for word in words)
              for name, words in (("kinds", _KINDS), ("events", _EVENTS), ("marks", _MARKS))}  # fmt: skip
    tell(
        s, "review-rule",
        f"""
        select batch_no, seq, event, coalesce(tick_mark, 'nothing'), about_kind from review_event
        where batch_no > {since} and (event not in ({listed["events"]}) or about_kind not in ({listed["kinds"]})
              or (event = 'tick') <> (tick_mark is not null) or coalesce(tick_mark not in ({listed["marks"]}), false)
              or (event <> 'tick' and coalesce(trim(text), '') = ''))
        """,
        "there is no {0} of {1} on a {2}, or it says nothing", faults,
    )  # fmt: skip
    tell(
        s, "review-reference",
        f"""
        select e.batch_no, e.seq, e.asked from review_event e
        where e.asked is not null and e.batch_no > {since}
          and not exists (from person p where p.person_id = e.asked and p.batch_no < e.batch_no)
        """,
        "{0} is asked, who was no person of this ledger", faults,
    )  # fmt: skip


def _check_figure_or_period(batch_no: int, seq: int, what: tuple[str, str], faults: Faults) -> None:
    entry, (kind, about) = f"B{batch_no}-{seq}", what
    try:
        if kind == "period":
            there = ".." in about and bool(period(about))
        else:
            named = figure(about)
            there = named.view in VIEWS and named.size < batch_no and bool(period(named.period))
    except Misuse:
        there = False
    if not there:
        faults.add("review-reference", f"{entry}: a remark about {kind} {about}, which was not there", entry=entry)


def _prepared(s: Session, actor: str, kind: str, about: str, before: int) -> bool:
    """Whether a person had, before a batch, entered rows of the days of a period or figure, or submitted them."""
    try:
        of = period(about) if kind == "period" else period(figure(about).period, policy(s).fiscal_month)
    except Misuse:
        return False  # told as a reference
    return bool(
        s.one(
            """
            select exists (
                select 1 from batch b join activity a using (batch_no)
                where b.actor = $actor and batch_no < $before and a.period_start <= $end and a.period_end >= $start
            ) or exists (
                select 1 from batch b join period_event p using (batch_no)
                where b.actor = $actor and batch_no < $before and p.event = 'submitted' and p.period_start <= $end
                  and p.period_end >= $start
            )
            """,
            {"actor": actor, "before": before, "start": of.start, "end": of.end},
        )[0]
    )


def _check_settlers(s: Session, since: int, faults: Faults) -> None:
    """What was settled was open, and was settled by whoever opened it or an auditor or reviewer who was not asked."""
    opened: dict[tuple[int, int], tuple[str, str | None, str, tuple[str, str] | None]] = {}
    state: dict[tuple[int, int], str] = {}
    rows: list[tuple[Any, ...]] = s.rows(
        """
        select e.batch_no, e.seq, e.event, e.thread_batch, e.thread_seq, b.actor, b.role,
               coalesce(e.asked, case when e.about_kind in ('entry', 'batch', 'finding') then r.actor end),
               e.about_kind, e.about
        from review_event e join batch b using (batch_no)
        left join batch r on r.batch_no = try_cast(regexp_extract(e.about, '^B(\\d+)', 1) as bigint)
        where e.event in ('finding', 'request', 'comment', 'resolved', 'accepted', 'reopened')
        order by e.batch_no, e.seq
        """
    )
    for batch_no, seq, event, thread_batch, thread_seq, actor, role, asked, *about in rows:
        thread = (thread_batch, thread_seq)
        if thread_batch is None:
            days = (about[0], about[1]) if asked is None and about[0] in ("period", "figure") else None
            opened[batch_no, seq] = (actor, asked, event, days)
        if thread not in opened or event == "comment":
            continue
        opener, whom, kind, days = opened[thread]
        allowed = actor == opener or (
            role in ("auditor", "reviewer") and actor != whom
            and not (days is not None and batch_no > since and _prepared(s, actor, *days, batch_no))
        )  # fmt: skip
        follows = (event == "reopened") == (state.get(thread, "reopened") != "reopened")
        state[thread] = event
        if batch_no > since and not (allowed and follows and kind != "comment"):
            words = "by who was asked" if not allowed else "although it stood so" if follows is False else "a comment"
            told = f"B{batch_no}-{seq}: B{thread_batch}-{thread_seq} was {event} {words}"
            faults.add("review-rule", told, entry=f"B{batch_no}-{seq}")
    tell(
        s, "review-rule",
        f"""
        select e.batch_no, e.seq, concat('B', e.finding_batch, '-', e.finding_seq), e.state
        from finding_event e join batch b using (batch_no)
        asof join (select f.*, h.role from finding_event f join batch h using (batch_no)) before
             on before.finding_batch = e.finding_batch and before.finding_seq = e.finding_seq
             and before.batch_no < e.batch_no
        where e.batch_no > {since} and before.state = 'reopened' and before.role in ('auditor', 'reviewer')
          and b.role not in ('auditor', 'reviewer')
        """,
        "{0} was opened again in a review, and was {1} by another than an auditor or a reviewer", faults,
    )  # fmt: skip
