"""The founding of a ledger: an empty file with its tables, its name, its settings, its first person, its factors."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from ledger.book.acts.people import FOUNDER, check_name, keep_name, record_person
from ledger.book.roles import ADMIN, PREPARER
from ledger.errors import Misuse
from ledger.factors.publish import chosen_datasets, publish_shipped
from ledger.store import Act, Writing, append, as_arrow, session
from ledger.store.identity import new_identity
from ledger.store.schema import create_schema
from ledger.store.session import side_folder
from ledger.store.snapshot import put_in_place, refuse_what_is_there, waiting_folder
from ledger.store.tables import Setting

GWP_SETS = ("AR4", "AR5", "AR6")
CONSOLIDATIONS = ("operational_control", "financial_control", "equity_share")
FIRST_BASE_YEAR, LAST_BASE_YEAR = 1990, 2100
BEGINNING = date(1900, 1, 1)


def _check_settings(settings: dict[str, str]) -> None:
    """Settings cannot be edited later, only followed by others: a slip is refused now."""
    if settings["consolidation"] not in CONSOLIDATIONS:
        raise Misuse(
            f"'{settings['consolidation']}' is not a consolidation approach",
            "take one of: " + ", ".join(CONSOLIDATIONS),
        )
    check_fiscal_start(settings["fiscal_year_start"])
    if settings["base_year"]:
        check_base_year(settings["base_year"])


def check_fiscal_start(text: str) -> str:
    """The first day of a fiscal year as MM-DD. Raises Misuse for what is none."""
    try:
        start = date.fromisoformat(f"2024-{text}")
    except ValueError:
        start = None
    if start is None or start.day != 1:
        raise Misuse(f"'{text}' does not start a fiscal year", "give the first day of a month as MM-DD, like 04-01")
    return text


def check_base_year(text: str) -> str:
    """A base year. Raises Misuse for what is none."""
    if not text.isdecimal() or not FIRST_BASE_YEAR <= int(text) <= LAST_BASE_YEAR:
        raise Misuse(f"{text} is not a base year", f"give a year from {FIRST_BASE_YEAR} to {LAST_BASE_YEAR}")
    return text


def check_place(path: Path) -> None:
    """Raises Misuse where a ledger cannot be made because something is there."""
    if path.exists():
        what = "a folder" if path.is_dir() else "a file"
        raise Misuse(
            f"there is {what} at {path} already", "name another with --ledger, or use the ledger that is there"
        )
    refuse_what_is_there(path)


def found_ledger(path: Path, actor: str, settings: dict[str, str], datasets: Sequence[str] = ()) -> None:
    """Make the ledger file and its first batches. Raises Misuse where a file is there or a setting is unknown.

    It is made in a folder of its own and moved to its place as a whole: one that was interrupted leaves no ledger.
    """
    check_place(path)
    if settings["gwp"] not in GWP_SETS:
        raise Misuse(f"'{settings['gwp']}' is not a GWP set", "take one of: " + ", ".join(GWP_SETS))
    _check_settings(settings)
    check_name(actor)
    chosen_datasets(datasets)
    waiting = waiting_folder(path)
    try:
        waiting.mkdir(parents=True)
        _founded(waiting / "ledger.duckdb", actor, {"origin": uuid.uuid4().hex, **settings}, datasets)
        for of_the_moment in ("lock", "queue", "people.lock"):
            side_folder(waiting / "ledger.duckdb", of_the_moment).unlink(missing_ok=True)
        put_in_place(waiting, path)
    except PermissionError as fault:
        raise Misuse(
            f"{path.parent.resolve()} is read-only: no ledger can be made there", "name a place where you may write"
        ) from fault
    finally:
        shutil.rmtree(waiting, ignore_errors=True)


def _founded(path: Path, actor: str, values: dict[str, str], datasets: Sequence[str]) -> None:
    founder = new_identity(actor)
    who = founder.person

    def fill(writing: Writing) -> None:
        rows = [{"name": name, "value": value, "valid_from": BEGINNING} for name, value in values.items()]
        writing.insert_rows(Setting, as_arrow(Setting, rows))
        record_person(writing, who, FOUNDER, founder.commitment)

    keep_name(path, founder)
    with session(path, "write", create=True) as s:
        create_schema(s)
        append(s, Act("init", who, ADMIN, f"init:{values['origin']}"), fill)
        publish_shipped(s, who, PREPARER, datasets)
