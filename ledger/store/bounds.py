"""What the database may take of the machine, and how long somebody waits: as the environment sets it."""

from __future__ import annotations

import os
import re

from ledger.errors import Misuse

MEMORY = "600MB"
WAIT_S = 60
_AMOUNT = re.compile(r"\d+(\.\d+)?\s*([KMGT]i?B?|B|%)", re.IGNORECASE)


def threads_set() -> str:
    """How many threads: `GHG_THREADS`, else the processors. Raises Misuse for what is no whole number above zero."""
    return _set("GHG_THREADS", str(os.cpu_count() or 2), r"0*[1-9]\d{0,3}", "a whole number from 1, like 4")


def memory_set() -> str:
    """How much memory: `GHG_MEMORY_LIMIT`. Raises Misuse for what is no amount with its unit."""
    return _set("GHG_MEMORY_LIMIT", MEMORY, _AMOUNT, "an amount with its unit, like 600MB or 2GB")


def wait_set() -> float:
    """How many seconds a ledger that is taken is waited for: `GHG_LOCK_TIMEOUT_S`. Raises Misuse for no number."""
    return float(_set("GHG_LOCK_TIMEOUT_S", str(WAIT_S), r"\d{1,9}(\.\d+)?", "seconds, like 60"))


def _set(name: str, otherwise: str, form: str | re.Pattern[str], asked: str) -> str:
    text = os.environ.get(name, "").strip()
    if text and not re.fullmatch(form, text):
        raise Misuse(f"{name} is '{text}'", f"set it to {asked}, or not at all")
    return text or otherwise
