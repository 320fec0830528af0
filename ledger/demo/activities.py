"""What the demo company did, month by month: the rows of its energy, travel, freight, waste and spend files."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from ledger.demo.company import FIRST_MONTH, MONTHS, SITES, Row, Site

# How a year goes, January to December, in percent of a mean month.
HEATING = (182, 168, 140, 95, 55, 30, 22, 22, 40, 85, 135, 172)
COOLING = (84, 82, 85, 92, 106, 122, 136, 138, 122, 100, 88, 85)
WORKS = (102, 100, 104, 98, 100, 99, 96, 86, 101, 104, 103, 87)
OFFICE = (110, 105, 103, 97, 94, 95, 97, 92, 97, 101, 106, 103)
TROPICS = (98, 97, 100, 101, 103, 102, 102, 101, 100, 99, 98, 99)
TRAVEL = (78, 96, 110, 100, 112, 108, 82, 58, 116, 124, 118, 78)


class Clock:
    """A month of the two years: its first and last day, and how far along the two years it is."""

    def __init__(self, index: int) -> None:
        months = FIRST_MONTH[1] - 1 + index
        self.index, self.year, self.month = index, FIRST_MONTH[0] + months // 12, months % 12 + 1
        self.start = f"{self.year}-{self.month:02d}-01"
        self.end = f"{self.year}-{self.month:02d}-{calendar.monthrange(self.year, self.month)[1]}"
        self.tag = f"{self.year}{self.month:02d}"

    def percent(self, season: tuple[int, ...]) -> int:
        """What the season makes of a mean month, in percent."""
        return season[self.month - 1]


CLOCK = tuple(Clock(index) for index in range(MONTHS))


def amount(rng: Random, mean: int, percent: int = 100, months: int = 0, drift: int = -2, places: int = 0) -> str:
    """A plausible quantity: the mean, by season, drifting by ``drift`` per mille a month, give or take 4 %."""
    value = Decimal(mean) * percent * (1000 + drift * months) * (1000 + rng.randint(-40, 40)) / Decimal(10**8)
    return format(value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP), "f")


def is_open(site: Site, clock: Clock) -> bool:
    """Whether the place was there when the month began."""
    return site.exists_from <= clock.start


def site_row(facility: str, kind: str, first: Clock, last: Clock, quantity: str, unit: str, **more: str) -> Row:
    """A row of activity data that belongs to a place, from the first month to the last."""
    return {
        "facility_id": facility, "activity_type": kind, "period_start": first.start, "period_end": last.end,
        "quantity": quantity, "unit": unit,
    } | more  # fmt: skip


def _meters(rng: Random, meters: tuple[tuple[str, ...], ...], activity_type: str) -> Iterator[Row]:
    """Monthly readings; a meter is (site, meter, mean a month, unit, supplier, season)."""
    sites = {site.facility_id: site for site in SITES}
    for facility, meter, mean, unit, supplier, season in meters:
        for clock in CLOCK:
            if not is_open(sites[facility], clock):
                continue
            places = 3 if unit == "MWh" else 0
            quantity = amount(rng, int(mean), clock.percent(SEASONS[season]), clock.index, places=places)
            yield site_row(
                facility, activity_type, clock, clock, quantity, unit, supplier=supplier, meter_id=meter,
                invoice_id=f"{meter}-{clock.tag}", data_basis="measured", uncertainty_pct="2",
            )  # fmt: skip


SEASONS = {"heating": HEATING, "cooling": COOLING, "works": WORKS, "office": OFFICE, "tropics": TROPICS}

ELECTRICITY = (
    ("LON", "E-LON-1", "15800", "kWh", "Northmoor Energy", "office"),
    ("LON", "E-LON-2", "6900", "kWh", "Northmoor Energy", "office"),
    ("SHF", "E-SHF-1", "112", "MWh", "Northmoor Energy", "works"),
    ("SHF", "E-SHF-2", "61", "MWh", "Northmoor Energy", "works"),
    ("SHF", "E-SHF-3", "24300", "kWh", "Northmoor Energy", "works"),
    ("AUS", "E-AUS-1", "46200", "kWh", "Lone Prairie Electric", "cooling"),
    ("SJC", "E-SJC-1", "72400", "kWh", "Bay Valley Power", "cooling"),
    ("SJC", "E-SJC-2", "21700", "kWh", "Bay Valley Power", "tropics"),
    ("LYS", "E-LYS-1", "13200", "kWh", "Rhône Énergie", "office"),
    ("SIN", "E-SIN-1", "31500", "kWh", "Straits Grid", "tropics"),
)
GAS = (
    ("LON", "G-LON-1", "14200", "kWh", "Northmoor Energy", "heating"),
    ("SHF", "G-SHF-1", "168000", "kWh", "Northmoor Energy", "heating"),
    ("SHF", "G-SHF-2", "54000", "kWh", "Northmoor Energy", "works"),
    ("AUS", "G-AUS-1", "620", "US therms", "Lone Prairie Gas", "heating"),
    ("SJC", "G-SJC-1", "1480", "US therms", "Bay Valley Power", "works"),
    ("LYS", "G-LYS-1", "8600", "kWh", "Rhône Énergie", "heating"),
)
GERMAN_ELECTRICITY = (
    ("REG", "S-REG-1", "128000", "kWh", "Stadtwerk Donau", "works"),
    ("REG", "S-REG-2", "74500", "kWh", "Stadtwerk Donau", "works"),
    ("HAM", "S-HAM-1", "57800", "kWh", "Elbe Strom", "works"),
)
GERMAN_GAS = (
    ("REG", "G-REG-1", "196000", "kWh", "Stadtwerk Donau", "heating"),
    ("REG", "G-REG-2", "41000", "kWh", "Stadtwerk Donau", "works"),
)
GERMAN_HEAT = (("HAM", "W-HAM-1", "52000", "kWh", "Elbe Wärme", "heating"),)


def _over_the_quarter(rows: list[Row]) -> Iterator[Row]:
    """Lyon's supplier reads in the middle of June and July: two bills lie across the end of a quarter."""
    for row in rows:
        start = date.fromisoformat(row["period_start"])
        if row["meter_id"] != "E-LYS-1" or start.month not in (6, 7) or start.year == 2024:
            yield row
            continue
        parts = {6: ((1, 16),), 7: ((17, 31),)}[start.month]
        for first, last in parts:
            yield row | {
                "period_start": str(start.replace(day=first)),
                "period_end": str(start.replace(day=last)),
                "quantity": str(int(row["quantity"]) * 16 // 31),
            }
        if start.month == 6:
            yield row | {
                "period_start": str(start.replace(day=17)),
                "period_end": str(start.replace(month=7, day=16)),
                "invoice_id": row["invoice_id"] + "-X",
            }


def site_energy(rng: Random) -> list[Row]:
    """Electricity and gas of the sites outside Germany."""
    electricity = _over_the_quarter(list(_meters(rng, ELECTRICITY, "electricity_purchased")))
    gas = (row | {"calorific_basis": "gross"} for row in _meters(rng, GAS, "natural_gas"))
    return [*electricity, *gas]


def german_energy(rng: Random) -> list[Row]:
    """Electricity, gas, district heat and generator fuel of the German sites."""
    rows = list(_meters(rng, GERMAN_ELECTRICITY, "electricity_purchased"))
    rows += [row | {"calorific_basis": "gross"} for row in _meters(rng, GERMAN_GAS, "natural_gas")]
    rows += list(_meters(rng, GERMAN_HEAT, "district_heat"))
    return rows + _generator(rng, ("REG", "HAM"))


def _generator(rng: Random, facilities: tuple[str, ...]) -> list[Row]:
    """Fuel of the test runs of the emergency generators, once a quarter."""
    return [
        site_row(facility, "diesel_generator", clock, clock, amount(rng, 210), "L", data_basis="measured")
        for facility in facilities
        for clock in CLOCK
        if clock.month % 3 == 2
    ]


CARS = (
    ("SHF", "company_car_diesel", "mi", 7400), ("SHF", "company_car_hybrid", "mi", 5200),
    ("LON", "company_car_electric", "mi", 3100), ("REG", "company_car_diesel", "km", 11800),
    ("REG", "company_car_hybrid", "km", 6900), ("HAM", "company_van_diesel", "km", 4300),
    ("LYS", "company_car_petrol", "km", 5600), ("SIN", "company_car_petrol", "km", 2900),
    ("SJC", "company_car_petrol", "mi", 2100),
)  # fmt: skip
TOP_UPS = (
    ("SHF", "refrigerant_r410a", 14), ("REG", "refrigerant_r407c", 11), ("SJC", "refrigerant_r410a", 9),
    ("HAM", "refrigerant_r134a", 8), ("SIN", "refrigerant_r410a", 7), ("LON", "refrigerant_r32", 4),
)  # fmt: skip


def fuels_and_refrigerants(rng: Random) -> list[Row]:
    """Generators, company cars and what the refrigeration engineer topped up."""
    rows = _generator(rng, ("SHF", "SJC", "SIN"))
    for facility, kind, unit, mean in CARS:
        drift = 14 if kind == "company_car_electric" else -6
        for clock in CLOCK:
            driven = amount(rng, mean, clock.percent(TRAVEL), clock.index, drift)
            rows.append(site_row(facility, kind, clock, clock, driven, unit, data_basis="measured"))
    for facility, kind, mean in TOP_UPS:
        for clock in CLOCK:
            if clock.month in (3, 8):
                topped_up = amount(rng, mean, rng.randint(40, 160), places=1)
                note = "topped up at service"
                rows.append(site_row(facility, kind, clock, clock, topped_up, "kg", data_basis="measured", note=note))
    return rows


WASTE = (
    ("waste_commercial_incineration", 30), ("waste_mixed_recycling", 22),
    ("waste_paper_recycling", 14), ("waste_metal_recycling", 26),
)  # fmt: skip


QUARTERS = tuple(zip(CLOCK[0::3], CLOCK[2::3], strict=True))
EACH_MONTH = tuple(zip(CLOCK, CLOCK, strict=True))


def waste_and_water(rng: Random) -> list[Row]:
    """Waste, weighed monthly at the works and estimated by the quarter elsewhere; water by the quarter's bill."""
    rows: list[Row] = []
    for site in SITES:
        works = site.facility_id in {"SHF", "REG"}
        for kind, per_person_kg in WASTE if works else WASTE[:3]:
            mean, basis = site.people * per_person_kg // (3 if works else 1), "measured" if works else "estimated"
            for first, last in EACH_MONTH if works else QUARTERS:
                if is_open(site, first):
                    weighed = amount(rng, mean, 100, first.index)
                    row = site_row(site.facility_id, kind, first, last, weighed, "kg", data_basis=basis)
                    rows.append(row | {"primary_data": "yes" if works else "no"})
        rows += _water(rng, site)
    return rows


def _water(rng: Random, site: Site) -> list[Row]:
    """The two lines of a water bill, in the unit the supplier bills in."""
    unit, litres = ("US gallons", 3.785) if site.country == "US" else ("m3", 1000.0)
    mean = int(site.people * 900 * 3 / litres)  # about 40 L a person and working day, over a quarter
    rows: list[Row] = []
    for first, last in QUARTERS:
        if not is_open(site, first):
            continue
        supplied = amount(rng, mean, 100, first.index)
        drained = str(int(supplied) * 95 // 100)
        invoice = f"W-{site.facility_id}-{first.tag}"
        for kind, quantity in (("water_supply", supplied), ("water_treatment", drained)):
            row = site_row(site.facility_id, kind, first, last, quantity, unit, data_basis="measured")
            rows.append(row | {"invoice_id": invoice})
    return rows
