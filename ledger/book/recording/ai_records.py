"""Runs, readings, machines and intensities in an upload: taken in once, and never silently in another's place."""

from __future__ import annotations

from dataclasses import replace

from ledger.ai.assets.shipped_figures import with_figures
from ledger.ai.held import RECORDS, Apart, apart
from ledger.intake import Upload
from ledger.intake.faults import Faults
from ledger.intake.following.intensities import Fresh, fresh_intensities
from ledger.store import Session

FINDINGS_PER_CODE = 1_000
INTENSITY = "grid_intensity"


def has_records(read: Upload) -> bool:
    """Whether an upload brings rows that the ledger takes exactly once: runs, readings, intensities of grids."""
    return any(kind in RECORDS or kind == INTENSITY for kind in read.frames)


def with_shipped_figures(read: Upload) -> Upload:
    """The upload with the shipped manufacture of the machines that it names without a figure."""
    if "hardware_asset" not in read.frames or read.has_errors:
        return read
    found = Faults(read.source_name, FINDINGS_PER_CODE)
    frames = {**read.frames, "hardware_asset": with_figures(read.frames["hardware_asset"], found)}
    told = (*found.listed(), *read.findings)
    return replace(read, frames=frames, findings=told, more_findings={**read.more_findings, **found.more()})


def without_held(s: Session, read: Upload, *, may_replace: bool) -> tuple[Upload, tuple[str, ...]]:
    """The upload without the records that the ledger has alike, and the entries that it replaces.

    Runs and readings that differ are told: whoever may replace has them take the earlier ones' place, else they are
    errors that say how. Withdrawing an earlier one is its own word for that. An intensity that differs is a revision of
    its publisher's, and is recorded as such.
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
    if INTENSITY in frames:
        fresh = fresh_intensities(s, frames[INTENSITY])
        frames[INTENSITY] = fresh.rows
        tell_intensities(found, fresh)
    kept = {kind: frame for kind, frame in frames.items() if frame.height}
    told = (*found.listed(), *read.findings)
    more = {**read.more_findings, **found.more()}
    return replace(read, frames=kept, findings=told, more_findings=more), tuple(replaced)


def tell_intensities(found: Faults, fresh: Fresh) -> None:
    """Findings on how many intensities are held alike, and on the first of those that differ from what is held."""
    if fresh.alike:
        found.add("intensity-held", count=fresh.alike)
    if (first := fresh.first) is not None:
        found.add("intensity-revised", sheet=first.sheet, line=first.line, column="intensity_g_per_kwh",
                  value=first.value, count=fresh.revised, entry=first.entry, held=first.held)  # fmt: skip


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
