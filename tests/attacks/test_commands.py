"""Every command with wrong arguments, taken from the tree of commands itself: words and an exit code, no traceback."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from ledger.cli import app

ROOT = get_command(app)
HOSTILE = (
    "", "'; drop table activity; --", "\x1b[31mred", "B99999999999999999999-1", "2026-99", "9999", "../../etc/passwd",
)  # fmt: skip
LONG_RUNNING = ("demo", "serve")


def commands(group=ROOT, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    """Every command with the words that call it."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*words, name))
        elif name not in LONG_RUNNING:
            yield (*words, name), command


COMMANDS = dict(commands())


def values_of(parameter, hostile: str) -> list[str]:
    """A parameter on the command line with a hostile value; a flag is only set."""
    if parameter.param_type_name == "argument":
        return [hostile]
    if getattr(parameter, "is_flag", False):
        return []
    return [parameter.opts[0], hostile]


def calls_of(words: tuple[str, ...]) -> Iterator[list[str]]:
    """Calls of a command: nothing, an unknown option, too much, and a hostile value for what it needs or takes."""
    command = COMMANDS[words]
    parameters = [p for p in command.params if p.name not in ("help", "ledger", "actor")]
    needed = [p for p in parameters if p.required]
    yield []
    yield ["--no-such-option"]
    yield ["x"] * 12
    for hostile in HOSTILE:
        yield [word for p in needed for word in values_of(p, hostile)]
    for parameter, hostile in itertools.product([p for p in parameters if not p.required], HOSTILE[1:2]):
        yield [word for p in (*needed, parameter) for word in values_of(p, hostile)]


@pytest.fixture
def call(ledger, monkeypatch):
    """The command in this process, in a folder of its own; gives its exit code and what it printed."""
    folder = ledger.path.parent / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("GHG_LEDGER", str(ledger.path))
    monkeypatch.setenv("GHG_ACTOR", "anna")
    runner = CliRunner()

    def calling(words: list[str]):
        return runner.invoke(app, words)

    return calling


def told_badly(made, words: list[str]) -> str | None:
    """What is wrong with an answer; None where it is one."""
    if made.exception is not None and not isinstance(made.exception, SystemExit):
        return f"{words}: {type(made.exception).__name__}: {made.exception}"
    if made.exit_code not in (0, 1, 2):
        return f"{words}: exit {made.exit_code}"
    if "\x1b" in made.output or "\u202e" in made.output:
        return f"{words}: control characters: {made.output!r}"
    if made.exit_code == 2 and len(made.output.strip()) < 10:
        return f"{words}: exit 2 without words: {made.output!r}"
    if re.search(r"Traceback|\w(?:Error|Exception)\b|<class |[Pp]olars", made.output):
        return f"{words}: {made.output}"
    return None


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [pytest.param(words, marks=[pytest.mark.thorough] * bool(n % 10)) for n, words in enumerate(COMMANDS)],
    ids=" ".join,
)
def test_wrong_arguments_are_told_in_words(call, words):
    """Nothing, too much, unknown, absurd: exit 1 or 2 with words (0 where it is taken), and never a traceback."""
    faults = []
    for arguments in calls_of(words):
        asked = [*words, *arguments]
        if fault := told_badly(call(asked), asked):
            faults.append(fault)
    assert faults == []


def test_the_tree_of_commands_is_walked():
    """The list above is the product's own."""
    assert len(COMMANDS) >= 40
    assert ("factors", "import") in COMMANDS
