"""Samples of the book: drawn, recorded by an auditor, handed out as papers, taken back, and evaluated."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ledger.assurance.reviewing.engagements import engagement_named
from ledger.assurance.sampling.check import wish_of
from ledger.assurance.sampling.drawing import Wish
from ledger.assurance.sampling.sample import Sample, make_sample
from ledger.book.results import WriteResult
from ledger.book.verbs.book import Book
from ledger.errors import Finding, Misuse, Refused, known_word
from ledger.inventory.period import Period
from ledger.inventory.periods.life import span_label
from ledger.store import Session, Writing, append, as_arrow, session
from ledger.store.tables import ReviewSample, SampleResult
from ledger.tabular import Tabular

if TYPE_CHECKING:
    from ledger.assurance.sampling.evaluation import Evaluation

_NAME = re.compile(r"[^\s/@]{1,40}")


@dataclass(frozen=True, slots=True)
class SampleRecord(Tabular):
    """A recorded sample as its row tells it, and who drew it."""

    row: dict[str, Any]
    batch: int
    person: str

    def summary_row(self) -> dict[str, Any]:
        """The columns of the register, with batch and person."""
        return {**self.row, "batch": self.batch, "person": self.person}


def drawn_sample(
    ledger: Book,
    period: str,
    measure: str,
    wish: Wish,
    *,
    view: str | None = None,
    at: int | None = None,
    name: str | None = None,
    engagement: str | None = None,
    frame_file: Path | None = None,
) -> Sample:
    """Draw a sample and write nothing to the ledger; see :meth:`ledger.book.Ledger.sample`."""
    if name is not None and not _NAME.fullmatch(name):
        raise Misuse(f"'{name}' cannot name a sample", "take a short word without blanks, like S1")
    with session(ledger.path) as s:
        if engagement is not None:
            told = engagement_named(s, engagement)
            if wish.size is not None and wish.confidence_factor is not None:
                raise Misuse(
                    f"--size {wish.size} and an interval from {engagement} do not go together",
                    "leave --size out to draw by performance materiality ÷ factor, or leave --confidence-factor out to "
                    "draw by the size",
                )
            if wish.confidence_factor is not None and wish.performance_materiality_kg is None:
                wish = replace(wish, performance_materiality_kg=told.performance_materiality_kg)
        of, seen = ledger._period(s, period), ledger._view(s, view)  # noqa: SLF001 — one facade in two files
        made = make_sample(
            s, of, seen, measure, wish, at, sample_id=name, engagement_id=engagement, file=frame_file
        )  # fmt: skip
    if not made.frame.units:
        raise Misuse(
            f"there is nothing to draw from: {of.label} has no unit of {measure} under {seen}",
            f"ghg inventory {of.label} shows what is recorded; name another period, measure or view",
        )
    return made


def recorded_sample(ledger: Book, sample: Sample) -> WriteResult:
    """Put a sample on record; see :meth:`ledger.book.Ledger.record_sample`."""
    row = sample.row
    key = hashlib.sha256("\n".join(("sample", *(str(value) for value in row.values()))).encode()).hexdigest()
    with session(ledger.path, "write") as s:
        act = ledger._act(s, "sample", key=key)  # noqa: SLF001 — one facade in two files
        held = s.rows("select items_sha256 from review_sample where sample_id = ?", [sample.sample_id])
        if held and held[0][0] != sample.items_sha256:
            raise Refused(f"another sample is on record as {sample.sample_id}", "give this one another name with --id")
        if held:
            return WriteResult(None, 0, {"samples": 0})

        def fill(writing: Writing) -> None:
            writing.insert_rows(ReviewSample, as_arrow(ReviewSample, [row]))

        done = append(s, act, fill)
    return WriteResult(done.batch_no, done.entries, {"samples": 1})


def sample_records(ledger: Book) -> tuple[SampleRecord, ...]:
    """Every recorded sample, in the order of the ledger."""
    with session(ledger.path) as s:
        rows = s.arrow(
            "select r.*, b.actor from review_sample r join batch b using (batch_no) order by r.batch_no, r.seq"
        ).to_pylist()
    return tuple(SampleRecord(row, row["batch_no"], row["actor"]) for row in rows)


def sample_again(s: Session, sample_id: str) -> Sample:
    """A recorded sample drawn again. Raises Misuse where there is none, Refused where it comes out otherwise."""
    rows = s.arrow("select * from review_sample order by batch_no, seq").to_pylist()
    named = [row for row in rows if row["sample_id"] == sample_id]
    if not named:
        known = ", ".join(row["sample_id"] for row in rows) or "none; ghg review sample … --record puts one on record"
        raise Misuse(f"there is no sample '{sample_id}'", f"samples on record: {known}")
    row = named[0]
    label = span_label(row["period_start"], row["period_end"])
    of = Period(row["period_start"], row["period_end"], label)
    made = make_sample(
        s, of, row["view"], row["measure"], wish_of(row), row["checkpoint_size"], sample_id=sample_id,
        engagement_id=row["engagement_id"],
    )  # fmt: skip
    if made.items_sha256 != row["items_sha256"]:
        raise Refused(f"the sample {sample_id} does not come out as it was recorded", "run ghg verify")
    return made


def papers_of(ledger: Book, sample: Sample, file: Path) -> Path:
    """Write the work papers of a sample, as .xlsx or .csv. Raises Misuse where the file is there already."""
    from ledger.assurance.sampling.papers import papers_csv, papers_xlsx

    if file.suffix.lower() not in (".xlsx", ".csv"):
        raise Misuse(f"papers are not written as '{file.suffix}'", "name a file that ends in .xlsx or .csv")
    if file.exists():
        raise Misuse(f"{file} is there already", "name another file with -o; nothing was overwritten")
    if file.suffix.lower() == ".csv":
        file.write_bytes(papers_csv(sample))
        return file
    with session(ledger.path) as s:
        size = sample.frame.checkpoint.size
        drawn_at = s.one("select max(recorded_at) from batch where batch_no <= ?", [size])[0]
        told = None if sample.engagement_id is None else engagement_named(s, sample.engagement_id)
    file.write_bytes(papers_xlsx(sample, drawn_at, told))
    return file


def sample_named(ledger: Book, sample_id: str) -> Sample:
    """A recorded sample, drawn again; see :meth:`ledger.book.Ledger.recorded_sample`."""
    with session(ledger.path) as s:
        return sample_again(s, sample_id)


@dataclass(frozen=True, slots=True)
class ResultsTaken(Tabular):
    """What became of filled-in papers: the batch (None where nothing is new), counts, and what is wrong with them."""

    batch: int | None
    recorded: int
    already: int
    left: int
    findings: tuple[Finding, ...]

    def as_json(self) -> dict[str, Any]:
        """The answer of `ghg review results --json`."""
        return {
            "status": "refused" if self.findings else "accepted", "batch": self.batch, "recorded": self.recorded,
            "already": self.already, "without_result": self.left,
            "findings": [finding.as_json() for finding in self.findings],
        }  # fmt: skip


def taken_results(ledger: Book, sample_id: str, file: Path) -> ResultsTaken:
    """Read filled-in papers and record what is new; one line that is not as it was, and nothing is recorded."""
    from ledger.assurance.sampling.results import Papers
    from ledger.store.evidence import keep_file

    if not file.is_file():
        raise Misuse(f"{file} is not there", "give the work papers of the sample, filled in")
    content = file.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    with session(ledger.path, "write") as s:
        act = ledger._act(  # noqa: SLF001 — one facade in two files
            s, "sample", reason=f"results of {sample_id}", source_name=file.name, source_sha256=sha256,
            source_bytes=len(content),
        )  # fmt: skip
        sample = sample_again(s, sample_id)
        read = Papers(s, sample, file)
        left = len(sample.items) - len(read.results)
        if read.findings:
            return ResultsTaken(None, 0, 0, left, tuple(read.findings))
        held = _results_held(s, sample_id)
        new = [row for row in read.results if held.get(row["item"]) != row]
        already = len(read.results) - len(new)
        if not new:
            return ResultsTaken(None, 0, already, left, ())
        keep_file(ledger.path, file, sha256)

        def fill(writing: Writing) -> None:
            writing.insert_rows(SampleResult, as_arrow(SampleResult, new))

        done = append(s, act, fill)
    return ResultsTaken(done.batch_no, len(new), already, left, ())


def _results_held(s: Session, sample_id: str) -> dict[int, dict[str, Any]]:
    """The last result of each item of a sample."""
    rows = s.arrow("select * from sample_result where sample_id = ? order by batch_no, seq", [sample_id]).to_pylist()
    return {
        row["item"]: {name: value for name, value in row.items() if name not in ("batch_no", "seq")} for row in rows
    }


def evaluated(ledger: Book, sample_id: str, engagement: str | None, projection: str) -> Evaluation:
    """What the results of a sample say; see :meth:`ledger.book.Ledger.evaluate`."""
    from ledger.assurance.sampling.evaluation import PROJECTIONS, evaluate

    known_word("projection", projection, PROJECTIONS)
    with session(ledger.path) as s:
        sample = sample_again(s, sample_id)
        name = engagement or sample.engagement_id
        told = None if name is None else engagement_named(s, name)
        held = _results_held(s, sample_id)
    results = {item: (row["outcome"], row["audited_kg"]) for item, row in held.items() if row["audited_kg"] is not None}
    return evaluate(sample, results, told, projection)
