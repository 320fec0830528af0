"""Whether every act was done by someone who might: the role in each header, held against the matrix and the person.

The matrix is written down here once more, and not read from the code that enforced it. Batches of schema version 1 are
of a time when only the steps of a period had roles; those are looked at with the period (`period-order`).
"""

from __future__ import annotations

from ledger.assurance.verification import Faults
from ledger.store import Session

_SINCE_SCHEMA = 2
_ANY = frozenset({"preparer", "reviewer", "auditor", "admin"})
_DATA = ("upload", "correction", "reversal", "catalogue", "factor_set", "attach", "finding", "advice", "true_up")
_ROLES = {
    **dict.fromkeys(_DATA, frozenset({"preparer"})),
    **dict.fromkeys(("restatement", "base_year", "issue"), frozenset({"reviewer"})),
    **dict.fromkeys(("calculation", "period"), frozenset({"preparer", "reviewer"})),
    **dict.fromkeys(("init", "person", "key", "migration"), frozenset({"admin"})),
    **dict.fromkeys(("engagement", "sample", "misstatement", "sign_off"), frozenset({"auditor"})),
    **dict.fromkeys(("review", "timestamp"), _ANY),
    "setting": frozenset({"admin", "reviewer"}),
}
_STEPS = {"submitted": "preparer", "approved": "reviewer", "closed": "reviewer", "restated": "reviewer"}


def check_roles(s: Session, since: int, faults: Faults) -> None:
    """Every batch after ``since``: its kind may be done in its role, and its person held that role before it."""
    held = _changes(s)
    current: dict[str, frozenset[str]] = {}
    steps: dict[int, list[tuple[int, str]]] = {}
    for batch_no, seq, event in s.rows("select batch_no, seq, event from period_event order by 1, 2"):
        steps.setdefault(batch_no, []).append((seq, event))
    for batch_no, kind, actor, role, version in s.rows(
        "select batch_no, kind, actor, role, schema_version from batch order by batch_no"
    ):
        if kind == "init":  # the first batch takes in who makes it
            current.update(held.get(batch_no, {}))
        if version >= _SINCE_SCHEMA and batch_no > since:
            entry = f"B{batch_no}"
            for words in _wrong(kind, actor, role, current.get(actor)):
                faults.add("role-not-allowed", f"{entry}: {words}", entry=entry)
            for seq, event in steps.get(batch_no, []):
                if event in _STEPS and role != _STEPS[event]:
                    words = f"{entry}-{seq}: a period was {event} by a {role or 'nobody'}"
                    faults.add("role-not-allowed", words, entry=f"{entry}-{seq}")
        current.update(held.get(batch_no, {}))


def _changes(s: Session) -> dict[int, dict[str, frozenset[str]]]:
    """Batch → person → the roles that it gives them."""
    made: dict[int, dict[str, frozenset[str]]] = {}
    for batch_no, person, role in s.rows("select batch_no, person_id, role from person order by batch_no, seq"):
        made.setdefault(batch_no, {})[person] = frozenset((role or "").split())
    return made


def _wrong(kind: str, actor: str, role: str, held: frozenset[str] | None) -> list[str]:
    """What is wrong with who did an act, in words."""
    wrong = []
    if kind not in _ROLES:
        wrong.append(f"nobody may act as '{kind}'")
    elif role not in _ROLES[kind]:
        wrong.append(f"'{kind}' was done in the role {role or 'of nobody'}, which may not")
    if held is None:
        wrong.append(f"{actor} was not a person of this ledger when the batch was written")
    elif role not in held:
        wrong.append(f"{actor} acted as {role} without holding that role")
    return wrong
