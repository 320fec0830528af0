"""A comparison as a page of its own: the plot, the table, what is decided, and every source; for screen and paper."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ledger.ai.tradeoff.compare import Comparison
from ledger.disclosure.charts.drawing import Drawing, svg
from ledger.disclosure.charts.parts import Chart
from ledger.disclosure.charts.tradeoff import tradeoff
from ledger.disclosure.documents.page import embedded_fonts, environment, placed_drawing, style
from ledger.disclosure.words import texts
from ledger.errors import Misuse

FORMS = (".svg", ".html", ".pdf")


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of a comparison: title, first sentence, table with its head, verdicts, and sources by kind.

    ``numeric`` has the columns of the table in which numbers stand; ``more`` what comes below: further plots.
    """

    title: str
    lead: str
    table: Sequence[Sequence[str]]
    numeric: Sequence[int]
    verdicts: Sequence[str]
    sources: Mapping[str, Sequence[str]]
    more: Sequence[Part] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A further plot with its table (its head first) and what is said of it."""

    title: str
    chart_of: Callable[[], Chart]
    table: Sequence[Sequence[str]]
    numeric: Sequence[int]
    verdicts: Sequence[str]


def tradeoff_file(made: Comparison, told: Told, name: str) -> bytes:
    """The plot (``.svg``) or the page (``.html``, ``.pdf``), by the ending of the name. Raises Misuse for others."""
    return charted_file(lambda: tradeoff(made), told, name)


def charted_file(chart_of: Callable[[], Chart], told: Told, name: str) -> bytes:
    """A chart (``.svg``), or the page with it and what is told, by the ending of the name. Raises Misuse for others."""
    form = Path(name).suffix.casefold()
    if form not in FORMS:
        raise Misuse(f"'{name}' ends in none of {', '.join(FORMS)}", "name the file so, like -o compare.html")
    chart = chart_of()
    drawn = _drawn(chart)
    if form == ".svg":
        return drawn.svg.encode()
    if form == ".html":
        return _page(told, drawn, embedded_fonts()).encode()
    from ledger.disclosure.documents.pdf import laid_out, paper_fonts

    return laid_out(_page(told, drawn, paper_fonts()))


def _drawn(chart: Chart) -> Drawing:
    return Drawing(chart.key, chart.title, svg(chart))


def _page(told: Told, drawn: Drawing, font_faces: str) -> str:
    from markupsafe import Markup

    return (
        environment()
        .get_template("tradeoff.html.j2")
        .render(
            language=texts.language(),
            paper="a4",
            css=Markup(style(font_faces)),  # noqa: S704  ours, not a user's
            chart=placed_drawing(drawn),
            t=texts.text,
            title=told.title,
            lead=told.lead,
            table=told.table,
            numeric=told.numeric,
            verdicts=told.verdicts,
            sources=told.sources,
            parts=[(part, placed_drawing(_drawn(part.chart_of()))) for part in told.more],
        )
    )
