"""Charts on pages: as the reports draw them, drawn once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ledger.web.frame.here import Here

if TYPE_CHECKING:
    from ledger.disclosure.charts.parts import Chart


@dataclass(frozen=True, slots=True)
class Drawn:
    """A chart as the page has it."""

    title: str
    svg: str


def drawn(here: Here, chart: Chart | None) -> Drawn | None:
    """A chart as SVG, kept as long as the ledger stays as it is; None for none."""
    if chart is None:
        return None
    from ledger.disclosure.charts.drawing import svg

    text: str = here.site.answers.get(("svg", chart.key, chart.alt, str(chart.spec)), lambda: svg(chart))
    return Drawn(chart.title, text)
