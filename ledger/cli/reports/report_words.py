"""What the report command prints: what was issued, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ledger.plain import plain

if TYPE_CHECKING:
    from ledger.book.acts.issuing import Issued
    from ledger.book.checking import CheckedFile
    from ledger.book.issued import IssuedRow, IssuedState, Moved

_STATES = {
    "stands": "stands",
    "reissued": "stands; issued again as {reissued}",
    "restated": "superseded by a restatement ({restated})",
    "moved": "its figures have moved since",
}


def done_words(done: Issued) -> str:
    """What became of an issue, and where the files are."""
    said = "already issued" if done.already else "issued"
    first = f"{said} as {done.entry}, from checkpoint {done.checkpoint_size}"
    still = [f"Open in it: {', '.join(done.open_requirements)} (its content index says which)"]
    return "\n".join([first, *(str(path) for path in done.files.values()), *(still if done.open_requirements else [])])


def done_json(done: Issued) -> dict[str, Any]:
    """The answer of `ghg report … --issue --json`."""
    made: dict[str, Any] = plain(done)
    return made


def issued_json(told: Sequence[IssuedState], people: Sequence[dict[str, str]]) -> list[dict[str, Any]]:
    """The answer of `ghg report list --json`."""
    names = {one["person"]: one["name"] for one in people}
    made = []
    for state in told:
        row = state.row
        moved = [plain(one) | {"difference_kg": plain(one.difference_kg)} for one in state.moved]
        made.append(
            {
                "entry": row.entry, "report": row.report, "period": row.period.label, "view": row.view,
                "language": _language(row),
                "checkpoint": {"size": row.checkpoint_size, "root": row.checkpoint_root},
                "issued_at": row.recorded_at.strftime("%Y-%m-%dT%H:%M:%SZ"), "person": row.person,
                "name": names.get(row.person, ""), "files": row.files, "state": state.state,
                "restated": state.restated, "reissued": state.reissued, "moved": moved, "reason": row.reason,
            }
        )  # fmt: skip
    return made


def print_issued(told: Sequence[IssuedState], people: Sequence[dict[str, str]]) -> None:
    """A line for each issued report, and below it what differs now."""
    from ledger.terminal import console, ruled_table, safe

    out = console()
    if not told:
        out.print("Nothing was issued. Once a period is approved: ghg report quarterly --period PERIOD --issue")
        return
    names = {one["person"]: one["name"] or one["person"] for one in people}
    table = ruled_table(
        ("entry", False), ("report", False), ("period", False), ("view", False), ("in", False), ("checkpoint", True),
        ("issued", False), ("by", False), ("state", False),
    )  # fmt: skip
    for state in told:
        row = state.row
        table.add_row(
            row.entry, safe(row.report), safe(row.period.label), safe(row.view), _language(row),
            str(row.checkpoint_size), f"{row.recorded_at:%Y-%m-%d %H:%M}", safe(names.get(row.person, row.person)),
            safe(_STATES[state.state].format(reissued=state.reissued, restated=state.restated)),
        )  # fmt: skip
    out.print(table)
    for state in told:
        for moved in state.moved:
            out.print(safe(f"{state.row.entry}  {_moved_words(moved)}"))


def _language(row: IssuedRow) -> str:
    """The language in which a report was issued; nothing where its inputs are not kept."""
    return str((row.inputs or {}).get("language", ""))


def _moved_words(moved: Moved) -> str:
    """`scope_1: 264.1 t issued, 270.3 t now (+6.2 t)`."""
    from ledger.terminal import tonnes

    name = moved.measure.replace("_", " ")
    said = f"{name}: {_amount(moved.issued_kg)} issued, {_amount(moved.now_kg)} now"
    if moved.difference_kg is None:
        return said
    sign = "+" if moved.difference_kg > 0 else ""
    return f"{said} ({sign}{tonnes(moved.difference_kg, '0.001')} t)"


def _amount(kg: Any) -> str:
    from ledger.terminal import tonnes

    return tonnes(kg, "0.001") + ("" if kg is None else " t")


_BECAME = {
    "stands": "its figures stand",
    "reissued": "its figures stand; it was issued again since",
    "restated": "superseded by a restatement: ghg report list shows the difference",
    "moved": "its figures have moved since: ghg report list shows the difference",
}


def checked_json(told: Sequence[CheckedFile]) -> list[dict[str, Any]]:
    """The answer of `ghg report … --check --json`."""
    return [
        {
            "file": str(one.file), "ok": one.ok, "verdict": one.verdict, "words": one.words, "entry": one.entry,
            "state": one.state, "claimed": None if one.claimed is None else plain(one.claimed),
            "differences": plain(one.differences), "more": one.more,
        }
        for one in told
    ]  # fmt: skip


def print_checked(told: Sequence[CheckedFile]) -> None:
    """A line for each file, and below it every figure that differs: what the file says, what the ledger says."""
    from ledger.terminal import console, safe

    out = console()
    for one in told:
        became = f"; {_BECAME[one.state]}" if one.state else ""
        out.print(safe(f"{one.file.name}: {one.words}{became}"), style=None if one.ok else "bold", soft_wrap=True)
        for found in one.differences:
            figure = found.figure or "not a figure"
            lines = (f"  {figure} ({found.where})", f"    the file:   {found.said}", f"    the ledger: {found.ledger}")
            for line in lines:
                out.print(safe(line), soft_wrap=True)
        if one.more:
            out.print(f"  … and {one.more} more places")
