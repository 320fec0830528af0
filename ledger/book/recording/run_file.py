"""One run as a file: from options of a command, or from a small TOML or CSV file beside them."""

from __future__ import annotations

import csv
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from pathlib import Path

from ledger.errors import Misuse, known_word
from schemas.kinds import KINDS


@contextmanager
def run_file(given: Mapping[str, str], hours: str, more: Iterable[str], file: Path | None) -> Iterator[Path]:
    """A CSV of the run that is there for the time of the block; a CSV that was given is taken as it is.

    Args:
        given: columns of kind `ai_run` and what was said of each; blanks are left out.
        hours: hours on the clock, where the end was not said.
        more: further columns as NAME=VALUE.
        file: a TOML file of columns, to which the options add; or a CSV file, with which none goes.

    Raises Misuse for a column or file that is not there, an option beside a CSV, and hours that are no number.
    """
    said = {name: text for name, text in given.items() if text} | _named(more)
    if hours:
        said["wall_seconds"] = _seconds(hours)
    if file is not None and file.suffix.casefold() != ".toml":
        if said:
            raise Misuse(f"{file.name} has the run, and so have options", "give one of the two")
        yield file
        return
    row = {**_of_toml(file), **said}
    if not row.get("run_id"):
        raise Misuse("the run has no name", "ghg ai record NAME …, or --file with run_id in it")
    with tempfile.TemporaryDirectory() as folder:
        name = "".join(char if char.isalnum() or char in "-_." else "-" for char in row["run_id"])[:80]
        path = Path(folder) / f"run-{name}.csv"
        with path.open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, list(row))
            writer.writeheader()
            writer.writerow(row)
        yield path


def _named(words: Iterable[str]) -> dict[str, str]:
    made = {}
    for text in words:
        name, mark, value = text.partition("=")
        if not mark:
            raise Misuse(f"--set {text} has no value", "write --set NAME=VALUE")
        made[known_word("column of a run", name.strip(), KINDS["ai_run"].columns)] = value
    return made


def _seconds(hours: str) -> str:
    try:
        return format(Decimal(hours) * 3600, "f")
    except InvalidOperation as fault:
        raise Misuse(f"'{hours}' is no number of hours", "write --hours 100 or 12.5") from fault


def _of_toml(file: Path | None) -> dict[str, str]:
    """The columns of a TOML file; numbers keep their digits. Raises Misuse where it cannot be read."""
    if file is None:
        return {}
    try:
        held = tomllib.loads(file.read_text(encoding="utf-8"), parse_float=str)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise Misuse(f"{file.name} is no TOML: {fault}", 'write run_id = "r1", a line for each column') from fault
    for name, value in held.items():
        known_word("column of a run", name, KINDS["ai_run"].columns)
        if isinstance(value, dict | list):
            raise Misuse(f"{name} in {file.name} is no single value", "one run a file; several fit a CSV")
    return {name: _text(value) for name, value in held.items()}


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
