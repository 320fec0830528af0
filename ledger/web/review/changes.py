"""What changed since a size, a sign-off or a checkpoint that somebody kept: totals, batches, corrections, factors."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from fastapi.responses import Response

from ledger.errors import Misuse
from ledger.inventory.periods.life import span_label
from ledger.plain import plain
from ledger.web.frame.here import Here, InPage
from ledger.web.frame.links import batch_link, entry_link
from ledger.web.frame.measures import NOT_ADDED, measure_columns, measure_title
from ledger.web.frame.paging import paged
from ledger.web.frame.tables import Column, Row, Table
from schemas.measures import INVENTORY_MEASURES

if TYPE_CHECKING:
    from ledger.assurance.reviewing.changes import BatchTold, Changes, Revised

router = APIRouter()


@router.get("/review/changes")
def changes(here: InPage) -> Response:
    """What changed between two sizes of the ledger."""
    size = here.read("checkpoint").size
    start, end = _size(here, "since"), _size(here, "until")
    signed = [one.told for one in here.read("sign_offs", None)]
    found: Changes | None = None
    if start:
        only = here.query("period") or None
        found = here.read("changes", start, end or None, period=only, view=here.view)
    tables: Sequence[Table] = () if found is None else _tables(here, found)
    batches, pages = (None, None) if found is None else paged(here, tables[1])
    if batches is not None:
        tables = (tables[0], batches, *tables[2:])
    return here.page(
        "review/changes.html.j2", title="What changed", place="review", tab="changes", found=found, start=start,
        end=end, size=size, signed=[(told, here.called(told.person)) for told in reversed(signed)], pages=pages,
        may_send=not here.site.settings.read_only, tables=tables,
    )  # fmt: skip


def _size(here: Here, name: str) -> str:
    """A size in the address. Raises Misuse for what is none: no file is ever named here."""
    text = here.query(name)
    if text and not re.fullmatch("[0-9]{1,9}", text):
        raise Misuse(
            f"'{name}' is not a size of the ledger", "give a number of batches; a checkpoint goes into the form"
        )
    return text


def _tables(here: Here, found: Changes) -> tuple[Table, ...]:
    return (
        _totals(found), _batches(here, found.batches), _revised(here, found), _choices(here, found),
        _beside(here, found),
    )  # fmt: skip


def _totals(found: Changes) -> Table:
    columns = [
        Column("period", "Period"),
        Column("figure", "Figure"),
        Column("old", "Before", "tonnes", places=3),
        Column("new", "After", "tonnes", places=3),
        Column("difference", "Difference", "tonnes", places=3),
    ]
    rows = [
        Row({"period": label, "figure": measure_title(line.measure), "old": line.old_kg, "new": line.new_kg,
             "difference": line.difference_kg})
        for label, lines in found.totals.items() for line in lines if line.old_kg != line.new_kg
    ]  # fmt: skip
    return Table(
        "totals",
        "What moved",
        columns,
        rows,
        empty="No total moved.",
        note=f"{found.view.replace('_', ' ')}. {NOT_ADDED} The effects of the batches add up to these.",
    )


def _batches(here: Here, batches: Sequence[BatchTold]) -> Table:
    columns = [
        Column("batch", "Batch"), Column("kind", "What"), Column("person", "By"), Column("when", "When", "time"),
        Column("file", "File"), Column("reason", "Why"), Column("entries", "Entries", "number"),
        Column("period", "Moves"),
        *measure_columns(INVENTORY_MEASURES, places=3),
    ]  # fmt: skip
    rows = []
    for told in batches:
        own = {
            "batch": batch_link(here, told.batch),
            "kind": told.kind.replace("_", " "),
            "person": f"{here.called(told.person)} ({told.role})",
            "when": told.recorded_at,
            "file": told.source_name,
            "reason": told.reason,
            "entries": sum(told.entries.values()),
        }
        rows += [Row(own | {"period": label, **effects}) for label, effects in told.effects.items()] or [Row(own)]
    return Table("batches", "Every batch, with its effect", columns, rows, empty="Nothing was recorded between them.")


def _revised(here: Here, found: Changes) -> Table:
    columns = [Column("entry", "Entry", "code"), Column("how", "What became of it"), Column("by", "By", "code"),
               Column("differs", "What differs"), Column("reason", "Why")]  # fmt: skip
    rows = [
        Row(
            {
                "entry": entry_link(here, one.entry),
                "how": "replaced" if one.replaced_by else "taken back",
                "by": entry_link(here, one.replaced_by or one.reversed_by),
                "differs": _differs(one),
                "reason": one.reason,
            }
        )
        for one in found.revised[:1000]
    ]
    more = found.revised_count - len(rows)
    return Table("revised", "Taken back or put right", columns, rows, empty="No entry was taken back or corrected.",
                 note=f"{more} more are not listed." if more > 0 else "")  # fmt: skip


def _differs(one: Revised) -> str:
    return "; ".join(
        f"{name.replace('_', ' ')}: {_told(before)} → {_told(after)}" for name, before, after in one.columns
    )


def _told(value: Any) -> str:
    return "nothing" if value is None else str(plain(value))


def _choices(here: Here, found: Changes) -> Table:
    columns = [
        Column("batch", "Batch"), Column("type", "Activity"), Column("line", "Line"), Column("method", "Method"),
        Column("old", "Factor before", "code"), Column("old_kg", "Before", "number", unit="kg per unit", places=6),
        Column("new", "Factor after", "code"), Column("new_kg", "After", "number", unit="kg per unit", places=6),
        Column("keys", "Keys", "number"),
    ]  # fmt: skip
    rows = [
        Row({"batch": batch_link(here, one.batch), "type": one.activity_type.replace("_", " "), "line": one.line,
             "method": "" if one.method == "single" else f"{one.method}-based", "old": one.old_factor,
             "old_kg": one.old_kg_per_unit, "new": one.new_factor, "new_kg": one.new_kg_per_unit, "keys": one.keys})
        for one in found.choices[:1000]
    ]  # fmt: skip
    return Table("choices", "Decided anew", columns, rows, empty="No factor was chosen anew.")


def _beside(here: Here, found: Changes) -> Table:
    columns = [Column("batch", "Batch"), Column("kind", "What"), Column("words", "Which"), Column("reason", "Why")]
    rows = [
        Row({"batch": batch_link(here, batch), "kind": kind, "words": words, "reason": reason})
        for batch, kind, words, reason in sorted(_lines(found), key=lambda line: line[0])
    ]
    return Table("beside", "Factors, settings and periods", columns, rows, empty="None was published, set or moved on.")


def _lines(found: Changes) -> Iterator[tuple[int, str, str, str | None]]:
    for row in found.factors:
        words = f"{row['factors']} factors of {row['dataset']} {row['edition']}, version {row['version']}"
        yield row["batch"], "factors", words, None
    for row in found.settings:
        since = f" from {row['valid_from']}" if row["valid_from"] and row["valid_from"].year > 1900 else ""
        before = "" if row["before"] is None else f", before {row['before']}"
        yield row["batch"], "setting", f"{row['name'].replace('_', ' ')} = {row['value']}{since}{before}", None
    for row in found.periods:
        whose = f", {row['legal_entity_id']}" if row["legal_entity_id"] else ""
        label = span_label(row["period_start"], row["period_end"])
        yield row["batch"], "period", f"{label}{whose} {row['event']}, pinned at {row['pin_batch']}", row["reason"]
