"""What a remark of the review is about: an entry, a batch, a figure, a period, or a warning on record."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from ledger.calculation.policy import policy
from ledger.errors import Misuse
from ledger.inventory import figure, period
from ledger.inventory.compile import checked_size
from ledger.inventory.periods.life import span_label
from ledger.store import Session

_ENTRY = re.compile(r"B(\d+)-(\d+)")
_BATCH = re.compile(r"B(\d+)")
_DAYS = """
select min(period_start), max(period_end) from activity
where batch_no = $batch and ($seq::bigint is null or seq = $seq)
"""


@dataclass(frozen=True, slots=True)
class About:
    """A thing that a remark is about: its kind, the text by which it is recorded, and its days where it has any.

    ``kind`` is entry, batch, figure, period or finding (a warning on record), or thread: a remark of the review itself.
    A period is recorded by its days, so that a later fiscal year does not move it.
    """

    kind: str
    text: str
    start: date | None = None
    end: date | None = None

    @property
    def label(self) -> str:
        """The thing as people write it."""
        return span_label(self.start, self.end) if self.kind == "period" and self.start and self.end else self.text


def about_named(s: Session, text: str) -> About:
    """The thing that a text names. Raises Misuse where it names nothing, or nothing that is there."""
    text = text.strip()
    if match := _ENTRY.fullmatch(text):
        return _entry(s, int(match[1]), int(match[2]))
    if match := _BATCH.fullmatch(text):
        _check_batch(s, int(match[1]))
        return About("batch", f"B{int(match[1])}", *_days(s, int(match[1]), None))
    fiscal = policy(s).fiscal_month
    if "@" in text:
        named = figure(text)
        checked_size(s, named.view, named.size)
        of = period(named.period, fiscal)
        return About("figure", text, of.start, of.end)
    try:
        of = period(text, fiscal)
    except Misuse as fault:
        raise Misuse(
            f"'{text}' is nothing that a remark can be about",
            "name an entry (B12-3), a batch (B12), a figure's id from a report, a period (2026-Q3) or a finding's id",
        ) from fault
    return About("period", f"{of.start}..{of.end}", of.start, of.end)


def about_recorded(s: Session, kind: str, text: str) -> About:
    """The thing that a recorded remark is about, with its days; one that is not there has none (verify tells it)."""
    match = _ENTRY.fullmatch(text) or _BATCH.fullmatch(text)
    try:
        if kind == "figure":
            of = period(figure(text).period, policy(s).fiscal_month)
            return About(kind, text, of.start, of.end)
        if kind == "period":
            of = period(text)
            return About(kind, text, of.start, of.end)
    except Misuse:
        return About(kind, text)
    if match is None:
        return About(kind, text)
    batch_no, seq = int(match[1]), int(match[2]) if kind != "batch" and match.re is _ENTRY else None
    return About(kind, text, *(_finding_days(s, batch_no, seq) if kind == "finding" else _days(s, batch_no, seq)))


def _entry(s: Session, batch_no: int, seq: int) -> About:
    count = _check_batch(s, batch_no)
    if not 1 <= seq <= count:
        raise Misuse(
            f"this ledger has no entry B{batch_no}-{seq}: batch {batch_no} has {count} entries",
            "ghg trace FIGURE shows entries",
        )
    text, here = f"B{batch_no}-{seq}", [batch_no, seq]
    if s.rows("select 1 from finding where batch_no = ? and seq = ?", here):
        return About("finding", text, *_finding_days(s, batch_no, seq))
    if s.rows("select 1 from review_event where batch_no = ? and seq = ?", here):
        return About("thread", text)
    return About("entry", text, *_days(s, batch_no, seq))


def _check_batch(s: Session, batch_no: int) -> int:
    held = s.rows("select entry_count from batch where batch_no = ?", [batch_no])
    if not held:
        raise Misuse(f"this ledger has no batch {batch_no}", "ghg trace FIGURE shows entries with their batches")
    return int(held[0][0])


def _days(s: Session, batch_no: int, seq: int | None) -> tuple[date | None, date | None]:
    first, last = s.one(_DAYS, {"batch": batch_no, "seq": seq})
    return first, last


def _finding_days(s: Session, batch_no: int, seq: int | None) -> tuple[date | None, date | None]:
    """The days of the row that a warning is about: the row of its line, else the entry it names."""
    rows = s.rows(
        "select entry_batch, entry_seq, source_line, sheet from finding where batch_no = ? and seq = ?", [batch_no, seq]
    )
    if not rows:
        return None, None
    entry_batch, entry_seq, line, sheet = rows[0]
    own = s.one(
        "select min(period_start), max(period_end) from activity where batch_no = ? and source_line = ? "
        "and sheet is not distinct from ?",
        [batch_no, line, sheet],
    )
    if own[0] is not None or entry_batch is None:
        return own[0], own[1]
    return _days(s, int(entry_batch), entry_seq)
