"""Misstatements as acts of an auditor: added, corrected by a batch, withdrawn; each a version of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ledger.assurance.reviewing.about import about_named
from ledger.assurance.reviewing.engagements import EngagementTold, engagement_named
from ledger.assurance.sampling.corrections import moved_by
from ledger.assurance.sampling.misstatements import (
    KINDS,
    MeasureTotal,
    MisstatementTold,
    changes_something,
    measure_totals,
    misstatement_named,
    misstatements_in_force,
)
from ledger.book.results import WriteResult
from ledger.book.verbs.book import Book
from ledger.errors import Misuse, Refused, known_word
from ledger.plain import plain, plain_amount
from ledger.store import Session, Writing, append, as_arrow, session
from ledger.store.tables import Misstatement
from ledger.tabular import Tabular
from schemas.measures import MEASURE_PARTS

_ROUNDED = Decimal("0.5")
"""An effect may be written in whole kg: so much less is as good as all of it."""
_WHOLE = ("operational_control", "financial_control")
"""Views under which what a batch moved is told without shares."""
_BATCH = re.compile(r"B?(\d+)")
_SMALLEST, _LARGEST = Decimal("1e-18"), Decimal("1e20")


@dataclass(frozen=True, slots=True)
class Misstated:
    """What a misstatement says: kind, what it is about, measure, effect in kg (above zero: too much), and why."""

    kind: str
    measure: str
    effect_kg: Decimal
    reason: str
    about: str | None = None
    sample: str | None = None


@dataclass(frozen=True, slots=True)
class MisstatementLog(Tabular):
    """The misstatements in force, and what is uncorrected in each measure against the engagement's materiality."""

    ROWS = "misstatements"

    misstatements: tuple[MisstatementTold, ...]
    totals: tuple[MeasureTotal, ...]
    engagement: EngagementTold | None

    def as_json(self) -> dict[str, Any]:
        """The answer of `ghg review misstatement list --json`: kg as plain text."""
        told = self.engagement
        made: dict[str, Any] = plain(
            {
                "engagement": None if told is None else told.engagement_id,
                "materiality_kg": None if told is None else told.materiality_kg,
                "performance_materiality_kg": None if told is None else told.performance_materiality_kg,
                "clearly_trivial_kg": None if told is None else told.clearly_trivial_kg,
                "totals": self.totals, "misstatements": self.misstatements,
            }
        )  # fmt: skip
        return made


def added_misstatement(ledger: Book, engagement: str, said: Misstated) -> tuple[str, WriteResult]:
    """Record a misstatement; gives its id. See :meth:`ledger.book.Ledger.add_misstatement`."""
    known_word("kind of misstatement", said.kind, KINDS)
    known_word("measure", said.measure, MEASURE_PARTS)
    if not said.reason.strip():
        raise Misuse("a misstatement needs a reason", "say with --reason what is wrong and how that is known")
    if not said.effect_kg or abs(said.effect_kg) >= _LARGEST or said.effect_kg != said.effect_kg.quantize(_SMALLEST):
        raise Misuse(f"an effect of {said.effect_kg} kg cannot be recorded", "give kg, above zero for too much")
    with session(ledger.path, "write") as s:
        told = engagement_named(s, engagement)
        if said.sample is not None and not s.rows("select 1 from review_sample where sample_id = ?", [said.sample]):
            raise Misuse(f"there is no sample '{said.sample}'", "ghg review sample … --record puts one on record")
        if said.kind == "projected" and said.sample is None:
            raise Misuse("a projected misstatement follows from a sample", "name it with --sample")
        about = about_named(s, said.about or f"{told.start}..{told.end}")
        number = s.one("select count(distinct misstatement_id) + 1 from misstatement")[0]
        row = {
            "misstatement_id": f"M{number}", "engagement_id": engagement, "misstatement_kind": said.kind,
            "about_kind": about.kind, "about": about.text, "measure": said.measure, "effect_kg": said.effect_kg,
            "corrected": False, "sample_id": said.sample, "reason": said.reason.strip(), "withdrawn": False,
        }  # fmt: skip
        return f"M{number}", _written(ledger, s, row, None)


def corrected_misstatement(ledger: Book, misstatement_id: str, batch: str, note: str) -> WriteResult:
    """Say which batch corrected a misstatement. Raises Refused where that batch changed nothing of the period."""
    match = _BATCH.fullmatch(batch.strip())
    if match is None:
        raise Misuse(f"'{batch}' is not a batch", "name the batch that corrected it, like B57")
    number = int(match[1])
    with session(ledger.path, "write") as s:
        held = misstatement_named(s, misstatement_id)
        told = engagement_named(s, held.engagement_id)
        if not s.rows("select 1 from batch where batch_no = ?", [number]):
            raise Misuse(f"this ledger has no batch B{number}", "ghg correct and ghg reverse tell the batch they wrote")
        if held.corrected_batch == number:
            return WriteResult(None, 0, {"misstatements": 0})
        if not changes_something(s, number, told.start, told.end, adding=held.effect_kg < 0):
            raise Refused(
                f"B{number} reverses and replaces nothing of {told.period.label}",
                "name the batch of the correction or reversal; of what was missing, that of its upload",
            )
        _check_correction(s, held, told, number)
        row = _as_row(held) | {"corrected": True, "corrected_batch": number}
        return _written(ledger, s, row, note or None)


def _check_correction(s: Session, held: MisstatementTold, told: EngagementTold, number: int) -> None:
    """The batch touched what it is about, moved all of the effect, and is named for it once. Raises Refused."""
    name = held.misstatement_id
    moved = moved_by(s, number, (held.about_kind, held.about), (told.start, told.end), held.measure)
    if not moved.touches and held.about_kind in ("entry", "batch"):
        raise Refused(
            f"B{number} neither reverses nor replaces {held.about}, which {name} is about",
            "name the batch of its correction or reversal: ghg trace " + held.about,
        )
    for other in misstatements_in_force(s, held.engagement_id):
        same = (other.about, other.measure, other.corrected_batch) == (held.about, held.measure, number)
        if same and other.misstatement_id != name:
            raise Refused(
                f"B{number} is named already as what corrected {other.misstatement_id}, about {held.about} too",
                f"withdraw one of the two, or name the batch that corrected {name}",
            )
    done = -moved.kg if held.effect_kg > 0 else moved.kg
    slack = max(_ROUNDED, told.clearly_trivial_kg or _ROUNDED)
    if told.view in _WHOLE and done + slack < abs(held.effect_kg):
        raise Refused(
            f"B{number} moved {held.measure} by {plain_amount(moved.kg)} kg, and {name} says "
            f"{plain_amount(held.effect_kg)} kg: the rest is not corrected",
            f"withdraw {name} and add what was corrected and what is left as two, or have the rest corrected first",
        )


def withdrawn_misstatement(ledger: Book, misstatement_id: str, reason: str) -> WriteResult:
    """Take a misstatement out of the log, with a reason; it stays on record."""
    if not reason.strip():
        raise Misuse("what is withdrawn needs a reason", "say with --reason why it is none")
    with session(ledger.path, "write") as s:
        return _written(ledger, s, _as_row(misstatement_named(s, misstatement_id)) | {"withdrawn": True}, reason)


def misstatement_log(ledger: Book, engagement: str | None) -> MisstatementLog:
    """See :meth:`ledger.book.Ledger.misstatements`."""
    with session(ledger.path) as s:
        told = None if engagement is None else engagement_named(s, engagement)
        found = misstatements_in_force(s, engagement)
        if told is None and len({one.engagement_id for one in found}) == 1:
            told = engagement_named(s, found[0].engagement_id)
    return MisstatementLog(found, measure_totals(found, told), told)


def _as_row(held: MisstatementTold) -> dict[str, Any]:
    return {
        "misstatement_id": held.misstatement_id, "engagement_id": held.engagement_id, "misstatement_kind": held.kind,
        "about_kind": held.about_kind, "about": held.about, "measure": held.measure, "effect_kg": held.effect_kg,
        "corrected": held.corrected, "corrected_batch": held.corrected_batch, "sample_id": held.sample_id,
        "reason": held.reason, "withdrawn": held.withdrawn,
    }  # fmt: skip


def _written(ledger: Book, s: Session, row: dict[str, Any], reason: str | None) -> WriteResult:
    act = ledger._act(s, "misstatement", reason=reason)  # noqa: SLF001 — one facade in two files

    def fill(writing: Writing) -> None:
        writing.insert_rows(Misstatement, as_arrow(Misstatement, [row]))

    done = append(s, act, fill)
    return WriteResult(done.batch_no, done.entries, {"misstatements": 1})
