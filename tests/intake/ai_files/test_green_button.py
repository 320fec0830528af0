"""Green Button feeds: entries joined by links, energy by multiplier and unit, months of the place, hostile XML."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest

HOUR = 3600
START = 1_777_586_400  # 2026-05-01T00:00:00 in Paris


def entry(address: str, body: str, *, up: str = "", related: str = "") -> str:
    """An entry of the feed with its links."""
    links = f'<link rel="self" href="{address}"/><link rel="up" href="{up}"/>'
    links += f'<link rel="related" href="{related}"/>' if related else ""
    return f"<entry>{links}<content>{body}</content></entry>"


def reading_type(uom: str, power: str = "0", direction: str = "1") -> str:
    """A reading type."""
    return (f"<ReadingType xmlns='http://naesb.org/espi'><flowDirection>{direction}</flowDirection>"
            f"<powerOfTenMultiplier>{power}</powerOfTenMultiplier><uom>{uom}</uom></ReadingType>")  # fmt: skip


def block(*values: object, start: int = START, step: int = HOUR) -> str:
    """A block of intervals."""
    made = "".join(
        f"<IntervalReading><timePeriod><duration>{step}</duration><start>{start + step * place}</start></timePeriod>"
        f"<value>{value}</value></IntervalReading>" for place, value in enumerate(values)
    )  # fmt: skip
    return f"<IntervalBlock xmlns='http://naesb.org/espi'>{made}</IntervalBlock>"


def feed(*entries: str, before: str = "") -> str:
    """A feed."""
    return f'<?xml version="1.0"?>{before}<feed xmlns="http://www.w3.org/2005/Atom">{"".join(entries)}</feed>'


def meter(number: int, kind: int, readings: str, blocks: str) -> str:
    """A usage point with its meter reading, its type and its blocks, joined by links alone."""
    point = f"/espi/UsagePoint/{number}"
    service = f"<UsagePoint xmlns='http://naesb.org/espi'><ServiceCategory><kind>{kind}</kind></ServiceCategory></UsagePoint>"
    return "".join((
        entry(f"{point}/MeterReading/1/IntervalBlock/1", blocks, up=f"{point}/MeterReading/1/IntervalBlock"),
        entry(point, service),
        entry(f"{point}/MeterReading/1", "<MeterReading xmlns='http://naesb.org/espi'/>", up=f"{point}/MeterReading",
              related=f"/espi/ReadingType/{number}"),
        entry(f"/espi/ReadingType/{number}", readings),
    ))  # fmt: skip


def test_consumption_by_month_of_the_place(read_with, activities):
    """Two hours of 1.5 kWh on 30 April and 1 May in Paris: a month each, of the meter, measured, from its own days."""
    text = feed(meter(7, 0, reading_type("72", "2"), block(15, 15, start=START - HOUR)))
    rows = activities(read_with(text, timezone="Europe/Paris", facility_id="LON"))
    assert rows.select("quantity", "unit_given", "meter_id", "facility_id", "data_basis").unique().rows() == [
        (Decimal("1.5"), "kWh", "7", "LON", "measured")
    ]
    assert [str(day) for day in rows["period_end"]] == ["2026-04-30", "2026-05-01"]
    assert rows["activity_type"].unique().to_list() == ["electricity_purchased"]


def test_intervals_where_the_meter_stands(read_with):
    """With a facility the hours come as a series of it too; without one only the months do."""
    text = feed(meter(7, 0, reading_type("72"), block(500, 250)))
    upload = read_with(text, timezone="Europe/Paris", facility_id="LON")
    assert upload.frames["interval"].select("source_id", "seconds", "kwh").rows() == [
        ("LON/7", 3600, Decimal("0.5")), ("LON/7", 3600, Decimal("0.25")),
    ]  # fmt: skip
    assert upload.kind == "interval+activity"
    assert "interval" not in read_with(text, timezone="Europe/Paris").frames


def test_two_meters_are_told_apart_by_links(read_with, activities):
    """Electricity in Wh and gas in therms of one feed, whose blocks stand before what they belong to."""
    text = feed(meter(1, 0, reading_type("72", "3"), block(2)), meter(2, 1, reading_type("169"), block(3)))
    rows = activities(read_with(text, timezone="UTC"))
    assert rows.sort("meter_id").select("activity_type", "quantity", "unit_given", "calorific_basis").rows() == [
        ("electricity_purchased", Decimal(2), "kWh", None), ("natural_gas", Decimal(3), "therm_us", "gross"),
    ]  # fmt: skip


def test_what_is_open_or_does_not_fit(read_with, codes):
    """No zone, another unit, energy that flowed back, values that are none."""
    sound = feed(meter(1, 0, reading_type("72"), block(5)))
    assert codes(read_with(sound)) == ["choice-needed"]
    power = feed(meter(1, 0, reading_type("38"), block(5)))
    assert codes(read_with(power, timezone="UTC")) == ["feed-unit"]
    back = feed(meter(1, 0, reading_type("72"), block(5)), meter(2, 0, reading_type("72", direction="19"), block(9)))
    upload = read_with(back, timezone="UTC")
    assert "feed-received" in codes(upload)
    assert pl.read_parquet(upload.parts)["quantity"].to_list() == [Decimal("0.005")]
    for bad in (block("many"), block(1, step=0), block(1, start=10**11), block(1).replace("<value>1</value>", "")):
        assert "feed-reading" in codes(read_with(feed(meter(1, 0, reading_type("72"), bad)), timezone="UTC"))
    absurd = feed(meter(1, 0, reading_type("72", "999999999"), block(1)))
    assert "feed-reading" in codes(read_with(absurd, timezone="UTC"))


BOMB = '<!DOCTYPE feed [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        (feed(entry("x", "&b;"), before=BOMB), "records-not-read", "declares"),
        (feed(entry("x", "&e;"), before='<!doctype f [<!entity e SYSTEM "file:///etc/passwd">]>'), "records-not-read",
         "declares"),
        (feed(entry("x", "&unknown;")), "records-not-read", "undefined entity"),
        (feed("<a>" * 200_000 + "</a>" * 200_000), "records-not-read", "nests more than 32"),
        (feed()[:-4], "records-not-read", "unclosed token"),
        (feed(), "records-not-recognised", "feed"),
        ("<html><body>log in</body></html>", "records-not-recognised", "html"),
        ('<?xml version="1.0" encoding="utf-7"?><feed/>', "records-not-recognised", "feed"),
    ],
)  # fmt: skip
def test_hostile_xml(read_with, text, code, words):
    """Entities, outside files, depth, damage, pages that are none: told, and nothing is expanded or fetched."""
    upload = read_with(text, name="x.xml", timezone="UTC")
    assert [found.code for found in upload.findings] == [code]
    assert words in upload.findings[0].message


def test_a_feed_in_utf_16(read_with, activities):
    """The byte order mark is honoured."""
    text = feed(meter(1, 0, reading_type("72"), block(5)))
    rows = activities(read_with(b"\xfe\xff" + text.encode("utf-16-be"), name="x.xml", timezone="UTC"))
    assert rows["quantity"].to_list() == [Decimal("0.005")]
