"""The ledger file, the person who acts on it, and what every verb shares."""

from __future__ import annotations

import getpass
import hashlib
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ledger.inventory import Period
    from ledger.store import Session


@dataclass(frozen=True, slots=True)
class Book:
    """A ledger file and the person who acts on it.

    Each call takes the file for itself only while it reads or writes. Raises Misuse where there is no such
    ledger or the person is unknown, Busy where another process holds it too long.
    """

    path: Path
    actor: str

    def __init__(self, path: Path | str = "ledger.duckdb", *, actor: str | None = None) -> None:
        object.__setattr__(self, "path", Path(path))
        object.__setattr__(self, "actor", actor or getpass.getuser())

    def _period(self, s: Session, text: str, *, whole_months: bool = True) -> Period:
        from ledger.calculation.policy import policy
        from ledger.inventory import period

        return period(text, policy(s).fiscal_month, whole_months=whole_months)

    def _view(self, s: Session, view: str | None) -> str:
        from ledger.calculation.policy import policy

        return view or policy(s).consolidation

    def _act(self, s: Session, kind: str, *, key: str | None = None, reason: str | None = None, **source: Any) -> Any:
        """The header of an act by this person. Raises Misuse for a person the ledger does not know."""
        from ledger.book.people import person_id, role_of
        from ledger.store import Act

        role = role_of(s, self.actor)
        act_key = key or hashlib.sha256(uuid.uuid4().bytes).hexdigest()
        return Act(kind=kind, actor=person_id(self.actor), role=role, idempotency_key=act_key, reason=reason, **source)
