"""A service as it ran for a year: its energy with and without the overhead of the site, carbon as posted, machines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from ledger.ai import catalogue
from ledger.ai.energy import SECONDS, checked_pue
from ledger.ai.footprint import Emitted, posted_runs
from ledger.ai.interval import EXACT, QUOTIENT
from ledger.ai.tradeoff.options import BASES
from ledger.errors import Misuse, known_word
from ledger.plain import grouped_amount, plain_amount
from ledger.store import Session

BELOW = ("chip", "it", "wall", None)
"""Energy that holds nothing of the overhead of the site, where no PUE was applied."""

_FACTORS = """
with keyed as (
    select a.batch_no, a.seq, a.key_no from activity a where a.key_no is not null
    union all select activity_batch, activity_seq, key_no from activity_slice
),
behind as (
    select k.key_no, r.activity_batch, r.activity_seq
    from (select distinct activity_batch, activity_seq from footprint_run) r
    join keyed k on k.batch_no = r.activity_batch and k.seq = r.activity_seq
)
select b.activity_batch, b.activity_seq, c.method, c.factor_id, contains(c.flags, 'life_cycle')
from behind b
join choice c on c.key_no = b.key_no and c.line = 'energy' and c.book = 'inventory' and c.instrument_id is null
     and c.batch_no <= $size
where c.factor_id is not null group by all having sum(c.sign) > 0 order by c.method, c.factor_id
"""
"""The factors behind the runs in `footprint_run`, by activity, as the choices stood."""


@dataclass(frozen=True, slots=True)
class ServiceWish:
    """Which service: a model, or what runs at a facility; which of its life, and when.

    Attributes:
        model: as its runs name it; with a facility, what of it runs there.
        facility: a facility of the ledger.
        stage: of the life of the model; None is every stage.
        start: first day; None is the calendar year of the newest run.
        end: last day.
        pue: of the place where it runs, where neither the records nor the provider say it.
    """

    model: str | None = None
    facility: str | None = None
    stage: str | None = None
    start: date | None = None
    end: date | None = None
    pue: Decimal | None = None

    def __post_init__(self) -> None:
        """Raises Misuse where no service is named, or a PUE cannot be."""
        if self.model is None and self.facility is None:
            raise Misuse("which service?", "name it: --model M, or --facility F for all that runs there")
        if self.pue is not None:
            checked_pue(self.pue)


@dataclass(frozen=True, slots=True)
class Service:
    """A service over its months, as the ledger has it.

    Attributes:
        words: what it is and when.
        month: the first day of the last month in which it ran.
        months: how many it ran.
        kwh: of the site, overhead with it.
        it_kwh: of the machines.
        kg: basis → kg CO2e of that energy.
        hours: accelerator-hours by kind of machine; empty where no record gives them.
        rented_hours: those of them on a provider's machines.
        places: where it ran.
        is_life_cycle: whether a factor of it holds the life cycle of the power plants.
        sources: what energy, PUE and carbon rest on.
        notes: what is left out, or was added.
    """

    words: str
    month: date
    months: int
    kwh: Decimal
    it_kwh: Decimal
    kg: Mapping[str, Decimal]
    hours: Mapping[str, Decimal]
    rented_hours: Mapping[str, Decimal]
    places: tuple[str, ...]
    is_life_cycle: bool
    sources: tuple[str, ...]
    notes: tuple[str, ...]


def service(s: Session, wish: ServiceWish, size: int) -> Service:
    """The service as the ledger stood at a size.

    Raises:
        Misuse: a model or facility without runs, none of them with energy and a factor, or a PUE that has to be given.
    """
    emissions = _posted(s, wish, size)
    start, end = _span(s, wish)
    sql = Path(__file__).with_name("service_run.sql").read_text(encoding="utf-8")
    groups = s.arrow(sql, {"start": start, "end": end + timedelta(days=1), "stage": wish.stage,
                           "facility": wish.facility}).to_pylist()  # fmt: skip
    known = [group for group in groups if group["kwh"] and _is_emitting(group, emissions)]
    if not known:
        stage = f" of {wish.stage}" if wish.stage else ""
        raise Misuse(
            f"no run{stage} with energy and a factor from {start} to {end}",
            "look with ghg ai footprint --model; name another --period or --stage",
        )
    behind = {(group["activity_batch"], group["activity_seq"]) for group in known}
    factors = [row[2:] for row in s.rows(_FACTORS, {"size": size}) if tuple(row[:2]) in behind]
    return _summed(wish, known, groups, emissions, tuple(dict.fromkeys(factors)))


def _posted(s: Session, wish: ServiceWish, size: int) -> Emitted:
    """The runs in `footprint_run`, and what they emit. Raises Misuse for a model or facility that no run names."""
    if wish.model is not None:
        known_word("model", wish.model, _named(s, "model"))
        return posted_runs(s, size, model=wish.model)
    facility = known_word("facility with runs", wish.facility or "", _named(s, "facility_id"))
    runs = [run for (run,) in s.rows("select distinct run_id from ai_run where facility_id = ?", [facility])]
    return posted_runs(s, size, runs=runs)


def _named(s: Session, column: str) -> list[str]:
    """What runs name in a column. Raises Misuse where no run names anything."""
    named = [row[0] for row in s.rows(f"select distinct {column} from ai_run where {column} is not null order by 1")]
    if not named:
        raise Misuse(f"no run with a {column} is recorded yet", "record one: ghg ai record, or ghg upload FILE")
    return named


def _span(s: Session, wish: ServiceWish) -> tuple[date, date]:
    if wish.start is not None and wish.end is not None:
        return wish.start, wish.end
    newest: datetime | None = s.one(
        "select max(start_utc) from footprint_run where ($stage is null or stage = $stage) "
        "and ($facility is null or facility_id = $facility) and energy_kwh is not null",
        {"stage": wish.stage, "facility": wish.facility},
    )[0]
    if newest is None:
        raise Misuse("no run of it has energy", "record it: energy_kwh, or power and machines (ghg ai record)")
    return date(newest.year, 1, 1), date(newest.year, 12, 31)


def _is_emitting(group: Mapping[str, Any], emissions: Emitted) -> bool:
    return all(_rate(group, emissions, basis) is not None for basis in BASES)


def _rate(group: Mapping[str, Any], emissions: Emitted, basis: str) -> Decimal | None:
    """Kg CO2e per kWh by a basis; of a provider's machines there is one figure for both."""
    emitted, unknown = emissions
    place = (group["activity_batch"], group["activity_seq"])
    if place in unknown:
        return None
    return emitted.get((*place, basis), emitted.get((*place, "single")))


def _summed(
    wish: ServiceWish, known: Sequence[Mapping[str, Any]], groups: Sequence[Mapping[str, Any]], emissions: Emitted,
    factors: tuple[tuple[str, str, bool], ...],
) -> Service:  # fmt: skip
    kwh, it_kwh, added = Decimal(0), Decimal(0), Decimal(0)
    kg = dict.fromkeys(BASES, Decimal(0))
    pues: dict[str, None] = {}
    for group in known:
        of_site, of_machines, about = _overhead(group, wish)
        kwh, it_kwh = EXACT.add(kwh, of_site), EXACT.add(it_kwh, of_machines)
        added = EXACT.add(added, EXACT.subtract(of_site, group["kwh"]))
        pues[about] = None
        for basis in BASES:
            kg[basis] = EXACT.add(kg[basis], EXACT.multiply(of_site, _rate(group, emissions, basis) or Decimal(0)))
    first = min(group["first_utc"] for group in known).date()
    last = (max(group["last_utc"] for group in known) - timedelta(microseconds=1)).date()
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    notes = []
    if missing := sum(group["runs"] for group in groups) - sum(group["runs"] for group in known):
        records = "1 record" if missing == 1 else f"{missing} records"
        notes.append(f"{records} without energy or without a factor: on neither side")
    if added:
        notes.append(
            f"{grouped_amount(added)} kWh of overhead are added where the ledger holds energy of the machines alone"
        )
    if months != 12:
        ran = "1 month" if months == 1 else f"{months} months"
        notes.append(f"it ran in {ran}: figures a year are those × 12 ÷ {months}")
    rented = [group for group in known if group["cloud_provider"]]
    sources = (
        f"energy and carbon: the ledger's own postings, {grouped_amount(kwh)} kWh",
        *pues,
        *_factor_words(factors),
    )
    return Service(
        f"{_who(wish)}, {first.isoformat()} to {last.isoformat()}", last.replace(day=1), months, kwh, it_kwh, kg,
        _hours(known), _hours(rented), tuple(dict.fromkeys(_place(group) for group in known)),
        any(is_life_cycle for *_, is_life_cycle in factors), sources, tuple(notes),
    )  # fmt: skip


def _factor_words(factors: Sequence[tuple[str, str, bool]]) -> list[str]:
    """The factors that the ledger chose when it posted, each once."""
    shown = {"single": "by both bases"}
    return [
        f"factor here, {shown.get(method, f'{method}-based')}: {factor}{', life cycle' if is_life_cycle else ''}, "
        "as chosen when posted"
        for method, factor, is_life_cycle in factors
    ]  # fmt: skip


def _overhead(group: Mapping[str, Any], wish: ServiceWish) -> tuple[Decimal, Decimal, str]:
    """KWh of the site and of the machines, and which PUE stands between the two.

    Raises Misuse where nothing says it: the PUE is then asked for.
    """
    kwh, inside = group["kwh"], group["pue_inside"]
    if inside is not None:
        return kwh, QUOTIENT.divide(kwh, inside), f"PUE here: {plain_amount(inside)}, by the runs' own records"
    pue, source = wish.pue, "given"
    if pue is None and group["cloud_provider"] and group["cloud_region"]:
        row = catalogue.region(group["cloud_provider"], group["cloud_region"])
        pue, source = row.pue, f"{row.pue_source}, {row.pue_year}, {row.verification}"
    if pue is None:
        raise Misuse(
            f"the PUE of {_place(group)} is not known, which is not 1", "give it: --pue-here 1.4", code="asked-for"
        )
    about = f"PUE here: {pue:f} ({source})"
    if group["boundary"] in BELOW:
        return EXACT.multiply(kwh, pue), kwh, about
    return kwh, QUOTIENT.divide(kwh, pue), about


def _hours(groups: Sequence[Mapping[str, Any]]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = defaultdict(Decimal)
    for group in groups:
        if group["hardware_id"] is not None and group["seconds"] is not None:
            found[group["hardware_id"]] = EXACT.add(found[group["hardware_id"]], group["seconds"])
    return {name: QUOTIENT.divide(seconds, SECONDS) for name, seconds in sorted(found.items())}


def _place(group: Mapping[str, Any]) -> str:
    if group["facility_id"]:
        return str(group["facility_id"])
    if group["cloud_provider"]:
        return f"{group['cloud_provider']}:{group['cloud_region'] or group['country']}"
    return str(group["country"])


def _who(wish: ServiceWish) -> str:
    who = wish.model or f"all runs at {wish.facility}"
    at = f" at {wish.facility}" if wish.model and wish.facility else ""
    return f"{who}{f', {wish.stage}' if wish.stage else ''}{at}"
