"""The verbs of `Ledger`: each command has one, and each says what it takes, in which units, and what it raises."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ledger import Ledger
from ledger.cli import command

PAGE = Path(__file__).parent.parent.parent / "docs" / "python.md"
STANDARD = re.compile(r"GHG Protocol|ISO|ESRS|RFC|SCI|ISSA|SPDX|docs/methods")
FOUNDED = (
    "inventory", "boundary", "views", "scope3", "scope2", "instruments", "contract_shares", "uncertainty", "quality",
    "removals", "credits", "targets", "prices", "intensities", "completeness", "fill_gaps", "chp", "base_year",
    "base_year_candidates", "restate", "data_centre", "model_score", "score", "embodied", "ai_export", "sample",
    "sign_off", "record_engagement", "verify", "checkpoint", "time_stamp_request", "import_time_stamp", "init",
)  # fmt: skip
"""Verbs that do what a standard asks, whose docstring names it."""
ALIKE = {("review", "misstatement", "correct"), ("group", "inventory"), ("checkpoint", "compare")}
"""Commands of which a verb has the name by chance: what they do is another's, or nobody's."""
UNITS = re.compile(r"\bkg\b|kWh|g CO2e|\bratios?\b|\bunit\b|per cent|t CO2e|litres")
MEASURED = (
    "inventory", "breakdown", "boundary", "views", "scope3", "scope2", "instruments", "hourly", "contract_shares",
    "chp", "uncertainty", "quality", "removals", "credits", "targets", "prices", "footprint", "ai_groups", "ai_runs",
    "ai_posted",
    "embodied", "allocation", "estimate", "compare_editions", "factors", "factor", "factor_use", "datasets_used",
    "edition_effect", "calculation_effect", "base_year", "base_year_candidates", "restate", "changes", "trace", "lines",
    "sample", "evaluate", "misstatements", "advise", "advice_board", "grid_forecast", "move", "recorded_run", "score",
    "model_score", "accrue",
)  # fmt: skip
"""Verbs that answer with amounts, whose docstring says in which unit."""


def verbs() -> dict[str, Callable[..., Any]]:
    """Every public verb, without what binds it to a class."""
    found = inspect.getmembers(Ledger, callable)
    return {name: getattr(verb, "__func__", verb) for name, verb in found if not name.startswith("_")}


def commands(at: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command of the tree by the words that call it."""
    if not hasattr(at, "commands"):
        yield path
    for name, inner in getattr(at, "commands", {}).items():
        yield from commands(inner, (*path, name))


def rows(heading: str) -> dict[tuple[str, ...], str]:
    """A table of the page: each command of its first column and what stands for it in the second."""
    part = PAGE.read_text(encoding="utf-8").partition("\n## Verbs and commands\n")[2].partition(heading)[2]
    found: dict[tuple[str, ...], str] = {}
    for line in part.partition("\n\n")[0].splitlines()[1:]:
        first, second = (cell.strip() for cell in line.strip("|").split("|"))
        words = re.findall(r"`([^`]+)`", first)
        head = words[0].split()[1:]
        named = [head, *([*head[:-1], word] for word in words[1:])]
        verbs_of = re.findall(r"`([^`]+)`", second) or [second]
        for place, path in enumerate(named):
            found[tuple(path)] = verbs_of[place] if len(named) > 1 and len(verbs_of) > 1 else verbs_of[0]
    return found


def test_every_command_has_its_verb():
    """A command's verb has its name, or stands in the page's table; whoever has none is told with the reason."""
    other, none = rows("| command | verb |\n"), rows("| command | why |\n")
    every = set(commands(command()))
    assert set(other) <= every
    assert set(none) <= every
    assert {verb for verb in other.values() if verb not in verbs()} == set()
    unnamed = {
        path for path in every
        if not {path[-1].replace("-", "_"), "_".join(path).replace("-", "_")} & set(verbs())
    }  # fmt: skip
    assert unnamed <= set(other) | set(none), "commands without a verb of the name are those of the tables"
    assert {*other, *none} - unnamed == ALIKE


def test_the_command_line_calls_the_verbs_that_the_page_names():
    """Each verb of the table is called in the commands' modules; the page is no wish."""
    source = "\n".join(path.read_text("utf-8") for path in (PAGE.parent.parent / "ledger" / "cli").rglob("*.py"))
    assert {verb for verb in rows("| command | verb |\n").values() if not re.search(rf"\.{verb}\(", source)} == set()


def test_a_call_reads_one_part_of_the_program():
    """A first word that is a command has its part read alone, in which everything is as it is in the whole."""
    whole = command()
    for word, meant in whole.commands.items():
        alone = command(word)
        assert word == "demo" or len(alone.commands) < len(whole.commands) / 2
        assert [one.name for one in alone.params] == [one.name for one in whole.params]
        found = alone.commands[word]
        assert list(commands(found)) == list(commands(meant))
        assert [one.name for one in found.params] == [one.name for one in meant.params]
    assert set(command("no-such-word").commands) == set(whole.commands)


def shared_words() -> set[str]:
    """The arguments that `Ledger` explains once for all of its verbs."""
    part = (Ledger.__doc__ or "").partition("Words that verbs share:")[2]
    return {word.strip() for names in re.findall(r"^ {8}([a-z, ]+): ", part, re.MULTILINE) for word in names.split(",")}


def test_the_ledger_is_light_until_it_is_used():
    """`from ledger import Ledger` loads no database, no data frames and no documents."""
    heavy = {"duckdb", "sqlalchemy", "polars", "pandera", "pyarrow", "openpyxl", "jinja2", "cryptography", "fastapi"}
    asked = f"import sys; from ledger import Ledger; print(sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_every_argument_is_explained():
    """Each argument of each verb is named in its docstring, or is one that `Ledger` explains for all."""
    shared, gaps = shared_words(), {}
    assert {"period", "view", "at", "check", "reason"} <= shared
    for name, verb in verbs().items():
        told = inspect.getdoc(verb) or ""
        taken = [word for word in inspect.signature(verb).parameters if word not in ("self", "cls")]
        if missing := [word for word in taken if word not in shared and not re.search(rf"\b{word}\b", told)]:
            gaps[name] = missing
    assert gaps == {}


def raised_by(function: Callable[..., Any]) -> set[str]:
    """What a function raises itself, of misuse and refusal."""
    found = set()
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(function))))):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            found |= {getattr(node.exc.func, "id", "")} & {"Misuse", "Refused"}
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "known_word":
            found.add("Misuse")
    return found


def called_by(function: Callable[..., Any]) -> Iterator[Callable[..., Any]]:
    """The functions of ours that a verb imports and calls."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    homes = {
        alias.asname or alias.name: (node.module, alias.name)
        for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ledger")
        for alias in node.names
    }  # fmt: skip
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (home := homes.get(getattr(node.func, "id", ""))):
            found = getattr(importlib.import_module(home[0]), home[1])
            if inspect.isfunction(inspect.unwrap(found)):
                yield found


def test_what_a_verb_raises_is_told():
    """A verb that raises Misuse or Refused, itself or in what it calls at once, says so and when."""
    silent = {}
    for name, verb in verbs().items():
        raised = raised_by(verb).union(*(raised_by(function) for function in called_by(verb)))
        told = inspect.getdoc(verb) or ""
        if missing := sorted(word for word in raised if not re.search(rf"\b{word}\b", told)):
            silent[name] = missing
    assert silent == {}


def test_amounts_have_their_unit_and_figures_their_source():
    """Verbs that answer with amounts say the unit; those that do what a standard asks name it."""
    told = {name: inspect.getdoc(verb) or "" for name, verb in verbs().items()}
    assert [name for name in MEASURED if not UNITS.search(told[name])] == []
    assert [name for name in FOUNDED if not STANDARD.search(told[name])] == []
    assert [name for name, text in told.items() if not text] == []
