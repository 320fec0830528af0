"""One entry of the ledger: its row, its batch and its file, and for an activity every posting that it yields."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from ledger.assurance.reviewing.documents import attachments
from ledger.assurance.reviewing.review import review_lines
from ledger.assurance.tracing.computing import computing_facts
from ledger.assurance.tracing.trace import Trace, trace_line
from ledger.errors import Misuse
from ledger.plain import plain_amount
from ledger.store import Session
from ledger.store.evidence import evidence_folder
from ledger.store.schema import product_sql, table_name
from ledger.store.tables import ENTRIES, Activity, Entry
from ledger.store.tables.activity import DETAIL_GIVEN

_ENTRY = re.compile(r"B(\d+)-(\d+)")

_POSTINGS = f"""
with line as (
    select * from quantity_row where activity_batch = $batch and activity_seq = $seq and not allocated
),
factor as (
    select * from emission_factor
    qualify row_number() over (partition by factor_id order by batch_no desc, seq desc) = 1
)
select $entry as entry, 'B' || c.batch_no || '-' || c.seq as choice_entry, b.source_name as source_file,
       b.source_sha256, a.sheet, a.source_line,
       json_extract_string(a.tags, '$.source_column') as source_column,
       q.quantity_batch, q.month, q.quantity, k.unit_given as unit, c.sign,
       c.book, c.method, c.line, c.scope, c.scope3_category, c.factor_id, f.dataset, f.licence, f.source_cell,
       f.per_unit as factor_unit, f.co2e_published_kg_per_unit as factor_published, c.reason_code, c.flags, c.gwp_set,
       c.total_co2e_kg_per_unit as per_unit, {product_sql("q.quantity", "c.total_co2e_kg_per_unit", "c.sign")} as amount
from line q
join choice c on c.key_no = q.key_no and c.instrument_id is null
join choice_key k on k.key_no = q.key_no
join activity a on a.batch_no = $batch and a.seq = $seq
join batch b on b.batch_no = $batch
left join factor f on f.factor_id = c.factor_id
order by q.month, c.scope, c.method, c.line, c.batch_no, c.seq
"""


def is_entry(what: str) -> bool:
    """Whether a text is an entry's id."""
    return _ENTRY.fullmatch(what.strip()) is not None


def traced_entry(s: Session, what: str, limit: int) -> Trace:
    """The entry's own columns and its batch as facts; an activity's postings as lines. Raises Misuse for no entry."""
    match = _ENTRY.fullmatch(what.strip())
    if match is None:
        raise Misuse(f"'{what}' is not an entry", "write B12-3")
    batch_no, seq = int(match[1]), int(match[2])
    table, row = _entry_row(s, batch_no, seq)
    facts = {"table": table_name(table), **row, **_batch_facts(s, batch_no)}
    if documents := attachments(s, (batch_no, seq)):
        facts["documents"] = [f"{one.name} ({one.sha256}, {one.bytes} bytes)" for one in documents]
    if said := review_lines(s, (f"B{batch_no}-{seq}", f"B{batch_no}")):
        facts["review"] = said
    facts |= computing_facts(s, table_name(table), batch_no, seq)
    if table is not Activity:
        return Trace(what, None, "", (), 0, Decimal(0), facts)
    facts |= _detail_facts(s, batch_no, seq)
    postings = s.arrow(_POSTINGS, {"batch": batch_no, "seq": seq, "entry": what}).to_pylist()
    told = [line for line in postings if line["amount"] is not None]
    facts["not_quantified"] = [
        f"{line['line']}: {line['reason_code']}" for line in postings if line["amount"] is None and line["sign"] == 1
    ]
    facts |= _history(s, batch_no, seq)
    return Trace(
        what, None, "kg CO2e", tuple(trace_line(line, "kg") for line in told[:limit]), len(told), Decimal(0), facts
    )


def _history(s: Session, batch_no: int, seq: int) -> dict[str, Any]:
    """Which entries took this one back, and which stand in its place."""
    reversals = s.rows(
        "select batch_no, seq from activity where reverses_batch = ? and reverses_seq = ?", [batch_no, seq]
    )
    replacements = s.rows(
        "select activity_batch, activity_seq from activity_detail where replaces = ? and activity_batch > ? "
        "order by all",
        [f"B{batch_no}-{seq}", batch_no],
    )
    made: dict[str, Any] = {"reversed_by": [f"B{row[0]}-{row[1]}" for row in reversals]}
    return made | ({"replaced_by": [f"B{row[0]}-{row[1]}" for row in replacements]} if replacements else {})


def _entry_row(s: Session, batch_no: int, seq: int) -> tuple[type[Entry], dict[str, Any]]:
    for table in ENTRIES:
        result = s.con.execute(f"select * from {table_name(table)} where batch_no = ? and seq = ?", [batch_no, seq])
        names = [column[0] for column in result.description]
        rows = result.fetchall()
        if rows:
            return table, {name: value for name, value in zip(names, rows[0], strict=True) if value is not None}
    raise Misuse(f"this ledger has no entry B{batch_no}-{seq}", "entries stand in reports and in the trace of a figure")


def _detail_facts(s: Session, batch_no: int, seq: int) -> dict[str, Any]:
    """The rare fields of an activity, and the terms that its quantity follows from, each with where it was read."""
    own = "where activity_batch = $batch and activity_seq = $seq"
    here = {"batch": batch_no, "seq": seq}
    listed = s.arrow(f"select {DETAIL_GIVEN}", here)
    facts = {name: value for row in listed.to_pylist() for name, value in row.items() if value is not None}
    terms = s.arrow(f"select name, value, unit, basis, source from activity_parameter {own} order by name", here)
    told = [
        f"{row['name']} = {plain_amount(row['value'])}{'' if row['unit'] == '1' else ' ' + row['unit']} ({row['basis']}"
        f"{'; ' + row['source'] if row['source'] else ''})"
        for row in terms.to_pylist()
    ]
    return facts | ({"terms": told} if told else {})


def _batch_facts(s: Session, batch_no: int) -> dict[str, Any]:
    kind, actor, recorded_at, name, sha256, reason = s.one(
        "select kind, actor, recorded_at, source_name, source_sha256, reason from batch where batch_no = ?", [batch_no]
    )
    facts: dict[str, Any] = {"batch_kind": kind, "actor": actor, "recorded_at": recorded_at.isoformat()}
    if name is not None:
        facts |= {"source_file": name, "source_sha256": sha256}
        kept = evidence_folder(s.path) / str(sha256)
        facts["kept_at"] = str(kept) if kept.exists() else "not kept"
    if reason is not None:
        facts["reason"] = reason
    return facts
