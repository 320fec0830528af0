"""A score that nobody chose: of all small changes that can be made to calculation, store and assurance, a drawn sample.

``python tests/assurance/sampled_mutants.py --count 20 --seed 1 [ROOM …]`` draws as many for each room, by the seed, of
all places where an operator, a bound, a flag or a number stands, and tries each on a copy of the checkout. First the
room's tests are run once, measured (`measured_tests.py`); a change is then tried against those that ran its line, until
one fails. What is left is tried likewise against the tests of other rooms, unless
``--room-only`` is said. ``--minutes`` ends it in time. `code_mutants.py` beside it holds those a person thought of.
"""

from __future__ import annotations

import argparse
import io
import random
import re
import sys
import tempfile
import time
import tokenize
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from typing import NamedTuple

from code_mutants import ROOT, copied_to
from measured_tests import Measured, asked, failing, forget, measured

ROOMS = {
    "calculation": ("tests/calculation", "tests/cases"),
    "store": ("tests/store", "tests/book/test_migration.py"),
    "assurance": ("tests/assurance",),
}
"""A room's own tests."""

OTHERS = {
    "calculation": ("tests/book", "tests/disclosure", "tests/inventory"),
    "store": ("tests/assurance", "tests/book", "tests/durability", "tests/upgrade"),
    "assurance": (
        "tests/attacks",
        "tests/book",
        "tests/cases",
        "tests/schedule",
        "tests/simulator",
        "tests/store",
        "tests/upgrade",
    ),
}
"""Tests of other rooms that stand on a room: they may notice what its own do not."""

SWAPS = {
    "<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "+": "-", "-": "+", "*": "+", "+=": "-=",
    "and": "or", "or": "and", "True": "False", "False": "True", "min": "max", "max": "min", "any": "all", "all": "any",
}  # fmt: skip
SQL = {
    r"(?<![<>!:=])=(?![=>])": "<>", r"<>": "=", r"<=": "<", r">=": ">", r"(?<= )<(?= )": "<=", r"(?<= )>(?= )": ">=",
    r"(?<= )\+(?= )": "-", r"(?<= )-(?= )": "+", r"(?<= )\*(?= )": "+", r"\band\b": "or", r"\bor\b": "and",
    r"\bmin\(": "max(", r"\bmax\(": "min(", r"\bis not null\b": "is null", r"\bis null\b": "is not null",
    r"\bdesc\b": "asc", r"\bleft join\b": "join", r"\bunion all\b": "union", r"\bnot \(": "(",
}  # fmt: skip


class Place(NamedTuple):
    """Where a file can be changed: from which character to which, and what stands there instead."""

    file: str
    start: int
    end: int
    new: str

    def mutated(self, text: str) -> str:
        """The file's text with this change."""
        return text[: self.start] + self.new + text[self.end :]

    @property
    def line(self) -> int:
        """The line that it stands in."""
        return self._text.count("\n", 0, self.start) + 1

    @property
    def _text(self) -> str:
        return (ROOT / self.file).read_text(encoding="utf-8")

    def __str__(self) -> str:
        there = self._text.splitlines()[self.line - 1].strip()
        return f"{self.file}:{self.line} '{self._text[self.start : self.end]}' → '{self.new}' in: {there}"


def places_of(file: str) -> Iterator[Place]:
    """Every place of a file of Python or SQL at which it can be changed."""
    text = (ROOT / file).read_text(encoding="utf-8")
    if file.endswith(".sql"):
        yield from sql_places(file, re.sub(r"--[^\n]*", lambda found: " " * len(found[0]), text), 0)
        return
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    before = ""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        start, end = starts[token.start[0] - 1] + token.start[1], starts[token.end[0] - 1] + token.end[1]
        if token.type == tokenize.STRING and re.search(r"\bselect\b", token.string) and '"""' not in token.string[:4]:
            yield from sql_places(file, token.string, start)
        elif token.type == tokenize.NUMBER and token.string.isdigit():
            yield Place(file, start, end, str(int(token.string) + 1))
        elif token.string in SWAPS and not (token.string == "*" and before in ("(", ",", "[")):
            yield Place(file, start, end, SWAPS[token.string])
        before = token.string


def sql_places(file: str, text: str, offset: int) -> Iterator[Place]:
    """Every place of a statement at which it can be changed."""
    for pattern, new in SQL.items():
        for found in re.finditer(pattern, text):
            yield Place(file, offset + found.start(), offset + found.end(), new)


def sample(room: str, count: int, seed: int) -> list[Place]:
    """So many places of a room, the same ones for the same seed and the same code."""
    files = (path for path in (ROOT / "ledger" / room).rglob("*") if path.suffix in (".py", ".sql"))
    every = [place for path in sorted(files) for place in places_of(path.relative_to(ROOT).as_posix())]
    return random.Random(f"{room}/{seed}").sample(every, count)  # noqa: S311 — a draw that anyone repeats


class Copies:
    """Copies of the checkout, each held by one change or one measurement at a time."""

    def __init__(self, folder: Path, count: int) -> None:
        self._free: Queue[Path] = Queue()
        self._folder, self.workers = folder, ThreadPoolExecutor(count)
        for number in range(count):
            (folder / str(number)).mkdir()
            copied_to(folder / str(number))
            self._free.put(folder / str(number))

    @contextmanager
    def one(self) -> Iterator[Path]:
        """A copy that nobody else has meanwhile."""
        copy = self._free.get()
        try:
            yield copy
        finally:
            self._free.put(copy)

    def measured(self, folders: Sequence[str], *, of_room: bool) -> list[Measured]:
        """The tests of some folders, each run once."""

        def one(folder: str) -> list[Measured]:
            with self.one() as copy:
                return measured(folder, copy, of_room=of_room)

        found = [test for tests in self.workers.map(one, folders) for test in tests]
        said(f"{len(found)} tests of {', '.join(folders)}: {sum(test.seconds for test in found):.0f} s")
        return found

    def noticed_by(self, place: Place, tests: Sequence[Measured], ends: float) -> tuple[str | None, int] | None:
        """The test that fails with a change, if any, and how many may be asked; None where time is up."""
        if time.monotonic() > ends:
            return None
        text = (ROOT / place.file).read_text(encoding="utf-8")
        first, then = asked(place.file, place.line, tests)
        with self.one() as copy:
            file = copy / place.file
            file.write_text(place.mutated(text), encoding="utf-8")
            forget(file)
            try:
                return failing(first, copy, place.file) or failing(then, copy, place.file), len(first) + len(then)
            finally:
                file.write_text(text, encoding="utf-8")
                forget(file)


def said(line: str) -> None:
    """A line, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def round_of(drawn: Sequence[Place], tests: Sequence[Measured], copies: Copies, ends: float) -> tuple[int, list[Place]]:
    """How many of the drawn places were tried in time, and those that nobody noticed; what became of each is told."""
    told = copies.workers.map(lambda place: copies.noticed_by(place, tests, ends), drawn)
    tried, left = 0, []
    for place, found in zip(drawn, told, strict=True):
        if found is None:
            continue
        by, count = found
        tried += 1
        left += [] if by else [place]
        why = f"by {by}" if by else f"{count} tests ran it" if count else "no test runs this line"
        said(f"{'noticed ' if by else 'SURVIVES'}  {place}  ({why})")
    return tried, left


def score(room: str, drawn: Sequence[Place], copies: Copies, ends: float, *, room_only: bool) -> None:
    """Tells how many of the drawn places the room's own tests notice, and how many of the others the other tests."""
    tried, left = round_of(drawn, copies.measured(ROOMS[room], of_room=True), copies, ends)
    said(f"{room}: {tried - len(left)} of {tried} noticed by its own tests")
    if left and not room_only:
        again, still = round_of(left, copies.measured(OTHERS[room], of_room=False), copies, ends)
        said(f"{room}: {again - len(still)} of {again} others noticed by tests of other rooms")


def main() -> int:
    """Prints each mutant and the score of each room; 0 always: what survives is read by a person."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("rooms", nargs="*", default=list(ROOMS))
    options.add_argument("--count", type=int, default=20)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--minutes", type=float, default=600)
    options.add_argument("--room-only", action="store_true")
    given = options.parse_args()
    ends = time.monotonic() + given.minutes * 60
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copies = Copies(Path(folder), given.workers)
        for room in given.rooms:
            score(room, sample(room, given.count, given.seed), copies, ends, room_only=given.room_only)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
