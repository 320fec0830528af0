"""Who is asked about a change: the tests that ran its statement."""

from __future__ import annotations

import ast

from code_mutants import ROOT
from measured_tests import Measured, asked, statement_at

CODE = """\
LIMIT = (
    1 + 2)

@kept
def told(
    some=1,
):
    if (some
            > LIMIT):
        return [
            some,
        ]
    try:
        return 0
    except ValueError:
        return 1
"""


def test_a_line_belongs_to_its_innermost_statement():
    """The head of a definition stands outside of it; what a statement holds inside is not its own."""
    wanted = {
        1: ({1, 2}, False), 2: ({1, 2}, False), 4: ({4, 5, 6, 7}, False), 6: ({4, 5, 6, 7}, False),
        9: ({8, 9}, True), 11: ({10, 11, 12}, True), 13: ({13}, True), 15: ({13}, True), 16: ({16}, True),
    }  # fmt: skip
    assert {line: statement_at(ast.parse(CODE), line) for line in wanted} == wanted


def test_only_those_that_ran_a_statement_are_asked():
    """Whoever ran another line of the file is not; those around which it ran come after those that ran it."""
    file = "ledger/assurance/rebuild.py"
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    within = next(number for number, text in enumerate(lines, 1) if text.startswith("    return not any("))
    outside = next(number for number, text in enumerate(lines, 1) if text.startswith("from"))
    runs, other, makes, elsewhere, imports = (
        Measured(name, "t", name != "elsewhere", 1, {file: frozenset(ran)}, {file: frozenset(around)})
        for name, ran, around in (
            ("runs", {within}, {outside}), ("other", {within - 1}, {outside}), ("makes", {}, {within}),
            ("elsewhere", {}, {outside}), ("imports", {}, {outside}),
        )
    )  # fmt: skip
    every = [imports, elsewhere, makes, other, runs]
    assert asked(file, within, every) == ([runs], [makes])
    assert asked(file, outside, every) == ([other, runs], [imports, makes])


def test_sql_is_run_by_whoever_names_it():
    """A file of SQL is asked of those that ran the statement with its name."""
    file = "ledger/calculation/choices.py"
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    named = next(number for number, text in enumerate(lines, 1) if '"winner"' in text)
    does, does_not = (Measured(str(n), "t", True, 1, {file: frozenset({n})}, {}) for n in (named, named - 1))
    assert asked("ledger/calculation/winner.sql", 1, [does, does_not]) == ([does], [])
