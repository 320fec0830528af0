"""Accruals as a file: the estimates of months before a provider's export, recorded as any upload is."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.ai.accruals.estimate import Accrual, accrual_id, accruals
from ledger.ai.accruals.standing import ACCRUED
from ledger.errors import Misuse
from ledger.plain import plain_amount
from ledger.store import session

if TYPE_CHECKING:
    from ledger.book.results import UploadResult
    from ledger.book.verbs.book import Book
    from ledger.inventory.period import Period

_AGAIN = "estimated again, the earlier estimate having been taken back"
METHOD = "the provider's last stated months by days, less own runs in the book"


def accrued(
    ledger: Book, provider: str, span: str, *, months: int, kg: str | None, source: str | None, check: bool
) -> UploadResult:
    """Record the estimates; see :meth:`ledger.book.Ledger.accrue`."""
    if not provider.strip():
        raise Misuse("whose services?", "give --provider: aws, azure, gcp …")
    if (kg is None) != (source is None):
        raise Misuse("an estimate of your own has kilograms and says how it was made", "give both --kg and --source")
    with session(ledger.path) as s:
        of = ledger._period(s, span)  # noqa: SLF001 — one facade in two files
        _check_begun(of)
        if kg is None:
            rows = [_row(one) for one in accruals(s, provider, of.months, months)]
        else:
            rows = [_stated_row(provider, of, kg, source or "")]
    with _written(rows, f"accrual-{provider}-{span}") as file:
        done: UploadResult = ledger.upload(file, "activity", check=check)  # type: ignore[attr-defined]
        if done.status == "already_recorded":  # and none stands: the earlier one was taken back
            done = ledger.upload(file, "activity", again=True, reason=_AGAIN)  # type: ignore[attr-defined]
        return done


def _check_begun(of: Period) -> None:
    """Raises Misuse for a month that is still to come: nothing has been used in it."""
    later = [month for month in of.months if month > datetime.now(UTC).date()]
    if later:
        raise Misuse(f"{later[0]:%Y-%m} has not begun", "accrue months that are over or under way")


def _row(one: Accrual) -> dict[str, str]:
    """An estimate with its terms, so that a reader can work it out again."""
    own = f", less {plain_amount(one.runs_kg)} kg of own runs that are posted" if one.runs_kg else ""
    note = (
        f"estimate for {one.provider} in {one.month:%Y-%m} until its export arrives: stated {one.months}, scaled by "
        f"days{own}"
    )
    return {
        **_head(one.provider, one.month, one.last, one.legal_entity_id),
        "formula": "cloud_accrual", "stated_kg": plain_amount(one.stated_kg), "stated_days": str(one.stated_days),
        "accrued_days": str(one.last.day), "runs_kg": plain_amount(one.runs_kg), "term_basis": "stated",
        "term_source": f"stated by {one.provider}: {one.months}", "estimate_method": METHOD, "note": note,
    }  # fmt: skip


def _stated_row(provider: str, of: Period, kg: str, source: str) -> dict[str, str]:
    if len(of.months) != 1:
        raise Misuse("an estimate of your own is for one month", "give --period like 2025-11")
    note = f"estimate for {provider} in {of.start:%Y-%m} until its export arrives: {source}"
    return {
        **_head(provider, of.start, of.end, None),
        "quantity": kg, "unit": "kgCO2e", "estimate_method": source, "note": note,
    }  # fmt: skip


def _head(provider: str, first: date, last: date, entity: str | None) -> dict[str, str]:
    return {
        "external_id": accrual_id(provider, first, entity), "activity_type": ACCRUED, "period_start": f"{first}",
        "period_end": f"{last}", "supplier": provider, "cloud_provider": provider, "legal_entity_id": entity or "",
        "data_basis": "estimated", "primary_data": "no",
    }  # fmt: skip


@contextmanager
def _written(rows: list[dict[str, str]], name: str) -> Iterator[Path]:
    """The rows as a CSV that is there for the time of the block."""
    safe = "".join(char if char.isalnum() or char in "-_." else "-" for char in name)[:80]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{safe}.csv"
        with path.open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        yield path
