"""How the life of a period is told on the terminal and in JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.text import Text

from ledger.plain import plain
from ledger.terminal import console, late_words, ruled_table, safe, tonnes

if TYPE_CHECKING:
    from ledger.book.acts.closing import PeriodState
    from ledger.inventory.periods.restatement import Restatement

_NEXT = {
    "open": "ghg submit {0}",
    "submitted": "ghg approve {0}, as another person",
    "approved": "ghg close {0}",
    "closed": "ghg report quarterly --period {0}",
    "restated": "ghg status {0} shows both figures",
}
_DIGEST_SHOWN = 12
People = Sequence[dict[str, str]]


def person_name(person: str, people: People) -> str:
    """The name behind a pseudonym, where the side file still has it."""
    names = {row["person"]: row["name"] for row in people}
    return names.get(person) or person


def state_json(state: PeriodState, people: People) -> dict[str, Any]:
    """A period's state as JSON values; persons by pseudonym and, where known, by name."""
    made: dict[str, Any] = plain(state)
    made["period"] = {"start": plain(state.period.start), "end": plain(state.period.end), "label": state.period.label}
    made["name"] = person_name(state.person, people)
    made["recorded_at"] = state.recorded_at.isoformat()
    for step, told in zip(state.steps, made["steps"], strict=True):
        told["recorded_at"] = step.recorded_at.isoformat()
        told["name"] = person_name(step.person, people)
    return made


def restatement_json(told: Restatement, people: People) -> dict[str, Any]:
    """A restatement as JSON values, with the difference of each line."""
    made: dict[str, Any] = plain(told)
    made["period"] = {"start": plain(told.period.start), "end": plain(told.period.end), "label": told.period.label}
    made["recorded_at"] = None if told.recorded_at is None else told.recorded_at.isoformat()
    made["name"] = person_name(told.person, people)
    made["before"]["recorded_at"] = told.before.recorded_at.isoformat()
    made["before"]["name"] = person_name(told.before.person, people)
    for line, row in zip(told.lines, made["lines"], strict=True):
        row["difference_kg"] = plain(line.difference_kg)
    return made


def print_step(state: PeriodState) -> None:
    """What a step did, and the next one."""
    out = console()
    whose = "" if state.legal_entity_id is None else f" of {state.legal_entity_id}"
    line = Text().append_text(safe(f"{state.period.label}{whose} ({_views(state.view)}): "))
    out.print(line.append(state.state, style="bold").append(f", batch {state.batch}."))
    out.print(f"Its figures at {state.pin} batches have the digest {state.figures_sha256}.", style="dim")
    if state.single_person:
        out.print("Submitted and approved by one person; every figure says so.")
    out.print(Text("Next: " + _NEXT[state.state].format(state.period.label), style="dim"))


def print_states(
    found: Sequence[PeriodState], people: People, restated: Sequence[Restatement], *, in_full: bool
) -> None:
    """Every period with its state and last step; in full, every step and restatement too."""
    out = console()
    if not found:
        out.print("No period was submitted yet: every one is open. Next: ghg submit 2026-Q1 (or another)")
        return
    table = ruled_table(
        ("period", False), ("view", False), ("entity", False), ("state", False), ("by", False), ("on", False),
        ("pin", True), ("digest", False), ("received after close", False),
    )  # fmt: skip
    for state in found:
        told = f"{state.state}, changed since {state.steps[-1].event}" if state.changed else state.state
        late = "" if state.received_after_close is None else late_words(state.received_after_close)
        table.add_row(
            state.period.label, state.view, safe(state.legal_entity_id or ""), told,
            safe(person_name(state.person, people)), f"{state.recorded_at:%Y-%m-%d}", str(state.pin),
            (state.figures_sha256 or "")[:_DIGEST_SHOWN], late,
        )  # fmt: skip
    out.print(table)
    if in_full:
        for state in found:
            _print_steps(state, people)
        for one in restated:
            print_restatement(one, people, check=False)
    elif any(state.received_after_close for state in found):
        first = next(state for state in found if state.received_after_close)
        out.print(f"Next: ghg restate {first.period.label} --reason late_data --check", style="dim")
    else:
        out.print(f"Next: {_NEXT[found[-1].state].format(found[-1].period.label)}", style="dim")


def _print_steps(state: PeriodState, people: People) -> None:
    out = console()
    out.print(Text(f"\n{state.period.label}, {_views(state.view)}", style="bold"))
    for step in state.steps:
        reason = f": {step.reason}" if step.reason else ""
        line = f"  {step.recorded_at:%Y-%m-%d %H:%M} UTC  {step.event} by {person_name(step.person, people)}"
        out.print(safe(f"{line} ({step.role}), batch {step.batch}, pin {step.pin}{reason}"))
        out.print(Text(f"    {step.figures_sha256}", style="dim"))


def print_restatement(told: Restatement, people: People, *, check: bool) -> None:
    """Old, new and difference by scope and category, in tonnes; why, and who stood for each."""
    out = console()
    whose = "" if told.legal_entity_id is None else f" of {told.legal_entity_id}"
    if not check and told.recorded_at is None:
        out.print(safe(f"{told.period.label}{whose}: nothing differs, nothing was written."))
        return
    verb = "would be restated" if check else "restated"
    out.print(Text().append_text(safe(f"\n{told.period.label}{whose} {verb}")), style="bold")
    if check and not told.changes:
        out.print("Nothing would change.")
        return
    table = ruled_table(("t CO\u2082e", False), ("before", True), ("after", True), ("difference", True))
    for line in told.lines:
        label = line.measure.replace("scope_3/category=", "  category ").replace("_", " ")
        shown = [tonnes(kg, "0.001") for kg in (line.old_kg, line.new_kg)]
        difference = line.difference_kg
        sign = "+" if difference is not None and difference > 0 else ""
        table.add_row(label, *shown, "" if difference is None else sign + tonnes(difference, "0.001"))
    out.print(table)
    view = told.figures_view.replace("_", " ")
    out.print(f"{view}; location-based and market-based figures are not added.", style="dim")
    if told.received is not None:
        out.print(f"Received after close: {late_words(told.received)}.")
    before = told.before
    out.print(safe(f"Before: {before.event} by {person_name(before.person, people)} on {before.recorded_at:%Y-%m-%d}."))
    if check:
        out.print("Nothing was written. Instruments are allotted anew when it is restated.", style="dim")
        out.print(f"Next: ghg restate {told.period.label} --reason {told.reason_code} --note TEXT", style="dim")
        return
    note = f", {told.note}" if told.note else ""
    who = f"Now: batch {told.batch} by {person_name(told.person, people)} on {told.recorded_at:%Y-%m-%d}"
    out.print(safe(f"{who}: {told.reason_code}{note}."))
    both = f"ghg inventory --period {told.period.label} --at {told.old_at}, and --at {told.new_at}"
    out.print(f"Both stay: {both}", style="dim")


def _views(view: str) -> str:
    return "all views" if view == "all" else view.replace("_", " ")
