"""When and where a job is to run: advice, its record before the run, and the truth after it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from ledger.book.results import AllTruedUp, TruedUp, WriteResult
from ledger.book.verbs.book import Book
from ledger.tabular import Rows

if TYPE_CHECKING:
    from ledger.schedule.board import Board
    from ledger.schedule.decide import Advice
    from ledger.schedule.forecast import Forecast
    from ledger.schedule.job import Job
    from ledger.schedule.policy import Policy
    from ledger.schedule.recorded import HeldAdvice


class Schedule(Book):
    """When and where a job is to run: advice, its record before the run, and the truth after it."""

    __slots__ = ()

    def advise(
        self, job: Job, policy: Policy, *, now: datetime, forecasts: Mapping[str, Forecast] | None = None,
        budget_used_kg: Decimal | None = None, prices: Mapping[str, Decimal] | None = None,
    ) -> Advice:  # fmt: skip
        """Advise on a job: now, later or elsewhere. Writes nothing.

        Args:
            job: what is known of it.
            policy: the rules.
            now: when the decision is taken; only forecasts issued by then are seen.
            forecasts: by zone; those that the ledger holds where left out.
            budget_used_kg: what the job's project has used in the month.
            prices: what the job costs an hour, by region.

        Intensities in g CO2e/kWh, savings in kg CO2e: estimates, in no inventory.
        """
        from ledger.book.acts.advising import advice_for

        given = None if forecasts is None else dict(forecasts)
        return advice_for(self, job, policy, given, now, budget_used_kg, None if prices is None else dict(prices))

    def record_advice(self, advice: Advice) -> WriteResult:
        """Put an advice on record before its run, with forecasts, options and counterfactual; the same is held once."""
        from ledger.book.acts.advising import recorded_advice

        return recorded_advice(self, advice)

    def advice(
        self, *, job: str | None = None, advice_id: str | None = None, at: int | None = None
    ) -> Rows[HeldAdvice]:
        """Every advice on record with what came of it; those for one job, or that of an id.

        ``job`` is its name, ``advice_id`` that id. Raises Misuse for a size that there is not.
        """
        from ledger.inventory.compile import checked_size
        from ledger.schedule.recorded import HeldAdvice, held_advice
        from ledger.store import session

        with session(self.path) as s:
            size = checked_size(s, self._view(s, None), at).size
            return Rows(held_advice(s, size, advice=advice_id, job=job), HeldAdvice)

    def advice_board(self, now: datetime, period: str | None = None, *, at: int | None = None) -> Board:
        """The advice on record as held, released, overdue or trued up at an instant, with what was saved.

        Args:
            now: the instant, with an offset.
            period: advice whose run began, or was to begin, in these days; all where None.
            at: as the ledger stood at this number of batches.

        Amounts in kg CO2e. Raises Misuse for a size that there is not.
        """
        from ledger.inventory.compile import checked_size
        from ledger.schedule.board import board
        from ledger.store import session

        with session(self.path) as s:
            span = None if period is None else self._period(s, period)
            size = checked_size(s, self._view(s, None), at).size
            return board(s, now, size, None if span is None else (span.start, span.end))

    def true_up(
        self, advice: str, *, run: str | None = None, idle_kwh: Decimal | None = None
    ) -> TruedUp:
        """Hold an advice against its run and the measured intensities, and put the saving on record.

        Args:
            advice: its id, the beginning of one, or the name of its job.
            run: the run_id, where it is another than the job's name.
            idle_kwh: idle energy of the whole run as measured, where it is another than the job said.

        Raises Misuse where no such advice or run is recorded.
        """
        from ledger.book.acts.advising import trued_up

        return TruedUp(*trued_up(self, advice, run, idle_kwh))

    def true_up_all(self) -> AllTruedUp:
        """Hold every advice of which no saving is known yet against its run; gives the ids of those without one too."""
        from ledger.book.acts.advising import trued_up_all
        from ledger.schedule.recorded import HeldAdvice

        held, waiting = trued_up_all(self)
        return AllTruedUp(Rows(held, HeldAdvice), waiting)
