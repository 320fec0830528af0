"""Make the shipped data about AI hardware and clouds: ``python data/ai/build_ai.py RAW_FOLDER``.

The raw folder is that of ``data/factors/build.py``: compilations as CSV beside a MANIFEST.csv with fingerprints,
licences and use. ``hardware.csv``, ``cloud_regions.csv``, ``cloud_measures.csv``, ``cloud_grid.csv``,
``embodied.csv``, ``training_benchmarks.csv`` and ``transfer_energy.csv`` are written into ``data/``, each with its
source record; the same raw files give the same bytes. Nothing is written when a check fails.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
DATA = HERE.parent
sys.path.insert(0, str(DATA / "factors"))  # the raw folder is read and the files are written as for the factors

import build_benchmarks  # noqa: E402  its folder is that of this script
import build_embodied  # noqa: E402
import build_grid  # noqa: E402
import build_hardware  # noqa: E402
import build_measures  # noqa: E402
import build_regions  # noqa: E402
import build_transfer  # noqa: E402
from build_record import BuildError, Dataset, Raw, write  # noqa: E402


def built(raw: Raw, data: Path = DATA) -> list[Dataset]:
    """The seven datasets, checked against one another and against the catalogue in ``data``. Raises BuildError."""
    hardware = build_hardware.dataset(raw)
    known = {row["hardware_id"] for row in hardware.rows}
    measures = build_measures.dataset(raw)
    regions = build_regions.dataset(raw, data, measures.rows)
    grid = build_grid.dataset(raw, regions.rows)
    benchmarks = build_benchmarks.dataset(raw, known)
    embodied, transfer = build_embodied.dataset(raw, known), build_transfer.dataset(raw)
    return [hardware, regions, measures, grid, embodied, benchmarks, transfer]


def main(arguments: Sequence[str]) -> int:
    """Build, write and say how many rows each file has; 1 and the fault when something does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("raw_folder", type=Path, help="the folder that holds MANIFEST.csv")
    try:
        datasets = built(Raw.at(parser.parse_args(arguments).raw_folder))
    except BuildError as fault:
        print(fault, file=sys.stderr)
        return 1
    for dataset in datasets:
        write(dataset, DATA)
        print(f"{dataset.file_name:24}{len(dataset.rows):6} rows")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
