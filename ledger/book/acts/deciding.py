"""Decisions on the base year as acts of people: a recalculation restates its periods, a refusal says why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ledger.book.acts.closing import record_restatement, restatable
from ledger.book.second_person import check_not_own_rows
from ledger.book.verbs.book import Book
from ledger.calculation.policy import policy
from ledger.errors import Misuse
from ledger.inventory.periods.base_year import base_period, rules_year
from ledger.inventory.periods.recalculation_candidates import Candidate, base_year_candidates
from ledger.store import Session, Writing, append, as_arrow, session
from ledger.store.tables import BaseYearDecision
from ledger.tabular import Tabular

DECISIONS = ("recalculate", "decline")


@dataclass(frozen=True, slots=True)
class Decided(Tabular):
    """What was decided on a candidate, the batch that says so, and the other candidates that were taken in with it."""

    candidate: str
    decision: str
    batch: int
    taken_in: tuple[str, ...]


def decided(ledger: Book, name: str, decision: str, reason: str, view: str | None) -> Decided:
    """Record a decision on a candidate; see :meth:`ledger.book.Ledger.decide_base_year`."""
    if decision not in DECISIONS:
        raise Misuse(f"'{decision}' is not a decision", "take one of: " + ", ".join(DECISIONS))
    if not reason.strip():
        raise Misuse("a decision on the base year needs a reason", "say with --reason why")
    with session(ledger.path, "write") as s:
        act = ledger._act(s, "base_year", reason=reason)  # noqa: SLF001 — one facade in two files
        found = base_year_candidates(s, ledger._view(s, view))  # noqa: SLF001 — one facade in two files
        candidate = _named(found, name)
        if decision == "decline":
            rows = [_row(s, candidate, decision, reason)]
            batch = append(s, act, lambda writing: _record(writing, rows)).batch_no
            return Decided(name, decision, batch, ())
        others = [one for one in found if one.name != name and one.decision is None and _goes_with(one, candidate)]
        rows = [_row(s, candidate, decision, reason)]
        rows += [_row(s, one, decision, f"taken in with {name}: {reason}") for one in others]
        lives = restatable(s, base_period(policy(s)), "all", None)
        check_not_own_rows(s, act.actor, ledger.actor, lives)
        batch = record_restatement(
            s, ledger, lives, f"base_year: {name}, {reason}", lambda writing: _record(writing, rows)
        )
        return Decided(name, decision, batch, tuple(one.name for one in others))


def _named(found: tuple[Candidate, ...], name: str) -> Candidate:
    candidate = next((one for one in found if one.name == name), None)
    if candidate is None:
        raise Misuse(
            f"'{name}' is no candidate", "candidates: " + (", ".join(one.name for one in found) or "none at present")
        )
    if candidate.decision is not None:
        raise Misuse(f"{name} was decided: {candidate.decision}", "ghg base-year show says by whom and why")
    return candidate


def _goes_with(other: Candidate, chosen: Candidate) -> bool:
    """A restatement takes in every batch; the structure of a day takes in that of the days before it."""
    return other.day is None or (chosen.day is not None and other.day < chosen.day)


def _row(s: Session, candidate: Candidate, decision: str, reason: str) -> dict[str, Any]:
    rules = policy(s)
    effect = candidate.leading
    return {
        "candidate": candidate.name, "cause": candidate.cause, "base_year": rules_year(base_period(rules), rules),
        "effect_kg": effect.effect_kg, "effect_pct": effect.effect_pct,
        "cumulative_pct": candidate.leading_sum.cumulative_pct, "threshold_pct": rules.base_year_threshold_pct,
        "decision": decision, "reason": reason,
    }  # fmt: skip


def _record(writing: Writing, rows: list[dict[str, Any]]) -> None:
    writing.insert_rows(BaseYearDecision, as_arrow(BaseYearDecision, rows))
