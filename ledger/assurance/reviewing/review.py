"""The review as the ledger holds it: threads of remarks with their state, tick marks, and who may settle what.

A thread is opened by a finding, a request or a comment; answers and comments follow in it. A finding or a request is
open until it is settled: resolved, or accepted as it stands; it can be opened again. Settled it is by whoever
opened it, or by someone who acts as auditor or reviewer and is not one of those being asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from ledger.assurance.reviewing.about import About, about_recorded
from ledger.inventory.period import Period
from ledger.store import Session

OPENING = ("finding", "request", "comment")
"""What opens a thread; a comment alone asks for nothing and is never open."""
SETTLING = ("resolved", "accepted", "reopened")
"""What becomes of a thread: put right, left as it is for a reason, opened again. Warnings know the same words."""
FOLLOWING = ("answer", "comment", *SETTLING)
SETTLERS = ("auditor", "reviewer")
"""Roles in which a thread of another is settled."""
TICK_MARKS = {
    "agreed": "agreed to the source document: quantity, unit, days and place are those of the bill or record",
    "recomputed": "worked out anew from quantity, factor and units, with the same result",
    "footed": "the lines were added up and come to the total",
    "traced": "followed from the source document to the entry, to see that it was recorded",
    "factor": "the factor was held against its publication: value, unit, edition, place",
    "cutoff": "the days fall in the period, and the neighbouring bills in theirs",
    "inspected": "the document, meter or site was looked at",
    "confirmed": "a third party confirmed it directly",
    "inquired": "explained by the person responsible; by itself the weakest mark",
    "exception": "something does not agree; a finding says what",
}
"""The tick marks and what each says was done."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One act of the review: which row records it, what, by whom (a pseudonym) in which role, when, and its words."""

    entry: str
    event: str
    person: str
    role: str
    recorded_at: datetime
    text: str | None


@dataclass(frozen=True, slots=True)
class Thread:
    """A remark and all that followed. ``id`` is its first row; ``asked`` are the pseudonyms of who is being asked."""

    id: str
    kind: str
    about: About
    engagement_id: str | None
    asked: tuple[str, ...]
    remarks: tuple[Remark, ...]

    @property
    def opened(self) -> Remark:
        """The remark that opened it."""
        return self.remarks[0]

    @property
    def state(self) -> str:
        """`open`, `answered` (open, and the other side spoke last), `resolved`, `accepted`; a comment is `noted`."""
        if self.kind == "comment":
            return "noted"
        settled = [remark.event for remark in self.remarks if remark.event in SETTLING]
        if settled and settled[-1] != "reopened":
            return settled[-1]
        return "answered" if self.remarks[-1].event == "answer" else "open"

    @property
    def is_open(self) -> bool:
        """Whether something is still to be settled."""
        return self.state in ("open", "answered")

    @property
    def settled_without_auditor(self) -> Remark | None:
        """The remark by which another than an auditor settled what an auditor opened; None where that is not so."""
        if self.opened.role != "auditor" or self.state not in ("resolved", "accepted"):
            return None
        last = [remark for remark in self.remarks if remark.event in SETTLING][-1]
        return None if last.role == "auditor" or last.person == self.opened.person else last

    @property
    def is_unsettled(self) -> bool:
        """Whether a sign-off must tell it: it is open, or an auditor's that no auditor settled."""
        return self.is_open or self.settled_without_auditor is not None

    def touches(self, start: date, end: date) -> bool:
        """Whether it is about any of these days; what has no days touches all."""
        return about_touches(self.about, start, end)

    def may_be_settled_by(self, person: str, role: str) -> bool:
        """Whether a person acting in a role may resolve, accept or reopen it."""
        return person == self.opened.person or (role in SETTLERS and person not in self.asked)


@dataclass(frozen=True, slots=True)
class Tick:
    """A tick mark: on what, which, by whom (a pseudonym), when, and a note."""

    entry: str
    about: About
    mark: str
    engagement_id: str | None
    person: str
    recorded_at: datetime
    note: str | None


# Who submitted days, or entered rows of them, up to a size.
_PREPARERS = """
select distinct b.actor from batch b where b.batch_no <= coalesce($size, b.batch_no) and b.batch_no in (
    select batch_no from activity where period_start <= $end and period_end >= $start
    union
    select batch_no from period_event where event = 'submitted' and period_start <= $end and period_end >= $start
) order by 1
"""
_EVENTS = """
select e.batch_no, e.seq, e.engagement_id, e.about_kind, e.about, e.event, e.tick_mark, e.asked,
       e.thread_batch, e.thread_seq, e.text, b.actor, b.role, b.recorded_at
from review_event e join batch b using (batch_no)
where e.batch_no <= coalesce($size, e.batch_no) and (e.event = 'tick') = $ticks
order by e.batch_no, e.seq
"""


def review_threads(
    s: Session, *, of: Period | None = None, about: str | None = None, open_only: bool = False, size: int | None = None
) -> tuple[Thread, ...]:
    """The threads in the order in which they were opened, as the ledger stood at a size (now when None).

    ``of`` keeps those about days of a period, ``about`` those on one thing (an id as it is recorded, or a thread's).
    """
    found: dict[tuple[int, int], tuple[tuple[str, str, str, str | None, str | None], list[Remark]]] = {}
    for row in s.rows(_EVENTS, {"size": size, "ticks": False}):
        batch_no, seq, engagement, kind, text, event, _, asked, *thread, words, who, role, when = row
        remark = Remark(f"B{batch_no}-{seq}", event, who, role, when, words)
        if thread == [None, None]:
            found[batch_no, seq] = ((event, kind, text, engagement, asked), [remark])
        elif (opening := found.get((thread[0], thread[1]))) is not None:  # else it points nowhere: verify says so
            opening[1].append(remark)
    made = []
    for (batch_no, seq), ((event, kind, text, engagement, asked), remarks) in found.items():
        own = f"B{batch_no}-{seq}"
        if about is not None and about not in (own, text):
            continue
        thing = about_recorded(s, kind, text)
        told = Thread(own, event, thing, engagement, _asked(s, thing, asked, size), tuple(remarks))
        if (of is None or told.touches(of.start, of.end)) and (told.is_open or not open_only):
            made.append(told)
    return tuple(made)


def tick_marks(s: Session, *, of: Period | None = None, about: str | None = None) -> tuple[Tick, ...]:
    """The tick marks in the order in which they were set; of days of a period, or on one thing."""
    made = []
    for row in s.rows(_EVENTS, {"size": None, "ticks": True}):
        batch_no, seq, engagement, kind, text, _, mark, _, _, _, note, person, _, recorded_at = row
        if about is not None and about != text:
            continue
        thing = about_recorded(s, kind, text)
        if of is None or about_touches(thing, of.start, of.end):
            made.append(Tick(f"B{batch_no}-{seq}", thing, mark or "", engagement, person, recorded_at, note))
    return tuple(made)


def review_lines(s: Session, abouts: Iterable[str]) -> list[str]:
    """What the review says about things, one line each, for a trace: open threads first, then marks."""
    wanted = set(abouts)
    held = [t for t in review_threads(s) if t.about.text in wanted or t.id in wanted]
    held.sort(key=lambda thread: not thread.is_open)
    lines = [f"{t.id} {t.kind} on {t.about.label}, {t.state}: {_printable(t.opened.text or '')}" for t in held]
    marks = [tick for tick in tick_marks(s) if tick.about.text in wanted]
    return lines + [f"{tick.entry} tick on {tick.about.label}: {tick.mark} by {tick.person}" for tick in marks]


def _printable(text: str) -> str:
    """Somebody's words without what a terminal would act on."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


def about_touches(about: About, start: date, end: date) -> bool:
    """Whether a thing has any of these days; what has no days has all."""
    return about.start is None or about.end is None or (about.start <= end and start <= about.end)


def _asked(s: Session, about: About, named: str | None, size: int | None) -> tuple[str, ...]:
    """Who is being asked: the person named, or whoever recorded the entry, batch or warning that it is about.

    Of a period or a figure everyone who submitted its days or entered rows of them.
    """
    if named is not None:
        return (named,)
    if about.kind in ("period", "figure") and about.start is not None:
        return tuple(row[0] for row in s.rows(_PREPARERS, {"start": about.start, "end": about.end, "size": size}))
    if about.kind not in ("entry", "batch", "finding"):
        return ()
    batch_no = int(about.text.removeprefix("B").partition("-")[0])
    return tuple(row[0] for row in s.rows("select actor from batch where batch_no = ?", [batch_no]))
