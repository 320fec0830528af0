"""Which rows of the UK Government conversion factors serve which activity type and line.

A row is named by the first three parts of the publisher's row ID (activity, group, item), which are stable
across years, with the label expected there; the fourth part is the unit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Served:
    """A row of the publisher and what it serves."""

    activity_type: str
    line: str
    row: str
    label: str
    units: tuple[str, ...]
    boundary: str
    country: str = ""
    biogenic_row: str = ""
    gases_row: str = ""  # where the gases stand when this row's own hold more than gas (radiative forcing)
    serves: str = "na"
    radiative_forcing: str = ""


UPSTREAM = "cradle_to_gate"
OPERATION = "operation"  # what the service itself emits: treatment of waste and water, a hotel's night, an hour at home
FUEL = ("tonnes", "litres", "cubic metres", "kWh (Net CV)", "kWh (Gross CV)")
BIOFUEL = ("kg", "litres", "GJ")
BIOMASS = ("tonnes", "kWh")

# activity type, item of the row ID with its group, label, biogenic row
FOSSIL = (
    ("natural_gas", "100_1004", "Natural gas", ""),
    ("lpg", "100_1003", "LPG", ""),
    ("propane", "100_1007", "Propane", ""),
    ("butane", "100_1000", "Butane", ""),
    ("cng", "100_1001", "CNG", ""),
    ("lng", "100_1002", "LNG", ""),
    ("gas_oil", "101_1014", "Gas oil", ""),
    ("burning_oil", "101_1010", "Burning oil", ""),
    ("fuel_oil", "101_1013", "Fuel oil", ""),
    ("diesel", "101_1011", "Diesel (average biofuel blend)", "99_604_1011"),
    ("diesel_stationary", "101_1011", "Diesel (average biofuel blend)", "99_604_1011"),
    ("diesel_mineral", "101_1012", "Diesel (100% mineral diesel)", ""),
    ("petrol", "101_1017", "Petrol (average biofuel blend)", "99_604_1017"),
    ("petrol_mineral", "101_1018", "Petrol (100% mineral petrol)", ""),
    ("aviation_turbine_fuel", "101_1009", "Aviation turbine fuel", ""),
    ("marine_gas_oil", "101_1023", "Marine gas oil", ""),
    ("coal_industrial", "102_1025", "Coal (industrial)", ""),
    ("coal_domestic", "102_1027", "Coal (domestic)", ""),
)
# activity type, group and item of the direct row, group of the upstream row, label, units
BIOENERGY = (
    ("bioethanol", "103", "1031", "900", "Bioethanol", BIOFUEL),
    ("biodiesel", "103", "1032", "900", "Biodiesel ME", BIOFUEL),
    ("biomethane", "103", "1033", "900", "Biomethane (compressed)", BIOFUEL),
    ("hvo", "103", "1036", "900", "Biodiesel HVO", BIOFUEL),
    ("wood_logs", "104", "1043", "901", "Wood logs", BIOMASS),
    ("wood_chips", "104", "1044", "901", "Wood chips", BIOMASS),
    ("wood_pellets", "104", "1045", "901", "Wood pellets", BIOMASS),
    ("biogas", "105", "1047", "902", "Biogas", BIOMASS),
)
# activity type, direct row, upstream row, label, units
JOURNEYS = (
    ("car_diesel", "4_301_3069", "26_904_3069", "Average car / Diesel", ("km",)),
    ("car_petrol", "4_301_3070", "26_904_3070", "Average car / Petrol", ("km",)),
    ("car_hybrid", "4_301_3071", "26_904_3071", "Average car / Hybrid", ("km",)),
    ("car_average", "4_301_3074", "26_904_3074", "Average car / Unknown", ("km",)),
    ("motorbike", "4_302_3080", "26_905_3080", "Average", ("km",)),
    ("van_diesel", "5_303_3102", "28_906_3102", "Average (up to 3.5 tonnes) / Diesel", ("km",)),
    ("van_petrol", "5_303_3103", "28_906_3103", "Average (up to 3.5 tonnes) / Petrol", ("km",)),
    ("hgv_vehicle", "5_304_3140", "28_907_3140", "All HGVs / Average laden", ("km",)),
    ("rail_national", "25_315_3147", "26_911_3147", "National rail", ("passenger.km",)),
    ("rail_international", "25_315_3148", "26_911_3148", "International rail", ("passenger.km",)),
    ("light_rail", "25_315_3149", "26_911_3149", "Light rail and tram", ("passenger.km",)),
    ("underground", "25_315_3150", "26_911_3150", "London Underground", ("passenger.km",)),
    ("bus_local", "25_314_3145", "26_910_3145", "Average local bus", ("passenger.km",)),
    ("coach", "25_314_3146", "26_910_3146", "Coach", ("passenger.km",)),
    ("ferry", "23_318_3190", "24_914_3190", "Average (all passenger)", ("passenger.km",)),
    ("taxi", "25_313_3141", "26_909_3141", "Regular taxi", ("passenger.km", "km")),
    ("freight_hgv", "27_304_3140", "28_907_3140", "All HGVs / Average laden", ("tonne.km", "km")),
    ("freight_hgv_refrigerated", "27_306_3140", "28_908_3140", "All HGVs / Average laden", ("tonne.km", "km")),
    ("freight_van", "27_303_3106", "28_906_3106", "Average (up to 3.5 tonnes) / Unknown", ("tonne.km", "km")),
    ("freight_rail", "27_315_3151", "28_911_3151", "Freight train", ("tonne.km",)),
    ("freight_sea_container", "27_320_3235", "28_916_3235", "Container ship / Average", ("tonne.km",)),
    ("freight_sea_bulk", "27_320_3221", "28_916_3221", "Bulk carrier / Average", ("tonne.km",)),
)
# activity type, item of the row with radiative forcing (the next item is the one without), label
FLIGHTS = (
    ("flight_domestic", 3160, "Domestic, to/from UK / Average passenger"),
    ("flight_short_haul", 3162, "Short-haul, to/from UK / Average passenger"),
    ("flight_short_haul_economy", 3164, "Short-haul, to/from UK / Economy class"),
    ("flight_short_haul_business", 3166, "Short-haul, to/from UK / Business class"),
    ("flight_long_haul", 3168, "Long-haul, to/from UK / Average passenger"),
    ("flight_long_haul_economy", 3170, "Long-haul, to/from UK / Economy class"),
    ("flight_long_haul_premium_economy", 3172, "Long-haul, to/from UK / Premium economy class"),
    ("flight_long_haul_business", 3174, "Long-haul, to/from UK / Business class"),
    ("flight_long_haul_first", 3176, "Long-haul, to/from UK / First class"),
    ("flight_international", 3178, "International, to/from non-UK / Average passenger"),
    ("flight_international_economy", 3180, "International, to/from non-UK / Economy class"),
    ("flight_international_premium_economy", 3182, "International, to/from non-UK / Premium economy class"),
    ("flight_international_business", 3184, "International, to/from non-UK / Business class"),
    ("flight_international_first", 3186, "International, to/from non-UK / First class"),
)
AIR_FREIGHT = (
    ("freight_air_short_haul", 3154, "Short-haul, to/from UK"),
    ("freight_air_long_haul", 3156, "Long-haul, to/from UK"),
)
# activity type, line, row, label, boundary, serves
UK_ENERGY = (
    ("electricity", "energy", "7_400_4000", "Electricity: UK", "generation", "location"),
    ("electricity", "electricity_upstream", "15_917_4000", "Electricity: UK", UPSTREAM, "na"),
    ("electricity", "td_loss", "13_402_4000", "Electricity: UK", "generation", "na"),
    ("electricity", "td_upstream", "15_918_4000", "Electricity: UK", UPSTREAM, "na"),
    ("heat_and_steam", "energy", "10_401_4003", "District heat and steam", "generation", "location"),
    ("heat_and_steam", "electricity_upstream", "16_919_4003", "District heat and steam", UPSTREAM, "na"),
    ("heat_and_steam", "td_loss", "13_403_4004", "5% loss", "generation", "na"),
    ("heat_and_steam", "td_upstream", "16_920_4004", "5% loss", UPSTREAM, "na"),
)
# The publisher prints the upstream of an electric car's current, generation and losses in one figure.
ELECTRIC_CAR = (
    ("energy", "8_301_3076", "Average car / Battery Electric Vehicle", "generation", "location"),
    ("electricity_upstream", "26_904_3076", "Average car / Battery Electric Vehicle", UPSTREAM, "na"),
    ("td_loss", "14_301_3076", "Average car / Battery Electric Vehicle", "generation", "na"),
)
# activity type, row, label, boundary; per tonne where nothing else is said
OTHER_UNITS = {"water_supply": "cubic metres", "water_treatment": "cubic metres", "homeworking": "per FTE Working Hour"}
ALUMINIUM = "Metal: aluminium cans and foil (excl. forming)"
UK_REST = (
    ("waste_commercial_landfill", "20_507_5313", "Commercial and industrial waste / Landfill", OPERATION),
    ("waste_commercial_incineration", "20_507_5311", "Commercial and industrial waste / *", OPERATION),
    ("waste_food_anaerobic_digestion", "20_507_5293", "Organic: food and drink waste / Anaerobic digestion", OPERATION),
    ("waste_food_composting", "20_507_5291", "Organic: food and drink waste / Composting", OPERATION),
    ("waste_food_landfill", "20_507_5292", "Organic: food and drink waste / Landfill", OPERATION),
    ("waste_paper_recycling", "20_506_5450", "Paper and board: mixed / Closed-loop", OPERATION),
    ("waste_paper_landfill", "20_506_5453", "Paper and board: mixed / Landfill", OPERATION),
    ("waste_plastic_recycling", "20_505_5380", "Plastics: average plastics / Closed-loop", OPERATION),
    ("waste_plastic_incineration", "20_505_5381", "Plastics: average plastics / *", OPERATION),
    ("waste_plastic_landfill", "20_505_5383", "Plastics: average plastics / Landfill", OPERATION),
    ("waste_glass_recycling", "20_501_5268", "Glass / Closed-loop", OPERATION),
    ("waste_metal_recycling", "20_504_5366", "Metal: scrap metal / Closed-loop", OPERATION),
    ("waste_electronics_recycling", "20_503_5330", "WEEE - mixed / Open-loop", OPERATION),
    ("waste_wood_recycling", "20_500_5254", "Wood / Closed-loop", OPERATION),
    ("waste_concrete_recycling", "20_500_5205", "Concrete / Closed-loop", OPERATION),
    ("water_supply", "17_404_4005", "Water supply", UPSTREAM),
    ("water_treatment", "18_405_4006", "Water treatment", OPERATION),
    ("material_steel", "19_504_5116", "Metal: steel cans / Primary material production", UPSTREAM),
    ("material_steel_recycled", "19_504_5119", "Metal: steel cans / Closed-loop source", UPSTREAM),
    ("material_aluminium", "19_504_5104", f"{ALUMINIUM} / Primary material production", UPSTREAM),
    ("material_aluminium_recycled", "19_504_5107", f"{ALUMINIUM} / Closed-loop source", UPSTREAM),
    ("material_paper", "19_506_5164", "Paper and board: paper / Primary material production", UPSTREAM),
    ("material_paper_recycled", "19_506_5167", "Paper and board: paper / Closed-loop source", UPSTREAM),
    ("material_board", "19_506_5156", "Paper and board: board / Primary material production", UPSTREAM),
    ("material_plastics", "19_505_5120", "Plastics: average plastics / Primary material production", UPSTREAM),
    ("material_plastics_recycled", "19_505_5123", "Plastics: average plastics / Closed-loop source", UPSTREAM),
    ("material_glass", "19_501_5056", "Glass / Primary material production", UPSTREAM),
    ("material_concrete", "19_500_5020", "Concrete / Primary material production", UPSTREAM),
    ("material_wood", "19_500_5048", "Wood / Primary material production", UPSTREAM),
    ("material_construction", "19_500_5004", "Average construction / Primary material production", UPSTREAM),
    ("material_it_equipment", "19_503_5084", "Electrical items - IT / Primary material production", UPSTREAM),
    ("material_clothing", "19_501_5060", "Clothing / Primary material production", UPSTREAM),
    ("material_food", "19_501_5064", "Food and drink / Primary material production", UPSTREAM),
    ("homeworking", "32_603_9999", "*", OPERATION),
)  # fmt: skip

HOTEL_ROWS = "29_600_"
HOTEL_COUNTRIES = {
    "UK": "GB", "Australia": "AU", "Belgium": "BE", "Brazil": "BR", "Canada": "CA", "Chile": "CL", "China": "CN",
    "Colombia": "CO", "Costa Rica": "CR", "Egypt": "EG", "France": "FR", "Germany": "DE", "Hong Kong, China": "HK",
    "India": "IN", "Indonesia": "ID", "Italy": "IT", "Japan": "JP", "Jordan": "JO", "Korea": "KR", "Malaysia": "MY",
    "Maldives": "MV", "Mexico": "MX", "Netherlands": "NL", "Oman": "OM", "Philippines": "PH", "Portugal": "PT",
    "Qatar": "QA", "Russian Federation": "RU", "Saudi Arabia": "SA", "Singapore": "SG", "South Africa": "ZA",
    "Spain": "ES", "Switzerland": "CH", "Thailand": "TH", "Turkey": "TR", "United Arab Emirates": "AE",
    "United States": "US", "Vietnam": "VN",
}  # fmt: skip
HOTELS_NOT_SERVED = {"UK (London)"}  # a city has no place of its own in the choice


def served_rows() -> Iterator[Served]:
    """Every row that serves an activity type, hotels left out (they are listed by the publisher's country names)."""
    yield from _fuels()
    yield from _journeys()
    for activity_type, line, row, label, boundary, serves in UK_ENERGY:
        biogenic = "99_400_4001" if row == "7_400_4000" else ""
        yield Served(activity_type, line, row, label, ("kWh",), boundary, "GB", biogenic, serves=serves)
    for line, row, label, boundary, serves in ELECTRIC_CAR:
        yield Served("car_electric", line, row, label, ("km",), boundary, "GB", serves=serves)
    for activity_type, row, label, boundary in UK_REST:
        yield Served(activity_type, "direct", row, label, (OTHER_UNITS.get(activity_type, "tonnes"),), boundary, "GB")


def _fuels() -> Iterator[Served]:
    for activity_type, item, label, biogenic in FOSSIL:
        yield Served(activity_type, "direct", f"1_{item}", label, FUEL, "combustion", biogenic_row=biogenic)
        yield Served(activity_type, "fuel_upstream", f"11_{item}", label, FUEL, UPSTREAM)
    for activity_type, group, item, upstream, label, units in BIOENERGY:
        direct, biogenic = f"2_{group}_{item}", f"99_{group}_{item}"
        yield Served(activity_type, "direct", direct, label, units, "combustion", biogenic_row=biogenic)
        yield Served(activity_type, "fuel_upstream", f"12_{upstream}_{item}", label, units, UPSTREAM)


def _journeys() -> Iterator[Served]:
    for activity_type, direct, upstream, label, units in JOURNEYS:
        yield Served(activity_type, "direct", direct, label, units, "combustion")
        yield Served(activity_type, "fuel_upstream", upstream, label, units, UPSTREAM)
    air = [(*flight, "21_316_", "22_912_", "passenger.km") for flight in FLIGHTS]
    air += [(*freight, "27_317_", "28_913_", "tonne.km") for freight in AIR_FREIGHT]
    for activity_type, item, label, direct, upstream, unit in air:
        for forcing, number in (("yes", item), ("no", item + 1)):
            name = activity_type if forcing == "yes" else f"{activity_type}_without_rf"
            named = f"{label} / {'With' if forcing == 'yes' else 'Without'} RF"
            served = Served(
                name, "direct", f"{direct}{number}", named, (unit,), "combustion", radiative_forcing=forcing
            )
            yield replace(served, gases_row=f"{direct}{item + 1}") if forcing == "yes" else served
            yield replace(served, line="fuel_upstream", row=f"{upstream}{number}", boundary=UPSTREAM)
