"""The energy and the emissions of runs, one by one or added up by model, stage and team, with the entries behind them.

The kilograms are those of the ledger's own postings: a run that is posted is all of its activity, one that a bill of
its facility or a statement of its provider holds is a part of it by kWh.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

import polars as pl

from ledger.ai.footprint import PLACES, kg_per_kwh
from ledger.store import Session
from ledger.store.in_force import in_force

_DIGITS = 60
GROUPED_BY = ("model", "stage", "team")
_Amounts = tuple[Decimal | None, Decimal | None, Decimal | None, Decimal | None]


@dataclass(frozen=True, slots=True)
class RunCarbon:
    """A run and attempt: its entry, and what it emitted in kg CO2e. None is 'not quantified', never zero.

    Attributes:
        entry: the activity that its energy is posted as, or that holds it; None where nothing tells its energy.
        run_entry: the record of the run itself.
        decision: posted, breakdown (an activity of others holds it), evidence or not_quantified.
        energy_kwh: that counts, with the site's overhead where it is known.
        location_kg: by the location-based method.
        market_kg: market-based, before certificates are allotted.
        upstream_kg: fuels upstream and losses of the grid; beside either.
    """

    run_id: str
    attempt: int
    start: datetime
    end: datetime
    entry: str | None
    run_entry: str
    decision: str
    energy_kwh: Decimal | None
    location_kg: Decimal | None
    market_kg: Decimal | None
    upstream_kg: Decimal | None


@dataclass(frozen=True, slots=True)
class GroupCarbon:
    """All runs of a model, stage and team; ``without`` of them have no energy or no emissions: the sums are less.

    What is not told apart, and what no run says, is None.
    """

    model: str | None
    stage: str | None
    team: str | None
    runs: int
    without: int
    energy_kwh: Decimal | None
    location_kg: Decimal | None
    market_kg: Decimal | None
    upstream_kg: Decimal | None


def carbon_of_runs(s: Session, ids: Iterable[str], size: int) -> dict[tuple[str, int], RunCarbon]:
    """The runs of some ids that the ledger has, by id and attempt; idle parts of one are added to it."""
    _decide(s, ids, size, None)
    emitted = kg_per_kwh(s)[0]
    rows = s.arrow("select * from footprint_run order by state = 'active' desc, start_utc desc").to_pylist()
    apart: dict[tuple[str, int], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        apart[row["run_id"], row["attempt"]].append(row)
    return {key: _run(found, emitted) for key, found in apart.items()}


def carbon_by_group(
    s: Session, size: int, days: tuple[date, date] | None = None, cuts: Collection[str] = GROUPED_BY
) -> tuple[GroupCarbon, ...]:
    """Every run of the ledger, or those that began in some days (UTC), added up by some of model, stage and team."""
    _decide(s, None, size, days)
    emitted, unknown = kg_per_kwh(s)
    rows = s.arrow(
        "select model, stage, team, activity_batch, activity_seq, count(*) as runs, "
        "count(*) filter (where energy_kwh is null) as without, sum(energy_kwh)::decimal(38,6) as energy_kwh "
        "from footprint_run group by all"
    ).to_pylist()
    apart: dict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        place = (row["activity_batch"], row["activity_seq"])
        if row["energy_kwh"] is not None and (place[0] is None or place in unknown):
            row["without"] = row["runs"]
        apart[tuple(row[cut] if cut in cuts else None for cut in GROUPED_BY)].append(row)
    return tuple(
        GroupCarbon(
            model, stage, team, sum(row["runs"] for row in found), sum(row["without"] for row in found),
            *_amounts(found, emitted),
        )
        for (model, stage, team), found in sorted(apart.items(), key=lambda one: tuple(part or "" for part in one[0]))
    )  # fmt: skip


def _decide(s: Session, ids: Iterable[str] | None, size: int, days: tuple[date, date] | None) -> None:
    wanted = pl.DataFrame({"run_id": list(ids or ())}, schema={"run_id": pl.String})
    with s.given(wanted_run=wanted.to_arrow()):
        first, last = days or (None, None)
        s.run(_sql("decided_run"), {"every": ids is None, "size": size, "first": first, "last": last})
    s.run(_sql("footprint_kg"), {"size": size})


def _run(found: list[dict[str, Any]], emitted: dict[tuple[Any, ...], Decimal]) -> RunCarbon:
    first = found[0]
    held = None if first["activity_batch"] is None else f"B{first['activity_batch']}-{first['activity_seq']}"
    return RunCarbon(
        first["run_id"], first["attempt"], min(row["start_utc"] for row in found), max(row["end_utc"] for row in found),
        held, f"B{first['batch_no']}-{first['seq']}", first["decision"] or "not_quantified",
        *_amounts(found, emitted),
    )  # fmt: skip


def _amounts(found: list[dict[str, Any]], emitted: dict[tuple[Any, ...], Decimal]) -> _Amounts:
    """KWh of rows, and kilograms location-based, market-based and upstream: kWh times what the activity emits by it."""

    def kg(*parts: str) -> Decimal | None:
        return _sum(
            (emitted[place] * row["energy_kwh"]).quantize(PLACES)
            for row in found
            for part in parts
            if row["energy_kwh"] is not None
            and (place := (row["activity_batch"], row["activity_seq"], part)) in emitted
        )

    with localcontext() as context:
        context.prec = _DIGITS
        energy = _sum(row["energy_kwh"] for row in found)
        return energy, kg("location", "single"), kg("market", "single"), kg("upstream")


def _sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if known else None


def _sql(name: str) -> str:
    return in_force((Path(__file__).parent / f"{name}.sql").read_text(encoding="utf-8"))
