"""The one door to the ledger file: sessions, tables, append, hash chain, checkpoints, evidence."""

from __future__ import annotations

from ledger.store.append import Act, Appended, Arrow, Writing, append, as_arrow, latest_checkpoint, ledger_origin
from ledger.store.checkpoint import Checkpoint
from ledger.store.session import Session, session

__all__ = [
    "Act", "Appended", "Arrow", "Checkpoint", "Session", "Writing", "append", "as_arrow", "latest_checkpoint",
    "ledger_origin", "session",
]  # fmt: skip
