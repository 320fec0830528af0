"""Whether the data are all there: expectations, gaps, findings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ledger.book.results import WriteResult
from ledger.book.verbs.book import Book
from ledger.tabular import Rows

if TYPE_CHECKING:
    from ledger.book.completing import Filled
    from ledger.inventory.coverage.completeness import Completeness, Proposal
    from ledger.inventory.coverage.findings import BookFinding


class Coverage(Book):
    """Whether the data are all there: expectations, gaps, findings."""

    __slots__ = ()

    def completeness(self, period: str, *, at: int | None = None) -> Completeness:
        """What was expected in a period against what came: gaps, overlaps, outliers, estimates to take back.

        Source: GHG Protocol Corporate Standard, chapter 1 (completeness); Scope 3 Standard, chapter 7.
        """
        from ledger.book.completing import completeness_of

        return completeness_of(self, period, at)

    def record_completeness(self, period: str) -> WriteResult:
        """Put the warnings of a period's completeness on record, each once, so that they can be resolved."""
        from ledger.book.acts.resolving import recorded_completeness

        return recorded_completeness(self, period)

    def findings(self, period: str | None = None, *, open_only: bool = False) -> Rows[BookFinding]:
        """The findings on record with what became of each, all or those about days of a period.

        ``open_only`` leaves out what was resolved or accepted.
        """
        from ledger.inventory.coverage.findings import BookFinding, book_findings
        from ledger.store import session

        with session(self.path) as s:
            of = None if period is None else self._period(s, period)
            return Rows(book_findings(s, of, open_only=open_only), BookFinding)

    def resolve(self, finding: str, *, note: str, state: str = "resolved") -> WriteResult:
        """Say what became of a warning or of a thread of the review: resolved, accepted as it stands, or reopened.

        ``finding`` is its id (or a thread's), ``state`` is resolved, accepted or reopened. Raises Misuse for an id
        that is not there or a state that is none.
        """
        from ledger.book.acts.reviewing import settled

        return settled(self, finding, note, state)

    def propose_expectations(self, file: Path | str | None = None) -> Rows[Proposal]:
        """What came regularly and is not yet expected; with a file, as rows to check and upload."""
        from ledger.book.completing import proposed_expectations
        from ledger.inventory.coverage.completeness import Proposal

        return Rows(proposed_expectations(self, None if file is None else Path(file)), Proposal)

    def fill_gaps(self, period: str, file: Path | str | None = None, *, method: str | None = None) -> Filled:
        """Estimates for the days without data of a period; with a file, as rows to check and upload.

        ``method`` is one way to estimate for all gaps; the best that the data allow for each where None. Raises Misuse
        for a method that is none. Source: GHG Protocol Scope 3 Standard, chapter 7 (proxies and extrapolation).
        """
        from ledger.book.completing import filled_gaps

        return filled_gaps(self, period, None if file is None else Path(file), method)
