"""Tables that are wide: months or activities across columns, units in headers; what each column would become."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ledger import units
from ledger.intake.known import Known, folded
from ledger.intake.tables.headers import folded_header, header_score, matched, recognised, spellings
from ledger.intake.tables.history import co2e_unit, label
from ledger.intake.tables.mapping import LABEL, FileMapping, Shaping
from ledger.intake.tables.period_headers import Grain, PeriodHeader, period_header, without_unit
from schemas.kinds import KINDS

PIVOTS = ("months", "quarters", "years", "activities", "scopes")
"""What `--pivot` takes."""
LEAST = 2
"""Columns of a period that make a table wide."""
_SURE_OF_HEADER = 3
_TOTAL = re.compile(
    r"\b(total|totals|sum|summe|gesamt|gesamtsumme|jahressumme|somme|totale|totaal|ytd|full year|annual)\b"
)
_NUMBERED = tuple(str(number) for number in range(1, 13))
_WITH_UNITS = ("activity", "meter_reading")
"""Kinds whose unit may stand in the header of the quantity."""


@dataclass(frozen=True, slots=True)
class Names:
    """Headers as they are matched, units that headers give (place → code), and what the mapping gives every row."""

    names: tuple[str, ...]
    units: Mapping[int, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    labels: frozenset[int] = frozenset()

    @property
    def all(self) -> tuple[str, ...]:
        """The names with those that the reading adds behind them."""
        unit = ("unit",) if self.units and not self._has("unit") else ()
        added = tuple(name for name in self.constants if name not in unit and not self._has(name))
        return (*self.names, *unit, *added)

    def _has(self, column: str) -> bool:
        return place_of_column(self.names, column) is not None


@dataclass(frozen=True, slots=True)
class Cell:
    """A column that becomes rows: its place, and what its header says of each of them (our column → text)."""

    place: int
    given: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Shape:
    """How a wide table becomes rows.

    ``totals`` are columns that must be the sum of others (place → places); ``unsure`` columns that may be one of the
    cells and are not for sure (place → likely meanings).
    """

    pivot: str
    cells: tuple[Cell, ...]
    totals: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    unsure: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    year_missing: bool = False
    repeated: tuple[int, int] | None = None


def place_of_column(names: Sequence[str], column: str) -> int | None:
    """Where a column stands, by any kind that has it; None where it does not."""
    for kind in KINDS:
        if column in KINDS[kind].columns:
            known = spellings(kind)
            for place, name in enumerate(names):
                if known.get(folded_header(name)) == column:
                    return place
    return None


def names_of(headers: Sequence[str], kind: str | None, mapping: FileMapping | None = None) -> Names:
    """What each header is matched as: by the mapping, else as it is, or without the unit that its end names."""
    said = mapping.headers if mapping else {}
    names = [said.get(folded_header(header), header) for header in headers]
    if kind == "history":
        names = _with_emissions(headers, names)
    labels = frozenset(place for place, name in enumerate(names) if name == LABEL)
    plain = [fit.kind.name for fit in recognised(names)] if kind is None else [kind]
    found: dict[int, str] = {}
    for taken in _WITH_UNITS:
        if found or (plain and taken not in plain):
            continue
        amount = "reading" if taken == "meter_reading" else "quantity"
        if taken not in KINDS or amount in matched(taken, names).named:
            continue
        for place, header in enumerate(headers):
            base, unit = without_unit(header)
            if unit and spellings(taken).get(folded_header(base)) == amount and not found:
                names[place], found[place] = amount, unit
    return Names(tuple(names), found, mapping.constants if mapping else {}, labels)


def _with_emissions(headers: Sequence[str], names: list[str]) -> list[str]:
    """The names with the one column of CO2e that has no name of ours: `GHG emissions [t CO2-eq]` are the emissions."""
    if "emissions" in matched("history", names).named:
        return names
    found = [
        place
        for place, header in enumerate(headers)
        if co2e_unit(header) and not (label(header) or is_total(header) or period_header(header))
    ]
    return [*names[: found[0]], "emissions", *names[found[0] + 1 :]] if len(found) == 1 else names


def fits(names: Sequence[str], kind: str | None) -> bool:
    """Whether the names make an upload: of the kind, or of any."""
    return not matched(kind, names).missing if kind else bool(recognised(names))


def shape_score(headers: Sequence[str], mapping: FileMapping | None = None) -> int:
    """How likely the cells are headers: those that are known, and months or units beside them."""
    said = mapping.headers if mapping else {}
    known = header_score([said.get(folded_header(header), header) for header in headers])
    wide = sum(1 for header in headers if _is_wide_header(header))
    return known + (wide if wide >= _SURE_OF_HEADER or known else 0)


def _is_wide_header(header: str) -> bool:
    if not header or len(header) > 60:
        return False
    found = period_header(header)
    if found is not None:
        return found.grain != "years"
    return without_unit(header)[1] is not None


def holds_table(headers: Sequence[str], kind: str | None, wish: Shaping, known: Known) -> bool:
    """Whether headers are those of a table that is read or offered to be."""
    names = names_of(headers, kind, wish.mapping)
    wide = shape_of(headers, names, wish, known, kind) is not None
    return any(headers) and (fits(names.all, kind) or wide or history_pivot(headers, kind, wish, known) is not None)


def history_pivot(headers: Sequence[str], kind: str | None, wish: Shaping, known: Known) -> str | None:
    """How a table of yearly totals by scope would be read: "" as it stands, `years`, `scopes`; None where it is not."""
    names = names_of(headers, "history", wish.mapping)
    if kind is not None or fits(names.all, "activity"):
        return None
    if fits(names.all, "history"):
        return ""
    for pivot in ("years", "scopes"):
        beside = "stated_scope" if pivot == "years" else "year"
        shaped = shape_of(headers, names, Shaping(pivot, wish.year, wish.mapping), known, "history")
        if shaped is not None and beside in matched("history", names.all).named:
            return pivot
    return None


def shape_of(
    headers: Sequence[str], names: Names, wish: Shaping, known: Known, kind: str | None = None
) -> Shape | None:
    """The wide shape of a table: the one that is asked for, else the likeliest; None where it has none."""
    of = "history" if kind == "history" else "activity"
    wanted: Iterable[str] = (wish.pivot,) if wish.pivot else PIVOTS
    for pivot in wanted:
        if pivot == "scopes":
            shape = _scope_shape(headers, names) if of == "history" else None
        elif pivot == "activities":
            shape = _activity_shape(headers, names, wish.mapping, known)
        else:
            shape = _period_shape(headers, names, pivot, wish.year, of)  # type: ignore[arg-type]
        if shape is not None:
            return shape
    return None


def _period_shape(headers: Sequence[str], names: Names, grain: Grain, year: int | None, kind: str) -> Shape | None:
    free = _free_places(names, kind)
    found = {place: named for place in free if (named := period_header(headers[place])) is not None}
    if grain == "months" and not found:
        found = _numbered_months(headers, free)
    own = {place: named for place, named in found.items() if named.grain == grain}
    if len(own) < LEAST:
        return None
    with_year = place_of_column(names.all, "year") is not None
    cells = tuple(Cell(place, named.given(None if with_year else year)) for place, named in own.items())
    told = {tuple(sorted(cell.given.items())): cell.place for cell in reversed(cells)}
    again = next(((told[tuple(sorted(c.given.items()))], c.place) for c in cells
                  if told[tuple(sorted(c.given.items()))] != c.place), None)  # fmt: skip
    lacks = not with_year and year is None and any(named.year is None for named in own.values())
    return Shape(grain, cells, _totals(headers, free, own, found), year_missing=lacks, repeated=again)


def _scope_shape(headers: Sequence[str], names: Names) -> Shape | None:
    """Scopes or categories across columns, each with its unit of CO2e, or with a unit column beside them."""
    with_unit = "unit" in matched("history", names.all).named
    cells = []
    for place in _free_places(names, "history"):
        unit = co2e_unit(headers[place])
        if label(headers[place]) and (unit or with_unit) and not is_total(headers[place]):
            cells.append(Cell(place, {"stated_scope": headers[place]} | ({"unit": unit} if unit else {})))
    return Shape("scopes", tuple(cells)) if cells else None


def _free_places(names: Names, kind: str = "activity") -> list[int]:
    """Places that the kind does not know and no mapping keeps as a label."""
    taken = matched(kind, names.names).columns
    return [place for place, column in enumerate(taken) if column is None and place not in names.labels]


def _numbered_months(headers: Sequence[str], free: Iterable[int]) -> dict[int, PeriodHeader]:
    """Columns headed 1, 2, … 12, only where all twelve are there."""
    places = {headers[place].strip().lstrip("0"): place for place in free}
    if not set(_NUMBERED) <= set(places):
        return {}
    return {places[text]: PeriodHeader("months", int(text), None) for text in _NUMBERED}


def _totals(
    headers: Sequence[str], free: Iterable[int], own: Mapping[int, PeriodHeader], found: Mapping[int, PeriodHeader]
) -> dict[int, tuple[int, ...]]:
    """Columns that are sums: a quarter or year among months, and what is headed total; each with what it sums."""
    totals: dict[int, tuple[int, ...]] = {}
    for place in free:
        wider = found.get(place)
        if place in own:
            continue
        if wider is not None:
            members = [p for p, n in own.items() if n.months < wider.months and _same_year(n, wider)]
            if members:
                totals[place] = tuple(members)
        elif is_total(headers[place]):
            of = re.search(r"(?:19|20)\d\d", headers[place])
            years = {named.year for named in own.values()}
            one = int(of[0]) if of and int(of[0]) in years else None
            totals[place] = tuple(p for p, n in own.items() if one is None or n.year == one)
    return totals


def _same_year(one: PeriodHeader, other: PeriodHeader) -> bool:
    """Whether two may be of one year: one that does not say is in whatever year stands above it."""
    return one.year is None or other.year is None or one.year == other.year


def is_total(header: str) -> bool:
    """Whether a header says that its column is a sum, and not one of money."""
    base, unit = without_unit(header)
    if unit in units.currencies():
        return False
    plain = unicodedata.normalize("NFKC", base).casefold()
    return _TOTAL.search(plain) is not None


def _activity_shape(headers: Sequence[str], names: Names, mapping: FileMapping | None, known: Known) -> Shape | None:
    named = matched("activity", names.all).named
    if {"activity_type", "quantity"} & named:
        return None
    words = (mapping.values.get("activity_type", {})) if mapping else {}
    cells, unsure = [], {}
    for place in _free_places(names):
        header = headers[place]
        base, unit = without_unit(header)
        if not header or (unit is None and "unit" not in named) or period_header(header) is not None:
            continue
        codes = _types(header, base, words, known)
        if len(codes) == 1:
            cells.append(Cell(place, {"activity_type": codes[0]} | ({"unit": unit} if unit else {})))
        elif unit is not None and unit not in units.currencies() and not is_total(header):
            unsure[place] = codes or _near_types(base, known)
    return Shape("activities", tuple(cells), {}, unsure) if cells else None


def _types(header: str, base: str, words: Mapping[str, str], known: Known) -> tuple[str, ...]:
    said = words.get(" ".join(header.split())) or words.get(" ".join(base.split()))
    return known.type_spellings.get(folded(said or base), ())


def _near_types(base: str, known: Known) -> tuple[str, ...]:
    from ledger.intake.cells.lookups import near_types

    return tuple(near_types(known, base))
