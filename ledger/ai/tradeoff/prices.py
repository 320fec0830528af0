"""Prices of accelerator-hours from a dated CSV of the user's: every one with its day and source, none assumed."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from ledger.ai import catalogue
from ledger.errors import Misuse

COLUMNS = ("provider", "region", "hardware", "kind", "price_per_accelerator_hour", "currency", "date", "source")
KINDS = ("list", "spot", "contract")
MOST_BYTES = 10_000_000
OWN = "own"
"""The provider of machines of one's own, which stand in a country."""


@dataclass(frozen=True, slots=True)
class Price:
    """What an hour of one accelerator costs: where, of which kind, on which day, and by whom that is said.

    ``region`` is empty for a price that the provider asks everywhere.
    """

    provider: str
    region: str
    hardware_id: str
    kind: str
    per_hour: Decimal
    currency: str
    day: date
    source: str
    line: int

    def words(self) -> str:
        """The price as it is told beside a result."""
        where = self.region or "every region"
        return f"{self.per_hour:f} {self.currency}/h, {self.kind}, {where}, {self.day.isoformat()}, {self.source}"


def provider_of(name: str) -> str:
    """The provider as prices and places name it: the code of a cloud that is held, else the name in small letters."""
    try:
        return catalogue.provider_code(name)
    except Misuse:
        return name.strip().casefold() or OWN


def prices_of_text(text: str, name: str) -> tuple[Price, ...]:
    """The prices of a CSV text.

    Raises:
        Misuse: a column that is missing, or every line that cannot be taken, each with what is wrong in it.
    """
    if len(text) > MOST_BYTES:
        raise Misuse(f"{name} is larger than {MOST_BYTES} bytes", "give the prices of the parts and places compared")
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    if missing := [column for column in COLUMNS if column not in (reader.fieldnames or ())]:
        raise Misuse(f"{name} has no column {', '.join(missing)}", f"its header is: {','.join(COLUMNS)}")
    found: list[Price] = []
    faults: list[str] = []
    try:
        for row in reader:
            try:
                found.append(_price(row, reader.line_num))
            except Misuse as fault:
                faults.append(f"line {reader.line_num}: {fault}")
    except csv.Error as fault:
        raise Misuse(f"{name} is no CSV: {fault}", f"its header is: {','.join(COLUMNS)}") from fault
    if faults:
        more = f"; and {len(faults) - 5} more" if len(faults) > 5 else ""
        raise Misuse(f"{name}: {'; '.join(faults[:5])}{more}", "mend the lines; no price was taken")
    return tuple(found)


def _price(row: dict[str, str | None], line: int) -> Price:
    cells = {column: (row[column] or "").strip() for column in COLUMNS}
    if blank := [column for column in COLUMNS if not cells[column] and column not in ("region", "provider")]:
        raise Misuse(f"{', '.join(blank)} is blank")
    if cells["kind"] not in KINDS:
        raise Misuse(f"kind is '{cells['kind']}', not one of {', '.join(KINDS)}")
    if not re.fullmatch("[A-Z]{3}", cells["currency"]):
        raise Misuse(f"currency is '{cells['currency']}', not a code of three letters like USD")
    try:
        day = date.fromisoformat(cells["date"])
    except ValueError:
        raise Misuse(f"date is '{cells['date']}', not a day like 2026-11-28") from None
    provider = provider_of(cells["provider"])
    return Price(
        provider, cells["region"].casefold(), catalogue.hardware(cells["hardware"]).hardware_id, cells["kind"],
        _amount(cells["price_per_accelerator_hour"]), cells["currency"], day, cells["source"], line,
    )  # fmt: skip


def _amount(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or not 0 <= value < 10**9:
        raise Misuse(f"price_per_accelerator_hour is '{text}', not an amount like 2.39")
    return value


def price_for(
    prices: Iterable[Price], provider: str, region: str, hardware_id: str, kind: str | None, today: date
) -> Price | None:
    """The price of a part at a place: that of the region before one for every region, the newest that is not of later.

    None where none is held: there is no other to take.

    Raises:
        Misuse: prices of several kinds and none named, or two different ones of one day.
    """
    fitting = [
        price
        for price in prices
        if (price.provider, price.hardware_id) == (provider, hardware_id)
        and price.region in ("", region.casefold())
        and kind in (None, price.kind)
        and price.day <= today
    ]
    of_region = [price for price in fitting if price.region] or fitting
    if len(kinds := {price.kind for price in of_region}) > 1:
        raise Misuse(
            f"{hardware_id} at {provider} {region} has a price of each kind: {', '.join(sorted(kinds))}",
            "say which with --price-kind",
        )
    newest = [price for price in of_region if price.day == max(each.day for each in of_region)]
    if len({(price.per_hour, price.currency) for price in newest}) > 1:
        lines = ", ".join(str(price.line) for price in newest)
        raise Misuse(
            f"{hardware_id} at {provider} {region} has two prices of {newest[0].day} (lines {lines})",
            "keep the one that is meant",
        )
    return newest[0] if newest else None


def one_currency(prices: Sequence[Price]) -> str | None:
    """The currency of all prices; None of none. Raises Misuse for two: nothing is converted here."""
    held = sorted({price.currency for price in prices})
    if len(held) > 1:
        raise Misuse(
            f"prices are in {' and '.join(held)}, and no rate is assumed", "convert them to one currency, with the rate"
        )
    return held[0] if held else None
