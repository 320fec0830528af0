"""What the verbs of the ledger answer: small frozen records that print as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Self

from ledger.errors import Finding
from ledger.plain import plain
from ledger.tabular import Rows, Tabular
from schemas.measures import SCOPE_MEASURES

if TYPE_CHECKING:
    from ledger.ai.reconcile import Comparison
    from ledger.ai.stated_held import StatedHeld
    from ledger.assurance.verification import Stamp
    from ledger.book.credentials import Token
    from ledger.inventory.registers.intensity import Intensity, Reconciliation
    from ledger.schedule.recorded import HeldAdvice

SETTLED_CODES = ("closed-period", "period-open-again")
"""Findings on periods that were submitted, approved or closed."""


@dataclass(frozen=True, slots=True)
class Added:
    """What a file would add to a year's figures, measure (`scope_1` …) → kg CO2e; None where nothing is quantified.

    Of whole facilities, before a view's share, and before instruments are allotted.
    """

    year: int
    figures: Mapping[str, Decimal | None]


@dataclass(frozen=True, slots=True)
class UploadResult(Tabular):
    """What became of a file.

    ``status`` is accepted, refused, already_recorded, or checked (nothing written). ``posted`` counts postings
    with a result, ``not_quantified`` those without. ``marked`` is the refused file handed back,
    ``proposed`` are files of what the registers lack. ``added`` is what a file that was checked would add, where it
    brings activities alone.
    """

    ROWS = "findings"

    status: Literal["accepted", "refused", "already_recorded", "checked"]
    kind: str | None
    source_name: str
    batch: int | None
    rows: int
    posted: int
    not_quantified: int
    findings: tuple[Finding, ...]
    more_findings: Mapping[str, int]
    marked: Path | None = None
    checkpoint_size: int | None = None
    proposed: tuple[Path, ...] = ()
    added: tuple[Added, ...] = ()

    def caption(self) -> str:
        """The file, what became of it, and how much was found."""
        kind = f", {self.rows} rows of kind {self.kind.replace('+', ', ')}" if self.kind else ""
        found = f", {len(self.findings) + sum(self.more_findings.values())} findings" if self.findings else ""
        written = f" as batch {self.batch}" if self.status == "accepted" else ""
        return f"{self.source_name}: {self.status.replace('_', ' ')}{written}{kind}{found}"

    @property
    def errors(self) -> int:
        """How many findings are errors, those beyond the cap included."""
        return sum(1 for finding in self.findings if finding.severity == "error")

    @property
    def settled(self) -> tuple[Finding, ...]:
        """The findings on periods that were submitted, approved or closed, in which rows fall."""
        return tuple(finding for finding in self.findings if finding.code in SETTLED_CODES)

    def as_json(self) -> dict[str, Any]:
        """The answer of `ghg upload --json`."""
        made: dict[str, Any] = plain({name: getattr(self, name) for name in self.__slots__ if name != "findings"})
        made["findings"] = [finding.as_json() for finding in self.findings]
        return made


@dataclass(frozen=True, slots=True)
class SpoolResult(Tabular):
    """What became of the files of a folder; ``begun`` have nothing to record yet, ``foreign`` are of something else."""

    ROWS = "files"

    files: tuple[UploadResult, ...]
    begun: tuple[str, ...]
    foreign: tuple[str, ...]

    @property
    def refused(self) -> int:
        """How many files were refused."""
        return self.counts["refused"]

    @property
    def counts(self) -> dict[str, int]:
        """How many files became what, by the words of it."""
        words = {"accepted": "accepted", "checked": "would be accepted", "already_recorded": "already recorded",
                 "refused": "refused"}  # fmt: skip
        counts = {word: sum(file.status == status for file in self.files) for status, word in words.items()}
        return counts | {"begun": len(self.begun), "of something else": len(self.foreign)}

    def as_json(self) -> dict[str, Any]:
        """The answer of `ghg connect spool --json`."""
        files = [file.as_json() for file in self.files]
        return {"files": files, "begun": list(self.begun), "foreign": list(self.foreign), "counts": self.counts}


@dataclass(frozen=True, slots=True)
class GridResult(Tabular):
    """What became of the answers of a service for grids: how many there were, when they were fetched, the upload.

    ``recorded`` says how many values are new or revised: 0 where nothing was written.
    """

    zone: str
    source: str
    answers: int
    retrieved_at: datetime
    recorded: int
    upload: UploadResult

    def as_json(self) -> dict[str, Any]:
        """The answer of `ghg connect grid --json`: that of the upload, with what was asked."""
        asked = {name: plain(getattr(self, name)) for name in ("zone", "source", "answers", "retrieved_at", "recorded")}
        return asked | self.upload.as_json()


@dataclass(frozen=True, slots=True)
class WriteResult(Tabular):
    """What an act wrote: its batch and counts; ``batch`` is None where nothing had to be written.

    ``findings`` say what rows taken back or put right mean for periods that were submitted, approved or closed.
    """

    batch: int | None
    entries: int
    counts: Mapping[str, int]
    findings: tuple[Finding, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The answer as JSON values."""
        made: dict[str, Any] = {"batch": self.batch, "entries": self.entries, **self.counts}
        return made | ({"findings": [finding.as_json() for finding in self.findings]} if self.findings else {})


class Breakdown(Rows[dict[str, Any]]):
    """An inventory cut by a dimension: a dict for each value of it, under the dimension's name, and four measures.

    The measures are `scope_1`, `scope_2_location`, `scope_2_market`, `scope_3` in kg CO2e, None where nothing is
    quantified; in Arrow and polars their names end in `_kg_co2e`. The two Scope 2 methods stand side by side.
    """

    def __new__(cls, rows: Sequence[dict[str, Any]], by: str, period: str, view: str) -> Self:
        """The rows of a cut, and what was cut: the label of the period, the view."""
        return super().__new__(cls, rows, (by, *SCOPE_MEASURES), f"{period}, {view.replace('_', ' ')}, by {by}")


class PostedOfModels(Tabular, dict[tuple[str, str], tuple[Decimal | None, Decimal | None]]):
    """(model, stage) → total location-based and market-based, kg CO2e."""

    def table_rows(self) -> list[dict[str, Any]]:
        """A row for each model and stage."""
        return [
            {"model": model, "stage": stage, "total_location": location, "total_market": market}
            for (model, stage), (location, market) in self.items()
        ]


class Intensities(NamedTuple):
    """Intensities by both Scope 2 methods, and with revenue its reconciliation to the statements."""

    intensities: Rows[Intensity]
    reconciliations: Rows[Reconciliation]


class Reconciled(NamedTuple):
    """What several sources saw of the same computing, and providers' statements against the runs that are held."""

    comparisons: Rows[Comparison]
    statements: Rows[StatedHeld]


class TruedUp(NamedTuple):
    """An advice with its truth, and what was written."""

    advice: HeldAdvice
    written: WriteResult


class AllTruedUp(NamedTuple):
    """Every advice that was held against its run, and the ids of those without one."""

    advice: Rows[HeldAdvice]
    waiting: list[str]


class AddedMisstatement(NamedTuple):
    """The id of a misstatement, and what was written."""

    misstatement_id: str
    written: WriteResult


class StampRequest(NamedTuple):
    """A request for a time stamp (RFC 3161, DER), and the size of the checkpoint that it is for."""

    request: bytes
    size: int


class StampTaken(NamedTuple):
    """A time stamp that was kept, and its batch."""

    stamp: Stamp
    batch: int


class NewToken(NamedTuple):
    """A token, given here and never again, and what is listed of it."""

    token: str
    listed: Token
