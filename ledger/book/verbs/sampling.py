"""Samples, work papers, results, and the log of misstatements."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ledger.book.verbs.book import Book

if TYPE_CHECKING:
    from ledger.assurance.sampling.drawing import Wish
    from ledger.assurance.sampling.sample import Sample
    from ledger.book.results import WriteResult
    from ledger.book.sampling import SampleRecord


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
        """Draw a sample of a total's postings, or of documents; the same seed gives the same. Writes nothing."""
        from ledger.book.sampling import drawn_sample

        return drawn_sample(
            self, period, measure, wish, view=view, at=at, name=name, engagement=engagement, frame_file=frame_file
        )

    def record_sample(self, sample: Sample) -> WriteResult:
        """Put a sample on record with frame, digests and seed; an auditor does. Verify draws it again ever after."""
        from ledger.book.sampling import recorded_sample

        return recorded_sample(self, sample)

    def samples(self) -> tuple[SampleRecord, ...]:
        """Every sample on record."""
        from ledger.book.sampling import sample_records

        return sample_records(self)
