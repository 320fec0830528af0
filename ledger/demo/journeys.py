"""How the demo company's people and goods move, and what it buys: travel, commuting, freight and spend."""

from __future__ import annotations

from random import Random

from ledger.demo.activities import CLOCK, QUARTERS, TRAVEL, WORKS, Clock, amount, is_open, site_row
from ledger.demo.company import ENTITIES, SITES, Row

FLIGHTS = (
    ("HALDEN-PLC", "flight_domestic", 9_000), ("HALDEN-PLC", "flight_short_haul_economy", 94_000),
    ("HALDEN-PLC", "flight_short_haul_business", 11_000), ("HALDEN-PLC", "flight_long_haul_economy", 148_000),
    ("HALDEN-PLC", "flight_long_haul_business", 61_000), ("HALDEN-INC", "flight_international_economy", 118_000),
    ("HALDEN-INC", "flight_international_business", 34_000), ("HALDEN-GMBH", "flight_short_haul_economy", 52_000),
    ("HALDEN-GMBH", "flight_international_economy", 71_000), ("HALDEN-SAS", "flight_short_haul_economy", 17_000),
    ("HALDEN-PTE", "flight_international_economy", 83_000), ("HALDEN-PTE", "flight_international_business", 19_000),
)  # fmt: skip
ON_THE_GROUND = (
    ("rail_national", "pkm", 21_000), ("hotel_stay", "room_night", 130),
    ("taxi", "km", 1_900), ("rental_car_average", "km", 6_200),
)  # fmt: skip


def _entity_row(entity: str, country: str, clock: Clock, activity_type: str, quantity: str, unit: str) -> Row:
    """A row that belongs to a company and not to a place."""
    return {
        "legal_entity_id": entity, "country": country, "activity_type": activity_type, "period_start": clock.start,
        "period_end": clock.end, "quantity": quantity, "unit": unit,
    }  # fmt: skip


def scored(*scores: str) -> Row:
    """How sure a row is by the five indicators, 1 (very good) to 4 (poor)."""
    names = ("reliability", "completeness", "temporal", "geographical", "technological")
    return {f"dq_{name}": score for name, score in zip(names, scores, strict=True)}


def flights(rng: Random) -> list[Row]:
    """Passenger-kilometres by company, haul and class, as the travel agency tells them."""
    home = {entity: country for entity, _, country, _, _ in ENTITIES}
    return [
        _entity_row(entity, home[entity], clock, kind, amount(rng, mean, clock.percent(TRAVEL), clock.index, 4), "pkm")
        | {"supplier": "Meridian Travel", "data_basis": "calculated"}
        for entity, kind, mean in FLIGHTS
        for clock in CLOCK
    ]


def ground_travel(rng: Random) -> list[Row]:
    """Rail, hotels, taxis and hired cars by company."""
    rows: list[Row] = []
    for entity, _, country, _, share in ENTITIES:
        for kind, unit, mean in ON_THE_GROUND if share > 15 else ON_THE_GROUND[:2] if share > 2 else ():
            for clock in CLOCK:
                travelled = amount(rng, mean * share // 25, clock.percent(TRAVEL), clock.index, 3)
                row = _entity_row(entity, country, clock, kind, travelled, unit)
                rows.append(row | {"supplier": "Meridian Travel", "data_basis": "calculated"})
    return rows


PAID_BY_US = "to customers, paid by us"
FREIGHT = (
    ("SHF", "freight_hgv", 182_000, "inbound"), ("SHF", "freight_hgv", 96_000, PAID_BY_US),
    ("SHF", "freight_sea_container", 640_000, "inbound"), ("SHF", "freight_air_long_haul", 41_000, PAID_BY_US),
    ("REG", "freight_hgv", 151_000, "inbound"), ("REG", "freight_air_long_haul", 22_000, PAID_BY_US),
    ("HAM", "freight_hgv", 233_000, PAID_BY_US), ("HAM", "freight_sea_container", 880_000, PAID_BY_US),
    ("SIN", "freight_air_long_haul", 9_500, "spare parts"), ("SJC", "freight_hgv", 47_000, "inbound"),
)  # fmt: skip


def freight(rng: Random) -> list[Row]:
    """Tonne-kilometres bought from carriers; the American ones bill in short ton-miles."""
    rows: list[Row] = []
    for facility, kind, mean, note in FREIGHT:
        unit = "ton-miles" if facility == "SJC" else "tkm"
        for clock in CLOCK:
            carried = amount(rng, mean, clock.percent(WORKS), clock.index, 2)
            row = site_row(facility, kind, clock, clock, carried, unit, data_basis="calculated", note=note)
            rows.append(row | {"primary_data": "yes"})  # the carriers' own statements
    return rows


COMMUTES = (
    ("commute_car_average", "km", 420),
    ("commute_rail", "pkm", 190),
    ("commute_bus", "pkm", 65),
    ("homeworking", "person_hour", 34),
)


def commuting(rng: Random) -> list[Row]:
    """Journeys to work, and in Britain hours worked at home, from the yearly survey, spread by quarter."""
    rows: list[Row] = []
    survey = {"data_basis": "estimated", "note": "staff survey 2025", **scored("3", "2", "1", "1", "2")}
    for site in SITES:
        for first, last in QUARTERS:
            asked = COMMUTES if site.country == "GB" else COMMUTES[:3]
            for kind, unit, per_person in asked if is_open(site, first) else ():
                quantity = amount(rng, site.people * per_person * 3, 100, first.index)
                rows.append(site_row(site.facility_id, kind, first, last, quantity, unit, **survey))
    return rows


# What is bought each month for every 100 of the group: activity type, NAICS code (2017), thousands, supplier.
SPEND = (
    ("purchased_goods_spend", "334418", 1_180, "printed circuit assemblies"),
    ("purchased_goods_spend", "332710", 640, "turned and milled parts"),
    ("purchased_goods_spend", "333314", 420, "lenses and optics"),
    ("purchased_goods_spend", "322211", 74, "packaging"),
    ("purchased_services_spend", "541330", 160, "engineering services"),
    ("professional_services_spend", "541611", 95, "consulting"),
    ("cleaning_spend", "561720", 48, "cleaning"),
    ("software_spend", "511210", 120, "software"),
    ("telecom_spend", "517311", 22, "telecommunications"),
)
CLOUD = ("cloud_spend", "518210", 66, "cloud")
CAPITAL_GOODS = (("it_hardware_spend", "334111", 70, "laptops"), ("furniture_spend", "337211", 18, "furniture"))
CLOUD_SUPPLIERS = {"HALDEN-PLC": "Cumulus Hosting", "HALDEN-INC": "Cumulus Hosting", "HALDEN-GMBH": "Rechenwerk"}
# Rates for the size of an amount only: what one euro was about; the ledger converts by its own dated table.
UNITS_PER_EURO = {"EUR": 100, "GBP": 86, "USD": 112, "SGD": 147}


SPENT = {"data_basis": "spend-based", **scored("3", "2", "2", "3", "3")}


def purchases(rng: Random) -> list[Row]:
    """Spend net of tax by company, in its own currency, with the NAICS code of what was bought."""
    rows: list[Row] = []
    for entity, _, country, currency, share in ENTITIES:
        scale = share * UNITS_PER_EURO[currency]
        bought = SPEND if share > 15 else SPEND[6:] if share > 2 else ()
        cloud = (CLOUD,) if entity in CLOUD_SUPPLIERS else ()
        for kind, code, thousands, what in (*bought, *cloud):
            supplier = CLOUD_SUPPLIERS[entity] if kind == "cloud_spend" else ""
            more = {"classification_code": code, "tax_included": "no", "supplier": supplier, "note": what} | SPENT
            for clock in CLOCK:
                whole = amount(rng, thousands * scale // 10, clock.percent(WORKS), clock.index, 9 if supplier else 1)
                paid = f"{whole}.{rng.randint(0, 99):02d}"
                rows.append(_entity_row(entity, country, clock, kind, paid, currency) | more)
    return rows + _capital_goods(rng)


def _capital_goods(rng: Random) -> list[Row]:
    """Laptops and laboratory furniture, capitalised, once a quarter."""
    rows: list[Row] = []
    for entity, _, country, currency, share in ENTITIES:
        for kind, code, thousands, what in CAPITAL_GOODS if share > 2 else ():
            more = {"classification_code": code, "tax_included": "no", "capitalised": "yes", "note": what} | SPENT
            for clock in CLOCK[2::3]:
                paid = amount(rng, thousands * share * UNITS_PER_EURO[currency] // 10)
                rows.append(_entity_row(entity, country, clock, kind, paid, currency) | more)
    return rows
