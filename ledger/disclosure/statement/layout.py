"""Layouts of statements as shipped data: which chapters a document has, in which order, and what each holds."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache

from ledger import extensions
from ledger.errors import known_word


@dataclass(frozen=True, slots=True)
class ChapterLayout:
    """A chapter: its key (`chapter_<key>` names its title), the texts that people give, and its tables and charts."""

    key: str
    narratives: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    charts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """A kind of statement: title, the rule sets whose index it prints, the view it is made in, and its chapters.

    ``view`` is None where the ledger's own view serves.
    """

    kind: str
    title: str
    rule_sets: tuple[str, ...]
    view: str | None
    chapters: tuple[ChapterLayout, ...]


@cache
def layouts() -> dict[str, Layout]:
    """Every kind of statement that is shipped or that an extension adds, by name."""
    return {kind: _read(kind, file.read_text("utf-8")) for kind, file in extensions.once("documents", "*.toml").items()}


def layout(kind: str) -> Layout:
    """The layout of a kind of statement. Raises Misuse for one that is not shipped."""
    if kind not in layouts():
        known_word("report", kind, ("quarterly", *layouts()))
    return layouts()[kind]


def _read(kind: str, text: str) -> Layout:
    given = tomllib.loads(text)
    chapters = tuple(
        ChapterLayout(
            chapter["key"],
            tuple(chapter.get("narratives", ())),
            tuple(chapter.get("tables", ())),
            tuple(chapter.get("charts", ())),
        )
        for chapter in given["chapters"]
    )
    return Layout(kind, given["title"], tuple(given["rule_sets"]), given.get("view"), chapters)
