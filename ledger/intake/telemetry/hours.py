"""A folder of telemetry as energy by host and hour, and the document of it that is uploaded.

The document follows from the bytes of the files and the stated interval alone: whichever engine made it, on however
many machines, it has the same bytes, and so is recorded once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from ledger.calculation.engines import Columns, Engine, Part
from ledger.calculation.sql_text import filled
from ledger.errors import Misuse, Refused
from ledger.intake.telemetry.manifest import manifest_of, sha256_of

FORMAT = 1
RULE = "power of a slot (mean of its samples) x its seconds; a slot without a sample is not known and not filled"
NEEDED = ("time", "host", "gpu", "power_w")
CUTS = ("run_id", "facility_id", "cluster")
"""Columns that a file may have beside: readings are cut by them."""
MOST_W = 1_000_000
"""Power above which a sample is a mark of no value: DCGM writes 1.4e14 and more for it."""
_DAY = re.compile(r"(?:^|/)day=(\d{4}-\d{2}-\d{2})/")
_INSTANT = re.compile(r"timestamp\[(?:us|ms), tz=(?:UTC|Etc/UTC)\]")
_TEXT = ("string", "large_string", "string_view")
_DECIMAL = re.compile(r"decimal(?:32|64|128)\((\d+), (\d+)\)")


@dataclass(frozen=True, slots=True)
class Telemetry:
    """The document of a folder, its manifest, and what was counted on the way."""

    document: bytes
    manifest: bytes
    manifest_sha256: str
    files: int
    samples: int
    hours: int
    kwh: str
    first: date
    last: date


def telemetry(on: Engine, folder: str, seconds: int, first: date | None = None, last: date | None = None) -> Telemetry:
    """The energy by host and hour of the days of a folder (both ends inclusive), by an engine.

    Args:
        on: the engine.
        folder: holds `day=YYYY-MM-DD/*.parquet`; columns `time` (instant), `host`, `gpu` (text), `power_w`.
        seconds: how long each sample stands for; a divisor of 3600.
        first: the first day; the folder's own where None.
        last: the last day.

    Raises Misuse for an interval that is none, and a folder without days; Refused where columns are missing or of
    another type, rows say not when or of what, or most slots are empty.
    """
    if seconds < 1 or 3600 % seconds:
        raise Misuse(f"{seconds} s is no interval of samples", "give a divisor of 3600: 1, 5, 10, 15, 30, 60 …")
    parts = sealed_parts(on, folder, first, last)
    words = _words(on.table("telemetry", [part.place for part in parts]))
    (counted,) = on.arrow(filled(_sql("sample_count"), words)).to_pylist()
    _check_counts(counted, parts)
    on.run(filled(_sql("gpu_hour"), words), {"seconds": seconds})
    hours = on.arrow(filled(_sql("host_hour"), words)).to_pylist()
    gaps = on.arrow(filled(_sql("gpu_gap"), words)).to_pylist()
    _check_density(hours, gaps, seconds)
    manifest = manifest_of(parts)
    digest = sha256_of(manifest)
    days = [day_of(part.name) for part in parts]
    document = {
        "ghg_telemetry": FORMAT, "manifest_sha256": digest, "every_seconds": seconds, "rule": RULE,
        "samples": counted["samples"], "without_value": counted["without_value"],
        "hours": [_hour(row, seconds) for row in hours], "gaps": [_gap(row, seconds) for row in gaps],
    }  # fmt: skip
    total = sum(row["microwatthours"] for row in hours)
    return Telemetry(
        canonical(document), manifest, digest, len(parts), counted["samples"], len(hours), _scaled(total, 9),
        min(days), max(days),
    )  # fmt: skip


def sealed_parts(on: Engine, folder: str, first: date | None, last: date | None) -> list[Part]:
    """The files of the days of a folder. Raises Misuse where there is none."""

    def wanted(name: str) -> bool:
        found = _DAY.search(name)
        return bool(found) and (first is None or day_of(name) >= first) and (last is None or day_of(name) <= last)

    parts = on.parts(folder, wanted)
    if not parts:
        raise Misuse(
            f"{folder} has no file day=YYYY-MM-DD/*.parquet of the days asked for",
            "name the folder above the days, and lay files out as docs/spark.md says",
        )
    return parts


def day_of(name: str) -> date:
    """The day that a file's name says. Raises Misuse where it is none."""
    found = _DAY.search(name)
    try:
        return date.fromisoformat(found[1] if found else "")
    except ValueError as fault:
        raise Misuse(f"{name} is of no day", "name folders day=2026-07-01") from fault


def canonical(value: Mapping[str, Any]) -> bytes:
    """JSON whose bytes follow from the value: RFC 8785, a line at the end."""
    import rfc8785

    return rfc8785.dumps(value) + b"\n"


@cache
def _sql(name: str) -> str:
    return (Path(__file__).parent / f"{name}.sql").read_text(encoding="utf-8")


def _words(columns: Columns) -> dict[str, str]:
    """What the SQL files leave open: how power becomes whole microwatts, and by what readings are cut."""
    lacks = [name for name in NEEDED if name not in columns]
    if lacks:
        raise Refused(f"the files have no column {', '.join(lacks)}", "docs/spark.md says which columns there must be")
    cuts = [name for name in CUTS if name in columns]
    for name in ("host", "gpu", *cuts):
        if columns[name] not in _TEXT:
            raise Refused(f"column {name} is of type {columns[name]}", "write it as text")
    if not _INSTANT.fullmatch(columns["time"]):
        raise Refused(
            f"column time is of type {columns['time']}", "write instants in UTC, in milliseconds or microseconds"
        )
    return {"by": "".join(f"{name}, " for name in cuts), "microwatts": _microwatts(columns["power_w"]),
            "order": "".join(f"{name} nulls first, " for name in cuts)}  # fmt: skip


def _microwatts(kind: str) -> str:
    """SQL: the power as whole microwatts; null where it is blank, below zero, or a mark of no value.

    A machine float is rounded here, once, to the nearest microwatt: a product, a sum and a floor of IEEE doubles, which
    are the same on every engine.
    """
    decimal = _DECIMAL.fullmatch(kind)
    if kind in ("double", "float"):
        exact = "floor(power_w::double * 1000000 + 0.5)::bigint"
    elif (decimal and int(decimal[2]) <= 6) or re.fullmatch(r"u?int(8|16|32|64)", kind):
        exact = "(power_w::decimal(18,6) * 1000000)::bigint"
    else:
        raise Refused(f"column power_w is of type {kind}", "write watts as a number with at most six decimals")
    return f"case when power_w >= 0 and power_w < {MOST_W} then {exact} end"


def _check_counts(counted: Mapping[str, int], parts: list[Part]) -> None:
    rows = sum(part.rows for part in parts)
    if counted["samples"] != rows:
        raise Refused(f"the files had {rows} rows, and {counted['samples']} were read: they changed meanwhile",
                      "see that nobody writes to sealed days, and run it again")  # fmt: skip
    if counted["unplaced"]:
        raise Refused(f"{counted['unplaced']} samples have no time, host or gpu", "write those three in every row")
    days = sorted(day_of(part.name) for part in parts)
    for micros, day in ((counted["first_us"], days[0]), (counted["last_us"], days[-1])):
        found = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros or 0)).date()
        if rows and not days[0] <= found <= days[-1]:
            raise Refused(f"a sample of {found} (UTC) lies in a folder of {day} or near it",
                          "lay each sample into the folder of its own day: it would be taken with both")  # fmt: skip


def _check_density(hours: list[dict[str, Any]], gaps: list[dict[str, Any]], seconds: int) -> None:
    seen, missing = sum(row["slots"] for row in hours), sum(row["missing"] for row in gaps)
    if not seen:
        raise Refused("no sample says a power", "see what wrote the files")
    if missing > seen:
        raise Refused(
            f"of {seen + missing} slots of {seconds} s between first and last samples, {missing} have none",
            "give the interval at which samples were taken: --every 60",
        )


def _instant(slot: int, seconds: int) -> str:
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=slot * seconds)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _scaled(whole: int, digits: int) -> str:
    """A whole number of parts as a decimal number with so many decimals."""
    return f"{whole // 10**digits}.{whole % 10**digits:0{digits}d}"


def _named(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in (*CUTS, "host", "gpu") if row.get(name) is not None}


def _hour(row: Mapping[str, Any], seconds: int) -> dict[str, Any]:
    return _named(row) | {
        "start_utc": _instant(row["first_slot"], seconds), "end_utc": _instant(row["last_slot"] + 1, seconds),
        "energy_wh": _scaled(row["microwatthours"], 6), "gpus": row["gpus"], "slots": row["slots"],
    }  # fmt: skip


def _gap(row: Mapping[str, Any], seconds: int) -> dict[str, Any]:
    return _named(row) | {
        "first_utc": _instant(row["first_slot"], seconds), "last_utc": _instant(row["last_slot"] + 1, seconds),
        "missing_seconds": row["missing"] * seconds,
    }  # fmt: skip
