"""Services that tell how clean a grid was, is and will be; what they answer becomes a file, and the file evidence."""

from __future__ import annotations

from ledger.connectors.grid.answers import Answers, answers_of, zones_of
from ledger.connectors.grid.wish import SOURCES, Wish, span

__all__ = ["SOURCES", "Answers", "Wish", "answers_of", "span", "zones_of"]
