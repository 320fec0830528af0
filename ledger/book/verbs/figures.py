"""What follows from the entries: choices, inventories and their cuts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.book.results import Breakdown, WriteResult
from ledger.book.verbs.book import Book
from ledger.tabular import Rows

if TYPE_CHECKING:
    from ledger.inventory import Boundary, Inventory, Scope3Overview
    from ledger.inventory.compile import ViewTotals
    from ledger.inventory.periods.effect import Effect


class Figures(Book):
    """What follows from the entries: choices, inventories and their cuts."""

    __slots__ = ()

    def calculate(self, *, reason: str = "calculate") -> WriteResult:
        """Decide every key anew and allot instruments; only what differs is written, as reversal and new choice.

        Raises Refused where the role may not. How a factor is chosen: docs/methods/choice.md.
        """
        from ledger.calculation.recalculation import plan_recalculation, record_recalculation
        from ledger.store import append, session

        with session(self.path, "write") as s:
            act = self._act(s, "calculation", reason=reason)
            counts = plan_recalculation(s)
            if not any(counts.values()):
                return WriteResult(None, 0, counts)
            done = append(s, act, lambda writing: record_recalculation(writing, reason))
        return WriteResult(done.batch_no, done.entries, counts)

    def calculation_effect(self, period: str | None = None) -> Effect:
        """What :meth:`calculate` would change, by figure and factor; nothing is written.

        Amounts in kg CO2e, old, new and their difference.
        """
        from ledger.book.acts.editions import effect_of_calculation

        return effect_of_calculation(self, period)

    def inventory(self, period: str, *, view: str | None = None, at: int | None = None) -> Inventory:
        """The figures of a period (`2026-Q3`), as the ledger stands or stood at a size (number of batches).

        ``view``: operational_control, financial_control, equity_share, esrs_set1 or esrs_revised; the ledger's own
        approach where None.

        Amounts in kg CO2e, energy in kWh; None where nothing is quantified. The two Scope 2 methods are never added.
        Raises Misuse for a period, view or size that there is not. Source: GHG Protocol Corporate Standard, chapter 4,
        Scope 2 Guidance (2015), chapter 6, and Scope 3 Standard, chapter 5; ISO 14064-1, 9.3.1.
        """
        from ledger.inventory import compile_inventory
        from ledger.store import session

        with session(self.path) as s:
            return compile_inventory(s, self._period(s, period), self._view(s, view), at)

    def years(self) -> tuple[str, ...]:
        """The calendar years that have activity, the last one first; the running year where there is none."""
        from datetime import UTC, datetime

        from ledger.store import session

        with session(self.path) as s:
            found = s.rows("select distinct year(month) from period_total order by 1 desc")
        return tuple(str(year) for (year,) in found) or (str(datetime.now(UTC).year),)

    def breakdown(self, period: str, by: str, *, view: str | None = None, at: int | None = None) -> Breakdown:
        """The inventory cut by facility, legal_entity, category, month, gas, activity_type, …, or by `tag:NAME`.

        Each row has the measures in kg CO2e, None where nothing is quantified; of `gas` the masses in kg too. Raises
        Misuse for a ``by`` that is none.
        """
        from ledger.inventory import breakdown
        from ledger.store import session

        with session(self.path) as s:
            of, named = self._period(s, period), self._view(s, view)
            return Breakdown(breakdown(s, of, by, named, at), by, of.label, named)

    def boundary(self, period: str, *, view: str | None = None, at: int | None = None) -> Boundary:
        """Where each company and facility stands in a view, at which share, from when to when, and why.

        Shares are ratios. Raises Misuse for a view that is not computed. Source: GHG Protocol Corporate Standard,
        chapter 3; docs/methods/boundaries.md.
        """
        from ledger.inventory.compile import checked_size
        from ledger.inventory.posted import boundary_at_pins, make_pins
        from ledger.store import session

        with session(self.path) as s:
            named, of = self._view(s, view), self._period(s, period)
            size = checked_size(s, named, at).size
            make_pins(s, of, named, size)
            return boundary_at_pins(s, of, named, size)

    def views(self, period: str, *, at: int | None = None) -> Rows[Inventory]:
        """The same facts under every view, side by side; the ledger's own approach first.

        Amounts in kg CO2e. Source: GHG Protocol Corporate Standard, chapter 3.
        """
        from ledger.inventory import VIEWS, Inventory, compile_inventory
        from ledger.store import session

        with session(self.path) as s:
            own = self._view(s, None)
            named = [own, *(view for view in VIEWS if view != own)]
            return Rows((compile_inventory(s, self._period(s, period), view, at) for view in named), Inventory)

    def view_totals(self, period: str, *, at: int | None = None) -> Rows[ViewTotals]:
        """The measures alone under every view, the ledger's own approach first: what :meth:`views` has of them."""
        from ledger.inventory import VIEWS
        from ledger.inventory.compile import ViewTotals, view_totals
        from ledger.store import session

        with session(self.path) as s:
            own, of = self._view(s, None), self._period(s, period)
            named = (own, *(view for view in VIEWS if view != own))
            return Rows((view_totals(s, of, view, at) for view in named), ViewTotals)

    def scope3(self, period: str, *, view: str | None = None, at: int | None = None) -> Scope3Overview:
        """The fifteen categories of Scope 3: size, methods, primary data, screening, and what is missing.

        Amounts in kg CO2e, shares as ratios. Source: GHG Protocol Scope 3 Standard, chapters 5 to 7.
        """
        from ledger.inventory import scope3_overview
        from ledger.store import session

        with session(self.path) as s:
            return scope3_overview(s, self._period(s, period), self._view(s, view), at)
