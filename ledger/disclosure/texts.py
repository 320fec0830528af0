"""The words of the documents: one catalogue per language, kept beside the templates.

``text("cover_period")`` gives the sentence of that name with its blanks filled; a name that is not
in the catalogue is an error, never an empty space in a report.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache

from ledger import shipped
from ledger.errors import Misuse

LANGUAGE = "en"


@cache
def catalogue(language: str = LANGUAGE) -> Mapping[str, str]:
    """All texts of one language by name; Misuse where there is no catalogue for it."""
    path = shipped.path("templates") / "texts" / f"{language}.toml"
    if not path.is_file():
        raise Misuse(f"There are no report texts for the language '{language}'.", "Use 'en'.")
    return {str(name): str(words) for name, words in tomllib.loads(path.read_text("utf-8")).items()}


def text(name: str, /, **blanks: object) -> str:
    """The text called ``name`` with its ``{blanks}`` filled; KeyError where it does not exist."""
    words = catalogue()[name]
    return words.format_map(blanks) if blanks else words


def text_or_code(prefix: str, code: str | int | None) -> str:
    """The words for a code of the ledger (none where the catalogue says so), or the code itself, spaced."""
    return catalogue().get(f"{prefix}_{code}", str(code or "").replace("_", " "))


def day(value: date) -> str:
    """A date in words, such as "30 September 2026", whatever the machine's locale."""
    return f"{value.day} {text(f'month_{value.month}')} {value.year}"


def month(value: date) -> str:
    """A month in words, such as "September 2026"."""
    return f"{text(f'month_{value.month}')} {value.year}"


def moment(value: datetime) -> str:
    """A UTC moment in words, such as "14 October 2026, 09:26 UTC"."""
    return f"{day(value.date())}, {value:%H:%M} UTC"


def span(start: date, end: date) -> str:
    """A period in words: "1 July to 30 September 2026"; the first year only where it differs."""
    first = f"{start.day} {text(f'month_{start.month}')}"
    return f"{first if start.year == end.year else day(start)} {text('span_to')} {day(end)}"


def quarter(label: str, start: date, end: date) -> str:
    """A quarter's name from its label: "2026-Q3" → "Q3 2026"; other labels become dates."""
    head, _, tail = label.partition("-")
    if tail in {"Q1", "Q2", "Q3", "Q4"}:
        return f"{tail} {head}"
    return label if label.isalnum() else span(start, end)
