"""The folder into which `ghg-track` writes: a file of lines for each run, rank and attempt."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ledger.errors import Misuse

ENDING = ".jsonl"
_HEADING = {"v", "line", "run_id", "attempt", "rank"}
_BOUND = 1 << 20
"""Characters beyond which a line is none of ghg-track."""


@dataclass(frozen=True, slots=True)
class Spool:
    """The files of a folder by what can be done with them, each list in order of name.

    Attributes:
        ready: with a reading or a last line.
        begun: of runs that have begun, with nothing to record yet.
        foreign: other files of the same ending, which are left alone.
    """

    ready: tuple[Path, ...]
    begun: tuple[Path, ...]
    foreign: tuple[Path, ...]


def spool_of(folder: Path) -> Spool:
    """The files of a folder. Raises Misuse where there is no such folder, or no file of ghg-track in it."""
    if not folder.is_dir():
        raise Misuse(f"{folder} is no folder", "name the one into which ghg-track wrote (GHG_TRACK_DIR, or ghg-track)")
    sorts: dict[str, list[Path]] = {"ready": [], "begun": [], "foreign": []}
    for path in sorted(folder.glob(f"*{ENDING}")):
        if path.is_file():
            sorts[_sort(path)].append(path)
    if not sorts["ready"] and not sorts["begun"]:
        raise Misuse(
            f"{folder} holds no file of ghg-track", "its files end in .jsonl, one for each run and rank", "no-lines"
        )
    return Spool(*(tuple(sorts[name]) for name in ("ready", "begun", "foreign")))


def _sort(path: Path) -> str:
    """Which list a file belongs to, by its first lines; a file without any is one that has just begun."""
    is_ours = path.stat().st_size == 0
    for document in _documents(path):
        if not isinstance(document, dict) or not set(document) >= _HEADING:
            return "foreign"
        if document["line"] != "start":
            return "ready"
        is_ours = True
    return "begun" if is_ours else "foreign"


def _documents(path: Path) -> Iterator[Any]:
    """The lines that are JSON; a line that is cut off or damaged is for the upload to tell."""
    with path.open(encoding="utf-8", errors="replace") as lines:
        while line := lines.readline(_BOUND):
            try:
                yield json.loads(line)
            except (ValueError, RecursionError):
                continue
