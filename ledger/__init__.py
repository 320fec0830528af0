"""Greenhouse gas accounts as an append-only ledger. `Ledger` is what people hold; the rest are its answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import schemas

if schemas.PROJECT != "ghg-ledger":
    raise ImportError(
        "another package named 'schemas' is installed in this environment; install ghg-ledger into one of its own"
    )

if TYPE_CHECKING:
    from ledger.book import Ledger
    from ledger.book.results import UploadResult, WriteResult
    from ledger.errors import Busy, Damage, Finding, LedgerError, Misuse, Refused

_HOME = {
    "Ledger": "ledger.book",
    "Busy": "ledger.errors",
    "Damage": "ledger.errors",
    "Finding": "ledger.errors",
    "LedgerError": "ledger.errors",
    "Misuse": "ledger.errors",
    "Refused": "ledger.errors",
    "UploadResult": "ledger.book.results",
    "WriteResult": "ledger.book.results",
}

__all__ = [
    "Busy", "Damage", "Finding", "Ledger", "LedgerError", "Misuse", "Refused", "UploadResult", "WriteResult",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Public names are loaded when they are asked for: `ghg --help` needs none of them."""
    from importlib import import_module

    if name not in _HOME:
        raise AttributeError(f"module 'ledger' has no attribute '{name}'")
    return getattr(import_module(_HOME[name]), name)
