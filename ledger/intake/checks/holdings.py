"""Holdings held against each other: more than the whole of a company, circles, and versions that overlap.

The rows of a file are judged together with what the ledger has; a row of the file takes the place of the ledger's
version of the same pair and day. Registers of holdings are small: Python sees every row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import polars as pl

from ledger.intake.faults import Faults
from ledger.intake.known import Known


@dataclass(frozen=True, slots=True)
class HeldShare:
    """What a parent holds of a child, 0–1, from a day to a day; ``line`` and ``sheet`` where it stands in the file."""

    parent: str
    child: str
    equity_share: Decimal
    valid_from: date
    valid_to: date | None
    withdrawn: bool = False
    line: int | None = None
    sheet: str | None = None

    @property
    def dates(self) -> str:
        """From when to when, in words."""
        return f"{self.valid_from} to {self.valid_to}" if self.valid_to else f"from {self.valid_from}"


def tell_holdings(faults: Faults, known: Known, frame: pl.DataFrame) -> None:
    """Findings for rows of holdings that cannot all be true, each at its row."""
    given = [_share(row) for row in frame.iter_rows(named=True) if _is_full(row)]
    for row in given:
        if row.parent == row.child:
            faults.add("holding-of-itself", sheet=row.sheet, line=row.line, column="child", value=row.child)
    named = {(row.parent, row.child, row.valid_from) for row in given}
    kept = [HeldShare(*held) for held in known.holdings if held[:2] + held[3:4] not in named]
    standing = [row for row in (*kept, *given) if not row.withdrawn and row.parent != row.child]
    spans = _tell_overlaps(faults, standing)
    _tell_over_whole(faults, spans)
    _tell_circles(faults, spans)


def _is_full(row: Mapping[str, object]) -> bool:
    needed = ("parent", "child", "equity_share", "valid_from", "withdrawn")
    return all(row.get(name) is not None for name in needed)


def _share(row: Mapping[str, object]) -> HeldShare:
    names = ("parent", "child", "equity_share", "valid_from", "valid_to", "withdrawn", "source_line", "sheet")
    return HeldShare(*(row.get(name) for name in names))  # type: ignore[arg-type]


_Span = tuple[HeldShare, date, date]
"""A version and the first and last day on which it is in force."""


def _tell_overlaps(faults: Faults, rows: Iterable[HeldShare]) -> list[_Span]:
    """Versions of a pair in order, each in force until its end or the next; one that was to last longer is told."""
    pairs: dict[tuple[str, str], list[HeldShare]] = defaultdict(list)
    for row in rows:
        pairs[row.parent, row.child].append(row)
    spans: list[_Span] = []
    for versions in pairs.values():
        versions.sort(key=lambda version: version.valid_from)
        for place, version in enumerate(versions):
            until = version.valid_to or date.max
            if place + 1 < len(versions):
                after = versions[place + 1]
                if version.valid_to is not None and version.valid_to >= after.valid_from:
                    told = after if after.line is not None else version
                    other = version if told is after else after
                    if told.line is not None:
                        faults.add(
                            "holding-overlap", sheet=told.sheet, line=told.line, column="valid_from",
                            value=told.valid_from, other=_named(other),
                        )  # fmt: skip
                until = min(until, after.valid_from - timedelta(days=1))
            if until >= version.valid_from:
                spans.append((version, version.valid_from, until))
    return spans


def _named(row: HeldShare) -> str:
    where = f"line {row.line}" if row.line is not None else "the ledger's version"
    return f"{where} ({row.dates})"


def _tell_over_whole(faults: Faults, spans: list[_Span]) -> None:
    """Rows of a company of which, on some day, more than the whole is held; at each row the first such day."""
    children: dict[str, list[_Span]] = defaultdict(list)
    for span in spans:
        children[span[0].child].append(span)
    for child, held in children.items():
        told: set[HeldShare] = set()
        for day in sorted({start for _, start, _ in held}):
            on_day = [row for row, start, end in held if start <= day <= end]
            total = sum((row.equity_share for row in on_day), Decimal(0))
            if total <= 1:
                continue
            for row in on_day:
                if row.line is not None and row not in told:
                    told.add(row)
                    parts = ", ".join(f"{_percent(one.equity_share)} by {one.parent}" for one in on_day)
                    faults.add(
                        "holding-over-whole", sheet=row.sheet, line=row.line, column="equity_share",
                        value=row.equity_share, child=child, day=day, total=_percent(total), parts=parts,
                    )  # fmt: skip


def _tell_circles(faults: Faults, spans: list[_Span]) -> None:
    """Rows by which, on some day, a company holds itself through others."""
    told: set[HeldShare] = set()
    for day in sorted({start for _, start, _ in spans}):
        on_day = [row for row, start, end in spans if start <= day <= end]
        children: dict[str, set[str]] = defaultdict(set)
        for row in on_day:
            children[row.parent].add(row.child)
        for row in _unpeeled(on_day):
            way = _way(children, row.child, row.parent)
            if row.line is not None and row not in told and way:
                told.add(row)
                faults.add(
                    "holding-circle", sheet=row.sheet, line=row.line, column="child", value=row.child, day=day,
                    way=" → ".join([row.parent, *way]),
                )  # fmt: skip


def _unpeeled(rows: list[HeldShare]) -> list[HeldShare]:
    """What is left when companies that nobody holds, and those that hold nobody, are taken off again and again."""
    while True:
        parents, children = {row.parent for row in rows}, {row.child for row in rows}
        left = [row for row in rows if row.parent in children and row.child in parents]
        if len(left) == len(rows):
            return rows
        rows = left


def _way(children: Mapping[str, set[str]], start: str, end: str) -> list[str]:
    """The companies from one to another along holdings, both named; nothing where there is no way."""
    ways = {start: [start]}
    open_ends = [start]
    while open_ends:
        at = open_ends.pop(0)
        if at == end:
            return ways[at]
        for child in sorted(children.get(at, ())):
            if child not in ways:
                ways[child] = [*ways[at], child]
                open_ends.append(child)
    return []


def _percent(share: Decimal) -> str:
    return format(share * 100, "f").rstrip("0").rstrip(".") + " %" if share * 100 % 1 else f"{int(share * 100)} %"
