"""Answers of services for grids as `ghg connect grid` keeps them, each beside its question: intensities by the hour.

An answer is held against its question: one of another zone, basis or length of values is refused, for a zone that a
service does not know may fall back to the place of whoever asks. What lacks in the span asked for is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from ledger.intake.ai_files.amounts import in_unit
from ledger.intake.ai_files.form import Form, Given, Made
from ledger.intake.ai_files.uk_carbon_intensity import uk_records
from ledger.intake.faults import Faults

STALE = timedelta(hours=6)
"""Age from which a forecast is told as old: services renew theirs every hour or half hour."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LISTS = ("history", "data", "forecast")
_ABOVE = ("zone", "updatedAt", "emissionFactorType", "temporalGranularity")
_SHARES = {"carbon_free_share": "fossilFreePercentage", "renewable_share": "renewablePercentage"}
_ASKED = ("zone", "basis", "seconds", "estimates", "first", "after")
_SAID = ["kind", "zone", "start", "intensity", "estimated", "source", "issued_at", *_SHARES]
"""What makes two values the same one, told by two answers whose spans meet."""
_FIELDS = (*_SAID, "what", "retrieved_at", "basis", "granularity", "asked_granularity", "share_zone",
           *(f"asked_{name}" for name in _ASKED))  # fmt: skip
_INSTANTS = ("start", "issued_at", "retrieved_at", "asked_first", "asked_after")
_SHOWN = {"basis": "emissionFactorType", "granularity": "temporalGranularity", "estimated": "isEstimated",
          "share_zone": "zone"}  # fmt: skip
_LED = {"intensity_g_per_kwh": "carbonIntensity", "start_utc": "datetime", "issued_at": "updatedAt"}


def _is_kept(document: Any) -> bool:
    return isinstance(document, Mapping) and "ghg_grid" in document and isinstance(document.get("answers"), list)


def _records(document: Any, _: Faults) -> Iterator[Mapping[str, Any]]:
    """A record for each value of an answer, with what was asked; shares are joined to the values of their time."""
    asked = {f"asked_{name}": document.get(name) for name in _ASKED}
    parts = [one for one in document["answers"] if isinstance(one, Mapping) and isinstance(one.get("answer"), Mapping)]
    shares = {_moment(row): row for one in parts if one.get("what") == "shares" for row in _rows(one["answer"])}
    for one in parts:
        what, fetched = str(one.get("what")), str(one.get("retrieved_at"))
        common = asked | {"what": what, "retrieved_at": fetched}
        if document.get("source") == "uk-carbon-intensity":
            yield from (common | made for made in uk_records(one["answer"], what, fetched))
        elif what != "shares":
            terms = one["terms"] if isinstance(one.get("terms"), Mapping) else {}
            for row in _rows(one["answer"]):
                yield common | _value(row, what, terms) | _shares_of(shares.get(_moment(row)))


def _moment(row: Mapping[str, Any]) -> datetime | str:
    """The instant of a value, in whatever offset it is written; its text where it is none."""
    text = str(row.get("datetime"))
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return text


def _rows(answer: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The values of an answer, each with what the answer says of all of them."""
    above = {name: answer[name] for name in _ABOVE if answer.get(name) is not None}
    listed = next((answer[name] for name in _LISTS if isinstance(answer.get(name), list)), None)
    if listed is None:
        yield answer
        return
    yield from ({**above, **row} for row in listed if isinstance(row, Mapping))


def _value(row: Mapping[str, Any], what: str, terms: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a value of Electricity Maps."""
    basis, method = row.get("emissionFactorType"), row.get("estimationMethod")
    return {
        "kind": "forecast" if what == "forecast" else "actual", "zone": row.get("zone"), "start": row.get("datetime"),
        "intensity": row.get("carbonIntensity"), "estimated": row.get("isEstimated"),
        "basis": "life_cycle" if basis == "lifecycle" else basis, "granularity": row.get("temporalGranularity"),
        "asked_granularity": terms.get("temporalGranularity"),
        "issued_at": row.get("updatedAt") if what == "forecast" else None,
        "source": f"Electricity Maps, API, {method}" if isinstance(method, str) else "Electricity Maps, API",
    }  # fmt: skip


def _shares_of(row: Mapping[str, Any] | None) -> dict[str, Any]:
    if row is None:
        return {}
    return {"share_zone": row.get("zone"), **{name: row.get(field) for name, field in _SHARES.items()}}


def _made(given: Given) -> list[Made]:
    rows = given.rows.select("source_line", *(given.text(name).alias(name) for name in _FIELDS))
    rows = rows.with_columns(_instant(name).alias(f"#{name}") for name in _INSTANTS)
    if _tell_others(given, rows):
        return []
    outside = (pl.col("#start") < pl.col("#asked_first")) | (pl.col("#start") >= pl.col("#asked_after"))
    rows = rows.filter((pl.col("what") != "range") | ~outside.fill_null(value=False))
    rows = rows.unique(_SAID, keep="first", maintain_order=True)
    _tell_age(given, rows.filter(pl.col("kind") == "forecast"))
    _tell_missing(given, rows)
    given.tell("intensity-blank", rows.filter(pl.col("intensity").is_null()).select("source_line"), None)
    full = rows.filter(pl.col("intensity").is_not_null())
    made = full.select(
        "source_line", "zone", pl.col("start").alias("start_utc"), pl.col("asked_seconds").alias("seconds"),
        pl.col("kind").alias("signal_kind"), pl.lit("average").alias("signal"),
        pl.when(pl.col("kind") == "forecast").then(pl.coalesce("issued_at", "retrieved_at")).alias("issued_at"),
        pl.col("asked_basis").alias("signal_basis"), pl.col("intensity").alias("intensity_g_per_kwh"), "estimated",
        "retrieved_at", "source", *(in_unit(full[name], "0.01").alias(name) for name in _SHARES),
    )  # fmt: skip
    return [Made("grid_intensity", made, _LED)]


def _tell_others(given: Given, rows: pl.DataFrame) -> bool:
    """Findings for answers of another zone, basis or length than asked for, or estimated though that was not wanted."""
    zone, asked = pl.col("zone"), pl.col("asked_zone")
    unlike = (
        ("answer-other-zone", "zone", "asked_zone", zone.is_null() | (zone != asked)),
        ("answer-other-zone", "share_zone", "asked_zone", pl.col("share_zone") != asked),
        ("answer-other-terms", "basis", "asked_basis", pl.col("basis") != pl.col("asked_basis")),
        ("answer-other-terms", "granularity", "asked_granularity",
         pl.col("granularity") != pl.col("asked_granularity")),
        ("answer-estimated", "estimated", "asked_zone",
         (pl.col("asked_estimates") == "false") & (pl.col("estimated") == "true")),
    )  # fmt: skip
    told = False
    for code, name, wanted, is_other in unlike:
        others = rows.filter(is_other.fill_null(value=False))
        if others.height:
            told = True
            first = others.row(0, named=True)
            given.faults.add(code, line=first["source_line"], column=_SHOWN.get(name, name), count=others.height,
                             value=first[name] or "none", asked=first[wanted])  # fmt: skip
    return _tell_closer(given, rows) or told


def _tell_closer(given: Given, rows: pl.DataFrame) -> bool:
    """A finding where values lie closer than they are long: then they are shorter than asked for."""
    length = pl.col("asked_seconds").cast(pl.Int64, strict=False)
    starts = rows.unique(["kind", "#start"]).sort("kind", "#start")
    step = (pl.col("#start") - pl.col("#start").shift(1)).over("kind").dt.total_seconds()
    closer = starts.with_columns(step.alias("#step")).filter(pl.col("#step") < length)
    if closer.height:
        line, value, asked = closer.select("source_line", "#step", "asked_seconds").row(0)
        given.faults.add("answer-other-terms", line=line, column="datetime", count=closer.height,
                         value=f"{value} seconds after the one before", asked=f"one every {asked}")  # fmt: skip
    return bool(closer.height)


def _tell_age(given: Given, forecast: pl.DataFrame) -> None:
    """Findings for a forecast that does not say when it was issued, and for one that is old when it is fetched."""
    undated = forecast.filter(pl.col("issued_at").is_null())
    if undated.height:
        given.faults.add("forecast-undated", line=int(undated["source_line"][0]))
    age = pl.col("#retrieved_at") - pl.col("#issued_at")
    shown = ("source_line", "issued_at", "retrieved_at")
    old = forecast.filter(age > STALE).select(*shown, age.dt.total_hours().alias("#hours"))
    if old.height:
        line, issued, fetched, hours = old.row(0)
        given.faults.add("forecast-stale", line=line, column="updatedAt", value=issued, fetched=fetched, hours=hours)


def _tell_missing(given: Given, rows: pl.DataFrame) -> None:
    """One warning for the times of the span asked for of which there is no value at all."""
    spans = rows.filter(pl.col("what") == "range")
    if not spans.height:
        return
    first, after, seconds = spans.select("#asked_first", "#asked_after", "asked_seconds").row(0)
    if first is None or after is None or not str(seconds).isdigit():
        return
    step = timedelta(seconds=max(1, int(seconds)))
    begin = first + (_EPOCH - first) % step
    if begin + step > after:
        return
    wanted = pl.datetime_range(begin, after - step, step, time_unit="us", eager=True).alias("#start").to_frame()
    missing = wanted.join(spans, on="#start", how="anti")
    if missing.height:
        shown = missing.select(pl.col("#start").min().dt.strftime("%Y-%m-%d %H:%M UTC")).item()
        given.faults.add("intensity-missing", count=missing.height, asked=wanted.height, first=shown)


def _instant(name: str) -> pl.Expr:
    """The instant that a text with an offset, or Z, names; null for what is none, which is told of the cell."""
    whole = pl.col(name).str.replace(r"[Zz]$", "+00:00").str.replace(r"(T\d{2}:\d{2})([+-])", "${1}:00${2}")
    return whole.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%#z", time_unit="us", time_zone="UTC", strict=False)


FORMS = (
    Form("grid-answers", "answers that ghg connect grid kept", _made, fits=_is_kept, records=_records,
         kinds=("grid_intensity",)),
)  # fmt: skip
