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
    ledger or the person is unknown, Busy where another process holds it too long. ``read_only`` refuses every act,
    whatever the person may do: it is how someone comes who showed a token that only reads.
    """

    path: Path
    actor: str
    read_only: bool

    def __init__(
        self, path: Path | str = "ledger.duckdb", *, actor: str | None = None, read_only: bool = False
    ) -> None:
        from ledger.store.lock import real_path

        object.__setattr__(self, "path", real_path(Path(path)))
        object.__setattr__(self, "actor", actor or getpass.getuser())
        object.__setattr__(self, "read_only", read_only)

    def _period(self, s: Session, text: str, *, whole_months: bool = True) -> Period:
        from ledger.calculation.policy import policy
        from ledger.inventory import period

        return period(text, policy(s).fiscal_month, whole_months=whole_months)

    def _view(self, s: Session, view: str | None) -> str:
        from ledger.calculation.policy import policy

        return view or policy(s).consolidation

    def _act(
        self,
        s: Session,
        kind: str,
        *,
        step: str | None = None,
        key: str | None = None,
        reason: str | None = None,
        **source: Any,
    ) -> Any:
        """The header of an act by this person, in the role in which they may (:mod:`ledger.book.roles`).

        Raises Misuse for a person the ledger does not know, Refused where none of their roles may; that is recorded.
        """
        from ledger.book.acts.people import person_acting
        from ledger.book.roles import acting_role, refused_reader
        from ledger.store import Act

        person, roles = person_acting(s, self.actor)
        if self.read_only:
            raise refused_reader(person, kind)
        role = acting_role(roles, kind, step, (self.actor, person))
        act_key = key or hashlib.sha256(uuid.uuid4().bytes).hexdigest()
        return Act(kind=kind, actor=person, role=role, idempotency_key=act_key, reason=reason, **source)

    def _check_may(self, kind: str, step: str | None = None) -> None:
        """Raises as :meth:`_act` does, before work is begun that an act of this kind ends.

        A file of another version is told first: who may do what in it may be another thing after ``ghg migrate``.
        """
        from ledger.store import session
        from ledger.store.versions import check_writable, file_version

        with session(self.path) as s:
            check_writable(s, file_version(s))
            self._act(s, kind, step=step)
