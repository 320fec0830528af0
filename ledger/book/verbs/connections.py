"""Live systems: what they wrote is taken in exactly once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.book.verbs.book import Book

if TYPE_CHECKING:
    from ledger.book.results import SpoolResult


class Connections(Book):
    """Live systems: what they wrote is taken in exactly once."""

    __slots__ = ()

    def connect_spool(
        self,
        folder: Path | str,
        *,
        choices: Mapping[str, str] | None = None,
        check: bool = False,
        replace: bool = False,
        reason: str | None = None,
    ) -> SpoolResult:
        """Take in the lines that `ghg-track` wrote into a folder: each file is an upload, and a batch where it is new.

        Files stay as they are, and may grow: lines that the ledger has alike are passed over. A file that is refused
        keeps no other from being taken.

        Args:
            folder: with the files, one for each run, rank and attempt.
            choices: what the lines leave open: `stage`, `facility_id`, `country`, `unfinished` …
            check: say what would happen and write nothing.
            replace: let a record take the place of an earlier one of the same identity; needs a ``reason``.
            reason: why.

        Raises Misuse where there is no such folder, or no file of `ghg-track` in it.
        """
        from ledger.book.connecting import connected_spool

        return connected_spool(self, Path(folder), choices or {}, check=check, replace_earlier=replace, reason=reason)
