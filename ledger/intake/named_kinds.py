"""Kinds of upload that extensions add by a file alone: what a file of that kind is known by, and how it is read.

A kind is a mapping file (:mod:`ledger.intake.tables.mapping`) with a part `[kind]`: `about` in words, `as` which of our
kinds its rows are, `recognised_by` the headers that make a file one of it, and a `locale` where it always has one. The
file lies in an extension's folder `uploads/`, and is kept as evidence with each upload that was read by it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ledger import extensions
from ledger.errors import Damage, Finding, Misuse
from ledger.intake.cells.locales import locale_of
from ledger.intake.faults import Faults
from ledger.intake.tables.headers import folded_header
from ledger.intake.tables.mapping import FileMapping, Shaping, read_mapping
from ledger.intake.upload import Table
from schemas.kinds import KINDS


@dataclass(frozen=True, slots=True)
class NamedKind:
    """A kind of upload that an extension adds."""

    name: str
    about: str
    kind: str
    recognised_by: tuple[str, ...]
    locale: str | None
    mapping: FileMapping

    def fits(self, tables: Iterable[Table]) -> bool:
        """Whether a table has every header that the kind is known by."""
        wanted = {folded_header(header) for header in self.recognised_by}
        return any(wanted <= {folded_header(header) for header in table.headers} for table in tables)

    def shaping(self, asked: Shaping) -> Shaping:
        """How its files are read: as was asked, by its mapping."""
        return Shaping(asked.pivot, asked.year, self.mapping, asked.choices)

    def told(self, file: str) -> Finding:
        """What is said of a file that was read so."""
        faults = Faults(file, 1)
        faults.add("kind-of-extension", name=self.name, about=self.about)
        return faults.listed()[0]


@cache
def named_kinds() -> dict[str, NamedKind]:
    """Every kind that extensions add, by name. Raises Damage for a file that does not say what it must."""
    return {name: _read(name, path) for name, path in extensions.once("uploads", "*.toml").items()}


def kind_of_tables(tables: Iterable[Table]) -> NamedKind | None:
    """The kind whose headers the tables have; the one known by the most where several are; None where none is."""
    held = tuple(tables)
    found = sorted(
        (kind for kind in named_kinds().values() if kind.fits(held)),
        key=lambda kind: (-len(kind.recognised_by), kind.name),
    )
    return found[0] if found else None


def _read(name: str, path: Path) -> NamedKind:
    try:
        said = tomllib.loads(path.read_text("utf-8")).get("kind", {})
        kind = NamedKind(
            name, said["about"], said["as"], tuple(said["recognised_by"]), said.get("locale"), read_mapping(path)
        )
        locale_of(kind.locale)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError, Misuse) as fault:
        raise Damage(
            f"{path.name} of an extension is no kind of upload: {fault!s}",
            "its part [kind] says about, as and recognised_by; the rest is a mapping (docs/extending.md)",
        ) from fault
    if name in KINDS or kind.kind not in KINDS or not kind.recognised_by:
        raise Damage(
            f"{path.name} of an extension is no kind of upload",
            "its name is not one of ours, `as` is one of ours, and recognised_by names a header or more: "
            + ", ".join(KINDS),
        )
    return kind
