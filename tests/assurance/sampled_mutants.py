"""A score that nobody chose: of all small changes that can be made to calculation, store and assurance, a drawn sample.

``python tests/assurance/sampled_mutants.py --count 20 --seed 1 [ROOM …]`` draws as many for each room, by the seed, of
all places where an operator, a bound, a flag or a number stands, and tries each against the tests of its room on a copy
of the checkout. `code_mutants.py` beside it holds those that a person thought of. ``--minutes`` ends it in time.
"""

from __future__ import annotations

import argparse
import io
import random
import re
import subprocess
import sys
import tempfile
import time
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from code_mutants import FAILED, PASSED, ROOT, copied_to

ROOMS = {
    "calculation": ("tests/calculation", "tests/cases/test_cases.py"),
    "store": ("tests/store", "tests/book/test_migration.py"),
    "assurance": ("tests/assurance/test_meaning.py", "tests/assurance"),
}
"""The tests that each room's mutants must be noticed by, the quick ones first."""

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

_FOR_EVER = 4
"""How many times as long as all tests of a room take unchanged one of them may take, before it counts as endless."""


class Place(NamedTuple):
    """Where a file can be changed: from which character to which, and what stands there instead."""

    file: str
    start: int
    end: int
    new: str

    def mutated(self, text: str) -> str:
        """The file's text with this change."""
        return text[: self.start] + self.new + text[self.end :]

    def __str__(self) -> str:
        text = (ROOT / self.file).read_text(encoding="utf-8")
        line = text.count("\n", 0, self.start) + 1
        there = text.splitlines()[line - 1].strip()
        return f"{self.file}:{line} '{text[self.start : self.end]}' → '{self.new}' in: {there}"


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


def is_noticed(place: Place | None, copy: Path, tests: tuple[str, ...], seconds: float) -> bool:
    """Whether a test of the room fails with this change (None: as it is), or does not end within some seconds each.

    Raises RuntimeError where none can be run.
    """
    file = copy / place.file if place else None
    text = file.read_text(encoding="utf-8") if file else ""
    if file and place:
        file.write_text(place.mutated(text), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
    try:
        for some in tests:  # each by itself, as folders bring their own helpers
            done = subprocess.run([*command, some], cwd=copy, capture_output=True, text=True, check=False,
                                  timeout=seconds)  # fmt: skip
            if done.returncode not in (PASSED, FAILED, 2, 4):  # 2, 4: nothing can be imported or collected
                raise RuntimeError(f"{place}: {some} could not be run: {done.stdout[-2000:]}{done.stderr[-2000:]}")
            if done.returncode != PASSED:
                return True
    except subprocess.TimeoutExpired:
        return True  # it goes on for ever: seen
    finally:
        if file:
            file.write_text(text, encoding="utf-8")
    return False


def main() -> int:
    """Prints each mutant and the score of each room; 0 always: what survives is read by a person."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("rooms", nargs="*", default=list(ROOMS))
    asked.add_argument("--count", type=int, default=20)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--minutes", type=float, default=600)
    given = asked.parse_args()
    ends = time.monotonic() + given.minutes * 60
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copied_to(Path(folder))
        for room in given.rooms:
            begun = time.monotonic()
            if is_noticed(None, Path(folder), ROOMS[room], 3600):
                raise SystemExit(f"the tests of {room} fail without a change: mend that first")
            bound = _FOR_EVER * (time.monotonic() - begun) + 60
            tried = noticed = 0
            for place in sample(room, given.count, given.seed):
                if time.monotonic() > ends:
                    break
                seen = is_noticed(place, Path(folder), ROOMS[room], bound)
                tried, noticed = tried + 1, noticed + seen
                sys.stdout.write(f"{'noticed ' if seen else 'SURVIVES'}  {place}\n")
                sys.stdout.flush()
            sys.stdout.write(f"{room}: {noticed} of {tried} noticed\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
