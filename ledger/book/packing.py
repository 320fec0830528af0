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
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ledger.assurance import verify_pack
from ledger.assurance.chain import Log, read_log
from ledger.assurance.leaves import ENTRY_TABLES, field_sql, held_entries, leaf_hashes, window_roots
from ledger.assurance.notes import read_notes
from ledger.disclosure.documents import report_bytes
from ledger.disclosure.json_document import figure_amounts
from ledger.disclosure.quarterly import quarterly_figures
from ledger.errors import Misuse
from ledger.inventory import Inventory, Period, posting_lines
from ledger.plain import plain
from ledger.store import Session, ledger_origin
from ledger.store.canonical import hashed_columns
from ledger.store.checkpoint import Checkpoint, SignedCheckpoint, checkpoints_path

if TYPE_CHECKING:
    import pyarrow as pa

README = """An evidence pack of {label}, as the ledger {origin} stood at size {size}.

  python verify_pack.py THIS.zip
  python verify_pack.py THIS.zip --checkpoint KEPT.txt      held against a checkpoint that you kept

report/            the report in its formats
figures.json       every figure of the report by its id, unrounded
postings.csv       one row for each posting: sign x quantity x kg per unit, and its share in the view
entries.jsonl      the entries behind them: canonical text, whose digest is a leaf of the log's trees
leaves/            the leaves of each batch concerned, 32 bytes each, in order
headers.jsonl      the header of every batch: the leaves of the log
checkpoint.txt     size and root of the log, signed
boundary.json      what stands where in the view, and at which share
factors.csv        the factors used, with dataset, edition, licence and source cell
sql/               the statements that chose factors and made the figures
manifest.json      the digest of every file

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
class Packed:
    """The pack that was written: its file, checkpoint, and how many postings, entries and batches are in it."""

    path: Path
    checkpoint: Checkpoint
    postings: int
    entries: int
    batches: int


def write_pack(s: Session, of: Period, view: str, size: int | None, file: Path, formats: tuple[str, ...]) -> Packed:
    """Write the evidence pack of a period under a view, as the ledger stood at a size (now when None).

    Raises Misuse where the file is there already, or what :func:`quarterly_figures` raises.
    """
    if file.exists():
        raise Misuse(f"{file} is there already", "name another file; nothing was overwritten")
    figures = quarterly_figures(s, of, view, size)
    now = figures.current
    lines = posting_lines(s, of, view, now.checkpoint.size)
    log = read_log(s)
    made = report_bytes(figures, formats)
    members: dict[str, bytes] = {f"report/quarterly.{name}": content for name, content in made.items()}
    members["figures.json"] = _json({k: v for k, v in figure_amounts(figures).items() if k.startswith(f"{of.label}/")})
    members["postings.csv"], members["postings.parquet"] = _tables(lines)
    members["factors.csv"] = _tables(s.arrow(_FACTORS, {"used": _used(lines), "size": now.checkpoint.size}))[0]
    members["headers.jsonl"] = _jsonl(log.texts[: now.checkpoint.size])
    members["checkpoint.txt"] = _note(s, now.checkpoint).encode()
    members["boundary.json"] = _json(_boundary(now))
    batches = _batches(s, of, lines, now.checkpoint.size)
    entries = list(_entries(s, of, batches, lines))
    members["entries.jsonl"] = _jsonl(entries)
    members |= _leaves(s, log, batches)
    members |= _statements()
    members["verify_pack.py"] = Path(verify_pack.__file__).read_bytes()
    label = README.format(label=of.label, origin=now.checkpoint.origin, size=now.checkpoint.size)
    members["README.txt"] = label.encode()
    _write(file, members | {"manifest.json": _manifest(s, of, now, members)})
    return Packed(file, now.checkpoint, lines.num_rows, len(entries), len(batches))


def _json(value: Any) -> bytes:
    return (json.dumps(plain(value), ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _jsonl(values: list[Any]) -> bytes:
    return "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values).encode()


def _tables(rows: pa.Table) -> tuple[bytes, bytes]:
    """The rows as CSV, decimals with every digit and null as nothing, and as Parquet."""
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet

    texts = [
        rows.column(place).cast(pa.string()) if pa.types.is_decimal(kind.type) or pa.types.is_timestamp(kind.type)
        else rows.column(place)
        for place, kind in enumerate(rows.schema)
    ]  # fmt: skip
    told, kept = io.BytesIO(), io.BytesIO()
    pyarrow.csv.write_csv(pa.table(texts, rows.schema.names), told)
    pyarrow.parquet.write_table(rows, kept)
    return told.getvalue(), kept.getvalue()


def _used(lines: pa.Table) -> list[str]:
    return sorted({name for name in lines.column("factor_id").unique().to_pylist() if name})


def _boundary(now: Inventory) -> dict[str, Any]:
    """What stands where, and the facilities of which nothing is counted on some day of the period."""
    left = {span.facility_id for span in now.boundary if span.placement in ("not_held", "excluded")}
    return {"view": now.view, "spans": now.boundary, "not_counted": sorted(name for name in left if name)}


def _batches(s: Session, of: Period, lines: pa.Table, size: int) -> list[int]:
    """The batches that a posting of the period rests on."""
    named = {entry for name in ("entry", "choice_entry") for entry in lines.column(name).unique().to_pylist() if entry}
    held = {int(entry[1:].split("-")[0]) for entry in named}
    held |= {number for number in lines.column("quantity_batch").unique().to_pylist() if number is not None}
    bounds = [of.months[0], of.months[-1], size]
    allotted = "select distinct batch_no from allocation where month between ? and ? and batch_no <= ?"
    return sorted(held | {row[0] for row in s.rows(allotted, bounds)})


def _entries(s: Session, of: Period, batches: list[int], lines: pa.Table) -> Iterator[dict[str, str]]:
    """Id and canonical text of the entries behind the postings."""
    own = "batch_no in (" + ", ".join(map(str, batches)) + ")" if batches else "false"
    month = f"month between date '{of.months[0]}' and date '{of.months[-1]}'"
    sliced = f"(batch_no, seq) in (select (activity_batch, activity_seq) from activity_slice where {month})"
    choices = sorted({entry for entry in lines.column("choice_entry").unique().to_pylist() if entry})
    wanted = {
        "activity": f"{own} and ({month} or {sliced})",
        "activity_slice": f"{own} and {month}",
        "allocation": f"{own} and {month}",
        "choice": f"{own} and list_contains($choices, concat('B', batch_no, '-', seq))",
    }
    for name, condition in wanted.items():
        table = ENTRY_TABLES[name]
        fields = ", ".join(field_sql(table, column) for column in hashed_columns(table))
        text = f"concat('1:1{len(name)}:{name}', {fields})"
        values = {"choices": choices} if name == "choice" else None
        for batch, seq, said in s.rows(
            f"select batch_no, seq, {text} from {name} where {condition} order by batch_no, seq", values
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


def _statements() -> dict[str, bytes]:
    """The SQL by which factors were chosen and figures made, as this version has it."""
    root = Path(verify_pack.__file__).parent.parent  # the package
    found = sorted(path for room in ("calculation", "inventory") for path in (root / room).rglob("*.sql"))
    return {f"sql/{path.relative_to(root).as_posix()}": path.read_bytes() for path in found}


def _manifest(s: Session, of: Period, now: Inventory, members: dict[str, bytes]) -> bytes:
    keys = [row[0] for row in s.rows("select value from setting where name = 'signing_key' order by batch_no, seq")]
    return _json(
        {
            "format": 1,
            "origin": ledger_origin(s),
            "period": {"label": of.label, "start": of.start, "end": of.end},
            "view": now.view,
            "checkpoint": {"size": now.checkpoint.size, "root": now.checkpoint.root},
            "keys": keys,
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
