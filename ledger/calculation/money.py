"""Money: from the currency and year of a spend to the currency and price year of a factor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from ledger.calculation.policy import Policy
from ledger.store import Session

_LONGEST_CARRY_YEARS = 1


@dataclass(frozen=True, slots=True)
class Money:
    """Yearly exchange rates (units per EUR) and the price index, as the ledger holds them."""

    per_eur: dict[tuple[str, int], tuple[Fraction, date]]
    index: dict[int, Fraction]

    def ratio(self, currency: str, year: int, to_currency: str, to_year: int) -> tuple[Fraction, list[str]]:
        """Units of ``to_currency`` at prices of ``to_year`` in one unit of ``currency`` of ``year``, and flags.

        First the exchange at the mean rate of the spend's own year, then the price level of the factor's
        economy from that year to the factor's (the order in which a price statistician works).
        Raises LookupError naming what is missing (`no_exchange_rate`, `no_price_index`).
        """
        flags: list[str] = []
        ratio = Fraction(1)
        if currency != to_currency:
            ratio = self._rate(to_currency, year, flags) / self._rate(currency, year, flags)
        if year != to_year:
            ratio *= self._index(to_year, flags) / self._index(year, flags)
        return ratio, sorted(set(flags))

    def _rate(self, currency: str, year: int, flags: list[str]) -> Fraction:
        if currency == "EUR":
            return Fraction(1)
        for carried in range(_LONGEST_CARRY_YEARS + 1):
            found = self.per_eur.get((currency, year - carried))
            if found is not None:
                if carried:
                    flags.append(f"rate_of_{year - carried}")
                elif found[1].month < 12:
                    flags.append("rate_of_part_year")
                return found[0]
        raise LookupError("no_exchange_rate")

    def _index(self, year: int, flags: list[str]) -> Fraction:
        for carried in range(_LONGEST_CARRY_YEARS + 1):
            found = self.index.get(year - carried)
            if found is not None:
                if carried:
                    flags.append(f"price_index_of_{year - carried}")
                return found
        raise LookupError("no_price_index")


def money(s: Session, rules: Policy) -> Money:
    """The rates and the index in force."""
    rates = s.rows(
        "select currency, year(period_start), arg_max(value, (batch_no, seq)), arg_max(period_end, (batch_no, seq)) "
        "from metric where name = 'exchange_rate' group by 1, 2"
    )
    index = s.rows(
        "select year(period_start), arg_max(value, (batch_no, seq)) from metric where name = ? and area = ? group by 1",
        [f"price_index:{rules.price_index}", rules.price_index_area],
    )
    return Money(
        {(currency, year): (Fraction(value), end) for currency, year, value, end in rates},
        {year: Fraction(value) for year, value in index},
    )
