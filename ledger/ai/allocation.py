"""A cluster's meter by the hour: its runs and what is left, which is named and goes to whom the policy says.

Meter = Σ runs + residual holds in every hour to the last digit. The residual (idle, host, storage, network, losses)
stays with the platform, or is shared by the accelerators that each run held in the hour (Scope 3 Standard, chapter 8:
allocation by a physical measure).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from ledger.ai.hourly.spread import make_energy_hours
from ledger.ai.posting.plan import Given, make_plan
from ledger.errors import Misuse, known_word
from ledger.intake.faults import Faults
from ledger.store import Session
from ledger.store.append import next_batch_no
from ledger.tabular import Tabular

POLICIES = ("platform", "reserved")
"""Who carries the residual: the platform, or the runs by reserved accelerator-seconds."""


@dataclass(frozen=True, slots=True)
class HourRow:
    """An hour of a cluster, kWh: the meter, its runs together, what is left. None where nothing metered the hour."""

    hour: datetime
    meter_kwh: Decimal | None
    runs_kwh: Decimal
    residual_kwh: Decimal | None


@dataclass(frozen=True, slots=True)
class RunShare:
    """A run's kWh in metered hours: its own, its share of the residual by the policy, and both."""

    run: str
    own_kwh: Decimal
    residual_kwh: Decimal
    total_kwh: Decimal


@dataclass(frozen=True, slots=True)
class Allocation(Tabular):
    """A cluster over some days: what its meter read, what its runs used, and who carries what is left.

    ``platform_kwh`` is the part of the residual that no run carries; runs and it come to ``meter_kwh`` exactly.
    """

    ROWS = "runs"

    cluster: str
    policy: str
    meter_kwh: Decimal
    runs: tuple[RunShare, ...]
    platform_kwh: Decimal
    unmetered_kwh: Decimal
    hours: tuple[HourRow, ...]
    notes: tuple[str, ...]


def allocation(s: Session, cluster: str, first: date, last: date, policy: str) -> Allocation:
    """The hours of a cluster from the first to the last day (UTC).

    Raises Misuse for a policy or cluster that is not known, and where no meter of the cluster was read.
    """
    known_word("policy", policy, POLICIES)
    make_plan(s, Given({}, has_stage=False, batch_no=next_batch_no(s)), Faults("", 1))
    names = [row[0] for row in s.rows("select distinct cluster from unit_energy where cluster is not null order by 1")]
    if not names:
        raise Misuse("no reading names a cluster", "fill column cluster of the readings (ghg template measurement)")
    known_word("cluster", cluster, names)
    begin = datetime(first.year, first.month, first.day, tzinfo=UTC)
    end = datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=1)
    s.run((Path(__file__).parent / "meter_piece.sql").read_text(encoding="utf-8"),
          {"cluster": cluster, "first": begin, "last": end})  # fmt: skip
    make_energy_hours(s)
    rows = s.arrow("select * from energy_hour where hour >= $first and hour < $last order by hour, unit_key",
                   {"first": begin, "last": end}).to_pylist()  # fmt: skip
    if not any(row["is_meter"] for row in rows):
        raise Misuse(f"no meter of cluster '{cluster}' was read on these days",
                     "upload readings of the whole cluster: with cluster, and without run_id")  # fmt: skip
    return _allocated(cluster, policy, rows)


def _allocated(cluster: str, policy: str, rows: list[dict[str, Any]]) -> Allocation:
    by_hour: dict[datetime, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_hour[row["hour"]].append(row)
    own: dict[str, int] = defaultdict(int)
    carried: dict[str, int] = defaultdict(int)
    platform = unmetered = metered = over = 0
    hours = []
    for hour, held in by_hour.items():
        meters = [row["kwh_m"] for row in held if row["is_meter"]]
        runs = [row for row in held if not row["is_meter"]]
        used = sum(row["kwh_m"] for row in runs)
        if not meters:
            unmetered += used
            hours.append(HourRow(hour, None, _kwh(used), None))
            continue
        left = sum(meters) - used
        metered += sum(meters)
        over += left < 0
        for row in runs:
            own[row["unit_key"]] += row["kwh_m"]
        shares = _shared(left, runs) if policy == "reserved" else {}
        for key, part in shares.items():
            carried[key] += part
        platform += left - sum(shares.values())
        hours.append(HourRow(hour, _kwh(sum(meters)), _kwh(used), _kwh(left)))
    runs_told = tuple(
        RunShare(key.removeprefix("ai:run:"), _kwh(own[key]), _kwh(carried[key]), _kwh(own[key] + carried[key]))
        for key in sorted(own)
    )
    return Allocation(cluster, policy, _kwh(metered), runs_told, _kwh(platform), _kwh(unmetered), tuple(hours),
                      _notes(over, unmetered))  # fmt: skip


def _shared(left: int, runs: list[dict[str, Any]]) -> dict[str, int]:
    """What is left of an hour by the accelerators held in it; the last run takes what rounding leaves."""
    held = sum(row["reserved_us"] for row in runs)
    if left <= 0 or not held:
        return {}
    parts = {row["unit_key"]: left * row["reserved_us"] // held for row in runs}
    parts[runs[-1]["unit_key"]] += left - sum(parts.values())
    return parts


def _notes(over: int, unmetered: int) -> tuple[str, ...]:
    told = []
    if over:
        told.append(f"in {over} hours the runs are above the meter: their residual is negative and stays with the "
                    "platform; a run without readings is spread evenly, which hours cannot follow")  # fmt: skip
    if unmetered:
        told.append("in hours without a reading of the meter the runs stand alone and nothing is allotted")
    return tuple(told)


def _kwh(millionths: int) -> Decimal:
    return Decimal(millionths).scaleb(-6)
