"""How sure figures are, and what stands beside them in no total."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.book.results import Intensities
from ledger.book.verbs.book import Book
from ledger.tabular import Rows

if TYPE_CHECKING:
    from ledger.inventory.data_quality.description import CategoryQuality
    from ledger.inventory.registers.credits import Credits
    from ledger.inventory.registers.prices import PricedScheme
    from ledger.inventory.registers.removals import Removals
    from ledger.inventory.registers.targets import TargetProgress
    from ledger.inventory.uncertainty import Uncertainty
    from ledger.inventory.uncertainty.labels import By
    from ledger.inventory.uncertainty.monte_carlo import MonteCarlo


class Beside(Book):
    """How sure figures are, and what stands beside them in no total."""

    __slots__ = ()

    def uncertainty(
        self, period: str, *, by: By = "scope", view: str | None = None, at: int | None = None
    ) -> Uncertainty:
        """The 95 % intervals of scopes and totals, or of categories or facilities, with what they rest on.

        ``by`` is scope, category or facility. Shares and half widths are ratios; low and high are kg CO2e, floats, and
        labelled estimates. Source: GHG Protocol, Quantitative Inventory Uncertainty; ISO 14064-1, 8.3.
        """
        from ledger.inventory.uncertainty import assess_uncertainty
        from ledger.store import session

        with session(self.path) as s:
            return assess_uncertainty(s, self._period(s, period), by, self._view(s, view), at)

    def monte_carlo(
        self,
        period: str,
        *,
        draws: int,
        seed: int,
        by: By = "scope",
        view: str | None = None,
        at: int | None = None,
    ) -> MonteCarlo:
        """The same intervals drawn at random from a seed, beside the propagated ones.

        ``draws`` from ``seed`` give the same figures again; ``by`` as for :meth:`uncertainty`. Raises Misuse for too
        few or too many draws.
        """
        from ledger.inventory.uncertainty.monte_carlo import drawn_uncertainty
        from ledger.store import session

        with session(self.path) as s:
            return drawn_uncertainty(s, self._period(s, period), draws, seed, by, self._view(s, view), at)

    def quality(self, period: str, *, view: str | None = None, at: int | None = None) -> Rows[CategoryQuality]:
        """The data behind each scope and category, in numbers and in words.

        Amounts in kg CO2e, shares as ratios. Source: GHG Protocol Scope 3 Standard, chapters 7 and 11.
        """
        from ledger.inventory.data_quality.description import CategoryQuality, quality_by_category
        from ledger.store import session

        with session(self.path) as s:
            return Rows(quality_by_category(s, self._period(s, period), self._view(s, view), at), CategoryQuality)

    def removals(self, period: str, *, at: int | None = None) -> Removals:
        """Carbon removed and stored in a period, by its register; in no total.

        Amounts in kg CO2e. Source: ESRS E1-7 (Set 1), E1-9 (revised); ISO 14064-1, 9.3.1.
        """
        from ledger.inventory.registers.removals import removals_of
        from ledger.store import session

        with session(self.path) as s:
            return removals_of(s, self._period(s, period), at)

    def credits(self, period: str, *, at: int | None = None) -> Credits:
        """Carbon credits cancelled in a period, and those planned; in no total.

        Amounts in t CO2e, as credits are counted. Source: ESRS E1-7 (Set 1), E1-9 (revised).
        """
        from ledger.inventory.registers.credits import credits_of
        from ledger.store import session

        with session(self.path) as s:
            return credits_of(s, self._period(s, period), at)

    def targets(self, year: int, *, view: str | None = None, at: int | None = None) -> Rows[TargetProgress]:
        """How far each target has come in a (fiscal) year, against its base year and a straight path.

        Amounts in kg CO2e, progress in per cent. Source: ESRS E1-4 (Set 1), E1-6 (revised).
        """
        from ledger.inventory.registers.targets import TargetProgress, target_progress
        from ledger.store import session

        with session(self.path) as s:
            return Rows(target_progress(s, year, self._view(s, view), at), TargetProgress)

    def prices(self, period: str, *, view: str | None = None, at: int | None = None) -> Rows[PricedScheme]:
        """Internal carbon prices in force in a period: what each covers, at which price.

        Prices per t CO2e in their own currency. Source: ESRS E1-8 (Set 1), E1-10 (revised).
        """
        from ledger.inventory.registers.prices import PricedScheme, priced_schemes
        from ledger.store import session

        with session(self.path) as s:
            return Rows(priced_schemes(s, self._period(s, period), self._view(s, view), at), PricedScheme)

    def intensities(
        self,
        period: str,
        per: str = "revenue",
        *,
        product: str | None = None,
        view: str | None = None,
        at: int | None = None,
    ) -> Intensities:
        """Kg CO2e per unit of a metric, by both Scope 2 methods; with revenue, its reconciliation to the statements.

        ``per`` is the metric (`revenue`, `floor_area` …), ``product`` one of whose metric it is. Raises Misuse where
        the ledger holds no such metric. Source: ESRS E1-6, 53 to 55 (Set 1).
        """
        from ledger.inventory.registers.intensity import Intensity, Reconciliation, intensities, reconciliation
        from ledger.store import session

        with session(self.path) as s:
            of, named = self._period(s, period), self._view(s, view)
            reconciled = reconciliation(s, of, named, at) if per == "revenue" else []
            told = Rows(intensities(s, of, per, named, at, product), Intensity)
            return Intensities(told, Rows(reconciled, Reconciliation))
