"""The build: the same raw material gives the committed bytes, and what must not be shipped stops it."""

from __future__ import annotations

import hashlib
import shutil
from decimal import Decimal
from pathlib import Path

import pytest

DATA = Path(__file__).parent.parent.parent / "data"


@pytest.mark.needs("reference")
def test_build_gives_the_committed_bytes(raw, tmp_path):
    """build.py on the raw folder writes every dataset, record and the fuel properties byte for byte as committed."""
    import build

    datasets, fuels = build.built(raw)
    build.write_all(datasets, fuels, tmp_path, tmp_path / "fuel_properties.csv")
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    committed = {
        path.name: path.read_bytes()
        for path in [
            *(DATA / "factors").glob("*.csv"),
            *(DATA / "factors").glob("*.source.toml"),
            DATA / "fuel_properties.csv",
        ]
    }
    assert sorted(made) == sorted(committed)
    assert [name for name in made if made[name] != committed[name]] == []


@pytest.mark.needs("reference")
def test_files_that_may_not_be_shipped_cannot_be_read(raw):
    """A raw file marked reference-only, user-import or unverified stops the build where it is asked for."""
    from build_record import SHIPPED_USES, BuildError

    barred = [
        name
        for name, entry in raw.manifest.items()
        if entry["use"] not in SHIPPED_USES or entry["verification"] == "unverified"
    ]
    assert len(barred) > 10
    assert any("REFERENCE_ONLY" in name for name in barred)
    for name in barred:
        with pytest.raises(BuildError, match="may not be shipped"):
            raw.rows(name)


@pytest.mark.needs("reference")
def test_a_changed_raw_file_is_refused(raw, tmp_path):
    """A raw file whose fingerprint is not the manifest's is not read."""
    from build_record import BuildError, Raw

    name = "us_epa_hub_2024_t7_steam_heat.csv"
    shutil.copy(raw.folder / "MANIFEST.csv", tmp_path)
    (tmp_path / name).write_bytes((raw.folder / name).read_bytes().replace(b"66.33", b"66.34"))
    with pytest.raises(BuildError, match="not the file of the manifest"):
        Raw.at(tmp_path).rows(name)


def test_a_lost_digit_stops_the_build():
    """A number with a digit beyond 15 decimals is never rounded silently."""
    from build_record import BuildError, plain

    assert plain(Decimal("1E-15")) == "0.000000000000001"
    assert plain(Decimal("3033.38067000")) == "3033.38067"
    with pytest.raises(BuildError, match="significant digit"):
        plain(Decimal("1E-16"))


def test_quotients_round_half_away_from_zero_at_15_places():
    """Derived masses are rounded once, half away from zero."""
    from build_record import at_15_places, quotient

    assert quotient(Decimal(1), Decimal(28)) == Decimal("0.035714285714286")
    assert at_15_places(Decimal("0.0000000000000005")) == Decimal("1E-15")
    assert at_15_places(Decimal("-0.0000000000000005")) == Decimal("-1E-15")


def _factor(**more: str) -> dict[str, str]:
    row = {
        "factor_id": "x:1", "activity_type": "natural_gas", "kind": "average", "serves": "na", "line": "direct",
        "per_unit": "kWh", "calorific_basis": "gross", "valid_from": "2024-01-01", "valid_to": "2024-12-31",
        "co2e_published_kg_per_unit": "0.1",
    }  # fmt: skip
    return row | more


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ([_factor(), _factor(factor_id="x:2", per_unit="MWh")], "x:2 and x:1 tie"),
        ([_factor(), _factor()], "x:1: two factors have this id"),
        ([_factor(per_unit="furlong")], "'furlong' is not in units.csv"),
        ([_factor(country="UK")], "'UK' is not in countries.csv"),
        ([_factor(line="td_loss")], "no activity asks for natural_gas on the line td_loss"),
        ([_factor(co2e_published_kg_per_unit="")], "x:1: no amount"),
        ([_factor(co2_co2e_kg_per_unit="0.3")], "x:1: parts 0.3 of a total 0.1"),
        ([_factor()], "electricity_purchased: no factor of the type electricity"),
    ],
)
def test_every_fault_of_a_dataset_is_told(rows, fault):
    """Ties, doubled ids, unknown units and countries, rows nobody asks for and types nobody serves stop the build."""
    from build_checks import check
    from build_record import BuildError, Dataset

    with pytest.raises(BuildError) as told:
        check([Dataset({"dataset": "x"}, rows)], DATA)
    assert fault in str(told.value)


@pytest.mark.needs("reference")
def test_rows_say_which_raw_file_they_come_from(raw, factors, sources):
    """A factor's fingerprint is that of a raw file named in its source record, and the file has it."""
    for row in factors.values():
        files = {entry["sha256"]: entry["file"] for entry in sources[row["dataset"]]["files"]}
        assert row["source_sha256"] in files, row["factor_id"]
    for record in sources.values():
        for entry in record["files"]:
            assert hashlib.sha256((raw.folder / entry["file"]).read_bytes()).hexdigest() == entry["sha256"]
