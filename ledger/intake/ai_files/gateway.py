"""Logs of gateways to language models (as LiteLLM keeps them): requests and tokens by model and hour, as runs.

A log says who asked which model for how many tokens, and no energy. Requests of one model, provider, team and hour make
one run of stage inference; what they took is unknown until impacts or a provider's figures come.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from ledger.intake.ai_files.amounts import in_unit
from ledger.intake.ai_files.form import Form, Given, Made, names
from ledger.intake.ai_files.readings import instants, shown_instant, zone_chosen
from ledger.intake.faults import Faults

_TIMES = ("starttime", "timestamp", "created_at")
_TOKENS = {"tokens_in": "prompt_tokens", "tokens_out": "completion_tokens"}
_EXACT = pl.Decimal(38, 6)
_BY = ("model", "provider", "team", "project")


def _of_log(given: Given) -> list[Made]:
    time = given.text(*_TIMES)
    local = given.rows.filter(~time.str.contains(r"([Zz]|[+-]\d{2}:?\d{2})$"))
    zone = zone_chosen(given, "times of requests have no zone") if local.height else None
    if local.height and zone is None:
        return []
    rows = given.rows.select(
        "source_line",
        instants(time, zone).alias("time"),
        time.alias("time_text"),
        given.text("model").alias("model"),
        given.text("provider", "custom_llm_provider").alias("provider"),
        given.text("team", "team_id", "team_alias").alias("team"),
        given.text("project", "project_id").alias("project"),
        *(given.text(field).alias(name) for name, field in _TOKENS.items()),
        given.text("cost", "spend", "response_cost").alias("cost"),
    )
    lost = rows.filter(pl.col("time").is_null())
    given.tell("reading-time", lost.select("source_line", pl.col("time_text").fill_null("blank").alias("value")), None)
    counted = _counted(given, rows)
    if lost.height or counted is None:
        return []
    hours = counted.with_columns(pl.col("time").dt.truncate("1h").alias("start"))
    added = hours.group_by(*_BY, "start", maintain_order=True).agg(
        pl.col("source_line").min(), pl.len().cast(pl.String).alias("requests"),
        *(pl.col(name).sum().cast(pl.Decimal(38, 0)).cast(pl.String) for name in _TOKENS), pl.col("cost").sum(),
    )  # fmt: skip
    return [Made("ai_run", _runs(given, added), {"tokens_in": "prompt_tokens", "tokens_out": "completion_tokens"})]


def _counted(given: Given, rows: pl.DataFrame) -> pl.DataFrame | None:
    """Tokens and cost as numbers; None, and findings, where tokens are none. A blank count is told and left."""
    typed = rows.with_columns(in_unit(rows[name], 1).cast(_EXACT, strict=False) for name in (*_TOKENS, "cost"))
    blank = rows.filter(pl.all_horizontal(pl.col(name).is_null() for name in _TOKENS))
    given.tell("tokens-blank", blank.select("source_line"), "prompt_tokens")
    sound = True
    for name, field in _TOKENS.items():
        bad = (rows[name].is_not_null() & typed[name].is_null()) | (typed[name] < 0).fill_null(value=False)
        told = rows.filter(bad).select("source_line", pl.col(name).alias("value"))
        given.tell("number-not-read", told, field)
        sound = sound and not told.height
    kept = pl.any_horizontal(pl.col(name).is_not_null() for name in _TOKENS)
    return typed.filter(kept) if sound else None


def _runs(given: Given, added: pl.DataFrame) -> pl.DataFrame:
    money = [pl.col("cost").cast(pl.String).alias("cost")] if "currency" in given.choices else []
    identity = (pl.col("provider"), pl.col("model"), pl.col("team"), pl.col("project"))
    return added.select(
        "source_line",
        pl.concat_str(pl.lit("gateway"), *(part.fill_null("-") for part in identity),
                      pl.col("start").dt.strftime("%Y-%m-%dT%H"), separator="/").alias("run_id"),
        pl.lit("inference").alias("stage"),
        pl.lit("completed").alias("outcome"),
        pl.lit("active").alias("state"),
        pl.lit("operational").alias("component"),
        "model",
        "project",
        pl.col("team").alias("tenant"),
        pl.col("provider").alias("cloud_provider"),
        shown_instant(pl.col("start")).alias("start_utc"),
        shown_instant(pl.col("start").dt.offset_by("1h")).alias("end_utc"),
        "requests",
        *_TOKENS,
        *money,
    )  # fmt: skip


_KEYS = {"model", "prompt_tokens", "completion_tokens"}


def _listed(document: Any) -> list[Any]:
    return document if isinstance(document, list) else [document]


def _is_log(document: Any) -> bool:
    rows = _listed(document)
    return bool(rows) and all(isinstance(row, Mapping) and set(row) >= _KEYS for row in rows)


def _records(document: Any, _: Faults) -> Iterator[Mapping[str, Any]]:
    yield from _listed(document)


FORMS = (
    Form("gateway-log", "a log of a gateway to language models", _of_log,
         headers=tuple(names(f"model prompt_tokens completion_tokens {time}") for time in _TIMES), fits=_is_log,
         records=_records, kinds=("ai_run",), choices={"timezone": "the zone of times without one",
                                                      "currency": "of the costs, which are left out without it"}),
)  # fmt: skip
