"""Proofs: of an entry, the hashes beside its way to the root of the log; of two sizes, that one continues the first."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from ledger.assurance.checks.chain import Log
from ledger.assurance.checks.leaves import ENTRY_TABLES, WINDOW, held_entries, leaf_hashes, window_roots
from ledger.assurance.verification import Consistency, Faults, Proof
from ledger.errors import Misuse
from ledger.store import Session
from ledger.store.canonical import canonical_text, tree_root

_ENTRY = re.compile(r"B(\d+)-(\d+)")


def entry_proof(s: Session, entry: str, log: Log, faults: Faults) -> Proof | None:
    """The proof that an entry is in the log, or a finding where it does not lead to the recorded roots.

    Raises Misuse where the text names no entry, or the ledger has no such entry.
    """
    match = _ENTRY.fullmatch(entry.strip())
    if match is None:
        raise Misuse(f"'{entry}' is not an entry", "write B12-3 for entry 3 of batch 12")
    number, seq = int(match[1]), int(match[2])
    place = next((place for place, header in enumerate(log.headers) if header["batch_no"] == number), None)
    found = _row(s, number, seq)
    if place is None or found is None:
        raise Misuse(f"the ledger has no entry {entry}", "ghg trace shows the entries of a figure")
    table, text = found
    header = log.headers[place]
    held = held_entries(s).get(number, {})
    window = (seq - 1) // WINDOW
    leaves = leaf_hashes(s, header, held, window)
    leaf = hashlib.sha256(b"\x00" + text.encode()).digest()
    path = audit_path(leaves, (seq - 1) % WINDOW)
    path += audit_path(window_roots(s, header, held), window)
    root = root_of(leaf, path)
    if root.hex() != header["entries_root"]:
        words = f"{entry} does not lead to the root of its batch: verify the whole ledger to see what was changed"
        faults.add("batch-root", words, entry=entry)
    log_path = audit_path(log.leaves, place)
    return Proof(
        entry=entry,
        table=table,
        text=text,
        leaf=leaf.hex(),
        path=tuple((side, beside.hex()) for side, beside in path),
        entries_root=header["entries_root"],
        header=log.texts[place],
        log_path=tuple((side, beside.hex()) for side, beside in log_path),
        root=log.root,
        reversed_by=_reversals(s, table, number, seq),
    )


def audit_path(leaves: Sequence[bytes], place: int) -> list[tuple[str, bytes]]:
    """The neighbours on the way from a leaf to the root (RFC 6962, 2.1.1), with the side on which each stands."""
    path = []
    level = list(leaves)
    while len(level) > 1:
        beside = place ^ 1
        if beside < len(level):
            path.append(("left" if beside < place else "right", level[beside]))
        level = [
            hashlib.sha256(b"\x01" + level[i] + level[i + 1]).digest() if i + 1 < len(level) else level[i]
            for i in range(0, len(level), 2)
        ]
        place //= 2
    return path


def consistency(log: Log, first: int, second: int | None = None) -> Consistency:
    """The proof that the log at size ``second`` (as it is where None) begins with all of it at size ``first``.

    Raises Misuse for sizes that the log never had, or in the wrong order.
    """
    last = log.size if second is None else second
    if not 1 <= first <= last <= log.size:
        raise Misuse(f"there is no proof from size {first} to {last}", f"give two sizes from 1 to {log.size}, in order")
    path = tuple(beside.hex() for beside in _subproof(first, log.leaves[:last], whole=True))
    return Consistency(log.origin, first, log.roots[first], last, log.roots[last], path)


def _subproof(size: int, leaves: Sequence[bytes], *, whole: bool) -> list[bytes]:
    """SUBPROOF of RFC 6962, 2.1.2: ``whole`` is its third argument, that the verifier knows this subtree's root."""
    if size == len(leaves):
        return [] if whole else [tree_root(leaves)]
    split = 1 << (len(leaves) - 1).bit_length() - 1  # the largest power of two below their number
    if size <= split:
        return [*_subproof(size, leaves[:split], whole=whole), tree_root(leaves[split:])]
    return [*_subproof(size - split, leaves[split:], whole=False), tree_root(leaves[:split])]


def root_of(leaf: bytes, path: Sequence[tuple[str, bytes]]) -> bytes:
    """The root that a leaf and its path lead to."""
    for side, beside in path:
        left, right = (beside, leaf) if side == "left" else (leaf, beside)
        leaf = hashlib.sha256(b"\x01" + left + right).digest()
    return leaf


def _reversals(s: Session, table: str, number: int, seq: int) -> tuple[str, ...]:
    """The entries that take an entry back, where its table has such."""
    if "reverses_batch" not in ENTRY_TABLES[table].__table__.columns:  # type: ignore[attr-defined]
        return ()
    sql = f"select batch_no, seq from {table} where reverses_batch = ? and reverses_seq = ? order by 1, 2"
    return tuple(f"B{batch}-{own}" for batch, own in s.rows(sql, [number, seq]))


def _row(s: Session, number: int, seq: int) -> tuple[str, str] | None:
    """Table and canonical text of an entry."""
    for name, table in ENTRY_TABLES.items():
        columns = list(table.__table__.columns.keys())  # type: ignore[attr-defined]
        listed = ", ".join(f'"{column}"' for column in columns)
        rows = s.rows(f"select {listed} from {name} where batch_no = ? and seq = ? limit 1", [number, seq])
        if rows:
            return name, canonical_text(table, dict(zip(columns, rows[0], strict=True)))
    return None
