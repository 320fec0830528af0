"""Rebuilding: a new ledger file from the rows kept as evidence, which must give the roots that were signed.

For when the file itself is damaged: everything that was ever committed lies beside it as Parquet, batch by batch.
"""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ledger.assurance.checks.chain import Log, check_own_checkpoints, read_log
from ledger.assurance.checks.kept import kept_tables, listed_sql, parts_of, typed_sql
from ledger.assurance.checks.leaves import leaves_root
from ledger.assurance.signed.keys import read_keys
from ledger.assurance.verification import Faults
from ledger.calculation.recording import total_periods
from ledger.errors import Damage, Misuse
from ledger.store import Session, session
from ledger.store.canonical import canonical_text, tree_root
from ledger.store.checkpoint import Checkpoint, last_note
from ledger.store.evidence import sealed_parts
from ledger.store.people_file import people_path, write_private
from ledger.store.schema import create_schema
from ledger.store.session import log_path, side_folder
from ledger.store.snapshot import SIDES
from ledger.store.tables import Batch
from ledger.tabular import Tabular

_UNSIGNED = (
    "checkpoint-file-missing", "checkpoint-signature", "checkpoint-not-noted", "key-unknown", "key-revoked",
    "key-replaced",
)  # fmt: skip
_BEGINNING = "bring the evidence folder back from a copy, and rebuild again"


@dataclass(frozen=True, slots=True)
class Rebuilt(Tabular):
    """The new ledger: where, how many batches and entries, its root, and whether a signed checkpoint has the same."""

    path: Path
    size: int
    entries: int
    root: str
    signed: bool


def rebuild(ledger: Path, new: Path) -> Rebuilt:
    """Make a ledger anew at ``new`` from what lies beside ``ledger``, whose own file is not opened.

    Raises Misuse where ``new`` is there already or nothing was kept, Damage where the kept rows of a batch do not
    give the root in its header, a batch is missing, or the root is not the one that was signed.
    """
    evidence = side_folder(ledger, "evidence")
    if new.exists() or side_folder(new, "evidence").exists():
        raise Misuse(f"{new} is there already", "name another file for the rebuilt ledger")
    if not sealed_parts(ledger):
        raise Misuse(f"{evidence} holds no rows of a ledger", "name the ledger whose evidence folder is whole")
    new.parent.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copytree(evidence, side_folder(new, "evidence"))
        for side in SIDES:
            if side == "people" and people_path(ledger).exists():
                write_private(people_path(new), people_path(ledger).read_bytes())
            elif side_folder(ledger, side).exists():
                shutil.copy2(side_folder(ledger, side), side_folder(new, side))
        with session(new, "write", create=True) as s:
            create_schema(s)
            entries = sum(_put_back(s, header) for header in _kept_headers(s))
            s.run("checkpoint")
            log = read_log(s)
            signed = _is_signed(s, log)
    except BaseException:
        _forget(new)
        raise
    return Rebuilt(new, log.size, entries, log.root, signed)


def _kept_headers(s: Session) -> list[dict[str, Any]]:
    """The kept headers of one unbroken row of batches, in order.

    An upload that ended just before its commit has left a header too, and another batch has its number: the one is
    taken that the next header names; where none follows, the one that was signed, or else the later.
    """
    files = [part for folder in sealed_parts(s.path) if (part := folder / "batch.parquet").exists()]
    names = [column.name for column in Batch.__table__.columns]  # type: ignore[attr-defined]
    read = f"{typed_sql(Batch, names, names)} from read_parquet({listed_sql(files)}, union_by_name = true)"
    if fault := s.attempted(f"create or replace temp table kept_batch as {read}"):
        raise Damage(f"the kept headers cannot be read: {fault}", _BEGINNING)
    listed = ", ".join(f'"{name}"' for name in names)
    rows = s.rows(f"select {listed} from kept_batch order by batch_no, recorded_at")
    kept: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        header = dict(zip(names, row, strict=True))
        kept.setdefault(header["batch_no"], []).append(header)
    note = last_note(s.path)
    chains = [_chain(kept, last) for last in reversed(kept[max(kept)])]
    return next((chain for chain in chains if note is None or _extends(chain, note)), chains[0])


def _chain(kept: dict[int, list[dict[str, Any]]], last: dict[str, Any]) -> list[dict[str, Any]]:
    """The headers that lead up to a last one. Raises Damage where a number has none."""
    chosen = [last]
    for number in range(max(kept) - 1, 0, -1):
        if number not in kept:
            raise Damage(f"the rows of batch {number} are not kept, but later ones are", _BEGINNING)
        named = [header for header in kept[number] if _leaf(header).hex() == chosen[-1]["previous_head"]]
        chosen.append((named or kept[number])[-1])
    return chosen[::-1]


def _extends(headers: list[dict[str, Any]], note: Checkpoint) -> bool:
    return tree_root([_leaf(header) for header in headers[: note.size]]).hex() == note.root


def _leaf(header: dict[str, Any]) -> bytes:
    return hashlib.sha256(b"\x00" + canonical_text(Batch, header).encode()).digest()


def _put_back(s: Session, header: dict[str, Any]) -> int:
    """One batch put back in one transaction, once its rows give the root in its header; gives its entries."""
    number = header["batch_no"]
    faults = Faults()
    present = kept_tables(s, parts_of(s.path, header["idempotency_key"]), number, faults)
    if present is None:
        raise Damage(faults.told()[0].message, _BEGINNING)
    sources = {name: f"kept_{name}" for name in present}
    if leaves_root(s, sources, number, header["entry_count"]) != header["entries_root"]:
        raise Damage(f"the rows kept of batch {number} do not give the root in its header", _BEGINNING)
    s.run("begin transaction")
    for name in present:
        s.run(f"insert into {name} by name select * from kept_{name} order by seq")
    s.run("insert into batch by name select * from kept_batch where idempotency_key = ?", [header["idempotency_key"]])
    total_periods(s, number)
    s.run("commit")
    for name in present:
        s.run(f"drop table kept_{name}")
    return int(header["entry_count"])


def _is_signed(s: Session, log: Log) -> bool:
    """Whether the signed checkpoints beside the ledger say the same. Raises Damage where they say otherwise."""
    faults = Faults()
    check_own_checkpoints(s.path, log, read_keys(s, log), faults)
    broken = [finding for finding in faults.told() if finding.code in ("not-an-extension", "ledger-shorter")]
    if broken:
        raise Damage(f"what was kept is not what was signed: {broken[0].message}", _BEGINNING)
    return not any(faults.counts[code] for code in _UNSIGNED)


def _forget(new: Path) -> None:
    """Take away what a rebuild that failed has made."""
    for path in (new, log_path(new), *(side_folder(new, side) for side in (*SIDES, "lock", "queue"))):
        path.unlink(missing_ok=True)
    for folder in ("evidence", "stage", "spill"):
        shutil.rmtree(side_folder(new, folder), ignore_errors=True)
