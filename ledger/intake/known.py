"""What an upload is checked against: the catalogue, and what the ledger holds. No open ledger is needed to use it."""

from __future__ import annotations

import csv
import functools
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from ledger import shipped
from ledger.store import Session

STATED_DIMENSION = "co2e_mass"
"""Dimension of activity types whose quantity is itself an emission that somebody states."""


@dataclass(frozen=True, slots=True)
class CatalogueLine:
    """What an activity type yields on one line: its scope and category, and the type whose factors serve it."""

    line: str
    method: str
    scope: str
    scope3_category: str
    factor_activity_type: str


@dataclass(frozen=True, slots=True)
class ActivityType:
    """An entry of the catalogue."""

    code: str
    name: str
    group: str
    dimensions: tuple[str, ...]
    default_unit: str
    needs_calorific_basis: bool
    default_classification_code: str
    synonyms: tuple[str, ...]
    lines: tuple[CatalogueLine, ...] = ()

    @property
    def stated(self) -> bool:
        """Whether its quantity is an emission stated by somebody."""
        return STATED_DIMENSION in self.dimensions


@dataclass(frozen=True, slots=True)
class Place:
    """A facility: where it is, whose it is, and from when to when it exists."""

    facility_id: str
    name: str = ""
    country: str = ""
    legal_entity_id: str = ""
    exists_from: date | None = None
    exists_to: date | None = None
    floor_m2: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Lot:
    """An instrument of the register with the numbers of its certificates, where it says them."""

    instrument_id: str
    registry: str
    certificate_from: str
    certificate_to: str


@dataclass(frozen=True, slots=True)
class HeldReading:
    """The last reading of a meter in the ledger, and the entry whose consumption ends with it.

    ``moment`` is the day at whose beginning it counts.
    """

    moment: date
    reading: Decimal
    unit: str
    multiplier: Decimal
    activity_type: str
    estimated: bool
    entry: str


@dataclass(frozen=True, slots=True)
class TaxRate:
    """Value added or sales tax of a country from one day to another, in per cent of the net price."""

    country: str
    start: date
    end: date
    rate_pct: Decimal
    source: str


@dataclass(frozen=True)
class Known:
    """The catalogue and the registers that rows name. Empty registers mean that nothing was uploaded to them yet."""

    activity_types: Mapping[str, ActivityType]
    facilities: Mapping[str, Place] = field(default_factory=dict)
    legal_entities: Mapping[str, str] = field(default_factory=dict)
    instruments: frozenset[str] = frozenset()
    lots: tuple[Lot, ...] = ()
    factors: frozenset[str] = frozenset()
    classification_codes: frozenset[str] = frozenset()
    documents: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # SHA-256, and name → those it may mean
    holdings: tuple[tuple[str, str, Decimal, date, date | None], ...] = ()
    """Parent, child, share (0–1), first and last day of each version in force."""
    readings: Mapping[str, HeldReading] = field(default_factory=dict)
    tax_rates: tuple[TaxRate, ...] = ()
    statements: Callable[[Any], Any] | None = None
    """What a ledger holds of providers' statements (:mod:`ledger.intake.ai_files.held`); None where there is none."""
    trackers: Callable[[Any], Any] | None = None
    """The readings in force that others reach into (:mod:`ledger.intake.ai_files.grown`)."""
    twins: Callable[[Any], Any] | None = None
    """Which trackers it knows by lines or by their table (:mod:`ledger.intake.ai_files.twins`)."""
    headcounts: Mapping[str, tuple[tuple[date, date, Decimal], ...]] = field(default_factory=dict)
    """Facility → first day, last day and number of its people, the latest record first."""

    @functools.cached_property
    def type_spellings(self) -> Mapping[str, tuple[str, ...]]:
        """Folded spelling → codes: one, unless two types share a synonym; a code or name wins over a synonym."""
        exact: dict[str, tuple[str, ...]] = {}
        for kind in self.activity_types.values():
            for text in (kind.code, kind.name):
                exact.setdefault(folded(text), (kind.code,))
        others: dict[str, tuple[str, ...]] = {}
        for kind in self.activity_types.values():
            for text in {folded(synonym) for synonym in kind.synonyms} - exact.keys():
                others[text] = (*others.get(text, ()), kind.code)
        return others | exact

    @functools.cached_property
    def facility_spellings(self) -> Mapping[str, str]:
        """Id and name → id, each as written in the register; ids win, names that two share are left out."""
        names = [place.name for place in self.facilities.values()]
        by_name = {place.name: place.facility_id for place in self.facilities.values() if names.count(place.name) == 1}
        return by_name | {code: code for code in self.facilities}

    @functools.cached_property
    def entity_spellings(self) -> Mapping[str, str]:
        """Id and name of legal entities → id, as for facilities."""
        names = list(self.legal_entities.values())
        by_name = {name: code for code, name in self.legal_entities.items() if names.count(name) == 1}
        return by_name | {code: code for code in self.legal_entities}


@functools.lru_cache(maxsize=10_000)  # the catalogue's names are the same for every file of a process
def folded(text: str) -> str:
    """A name as it is compared: without case, with blanks, hyphens and underscores alike."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("_", " ").replace("-", " ")
    return " ".join(plain.split())


def known_in(s: Session) -> Known:
    """What a ledger knows: the shipped catalogue, its registers in force, and its factors' ids."""
    places = s.rows(
        "select facility_id, name, country, legal_entity_id, exists_from, exists_to, floor_m2 from facility "
        "qualify row_number() over (partition by facility_id order by valid_from desc, batch_no desc, seq desc) = 1 "
        "and not withdrawn"
    )
    entities = s.rows(
        "select legal_entity_id, name from legal_entity qualify row_number() over "
        "(partition by legal_entity_id order by valid_from desc, batch_no desc, seq desc) = 1 and not withdrawn"
    )
    holdings = s.rows(
        "select parent, child, equity_share, valid_from, valid_to from holding qualify row_number() over "
        "(partition by parent, child, valid_from order by batch_no desc, seq desc) = 1 and not withdrawn"
    )
    lots = s.rows(
        "select instrument_id, registry_name, certificate_from, coalesce(certificate_to, certificate_from), withdrawn "
        "from instrument qualify row_number() over (partition by instrument_id order by batch_no desc, seq desc) = 1"
    )
    codes = "select distinct classification_code from emission_factor where classification_code is not null"
    return Known(
        activity_types=shipped_types(),
        facilities={row[0]: Place(*row) for row in places},
        legal_entities=dict(entities),
        instruments=_first(s.rows("select distinct instrument_id from instrument where not withdrawn")),
        lots=tuple(Lot(*row[:4]) for row in lots if row[1] and row[2] and not row[4]),
        factors=_first(s.rows("select distinct factor_id from emission_factor")),
        classification_codes=_first(s.rows(codes)),
        documents=_documents(s),
        holdings=tuple(holdings),
        readings=_readings(s),
        tax_rates=tuple(_tax_rates(s)),
        headcounts=headcounts_of(
            s.rows(
                "select facility_id, period_start, period_end, value from metric "
                "where name = 'headcount' and facility_id is not null order by batch_no desc, seq desc"
            )
        ),
    )


def _documents(s: Session) -> dict[str, tuple[str, ...]]:
    """The documents that are kept, by digest and by name; a name may stand for several."""
    found: dict[str, tuple[str, ...]] = {}
    for sha256, name in s.rows("select distinct sha256, name from evidence order by 1, 2"):
        found[sha256] = (sha256,)
        found[name] = (*found.get(name, ()), sha256)
    return found


def headcounts_of(
    rows: Iterable[tuple[str, date, date, Decimal]],
) -> dict[str, tuple[tuple[date, date, Decimal], ...]]:
    """Headcounts by facility, in the order given."""
    found: dict[str, tuple[tuple[date, date, Decimal], ...]] = {}
    for facility, first, last, count in rows:
        found[facility] = (*found.get(facility, ()), (first, last, count))
    return found


def _readings(s: Session) -> dict[str, HeldReading]:
    """The last reading of each meter: that which ends the latest standing consumption of it."""
    rows = s.rows(
        "select d.meter_id, a.period_end, e.value, e.unit, m.value, a.activity_type, e.basis = 'estimated', "
        "'B' || a.batch_no || '-' || a.seq "
        "from (select * from activity_parameter where name = 'reading_end') e "
        "join activity a on a.batch_no = e.activity_batch and a.seq = e.activity_seq "
        "join activity_detail d on d.activity_batch = a.batch_no and d.activity_seq = a.seq "
        "join activity_parameter m on m.activity_batch = a.batch_no and m.activity_seq = a.seq "
        "and m.name = 'multiplier' "
        "where not exists (select 1 from activity r where r.reverses_batch = a.batch_no and r.reverses_seq = a.seq) "
        "qualify row_number() over "
        "(partition by d.meter_id order by a.period_end desc, a.batch_no desc, a.seq desc) = 1"
    ) if s.one("select count(*) from activity_parameter where name = 'reading_end'")[0] else []  # fmt: skip
    return {row[0]: HeldReading(row[1] + timedelta(days=1), *row[2:]) for row in rows}


def _tax_rates(s: Session) -> Iterator[TaxRate]:
    """The rates that users brought as metric `tax_rate` of a country, one for each span of days: the last given."""
    for area, start, end, value, source in s.rows(
        "select area, period_start, period_end, arg_max(value, (batch_no, seq)), arg_max(source, (batch_no, seq)) "
        "from metric where name = 'tax_rate' and unit = '%' group by 1, 2, 3 order by 1, 2, 3"
    ):
        country = countries().get(folded(area or ""))
        if country is not None:
            yield TaxRate(country, start, end, Decimal(value), f"metric tax_rate {country} {start}: {source}")


def shipped_known() -> Known:
    """The shipped catalogue with empty registers: what can be said of a file before there is a ledger."""
    return Known(activity_types=shipped_types())


@functools.cache
def shipped_types() -> Mapping[str, ActivityType]:
    """The shipped catalogue of activity types, with the lines that each yields."""
    lines: dict[str, list[CatalogueLine]] = {}
    for row in _rows("activity_lines.csv"):
        names = ("line", "method", "scope", "scope3_category", "factor_activity_type")
        lines.setdefault(row["activity_type"], []).append(CatalogueLine(*(row[name] for name in names)))
    return {
        row["activity_type"]: ActivityType(
            code=row["activity_type"],
            name=row["name"],
            group=row["group"],
            dimensions=tuple(row["dimension"].split("|")),
            default_unit=row["default_unit"],
            needs_calorific_basis=row["needs_calorific_basis"] == "yes",
            default_classification_code=row["default_classification_code"],
            synonyms=tuple(filter(None, row["synonyms"].split("|"))),
            lines=tuple(lines.get(row["activity_type"], ())),
        )
        for row in _rows("activity_types.csv")
    }


@functools.cache
def countries() -> Mapping[str, str]:
    """Folded code (two or three letters) or name → ISO 3166 code; `UK` is reserved there for GB."""
    found = {"uk": "GB"}
    for row in _rows("countries.csv"):
        found |= dict.fromkeys((folded(row["country"]), folded(row["alpha_3"]), folded(row["name"])), row["country"])
    return found


@functools.cache
def country_names() -> Mapping[str, str]:
    """ISO 3166 code → name."""
    return {row["country"]: row["name"] for row in _rows("countries.csv")}


def _rows(name: str) -> list[dict[str, str]]:
    with (shipped.path("data") / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _first(rows: Iterable[tuple[Any, ...]]) -> frozenset[str]:
    return frozenset(row[0] for row in rows)
