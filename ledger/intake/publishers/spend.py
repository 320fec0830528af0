"""Tables of spend factors: kg CO2e per unit of money by sector, with currency, price year and basis."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ledger.factors.published import Row, amounts
from ledger.intake.known import countries, folded
from ledger.intake.publishers.cells import Header, Sheet, cell_name, checked_header, header_row, numbered
from ledger.intake.publishers.made import Asked, Made

SPEND: Mapping[str, str] = {
    "code": r"(2017 )?naics code( 2017)?|code|sector code|classification_code|sector",
    "title": r"(2017 )?naics title( 2017)?|title|name|description|sector name",
    "currency": r"currency", "price_year": r"price[_ ]year|year of prices|base year|year",
    "price_basis": r"price[_ ]basis|basis|valuation", "country": r"country|region",
    "value": r"kg ?co2e ?(per|/) ?(unit|currency)|kg_co2e_per_unit|factor|emission factor|value",
}  # fmt: skip
SPEND_SHOWN = {
    "code": "code", "title": "title", "currency": "currency", "price_year": "price year", "price_basis": "price basis",
    "country": "country", "value": "kg CO2e per unit",
}  # fmt: skip
SUPPLY_CHAIN: Mapping[str, str] = {
    "code": r"(2017 )?naics code( 2017)?", "title": r"(2017 )?naics title( 2017)?", "ghg": r"ghg", "unit": r"unit",
    "without": r"supply chain emission factors without margins", "margins": r"margins of supply chain emission factors",
    "value": r"supply chain emission factors with margins",
}  # fmt: skip
SUPPLY_CHAIN_SHOWN = {
    "code": "2017 NAICS Code", "title": "2017 NAICS Title", "ghg": "GHG", "unit": "Unit",
    "without": "Supply Chain Emission Factors without Margins", "margins": "Margins of Supply Chain Emission Factors",
    "value": "Supply Chain Emission Factors with Margins",
}  # fmt: skip
_UNIT = re.compile(r"kg CO2e/(\d{4}) ([A-Z]{3})(?:, (purchaser|basic|producer) price)?")
_BASIS = {"purchaser": "purchaser", "purchasers": "purchaser", "basic": "basic", "producer": "basic"}


def is_spend(sheets: list[Sheet]) -> bool:
    """Whether a sheet has sectors with a factor per money."""
    for sheet in sheets:
        found, chain = header_row(sheet, SPEND), header_row(sheet, SUPPLY_CHAIN)
        if (found and {"code", "currency", "value"} <= set(found.columns)) or chain:
            return True
    return False


def spend_table(asked: Asked) -> Made | None:
    """One factor a sector (and country): purchaser or basic prices, without a split by gas."""
    sheet = next((sheet for sheet in asked.sheets if is_spend([sheet])), asked.sheets[0])
    if header_row(sheet, SUPPLY_CHAIN):
        header = checked_header(sheet, SUPPLY_CHAIN, SUPPLY_CHAIN_SHOWN, asked.faults)
    else:
        header = checked_header(
            sheet, SPEND, SPEND_SHOWN, asked.faults, frozenset({"title", "price_basis", "country"})
        )  # fmt: skip
    if header is None:
        return None
    rows = [
        row
        for line in range(header.line + 1, len(sheet.rows))
        if (row := _factor(asked, sheet, header, line)) is not None
    ]
    if not rows:
        asked.faults.add("publisher-rows-missing", sheet=sheet.name, what="rows with a code, money and a number")
        return None
    years = sorted({row["price_year"] for row in rows})
    edition = asked.edition or years[-1]
    for row in rows:
        row["factor_id"] = f"spend-table-{edition}:{row['factor_id']}"
    return Made(edition, rows)


def _factor(asked: Asked, sheet: Sheet, header: Header, line: int) -> Row | None:
    code = sheet.cell(line, header.columns["code"])
    value = numbered(sheet, header, line, "value", asked.faults)
    if not code or value is None:
        return None
    money = _money(asked, sheet, header, line)
    if money is None:
        return None
    year, currency, basis = money
    place = sheet.cell(line, header.columns["country"]) if "country" in header.columns else ""
    country = countries().get(folded(place), "") if place else ""
    if place and not country:
        asked.faults.add("publisher-place-unknown", sheet=sheet.name, line=line + 1, value=place)
        return None
    title = sheet.cell(line, header.columns["title"]) if "title" in header.columns else ""
    cell = sheet.place(line, header.columns["value"])
    return {
        "factor_id": code + (f":{country}" if country else ""), "activity_type": "spend", "classification_code": code,
        "kind": "spend", "serves": "na", "line": "direct", "boundary": "cradle_to_gate", "country": country,
        "per_unit": currency, "calorific_basis": "na", "data_year": year, "valid_from": f"{year}-01-01",
        "valid_to": f"{year}-12-31", "gas_coverage": "co2e_only", "masses_basis": "derived", "currency": currency,
        "price_year": year, "price_basis": basis, "verification": asked.verification, "source_sha256": asked.sha256,
        "source_cell": f"{cell}, {title}" if title else cell, **amounts(total=value),
    }  # fmt: skip


def _money(asked: Asked, sheet: Sheet, header: Header, line: int) -> tuple[str, str, str] | None:
    """Price year, currency and basis of a row; a finding where one is not told."""
    if "unit" in header.columns:
        match = _UNIT.fullmatch(sheet.cell(line, header.columns["unit"]))
        if match:
            return match[1], match[2], _BASIS.get(match[3] or "", "purchaser")
        place, text = header.columns["unit"], sheet.cell(line, header.columns["unit"])
    else:
        year, currency = (sheet.cell(line, header.columns[name]) for name in ("price_year", "currency"))
        told = sheet.cell(line, header.columns["price_basis"]) if "price_basis" in header.columns else ""
        if re.fullmatch(r"(19|20)\d\d", year) and re.fullmatch(r"[A-Z]{3}", currency):
            if not told:
                asked.faults.add("publisher-price-basis-assumed", sheet=sheet.name, line=line + 1)
            return year, currency, _BASIS.get(folded(told).replace("'", "").split(" ")[0], "purchaser")
        place, text = header.columns["price_year"], f"{year} {currency}".strip()
    column = cell_name(line, place)
    asked.faults.add("publisher-money-not-read", sheet=sheet.name, line=line + 1, column=column, value=text or None)
    return None
