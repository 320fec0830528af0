"""What may go wrong between us and a cluster; each is told, and none ends a controller."""

from __future__ import annotations

from ledger.errors import LedgerError


class ClusterFault(LedgerError):
    """A cluster does not answer, or answers with a fault."""

    code = "cluster"


class Conflict(ClusterFault):
    """The object was changed by another since it was read."""


class Later(ClusterFault):
    """The server asks to come again, or did not answer; ``seconds`` is when, where it says so."""

    def __init__(self, message: str, fix: str, seconds: float | None = None) -> None:
        super().__init__(message, fix)
        self.seconds = seconds
