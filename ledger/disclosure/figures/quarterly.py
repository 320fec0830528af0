"""The figures of a document whole: all that there is to say of a period, frozen."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from ledger.disclosure.figures import postings
from ledger.disclosure.figures.period import PeriodFigures
from ledger.disclosure.figures.record import QuarterlyFigures
from ledger.disclosure.words.texts import spoken

if TYPE_CHECKING:
    from ledger.inventory import Period
    from ledger.store import Session

_NOT_READ = {"postings", "postings_grouped", "issued", "template_version"}
"""Fields that say how the document is made, and the lines of the workbook."""


def quarterly_figures(
    s: Session,
    of: Period,
    view: str = "operational_control",
    at: int | None = None,
    *,
    with_postings: bool = True,
    issued: bool = False,
    language: str | None = None,
) -> QuarterlyFigures:
    """Everything the quarterly report says of a period, as the ledger stood at a size (now when None).

    ``with_postings`` also reads one row per posting, for the workbook; ``issued`` makes it what is handed out; its
    words are in the company's language, or the one given. Amounts are kg CO2e and kWh. Raises Misuse for a view that is
    not computed, a size that is not reached, or a language that there is not.
    """
    held = PeriodFigures(s, of, view, at, language)
    now = held.current
    with spoken(held.look.language):
        read: dict[str, Any] = {
            field.name: getattr(held, field.name) for field in fields(QuarterlyFigures) if field.name not in _NOT_READ
        }
        lines, grouped = (None, False)
        if with_postings:
            lines, grouped = postings.posting_table(s, of, now.view, now.checkpoint.size)
    return QuarterlyFigures(**read, postings=lines, postings_grouped=grouped, issued=issued)
