"""Telemetry: power of machines by the second or minute, sealed in Parquet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.book.verbs.book import Book
from ledger.tabular import Rows

if TYPE_CHECKING:
    from ledger.book.telemetry import Added, Held


class TelemetryVerbs(Book):
    """Telemetry: power of machines by the second or minute, sealed in Parquet."""

    __slots__ = ()

    def telemetry(
        self,
        folder: Path | str,
        *,
        every: int = 1,
        first: date | None = None,
        last: date | None = None,
        engine: str = "duckdb",
        connect: str | None = None,
        choices: Mapping[str, str] | None = None,
        check: bool = False,
        replace: bool = False,
        reason: str | None = None,
    ) -> Added:
        """Take in the energy of a folder of GPU power, a reading a host and hour, exactly once.

        The files stay where they are. A manifest of them (name, bytes, SHA-256, rows) is kept as evidence, and each
        reading names it. Whichever engine adds up, the digits are the same, and so is what is recorded.

        Args:
            folder: above `day=YYYY-MM-DD/*.parquet`; for Spark also an address, as `s3a://bucket/telemetry`.
            every: seconds that each sample stands for.
            first: the first day; all of the folder where None.
            last: the last day.
            engine: duckdb or spark.
            connect: address of a Spark Connect server.
            choices: what the samples leave open: `facility_id`, `country`, `cluster` …
            check: say what would happen and write nothing.
            replace: let a reading take the place of an earlier one of the same identity; needs a ``reason``.
            reason: why.

        Raises Misuse for a folder, an interval or an engine that is none; Refused where the files do not hold what they
        should, or Spark's settings would move a digit.
        """
        from ledger.book.telemetry import Wish, added_telemetry

        wish = Wish(str(folder), engine, connect, every, first, last)
        return added_telemetry(self, wish, choices or {}, check=check, replace=replace, reason=reason)

    def telemetry_held(
        self,
        folder: Path | str,
        *,
        engine: str = "duckdb",
        connect: str | None = None,
        first: date | None = None,
        last: date | None = None,
    ) -> Rows[Held]:
        """Hold the files of a folder against the manifests in the ledger that name any of them.

        ``engine``, ``connect``, ``first`` and ``last`` as for :meth:`telemetry`. Raises Misuse for a folder or an
        engine that there is not.
        """
        from ledger.book.telemetry import Held, Wish, held_telemetry

        return Rows(held_telemetry(self, Wish(str(folder), engine, connect, first=first, last=last)), Held)
