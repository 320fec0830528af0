"""What Scope 2 rests on: instruments, coverage, matching by the hour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.book.verbs.book import Book
from ledger.tabular import Rows

if TYPE_CHECKING:
    from ledger.factors.chp import ChpSplit
    from ledger.inventory import ContractShares, InstrumentRecord, Scope2Table
    from ledger.inventory.hourly import HourlyMatching


class Contracts(Book):
    """What Scope 2 rests on: instruments, coverage, matching by the hour."""

    __slots__ = ()

    def instruments(self, period: str | None = None, *, at: int | None = None) -> Rows[InstrumentRecord]:
        """The register of contractual instruments: what each covers, what is left, and why one was rejected.

        Energy in kWh. Source: GHG Protocol Scope 2 Guidance (2015), chapter 7, quality criteria of table 7.1.
        """
        from ledger.inventory import InstrumentRecord, instrument_register
        from ledger.store import session

        with session(self.path) as s:
            return Rows(instrument_register(s, self._period(s, period) if period else None, at), InstrumentRecord)

    def instrument_entry(self, instrument_id: str) -> str | None:
        """The entry in which an instrument was last entered, like B19-1; None of no such.

        ``instrument_id`` is the register's id of it.
        """
        from ledger.inventory.instruments import instrument_entry
        from ledger.store import session

        with session(self.path) as s:
            return instrument_entry(s, instrument_id)

    def scope2(
        self, period: str, by: str = "facility", *, view: str | None = None, at: int | None = None
    ) -> Scope2Table:
        """What every kWh of purchased energy rests on, cut by facility, month, `facility,month` or `total`.

        Energy in kWh, emissions in kg CO2e by each method, never added. Raises Misuse for a ``by`` that is none of
        these. Source: GHG Protocol Scope 2 Guidance (2015), chapters 6 and 7.
        """
        from ledger.inventory import scope2_table
        from ledger.store import session

        with session(self.path) as s:
            return scope2_table(s, self._period(s, period), by, self._view(s, view), at)

    def hourly(self, period: str, *, at: int | None = None) -> HourlyMatching:
        """Consumption of any days matched by the hour with carbon-free generation; not the 2015 market-based one.

        Energy in kWh, shares as ratios.
        """
        from ledger.inventory.hourly import hourly_matching
        from ledger.store import session

        with session(self.path) as s:
            return hourly_matching(s, self._period(s, period, whole_months=False), at)

    def chp(self, *, at: int | None = None) -> Rows[ChpSplit]:
        """Suppliers' plants of combined heat and power, and how the emissions of each are split.

        Energy in kWh, emissions in kg CO2e. Source: GHG Protocol, allocation of emissions from a combined heat and
        power plant.
        """
        from ledger.factors.chp import ChpSplit, chp_splits
        from ledger.store import session

        with session(self.path) as s:
            return Rows(chp_splits(s, at), ChpSplit)

    def contract_shares(self, period: str, *, view: str | None = None, at: int | None = None) -> ContractShares:
        """The share of purchased energy under contractual instruments: bundled and not, by type and technology.

        Energy in kWh, shares as ratios. Source: ESRS E1-6, contractual instruments (Set 1).
        """
        from ledger.inventory import contract_shares
        from ledger.store import session

        with session(self.path) as s:
            return contract_shares(s, self._period(s, period), self._view(s, view), at)
