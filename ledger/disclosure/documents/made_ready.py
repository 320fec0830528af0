"""What lays out and draws a document made ready while its figures are read: the two hardly wait for each other."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from decimal import Decimal

from ledger.errors import Misuse


@contextmanager
def made_ready(formats: Sequence[str]) -> Iterator[None]:
    """Within it the tools for these formats are loaded in a thread of their own; it is over with the last of them.

    What is missing here is told where it is needed.
    """
    loading = threading.Thread(target=_load, args=(tuple(formats),), name="made-ready")
    loading.start()
    try:
        yield
    finally:
        loading.join()


def _load(formats: Sequence[str]) -> None:
    from ledger.disclosure.documents.pdf import weasyprint_there

    with suppress(Misuse):
        if "pdf" in formats:
            weasyprint_there()
        if {"pdf", "html"} & set(formats):
            draw_first()


def draw_first() -> None:
    """Draw a small chart: the first takes several times as long as those after it."""
    from ledger.disclosure.charts.drawing import svg
    from ledger.disclosure.charts.report import quarters
    from ledger.disclosure.figures.record import BreakdownLine

    chart = quarters([BreakdownLine("2000-Q1", "", Decimal(1))], None)
    if chart is not None:
        svg(chart)
