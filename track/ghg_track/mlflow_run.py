"""The run's energy as tags and metrics of an MLflow run, where MLflow is in use; it is never loaded for this.

MLflow asks :class:`RunContext` for the tags of every run that begins (entry point `mlflow.run_context_provider`): one
that begins inside of `track` bears the tracked run's id from its first moment, and is told its energy at the end.
"""

from __future__ import annotations

import sys
from decimal import Decimal
from typing import Any

from ghg_track.record import Record
from ghg_track.totals import PARTS


class RunContext:
    """What MLflow asks when a run begins: which tracked run it is in. It has the methods of `RunContextProvider`."""

    def in_context(self) -> bool:
        """Whether a run is being tracked in this process."""
        return bool(_tracked) and _tracked[-1].is_ours

    def tags(self) -> dict[str, str]:
        """The tags that lead from the MLflow run to the lines."""
        record = _tracked[-1]
        _begun[id(record)] = _begun.get(id(record), 0) + 1
        return identity_tags(record)


_tracked: list[Record] = []
"""The records of `with track(…)` that this process is inside of, the innermost last."""
_begun: dict[int, int] = {}
"""How many MLflow runs have begun inside of each."""


def enter_tracking(record: Record) -> None:
    """From now on runs of MLflow that begin are of this record."""
    _tracked.append(record)


def leave_tracking(record: Record) -> str | None:
    """No longer; gives the MLflow run that began inside and has ended, where there was one alone."""
    if record in _tracked:
        _tracked.remove(record)
    if _begun.pop(id(record), 0) != 1:
        return None  # the energy of several cannot be told apart
    fluent: Any = sys.modules.get("mlflow.tracking.fluent")
    try:
        last = fluent._last_active_run_id.get()  # noqa: SLF001 — what is public asks the server, which may hang
    except Exception:  # noqa: BLE001 — another version of somebody else's library
        return None
    return None if last is None else str(last)


def identity_tags(record: Record) -> dict[str, str]:
    """Run, attempt and file of a record."""
    return {
        "ghg.run_id": record.who.run_id, "ghg.attempt": str(record.spool.attempt), "ghg.spool": str(record.spool.path),
    }  # fmt: skip


def write_mlflow(record: Record, mlflow_run: str) -> None:
    """Tags with the exact decimals and metrics that can be plotted, on one MLflow run. Raises what MLflow raises."""
    mlflow: Any = sys.modules["mlflow"]
    client = mlflow.MlflowClient()
    tags = identity_tags(record) | {f"ghg.{name}": text for name, text in record.about.items()}
    if record.span is not None:
        tags["ghg.start_utc"], tags["ghg.end_utc"] = record.span
    metrics: dict[str, Decimal] = {}
    last = record.last
    if last is not None and last.wh:
        tags["ghg.energy_kwh"] = format(last.all_wh / 1000, "f")
        tags["ghg.energy_level"] = "chip" if last.pue is None else "facility"
        tags["ghg.estimated"] = ",".join(p for p in PARTS if p in last.wh and record.method[p] in {"model", "tdp"})
        metrics["ghg_energy_kwh"] = last.all_wh / 1000
        metrics |= {f"ghg_{part}_energy_kwh": wh / 1000 for part, wh in last.wh.items()}
        if last.co2e_kg is not None and (last.country or last.cloud_region):
            tags["ghg.codecarbon_co2e_kg"] = format(last.co2e_kg, "f")
    for key, text in tags.items():
        client.set_tag(mlflow_run, key, text)
    for key, value in metrics.items():
        client.log_metric(mlflow_run, key, float(value))
