"""The doctor: what stands in the way of a ledger's daily work, each with what to do; nothing is changed.

It looks at what lies around the entries: the file, its lock, side files, keys, disk, program. Whether the entries
hold is for `ghg verify`.
"""

from __future__ import annotations

import ctypes
import os
import platform
import shutil
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from ledger.assurance.checks.chain import read_log
from ledger.assurance.leftovers import parts_without_batch, pieces, unsealed_parts
from ledger.assurance.signed.keys import read_keys
from ledger.assurance.signed.notes import read_notes
from ledger.errors import Busy, Damage, Misuse
from ledger.factors.publish import catalogue_is_current
from ledger.store import Session, latest_checkpoint, session
from ledger.store.append import software_version
from ledger.store.checkpoint import checkpoints_path, key_id, public_key_text, signing_key, signing_key_path
from ledger.store.control_log import control_log_head, control_log_path
from ledger.store.identity import proves
from ledger.store.keys import kept_key_paths, pending_key_path
from ledger.store.people_file import is_private, people_path, read_people
from ledger.store.schema import SCHEMA_VERSION, table_name
from ledger.store.session import check_is_database, log_path, side_folder
from ledger.store.tables import TABLES

State = Literal["ok", "attention", "wrong"]
_ROOM = 1 << 30
_PATIENCE_S = 2.0
_CLOCK_MAY_DIFFER = timedelta(minutes=5)
_OLDER = "find the newer file, or make it anew: ghg rebuild NEW.duckdb; until then nothing is added to it"
_EXTRAS = (
    ("pdf", ("weasyprint", "altair", "vl_convert"), ("pango-1.0", "harfbuzz-subset"), "no PDF, no chart can be made"),
    ("web", ("fastapi", "uvicorn", "python_multipart"), (), "ghg serve cannot start"),
)
"""Extra, the packages and libraries of the system that it needs, and what cannot be done without one of them."""
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: what, how it is, in words, and what to do where it is not well."""

    what: str
    state: State
    words: str
    fix: str = ""


def examine(ledger: Path) -> list[Check]:
    """Everything that was looked at, in order; it goes on as far as it can."""
    found: list[Check] = [*_program(), _file(ledger)]
    if found[-1].state == "wrong":
        return found
    found += _around(ledger)
    try:
        with session(ledger, timeout_s=_PATIENCE_S) as s:
            found.append(Check("opening", "ok", "the file opens"))
            found += [check for look in _INSIDE for check in look(s)]
    except Busy as fault:
        found.append(Check("opening", "attention", str(fault), "wait until it is done; the rest was not looked at"))
    except (Damage, Misuse) as fault:
        found.append(Check("opening", "wrong", str(fault), fault.fix))
    return found


def _program() -> Iterator[Check]:
    """The program itself, and what it lacks for documents and pages."""
    yield Check("program", "ok", f"ghg-ledger {software_version()} on Python {platform.python_version()}")
    for extra, modules, libraries, what in _EXTRAS:
        missing = [name for name in modules if find_spec(name) is None]
        missing += [name for name in libraries if not _is_library(name)]
        if missing:
            fix = f"pip install 'ghg-ledger[{extra}]'"
            fix += f", and the libraries {' and '.join(libraries)} of the system" if libraries else ""
            yield Check("program", "attention", f"{what}: {', '.join(missing)} is not installed", fix)


def _is_library(name: str) -> bool:
    """Whether the system has a library under one of the names by which the maker of PDFs opens it."""
    for file in (f"lib{name}.so.0", f"lib{name}.dylib", f"lib{name}-0.dll"):
        with suppress(OSError):
            ctypes.CDLL(file)
            return True
    return False


def _no_ledger(ledger: Path) -> Check | None:
    """What stands in the place of a ledger; None where there is one."""
    if ledger.is_dir():
        return Check("file", "wrong", f"there is a folder at {ledger}", "name the file in it with --ledger")
    if not ledger.exists():
        if side_folder(ledger, "evidence").is_dir():
            words = f"{ledger} is missing, and what lies beside it is there"
            return Check("file", "wrong", words, f"find the file, or make it anew: ghg rebuild NEW --ledger {ledger}")
        return Check("file", "wrong", f"there is no ledger at {ledger}", "name one with --ledger, or: ghg init")
    if not os.access(ledger, os.R_OK):
        return Check("file", "wrong", f"{ledger} cannot be read by you", "ask its owner for the right to read it")
    try:
        check_is_database(ledger)
    except Misuse as fault:
        return Check("file", "wrong", str(fault), fault.fix)
    except Damage:  # which is told where it is opened, after what lies around it
        pass
    return None


def _file(ledger: Path) -> Check:
    if nothing := _no_ledger(ledger):
        return nothing
    if not os.access(ledger.parent, os.W_OK):
        words = f"{ledger.parent.resolve()} cannot be written to: figures can be read, nothing can be recorded"
        return Check("file", "attention", words, "copy the ledger and its side files to where you may write")
    if not os.access(ledger, os.W_OK):
        words = f"{ledger} is read-only: figures can be read, nothing can be recorded"
        return Check("file", "attention", words, f"chmod u+w {ledger}, if it is to be written to")
    if ledger.stat().st_nlink > 1:
        words = f"{ledger} has a second name (a hard link): nothing is recorded, lest what lies beside it be divided"
        return Check("file", "wrong", words, "remove the other name, and make copies with ghg snapshot")
    return Check("file", "ok", f"{ledger} ({ledger.stat().st_size:,} bytes)")


def _around(ledger: Path) -> Iterator[Check]:
    """What lies beside the file."""
    log = log_path(ledger)
    if log.exists() and log.stat().st_size:
        words = f"{log.name} is left from a process that ended in the middle"
        yield Check("log", "attention", words, "leave it: the next command that writes folds it in; never delete it")
    if not side_folder(ledger, "evidence").is_dir():
        words = f"{side_folder(ledger, 'evidence').name} is missing: nothing can be held against its source"
        yield Check("evidence", "wrong", words, "bring the folder back from a copy")
    for kind, found, fix in pieces(ledger):
        if found:
            shown = ", ".join(path.name for path in found[:3]) + (" …" if len(found) > 3 else "")
            yield Check("leftovers", "attention", f"{len(found)} pieces {kind} ({shown})", fix)
    people = side_folder(ledger, "people")
    if not people.exists():
        words = f"{people.name} is missing: people are shown by id alone, and nobody can act by name"
        fix = "bring it back from a copy; or act by id (--actor p-…) and, as an admin: ghg person name ID NAME"
        yield Check("people", "attention", words, fix)
    elif not is_private(people):
        yield Check("people", "wrong", f"{people.name} can be read by others", f"chmod 600 {people}")
    yield from _own_key()
    yield _disk(ledger)


def _own_key() -> Iterator[Check]:
    """The user's key and what a rotation left of others."""
    key = signing_key_path()
    if not key.exists():
        words = "you have no signing key yet"
        yield Check("signing key", "attention", words, "nothing: your first act makes one, and records its public half")
    elif key.stat().st_mode & _OTHERS:
        fix = f"chmod 600 {key}; make a new key if somebody read it"
        yield Check("signing key", "wrong", f"{key} can be read by others", fix)
    else:
        yield Check("signing key", "ok", "it is yours alone")
    for aside in kept_key_paths():
        if aside.stat().st_mode & _OTHERS:
            yield Check("signing key", "wrong", f"{aside} can be read by others", f"chmod 600 {aside}")
    if pending_key_path().exists():
        words = f"{pending_key_path().name} is left from a rotation that broke off"
        yield Check("signing key", "attention", words, "ghg key rotate takes it up, or the next act puts it in place")


def _disk(ledger: Path) -> Check:
    free = shutil.disk_usage(ledger.parent).free
    needed = max(_ROOM, 2 * ledger.stat().st_size)
    if free < needed:
        words = f"{free / 1e9:.1f} GB are free; an upload may need {needed / 1e9:.1f} GB"
        return Check("disk", "attention", words, "free some space before a large upload")
    return Check("disk", "ok", f"{free / 1e9:.1f} GB are free")


def _schema(s: Session) -> Iterator[Check]:
    held = {row[0] for row in s.rows("select table_name from duckdb_tables() where not internal")}
    missing = sorted(table_name(table) for table in TABLES if table_name(table) not in held)
    version = s.rows("select max(schema_version) from batch")[0][0] if "batch" in held else None
    if version is not None and version > SCHEMA_VERSION:
        words = f"it was written by a newer version of the program (schema {version}, this knows {SCHEMA_VERSION})"
        yield Check("schema", "wrong", words, "install that version or a newer one")
    elif version is not None and version < SCHEMA_VERSION:
        words = f"it was made by an earlier version of the program (schema {version}, this writes {SCHEMA_VERSION})"
        yield Check("schema", "attention", words, "ghg migrate, before the next entry; reading works without it")
    elif missing:
        words = f"{len(missing)} tables of this version are missing: {', '.join(missing[:5])}"
        yield Check("schema", "wrong", words, "ghg verify tells whether they were dropped or never there")
    else:
        yield Check("schema", "ok", f"version {version}")


def _catalogue(s: Session) -> Iterator[Check]:
    if catalogue_is_current(s):
        yield Check("catalogue", "ok", "activity types and units are those of this version")
    else:
        words = "the ledger's catalogue of activity types is of another version than the program's"
        yield Check("catalogue", "attention", words, "ghg factors publish, then ghg calculate")


def _evidence(s: Session) -> Iterator[Check]:
    folder = side_folder(s.path, "evidence")
    if not folder.is_dir():
        return
    missing = unsealed_parts(s)
    if missing:
        words = f"the rows of {len(missing)} batches are not kept in {folder.name}: {', '.join(missing[:5])}"
        yield Check("evidence", "wrong", words, "bring the folder back from a copy; ghg verify names every file")
    else:
        yield Check("evidence", "ok", f"{folder.name} has the rows of every batch")
    if orphans := parts_without_batch(s):
        words = f"{len(orphans)} acts ended before they were recorded; {folder.name}/parts holds what they had written"
        yield Check("leftovers", "attention", words, "give the same again and it is taken up; else nothing rests on it")


def _checkpoints(s: Session) -> Iterator[Check]:
    path, latest = checkpoints_path(s.path), latest_checkpoint(s)
    notes = read_notes(path.read_bytes())[0] if path.exists() else []
    newest = max(notes, key=lambda note: note.size, default=None)
    if newest is None:
        words = f"{path.name} is missing: nothing beside the ledger says what it was"
        yield Check("checkpoints", "wrong", words, "bring it back from a copy; the next act begins a new one")
    elif newest.origin != latest.origin:
        words = f"{path.name} is of another ledger ({newest.origin})"
        yield Check("checkpoints", "wrong", words, "bring file and side files together that belong to each other")
    elif newest.size > latest.size:
        words = f"the file has {latest.size} batches, but checkpoint {newest.size} was signed: it is an older copy"
        yield Check("checkpoints", "wrong", words, _OLDER)
    elif latest_checkpoint(s, newest.size).root != newest.root:
        words = f"the file is not the one over which checkpoint {newest.size} was signed: its history is another"
        yield Check("checkpoints", "wrong", words, _OLDER)
    elif newest.size < latest.size:
        words = f"the last signed checkpoint is of size {newest.size}, the ledger has {latest.size} batches"
        yield Check("checkpoints", "attention", words, "the next act notes it; if it does not, bring the file back")
    else:
        yield Check("checkpoints", "ok", f"size {latest.size}, signed")


def _keys(s: Session) -> Iterator[Check]:
    """Whether the user's key counts here, and whose keys nobody vouches for."""
    file = checkpoints_path(s.path)
    notes = read_notes(file.read_bytes())[0] if file.exists() else []
    chain = read_keys(s, read_log(s), (), notes)
    own = public_key_text(signing_key()) if signing_key_path().exists() else None
    key = chain.keys.get(own or "")
    lost = "; where it stands for one that was lost, revoke that one: ghg key revoke"
    if own is not None and key is None:
        words = f"your key {key_id(own)} is new to this ledger: your first act introduces it"
        fix = f"tell an admin your public key (ghg key show), who vouches for it: ghg key vouch {own}{lost}"
        yield Check("your key", "attention", words, fix)
    elif key is not None and (key.replaced_in is not None or key.revoked):
        ended = f"was replaced in B{key.replaced_in}" if key.replaced_in is not None else "was revoked"
        fix = f"bring your newer key back, or move {signing_key_path()} away: the next act makes a new one"
        yield Check("your key", "wrong", f"your key {key.id} {ended}: it signs nothing here any more", fix)
    elif key is not None and key.known:
        yield Check("your key", "ok", f"{key.id} counts here")
    for other in chain.keys.values():
        if not other.known and other.replaced_in is None:
            words = f"key {other.id} introduced itself in {other.entry}; no known key vouches for it"
            fix = f"an admin asks its owner for the public key, then: ghg key vouch {other.id}{lost}"
            yield Check("your key" if other is key else "keys", "attention", words, fix)


def _names(s: Session) -> Iterator[Check]:
    """Whether each name in the side file is the one that the ledger was told, and none is missing."""
    path = people_path(s.path)
    if not path.exists():
        return
    records = read_people(s.path)["people"]
    lost, other = [], []
    for person, role, committed in s.rows(
        "select person_id, arg_max(role, (batch_no, seq)), "
        "arg_max(commitment, (batch_no, seq)) filter (commitment is not null) from person group by 1 order by 1"
    ):
        record = records.get(person)
        if record is not None and not proves(person, record, committed):
            other.append(person)
        elif record is None and role != "none":
            lost.append(person)
    if other:
        words = f"the names of {', '.join(other)} in {path.name} are not those that the ledger was told"
        yield Check("names", "wrong", words, "find out who changed the file, and bring it back from a copy")
    if lost:
        words = f"{path.name} has no name for {', '.join(lost)}"
        yield Check("names", "attention", words, "bring it back from a copy, or as an admin: ghg person name ID NAME")


def _refusals(s: Session) -> Iterator[Check]:
    path = control_log_path(s.path)
    named = s.rows("select 1 from batch where control_log_head is not null limit 1")
    if named and control_log_head(s.path) is None:
        words = f"{path.name} is missing: batches name refusals that stood in it"
        yield Check("refusals", "wrong", words, "bring it back from a copy")
    elif path.exists() and not path.read_bytes().endswith(b"\n"):
        words = f"the last line of {path.name} is torn: that refusal was never acknowledged"
        yield Check("refusals", "attention", words, "nothing; the next refusal mends it")


def _clock(s: Session) -> Iterator[Check]:
    last = s.rows("select max(recorded_at) from batch")[0][0]
    if last is not None and last > datetime.now(UTC) + _CLOCK_MAY_DIFFER:
        words = f"the clock of this machine is behind the last batch ({last:%Y-%m-%d %H:%M} UTC)"
        yield Check("clock", "attention", words, "set the clock; until then new batches are dated just after the last")


_INSIDE: tuple[Callable[[Session], Iterator[Check]], ...] = (
    _schema, _catalogue, _evidence, _checkpoints, _refusals, _keys, _names, _clock,
)  # fmt: skip


def worst(found: Sequence[Check]) -> State:
    """The worst state of all that was looked at."""
    states = {check.state for check in found}
    return "wrong" if "wrong" in states else "attention" if "attention" in states else "ok"
