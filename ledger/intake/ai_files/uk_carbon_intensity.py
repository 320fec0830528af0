"""The Carbon Intensity API of NESO for Great Britain: half hours with a forecast and, once they are over, an actual.

Source: its documentation (definitions of /intensity). Intensities are of generation alone, imports and losses inside,
in gCO2/kWh; `actual` is the service's own estimate from what was metered. The service does not say when a forecast was
issued: when it was fetched stands for it, and the forecast of a half hour that is over is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import polars as pl

from ledger.intake.ai_files.form import Form, Given, Made
from ledger.intake.faults import Faults

ZONE = "GB"
PUBLISHER = "Carbon Intensity API (NESO)"
_HALF_HOUR = "1800"


def uk_records(answer: Mapping[str, Any], what: str, retrieved_at: str) -> Iterator[dict[str, Any]]:
    """A record for each half hour of an answer: its actual, or what is forecast of one that was not over."""
    listed = answer.get("data")
    for row in listed if isinstance(listed, list) else ():
        told = row.get("intensity") if isinstance(row, Mapping) else None
        if not isinstance(told, Mapping):
            continue
        kind = "forecast" if what == "forecast" else "actual"
        if kind == "forecast" and _is_over(row.get("to"), retrieved_at):
            continue
        yield {
            "kind": kind, "zone": ZONE, "start": row.get("from"), "intensity": told.get(kind),
            "source": f"{PUBLISHER}, {'forecast' if kind == 'forecast' else 'estimated actual'}",
        }  # fmt: skip


def _is_over(end: Any, retrieved_at: str) -> bool:
    try:
        return datetime.fromisoformat(str(end)) <= datetime.fromisoformat(retrieved_at)
    except (ValueError, TypeError):
        return False


def _is_answer(document: Any) -> bool:
    listed = document.get("data") if isinstance(document, Mapping) else None
    return (
        isinstance(listed, list)
        and bool(listed)
        and all(isinstance(row, Mapping) and {"from", "to", "intensity"} <= set(row) for row in listed)
    )


def _records(document: Any, _: Faults) -> Iterator[Mapping[str, Any]]:
    yield from uk_records(document, "range", "")


def _made(given: Given) -> list[Made]:
    """What was measured alone: a bare answer does not say when it was fetched, so its forecast has no issue."""
    rows = given.rows.with_columns(given.text(name).alias(name) for name in ("zone", "start", "intensity", "source"))
    empty = rows.filter(rows["intensity"].is_null())
    given.tell("intensity-blank", empty.select("source_line"), None)
    full = rows.filter(rows["intensity"].is_not_null()).select(
        "source_line", "zone", pl.col("start").alias("start_utc"), pl.lit(_HALF_HOUR).alias("seconds"),
        pl.lit("actual").alias("signal_kind"), pl.lit("average").alias("signal"),
        pl.lit("direct").alias("signal_basis"), pl.col("intensity").alias("intensity_g_per_kwh"), "source",
    )  # fmt: skip
    return [Made("grid_intensity", full, {"intensity_g_per_kwh": "intensity.actual", "start_utc": "from"})]


FORMS = (
    Form("uk-carbon-intensity-api", "an answer of the Carbon Intensity API", _made, fits=_is_answer, records=_records,
         kinds=("grid_intensity",)),
)  # fmt: skip
