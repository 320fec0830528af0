"""Who the demo company is: its legal entities, holdings, facilities, contracts and revenue; all invented."""

from __future__ import annotations

from typing import NamedTuple

NAME = "Halden Instruments"
BASE_YEAR = 2025
REVIEWER = "Ruth Adeyemi"
FIRST_MONTH, MONTHS = (2024, 10), 24

Row = dict[str, str]


class Site(NamedTuple):
    """A facility and how busy it is; ``people`` drives commuting, travel and homeworking."""

    facility_id: str
    name: str
    legal_entity_id: str
    country: str
    subdivision: str
    grid_region: str
    timezone: str
    relation: str
    exists_from: str
    floor_m2: str
    people: int


_LEASED, _OWNED = "lease_in_operating", "owned"
_LONDON, _BERLIN = "Europe/London", "Europe/Berlin"
SITES = (
    Site("LON", "London head office", "HALDEN-PLC", "GB", "", "", _LONDON, _LEASED, "2018-04-01", "2400", 140),
    Site("SHF", "Sheffield works", "HALDEN-PLC", "GB", "", "", _LONDON, _OWNED, "1987-01-01", "18500", 310),
    Site("AUS", "Austin design centre", "HALDEN-INC", "US", "US-TX", "ERCT", "America/Chicago", _LEASED,
         "2025-04-01", "3100", 60),
    Site("SJC", "San Jose laboratory", "HALDEN-INC", "US", "US-CA", "CAMX", "America/Los_Angeles", _LEASED,
         "2015-09-01", "4200", 85),
    Site("REG", "Regensburg works", "HALDEN-GMBH", "DE", "DE-BY", "", _BERLIN, _OWNED, "2004-06-01", "14200", 220),
    Site("HAM", "Hamburg distribution centre", "NORDKAI-GMBH", "DE", "DE-HH", "", _BERLIN, _OWNED,
         "2019-10-01", "9800", 45),
    Site("LYS", "Lyon sales and service", "HALDEN-SAS", "FR", "FR-69M", "", "Europe/Paris", _LEASED,
         "2011-03-01", "1250", 38),
    Site("SIN", "Singapore service centre", "HALDEN-PTE", "SG", "", "", "Asia/Singapore", _LEASED,
         "2020-01-15", "1600", 42),
)  # fmt: skip

# What a legal entity pays in, and how much of the group's buying and travelling it does, in percent.
ENTITIES = (
    ("HALDEN-PLC", "Halden Instruments plc", "GB", "GBP", 46),
    ("HALDEN-INC", "Halden Instruments Inc.", "US", "USD", 17),
    ("HALDEN-GMBH", "Halden Instruments GmbH", "DE", "EUR", 25),
    ("NORDKAI-GMBH", "Nordkai Logistik GmbH", "DE", "EUR", 2),
    ("HALDEN-SAS", "Halden Instruments SAS", "FR", "EUR", 5),
    ("HALDEN-PTE", "Halden Instruments Pte. Ltd.", "SG", "SGD", 5),
)

# Net revenue of the group by quarter in thousand euros, 2024-Q4 to 2026-Q3.
REVENUE_KEUR = (48_120, 43_870, 46_940, 45_310, 50_260, 45_180, 48_730, 47_950)


def legal_entities() -> list[Row]:
    """The companies; Nordkai is a joint venture and outside the consolidated accounts."""
    return [
        {
            "legal_entity_id": entity,
            "name": name,
            "country": country,
            "nace": "52.10" if entity == "NORDKAI-GMBH" else "26.51",
            "in_consolidated_accounts": "no" if entity == "NORDKAI-GMBH" else "yes",
            "high_climate_impact": "yes",
            "valid_from": "2019-10-01" if entity == "NORDKAI-GMBH" else "2010-01-01",
        }
        for entity, name, country, _, _ in ENTITIES
    ]


def holdings() -> list[Row]:
    """Who holds whom: all wholly owned, but for the joint venture of one half, which the group operates."""
    rows = []
    for entity, *_ in ENTITIES[1:]:
        joint = entity == "NORDKAI-GMBH"
        rows.append(
            {
                "parent": "HALDEN-PLC",
                "child": entity,
                "equity_share": "0.5" if joint else "1",
                "financial_control": "joint" if joint else "sole",
                "operational_control": "yes",
                "valid_from": "2019-10-01" if joint else "2010-01-01",
                "event": "joint venture founded" if joint else "founded",
            }
        )
    return rows


def facilities() -> list[Row]:
    """The eight places, each from the day it opened."""
    return [
        {key: value for key, value in site._asdict().items() if key != "people"} | {"valid_from": site.exists_from}
        for site in SITES
    ]


def _instrument(instrument_id: str, kwh: str, year: int, **more: str) -> Row:
    """A contract for carbon-free power of one vintage year that meets every criterion asked of it."""
    row = {
        "instrument_id": instrument_id,
        "kwh": kwh,
        "vintage_start": f"{year}-01-01",
        "vintage_end": f"{year}-12-31",
        "hourly": "no",
        "own_generation_sold": "no",
        "co2_kg_per_kwh": "0",
        "ch4_kg_per_kwh": "0",
        "n2o_kg_per_kwh": "0",
        "beneficiary": "Halden Instruments",
    }
    row |= {f"criterion_{number}": "met" for number in range(1, 6)}
    return row | {"criterion_6": "na", "criterion_7": "na", "criterion_8": "met"} | more


def instruments() -> list[Row]:
    """A pool of British certificates for each year, and a purchase agreement tied to the works at Regensburg."""
    pool = {
        "type": "rego", "registry": "REGO", "technology": "onshore wind", "energy_source": "renewable",
        "country": "GB", "market_boundary": "GB", "plant": "Fell Rigg wind farm", "commissioned": "2014-05-01",
        "bundled": "no",
    }  # fmt: skip
    agreement = {
        "type": "ppa", "registry": "HKNR", "technology": "solar", "energy_source": "renewable",
        "country": "DE", "market_boundary": "AIB", "plant": "Solarpark Donaumoos", "commissioned": "2023-06-15",
        "facility_id": "REG", "bundled": "yes", "criterion_7": "met",
    }  # fmt: skip
    return [
        _instrument("REGO-2025", "1250000", 2025, issued="2026-02-10", retired_on="2026-03-18",
                    certificate_from="G00210025000001", certificate_to="G00210025001250", **pool),
        _instrument("REGO-2026", "1100000", 2026, issued="2026-09-08", retired_on="2026-10-02",
                    certificate_from="G00210026000001", certificate_to="G00210026001100", **pool),
        _instrument("PPA-DONAUMOOS-2026", "1400000", 2026, issued="2026-09-15", retired_on="2026-10-05",
                    certificate_from="DE00310026000001", certificate_to="DE00310026001400", **agreement),
    ]  # fmt: skip


def metrics() -> list[Row]:
    """Net revenue and headcount of the group, quarter by quarter."""
    rows = []
    year, quarter = 2024, 4
    ends = {1: "03-31", 2: "06-30", 3: "09-30", 4: "12-31"}
    for thousand in REVENUE_KEUR:
        period = {"period_start": f"{year}-{3 * quarter - 2:02d}-01", "period_end": f"{year}-{ends[quarter]}"}
        rows.append({"name": "revenue", "value": f"{thousand}000", "unit": "EUR", "currency": "EUR"} | period)
        rows.append({"name": "headcount", "value": str(905 + 4 * len(rows)), "unit": "person"} | period)
        year, quarter = (year + 1, 1) if quarter == 4 else (year, quarter + 1)
    return [row | {"source": "management accounts"} for row in rows]
