"""What each test runs of `ledger/`, line by line, and how long it takes: who could notice a change at all."""

from __future__ import annotations

import ast
import functools
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as ET

from code_mutants import PASSED, ROOT
from coverage import CoverageData

Lines = Mapping[str, frozenset[int]]
"""Lines of files of the checkout."""

_PYTEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider")
_HOUR = 3600
_FOR_EVER = 4
"""How many times as long as measured tests may compute, and a minute, before they count as endless."""
_ALSO_ELSEWHERE = ("ledger/assurance/verify_pack.py",)
"""Files of which tests run copies too, as they lie in a pack: what these run is not measured."""


class Measured(NamedTuple):
    """A test (with all its parameters), the folder it was measured in, how long it took, and what it ran.

    ``around`` is what ran for any test of the folder: what is imported, made for several tests or started as a command.
    """

    name: str
    folder: str
    of_room: bool
    seconds: float
    ran: Lines
    around: Lines

    def runs_of(self, file: str) -> int:
        """How many lines of a file it runs itself."""
        return len(self.ran.get(file, ()))


def run(words: Sequence[str], copy: Path, seconds: float, **settings: str) -> subprocess.CompletedProcess[str]:
    """Python on a copy of the checkout, ended where it computes for longer than some seconds.

    What counts is the time of the processor: others on the machine may make it wait.
    """
    command = ("sh", "-c", f'ulimit -t {int(seconds)} && exec "$@"', "sh", sys.executable, *words)
    own = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    own |= {"PYTHONPATH": str(copy)}  # for the commands that a test starts: they run the copy too
    return subprocess.run(command, cwd=copy, env=own | settings, capture_output=True, text=True, check=False)


def failing(tests: Sequence[Measured], copy: Path, changed: str) -> str | None:
    """The first of some tests that fails on a copy, or why they do not end; None where all pass.

    Those that run most of the file that is changed come first: they look at it from more sides. Each folder runs by
    itself, as it brings its own helpers; each file of tests in one piece, as it makes things for its tests.
    """
    of_file: dict[tuple[str, str], list[Measured]] = defaultdict(list)
    for test in sorted(tests, key=lambda test: (-test.runs_of(changed), test.seconds)):
        of_file[test.folder, test.name.split("::")[0]].append(test)
    folders: dict[str, list[Measured]] = defaultdict(list)
    for (folder, _), some in of_file.items():
        folders[folder] += some
    for some in folders.values():
        bound = _FOR_EVER * sum(test.seconds for test in some) + 60
        done = run((*_PYTEST, "-x", *(test.name for test in some)), copy, bound)
        if done.returncode != PASSED:
            told = re.search(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
            return told[1] if told else f"exit {done.returncode}"
    return None


def forget(file: Path) -> None:
    """What was compiled of a file goes: the next change may have its length and be made within the same second."""
    Path(importlib.util.cache_from_source(file)).unlink(missing_ok=True)


def measured(folder: str, copy: Path, *, of_room: bool) -> list[Measured]:
    """The tests of a folder (or a file) that pass on the unchanged copy, with what they run."""
    settings = (copy / "pyproject.toml").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="coverage-") as name:
        own, times = Path(name) / "settings.toml", Path(name) / "times.xml"
        own.write_text(
            settings.replace(_COVERAGE, f'{_COVERAGE}\ndynamic_context = "test_function"', 1), encoding="utf-8"
        )
        words = ("-m", "coverage", "run", f"--rcfile={own}", *_PYTEST, f"--junitxml={times}", folder)
        run(words, copy, _HOUR, COVERAGE_FILE=f"{name}/data")
        ran = _ran(Path(name), copy)
        seconds, failed = _times(times)
    around = ran.pop("", {})
    return [
        Measured(f"{test.rpartition('.')[0].replace('.', '/')}.py::{test.rpartition('.')[2]}", folder, of_room, took,
                 ran.get(test, {}), around)
        for test, took in seconds.items() if test not in failed
    ]  # fmt: skip


_COVERAGE = "[tool.coverage.run]"


def _times(file: Path) -> tuple[dict[str, float], set[str]]:
    """How long each test took, by its dotted name, and those that failed."""
    seconds: dict[str, float] = defaultdict(float)
    failed = set()
    for case in ET.parse(file).iter("testcase"):  # noqa: S314  it was written a moment ago
        test = f"{case.get('classname')}.{str(case.get('name')).split('[')[0]}"
        seconds[test] += float(case.get("time", 0))
        if case.find("failure") is not None or case.find("error") is not None:
            failed.add(test)
    return seconds, failed


def _ran(folder: Path, copy: Path) -> dict[str, Lines]:
    """The lines that each test ran, by its dotted name; none is the name of what ran outside of any."""
    found: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for file in folder.glob("data*"):
        data = CoverageData(str(file))
        data.read()
        for name in data.measured_files():
            inside = Path(name).resolve().relative_to(copy.resolve()).as_posix()
            for line, tests in data.contexts_by_lineno(name).items():
                for test in tests:
                    found[test][inside].add(line)
    return {test: {name: frozenset(lines) for name, lines in files.items()} for test, files in found.items()}


def asked(file: str, line: int, tests: Sequence[Measured]) -> tuple[list[Measured], list[Measured]]:
    """The tests that may notice a change in a line: those that ran its statement, and those around which it ran.

    What stands outside of functions runs with every import: there it is those that ran a function of its file, and
    then, as another file may use it, those of the room that imported it.
    """
    sure, imported = _runs_of_sql(file) if file.endswith(".sql") else _runs_of_python(file, line)
    first = [test for test in tests if _meet(test.ran, sure)]
    then = [
        test for test in tests
        if not _meet(test.ran, sure)
        and (_meet(test.around, sure) or (test.of_room and (_meet(test.around, imported) or _meet(test.ran, imported))))
    ]  # fmt: skip
    return first, then


def _meet(one: Lines, other: Lines) -> bool:
    return any(lines & one.get(file, frozenset()) for file, lines in other.items())


def _runs_of_python(file: str, line: int) -> tuple[Lines, Lines]:
    own, is_in_function = statement_at(_tree(file), line)
    if is_in_function and file not in _ALSO_ELSEWHERE:
        return {file: own}, {}
    inside = frozenset(line for lines, inside in statements(_tree(file)) if inside for line in lines)
    return {file: inside}, {file: own}


def _runs_of_sql(file: str) -> tuple[Lines, Lines]:
    """Where Python of its room names a file of SQL, or is named as it."""
    name, room = Path(file).stem, ROOT.joinpath(*Path(file).parts[:2])
    found: dict[str, frozenset[int]] = {}
    for path in room.rglob("*.py"):
        module = path.relative_to(ROOT).as_posix()
        for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if path.stem == name or re.search(rf"""["']{name}(\.sql)?["']""", text):
                found[module] = found.get(module, frozenset()) | statement_at(_tree(module), number)[0]
    return found, {}


@functools.cache
def _tree(file: str) -> ast.Module:
    return ast.parse((ROOT / file).read_text(encoding="utf-8"))


def statement_at(tree: ast.Module, line: int) -> tuple[frozenset[int], bool]:
    """The lines of the innermost statement that holds a line, and whether it stands in a function."""
    found = frozenset({line}), False
    for lines, is_in_function in statements(tree):
        if min(lines) <= line <= max(lines):
            found = lines, is_in_function
    own, is_in_function = found
    inner = [min(lines) for lines, _ in statements(tree) if min(lines) > min(own) and max(lines) <= max(own)]
    return frozenset(number for number in own if number < min(inner, default=max(own) + 1)), is_in_function


def statements(node: ast.AST, *, is_in_function: bool = False) -> Iterator[tuple[frozenset[int], bool]]:
    """The lines of every statement below a node, the outer ones first, and whether it stands in a function."""
    inside = is_in_function or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            first = min([child.lineno, *(each.lineno for each in getattr(child, "decorator_list", ()))])
            yield frozenset(range(first, (child.end_lineno or first) + 1)), inside
        yield from statements(child, is_in_function=inside)
