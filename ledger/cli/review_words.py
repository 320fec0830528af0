"""How the auditor's work is told on the terminal and in JSON."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rich.text import Text

from ledger.cli.period_words import People, person_name
from ledger.plain import plain, plain_amount
from ledger.terminal import console, safe, tonnes

if TYPE_CHECKING:
    from ledger.assurance.engagements import EngagementTold
    from ledger.assurance.review import Thread, Tick

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


def thread_json(told: Thread, people: People) -> dict[str, Any]:
    """A thread as JSON values: about, state, whether it is open, who is asked, and every remark."""
    return {
        "id": told.id, "kind": told.kind, "state": told.state, "open": told.is_open,
        "about": {"kind": told.about.kind, "id": told.about.text, "label": told.about.label,
                  "start": plain(told.about.start), "end": plain(told.about.end)},
        "engagement_id": told.engagement_id, "age_days": _age(told.opened.recorded_at),
        "asked": [{"person": person, "name": person_name(person, people)} for person in told.asked],
        "remarks": [{**plain(remark), "recorded_at": remark.recorded_at.isoformat(),
                     "name": person_name(remark.person, people)} for remark in told.remarks],
    }  # fmt: skip


def tick_json(told: Tick, people: People) -> dict[str, Any]:
    """A tick mark as JSON values."""
    return {
        "id": told.entry, "mark": told.mark, "about": {"kind": told.about.kind, "id": told.about.text},
        "engagement_id": told.engagement_id, "person": told.person, "name": person_name(told.person, people),
        "recorded_at": told.recorded_at.isoformat(), "note": told.note,
    }  # fmt: skip


def print_threads(
    threads: Sequence[Thread], ticks: Sequence[Tick], people: People, warnings: int, *, show_ticks: bool
) -> None:
    """Every thread with its remarks; the tick marks or their number; and how many warnings are open beside them."""
    out = console()
    for told in threads:
        print_thread(told, people)
    if show_ticks:
        for tick in ticks:
            note = f": {tick.note}" if tick.note else ""
            by = f"  {person_name(tick.person, people)}, {tick.recorded_at:%Y-%m-%d}"
            out.print(Text(f"{tick.entry}  ").append_text(safe(f"{tick.about.label}  {tick.mark}{by}{note}")))
    still = sum(told.is_open for told in threads)
    words = f"{counted(len(threads), 'thread')}, {still} open; {counted(len(ticks), 'tick mark')}"
    out.print(words + ("." if show_ticks or not ticks else ", shown by --ticks."))
    if warnings:
        beside = counted(warnings, "warning")
        out.print(f"Open beside them: {beside} of uploads and completeness. ghg findings --open")
    if first := next((told for told in threads if told.is_open), None):
        out.print(f"Next: ghg review answer {first.id} TEXT, or ghg review resolve {first.id} --note TEXT", style="dim")


def print_review_of(threads: Sequence[Thread], people: People, *, in_full: bool) -> None:
    """What is open in the review, under the state of periods: each thread in full, or how many there are."""
    if not threads:
        return
    out = console()
    if not in_full:
        out.print(f"Open in the review: {counted(len(threads), 'thread')}. ghg review list --open")
        return
    out.print(Text("\nOpen in the review", style="bold"))
    for told in threads:
        print_thread(told, people)


def counted(count: int, word: str) -> str:
    """A number with its word: 1 thread, 2 threads."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def print_thread(told: Thread, people: People) -> None:
    """A thread: its head with state and age, its words, and what followed."""
    out = console()
    asked = ", ".join(person_name(person, people) for person in told.asked)
    to = f", asks {asked}" if asked and told.kind != "comment" else ""
    head = Text(f"{told.id}  ").append(told.state, style="bold" if told.is_open else "dim")
    when = f"{told.opened.recorded_at:%Y-%m-%d}, {_age_words(_age(told.opened.recorded_at))}"
    by = f"{person_name(told.opened.person, people)} ({told.opened.role})"
    out.print(head.append_text(safe(f"  {told.kind} on {told.about.label}, by {by} on {when}{to}")))
    out.print(Text("  ").append_text(safe(told.opened.text or "")))
    for remark in told.remarks[1:]:
        by = f"{person_name(remark.person, people)}, {remark.recorded_at:%Y-%m-%d}"
        out.print(Text("  \u2192 ").append_text(safe(f"{remark.event} ({by}): {remark.text}")), style="dim")


def _age(then: datetime) -> int:
    """Whole days since then."""
    return max(0, (datetime.now(UTC) - then).days)


def _age_words(days: int) -> str:
    return "today" if not days else f"{days} day{'s' if days > 1 else ''} ago"
