"""Publishers' files of factors: read and checked, their effect told, and recorded as a batch with their bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ledger.book.recording.ai_records import FINDINGS_PER_CODE, tell_intensities
from ledger.book.recording.uploading import record_findings
from ledger.book.verbs.book import Book
from ledger.errors import Finding
from ledger.factors.overlay import lay_over
from ledger.factors.publish import typed_factors
from ledger.factors.published import AMOUNTS, Row
from ledger.intake.faults import Faults
from ledger.intake.following.intensities import frame_of, fresh_intensities
from ledger.intake.publishers import PublishersFile, read_publishers_file
from ledger.inventory.periods.effect import Effect, planned_effect
from ledger.plain import plain, plain_amount
from ledger.store import Session, Writing, append, as_arrow, session
from ledger.store.control_log import record_refusal
from ledger.store.evidence import keep_file
from ledger.store.identity import person_called
from ledger.store.tables import GridIntensity
from ledger.tabular import Tabular

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class ImportResult(Tabular):
    """What became of a publisher's file.

    ``status`` is accepted, refused, already_recorded, or checked (nothing written). ``known`` names the edition whose
    fingerprint the file has; ``corrected`` counts factors that the ledger has with other figures, each of which gets
    a new version. ``effect`` is what its factors would change, where nothing was written.
    """

    ROWS = "findings"

    status: str
    kind: str
    dataset: str | None
    edition: str
    known: str | None
    batch: int | None
    factors: int
    intervals: int
    corrected: int
    findings: tuple[Finding, ...]
    more_findings: Mapping[str, int]
    effect: Effect | None = None

    def as_json(self) -> dict[str, Any]:
        """The answer of `ghg factors import --json`."""
        made: dict[str, Any] = plain({name: getattr(self, name) for name in self.__slots__ if name != "effect"})
        made["findings"] = [finding.as_json() for finding in self.findings]
        made["effect"] = None if self.effect is None else self.effect.as_json()
        return made


def imported(
    ledger: Book, file: Path, *, kind: str | None, edition: str | None, check: bool, erratum: str | None
) -> ImportResult:
    """Read a publisher's file and record it, or say what it would change; :meth:`ledger.book.Ledger.import_factors`."""
    if not check:
        ledger._check_may("factor_set")  # noqa: SLF001 — one facade in two files
    read = read_publishers_file(file, kind=kind, edition=edition)
    if read.has_errors:
        if not check:
            _note_refusal(ledger, file, read)
        return _result("refused", read, 0)
    if check:
        with session(ledger.path) as s:
            rows, corrected = _as_versions(s, read, erratum)
            effect = None
            if rows:
                lay_over(s, typed_factors(read.source, rows))
                name = str(read.source["dataset"])
                words = f"{name}, from {file.name}, not yet recorded"
                view = ledger._view(s, None)  # noqa: SLF001 — one facade in two files
                effect = planned_effect(s, dataset=name, subject=words, view=view)
        return _result("checked", read, corrected, effect=effect)
    return _recorded(ledger, file, read, erratum)


def _recorded(ledger: Book, file: Path, read: PublishersFile, erratum: str | None) -> ImportResult:
    with session(ledger.path, "write") as s:
        rows, corrected = _as_versions(s, read, erratum)
        key = hashlib.sha256(f"factor_import\n{read.sha256}\n{read.kind}\n{read.edition}".encode()).hexdigest()
        is_known = bool(s.rows("select 1 from batch where idempotency_key = ?", [key]))
        read, series = (read, None) if is_known else _with_fresh_series(s, read, file.name)
        if series is not None and not series.num_rows and not rows:
            return _result("already_recorded", read, corrected)
        keep_file(ledger.path, file, read.sha256)
        act = ledger._act(  # noqa: SLF001 — one facade in two files
            s,
            "factor_set",
            key=key,
            reason=erratum,
            source_name=file.name,
            source_sha256=read.sha256,
            source_bytes=file.stat().st_size,
            parser=f"publisher:{read.kind}",
            control_totals=json.dumps({"rows": len(rows) + len(read.series)}),
        )

        def fill(writing: Writing) -> None:
            if rows:
                for table, held in typed_factors(read.source, rows).items():
                    writing.insert_rows(table, held)
            if series is not None:
                writing.insert_rows(GridIntensity, series)
            record_findings(writing, read.findings)

        done = append(s, act, fill)
    return _result("already_recorded" if done.already else "accepted", read, corrected, batch=done.batch_no)


def _with_fresh_series(s: Session, read: PublishersFile, name: str) -> tuple[PublishersFile, pa.Table | None]:
    """The file with what is to be told of its series, and the intensities of it that the ledger lacks; None of none."""
    if not read.series:
        return read, None
    fresh = fresh_intensities(s, frame_of(as_arrow(GridIntensity, [dict(row) for row in read.series])))
    found = Faults(name, FINDINGS_PER_CODE)
    tell_intensities(found, fresh)
    told = replace(read, findings=(*read.findings, *found.found))
    return told, fresh.rows.drop("seq", "source_line").to_arrow()


def _as_versions(s: Session, read: PublishersFile, erratum: str | None) -> tuple[list[Row], int]:
    """The rows, those marked that give other figures than the version that the ledger has; and how many those are."""
    names = ", ".join(AMOUNTS)
    held = {
        factor_id: (entry, version, values)
        for factor_id, entry, version, *values in s.rows(
            f"select factor_id, concat('B', batch_no, '-', seq), version, {names} from emission_factor "
            "where list_contains($ids, factor_id) "
            "qualify row_number() over (partition by factor_id order by batch_no desc, seq desc) = 1",
            {"ids": [row["factor_id"] for row in read.rows]},
        )
    }
    made, corrected = [], 0
    for row in read.rows:
        known = held.get(row["factor_id"])
        before = dict(zip(AMOUNTS, known[2], strict=True)) if known else {}
        told = {name: plain_amount(value) for name, value in before.items() if value is not None}
        now = {name: row[name] for name in AMOUNTS if row.get(name)}
        if known is None or told == now:
            made.append(row)
            continue
        corrected += 1
        changed = [name for name in AMOUNTS if told.get(name) != now.get(name)]
        words = "; ".join(f"{name} {told.get(name, 'not told')} became {now.get(name, 'not told')}" for name in changed)
        made.append(row | {"supersedes": known[0], "erratum": f"{erratum}: {words}" if erratum else words})
    return made, corrected


def _note_refusal(ledger: Book, file: Path, read: PublishersFile) -> None:
    """A refused file is on record in the control log, with its bytes kept."""
    keep_file(ledger.path, file, read.sha256)
    errors = [finding for finding in read.findings if finding.severity == "error"]
    details: dict[str, Any] = {
        "source_name": file.name,
        "source_sha256": read.sha256,
        "kind": read.kind,
        "errors": str(len(errors)),
        "codes": sorted({finding.code for finding in errors}),
    }
    record_refusal(ledger.path, "factor_set", person_called(ledger.path, ledger.actor), details)


def _result(
    status: str, read: PublishersFile, corrected: int, *, batch: int | None = None, effect: Effect | None = None
) -> ImportResult:
    return ImportResult(
        status=status, kind=read.kind, dataset=str(read.source["dataset"]) if read.rows else None,
        edition=read.edition, known=read.known, batch=batch, factors=len(read.rows), intervals=len(read.series),
        corrected=corrected, findings=read.findings, more_findings=read.more_findings, effect=effect,
    )  # fmt: skip
