"""A format of somebody else's file: by what it is known, and how its records become rows of our own kinds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from ledger.intake.faults import Faults
from ledger.intake.tables.headers import folded_header

TEXTS = pl.String
"""Every cell is text until it is converted as a cell of ours."""


def field_name(text: str) -> str:
    """A header or a path of keys as it is compared: `project.id`, `Project ID` and `project_id` are one."""
    return folded_header(text).replace(" ", "_")


@dataclass(frozen=True, slots=True)
class Made:
    """Rows of one of our kinds as text columns beside `source_line`.

    ``led`` says for our columns the field of the file to which a finding leads; columns that the kind does not have
    go into the tags of activities, and are left out elsewhere. ``cumulative`` readings tell all since a run's start.
    """

    kind: str
    rows: pl.DataFrame
    led: Mapping[str, str] = field(default_factory=dict)
    cumulative: bool = False


@dataclass(frozen=True, slots=True)
class Given:
    """Records of a file as text, by field name, with what a person chose and where findings go.

    ``line`` is the line of the headers, None where the records are not lines of a table.
    """

    rows: pl.DataFrame
    fields: Mapping[str, str]
    faults: Faults
    choices: Mapping[str, str]
    line: int | None = None

    def has(self, *names: str) -> bool:
        """Whether every one of the fields is there."""
        return set(names) <= set(self.rows.columns)

    def text(self, *names: str) -> pl.Expr:
        """The first of the fields that is filled, without blanks around it; null where none is."""
        there = [pl.col(name) for name in names if name in self.rows.columns]
        if not there:
            return pl.lit(None, TEXTS)
        bare = [column.str.strip_chars() for column in there]
        return pl.coalesce(pl.when(one != "").then(one) for one in bare)

    def shown(self, name: str) -> str:
        """The field's name as the file has it."""
        return self.fields.get(name, name)

    def tell(self, code: str, rows: pl.DataFrame, name: str | None = None, **words: Any) -> None:
        """A finding for each of some rows with `source_line` and maybe `value`; ``name`` is the field it is about."""
        self.faults.add_rows(code, rows, None if name is None else self.shown(name), **words)

    def needs(self, name: str, what: str, example: str) -> bool:
        """Whether a choice was made; a finding that asks for it where not."""
        if name in self.choices:
            return True
        self.faults.add("choice-needed", line=self.line, what=what, choice=f"{name}={example}")
        return False


@dataclass(frozen=True, slots=True)
class Form:
    """A format.

    ``headers`` are sets of field names, any one of which makes a table of this format; ``records`` gives the records
    of a document with these keys, None where it is another. ``made`` turns records into rows of ours. ``choices`` are
    what a person may choose beside the columns of ``kinds``, which its rows may be: name → what it means. ``broken``
    says more where a table of it cannot be read; ``refused`` why a known one holds nothing for us, and what to do.
    ``grows`` tells a log that is written line by line, whose last line may be cut off.
    """

    name: str
    title: str
    made: Callable[[Given], list[Made]]
    headers: tuple[frozenset[str], ...] = ()
    fits: Callable[[Any], bool] | None = None
    records: Callable[[Any, Faults], Iterable[Mapping[str, Any]]] | None = None
    choices: Mapping[str, str] = field(default_factory=dict)
    kinds: tuple[str, ...] = ("activity",)
    broken: Callable[[Faults], None] | None = None
    refused: tuple[str, str] | None = None
    grows: bool = False


def names(text: str) -> frozenset[str]:
    """Field names joined with blanks."""
    return frozenset(text.split())
