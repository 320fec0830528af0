"""Publishers' files: recognised by their headers, checked cell by cell, and turned into factors with their source."""

from __future__ import annotations

import sys
from decimal import Decimal
from pathlib import Path

import pytest

from ledger.errors import Misuse
from ledger.intake.publishers import read_publishers_file

sys.path.insert(0, str(Path(__file__).parent))
import books


def codes(read) -> list[str]:
    return [finding.code for finding in read.findings]


def by_id(read) -> dict[str, dict[str, str]]:
    return {row["factor_id"]: row for row in read.rows}


def csv_file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_flat_file_gives_the_factors_that_the_build_makes(tmp_path):
    """Total, parts, masses by division, cell, licence: as the shipped editions have them; other rows are left out."""
    read = read_publishers_file(books.desnz(tmp_path / "flat.xlsx"))
    assert (read.kind, read.edition, read.known) == ("desnz", "2025", None)
    assert codes(read) == ["publisher-file-unknown"]
    gas = by_id(read)["desnz-2025:1_100_1004_6"]
    assert gas["co2e_published_kg_per_unit"] == "0.18296"
    assert gas["co2_co2e_kg_per_unit"] == gas["co2_kg_per_unit"] == "0.18259"
    assert gas["ch4_other_kg_per_unit"] == "0.00001"  # 0.00028 / 28
    assert gas["n2o_kg_per_unit"] == "0.000000339622642"  # 0.00009 / 265, half away from zero at 15 places
    assert (gas["calorific_basis"], gas["verification"]) == ("gross", "user")
    assert gas["source_cell"] == "Factors by Category!J7"
    assert "desnz-2025:7_400_4000_5" in by_id(read)
    assert not any("9_999" in name for name in by_id(read))
    assert read.source["licence"] == "Open Government Licence v3.0"
    assert read.source["dataset"] == "desnz-2025"
    assert read.source["redistributable"] is True


def test_a_missing_or_renamed_column_names_its_cell(tmp_path):
    """Cell, what belongs there and what was found; nothing is read from the place of a column."""
    renamed = (*books.DESNZ_HEADER[:8], "Gas", books.DESNZ_HEADER[9])
    read = read_publishers_file(books.desnz(tmp_path / "renamed.xlsx", renamed))
    fault = next(finding for finding in read.findings if finding.severity == "error")
    assert (fault.code, fault.sheet, fault.line, fault.column) == (
        "publisher-column-differs", "Factors by Category", 6, "I6"
    )  # fmt: skip
    assert fault.message == "expected “GHG/Unit”, found Gas"
    assert read.rows == ()
    short = books.DESNZ_HEADER[:9]
    read = read_publishers_file(books.desnz(tmp_path / "short.xlsx", short))
    fault = next(finding for finding in read.findings if finding.severity == "error")
    assert (fault.column, fault.message) == ("J6", "expected “GHG Conversion Factor 20YY”, found nothing")


def test_a_row_with_another_label_is_refused(tmp_path):
    """A row ID that stands for something else than before stops the import, by name."""
    rows = [row if "7_400" not in row[0] else (*row[:4], "Electricity: Moon", *row[5:]) for row in books.DESNZ_ROWS]
    read = read_publishers_file(books.desnz(tmp_path / "other.xlsx", rows=rows))
    assert "publisher-row-differs" in codes(read)
    assert "Electricity: Moon" in next(f.message for f in read.findings if f.code == "publisher-row-differs")


def test_editions_on_another_gwp_are_refused_and_new_ones_told(tmp_path):
    """2022 stands on AR4 and cannot be read; 2026 is read on AR5 with a warning."""
    old = (*books.DESNZ_HEADER[:9], "GHG Conversion Factor 2022")
    assert "publisher-edition-unknown" in codes(read_publishers_file(books.desnz(tmp_path / "2022.xlsx", old)))
    new = (*books.DESNZ_HEADER[:9], "GHG Conversion Factor 2026")
    read = read_publishers_file(books.desnz(tmp_path / "2026.xlsx", new))
    assert "publisher-gwp-assumed" in codes(read)
    assert read.source["dataset"] == "desnz-2026"


def test_a_known_fingerprint_makes_the_figures_official(tmp_path, monkeypatch):
    """A file whose SHA-256 is in the shipped table is a known edition, and its factors are official."""
    import hashlib

    from ledger.intake.publishers import reading

    path = books.desnz(tmp_path / "flat.xlsx")
    known = {"kind": "desnz", "edition": "2025", "version": "1", "file": "DESNZ 2025 flat file"}
    monkeypatch.setattr(reading, "_known_files", lambda: {hashlib.sha256(path.read_bytes()).hexdigest(): known})
    read = read_publishers_file(path)
    assert (read.known, codes(read)) == ("DESNZ 2025 flat file", [])
    assert {row["verification"] for row in read.rows} == {"official"}
    assert (read.source["verification"], read.source["version"]) == ("official", "1")


def test_the_hub_is_read_in_its_layout(tmp_path):
    """Tables of one sheet: units from the line above, footnote letters off labels, biomass CO2 biogenic."""
    path = books.written(tmp_path / "hub.xlsx", {"Emission Factors Hub": books.HUB})
    assert codes(read_publishers_file(path)) == ["publisher-edition-missing", "publisher-file-unknown"]
    read = read_publishers_file(path, edition="2025")
    assert read.kind == "epa_hub"
    assert [f.code for f in read.findings if f.severity == "error"] == []
    rows = by_id(read)
    gas = rows["epa-hub-2025:t1:row7:scf"]
    assert (gas["activity_type"], gas["co2_kg_per_unit"], gas["n2o_kg_per_unit"]) == (
        "natural_gas", "0.05444", "0.0000001"
    )  # fmt: skip
    assert rows["epa-hub-2025:t1:row7:mmBtu"]["ch4_other_kg_per_unit"] == "0.001"
    biogas = rows["epa-hub-2025:t1:row9:mmBtu"]
    assert (biogas["biogenic_co2_kg_per_unit"], biogas.get("co2_kg_per_unit")) == ("52.07", None)
    jet = next(row for row in read.rows if row["activity_type"] == "aviation_turbine_fuel")
    assert (jet["co2_kg_per_unit"], jet["n2o_kg_per_unit"]) == ("9.75", "0.0003")
    truck = next(row for row in read.rows if row["activity_type"] == "freight_hgv")
    assert (truck["per_unit"], truck["co2_kg_per_unit"]) == ("ton_mile", "0.186")
    car = next(row for row in read.rows if row["activity_type"] == "car_average")
    assert car["n2o_kg_per_unit"] == "0.0000053"
    waste = next(row for row in read.rows if row["activity_type"] == "waste_glass_recycling")
    assert (waste["co2e_published_kg_per_unit"], waste["gwp_set"]) == ("90", "AR4")


def test_a_hub_without_a_table_says_which(tmp_path):
    """A missing table, and a unit that is no longer printed, are named."""
    rows = [row for row in books.HUB if "Table 9" not in row and "kg CO2 per unit" not in row]
    read = read_publishers_file(books.written(tmp_path / "hub.xlsx", {"Hub": rows}), edition="2025")
    messages = [finding.message for finding in read.findings if finding.severity == "error"]
    assert "there is no header with Table 9" in messages
    assert any("kg CO2 per unit in table 2" in message for message in messages)


def test_egrid_gives_masses_by_subregion_and_the_nation(tmp_path):
    """428.464 lb/MWh × 0.45359237 / 1000 = 0.19434800122 kg/kWh, exactly to 15 places."""
    read = read_publishers_file(books.written(tmp_path / "egrid.xlsx", books.EGRID))
    assert (read.kind, read.source["dataset"]) == ("egrid", "egrid-2024")
    camx = by_id(read)["egrid-2024:CAMX"]
    assert Decimal(camx["co2_kg_per_unit"]) == Decimal("428.464") * Decimal("0.45359237") / 1000
    assert (camx["region"], camx["masses_basis"], camx["source_cell"]) == ("CAMX", "published", "SRL24!E3")
    assert by_id(read)["egrid-2024:US"]["region"] == ""


def test_european_residual_mixes_are_co2_alone_and_never_zero(tmp_path):
    """Grams of CO2 become kilograms of CO2; a country printed N/A has no factor and is told."""
    text = "Country,Year,Residual mix (gCO2/kWh)\nBE,2024,167.49\nAT,2024,N/A\nGermany,2024,700.5\nAtlantis,2024,1\n"
    read = read_publishers_file(csv_file(tmp_path, text))
    rows = by_id(read)
    assert read.kind == "aib"
    assert set(rows) == {"aib-2024:BE", "aib-2024:DE"}
    assert rows["aib-2024:BE"] | {"co2_kg_per_unit": "0.16749", "kind": "residual", "serves": "market",
                                  "gas_coverage": "co2_only"} == rows["aib-2024:BE"]  # fmt: skip
    assert sorted(codes(read)) == ["publisher-file-unknown", "publisher-no-mix", "publisher-place-unknown"]
    assert read.source["redistributable"] is False


def test_american_residual_mixes_count_no_gas_twice(tmp_path):
    """Pounds become kilograms of CO2e; a header that says CO2 alone is told, and nothing is put on top."""
    text = "eGRID Subregion,Year,Residual Mix (lb CO2/MWh)\nCAMX,2023,500\n"
    read = read_publishers_file(csv_file(tmp_path, text))
    row = by_id(read)["green-e-2023:CAMX"]
    assert row["co2e_published_kg_per_unit"] == "0.226796185"
    assert (row["gas_coverage"], row["kind"], row["region"]) == ("co2e_only", "residual", "CAMX")
    assert "publisher-basis-unclear" in codes(read)


@pytest.mark.parametrize(
    ("header", "value", "column", "expected"),
    [
        ("gCO2/kWh", "350", "co2_kg_per_unit", "0.35"),
        ("kg CO2e per kWh", "0.35", "co2e_published_kg_per_unit", "0.35"),
    ],
)
def test_country_tables_follow_their_header(tmp_path, header, value, column, expected):
    """The header says gram or kilogram, CO2 or CO2e; the licence is the user's and the table never goes out whole."""
    read = read_publishers_file(
        csv_file(tmp_path, f"Country,Year,{header}\nFR,2023,{value}\n"), kind="country_grid", edition="2025"
    )
    row = by_id(read)["country-grid-2025:FR:2023"]
    assert row[column] == expected
    assert read.source["redistributable"] is False


MAPS = (
    "Datetime (UTC),Country,Zone name,Zone id,Carbon intensity gCO₂eq/kWh (direct),"
    "Carbon intensity gCO₂eq/kWh (Life cycle),Carbon-free energy percentage (CFE%),"
    "Renewable energy percentage (RE%),Data source,Data estimated,Data estimation method\n"
)


def test_electricity_maps_by_the_hour_is_a_series(tmp_path):
    """Two rows an hour, direct and life cycle, with shares and whether it is estimated."""
    row = "2025-01-01 0{h}:00:00,Sweden,Sweden,SE,2.5{h},30.0{h},99.42,60.13,svk.se,true,X\n"
    rows = "".join(row.format(h=hour) for hour in range(3))
    read = read_publishers_file(csv_file(tmp_path, MAPS + rows))
    assert (read.kind, len(read.rows), len(read.series)) == ("electricity_maps", 0, 6)
    first = read.series[0]
    assert (first["seconds"], first["signal_basis"], first["intensity_g_per_kwh"]) == (3600, "direct", Decimal("2.50"))
    assert (first["carbon_free_share"], first["estimated"]) == (Decimal("0.9942"), True)


def test_electricity_maps_by_the_year_is_a_factor_with_its_upstream(tmp_path):
    """Direct serves Scope 2; life cycle minus direct is the upstream of category 3."""
    row = "2024-01-01 00:00:00,Sweden,Sweden,SE,2.5,30,99,60,x,false,\n"
    read = read_publishers_file(csv_file(tmp_path, MAPS + row))
    rows = by_id(read)
    assert rows["electricity-maps:SE:2024:direct"]["co2e_published_kg_per_unit"] == "0.0025"
    upstream = rows["electricity-maps:SE:2024:upstream"]
    assert (upstream["line"], upstream["co2e_published_kg_per_unit"]) == ("electricity_upstream", "0.0275")
    assert read.source["licence"].startswith("ODbL")


def test_spend_tables_carry_their_money(tmp_path):
    """Code, currency, price year and basis; a row without its money is a finding."""
    header = "code,title,currency,price year,price basis,kg CO2e per unit\n"
    text = header + "C26,Computers,EUR,2019,basic,0.31\nC27,x,,2019,,1\n"
    read = read_publishers_file(csv_file(tmp_path, text), edition="2024")
    row = by_id(read)["spend-table-2024:C26"]
    assert (row["per_unit"], row["price_year"], row["price_basis"]) == ("EUR", "2019", "basic")
    assert "publisher-money-not-read" in codes(read)
    assert read.has_errors


def test_what_is_no_publishers_file_is_told(tmp_path):
    """Unknown headers, a kind that there is not, a file that is not there."""
    path = csv_file(tmp_path, "a,b\n1,2\n")
    assert "publisher-not-recognised" in codes(read_publishers_file(path))
    with pytest.raises(Misuse, match="no kind of publisher's file"):
        read_publishers_file(path, kind="defra")
    with pytest.raises(Misuse, match="no file"):
        read_publishers_file(tmp_path / "none.xlsx")


@pytest.mark.needs("reference")
@pytest.mark.parametrize(
    ("name", "kind", "least"),
    [
        ("aib_residual_mix_eu_2023-2025_REFERENCE_ONLY.csv", "aib", 70),
        ("us_greene_residual_mix_2025_secondary.csv", "green_e", 25),
        ("electricitymaps_zone_yearly_2021-2025.csv", "electricity_maps", 1700),
        ("us_epa_supply_chain_ghg_factors_v1.2_naics_co2e_usd2021.csv", "spend_table", 1000),
        ("owid_ember_grid_carbon_intensity_by_country_year_2026-04.csv", "country_grid", 5000),
    ],
)
def test_real_renderings_are_read(reference, name, kind, least):
    """Renderings of publishers' tables as they are kept for reference give their rows without an error."""
    read = read_publishers_file(reference / "factors" / name)
    assert [finding for finding in read.findings if finding.severity == "error"] == []
    assert read.kind == kind
    assert len(read.rows) >= least


@pytest.mark.needs("reference")
@pytest.mark.parametrize("year", [2025, *(pytest.param(n, marks=pytest.mark.thorough) for n in (2023, 2024))])
def test_an_import_gives_the_shipped_factors(reference, tmp_path, year):
    """The rows of an edition, put into the layout of the flat file, give the shipped dataset figure by figure."""
    import csv

    names = {2023: "2023_flat", 2024: "2024_fullset", 2025: "2025"}
    with (reference / "factors" / f"uk_desnz_conversion_factors_{names[year]}.csv").open(encoding="utf-8") as file:
        rows = [
            (row["id"], row["scope"], *(row[f"level_{n}"] for n in range(1, 5)), row["column_text"], row["uom"],
             row["ghg_unit"], row["factor"])
            for row in csv.DictReader(file) if row["id"]
        ]  # fmt: skip
    header = (*books.DESNZ_HEADER[:9], f"GHG Conversion Factor {year}")
    read = read_publishers_file(books.desnz(tmp_path / "flat.xlsx", header, rows))
    root = Path(__file__).parents[3]
    with (root / "data" / "factors" / f"desnz-{year}.csv").open(encoding="utf-8", newline="") as file:
        shipped = {row["factor_id"]: {k: v for k, v in row.items() if v} for row in csv.DictReader(file)}
    told = ("verification", "source_sha256", "source_cell")
    made = {
        row["factor_id"]: {k: v for k, v in row.items() if v and k not in told} for row in read.rows
    }  # fmt: skip
    assert made == {name: {k: v for k, v in row.items() if k not in told} for name, row in shipped.items()}
