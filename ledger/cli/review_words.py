"""How the auditor's work is told on the terminal and in JSON."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rich.text import Text

from ledger.cli.period_words import People, person_name
from ledger.plain import plain, plain_amount
from ledger.terminal import console, safe, tonnes

if TYPE_CHECKING:
    from ledger.assurance.engagements import EngagementTold

_FINE = Decimal(10_000)


def engagement_json(told: EngagementTold, people: People) -> dict[str, Any]:
    """A version of an engagement as JSON values."""
    made: dict[str, Any] = plain(told)
    made["period"] = {"start": made.pop("start"), "end": made.pop("end"), "label": told.period.label}
    made["recorded_at"] = told.recorded_at.isoformat()
    made["name"] = person_name(told.person, people)
    return made


def print_engagements(found: Sequence[EngagementTold], people: People, engagement_id: str | None) -> None:
    """Each engagement in a few lines; of one that is named every version, the one in force last."""
    out = console()
    if not found:
        which = f"No engagement '{engagement_id}'" if engagement_id else "No engagement"
        out.print(safe(f"{which} is on record. An auditor records one: ghg review engagement E2026 --level limited …"))
        return
    for place, told in enumerate(found):
        earlier = engagement_id is not None and place + 1 < len(found)
        _print_engagement(told, people, "earlier version" if earlier else "withdrawn" if told.withdrawn else "")


def _print_engagement(told: EngagementTold, people: People, state: str) -> None:
    out = console()
    head = f"{told.engagement_id}  {told.level} assurance of {told.period.label}"
    title = Text().append_text(safe(head)).append(f"  {state}" if state else "", style="dim")
    out.print(title, style="dim" if state else "bold")
    out.print(safe(f"  criteria: {told.criteria}"))
    of = f"  {told.measure.replace('_', ' ')}, {told.view.replace('_', ' ')}"
    basis = ""
    if told.materiality_pct is not None:
        pct = plain_amount(told.materiality_pct)
        basis = f" ({pct} % of {mass(told.basis_kg)} at {told.basis_size} batches)"
    trivial = "" if told.clearly_trivial_kg is None else f", clearly trivial {mass(told.clearly_trivial_kg)}"
    out.print(f"{of}: material {mass(told.materiality_kg)}{basis},")
    out.print(f"    performance materiality {mass(told.performance_materiality_kg)}{trivial}")
    if told.note:
        out.print(safe(f"  note: {told.note}"))
    why = f": {told.reason}" if told.reason else ""
    by = f"  {told.entry} by {person_name(told.person, people)} on {told.recorded_at:%Y-%m-%d}{why}"
    out.print(safe(by), style="dim")


def mass(kg: Decimal | None) -> str:
    """A mass for people: kg below ten tonnes, tonnes above."""
    if kg is not None and abs(kg) < _FINE:
        return f"{plain_amount(kg.quantize(Decimal('0.1')))} kg"
    return f"{tonnes(kg)} t" if kg is not None else "not quantified"
