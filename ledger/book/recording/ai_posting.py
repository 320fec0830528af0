"""Postings of runs, readings and machines in the batch that brings them: made, checked as uploads are, settled once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ledger.ai.accruals.standing import plan_accruals, tell_runs_beside
from ledger.ai.assets.posting import STANDING, plan_assets, record_asset_decisions, uploaded_assets
from ledger.ai.assets.purchases import tell_spend_of_assets
from ledger.ai.posting.decisions import make_posted_units, record_decisions
from ledger.ai.posting.doubts import tell_doubts
from ledger.ai.posting.plan import BILLS, COMPUTING, OURS, STATEMENTS, Given, is_asked, make_plan
from ledger.ai.posting.rows import Difference, difference, uploaded_rows
from ledger.ai.stated_methods import tell_method_change
from ledger.calculation.recording import record_activities, stage_parts
from ledger.calculation.reversal import record_reversal, record_reversed_parts
from ledger.intake.faults import Faults
from ledger.intake.following.made import joined_parts, made_activities
from ledger.intake.known import Known, known_in
from ledger.intake.upload import Upload
from ledger.store import Session, Writing


@dataclass(frozen=True, slots=True)
class Postings:
    """What the plans ask of the batch: the parts of all its activities, and how many earlier ones are reversed first.

    Attributes:
        parts: of the upload's own activities and of those that were made.
        computing_reversed: of runs and readings, in temp table `taken_back`.
        given: how many of the activities the upload itself brought.
        has_computing: whether runs and readings were planned.
        machines_reversed: of machines, in temp table `asset_taken_back`; None where none were planned.
        accruals_reversed: of estimates whose export arrived, in temp table `accrual_taken_back`.
    """

    parts: list[Path]
    computing_reversed: int
    given: int
    has_computing: bool
    machines_reversed: int | None
    accruals_reversed: int

    @property
    def reversed(self) -> int:
        """How many activities are taken back."""
        return self.computing_reversed + (self.machines_reversed or 0) + self.accruals_reversed


def planned(s: Session, read: Upload, batch_no: int, known: Known, folder: Path, found: Faults) -> Postings | None:
    """The plans over the records of the ledger and of an upload; None where neither asks for one.

    The activities of the upload itself lie in view `stage`. Faults are told; where one is an error nothing may be
    written.
    """
    computing = _computing(s, read, batch_no, known, folder, found)
    machines = _machines(s, read, batch_no, known, folder, found)
    accruals = _statements(s, found) if read.parts else 0
    if found.has_errors or (computing is None and machines is None and not accruals):
        return None
    sources = [read.parts, (computing or _NOTHING).parts, (machines or _NOTHING).parts]
    parts = [part for source in sources for part in source]
    given_rows = s.one("select count(*) from stage")[0] if read.parts else 0
    return Postings(
        joined_parts(parts, folder) if sum(map(bool, sources)) > 1 else parts,
        (computing or _NOTHING).reversed, given_rows, computing is not None,
        None if machines is None else machines.reversed, accruals,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Part:
    """What one plan asks for: parts of activities to make, and how many earlier ones are taken back."""

    parts: list[Path]
    reversed: int


_NOTHING = _Part([], 0)


def _computing(s: Session, read: Upload, batch_no: int, known: Known, folder: Path, found: Faults) -> _Part | None:
    """Of runs and readings."""
    given = Given(read.frames, bool(read.parts), batch_no)
    if not is_asked(s, given):
        return None
    make_plan(s, given, found)
    if found.has_errors:
        return None
    change = difference(s, batch_no)
    made = [] if change.rows.is_empty() else _made(change, known, found, folder)
    tell_doubts(s, found, len(change.rows), change.reversed, batch_no)
    tell_runs_beside(s, change.rows, found)
    return _Part(made, change.reversed)


def _statements(s: Session, found: Faults) -> int:
    """Of what providers state: how many estimates end with it."""
    tell_method_change(s, found)
    return plan_accruals(s, found)


def _machines(s: Session, read: Upload, batch_no: int, known: Known, folder: Path, found: Faults) -> _Part | None:
    """Of machines held."""
    if read.parts:
        tell_spend_of_assets(s, STANDING, found)
    frame = read.frames.get("hardware_asset")
    if frame is None:
        return None
    plan = plan_assets(s, frame, batch_no, found, has_stage=bool(read.parts))
    if plan is None:
        return None
    made = []
    if not plan.rows.is_empty():
        made = made_activities(uploaded_assets(plan.rows), known, found, folder / "machines")
    found.add("assets-posted", made=plan.rows.height, taken=plan.reversed)
    return _Part(made, plan.reversed)


def _made(change: Difference, known: Known, found: Faults, folder: Path) -> list[Path]:
    """The parts of the activities to make; that rows have no facility is told once and not for each.

    Of machines that are leased and run by us it is known why they have none.
    """
    own = Faults(found.file, found.limit)
    parts = made_activities(uploaded_rows(change.rows), known, own, folder / "made")
    bare = change.rows.filter(
        pl.col("facility_id").is_null() & pl.col("control").is_null() & (pl.col("activity_type") == BILLS[0])
    )
    placeless = pl.col("country").is_null()
    for code, column, rows in (
        ("computing-without-place", "country", bare.filter(placeless)),
        ("computing-without-facility", "facility_id", bare.filter(~placeless)),
    ):
        if rows.height:
            found.add(code, sheet=rows["sheet"][0], line=rows["source_line"][0], column=column, count=rows.height)
    found.found += [finding for finding in own.found if finding.code != "facility-missing"]
    found.counts.update({code: count for code, count in own.counts.items() if code != "facility-missing"})
    return parts


def take_back(writing: Writing, postings: Postings | None) -> int:
    """Reverse the activities that the plan no longer asks for, before others of the batch; gives their count."""
    if postings is None or not postings.reversed:
        return 0
    named = {
        "taken_back": postings.computing_reversed, "asset_taken_back": postings.machines_reversed,
        "accrual_taken_back": postings.accruals_reversed,
    }  # fmt: skip
    entries = " union ".join(f"select batch_no, seq from {table}" for table, count in named.items() if count)
    writing.s.run(
        "create or replace temp table reversed as select a.*, row_number() over (order by a.batch_no, a.seq) "
        f"as new_seq from activity a join ({entries}) using (batch_no, seq)"
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
    """Finish what was taken back, and record what became of each run, reading and machine.

    ``first_seqs`` gives for each table of records the number before that of the first one of this batch.
    """
    if postings is None:
        return
    if postings.reversed:
        record_reversed_parts(writing)
    if postings.has_computing:
        make_posted_units(writing.s, writing.batch_no, postings.reversed + postings.given)
        computing = {table: before for table, before in first_seqs.items() if table in COMPUTING}
        record_decisions(writing, computing, postings.reversed)
    if postings.machines_reversed is not None:
        record_asset_decisions(writing, first_seqs["hardware_asset"], postings.reversed)
