"""Long tables in pages of so many rows; the files have all of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ledger.web.frame.here import Here
from ledger.web.frame.tables import Table

SHOWN = 200
"""So many rows of a long table stand on a page."""


@dataclass(frozen=True, slots=True)
class Pages:
    """Which page of a long table is shown, of how many, and the addresses of those beside it."""

    page: int
    pages: int
    rows: int
    before: str
    after: str


def pages_of(here: Here, rows: int, page: int) -> Pages | None:
    """Where a page stands among those of so many rows; None where one page has all."""
    pages = -(-rows // SHOWN)
    if here.query("as") or pages <= 1:
        return None

    def address(number: int) -> str:
        url = here.request.url.include_query_params(page=number)
        return f"{url.path}?{url.query}"

    before, after = address(page - 1) if page > 1 else "", address(page + 1) if page < pages else ""
    return Pages(page, pages, rows, before, after)


def paged(here: Here, table: Table) -> tuple[Table, Pages | None]:
    """The rows of a table that stand on the page that the address asks for; all of them for a file.

    Raises Misuse for a page that there is not.
    """
    number = here.number("page", 1, max(1, -(-len(table.rows) // SHOWN)))
    pages = pages_of(here, len(table.rows), number)
    return (table if pages is None else replace(table, rows=table.rows[(number - 1) * SHOWN : number * SHOWN])), pages
