"""People of a ledger: who may act, under which pseudonym, and in which role."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ledger.errors import Misuse
from ledger.store import Session, Writing, as_arrow
from ledger.store.tables import Person

ROLES = ("preparer", "reviewer", "auditor", "admin")


def person_id(name: str) -> str:
    """The pseudonym under which a person acts: short, stable, and not the name itself."""
    return "p-" + hashlib.sha256(f"ghg-ledger person:{name}".encode()).hexdigest()[:12]


def role_of(s: Session, name: str) -> str:
    """The role in which a person acts. Raises Misuse for someone the ledger does not know."""
    row = s.rows(
        "select arg_max(role, (batch_no, seq)) from person where person_id = ? having count(*) > 0", [person_id(name)]
    )
    if not row:
        raise Misuse(
            f"'{name}' is not a person of this ledger",
            "act as someone who is, with --actor or GHG_ACTOR; ghg person add NAME takes someone in",
        )
    return str(row[0][0])


def record_person(writing: Writing, name: str, role: str) -> None:
    """Take a person in, or give them another role. Raises Misuse for a role that is not there."""
    if role not in ROLES:
        raise Misuse(f"'{role}' is not a role", "take one of: " + ", ".join(ROLES))
    writing.insert_rows(Person, as_arrow(Person, [{"person_id": person_id(name), "role": role}]))


def keep_name(ledger: Path, name: str) -> None:
    """The name behind the pseudonym lies in a side file that only its owner reads, so that it can be erased."""
    people = ledger.with_suffix(".people")
    people.touch(mode=0o600, exist_ok=True)
    with people.open("a", encoding="utf-8") as file:
        file.write(f"{person_id(name)}\t{name}\n")


def people_of(s: Session) -> list[dict[str, str]]:
    """Everyone of the ledger: pseudonym, name where the side file still has it, role."""
    side = s.path.with_suffix(".people")
    lines = side.read_text(encoding="utf-8").splitlines() if side.exists() else []
    names = dict(line.split("\t", 1) for line in lines if "\t" in line)
    rows = s.rows("select person_id, arg_max(role, (batch_no, seq)) from person group by 1 order by min(batch_no), 1")
    return [{"person": person, "name": names.get(person, ""), "role": role} for person, role in rows]
