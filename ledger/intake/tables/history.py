"""Emissions of earlier years as they were stated: scope, category and method read from how people label them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace

import polars as pl

from ledger.intake.cells.texts import TOTAL
from ledger.intake.files.source import SOURCE_COLUMN, Source, line_and_cell
from ledger.intake.known import folded
from ledger.intake.tables.headers import matched
from schemas.columns import COLUMNS
from schemas.vocabulary import Method

MARK = "onboarding"
"""The tag by which rows of history are told from activity data."""
NOTE = "as stated for an earlier year; no activity data stands behind it in this ledger"
_LABELS = ("stated_scope", "stated_scope3_category", "stated_method")
_SCOPE = re.compile(r"\bscope ?([123])\b|^ ?s?([123])$")
_CATEGORY = re.compile(r"\b(?:cat(?:egory|\.)?|kategorie|catégorie) ?(\d{1,2})\b|\b3\.(\d{1,2})\b")
_LOCATION = re.compile(r"\blocation\b|\blb\b|standortbasiert|ortsbasiert|localisation")
_MARKET = re.compile(r"\bmarket\b|\bmb\b|marktbasiert|\bmarché\b")
_CO2E = re.compile(r"\b(t|tonnes?|tonnen|metric tons?|mt|kg)\b[ .]*(?:of )?co2")
_SEVERAL = re.compile(r"\bscopes?\b.*[123]\D+[123]\b")


def label(text: str) -> dict[str, str]:
    """What a label says: stated_scope, stated_scope3_category, stated_method, each where it is told beyond doubt.

    `Scope 2 (location-based)`, `3.6 Business travel`, `Scope 3 category 6`, `S1`. `Scope 1+2` says nothing, since it is
    a sum.
    """
    plain = folded(text)
    if _SEVERAL.search(plain):
        return {}
    found: dict[str, str] = {}
    if scope := _SCOPE.search(plain):
        found["stated_scope"] = scope[1] or scope[2]
    if category := _CATEGORY.search(plain):
        found["stated_scope3_category"] = category[1] or category[2]
    else:
        values = COLUMNS["stated_scope3_category"].values
        words = {folded(word): code for code, spelled in values.items() for word in spelled}
        named = [word for word in sorted(words, key=len, reverse=True) if re.search(rf"\b{re.escape(word)}\b", plain)]
        if named and found.get("stated_scope", "3") == "3":
            found["stated_scope3_category"] = words[named[0]]
    if "stated_scope3_category" in found:
        found.setdefault("stated_scope", "3")
    if bool(_LOCATION.search(plain)) != bool(_MARKET.search(plain)):
        found["stated_method"] = (Method.LOCATION if _LOCATION.search(plain) else Method.MARKET).value
        found.setdefault("stated_scope", "2")
    return found


def co2e_unit(header: str) -> str | None:
    """The unit of CO2e that a header names: `tCO2e`, `Emissions (kg CO₂e)`; None where it names none."""
    plain = re.sub(r"[()\[\],]", " ", folded(header))
    plain = re.sub(r"\b(t|kg)co2", r"\1 co2", plain)
    found = _CO2E.search(plain)
    return None if found is None else "kgCO2e" if found[1] == "kg" else "tCO2e"


def labelled(source: Source) -> Source:
    """The table with columns for scope, category, method and unit, filled from its labels and its headers.

    What a cell of its own says wins; a label that says nothing stays as it is, and is told when it is read.
    """
    headers, names = source.table.headers, source.matched_as
    columns = matched("history", names).columns
    at = {name: place for place, name in enumerate(columns) if name}
    added = [name for name in (*_LABELS, "unit") if name not in at]
    places = at | {name: len(headers) + number for number, name in enumerate(added)}
    unit = co2e_unit(headers[at["emissions"]]) if "emissions" in at else None
    unit = next((found for cell in source.cells if (found := co2e_unit(cell))), unit)

    def chunks() -> Iterator[pl.DataFrame]:
        for chunk in source.chunks:
            blank = [pl.lit(None, pl.String).alias(f"c{places[name]}") for name in added]
            yield _with_labels(chunk.with_columns(blank), places, unit)

    return replace(
        source, table=replace(source.table, headers=(*headers, *added)), chunks=chunks(), names=(*names, *added),
        made=source.made | frozenset(places[name] for name in added),
    )  # fmt: skip


def _with_labels(chunk: pl.DataFrame, places: dict[str, int], unit: str | None) -> pl.DataFrame:
    texts = [f"c{places[name]}" for name in _LABELS]
    distinct = chunk.select(texts).unique()
    said = []
    for cells in distinct.iter_rows():
        found = [label(cell) if cell else {} for cell in cells]
        own = dict(zip(_LABELS, cells, strict=True))
        # A category column may hold a bare number, which alone would be a scope.
        if (bare := own["stated_scope3_category"]) and re.fullmatch(r"\s*\d{1,2}(\.0)?\s*", bare):
            found[1] = {"stated_scope3_category": bare.strip()}
        merged = {name: value for one in reversed(found) for name, value in one.items()}
        told = any(re.search(TOTAL, cell) for cell in cells if cell)
        said.append([None if told else merged.get(name) for name in _LABELS])
    schema = {f"said{number}": pl.String for number in range(len(_LABELS))}
    table = distinct.hstack(pl.DataFrame(said, schema=schema, orient="row"))
    frame = chunk.join(table, on=texts, how="left", nulls_equal=True, maintain_order="left")
    own_unit = f"c{places['unit']}"
    known = {"t": "tCO2e", "tonne": "tCO2e", "tonnes": "tCO2e", "kg": "kgCO2e"}
    given = pl.col(own_unit).str.strip_chars()
    return frame.with_columns(
        *(pl.coalesce(f"said{number}", text).alias(text) for number, text in enumerate(texts)),
        pl.when(given.fill_null("") == "").then(pl.lit(unit)).otherwise(given.replace(known)).alias(own_unit),
    ).drop(schema)


def stated_activities(frame: pl.DataFrame, cells: tuple[str, ...]) -> pl.DataFrame:
    """Typed rows of history as rows of activities: one stated emission for each, tagged as onboarding history.

    ``cells`` are the headers of the cells that rows were made of, where the table was wide.
    """
    scope, category, method = (_text(frame, name) for name in _LABELS)
    kind = (
        pl.when(scope == "1").then(pl.lit("stated_scope_1"))
        .when((scope == "2") & method.is_in([Method.LOCATION.value, Method.MARKET.value]))
        .then(pl.concat_str(pl.lit("stated_scope_2_"), method))
        .when((scope == "3") & category.is_not_null()).then(pl.concat_str(pl.lit("stated_scope_3_category_"), category))
        .otherwise(pl.lit("stated_emissions"))
    )  # fmt: skip
    where = _text(frame, "source")
    note = pl.concat_str([_text(frame, "note"), pl.lit(NOTE), where], separator="; ", ignore_nulls=True)
    amount = pl.col("emissions").cast(pl.String).str.strip_chars_end("0").str.strip_suffix(".")
    sheet = pl.col("sheet") if "sheet" in frame.columns else pl.lit(None, pl.String)
    return frame.select(
        "source_line", sheet.alias("sheet"), kind.alias("activity_type"), amount.alias("quantity"), "unit", "year",
        scope.alias("stated_scope"), category.alias("stated_scope3_category"), method.alias("stated_method"),
        _text(frame, "legal_entity_id").alias("legal_entity_id"), _text(frame, "facility_id").alias("facility_id"),
        note.alias("note"), _tags(frame, cells).alias("tags"),
    )  # fmt: skip


def _tags(frame: pl.DataFrame, cells: tuple[str, ...]) -> pl.Series:
    """The tags of each row, with the column of its cell where the table was wide."""
    tags: dict[int | None, str] = {None: json.dumps({MARK: "history"}, separators=(",", ":"))}
    tags |= {place: json.dumps({MARK: "history", SOURCE_COLUMN: header}, ensure_ascii=False, separators=(",", ":"))
             for place, header in enumerate(cells)}  # fmt: skip
    return pl.Series([tags[line_and_cell(number)[1]] for number in frame["source_line"]], dtype=pl.String)


def _text(frame: pl.DataFrame, name: str) -> pl.Expr:
    return pl.col(name).cast(pl.String) if name in frame.columns else pl.lit(None, pl.String)
