"""The shipped data about AI hardware and clouds: sources, ranges, places that exist, the raw files."""

from __future__ import annotations

import csv
import hashlib
import shutil
import sys
import tomllib
from decimal import Decimal
from pathlib import Path

import pytest

DATA = Path(__file__).parent.parent.parent / "data"
FILES = (
    "hardware", "cloud_regions", "cloud_measures", "cloud_grid", "embodied", "training_benchmarks", "transfer_energy"
)  # fmt: skip
WORDS = {"official", "secondary", "vendor"}

sys.path.insert(0, str(DATA / "ai"))  # build_ai.py is a script beside its modules, in no package


@pytest.fixture(scope="module")
def files() -> dict[str, list[dict[str, str]]]:
    """The rows of the seven files."""
    found = {}
    for name in FILES:
        with (DATA / f"{name}.csv").open(newline="", encoding="utf-8") as file:
            found[name] = list(csv.DictReader(file))
    return found


def test_there_is_enough_of_each(files):
    """At least 25 accelerators, most with a board power, 120 regions of three providers, 40 embodied figures."""
    assert len(files["hardware"]) >= 25
    assert sum(row["board_power_w"] != "" for row in files["hardware"]) >= 70
    assert len(files["cloud_regions"]) >= 120
    assert {row["provider"] for row in files["cloud_regions"]} == {"aws", "azure", "gcp"}
    assert len(files["embodied"]) >= 40


@pytest.mark.parametrize("name", FILES)
def test_every_row_has_a_source_and_says_how_well_it_is_backed(files, name):
    """No row stands without a source, and its verification is one of the words."""
    assert [row for row in files[name] if not row["source"] or row["verification"] not in WORDS] == []


@pytest.mark.parametrize("name", FILES)
def test_every_file_has_a_source_record(name):
    """Beside each file stand title, licence, attribution, caveats and the raw files with fingerprint and licence."""
    record = tomllib.loads((DATA / f"{name}.source.toml").read_text(encoding="utf-8"))
    assert all(record[key] for key in ("title", "licence", "attribution", "caveats", "files"))
    assert record["redistributable"] is True
    assert all(len(entry["sha256"]) == 64 and entry["licence"] for entry in record["files"])


def test_attributions_stand_in_the_notice():
    """What a licence asks to be named is named in NOTICE."""
    notice = (DATA.parent / "NOTICE").read_text(encoding="utf-8")
    for words in (
        "Data on Machine Learning Hardware",
        "region-carbon-info",
        "cloud-regions-info",
        "Carbon Modeling Tool",
        "trademarks of MLCommons",
    ):
        assert words in notice


def test_figures_of_hardware_are_above_zero(files):
    """Power, memory and rates are blank or above zero, and a sparse rate is above the dense one."""
    columns = [name for name in files["hardware"][0] if name.startswith(("board_", "memory_", "peak_"))]
    assert len(columns) == 10
    for row in files["hardware"]:
        assert all(Decimal(row[name]) > 0 for name in columns if row[name]), row["hardware_id"]
        for precision in ("fp16", "fp8"):
            dense, sparse = row[f"peak_dense_{precision}_tflops"], row[f"peak_sparse_{precision}_tflops"]
            assert not (dense and sparse) or Decimal(sparse) > Decimal(dense), row["hardware_id"]


def test_official_cells_are_there(files):
    """A cell that is called official is not blank, and is a column of the file."""
    official = [(row, name) for row in files["hardware"] for name in row["official_columns"].split("|") if name]
    assert len(official) > 15
    assert [row["hardware_id"] for row, name in official if not row[name]] == []


def test_names_of_hardware_are_unique(files):
    """No id, name or alias stands for two accelerators, upper and lower case aside."""
    seen: dict[str, str] = {}
    for row in files["hardware"]:
        for name in {text.casefold() for text in (row["hardware_id"], row["name"], *row["aliases"].split("|")) if text}:
            assert seen.setdefault(name, row["hardware_id"]) == row["hardware_id"]


def test_no_pue_is_below_one_and_the_unknown_is_blank(files):
    """A PUE is at least 1.01 with year and source, and where nobody publishes one the cell is blank, not 1."""
    known = [row for row in files["cloud_regions"] if row["pue"]]
    assert 60 <= len(known) < len(files["cloud_regions"]) - 50
    for row in known:
        assert Decimal("1.01") <= Decimal(row["pue"]) < 2, row
        assert 2022 <= int(row["pue_year"]) <= 2025
        assert row["pue_source"]


def test_no_water_figure_was_filled_in(files):
    """A global mean that stands in for what a provider does not publish is no figure of the region."""
    assert [row["region"] for row in files["cloud_regions"] if "fill value" in row["wue_note"]] == []
    known = [row for row in files["cloud_regions"] if row["wue_l_per_kwh"]]
    assert len(known) > 30
    assert all(Decimal(row["wue_l_per_kwh"]) >= 0 and row["wue_year"] and row["wue_source"] for row in known)


def test_places_exist(files, table, factors):
    """Countries are those of countries.csv; grid regions are subregions of the shipped eGRID, in the United States."""
    countries = {row["country"] for row in table("countries.csv")}
    subregions = {row["region"] for row in factors.values() if row["dataset"] == "egrid-2023"} - {""}
    assert len(subregions) == 27
    for row in files["cloud_regions"]:
        assert row["country"] in countries
        assert row["grid_region"] in subregions | {""}
        assert not row["grid_region"] or (row["country"] == "US" and row["grid_region_basis"])


def test_zones_lie_in_their_country(files):
    """An Electricity Maps zone begins with the code of the country, and says what it rests on."""
    zones = [row for row in files["cloud_regions"] if row["zone"]]
    assert len(zones) > 100
    assert [row["region"] for row in zones if row["zone"].split("-")[0] != row["country"]] == []
    assert all(row["zone_basis"] for row in zones)


def test_stated_grids_are_of_known_regions(files):
    """Each is of a region that is held, in kg/kWh, and two that lost their decimal point are not there."""
    regions = {(row["provider"], row["region"]) for row in files["cloud_regions"]}
    assert len(files["cloud_grid"]) >= 90
    for row in files["cloud_grid"]:
        assert (row["provider"], row["region"]) in regions
        assert 0 <= Decimal(row["kg_co2e_per_kwh"]) < Decimal("1.2")
    assert ("azure", "germanywestcentral") not in {(row["provider"], row["region"]) for row in files["cloud_grid"]}


def test_embodied_subjects_are_known(files):
    """An accelerator's embodied carbon is of a known accelerator; components are named kind and variant."""
    known = {row["hardware_id"] for row in files["hardware"]}
    assert {row["subject"] for row in files["embodied"] if row["kind"] == "accelerator"} <= known
    assert all(":" in row["subject"] for row in files["embodied"] if row["kind"] != "accelerator")
    assert all(Decimal(row["kg_co2e"]) > 0 and row["boundary"] and row["per"] for row in files["embodied"])


def test_benchmarks_can_be_compared(files):
    """Every task, round and number has two parts or more that are known, the fastest no slower than the slowest."""
    groups: dict[tuple[str, str, str], set[str]] = {}
    known = {row["hardware_id"] for row in files["hardware"]}
    for row in files["training_benchmarks"]:
        groups.setdefault((row["benchmark"], row["round"], row["accelerators"]), set()).add(row["hardware_id"])
        assert 0 < Decimal(row["low_minutes"]) <= Decimal(row["high_minutes"])
        assert int(row["preview_results"]) <= int(row["results"])
        assert row["hardware_id"] in known
    assert all(len(parts) > 1 for parts in groups.values())
    a100, h100 = (
        next(
            row
            for row in files["training_benchmarks"]
            if (row["benchmark"], row["round"], row["accelerators"], row["hardware_id"]) == ("bert", "v2.1", "8", part)
        )
        for part in ("nvidia-a100-sxm4-80gb", "nvidia-h100-sxm5-80gb")
    )
    assert (a100["low_minutes"], a100["high_minutes"], h100["low_minutes"]) == ("16.5488", "19.6175", "6.378")


def test_measures_are_one_a_year_and_the_newest_stands_by_the_region(files):
    """No region has two figures of a measure and year, and the region's row repeats the newest of each measure."""
    newest: dict[tuple[str, str, str], dict[str, str]] = {}
    seen = set()
    for row in files["cloud_measures"]:
        key = (row["provider"], row["region"], row["measure"])
        assert (*key, row["year"]) not in seen
        seen.add((*key, row["year"]))
        if key not in newest or row["year"] > newest[key]["year"]:
            newest[key] = row
    assert sum(row["measure"] == "pue" and row["year"] == "2025" for row in files["cloud_measures"]) == 41
    for row in files["cloud_regions"]:
        for measure, prefix in (("pue", "pue"), ("wue_l_per_kwh", "wue"), ("cfe_share", "cfe")):
            found = newest.get((row["provider"], row["region"], measure), {"value": "", "year": "", "source": ""})
            told = (row[measure], row[f"{prefix}_year"], row[f"{prefix}_source"])
            assert told == (found["value"], found["year"], found["source"])


def test_the_mean_of_an_area_is_no_figure_of_the_region(files):
    """Where a provider states a mean of an area alone it stands in a column of its own, with its year and source."""
    stated = [row for row in files["cloud_regions"] if row["area_pue"]]
    assert len(stated) > 30
    for row in stated:
        assert not row["pue"]
        assert row["area_pue_year"] == "2025"
        assert all((row["area_pue_of"], row["area_pue_source"]))
    assert not [row for row in stated if row["country"] == "CN"], "run by another company there"


@pytest.mark.needs("reference")
def test_build_gives_the_committed_bytes(raw, tmp_path):
    """build_ai.py on the raw folder writes every file and record byte for byte as committed."""
    import build_ai
    from build_record import write

    for dataset in build_ai.built(raw):
        write(dataset, tmp_path)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert sorted(made) == sorted(f"{name}{end}" for name in FILES for end in (".csv", ".source.toml"))
    assert [name for name in made if made[name] != (DATA / name).read_bytes()] == []


@pytest.mark.needs("reference")
def test_raw_files_are_those_of_the_records(raw):
    """Each raw file has the fingerprint of the record, and the manifest allows it to be passed on."""
    for name in FILES:
        for entry in tomllib.loads((DATA / f"{name}.source.toml").read_text(encoding="utf-8"))["files"]:
            assert hashlib.sha256((raw.folder / entry["file"]).read_bytes()).hexdigest() == entry["sha256"]
            assert raw.manifest[entry["file"]]["use"] in {"embed", "embed-after-check"}


@pytest.mark.needs("reference")
def test_unverified_rows_are_not_carried(raw, files):
    """Accelerators and regions that the raw files call unverified are left out, the B200's agreed cells aside."""
    unverified = {row["name"] for row in raw.rows("accelerators.csv") if row["verification"].startswith("unverified")}
    assert len(unverified) == 6
    carried = {row["hardware_id"] for row in files["hardware"]}
    for name in ("a10g", "b300", "gb300", "tpu-v7", "trainium3"):
        assert not [one for one in carried if name in one.split("nvidia-")[-1].split("-") or one.endswith(name)]
    barred = {
        (row["provider"], row["region"])
        for row in raw.rows("cloud_regions.csv")
        if row["verification"].startswith("unverified")
    }
    assert len(barred) == 6
    assert barred & {(row["provider"], row["region"]) for row in files["cloud_regions"]} == set()


@pytest.mark.needs("reference")
def test_no_zone_of_a_list_that_may_not_be_passed_on(raw, files):
    """A zone that the raw file has from the copyleft list alone is blank, or the country's code that others have."""
    listed = {(row["provider"], row["region"]): row for row in raw.rows("cloud_regions.csv")}
    copyleft = 0
    for row in files["cloud_regions"]:
        if "electricitymaps" in listed[row["provider"], row["region"]]["grid_zone_source"]:
            copyleft += 1
            assert row["zone"] in {"", row["country"]}
    assert copyleft > 30


@pytest.mark.needs("reference")
def test_a_compilation_that_contradicts_google_stops_the_build(raw, tmp_path):
    """A carbon-free share that is not the one in Google's own file is a fault, told with both figures."""
    import build_measures
    from build_record import BuildError, Raw

    for name in ("MANIFEST.csv", "cloud_regions.csv", "gcp_region_carbon_2019-2024.csv"):
        shutil.copy(raw.folder / name, tmp_path)
    changed = (tmp_path / "cloud_regions.csv").read_bytes().replace(b",0.98,2024", b",0.97,2024")
    (tmp_path / "cloud_regions.csv").write_bytes(changed)
    manifest = (tmp_path / "MANIFEST.csv").read_text(encoding="utf-8")
    digest = raw.sha256("cloud_regions.csv")
    (tmp_path / "MANIFEST.csv").write_text(manifest.replace(digest, hashlib.sha256(changed).hexdigest()))
    with pytest.raises(BuildError, match=r"carbon-free share 0\.97, in Google's file 0\.98"):
        build_measures.dataset(Raw.at(tmp_path))


def _part(**more: str) -> dict[str, str]:
    return {"hardware_id": "x", "name": "X", "aliases": "", "source": "sheet", "board_power_w": "300"} | more


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ([_part(), _part(hardware_id="y", name="Y", aliases="z|x")], "x: names y and x"),
        ([_part(source="")], "x: no source"),
        ([_part(board_power_w="")], "x: no figure"),
        ([_part(board_power_w="-1")], "x: board_power_w is not above zero"),
        ([_part(peak_dense_fp16_tflops="9000")], "peak_dense_fp16_tflops over board power"),
        ([_part(peak_dense_fp8_tflops="900", peak_sparse_fp8_tflops="900")], "the sparse fp8 rate is not above"),
    ],
)
def test_faults_of_hardware_are_told(rows, fault):
    """Doubled names, missing sources, impossible figures and a sparse rate that is the dense one are named."""
    import build_hardware

    assert any(fault in told for told in build_hardware._faults(rows))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"country": "UK"}, "the country 'UK' is not in countries.csv"),
        ({"grid_region": "XXXX"}, "'XXXX' is no subregion"),
        ({"pue": "0.99"}, "a PUE of 0.99"),
        ({"wue_l_per_kwh": "-0.1"}, "a WUE of -0.1"),
    ],
)
def test_faults_of_regions_are_told(change, fault):
    """Unknown countries and subregions, and a PUE below one, stop the build."""
    import build_regions

    row = {"provider": "aws", "region": "r", "country": "US"} | change
    assert any(fault in told for told in build_regions._faults([row], {"US"}, {"CAMX"}))
