"""What all charts are made of: their form, colours, axes and the look of the whole."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ledger.disclosure.words import numbers
from ledger.disclosure.words.texts import text

Spec = dict[str, Any]

VEGA_LITE = "6.4"
SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
FONT = "IBM Plex Sans"
INK, MUTED, RULE, PAPER = "#1a1f24", "#5b6670", "#d9dee3", "#ffffff"
SCOPE = {"scope_1": "#8c510a", "scope_3": "#5e4fa2"}
BASIS = {"scope_2_location": "#2b6ca3", "scope_2_market": "#d98b1f"}
NEUTRAL = MUTED  # energy is neither a scope nor a method, and takes none of their colours
WIDTH = 500
COLUMNS_WIDTH = 470


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart: its title, one sentence for those who cannot see it, and its specification."""

    key: str
    title: str
    alt: str
    spec: Spec


def _config() -> Spec:
    """The look of all charts: quiet axes, horizontal rules only, no background."""
    label = {"labelFont": FONT, "labelFontSize": 10}
    return {
        "font": FONT,
        "background": "transparent",
        "aria": False,  # the drawing has one description as a whole
        "view": {"stroke": None},
        "axis": {
            **label,
            "titleFont": FONT,
            "titleFontSize": 10,
            "titleFontWeight": "normal",
            "labelColor": MUTED,
            "titleColor": MUTED,
            "domainColor": RULE,
            "gridColor": RULE,
            "ticks": False,
            "labelPadding": 6,
        },
        "text": {"font": FONT, "fontSize": 10, "color": INK},
        "legend": {
            **label,
            "orient": "top",
            "title": None,
            "labelColor": INK,
            "symbolType": "square",
            "columnPadding": 16,
        },
    }


def spec_of(layers: list[Spec], height: int, **more: Any) -> Spec:
    """The specification of a chart of these layers, ``height`` pixels high."""
    return {
        "$schema": SCHEMA,
        "width": WIDTH,
        "height": height,
        "layer": layers,
        "config": _config(),
        **more,
    }


def shown_unit(value: Decimal) -> float:
    """kg as tonnes, or kWh as MWh, for drawing."""
    return float(numbers.rounded(numbers.thousandth(value), 6))


def value_axis() -> Spec:
    """An axis of numbers written as everywhere else: a thin space between thousands, the language's decimal mark."""
    parted = "replace(replace(format(datum.value, ',~r'), /,/g, '\u202f'), '-', '\u2212')"
    return {"labelExpr": f"replace({parted}, '.', '{text('decimal_mark')}')", "domain": False, "tickCount": 5}


def name_axis() -> Spec:
    """An axis of names."""
    return {"labelLimit": 240, "labelColor": INK, "domain": True, "grid": False}
