"""What the tests run of each room, as a table: ``python tests/room_coverage.py build/coverage/report.json``.

``make coverage`` measures, and writes the report that is read here.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

HEADS = ("room", "lines", "run", "%", "branches", "taken", "%")


def room_of(file: str) -> str:
    """The room that a file lies in: its folder below `ledger/`, its own name where it lies there itself, `schemas`."""
    first, *rest = PurePosixPath(file).parts
    return f"{first}/{PurePosixPath(rest[0]).stem}" if first == "ledger" else first


def by_room(report: Mapping[str, Any]) -> dict[str, Counter[str]]:
    """The counts of the files of a report of `coverage json`, added up for each room."""
    rooms: dict[str, Counter[str]] = {}
    for file, told in report["files"].items():
        rooms.setdefault(room_of(file), Counter()).update(
            {key: told["summary"][key]
             for key in ("num_statements", "covered_lines", "num_branches", "covered_branches")}
        )  # fmt: skip
    return rooms


def row(name: str, counts: Mapping[str, int]) -> tuple[str, ...]:
    """A line of the table; shares are cut, not rounded: 100.0 is said where nothing is left out."""
    cells = [name]
    for of, done in (("num_statements", "covered_lines"), ("num_branches", "covered_branches")):
        tenths = counts[done] * 1000 // counts[of] if counts[of] else None
        share = "" if tenths is None else f"{tenths // 10}.{tenths % 10}"
        cells += [str(counts[of]), str(counts[done]), share]
    return tuple(cells)


def table(rows: Iterable[tuple[str, ...]]) -> str:
    """Rows under one another: names to the left, numbers to the right."""
    every = list(rows)
    widths = [max(len(cells[place]) for cells in every) for place in range(len(HEADS))]
    lines = (
        [cells[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True))]
        for cells in every
    )
    return "".join("  ".join(line).rstrip() + "\n" for line in lines)


def main() -> int:
    """Prints the table of the report that is named."""
    rooms = by_room(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    whole: Counter[str] = sum(rooms.values(), Counter())
    sys.stdout.write(table([HEADS, *(row(name, rooms[name]) for name in sorted(rooms)), row("all", whole)]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
