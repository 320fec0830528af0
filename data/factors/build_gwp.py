"""Global warming potentials, compositions of refrigerants, and the factors that are a gas itself."""

from __future__ import annotations

import re
from decimal import Decimal

from build_record import BuildError, Dataset, Raw, Row, amounts, exact, plain, quotient, source_record, total

IPCC = "ipcc_gwp_globalwarmingpotentials_0.13.2.csv"
METHANE = "ipcc_gwp100_methane_split.csv"
BLENDS = "us_epa_hub_2024_t12_refrigerant_blends_gwp.csv"
SETS = ("AR4", "AR5", "AR6")
SOURCE = {
    "AR4": "IPCC AR4 (2007), 100 years, as in the GHG Protocol's table of 2016",
    "AR5": "IPCC AR5 WG1 (2013), table 8.A.1, 100 years",
    "AR6": "IPCC AR6 WG1 (2021), table 7.SM.7, 100 years",
}
METHANE_SOURCE = "GHG Protocol GWP values v2.0 (August 2024) after IPCC {}, as a public page quotes it"
# (set, row of the methane file, origin); AR4 makes no difference of origin
METHANE_ROWS = (
    ("AR4", "CH4 (all)", "fossil_fugitive"), ("AR4", "CH4 (all)", "other"),
    ("AR5", "CH4 fossil", "fossil_fugitive"), ("AR5", "CH4 non-fossil", "other"),
    ("AR6", "CH4 fossil", "fossil_fugitive"), ("AR6", "CH4 non-fossil", "other"),
)  # fmt: skip
ASHRAE_PFC = {"PFC-14": "CF4", "PFC-116": "C2F6", "PFC-218": "C3F8"}
# activity type → pure gas; None where the activity is a blend named by its number
PURE = {
    "refrigerant_r134a": "HFC-134a", "refrigerant_r32": "HFC-32", "refrigerant_r22": "HCFC-22", "hfc_23": "HFC-23",
    "hfc_227ea": "HFC-227ea", "sf6": "SF6", "nf3": "NF3", "cf4": "CF4", "co2_fugitive": "CO2", "ch4_fugitive": "CH4",
    "n2o_process": "N2O",
}  # fmt: skip
BLEND = {
    f"refrigerant_r{number.lower()}": f"R-{number}"
    for number in ("404A", "407A", "407C", "408A", "410A", "417A", "422D", "507A")
}
GROUP_COLUMN = {
    "co2": "co2", "ch4": "ch4_fossil", "n2o": "n2o", "hfcs": "hfcs", "pfcs": "pfcs", "sf6": "sf6", "nf3": "nf3",
    "montreal": "montreal",
}  # fmt: skip
# EPA prints 3104 for R-424A; its own composition gives 2212 on AR5 (2440 on AR4), so the print is wrong.
MISPRINTED = {"R-424A"}
PFC = re.compile(r"C\d*F\d+|cC\dF\d")


def datasets(raw: Raw) -> list[Dataset]:
    """The GWP table, the compositions, and the factors of pure gases and blends."""
    gwp, compositions = _gwp_rows(raw), _compositions(raw)
    _check_blends(raw, gwp, compositions)
    return [_gwp(raw, gwp), _refrigerants(raw, compositions), _gas_factors(raw, compositions)]


def group_of(species: str) -> str:
    """The report's group of a species; ``other`` for what no protocol counts (hydrocarbons)."""
    if species in ("CO2", "CH4", "N2O", "SF6", "NF3"):
        return species.lower()
    if species.startswith(("HCFC-", "CFC-", "Halon-")):
        return "montreal"
    if species.startswith("HFC-"):
        return "hfcs"
    return "pfcs" if PFC.fullmatch(species) else "other"


def _named(species: str) -> str:
    """HFC134a of the compilation is HFC-134a here, as refrigerant tables write it."""
    if species == "HFC4310mee":
        return "HFC-43-10mee"
    return re.sub(r"^(HCFC|HFC|CFC|Halon)(?=\d)", r"\1-", species)


def _gwp_rows(raw: Raw) -> list[Row]:
    rows = [_gwp_row(name, "CO2", "na", "1", "by definition", "official") for name in SETS]
    methane = {(row["assessment_report"], row["gas"]): row["gwp100"] for row in raw.rows(METHANE)}
    for name, gas, origin in METHANE_ROWS:
        verification = "official" if gas == "CH4 (all)" else "secondary"
        source = SOURCE[name] if gas == "CH4 (all)" else METHANE_SOURCE.format(name)
        rows.append(_gwp_row(name, "CH4", origin, methane[name, gas], source, verification))
    for row in raw.rows(IPCC):
        rows += [
            _gwp_row(name, _named(row["Species"]), "na", row[f"{name}GWP100"], SOURCE[name], "official")
            for name in SETS
            if row["Species"] != "CH4" and row[f"{name}GWP100"]
        ]
    return sorted(rows, key=lambda row: (row["set"], row["species"], row["origin"]))


def _gwp_row(name: str, species: str, origin: str, value: str, source: str, verification: str) -> Row:
    return {
        "set": name, "species": species, "origin": origin, "horizon": "100", "value": plain(exact(value)),
        "source": source, "verification": verification,
    }  # fmt: skip


def _compositions(raw: Raw) -> list[Row]:
    rows: list[Row] = []
    for blend in raw.rows(BLENDS):
        shares = []
        for part in blend["composition"].split(","):
            percent, _, species = part.strip().partition("% ")
            name = ASHRAE_PFC.get(species.strip(), species.strip())
            shares.append((name, quotient(exact(percent), Decimal(100))))
        if total(share for _, share in shares) != 1:
            raise BuildError(f"{blend['ashrae']}: the shares are not 100 %")
        source = f"EPA Hub 2024, table 12, {blend['source_row']}"
        rows += [_share(blend["ashrae"], name, share, source) for name, share in shares]
    for species in sorted(set(PURE.values())):
        rows.append(_share(species, species, Decimal(1), "pure gas"))
    return rows


def _share(refrigerant: str, species: str, share: Decimal, source: str) -> Row:
    return {
        "refrigerant": refrigerant, "species": species, "mass_share": plain(share), "gas_group": group_of(species),
        "source": source,
    }  # fmt: skip


def _check_blends(raw: Raw, gwp: list[Row], compositions: list[Row]) -> None:
    """The compositions on AR5 give the GWP that EPA prints, HFC and PFC parts alone, to the unit it prints."""
    ar5 = {row["species"]: exact(row["value"]) for row in gwp if row["set"] == "AR5"}
    for blend in raw.rows(BLENDS):
        parts = [row for row in compositions if row["refrigerant"] == blend["ashrae"]]
        made = total(
            exact(row["mass_share"]) * ar5[row["species"]] for row in parts if row["gas_group"] in ("hfcs", "pfcs")
        )
        agrees = abs(made - exact(blend["gwp100_ar5"])) <= Decimal("0.5")
        if agrees == (blend["ashrae"] in MISPRINTED):
            raise BuildError(f"{blend['ashrae']}: composition gives {made}, EPA prints {blend['gwp100_ar5']}")


def _gwp(raw: Raw, rows: list[Row]) -> Dataset:
    columns = ("set", "species", "origin", "horizon", "value", "source", "verification")
    return Dataset(source_record(raw, "gwp", IPCC, METHANE), rows, columns)


def _refrigerants(raw: Raw, rows: list[Row]) -> Dataset:
    columns = ("refrigerant", "species", "mass_share", "gas_group", "source")
    return Dataset(source_record(raw, "refrigerants", BLENDS), rows, columns)


def _gas_factors(raw: Raw, compositions: list[Row]) -> Dataset:
    rows, gases = [], []
    for activity_type, name in sorted({**PURE, **BLEND}.items()):
        parts = [row for row in compositions if row["refrigerant"] == name]
        mass: dict[str, Decimal] = {}
        for part in parts:
            column = GROUP_COLUMN.get(part["gas_group"])
            if column:
                mass[column] = mass.get(column, Decimal(0)) + exact(part["mass_share"])
        factor_id = f"ipcc-gwp:{name}"
        blend = name in BLEND.values()
        rows.append({
            "factor_id": factor_id, "activity_type": activity_type, "kind": "average", "serves": "na",
            "line": "direct", "boundary": "release", "per_unit": "kg", "calorific_basis": "na", "data_year": "2021",
            "valid_from": "1990-01-01", "valid_to": "2099-12-31", "gas_coverage": "all", "masses_basis": "published",
            "verification": "official", "source_sha256": raw.sha256(BLENDS if blend else IPCC),
            "source_cell": parts[0]["source"] if blend else f"row {name}", **amounts(**mass),
        })  # fmt: skip
        if group_of(name) in ("hfcs", "pfcs", "montreal") or blend:
            gases += [
                {"factor_id": factor_id, "species": part["species"], "value": part["mass_share"], "as": "mass_share"}
                for part in parts
            ]
    return Dataset(source_record(raw, "ipcc-gwp", IPCC, METHANE, BLENDS), rows, gases=gases)
