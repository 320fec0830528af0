"""Energy of own operations by use and source, as ESRS E1 tables it: fuels burned apart from energy bought."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ledger.inventory.compile import checked_size
from ledger.inventory.exact import exact_sum
from ledger.inventory.period import Period
from ledger.inventory.posted import make_posted
from ledger.store import Session

FOSSIL = ("coal", "oil", "gas", "other_fossil")
_MIX = """
select if(scope = '1', 'fuel', 'purchased') as use, coalesce(energy_source, 'mixed') as source, sum(energy_kwh)
from posted where book = 'inventory' and scope in ('1', '2') and energy_kwh is not null
group by all having sum(energy_kwh) <> 0 order by 1, 2
"""


@dataclass(frozen=True, slots=True)
class EnergyMix:
    """Final energy in kWh of net calorific value, by source: fuels of Scope 1 and bought energy of Scope 2.

    Sources are coal, oil, gas, other_fossil, nuclear, renewable and mixed; what is bought is renewable or nuclear only
    where an instrument says so (ESRS E1, AR 32 of Set 1), all else of unknown origin is `mixed`.
    """

    fuel: dict[str, Decimal]
    purchased: dict[str, Decimal]

    def fossil(self) -> Decimal | None:
        """Fuels and bought energy of fossil sources; what is of unknown origin is not in it."""
        return self._sum(FOSSIL)

    def renewable(self) -> Decimal | None:
        """Fuels and bought energy of renewable sources."""
        return self._sum(("renewable",))

    def nuclear(self) -> Decimal | None:
        """Bought energy of nuclear origin."""
        return self._sum(("nuclear",))

    def unknown(self) -> Decimal | None:
        """Energy whose origin nothing tells."""
        return self._sum(("mixed",))

    def total(self) -> Decimal | None:
        """All of it."""
        return self._sum((*FOSSIL, "nuclear", "renewable", "mixed"))

    def _sum(self, sources: tuple[str, ...]) -> Decimal | None:
        known = [held[source] for held in (self.fuel, self.purchased) for source in sources if source in held]
        return exact_sum(known) if known else None


def energy_mix(s: Session, of: Period, view: str, at: int | None = None) -> EnergyMix:
    """The energy mix of a period as the ledger stood at a size. Raises Misuse for an unknown view or size."""
    size = checked_size(s, view, at).size
    make_posted(s, of, view, size, by_facility=False)
    made: dict[str, dict[str, Decimal]] = {"fuel": {}, "purchased": {}}
    for use, source, kwh in s.rows(_MIX):
        made[use][source] = kwh
    return EnergyMix(made["fuel"], made["purchased"])
