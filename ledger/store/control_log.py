"""The control log: refused uploads and refused acts, one hash-chained JSON line each, beside the ledger."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ledger.store.lock import locked
from ledger.store.session import LOCK_TIMEOUT_S, side_folder

_FIRST = "0" * 64


def control_log_path(ledger: Path) -> Path:
    """`x.control.jsonl` for `x.duckdb`."""
    return side_folder(ledger, "control.jsonl")


def record_refusal(ledger: Path, what: str, actor: str, details: dict[str, Any]) -> str:
    """Append one refusal, fsynced; gives the new head (hex). The ledger itself is not touched."""
    import rfc8785

    with locked(ledger, "write", LOCK_TIMEOUT_S):
        head = control_log_head(ledger)
        body: dict[str, Any] = {
            "what": what,
            "actor": actor,
            "at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "previous": head or _FIRST,
            "details": details,
        }
        line = rfc8785.dumps(body)
        with control_log_path(ledger).open("a+b") as log:
            log.seek(0)
            log.truncate(log.read().rfind(b"\n") + 1)  # a line torn by a crash was never acknowledged
            log.write(line + b"\n")
            log.flush()
            os.fsync(log.fileno())
    return hashlib.sha256(line).hexdigest()


def refusals(ledger: Path) -> list[dict[str, Any]]:
    """Every refusal on record, the oldest first; a line that cannot be read is left out (`ghg verify` tells it)."""
    path = control_log_path(ledger)
    found = []
    for line in path.read_bytes().split(b"\n")[:-1] if path.exists() else ():
        with suppress(ValueError):
            found.append(json.loads(line))
    return [told for told in found if isinstance(told, dict)]


def control_log_head(ledger: Path) -> str | None:
    """SHA-256 of the last whole line, None while there is none. A torn last line does not count."""
    path = control_log_path(ledger)
    if not path.exists():
        return None
    lines = [line for line in path.read_bytes().split(b"\n")[:-1] if line]
    return hashlib.sha256(lines[-1]).hexdigest() if lines else None
