"""One page for screen and paper: the templates and what is put into every one of them.

A template only places what is handed to it: words, cells with their text, drawings. Autoescape is on, a missing name
is an error, and templates come from the shipped folder alone.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from ledger import shipped
from ledger.disclosure.charts.drawing import Drawing
from ledger.disclosure.figures.record import Printed
from ledger.disclosure.tables.table import Cell, Table
from ledger.disclosure.words import texts
from ledger.disclosure.words.texts import text

if TYPE_CHECKING:
    from jinja2 import Environment

Paper = Literal["a4", "letter"]
FONTS = (
    ("IBM Plex Sans", 400, "IBMPlexSans-Regular"),
    ("IBM Plex Sans", 500, "IBMPlexSans-Medium"),
    ("IBM Plex Sans", 600, "IBMPlexSans-SemiBold"),
    ("IBM Plex Mono", 400, "IBMPlexMono-Regular"),
)


def rendered(
    template: str, figures: Printed, printed: Iterable[Table], put: tuple[Paper, str, bool], **words: Any
) -> str:
    """A document's template filled in, with the annex of all figures in the tables that it prints.

    ``put`` says on which paper it is put, with which fonts, and whether for the screen.
    """
    from markupsafe import Markup

    paper, font_faces, screen = put
    colour = figures.look.colour  # checked: it is nothing but a colour
    listed = annex(figures, printed)
    anchors = {cell.figure: f"figure-{place}" for place, (_, cell) in enumerate(listed, 1)}
    return (
        environment()
        .get_template(template)
        .render(
            figures=figures,
            language=texts.language(),
            look=figures.look,
            paper=paper,
            screen=screen,
            css=Markup(style(font_faces, colour)),  # noqa: S704  ours, not a user's
            t=text,
            anchors=anchors,
            annex=[annex_line(anchors[cell.figure], name, cell) for name, cell in listed],
            **words,
        )
    )


def style(font_faces: str = "", colour: str = "") -> str:
    """The style sheet of every document, with its fonts before it and the company's colour (`#rrggbb`) behind it.

    The colour is one that can be read on white paper, so that it is not taken on a dark screen.
    """
    ours = (shipped.path("templates") / "report.css").read_text("utf-8")
    dark = "@media screen and (prefers-color-scheme: dark) { :root { --brand: var(--muted); } }"
    brand = f":root {{ --brand: {colour}; }}\n{dark}\n" if colour else ""
    return f"{font_faces}\n{ours}{brand}"


def annex_line(anchor: str, name: str, cell: Cell) -> dict[str, Any]:
    """A figure in the annex: with its name on the screen, as one line of value and id on paper."""
    value = shown(cell)
    return {
        "anchor": anchor,
        "name": name,
        "value": value,
        "figure": cell.figure,
        "line": f"{value:>18}   {cell.figure}",
    }


def shown(cell: Cell) -> str:
    """A figure's shown text with its unit."""
    unit = {"kg": text("unit_t"), "kwh": text("unit_mwh")}.get(cell.unit, "")
    return f"{cell.text} {unit}".strip() if cell.value is not None else cell.text


@cache
def environment() -> Environment:
    """Where templates come from: the shipped folder alone, with autoescape, a missing name an error."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(shipped.path("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def embedded_fonts() -> str:
    """The fonts as data, so that the page loads nothing."""
    faces = []
    for family, weight, stem in FONTS:
        data = (shipped.path("templates") / "fonts" / f"{stem}.woff2").read_bytes()
        encoded = base64.b64encode(data).decode("ascii")
        faces.append(
            f"@font-face{{font-family:'{family}';font-weight:{weight};font-style:normal;"
            f"src:url(data:font/woff2;base64,{encoded}) format('woff2')}}"
        )
    return "\n".join(faces)


def placed_drawing(drawn: Drawing | None) -> dict[str, Any] | None:
    """A chart as the templates place it; None where there is nothing to draw."""
    from markupsafe import Markup

    if drawn is None:
        return None
    return {"key": drawn.key, "title": drawn.title, "drawing": Markup(drawn.svg)}  # noqa: S704  vl-convert escapes


def annex(figures: Printed, tables: Iterable[Table]) -> list[tuple[str, Cell]]:
    """Each figure of this quarter once, with its label, in the order of the document."""
    head = figures.current.period.label + "/"
    listed: dict[str, tuple[str, Cell]] = {}
    for table in tables:
        for label, column, cell in table.cells():
            if cell.figure is not None and cell.figure.startswith(head) and cell.text != text("not_reported"):
                apart = column if table.key in {"facilities", "gases"} else ""
                name = f"{label}, {apart}" if apart else label
                listed.setdefault(cell.figure, (name, cell))
    return list(listed.values())
