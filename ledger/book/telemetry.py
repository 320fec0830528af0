"""Sealed telemetry into the ledger: added up by an engine beside it, then taken in as an upload like any other.

The ledger is not open while an engine works: whatever ends it there, the ledger is as it was.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import ledger.intake.checks.validate  # noqa: F401 — Pandera looks for Spark when it is imported, and need not find it
from ledger.book.recording.uploading import uploaded
from ledger.book.results import UploadResult
from ledger.book.verbs.book import Book
from ledger.calculation.engines import engine
from ledger.errors import Damage, Misuse
from ledger.intake.tables.mapping import Shaping
from ledger.intake.telemetry import Difference, Telemetry, differences, telemetry
from ledger.intake.telemetry.hours import sealed_parts
from ledger.intake.telemetry.manifest import files_of
from ledger.plain import plain
from ledger.store import session
from ledger.store.evidence import evidence_folder, keep_bytes
from ledger.tabular import Tabular

MANIFEST_OF = r"regexp_extract(query, '^manifest ([0-9a-f]{64}),', 1)"
"""SQL: the digest of the manifest that a reading of telemetry rests on."""


@dataclass(frozen=True, slots=True)
class Added(Tabular):
    """What an engine made of a folder, and what became of it as an upload."""

    engine: str
    made: Telemetry
    upload: UploadResult

    def as_json(self) -> dict[str, Any]:
        """The answer of `ghg ai telemetry --json`."""
        made = self.made
        return self.upload.as_json() | {
            "engine": self.engine, "files": made.files, "samples": made.samples, "hours": made.hours, "kwh": made.kwh,
            "first": made.first.isoformat(), "last": made.last.isoformat(), "manifest_sha256": made.manifest_sha256,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Held:
    """A manifest that readings of the ledger rest on, and which of its files are not as it has them."""

    batch: int
    manifest_sha256: str
    files: int
    differ: tuple[Difference, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        made: dict[str, Any] = plain({name: getattr(self, name) for name in self.__slots__})
        return made


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of a folder: the interval of its samples, the days, the engine and where it is."""

    folder: str
    engine: str = "duckdb"
    connect: str | None = None
    seconds: int = 1
    first: date | None = None
    last: date | None = None


def added_telemetry(
    ledger: Book, wish: Wish, choices: Mapping[str, str], *, check: bool, replace: bool, reason: str | None
) -> Added:
    """Take in the energy of a folder; see :meth:`ledger.book.Ledger.telemetry`."""
    if not check:
        ledger._check_may("upload")  # noqa: SLF001 — one facade in two files
    with engine(wish.engine, wish.folder, wish.connect) as on:
        made, title = telemetry(on, wish.folder, wish.seconds, wish.first, wish.last), on.title
    if not check:
        keep_bytes(ledger.path, made.manifest)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"telemetry-{made.first}-{made.last}.json"
        file.write_bytes(made.document)
        done = uploaded(
            ledger, file, kind=None, locale=None, sheet=None, encoding=None, check=check, again=False, reason=reason,
            shaping=Shaping(choices=choices), replace_earlier=replace,
        )  # fmt: skip
    return Added(title, made, done)


def held_telemetry(ledger: Book, wish: Wish) -> tuple[Held, ...]:
    """Hold a folder against the manifests in the ledger; see :meth:`ledger.book.Ledger.telemetry_held`."""
    with session(ledger.path) as s:
        rows = s.rows(
            f"select {MANIFEST_OF} as manifest, min(batch_no) from measurement where source = 'telemetry' "
            "group by all having manifest <> '' order by 2, 1"
        )
    if not rows:
        raise Misuse("the ledger has no readings of telemetry", "take a folder in first: ghg ai telemetry FOLDER")
    with engine(wish.engine, wish.folder, wish.connect) as on:
        parts = sealed_parts(on, wish.folder, wish.first, wish.last)
    names = {part.name for part in parts}
    found = []
    for digest, batch in rows:
        kept = evidence_folder(ledger.path) / digest
        if not kept.is_file():
            raise Damage(f"the manifest {digest} of batch {batch} is not kept", "run ghg verify")
        manifest = kept.read_bytes()
        files = files_of(manifest)
        if names & set(files):
            found.append(Held(batch, digest, len(files), differences(manifest, parts)))
    return tuple(found)
