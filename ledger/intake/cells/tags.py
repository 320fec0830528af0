"""Columns that are not ours, kept as tags: canonical JSON (RFC 8785) of header and text, made as a set."""

from __future__ import annotations

import json
from typing import Any

import polars as pl

from ledger.intake.faults import Faults


def extra_headers(headers: tuple[str, ...], columns: tuple[str | None, ...]) -> dict[int, str]:
    """Positions that are not ours, and the name each is kept under; one without a header is kept by its position."""
    names: dict[int, str] = {}
    for place, column in enumerate(columns):
        if column is None:
            name = headers[place] or f"column {place + 1}"
            names[place] = name if name not in names.values() else f"{name} ({place + 1})"
    return names


def with_tags(frame: pl.DataFrame, extras: dict[str, str], faults: Faults, sheet: str | None) -> pl.DataFrame:
    """Column `tags` made of the extra columns (column of the frame → name in the tags) and of `tags` as given."""
    ordered = sorted(extras.items(), key=lambda item: item[1].encode("utf-16-be"))  # the order of RFC 8785
    pieces = [_member(column, name) for column, name in ordered]
    made = pl.concat_str(pieces, separator=",", ignore_nulls=True) if pieces else pl.lit("")
    whole = pl.when(made != "").then(pl.concat_str(pl.lit("{"), made, pl.lit("}")))
    if "tags" not in frame.columns:
        return frame.with_columns(whole.alias("tags"))
    pairs = frame.select(pl.col("tags").alias("given"), whole.alias("extra"))
    distinct = pairs.unique()
    merged = [_merged(given, extra) for given, extra in distinct.iter_rows()]
    table = distinct.with_columns(pl.Series("merged", merged, dtype=pl.String))
    joined = pairs.join(table, on=["given", "extra"], how="left", nulls_equal=True, maintain_order="left")
    unread = joined["given"].is_not_null() & joined["merged"].is_null()
    rows = frame.filter(unread).select("source_line", pl.col("tags").alias("value"))
    faults.add_rows("tags-not-read", rows, "tags", sheet=sheet)
    return frame.with_columns(joined["merged"].alias("tags"))


def _member(column: str, name: str) -> pl.Expr:
    """`"name":"text"` where the cell holds something, else null."""
    text = pl.struct(pl.col(column).alias("v")).struct.json_encode().str.slice(5).str.strip_suffix("}")
    return pl.when(pl.col(column).is_not_null()).then(
        pl.concat_str(pl.lit(json.dumps(name, ensure_ascii=False) + ":"), text)
    )


def _merged(given: str | None, extra: str | None) -> str | None:
    import rfc8785

    if given is None:
        return extra
    try:
        read: Any = json.loads(given)
        if not isinstance(read, dict):
            return None
        return rfc8785.dumps({**(json.loads(extra) if extra else {}), **read}).decode()
    except (ValueError, RecursionError):
        return None
