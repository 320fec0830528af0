"""US EPA Supply Chain GHG Emission Factors v1.3: kg CO2e per US dollar of 2022, by NAICS sector and by gas."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from build_record import BuildError, Dataset, Raw, Row, amounts, exact, source_record, times, total

CO2E = "us_epa_supply_chain_ghg_factors_v1.3_naics_co2e_usd2022.csv"
BY_GAS = "us_epa_supply_chain_ghg_factors_v1.3_naics_bygas_usd2022.csv"
# gas as the publisher names it → (group, GWP-100 of AR5 as IPCC AR5 WG1 table 8.A.1 and the Hub's table 11 print it)
GASES = {
    "Carbon dioxide": ("co2", 1), "Methane": ("ch4", 28), "Nitrous oxide": ("n2o", 265),
    "Sulfur hexafluoride": ("sf6", 23500), "Nitrogen trifluoride": ("nf3", 16100),
    "HFC-23": ("hfcs", 12400), "HFC-32": ("hfcs", 677), "HFC-125": ("hfcs", 3170), "HFC-134a": ("hfcs", 1300),
    "HFC-143a": ("hfcs", 4800), "HFC-236fa": ("hfcs", 8060), "Carbon tetrafluoride": ("pfcs", 6630),
    "Hexafluoroethane": ("pfcs", 11100), "Perfluoropropane": ("pfcs", 8900), "Perfluorobutane": ("pfcs", 9200),
    "Perfluorocyclobutane": ("pfcs", 9540), "Perfluorohexane": ("pfcs", 7910),
}  # fmt: skip
IN_CO2E = "HFCs and PFCs, unspecified"  # in kg CO2e, neither HFC nor PFC: it stays in what the parts do not explain
# The publisher's three figures of a gas; which one serves which activity type.
CHOICES = {
    "spend": ("Supply Chain Emission Factors with Margins", "yes"),
    "spend_without_margins": ("Supply Chain Emission Factors without Margins", "no"),
}


def datasets(raw: Raw) -> list[Dataset]:
    """The one dataset: a row per sector with margins, and one without."""
    by_gas: dict[str, list[Row]] = {}
    for row in raw.rows(BY_GAS):
        by_gas.setdefault(row["2017 NAICS Code"], []).append(row)
    sectors = raw.rows(CO2E)
    rows = [
        _factor(raw, sector, by_gas[sector["2017 NAICS Code"]], activity_type)
        for activity_type in CHOICES
        for sector in sectors
    ]
    return [Dataset(source_record(raw, "epa-supply-chain-1.3", CO2E, BY_GAS), rows)]


def _factor(raw: Raw, sector: Row, gases: list[Row], activity_type: str) -> Row:
    column, with_margins = CHOICES[activity_type]
    naics = sector["2017 NAICS Code"]
    masses, parts = _by_group({row["GHG"]: exact(row[column]) for row in gases})
    published = exact(sector[column])
    if abs(total(parts.values()) - published) > max(Decimal("0.02"), published / 20):
        raise BuildError(f"{naics}: the gases on AR5 do not give the published CO2e")
    return {
        "factor_id": f"epa-supply-chain-1.3:{naics}" + ("" if with_margins == "yes" else ":without-margins"),
        "activity_type": activity_type,
        "classification_code": naics,
        "kind": "spend",
        "serves": "na",
        "line": "direct",
        "boundary": "cradle_to_gate",
        "per_unit": "USD",
        "calorific_basis": "na",
        "data_year": "2022",
        "valid_from": "2022-01-01",
        "valid_to": "2026-12-31",
        "masses_basis": "published",
        "gas_coverage": "all",
        "gwp_set": "AR5",
        "currency": "USD",
        "price_year": "2022",
        "price_basis": "purchaser",
        "with_margins": with_margins,
        "verification": "official",
        "source_sha256": raw.sha256(CO2E),
        "source_cell": f"NAICS {naics}, {sector['2017 NAICS Title']}",
        **amounts(
            total=published,
            **{("ch4_other" if gas == "ch4" else gas): mass for gas, mass in masses.items()},
            **{f"{gas}_part": part for gas, part in parts.items() if gas != "unspecified"},
        ),
    }


def _by_group(gases: Mapping[str, Decimal]) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
    """Mass and CO2e (AR5) per group; the unspecified CO2e under its own name."""
    if set(gases) != {*GASES, IN_CO2E}:
        raise BuildError(f"gases not known: {sorted(set(gases) ^ {*GASES, IN_CO2E})}")
    masses: dict[str, Decimal] = {}
    parts = {"unspecified": gases[IN_CO2E]}
    for gas, (group, gwp) in GASES.items():
        masses[group] = total([masses.get(group, Decimal(0)), gases[gas]])
        parts[group] = total([parts.get(group, Decimal(0)), times(gases[gas], Decimal(gwp))])
    return masses, parts
