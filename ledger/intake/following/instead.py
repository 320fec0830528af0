"""Activities that follow from what people have in their place, as a table that is read like any other."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl

from ledger.intake.cells.convert import Context, context_of
from ledger.intake.cells.locales import locale_of
from ledger.intake.files.source import Source
from ledger.intake.following.meters import consumption
from ledger.intake.tables.headers import matched
from ledger.intake.tables.history import stated_activities
from ledger.intake.upload import Table

_OF_CELL = frozenset({"quantity", "activity_type", "year"})


def activity_context(rows: pl.DataFrame, of: Context, headers: Mapping[str, str]) -> Context:
    """Rows of activities, made from a table of another kind, as a table of their own.

    Args:
        rows: columns named as those of an activity upload, beside `source_line`.
        of: the table that they were made from.
        headers: our column → header of that table to which findings lead.
    """
    names = tuple(name for name in rows.columns if name not in ("source_line", "sheet"))
    table = of.source.table
    told = tuple(headers.get(name, name) for name in names)
    texts = rows.select(
        pl.col("source_line").cast(pl.UInt32),
        *(pl.col(name).cast(pl.String).alias(f"c{place}") for place, name in enumerate(names)),
    )
    source = Source(
        Table(table.sheet, table.header_line, told, None, table.first_column), iter([texts]), hidden=False, names=names,
        cells=of.source.cells, of_cell=_OF_CELL if of.source.cells else frozenset(),
    )  # fmt: skip
    # The texts are our own: plain digits and ISO dates, whatever the file's locale.
    return context_of(source, matched("activity", names), locale_of(None), of.known, of.faults, of.limits)


def _of_meters(contexts: list[Context], frames: list[pl.DataFrame]) -> tuple[list[Context], list[pl.DataFrame]]:
    """The consumption between readings; a meter may be read on several sheets."""
    first = contexts[0]
    made = consumption(pl.concat(frames, how="diagonal"), first.known.readings, first.faults)
    tables = []
    for context in contexts:
        own = made.rows.filter(pl.col("sheet").eq_missing(pl.lit(context.sheet, pl.String)))
        headers = dict(zip(context.match.columns, context.source.table.headers, strict=True))
        shown = {name: header for name, header in headers.items() if name}
        shown |= {"quantity": shown["reading"], "period_start": shown["read_on"], "period_end": shown["read_on"]}
        if own.height and not first.faults.has_errors:
            tables.append(activity_context(own, context, shown))
    return tables, [made.parameters]


def _of_history(contexts: list[Context], frames: list[pl.DataFrame]) -> tuple[list[Context], list[pl.DataFrame]]:
    """Emissions of earlier years, each a row of stated emissions."""
    tables = []
    for context, frame in zip(contexts, frames, strict=True):
        method = pl.col("stated_method") if "stated_method" in frame.columns else pl.lit(None, pl.String)
        open_ = frame.filter(pl.col("stated_scope") == 2, method.is_null() | ~method.is_in(["location", "market"]))
        amount = pl.col("emissions").cast(pl.String).str.strip_chars_end("0").str.strip_suffix(".")
        told = open_.select("source_line", amount.alias("value"))
        context.faults.add_rows("history-method-missing", told, "stated_scope", sheet=context.sheet)
        headers = dict(zip(context.match.columns, context.source.table.headers, strict=True))
        shown = {name: header for name, header in headers.items() if name}
        shown |= {"quantity": shown["emissions"], "activity_type": shown["stated_scope"]}
        if frame.height and not context.faults.has_errors:
            tables.append(activity_context(stated_activities(frame, context.source.cells), context, shown))
    return tables, []


Deriving = Callable[[list[Context], list[pl.DataFrame]], tuple[list[Context], list[pl.DataFrame]]]

DERIVING: Mapping[str, Deriving] = {"meter_reading": _of_meters, "history": _of_history}
"""Kinds that become activities, and how."""
