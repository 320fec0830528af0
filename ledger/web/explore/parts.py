"""What the pages of Explore share: their tabs, addresses of figures and lines, and the table of postings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ledger.errors import Misuse
from ledger.plain import grouped_amount
from ledger.web.frame import paging
from ledger.web.frame.here import Here
from ledger.web.frame.links import entry_link
from ledger.web.frame.tables import Column, Linked, Row, Table

if TYPE_CHECKING:
    from ledger.assurance.tracing.trace import TraceLine

NO_VALUE = "(none)"
"""How the address says that rows have nothing there, as where they name no facility."""
SHOWN = 50
"""Lines on a page."""
DOWNLOADED = 100_000
"""Lines in a file, the first of their order: a workbook holds a million rows, and a browser waits for all of them."""

LINE_NAMES = {
    "fuel_upstream": "upstream of fuel", "electricity_upstream": "upstream of electricity",
    "td_loss": "lost in the grid", "td_upstream": "upstream of what is lost in the grid",
}  # fmt: skip
"""The lines of an activity that need more than their code."""

_TABS = (
    ("inventory", "/explore", "Inventory"), ("lines", "/explore/lines", "Lines"),
    ("not-quantified", "/explore/not-quantified", "Not quantified"), ("coverage", "/explore/coverage", "Coverage"),
    ("boundary", "/explore/boundary", "Boundary"), ("quality", "/explore/quality", "Data quality"),
)  # fmt: skip


def tabs(here: Here, current: str) -> list[tuple[str, str, bool]]:
    """The sub-places of Explore: address, name, and which one this is."""
    return [(here.link(href, at=here.query("at")), name, key == current) for key, href, name in _TABS]


def size_asked(here: Here) -> dict[str, int]:
    """As the ledger stood at which size, for a verb: by `at` in the address; nothing where it is as it stands.

    Raises Misuse for no number.
    """
    asked = here.query("at")
    if not asked:
        return {}
    if not re.fullmatch("[0-9]{1,9}", asked):
        raise Misuse(f"'at' in the address is '{asked[:40]}'", "give a number of batches, as a checkpoint has it")
    return {"at": int(asked)}


def lines_link(here: Here, **sought: Any) -> str:
    """The address of the lines that are looked for, as the ledger stood where the page says so."""
    told = {name: NO_VALUE if value is None else value for name, value in sought.items()}
    return here.link("/explore/lines", **({"at": here.query("at")} | told))


def pager(here: Here, page: int, shown: int, *, more: bool) -> dict[str, Any]:
    """Where a page of a long list stands: its first and last row, and the pages before and after."""
    url, first = here.request.url, (page - 1) * SHOWN + 1
    return {
        "first": first, "last": first + shown - 1, "shown": shown,
        "before": _query(url, page - 1) if page > 1 else "", "after": _query(url, page + 1) if more else "",
    }  # fmt: skip


def _query(url: Any, page: int) -> str:
    turned = url.include_query_params(page=page)
    return f"{turned.path}?{turned.query}"


def at_most(here: Here, rows: list[Row]) -> tuple[list[Row], str]:
    """The rows that a page shows, all of them for a file; and in words how many more the file has."""
    more = len(rows) - paging.SHOWN
    if here.query("as") or more <= 0:
        return rows, ""
    return rows[:paging.SHOWN], f" {grouped_amount(more)} more {'row is' if more == 1 else 'rows are'} in the file."


def file_note(postings: int) -> str:
    """What a file of so many postings leaves out, in words; empty where it has each."""
    return f"A file holds the first {grouped_amount(DOWNLOADED)} of them." if postings > DOWNLOADED else ""


_COVERED_NOTE = (
    "What a contractual instrument covers moves in lines without an entry: the same quantity leaves the factor of its "
    "month and stands under the instrument."
)
_LINE_COLUMNS = (
    Column("entry", "Entry", "code"), Column("amount", "Amount", "tonnes", places=3, unknown="not quantified"),
    Column("formula", "Quantity × factor"), Column("activity_type", "Activity"), Column("facility_id", "Facility"),
    Column("month", "Month"), Column("stands", "Stands in"), Column("factor", "Factor", "code"),
    Column("reason", "Why this one"), Column("licence", "Licence"), Column("source_cell", "Source cell", "code"),
    Column("file", "File", unknown="none"), Column("place", "Line"),
)  # fmt: skip
_EXACT_COLUMNS = (
    Column("entry", "Entry", "code"), Column("amount", "Amount", "tonnes"), Column("quantity", "Quantity", "number"),
    Column("unit", "Unit"), Column("per_unit", "Per unit", "number"), Column("share", "Share", "number"),
    Column("activity_type", "Activity"), Column("legal_entity_id", "Legal entity"), Column("facility_id", "Facility"),
    Column("month", "Month"), Column("supplier", "Supplier"), Column("invoice_id", "Invoice"),
    Column("external_id", "External id"), Column("data_basis", "Data basis"), Column("scope", "Scope"),
    Column("method", "Method"), Column("scope3_category", "Scope 3 category"), Column("line", "Posting"),
    Column("factor", "Factor or instrument"), Column("dataset", "Dataset"), Column("reason", "Why this factor"),
    Column("licence", "Licence"), Column("source_cell", "Source cell"), Column("gwp_set", "GWP set"),
    Column("formula", "Quantity × factor"), Column("choice_entry", "Decided by"), Column("batch", "Batch"),
    Column("source_file", "File"), Column("sheet", "Sheet"), Column("source_line", "Line"),
    Column("source_sha256", "SHA-256 of the file"),
)  # fmt: skip


def lines_table(
    here: Here, lines: Sequence[TraceLine], title: str, *, of: str = "kg CO2e", note: str = "", empty: str = ""
) -> Table:
    """Postings: short and linked on the page; in a file every column and every digit. ``of`` is what they sum."""
    exact = bool(here.query("as"))
    columns: tuple[Column, ...] = _EXACT_COLUMNS if exact else _LINE_COLUMNS
    amount = Column("amount", "Amount", "mwh", places=3) if of == "kWh" else (
        Column("amount", "Amount", "tonnes", "" if of == "kg CO2e" else of, 3, "not quantified"))  # fmt: skip
    columns = tuple(amount if column.key == "amount" else column for column in columns)
    if any(line.amount is not None and line.amount < 0 and "entry" in line.details for line in lines):
        note = f"What was taken back stands beside what took it back: the two cancel. {note}".strip()
    if any("entry" not in line.details for line in lines):
        note = f"{_COVERED_NOTE} {note}".strip()
    made = _exact_cells if exact else _cells
    rows = [Row(made(here, line)) for line in lines]
    return Table("lines", title, columns, rows, note, empty or "There are no such lines in this period.")


def _cells(here: Here, line: TraceLine) -> dict[str, Any]:
    told = line.details
    month, batch = told.get("month"), told.get("quantity_batch")
    place = [f"sheet {told['sheet']}"] if told.get("sheet") else []
    place += [f"line {told['source_line']}"] if "source_line" in told else []
    place += [f"column {told['source_column']}"] if "source_column" in told else []
    file = told.get("source_file") or (f"batch {batch}" if batch else None)
    return {
        "entry": entry_link(here, told.get("entry")), "amount": line.amount, "formula": line.formula,
        "activity_type": _words(told.get("activity_type")), "facility_id": told.get("facility_id"),
        "month": None if month is None else f"{month:%Y-%m}", "stands": stands_in(told),
        "factor": factor_of(here, told), "reason": why_of(line), "licence": told.get("licence"),
        "source_cell": told.get("source_cell"),
        "file": None if batch is None else Linked(file, here.link(f"/batch/{batch}")), "place": ", ".join(place),
    }  # fmt: skip


def _exact_cells(_: Here, line: TraceLine) -> dict[str, Any]:
    told = dict(line.details)
    told["month"] = None if told.get("month") is None else f"{told['month']:%Y-%m}"
    factor = told.get("factor_id") or told.get("instrument_id")
    return told | {
        "amount": line.amount, "formula": line.formula, "reason": line.reason, "factor": factor,
        "batch": told.get("quantity_batch"), "share": told.get("share", Decimal(1)),
    }  # fmt: skip


def stands_in(told: dict[str, Any]) -> str:
    """Where a posting stands: scope, method or category, and which of the lines of its activity it is."""
    parts = [f"Scope {told['scope']}" if told["scope"] in {"1", "2", "3"} else _words(told["scope"])]
    if told["method"] in {"location", "market"}:
        parts.append(f"{told['method']}-based")
    if told.get("scope3_category"):
        parts.append(f"category {told['scope3_category']}")
    if told["line"] not in {"direct", "energy"}:
        parts.append(line_name(told["line"]))
    if told["book"] != "inventory":
        parts.append(f"beside the inventory ({_words(told['book'])})")
    return ", ".join(parts)


def why_of(line: TraceLine) -> str:
    """Why a posting has its factor; of what an instrument covers, that it is taken out of what the others come to."""
    told = line.details
    if "entry" in told or "instrument_id" in told:
        return line.reason
    return f"covered by a contractual instrument, so taken out of: {line.reason}"


def factor_of(here: Here, told: dict[str, Any]) -> Linked | str | None:
    """The factor of a posting, led to its page; or the instrument that covers it."""
    factor, instrument = told.get("factor_id"), told.get("instrument_id")
    if factor is not None:
        return Linked(factor, here.link(f"/factors/{factor}"))
    return None if instrument is None else Linked(instrument, here.link("/explore", q=instrument))


def line_name(code: str) -> str:
    """Which line of an activity a posting is, in words."""
    return LINE_NAMES.get(code) or _words(code)


def _words(code: object) -> str:
    return "" if code is None else str(code).replace("_", " ")
