"""The rows of an upload in their batch: activities first, registers and records, then what follows from them."""

from __future__ import annotations

from pathlib import Path

from ledger.book.recording.ai_posting import planned, settle, take_back
from ledger.calculation.recording import record_activities, record_parameters, stage_parts
from ledger.intake import Upload
from ledger.intake.checks.doubts import note_doubts
from ledger.intake.checks.expectation_doubts import note_expectation_doubts
from ledger.intake.checks.recorded import note_rows_not_converted, note_rows_recorded_before
from ledger.intake.checks.series_doubts import note_intervals_recorded_before
from ledger.intake.faults import Faults
from ledger.intake.known import Known
from ledger.intake.master import SERIES, chp_rows, master_rows, series_tables
from ledger.store import Writing, as_arrow
from ledger.store.evidence import keep_parts
from ledger.store.schema import table_name


def fill_rows(writing: Writing, read: Upload, key: str, known: Known, stage: Path, found: Faults) -> None:
    """The rows of an upload: numbers for its activities, its registers, then the activities that may name them.

    Runs and readings add activities of their own and take back earlier ones. Where a finding is an error, nothing may
    be kept of the batch.
    """
    s = writing.s
    staged = stage_parts(s, read.parts) if read.parts else 0
    postings = planned(s, read, writing.batch_no, known, stage, found)
    if found.has_errors:
        return
    after = take_back(writing, postings)
    parts = read.parts if postings is None else postings.parts
    if parts:
        writing.reserve(stage_parts(s, parts, after=after) if after or parts != read.parts else staged)
    if read.parts:
        note_rows_recorded_before(s, found)
        note_doubts(s, found)
    first_seqs = _fill_registers(writing, read, found)
    if parts:
        record_activities(writing, summed="calorific" in read.control_totals)
        note_rows_not_converted(s, writing.batch_no, found)
        if read.parameters is not None:
            record_parameters(writing, read.parameters.to_arrow())
    settle(writing, postings, first_seqs)
    if parts and postings is None:
        keep_parts(s.path, parts, key)
        writing.staged = True


def _fill_registers(writing: Writing, read: Upload, found: Faults) -> dict[str, int]:
    """The rows of all kinds but activities; gives for each series the number before that of its first row."""
    s = writing.s
    if "expectation" in read.frames:
        note_expectation_doubts(s, read.frames["expectation"], found)
    if read.kind == "interval":
        note_intervals_recorded_before(s, read.frames["interval"].to_arrow(), found)
    first_seqs = {}
    for table, columns in series_tables(read):
        first_seqs[table_name(table)] = writing.entries
        writing.insert_rows(table, columns)
    if any(kind not in SERIES for kind in read.frames):
        for table, rows in chp_rows(s, read) if read.kind == "chp_plant" else master_rows(read):
            writing.insert_rows(table, as_arrow(table, rows))
    return first_seqs
