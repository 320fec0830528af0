"""Series of intensities from CSV files: our own columns of `grid_intensity`, and two forms that researchers publish.

A file is told by its header. Of forecasts each issue is a series of its own; a blank cell is a step without a value.
What was forecast at the last moment before delivery (the system operator of Great Britain) was known to no earlier
decision, so it is kept apart and never decided by.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from ledger.errors import Misuse
from ledger.schedule.forecast import Forecast
from ledger.schedule.steps import Steps

OUR_COLUMNS = (
    "zone", "start_utc", "seconds", "signal_kind", "signal", "signal_basis", "intensity_g_per_kwh", "source",
)  # fmt: skip
_CARBONCAST = "CarbonCast (Maji et al. 2022, Apache-2.0)"
_NESO = "Carbon Intensity API of the GB system operator, NESO (CC BY 4.0)"
_HALF_HOUR, _HOUR = 1800, 3600
_LONGEST = 5_000_000  # rows: a year of half hours of 285 zones

Kind = tuple[str, str, str]
"""Zone, signal and basis."""


@dataclass(frozen=True)
class Measured:
    """A measured series of one zone, signal and basis."""

    zone: str
    signal: str
    basis: str
    step_seconds: int
    values: tuple[tuple[datetime, Decimal | None], ...]
    source: str

    @property
    def steps(self) -> Steps:
        """The known steps."""
        return Steps.of(self.values, self.step_seconds, f"measured intensity of {self.zone}")


@dataclass(frozen=True, slots=True)
class Series:
    """What files hold.

    Attributes:
        measured: by zone, signal and basis.
        forecasts: by zone, in the order of their issue.
        at_delivery: (start, forecast, measured) where a forecast is known as it was at delivery alone, by zone.
    """

    measured: Mapping[Kind, Measured]
    forecasts: Mapping[str, tuple[Forecast, ...]]
    at_delivery: Mapping[str, tuple[tuple[datetime, Decimal, Decimal], ...]] = field(default_factory=dict)


def series_of(paths: Iterable[Path]) -> Series:
    """The series of files. Raises Misuse for a file that is none of the forms, naming file, line and column."""
    measured: dict[Kind, dict[datetime, Decimal | None]] = {}
    about: dict[Kind, tuple[int, str]] = {}
    issues: dict[tuple[str, datetime, str, str], dict[datetime, Decimal | None]] = {}
    of_issue: dict[tuple[str, datetime, str, str], tuple[int, bool, str]] = {}
    at_delivery: dict[str, list[tuple[datetime, Decimal, Decimal]]] = {}
    for path in paths:
        for row in _rows(path):
            if row.issued is None:
                kind = (row.zone, row.signal, row.basis)
                _same(path, row, about.setdefault(kind, (row.seconds, row.source))[0])
                measured.setdefault(kind, {})[row.start] = row.value
                if row.at_delivery is not None and row.value is not None:
                    at_delivery.setdefault(row.zone, []).append((row.start, row.at_delivery, row.value))
            else:
                key = (row.zone, row.issued, row.signal, row.basis)
                _same(path, row, of_issue.setdefault(key, (row.seconds, row.estimated, row.source))[0])
                issues.setdefault(key, {})[row.start] = row.value
    made: dict[str, list[Forecast]] = {}
    for (zone, issued, signal, basis), values in sorted(issues.items()):
        seconds, estimated, source = of_issue[zone, issued, signal, basis]
        one = Forecast(zone, issued, signal, basis, seconds, tuple(sorted(values.items())), estimated, source)
        made.setdefault(zone, []).append(one)
    held = {
        kind: Measured(*kind, about[kind][0], tuple(sorted(values.items())), about[kind][1])
        for kind, values in measured.items()
    }
    return Series(held, {zone: tuple(found) for zone, found in made.items()},
                  {zone: tuple(found) for zone, found in at_delivery.items()})  # fmt: skip


def newest_by(series: Series, now: datetime) -> dict[str, Forecast]:
    """The newest forecast of each zone that was issued by an instant."""
    found = {zone: [one for one in issues if one.issued_at <= now] for zone, issues in series.forecasts.items()}
    return {zone: issues[-1] for zone, issues in found.items() if issues}


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    zone: str
    start: datetime
    seconds: int
    signal: str
    basis: str
    value: Decimal | None
    source: str
    issued: datetime | None = None
    estimated: bool = False
    at_delivery: Decimal | None = None


def _rows(path: Path) -> Iterable[_Row]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            head = tuple(reader.fieldnames or ())
            read = _reader(path, head)
            for number, row in enumerate(reader, 2):
                if number > _LONGEST:
                    raise Misuse(f"{path.name} has more than {_LONGEST} rows", "give a part of it")
                if None in row.values() or None in row:
                    raise Misuse(f"{path.name} line {number} has another number of cells than the header", "repair it")
                try:
                    yield from read(number, row)
                except (ValueError, InvalidOperation) as fault:
                    raise Misuse(
                        f"{path.name} line {number}: a time or number cannot be read ({_told(fault)})",
                        "times like 2026-11-28T14:00Z, g/kWh like 123.4, blank where there is no value",
                    ) from fault
    except (OSError, UnicodeDecodeError, csv.Error) as fault:
        words = fault.strerror if isinstance(fault, OSError) else "it is no CSV in UTF-8"
        raise Misuse(f"{path} cannot be read: {words}", "give a CSV of intensities") from fault


def _reader(path: Path, head: tuple[str, ...]) -> Any:
    """How the rows of a file are read, told by its header."""
    if set(OUR_COLUMNS) <= set(head):
        return _ours
    if {"zone", "issued_utc", "lead_h", "forecast_direct_gco2_per_kwh"} <= set(head):
        return _carboncast_forecast
    if {"from_utc", "forecast_gco2_per_kwh", "actual_gco2_per_kwh"} <= set(head):
        return _great_britain
    if head[:1] == ("hour_utc",) and all(_column(name) for name in head[1:]):
        return _carboncast_measured
    raise Misuse(
        f"{path.name} is no series of intensities: its columns are {', '.join(head[:6]) or 'none'}",
        f"give the columns {', '.join(OUR_COLUMNS)} (and issued_at for forecasts; ghg template grid_intensity)",
    )


def _ours(line: int, row: Mapping[str, str]) -> Iterable[_Row]:
    kind, issued = row["signal_kind"].strip(), row.get("issued_at", "").strip()
    if kind not in ("actual", "forecast"):
        raise ValueError(f"signal_kind is {kind!r}, and is actual or forecast")
    if kind == "forecast" and not issued:
        raise ValueError("a forecast has issued_at")
    yield _Row(
        line, row["zone"].strip(), _time(row["start_utc"]), int(row["seconds"]), row["signal"].strip(),
        row["signal_basis"].strip(), _value(row["intensity_g_per_kwh"]), row["source"].strip(),
        _time(issued) if kind == "forecast" else None,
        row.get("estimated", "").strip().casefold() in ("true", "1", "yes"),
    )  # fmt: skip


def _carboncast_forecast(line: int, row: Mapping[str, str]) -> Iterable[_Row]:
    issued = _time(row["issued_utc"])
    start = issued + timedelta(hours=int(row["lead_h"]))
    told = (line, row["zone"].strip(), start, _HOUR, "average", "direct")
    yield _Row(*told, _value(row["forecast_direct_gco2_per_kwh"]), _CARBONCAST, issued)
    if row.get("actual_direct_gco2_per_kwh"):
        yield _Row(*told, _value(row["actual_direct_gco2_per_kwh"]), _CARBONCAST)


def _carboncast_measured(line: int, row: Mapping[str, str]) -> Iterable[_Row]:
    start = _time(row["hour_utc"])
    for name, cell in row.items():
        if (column := _column(name)) is not None:
            yield _Row(line, column[0], start, _HOUR, "average", column[1], _value(cell), _CARBONCAST)


def _great_britain(line: int, row: Mapping[str, str]) -> Iterable[_Row]:
    yield _Row(
        line, "GB", _time(row["from_utc"]), _HALF_HOUR, "average", "direct", _value(row["actual_gco2_per_kwh"]), _NESO,
        at_delivery=_value(row["forecast_gco2_per_kwh"]),
    )  # fmt: skip


def _column(name: str) -> tuple[str, str] | None:
    """Zone and basis of a column like `DE_direct_gco2_per_kwh`; None for another."""
    for end, basis in (("_direct_gco2_per_kwh", "direct"), ("_lifecycle_gco2_per_kwh", "life_cycle")):
        if name.endswith(end):
            return name.removesuffix(end), basis
    return None


def _time(cell: str) -> datetime:
    """An instant in UTC; a cell without an offset is in a column that says UTC."""
    at = datetime.fromisoformat(cell.strip())
    return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).astimezone(UTC)


def _value(cell: str) -> Decimal | None:
    return Decimal(cell.strip()) if cell.strip() else None


def _same(path: Path, row: _Row, seconds: int) -> None:
    if row.seconds != seconds:
        raise Misuse(
            f"{path.name} line {row.line}: steps of {row.seconds} s in a series of {seconds} s",
            "give each zone in steps of one length",
        )


def _told(fault: Exception) -> str:
    """What is wrong with a cell; a number that is none tells nothing of itself."""
    return "no number" if isinstance(fault, InvalidOperation) else str(fault)
