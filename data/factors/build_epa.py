"""US EPA GHG Emission Factors Hub 2024 and eGRID: masses of gas per unit, by the conversion that imports share."""

from __future__ import annotations

from decimal import Decimal

from build_record import BuildError, Dataset, Raw, amounts, source_record, times, total

from ledger.factors.epa import Hub, gas_masses, grid_row, hub_rows, kg_per_kwh

HUB = "us_epa_hub_2024_"
T1, T2, T5 = f"{HUB}t1_stationary_combustion.csv", f"{HUB}t2_mobile_co2.csv", f"{HUB}t5_nonroad_ch4_n2o.csv"
T6, T7 = f"{HUB}t6_egrid2022_subregion.csv", f"{HUB}t7_steam_heat.csv"
T8, T9 = f"{HUB}t8_t10_transport_travel.csv", f"{HUB}t9_waste_mtco2e_per_short_ton.csv"
EGRID_2023 = "us_egrid2023_rev2_subregion_output_rates_secondary.csv"
CH4_GWP, N2O_GWP = Decimal(28), Decimal(265)  # AR5, as eGRID states


def datasets(raw: Raw) -> list[Dataset]:
    """The Hub of 2024, eGRID2022 (its table 6) and eGRID2023."""
    return [_hub(raw), _egrid_2022(raw), _egrid_2023(raw)]


def _hub(raw: Raw) -> Dataset:
    files = {"1": T1, "2": T2, "5": T5, "7": T7, "8": T8, "9": T9}
    tables = {table: raw.rows(file) for table, file in files.items()}
    hub = Hub(2024, tables, {table: raw.sha256(file) for table, file in files.items()})
    return Dataset(source_record(raw, "epa-hub-2024", *files.values()), hub_rows(hub))


def _egrid_2022(raw: Raw) -> Dataset:
    rows = []
    for row in raw.rows(T6):
        kg = {gas: kg_per_kwh(row[f"total_lb_{gas}_per_mwh"]) for gas in ("co2", "ch4", "n2o")}
        rows.append(
            grid_row(
                row["egrid_subregion"], 2022, "official", raw.sha256(T6), f"Hub 2024, table 6, {row['source_row']}"
            )
            | {"masses_basis": "published"}
            | gas_masses(kg["co2"], kg["ch4"], kg["n2o"])
        )
    return Dataset(source_record(raw, "egrid-2022", T6), rows)


def _egrid_2023(raw: Raw) -> Dataset:
    rows = []
    for row in raw.rows(EGRID_2023):
        code = row["egrid_subregion"]
        factor = grid_row(code, 2023, "secondary", raw.sha256(EGRID_2023), f"Table 1, {code}")
        factor["masses_basis"] = "derived"
        co2e = kg_per_kwh(row["total_lb_co2e_per_mwh"])
        if not row["total_lb_ch4_per_mwh"]:  # the national row was transcribed without its gases
            rows.append(factor | {"gas_coverage": "co2e_only"} | amounts(total=co2e))
            continue
        ch4, n2o = (kg_per_kwh(row[f"total_lb_{gas}_per_mwh"]) for gas in ("ch4", "n2o"))
        parts = {"ch4_part": times(ch4, CH4_GWP), "n2o_part": times(n2o, N2O_GWP)}
        co2 = total([co2e, *(-part for part in parts.values())])
        if abs(co2 - kg_per_kwh(row["total_lb_co2_per_mwh_derived"])) > Decimal("0.0001"):
            raise BuildError(f"eGRID2023 {row['egrid_subregion']}: CO2 is not CO2e - 28 CH4 - 265 N2O")
        rows.append(factor | amounts(total=co2e, co2_part=co2, co2=co2, ch4_other=ch4, n2o=n2o, **parts))
    return Dataset(source_record(raw, "egrid-2023", EGRID_2023), rows)
