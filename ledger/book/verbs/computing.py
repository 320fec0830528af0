"""What the record of runs and readings says: footprints of models, and one source held against the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.book.verbs.book import Book

if TYPE_CHECKING:
    from ledger.ai.footprint import Footprint
    from ledger.ai.reconcile import Comparison


class Computing(Book):
    """Footprints and comparisons over runs and readings; they write nothing."""

    __slots__ = ()

    def footprint(self, model: str, *, at: int | None = None) -> Footprint:
        """The footprint of a model over its life: every stage, both methods, embodied, cost and quality beside.

        Args:
            model: as the runs name it.
            at: as the ledger stood at this number of batches.
        """
        from ledger.ai.footprint import footprint
        from ledger.inventory.compile import checked_size
        from ledger.store import session

        with session(self.path) as s:
            return footprint(s, model, checked_size(s, self._view(s, None), at).size)

    def reconcile(self, period: str | None = None, *, of: str | None = None) -> tuple[Comparison, ...]:
        """What several sources saw of the same computing, and the differences by cause.

        Args:
            period: units whose days meet it; all where None.
            of: a part of a unit's name: a cluster, an account, a facility or a run.
        """
        from ledger.ai.reconcile import comparisons
        from ledger.store import session

        with session(self.path) as s:
            span = None if period is None else self._period(s, period)
            days = None if span is None else (span.start, span.end)
            return comparisons(s, days, of)
