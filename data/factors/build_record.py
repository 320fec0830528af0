"""What every dataset is made with: the raw folder, exact decimals, the canonical columns, the two files written."""

from __future__ import annotations

import csv
import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from ledger.factors.published import (
    AMOUNTS,
    COLUMNS,
    Row,
    amounts,
    at_15_places,
    exact,
    of_double,
    plain,
    quotient,
    times,
    total,
)
from ledger.factors.published import Unconvertible as BuildError

__all__ = [
    "AMOUNTS", "COLUMNS", "BuildError", "Dataset", "Raw", "Row", "amounts", "at_15_places", "exact", "of_double",
    "plain", "quotient", "source_record", "times", "total", "write",
]  # fmt: skip

RECORDS = Path(__file__).parent / "records.toml"
SHIPPED_USES = {"embed", "embed-after-check"}



@dataclass(frozen=True, slots=True)
class Raw:
    """The folder of raw material with its manifest; only files meant to be shipped can be read."""

    folder: Path
    manifest: Mapping[str, Mapping[str, str]]

    @classmethod
    def at(cls, folder: Path) -> Raw:
        """The raw folder with its MANIFEST.csv. Raises BuildError where there is none."""
        path = folder / "MANIFEST.csv"
        if not path.is_file():
            raise BuildError(f"{path} is missing: give the folder that holds MANIFEST.csv")
        with path.open(newline="", encoding="utf-8") as file:
            return cls(folder, {row["file"]: row for row in csv.DictReader(file)})

    def rows(self, name: str) -> list[Row]:
        """The rows of a raw CSV, comments (#) left out, after its fingerprint and its licence to ship are checked."""
        return list(csv.DictReader(line for line in self._text(name).splitlines() if not line.startswith("#")))

    def values(self, name: str) -> Any:
        """What a raw JSON file says, its numbers exact, after its fingerprint and its licence to ship are checked."""
        return json.loads(self._text(name), parse_float=Decimal)

    def sha256(self, name: str) -> str:
        """The manifest's fingerprint of a raw file."""
        return self.manifest[name]["sha256"]

    def _text(self, name: str) -> str:
        entry = self.manifest.get(name)
        if entry is None or entry["use"] not in SHIPPED_USES or entry["verification"] == "unverified":
            raise BuildError(f"{name} may not be shipped ({entry['use'] if entry else 'not in the manifest'})")
        data = (self.folder / name).read_bytes()
        if hashlib.sha256(data).hexdigest() != entry["sha256"]:
            raise BuildError(f"{name} is not the file of the manifest")
        return data.decode("utf-8")


@dataclass(slots=True)
class Dataset:
    """A dataset on its way to two files: rows in canonical columns and the source record."""

    source: dict[str, object]
    rows: list[Row]
    columns: Sequence[str] = COLUMNS
    gases: list[Row] = field(default_factory=list)
    file_name: str = ""

    @property
    def name(self) -> str:
        """The dataset's name."""
        return str(self.source["dataset"])

    @property
    def holds_factors(self) -> bool:
        """Whether the rows are emission factors, not a table of another kind."""
        return self.columns is COLUMNS


def source_record(raw: Raw, name: str, *files: str, year: int | None = None) -> dict[str, object]:
    """The source record of a dataset: its section of records.toml with fingerprints and origins of the raw files.

    Args:
        raw: the raw folder.
        name: the section, and the dataset's name, followed by the year where one is given.
        files: the raw files it is made from, the chief one first.
        year: the edition, for a section that holds for several years ({year} in its text).
    """
    with RECORDS.open("rb") as file:
        section = tomllib.load(file)[name]
    only = section.pop("only", {}).get(str(year), {})
    caveats = [*section.pop("caveats"), *only.pop("caveats", [])]
    text = {**section, **only, "caveats": caveats}
    if year is not None:
        text = _filled(text, str(year)) | {"edition": str(year)}
    dataset = name if year is None else f"{name}-{year}"
    return {
        "dataset": dataset,
        **{key: text[key] for key in ("edition", "version", "title", "publisher", "published")},
        "home_country": text["home_country"],
        "international_rank": text["international_rank"],
        "licence": text["licence"],
        "redistributable": True,
        "attribution": text["attribution"],
        "origin": "; ".join(dict.fromkeys(raw.manifest[file]["origin"] for file in files)),
        "source_sha256": raw.sha256(files[0]),
        **{key: text[key] for key in ("publishers_file_sha256",) if key in text},
        **{key: text[key] for key in ("gwp_set", "edition_basis", "valid_from", "valid_to")},
        "life_cycle": text.get("life_cycle", False),
        "verification": text.get("verification", "official"),
        "caveats": text["caveats"],
        "files": [{"file": file, "sha256": raw.sha256(file), "origin": raw.manifest[file]["origin"]} for file in files],
    }


def _filled(text: Mapping[str, object], year: str) -> dict[str, object]:
    """The section with its year put in; brackets stand nowhere else."""
    return {
        key: value.replace("{year}", year)
        if isinstance(value, str)
        else [item.replace("{year}", year) for item in value]
        if isinstance(value, list)
        else value
        for key, value in text.items()
    }


def write(dataset: Dataset, folder: Path) -> None:
    """Write the CSV, the species rows where there are any, and the source record."""
    stem = dataset.file_name or dataset.name
    _write_csv(folder / f"{stem}.csv", dataset.columns, dataset.rows)
    if dataset.gases:
        _write_csv(folder / f"{stem}.gases.csv", ("factor_id", "species", "value", "as"), dataset.gases)
    (folder / f"{stem}.source.toml").write_text(_toml(dataset.source), encoding="utf-8")


def _write_csv(path: Path, columns: Sequence[str], rows: Iterable[Row]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _toml(source: Mapping[str, object]) -> str:
    lines, tables = [], []
    for key, value in source.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            for entry in value:
                tables += ["", f"[[{key}]]", *(f"{name} = {_toml_value(item)}" for name, item in entry.items())]
        elif isinstance(value, list):
            lines += [f"{key} = [", *(f"    {_toml_value(item)}," for item in value), "]"]
        else:
            lines.append(f"{key} = {_toml_value(value)}")
    return "\n".join([*lines, *tables, ""])


def _toml_value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return json.dumps(value, ensure_ascii=False)  # a TOML basic string escapes as JSON does
