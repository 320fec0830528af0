"""Samples, work papers, results, and the log of misstatements."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ledger.book.results import AddedMisstatement, WriteResult
from ledger.book.verbs.book import Book
from ledger.tabular import Rows

if TYPE_CHECKING:
    from ledger.assurance.sampling.drawing import Wish
    from ledger.assurance.sampling.evaluation import Evaluation
    from ledger.assurance.sampling.sample import Sample
    from ledger.book.acts.misstating import Misstated, MisstatementLog
    from ledger.book.acts.sampling import ResultsTaken, SampleRecord


class Sampling(Book):
    """Samples, work papers, results, and the log of misstatements."""

    __slots__ = ()

    def sample(
        self,
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
        """Draw a sample of a total's postings, or of documents; the same seed gives the same. Writes nothing.

        ``measure`` is the total, ``wish`` the method, size and seed; ``name`` its id, ``engagement`` whose materiality
        counts, ``frame_file`` where to write all that could be drawn. Amounts in kg CO2e. Raises Misuse where there is
        nothing to draw from, or the wish is none. Source: ISO 14064-3; docs/sampling.md.
        """
        from ledger.book.acts.sampling import drawn_sample

        return drawn_sample(
            self, period, measure, wish, view=view, at=at, name=name, engagement=engagement, frame_file=frame_file
        )

    def record_sample(self, sample: Sample) -> WriteResult:
        """Put a sample on record with frame, digests and seed; an auditor does. Verify draws it again ever after.

        Raises Refused where another has its id.
        """
        from ledger.book.acts.sampling import recorded_sample

        return recorded_sample(self, sample)

    def samples(self) -> Rows[SampleRecord]:
        """Every sample on record."""
        from ledger.book.acts.sampling import SampleRecord, sample_records

        return Rows(sample_records(self), SampleRecord)

    def recorded_sample(self, sample: str) -> Sample:
        """A sample on record, drawn again; refused where it comes out otherwise."""
        from ledger.book.acts.sampling import sample_named

        return sample_named(self, sample)

    def write_papers(self, sample: Sample, file: Path | str) -> Path:
        """Write the work papers of a sample, as .xlsx with live formulas or as .csv.

        Raises Misuse for another suffix, and a file that is there.
        """
        from ledger.book.acts.sampling import papers_of

        return papers_of(self, sample, Path(file))

    def record_results(self, sample: str, file: Path | str) -> ResultsTaken:
        """Take filled-in work papers back; refused where a line is not as it was handed out. An auditor does.

        ``sample`` is its id. Raises Misuse for a file that is not there.
        """
        from ledger.book.acts.sampling import taken_results

        return taken_results(self, sample, Path(file))

    def evaluate(self, sample: str, *, engagement: str | None = None, projection: str = "ratio") -> Evaluation:
        """What the results of a sample say of its total, against materiality; projected by `ratio` or `difference`.

        ``sample`` is its id, ``engagement`` whose materiality counts. Amounts in kg CO2e. Raises Misuse for another
        ``projection``. Source: docs/sampling.md.
        """
        from ledger.book.acts.sampling import evaluated

        return evaluated(self, sample, engagement, projection)

    def add_misstatement(self, engagement: str, said: Misstated) -> AddedMisstatement:
        """Put a misstatement into the log; gives its id. An auditor does.

        ``engagement`` is whose it is, ``said`` its kind, measure, effect (kg CO2e) and reason. Raises Misuse for a
        kind or measure that is none, or without a reason.
        """
        from ledger.book.acts.misstating import added_misstatement

        return AddedMisstatement(*added_misstatement(self, engagement, said))

    def correct_misstatement(self, misstatement: str, batch: str, *, note: str = "") -> WriteResult:
        """Say which batch corrected a misstatement; it must have changed something of the engagement's period.

        ``batch`` is like B12. Raises Misuse for what is no batch, Refused for one that changed nothing of the period.
        """
        from ledger.book.acts.misstating import corrected_misstatement

        return corrected_misstatement(self, misstatement, batch, note)

    def withdraw_misstatement(self, misstatement: str, *, reason: str) -> WriteResult:
        """Take a misstatement out of the log again, with a reason.

        ``misstatement`` is its id. Raises Misuse without a reason.
        """
        from ledger.book.acts.misstating import withdrawn_misstatement

        return withdrawn_misstatement(self, misstatement, reason)

    def misstatements(self, engagement: str | None = None) -> MisstatementLog:
        """The misstatements in force, and what is uncorrected in all against materiality.

        ``engagement`` is whose. Amounts in kg CO2e. Source: ISO 14064-3; ISSA 5000.
        """
        from ledger.book.acts.misstating import misstatement_log

        return misstatement_log(self, engagement)
