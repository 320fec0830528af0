"""Engagements as acts of an auditor: level, criteria, materiality; a change is a later version with a reason."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ledger.assurance.reviewing.engagements import LEVELS, EngagementTold, engagement_versions, share_kg
from ledger.book.results import WriteResult
from ledger.book.verbs.book import Book
from ledger.errors import Misuse, known_word
from ledger.inventory import compile_inventory
from ledger.inventory.compile import checked_size
from ledger.inventory.measures import measure_kg
from ledger.plain import plain_amount
from ledger.store import Session, Writing, append, as_arrow, latest_checkpoint, session
from ledger.store.tables import Engagement
from schemas.measures import MEASURE_PARTS

_ID = re.compile(r"[^\s/@]{1,40}")
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)\s*(%|kg|t)")
_KG_PER_T = 1000
_HELD = (
    "engagement_id", "level", "criteria", "view", "measure", "materiality_pct", "basis_kg", "basis_size",
    "materiality_kg", "performance_materiality_kg", "clearly_trivial_kg", "note", "withdrawn",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Terms:
    """What is said of an engagement; what is None stays as the version before has it.

    ``materiality`` is a per cent of the measure or a mass (`5%`, `1200 kg`, `12 t`), ``performance`` and ``trivial``
    a mass or a per cent of materiality.
    """

    level: str | None = None
    criteria: str | None = None
    period: str | None = None
    view: str | None = None
    measure: str | None = None
    materiality: str | None = None
    performance: str | None = None
    trivial: str | None = None
    note: str | None = None
    withdraw: bool = False


def recorded_engagement(ledger: Book, engagement_id: str, terms: Terms, reason: str) -> WriteResult:
    """Record an engagement or a later version of it; see :meth:`ledger.book.Ledger.record_engagement`."""
    if not _ID.fullmatch(engagement_id):
        raise Misuse(f"'{engagement_id}' cannot name an engagement", "take a short word without blanks, like E2026")
    with session(ledger.path, "write") as s:
        act = ledger._act(s, "engagement", reason=reason or None)  # noqa: SLF001 — one facade in two files
        versions = engagement_versions(s, engagement_id)
        before = versions[-1] if versions else None
        if before is not None and not reason.strip():
            raise Misuse(f"{engagement_id} is on record, and a change of it needs a reason", "say with --reason why")
        row = _row(s, ledger, engagement_id, terms, before)
        if before is not None and row == _as_row(before):
            return WriteResult(None, 0, {"engagements": 0})

        def fill(writing: Writing) -> None:
            writing.insert_rows(Engagement, as_arrow(Engagement, [row]))

        done = append(s, act, fill)
    return WriteResult(done.batch_no, done.entries, {"engagements": 1})


def _row(s: Session, ledger: Book, name: str, terms: Terms, before: EngagementTold | None) -> dict[str, Any]:
    if terms.withdraw:
        if before is None:
            raise Misuse(f"there is no engagement '{name}' to withdraw", "ghg review engagement shows them")
        return {**_as_row(before), "withdrawn": True}
    held: dict[str, Any] = {} if before is None else _as_row(before)
    row = {**held, "engagement_id": name, "withdrawn": False, **_stated(s, ledger, terms)}
    row.setdefault("view", ledger._view(s, None))  # noqa: SLF001 — one facade in two files
    checked_size(s, row["view"], None)
    for column, option in (
        ("level", "--level limited|reasonable"), ("criteria", "--criteria TEXT"), ("period_start", "--period 2026"),
        ("measure", "--measure total_market"),
    ):  # fmt: skip
        if not row.get(column):
            raise Misuse(f"engagement {name} lacks {option.split()[0]}", f"give {option}")
    known_word("level of assurance", row["level"], LEVELS)
    known_word("measure", row["measure"], MEASURE_PARTS)
    moved = any(row.get(key) != held.get(key) for key in ("period_start", "period_end", "view", "measure"))
    if terms.materiality is not None or (moved and held.get("materiality_pct") is not None):
        text = terms.materiality or f"{plain_amount(held['materiality_pct'])}%"
        row |= _materiality(s, row, ledger, text)
        if row["basis_kg"] == held.get("basis_kg") and not moved:
            row["basis_size"] = held["basis_size"]  # the same figure, read again
    if "materiality_kg" not in row:
        raise Misuse(f"engagement {name} lacks --materiality", "give a per cent of the measure or a mass: 5%, 1200 t")
    row |= _parts(terms, row["materiality_kg"])
    _check_thresholds(row)
    return row


def _stated(s: Session, ledger: Book, terms: Terms) -> dict[str, Any]:
    given = {name: getattr(terms, name) for name in ("level", "criteria", "view", "measure", "note")}
    stated: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if terms.period is not None:
        of = ledger._period(s, terms.period)  # noqa: SLF001 — one facade in two files
        stated |= {"period_start": of.start, "period_end": of.end}
    return stated


def _materiality(s: Session, row: Mapping[str, Any], ledger: Book, text: str) -> dict[str, Any]:
    """Materiality as it is given; of a per cent also the figure that it was taken of."""
    number, unit = _amount(text, "--materiality")
    if unit != "%":
        return {"materiality_pct": None, "basis_kg": None, "basis_size": None, "materiality_kg": number}
    of = ledger._period(s, f"{row['period_start']}..{row['period_end']}")  # noqa: SLF001 — one facade in two files
    figures = compile_inventory(s, of, row["view"])
    basis = measure_kg(figures, row["measure"])
    if not basis:
        raise Misuse(
            f"{row['measure']} of {of.start} to {of.end} is {'not quantified' if basis is None else 'zero'}, so no per "
            "cent of it is material",
            "give materiality as a mass: --materiality 1200t",
        )
    size = latest_checkpoint(s).size
    kg = share_kg(basis, number)
    return {"materiality_pct": number, "basis_kg": basis, "basis_size": size, "materiality_kg": kg}


def _parts(terms: Terms, materiality_kg: Decimal) -> dict[str, Decimal]:
    """Performance materiality and what is clearly trivial, where they are given, kg."""
    made = {}
    for column, text, option in (
        ("performance_materiality_kg", terms.performance, "--performance"),
        ("clearly_trivial_kg", terms.trivial, "--trivial"),
    ):
        if text is not None:
            number, unit = _amount(text, option)
            made[column] = share_kg(materiality_kg, number) if unit == "%" else number
    return made


def _check_thresholds(row: Mapping[str, Any]) -> None:
    performance, trivial = row.get("performance_materiality_kg"), row.get("clearly_trivial_kg")
    if performance is None:
        raise Misuse(
            f"engagement {row['engagement_id']} lacks --performance",
            "give performance materiality, below materiality: a mass or a per cent of it",
        )
    if not 0 < performance < row["materiality_kg"]:
        raise Misuse("performance materiality must be above zero and below materiality", "give it with --performance")
    if trivial is not None and trivial > performance:
        raise Misuse("what is clearly trivial cannot be above performance materiality", "give it with --trivial")


def _amount(text: str, option: str) -> tuple[Decimal, str]:
    """A per cent, or a mass in kg. Raises Misuse where the text is neither."""
    match = _AMOUNT.fullmatch(text.strip())
    number = Decimal(match[1]) if match else Decimal(0)
    if match is not None and match[2] == "%" and number > 100:
        raise Misuse(f"{option} '{text}' is more than 100 %", "write a per cent of at most 100, or a mass: 12.5t")
    if match is None or number <= 0:
        raise Misuse(f"{option} '{text}' is neither a per cent nor a mass", "write 5%, 1200kg or 12.5t")
    if match[2] == "%":
        return number, "%"
    return number * (_KG_PER_T if match[2] == "t" else 1), "kg"


def _as_row(told: EngagementTold) -> dict[str, Any]:
    row = {name: getattr(told, name) for name in _HELD}
    return {**row, "period_start": told.start, "period_end": told.end}
