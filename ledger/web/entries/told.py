"""What a page says of an entry: its given columns, its postings, its history, its documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ledger.calculation.reasons import gap_in_words, reason_in_words
from ledger.plain import plain_amount
from ledger.web.explore.parts import factor_of, line_name, stands_in
from ledger.web.frame.here import Here
from ledger.web.frame.links import entry_link
from ledger.web.frame.tables import Column, Linked, Row, Table

if TYPE_CHECKING:
    from ledger.assurance.reviewing.documents import Attachment
    from ledger.assurance.tracing.trace import Trace

_OF_BATCH = (
    "table", "batch_no", "seq", "batch_kind", "actor", "recorded_at", "source_file", "source_sha256", "kept_at",
    "reason", "documents", "review", "terms", "not_quantified", "reversed_by", "replaced_by", "reverses_batch",
    "reverses_seq", "sheet", "source_line", "key_no",
)  # fmt: skip
"""Facts that stand elsewhere on the page than among the given columns."""


def title_of(facts: dict[str, Any]) -> str:
    """What an entry is, in a few words."""
    if facts["table"] != "activity":
        return str(facts["table"]).replace("_", " ")
    parts = [facts["activity_type"].replace("_", " "), facts.get("facility_id") or facts.get("legal_entity_id") or ""]
    parts.append(f"{facts['period_start']} to {facts['period_end']}")
    return " · ".join(part for part in parts if part)


def given_table(here: Here, entry: str, facts: dict[str, Any]) -> Table:
    """The row as it came, column by column, with what each column means."""
    if facts["table"] != "activity":
        return _own_columns(here, facts)
    meanings = column_meanings()
    columns = (
        Column("column", "Column", "code"), Column("value", "As it was read"),
        Column("meaning", "What it is", unknown=""),
    )  # fmt: skip
    told = {name: value for name, value in here.book.given(entry).items() if value != ""}
    told["quantity"] = facts["quantity_text"]
    rows = [Row({"column": name, "value": value, "meaning": meanings.get(name, "")}) for name, value in told.items()]
    for term in facts.get("terms", ()):
        name, _, value = term.partition(" = ")
        rows.append(Row({"column": name, "value": value, "meaning": meanings.get(name, "a term of its quantity")}))
    return Table("given", "The row", columns, rows)


def _own_columns(here: Here, facts: dict[str, Any]) -> Table:
    """What an entry of another table says; a factor leads to its page, the reason of a choice stands in words."""
    columns = (Column("column", "Column", "code"), Column("value", "Value"))
    rows = []
    for name, value in facts.items():
        if name in _OF_BATCH:
            continue
        shown: Any = _shown(value)
        if name == "factor_id" and facts["table"] != "emission_factor":
            shown = Linked(shown, here.link(f"/factors/{shown}"))
        elif name == "reason_code" and facts["table"] == "choice":
            is_gap = "total_co2e_kg_per_unit" not in facts
            told = gap_in_words(value) if is_gap else reason_in_words(value, facts.get("flags", ""))
            shown = f"{value}: {told}"
        rows.append(Row({"column": name, "value": shown}))
    return Table("given", "What it says", columns, rows)


def column_meanings() -> dict[str, str]:
    """What each column of an upload of activities means."""
    from schemas.activity_columns import ACTIVITY_COLUMNS
    from schemas.term_columns import TERM_COLUMNS

    return {column.name: column.meaning for column in (*ACTIVITY_COLUMNS, *TERM_COLUMNS)}


def _shown(value: Any) -> str:
    from decimal import Decimal

    if isinstance(value, bool):
        return "yes" if value else "no"
    return plain_amount(value) if isinstance(value, Decimal) else str(value)


def postings_table(here: Here, told: Trace) -> Table:
    """Every posting of the entry in every method, with its factor and why, and the lines that have no amount."""
    columns = (
        Column("stands", "Stands in"), Column("month", "Month"),
        Column("amount", "Amount", "tonnes", places=3, unknown="not quantified"),
        Column("formula", "Quantity × factor"), Column("factor", "Factor", "code"), Column("reason", "Why this one"),
        Column("licence", "Licence"), Column("source_cell", "Source cell", "code"), Column("gwp_set", "GWP set"),
        Column("choice", "Decided by", "code"),
    )  # fmt: skip
    rows = [
        Row({
            "stands": stands_in(line.details), "month": f"{line.details['month']:%Y-%m}", "amount": line.amount,
            "formula": line.formula, "factor": factor_of(here, line.details), "reason": line.reason,
            "licence": line.details.get("licence"), "source_cell": line.details.get("source_cell"),
            "gwp_set": line.details.get("gwp_set"), "choice": entry_link(here, line.details["choice_entry"]),
        })
        for line in told.lines
    ]  # fmt: skip
    for gap in told.facts.get("not_quantified", ()):
        line, _, reason = gap.partition(": ")
        rows.append(Row({"stands": line_name(line), "reason": gap_in_words(reason)}))
    note = "At 100 %, as posted; a view may count a share of it, or put it elsewhere. The methods are not added."
    return Table("postings", "What follows from it", columns, rows, note,
                 "It is no activity, and nothing is posted of it.")  # fmt: skip


def history(here: Here, facts: dict[str, Any]) -> list[tuple[str, Linked]]:
    """What took the entry back or stands in its place, and what it took back: words and the other entry."""
    told: list[tuple[str, Any]] = []
    if "reverses_batch" in facts:
        told.append(("It takes back", f"B{facts['reverses_batch']}-{facts['reverses_seq']}"))
    if "replaces" in facts:
        told.append(("It stands in the place of", facts["replaces"]))
    told += [("It was taken back by", other) for other in facts.get("reversed_by", ())]
    told += [("In its place stands", other) for other in facts.get("replaced_by", ())]
    return [(words, Linked(other, here.link(f"/entry/{other}"))) for words, other in told]


def attached_table(here: Here, entry: str) -> Table:
    """The documents of an entry; each leads to its bytes where they are kept."""
    columns = (
        Column("name", "Document"), Column("bytes", "Bytes", "number"), Column("note", "Note"),
        Column("who", "Attached by"), Column("when", "When", "time"), Column("sha256", "SHA-256", "code"),
    )  # fmt: skip
    rows = [
        Row({"name": _document(here, entry, one), "bytes": one.bytes, "note": one.note, "who": here.called(one.actor),
             "when": one.recorded_at, "sha256": one.sha256})
        for one in here.book.attachments(entry)
    ]  # fmt: skip
    return Table("documents", "Documents", columns, rows, empty="No document shows this entry yet.")


def _document(here: Here, entry: str, one: Attachment) -> Linked | str:
    return one.name if one.kept_at is None else Linked(one.name, here.link(f"/entry/{entry}/document/{one.sha256}"))
