"""Kg per unit given: a factor as published, times the exact unit conversion, rounded once at 12 decimals.

Everything is an exact fraction until that one rounding (half away from zero). A published total stays
whole: what its rounded parts do not explain is ``unsplit``. A factor given as masses of gas takes the
ledger's GWP set, and its total is the sum of its rounded parts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

from ledger.calculation.gases import CO2E_GROUPS, Warming, gas_group

PLACES = Decimal("1e-12")
LARGEST_PER_UNIT = 10**8  # more than this does not fit the exact product; a smaller unit does
_WIDE = Context(prec=80, rounding=ROUND_HALF_UP)
MASS_COLUMNS = ("co2", "ch4_fossil", "ch4_other", "n2o", "hfcs", "pfcs", "sf6", "nf3", "montreal", "biogenic_co2")


@dataclass(frozen=True, slots=True)
class PublishedFactor:
    """What the amounts need of a factor: its total, CO2e parts, masses and species, per its own unit."""

    factor_id: str
    per_unit: str
    gwp_set: str | None
    total: Decimal | None
    parts: dict[str, Decimal] = field(default_factory=dict)
    masses: dict[str, Decimal] = field(default_factory=dict)
    species: tuple[tuple[str, Decimal, str], ...] = ()


def rounded(value: Fraction) -> Decimal:
    """The fraction at 12 decimals, half away from zero."""
    scaled = value * 10**12
    whole, rest = divmod(abs(scaled.numerator), scaled.denominator)
    if 2 * rest >= scaled.denominator:
        whole += 1
    return Decimal(whole if scaled >= 0 else -whole).scaleb(-12, _WIDE)


def amounts_per_unit(factor: PublishedFactor, ratio: Fraction, ledger: Warming, restated_from: Warming | None) -> dict[
    str, Decimal | None
]:  # fmt: skip
    """The columns of a choice in kg per unit given, for one factor.

    Args:
        factor: the factor, kg per ``factor.per_unit``.
        ratio: units of the factor in one unit given (kWh per MWh: 1000).
        ledger: the ledger's GWP set.
        restated_from: the publisher's set when the policy restates published totals, else None.

    Returns:
        ``{column: kg per unit given}``; None for what the factor does not tell.

    Raises:
        LookupError: a gas of the factor has no GWP in the ledger's set.
    """
    kg: dict[str, Decimal | None] = {
        f"{gas}_kg_per_unit": rounded(Fraction(mass) * ratio) for gas, mass in factor.masses.items()
    }
    if factor.total is not None:
        co2e = _published_co2e(factor, ratio)
        total = rounded(Fraction(factor.total) * ratio)
        if restated_from is not None:
            change = _restatement(factor, ratio, ledger, restated_from)
            total += sum(change.values(), Decimal(0))
            co2e = {gas: (co2e.get(gas) or Decimal(0)) + change.get(gas, Decimal(0)) for gas in {*co2e, *change}}
    else:
        co2e = _warming_of_masses(factor, ratio, ledger)
        total = sum(co2e.values(), kg.get("co2_kg_per_unit") or Decimal(0))
    kg.update({f"{gas}_co2e_kg_per_unit": value for gas, value in co2e.items()})
    explained = sum(co2e.values(), kg.get("co2_kg_per_unit") or Decimal(0))
    kg["unsplit_co2e_kg_per_unit"] = total - explained
    kg["total_co2e_kg_per_unit"] = total
    return kg


def _published_co2e(factor: PublishedFactor, ratio: Fraction) -> dict[str, Decimal]:
    return {gas: rounded(Fraction(part) * ratio) for gas, part in factor.parts.items() if gas in CO2E_GROUPS}


def _warming_of_masses(factor: PublishedFactor, ratio: Fraction, ledger: Warming) -> dict[str, Decimal]:
    """CO2e of each gas group from masses and species; Montreal gases count in mass only."""
    exact: dict[str, Fraction] = {}
    for species, origin, group in (("CH4", "fossil_fugitive", "ch4_fossil"), ("CH4", "other", "ch4_other"),
                                   ("N2O", "na", "n2o"), ("SF6", "na", "sf6"), ("NF3", "na", "nf3")):  # fmt: skip
        if group in factor.masses:
            gas = group.split("_")[0]
            exact[gas] = exact.get(gas, Fraction(0)) + Fraction(factor.masses[group]) * _gwp(ledger, species, origin)
    for species, value, value_as in factor.species:
        group = gas_group(species)
        if group in ("hfcs", "pfcs"):
            warming = Fraction(1) if value_as == "kg_co2e" else _gwp(ledger, species, "na")
            exact[group] = exact.get(group, Fraction(0)) + Fraction(value) * warming
    told = {gas for gas in ("hfcs", "pfcs") if factor.masses.get(gas)}
    if untold := sorted(told - exact.keys()):
        raise LookupError(f"the species of the {', '.join(untold)} in {factor.factor_id} are not told")
    return {gas: rounded(value * ratio) for gas, value in exact.items()}


def is_restated(factor: PublishedFactor) -> bool:
    """Whether a published total has anything that another GWP set would change, and that is told by mass."""
    return any(factor.masses.get(column) for _, _, _, column in _RESTATED) or bool(_told_species(factor))


def untold_groups(factor: PublishedFactor) -> tuple[str, ...]:
    """HFCs or PFCs that a published total holds without telling their species: no other set can be put on them."""
    told = {gas_group(species) for species, _ in _told_species(factor)}
    return tuple(group for group in ("hfcs", "pfcs") if factor.masses.get(group) and group not in told)


_RESTATED = (
    ("ch4", "CH4", "fossil_fugitive", "ch4_fossil"), ("ch4", "CH4", "other", "ch4_other"), ("n2o", "N2O", "na", "n2o"),
    ("sf6", "SF6", "na", "sf6"), ("nf3", "NF3", "na", "nf3"),
)  # fmt: skip
"""Gases of a published total that are told by mass: group, species, origin, column of the mass."""


def _told_species(factor: PublishedFactor) -> list[tuple[str, Decimal]]:
    """HFCs and PFCs of a factor by species, kg per its unit."""
    return [
        (species, value)
        for species, value, value_as in factor.species
        if value_as != "kg_co2e" and gas_group(species) in ("hfcs", "pfcs")
    ]


def _restatement(factor: PublishedFactor, ratio: Fraction, ledger: Warming, publisher: Warming) -> dict[str, Decimal]:
    """What a published total changes by under the ledger's set: mass x (ledger's GWP - publisher's)."""
    change: dict[str, Decimal] = {}

    def add(gas: str, mass: Decimal, species: str, origin: str) -> None:
        step = _gwp(ledger, species, origin) - _gwp(publisher, species, origin)
        change[gas] = change.get(gas, Decimal(0)) + rounded(Fraction(mass) * ratio * step)

    for gas, species, origin, column in _RESTATED:
        if mass := factor.masses.get(column):
            add(gas, mass, species, origin)
    for species, mass in _told_species(factor):
        add(gas_group(species), mass, species, "na")
    return change


def _gwp(warming: Warming, species: str, origin: str) -> Fraction:
    value = warming.of(species, origin)
    if value is None:
        raise LookupError(f"{species} has no GWP in {warming.gwp_set}")
    return value
