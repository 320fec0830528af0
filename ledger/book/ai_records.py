"""Runs and readings in an upload: taken in exactly once, and never silently in another's place."""

from __future__ import annotations

from dataclasses import replace

from ledger.ai.held import RECORDS, Apart, apart
from ledger.intake import Upload
from ledger.intake.faults import Faults
from ledger.store import Session

FINDINGS_PER_CODE = 1_000


def has_records(read: Upload) -> bool:
    """Whether an upload brings runs or readings."""
    return any(kind in RECORDS for kind in read.frames)


def without_held(s: Session, read: Upload, *, may_replace: bool) -> tuple[Upload, tuple[str, ...]]:
    """The upload without the runs and readings that the ledger has alike, and the entries that it replaces.

    Those that differ are told: whoever may replace has them take the earlier ones' place, else they are errors that
    say how. Withdrawing an earlier one is its own word for that.
    """
    if not has_records(read):
        return read, ()
    replaced: list[str] = []
    found = Faults(read.source_name, FINDINGS_PER_CODE)
    frames = dict(read.frames)
    for kind in RECORDS:
        if kind not in frames:
            continue
        made = apart(s, kind, frames[kind])
        frames[kind] = made.rows
        replaced += _told(found, kind, made, may_replace=may_replace)
    kept = {kind: frame for kind, frame in frames.items() if frame.height}
    told = (*found.listed(), *read.findings)
    more = {**read.more_findings, **found.more()}
    return replace(read, frames=kept, findings=told, more_findings=more), tuple(replaced)


def _told(found: Faults, kind: str, made: Apart, *, may_replace: bool) -> list[str]:
    """Tell what is alike and what differs; gives the entries that are replaced."""
    if made.alike:
        found.add("record-held", count=made.alike, kind=kind)
    replacing = [one for one in made.differing if may_replace or one.withdraws]
    for one in made.differing:
        if one not in replacing:
            found.add("record-differs", sheet=one.sheet, line=one.line, entry=one.entry, differs=one.differs)
    if replacing:
        first = replacing[0]
        found.add("record-replaced", sheet=first.sheet, line=first.line, count=len(replacing), kind=kind,
                  entry=first.entry)  # fmt: skip
    return [one.entry for one in replacing]
