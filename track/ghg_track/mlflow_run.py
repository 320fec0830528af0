"""The run's energy as tags and metrics of an MLflow run, where MLflow is in use; it is never loaded for this."""

from __future__ import annotations

import sys
from decimal import Decimal
from typing import Any

from ghg_track.record import Record
from ghg_track.totals import PARTS


def write_mlflow(record: Record, mlflow_run: str) -> None:
    """Tags with the exact decimals and metrics that can be plotted, on one MLflow run. Raises what MLflow raises."""
    mlflow: Any = sys.modules["mlflow"]
    client = mlflow.MlflowClient()
    tags = {
        "ghg.run_id": record.who.run_id, "ghg.attempt": str(record.spool.attempt), "ghg.spool": str(record.spool.path),
    }  # fmt: skip
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
