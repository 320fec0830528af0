"""The findings of one upload as they are gathered: from sets, capped per code, the rest counted."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from ledger.errors import Finding
from ledger.intake.codes.upload import CODES
from ledger.intake.files.source import CELL, line_and_cell, true_lines

_RANK = {"error": 0, "warning": 1, "info": 2}
SHOWN = 80
"""Characters of a cell that a message repeats."""


class _Blank(dict[str, str]):
    """Words of a message; one that was not given is left out."""

    def __missing__(self, key: str) -> str:
        return ""


class Faults:
    """Findings of a file, at most ``limit`` kept per code; how many more there were is counted."""

    def __init__(self, file: str, limit: int) -> None:
        self.file = file
        self.limit = limit
        self.found: list[Finding] = []
        self.counts: Counter[str] = Counter()
        self.headers: Mapping[str, str] = {}  # ours → as the file has it, of the table being read
        self.cells: tuple[str, ...] = ()  # headers of the cells that rows are made of
        self.of_cell: frozenset[str] = frozenset()
        self.unknown: dict[str, dict[str, set[str]]] = {}  # code → unknown name → countries beside it

    def add(
        self,
        code: str,
        *,
        sheet: str | None = None,
        line: int | None = None,
        column: str | None = None,
        value: Any = None,
        **words: Any,
    ) -> None:
        """Keep one finding; ``words`` fill the places of the code's texts, ``entry`` among them is one it is about."""
        self.counts[code] += 1
        if self.counts[code] > self.limit:
            return
        text = None if value is None else str(value)
        header = None if column is None else self.headers.get(column, column)
        if line is not None and line >= CELL:
            line, cell = line_and_cell(line)
            header = self.cells[cell] if cell is not None and column in self.of_cell else header
        told = _Blank({name: str(word) for name, word in words.items()})
        told["value"] = shown(text)
        told["column"] = header or ""
        told["file"] = shlex.quote(self.file)
        rule = CODES[code]
        self.found.append(
            Finding(
                code=code,
                severity=rule.severity,
                message=(rule.one if rule.one and words.get("count") == 1 else rule.message).format_map(told),
                fix=rule.fix.format_map(told),
                file=self.file,
                sheet=sheet,
                line=line,
                column=header,
                value=text,
                entry=words.get("entry"),
            )
        )

    def add_rows(
        self, code: str, rows: pl.DataFrame, column: str | None, *, sheet: str | None = None, **words: Any
    ) -> None:
        """Keep a finding for each row of a frame with source_line, value, and words of their own by column name."""
        if rows.is_empty():
            return
        rows = self.once_a_line(rows, column)
        room = max(0, self.limit - self.counts[code])
        for row in rows.head(room).iter_rows(named=True):
            line, value = row.pop("source_line"), row.pop("value", None)
            given = {name: word for name, word in row.items() if word is not None}
            self.add(code, sheet=sheet, line=line, column=column, value=value, **(words | given))
        self.counts[code] += max(0, rows.height - room)

    def aside(self) -> Faults:
        """None yet, for the same table: what is found before its turn, to be taken in when that has come."""
        other = Faults(self.file, self.limit)
        other.headers, other.cells, other.of_cell, other.unknown = self.headers, self.cells, self.of_cell, self.unknown
        return other

    def take(self, other: Faults) -> None:
        """Add what another has found, as if it had been found now."""
        for found in other.found:
            self.counts[found.code] += 1
            other.counts[found.code] -= 1
            if self.counts[found.code] <= self.limit:
                self.found.append(found)
        self.counts.update(+other.counts)

    def withdraw(self, code: str, values: Iterable[str | None]) -> None:
        """Take back the findings of a code about some values, which something read later has answered."""
        answered = set(values)
        kept = [found for found in self.found if found.code != code or found.value not in answered]
        self.counts[code] -= len(self.found) - len(kept)
        self.found = kept

    def once_a_line(self, rows: pl.DataFrame, column: str | None) -> pl.DataFrame:
        """The rows of a finding: of several that were made of one line one, where the finding is not of a cell."""
        if not self.cells or column in self.of_cell:
            return rows
        return true_lines(rows).unique(maintain_order=True)

    @property
    def has_errors(self) -> bool:
        """Whether any finding refuses the file."""
        return any(CODES[code].severity == "error" for code, count in self.counts.items() if count)

    @property
    def has_held(self) -> bool:
        """Whether rows were passed over since the ledger has them already."""
        return any(self.counts[code] for code in ("statement-recorded-before", "reading-older", "reading-twin-left"))

    def listed(self) -> tuple[Finding, ...]:
        """What was kept: errors first, each in file order."""
        return tuple(sorted(self.found, key=lambda found: (_RANK[found.severity], found.sheet or "", found.line or 0)))

    def more(self) -> dict[str, int]:
        """How many findings of each code are not among those kept."""
        return {code: count - self.limit for code, count in self.counts.items() if count > self.limit}


def shown(text: str | None) -> str:
    """A cell's text as a message repeats it: control characters spelled out, and not too long."""
    if text is None:
        return ""
    visible = "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text[: SHOWN + 1])
    return visible if len(visible) <= SHOWN else visible[:SHOWN] + "…"


def near_words(names: Iterable[str]) -> str:
    """A proposal for a misspelling, to stand before the rest of a fix; empty where nothing is near."""
    listed = list(names)
    return f"did you mean {' or '.join(listed)}? " if listed else ""
