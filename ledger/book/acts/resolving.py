"""Findings of the book: those of completeness go on record, and each is resolved, accepted or reopened with a note."""

from __future__ import annotations

from ledger.assurance.reviewing.review import SETTLERS
from ledger.book.acts.attaching import entry_named
from ledger.book.results import WriteResult
from ledger.book.verbs.book import Book
from ledger.errors import Misuse, Refused, RefusedAct
from ledger.inventory.coverage.completeness import compile_completeness
from ledger.inventory.coverage.findings import STATES
from ledger.store import Writing, append, as_arrow, session
from ledger.store.tables import FindingEvent, RecordedFinding


def recorded_completeness(ledger: Book, period: str) -> WriteResult:
    """Put the warnings of a period's completeness on record; see :meth:`ledger.book.Ledger.record_completeness`."""
    with session(ledger.path, "write") as s:
        act = ledger._act(s, "finding", reason=f"completeness of {period}")  # noqa: SLF001 — one facade in two files
        found = compile_completeness(s, ledger._period(s, period))  # noqa: SLF001 — one facade in two files
        held = set(s.rows("select code, message from finding"))
        rows = []
        for finding in found.findings:
            if finding.severity == "info" or (finding.code, finding.message) in held:
                continue
            batch_no, seq = entry_named(finding.entry) if finding.entry else (None, None)
            rows.append(
                {"code": finding.code, "severity": finding.severity, "entry_batch": batch_no, "entry_seq": seq,
                 "value": finding.value, "message": finding.message, "fix": finding.fix,
                 "effect_kg": finding.effect_kg}
            )  # fmt: skip
        counts = {"findings": len(rows)}
        if not rows:
            return WriteResult(None, 0, counts)

        def fill(writing: Writing) -> None:
            writing.insert_rows(RecordedFinding, as_arrow(RecordedFinding, rows))

        done = append(s, act, fill)
    return WriteResult(done.batch_no, done.entries, counts)


def settled_finding(ledger: Book, finding: str, note: str, state: str) -> WriteResult:
    """Say what became of a finding; see :meth:`ledger.book.Ledger.resolve`."""
    batch_no, seq = entry_named(finding)
    if state not in STATES:
        raise Misuse(f"a finding cannot become '{state}'", "take one of: " + ", ".join(STATES))
    if not note.strip():
        raise Misuse("what became of a finding needs a note", "say with --note what was done, or why nothing need be")
    with session(ledger.path, "write") as s:
        act = ledger._act(s, "review", reason=f"{state}: {note}")  # noqa: SLF001 — one facade in two files
        if not s.rows("select 1 from finding where batch_no = ? and seq = ?", [batch_no, seq]):
            raise Misuse(f"{finding} is not a finding on record", "ghg findings lists them with their ids")
        last = s.rows(
            "select e.state, b.role from finding_event e join batch b using (batch_no) "
            "where e.finding_batch = ? and e.finding_seq = ? order by e.batch_no desc, e.seq desc limit 1",
            [batch_no, seq],
        )
        standing = last[0][0] if last else "reopened"  # open from the start
        if standing == state:
            return WriteResult(None, 0, {"events": 0})
        if last and standing == "reopened" and last[0][1] in SETTLERS and act.role not in SETTLERS:
            raise Refused(
                f"{finding} was opened again in a review, and '{ledger.actor}' may not say that it is {state}",
                "have it settled by an auditor or a reviewer; say what was done with ghg review comment",
                code="review-own",
                act=RefusedAct("review", act.actor, {"code": "review-own", "finding": finding, "state": state}),
            )
        row = {"finding_batch": batch_no, "finding_seq": seq, "state": state, "note": note}

        def fill(writing: Writing) -> None:
            writing.insert_rows(FindingEvent, as_arrow(FindingEvent, [row]))

        done = append(s, act, fill)
    return WriteResult(done.batch_no, done.entries, {"events": 1})
