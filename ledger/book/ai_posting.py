"""Postings of runs and readings in the batch that brings them: made, checked like any upload, and settled once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ledger.ai.posting.decisions import make_posted_units, record_decisions
from ledger.ai.posting.doubts import tell_doubts
from ledger.ai.posting.plan import BILLS, OURS, STATEMENTS, Given, is_asked, make_plan
from ledger.ai.posting.rows import Difference, difference, uploaded_rows
from ledger.calculation.recording import record_activities, stage_parts
from ledger.calculation.reversal import record_reversal, record_reversed_parts
from ledger.intake.faults import Faults
from ledger.intake.known import Known, known_in
from ledger.intake.made import joined_parts, made_activities
from ledger.intake.upload import Upload
from ledger.store import Session, Writing


@dataclass(frozen=True, slots=True)
class Postings:
    """What a plan asks of the batch: the parts of all its activities, and how many earlier ones are reversed first.

    ``given`` is how many of the activities the upload itself brought.
    """

    parts: list[Path]
    reversed: int
    given: int


def planned(s: Session, read: Upload, batch_no: int, known: Known, folder: Path, found: Faults) -> Postings | None:
    """The plan over the records of the ledger and of an upload; None where neither asks for one.

    The activities of the upload itself lie in view `stage`. Faults are told; where one is an error nothing may be
    written.
    """
    given = Given(read.frames, bool(read.parts), batch_no)
    if not is_asked(s, given):
        return None
    make_plan(s, given, found)
    if found.has_errors:
        return None
    change = difference(s, batch_no)
    made = [] if change.rows.is_empty() else _made(change, known, found, folder)
    tell_doubts(s, found, len(change.rows), change.reversed, batch_no)
    parts = joined_parts([*read.parts, *made], folder) if made and read.parts else [*read.parts, *made]
    given_rows = s.one("select count(*) from stage")[0] if read.parts else 0
    return Postings(parts, change.reversed, given_rows)


def _made(change: Difference, known: Known, found: Faults, folder: Path) -> list[Path]:
    """The parts of the activities to make; that rows have no facility is told once and not for each."""
    own = Faults(found.file, found.limit)
    parts = made_activities(uploaded_rows(change.rows), known, own, folder / "made")
    bare = [finding for finding in own.found if finding.code == "facility-missing"]
    if bare:
        found.add("computing-without-facility", sheet=bare[0].sheet, line=bare[0].line, column="facility_id",
                  count=own.counts["facility-missing"])  # fmt: skip
    found.found += [finding for finding in own.found if finding.code != "facility-missing"]
    found.counts.update({code: count for code, count in own.counts.items() if code != "facility-missing"})
    return parts


def take_back(writing: Writing, postings: Postings | None) -> int:
    """Reverse the activities that the plan no longer asks for, before others of the batch; gives their count."""
    if postings is None or not postings.reversed:
        return 0
    writing.s.run(
        "create or replace temp table reversed as select a.*, row_number() over (order by a.batch_no, a.seq) "
        "as new_seq from activity a join taken_back using (batch_no, seq)"
    )
    record_reversal(writing, postings.reversed)
    return postings.reversed


def count_again(writing: Writing, after: int, stage: Path) -> None:
    """Post the runs and readings that an activity taken back had held: a bill, or what a provider states.

    The batch holds ``after`` activities, the reversals of temp table `reversed`, and nothing else yet. What was made of
    runs is left as it was taken back: whoever did it meant that.
    """
    s = writing.s
    types = ", ".join(f"'{name}'" for name in (*BILLS, *STATEMENTS))
    held = f"select 1 from reversed anti join ({OURS}) o using (batch_no, seq) where activity_type in ({types}) limit 1"
    if not s.rows(held) or not s.rows("select 1 from ai_decision where decision = 'breakdown' limit 1"):
        return
    found = Faults("", 1)
    make_plan(s, Given({}, has_stage=False, batch_no=writing.batch_no), found)
    change = difference(s, writing.batch_no)
    if found.has_errors or change.reversed:
        return
    if not change.rows.is_empty():
        parts = _made(change, known_in(s), found, stage)
        writing.reserve(stage_parts(s, parts, after=after))
        record_activities(writing)
    make_posted_units(s, writing.batch_no, after)
    record_decisions(writing, {}, 0)


def settle(writing: Writing, postings: Postings | None, first_seqs: dict[str, int]) -> None:
    """Finish what was taken back, and record what became of each run and reading.

    ``first_seqs`` gives for each table of records the number before that of the first one of this batch.
    """
    if postings is None:
        return
    if postings.reversed:
        record_reversed_parts(writing)
    make_posted_units(writing.s, writing.batch_no, postings.reversed + postings.given)
    record_decisions(writing, first_seqs, postings.reversed)
