"""Accelerators: board power, memory and peak rates, each row with its source, and the names it goes by."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal

from build_record import BuildError, Dataset, Raw, Row, exact, plain
from build_words import record, written

COMPILED = "accelerators.csv"
EPOCH = "epoch_ml_hardware_2025-12-16.csv"
EPOCH_SOURCE = 'Epoch AI, Data on Machine Learning Hardware (CC BY 4.0), CSV of 2025-12-16, row "{}"'
UNVERIFIED = "unverified"
MOST_TFLOPS_PER_WATT = 12  # beyond it a rate is of another precision, or off by a unit

# our column → the column of the compilation, the column of Epoch's file with the unit it is to be divided by
CELLS = {
    "board_power_w": ("board_power_w", "TDP (W)", 1),
    "memory_gb": ("memory_gb", "Memory (bytes)", 10**9),
    "peak_dense_fp64_tflops": ("fp64_tflops", "FP64 (double precision) performance (FLOP/s)", 10**12),
    "peak_dense_fp32_tflops": ("fp32_tflops", "FP32 (single precision) performance (FLOP/s)", 10**12),
    "peak_dense_tf32_tflops": ("tf32_tflops_dense", "TF32 (TensorFloat-32) performance (FLOP/s)", 10**12),
    "peak_dense_fp16_tflops": ("bf16_fp16_tflops_dense", "Tensor-FP16/BF16 performance (FLOP/s)", 10**12),
    "peak_dense_fp8_tflops": ("fp8_tflops_dense", "FP8 performance (FLOP/s)", 10**12),
    "peak_dense_int8_tops": ("int8_tops_dense", "INT8 performance (OP/s)", 10**12),
    "peak_sparse_fp16_tflops": ("bf16_fp16_tflops_sparse", "", 1),
    "peak_sparse_fp8_tflops": ("fp8_tflops_sparse", "", 1),
}
HALF_RATE = "FP16 (half precision) performance (FLOP/s)"  # of a part without tensor cores
COLUMNS = (
    "hardware_id", "name", "aliases", "vendor", "kind", "form_factor", "board_power_w", "typical_power_low_w",
    "typical_power_high_w", "typical_power_source", *list(CELLS)[1:], "release_year", "source", "document",
    "verification", "official_columns", "note",
)  # fmt: skip


def dataset(raw: Raw) -> Dataset:
    """Every accelerator of our list of names. Raises BuildError with every fault found, one a line."""
    compiled = {f"{row['vendor']} {row['name']}": row for row in raw.rows(COMPILED)}
    epoch = {row["Hardware name"]: row for row in raw.rows(EPOCH)}
    names = written("hardware_names.csv")
    rows = []
    for entry in names:
        if entry["base"] == "compiled":
            rows.append(_of_compilation(entry, compiled[entry["row"]]))
        else:
            rows.append(_of_epoch(entry, epoch[entry["row"]]))
    faults = [*_faults(rows), *_agreement(names, compiled, epoch), *_forgotten(names, compiled)]
    if faults:
        raise BuildError("\n".join(faults))
    rows.sort(key=lambda row: row["hardware_id"])
    return Dataset(record(raw, "hardware", COMPILED, EPOCH), rows, COLUMNS, file_name="hardware")


def _of_compilation(entry: Row, found: Row) -> Row:
    if found["verification"].startswith(UNVERIFIED):
        raise BuildError(f"{entry['hardware_id']}: the row {entry['row']} is unverified and may not be shipped")
    ours = {theirs: name for name, (theirs, _, _) in CELLS.items()}
    official = [ours[name] for name in found["official_columns"].split(", ") if name]
    return {
        **_named(entry),
        **{name: plain(exact(found[theirs])) for name, (theirs, _, _) in CELLS.items() if found[theirs]},
        "form_factor": found["form_factor"],
        "release_year": found["release_date"][:4],
        "source": _in_our_words(found["source"]),
        "document": found["vendor_document"],
        "verification": "secondary",
        "official_columns": "|".join(official),
        "note": "; ".join(filter(None, [found["note"], entry["note"]])),
    }


def _in_our_words(source: str) -> str:
    """The source with our names of the columns."""
    theirs = {name: ours for ours, (name, _, _) in CELLS.items()} | {"release_date": "release_year"}
    return re.sub(r"[a-z0-9]+(?:_[a-z0-9]+)+", lambda found: theirs.get(found[0], found[0]), source).replace(
        "(columns not named below)", "(columns not named after it)"
    )


def _of_epoch(entry: Row, found: Row) -> Row:
    cells = {name: _epoch_cell(name, found) for name in entry["cells"].split("|") if name != "half"}
    if "half" in entry["cells"].split("|"):
        cells["peak_dense_fp16_tflops"] = plain(exact(found[HALF_RATE]) / 10**12)
    return {
        **_named(entry),
        **cells,
        "form_factor": entry["form_factor"],
        "release_year": found["Release date"][:4],
        "source": EPOCH_SOURCE.format(entry["row"]),
        "document": _first_address(found["Link to datasheet"]),
        "verification": "secondary",
        "note": entry["note"],
    }


def _named(entry: Row) -> Row:
    return {name: entry[name] for name in ("hardware_id", "name", "aliases", "vendor", "kind")}


def _epoch_cell(name: str, found: Row) -> str:
    _, theirs, unit = CELLS[name]
    if not found[theirs]:
        raise BuildError(f"{found['Hardware name']}: no {theirs}")
    return plain(exact(found[theirs]) / unit)


def _first_address(text: str) -> str:
    words = text.replace(";", " ").split()
    return words[0] if words else ""


def _faults(rows: Iterable[Row]) -> Iterable[str]:
    """Ids and names that stand twice, figures that cannot be, and rows without a source."""
    seen: dict[str, str] = {}
    for row in rows:
        for name in (row["hardware_id"], row["name"], *row["aliases"].split("|")):
            if name and seen.setdefault(name.casefold(), row["hardware_id"]) != row["hardware_id"]:
                yield f"{name}: names {row['hardware_id']} and {seen[name.casefold()]}"
        if not row["source"]:
            yield f"{row['hardware_id']}: no source"
        if not any(row.get(name) for name in CELLS):
            yield f"{row['hardware_id']}: no figure"
        yield from _impossible(row)


def _impossible(row: Row) -> Iterable[str]:
    for name in CELLS:
        if row.get(name) and Decimal(row[name]) <= 0:
            yield f"{row['hardware_id']}: {name} is not above zero"
    power = row.get("board_power_w")
    for name in (name for name in CELLS if power and name.startswith("peak_") and row.get(name)):
        if Decimal(row[name]) / Decimal(power) > MOST_TFLOPS_PER_WATT:
            yield f"{row['hardware_id']}: {name} over board power is beyond {MOST_TFLOPS_PER_WATT} TFLOP/s per W"
    for precision in ("fp16", "fp8"):
        dense, sparse = row.get(f"peak_dense_{precision}_tflops"), row.get(f"peak_sparse_{precision}_tflops")
        if dense and sparse and Decimal(sparse) <= Decimal(dense):
            yield f"{row['hardware_id']}: the sparse {precision} rate is not above the dense one"


def _agreement(names: Iterable[Row], compiled: Mapping[str, Row], epoch: Mapping[str, Row]) -> Iterable[str]:
    """A row that the compilation calls unverified is carried with those cells alone that both sources state alike."""
    for entry in names:
        if not entry["agrees_with"]:
            continue
        for name in entry["cells"].split("|"):
            theirs, column, unit = CELLS[name]
            one, other = exact(epoch[entry["row"]][column]) / unit, exact(compiled[entry["agrees_with"]][theirs])
            if one != other:
                yield f"{entry['hardware_id']}: {name} is {one} and {other}"


def _forgotten(names: Iterable[Row], compiled: Mapping[str, Row]) -> Iterable[str]:
    """Every row of the compilation is carried, or is unverified."""
    carried = {entry["row"] for entry in names if entry["base"] == "compiled"}
    for name, row in compiled.items():
        if name not in carried and not row["verification"].startswith(UNVERIFIED):
            yield f"{name}: not in hardware_names.csv"
