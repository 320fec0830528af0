"""What the plan looks up by name, once each: regions, machines, providers, and the order of precedence."""

from __future__ import annotations

import csv
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from ledger import shipped
from ledger.ai import catalogue
from ledger.errors import Misuse
from ledger.plain import plain_amount
from ledger.store import Session

if TYPE_CHECKING:
    from ledger.intake.faults import Faults


@dataclass(frozen=True, slots=True)
class Rank:
    """A place in the order of precedence: which readings have it, and why it stands there."""

    rank: int
    code: str
    source: str | None
    reading_method: str | None
    energy_level: str | None
    what: str
    reason: str


@functools.cache
def precedence() -> tuple[Rank, ...]:
    """The order of precedence, the first counts (`data/ai_precedence.csv`)."""
    with (shipped.path("data") / "ai_precedence.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Rank(int(row["rank"]), row["code"], row["source"] or None, row["reading_method"] or None,
                 row["energy_level"] or None, row["what"], row["reason"])
            for row in csv.DictReader(file)
        )  # fmt: skip


def precedence_table(s: Session) -> None:
    """Temp table `ai_precedence`."""
    names = ("rank", "source", "reading_method", "energy_level", "reason")
    _table(s, "ai_precedence", [{name: getattr(one, name) for name in names} for one in precedence()],
           {"rank": pa.int32(), **dict.fromkeys(names[1:], pa.string())})  # fmt: skip


def region_table(s: Session, faults: Faults) -> None:
    """Temp table `region_of`: country and grid region of each region that a record names.

    A region that is not known is an error where the record gives no country, since no grid is taken for granted; else
    a warning. A PUE that the provider publishes is told where the record has none: it is not taken by itself.
    """
    rows = s.rows(
        "select cloud_provider, cloud_region, min(country), min(source_line), "
        "bool_or(needs_pue and is_new), bool_or(is_new) "
        "from ("
        "select cloud_provider, cloud_region, country, source_line, is_new, "
        "pue is null and coalesce(energy_level, 'it') in ('chip', 'it') as needs_pue from run_now where not withdrawn "
        "union all select cloud_provider, cloud_region, country, source_line, is_new, false from reading_now "
        "where not withdrawn) where cloud_region is not null and cloud_provider is not null group by 1, 2 order by 4"
    )
    made = []
    for provider, name, country, line, needs_pue, is_new in rows:
        try:
            found = catalogue.region(provider, name)
        except Misuse as fault:
            if is_new:
                code = "region-unknown" if country is None else "region-not-held"
                faults.add(code, line=line, column="cloud_region", value=name, reason=str(fault), near=fault.fix)
            continue
        made.append({"cloud_provider": provider, "cloud_region": name, "country": found.country,
                     "grid_region": found.grid_region})  # fmt: skip
        if needs_pue and is_new and found.pue is not None:
            faults.add("pue-published", line=line, column="pue", value=name, pue=plain_amount(found.pue),
                       source=f"{found.pue_source}, {found.pue_year}")  # fmt: skip
    columns = ("cloud_provider", "cloud_region", "country", "grid_region")
    _table(s, "region_of", made, dict.fromkeys(columns, pa.string()))


def machine_table(s: Session, faults: Faults) -> None:
    """Temp table `machine_of`: rated power of the machines of runs whose energy must be estimated.

    One that is not known, or may be several, is an error there: their power differs. Of others it is kept as it stands.
    """
    rows = s.rows(
        "select hardware_id, min(source_line), bool_or(is_new), bool_or(energy_kwh is null and power_w is null "
        "and hardware_count is not null and run_id not in (select run_id from reading_now where run_id is not null)) "
        "from run_now where hardware_id is not null and not withdrawn and component = 'operational' "
        "group by 1 order by 2"
    )
    made = []
    for name, line, is_new, is_needed in rows:
        try:
            found = catalogue.hardware(name)
        except Misuse as fault:
            if is_new and is_needed:
                faults.add("hardware-not-told", line=line, column="hardware_id", value=name, reason=str(fault),
                           near=fault.fix)  # fmt: skip
            continue
        if found.board_power_w is None:
            if is_new and is_needed:
                faults.add("hardware-without-power", line=line, column="hardware_id", value=name)
            continue
        source = f"board power of {found.hardware_id}, a ceiling: {found.source}"
        made.append({"given": name, "hardware_id": found.hardware_id, "board_power_w": found.board_power_w,
                     "source": source})  # fmt: skip
    types = {"given": pa.string(), "hardware_id": pa.string(), "board_power_w": pa.decimal128(18, 6),
             "source": pa.string()}  # fmt: skip
    _table(s, "machine_of", made, types)


def provider_table(s: Session, names: str) -> None:
    """Temp table `provider_of`: one word for each provider, whichever of its names was given."""
    made = []
    for (name,) in s.rows(names):
        if name is None:
            continue
        try:
            code = catalogue.provider_code(name)
        except Misuse:
            code = name.strip().casefold()
        made.append({"given": name, "provider": code})
    _table(s, "provider_of", made, {"given": pa.string(), "provider": pa.string()})


def _table(s: Session, name: str, rows: list[dict[str, Any]], types: dict[str, pa.DataType]) -> None:
    with s.given(looked_up=pa.Table.from_pylist(rows, schema=pa.schema(list(types.items())))):
        s.run(f"create or replace temp table {name} as select * from looked_up")
