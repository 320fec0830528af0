"""Which entry it is: a damaged batch is held, table by table, against the rows kept beside the ledger as Parquet.

Neither side is trusted. Where the kept rows give the root that the header records, they are the original.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlmodel import SQLModel

from ledger.assurance.checks.leaves import ENTRY_TABLES, Held, leaves_root
from ledger.assurance.checks.shape import sql_type
from ledger.assurance.verification import Faults
from ledger.store import Session
from ledger.store.evidence import DETAILS_PART, KEYS_PART
from ledger.store.session import side_folder
from ledger.store.tables import Activity, ActivityDetail, Batch

_BATCH: type[SQLModel] = Batch


def name_entries(s: Session, header: dict[str, Any], held: dict[str, Held], faults: Faults) -> None:
    """Name every entry of a damaged batch that is not as it was kept: changed, moved, missing, extra, duplicated."""
    number = header["batch_no"]
    folder = parts_of(s.path, header["idempotency_key"])
    if not folder.is_dir():
        words = f"no rows of batch {number} were kept, so its entries cannot be named"
        faults.add("evidence-missing", words, entry=f"B{number}", file=folder.name)
        return
    present = kept_tables(s, folder, number, faults)
    if present is None:
        return
    for name in ENTRY_TABLES:
        if name in present:
            _compare(s, name, number, faults)
        elif name in held:
            _tell_rows(s, "entry-extra", name, number, f"from {name} where batch_no = {number}", faults)
    sources = {name: f"kept_{name}" for name in present}
    if leaves_root(s, sources, number, header["entry_count"]) != header["entries_root"]:
        words = f"the rows kept of batch {number} do not give its root either: they, or its header, were changed too"
        faults.add("batch-root", words, entry=f"B{number}")
    for name in present:
        s.run(f"drop table kept_{name}")


def name_headers(s: Session, headers: Sequence[dict[str, Any]], faults: Faults) -> None:
    """Name every header that is not as it was kept, with its columns; and kept ones that are missing."""
    files = sorted(side_folder(s.path, "evidence").resolve().glob("parts/*/batch.parquet"))
    if not files:
        return
    columns = [column.name for column in _BATCH.__table__.columns]  # type: ignore[attr-defined]
    readable = [file for file in files if s.attempted(f"select * from read_parquet({listed_sql([file])})") is None]
    if not readable:
        return
    fault = s.attempted(
        f"create or replace temp table kept_batch as {typed_sql(_BATCH, columns, columns)} "
        f"from read_parquet({listed_sql(readable)}, union_by_name = true)"
    )
    if fault is not None:
        faults.add("evidence-changed", f"the kept headers cannot be read: {fault}")
        return
    said = _differences(columns)
    for number, differs in s.rows(
        f"select batch_no, {said} from batch h join kept_batch k using (batch_no) where len({said}) > 0 "
        "and (h.idempotency_key = k.idempotency_key or not exists (select 1 from kept_batch o "  # an orphan's header
        "where o.batch_no = h.batch_no and o.idempotency_key = h.idempotency_key)) order by 1"
    ):
        words = f"the header of batch {number} is not as it was kept: {'; '.join(differs)}"
        faults.add("header-changed", words, entry=f"B{number}")
    known = {header["batch_no"] for header in headers}
    for number, kind in s.rows("select batch_no, kind from kept_batch order by 1"):
        if number not in known:
            faults.add("batch-gap", f"batch {number} ({kind}) was kept and is not in the ledger", entry=f"B{number}")


def parts_of(ledger: Path, idempotency_key: str) -> Path:
    """Where the rows of a batch are kept; not made here."""
    return side_folder(ledger, "evidence").resolve() / "parts" / idempotency_key


def stage_parts(folder: Path) -> list[Path]:
    """The parts of an upload's stage: what is named after no table."""
    own = {f"{name}.parquet" for name in (*ENTRY_TABLES, "batch")} | {KEYS_PART, DETAILS_PART}
    return sorted(part for part in folder.glob("*.parquet") if part.name not in own)


def kept_tables(s: Session, folder: Path, number: int, faults: Faults) -> list[str] | None:
    """Temp tables kept_<table> of the rows kept of a batch; gives the tables, None where a part cannot be read."""
    present = []
    for name, table in ENTRY_TABLES.items():
        columns = [column.name for column in table.__table__.columns]  # type: ignore[attr-defined]
        part = folder / f"{name}.parquet"
        if part.exists():
            source, given = f"read_parquet({listed_sql([part])})", columns
        elif table is Activity and (stage := stage_parts(folder)):
            source, given = _stage_source(s, folder, stage)
        elif table is ActivityDetail and (folder / DETAILS_PART).exists():
            source, given = _details_source(s, folder, number)
        else:
            continue
        made = f"create or replace temp table kept_{name} as {typed_sql(table, columns, given, number)} from {source}"
        fault = s.attempted(made)
        if fault is not None:
            words = f"the kept rows of '{name}' of batch {number} cannot be read, its entries not be named: {fault}"
            faults.add("evidence-changed", words, entry=f"B{number}", file=folder.name)
            return None
        present.append(name)
    return present


def _stage_source(s: Session, folder: Path, stage: list[Path]) -> tuple[str, list[str]]:
    """The stage of an upload with the keys its rows were given, and which columns of `activity` that gives."""
    source = f"read_parquet({listed_sql(stage)})"
    held = [] if s.attempted(f"describe select * from {source}") else s.rows(f"describe select * from {source}")
    given = [row[0] for row in held if row[0] in Activity.model_fields and row[0] != "key_no"]
    if (folder / KEYS_PART).exists():
        keys = f"read_parquet({listed_sql([folder / KEYS_PART])})"
        source = f"(select t.*, kept_key.key_no from {source} t left join {keys} kept_key using (seq))"
        given.append("key_no")
    return source, given


def _details_source(s: Session, folder: Path, number: int) -> tuple[str, list[str]]:
    """The details that lie in the stage of an upload, by the numbers that they were given, and their columns there."""
    stage = f"read_parquet({listed_sql(stage_parts(folder))})"
    held = [] if s.attempted(f"describe select * from {stage}") else s.rows(f"describe select * from {stage}")
    given = [row[0] for row in held if row[0] in ActivityDetail.model_fields and row[0] != "seq"]
    fields = "".join(f', t."{name}"' for name in given)
    source = (
        f"(select k.seq, {number}::bigint as activity_batch, k.activity_seq{fields} "
        f"from read_parquet({listed_sql([folder / DETAILS_PART])}) k join {stage} t on t.seq = k.activity_seq)"
    )
    return source, ["seq", "activity_batch", "activity_seq", *given]


def typed_sql(table: type[SQLModel], columns: Sequence[str], given: Sequence[str], number: int | None = None) -> str:
    """SELECT of a table's columns from a kept source, in their declared types; the batch number is given."""
    made = []
    for name in columns:
        kind = sql_type(table.__table__.columns[name].type)  # type: ignore[attr-defined]
        if name == "batch_no" and number is not None:
            made.append(f"{number}::bigint as batch_no")
        elif name in given:
            made.append(f'"{name}"::{kind} as "{name}"')
        else:
            made.append(f'null::{kind} as "{name}"')
    return "select " + ", ".join(made)


def _compare(s: Session, name: str, number: int, faults: Faults) -> None:
    own = f"(select * from {name} where batch_no = {number})"
    _tell_rows(s, "entry-missing", name, number, f"from kept_{name} k anti join {own} h using (seq)", faults)
    _tell_rows(s, "entry-extra", name, number, f"from {own} h anti join kept_{name} k using (seq)", faults)
    _tell_rows(s, "entry-duplicated", name, number, f"from {own} group by seq having count(*) > 1", faults)
    columns = [c.name for c in ENTRY_TABLES[name].__table__.columns if c.name not in ("batch_no", "seq")]  # type: ignore[attr-defined]
    said = _differences(columns)
    joined = f"from {own} h join kept_{name} k using (seq) where len({said}) > 0"
    count = s.one(f"select count(*) {joined}")[0]
    if not count:
        return
    changed = s.rows(f"select seq, {said} {joined} order by seq limit {faults.room('entry-changed')}")
    moved = _moved(s, name, number, columns, [seq for seq, _ in changed])
    for seq, differs in changed:
        entry = f"B{number}-{seq}"
        if seq in moved:
            words = f"{name} {entry} holds what was kept as B{number}-{moved[seq]}: entries were put in another order"
            faults.add("entry-moved", words, entry=entry, value=name)
        else:
            words = f"{name} {entry} is not as it was kept: {'; '.join(differs)}"
            faults.add("entry-changed", words, entry=entry, value=name)
    if count > len(changed):
        faults.counts["entry-changed"] += count - len(changed)


def _differences(columns: Sequence[str]) -> str:
    """SQL: in words, each column in which aliases h (held) and k (kept) differ."""
    cases = ", ".join(
        f"case when h.\"{name}\"::varchar is distinct from k.\"{name}\"::varchar then concat('{name} is ', "
        f"coalesce(left(h.\"{name}\"::varchar, 80), 'null'), ', was ', "
        f"coalesce(left(k.\"{name}\"::varchar, 80), 'null')) end"
        for name in columns
    )
    return f"list_filter([{cases}], lambda said: said is not null)"


def _moved(s: Session, name: str, number: int, columns: Sequence[str], changed: Sequence[int]) -> dict[int, int]:
    """Of the changed numbers, those whose row was kept, whole, under another of them."""
    if not changed:
        return {}
    numbers = ", ".join(map(str, changed))
    same = " and ".join(f'h."{column}"::varchar is not distinct from k."{column}"::varchar' for column in columns)
    return dict(
        s.rows(
            f"select h.seq, min(k.seq) from {name} h join kept_{name} k on {same} "
            f"where h.batch_no = {number} and h.seq in ({numbers}) and k.seq in ({numbers}) group by h.seq"
        )
    )


def _tell_rows(s: Session, code: str, name: str, number: int, rows: str, faults: Faults) -> None:
    words = {
        "entry-missing": "was kept and is not in the ledger",
        "entry-extra": "is in the ledger and was not kept with its batch",
        "entry-duplicated": "is there more than once",
    }[code]
    room = faults.room(code)
    found = [row[0] for row in s.rows(f"select seq {rows} order by seq limit {room + 1}")]
    for seq in found[:room]:
        faults.add(code, f"{name} B{number}-{seq} {words}", entry=f"B{number}-{seq}", value=name)
    if len(found) > room:
        faults.counts[code] += s.one(f"select count(*) from (select seq {rows})")[0] - room


def listed_sql(files: Sequence[Path]) -> str:
    """SQL list of file names, quoted."""
    return "[" + ", ".join("'" + str(file).replace("'", "''") + "'" for file in files) + "]"
