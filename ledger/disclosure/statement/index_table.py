"""The content index as a table: each requirement with its state, and the chapter or the reason."""

from __future__ import annotations

from collections.abc import Mapping

from ledger.disclosure.requirements.index import ContentIndex, IndexLine
from ledger.disclosure.tables.table import Column, Row, Table, words
from ledger.disclosure.words.texts import named, text

STANDS_IN = {"summary": ("esrs_emissions",), "scope_3": ("esrs_emissions",), "energy": ("energy_mix",)}
"""Tables of a statement that say what another table says in the quarterly report."""


def index_table(index: ContentIndex, chapters: Mapping[str, int]) -> Table:
    """The index of a rule set; ``chapters`` is the number of the chapter that a table or a text stands in."""
    rows = tuple(
        Row(
            (
                words(line.requirement.code),
                words(text(f"index_{line.state}"), "state"),
                words(_asked(line)),
                words(_told(line, chapters), longest=400),
            )
        )
        for line in index.lines
    )
    met = index.count("met", "required")
    count = sum(1 for line in index.lines if line.requirement.level == "required")
    return Table(
        f"index_{index.rule_set.name}",
        text("table_index", title=named(index.rule_set.title), version=named(index.rule_set.version)),
        "",
        (
            Column(text("column_code"), "text", "11%"),
            Column(text("column_state"), "text", "12%"),
            Column(text("column_asked"), "text", "40%"),
            Column(text("column_place"), "text"),
        ),
        rows,
        (text("index_counts", met=met, count=count), text("index_words_note")),
    )


def _asked(line: IndexLine) -> str:
    asked = line.requirement
    title = named(asked.title)
    return title if asked.level == "required" else f"{title} ({text(f'level_{asked.level}')})"


def _told(line: IndexLine, chapters: Mapping[str, int]) -> str:
    """Where it stands in this document, and what is to be said of it."""
    places: list[int] = []
    for key in filter(None, line.where.split(", ")):
        names = line.requirement.needs if key == "narrative" else (key, *STANDS_IN.get(key, ()))
        places += [chapters[name] for name in names if name in chapters]
    where = text("index_chapter", chapter=", ".join(map(str, sorted(set(places))))) if places else ""
    return ". ".join(part for part in (where, line.words) if part)
