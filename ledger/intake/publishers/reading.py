"""A publisher's file is recognised, held against the files we know, read, and given its source record."""

from __future__ import annotations

import csv
import hashlib
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ledger import shipped
from ledger.errors import Finding, Misuse
from ledger.factors.published import Row
from ledger.intake.faults import Faults
from ledger.intake.files.limits import Limits
from ledger.intake.publishers import electricity, government, spend
from ledger.intake.publishers.cells import Sheet, sheets
from ledger.intake.publishers.made import Asked, Made

Reader = Callable[[Asked], Made | None]


def _has(columns: Mapping[str, str], *needed: str) -> Callable[[list[Sheet]], bool]:
    return lambda found: electricity.has_header(found, columns, needed)


_READERS: Mapping[str, tuple[tuple[Callable[[list[Sheet]], bool], Reader], ...]] = {
    "desnz": ((government.is_desnz, government.desnz),),
    "epa_hub": ((government.is_hub, government.hub),),
    "egrid": ((government.is_egrid, government.egrid),),
    "electricity_maps": (
        (_has(electricity.MAPS_SERIES, "start", "zone"), electricity.maps_series),
        (_has(electricity.MAPS_YEARLY, "zone", "year", "value"), electricity.maps_yearly),
    ),
    "green_e": ((_has(electricity.GREEN_E, "region", "value"), electricity.green_e),),
    "aib": ((_has(electricity.AIB, "country", "value"), electricity.aib),),
    "spend_table": ((spend.is_spend, spend.spend_table),),
    "country_grid": ((_has(electricity.COUNTRY_GRID, "country", "value"), electricity.country_grid),),
}
"""Kind → how it is told, and its reader; the first that fits is taken."""

KINDS = tuple(_READERS)


@dataclass(frozen=True, slots=True)
class PublishersFile:
    """A file that was read: its kind and edition, its source record, its rows, and what was found.

    ``known`` names the edition that the fingerprint belongs to; None where it is not one that we know. ``series`` are
    rows of `grid_intensity`, and a file of those has no factors.
    """

    kind: str
    edition: str
    known: str | None
    source: Mapping[str, Any]
    rows: tuple[Row, ...]
    series: tuple[Mapping[str, Any], ...]
    sha256: str
    findings: tuple[Finding, ...]
    more_findings: Mapping[str, int]

    @property
    def has_errors(self) -> bool:
        """Whether a finding refuses the file."""
        return any(finding.severity == "error" for finding in self.findings)


def read_publishers_file(path: Path, *, kind: str | None = None, edition: str | None = None) -> PublishersFile:
    """Read a publisher's file; every fault is a finding. Raises Misuse for a kind that there is not, or no file."""
    if kind is not None and kind not in _READERS:
        raise Misuse(f"'{kind}' is no kind of publisher's file", "take one of: " + ", ".join(KINDS))
    if not path.is_file():
        raise Misuse(f"there is no file {path}", "give the path of the publisher's file")
    faults = Faults(path.name, Limits().findings_per_code)
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    known = _known_files().get(sha256)
    if known is None:
        faults.add("publisher-file-unknown", value=sha256[:16])
    elif kind is None:
        kind = known["kind"]
    held = sheets(path, faults)
    reader = _reader(kind, held, faults) if held else None
    made = None
    if reader is not None:
        kind, read = reader
        told = edition or (known["edition"] if known and kind == "epa_hub" else None)
        made = read(Asked(path, held, sha256, told, "official" if known else "user", faults))
    return _file(kind, made, known, path, sha256, faults)


def _reader(kind: str | None, held: list[Sheet], faults: Faults) -> tuple[str, Reader] | None:
    """The kind of a file and who reads it; a finding where none of its sheets has a header that we know."""
    for name, readers in _READERS.items():
        if kind in (None, name):
            for fits, read in readers:
                if fits(held):
                    return name, read
    if kind is not None:
        return kind, _READERS[kind][0][1]  # the header check says cell by cell what differs
    faults.add("publisher-not-recognised", kinds=", ".join(KINDS))
    return None


def _file(
    kind: str | None, made: Made | None, known: Mapping[str, str] | None, path: Path, sha256: str, faults: Faults
) -> PublishersFile:
    rows = tuple(made.rows) if made is not None else ()
    source = {} if kind is None or made is None else _source(kind, made, known, path, sha256)
    return PublishersFile(
        kind=kind or "", edition=made.edition if made else "", known=known["file"] if known else None, source=source,
        rows=rows, series=tuple(made.series) if made else (), sha256=sha256, findings=faults.listed(),
        more_findings=faults.more(),
    )  # fmt: skip


def _source(
    kind: str, made: Made, known: Mapping[str, str] | None, path: Path, sha256: str
) -> dict[str, Any]:
    """The source record: what is known of the publisher, and of this file."""
    record = {
        name: value.replace("{edition}", made.edition) if isinstance(value, str) else value
        for name, value in _sources()[kind].items()
    }
    starts = sorted(row["valid_from"] for row in made.rows)
    ends = sorted(row["valid_to"] for row in made.rows)
    if made.life_cycle is not None:
        record["life_cycle"] = made.life_cycle
    return record | {
        "edition": made.edition,
        "version": known["version"] if known else sha256[:12],
        "published": made.edition,
        "origin": path.name,
        "source_sha256": sha256,
        "valid_from": starts[0] if starts else None,
        "valid_to": ends[-1] if ends else None,
        "verification": "official" if known else "user",
    }


@cache
def _sources() -> dict[str, dict[str, Any]]:
    return tomllib.loads((shipped.path("data") / "imports" / "sources.toml").read_text(encoding="utf-8"))


@cache
def _known_files() -> dict[str, dict[str, str]]:
    with (shipped.path("data") / "imports" / "known_files.csv").open(newline="", encoding="utf-8") as file:
        return {row["sha256"]: row for row in csv.DictReader(file)}
