"""Estimates, scores and indicators of computing, by a ledger or by the shipped factors. Nothing is recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.book.verbs.book import Book
from ledger.tabular import Rows

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    from ledger.ai.estimate import Estimate, Request
    from ledger.ai.exports import Export
    from ledger.ai.tradeoff.compare import Comparison, Wish
    from ledger.ai.tradeoff.moving import Move, MoveWish
    from ledger.ai.tradeoff.recorded_work import RecordedRun
    from ledger.ai.tradeoff.service import ServiceWish
    from ledger.ai.tradeoff.trials import Trials, TrialWish
    from ledger.ai.worked import Worked
    from ledger.inventory.data_centre import DataCentre
    from ledger.store import Session


class Estimates(Book):
    """Estimates, scores and indicators of computing; nothing is recorded by them."""

    __slots__ = ()

    def estimate(self, asked: Request) -> Estimate:
        """Energy and carbon of accelerator-hours, with the choice that an upload would make now.

        ``asked`` says accelerators, hours and place. Energy in kWh, emissions in kg CO2e, each as a range with its
        source. Raises Misuse where hours, count or place are missing or none.
        """
        from ledger.ai.estimate import estimate
        from ledger.store import session

        with session(self.path) as s:
            return estimate(s, asked)

    def compare(self, wish: Wish, run_id: str | None = None) -> Comparison:
        """Hardware × places for a piece of work, or for that of a recorded run, by this ledger's factors.

        ``wish`` says work, hardware and places; ``run_id`` takes the work of a recorded run. Raises Misuse for what is
        not known and would have to be assumed, and for more options than can be read.
        """
        from dataclasses import replace

        from ledger.ai.tradeoff.compare import compare
        from ledger.ai.tradeoff.recorded_work import recorded_run
        from ledger.book.words.start_hours import with_starts
        from ledger.store import session

        with session(self.path) as s:
            if run_id is not None:
                ran = recorded_run(s, run_id).work
                wish = replace(wish, work=replace(wish.work, hours=ran.hours, reference=ran.reference))
            return with_starts(compare(s, wish), s)

    def compare_runs(self, wish: TrialWish, *, at: int | None = None) -> Trials:
        """Recorded runs by quality, carbon and cost, each with everything below it, failed trials included.

        ``wish`` says which runs and by which measure of quality. Raises Misuse where there is nothing to compare.
        """
        from ledger.ai.tradeoff.trials import trials
        from ledger.inventory.compile import checked_size
        from ledger.store import session

        with session(self.path) as s:
            return trials(s, wish, checked_size(s, self._view(s, None), at).size)

    def move(self, of: ServiceWish, wish: MoveWish, period: str | None = None, *, at: int | None = None) -> Move:
        """A service as the ledger has it, moved to other places, with what that saves and when it makes up.

        ``of`` says which service, ``wish`` where to; kg CO2e a month, and months until it makes up. Raises Misuse
        where no run of it is recorded, or something is not known.
        """
        from dataclasses import replace

        from ledger.ai.tradeoff.moving import move
        from ledger.ai.tradeoff.service import service
        from ledger.inventory.compile import checked_size
        from ledger.store import session

        with session(self.path) as s:
            if period is not None:
                span = self._period(s, period)
                of = replace(of, start=span.start, end=span.end)
            return move(s, service(s, of, checked_size(s, self._view(s, None), at).size), wish)

    def recorded_run(self, run_id: str) -> RecordedRun:
        """A recorded run as a piece of work: hours, energy as counted, place and month.

        Hours, and energy in kWh. Raises Misuse for a ``run_id`` that is not recorded, or of mixed accelerators.
        """
        from ledger.ai.tradeoff.recorded_work import recorded_run
        from ledger.store import session

        with session(self.path) as s:
            return recorded_run(s, run_id)

    def ai_export(self, form: str, model: str, *, task_family: str | None = None, at: int | None = None) -> Export:
        """A model's recorded energy and compute as SPDX, BoAmps or Annex XI, as the ledger stood at a size.

        ``form`` is spdx, boamps or annex-xi; ``task_family`` stands in BoAmps. Raises Misuse for another form, and a
        model without runs. Source: SPDX 3.0, BoAmps, EU AI Act (Regulation 2024/1689), Annex XI.
        """
        from ledger.ai.exports import About, export
        from ledger.ai.model_runs import by_stage
        from ledger.ai.recorded_runs import recorded_runs
        from ledger.calculation.policy import setting_values
        from ledger.inventory.compile import checked_size
        from ledger.store import ledger_origin, session

        with session(self.path) as s:
            size = checked_size(s, self._view(s, None), at).size
            runs = recorded_runs(s, model, size)
            recorded = s.one("select recorded_at from batch where batch_no = ?", [size])[0]
            who = setting_values(s, size=size)["organisation"]
            about = About(model, who, ledger_origin(s), size, recorded, task_family)
        return export(form, by_stage(runs), about)

    def model_score(
        self, model: str, kind: str, unit: str, *, reason: str = "", effective: bool = False, by: str | None = None,
        at: int | None = None,
    ) -> Worked:  # fmt: skip
        """The provider or the consumer score of SCI for AI of a model, from its recorded runs.

        ``by``: hour or year; by the hour where every hour has a value, else by the year, where None.

        ``kind`` is provider or consumer, ``unit`` a functional unit of it, ``effective`` counts completed runs alone.
        The value is g CO2e per unit. Raises Misuse for a unit of another kind, and a model without runs. Source: SCI
        for AI; ISO/IEC 21031:2024.
        """
        from ledger.ai.hourly.figures import by_hour
        from ledger.ai.model_scores import model_score
        from ledger.ai.recorded_runs import recorded_runs
        from ledger.inventory.compile import checked_size
        from ledger.store import session

        with session(self.path) as s:
            size = checked_size(s, self._view(s, None), at).size
            runs, hourly = recorded_runs(s, model, size), by_hour(s, model, size)
            return model_score(s, runs, kind, unit, reason=reason, effective=effective, hourly=hourly, by=by)

    def data_centre(
        self, period: str, facility_id: str, pue_category: int | None = None, *, at: int | None = None
    ) -> DataCentre:
        """PUE, CUE, WUE and REF of a facility over a period, from what is posted and its metrics.

        ``facility_id`` is the site, ``pue_category`` 1 to 3 where it is stated. Raises Misuse for another. Source:
        ISO/IEC 30134-2 (PUE), -3 (REF), -8 (CUE), -9 (WUE).
        """
        from ledger.inventory.data_centre import data_centre
        from ledger.store import session

        with session(self.path) as s:
            return data_centre(s, self._period(s, period), facility_id, pue_category, self._view(s, None), at)

    def data_centres(self, period: str, *, view: str | None = None, at: int | None = None) -> Rows[DataCentre]:
        """The same of every facility with a metric of IT energy that touches the period.

        Raises Misuse for a view or size that there is not. Source as for :meth:`data_centre`.
        """
        from ledger.inventory.compile import checked_size
        from ledger.inventory.data_centre import DataCentre, data_centres
        from ledger.store import session

        with session(self.path) as s:
            named = self._view(s, view)
            return Rows(data_centres(s, self._period(s, period), named, checked_size(s, named, at).size), DataCentre)

    def score(self, text: str, name: str = "the file", month: date | None = None) -> Worked:
        """A score of software carbon intensity as a TOML text describes it, with this ledger's factors for places.

        ``name`` is what the text is called, ``month`` the month of factors that it names no time for. The value is g
        CO2e per functional unit. Source: ISO/IEC 21031:2024.
        """
        from ledger.store import session

        with session(self.path) as s:
            return _score(s, text, name, month)


def _score(s: Session, text: str, name: str, month: date | None) -> Worked:
    from datetime import UTC, datetime

    from ledger.ai.estimate import location_factor
    from ledger.ai.places import Place
    from ledger.ai.sci_file import score_of_text

    when = month or datetime.now(UTC).date().replace(day=1)

    def grid(where: Place) -> tuple[Decimal, str]:
        factor = location_factor(s, where, when)
        return factor.kg_co2e_per_kwh, factor.source

    return score_of_text(text, grid, name)


def unrecorded_score(text: str, name: str = "the file", month: date | None = None) -> Worked:
    """The same by the shipped factors, where there is no ledger."""
    from ledger.ai.estimate import ACTIVITY_TYPE
    from ledger.factors.unrecorded import shipped_factors

    with shipped_factors(ACTIVITY_TYPE) as s:
        return _score(s, text, name, month)


def unrecorded_estimate(asked: Request) -> Estimate:
    """The same by the shipped factors and the default settings, where there is no ledger."""
    from ledger.ai.estimate import ACTIVITY_TYPE, estimate
    from ledger.factors.unrecorded import shipped_factors

    with shipped_factors(ACTIVITY_TYPE) as s:
        return estimate(s, asked)


def unrecorded_compare(wish: Wish) -> Comparison:
    """Hardware × places by the shipped factors and the default settings, where there is no ledger."""
    from ledger.ai.estimate import ACTIVITY_TYPE
    from ledger.ai.tradeoff.compare import compare
    from ledger.book.words.start_hours import with_starts
    from ledger.factors.unrecorded import shipped_factors

    with shipped_factors(ACTIVITY_TYPE) as s:
        return with_starts(compare(s, wish), None)
