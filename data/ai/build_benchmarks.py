"""Training benchmarks: minutes that accelerators took for a task, per round and number, from fastest to slowest."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from build_record import BuildError, Dataset, Raw, Row, plain
from build_words import record

RESULTS = "mlperf_training_pairs.csv"
HARDWARE = {
    "AMD MI300X": "amd-mi300x", "AMD MI325X": "amd-mi325x", "AMD MI350X": "amd-mi350x", "AMD MI355X": "amd-mi355x",
    "Google TPU v5e": "google-tpu-v5e", "Google TPU v5p": "google-tpu-v5p", "Google TPU v6e": "google-tpu-v6e",
    "Intel Gaudi2": "intel-gaudi-2", "NVIDIA A100 PCIe 80GB": "nvidia-a100-pcie-80gb",
    "NVIDIA A100 SXM 40GB": "nvidia-a100-sxm4-40gb", "NVIDIA A100 SXM 80GB": "nvidia-a100-sxm4-80gb",
    "NVIDIA A40": "nvidia-a40", "NVIDIA B200": "nvidia-b200", "NVIDIA GB200": "nvidia-gb200",
    "NVIDIA H100 NVL": "nvidia-h100-nvl-94gb", "NVIDIA H100 PCIe": "nvidia-h100-pcie-80gb",
    "NVIDIA H100 SXM": "nvidia-h100-sxm5-80gb", "NVIDIA H200 SXM": "nvidia-h200-sxm-141gb", "NVIDIA L4": "nvidia-l4",
    "NVIDIA L40": "nvidia-l40", "NVIDIA L40S": "nvidia-l40s", "NVIDIA RTX 4090": "nvidia-rtx-4090",
    "NVIDIA RTX A5000": "nvidia-rtx-a5000",
}  # fmt: skip
"""The names of accelerators that stand for a part of hardware.csv; special builds and other parts are left out."""
COLUMNS = (
    "benchmark", "round", "accelerators", "hardware_id", "results", "preview_results", "low_minutes", "low_by",
    "high_minutes", "high_by", "source", "verification",
)  # fmt: skip


def dataset(raw: Raw, hardware: set[str]) -> Dataset:
    """One row per benchmark, round, number and part, where at least two parts can be compared. Raises BuildError."""
    if unknown := set(HARDWARE.values()) - hardware:
        raise BuildError(f"{', '.join(sorted(unknown))}: not in hardware.csv")
    found: dict[tuple[str, str, int], dict[str, list[Row]]] = {}
    for row in raw.rows(RESULTS):
        if part := HARDWARE.get(row["accelerator_family"]):
            key = (row["benchmark"], row["round"], int(row["accelerators_total"]))
            found.setdefault(key, {}).setdefault(part, []).append(row)
    rows = [row for key in sorted(found) if len(found[key]) > 1 for row in _of_number(key, found[key])]
    return Dataset(
        record(raw, "training-benchmarks", RESULTS), rows, COLUMNS, file_name="training_benchmarks"
    )  # fmt: skip


def _of_number(key: tuple[str, str, int], parts: dict[str, list[Row]]) -> Iterable[Row]:
    benchmark, number_of_round, accelerators = key
    for part in sorted(parts):
        ordered = sorted(parts[part], key=lambda row: (Decimal(row["score_minutes"]), row["submitter"]))
        if Decimal(ordered[0]["score_minutes"]) <= 0:
            raise BuildError(f"{key} {part}: no time above zero")
        low, high = ordered[0], ordered[-1]
        commits = ", ".join(sorted({row["repo_commit"] for row in ordered}))
        yield {
            "benchmark": benchmark, "round": number_of_round, "accelerators": str(accelerators), "hardware_id": part,
            "results": str(len(ordered)),
            "preview_results": str(sum(row["status"].casefold() == "preview" for row in ordered)),
            "low_minutes": plain(Decimal(low["score_minutes"])), "low_by": _by(low),
            "high_minutes": plain(Decimal(high["score_minutes"])), "high_by": _by(high),
            "source": f"mlcommons/training_results_{number_of_round} ({commits}), closed division",
            "verification": "secondary",
        }  # fmt: skip


def _by(row: Row) -> str:
    return f"{row['submitter']}, {row['system_id']}"
