"""Columns of what people have in place of consumption: readings of meters, and yearly totals of years gone by."""

from __future__ import annotations

from schemas.column import Column, named

READING_COLUMNS: tuple[Column, ...] = (
    Column("read_on", "date", "day of the reading", "2026-07-01",
           synonyms=named("reading date|date read|date of reading|read date|date|Ablesedatum|Datum|date de relève")),
    Column("reading", "quantity", "what the meter shows, in the unit of column unit", "10250",
           synonyms=named("meter reading|reading value|register reading|Zählerstand|Stand|index|relevé")),
    Column("multiplier", "quantity", "by which differences of readings are multiplied; blank is 1", "10", unit="1",
           synonyms=named("meter factor|meter constant|Wandlerfaktor|Zählerfaktor|Faktor|coefficient")),
    Column("digits", "integer", "digits before the point of the register, after which it begins at 0 again", "6",
           low=1, high=12, synonyms=named("register digits|dials|Stellen|Vorkommastellen")),
    Column("reset", "boolean", "whether a new or reset meter begins with this reading", "no",
           synonyms=named("meter reset|meter replaced|new meter|exchange|Zählerwechsel")),
    Column("day_end", "boolean", "whether it was read at the end of the day; blank is its beginning", "no",
           synonyms=named("end of day|read at end of day|Tagesende")),
    Column("emissions", "quantity", "emissions of the year as they were stated, in the unit of column unit", "1234",
           synonyms=named("tco2e|t co2e|tco2eq|t co2 eq|emissions tco2e|emissions (t co2e)|emissions t|total emissions|"
                          "ghg emissions|co2e|Emissionen|Emissionen t co2e|émissions")),
)  # fmt: skip
