"""The upload: a file becomes findings, or a batch. Reading and checking are done before the lock is taken."""

from __future__ import annotations

import glob
import hashlib
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ledger.book.recording.ai_posting import planned
from ledger.book.recording.ai_records import has_records, with_shipped_figures, without_held
from ledger.book.recording.filling import fill_rows
from ledger.book.recording.reading_file import read_as_named
from ledger.book.recording.trying import Tried, tried
from ledger.book.results import UploadResult
from ledger.book.verbs.book import Book
from ledger.calculation.recording import add_period_totals, stage_parts
from ledger.errors import Finding, Misuse, Refused
from ledger.factors.publish import catalogue_is_current
from ledger.intake import Upload
from ledger.intake.ai_files.grown import trackers_of
from ledger.intake.ai_files.held import statements_of
from ledger.intake.ai_files.twins import twins_of
from ledger.intake.checks.doubts import note_doubts
from ledger.intake.checks.expectation_doubts import note_expectation_doubts
from ledger.intake.checks.recorded import note_rows_recorded_before
from ledger.intake.checks.series_doubts import note_intervals_recorded_before
from ledger.intake.faults import Faults
from ledger.intake.handed_back.proposals import refuse_unread, write_proposal
from ledger.intake.known import Known, known_in
from ledger.intake.tables.mapping import Shaping
from ledger.inventory.compile import EXPLAINED
from ledger.inventory.periods.settled_rows import settled_rows
from ledger.store import Session, Writing, append, as_arrow, session
from ledger.store.append import next_batch_no
from ledger.store.control_log import record_refusal
from ledger.store.evidence import keep_file, stage_folder
from ledger.store.identity import person_called
from ledger.store.tables import RecordedFinding
from ledger.store.versions import check_writable, file_version

if TYPE_CHECKING:
    from ledger.store import Appended

FINDINGS_PER_CODE = 1_000
OFFERS = frozenset(
    {"pivot-offered", "history-offered", "choice-needed", "choice-unknown", "choice-not-read", "file-without-readings"}
)
"""Errors that no cell can mend: they name the option with which the same file is read, or say that none reads it."""


class _WithoutBatch(Exception):
    """Nothing is written: the records of a file are all held alike, or one differs from what is held."""

    def __init__(self, read: Upload) -> None:
        super().__init__(read.source_name)
        self.read = read


def uploaded(
    ledger: Book,
    file: Path,
    *,
    kind: str | None,
    locale: str | None,
    sheet: str | None,
    encoding: str | None,
    check: bool,
    again: bool,
    reason: str | None,
    shaping: Shaping,
    propose: Path | None = None,
    replace_earlier: bool = False,
) -> UploadResult:
    """Record a file, or say why not; see :meth:`ledger.book.Ledger.upload`."""
    if again and not reason:
        raise Misuse("--again needs a reason", "say why with --reason")
    if replace_earlier and not reason:
        raise Misuse("--replace needs a reason", "say why with --reason")
    known = known_of(ledger) if check or propose is not None else _known_for_recording(ledger)
    stage = stage_folder(ledger.path)
    try:
        read = read_as_named(
            file, known=known, kind=kind, locale=locale, stage=stage, sheet=sheet, encoding=encoding, shaping=shaping
        )
        read = with_shipped_figures(read)
        if propose is not None:
            refuse_unread(() if read.unknown else read.findings, file.name)
            proposed = write_proposal(read.unknown, propose)
            return replace(_result("refused" if read.has_errors else "checked", read), proposed=proposed)
        if read.has_errors:
            return _refused(ledger, file, read, check)
        if not read.rows:  # every statement of it is in the ledger
            return _result("already_recorded", read)
        if check:
            return _checked(ledger, file, read, sheet, known, stage, again=again, may_replace=replace_earlier)
        return _recorded(
            ledger, file, read, sheet, again, reason, may_replace=replace_earlier, known=known, stage=stage
        )
    except _WithoutBatch as ended:
        read = ended.read
        return _refused(ledger, file, read, check) if read.has_errors else _result("already_recorded", read)
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _checked(
    ledger: Book, file: Path, read: Upload, sheet: str | None, known: Known, stage: Path, *, again: bool,
    may_replace: bool,
) -> UploadResult:  # fmt: skip
    """What recording a file would do, with the warnings that follow from what the ledger holds; nothing is written."""
    with session(ledger.path) as s:
        if not again and (batch := _batch_of_key(s, idempotency_key(read, sheet))):
            return replace(_result("already_recorded", read), batch=batch)
        read, plain = _with_doubts(s, read, known, stage, may_replace=may_replace)
        if read.has_errors:
            return _refused(ledger, file, read, check=True)
        brings = tried(s) if plain else Tried(0, 0, ())
    result = _result("checked", read, posted=brings.posted, gaps=brings.not_quantified)
    return replace(result, added=brings.added, findings=(*result.findings, *brings.settled))


def _with_doubts(s: Session, read: Upload, known: Known, stage: Path, *, may_replace: bool) -> tuple[Upload, bool]:
    """The upload with its warnings, and whether it brings activities of its own alone, which lie in view `stage`."""
    found = Faults(read.source_name, FINDINGS_PER_CODE)
    if read.kind == "activity":
        stage_parts(s, read.parts)
        note_rows_recorded_before(s, found)
        note_doubts(s, found)
    elif read.kind == "expectation":
        note_expectation_doubts(s, read.frames["expectation"], found)
    elif read.kind == "interval":
        note_intervals_recorded_before(s, read.frames["interval"].to_arrow(), found)
    read, _ = without_held(s, read, may_replace=may_replace)
    if read.parts:
        stage_parts(s, read.parts)
    alone = planned(s, read, next_batch_no(s), known, stage, found) is None and not read.frames
    more = {**read.more_findings, **found.more()}
    return replace(read, findings=(*read.findings, *found.found), more_findings=more), alone and bool(read.parts)


def _batch_of_key(s: Session, key: str) -> int | None:
    """The batch of an idempotency key."""
    rows = s.rows("select batch_no from batch where idempotency_key = ?", [key])
    return int(rows[0][0]) if rows else None


def known_of(ledger: Book) -> Known:
    """What the ledger knows that an upload is checked against: places, entities, catalogue, instruments.

    Raises Refused where the ledger has another catalogue than the program: its rows would have no lines.
    """
    with session(ledger.path) as s:
        return _known(ledger, s)


def _known_for_recording(ledger: Book) -> Known:
    """The same, for a file that will be recorded: raises for who may not do that, before work is begun.

    A ledger of another schema version is told first: roles and catalogue come when it was migrated.
    """
    with session(ledger.path) as s:
        check_writable(s, file_version(s))
        ledger._act(s, "upload")  # noqa: SLF001 — one facade in two files
        return _known(ledger, s)


def _known(ledger: Book, s: Session) -> Known:
    if not catalogue_is_current(s):
        raise Refused(
            "this ledger's catalogue of activity types is of another version than the program's",
            "publish the new one and its factors first: ghg factors publish",
        )
    return replace(known_in(s), statements=statements_of(ledger.path), trackers=trackers_of(ledger.path),
                   twins=twins_of(ledger.path))  # fmt: skip


def idempotency_key(read: Upload, sheet: str | None, taken_again_after: int | None = None) -> str:
    """The same bytes, kind, locale, sheet, pivot and mapping make the same batch.

    Once more only after the first was reversed.
    """
    parts = [read.source_sha256, read.kind or "", read.locale or "", sheet or ""]
    parts += [f"{name}={text}" for name, text in read.shaping.parts.items()]
    if taken_again_after is not None:
        parts.append(str(taken_again_after))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _recorded(
    ledger: Book, file: Path, read: Upload, sheet: str | None, again: bool, reason: str | None, *,
    may_replace: bool, known: Known, stage: Path,
) -> UploadResult:  # fmt: skip
    with session(ledger.path, "write") as s:
        key = idempotency_key(read, sheet)
        if again:
            key = idempotency_key(read, sheet, _reversing_batch(s, key))
        if has_records(read) and (may_replace or not s.rows("select 1 from batch where idempotency_key = ?", [key])):
            read, replaced = without_held(s, read, may_replace=may_replace)
            key = hashlib.sha256("\n".join((key, *replaced)).encode()).hexdigest() if replaced else key
        if read.has_errors or not (read.frames or read.parts):
            raise _WithoutBatch(read)
        act = ledger._act(  # noqa: SLF001 — one facade in two files
            s,
            "upload",
            key=key,
            reason=reason,
            source_name=read.source_name,
            source_sha256=read.source_sha256,
            source_bytes=read.source_bytes,
            parser=read.parser,
            parser_version=read.parser_version,
            locale=read.locale,
            control_totals=json.dumps(read.control_totals, sort_keys=True, ensure_ascii=False),
        )

        again_found = Faults(read.source_name, FINDINGS_PER_CODE)

        def fill(writing: Writing) -> None:
            fill_rows(writing, read, key, known, stage, again_found)
            if again_found.has_errors:
                raise _WithoutBatch(replace(read, findings=(*again_found.listed(), *read.findings)))
            record_findings(writing, (*read.findings, *again_found.found))
            add_period_totals(writing)
            kept.result()

        with ThreadPoolExecutor(1) as pool:  # the file comes to evidence beside the rows, and before they are a batch
            kept = pool.submit(_keep_sources, ledger, file, read)
            done = append(s, act, fill)
            kept.result()
        posted, gaps = _posting_counts(s, done.batch_no)
        settled = () if done.already else settled_rows(s, done.batch_no)
    if done.already:
        return _result("already_recorded", read, done, posted, gaps)
    told = (*read.findings, *again_found.found, *settled)
    read = replace(read, findings=told, more_findings={**read.more_findings, **again_found.more()})
    return _result("accepted", read, done, posted, gaps)


def _keep_sources(ledger: Book, file: Path, read: Upload) -> None:
    """The file and the mapping by which it was read lie in evidence before anything rests on them."""
    keep_file(ledger.path, file, read.source_sha256)
    if read.shaping.mapping is not None:
        keep_file(ledger.path, read.shaping.mapping.path, read.shaping.mapping.sha256)


def record_findings(writing: Writing, findings: tuple[Finding, ...]) -> None:
    """Keep the warnings of a file beside what it brought; what is only told is not kept."""
    rows = [
        {
            "code": finding.code,
            "severity": finding.severity,
            "entry_batch": None if finding.entry is None else int(finding.entry[1:].split("-")[0]),
            "entry_seq": None if finding.entry is None else int(finding.entry.split("-")[1]),
            "sheet": finding.sheet,
            "source_line": finding.line,
            "column_name": finding.column,
            "value": finding.value,
            "message": finding.message,
            "fix": finding.fix,
            "effect_kg": finding.effect_kg,
        }
        for finding in findings
        if finding.severity != "info"
    ]
    writing.insert_rows(RecordedFinding, as_arrow(RecordedFinding, rows))


def _reversing_batch(s: Session, key: str) -> int:
    """The batch by which the earlier upload was reversed as a whole. Raises Misuse where it was not."""
    earlier = s.rows("select batch_no from batch where idempotency_key = ?", [key])
    if not earlier:
        raise Misuse("this file has not been recorded before", "upload it without --again")
    standing, last = s.one(
        "select count(*) filter (where r.seq is null), max(r.batch_no) from activity a "
        "left join activity r on r.reverses_batch = a.batch_no and r.reverses_seq = a.seq where a.batch_no = ?",
        [earlier[0][0]],
    )
    replacements = s.rows(
        "select 'B' || a.batch_no || '-' || a.seq from activity_detail d "
        "join activity a on a.batch_no = d.activity_batch and a.seq = d.activity_seq "
        "where d.replaces like ? and not exists (select 1 from activity r "
        "where r.reverses_batch = a.batch_no and r.reverses_seq = a.seq) order by 1 limit 1",
        [f"B{earlier[0][0]}-%"],
    )
    if replacements:
        raise Misuse(
            f"{replacements[0][0]}, the replacement of one of its rows, still stands: it would count beside the row",
            f"reverse it first: ghg reverse {replacements[0][0]} --reason …",
        )
    if standing or last is None:
        raise Misuse(
            f"batch {earlier[0][0]} of this file still stands ({standing} rows)",
            f"reverse it first: ghg reverse B{earlier[0][0]} --reason …",
        )
    return int(last)


def _posting_counts(s: Session, batch_no: int) -> tuple[int, int]:
    """How many postings of a batch have a result, and how many have none."""
    row = s.one(
        "select coalesce(sum(t.n * c.sign) filter (where c.total_co2e_kg_per_unit is not null), 0)::bigint, "
        "coalesce(sum(t.n * c.sign) filter (where c.total_co2e_kg_per_unit is null "
        "and not list_contains($explained, c.reason_code)), 0)::bigint "
        "from period_total t join choice c on c.key_no = t.key_no and c.instrument_id is null "
        "where t.batch_no = $batch",
        {"batch": batch_no, "explained": list(EXPLAINED)},
    )
    return int(row[0]), int(row[1])


def _refused(ledger: Book, file: Path, read: Upload, check: bool) -> UploadResult:
    """Nothing is recorded but the refusal: in the control log, with the file kept and handed back marked."""
    from ledger.intake.handed_back.mark import write_marked

    marked = None
    offered = {finding.code for finding in read.findings if finding.severity == "error"} <= OFFERS
    if read.is_table and not offered and (read.tables or any(finding.line is not None for finding in read.findings)):
        marked = write_marked(file, read, file.with_name(f"{marked_stem(file)}.marked.xlsx"))
    if not check:
        _keep_sources(ledger, file, read)
        errors = [finding for finding in read.findings if finding.severity == "error"]
        details: dict[str, Any] = {
            "source_name": read.source_name,
            "source_sha256": read.source_sha256,
            "kind": read.kind or "",
            "errors": str(len(errors)),
            "codes": sorted({finding.code for finding in errors}),
        } | read.shaping.parts
        record_refusal(ledger.path, "upload", person_called(ledger.path, ledger.actor), details)
    return _result("refused", read, marked=marked)


def marked_stem(file: Path) -> str:
    """The name of the marked workbook: that of the file, with its ending where another file would share it."""
    twins = [
        other
        for other in file.parent.glob(f"{glob.escape(file.stem)}.*")
        if other.stem == file.stem and other.suffix.casefold() in _READ
    ]
    return file.name if len(twins) > 1 else file.stem


_READ = (".csv", ".tsv", ".txt", ".xlsx")


def _result(
    status: Any,
    read: Upload,
    done: Appended | None = None,
    posted: int = 0,
    gaps: int = 0,
    marked: Path | None = None,
) -> UploadResult:
    return UploadResult(
        status=status,
        kind=read.kind,
        source_name=read.source_name,
        batch=None if done is None else done.batch_no,
        rows=read.rows,
        posted=posted,
        not_quantified=gaps,
        findings=read.findings,
        more_findings=read.more_findings,
        marked=marked,
        checkpoint_size=None if done is None else done.checkpoint.size,
    )
