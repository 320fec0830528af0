"""Warming of gases: which group a species belongs to, and its GWP in a set."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from ledger.store import Session

CO2E_GROUPS = ("ch4", "n2o", "hfcs", "pfcs", "sf6", "nf3")
"""Groups with a CO2e column of their own; CO2 is its own CO2e."""


@dataclass(frozen=True, slots=True)
class Warming:
    """GWP-100 of one set, kg CO2e per kg, by species and origin (fossil_fugitive, other, na)."""

    gwp_set: str
    values: dict[tuple[str, str], Fraction]

    def of(self, species: str, origin: str = "na") -> Fraction | None:
        """The value for a species; None where the set has none."""
        for tried in (origin, "na", "other"):
            if (species, tried) in self.values:
                return self.values[species, tried]
        return None


def warming(s: Session, gwp_set: str) -> Warming:
    """The 100-year values of a set, as last published to this ledger."""
    rows = s.rows(
        "select species, origin, arg_max(value, (batch_no, seq)) from gwp "
        "where gwp_set = ? and horizon_years = 100 group by all",
        [gwp_set],
    )
    return Warming(gwp_set, {(species, origin): Fraction(value) for species, origin, value in rows})


def gas_group(species: str) -> str:
    """The report's group of a species: co2, ch4, n2o, hfcs, pfcs, sf6, nf3, or montreal.

    Kyoto groups as in the Corporate Standard with the 2013 amendment for NF3; what the Montreal Protocol
    controls (CFCs, HCFCs, halons) stands outside the scopes.
    """
    name = species.upper()
    exact = {"CO2": "co2", "CH4": "ch4", "N2O": "n2o", "SF6": "sf6", "NF3": "nf3"}
    if name in exact:
        return exact[name]
    if name.startswith(("HCFC", "CFC", "HALON")):
        return "montreal"
    if name.startswith("HFC"):
        return "hfcs"
    return "pfcs" if name.startswith(("PFC", "CF", "C2F", "C3F", "C4F", "C5F", "C6F", "C-C", "CC4")) else "other"
