"""Headers: which of our columns each means, which kind of upload they make, and what they lack."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schemas.columns import COLUMNS
from schemas.kinds import KINDS, Kind, Need

_NOT_WORD = re.compile(r"[\W_]+")
NEAR_SCORE = 80
"""Likeness (0–100) from which a header is proposed for a column; it is never taken for it."""


@dataclass(frozen=True, slots=True)
class Matched:
    """Headers held against a kind: for each position our column or None, and the clashes of two on one column."""

    kind: Kind
    columns: tuple[str | None, ...]
    clashes: tuple[tuple[int, int], ...] = ()

    @property
    def named(self) -> frozenset[str]:
        """Our columns that the table has."""
        return frozenset(name for name in self.columns if name)

    @property
    def missing(self) -> tuple[str, ...]:
        """Columns that the kind needs and the table lacks, alternatives joined in words."""
        return tuple(
            " or ".join("+".join(group) for group in need) for need in self.kind.needs if not _met(need, self.named)
        )


@functools.lru_cache(maxsize=10_000)  # each is held against every kind, and a workbook's cells many times over
def folded_header(text: str) -> str:
    """A header as it is compared: without case, blanks, punctuation or Unicode forms (CO₂ = CO2)."""
    return _NOT_WORD.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


@functools.cache
def spellings(kind: str) -> Mapping[str, str]:
    """Folded header → column of a kind: our names first, then what the kind says, then synonyms."""
    found = {folded_header(name): name for name in KINDS[kind].columns}
    found |= {folded_header(header): name for header, name in KINDS[kind].meant.items()}
    for name in KINDS[kind].columns:
        for synonym in COLUMNS[name].synonyms:
            found.setdefault(folded_header(synonym), name)
    return found


def matched(kind: str, headers: Sequence[str]) -> Matched:
    """Hold headers against a kind; the first of two that mean the same column gets it, the other is a clash."""
    known = spellings(kind)
    columns: list[str | None] = []
    clashes = []
    for place, header in enumerate(headers):
        name = known.get(folded_header(header))
        if name is not None and name in columns:
            clashes.append((columns.index(name), place))
            name = None
        columns.append(name)
    return Matched(KINDS[kind], tuple(columns), tuple(clashes))


def header_score(headers: Sequence[str]) -> int:
    """How many of the cells some kind knows as headers, of the kind that knows most."""
    folded = [folded_header(header) for header in headers]
    return max(len({known[one] for one in folded if one in known}) for known in map(spellings, KINDS))


def recognised(headers: Sequence[str]) -> list[Matched]:
    """The kinds that the headers may be, best first: only those whose needs are met, and all that are equally good."""
    fits = [fit for fit in (matched(kind, headers) for kind in KINDS) if not fit.missing]
    best = max((len(fit.named) for fit in fits), default=0)
    return [fit for fit in fits if len(fit.named) == best]


def nearest_kind(headers: Sequence[str]) -> Matched:
    """The kind that lacks least: most columns found, then fewest missing."""
    return max((matched(kind, headers) for kind in KINDS), key=lambda fit: (len(fit.named), -len(fit.missing)))


def near_column(header: str, kind: str, taken: frozenset[str]) -> str | None:
    """The column that a header was probably meant for, among those the table does not have."""
    from rapidfuzz import fuzz, process

    choices = [spelling for spelling, name in spellings(kind).items() if name not in taken]
    best = process.extractOne(folded_header(header), choices, scorer=fuzz.ratio, score_cutoff=NEAR_SCORE)
    return spellings(kind)[best[0]] if best else None


def _met(need: Need, named: frozenset[str]) -> bool:
    return any(named.issuperset(group) for group in need)
