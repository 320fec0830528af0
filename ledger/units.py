"""Units: the exact table of what may be written, and the ratio from one unit to another, never rounded."""

from __future__ import annotations

import csv
import functools
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction

from ledger import shipped
from ledger.errors import Misuse

_EXACT = Context(prec=60)

MONEY = "money"
"""The dimension of currencies: converted through dated rates, never through this table."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of the table: its exact ratio to the base unit of its dimension, as published by ``source``."""

    code: str
    name: str
    dimension: str
    base_unit: str
    to_base: Fraction
    synonyms: tuple[str, ...]
    source: str
    note: str


@functools.cache
def table() -> Mapping[str, Unit]:
    """Every unit by its code, from `data/units.csv`. Codes are case sensitive: mWh is not MWh."""
    with (shipped.path("data") / "units.csv").open(encoding="utf-8", newline="") as file:
        return {row["unit"]: _unit(row) for row in csv.DictReader(file)}


@functools.cache
def spellings() -> Mapping[str, str]:
    """Every accepted spelling → code: the code, its name and its synonyms, each exactly as written there."""
    found: dict[str, str] = {}
    for unit_ in table().values():
        for text in (unit_.name, *unit_.synonyms):
            found.setdefault(text, unit_.code)
    return found | {code: code for code in table()}


def unit(text: str) -> Unit:
    """The unit that a code or synonym names, blanks around it and Unicode forms aside (m³ = m3).

    Raises Misuse for a spelling that is not in the table, naming the likeliest one.
    """
    code = code_of(text)
    if code is None:
        near = nearest(text)
        raise Misuse(
            f"'{text}' is not a known unit",
            f"did you mean {near[0]}?" if near else "the known units are listed in docs/formats.md",
            code="unit-unknown",
        )
    return table()[code]


def code_of(text: str) -> str | None:
    """The code of a spelling, or None: exact first, then with Unicode compatibility forms folded."""
    known = spellings()
    written = " ".join(text.split())
    return known.get(written) or known.get(unicodedata.normalize("NFKC", written))


def nearest(text: str, count: int = 3) -> list[str]:
    """Codes that a misspelling may have meant: first those that differ in case alone, then the most alike."""
    from rapidfuzz import fuzz, process

    known = spellings()
    folded = " ".join(text.split()).casefold()
    same = [code for spelling, code in known.items() if spelling.casefold() == folded]
    alike = process.extract(folded, {key: key.casefold() for key in known}, scorer=fuzz.ratio, limit=8, score_cutoff=60)
    return list(dict.fromkeys([*same, *(known[key] for _, _, key in alike)]))[:count]


def ratio(from_unit: str, to_unit: str) -> Fraction:
    """How many of ``to_unit`` one of ``from_unit`` is, exactly.

    Raises Misuse where a unit is unknown, where the dimensions differ, and between two currencies.
    """
    source, target = unit(from_unit), unit(to_unit)
    if source.code == target.code:
        return Fraction(1)
    if source.dimension != target.dimension:
        raise Misuse(
            f"{source.code} is {_spoken(source.dimension)} and {target.code} is {_spoken(target.dimension)}",
            f"give the quantity in a unit of {_spoken(target.dimension)}",
            code="unit-dimension",
        )
    if source.dimension == MONEY:
        raise Misuse(
            f"{source.code} to {target.code} depends on the year",
            "currencies are converted by dated exchange rates",
            code="unit-dimension",
        )
    return source.to_base / target.to_base


def conversion(from_unit: str, to_unit: str) -> Decimal:
    """The same ratio as a Decimal of 60 significant digits: exact wherever it has a finite expansion that long."""
    exact = ratio(from_unit, to_unit)
    return _EXACT.divide(Decimal(exact.numerator), Decimal(exact.denominator))


def dimension(text: str) -> str:
    """The dimension of a unit: energy, mass, volume, money … Raises Misuse for an unknown unit."""
    return unit(text).dimension


def currencies() -> frozenset[str]:
    """The codes of all currencies in the table (ISO 4217)."""
    return frozenset(code for code, found in table().items() if found.dimension == MONEY)


def _spoken(name: str) -> str:
    return name.replace("_", " ")


def _unit(row: Mapping[str, str]) -> Unit:
    return Unit(
        code=row["unit"],
        name=row["name"],
        dimension=row["dimension"],
        base_unit=row["base_unit"],
        to_base=Fraction(row["to_base"]),
        synonyms=tuple(filter(None, row["synonyms"].split("|"))),
        source=row["source"],
        note=row["note"],
    )
