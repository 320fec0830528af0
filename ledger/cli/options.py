"""What every command shares: its options, its answers, and faults turned into words and an exit code."""

from __future__ import annotations

import errno
import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.plain import UNSEEN, visible

if TYPE_CHECKING:
    from ledger.book import Ledger

LedgerOption = Annotated[
    Path, typer.Option("--ledger", envvar="GHG_LEDGER", help="The ledger file.", show_default="ledger.duckdb")
]
ActorOption = Annotated[
    str | None, typer.Option("--actor", envvar="GHG_ACTOR", help="Who acts; the OS user when left out.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
ViewOption = Annotated[
    str | None,
    typer.Option(
        help="operational_control, financial_control, equity_share, esrs_set1, esrs_revised; "
        "the ledger's own approach when left out."
    ),
]
AtOption = Annotated[int | None, typer.Option(help="As the ledger stood at this number of batches.")]
EngineOption = Annotated[str, typer.Option(help="duckdb, in this process; or spark, here or with --connect.")]
ConnectOption = Annotated[
    str | None, typer.Option(envvar="GHG_SPARK_CONNECT", help="A Spark Connect server: sc://HOST:15002.")
]
DEFAULT_LEDGER = Path("ledger.duckdb")


def book(path: Path, actor: str | None) -> Ledger:
    """The ledger at a path, as someone."""
    from ledger.book import Ledger

    return Ledger(path, actor=actor)


@contextmanager
def faults(as_json: bool = False) -> Iterator[None]:
    """Errors become words and an exit code: what is wrong, and what to do. Never a traceback."""
    from ledger.errors import LedgerError

    try:
        yield
    except LedgerError as fault:
        _tell(fault.code, str(fault), fault.fix, as_json=as_json)
        raise typer.Exit(fault.exit_code) from None
    except OSError as fault:
        of_disk = fault.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO)
        named = fault.filename2 or fault.filename or ("the disk of the ledger" if of_disk else "a file")
        message = f"{named}: {(fault.strerror or str(fault) or 'cannot be read').lower()}"
        fix = "free some disk space and give the same again: it is taken once" if of_disk else _fix_of_file(fault)
        _tell("disk" if of_disk else "file", message, fix, as_json=as_json)
        raise typer.Exit(1 if of_disk else 2) from None


def _fix_of_file(fault: OSError) -> str:
    """What to do about a file that is not there, or is not for whoever called."""
    if isinstance(fault, FileNotFoundError):
        return f"write its path as it is from {Path.cwd()}"
    if isinstance(fault, PermissionError):
        return "ask its owner for the right to it, or take another place"
    return "name a file in it" if isinstance(fault, IsADirectoryError) else ""


def _tell(code: str, message: str, fix: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"error": {"code": code, "message": message, "fix": fix}})
        return
    typer.echo(visible(f"ghg: {message}"), err=True)
    if fix:
        typer.echo(visible(f"     {fix}"), err=True)


@contextmanager
def working(what: str, *, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A line that moves while long work is done, on a terminal only; who is told how much of it is done says so."""
    if quiet or not sys.stderr.isatty():
        yield lambda done, total: None  # noqa: ARG005
        return
    from rich.console import Console

    with Console(stderr=True).status(f"{what} …") as line:
        yield lambda done, total: line.update(f"{what}, {done} of {total} …")


def answer(as_json: bool, value: Any, words: str) -> None:
    """Print the value as JSON, or the words."""
    if as_json:
        print_json(value)
    else:
        typer.echo(visible(words))


def write_new(file: Path, content: bytes) -> None:
    """Write a file that is not there yet. Raises Misuse where there is one of that name: nothing is overwritten."""
    from ledger.errors import Misuse

    try:
        with file.open("xb") as made:
            made.write(content)
    except FileExistsError as fault:
        raise Misuse(f"{file} is there already", "name another; nothing was overwritten") from fault


def print_json(value: Any) -> None:
    """Print a value as indented JSON; what a terminal would act on is written as an escape of JSON."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    typer.echo(re.sub(UNSEEN, lambda found: f"\\u{ord(found[0]):04x}", text))
