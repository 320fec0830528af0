"""What the record of runs and readings says: footprints of models, and one source held against the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.book.results import PostedOfModels, Reconciled
from ledger.book.verbs.book import Book
from ledger.tabular import Rows

if TYPE_CHECKING:
    from ledger.ai.allocation import Allocation
    from ledger.ai.assets.by_policy import EmbodiedRow
    from ledger.ai.exposition import Exposition
    from ledger.ai.footprint import Footprint
    from ledger.ai.run_carbon import GroupCarbon
    from ledger.ai.run_list import RunPage


class Computing(Book):
    """Footprints and comparisons over runs, readings and machines; they write nothing."""

    __slots__ = ()

    def footprint(self, model: str, *, at: int | None = None) -> Footprint:
        """The footprint of a model over its life: every stage, both methods, embodied, cost and quality beside.

        Args:
            model: as the runs name it.
            at: as the ledger stood at this number of batches.

        Energy in kWh, emissions in kg CO2e, water in litres. Raises Misuse for a model of which no run is recorded.
        Source: docs/methods/ai.md.
        """
        from ledger.ai.footprint import footprint
        from ledger.inventory.compile import checked_size
        from ledger.store import session

        with session(self.path) as s:
            return footprint(s, model, checked_size(s, self._view(s, None), at).size)

    def ai_posted(
        self, period: str, *, view: str | None = None, at: int | None = None
    ) -> PostedOfModels:
        """What the inventory has of each model and stage: total location-based and market-based, kg CO2e.

        Args:
            period: which days.
            view: of the consolidation; the ledger's own approach where None.
            at: as the ledger stood at this number of batches.

        Raises Misuse for a view or size that there is not.
        """
        from ledger.inventory.compile import checked_size
        from ledger.inventory.of_models import posted_of_models, total_kg
        from ledger.store import session

        with session(self.path) as s:
            named = self._view(s, view)
            posted = posted_of_models(s, self._period(s, period), named, checked_size(s, named, at).size)
        totals = {key: (total_kg(kg, "total_location"), total_kg(kg, "total_market")) for key, kg in posted.items()}
        return PostedOfModels(totals)

    def ai_groups(
        self, period: str | None = None, *, by: tuple[str, ...] = ("model", "stage", "team"), at: int | None = None
    ) -> Rows[GroupCarbon]:
        """Runs added up by model, stage and team, or by some of them: those that began in a period (UTC), else all.

        ``by`` names one or several of model, stage, team. Energy in kWh, emissions in kg CO2e. Raises Misuse for a
        size that there is not.
        """
        from ledger.ai.run_carbon import GroupCarbon, carbon_by_group
        from ledger.inventory.compile import checked_size
        from ledger.store import session

        with session(self.path) as s:
            span = None if period is None else self._period(s, period)
            size = checked_size(s, self._view(s, None), at).size
            return Rows(carbon_by_group(s, size, None if span is None else (span.start, span.end), by), GroupCarbon)

    def ai_runs(
        self, period: str | None = None, *, model: str | None = None, skipped: int = 0, count: int | None = None,
        at: int | None = None,
    ) -> RunPage:  # fmt: skip
        """Runs one by one, the newest first, each with its energy, both methods and its entries.

        Args:
            period: those that began in these days (UTC); all where None.
            model: those of one model.
            skipped: how many come before.
            count: how many are wanted; all where None.
            at: as the ledger stood at this number of batches.

        Energy in kWh, emissions in kg CO2e. Raises Misuse for a size that there is not.
        """
        from ledger.ai.run_list import run_page
        from ledger.inventory.compile import checked_size
        from ledger.store import session

        with session(self.path) as s:
            span = None if period is None else self._period(s, period)
            size = checked_size(s, self._view(s, None), at).size
            days = None if span is None else (span.start, span.end)
            return run_page(s, size, days, model, skipped=skipped, count=count)

    def ai_exposition(self, *, at: int | None = None) -> Exposition:
        """Energy and carbon of every recorded run by model, stage and team, as text that Prometheus reads.

        Args:
            at: as the ledger stood at this number of batches.

        Raises Misuse for a size that there is not.
        """
        from ledger.ai.exposition import Exposition
        from ledger.ai.run_carbon import carbon_by_group
        from ledger.inventory.compile import checked_size
        from ledger.store import session

        with session(self.path) as s:
            size = checked_size(s, self._view(s, None), at).size
            (recorded_at,) = s.one("select recorded_at from batch where batch_no = ?", [size])
            return Exposition(carbon_by_group(s, size), size, recorded_at)

    def embodied(self, period: str | None = None, *, at: int | None = None) -> Rows[EmbodiedRow]:
        """The manufacture of machines held under both policies, side by side: in full when bought, and by life.

        Args:
            period: one row a machine for these days; every year of each machine's life where None.
            at: as the ledger stood at this number of batches.

        Raises Misuse where the register holds no machine.

        Amounts in kg CO2e; no two policies are added. Source: GHG Protocol Scope 3 Standard, category 2.
        """
        from ledger.ai.assets.by_policy import EmbodiedRow, embodied_by_policy, embodied_by_year
        from ledger.errors import Misuse
        from ledger.inventory.compile import checked_size
        from ledger.store import session

        with session(self.path) as s:
            size = checked_size(s, self._view(s, None), at).size
            if not s.rows("select 1 from hardware_asset where batch_no <= ? limit 1", [size]):
                raise Misuse(
                    "no machine is in the register", "enter what you bought: ghg template hardware_asset, ghg upload"
                )
            if period is None:
                return Rows(embodied_by_year(s, size), EmbodiedRow)
            span = self._period(s, period)
            return Rows(embodied_by_policy(s, span.start, span.end, size), EmbodiedRow)

    def allocation(self, cluster: str, period: str, policy: str = "platform") -> Allocation:
        """A cluster's meter by the hour: its runs, and what is left by a policy.

        Args:
            cluster: as readings name it.
            period: which days, in UTC.
            policy: `platform` leaves the residual with the platform, `reserved` shares it by accelerators held.

        Energy in kWh. Raises Misuse for a policy or cluster that is not known, and for days without a meter's reading.
        """
        from ledger.ai.allocation import allocation
        from ledger.store import session

        with session(self.path) as s:
            span = self._period(s, period)
            return allocation(s, cluster, span.start, span.end, policy)

    def reconcile(
        self, period: str | None = None, *, of: str | None = None
    ) -> Reconciled:
        """What several sources saw of the same computing, and what providers state against the runs that it holds.

        Args:
            period: units whose days meet it; all where None.
            of: a part of a unit's name: a cluster, an account, a facility or a run; then no statements are compared.

        Raises Misuse where there is nothing to compare.
        """
        from ledger.ai.reconcile import Comparison, comparisons
        from ledger.ai.stated_held import StatedHeld, statements_held
        from ledger.errors import Misuse
        from ledger.store import session

        with session(self.path) as s:
            span = None if period is None else self._period(s, period)
            days = None if span is None else (span.start, span.end)
            seen = comparisons(s, days, of)
            held = statements_held(s, days) if of is None else ()
        if not seen and not held:
            raise Misuse(
                "nothing was seen by more than one source",
                "upload readings of another source (ghg template measurement), or the provider's statement; clusters, "
                "accounts, facilities and runs are compared by name",
            )
        return Reconciled(Rows(seen, Comparison), Rows(held, StatedHeld))
