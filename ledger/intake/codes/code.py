"""A finding code: how grave it is, what it says, and what to do."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.errors import Severity


@dataclass(frozen=True, slots=True)
class Code:
    """Severity of a code, and its two texts with places in braces for the value, the column and further words."""

    severity: Severity
    message: str
    fix: str
    one: str = ""
    """The message where a count in it is one."""
