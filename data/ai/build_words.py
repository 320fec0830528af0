"""What a person wrote for the AI data: the source records, and the lists of names and places beside this script."""

from __future__ import annotations

import csv
import tomllib
from pathlib import Path

from build_record import Raw, Row

HERE = Path(__file__).parent


def written(name: str) -> list[Row]:
    """The rows of a list in this folder."""
    with (HERE / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def record(raw: Raw, name: str, *files: str) -> dict[str, object]:
    """The source record of a file: its section of records.toml, with fingerprint, licence and origin of the raw files.

    Args:
        raw: the raw folder.
        name: the section, and the dataset's name.
        files: the raw files it is made from, the chief one first.
    """
    with (HERE / "records.toml").open("rb") as file:
        section = tomllib.load(file)[name]
    caveats = section.pop("caveats")
    parts = [(file, raw.manifest[file]) for file in files]
    return {
        "dataset": name,
        **section,
        "redistributable": True,
        "caveats": caveats,
        "files": [
            {"file": file, "sha256": raw.sha256(file), "licence": entry["licence"], "origin": entry["origin"]}
            for file, entry in parts
        ],
    }
