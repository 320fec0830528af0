"""Make the shipped factor datasets from the raw material: ``python data/factors/build.py RAW_FOLDER``.

The raw folder holds the publishers' figures as CSV beside a MANIFEST.csv with fingerprints, licences and use. The
datasets, their source records and ``data/fuel_properties.csv`` are written in place; the same raw files give the same
bytes. Nothing is written when a check fails.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Sequence
from pathlib import Path

import build_desnz
import build_epa
import build_gwp
import build_supply_chain
import build_tables
from build_checks import check
from build_record import BuildError, Dataset, Raw, Row, write

DATA = Path(__file__).resolve().parent.parent


def built(raw: Raw, data: Path = DATA) -> tuple[list[Dataset], list[Row]]:
    """Every dataset, checked against the catalogue in ``data``, and the fuel properties. Raises BuildError."""
    datasets = [
        *build_gwp.datasets(raw),
        *build_desnz.datasets(raw),
        *build_epa.datasets(raw),
        *build_supply_chain.datasets(raw),
        *build_tables.datasets(raw, data / "countries.csv"),
    ]
    check(datasets, data)
    return datasets, build_tables.fuel_properties(raw)


def write_all(datasets: Sequence[Dataset], fuels: Sequence[Row], folder: Path, fuel_file: Path) -> None:
    """Write every dataset into ``folder`` and the fuel properties into ``fuel_file``."""
    for dataset in datasets:
        write(dataset, folder)
    with fuel_file.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, build_tables.FUEL_COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(fuels)


def main(arguments: Sequence[str]) -> int:
    """Build, write and say how many rows each dataset has; 1 and the faults when something does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("raw_folder", type=Path, help="the folder that holds MANIFEST.csv")
    try:
        datasets, fuels = built(Raw.at(parser.parse_args(arguments).raw_folder))
    except BuildError as fault:
        print(fault, file=sys.stderr)
        return 1
    write_all(datasets, fuels, DATA / "factors", DATA / "fuel_properties.csv")
    for dataset in datasets:
        print(f"{dataset.name:24}{len(dataset.rows):6} rows")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
