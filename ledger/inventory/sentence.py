"""Sentences that say something of figures, kept with the form and the blanks they were made from.

A sentence is a text like any other: records, JSON and the terminal have it in English as it was made. Documents in
another language look the form up and fill the same blanks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class Sentence(str):
    """An English sentence that remembers its form with ``{blanks}``, and what they were filled with."""

    __slots__ = ("blanks", "form")
    form: str
    blanks: Mapping[str, object]


def sentence(form: str, /, **blanks: object) -> Sentence:
    """The form with its blanks filled; a blank may be a sentence itself. KeyError for a blank that is not given."""
    made = Sentence(form.format_map(blanks))
    made.form, made.blanks = form, blanks
    return made


def joined(parts: Sequence[str], between: str = "; ") -> Sentence:
    """Sentences one after the other, as one."""
    names = [f"part_{place}" for place in range(len(parts))]
    return sentence(between.join(f"{{{name}}}" for name in names), **dict(zip(names, parts, strict=True)))
