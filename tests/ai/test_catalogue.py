"""The catalogue of AI hardware, cloud regions and embodied carbon: what a name finds, and what it does not."""

from __future__ import annotations

import csv
from decimal import Decimal

import pytest

from ledger.ai import catalogue
from ledger.errors import Misuse


@pytest.mark.parametrize(
    ("name", "hardware_id"),
    [
        ("NVIDIA A100-SXM4-80GB", "nvidia-a100-sxm4-80gb"),
        ("A100 SXM4 80 GB", "nvidia-a100-sxm4-80gb"),
        ("8 x NVIDIA A100 80GB PCIe", "nvidia-a100-pcie-80gb"),
        ("NVIDIA H100 80GB HBM3", "nvidia-h100-sxm5-80gb"),
        ("h100 sxm", "nvidia-h100-sxm5-80gb"),
        ("H100 NVL", "nvidia-h100-nvl-94gb"),
        ("2 x Tesla V100S-PCIE-32GB", "nvidia-v100s-pcie-32gb"),
        ("t4", "nvidia-t4"),
        ("L4", "nvidia-l4"),
        ("TPU v4", "google-tpu-v4"),
        ("TPUv3 Chip", "google-tpu-v3"),
        ("tpu-v5-lite-podslice", "google-tpu-v5e"),
        ("AMD Instinct MI300X 192GB HBM3", "amd-mi300x"),
        ("AMD Instinct MI325X OAM 256GB", "amd-mi325x"),
        ("Intel(R) Gaudi(R) 2 AI Accelerator", "intel-gaudi-2"),
        ("NVIDIA Blackwell GPU (B200-SXM-180GB)", "nvidia-b200"),
        ("rtx4090", "nvidia-rtx-4090"),
        ("nvidia-a40", "nvidia-a40"),
    ],
)
def test_names_as_programs_and_papers_write_them(name, hardware_id):
    """Driver names, price lists, cloud labels and short names that only one part has are found, counts aside."""
    assert catalogue.hardware(name).hardware_id == hardware_id


@pytest.mark.parametrize(
    ("name", "variants"),
    [
        ("A100", 4),
        ("h100", 3),
        ("A100 PCIe 40/80GB", 2),
        ("Tesla V100", 4),
        ("A100 80GB", 2),
    ],
)
def test_a_short_name_proposes_the_variants(name, variants):
    """Where several parts have a name, none is taken and all of them are named."""
    with pytest.raises(Misuse) as told:
        catalogue.hardware(name)
    assert told.value.code == "hardware-ambiguous"
    found = catalogue.variants(name)
    assert len(found) == variants
    assert all(part.hardware_id in str(told.value) for part in found)


@pytest.mark.parametrize(
    "name",
    ["H1000", "RTX 2080", "RTX 3080 Ti", "RTX 6000", "PCIe 80GB", "A100X 80GB", "H200-NVL-141GB", "", "gpu"],
)
def test_an_unknown_name_is_never_another_part(name):
    """A part that is not held is refused, however near another is, and the list is pointed at."""
    with pytest.raises(Misuse) as told:
        catalogue.hardware(name)
    assert told.value.code == "hardware-unknown"
    assert "ghg ai hardware" in told.value.fix


def test_the_nearest_name_is_proposed():
    """A slip of the pen is answered with what was meant."""
    with pytest.raises(Misuse) as told:
        catalogue.hardware("RTX 4900")
    assert "nvidia-rtx-4090" in told.value.fix
    with pytest.raises(Misuse) as told:
        catalogue.region("aws", "us-est-1")
    assert told.value.fix.startswith("did you mean us-east-1")


@pytest.mark.parametrize("name", ["GB300", "NVIDIA B300 SXM6", "A10G", "TPU v7", "Trainium3"])
def test_parts_without_verified_figures_are_told_apart_from_unknown_ones(name):
    """A part whose figures could not be verified is said to be such, and never another part."""
    with pytest.raises(Misuse) as told:
        catalogue.hardware(name)
    assert told.value.code == "hardware-unverified"


def test_every_name_finds_its_own_part():
    """Each id, name and alias of the file leads to the row it stands in: none is ambiguous, none leads elsewhere."""
    wrong = [
        (name, part.hardware_id)
        for part in catalogue.all_hardware()
        for name in (part.hardware_id, part.name, *part.aliases)
        if [found.hardware_id for found in catalogue.variants(name)] != [part.hardware_id]
    ]
    assert wrong == []


def test_a_row_whole():
    """Board power, memory, dense and sparse rates are read as exact decimals, and official cells are told apart."""
    part = catalogue.hardware("MI300X")
    assert (part.board_power_w, part.memory_gb, part.kind) == (Decimal(750), Decimal(192), "gpu")
    assert part.peak_dense["fp16"] == Decimal("1307.4")
    assert part.verification_of("board_power_w") == "official"
    assert part.verification_of("peak_dense_fp16_tflops") == "secondary"
    sparse = catalogue.hardware("h100 sxm")
    assert (sparse.peak_dense["fp8"], sparse.peak_sparse["fp8"]) == (Decimal("1978.9"), Decimal("3957.8"))
    assert sparse.typical_power_low_w is None, "no typical power is made of a ceiling"


def test_a_blank_power_is_unknown():
    """Where no power is published, it is None and not zero."""
    assert catalogue.hardware("TPU v5e").board_power_w is None
    assert catalogue.hardware("AWS Inferentia2").board_power_w is None


@pytest.mark.parametrize(
    ("provider", "name", "region"),
    [
        ("aws", "us-east-1", "us-east-1"),
        ("AWS", "us-east-1b", "us-east-1"),
        ("Amazon Web Services", "US East (Ohio)", "us-east-2"),
        ("google", "us-central1-a", "us-central1"),
        ("gcp", "Iowa", "us-central1"),
        ("azure", "West Europe", "westeurope"),
        ("Microsoft Azure", "swedencentral", "swedencentral"),
    ],
)
def test_regions_by_code_zone_and_place(provider, name, region):
    """A region is found by its code, by a zone in it, and by the place that the provider calls it."""
    assert catalogue.region(provider, name).region == region


@pytest.mark.parametrize(("year", "own"), [(2023, 2024), (2024, 2024), (2025, 2025), (2027, 2025)])
def test_a_run_takes_the_pue_of_its_year(year, own):
    """The year's own figure, else the newest before it, else the first after it; the year of the figure is told."""
    found = catalogue.measure_of_year(catalogue.region("aws", "eu-central-1"), "pue", year)
    assert found is not None
    assert (found.year, found.value) == (own, {2024: Decimal("1.35"), 2025: Decimal("1.24")}[own])


def test_the_mean_of_an_area_is_offered_and_not_taken():
    """Where only an area's mean is published, the region's PUE stays unknown, for a year too."""
    milan = catalogue.region("aws", "eu-south-1")
    assert (milan.pue, milan.area_pue, milan.area_pue_of) == (None, Decimal("1.11"), "AWS Europe")
    assert catalogue.measure_of_year(milan, "pue", 2025) is None


@pytest.mark.parametrize(
    ("provider", "name", "grid_region"),
    [
        ("aws", "us-east-1", "SRVC"),
        ("aws", "us-east-2", "RFCW"),
        ("gcp", "us-central1", "MROW"),
        ("gcp", "us-west4", "AZNM"),
        ("azure", "northcentralus", "RFCW"),
        ("azure", "westus2", "NWPP"),
        ("azure", "southcentralus", "ERCT"),
    ],
)
def test_grid_regions_by_town(provider, name, grid_region):
    """Regions in a grid operator's area that spans subregions have that of their town, and say by what."""
    row = catalogue.region(provider, name)
    assert row.grid_region == grid_region
    assert "Power Profiler" in row.grid_region_basis or "balancing authority" in row.grid_region_basis


def test_a_grid_region_that_is_not_known_is_none():
    """Where the provider names no town and the operator spans subregions, there is none, and the basis says why."""
    row = catalogue.region("azure", "eastus")
    assert row.grid_region is None
    assert "spans several" in row.grid_region_basis


def test_an_unknown_pue_is_none():
    """A region without a published PUE has None: no mean and no 1.0 stands in for it."""
    known = catalogue.region("aws", "us-west-2")
    assert known.pue is not None
    assert known.pue > 1
    assert known.pue_source
    unknown = catalogue.region("azure", "uksouth")
    assert (unknown.pue, unknown.pue_year, unknown.zone) == (None, None, "GB")


@pytest.mark.parametrize(
    ("provider", "code"), [("oci", "provider-unknown"), ("", "provider-unknown"), ("gcp", "region-unknown")]
)
def test_unknown_clouds_and_regions_are_refused(provider, code):
    """No default region or provider is taken."""
    with pytest.raises(Misuse) as told:
        catalogue.region(provider, "atlantis")
    assert told.value.code == code
    assert told.value.fix


def test_regions_of_a_country_or_city():
    """A search by country or city gives every region there, of one provider or of all; a code gives that one."""
    assert {row.country for row in catalogue.regions_like("DE")} == {"DE"}
    assert [row.region for row in catalogue.regions_like("Frankfurt", "aws")] == ["eu-central-1"]
    assert len(catalogue.regions_like("Frankfurt")) == 2
    with pytest.raises(Misuse, match="no region like 'atlantis'"):
        catalogue.regions_like("atlantis")


def test_embodied_carbon_by_any_name():
    """An accelerator's figure is found by its names, a component's by its code; where there is none, none is made."""
    (figure,) = catalogue.embodied("NVIDIA H100 80GB HBM3")
    assert (figure.kg_co2e, figure.per, figure.boundary) == (Decimal(164), "each", "cradle_to_gate")
    assert figure.kg_co2e * 8 == 1312, "eight on a baseboard"
    (die,) = catalogue.embodied("logic-die:tsmc-n7")
    assert (die.kg_co2e, die.per) == (Decimal("2.06"), "cm2")
    assert catalogue.embodied("T4") == ()
    with pytest.raises(Misuse) as told:
        catalogue.embodied("dram:ddr4-10mm")
    assert "dram:ddr4-10nm" in told.value.fix


@pytest.mark.needs("reference")
def test_figures_are_those_of_the_raw_files(reference):
    """Power, memory and rates of every compiled accelerator, and every PUE, equal the raw files' cells."""
    with (reference / "factors" / "accelerators.csv").open(newline="", encoding="utf-8") as file:
        compiled = [row for row in csv.DictReader(file) if not row["verification"].startswith("unverified")]
    assert len(compiled) == 42
    for row in compiled:
        part = catalogue.hardware(f"{row['vendor']} {row['name']}")
        assert part.board_power_w == (Decimal(row["board_power_w"]) if row["board_power_w"] else None)
        assert part.memory_gb == (Decimal(row["memory_gb"]) if row["memory_gb"] else None)
        assert part.peak_dense.get("fp16", "") == (
            row["bf16_fp16_tflops_dense"] and Decimal(row["bf16_fp16_tflops_dense"])
        )
        assert part.peak_sparse.get("fp8", "") == (row["fp8_tflops_sparse"] and Decimal(row["fp8_tflops_sparse"]))
    with (reference / "factors" / "cloud_regions.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["pue"]:
                of_year = catalogue.measure_of_year(
                    catalogue.region(row["provider"], row["region"]), "pue", int(row["pue_year"])
                )
                assert of_year is not None
                assert (of_year.value, of_year.year) == (Decimal(row["pue"]), int(row["pue_year"]))


@pytest.mark.needs("reference")
def test_names_of_an_earlier_calculator_are_known_or_refused(reference):
    """Names of the ML CO2 calculator find the part with the same power, or several, or are refused: never another."""
    with (reference / "samples" / "mlco2_gpus.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["type"] == "gpu"]
    found = {row["name"]: catalogue.variants(row["name"]) for row in rows}
    assert sum(bool(parts) for parts in found.values()) >= 25
    # The list has 300 W for the V100 PCIe and 250 W for the SXM2: interchanged.
    interchanged = {"Tesla V100-PCIE-16GB", "Tesla V100-SXM2-16GB"}
    wrong = [
        row["name"]
        for row in rows
        if len(found[row["name"]]) == 1 and found[row["name"]][0].board_power_w != Decimal(row["tdp_watts"])
    ]
    assert set(wrong) == interchanged
