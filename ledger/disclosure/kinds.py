"""The kinds of document there are, and how each is read from the ledger: the quarterly report, and the statements."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ledger.disclosure.documents.document import Document
from ledger.disclosure.figures.quarterly import quarterly_figures
from ledger.disclosure.quarterly.document import FORMATS, QUARTERLY, quarterly_document
from ledger.disclosure.requirements.narrative import Told, read_narrative
from ledger.disclosure.statement.document import STATEMENT_FORMATS, statement_document
from ledger.disclosure.statement.layout import layout, layouts
from ledger.disclosure.statement.reading import statement
from ledger.errors import Misuse

if TYPE_CHECKING:
    from ledger.inventory import Period
    from ledger.store import Session


def kinds() -> tuple[str, ...]:
    """Every kind of document by name."""
    return (QUARTERLY, *layouts())


def formats_of(kind: str) -> tuple[str, ...]:
    """The formats in which a kind is made. Raises Misuse for a kind that there is not."""
    if kind == QUARTERLY:
        return FORMATS
    layout(kind)  # which must be there
    return STATEMENT_FORMATS


def own_view(kind: str) -> str | None:
    """The view that a kind asks for; None where the ledger's own serves."""
    return None if kind == QUARTERLY else layout(kind).view


def told_for(kind: str, narrative: Path | str | None) -> Told | None:
    """The texts that people give for a document; None for a kind that has no place for any.

    Raises Misuse where such a kind is given some all the same.
    """
    if kind != QUARTERLY:
        return read_narrative(None if narrative is None else Path(narrative))
    if narrative is not None:
        raise Misuse(
            "the quarterly report holds no texts of people, so --narrative has no place in it",
            "leave it out, or make a statement: " + ", ".join(layouts()),
        )
    return None


def read_document(
    s: Session, kind: str, of: Period, view: str, at: int | None, told: Told | None, *, with_postings: bool,
    issued: bool = False, language: str | None = None,
) -> Document:  # fmt: skip
    """A document of a period under a view, as the ledger stood at a size (now when None).

    ``with_postings`` also reads what its workbook lists; ``issued`` makes it what is handed out; ``language`` is
    another than the company's. Raises Misuse for a view that is not computed, a size that is not reached, or a language
    that there is not.
    """
    how: dict[str, Any] = {"with_postings": with_postings, "issued": issued, "language": language}
    if kind == QUARTERLY:
        return quarterly_document(quarterly_figures(s, of, view, at, **how))
    return statement_document(statement(s, layout(kind), of, view, at, told, **how))
