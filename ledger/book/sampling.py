"""Samples of the book: drawn, recorded by an auditor, and read again from their row."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ledger.assurance.engagements import engagement_named
from ledger.assurance.sampling.check import wish_of
from ledger.assurance.sampling.drawing import Wish
from ledger.assurance.sampling.sample import Sample, make_sample
from ledger.book.results import WriteResult
from ledger.book.verbs.book import Book
from ledger.errors import Misuse, Refused
from ledger.inventory.life import span_label
from ledger.inventory.period import Period
from ledger.store import Session, Writing, append, as_arrow, session
from ledger.store.tables import ReviewSample

_NAME = re.compile(r"[^\s/@]{1,40}")


@dataclass(frozen=True, slots=True)
class SampleRecord:
    """A recorded sample as its row tells it, and who drew it."""

    row: dict[str, Any]
    batch: int
    person: str


def drawn_sample(
    ledger: Book,
    period: str,
    measure: str,
    wish: Wish,
    *,
    view: str | None = None,
    at: int | None = None,
    name: str | None = None,
    engagement: str | None = None,
    frame_file: Path | None = None,
) -> Sample:
    """Draw a sample and write nothing to the ledger; see :meth:`ledger.book.Ledger.sample`."""
    if name is not None and not _NAME.fullmatch(name):
        raise Misuse(f"'{name}' cannot name a sample", "take a short word without blanks, like S1")
    with session(ledger.path) as s:
        if engagement is not None:
            told = engagement_named(s, engagement)
            if wish.confidence_factor is not None and wish.performance_materiality_kg is None:
                wish = replace(wish, performance_materiality_kg=told.performance_materiality_kg)
        of, seen = ledger._period(s, period), ledger._view(s, view)  # noqa: SLF001 — one facade in two files
        return make_sample(
            s, of, seen, measure, wish, at, sample_id=name, engagement_id=engagement, file=frame_file
        )  # fmt: skip


def recorded_sample(ledger: Book, sample: Sample) -> WriteResult:
    """Put a sample on record; see :meth:`ledger.book.Ledger.record_sample`."""
    row = sample.row
    key = hashlib.sha256("\n".join(("sample", *(str(value) for value in row.values()))).encode()).hexdigest()
    with session(ledger.path, "write") as s:
        act = ledger._act(s, "sample", key=key)  # noqa: SLF001 — one facade in two files
        held = s.rows("select items_sha256 from review_sample where sample_id = ?", [sample.sample_id])
        if held and held[0][0] != sample.items_sha256:
            raise Refused(f"another sample is on record as {sample.sample_id}", "give this one another name with --id")
        if held:
            return WriteResult(None, 0, {"samples": 0})

        def fill(writing: Writing) -> None:
            writing.insert_rows(ReviewSample, as_arrow(ReviewSample, [row]))

        done = append(s, act, fill)
    return WriteResult(done.batch_no, done.entries, {"samples": 1})


def sample_records(ledger: Book) -> tuple[SampleRecord, ...]:
    """Every recorded sample, in the order of the ledger."""
    with session(ledger.path) as s:
        rows = s.arrow(
            "select r.*, b.actor from review_sample r join batch b using (batch_no) order by r.batch_no, r.seq"
        ).to_pylist()
    return tuple(SampleRecord(row, row["batch_no"], row["actor"]) for row in rows)


def sample_again(s: Session, sample_id: str) -> Sample:
    """A recorded sample drawn again. Raises Misuse where there is none, Refused where it comes out otherwise."""
    rows = s.arrow("select * from review_sample order by batch_no, seq").to_pylist()
    named = [row for row in rows if row["sample_id"] == sample_id]
    if not named:
        known = ", ".join(row["sample_id"] for row in rows) or "none; ghg review sample … --record puts one on record"
        raise Misuse(f"there is no sample '{sample_id}'", f"samples on record: {known}")
    row = named[0]
    label = span_label(row["period_start"], row["period_end"])
    of = Period(row["period_start"], row["period_end"], label)
    made = make_sample(
        s, of, row["view"], row["measure"], wish_of(row), row["checkpoint_size"], sample_id=sample_id,
        engagement_id=row["engagement_id"],
    )  # fmt: skip
    if made.items_sha256 != row["items_sha256"]:
        raise Refused(f"the sample {sample_id} does not come out as it was recorded", "run ghg verify")
    return made
