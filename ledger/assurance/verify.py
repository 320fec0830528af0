"""Verification: everything is hashed and recomputed from what an outsider can read, and every fault is told."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from ledger.assurance.checks.chain import (
    Log,
    check_chain,
    check_kept_checkpoint,
    check_own_checkpoints,
    kept_notes,
    read_log,
)
from ledger.assurance.checks.evidence import check_control_log, check_evidence
from ledger.assurance.checks.kept import name_entries, name_headers
from ledger.assurance.checks.leaves import damaged_batches, held_entries, tell_orphans
from ledger.assurance.checks.shape import check_shape
from ledger.assurance.proof import consistency, entry_proof
from ledger.assurance.signed.cosign import cosigners
from ledger.assurance.signed.keys import brought_keys, read_keys
from ledger.assurance.signed.notes import read_notes
from ledger.assurance.signed.signed_text import check_public_key
from ledger.assurance.signed.stamps import check_stamps
from ledger.assurance.verification import Faults, Proof, Stamp, Verification
from ledger.errors import Damage, Misuse
from ledger.store import Session, session
from ledger.store.checkpoint import checkpoints_path

__all__ = ["Proof", "Verification", "verify"]


_RECORDED = r"""
select concat('B', batch_no, '-', seq), sha256, name, bytes from evidence
union all
select concat('B', min(batch_no)), regexp_extract(query, '^manifest ([0-9a-f]{64}),', 1) as manifest,
       'manifest of telemetry', null
from measurement where source = 'telemetry' group by manifest having manifest <> ''
"""
"""What the ledger says is kept beside it: entry or batch, SHA-256, name, bytes where they are on record."""


def verify(
    ledger: Path,
    *,
    checkpoint: Path | None = None,
    since: int | None = None,
    entry: str | None = None,
    public_key: str | Sequence[str] | None = None,
    timestamp_ca: Path | None = None,
    auditor_key: str | None = None,
) -> Verification:
    """Whether a ledger holds. Every fault is a finding; nothing stops at the first.

    Args:
        ledger: the ledger's DuckDB file; what lies beside it (checkpoints, evidence, log of refusals) is read too.
        checkpoint: a file of checkpoints kept outside; the ledger must be its continuation.
        since: hash and recompute only the batches after this number; headers and checkpoints are always read whole.
        entry: hash this entry alone (`B12-3`) and give the proof that it is in the log.
        public_key: whom the verifier trusts to sign (base64, Ed25519; one or several); the ledger's first key if None.
        timestamp_ca: certificates (PEM) of time-stamping authorities that the verifier trusts; unchecked if None.
        auditor_key: whose key must have signed the statements of sign-offs (base64, Ed25519); not checked if None.

    Raises:
        Misuse: no such ledger, batch or entry, a kept file that holds no checkpoint, or no key.
        Busy: it is being written.
    """
    started, faults = time.monotonic(), Faults()
    brought = brought_keys([public_key] if isinstance(public_key, str) else public_key or ())
    check_public_key(auditor_key)
    log, entries, proof, anchor = Log([]), 0, None, 0
    stamps: tuple[Stamp, ...] = ()
    try:
        with session(ledger, "read") as s:
            complete = check_shape(s, faults)
            log = read_log(s)
            anchor = _check_log(s, log, checkpoint, brought, faults)
            stamps = check_stamps(s, log, timestamp_ca, faults)
            checked = _after(log, since)
            if entry is not None:
                proof, entries = entry_proof(s, entry, log, faults), 1
            else:
                entries = _check_held(s, log, checked, since or 0, complete, faults, auditor_key)
        check_control_log(ledger, log.headers, faults)
    except Damage as fault:
        faults.add("file-damaged", str(fault), file=ledger.name)
    told, (others, unchecked) = faults.told(), cosigners(ledger, brought)
    ok, seconds = not any(finding.severity == "error" for finding in told), time.monotonic() - started
    continued = consistency(log, anchor) if entry is not None and anchor else None
    return Verification(ok, anchor > 0, log.size, log.root, entries, told, seconds, proof, continued, tuple(others),
                        stamps, tuple(unchecked), _part(since, entry))  # fmt: skip


def _part(since: int | None, entry: str | None) -> str | None:
    """What alone is checked, in words; None where it is everything."""
    return f"only entry {entry}" if entry is not None else f"only batches after {since}" if since else None


def _after(log: Log, since: int | None) -> list[dict[str, Any]]:
    """The headers of the batches after a number. Raises Misuse for a number that the ledger does not reach."""
    if since is not None and not 0 <= since <= log.size:
        raise Misuse(f"since {since}: the ledger has {log.size} batches", f"give a number from 0 to {log.size}")
    return [header for header in log.headers if header["batch_no"] > (since or 0)]


def _check_held(
    s: Session,
    log: Log,
    checked: list[dict[str, Any]],
    since: int,
    complete: bool,
    faults: Faults,
    auditor_key: str | None,
) -> int:
    """Hash the entries, and beside it recompute what follows from them; gives how many were hashed."""
    of_rows = Faults()
    with s.beside() as other, ThreadPoolExecutor(1) as pool:
        meant = pool.submit(_check_rows_and_files, other, log, checked, since, complete, of_rows, auditor_key)
        entries = _check_entries(s, log, checked, faults)
        meant.result()
    faults.take(of_rows)
    return entries


def _check_rows_and_files(
    s: Session,
    log: Log,
    checked: list[dict[str, Any]],
    since: int,
    complete: bool,
    faults: Faults,
    auditor_key: str | None,
) -> None:
    """What follows from what, and beside it the kept files: statements and digests do not wait for each other."""
    from ledger.assurance.meaning import check_meaning

    recorded = s.rows(_RECORDED)
    of_files = Faults()
    with ThreadPoolExecutor(1) as pool:
        hashed = pool.submit(check_evidence, s.path, checked, recorded, of_files, log.headers)
        check_meaning(s, log, since, complete, faults, auditor_key)
        hashed.result()
    faults.take(of_files)


def _check_log(s: Session, log: Log, checkpoint: Path | None, brought: Sequence[str], faults: Faults) -> int:
    """The chain and its checkpoints, kept and own; where they do not hold, which header it is.

    Gives the size of the kept checkpoint that the ledger continues, 0 where there is none.
    A kept checkpoint that holds vouches for the keys on record up to it: the verifier kept it with them in it.
    """
    check_chain(log, faults)
    own = checkpoints_path(s.path)
    notes = read_notes(own.read_bytes())[0] if own.exists() else []
    keys = read_keys(s, log, brought, notes)
    anchor = 0
    if checkpoint is not None:
        kept = kept_notes(checkpoint)[0]
        keys = read_keys(s, log, brought, [*notes, *kept])
        if check_kept_checkpoint(checkpoint, log, keys, faults):
            anchor = max(note.size for note in kept)
        keys = read_keys(s, log, brought, notes, anchor)
    check_own_checkpoints(s.path, log, keys, faults)
    keys.tell(faults)
    broken = ("batch-gap", "header-chain", "header-count", "not-an-extension", "ledger-shorter")
    if any(faults.counts[code] for code in broken):
        name_headers(s, log.headers, faults)
    return anchor


def _check_entries(s: Session, log: Log, checked: list[dict[str, Any]], faults: Faults) -> int:
    """Hash every entry of the batches to check and name what does not hold; gives how many were hashed."""
    held = held_entries(s)
    tell_orphans(held, {header["batch_no"] for header in log.headers}, faults)
    for header in damaged_batches(s, checked, held, faults):
        name_entries(s, header, held.get(header["batch_no"], {}), faults)
    return sum(table.rows for header in checked for table in held.get(header["batch_no"], {}).values())
