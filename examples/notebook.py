# A ledger from a notebook: each part below is a cell. What every cell shows stands in docs/python.md.

# %% A ledger of its own, with the emission factors that ship
from pathlib import Path

from ledger import Ledger

folder = Path("notebook")
folder.mkdir()
shipped = ("desnz-2024", "gwp", "ipcc-gwp")  # all that ship where none are named
file = folder / "ledger.duckdb"
book = Ledger.init(file, organisation="Brook Bakery", base_year=2024, actor="anna", datasets=shipped)
book.datasets()

# %% Who reports, and where: one company, one site in Great Britain
(folder / "entity.csv").write_text(
    "legal_entity_id,name,country,in_consolidated_accounts,high_climate_impact,valid_from\n"
    "BROOK,Brook Bakery Ltd,GB,yes,no,2015-01-01\n"
)
(folder / "facility.csv").write_text(
    "facility_id,name,legal_entity_id,country,timezone,relation,exists_from,valid_from\n"
    "MILL,The mill,BROOK,GB,Europe/London,owned,2015-01-01,2015-01-01\n"
)
[book.upload(folder / name).status for name in ("entity.csv", "facility.csv")]

# %% Three bills, one of them with a fault: nothing is recorded, and every fault is told
BILLS = """facility_id,activity_type,quantity,unit,period_start,period_end,calorific_basis
MILL,electricity_purchased,42000,kWh,2024-01-01,2024-03-31,
MILL,natural_gas,95 MWh,kWh,2024-01-01,2024-03-31,gross
MILL,diesel,310,litres,2024-01-01,2024-03-31,
"""
bills = folder / "bills.csv"
bills.write_text(BILLS)
refused = book.upload(bills)
refused

# %% Each fault says where it is and what to do; they are rows like any others
for finding in refused.findings:
    print(finding.severity, finding.line or "-", finding.column or "-", finding.fix)

# %% Mended, it is taken whole
bills.write_text(BILLS.replace("95 MWh", "95000"))
taken = book.upload(bills)
taken.status, taken.rows, taken.posted

# %% The figures of the quarter: both Scope 2 methods side by side, never added
figures = book.inventory("2024-Q1")
figures

# %% The same by type of activity, as a polars frame: every amount a Decimal, in kg
import polars as pl

frame = book.breakdown("2024-Q1", "activity_type").to_polars()
frame.select("activity_type", pl.col("scope_1_kg_co2e").round(3), pl.col("scope_3_kg_co2e").round(3))

# %% Sums in polars are the ledger's, to the last digit
frame["scope_1_kg_co2e"].sum() == figures.scope_1

# %% A figure followed to its cell
line = book.trace(figures.figure_id("scope_2_location")).lines[0]
print(line.formula)
print(line.source)

# %% The report, as files; the same ledger gives the same bytes
files = book.report("quarterly", period="2024-Q1", formats=("xlsx", "json"), folder=folder / "reports")
sorted(path.name for path in files.values())

# %% And whether all of it holds: every hash and every posting computed anew
book.verify().ok
