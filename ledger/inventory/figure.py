"""Figure ids: `<period>/<view>/<measure>[/dimension=value…]@<size>`, what a report prints and `trace` takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from ledger.errors import Misuse
from schemas.measures import FIGURE_MEASURES

MEASURES = FIGURE_MEASURES
DIMENSIONS = (
    "category", "sub_line", "facility", "month", "activity_type", "source_type", "gas", "energy_source", "legal_entity",
    "iso_category", "scope", "country", "model", "stage",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure's name: what, of when, cut how, as the ledger stood at which size."""

    period: str
    view: str
    measure: str
    size: int
    cuts: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        cuts = "".join(f"/{name}={quote(value, safe='')}" for name, value in self.cuts.items())
        return f"{self.period}/{self.view}/{self.measure}{cuts}@{self.size}"


def figure(text: str) -> Figure:
    """The figure that an id names. Raises Misuse where the text is not one."""
    try:
        path, size = text.rsplit("@", 1)
        period, view, measure, *cuts = path.split("/")
        named = {name: unquote(value) for name, value in (cut.split("=", 1) for cut in cuts)}
        made = Figure(period, view, measure, int(size), named)
    except ValueError:
        raise _unknown(text) from None
    if measure not in MEASURES or not set(named) <= set(DIMENSIONS):
        raise _unknown(text)
    return made


def _unknown(text: str) -> Misuse:
    return Misuse(
        f"'{text}' is neither a figure's id nor an entry (B12-3)",
        "take one from a report or from ghg inventory --json, like 2026-Q3/operational_control/scope_1@14; measures: "
        + ", ".join(MEASURES),
    )
