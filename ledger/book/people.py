"""People of a ledger: who may act, under which pseudonym, and in which roles."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from ledger.book.results import WriteResult
from ledger.book.roles import ADMIN, PREPARER, REVIEWER, role_words, roles_of
from ledger.book.verbs.book import Book
from ledger.errors import Misuse
from ledger.store import Session, Writing, append, as_arrow, session
from ledger.store.tables import Person

FOUNDER = (PREPARER, REVIEWER, ADMIN)
"""The roles of whoever makes a ledger: one person alone can do all that an auditor does not."""


def person_id(name: str) -> str:
    """The pseudonym under which a person acts: short, stable, and not the name itself."""
    return "p-" + hashlib.sha256(f"ghg-ledger person:{name}".encode()).hexdigest()[:12]


def person_acting(s: Session, name: str) -> tuple[str, tuple[str, ...]]:
    """The id of a person and the roles that they hold. Raises Misuse for someone the ledger does not know."""
    person = person_id(name)
    roles = roles_of(s, person)
    if roles is None:
        raise Misuse(
            f"'{name}' is not a person of this ledger",
            "act as someone who is, with --actor or GHG_ACTOR; ghg person add NAME takes someone in",
        )
    return person, roles


def record_person(writing: Writing, name: str, roles: str | Iterable[str]) -> None:
    """Take a person in, or give them other roles. Raises Misuse for a role that is not there."""
    held = role_words(roles.split() if isinstance(roles, str) else roles)
    writing.insert_rows(Person, as_arrow(Person, [{"person_id": person_id(name), "role": held}]))


def added_person(ledger: Book, name: str, roles: Iterable[str]) -> WriteResult:
    """Take a person in; see :meth:`ledger.book.Ledger.add_person`."""
    asked = tuple(roles)
    role_words(asked)  # a word that is no role is told before anything is done
    with session(ledger.path, "write") as s:
        act = ledger._act(s, "person")  # noqa: SLF001 — one facade in two files
        if roles_of(s, person_id(name)) is not None:
            raise Misuse(f"'{name}' is a person of this ledger", f"give other roles: ghg person role {name} --role …")
        done = append(s, act, lambda writing: record_person(writing, name, asked))
        keep_name(ledger.path, name)
    return WriteResult(done.batch_no, done.entries, {"people": 1})


def changed_roles(ledger: Book, name: str, roles: Iterable[str]) -> WriteResult:
    """Give a person other roles; see :meth:`ledger.book.Ledger.set_roles`."""
    asked = tuple(roles)
    held = role_words(asked)
    with session(ledger.path, "write") as s:
        act = ledger._act(s, "person")  # noqa: SLF001 — one facade in two files
        person, before = person_acting(s, name)
        if role_words(before) == held:
            return WriteResult(None, 0, {"people": 0})
        if ADMIN in before and ADMIN not in held.split():
            _check_another_admin(s, person)
        done = append(s, act, lambda writing: record_person(writing, name, asked))
    return WriteResult(done.batch_no, done.entries, {"people": 1})


def _check_another_admin(s: Session, person: str) -> None:
    """Raises Misuse where nobody would be left who can say who may act."""
    others = s.rows(
        "select 1 from person where person_id <> ? group by person_id "
        "having list_contains(split(arg_max(role, (batch_no, seq)), ' '), ?) limit 1",
        [person, ADMIN],
    )
    if not others:
        raise Misuse(
            "the ledger would be without an admin, and nobody could take anyone in",
            "make another person an admin first: ghg person role NAME --role admin",
        )


def record_roles_in_effect(writing: Writing) -> None:
    """An admin of an earlier ledger could do what preparers and reviewers do, and goes on holding those roles."""
    rows = writing.s.rows(
        "select person_id, arg_max(key_id, (batch_no, seq)), arg_max(commitment, (batch_no, seq)) from person "
        "group by 1 having arg_max(role, (batch_no, seq)) = 'admin' order by 1"
    )
    held = role_words(FOUNDER)
    made = [{"person_id": who, "role": held, "key_id": key, "commitment": bound} for who, key, bound in rows]
    writing.insert_rows(Person, as_arrow(Person, made))


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
