"""The words of the documents: one catalogue per language, kept beside the templates.

``text("cover_period")`` gives the sentence of that name with its blanks filled; a name that is not
in the catalogue is an error, never an empty space in a report. Which language is spoken is said once for a whole
document, by ``with spoken("de")``; English where nobody says anything.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from functools import cache
from typing import Any

from ledger import extensions, shipped
from ledger.errors import Misuse
from ledger.inventory.sentence import Sentence

ENGLISH = "en"
_NUMBER = re.compile("-?[0-9\u202f]+[.][0-9]+( %)?")
"""A number with decimals as records write it, or a share in per cent."""
_SPOKEN: ContextVar[str] = ContextVar("language of the documents", default=ENGLISH)


@contextmanager
def spoken(language: str) -> Iterator[None]:
    """All texts within are those of this language. Raises Misuse where there is no catalogue for it."""
    if language not in shipped.languages():
        raise Misuse(f"there are no report texts in '{language}'", f"take one of {', '.join(shipped.languages())}")
    before = _SPOKEN.set(language)
    try:
        yield
    finally:
        _SPOKEN.reset(before)


def language() -> str:
    """The language that is spoken, by its code (ISO 639-1), such as "en"."""
    return _SPOKEN.get()


def catalogue() -> Mapping[str, str]:
    """All texts of the language that is spoken, by name."""
    return _catalogue(language())


@cache
def _held(code: str) -> Mapping[str, Any]:
    """The texts of a language: the shipped ones, with those that extensions add under names that are not taken."""
    ours = tomllib.loads((shipped.path("templates") / "texts" / f"{code}.toml").read_text("utf-8"))
    for folder in extensions.extension_folders().values():
        own = next((path for name in (code, ENGLISH) if (path := folder / "texts" / f"{name}.toml").is_file()), None)
        if own is not None:
            ours = tomllib.loads(own.read_text("utf-8")) | ours
    return ours


@cache
def _catalogue(code: str) -> Mapping[str, str]:
    return {name: words for name, words in _held(code).items() if isinstance(words, str)}


@cache
def _words(code: str) -> Mapping[str, str]:
    """The table `words` of a language: what stands in data files and records, by its English; English has none."""
    return dict(_held(code).get("words", {}))


def text(name: str, /, **blanks: object) -> str:
    """The text called ``name`` with its ``{blanks}`` filled; KeyError where it does not exist."""
    words = catalogue()[name]
    return words.format_map(blanks) if blanks else words


def text_or_code(prefix: str, code: str | int | None) -> str:
    """The words for a code of the ledger (none where the catalogue says so), or the code itself, spaced."""
    return catalogue().get(f"{prefix}_{code}", str(code or "").replace("_", " "))


def unit_name(unit: str | None) -> str:
    """A unit as people write it, where its code is not that already: `gal_us`, `person`."""
    return catalogue().get(f"unit_of_{unit}", unit or "")


def named(english: str) -> str:
    """Words that stand in a data file, such as the title of a requirement, in the language that is spoken.

    Where the language does not hold them they stay as they are; so do names of the user's own.
    """
    return _words(language()).get(english, english)


def noted(said: str) -> str:
    """What a record says of itself in a sentence, in the language that is spoken, its blanks filled as they were."""
    if not isinstance(said, Sentence):
        return named(said)
    return named(said.form).format_map({name: _filled(word) for name, word in said.blanks.items()})


def _filled(word: object) -> object:
    """What fills a blank: a sentence in its words, a number with the language's decimal mark, all else as it is."""
    if isinstance(word, Sentence):
        return noted(word)
    is_number = isinstance(word, str) and _NUMBER.fullmatch(word)
    return str(word).replace(".", text("decimal_mark")) if is_number else word


def listed(parts: Sequence[str]) -> str:
    """Parts as a sentence lists them: "one, two and three"."""
    return parts[0] if len(parts) == 1 else text("list_last", first=", ".join(parts[:-1]), last=parts[-1])


def within(words: str) -> str:
    """A heading as it stands within a sentence: in small letters, where the language writes nouns so."""
    return words if text("nouns_are_capital") else words.lower()


def quoted(words: str) -> str:
    """Words between the quotation marks of the language."""
    return text("quoted", words=words)


def day(value: date) -> str:
    """A date in words, such as "30 September 2026", whatever the machine's locale."""
    return f"{_day_of_month(value)} {value.year}"


def _day_of_month(value: date) -> str:
    return text("day_of_month", day=value.day, month=text(f"month_{value.month}"))


def month(value: date) -> str:
    """A month in words, such as "September 2026"."""
    return f"{text(f'month_{value.month}')} {value.year}"


def moment(value: datetime) -> str:
    """A UTC moment in words, such as "14 October 2026, 09:26 UTC"."""
    return f"{day(value.date())}, {value:%H:%M} UTC"


def span(start: date, end: date) -> str:
    """A period in words: "1 July to 30 September 2026"; the first year only where it differs."""
    first = _day_of_month(start)
    return f"{first if start.year == end.year else day(start)} {text('span_to')} {day(end)}"


def quarter(label: str, start: date, end: date) -> str:
    """A quarter's name from its label: "2026-Q3" → "Q3 2026"; other labels become dates."""
    head, _, tail = label.partition("-")
    if tail in {"Q1", "Q2", "Q3", "Q4"}:
        return f"{tail} {head}"
    return label if label.isalnum() else span(start, end)
