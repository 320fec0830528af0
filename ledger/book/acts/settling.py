"""Settings as acts of people: a value, the day from which it holds, and why; earlier ones stay readable."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from ledger.book.logos import read_logo
from ledger.book.results import WriteResult
from ledger.book.verbs.book import Book
from ledger.calculation.settings import KINDS, checked_value, default_of, setting_kind
from ledger.errors import Misuse
from ledger.store import Session, Writing, append, as_arrow, session
from ledger.store.evidence import keep_bytes
from ledger.store.tables import Evidence, Setting

BEGINNING = date(1900, 1, 1)


@dataclass(frozen=True, slots=True)
class SettingValue:
    """A value of a setting: since which day it holds, who recorded it in which batch, and why; a default has no batch.

    ``in_force`` says whether it holds today for what is open now.
    """

    name: str
    value: str
    valid_from: date | None
    in_force: bool
    default: bool
    about: str
    batch: int | None
    person: str | None
    recorded_at: datetime | None
    reason: str | None


def setting_history(ledger: Book) -> tuple[SettingValue, ...]:
    """Every value that every setting has had, those in force marked; see :meth:`ledger.book.Ledger.settings`."""
    with session(ledger.path) as s:
        made = []
        for kind in KINDS:
            made += _values(s, kind.name, kind.about)
        return tuple(made)


def recorded_setting(ledger: Book, name: str, value: str, since: date | None, reason: str) -> WriteResult:
    """Record a value; see :meth:`ledger.book.Ledger.set_setting`."""
    kind = setting_kind(name)
    if not reason.strip():
        raise Misuse("a setting needs a reason", "say with --reason why it is what it is")
    if since is not None and not kind.dated:
        raise Misuse(
            f"{name} cannot hold from a day on",
            "leave --from out: it holds for everything open from now on, and closed periods keep what they have",
        )
    content = read_logo(Path(value)) if kind.file and value.strip() else None
    given = value if content is None else hashlib.sha256(content).hexdigest()
    with session(ledger.path, "write") as s:
        act = ledger._act(s, "setting", reason=reason)  # noqa: SLF001 — one facade in two files
        held = checked_value(s, name, given)
        row = {"name": name, "value": held, "valid_from": since or BEGINNING}
        same = [told for told in _values(s, name, "") if told.in_force and not told.default]
        if same and (same[0].value, same[0].valid_from) == (held, since):
            return WriteResult(None, 0, {"settings": 0})
        if content is not None:
            keep_bytes(ledger.path, content)
        done = append(s, act, lambda writing: _record(writing, row, content, Path(value).name))
    return WriteResult(done.batch_no, done.entries, {"settings": 1})


def _record(writing: Writing, row: dict[str, object], content: bytes | None, name: str) -> None:
    """The setting, and the file that it is, in the list of what is kept, where it was not listed yet."""
    writing.insert_rows(Setting, as_arrow(Setting, [row]))
    known = writing.s.rows("select 1 from evidence where sha256 = ? limit 1", [row["value"]])
    if content is not None and not known:
        listed = {"sha256": row["value"], "name": name, "bytes": len(content), "media_type": "image/png"}
        writing.insert_rows(Evidence, as_arrow(Evidence, [listed]))


def _values(s: Session, name: str, about: str) -> list[SettingValue]:
    rows = s.rows(
        "select t.value, t.valid_from, t.batch_no, b.actor, b.recorded_at, b.reason, "
        "t.valid_from <= today() and row_number() over (partition by t.valid_from <= today() "
        "order by t.valid_from desc, t.batch_no desc, t.seq desc) = 1 "
        "from setting t join batch b using (batch_no) where t.name = ? order by t.valid_from, t.batch_no, t.seq",
        [name],
    )
    made = [
        SettingValue(name, value, since if since > BEGINNING else None, bool(now), False, about, batch, who, when, why)
        for value, since, batch, who, when, why, now in rows
    ]
    if not any(told.in_force for told in made):
        made.insert(0, SettingValue(name, default_of(name), None, True, True, about, None, None, None, None))
    return made
