"""Typed rows of runs of AI models. PUE and utilisation have findings of their own, with what was probably meant."""

from __future__ import annotations

from schemas.frame import columns_of, not_after, schema, unbounded
from schemas.kinds import KINDS

SCHEMA = schema(
    columns_of(
        " ".join(name for name in KINDS["ai_run"].columns if name != "timezone"),
        "run_id attempt stage outcome state component start_utc end_utc withdrawn",
    )
    | {name: unbounded(name) for name in ("pue", "utilisation")},
    not_after("start_utc", "end_utc"),
)
