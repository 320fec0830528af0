"""Green Button: a utility's feed of interval readings (ESPI, NAESB REQ.21) as consumption by month and by interval.

Entries of the feed are joined by their links, not by nesting. Energy is value × 10^multiplier × unit. What was received
from the customer is told and not subtracted, which is a matter of policy.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as ET

import polars as pl

from ledger.intake.ai_files.amounts import number, rounded
from ledger.intake.ai_files.form import TEXTS, Form, Given, Made
from ledger.intake.ai_files.readings import ZONE, zone_chosen
from ledger.intake.faults import Faults

_ESPI = "{http://naesb.org/espi}"
_ATOM = "{http://www.w3.org/2005/Atom}"
_UNITS: Mapping[tuple[str, str], tuple[str, str, Decimal]] = {
    ("0", "72"): ("electricity_purchased", "kWh", Decimal("0.001")),
    ("1", "169"): ("natural_gas", "therm_us", Decimal(1)),
    ("1", "132"): ("natural_gas", "Btu", Decimal(1)),
}
"""Service and unit of the feed → activity type, unit of ours, and ours in one of theirs."""
_RECEIVED = "19"


def is_feed(root: ET.Element) -> bool:
    """Whether a document is an Atom feed with usage points of ESPI."""
    return root.tag == f"{_ATOM}feed" and root.find(f".//{_ESPI}IntervalBlock") is not None


def _links(entry: ET.Element) -> dict[str, list[str]]:
    made: dict[str, list[str]] = {}
    for link in entry.iter(f"{_ATOM}link"):
        made.setdefault(link.get("rel", ""), []).append(link.get("href", ""))
    return made


def _text(element: ET.Element | None, path: str) -> str | None:
    found = None if element is None else element.find(path)
    return (found.text or "").strip() if found is not None else None


def _nearest(address: str, among: Iterable[str]) -> str | None:
    """The longest of some addresses under which another lies."""
    return max((href for href in among if href and address.startswith(href)), key=len, default=None)


def records_of(root: ET.Element, _: Faults) -> Iterator[Mapping[str, Any]]:
    """A record for each reading of an interval, with the usage point and the reading type that its links lead to."""
    points: dict[str, str | None] = {}
    types: dict[str, ET.Element] = {}
    type_of: dict[str, str] = {}
    for entry in root.iter(f"{_ATOM}entry"):
        links = _links(entry)
        own = next(iter(links.get("self", [])), "")
        point, kind = entry.find(f".//{_ESPI}UsagePoint"), entry.find(f".//{_ESPI}ReadingType")
        if point is not None:
            points[own] = _text(point, f"{_ESPI}ServiceCategory/{_ESPI}kind")
        if kind is not None:
            types[own] = kind
        if entry.find(f".//{_ESPI}MeterReading") is not None:
            type_of[own] = next((href for href in links.get("related", []) if "ReadingType" in href), "")
    for entry in root.iter(f"{_ATOM}entry"):
        above = next(iter(_links(entry).get("up", [])), "")
        meter = _nearest(above, type_of) or ""
        point_at = _nearest(above, points)
        kind = types.get(type_of.get(meter, "")) if len(types) != 1 else next(iter(types.values()))
        service = points.get(point_at or "") if len(points) != 1 else next(iter(points.values()))
        told = {
            "point": (point_at or next(iter(points), "")).rstrip("/").rpartition("/")[2],
            "service": service,
            "uom": _text(kind, f"{_ESPI}uom"),
            "power": _text(kind, f"{_ESPI}powerOfTenMultiplier") or "0",
            "direction": _text(kind, f"{_ESPI}flowDirection"),
        }
        for reading in entry.iter(f"{_ESPI}IntervalReading"):
            yield told | {
                "start": _text(reading, f"{_ESPI}timePeriod/{_ESPI}start"),
                "duration": _text(reading, f"{_ESPI}timePeriod/{_ESPI}duration"),
                "value": _text(reading, f"{_ESPI}value"),
            }


def _of_feed(given: Given) -> list[Made]:
    zone = zone_chosen(given, "months are those of a place, and the feed counts seconds in UTC")
    if zone is None:
        return []
    received = given.rows.filter(given.text("direction") == _RECEIVED)
    if received.height:
        given.faults.add("feed-received", count=received.height)
    rows = given.rows.filter(given.text("direction").fill_null("") != _RECEIVED)
    units = rows.select(given.text("service").alias("service"), given.text("uom").alias("uom"))
    strange = rows.filter(~pl.Series([pair in _UNITS for pair in units.iter_rows()], dtype=pl.Boolean))
    told = strange.select("source_line", pl.concat_str(pl.col("uom").fill_null("none")).alias("value"))
    given.tell("feed-unit", told.unique("value", maintain_order=True), "uom")
    read = [] if strange.height else list(_read(given, rows, zoneinfo.ZoneInfo(zone)))
    if not read:
        return []
    return [_months(read), *([_intervals(given, read)] if "facility_id" in given.choices else [])]


def _read(given: Given, rows: pl.DataFrame, zone: zoneinfo.ZoneInfo) -> Iterator[dict[str, Any]]:
    """Each reading with its local day and its amount in our unit; what is no number is told."""
    for row in rows.iter_rows(named=True):
        start, length, value, power = (number(row[name]) for name in ("start", "duration", "value", "power"))
        if start is None or length is None or value is None or power is None or not _sound(start, length, power):
            shown = f"{row['start']}, {row['duration']}, {row['value']}"
            given.faults.add("feed-reading", line=row["source_line"], value=shown)
            continue
        activity_type, unit, by = _UNITS[row["service"], row["uom"]]
        begins = datetime.fromtimestamp(int(start), UTC)
        yield {
            "source_line": row["source_line"], "meter_id": row["point"] or None, "activity_type": activity_type,
            "unit": unit, "start": begins, "seconds": int(length), "amount": value.scaleb(int(power)) * by,
            "first": begins.astimezone(zone).date(),
            "last": datetime.fromtimestamp(int(start + length) - 1, UTC).astimezone(zone).date(),
        }  # fmt: skip


def _sound(start: Decimal, length: Decimal, power: Decimal) -> bool:
    return 0 <= start < Decimal("4.2e9") and 0 < length <= 32 * 86_400 and abs(power) <= 12


def _months(read: list[dict[str, Any]]) -> Made:
    """The sum of each meter and local month, from the first to the last day that was read."""
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in read:
        month = f"{row['first']:%Y-%m}"
        groups.setdefault((row["meter_id"], row["activity_type"], row["unit"], month), []).append(row)
    made = [
        {
            "source_line": own[0]["source_line"], "external_id": f"green-button/{meter or '-'}/{month}",
            "meter_id": meter,
            "activity_type": kind, "quantity": rounded(sum((row["amount"] for row in own), Decimal(0))), "unit": unit,
            "period_start": min(row["first"] for row in own).isoformat(),
            "period_end": max(row["last"] for row in own).isoformat(), "data_basis": "measured",
            "calorific_basis": "gross" if kind == "natural_gas" else None,
        }
        for (meter, kind, unit, month), own in groups.items()
    ]  # fmt: skip
    return Made("activity", pl.DataFrame(made, schema_overrides={"calorific_basis": pl.String, "meter_id": pl.String}),
                {"quantity": "value"})  # fmt: skip


def _intervals(given: Given, read: list[dict[str, Any]]) -> Made:
    """Electricity by interval, for matching by the hour."""
    power = [row for row in read if row["activity_type"] == "electricity_purchased" and row["seconds"] <= 86_400]
    made = [
        {
            "source_line": row["source_line"], "source_kind": "facility",
            "source_id": f"{given.choices['facility_id']}/{row['meter_id'] or 'meter'}",
            "start_utc": f"{row['start']:%Y-%m-%dT%H:%M:%SZ}", "seconds": str(row["seconds"]),
            "kwh": rounded(row["amount"]),
        }
        for row in power
    ]  # fmt: skip
    names = ("source_line", "source_kind", "source_id", "start_utc", "seconds", "kwh")
    return Made("interval", pl.DataFrame(made, schema=dict.fromkeys(names) if made else dict.fromkeys(names, TEXTS)))


FEED = Form(
    "green-button", "a Green Button feed", _of_feed, choices=ZONE | {"facility_id": "where the meter stands"},
    kinds=("activity", "interval"),
)  # fmt: skip
