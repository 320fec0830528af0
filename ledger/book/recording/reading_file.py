"""A file read for the ledger: as one of our kinds, or by the mapping of a kind that an extension names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from ledger.intake.named_kinds import NamedKind, kind_of_tables, named_kinds
from ledger.intake.reading import read_upload
from ledger.intake.tables.mapping import Shaping
from ledger.intake.upload import Upload


def read_as_named(file: Path, *, kind: str | None, locale: str | None, shaping: Shaping, **how: Any) -> Upload:
    """The file as an upload; see :func:`ledger.intake.reading.read_upload`.

    A kind that an extension names may be asked for; and where nothing was said and the file is none of ours, it is read
    as the one whose headers it has, which is told.
    """
    asked = None if kind is None else named_kinds().get(kind)
    if asked is not None:
        return _by(asked, file, locale, shaping, how)
    read = read_upload(file, kind=kind, locale=locale, shaping=shaping, **how)
    if not read.has_errors or kind is not None or shaping.mapping is not None:
        return read
    known_by_headers = kind_of_tables(read.tables)
    return read if known_by_headers is None else _by(known_by_headers, file, locale, shaping, how)


def _by(named: NamedKind, file: Path, locale: str | None, shaping: Shaping, how: dict[str, Any]) -> Upload:
    read = read_upload(file, kind=named.kind, locale=locale or named.locale, shaping=named.shaping(shaping), **how)
    return replace(read, findings=(*read.findings, named.told(file.name)))
