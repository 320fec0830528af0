"""What a file's headers and words probably mean: for a mapping file, or for a person to confirm on a page."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from ledger.book.recording.uploading import known_of
from ledger.book.verbs.book import Book
from ledger.errors import Misuse, known_word
from ledger.intake.known import shipped_known
from ledger.intake.reading import tables_of
from ledger.intake.tables.mapping import FileMapping
from ledger.intake.tables.mapping_proposal import MappingProposal, mapping_file_text, mapping_proposal
from schemas.kinds import KINDS


def proposed_mapping_file(ledger: Book, file: Path, target: Path, **how: Any) -> Path:
    """Write the mapping file proposed for a file; needs no ledger. Raises Misuse where one is there already."""
    if target.exists():
        raise Misuse(f"{target} is there already", "name another file with -o; nothing was overwritten")
    target.write_text(mapping_file_text(proposed_meanings(ledger, file, **how)), encoding="utf-8")
    return target


def proposed_meanings(
    ledger: Book,
    file: Path,
    *,
    kind: str | None = None,
    locale: str | None = None,
    sheet: str | None = None,
    encoding: str | None = None,
    mapping: FileMapping | None = None,
    shown: int = 0,
) -> MappingProposal:
    """What the headers and words of a file probably mean; needs no ledger. Raises Misuse for a file without a table.

    What a ``mapping`` says is taken as said. With ``shown`` rows to be given back, only the first part of a long table
    is looked at.
    """
    if kind is not None:
        known_word("kind of upload", kind, KINDS)
    known = known_of(ledger) if ledger.path.exists() else shipped_known()
    with tempfile.TemporaryDirectory() as stage:
        sources, findings = tables_of(
            file, known=known, stage=Path(stage), sheet=sheet, encoding=encoding, careful=not shown
        )
        if not sources:
            first = findings[0]
            raise Misuse(f"{file.name}: {first.message}", first.fix)
        chunks = 1 if shown else None
        return mapping_proposal(sources, known, kind, locale, mapping, chunks=chunks, shown=shown)
