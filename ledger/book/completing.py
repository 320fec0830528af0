"""What the book says and proposes of completeness: the matrix, expectations to upload, estimates to confirm."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ledger.book.verbs.book import Book
from ledger.errors import Misuse
from ledger.inventory.coverage.completeness import Completeness, Proposal, compile_completeness, make_coverage
from ledger.inventory.coverage.completeness import proposed_expectations as regular_ones
from ledger.inventory.coverage.estimates import Estimate, Unfilled, proposed_estimates
from ledger.plain import guarded, plain_amount
from ledger.store import latest_checkpoint, session
from ledger.tabular import Tabular

_EXPECTATION_COLUMNS = ("facility_id", "meter_id", "activity_type", "frequency", "valid_from", "valid_to")
_ESTIMATE_COLUMNS = (
    "external_id", "facility_id", "meter_id", "activity_type", "quantity", "unit", "period_start", "period_end",
    "calorific_basis", "data_basis", "estimate_method", "tags",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filled(Tabular):
    """What was proposed for the days without data, and the days for which nothing could be."""

    ROWS = "estimates"

    file: Path | None
    estimates: tuple[Estimate, ...]
    unfilled: tuple[Unfilled, ...]


def completeness_of(ledger: Book, period: str, at: int | None) -> Completeness:
    """See :meth:`ledger.book.Ledger.completeness`."""
    with session(ledger.path) as s:
        return compile_completeness(s, ledger._period(s, period), at)  # noqa: SLF001 — one facade in two files


def proposed_expectations(ledger: Book, file: Path | None) -> tuple[Proposal, ...]:
    """See :meth:`ledger.book.Ledger.propose_expectations`."""
    _refuse_overwriting(file)
    with session(ledger.path) as s:
        found = regular_ones(s, latest_checkpoint(s).size)
    if file is not None and found:
        _write(file, _EXPECTATION_COLUMNS, ([getattr(one, name) for name in _EXPECTATION_COLUMNS] for one in found))
    return found


def filled_gaps(ledger: Book, period: str, file: Path | None, method: str | None) -> Filled:
    """See :meth:`ledger.book.Ledger.fill_gaps`."""
    _refuse_overwriting(file)
    with session(ledger.path) as s:
        of = ledger._period(s, period)  # noqa: SLF001 — one facade in two files
        size = latest_checkpoint(s).size
        as_of = make_coverage(s, of, size)
        made, left = proposed_estimates(s, of, size, as_of, method)
    written = file if made else None
    if written is not None:
        _write(written, _ESTIMATE_COLUMNS, (_estimate_row(one) for one in made))
    return Filled(written, made, left)


def _estimate_row(one: Estimate) -> list[str | None]:
    """The estimate as a row to upload: flagged, with its method, its sum, and the expectation that it answers."""
    parts = (one.facility_id, one.meter_id, one.activity_type, one.first_day.isoformat())
    name = "estimate-" + "-".join(part for part in parts if part)
    tags = json.dumps({"expectation": one.expectation or "derived"})
    return [
        name, one.facility_id, one.meter_id, one.activity_type, plain_amount(one.quantity), one.unit,
        one.first_day.isoformat(), one.last_day.isoformat(), one.calorific_basis, "estimated",
        f"{one.method.replace('_', ' ')}; {one.words}", tags,
    ]  # fmt: skip


def _refuse_overwriting(file: Path | None) -> None:
    if file is not None and file.exists():
        raise Misuse(f"{file} is there already", "name another file with -o; nothing was overwritten")


def _write(file: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(columns)
        writer.writerows([guarded(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
