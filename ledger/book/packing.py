"""The evidence pack: a report with everything from which a stranger recomputes it, and the program to do so.

One ZIP archive: the report's files, its figures, postings and the entries behind them as canonical text, the leaves of
each batch, the headers of the log, the signed checkpoint, the factors with their licences, the SQL, and
`verify_pack.py`, which needs nothing of ours. Made again from the same checkpoint, the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ledger.assurance import verify_pack
from ledger.assurance.checks.chain import Log, read_log
from ledger.assurance.checks.leaves import ENTRY_TABLES, field_sql, held_entries, leaf_hashes, window_roots
from ledger.assurance.signed.notes import read_notes
from ledger.book.acts.issuing import kept_files
from ledger.book.issued import issued_rows
from ledger.disclosure.documents.document import Document
from ledger.disclosure.figures.quarterly import quarterly_figures
from ledger.disclosure.quarterly.document import QUARTERLY, quarterly_document
from ledger.errors import Misuse
from ledger.inventory import Inventory, Period, posting_lines
from ledger.inventory.posted import boundary_at_pins
from ledger.plain import FORMULA_TEXT, NUMBER_TEXT, plain
from ledger.store import Session, ledger_origin
from ledger.store.canonical import hashed_columns
from ledger.store.checkpoint import Checkpoint, SignedCheckpoint, checkpoints_path, signed, signing_key
from ledger.tabular import Tabular

if TYPE_CHECKING:
    import pyarrow as pa

FORMAT = 2
README = """An evidence pack of {label}, as the ledger {origin} stood at size {size}.

  python verify_pack.py THIS.zip
  python verify_pack.py THIS.zip --checkpoint KEPT.txt      held against a checkpoint that you kept

report/            the report in its formats; where they are the bytes that were issued, issued.json names their entry
figures.json       every figure of the report by its id, unrounded
postings.csv       one row for each posting: sign x quantity x kg per unit, and its share in the view
entries.jsonl      every entry that a posting follows from: canonical text, whose digest is a leaf of the log's trees
leaves/            the leaves of each batch concerned, 32 bytes each, in order
headers.jsonl      the header of every batch: the leaves of the log
checkpoint.txt     size and root of the log, signed
boundary.json      what stands where in the view, and at which share; up to which batch each month is read
                   in CSV an apostrophe before = + - @ keeps a text from becoming a formula; it is no part of it
factors.csv        the factors used, with dataset, edition, licence and source cell
sql/               the statements that chose factors and made the figures
manifest.json      the digest of every file
manifest.txt       the digest of the manifest, signed

Shares of a view rest on holdings and leases, and are not recomputed by verify_pack.py; boundary.json tells each with
its reason. Of batches only in part in this pack, the other entries are known by their leaves alone.
"""
_STAMP = (1980, 1, 1, 0, 0, 0)
_FACTORS = """
select factor_id, dataset, edition, version, activity_type, kind, line, country, region, per_unit,
       co2e_published_kg_per_unit, gwp_set, licence, redistributable, verification, source_cell, source_sha256
from emission_factor where list_contains($used, factor_id) and batch_no <= $size
qualify row_number() over (partition by factor_id order by batch_no desc, seq desc) = 1 order by factor_id
"""


@dataclass(frozen=True, slots=True)
class Packed(Tabular):
    """The pack that was written: its file, checkpoint, and how many postings, entries and batches are in it."""

    path: Path
    checkpoint: Checkpoint
    postings: int
    entries: int
    batches: int
    issued: bool = False


def write_pack(s: Session, of: Period, view: str, size: int | None, file: Path, formats: tuple[str, ...]) -> Packed:
    """Write the evidence pack of a period under a view, as the ledger stood at a size (now when None).

    Raises Misuse where the file is there already, or what :func:`quarterly_figures` raises.
    """
    if file.exists():
        raise Misuse(f"{file} is there already", "name another file; nothing was overwritten")
    document = quarterly_document(quarterly_figures(s, of, view, size))
    now = document.figures.current
    lines = posting_lines(s, of, view, now.checkpoint.size)
    if not lines.num_rows:
        raise Misuse(
            f"{of.label} has no postings at size {now.checkpoint.size}: there is nothing to prove",
            "see which periods have figures with ghg status, and run ghg calculate after an upload",
        )
    boundary = _boundary(s, now)  # reads the pins that the lines were made with
    log = read_log(s)
    members = _report(s, document, formats)
    members["figures.json"] = _json({k: v for k, v in document.amounts.items() if k.startswith(f"{of.label}/")})
    members["postings.csv"], members["postings.parquet"] = _tables(s, lines)
    factors = s.arrow(_FACTORS, {"used": _used(lines), "size": now.checkpoint.size})
    members["factors.csv"] = _tables(s, factors)[0]
    members["headers.jsonl"] = _jsonl(log.texts[: now.checkpoint.size])
    members["checkpoint.txt"] = _note(s, now.checkpoint).encode()
    members["boundary.json"] = _json(boundary)
    entries = list(_entries(s, of, now.checkpoint.size, _used(lines)))
    batches = sorted({int(entry["entry"][1:].split("-")[0]) for entry in entries})
    members["entries.jsonl"] = _jsonl(entries)
    members |= _leaves(s, log, batches)
    members |= _statements()
    members["verify_pack.py"] = Path(verify_pack.__file__).read_bytes()
    label = README.format(label=of.label, origin=now.checkpoint.origin, size=now.checkpoint.size)
    members["README.txt"] = label.encode()
    members["manifest.json"] = _manifest(s, of, now, members)
    members["manifest.txt"] = _signed(now.checkpoint, members["manifest.json"]).encode()
    _write(file, members)
    issued = "issued.json" in members
    return Packed(file, now.checkpoint, lines.num_rows, len(entries), len(batches), issued)


def _report(s: Session, document: Document, formats: tuple[str, ...]) -> dict[str, bytes]:
    """The report's files: those that were issued from this checkpoint, with a note that says so, else made anew."""
    now = document.figures.current
    rows = issued_rows(s, QUARTERLY, now.period, now.view)
    row = next((row for row in reversed(rows) if row.checkpoint_size == now.checkpoint.size), None)
    if row is None:
        return {f"report/quarterly.{name}": made for name, made in document.made(formats).items()}
    members = {f"report/quarterly.{form}": content for form, (_, content) in kept_files(s.path, row, formats).items()}
    note = {"entry": row.entry, "issued_at": row.recorded_at, "person": row.person, "files": row.files}
    members["issued.json"] = _json(note | {"issued_at": row.recorded_at.strftime("%Y-%m-%dT%H:%M:%SZ")})
    return members


def _json(value: Any) -> bytes:
    return (json.dumps(plain(value), ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _jsonl(values: list[Any]) -> bytes:
    return "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values).encode()


def _tables(s: Session, rows: pa.Table) -> tuple[bytes, bytes]:
    """The rows as CSV, decimals with every digit, instants as they are hashed, null as nothing; and as Parquet."""
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet

    texts = [
        f'"{column.name}"::varchar as "{column.name}"' if pa.types.is_decimal(column.type)
        else f"strftime(\"{column.name}\", '%Y-%m-%dT%H:%M:%S.%fZ') as \"{column.name}\""
        if pa.types.is_timestamp(column.type) else _guarded(column.name) if pa.types.is_string(column.type)
        else f'"{column.name}"'
        for column in rows.schema
    ]  # fmt: skip
    told, kept = io.BytesIO(), io.BytesIO()
    with s.given(packed=rows):
        pyarrow.csv.write_csv(s.arrow(f"select {', '.join(texts)} from packed"), told)
    pyarrow.parquet.write_table(rows, kept)
    return told.getvalue(), kept.getvalue()


def _guarded(column: str) -> str:
    """SQL: the texts of a column as :func:`ledger.plain.guarded` has them."""
    formula = "regexp_matches(\"{0}\", '{1}') and not regexp_full_match(\"{0}\", '{2}')".format(
        column, FORMULA_TEXT.replace("'", "''"), NUMBER_TEXT
    )
    return f'case when {formula} then concat(\'\'\'\', "{column}") else "{column}" end as "{column}"'


def _used(lines: pa.Table) -> list[str]:
    return sorted({name for name in lines.column("factor_id").unique().to_pylist() if name})


def _boundary(s: Session, now: Inventory) -> dict[str, Any]:
    """What stands where and at which share, as spans of days and as parts of months, and the pin of each month."""
    found = boundary_at_pins(s, now.period, now.view, now.checkpoint.size)
    pins = s.rows("select month, legal_entity_id, pin, allocation_pin from pin order by 1, 2 nulls first")
    names = ("month", "legal_entity_id", "pin", "allocation_pin")
    parts = [asdict(part) | {"share": f"{part.share:.12f}"} for part in found.parts()]
    if found.is_whole:  # every posting counts as it is posted
        told = {"applies": "all", "entity": None, "consolidation_group": None, "scope3_category": None}
        parts = [part | told for part in parts if part["applies"] == "own"]
    return {
        "view": now.view,
        "spans": found.spans,
        "parts": parts,
        "pins": [dict(zip(names, row, strict=True)) for row in pins],
    }


def _entries(s: Session, of: Period, size: int, used: list[str]) -> Iterator[dict[str, str]]:
    """Id and canonical text of every entry that the postings, factors and signatures follow from."""
    month = f"between date '{of.months[0]}' and date '{of.months[-1]}'"
    sliced = f"(batch_no, seq) in (select (activity_batch, activity_seq) from activity_slice where month {month})"
    keys = f"key_no in (select key_no from choice_key where month {month})"
    wanted = {
        "activity": f"month {month} or {sliced}",
        "activity_slice": f"month {month}",
        "allocation": f"month {month}",
        "choice_key": keys,
        "choice": keys,
        "emission_factor": "list_contains($used, factor_id)",
        "setting": "name = 'signing_key'",
        "key_event": "event in ('rotated', 'vouched')",
        "period_event": "event in ('closed', 'restated')",
    }
    for name, condition in wanted.items():
        table = ENTRY_TABLES[name]
        fields = ", ".join(field_sql(table, column) for column in hashed_columns(table))
        text = f"concat('1:1{len(name)}:{name}', {fields})"
        values = {"used": used} if "$used" in condition else None
        for batch, seq, said in s.rows(
            f"select batch_no, seq, {text} from {name} where batch_no <= {size} and ({condition}) "
            "order by batch_no, seq",
            values,
        ):
            yield {"entry": f"B{batch}-{seq}", "text": said}


def _leaves(s: Session, log: Log, batches: list[int]) -> dict[str, bytes]:
    """Every leaf of the batches, in order."""
    held = held_entries(s)
    made = {}
    for number in batches:
        header = log.headers[number - 1]
        windows = len(window_roots(s, header, held[number]))
        leaves = [leaf for window in range(windows) for leaf in leaf_hashes(s, header, held[number], window)]
        made[f"leaves/B{number}.bin"] = b"".join(leaves)
    return made


def _note(s: Session, checkpoint: Checkpoint) -> str:
    """The signed note of a size, the one with the most signatures. Raises Misuse where none was kept."""
    path = checkpoints_path(s.path)
    notes = [note for note in read_notes(path.read_bytes())[0] if note.size == checkpoint.size] if path.exists() else []
    if not notes:
        raise Misuse(f"no signed checkpoint of size {checkpoint.size} is kept", "ghg verify tells what is missing")
    best = max(notes, key=lambda note: len(note.signatures))
    return SignedCheckpoint(checkpoint, best.signatures).note()


def _signed(checkpoint: Checkpoint, manifest: bytes) -> str:
    """The digest of the manifest as a note, signed by who makes the pack: it binds every file, the report's too."""
    digest = hashlib.sha256(manifest).hexdigest()
    return signed(Checkpoint(f"{checkpoint.origin}/pack", checkpoint.size, digest), signing_key()).note()


def _statements() -> dict[str, bytes]:
    """The SQL by which factors were chosen and figures made, as this version has it."""
    root = Path(verify_pack.__file__).parent.parent  # the package
    found = sorted(path for room in ("calculation", "inventory") for path in (root / room).rglob("*.sql"))
    return {f"sql/{path.relative_to(root).as_posix()}": path.read_bytes() for path in found}


def _manifest(s: Session, of: Period, now: Inventory, members: dict[str, bytes]) -> bytes:
    return _json(
        {
            "format": FORMAT,
            "origin": ledger_origin(s),
            "period": {"label": of.label, "months": of.months},
            "view": now.view,
            "checkpoint": {"size": now.checkpoint.size, "root": now.checkpoint.root},
            "files": {name: hashlib.sha256(content).hexdigest() for name, content in members.items()},
        }
    )


def _write(file: Path, members: dict[str, bytes]) -> None:
    partial = file.with_name(f".{file.name}.partial")
    try:
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in sorted(members):
                entry = zipfile.ZipInfo(name, _STAMP)
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, members[name], zipfile.ZIP_DEFLATED)
        partial.replace(file)
    except OSError as fault:
        partial.unlink(missing_ok=True)
        raise Misuse(f"{file} cannot be written: {fault.strerror}", "name a place with room for it") from fault
