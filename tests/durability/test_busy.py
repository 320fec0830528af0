from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
import typer
import works
from typer.testing import CliRunner

from ledger.cli import app
from ledger.store import session
from ledger.store.lock import locked

AWAY = {"demo", "init", "restore"}
"""Commands that make another ledger."""
READS = (
    ("inventory", "--period", "2024"), ("verify",), ("factors", "list"), ("status",), ("person", "list"),
    ("setting", "list"), ("boundary", "--period", "2024"), ("trace", "B5-1"), ("completeness", "--period", "2024"),
    ("instruments",),
)  # fmt: skip
WRITES = (
    ("upload", "a.csv"), ("calculate",), ("reverse", "B5", "--reason", "x"), ("submit", "2024-Q1"),
    ("factors", "publish"), ("person", "add", "zoe"),
)  # fmt: skip


def commands(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    """Every command with its full name."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


def filled(command: Any, file: str) -> list[str]:
    """Something for every parameter that a command must have."""
    words = []
    for parameter in command.params:
        if not parameter.required:
            continue
        kind = str(parameter.type_descriptor.annotation)
        value = file if "Path" in kind else "1" if "int" in kind or "float" in kind else "2024"
        words += [value] if parameter.param_type_name == "argument" else [parameter.opts[0], value]
    return words


@pytest.fixture
def impatient(monkeypatch):
    """Nobody waits longer than an instant."""
    monkeypatch.setattr(session.__wrapped__, "__kwdefaults__", session.__wrapped__.__kwdefaults__ | {"timeout_s": 0.02})
    for module in ("control_log", "snapshot"):
        monkeypatch.setattr(f"ledger.store.{module}.LOCK_TIMEOUT_S", 0.02)


@pytest.mark.parametrize("step", [8, pytest.param(1, marks=pytest.mark.thorough)])
def test_every_command_while_somebody_writes(ledger, tmp_path, monkeypatch, impatient, step):
    """Each eighth (`make thorough`: every) one ends with 75 and names the holder, or 2 where its words are wrong."""
    monkeypatch.chdir(tmp_path)
    size = ledger.checkpoint().size
    file = works.activity_file(tmp_path / "a.csv", 3, 1)
    busy = []
    with locked(ledger.path, "write", 1):
        for name, command in islice(commands(typer.main.get_command(app)), 0, None, step):
            if name in AWAY:
                continue
            words = [*name.split(), *filled(command, str(file))]
            done = CliRunner().invoke(app, words, env={"GHG_LEDGER": str(ledger.path), "GHG_ACTOR": works.ACTOR})
            assert done.exit_code in (75, 2, 1, 0), (words, done.output)  # 0 and 1: what needs no ledger
            assert done.exception is None or isinstance(done.exception, SystemExit), (words, done.exception)
            if done.exit_code == 75:
                busy.append(name)
                assert "in use by process" in done.output, words
    assert len(busy) > 25 / step
    assert ledger.checkpoint().size == size


@pytest.mark.parametrize("mode", ["read", "write"])
def test_readers_share_and_writers_wait(ledger, tmp_path, monkeypatch, impatient, mode):
    """Beside a reader every reading command works and every writing one is told 75; beside a writer all are."""
    monkeypatch.chdir(tmp_path)
    works.activity_file(tmp_path / "a.csv", 3, 1)
    size = ledger.checkpoint().size
    with locked(ledger.path, mode, 1):
        for words in (*READS, *WRITES):
            done = CliRunner().invoke(app, [*words], env={"GHG_LEDGER": str(ledger.path), "GHG_ACTOR": works.ACTOR})
            waits = mode == "write" or words in WRITES
            assert (done.exit_code == 75) == waits, (words, done.exit_code, done.output)
            assert done.exit_code in (0, 75), (words, done.output)
    assert ledger.checkpoint().size == size
