"""How the auditor's work is told on the terminal and in JSON."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rich.text import Text

from ledger.cli.review.period_words import People, person_name
from ledger.plain import plain, plain_amount
from ledger.terminal import console, safe, tonnes

if TYPE_CHECKING:
    from ledger.assurance.reviewing.engagements import EngagementTold
    from ledger.assurance.reviewing.review import Thread, Tick
    from ledger.assurance.reviewing.sign_off import Standing
    from ledger.book.acts.signing_off import Conclusion, SignedOff

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
        "settled_without_auditor": told.settled_without_auditor is not None,
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


def print_review_of(threads: Sequence[Thread], signed: Sequence[Standing], people: People, *, in_full: bool) -> None:
    """Under the state of periods: the sign-offs, and what is open in the review, in full or by number."""
    print_sign_offs(signed, people)
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
    if (last := told.settled_without_auditor) is not None:
        by = f"{person_name(last.person, people)} ({last.role})"
        out.print(safe(f"  opened by an auditor, settled by {by}; a sign-off tells it until an auditor settles it"))


def _age(then: datetime) -> int:
    """Whole days since then."""
    return max(0, (datetime.now(UTC) - then).days)


def _age_words(days: int) -> str:
    return "today" if not days else f"{days} day{'s' if days > 1 else ''} ago"


def signed_off_json(made: SignedOff, people: People) -> dict[str, Any]:
    """A sign-off that was just recorded, as JSON values."""
    return {
        **made.done.as_json(), "id": made.entry,
        "checkpoint": {"size": made.checkpoint.size, "root": made.checkpoint.root},
        "figures_sha256": made.figures_sha256, "open": [thread_json(one, people) for one in made.open_threads],
        "signed_sha256": made.signed_sha256, "public_key": made.public_key, "shared_key": made.shared_key,
    }  # fmt: skip


def print_signed_off(made: SignedOff, period: str, said: Conclusion, people: People) -> None:
    """What was signed off, what it is bound to, what was open all the same, and how others check it."""
    out = console()
    out.print(safe(f"{made.entry}: {period} is signed off in {said.engagement_id}, {said.conclusion}."), style="bold")
    out.print(f"Bound to checkpoint {made.checkpoint.size} (root {made.checkpoint.root[:16]}) and to figures with")
    out.print(f"  the digest {made.figures_sha256}.")
    if made.open_threads:
        out.print(safe(f"Open all the same ({said.despite}):"))
        for told in made.open_threads:
            print_thread(told, people)
    if made.signed_sha256:
        out.print(f"Signed as {said.sign_as}; the text lies in evidence as {made.signed_sha256}.", soft_wrap=True)
        if made.shared_key:
            words = "WARNING: another person brought this key into the ledger: it does not show that an auditor signed."
            out.print(f"{words} Sign with a key of your own (GHG_SIGNING_KEY names its file).", style="bold",
                      soft_wrap=True)  # fmt: skip
        out.print(f"Others check it: ghg verify --auditor-key {made.public_key}", soft_wrap=True)
    out.print(f"It is void as soon as these figures move. Next: ghg status {period}", style="dim")


def sign_off_json(one: Standing, people: People) -> dict[str, Any]:
    """A sign-off as JSON values, with whether it is void, what moved (kg) and which batches followed."""
    told = one.told
    made: dict[str, Any] = plain(told)
    made["period"] = {"start": made.pop("start"), "end": made.pop("end"), "label": told.period.label}
    made |= {"recorded_at": told.recorded_at.isoformat(), "name": person_name(told.person, people)}
    made["void"] = one.is_void
    made["moved"] = [
        {"measure": line.measure, "old_kg": plain(line.old_kg), "new_kg": plain(line.new_kg),
         "difference_kg": plain(line.difference_kg)} for line in one.moved
    ]  # fmt: skip
    made["batches_since"] = [{**plain(mover), "name": person_name(mover.person, people)} for mover in one.movers]
    return made


def print_sign_offs(signed: Sequence[Standing], people: People) -> None:
    """Each sign-off with what it is bound to; a void one with what moved, in which batches and by whom."""
    out = console()
    for one in signed:
        told = one.told
        state = "void" if one.is_void else "stands"
        head = Text(f"Sign-off {told.entry}  ").append(state, style="bold #b3261e" if one.is_void else "bold")
        whose = f" of {told.legal_entity_id}" if told.legal_entity_id else ""
        by = f"{person_name(told.person, people)} on {told.recorded_at:%Y-%m-%d}"
        of = f"  {told.conclusion}, {told.level} assurance of {told.period.label}{whose} ({told.engagement_id}), {by}"
        out.print(head.append_text(safe(of)))
        out.print(Text("  ").append_text(safe(told.statement)))
        bound = f"  at {told.checkpoint_size} batches, figures {told.figures_sha256[:12]}"
        out.print(bound + (", signed" if told.signed_sha256 else ""), style="dim")
        if told.open_findings:
            out.print(safe(f"  given with {told.open_findings} open in the review: {told.despite}"))
        if one.is_void:
            _print_void(one, people)


def _print_void(one: Standing, people: People) -> None:
    out = console()
    for line in one.moved:
        difference = line.difference_kg
        shown = "" if difference is None else f" ({'+' if difference > 0 else ''}{plain_amount(difference)} kg)"
        label = line.measure.replace("/category=", " category ").replace("_", " ")
        out.print(f"  moved since: {label} {mass(line.old_kg)} \u2192 {mass(line.new_kg)}{shown}")
    if not one.moved:
        out.print("  moved since: facilities or lines within these totals, which are the same")
    for mover in one.movers:
        why = f": {mover.reason}" if mover.reason else ""
        out.print(safe(f"  batch {mover.batch}, {mover.kind} by {person_name(mover.person, people)}{why}"))
