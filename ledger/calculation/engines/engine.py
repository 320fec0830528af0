"""What an engine does for us, and which there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from ledger.errors import Misuse, known_word
from ledger.store import Arrow

ENGINES = ("duckdb", "spark")
Columns = Mapping[str, str]
"""Name → type of each column, as Arrow names it."""


@dataclass(frozen=True, slots=True)
class Part:
    """A Parquet file: its name below the folder, where the engine finds it, its bytes and their SHA-256, its rows."""

    name: str
    place: str
    size_bytes: int
    sha256: str
    rows: int


class Engine(Protocol):
    """Runs SQL files over Parquet files. ``title`` names program and version; nothing of it enters a ledger."""

    title: str

    def parts(self, folder: str, wanted: Callable[[str], bool]) -> list[Part]:
        """The Parquet files below a folder whose names are wanted, by name, hashed and counted.

        Names of files and folders that begin with a dot or an underscore are no data.
        """

    def table(self, name: str, places: Sequence[str]) -> Columns:
        """Make a view of the rows of some files, each by where it is; gives its columns."""

    def run(self, sql: str, params: Mapping[str, Any] | None = None) -> None:
        """Run a SQL file, which makes one view or temp table."""

    def arrow(self, sql: str, params: Mapping[str, Any] | None = None) -> Arrow:
        """The rows of a query; decimals as decimal128."""


@contextmanager
def engine(name: str, folder: str, connect: str | None = None) -> Iterator[Engine]:
    """An engine that may read the files below a folder.

    Args:
        name: duckdb or spark.
        folder: a folder of this machine; for Spark also an address such as `s3a://bucket/telemetry`.
        connect: address of a Spark Connect server, `sc://HOST:15002`; Spark on this machine where None.

    Raises Misuse where there is no such engine or folder, or what Spark needs is not installed; Refused where Spark's
    settings would move a digit, or a file cannot be read.
    """
    known_word("engine", name, ENGINES)
    if connect is not None and name != "spark":
        raise Misuse("--connect is the address of a Spark Connect server", "add --engine spark")
    if name == "spark":
        from ledger.calculation.engines.spark import spark

        with spark(connect) as found:
            yield found
    else:
        from ledger.calculation.engines.duck import duck

        with duck(folder) as found:
            yield found


def is_data(name: str) -> bool:
    """Whether a file's name below its folder is one of data: no part of it begins with a dot or an underscore."""
    return name.endswith(".parquet") and not any(piece.startswith((".", "_")) for piece in name.split("/"))
