"""Reports that are handed out: issued once the period is approved, with their bytes and inputs kept on record."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ledger.book.issued import APPROVED, IssuedRow, issued_rows
from ledger.book.verbs.book import Book
from ledger.disclosure.documents.document import Document
from ledger.disclosure.documents.files import checked_formats, file_name, format_of, named_bytes, put_files
from ledger.disclosure.documents.inputs import report_inputs
from ledger.disclosure.figures.look import company_look
from ledger.disclosure.kinds import formats_of, own_view, read_document, told_for
from ledger.errors import Damage, Misuse, Refused
from ledger.inventory import Period
from ledger.inventory.periods.life import Life, lives, period_status, view_holds
from ledger.inventory.periods.sealed import figures_digest
from ledger.store import Session, Writing, append, as_arrow, latest_checkpoint, session
from ledger.store.evidence import evidence_folder, keep_bytes
from ledger.store.tables import Evidence, EvidenceLink, IssuedReport
from ledger.tabular import Tabular

_SAME = (
    "report", "rule_set", "narrative_sha256", "view", "paper", "language", "software_version", "template", "settings",
    "approvals", "figures_sha256",
)  # fmt: skip
"""Inputs by which a report says the same as one that was issued before, whatever else the ledger has taken in since."""


@dataclass(frozen=True, slots=True)
class Issued(Tabular):
    """A report that was handed out: its entry, checkpoint and files; ``already`` when it had been issued before.

    ``open_requirements`` says of each rule set how many required items the statement does not meet in full.
    """

    entry: str
    checkpoint_size: int
    already: bool
    files: dict[str, Path]
    open_requirements: tuple[str, ...] = ()


def issued(
    ledger: Book, kind: str, text: str, formats: Sequence[str], folder: Path, view: str | None, at: int | None,
    paper: str, narrative: Path | None = None, language: str | None = None, reason: str | None = None,
) -> Issued:  # fmt: skip
    """Issue a report; see :meth:`ledger.book.Ledger.issue_report`.

    JSON is always among the files, so that what was issued can be recomputed. The documents are made while nobody is
    kept waiting; before they are recorded it is looked again whether the period still stands.
    """
    known, told = formats_of(kind), told_for(kind, narrative)
    given, size = checked_formats(formats, paper, known)
    wanted = [name for name in known if name in {*given, "json"}]
    with session(ledger.path) as s:
        of = ledger._period(s, text)  # noqa: SLF001 — one facade in two files
        seen = ledger._view(s, view or own_view(kind))  # noqa: SLF001 — as above
        earlier = issued_rows(s, kind, of, seen)
        spoken = company_look(s, of.end, latest_checkpoint(s, at).size, language).language
        asked = (at, size, None if told is None else told.sha256, spoken)
        held = next((row for row in reversed(earlier) if _was_asked(row, asked) and _has(row, wanted)), None)
        if held is None:
            check_standing(s, of, seen, at)
            document = read_document(
                s, kind, of, seen, at, told, with_postings="xlsx" in wanted, issued=True, language=language
            )
            inputs = report_inputs(s, document, paper, _approvals(s, document))
            held = next((row for row in reversed(earlier) if _has(row, wanted) and _says_same(row, inputs)), None)
        if held is not None:
            files = put_files(kept_files(ledger.path, held, wanted), folder)
            return Issued(held.entry, held.checkpoint_size, True, files)
        ledger._act(s, "issue")  # noqa: SLF001 — whether this person may, before the documents are made
    made = named_bytes(document, wanted, size)
    entry = _recorded(ledger, document, inputs, made, reason)
    size_read = document.figures.current.checkpoint.size
    return Issued(entry, size_read, False, put_files(made, folder), document.open_requirements)


def check_standing(s: Session, of: Period, view: str, at: int | None) -> None:
    """The period is approved at a size (now when None), and its figures are the same now. Raises Refused if not."""
    now = latest_checkpoint(s).size
    size = now if at is None else latest_checkpoint(s, at).size
    for when in sorted({size, now}):
        state = period_status(s, of, view, when)
        if state not in APPROVED:
            raise Refused(
                f"{of.label} is {state}{'' if when == now else f' at {when}'}; only an approved period is issued",
                f"ghg status {of.label} shows where it stands; a draft is made without --issue",
            )
    if size != now and figures_digest(s, of, view, None, size) != figures_digest(s, of, view, None, now):
        raise Refused(
            f"the figures of {of.label} are no longer those at {size}",
            "issue it as the ledger stands, without --at",
        )


def _approvals(s: Session, document: Document) -> list[dict[str, Any]]:
    """The steps on which the figures of a period rest: the last of each life over its days, by their entries."""
    now = document.figures.current
    of = now.period
    found: list[Life] = [
        life for life in lives(s, now.checkpoint.size)
        if view_holds(life, now.view) and life.event in APPROVED and life.start <= of.end and of.start <= life.end
    ]  # fmt: skip
    return [
        {"entry": life.steps[-1].entry, "event": life.event, "figures_sha256": life.steps[-1].figures_sha256,
         "period_start": life.start.isoformat(), "period_end": life.end.isoformat(), "view": life.view,
         "legal_entity_id": life.legal_entity_id}
        for life in found
    ]  # fmt: skip


def _was_asked(row: IssuedRow, asked: tuple[int | None, str, str | None, str]) -> bool:
    """Whether exactly this was issued: from this checkpoint, on this paper, with these texts, in this language."""
    given = row.inputs or {}
    said = (given.get("paper"), given.get("narrative_sha256"), given.get("language"))
    return (row.checkpoint_size, *said) == asked


def _has(row: IssuedRow, wanted: Sequence[str]) -> bool:
    return {format_of(name) for name in row.files} >= set(wanted)


def _says_same(row: IssuedRow, inputs: dict[str, Any]) -> bool:
    return row.inputs is not None and all(row.inputs.get(name) == inputs[name] for name in _SAME)


def kept_files(ledger: Path, row: IssuedRow, wanted: Sequence[str]) -> dict[str, tuple[str, bytes]]:
    """The files of an issued report out of evidence: name and bytes, by format. Raises Damage where one is gone."""
    kept = {}
    for name, sha256 in row.files.items():
        if (form := format_of(name)) in wanted:
            path = evidence_folder(ledger) / sha256
            content = path.read_bytes() if path.is_file() else b""
            if hashlib.sha256(content).hexdigest() != sha256:
                raise Damage(f"the kept bytes of {name} ({row.entry}) are gone or others", "ghg verify tells the rest")
            kept[form] = (name, content)
    return kept


def issued_again(ledger: Book, entry: str, folder: Path) -> dict[str, Path]:
    """The kept files of an issued report, put into a folder. Raises Misuse where nothing was issued as the entry."""
    with session(ledger.path) as s:
        row = next((row for row in issued_rows(s) if row.entry == entry), None)
    if row is None:
        raise Misuse(f"nothing was issued as {entry}", "ghg report list shows what was")
    return put_files(kept_files(ledger.path, row, [format_of(name) for name in row.files]), folder)


def _recorded(
    ledger: Book, document: Document, inputs: dict[str, Any], made: dict[str, tuple[str, bytes]], reason: str | None
) -> str:
    """Put the report on record, its files and inputs (and what else it rests on) in evidence; gives the entry.

    Raises Refused where the period does not stand any more.
    """
    import rfc8785

    figures, now, of = document.figures, document.figures.current, document.figures.current.period
    files = {name: hashlib.sha256(content).hexdigest() for name, content in made.values()}
    given = rfc8785.dumps(inputs)
    given_digest = hashlib.sha256(given).hexdigest()
    kept = [*made.values(), (file_name(document, "inputs.json"), given)]
    if document.told is not None:
        kept.append((file_name(document, "narrative.json"), document.told.canonical))
    row = {
        "report": document.kind, "period_start": of.start, "period_end": of.end, "view": now.view,
        "checkpoint_size": now.checkpoint.size, "checkpoint_root": now.checkpoint.root,
        "software_version": figures.software_version, "template_version": figures.template_version,
        "inputs_sha256": given_digest, "files": rfc8785.dumps(files).decode(),
    }  # fmt: skip
    key = hashlib.sha256(b"issue:" + rfc8785.dumps({"inputs": given_digest, "files": files})).hexdigest()
    with session(ledger.path, "write") as s:
        check_standing(s, of, now.view, now.checkpoint.size)
        act = ledger._act(s, "issue", key=key, reason=reason)  # noqa: SLF001 — one facade in two files
        for _, content in kept:
            keep_bytes(ledger.path, content)
        done = append(s, act, lambda writing: _fill(writing, row, kept))
        seq = s.one("select seq from issued_report where batch_no = ?", [done.batch_no])[0]
    return f"B{done.batch_no}-{seq}"


def _fill(writing: Writing, row: dict[str, Any], kept: Sequence[tuple[str, bytes]]) -> None:
    """The report, the files that were not listed yet, and a link from each to the report."""
    writing.insert_rows(IssuedReport, as_arrow(IssuedReport, [row]))
    seq = writing.entries
    known = {found for (found,) in writing.s.rows("select distinct sha256 from evidence")}
    files, links = [], []
    for name, content in kept:
        sha256 = hashlib.sha256(content).hexdigest()
        links.append({"sha256": sha256, "entry_batch": writing.batch_no, "entry_seq": seq, "note": "issued"})
        if sha256 not in known:
            known.add(sha256)
            files.append({"sha256": sha256, "name": name, "bytes": len(content), "media_type": _media_type(name)})
    writing.insert_rows(Evidence, as_arrow(Evidence, files))
    writing.insert_rows(EvidenceLink, as_arrow(EvidenceLink, links))


def _media_type(name: str) -> str:
    return mimetypes.guess_type(name)[0] or "application/octet-stream"
