"""The life of a period, and the base year."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.book.verbs.book import Book
from ledger.tabular import Rows

if TYPE_CHECKING:
    from ledger.book.acts.closing import PeriodState
    from ledger.book.acts.deciding import Decided
    from ledger.inventory.periods.base_year import BaseYear
    from ledger.inventory.periods.recalculation_candidates import Candidate
    from ledger.inventory.periods.restatement import Restatement


class Periods(Book):
    """The life of a period, and the base year."""

    __slots__ = ()

    def submit(self, period: str, *, view: str = "all", entity: str | None = None, note: str = "") -> PeriodState:
        """Hand a period's figures to whoever approves them; a preparer or admin does.

        Raises Misuse where it is not the next step, Refused where the role may not.
        """
        from ledger.book.acts.closing import stepped

        return stepped(self, period, "submitted", view, entity, note)

    def approve(self, period: str, *, view: str = "all", entity: str | None = None, note: str = "") -> PeriodState:
        """Approve what was submitted, if it is still the same; a reviewer or admin who did not submit it does.

        Raises Misuse where it was not submitted or is no longer the same, Refused by who prepared it.
        """
        from ledger.book.acts.closing import stepped

        return stepped(self, period, "approved", view, entity, note)

    def close(self, period: str, *, view: str = "all", entity: str | None = None, note: str = "") -> PeriodState:
        """Pin an approved period: its checkpoint, its view, the SHA-256 of its figures. Later rows wait.

        Raises Misuse for a period that is not approved, Refused where the role may not.
        """
        from ledger.book.acts.closing import stepped

        return stepped(self, period, "closed", view, entity, note)

    def restate(
        self,
        period: str,
        *,
        reason: str,
        note: str = "",
        view: str = "all",
        entity: str | None = None,
        check: bool = False,
    ) -> Rows[Restatement]:
        """State the closed periods of these days anew with everything received since; ``check`` writes nothing.

        Amounts in kg CO2e, old, new and difference. Raises Misuse for a ``reason`` that is none of the codes, or
        without a note. Source: GHG Protocol Corporate Standard, chapter 5.
        """
        from ledger.book.acts.closing import restated
        from ledger.inventory.periods.restatement import Restatement

        return Rows(restated(self, period, reason, note, view, entity, check=check), Restatement)

    def status(self, period: str | None = None) -> Rows[PeriodState]:
        """Every period that was submitted (or those that share days with one): state, person, pin, what came late."""
        from ledger.book.acts.closing import PeriodState, period_states

        return Rows(period_states(self, period), PeriodState)

    def restatements(self, period: str | None = None, *, view: str | None = None) -> Rows[Restatement]:
        """Every restatement: old, new and difference by scope and category, why, and the persons before and after."""
        from ledger.inventory.periods.restatement import Restatement, restatements
        from ledger.store import session

        with session(self.path) as s:
            of = None if period is None else self._period(s, period)
            return Rows(restatements(s, of, self._view(s, view)), Restatement)

    def sealed_figures(self, period: str, *, view: str = "all", entity: str | None = None) -> bytes:
        """The canonical JSON of a period's figures at its last step; its SHA-256 is the digest on record.

        Raises Misuse for a period that was never submitted.
        """
        from ledger.book.acts.closing import sealed_figures

        return sealed_figures(self, period, view, entity)

    def base_year(self, *, view: str | None = None, at: int | None = None) -> BaseYear:
        """The base year and the years since, as first stated and on the current basis, with policy and decisions.

        Amounts in kg CO2e. Source: GHG Protocol Corporate Standard, chapter 5; ISO 14064-1, 9.3.1 k and l.
        """
        from ledger.inventory.periods.base_year import base_year
        from ledger.store import session

        with session(self.path) as s:
            return base_year(s, self._view(s, view), at)

    def base_year_candidates(self, *, view: str | None = None) -> Rows[Candidate]:
        """What changed since the base year was closed, with effects and running sums; some ask for a decision.

        Effects in kg CO2e and per cent. Raises Misuse where the base year is not closed. Source: GHG Protocol
        Corporate Standard, chapter 5.
        """
        from ledger.inventory.periods.recalculation_candidates import Candidate, base_year_candidates
        from ledger.store import session

        with session(self.path) as s:
            return Rows(base_year_candidates(s, self._view(s, view)), Candidate)

    def decide_base_year(self, candidate: str, decision: str, *, reason: str, view: str | None = None) -> Decided:
        """Recalculate the base year for a candidate (its periods are restated), or decline it, with a reason.

        ``candidate`` is its name, ``decision`` is recalculate or decline. Raises Misuse for another, or without a
        reason.
        """
        from ledger.book.acts.deciding import decided

        return decided(self, candidate, decision, reason, view)
