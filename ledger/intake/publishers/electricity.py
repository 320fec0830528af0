"""Grid factors of publishers: residual mixes, countries under a licence, and Electricity Maps by year and by hour."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

from ledger.factors.epa import kg_per_kwh
from ledger.factors.published import Row, amounts, times
from ledger.intake.known import countries, folded
from ledger.intake.publishers.cells import Header, Sheet, checked_header, header_row, number, numbered, plain_name
from ledger.intake.publishers.made import Asked, Made, grid_factor

G_TO_KG = Decimal("0.001")
_NO_MIX = re.compile(r"n/?\.?a\.?|full disclosure|-|\N{EN DASH}", re.IGNORECASE)

AIB: Mapping[str, str] = {
    "country": r"country|country_iso2|country code|iso|domain", "year": r"year|data_year|data year",
    "value": r"residual_mix_gco2_per_kwh|.*residual mix.*\(?g ?co2 ?/ ?kwh\)?|g ?co2 ?/ ?kwh",
}  # fmt: skip
AIB_SHOWN = {"country": "Country", "year": "Year", "value": "Residual mix (gCO2/kWh)"}
GREEN_E: Mapping[str, str] = {
    "region": r"egrid_?\s?subregion( code)?|subregion", "year": r"year|data_year|data year",
    "value": r"residual_lb_per_mwh.*|.*residual.*\(?lbs? ?co2e? ?/ ?mwh\)?|lbs? ?co2e? ?/ ?mwh",
}  # fmt: skip
GREEN_E_SHOWN = {"region": "eGRID Subregion", "year": "Year", "value": "Residual mix (lb CO2/MWh)"}
COUNTRY_GRID: Mapping[str, str] = {
    "country": r"country|country_iso2|country code|iso|iso2|iso3|code|entity", "year": r"year|data_year|data year",
    "value": r"(k?)g ?_?co2(e?)[ _]?(?:per|/)[ _]?kwh|.*\((k?)g ?co2(e?) ?/ ?kwh\)",
}  # fmt: skip
COUNTRY_GRID_SHOWN = {"country": "Country", "year": "Year", "value": "g CO2/kWh (or kg, or CO2e)"}
MAPS_YEARLY: Mapping[str, str] = {
    "zone": r"zone_id|zone id|zone", "year": r"year", "value": r"carbon_intensity_gco2e_per_kwh|.*intensity.*",
}  # fmt: skip
MAPS_YEARLY_SHOWN = {"zone": "zone_id", "year": "year", "value": "carbon_intensity_gco2e_per_kwh"}
MAPS_SERIES: Mapping[str, str] = {
    "start": r"datetime \(utc\)", "zone": r"zone id", "direct": r"carbon intensity gco2eq/kwh \(direct\)",
    "life_cycle": r"carbon intensity gco2eq/kwh \((lca|life cycle)\)",
    "carbon_free": r"low carbon percentage|carbon-free energy percentage \(cfe%\)",
    "renewable": r"renewable percentage|renewable energy percentage \(re%\)", "source": r"data source",
    "estimated": r"data estimated",
}  # fmt: skip
MAPS_SERIES_SHOWN = {
    "start": "Datetime (UTC)", "zone": "Zone id", "direct": "Carbon intensity gCO2eq/kWh (direct)",
    "life_cycle": "Carbon intensity gCO2eq/kWh (Life cycle)",
    "carbon_free": "Carbon-free energy percentage (CFE%)", "renewable": "Renewable energy percentage (RE%)",
    "source": "Data source", "estimated": "Data estimated",
}  # fmt: skip
_MAPS_OPTIONAL = frozenset({"carbon_free", "renewable", "source", "estimated"})
YEAR_S = 31_536_000


def has_header(sheets: list[Sheet], columns: Mapping[str, str], needed: tuple[str, ...]) -> bool:
    """Whether a sheet has a header with the columns that tell this kind of file from others."""
    return any((found := header_row(sheet, columns)) and set(needed) <= set(found.columns) for sheet in sheets)


def _best(sheets: list[Sheet], columns: Mapping[str, str]) -> Sheet:
    scored = [(len(found.columns), sheet) for sheet in sheets if (found := header_row(sheet, columns))]
    return max(scored, key=lambda pair: pair[0])[1] if scored else sheets[0]


def _year(asked: Asked, sheet: Sheet, header: Header, line: int) -> int | None:
    """The year of a row: its own, else the edition; a finding where neither is told."""
    text = sheet.cell(line, header.columns["year"]) if "year" in header.columns else asked.edition or ""
    if re.fullmatch(r"(19|20)\d\d", text):
        return int(text)
    asked.faults.add("publisher-year-missing", sheet=sheet.name, line=line + 1, value=text or None)
    return None


def _country(asked: Asked, sheet: Sheet, line: int, text: str) -> str | None:
    found = countries().get(folded(text))
    if found is None and text:
        asked.faults.add("publisher-place-unknown", sheet=sheet.name, line=line + 1, value=text)
    return found


def aib(asked: Asked) -> Made | None:
    """European residual mixes: CO2 alone, market-based; a country printed as N/A has none, and is told."""
    sheet = _best(asked.sheets, AIB)
    header = checked_header(sheet, AIB, AIB_SHOWN, asked.faults, frozenset({"year"}))
    if header is None:
        return None
    rows: list[Row] = []
    for line in range(header.line + 1, len(sheet.rows)):
        text = sheet.cell(line, header.columns["country"])
        if not text or (country := _country(asked, sheet, line, text)) is None:
            continue
        if (year := _year(asked, sheet, header, line)) is None:
            continue
        printed = sheet.cell(line, header.columns["value"])
        if not printed or _NO_MIX.fullmatch(printed):
            asked.faults.add("publisher-no-mix", sheet=sheet.name, line=line + 1, value=text)
            continue
        value = numbered(sheet, header, line, "value", asked.faults)
        if value is not None:
            cell = sheet.place(line, header.columns["value"])
            rows.append(
                grid_factor(asked, f"aib-{year}:{country}", year, cell, kind="residual", serves="market",
                            country=country, gas_coverage="co2_only", masses_basis="published")
                | amounts(co2=times(value, G_TO_KG))
            )  # fmt: skip
    return _of_years(asked, rows)


def green_e(asked: Asked) -> Made | None:
    """US residual mixes by subregion, market-based, as one figure of CO2e."""
    sheet = _best(asked.sheets, GREEN_E)
    header = checked_header(sheet, GREEN_E, GREEN_E_SHOWN, asked.faults, frozenset({"year"}))
    if header is None:
        return None
    label = plain_name(sheet.cell(header.line, header.columns["value"]))
    if "co2e" not in label:
        asked.faults.add("publisher-basis-unclear", sheet=sheet.name, line=header.line + 1, value=label)
    rows: list[Row] = []
    for line in range(header.line + 1, len(sheet.rows)):
        region = sheet.cell(line, header.columns["region"])
        if not re.fullmatch(r"[A-Z]{4}", region) or (year := _year(asked, sheet, header, line)) is None:
            continue
        value = numbered(sheet, header, line, "value", asked.faults)
        if value is not None:
            cell = sheet.place(line, header.columns["value"])
            rows.append(
                grid_factor(asked, f"green-e-{year}:{region}", year, cell, kind="residual", serves="market",
                            country="US", region=region)
                | amounts(total=kg_per_kwh(format(value, "f")))
            )  # fmt: skip
    return _of_years(asked, rows)


def country_grid(asked: Asked) -> Made | None:
    """A table of countries and years under the user's licence; its header says gram or kilogram, CO2 or CO2e."""
    sheet = _best(asked.sheets, COUNTRY_GRID)
    header = checked_header(sheet, COUNTRY_GRID, COUNTRY_GRID_SHOWN, asked.faults, frozenset({"year"}))
    if header is None:
        return None
    label = plain_name(sheet.cell(header.line, header.columns["value"]))
    ratio = Decimal(1) if re.search(r"kg ?_?co2", label) else G_TO_KG
    all_gases = re.search(r"co2e", label) is not None
    rows: list[Row] = []
    for line in range(header.line + 1, len(sheet.rows)):
        text = sheet.cell(line, header.columns["country"])
        value = numbered(sheet, header, line, "value", asked.faults, blank=lambda t: bool(_NO_MIX.fullmatch(t)))
        if not text or value is None or (country := _country(asked, sheet, line, text)) is None:
            continue
        if (year := _year(asked, sheet, header, line)) is None:
            continue
        made = grid_factor(
            asked, f"country-grid-{asked.edition or year}:{country}:{year}", year,
            sheet.place(line, header.columns["value"]), country=country,
        )  # fmt: skip
        kg = times(value, ratio)
        coverage = {} if all_gases else {"gas_coverage": "co2_only", "masses_basis": "published"}
        rows.append(made | coverage | (amounts(total=kg) if all_gases else amounts(co2=kg)))
    return _of_years(asked, rows)


def maps_yearly(asked: Asked) -> Made | None:
    """Electricity Maps by zone and year; one figure that does not say its basis is taken as life cycle."""
    sheet = _best(asked.sheets, MAPS_YEARLY)
    header = checked_header(sheet, MAPS_YEARLY, MAPS_YEARLY_SHOWN, asked.faults)
    if header is None:
        return None
    asked.faults.add("publisher-life-cycle-assumed", sheet=sheet.name, line=header.line + 1)
    rows: list[Row] = []
    for line in range(header.line + 1, len(sheet.rows)):
        zone = sheet.cell(line, header.columns["zone"])
        value = numbered(sheet, header, line, "value", asked.faults)
        if not zone or value is None or (year := _year(asked, sheet, header, line)) is None:
            continue
        cell = sheet.place(line, header.columns["value"])
        named = f"electricity-maps:{zone}:{year}"
        made = grid_factor(asked, named, year, cell, boundary="plus_upstream", **_zone(zone))
        rows.append(made | amounts(total=times(value, G_TO_KG)))
    return _of_years(asked, rows, life_cycle=True)


def _zone(zone: str) -> dict[str, str]:
    """A zone of two letters is a country; a longer one is a region of the grid within it."""
    return {"country": zone[:2]} if len(zone) == 2 else {"country": zone[:2], "region": zone}


def maps_series(asked: Asked) -> Made | None:
    """Electricity Maps by time: yearly rows become factors (direct, and upstream on top), shorter ones a series."""
    sheet = _best(asked.sheets, MAPS_SERIES)
    header = checked_header(sheet, MAPS_SERIES, MAPS_SERIES_SHOWN, asked.faults, _MAPS_OPTIONAL)
    if header is None:
        return None
    lines = [line for line in range(header.line + 1, len(sheet.rows)) if sheet.cell(line, header.columns["start"])]
    starts = {line: _instant(sheet.cell(line, header.columns["start"])) for line in lines}
    for line in [line for line in lines if starts[line] is None]:
        text = sheet.cell(line, header.columns["start"])
        asked.faults.add("publisher-number-not-read", sheet=sheet.name, line=line + 1, column="A", value=text)
    zones = {sheet.cell(line, header.columns["zone"]) for line in lines}
    seconds = _step(starts, sheet, header, zones)
    if seconds is None or seconds >= YEAR_S:
        return _of_years(asked, [row for line in lines for row in _year_rows(asked, sheet, header, line, starts[line])])
    series = [row for line in lines for row in _interval_rows(asked, sheet, header, line, starts[line], seconds)]
    if not series:
        asked.faults.add("publisher-rows-missing", sheet=sheet.name, what="rows with a time and an intensity")
        return None
    first = min(row["start_utc"] for row in series)
    return Made(asked.edition or str(first.year), series=series)


def _instant(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        return None


def _step(
    starts: Mapping[int, datetime | None], sheet: Sheet, header: Header, zones: set[str]
) -> int | None:
    """Seconds from one row of a zone to the next, the shortest; None where no zone has two."""
    steps = []
    for zone in zones:
        own = sorted(
            start for line, start in starts.items()
            if start is not None and sheet.cell(line, header.columns["zone"]) == zone
        )  # fmt: skip
        steps += [int((later - earlier).total_seconds()) for earlier, later in pairwise(own)]
    return min((step for step in steps if step > 0), default=None)


def _year_rows(asked: Asked, sheet: Sheet, header: Header, line: int, start: datetime | None) -> list[Row]:
    zone = sheet.cell(line, header.columns["zone"])
    direct, whole = (numbered(sheet, header, line, name, asked.faults) for name in ("direct", "life_cycle"))
    if start is None or not zone or direct is None:
        return []
    cell = sheet.place(line, header.columns["direct"])
    named = f"electricity-maps:{zone}:{start.year}"
    rows = [
        grid_factor(asked, f"{named}:direct", start.year, cell, **_zone(zone)) | amounts(total=times(direct, G_TO_KG))
    ]
    if whole is not None and whole >= direct:
        upstream = grid_factor(
            asked, f"{named}:upstream", start.year, sheet.place(line, header.columns["life_cycle"]),
            line="electricity_upstream", serves="na", boundary="cradle_to_gate", **_zone(zone),
        )  # fmt: skip
        rows.append(upstream | amounts(total=times(whole - direct, G_TO_KG)))
    return rows


def _interval_rows(
    asked: Asked, sheet: Sheet, header: Header, line: int, start: datetime | None, seconds: int
) -> list[dict[str, Any]]:
    """Two rows of a time: direct and life cycle, with the shares that stand beside them."""
    zone = sheet.cell(line, header.columns["zone"])
    if start is None or not zone:
        return []

    def told(name: str) -> str:
        return sheet.cell(line, header.columns[name]) if name in header.columns else ""

    shares = {}
    for name, column in (("carbon_free", "carbon_free_share"), ("renewable", "renewable_share")):
        percent = number(told(name))
        shares[column] = None if percent is None else times(percent, Decimal("0.01")).quantize(Decimal("0.000001"))
    rows: list[dict[str, Any]] = []
    for basis in ("direct", "life_cycle"):
        value = numbered(sheet, header, line, basis, asked.faults)
        if value is not None:
            rows.append(
                {"zone": zone, "start_utc": start, "seconds": seconds, "signal_kind": "actual", "signal": "average",
                 "signal_basis": basis, "intensity_g_per_kwh": value, "estimated": told("estimated").lower() == "true",
                 "source": f"Electricity Maps, {told('source') or 'source not told'}", "revision": 0} | shares
            )  # fmt: skip
    return rows


def _of_years(asked: Asked, rows: list[Row], *, life_cycle: bool | None = False) -> Made | None:
    """What was made, named after the edition, or after the years of its rows; a finding where there is none."""
    if not rows:
        asked.faults.add("publisher-rows-missing", what="rows with a place, a year and a number")
        return None
    years = sorted({row["data_year"] for row in rows})
    span = years[0] if len(years) == 1 else f"{years[0]}-{years[-1]}"
    return Made(asked.edition or span, rows, life_cycle=life_cycle)
