"""UK Government conversion factors (DESNZ) of 2023, 2024 and 2025, by the conversion that imports share."""

from __future__ import annotations

from build_record import Dataset, Raw, source_record

from ledger.factors.desnz import Edition, factor_rows

FILES = {
    2023: "uk_desnz_conversion_factors_2023_flat.csv",
    2024: "uk_desnz_conversion_factors_2024_fullset.csv",
    2025: "uk_desnz_conversion_factors_2025.csv",
}


def datasets(raw: Raw) -> list[Dataset]:
    """The editions 2023, 2024 and 2025."""
    return [_dataset(raw, year) for year in FILES]


def _dataset(raw: Raw, year: int) -> Dataset:
    rows = [row for row in raw.rows(FILES[year]) if row["id"]]
    edition = Edition.of(rows, year, rows[0]["version"], raw.sha256(FILES[year]))
    source = source_record(raw, "desnz", FILES[year], year=year) | {"version": edition.version}
    return Dataset(source, factor_rows(edition))
