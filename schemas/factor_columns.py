"""Columns of an emission factor that a user brings."""

from __future__ import annotations

from schemas.column import Column, named, spelled
from schemas.vocabulary import FactorBoundary, FactorKind, GasCoverage, GwpSet, Line, Serves

_GASES = (
    ("co2", "CO2 of fossil origin"),
    ("ch4_fossil", "methane of fossil origin that escapes unburnt"),
    ("ch4_other", "other methane, that of combustion included"),
    ("n2o", "N2O"),
    ("hfcs", "HFCs"),
    ("pfcs", "PFCs"),
    ("sf6", "SF6"),
    ("nf3", "NF3"),
    ("biogenic_co2", "CO2 of biogenic origin, reported apart"),
)

FACTOR_COLUMNS: tuple[Column, ...] = (
    Column("per_unit", "text", "the unit that the factor is for: kg per one of it", "kWh",
           synonyms=named("unit|factor unit|uom|per")),
    Column("kind", "text", "what it averages; blank: supplier where a supplier is named, else average", "supplier",
           values=spelled(FactorKind)),
    Column("serves", "text", "which Scope 2 method it serves; blank: market where a supplier is named", "market",
           values=spelled(Serves)),
    Column("line", "text", "part of the activity's emissions; blank: the direct or energy line", "",
           values=spelled(Line)),
    Column("boundary", "text", "how much of the life cycle it holds", "", values=spelled(FactorBoundary)),
    Column("region", "text", "region of the grid that it holds for", "", synonyms=named("grid region|subregion")),
    Column("data_year", "integer", "year that the factor describes", "2025", low=1990, high=2100,
           synonyms=named("year|factor year|edition")),
    Column("co2e_published_kg_per_unit", "factor", "CO2e in one figure, as its source states it", "0.134",
           unit="kg CO2e per unit",
           synonyms=named("factor value|emission factor|co2e kg per unit|kg co2e per unit|kgco2e per unit|co2e")),
    *(Column(f"{gas}_kg_per_unit", "factor", f"mass of {meaning}", "", unit="kg per unit")
      for gas, meaning in _GASES),
    Column("gas_coverage", "text", "which gases it covers; blank: co2e_only where one figure is given", "",
           values=spelled(GasCoverage)),
    Column("gwp_set", "text", "GWP set behind the CO2e figure", "AR5", synonyms=named("gwp"), values=spelled(GwpSet)),
    Column("licence", "text", "terms under which the figure may be used", "", synonyms=named("license")),
)  # fmt: skip
