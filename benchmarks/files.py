"""Files to measure with: ten columns, about ninety bytes a row, the same bytes for the same number of rows."""

from __future__ import annotations

import csv
from pathlib import Path

import duckdb

FACILITIES = 50
COLUMNS = (
    "external_id,facility_id,activity_type,period_start,period_end,quantity,unit,calorific_basis,invoice_id,data_basis"
)
PLACES = (("GB", ""), ("GB", ""), ("GB", ""), ("DE", ""), ("FR", ""), ("US", "CAMX"), ("US", "ERCT"), ("SG", ""))

# Five activity types in turn, identifiers and days in order.
MIXED = """
    select 'M' || lpad(i::varchar, 9, '0'), 'F' || lpad((i % 50)::varchar, 3, '0'), t.activity_type,
           day::date, day::date, q / 100, t.unit, t.basis, 'INV' || lpad((i // 7)::varchar, 8, '0'), 'measured'
    from (select i, date '2025-01-01' + (i * 365 // $rows)::integer as day,
                 (1 + hash(i + $seed) % 5000000)::decimal(18, 2) as q from range($rows) r(i)) n
    join (values (0, 'electricity_purchased', 'kWh', null), (1, 'waste_mixed_recycling', 'kg', null),
                 (2, 'natural_gas', 'kWh', 'gross'), (3, 'freight_hgv', 'tkm', null),
                 (4, 'company_car_petrol', 'km', null)
         ) t(k, activity_type, unit, basis) on t.k = n.i % 5
    order by i"""

# Electricity only, which posts most lines a row; identifiers, sites and days at random.
ELECTRIC = """
    select lpad(format('{:x}', hash(i + $seed)), 16, '0'), 'F' || lpad((hash(i, 1) % 50)::varchar, 3, '0'),
           'electricity_purchased', day, day, q / 100, 'kWh', null,
           'INV' || lpad((hash(i, 3) % 100000000)::varchar, 8, '0'), 'measured'
    from (select i, (date '2025-01-01' + (hash(i, 2) % 365)::integer)::date as day,
                 (1 + hash(i + $seed) % 5000000)::decimal(18, 2) as q from range($rows) r(i)) n
    order by i"""

KINDS = {"mixed": MIXED, "electric": ELECTRIC}


def activity_file(folder: Path, kind: str, rows: int, seed: int = 0) -> Path:
    """A CSV of activity data with so many rows, made only where it is not there yet; a seed gives other amounts."""
    path = folder / (f"{kind}-{rows}-{seed}.csv" if seed else f"{kind}-{rows}.csv")
    if not path.exists():
        select = KINDS[kind].replace("$rows", str(rows)).replace("$seed", str(seed))
        unfinished = path.with_suffix(".part")
        names = ", ".join(f'"{name}"' for name in COLUMNS.split(","))
        with duckdb.connect() as con:
            con.execute("set enable_progress_bar = false")
            con.execute(f"copy (select * from ({select}) t({names})) to '{unfinished}' (format csv, header)")
        unfinished.rename(path)
    return path


def master_files(folder: Path, name: str = "BENCH") -> list[Path]:
    """One company and its facilities, uploaded before the clock starts."""
    entity, facility = folder / "legal_entity.csv", folder / "facility.csv"
    opened = {"valid_from": "2015-01-01"}
    company = {"legal_entity_id": name, "name": name.title(), "country": "GB"}
    _write(entity, [company | {"in_consolidated_accounts": "yes", "high_climate_impact": "no"} | opened])
    rows = []
    for number in range(FACILITIES):
        country, grid_region = PLACES[number % len(PLACES)]
        place = {"facility_id": f"F{number:03d}", "name": f"Site {number}", "legal_entity_id": name}
        place |= {"country": country, "grid_region": grid_region, "timezone": "UTC", "relation": "owned"}
        rows.append(place | opened)
    _write(facility, rows)
    return [entity, facility]


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
