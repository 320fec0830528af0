"""People of a ledger: taken in, given roles, named and erased, each as an act of an admin."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ledger.book.results import WriteResult
from ledger.book.roles import ADMIN, PREPARER, REVIEWER, role_words, roles_of
from ledger.book.verbs.book import Book
from ledger.errors import Misuse
from ledger.store import Session, Writing, append, as_arrow, session
from ledger.store.identity import Identity, guessable_id, is_id, new_identity, person_called, proves
from ledger.store.people_file import changing_people, people_path, read_people
from ledger.store.tables import Person

FOUNDER = (PREPARER, REVIEWER, ADMIN)
"""The roles of whoever makes a ledger: one person alone can do all that an auditor does not."""

NAME_LENGTH = 200
_COMMITTED = "arg_max(commitment, (batch_no, seq)) filter (commitment is not null)"


def person_acting(s: Session, name: str) -> tuple[str, tuple[str, ...]]:
    """The id of a person and the roles that they hold.

    Raises Misuse for someone the ledger does not know, or whose name is not the one that it was told.
    """
    person = person_called(s.path, name)
    roles = roles_of(s, person)
    if roles is None:
        raise _unknown(s, name)
    record = read_people(s.path)["people"].get(person)
    if record is not None and not is_id(name) and not proves(person, record, _committed(s, person)):
        raise Misuse(
            f"'{name}' is not the name that the ledger was told of {person}: {people_path(s.path).name} was changed",
            f"bring the file back from a copy; or, as an admin: ghg person name {person} NAME",
        )
    return person, roles


def record_person(writing: Writing, name: str, roles: str | Iterable[str], commitment: str | None = None) -> None:
    """Take a person in, or give them other roles; ``name`` is their id, or a name that is one by hash.

    Raises Misuse for a role that is not there.
    """
    held = role_words(roles.split() if isinstance(roles, str) else roles)
    person = name if is_id(name) else guessable_id(name)
    row = {"person_id": person, "role": held, "commitment": commitment}
    writing.insert_rows(Person, as_arrow(Person, [row]))


def added_person(ledger: Book, name: str, roles: Iterable[str]) -> WriteResult:
    """Take a person in; see :meth:`ledger.book.Ledger.add_person`."""
    asked = tuple(roles)
    role_words(asked)  # a word that is no role is told before anything is done
    check_name(name)
    with session(ledger.path, "write") as s:
        act = ledger._act(s, "person")  # noqa: SLF001 — one facade in two files
        if roles_of(s, person_called(ledger.path, name)) is not None:
            raise Misuse(f"'{name}' is a person of this ledger", f"give other roles: ghg person role {name} --role …")
        new = new_identity(name)
        keep_name(ledger.path, new)  # first, as a name without its person does no harm, and a person is never nameless
        done = append(s, act, lambda writing: record_person(writing, new.person, asked, new.commitment))
    return WriteResult(done.batch_no, done.entries, {"people": 1})


def changed_roles(ledger: Book, name: str, roles: Iterable[str]) -> WriteResult:
    """Give a person other roles; see :meth:`ledger.book.Ledger.set_roles`."""
    asked = tuple(roles)
    held = role_words(asked)
    with session(ledger.path, "write") as s:
        act = ledger._act(s, "person")  # noqa: SLF001 — one facade in two files
        person = person_called(ledger.path, name)
        before = roles_of(s, person)
        if before is None:
            raise Misuse(f"'{name}' is not a person of this ledger", "ghg person list; ghg person add takes someone in")
        if role_words(before) == held:
            return WriteResult(None, 0, {"people": 0})
        if ADMIN not in asked:
            _check_another_admin(s, person, before)
        done = append(s, act, lambda writing: record_person(writing, person, asked))
    return WriteResult(done.batch_no, done.entries, {"people": 1})


def named_person(ledger: Book, person: str, name: str) -> WriteResult:
    """Say who is behind an id; see :meth:`ledger.book.Ledger.name_person`."""
    check_name(name)
    with session(ledger.path, "write") as s:
        act = ledger._act(s, "person", reason=f"{person} is named")  # noqa: SLF001 — one facade in two files
        roles = roles_of(s, person)
        if roles is None:
            raise Misuse(f"{person} is not an id of this ledger", "ghg person list shows the ids")
        other = person_called(ledger.path, name)
        if other != person and roles_of(s, other) is not None:
            raise Misuse(f"'{name}' is the name of {other}", "two people of one ledger have two names")
        new = new_identity(name, person)
        done = append(s, act, lambda writing: record_person(writing, person, roles, new.commitment))
        keep_name(ledger.path, new)
    return WriteResult(done.batch_no, done.entries, {"people": 1})


def erased_person(ledger: Book, name: str) -> WriteResult:
    """Take every role from a person and forget who it was; see :meth:`ledger.book.Ledger.erase_person`."""
    with session(ledger.path, "write") as s:
        person = person_called(ledger.path, name)
        act = ledger._act(s, "person", reason=f"{person} is erased")  # noqa: SLF001 — one facade in two files
        roles = roles_of(s, person)
        if roles is None:
            raise _unknown(s, name)
        _check_another_admin(s, person, roles)
        batch, entries = None, 0
        if roles:
            done = append(s, act, lambda writing: record_person(writing, person, ()))
            batch, entries = done.batch_no, done.entries
        with changing_people(ledger.path) as held:
            held["people"].pop(person, None)
    return WriteResult(batch, entries, {"people": 1, "guessable": int(person == guessable_id(name))})


def record_roles_in_effect(writing: Writing) -> None:
    """An admin of an earlier ledger could do what preparers and reviewers do, and goes on holding those roles."""
    rows = writing.s.rows(
        "select person_id, arg_max(key_id, (batch_no, seq)), arg_max(commitment, (batch_no, seq)) from person "
        "group by 1 having arg_max(role, (batch_no, seq)) = 'admin' order by 1"
    )
    held = role_words(FOUNDER)
    made = [{"person_id": who, "role": held, "key_id": key, "commitment": bound} for who, key, bound in rows]
    writing.insert_rows(Person, as_arrow(Person, made))


def keep_name(ledger: Path, new: Identity) -> None:
    """The name behind an id lies in a side file that only its owner reads, so that it can be erased."""
    with changing_people(ledger) as held:
        people = held["people"]
        for person in [person for person, record in people.items() if record.get("name") == new.name]:
            if person != new.person:
                del people[person]  # left by an act that was not finished
        people[new.person] = {**people.get(new.person, {}), **new.record}


def people_of(s: Session) -> list[dict[str, str]]:
    """Everyone of the ledger: id, name where the side file still has it and the ledger was told the same, roles."""
    records = read_people(s.path)["people"]
    made = []
    for person, role, committed in s.rows(
        f"select person_id, arg_max(role, (batch_no, seq)), {_COMMITTED} from person "
        "group by 1 order by min(batch_no), 1"
    ):
        record = records.get(person)
        holds = record is not None and proves(person, record, committed)
        made.append({"person": person, "name": str(record["name"]) if record and holds else "", "role": role})
    return made


def _committed(s: Session, person: str) -> str | None:
    row = s.one(f"select {_COMMITTED} from person where person_id = ?", [person])
    return None if row[0] is None else str(row[0])


def _unknown(s: Session, name: str) -> Misuse:
    """What to tell someone unknown: who they could be, also where the file of names is lost."""
    nameless = [row["person"] for row in people_of(s) if not row["name"] and row["role"] != "none"]
    if nameless and not is_id(name):
        return Misuse(
            f"'{name}' is not a person of this ledger, as far as names are known: {people_path(s.path).name} lacks "
            f"those of {', '.join(nameless[:5])}",
            "bring that file back from a copy; or act by id (--actor p-…) and, as an admin: ghg person name ID NAME",
        )
    return Misuse(
        f"'{name}' is not a person of this ledger",
        "act as someone who is, with --actor or GHG_ACTOR; ghg person add NAME takes someone in",
    )


def check_name(name: str) -> None:
    """Raises Misuse for what cannot be the name of a person."""
    if is_id(name) or not name.strip() or len(name) > NAME_LENGTH or not name.isprintable():
        raise Misuse(
            f"{name[:40]!r} is not a name",
            f"a name has 1 to {NAME_LENGTH} characters that can be printed, and does not look like an id (p-…)",
        )


def _check_another_admin(s: Session, person: str, roles: tuple[str, ...]) -> None:
    """Raises Misuse where nobody would be left who can say who may act."""
    if ADMIN not in roles:
        return
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
