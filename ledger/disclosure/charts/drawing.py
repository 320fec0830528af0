"""Charts drawn: the SVG of a specification, for page and paper, with no network and no browser."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from ledger import shipped
from ledger.disclosure.charts.parts import VEGA_LITE, Chart
from ledger.errors import Misuse

_PART_ROLES = re.compile(r' role="graphics-(?:symbol|object)"(?: aria-roledescription="[^"]*")?')


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart as SVG text under its title."""

    key: str
    title: str
    svg: str


def svg(chart: Chart) -> str:
    """The chart as SVG text with its description for screen readers; the same text for the same chart."""
    drawn: str = _converter().vegalite_to_svg(chart.spec, vl_version=VEGA_LITE)
    return _labelled(drawn, chart)


@cache
def _converter() -> Any:
    """vl-convert with the shipped fonts; Misuse with the way out where it is not installed."""
    try:
        import vl_convert
    except ImportError as missing:
        raise Misuse("Charts need vl-convert, which is not installed.", "pip install 'ghg-ledger[pdf]'") from missing
    vl_convert.register_font_directory(str(shipped.path("templates") / "fonts"))
    return vl_convert


def _labelled(drawn: str, chart: Chart) -> str:
    """The SVG told to screen readers as one picture, its clip ids made unique on a page of several charts.

    Parts of a picture that call themselves graphics would each need words of their own (WCAG 2.2, 1.1.1).
    """
    from markupsafe import escape

    head = f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(chart.alt)}"'
    drawn = _PART_ROLES.sub("", drawn.replace('<svg xmlns="http://www.w3.org/2000/svg"', head, 1))
    return re.sub(r"\bclip(\d+)\b", rf"{chart.key}-clip\1", drawn)
