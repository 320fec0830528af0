"""What is handed out: a document of one kind, its figures, tables and texts, and its bytes in each format."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from ledger.disclosure.documents.json_text import amounts_of
from ledger.disclosure.documents.page import Paper
from ledger.disclosure.words.texts import spoken

if TYPE_CHECKING:
    from ledger.disclosure.charts.drawing import Drawing
    from ledger.disclosure.figures.record import QuarterlyFigures
    from ledger.disclosure.requirements.narrative import Told
    from ledger.disclosure.tables.table import Table

Makers: TypeAlias = Mapping[str, Callable[[Paper], bytes]]


@dataclass(frozen=True, slots=True)
class Document:
    """The quarterly report or a statement, as a pure function of what was read of the ledger at one checkpoint.

    ``tables`` holds every table whose figures it prints, by key, built once for all formats; ``makers`` gives its
    bytes by format. The quarterly report takes no rule set and no texts of people: both are None there.
    ``open_requirements`` says of each rule set how many required items are not met in full.
    """

    kind: str
    figures: QuarterlyFigures
    tables: Mapping[str, Table]
    makers: Makers
    rule_sets: tuple[str, ...] | None = None
    told: Told | None = None
    open_requirements: tuple[str, ...] = ()

    def made(self, formats: Sequence[str], paper: Paper = "a4") -> dict[str, bytes]:
        """The bytes in each of these formats, by format; the same document gives the same bytes."""
        with spoken(self.figures.look.language):
            return {name: self.makers[name](paper) for name in formats}

    @property
    def amounts(self) -> dict[str, str | None]:
        """The exact amount of each figure that it prints, by its id; kg CO2e and kWh in plain notation."""
        return amounts_of(self.tables.values())


def charts_once(figures: QuarterlyFigures) -> Callable[[], Mapping[str, Drawing]]:
    """The charts of these figures, drawn when they are first asked for and then kept."""

    @cache
    def drawn() -> Mapping[str, Drawing]:
        from ledger.disclosure.charts.report import drawings

        return drawings(figures)

    return drawn
